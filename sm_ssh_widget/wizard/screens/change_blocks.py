"""Changes in words: title, delta, statements, the difference as JSON, the command, and how they are undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import ATTACHMENTS, DOCUMENTS, KINDS
from sm_ssh_widget.changes.plan import Call, Change, Kind
from sm_ssh_widget.changes.removals import is_removal
from sm_ssh_widget.export.command import command, variables
from sm_ssh_widget.policy.document import PolicyError, Statement, parse, statements
from sm_ssh_widget.policy.merge import Difference, difference
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.requirements.catalogue import DEFAULT_ROLE_SETTING
from sm_ssh_widget.wizard import leaf_blocks
from sm_ssh_widget.wizard.blocks import Block, Fold, Text
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.leaf_blocks import Diff, Statements, Table, TableRow
from sm_ssh_widget.wizard.screens import links, policy_words
from sm_ssh_widget.wizard.screens.json_lines import lines
from sm_ssh_widget.wizard.screens.labels import counted, plain
from sm_ssh_widget.wizard.screens.policy_words import MANAGEMENT, Sign, strings

Json: TypeAlias = Any

_TRUSTS = tuple(kind for kind, facts in KINDS.items() if facts.is_trust)
_PURPOSES = {
    "trust.sagemaker": "Let SageMaker use this role",
    "trust.ssm": "Let Systems Manager use this role",
    "role.managed-instance-core": "Let the agent go online",
    "role.cloudwatch-logs": "Keep the job's logs",
    "role.sagemaker-ssm-policy": "Let the job register itself",
    "role.capabilities": "Let the job register and go online",
    "ssm.tier": "Raise {region} to the advanced-instances tier",
    "ssm.host-management": "Set up host management",
    "ssm.instance-check": "Check Systems Manager with a temporary instance",
    "user.permissions": "Let {name} connect",
    "user.capabilities": "Let {name} connect",
    "user.owner-guard": "Limit {name} to their own nodes",
    "account.leftovers": "Stop CodeBuild from using this role",
}


def purpose(finding: str, region: str, user: str) -> str:
    """What the changes for a requirement are for, as a title; empty for one that is not known here."""
    name = user.rpartition("/")[2] or "the person who connects"
    return _PURPOSES.get(finding, "").format(region=region or "the Region", name=name)


def sign(change: Change) -> str:
    """Whether a change adds, changes or removes."""
    if is_removal(change):
        return "-"
    return "~" if change.kind is Kind.SERVICE_SETTING else "+"


def warning(changes: Iterable[Change]) -> str:
    """What an admin should look at, in two words."""
    found = tuple(changes)
    if any(change.cost for change in found):
        return "costs money"
    added = [each for change in found if change.kind in DOCUMENTS for each in difference_of(change).added]
    if policy_words.has_pass_role(added):
        return "PassRole"
    return MANAGEMENT if any(change.kind in _TRUSTS for change in found) else ""


def tag(changes: Iterable[Change]) -> str:
    """How many calls the managed policies allow that are attached; empty where AWS's text of one is not known here."""
    names = [_policy_name(change) for change in changes if change.kind in ATTACHMENTS]
    if not names or any(name not in managed.names() for name in names):
        return ""
    documents = (managed.snapshot(name).document for name in names)
    calls = {action for each in documents for found in statements(each) for action in strings(found.get("Action", ()))}
    return counted(len(calls), "call")


def _policy_name(change: Change) -> str:
    return change.resource.get("policy_arn", "").rpartition("/")[2]


def title(change: Change) -> str:
    """A change as what is done."""
    where = change.resource
    name = where.get("policy") or where.get("policy_arn", "").rpartition("/")[2]
    owner = where.get("role") or where.get("user", "")
    if is_removal(change):
        return _PURPOSES[change.finding]
    if change.kind is Kind.TRUST:
        return f"Let {_trusted(change)} use this role"
    if change.kind is Kind.ROLE:
        return f"Create the role {owner}"
    if change.kind in DOCUMENTS:
        return f"Add {'statements to ' if change.before else ''}the inline policy {name}{_of(change, owner)}"
    if change.kind in ATTACHMENTS:
        return f"Attach {name}{_of(change, owner)}"
    if _is_default_role(change):
        return f"Turn on default host management in {where.get('region', 'the Region')}"
    if change.kind is Kind.SERVICE_SETTING:
        value = change.after.get("value", "") if isinstance(change.after, Mapping) else change.after
        return f"Switch {where.get('region', 'the Region')} to the {value}-instances tier"
    return _OTHER_TITLES.get(change.kind, change.id)


def _is_default_role(change: Change) -> bool:
    return change.resource.get("setting_id") == DEFAULT_ROLE_SETTING


_OTHER_TITLES = {
    Kind.QUICK_SETUP: "Set up host management with Quick Setup",
    Kind.INSTANCE: "Check Systems Manager with a temporary instance",
}


def _trusted(change: Change) -> str:
    services = [s for each in difference_of(change).added for s in strings(_service(each))]
    names = {"ssm.amazonaws.com": "Systems Manager", "sagemaker.amazonaws.com": "SageMaker"}
    return " and ".join(dict.fromkeys(names.get(s, s) for s in services)) or "a service"


def _service(statement: Statement) -> Json:
    principal = statement.get("Principal")
    return principal.get("Service", ()) if isinstance(principal, Mapping) else ()


def _of(change: Change, owner: str) -> str:
    """Whose it is, where that is not the role that everything is about."""
    other = change.kind in (Kind.USER_INLINE, Kind.ATTACH_USER_POLICY) or change.finding == "ssm.host-management"
    return f" for {owner}" if other else ""


def delta(changes: Iterable[Change]) -> str:
    """How much is added or changed, in a few words."""
    found = tuple(changes)
    added = sum(len(difference_of(change).added) for change in found if change.kind in DOCUMENTS)
    attached = sum(change.kind in ATTACHMENTS for change in found)
    removed = sum(len(difference_of(change).removed) for change in found if is_removal(change))
    parts = [f"+{counted(added, 'statement')}"] if added else []
    parts += [f"-{counted(removed, 'statement')}"] if removed else []
    parts += [f"+{counted(attached, 'AWS policy', 'AWS policies')}"] if attached else []
    parts += [_setting(change) for change in found if change.kind is Kind.SERVICE_SETTING]
    return ", ".join(parts)


def _setting(change: Change) -> str:
    values = (each.get("value", "") if isinstance(each, Mapping) else each for each in (change.before, change.after))
    return " → ".join(map(str, values))


def undo(change: Change) -> str:
    """How a change is undone."""
    if change.undo != "exact":
        return f"{change.undo[:1].upper()}{change.undo[1:].rstrip('.')}."
    if change.kind is Kind.INSTANCE:
        return "Nothing remains. The instance is terminated as part of this change."
    if change.kind is Kind.ROLE:
        return "Deletes the role."
    if change.kind in ATTACHMENTS:
        return "Detaches it."
    if is_removal(change):
        return "Writes the earlier trust policy again, with this statement in its place."
    if change.kind in DOCUMENTS:
        kept = len(difference_of(change).kept)
        if not change.before:
            return "Deletes this policy. Every other policy stays unchanged."
        stays = "The other statement stays" if kept == 1 else f"The other {kept} statements stay"
        return f"Removes the added statements. {stays}."
    return "Restores the previous value."


def removal(change: Change) -> str:
    """A change of an undo as what is done; its ``before`` is what is there now."""
    where = change.resource
    owner = where.get("role") or where.get("user", "")
    name = where.get("policy") or where.get("policy_arn", "").rpartition("/")[2]
    removed = counted(len(difference_of(change).removed), "statement") if change.kind in DOCUMENTS else ""
    match change.kind:
        case Kind.TRUST if is_removal(change):
            return "Put the statement for CodeBuild back into the trust policy"
        case Kind.TRUST:
            return f"Remove {removed} from the trust policy"
        case Kind.ROLE:
            return f"Delete the role {owner}"
        case Kind.ROLE_INLINE | Kind.USER_INLINE if change.after:
            return f"Remove {removed} from the inline policy {name}{_of(change, owner)}"
        case Kind.ROLE_INLINE | Kind.USER_INLINE:
            return f"Delete the inline policy {name}{_of(change, owner)}"
        case Kind.ATTACH_ROLE_POLICY | Kind.ATTACH_USER_POLICY:
            return f"Detach {name}{_of(change, owner)}"
        case Kind.SERVICE_SETTING if _is_default_role(change):
            return f"Turn off default host management in {where.get('region', 'the Region')}"
        case Kind.SERVICE_SETTING:
            value = change.after.get("value", "") if isinstance(change.after, Mapping) else change.after
            return f"Set the instance tier of {where.get('region', 'the Region')} back to {value}"
        case Kind.QUICK_SETUP:
            return "Delete the host management configuration of Quick Setup"
        case Kind.INSTANCE:
            return "Terminate the temporary instance"


def removed(change: Change, role: str) -> tuple[Block, ...]:
    """What a change of an undo removes, one statement or setting a line."""
    if is_removal(change):
        return (_statements("Statements that are put back", "+", difference_of(change).added, role, change.kind),)
    if change.kind in DOCUMENTS:
        return (_statements("Statements that are removed", "-", difference_of(change).removed, role, change.kind),)
    if change.kind in ATTACHMENTS:
        name = _policy_name(change)
        return (Fold(f"allows:{change.id}", f"What {name} allows", _permissions(change, role, "-")),)
    return (_table(change),) if change.kind is Kind.SERVICE_SETTING else ()


def stays(change: Change) -> str:
    """What an undo leaves of the document that it writes, in a few words; empty where it leaves nothing."""
    number = len(difference_of(change).kept) if change.kind in DOCUMENTS and change.after else 0
    name = change.resource.get("policy")
    where = f"the inline policy {name}" if name else "the trust policy"
    return f"{counted(number, 'statement')} of {where}" if number else ""


def details(change: Change, role: str) -> tuple[Block, ...]:
    """What a change adds, one statement or setting a line, and the difference as JSON."""
    if change.kind in DOCUMENTS:
        found = difference_of(change)
        items = (
            *_told("+", found.added, role, change.kind),
            *_told("-", found.removed, role, change.kind),
            *_told("=", found.kept, role, change.kind),
        )
        return (Statements("Statements after the change", items), diff(change))
    if change.kind in ATTACHMENTS:
        return _permissions(change, role, "+")
    return (_settings(change),) if change.kind in _SETTINGS else (_table(change),)


def diff(change: Change) -> Diff:
    """The whole document before and after."""
    return Diff(f"diff:{change.id}", "Policy document", lines(change.before, change.after), not change.before)


_SETTINGS = (Kind.QUICK_SETUP, Kind.INSTANCE)


def _settings(change: Change) -> Table:
    """What is created, name by name."""
    where = change.resource
    if change.kind is Kind.INSTANCE:
        cells = [("instance", f"`{where['instance_type']}`"), ("subnet", f"`{where['subnet']}`")]
        cells.append(("then", "a session is started and terminated, and the instance is terminated"))
    else:
        made = {"configuration": where["type"], "name": where["name"], **change.after["parameters"]}
        cells = [(name, f"`{plain(str(value))}`") for name, value in made.items()]
    return Table("What is created", ("Setting", "Value"), tuple(TableRow("+", each) for each in cells))


def _table(change: Change) -> Table:
    before, after = (
        each.get("value", "") if isinstance(each, Mapping) else each for each in (change.before, change.after)
    )
    name = "default role of EC2 instances" if _is_default_role(change) else "instance tier"
    cells = (name, f"`{before}`", f"`{after}`")
    return Table("Setting that is changed", ("Setting", "Now", "After"), (TableRow("~", cells),))


def copy_command(change: Change) -> Action:
    """The AWS CLI commands that do the same, for the clipboard."""
    region = change.resource.get("region", "")
    text = "\n".join((*variables(change.calls), *(command(_on_one_line(call), region) for call in change.calls)))
    what = "commands that do" if len(change.calls) > 1 else "command that does"
    return Action(f"copy:{change.id}", f"Copy the {what} the same", "link", "copy", copies=text)


def _on_one_line(call: Call) -> Call:
    """The call with each document on one line; what is none stays as it is."""
    given = call.parameters.items()
    compact = {name: _compact(value) if isinstance(value, str) else value for name, value in given}
    return Call(call.service, call.operation, compact)


def _compact(text: str) -> str:
    try:
        return json.dumps(parse(text), ensure_ascii=False, separators=(",", ":"))
    except PolicyError:
        return text


# Statements as lines


def difference_of(change: Change) -> Difference:
    """The statements that a change adds, removes and keeps; none where it writes no document that can be read."""
    if change.kind not in DOCUMENTS:
        return Difference((), (), ())
    try:
        return difference(change.before or None, change.after or None)
    except PolicyError:
        return Difference((), (), ())


def _statements(label: str, sign: Sign, found: Iterable[Statement], role: str, kind: Kind) -> Statements:
    return Statements(label, tuple(_told(sign, found, role, kind)))


def _told(sign: Sign, found: Iterable[Statement], role: str, kind: Kind) -> tuple[leaf_blocks.Statement, ...]:
    trust = kind in _TRUSTS
    return tuple(policy_words.statement(each, sign, role, trust=trust, ours=True) for each in found)


def _permissions(change: Change, role: str, sign: Sign) -> tuple[Block, ...]:
    """What a managed policy allows, as AWS's text stood when this program was released."""
    name = _policy_name(change)
    if name not in managed.names():
        return (Text(f"AWS documents what `{name}` allows.", "quiet"),)
    found = statements(managed.snapshot(name).document)
    items = tuple(policy_words.statement(each, sign, role, trust=False, ours=False) for each in found)
    return (Statements(f"What {name} allows", items),)


def reference(change: Change) -> tuple[Action, ...]:
    """AWS's own page of a managed policy that is attached."""
    return (links.managed_policy(_policy_name(change)),) if change.kind in ATTACHMENTS else ()
