"""Command ``docs``: documentation printed by the program, so that README and docs stay correct."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from sm_ssh_widget import schemas
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.export import lifecycle_guide, permissions, permissions_markdown
from sm_ssh_widget.problem import EXIT_MEANINGS
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.baselines import BASELINES, Baseline, Option
from sm_ssh_widget.requirements.catalogue import (
    DEFAULT_ROLE,
    DEFAULT_ROLE_SETTING,
    TIER_SETTING,
)
from sm_ssh_widget.requirements.needs import (
    FactNeed,
    GuardNeed,
    HostManagementNeed,
    InlineNeed,
    ManagedNeed,
    Need,
    NetworkNeed,
    NoLeftoversNeed,
    Requirement,
    SessionPreferencesNeed,
    TierNeed,
    TrustNeed,
)
from sm_ssh_widget.requirements.prices import HOURS_A_MONTH, NODE_HOUR_DATE, NODE_HOUR_USD
from sm_ssh_widget.requirements.session_preferences import TEMPLATES

_EXAMPLE_OWNER = "AROAEXAMPLEID:jane"
_SUBJECTS = {"role": "execution role", "user": "person who connects"}


@click.group(hidden=True)
def docs() -> None:
    """Print parts of the documentation."""


@docs.command()
@click.pass_obj
def changes(screen: Output) -> int:
    """Print "Changes made to your AWS account" as Markdown."""
    screen.raw(changes_markdown())
    return 0


@docs.command()
@click.pass_obj
def summary(screen: Output) -> int:
    """Print the README's table of possible changes to the account."""
    screen.raw(summary_markdown())
    return 0


@docs.command()
@click.option("--owner", metavar="USERID", default=_EXAMPLE_OWNER, help="The aws:userid of the person who connects.")
@click.option("--region", metavar="REGION", default="eu-west-1", help="The Region of the domain.")
@click.pass_obj
def lifecycle(screen: Output, owner: str, region: str) -> int:
    """Print the Studio lifecycle configuration that starts SSH Helper, and how to attach it, as Markdown."""
    screen.raw(lifecycle_guide(owner, region))
    return 0


@docs.command("permissions")
@click.option("--json", "as_json", is_flag=True, expose_value=False, help="Print the policies as one JSON object.")
@click.pass_obj
def permission_policies(screen: Output) -> int:
    """Print the policies to check, to apply and to audit, with the reason of each statement."""
    if screen.as_json:
        screen.result(permissions())
    else:
        screen.raw(permissions_markdown())
    return 0


@docs.command()
@click.argument("name", type=click.Choice(list(schemas.NUMBERS)))
@click.pass_obj
def schema(screen: Output, name: str) -> int:
    """Print the JSON Schema of what a command prints or saves."""
    screen.raw(json.dumps(schemas.schema(name), indent=2) + "\n")
    return 0


@docs.command("cli")
@click.pass_context
def commands(context: click.Context) -> int:
    """Print every command with its options and exit codes as Markdown."""
    context.obj.raw(commands_markdown(context.find_root()))
    return 0


def summary_markdown() -> str:
    """Return a Markdown row for each requirement of any baseline: what is added, risk, cost and undo."""
    rows = {item.id: item for baseline in BASELINES.values() for item in baseline.requirements}
    lines = ["| Requirement | What is added | Risk | Cost | Undo |", "|---|---|---|---|---|"]
    for item in rows.values():
        optional = " (optional)" * item.optional or " (shell only)" * item.partial
        cells = (
            f"{item.title}{optional}",
            written(item.need),
            _first_sentence(item.risk),
            cost(item),
            item.undo.partition(":")[0],
        )
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines) + "\n"


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".") + "."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands_markdown(root: click.Context) -> str:
    """Return every command as ``--help`` prints it, and the meaning of each exit code, as Markdown."""
    group = root.command
    if not isinstance(group, click.Group):
        raise TypeError("the root command is not a group")
    parts = [
        "# Commands",
        "Printed by `sm-ssh-widget docs cli`. Every command takes `--json` where it answers.",
        _exit_codes(),
    ]
    for name in group.list_commands(root):
        command = group.get_command(root, name)
        if command and not command.hidden:
            inner = click.Context(command, root, name, terminal_width=110)
            parts += [f"## {name}", f"```text\n{command.get_help(inner).strip()}\n```"]
    return "\n\n".join(parts) + "\n"


def _exit_codes() -> str:
    lines = ["## Exit codes", "", "| Code | Meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_MEANINGS.items()]
    return "\n".join([*lines, "", "If several apply: 3 before 4 before 1."])


def changes_markdown() -> str:
    """Return every possible change by baseline, and every complete document, as Markdown."""
    parts = [
        "# Changes made to your AWS account",
        "Printed by `sm-ssh-widget docs changes`. Nothing is written before you review it. Only missing statements, "
        "attachments and settings are added. Every existing statement stays unchanged.",
    ]
    for baseline in BASELINES.values():
        parts += [f"## {baseline.name}", baseline.summary, "\n".join(_table(baseline))]
    parts += ["## Options", "\n".join(f"- `--option {option.value}`: {option.meaning}" for option in Option)]
    parts += ["## The documents", *_documents()]
    return "\n\n".join(parts) + "\n"


def _table(baseline: Baseline) -> Iterator[str]:
    yield "| Requirement | Step | What is added | If missing | Risk | Cost | Undo |"
    yield "|---|---|---|---|---|---|---|"
    for item in baseline.requirements:
        optional = " (optional)" * item.optional or " (shell only)" * item.partial
        cells = (f"`{item.id}`{optional}", item.step, written(item.need), item.why, item.risk, cost(item), item.undo)
        yield f"| {' | '.join(map(_cell, cells))} |"


def written(need: Need) -> str:
    """Describe what a requirement can add, with the IAM action."""
    match need:
        case TrustNeed():
            service = need.service
            return f"one statement for `{service}`, added to the role's trust policy (`iam:UpdateAssumeRolePolicy`)"
        case ManagedNeed():
            names = ", ".join(f"`{name}`" for name in need.alternatives[-1])
            return f"attaches {names} to the {_SUBJECTS[need.subject]} ({_action('Attach', need.subject)})"
        case InlineNeed() | GuardNeed():
            subject, action = _SUBJECTS[need.subject], _action("Put", need.subject)
            return f"the inline policy `{need.policy}` of the {subject} ({action})"
        case TierNeed():
            return f"the service setting `{TIER_SETTING}` of the Region: `advanced` (`ssm:UpdateServiceSetting`)"
        case FactNeed() | NetworkNeed():
            return "nothing"
        case SessionPreferencesNeed():
            of_both = f"{_action('Put', 'role')}, {_action('Put', 'user')}"
            return (
                f"the inline policy `{need.policy}` of the role and of the person who connects ({of_both}), with the "
                "statements for what the preferences use"
            )
        case NoLeftoversNeed():
            return "nothing; removes the CDK's statement for CodeBuild from the trust (`iam:UpdateAssumeRolePolicy`)"
        case HostManagementNeed():
            return (
                "a Quick Setup host management configuration of the account and Region, or with the option "
                f"default-host-management the role `{DEFAULT_ROLE}` and the setting `{DEFAULT_ROLE_SETTING}`"
            )


def cost(requirement: Requirement) -> str:
    """Return the cost of a requirement, with the date of the price."""
    if not isinstance(requirement.need, TierNeed):
        return "none"
    month = f"USD {NODE_HOUR_USD * HOURS_A_MONTH:.2f} a month of {HOURS_A_MONTH} hours"
    return f"USD {NODE_HOUR_USD} an hour for each hybrid node ({NODE_HOUR_DATE}), {month}"


def _action(verb: str, subject: str) -> str:
    """Return the IAM action; the person who connects is a role or an IAM user."""
    of_role, of_user = f"`iam:{verb}RolePolicy`", f"`iam:{verb}UserPolicy`"
    return of_role if subject == "role" else f"{of_role} or {of_user}"


def _documents() -> Iterator[str]:
    read = {name: f"<{name.lower().replace('_', ' ')}>" for name in documents.READ}
    filling = documents.Filling("<role ARN>", "<partition>", "<account>", "<region>", "<user id>", read=read)
    for name in _names():
        text = json.dumps(documents.load(name, filling), indent=2, ensure_ascii=False)
        yield f"`{name}`\n\n```json\n{text}\n```"


def _names() -> tuple[str, ...]:
    needs = [item.need for baseline in BASELINES.values() for item in baseline.requirements]
    named: list[str] = []
    for need in needs:
        match need:
            case TrustNeed():
                named += [need.document, need.hardened]
            case InlineNeed() | GuardNeed():
                named.append(need.document)
            case SessionPreferencesNeed():
                named += TEMPLATES.values()
    return tuple(dict.fromkeys(name for name in named if name))
