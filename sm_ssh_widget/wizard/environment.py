"""Where a wizard lives: on AWS as this notebook sees it, or on the simulated account; and what can be offered there."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sm_ssh_widget import export, pipeline
from sm_ssh_widget.pipeline import AwsSession
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.scenario import DEFAULT
from sm_ssh_widget.wizard.effects import HandOver
from sm_ssh_widget.wizard.state import Setting, Ticket, WayIn

if TYPE_CHECKING:
    from sm_ssh_widget.simulator.account import SimulatedAccount

SIMULATED = "simulated"
ACCOUNTS = ("aws", SIMULATED)
BUNDLE = "bundle"
_IDENTITIES = ("admin", "read-only")
_DEVICE = WayIn("device", "Sign in with a browser", "IAM Identity Center: a code and a link, no key is typed")
_KEYS = WayIn("keys", "Paste temporary keys", "The `export AWS_…` block, or its values")
_PROFILE = WayIn("profile", "Use a profile", "From `~/.aws/config`, or whatever the credential chain finds")
_LOGIN = WayIn("login", "Sign in with AWS", "Console credentials, in the browser or by `aws login`: no key is typed")
_ASSUME = WayIn("assume-role", "Assume a role", "A role ARN, with an MFA code where it asks for one")
_KEYS_OFF_IN_MARIMO = (
    "Off in marimo: at the debug level its log shows the keys that you paste. Choose another sign-in method, or hand "
    "the plan over to an admin."
)
_SIMULATED = WayIn("simulated", "Use an identity of the simulated account", "An admin, a reader, the role itself")


@dataclass(frozen=True)
class Home:
    """The means of every effect. ``ambient`` is ``None`` for boto3's own chain; ``endpoint`` for AWS's own.

    ``profile_session`` opens a session of the simulated account by profile; ``members`` are those of its organization,
    which it takes as ``account``.
    """

    ambient: AwsSession | None = None
    role_session: AwsSession | None = None
    endpoint: str | None = None
    metadata: Path | None = None
    journals: Path | None = None
    region: str = ""
    profile_session: Callable[..., AwsSession] | None = None
    members: frozenset[str] = frozenset()


def setting(account: str, scenario: str | None = None) -> Setting:
    """What can be offered, before anything was contacted."""
    if account == SIMULATED:
        ways: tuple[WayIn, ...] = (_SIMULATED, _DEVICE, _login(), _keys())
        name = Path(scenario or DEFAULT).stem
        return Setting(
            simulated=True,
            scenario=name,
            ways=ways,
            profiles=_IDENTITIES,
            formats=formats(),
            no_browser_login=_no_browser_login(),
        )
    return Setting(
        ways=(_DEVICE, _login(), _keys(), _PROFILE, _ASSUME),
        profiles=pipeline.profile_names(),
        login_profiles=pipeline.Login.profiles(),
        no_browser_login=_no_browser_login(),
        formats=formats(),
    )


def _no_browser_login() -> str:
    """Why a sign-in with AWS cannot begin here: profiles of `aws login` may work all the same."""
    lack = pipeline.LinkAndCode.lack()
    return f"{lack.said} {lack.remedy}" if lack else ""


def _login() -> WayIn:
    """Sign in with AWS; where the SDK cannot do it, marked with what is required."""
    lack = pipeline.Login.lack()
    return replace(_LOGIN, unavailable=f"{lack.said} {lack.remedy}") if lack else _LOGIN


def _keys() -> WayIn:
    """Paste keys; off in marimo, whose debug log has every message of a page with all that is in it."""
    return replace(_KEYS, unavailable=_KEYS_OFF_IN_MARIMO) if _in_marimo() else _KEYS


def _in_marimo() -> bool:
    """Return whether this is the kernel of a marimo notebook; marimo is not imported for it."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def open_home(account: str, scenario: str | None) -> Home:
    """Go there: start the simulated account, or look at this notebook; raises :class:`Problem` where it cannot be."""
    if account not in ACCOUNTS:
        said = f"there is no account {account!r}."
        raise Problem("Opening the wizard", said, f"Use one of: {', '.join(ACCOUNTS)}.", Code.USAGE)
    if account != SIMULATED:
        return Home()
    simulated = pipeline.simulated_account(scenario)
    simulated.start()
    return on(simulated)


def on(account: SimulatedAccount) -> Home:
    """The simulated account; nothing else is ever contacted."""
    role = account.session("execution-role") if "execution-role" in account.scenario.profiles else None
    return Home(
        ambient=role or account.session("read-only"),
        role_session=role,
        endpoint=account.url,
        metadata=account.directory / "metadata.json",
        journals=account.directory / "journals",
        profile_session=account.session,
        members=frozenset(member.id for member in account.members),
        region=account.region,
    )


# Exports


def formats() -> tuple[tuple[str, str], ...]:
    """The formats that a plan can be handed over in: ``(name, title)``."""
    return tuple((each.name, each.title) for each in export.FORMATS.values())


def ticket(asked: HandOver) -> Ticket:
    """The ticket for an admin, as pieces to draw and as text to copy; raises :class:`Problem`."""
    given: dict[str, Any] = {"mask": asked.mask, "requester": asked.requester, "reason": asked.reason}
    what = asked.plan
    if isinstance(what, export.SetupRequest):
        texts = (export.request_content(what, name, **given) for name in ("request-ticket", "request-ticket-text"))
        return Ticket(export.request_pieces(what, **given), *texts)
    return Ticket(
        export.ticket_pieces(what, **given),
        export.render(what, "ticket", **given),
        export.render(what, "ticket-text", **given),
    )


def saved(asked: HandOver) -> str:
    """A plan or a request in a format, as Base64; raises :class:`Problem` where it cannot be rendered."""
    given: dict[str, Any] = {"requester": asked.requester, "reason": asked.reason}
    if isinstance(asked.plan, export.SetupRequest):
        content = export.request_content(asked.plan, asked.format, **given).encode()
    else:
        content = export.content(asked.plan, asked.format, **given)
    return base64.b64encode(content).decode()
