"""Changes told to a person: title, delta, statements added and kept, the JSON difference, the command, the way back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import ATTACHMENTS, DOCUMENTS, KINDS
from sm_ssh_widget.changes.plan import Call, Change, Kind
from sm_ssh_widget.export.command import command, variables
from sm_ssh_widget.policy.document import PolicyError, Statement, as_list, parse, statements
from sm_ssh_widget.policy.merge import Difference, difference
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.wizard.screens.labels import counted, plain
from sm_ssh_widget.wizard.view import Block, Code, Diff, Fold, Folds, Table, TableRow, Text

Json: TypeAlias = Any

_TRUSTS = tuple(kind for kind, facts in KINDS.items() if facts.is_trust)
_MOST_ROWS = 6


def title(change: Change) -> str:
    """A change as what is done."""
    where = change.resource
    name = where.get("policy") or where.get("policy_arn", "").rpartition("/")[2]
    owner = where.get("role") or where.get("user", "")
    if change.kind is Kind.TRUST:
        return f"Let {_trusted(change)} assume the role"
    if change.kind is Kind.ROLE:
        return f"Make the role {owner}"
    if change.kind in DOCUMENTS:
        return f"{'Add to' if change.before else 'Write'} the inline policy {name}{_of(change, owner)}"
    if change.kind in ATTACHMENTS:
        return f"Attach {name}{_of(change, owner)}"
    if change.kind is Kind.SERVICE_SETTING:
        value = change.after.get("value", "") if isinstance(change.after, Mapping) else change.after
        return f"Set the instance tier of {where.get('region', 'the Region')} to {value}"
    return _OTHER_TITLES.get(change.kind, change.id)


_OTHER_TITLES = {
    Kind.QUICK_SETUP: "Set up host management with Quick Setup",
    Kind.INSTANCE: "Check Systems Manager with a temporary instance",
}


def _trusted(change: Change) -> str:
    services = [s for each in _difference(change).added for s in _strings(_service(each))]
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
    """How much is added, in a few words."""
    found = tuple(changes)
    added = sum(len(_difference(change).added) for change in found if change.kind in DOCUMENTS)
    attached = sum(change.kind in ATTACHMENTS for change in found)
    parts = [f"+{counted(added, 'statement')}"] if added else []
    parts += [f"+{counted(attached, 'managed policy', 'managed policies')}"] if attached else []
    parts += ["costs money"] if any(change.cost for change in found) else []
    return ", ".join(parts)


def undo(change: Change) -> str:
    """How a change is taken back."""
    if change.undo != "exact":
        return f"{change.undo[:1].upper()}{change.undo[1:].rstrip('.')}."
    if change.kind is Kind.INSTANCE:
        return "Nothing is left: the instance is terminated as part of the step."
    if change.kind is Kind.ROLE:
        return "Deletes the role."
    if change.kind in ATTACHMENTS:
        return "Detaches it."
    if change.kind in DOCUMENTS:
        kept = len(_difference(change).kept)
        if not change.before:
            return "Deletes this policy; every other one stays as it is."
        stays = "the other statement stays" if kept == 1 else f"the {kept} other statements stay"
        return f"Removes what was added; {stays}."
    return "Sets it back to what it was."


def removal(change: Change) -> str:
    """A change of an undo as what is done; its ``before`` is what is there now."""
    where = change.resource
    owner = where.get("role") or where.get("user", "")
    name = where.get("policy") or where.get("policy_arn", "").rpartition("/")[2]
    removed = counted(len(_difference(change).removed), "statement") if change.kind in DOCUMENTS else ""
    match change.kind:
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
        case Kind.SERVICE_SETTING:
            value = change.after.get("value", "") if isinstance(change.after, Mapping) else change.after
            return f"Set the instance tier of {where.get('region', 'the Region')} back to {value}"
        case Kind.QUICK_SETUP:
            return "Delete the host management configuration of Quick Setup"
        case Kind.INSTANCE:
            return "Terminate the temporary instance"


def removed(change: Change, role: str) -> tuple[Block, ...]:
    """What a change of an undo removes, one statement or setting a row."""
    if change.kind in DOCUMENTS:
        return (_statements("Statements that are removed", "-", _difference(change).removed, role, change.kind),)
    if change.kind in ATTACHMENTS:
        lost = tuple(_as_removed(block) for block in _permissions(change, role))
        name = change.resource.get("policy_arn", "").rpartition("/")[2]
        return (Folds((Fold(f"allows:{change.id}", f"What {name} allows", lost),)),)
    return tables(change, role) if change.kind is Kind.SERVICE_SETTING else ()


def _as_removed(block: Block) -> Block:
    if not isinstance(block, Table):
        return block
    return replace(block, rows=tuple(replace(row, sign="-") for row in block.rows))


def stays(change: Change) -> str:
    """What an undo leaves of the document that it writes, in a few words; empty where it leaves nothing."""
    number = len(_difference(change).kept) if change.kind in DOCUMENTS and change.after else 0
    name = change.resource.get("policy")
    where = f"the inline policy {name}" if name else "the trust policy"
    return f"{counted(number, 'statement')} of {where}" if number else ""


def tables(change: Change, role: str) -> tuple[Block, ...]:
    """What a change adds, one statement or setting a row."""
    if change.kind in DOCUMENTS:
        return (_statements("Statements that are added", "+", _difference(change).added, role, change.kind),)
    if change.kind in ATTACHMENTS:
        return _permissions(change, role)
    if change.kind in _SETTINGS:
        return (_settings(change),)
    if isinstance(change.before, Mapping) and isinstance(change.after, Mapping):
        cells = ("instance tier", f"`{change.before.get('value', '')}`", f"`{change.after.get('value', '')}`")
        return (Table("Setting that is changed", ("Setting", "Now", "After"), (TableRow("~", cells),)),)
    return ()


_SETTINGS = (Kind.QUICK_SETUP, Kind.INSTANCE)


def _settings(change: Change) -> Table:
    """What is made, name by name."""
    where = change.resource
    if change.kind is Kind.INSTANCE:
        cells = [("instance", f"`{where['instance_type']}`"), ("subnet", f"`{where['subnet']}`")]
        cells.append(("then", "a session is opened and ended, and the instance is terminated"))
    else:
        made = {"configuration": where["type"], "name": where["name"], **change.after["parameters"]}
        cells = [(name, f"`{plain(str(value))}`") for name, value in made.items()]
    return Table("What is made", ("Setting", "Value"), tuple(TableRow("+", each) for each in cells))


def folds(change: Change, role: str) -> tuple[Fold, ...]:
    """What stands behind folds: what is kept, the command that does the same, the JSON difference."""
    found: list[Fold] = []
    if change.kind in DOCUMENTS and (kept := _difference(change).kept):
        table = _statements("Statements that are kept as they are", "=", kept, role, change.kind)
        found.append(Fold(f"kept:{change.id}", f"{counted(len(kept), 'statement')} kept", (table,)))
    region = change.resource.get("region", "")
    text = "\n".join((*variables(change.calls), *(command(_on_one_line(call), region) for call in change.calls)))
    several = len(change.calls) > 1
    summary = "Commands that do the same" if several else "Command that does the same"
    found.append(Fold(f"command:{change.id}", summary, (Code("AWS CLI", text),)))
    if change.kind in DOCUMENTS:
        found.append(Fold(f"json:{change.id}", "JSON difference", (Diff("Policy document", json_lines(change)),)))
    return tuple(found)


def _on_one_line(call: Call) -> Call:
    """The call with each document on one line; what is none stays as it is."""
    given = call.parameters.items()
    compact = {name: _compact(value) if isinstance(value, str) else value for name, value in given}
    return replace(call, parameters=compact)


def _compact(text: str) -> str:
    try:
        return json.dumps(parse(text), ensure_ascii=False, separators=(",", ":"))
    except PolicyError:
        return text


def json_lines(change: Change) -> tuple[tuple[str, str], ...]:
    """The document after the change, line by line; statements that are kept are one line."""
    document = parse(change.after)
    found = _difference(change)
    lines: list[tuple[str, str]] = [("=", "{")]
    for name, value in document.items():
        if name != "Statement":
            lines.append(("=" if change.before else "+", f"  {json.dumps(name)}: {json.dumps(value)},"))
    lines.append(("=", '  "Statement": ['))
    if found.kept:
        lines.append(("…", f"{counted(len(found.kept), 'statement')} kept as they are"))
    for number, statement in enumerate(found.added, 1):
        comma = "," if number < len(found.added) else ""
        text = json.dumps(statement, indent=2, ensure_ascii=False)
        lines += [("+", f"    {line}") for line in f"{text}{comma}".splitlines()]
    lines += [("=", "  ]"), ("=", "}")]
    return tuple(lines)


# Statements as rows


def _difference(change: Change) -> Difference:
    try:
        return difference(change.before or None, change.after or None)
    except PolicyError:
        return Difference((), (), ())


def _statements(caption: str, sign: Any, found: Iterable[Statement], role: str, kind: Kind) -> Table:
    third = "Who" if kind in _TRUSTS else "On"
    rows = tuple(TableRow(sign, _cells(statement, role, kind)) for statement in found)
    return Table(caption, ("Effect", "Action", third, "Only if"), rows)


def _cells(statement: Statement, role: str, kind: Kind) -> tuple[str, ...]:
    what, who = ("Principal", "NotPrincipal") if kind in _TRUSTS else ("Resource", "NotResource")
    actions = _either(statement, "Action", "NotAction", role)
    return str(statement.get("Effect", "")), actions, _either(statement, what, who, role), _condition(statement)


def _either(statement: Statement, name: str, other: str, role: str) -> str:
    if name in statement:
        return _codes(_strings(statement[name]), role)
    if other in statement:
        return f"all but {_codes(_strings(statement[other]), role)}"
    return "none"


def _codes(values: Iterable[str], role: str) -> str:
    return " ".join("this role" if role and value == role else f"`{plain(value)}`" for value in values)


def _condition(statement: Statement) -> str:
    blocks = statement.get("Condition")
    if not isinstance(blocks, Mapping) or not blocks:
        return "none"
    parts = []
    for operator, keys in blocks.items():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            parts.append(f"`{plain(key)}` {operator} {_codes(_strings(values), '')}")
    return ", ".join(parts)


def _strings(value: Json) -> list[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _strings(each)]
    return [str(item) for item in as_list(value)]


def _permissions(change: Change, role: str) -> tuple[Block, ...]:
    name = change.resource.get("policy_arn", "").rpartition("/")[2]
    if name not in managed.names():
        page = f"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/{name}.html"
        return (Text(f"What `{name}` allows is AWS's to say: {page}", "quiet"),) if name else ()
    found = statements(managed.snapshot(name).document)
    rows = tuple(TableRow("+", (*_shortened(each), *_cells(each, role, change.kind)[2:])) for each in found)
    shown = (Table(f"What {name} allows", ("Effect", "Action", "On", "Only if"), rows[:_MOST_ROWS]),)
    left = len(rows) - _MOST_ROWS
    return (*shown, Text(f"And {counted(left, 'more statement')}.", "quiet")) if left > 0 else shown


def _shortened(statement: Statement) -> tuple[str, str]:
    """Effect and actions; many actions are counted by service, and one that stands for all of a service says so."""
    effect, actions = str(statement.get("Effect", "")), _strings(statement.get("Action", ()))
    if len(actions) <= 4:
        return effect, _codes(actions, "") or "all but some"
    services: dict[str, list[str]] = {}
    for action in actions:
        services.setdefault(action.partition(":")[0], []).append(action)
    return effect, ", ".join(
        f"{'all' if f'{service}:*' in found else len(found)} of `{service}`" for service, found in services.items()
    )
