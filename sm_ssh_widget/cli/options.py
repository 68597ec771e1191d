"""The options that verbs share, and what they come to: a selection, a target, a session."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.cli import prompts
from sm_ssh_widget.cli.device_prompt import Browser
from sm_ssh_widget.cli.output import Output, grid, words
from sm_ssh_widget.export import is_bundle, load_bundle
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import BASELINES, Option, Selection

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Detection, SignedIn
    from sm_ssh_widget.requirements.observation import Target

F = TypeVar("F", bound=Callable[..., Any])

PROGRAM = "sm-ssh-widget"
SIGN_IN = (
    "chain, profile:NAME, keys-stdin, assume-role:ARN[,mfa=SERIAL,external-id=ID], "
    "sso:START_URL,REGION[,account=ID,role=NAME]"
)
_OPTIONS = ", ".join(option.value for option in Option)


def story() -> Any:
    """The pipeline. It brings the AWS SDK, so it is asked for only once the first line is on the screen."""
    from sm_ssh_widget import pipeline  # noqa: PLC0415

    return pipeline


@dataclass(frozen=True)
class Wanted:
    """What a person asked for on the command line, ``None`` and empty where nothing was said."""

    role: str | None = None
    region: str | None = None
    user: str | None = None
    baseline: str | None = None
    option: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    sign_in: str | None = None

    @property
    def selection(self) -> Selection:
        """The selection; raises :class:`Problem` (``usage``) for a name that there is not."""
        return Selection.of(self.baseline or "classic", self.option, self.step)

    def again(self, verb: str, *more: str, sign_in: str | None = None) -> str:
        """The command for a verb with the same options, to be typed next."""
        parts = [PROGRAM, verb, *more]
        for name in ("role", "region", "user", "baseline"):
            if value := getattr(self, name):
                parts += [f"--{name}", shlex.quote(value)]
        for name in ("option", "step"):
            for value in getattr(self, name):
                parts += [f"--{name}", shlex.quote(value)]
        if way := sign_in or self.sign_in:
            parts += ["--sign-in", way if way == "profile:NAME" else shlex.quote(way)]
        return " ".join(parts)

    def check_against(self, plan: Plan, where: str) -> None:
        """Raise :class:`Problem` (``usage``) where it contradicts a plan made before: nothing chooses in that one."""
        planned = {**plan.target, "baseline": plan.baseline}
        for name in ("role", "region", "user", "baseline"):
            asked, there = getattr(self, name), planned[name]
            if asked not in (None, there):
                is_none = f"is not the plan's {name}, {there}" if there else f"is named, and the plan has no {name}"
                raise Problem(where, f"--{name} {asked} {is_none}.", "Leave it out: the plan says it.", Code.USAGE)
        if said := self._chooses(plan):
            remedy = f"Leave it out: a plan is taken whole. For another one: {self.again('plan', '--out', 'plan.json')}"
            raise Problem(where, said, remedy, Code.USAGE)

    def _chooses(self, plan: Plan) -> str:
        """What the options and steps would add to a plan or leave out of it, in words; empty where they are its own."""
        if self.option or self.step:
            Selection.of(plan.baseline, self.option, self.step)  # for a name that there is not
        if added := [name for name in self.option if name not in plan.options]:
            return f"--option {added[0]} is not an option of the plan, which has {', '.join(plan.options) or 'none'}."
        left = dict.fromkeys(change.finding for change in plan.changes if change.finding not in self.step)
        if self.step and left:
            return f"--step {' --step '.join(self.step)} is not all of the plan, which also has {', '.join(left)}."
        return ""


def target_options(verb: F) -> F:
    """The options that say whose set-up, and who reads or acts; the verb gets them as one ``wanted``."""
    options = (
        click.option("--role", metavar="ARN", help="The execution role.  [default: the one found here]"),
        click.option("--region", metavar="REGION", help="The Region.  [default: the one found here]"),
        click.option("--user", metavar="ARN", help="The local user: the role or IAM user that connects."),
        click.option("--baseline", type=click.Choice(list(BASELINES)), help="What is required.  [default: classic]"),
        click.option(
            "--option", multiple=True, metavar="NAME", help=f"{', '.join(o.value for o in Option)}; repeatable."
        ),
        click.option("--step", multiple=True, metavar="ID", help="Only this requirement (trust.ssm, say); repeatable."),
        click.option("--sign-in", metavar="WAY", help=f"{SIGN_IN}. Secrets and MFA codes: standard input."),
    )

    @functools.wraps(verb)
    def with_wanted(**given: Any) -> Any:
        wanted = Wanted(**{field.name: given.pop(field.name) for field in fields(Wanted)})
        return verb(wanted=wanted, **given)

    made: Any = with_wanted
    for option in reversed(options):
        made = option(made)
    return cast(F, made)


def common_options(verb: F) -> F:
    """``--json``, which is read before anything else, and the screen."""
    said = "Print exactly one JSON object on standard output."

    @functools.wraps(verb)
    def with_screen(**given: Any) -> Any:
        return verb(screen=click.get_current_context().obj, **given)

    return cast(F, click.option("--json", "as_json", is_flag=True, expose_value=False, help=said)(with_screen))


def journal_option(verb: F) -> F:
    """Where journals are kept."""
    said = "Where journals are kept.  [default: $SM_SSH_WIDGET_STATE, $XDG_STATE_HOME/sm-ssh-widget]"
    return click.option("--journal-dir", metavar="DIR", help=said)(verb)


def verbose_option(verb: F) -> F:
    """More words."""
    return click.option("--verbose", "-v", is_flag=True, help="Show what is folded, too.")(verb)


def out_option(said: str) -> Callable[[F], F]:
    """A file to save something in."""

    def checked(context: click.Context, _parameter: click.Parameter, path: str | None) -> str | None:
        if path in ("", "-"):
            said = "it names no file. Leave it out for standard output (of a plan: with --json)."
            raise click.BadParameter(said, context, param_hint=f"--out {path!r}")
        return path

    return click.option("--out", metavar="FILE", help=said, callback=checked)


def plan_file(path: str) -> Plan:
    """The plan of a file or of a bundle; raises :class:`Problem` (``invalid``)."""
    files = story().files
    content: bytes = files.read_plan_file(path)
    if is_bundle(content):
        return load_bundle(content)
    made: Plan = files.plan_from(content, path)
    return made


# Target and session


@contextmanager
def looking(wanted: Wanted, screen: Output) -> Iterator[tuple[Target, SignedIn | None]]:
    """Whose set-up is meant, and the session that reads it: ``None`` for the ambient one.

    Raises :class:`Problem` where nothing tells the role, and for a sign-in that fails.
    """
    if wanted.sign_in is None:
        yield _target(wanted, _detect(wanted)), None
        return
    found = _ambient(wanted)
    region, account = (found.region, _account(found)) if found else (_region(wanted), None)
    with signed_in(wanted.sign_in, region, account, screen) as session:
        seen = found if found and found.target else _detect(wanted, session)
        yield _target(wanted, seen), session


def _detect(wanted: Wanted, session: SignedIn | None = None) -> Detection:
    found: Detection = story().detect(role=wanted.role, region=wanted.region, user=wanted.user, session=session)
    return found


def _ambient(wanted: Wanted) -> Detection | None:
    """What the surroundings tell; ``None`` where they hold no credentials that work, as on an admin's laptop."""
    try:
        return _detect(wanted)
    except Problem as problem:
        if problem.code is not Code.SIGN_IN:
            raise
        return None


def _account(found: Detection) -> str | None:
    return found.target.account if found.target else None


def _region(wanted: Wanted) -> str:
    region = wanted.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise Problem("Signing in", "no Region is known here.", "Name it: --region REGION", Code.USAGE)
    return region


def _target(wanted: Wanted, found: Detection) -> Target:
    if found.target is None:
        again = wanted.again("check", "--role", "arn:aws:iam::ACCOUNT:role/PATH/NAME")
        raise found.no_role(f"Name it: {again}")
    return found.target


@contextmanager
def signed_in(way: str, region: str, account: str | None, screen: Output) -> Iterator[SignedIn]:
    """A session by ``way``, its face told, forgotten at the end."""
    pipeline = story()
    browser = Browser(screen)
    choose = browser.choose if prompts.possible() else pipeline.name_one
    found = pipeline.parse_sign_in(way, ask=_ask, show=browser.show, choose=choose)
    session = pipeline.sign_in(found, region=region, account=account)
    try:
        _tell_face(session, screen)
        yield session
    finally:
        session.forget()


def _ask(what: str) -> Any:
    return story().Secret(prompts.ask(what))


def _tell_face(session: SignedIn, screen: Output) -> None:
    face = session.face
    left = face.minutes_left(datetime.now(timezone.utc))
    until = "" if left is None else f", {left} min left"
    rows = [(words("Signed in", "bold"), words(f"{face.arn}  ({face.way}, account {face.account}{until})"))]
    rows += [(words("! Warning", "bold yellow"), words(warning)) for warning in face.warnings]
    screen.tell(grid(*rows))
