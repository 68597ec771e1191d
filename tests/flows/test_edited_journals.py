"""Journals that somebody edited, their digests made again, given to undo and to resume: no lie gains anything."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.plan import digest
from sm_ssh_widget.pipeline import SignedIn
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import admin_of, checked

Record = dict[str, Any]
Edit = Callable[["Stage", Record], object]

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
STRANGER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::666666666666:root"}, "Action": "sts:AssumeRole"}
DENY = {"Effect": "Deny", "Action": "ssm:CreateActivation", "Resource": "*"}
OTHER_ROLE, OTHER_USER = "SomebodysRole", "somebody"


@dataclass(frozen=True)
class Stage:
    """An account in which a plan was applied, and an undo of it was stopped after its first change."""

    account: SimulatedAccount
    session: SignedIn
    applied: Record
    after: Any
    undoing: Record
    undone: Record
    half: Any

    @property
    def user(self) -> str:
        return str(self.applied["plan"]["target"]["user"].rpartition("/")[2])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    place = tmp_path_factory.mktemp("journals")
    with SimulatedAccount("iam-user-with-groups") as account, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SM_SSH_WIDGET_METADATA", str(account.directory / "metadata.json"))
        iam = account.session("admin").client("iam")
        iam.create_role(RoleName=OTHER_ROLE, AssumeRolePolicyDocument=_text([STRANGER]))
        iam.create_user(UserName=OTHER_USER)
        session = admin_of(account)
        plan = pipeline.plan(checked(account, options=("owner-guard", "as-documented")))
        journal = pipeline.apply(plan, session, place)
        assert journal.complete
        applied, after = _read(journal.path), account.state()
        pipeline.undo(journal, session, stop=lambda: bool(_done(place)))
        (undoing,) = place.glob("*-undo-*.json")
        yield Stage(account, session, applied, after, _read(undoing), _read(journal.path), account.state())


def _done(place: Path) -> list[str]:
    found = [_read(path) for path in place.glob("*-undo-*.json")]
    return [step["id"] for record in found for step in record["steps"] if step["status"] == "done"]


def _read(path: Any) -> Record:
    return dict(json.loads(Path(path).read_text()))


def _text(statements: list[Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _sealed(record: Record) -> Record:
    """The record with the digest of its plan made again."""
    plan = record["plan"]
    plan["digest"] = digest({name: value for name, value in plan.items() if name != "digest"})
    return record


def _change(record: Record, kind: str) -> Record:
    """The first change of a kind."""
    return next(change for change in record["plan"]["changes"] if change["kind"] == kind)


def _step(record: Record, change: Record) -> Record:
    return next(step for step in record["steps"] if step["id"] == change["id"])


def _calls(change: Record) -> None:
    """Make the calls of a change those of its states, as a careful forger does."""
    owner = "User" if "user" in change["resource"] else "Role"
    name = {f"{owner}Name": change["resource"][owner.lower()]}
    for key, state in (("calls", change["after"]), ("inverse", change["before"])):
        match change["kind"]:
            case "trust-policy":
                call = ("UpdateAssumeRolePolicy", {**name, "PolicyDocument": state})
            case "role-inline-policy" | "user-inline-policy":
                where = {**name, "PolicyName": change["resource"]["policy"]}
                call = (
                    (f"Put{owner}Policy", {**where, "PolicyDocument": state})
                    if state
                    else (
                        f"Delete{owner}Policy",
                        where,
                    )
                )
            case _:
                verb = "Attach" if state else "Detach"
                call = (f"{verb}{owner}Policy", {**name, "PolicyArn": change["resource"]["policy_arn"]})
        change[key] = [{"service": "iam", "operation": call[0], "parameters": call[1]}]


def _lie(kind: str, **lies: Any) -> Edit:
    """Change a change of ``kind``, with the calls and the step that go with it."""

    def edit(_: Stage, record: Record) -> None:
        change = _change(record, kind)
        for name, value in lies.items():
            change[name] = value(change) if callable(value) else value
        _calls(change)
        if change["after"] is not None and "after" in lies:
            _step(record, change)["observed"] = change["after"]

    return edit


def _with(text: str, *more: Any, first: bool = False) -> str:
    statements = json.loads(text)["Statement"]
    return _text([*more, *statements] if first else [*statements, *more])


def _without_first(text: str) -> str:
    return _text(json.loads(text)["Statement"][1:])


def _resource(kind: str, **named: str) -> Edit:
    def edit(stage: Stage, record: Record) -> None:
        change = _change(record, kind)
        change["resource"] |= named
        _calls(change)

    return edit


def _attached_administrator(kind: str, *, taken: bool, name: str = "") -> Edit:
    """Say that AdministratorAccess was attached (and may go), or was taken away (and has to come back)."""

    def edit(stage: Stage, record: Record) -> None:
        change = _change(record, kind)
        owner = "user" if kind.startswith("attach-user") else "role"
        who = name or change["resource"][owner]
        arn = change["resource"]["arn"].rpartition("/")[0] + f"/{who}" if name else change["resource"]["arn"]
        change["resource"] = {owner: who, "arn": arn, "policy_arn": ADMINISTRATOR}
        change["before"], change["after"] = taken, not taken
        _calls(change)
        _step(record, change)["observed"] = not taken

    return edit


def _everywhere(old: str, new: str) -> Edit:
    def edit(_: Stage, record: Record) -> None:
        again = json.loads(json.dumps(record).replace(old, new))
        record.clear()
        record.update(again)

    return edit


def _set(*way: Any, to: Any) -> Edit:
    def edit(_: Stage, record: Record) -> None:
        inner: Any = record
        for key in way[:-1]:
            inner = inner[key]
        inner[way[-1]] = to

    return edit


def _two_of_one(_: Stage, record: Record) -> None:
    """A second change of the trust policy that starts from what the first one never left."""
    first = _change(record, "trust-policy")
    second = copy.deepcopy(first) | {"id": "trust.sagemaker", "finding": "trust.sagemaker"}
    first["before"] = _text([STRANGER])
    first["after"] = _with(first["before"], json.loads(second["after"])["Statement"][-1])
    _calls(first)
    step = copy.deepcopy(_step(record, first))
    _step(record, first)["observed"] = first["after"]
    record["plan"]["changes"].append(second)
    record["steps"].append(step | {"id": second["id"]})


def _trailing_deny(kind: str) -> Edit:
    """The owner's Deny, behind everything else, told as if it was ours."""

    def edit(_: Stage, record: Record) -> None:
        change = _change(record, kind)
        change["before"] = change["after"]
        change["after"] = _with(change["after"], DENY)
        _calls(change)
        _step(record, change)["observed"] = change["after"]

    return edit


def _observed(kind: str, value: Callable[[Any], Any]) -> Edit:
    def edit(_: Stage, record: Record) -> None:
        step = _step(record, _change(record, kind))
        step["observed"] = value(step["observed"])

    return edit


def _call_of(kind: str, which: str, **call: Any) -> Edit:
    def edit(_: Stage, record: Record) -> None:
        _change(record, kind)[which][0] |= call

    return edit


TRUST, INLINE, GUARD = "trust-policy", "role-inline-policy", "user-inline-policy"
ROLE, USER, TIER = "attach-role-policy", "attach-user-policy", "service-setting"
WILD = {"service": "iam", "operation": "AttachRolePolicy", "parameters": {"RoleName": "x", "PolicyArn": ADMINISTRATOR}}

LIES: dict[str, Edit] = {
    # before and after
    "before trusts another account": _lie(TRUST, before=lambda c: _with(c["before"], STRANGER)),
    "before trusts another account first": _lie(TRUST, before=lambda c: _with(c["before"], STRANGER, first=True)),
    "before trusts everybody": _lie(TRUST, before=_text([STRANGER | {"Principal": "*"}])),
    "the owner's first statement is left out of before": _lie(TRUST, before=lambda c: _without_first(c["before"])),
    "before has no statement": _lie(TRUST, before=_text([])),
    "before has another version": _lie(TRUST, before=lambda c: c["before"].replace("2012-10-17", "2008-10-17")),
    "before has an id": _lie(TRUST, before=lambda c: c["before"].replace("{", '{"Id": "x", ', 1)),
    "before is no document": _lie(TRUST, before="{"),
    "before of an inline policy allows everything": _lie(
        INLINE, before=_text([{"Effect": "Allow", "Action": "*", "Resource": "*"}])
    ),
    "before of the owner guard is the owner's": _lie(GUARD, before=_text([DENY])),
    "after has more than ours": _lie(INLINE, after=lambda c: _with(c["after"], DENY)),
    "after is a policy of the owner's": _lie(INLINE, after=_text([DENY])),
    "after is nothing": _lie(INLINE, after=None, before=lambda c: c["after"]),
    "the owner's trailing Deny in the inline policy": _trailing_deny(INLINE),
    "the owner's trailing Deny in the trust policy": _trailing_deny(TRUST),
    "two changes of one document": _two_of_one,
    # AdministratorAccess
    "AdministratorAccess comes back to the role": _attached_administrator(ROLE, taken=True),
    "AdministratorAccess comes back to the user": _attached_administrator(USER, taken=True),
    "AdministratorAccess comes to another role": _attached_administrator(ROLE, taken=True, name=OTHER_ROLE),
    "AdministratorAccess is taken from the admin": _attached_administrator(USER, taken=False, name="admin"),
    "AdministratorAccess is taken from the user": _attached_administrator(USER, taken=False),
    # Who and where
    "another role": _resource(ROLE, role=OTHER_ROLE, arn=f"arn:aws:iam::123456789012:role/{OTHER_ROLE}"),
    "another role's name": _resource(ROLE, role=OTHER_ROLE),
    "another role's trust": _resource(TRUST, role=OTHER_ROLE, arn=f"arn:aws:iam::123456789012:role/{OTHER_ROLE}"),
    "another user": _resource(USER, user=OTHER_USER, arn=f"arn:aws:iam::123456789012:user/{OTHER_USER}"),
    "another user's name": _resource(GUARD, user=OTHER_USER),
    "another policy": _resource(INLINE, policy="Theirs"),
    "another managed policy": _resource(ROLE, policy_arn="arn:aws:iam::123456789012:policy/Theirs"),
    "another resource for the instance's run": _resource(ROLE, run="0123456789abcdef"),
    "another account": _everywhere("123456789012", "666666666666"),
    "another account in the target": _set("plan", "target", "account", to="666666666666"),
    "another account in the role": _set("plan", "target", "role", to=f"arn:aws:iam::666666666666:role/{OTHER_ROLE}"),
    "another role in the target": _set("plan", "target", "role", to=f"arn:aws:iam::123456789012:role/{OTHER_ROLE}"),
    "another user in the target": _set("plan", "target", "user", to=f"arn:aws:iam::123456789012:user/{OTHER_USER}"),
    "no user in the target": _set("plan", "target", "user", to=None),
    "another partition": _set("plan", "target", "partition", to="aws-cn"),
    "another Region in the target": _set("plan", "target", "region", to="us-east-1"),
    "another Region for the tier": lambda _, record: _change(record, TIER)["resource"].update(region="us-east-1"),
    "another setting": lambda _, record: _change(record, TIER)["resource"].update(setting_id="/ssm/documents/x"),
    "another tier before": lambda _, record: _change(record, TIER).update(before={"value": "premium", "status": "x"}),
    # What is called
    "another call back": _call_of(ROLE, "inverse", operation="AttachRolePolicy"),
    "another service back": _call_of(ROLE, "inverse", service="ec2"),
    "another parameter back": _call_of(TRUST, "inverse", parameters={"RoleName": OTHER_ROLE, "PolicyDocument": "{}"}),
    "no call back": lambda _, record: _change(record, ROLE).update(inverse=[]),
    "a call more back": lambda _, record: _change(record, ROLE)["inverse"].append(WILD),
    "another call": _call_of(ROLE, "calls", operation="DetachRolePolicy"),
    "another document in the call": _call_of(INLINE, "calls", parameters={"RoleName": "x", "PolicyName": "y"}),
    "a call more": lambda _, record: _change(record, ROLE)["calls"].append(WILD),
    "no call": lambda _, record: _change(record, ROLE).update(calls=[]),
    # What was left
    "observed is what somebody else made of it": _observed(TRUST, lambda text: _with(text, DENY)),
    "observed is no document": _observed(TRUST, lambda _: 7),
    "observed is the opposite": _observed(ROLE, lambda _: False),
    "observed is another tier": _observed(TIER, lambda _: {"value": "standard", "status": "Default"}),
    "observed is nothing": _observed(ROLE, lambda _: None),
    # The file
    "another schema": _set("schema", to="sm-ssh-widget/journal/2"),
    "another schema of the plan": _set("plan", "schema", to="sm-ssh-widget/plan/2"),
    "a version that is not in it": _set("version", to="0.0.1"),
    "a status that there is not": _set("steps", 0, "status", to="confirmed"),
    "a step less": lambda _, record: record["steps"].pop(),
    "a change less": lambda _, record: record["plan"]["changes"].pop(),
    "steps in another order": lambda _, record: record["steps"].reverse(),
    "it undoes itself": _set("undoes", to="j.json"),
    "it undoes a file elsewhere": _set("undoes", to="../j.json"),
    "its plan undoes another one": _set("plan", "undoes", to="sha256:0"),
    "notes of an instance that is somebody's": _set("steps", 0, "notes", to={"instance": "i-0123456789; rm"}),
    "notes with a run that is none": _set("steps", 0, "notes", to={"run": "*"}),
    "notes with an attempt that is none": _set("steps", 0, "notes", to={"attempt": "1"}),
    "notes that begun is a text": _set("steps", 0, "notes", to={"begun": "yes"}),
    "notes that nobody writes": _set("steps", 0, "notes", to={"calls": []}),
    "notes that are nothing": _set("steps", 0, "notes", to=None),
    "begun at AWS": _set("endpoint", to=""),
    "started at no text": _set("started", to=0),
    "acted as no text": _set("acted_as", to=None),
}


@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("verb", ["undo", "resume"])
def test_a_lie_is_refused_and_nothing_is_written(name: str, verb: str, stage: Stage, tmp_path: Path) -> None:
    record = copy.deepcopy(stage.applied)
    LIES[name](stage, record)
    assert record != stage.applied
    path = _saved(tmp_path / "j.json", record)
    stage.account.set_state(stage.after)
    _refused(stage, verb, path)
    assert stage.account.state() == stage.after


def _saved(path: Path, record: Record) -> Path:
    path.write_text(json.dumps(_sealed(record)))
    return path


def _refused(stage: Stage, verb: str, path: Path) -> None:
    kept = path.read_bytes()
    with pytest.raises(Problem) as caught:
        _run(stage, verb, path)
    assert caught.value.code.exit_code in (3, 6), caught.value
    assert path.read_bytes() == kept
    if verb == "undo":
        with pytest.raises(Problem):
            pipeline.plan_undo(path, stage.session)


def _run(stage: Stage, verb: str, path: Path) -> None:
    {"undo": pipeline.undo, "resume": pipeline.resume}[verb](path, stage.session)


@pytest.mark.parametrize("verb", ["undo", "resume"])
def test_a_document_that_aws_does_not_show_is_left_alone(verb: str, stage: Stage, tmp_path: Path) -> None:
    """A run could have written that journal, of an account that is not so."""
    record = copy.deepcopy(stage.applied)
    stranger = _lie(
        TRUST,
        before=lambda c: _with(c["before"], STRANGER, first=True),
        after=lambda c: _with(c["after"], STRANGER, first=True),
    )
    stranger(stage, record)
    stage.account.set_state(stage.after)
    trust = _trusts(stage)
    with suppress(Problem):
        _run(stage, verb, _saved(tmp_path / "j.json", record))
    assert _trusts(stage) == trust


def _trusts(stage: Stage) -> dict[str, Any]:
    return {role["RoleName"]: role["AssumeRolePolicyDocument"] for role in stage.account.state()["RoleDetailList"]}


HARMLESS: dict[str, Edit] = {
    "acted as somebody else": _set("acted_as", to="arn:aws:iam::123456789012:root"),
    "started in a far year": _set("started", to="9999-12-31T23:59:59+00:00"),
    "started at no time": _set("started", to="yesterday"),
    "another moment of a step": _set("steps", 0, "at", to="9999-12-31T23:59:59+00:00"),
    "other words of a step": _set("steps", 0, "detail", to="All is well."),
    "an account of the endpoint": _set("endpoint", to="http://127.0.0.1:1"),
    "a step begun that was": _set("steps", 0, "notes", to={"begun": True, "code": "unknown", "stays": True}),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_lie_about_who_and_when_changes_nothing(name: str, stage: Stage, tmp_path: Path) -> None:
    """What cannot be known to be false gains nothing: the undo is that of the journal as it was."""
    truth, lie = copy.deepcopy(stage.applied), copy.deepcopy(stage.applied)
    HARMLESS[name](stage, lie)
    stage.account.set_state(stage.after)
    told = [
        pipeline.plan_undo(_saved(tmp_path / f"{number}.json", record), stage.session)
        for number, record in enumerate((truth, lie))
    ]
    assert told[0] == told[1]
    assert stage.account.state() == stage.after


@pytest.mark.parametrize("status", ["pending", "working", "failed", "in-doubt", "skipped", "undone", "drifted"])
def test_a_lie_about_a_status_removes_no_more_than_the_journal_shows(status: str, stage: Stage, tmp_path: Path) -> None:
    record = copy.deepcopy(stage.applied)
    for step in record["steps"]:
        step["status"] = status
    path = _saved(tmp_path / "j.json", record)
    stage.account.set_state(stage.after)
    truth = pipeline.plan_undo(_saved(tmp_path / "truth.json", copy.deepcopy(stage.applied)), stage.session)
    told = pipeline.plan_undo(path, stage.session)
    assert {each.id for each in told.changes} <= {each.id for each in truth.changes}
    if status not in ("undone",):
        pipeline.resume(path, stage.session)
    assert stage.account.state() == stage.after


# An undo that was stopped, and the journal that it undoes


def _pair(stage: Stage) -> tuple[Record, Record]:
    undoing, undone = copy.deepcopy(stage.undoing), copy.deepcopy(stage.undone)
    assert any(step["status"] == "pending" for step in undoing["steps"])
    stage.account.set_state(stage.half)
    return undoing, undone


def _save_pair(stage: Stage, place: Path, undoing: Record, undone: Record | None) -> Path:
    if undone is not None:
        _saved(place / stage.undoing["undoes"], undone)
        undoing["plan"]["undoes"] = undone["plan"]["digest"]
    return _saved(place / "undo.json", undoing)


def test_an_undo_that_was_stopped_is_gone_on_with(stage: Stage, tmp_path: Path) -> None:
    path = _save_pair(stage, tmp_path, *_pair(stage))
    assert pipeline.resume(path, stage.session).complete
    statuses = {step["status"] for step in _read(tmp_path / stage.undoing["undoes"])["steps"]}
    assert statuses == {"undone"}


def test_the_journal_of_an_undo_is_not_undone(stage: Stage, tmp_path: Path) -> None:
    path = _save_pair(stage, tmp_path, *_pair(stage))
    _refused(stage, "undo", path)
    assert stage.account.state() == stage.half


BACK_LIES: dict[str, Edit] = {
    "it leaves a trust for another account": _lie(TRUST, after=_text([STRANGER])),
    "it starts from a document of the owner's": _lie(TRUST, before=_text([DENY])),
    "it attaches AdministratorAccess": _attached_administrator(ROLE, taken=False),
    "it detaches AdministratorAccess from the admin": _attached_administrator(USER, taken=True, name="admin"),
    "it is about another role": LIES["another role"],
    "it is about another user": LIES["another user"],
    "it calls something else": _call_of(ROLE, "calls", operation="AttachRolePolicy"),
    "a call more": lambda _, record: _change(record, ROLE)["calls"].append(WILD),
    "another order": lambda _, record: (record["plan"]["changes"].reverse(), record["steps"].reverse()),
    "one change twice": lambda _, record: (
        record["plan"]["changes"].append(record["plan"]["changes"][0]),
        record["steps"].append(record["steps"][0]),
    ),
    "another Region": _set("plan", "target", "region", to="us-east-1"),
    "another account": _everywhere("123456789012", "666666666666"),
    "what it left is a lie": lambda _, record: record["steps"][0].update(status="done", observed=_text([DENY])),
    "it undoes no journal": lambda _, record: (record.update(undoes=""), None),
    "it is no undo": lambda _, record: (record.update(undoes=""), record["plan"].update(undoes="")),
}


@pytest.mark.parametrize("name", BACK_LIES)
def test_a_lie_in_the_journal_of_an_undo_is_refused(name: str, stage: Stage, tmp_path: Path) -> None:
    undoing, undone = _pair(stage)
    _saved(tmp_path / stage.undoing["undoes"], undone)
    BACK_LIES[name](stage, undoing)
    assert undoing != stage.undoing
    _refused(stage, "resume", _saved(tmp_path / "undo.json", undoing))
    assert stage.account.state() == stage.half


def test_the_journal_of_an_undo_alone_is_refused(stage: Stage, tmp_path: Path) -> None:
    undoing, _ = _pair(stage)
    _refused(stage, "resume", _save_pair(stage, tmp_path, undoing, None))
    assert stage.account.state() == stage.half


def test_the_journal_of_an_undo_beside_another_journal_is_refused(stage: Stage, tmp_path: Path) -> None:
    undoing, undone = _pair(stage)
    undone["plan"]["kept"] += 1
    _saved(tmp_path / stage.undoing["undoes"], undone)
    _refused(stage, "resume", _saved(tmp_path / "undo.json", undoing))
    assert stage.account.state() == stage.half


@pytest.mark.parametrize("cut", ["undo.json", "sibling"])
def test_a_pair_of_which_one_is_cut_short_is_refused(cut: str, stage: Stage, tmp_path: Path) -> None:
    path = _save_pair(stage, tmp_path, *_pair(stage))
    short = path if cut == "undo.json" else tmp_path / stage.undoing["undoes"]
    short.write_text(short.read_text()[:900])
    _refused(stage, "resume", path)
    assert stage.account.state() == stage.half


FORGED: dict[str, Edit] = {
    "AdministratorAccess comes back to the role": _attached_administrator(ROLE, taken=True),
    "AdministratorAccess comes back to the user": _attached_administrator(USER, taken=True),
    "AdministratorAccess is taken from the admin": _attached_administrator(USER, taken=False, name="admin"),
    "a trust for another account": LIES["before trusts another account"],
    "a trust for everybody": LIES["before trusts everybody"],
    "the owner's trailing Deny": LIES["the owner's trailing Deny in the inline policy"],
    "another role": LIES["another role"],
}


@pytest.mark.parametrize("name", FORGED)
def test_two_forged_files_together_gain_nothing(name: str, stage: Stage, tmp_path: Path) -> None:
    """The journal lies, and the undo beside it comes out of the lie exactly."""
    undoing, undone = copy.deepcopy(stage.undoing), copy.deepcopy(stage.applied)
    FORGED[name](stage, undone)
    _sealed(undone)
    undoing["plan"]["changes"] = [_inverse(change) for change in reversed(undone["plan"]["changes"])]
    undoing["plan"]["target"] = undone["plan"]["target"]
    undoing["steps"] = [
        {"id": each["id"], "status": "pending", "detail": "", "observed": None, "at": "", "notes": {}}
        for each in undoing["plan"]["changes"]
    ]
    path = _save_pair(stage, tmp_path, undoing, undone)
    stage.account.set_state(stage.after)
    _refused(stage, "resume", path)
    assert stage.account.state() == stage.after


def _inverse(change: Record) -> Record:
    return change | {
        "before": change["after"],
        "after": change["before"],
        "calls": change["inverse"],
        "inverse": change["calls"],
        "cost": None,
        "risk": "Takes back what was applied.",
        "undo": "exact",
    }
