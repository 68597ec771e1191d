"""The words, icons and tones that every screen shares."""

from __future__ import annotations

import re
from datetime import datetime

from sm_ssh_widget.changes.journal import StepStatus
from sm_ssh_widget.requirements import wording
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.wizard.blocks import ProblemPanel
from sm_ssh_widget.wizard.controls import Action, Tone, Verbatim

counted = wording.counted

BACK = Action("back", "Back", "plain", icon="back")
FORGET = Action("forget", "Forget credentials", "link")
CHECK_AGAIN = Action("check", "Check again", "plain", icon="again")
OTHER_IDENTITY = Action("other-identity", "Sign in as another identity", "second")
HAND_OVER = Action("hand-over", "Hand over to an admin", "second")

SWITCHES = {f": --{flag}": " on the first screen." for flag in ("user ARN", "role ARN", "region NAME")} | {
    ": --baseline least-privilege": ": Least privilege on the first screen."
}
"""Options of the command line in the text of a finding, by what the wizard has in their place."""

FINDING: dict[FindingStatus, tuple[str, Tone]] = {
    FindingStatus.SATISFIED: ("satisfied", "ok"),
    FindingStatus.SATISFIED_OTHERWISE: ("otherwise", "ok"),
    FindingStatus.MISSING: ("missing", "attention"),
    FindingStatus.BLOCKED: ("blocked", "bad"),
    FindingStatus.UNKNOWN: ("unknown", "quiet"),
    FindingStatus.NOT_APPLICABLE: ("not-applicable", "quiet"),
}
STEP: dict[StepStatus, tuple[str, str, Tone]] = {
    StepStatus.PENDING: ("pending", "Pending", "quiet"),
    StepStatus.WORKING: ("working", "Working", "busy"),
    StepStatus.WAITING: ("waiting", "Waiting for AWS", "busy"),
    StepStatus.DONE: ("satisfied", "Done", "ok"),
    StepStatus.FAILED: ("failed", "Failed", "bad"),
    StepStatus.DRIFTED: ("drifted", "Changed since the plan", "attention"),
    StepStatus.IN_DOUBT: ("unknown", "Unconfirmed", "attention"),
    StepStatus.SKIPPED: ("skipped", "Skipped", "quiet"),
    StepStatus.UNDONE: ("undone", "Undone", "quiet"),
}
UNDOING: dict[StepStatus, tuple[str, str, Tone]] = {
    StepStatus.PENDING: ("pending", "Still applied", "quiet"),
    StepStatus.WORKING: ("working", "Undoing", "busy"),
    StepStatus.DONE: ("undone", "Undone", "ok"),
}
"""Where a step of an undo is called otherwise than one of an apply."""

_CODE = re.compile(
    r"`[^`]*`"
    r"|arn:aws[\w-]*:[\w-]*:[\w-]*:\d*:[^\s,;()]*[\w*/]"
    r"|\b[a-z][a-z0-9-]+:(?:[A-Z][A-Za-z]+\*?|\*)"
    r"|\baws:[A-Za-z]+\b"
    r"|\b[a-z][a-z0-9.-]*\.amazonaws\.com(?:\.cn)?\b"
)


_AWS_CODE = re.compile(r"[A-Z][A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*: ")


def marked(text: str) -> str:
    """A sentence with its ARNs, actions, condition keys and service names marked as code."""
    return _CODE.sub(lambda found: found[0] if found[0].startswith("`") else f"`{found[0]}`", text)


def plain(text: str) -> str:
    """Return a text that is not ours with its marks escaped, so that it is shown as it stands."""
    return text.replace("`", "'")


def cut(digest: str) -> str:
    """A digest to compare at a glance: its first 12 and last 4 digits."""
    digits = digest.removeprefix("sha256:")
    return f"{digits[:12]}…{digits[-4:]}"


def clock(text: str) -> str:
    """An ISO 8601 time as the clock on the wall of this machine shows it; what is not one is left as it is."""
    try:
        return _time(text).astimezone().strftime("%Y-%m-%d %H:%M %Z").strip()
    except ValueError:
        return text


def undo_button(number: int) -> Action:
    """The button that shows what an undo would remove; it undoes nothing."""
    return Action("undo", f"Undo {counted(number, 'change')}", icon="undone")


def problem(where: str, said: str, remedy: str, *actions: Action) -> ProblemPanel:
    """A problem panel; the words of AWS, which begin with a code of its own, are shown alone and to the letter."""
    by_aws = bool(_AWS_CODE.match(said))
    words = Verbatim(plain(said)) if by_aws else plain(said)
    return ProblemPanel(marked(plain(where)), words, marked(plain(remedy)), actions, by_aws=by_aws)


def short(arn: str) -> str:
    """An identity without its account and its kind of role: ``user/admin``, ``IAMAdmin/ann``."""
    return (arn.rpartition(":")[2] or arn).removeprefix("assumed-role/")


def duration(seconds: float) -> str:
    """``3 s``, ``42 s``; above two minutes ``5 min``."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < _LONG_SECONDS else f"{whole // 60} min"


_LONG_SECONDS = 120


def seconds_between(start: str, end: str | datetime) -> float:
    """The seconds from one ISO 8601 time to another; 0 where one of them is none."""
    try:
        until = end if isinstance(end, datetime) else _time(end)
        return (until - _time(start)).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def are(number: int) -> str:
    """The verb of a number."""
    return "is" if number == 1 else "are"
