"""What the wizard knows, and what can happen to it. Nothing here does anything.

A :class:`WizardState` holds no secret and no session: only what may be shown. An *event* is what a person did, or the
result of an effect; see :mod:`.effects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from sm_ssh_widget.wizard.effects import Check, Effect
from sm_ssh_widget.wizard.fleet_state import FleetEvent, FleetRunState, FleetState

if TYPE_CHECKING:
    from sm_ssh_widget.changes.acting import Acting
    from sm_ssh_widget.changes.journal import Journal
    from sm_ssh_widget.changes.plan import Plan
    from sm_ssh_widget.export import SetupRequest
    from sm_ssh_widget.export.prose import Piece
    from sm_ssh_widget.fleet.accounts import ListedAccounts
    from sm_ssh_widget.pipeline import Detection, Report, SessionIdentity


class Screen(str, Enum):
    """The six screens, in the order of the stepper, and the three beside them; then those of many roles."""

    WHO = "who"
    HEALTH = "health"
    PLAN = "plan"
    PERMISSION = "permission"
    APPLY = "apply"
    PROOF = "proof"
    HAND_OVER = "hand-over"
    UNDO = "undo"
    DONE = "done"
    ACCOUNTS = "accounts"
    FLEET = "fleet"
    FLEET_PLAN = "fleet-plan"
    FLEET_RUN = "fleet-run"
    FLEET_PROOF = "fleet-proof"
    FLEET_UNDO = "fleet-undo"
    FLEET_HAND_OVER = "fleet-hand-over"


class Intent(str, Enum):
    """What a sign-in is for."""

    READ = "read"
    LIST = "list"
    APPLY = "apply"
    RESUME = "resume"
    UNDO = "undo"


# Events: what a person did


@dataclass(frozen=True)
class Pressed:
    """A button, by its id."""

    id: str


@dataclass(frozen=True)
class Typed:
    """A field that is no secret, and its whole text."""

    id: str
    text: str


@dataclass(frozen=True)
class Chose:
    """An option of a choice, ticked or not."""

    id: str
    option: str
    on: bool


# Events: what came of an effect. ``ticket`` tells which one; what came too late is not looked at.


@dataclass(frozen=True)
class Came:
    """An effect that came to its end, with its value."""

    ticket: int
    effect: Effect
    value: object = None


@dataclass(frozen=True)
class Failed:
    """An effect that ended in a problem, in its three parts and its code."""

    ticket: int
    effect: Effect
    where: str
    said: str
    remedy: str
    code: str


@dataclass(frozen=True)
class Moved:
    """A step of a journal moved on."""

    ticket: int
    journal: Journal


@dataclass(frozen=True)
class ReadBegun:
    """An effect has begun to read something; ``call`` is the action."""

    ticket: int
    call: str


@dataclass(frozen=True)
class DeviceAsked:
    """A device sign-in has a code, and waits for its page to be answered."""

    ticket: int
    code: str
    url: str
    until: str


@dataclass(frozen=True)
class LoginAsked:
    """A sign-in with AWS has a link, and waits for the authorization code that its page shows."""

    ticket: int
    url: str


@dataclass(frozen=True)
class DeviceRoles:
    """A device sign-in was allowed: ``(account, name, role)`` that can be chosen."""

    ticket: int
    roles: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Recalled:
    """What :class:`Recall` found: runs that can be resumed or undone, and journals that cannot be read.

    ``doubted`` are pairs of a journal's path and the reason why others may have written it.
    """

    journals: tuple[Journal, ...] = ()
    unread: tuple[UnreadJournal, ...] = ()
    doubted: tuple[tuple[str, str], ...] = ()
    fleets: tuple[FleetRunState, ...] = ()


@dataclass(frozen=True)
class Explained:
    """What AWS says of a denial, in a sentence each; ``id`` is its authorization ID."""

    id: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class UnreadJournal:
    """A journal that cannot be read, and why."""

    path: str
    said: str


@dataclass(frozen=True)
class ActingTold:
    """What :class:`AskActing` found, and the digest of the plan that it is about."""

    digest: str
    acting: Acting


@dataclass(frozen=True)
class SessionEnded:
    """The session that was signed in is over; ``remedy`` is the command that starts another, if there is one."""

    remedy: str = ""


@dataclass(frozen=True)
class Renewed:
    """The session that is signed in was renewed; it holds the identity with its new end."""

    face: SessionIdentity


Event: TypeAlias = (
    Pressed
    | Typed
    | Chose
    | Came
    | Failed
    | Moved
    | ReadBegun
    | DeviceAsked
    | LoginAsked
    | DeviceRoles
    | SessionEnded
    | Renewed
    | FleetEvent
)


# The state


@dataclass(frozen=True)
class WayIn:
    """A way to sign in that can be offered; ``unavailable`` is why it cannot be chosen here."""

    id: str
    title: str
    line: str
    unavailable: str = ""


@dataclass(frozen=True)
class Setting:
    """What does not change while a wizard lives: where it runs and what can be done there.

    ``scenario`` is the one of the simulated account, empty on AWS. ``no_browser_login`` is why a sign-in with AWS
    cannot begin here, empty if it can.
    """

    simulated: bool = False
    scenario: str = ""
    ways: tuple[WayIn, ...] = ()
    profiles: tuple[str, ...] = ()
    login_profiles: tuple[str, ...] = ()
    no_browser_login: str = ""
    formats: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Busy:
    """An effect under way; ``reads`` counts what it has begun to read, ``call`` is the last of them."""

    effect: Effect
    ticket: int
    stopping: bool = False
    reads: int = 0
    call: str = ""


@dataclass(frozen=True)
class Asked:
    """An undo that was asked for: of which run, on which screen, and what it would do (``None`` until that is read)."""

    journal: Journal
    screen: Screen
    plan: Plan | None = None


@dataclass(frozen=True)
class DeviceCodeState:
    """Where a sign-in in the browser stands: a code to compare, then roles to choose from.

    ``asks`` is set where the page shows a code that is pasted here instead.
    """

    code: str = ""
    url: str = ""
    until: str = ""
    roles: tuple[tuple[str, str, str], ...] = ()
    asks: bool = False


@dataclass(frozen=True)
class Ticket:
    """A ticket for an admin: its pieces to be drawn, and its text in Markdown and without marks."""

    pieces: tuple[Piece, ...]
    markdown: str
    text: str


@dataclass(frozen=True)
class Saved:
    """A file that a person asked for: the ticket of its effect, the format, and the content as Base64."""

    ticket: int
    format: str
    data: str


@dataclass(frozen=True)
class WizardState:
    """Everything that a screen is made from.

    ``typed`` and ``chosen`` are what a person entered, by the id of the field or choice: no step back loses them.
    ``ticks`` are the findings whose changes are in the plan; ``replan`` says that the check under way leads to a new
    one. ``journal`` is the run that is shown, ``begun`` when its changes were begun (ISO 8601); ``earlier`` are the
    runs found on disk, ``fleets`` those of many roles, ``unread`` the files beside them that cannot be read. ``asked``
    is kept until its undo has ended. ``many`` says that the screens of many roles are shown, which ``fleet`` is about.
    ``listed`` are the accounts that an audit of several is chosen from.
    """

    setting: Setting = Setting()
    screen: Screen = Screen.WHO
    intent: Intent = Intent.APPLY
    typed: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    detection: Detection | None = None
    roles: tuple[str, ...] | None = None
    report: Report | None = None
    checked_with: Check | None = None
    offer: Plan | None = None
    plan: Plan | None = None
    ticks: frozenset[str] = frozenset()
    face: SessionIdentity | None = None
    acting: ActingTold | None = None
    device: DeviceCodeState | None = None
    journal: Journal | None = None
    begun: Mapping[str, str] = field(default_factory=dict)
    asked: Asked | None = None
    earlier: tuple[Journal, ...] = ()
    fleets: tuple[FleetRunState, ...] = ()
    unread: tuple[UnreadJournal, ...] = ()
    doubted: tuple[tuple[str, str], ...] = ()
    explained: Explained | None = None
    verified: Report | None = None
    request: SetupRequest | None = None
    ticket: Ticket | None = None
    saved: Saved | None = None
    replan: bool = False
    many: bool = False
    listed: ListedAccounts | None = None
    fleet: FleetState | None = None
    busy: Busy | None = None
    failed: Failed | None = None
    status: str = ""
    tickets: int = 0

    def text(self, field_id: str) -> str:
        """What stands in a field."""
        return self.typed.get(field_id, "")

    def choice(self, choice_id: str) -> frozenset[str]:
        """The options of a choice that are on."""
        return self.chosen.get(choice_id, frozenset())

    @property
    def acting_now(self) -> Acting | None:
        """Return what the signed-in identity can do of the plan that is shown, if that is known."""
        told, face = self.acting, self.face
        if told is None or face is None or self.plan is None or self.intent is not Intent.APPLY:
            return None
        return told.acting if (told.digest, told.acting.arn) == (self.plan.digest, face.arn) else None

    @property
    def run(self) -> Journal | None:
        """The run that a sign-in is about: the one whose undo was asked for, else the one that is shown."""
        return self.asked.journal if self.asked else self.journal

    def with_(self, **changes: object) -> WizardState:
        """A state that differs in some fields."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def doing(self, *kinds: type) -> bool:
        """Whether an effect of one of these kinds is under way."""
        return self.busy is not None and isinstance(self.busy.effect, kinds)
