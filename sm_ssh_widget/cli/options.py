"""Options shared by commands, and their results: a selection, a target, a session."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.cli import prompts
from sm_ssh_widget.cli.device_prompt import Browser
from sm_ssh_widget.cli.output import Output, grid, line, words
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.notices import telling
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import BASELINES, KEY_BUCKET, SUBNET, Option, Selection

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Detection, SignedIn
    from sm_ssh_widget.requirements.observation import Target

F = TypeVar("F", bound=Callable[..., Any])

PROGRAM = "sm-ssh-widget"
SIGN_IN = (
    "chain, profile:NAME, login[:PROFILE], keys-stdin, assume-role:ARN[,mfa=SERIAL,external-id=ID], "
    "sso:START_URL,REGION[,account=ID,role=NAME]"
)
_OPTIONS = ", ".join(option.value for option in Option)


def load_pipeline() -> Any:
    """Import the pipeline. It imports the AWS SDK, so it is loaded only after the first line is on the screen."""
    from sm_ssh_widget import pipeline  # noqa: PLC0415

    return pipeline


def load_fleet() -> Any:
    """Import the pipeline for many roles, as late as :func:`load_pipeline`."""
    from sm_ssh_widget import fleet_pipeline  # noqa: PLC0415

    return fleet_pipeline


def load_fleet_runs() -> Any:
    """Import what plans and applies many roles, as late as :func:`load_pipeline`."""
    from sm_ssh_widget import fleet_runs  # noqa: PLC0415

    return fleet_runs


@dataclass(frozen=True)
class Wanted:
    """Arguments of the command line, ``None`` or empty if not specified."""

    role: str | None = None
    region: str | None = None
    user: str | None = None
    baseline: str | None = None
    option: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    sign_in: str | None = None
    key_bucket: str | None = None
    subnet: tuple[str, ...] = ()

    @property
    def selection(self) -> Selection:
        """Baseline, options and steps. Raises :class:`Problem` (``usage``) for an unknown name."""
        return Selection.of(self.baseline or "classic", self.options, self.step)

    @property
    def options(self) -> tuple[str, ...]:
        """Options including the key bucket and the subnets, as in a plan."""
        bucket = (f"{KEY_BUCKET}{self.key_bucket}",) if self.key_bucket else ()
        return (*self.option, *bucket, *(f"{SUBNET}{id}" for id in self.subnet))

    def again(self, verb: str, *more: str, sign_in: str | None = None) -> str:
        """Return a command line with the same options."""
        parts = [PROGRAM, verb, *more]
        for name in ("role", "region", "user", "baseline"):
            if value := getattr(self, name):
                parts += [f"--{name}", shlex.quote(value)]
        for name in ("option", "step", "subnet"):
            for value in getattr(self, name):
                parts += [f"--{name}", shlex.quote(value)]
        if self.key_bucket:
            parts += ["--key-bucket", shlex.quote(self.key_bucket)]
        if way := sign_in or self.sign_in:
            parts += ["--sign-in", way if way == "profile:NAME" else shlex.quote(way)]
        return " ".join(parts)

    def check_against(self, plan: Plan, where: str) -> None:
        """Raise :class:`Problem` (``usage``) if an option contradicts an existing plan, which is fixed."""
        planned = {**plan.target, "baseline": plan.baseline}
        for name in ("role", "region", "user", "baseline"):
            asked, there = getattr(self, name), planned[name]
            if asked not in (None, there):
                said = f"--{name} {asked} does not match the plan ({there or 'the plan has none'})."
                raise Problem(where, said, "Remove the option. The plan contains the value.", Code.USAGE)
        if plan.baseline not in BASELINES:
            return  # an edited plan, or another version's: the guard refuses it, in the words of every edited plan
        if said := self._chooses(plan):
            remedy = "Remove the option, because a plan is applied as a whole. To create another plan: "
            raise Problem(where, said, remedy + self.again("plan", "--out", "plan.json"), Code.USAGE)

    def _chooses(self, plan: Plan) -> str:
        """Describe what the options and steps add to or omit from a plan; empty if they match."""
        chosen = Selection.of(plan.baseline, self.options, self.step).option_names  # raises for an unknown name
        if added := [name for name in chosen if name not in plan.options]:
            return f"--option {added[0]} is not an option of the plan, which has {', '.join(plan.options) or 'none'}."
        left = dict.fromkeys(change.finding for change in plan.changes if change.finding not in self.step)
        if self.step and left:
            covered = f"--step {' --step '.join(self.step)} covers only part of the plan"
            return f"{covered}, which also contains {', '.join(left)}."
        return ""


def target_options(verb: F) -> F:
    """Add the options for target and sign-in; the command receives them as one ``wanted``."""
    options = (
        click.option("--role", metavar="ARN", help="ARN of the execution role.  [default: from the environment]"),
        click.option("--region", metavar="REGION", help="AWS Region.  [default: from the environment]"),
        click.option("--user", metavar="ARN", help="ARN of the role or IAM user that connects."),
        click.option("--baseline", type=click.Choice(list(BASELINES)), help="Set of requirements.  [default: classic]"),
        click.option(
            "--option", multiple=True, metavar="NAME", help=f"{', '.join(o.value for o in Option)}; repeatable."
        ),
        click.option(
            "--step",
            multiple=True,
            metavar="ID",
            help="Check only this requirement (for example trust.ssm). Repeatable.",
        ),
        click.option(
            "--key-bucket",
            metavar="URI",
            help="S3 location of the SSH public keys.  [default: SageMaker's default bucket]",
        ),
        click.option(
            "--subnet",
            multiple=True,
            metavar="ID",
            help="A subnet of your jobs, whose network is checked. Repeatable.  [default: those of the Studio domain]",
        ),
        click.option(
            "--sign-in", metavar="WAY", help=f"{SIGN_IN}. Secrets and MFA codes are read from standard input."
        ),
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
    """Add ``--json``, which is evaluated before parsing, and ``--debug``; pass the screen, which shows waits."""
    said = "Print exactly one JSON object on standard output."

    @functools.wraps(verb)
    def with_screen(**given: Any) -> Any:
        screen: Output = click.get_current_context().obj
        with telling(_Notices(screen)):
            return verb(screen=screen, **given)

    with_debug = debug_option(with_screen)
    return cast(F, click.option("--json", "as_json", is_flag=True, expose_value=False, help=said)(with_debug))


def debug_option(verb: F) -> F:
    """Show the log on standard error while the command runs (``--debug``)."""
    said = "Show on standard error what is read, how long it takes, and what is retried; never a secret."

    @functools.wraps(verb)
    def with_log(*place: Any, debug: bool, **given: Any) -> Any:
        if not debug:
            return verb(*place, **given)
        screen: Output = click.get_current_context().obj
        with load_pipeline().showing_log(lambda text: screen.tell(line(text, "dim"))):
            return verb(*place, **given)

    return cast(F, click.option("--debug", is_flag=True, help=said)(with_log))


class _Notices:
    """Shows notices on the screen; the same notice from several threads is shown once."""

    def __init__(self, screen: Output) -> None:
        self._screen, self._last = screen, ""

    def __call__(self, text: str) -> None:
        if text != self._last:
            self._last = text
            self._screen.tell(words(text, "dim"))


def journal_option(verb: F) -> F:
    """Add ``--journal-dir``."""
    said = "Journal directory.  [default: $SM_SSH_WIDGET_STATE, $XDG_STATE_HOME/sm-ssh-widget]"
    return click.option("--journal-dir", metavar="DIR", help=said)(verb)


def verbose_option(verb: F) -> F:
    """Add ``--verbose``."""
    return click.option("--verbose", "-v", is_flag=True, help="Show all details.")(verb)


def out_option(said: str) -> Callable[[F], F]:
    """Add ``--out``, a file to save to."""

    def checked(context: click.Context, _parameter: click.Parameter, path: str | None) -> str | None:
        if path in ("", "-"):
            said = "The value is empty. Remove --out for standard output (of a plan: with --json)."
            raise click.BadParameter(said, context, param_hint=f"--out {path!r}")
        return path

    return click.option("--out", metavar="FILE", help=said, callback=checked)


def plan_file(path: str) -> Plan:
    """Read the plan of a file or bundle. Raises :class:`Problem` (``invalid``)."""
    from sm_ssh_widget.export import is_bundle, load_bundle  # noqa: PLC0415  # most commands read no plan

    files = load_pipeline().files
    content: bytes = files.read_plan_file(path)
    if is_bundle(content):
        return load_bundle(content)
    made: Plan = files.plan_from(content, path)
    return made


# Target and session


@contextmanager
def looking(wanted: Wanted, screen: Output) -> Iterator[tuple[Target, SignedIn | None]]:
    """Yield the target and the session that reads it, ``None`` for the ambient one.

    Raises :class:`Problem` if no role is found, or if the sign-in fails.
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
    found: Detection = load_pipeline().detect(role=wanted.role, region=wanted.region, user=wanted.user, session=session)
    return found


def _ambient(wanted: Wanted) -> Detection | None:
    """Detect with the ambient credentials; ``None`` if they do not work, as on an admin's laptop."""
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
        raise Problem("Signing in", "No Region was found.", "Specify it: --region REGION", Code.USAGE)
    return region


def _target(wanted: Wanted, found: Detection) -> Target:
    if found.target is None:
        again = wanted.again("check", "--role", "arn:aws:iam::ACCOUNT:role/PATH/NAME")
        raise found.no_role(f"Specify it: {again}")
    return found.target


@contextmanager
def signed_in(way: str, region: str, account: str | None, screen: Output) -> Iterator[SignedIn]:
    """Sign in, show the identity, yield the session, and forget it at the end."""
    pipeline = load_pipeline()
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
    return load_pipeline().Secret(prompts.ask(what))


def _tell_face(session: SignedIn, screen: Output) -> None:
    face = session.face
    left = face.minutes_left(current_clock().now())
    until = "" if left is None else f", {left} min left{', renewed automatically' if face.renews else ''}"
    rows = [(words("Signed in", "bold"), words(f"{face.arn}  ({face.way}, account {face.account}{until})"))]
    rows += [(words("! Warning", "bold yellow"), words(warning)) for warning in face.warnings]
    screen.tell(grid(*rows))
