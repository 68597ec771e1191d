"""Record of a failed proof beside the journals, valid until a proof succeeds or the account changes.

The record can only prevent a role from being ready, so editing it opens nothing.
"""

from __future__ import annotations

from sm_ssh_widget import files
from sm_ssh_widget.requirements.fingerprint import changed, fingerprint, name_of
from sm_ssh_widget.requirements.observation import Observation

_SAID = "said"


def failed_proof(seen: Observation) -> str:
    """Return AWS's message about the last proof if it failed and the account has not changed, else empty."""
    kept = dict(files.failed_proof(files.place(), name_of(seen.target)))
    said = kept.pop(_SAID, "")
    return "" if changed(kept, fingerprint(seen)) else said


def keep_failure(seen: Observation, said: str) -> None:
    """Record AWS's message about a failed proof, with the state of the account."""
    files.keep_failed_proof(files.place(), name_of(seen.target), {**fingerprint(seen), _SAID: said})


def forget_failure(seen: Observation) -> None:
    """Remove the record after a successful proof."""
    files.forget_failed_proof(files.place(), name_of(seen.target))
