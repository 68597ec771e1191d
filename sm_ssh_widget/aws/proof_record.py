"""A proof that failed, kept beside the journals: it stands until one succeeds or the account has changed.

The file can only keep a role from being called ready, so that whoever edits it opens nothing.
"""

from __future__ import annotations

from sm_ssh_widget import files
from sm_ssh_widget.requirements.fingerprint import changed, fingerprint, name_of
from sm_ssh_widget.requirements.observation import Observation

_SAID = "said"


def failed_proof(seen: Observation) -> str:
    """What AWS said to the last proof, where it failed and the account is as it was; else empty."""
    kept = dict(files.failed_proof(files.place(), name_of(seen.target)))
    said = kept.pop(_SAID, "")
    return "" if changed(kept, fingerprint(seen)) else said


def keep_failure(seen: Observation, said: str) -> None:
    """Keep what AWS said to a proof that failed, with what was read of the account."""
    files.keep_failed_proof(files.place(), name_of(seen.target), {**fingerprint(seen), _SAID: said})


def forget_failure(seen: Observation) -> None:
    """Forget an earlier failure: a proof succeeded."""
    files.forget_failed_proof(files.place(), name_of(seen.target))
