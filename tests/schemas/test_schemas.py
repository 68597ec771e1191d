"""The JSON Schemas: the program writes what they describe and nothing else, and a number keeps its promises."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sm_ssh_widget import fleet_pipeline, pipeline, schemas
from sm_ssh_widget import report as reports
from sm_ssh_widget.changes import journal as journals
from sm_ssh_widget.changes import plan as plans
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import permissions
from sm_ssh_widget.fleet import audit as audits
from sm_ssh_widget.pipeline import Selection
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.scenario import load_scenario, scenario_names
from sm_ssh_widget.version import VERSION
from tests.flows.released import write
from tests.schemas.compatibility import breaks, closed
from tests.support.story import acting, target_of

RELEASED = sorted(write.SCHEMAS.glob("*/*.json"))
JOURNALS = sorted(write.HERE.glob("*/*.json"))
OFTEN = ("fresh-studio-role", "session-preferences", "deleted-principal", "scp-blocks", "sso-user")
SCENARIOS = [
    pytest.param(each, marks=() if each in OFTEN else pytest.mark.deep)
    for each in scenario_names()
    if "ExecutionRoleArn" in load_scenario(each).metadata
]


def wrong(name: str, value: Any) -> list[str]:
    """What the schema says against a document; a field that it does not describe is wrong too."""
    checker = Draft202012Validator(closed(schemas.schema(name)))
    whole = json.loads(json.dumps(value))
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(whole)]


def by_name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("name", schemas.NUMBERS)
def test_it_is_a_schema_with_its_number(name: str) -> None:
    found = schemas.schema(name)
    Draft202012Validator.check_schema(found)
    assert found["$id"] == f"urn:sm-ssh-widget:{name}-{schemas.NUMBERS[name]}"


def test_the_schemas_name_what_the_documents_name() -> None:
    constants = {"report": reports.SCHEMA, "plan": plans.SCHEMA, "journal": journals.SCHEMA, "audit": audits.SCHEMA}
    assert constants == {name: f"sm-ssh-widget/{name}/{schemas.NUMBERS[name]}" for name in constants}
    for name in ("report", "plan", "journal", "permissions"):
        told = schemas.schema(name)["properties"]["schema"]["const"]
        assert told == f"sm-ssh-widget/{name}/{schemas.NUMBERS[name]}"


def test_a_name_without_a_schema() -> None:
    with pytest.raises(KeyError):
        schemas.schema("reports")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_a_check_and_a_plan_print(scenario: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SM_SSH_WIDGET_STATE", str(tmp_path))
    with SimulatedAccount(scenario) as account:
        target = target_of(account, account.scenario.expected.get("with_user", {}).get("user"))
        for reader in ("admin", "execution-role"):
            report = pipeline.check_target(target, Selection.of(options=("owner-guard",)), acting(account, reader))
            plan = pipeline.plan(report)
            assert wrong("report", report.to_json()) == []
            assert wrong("plan", plan.to_json()) == []
            assert wrong("plan", plan.to_file()) == []


def test_what_a_proof_an_apply_and_an_undo_write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SM_SSH_WIDGET_STATE", str(tmp_path))
    with SimulatedAccount("half-done") as account:
        admin, target = acting(account), target_of(account)
        journal = pipeline.apply(pipeline.plan(pipeline.check_target(target, Selection.of(), admin)), admin)
        role_session = account.session("execution-role")
        proved = pipeline.verify(target, selection=Selection.of(), proof=True, session=admin, role_session=role_session)
        undone = pipeline.undo(journal, admin)
    assert proved.proof is not None
    assert wrong("report", proved.to_json()) == []
    for each in (journal, undone):
        assert wrong("journal", each.to_record()) == []
        assert wrong("run", each.to_json()) == []


def test_what_an_audit_prints_and_writes(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    with SimulatedAccount("half-done") as account:
        found = fleet_pipeline.audit(regions=[account.region], session=acting(account), out=file)
    assert wrong("audit-summary", found.to_json()) == []
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert {line["kind"] for line in lines} == {"audit", "text", "role", "region", "account", "end"}
    assert [problem for line in lines for problem in wrong("audit", line)] == []


def test_what_docs_permissions_and_an_error_print() -> None:
    assert wrong("permissions", permissions()) == []
    for code in Code:
        assert wrong("error", Problem("Where", "Said.", "Next", code).to_json()) == []


@pytest.mark.parametrize("name", ["report", "plan"])
def test_a_document_without_a_field_or_with_another_type_is_wrong(name: str) -> None:
    with SimulatedAccount("half-done") as account:
        report = pipeline.check_target(target_of(account), Selection.of(), acting(account))
    whole = report.to_json() if name == "report" else pipeline.plan(report).to_json()
    for field in schemas.schema(name)["required"]:
        assert wrong(name, {key: value for key, value in whole.items() if key != field}), field
        assert wrong(name, {**whole, field: 1.5}), field
    assert wrong(name, {**whole, "more": 1})


# The rule for a number


def test_the_schemas_of_this_version_are_kept() -> None:
    """Red after the version was changed: ``python -m tests.flows.released.write VERSION`` once."""
    kept = {path.name for path in RELEASED if path.parent.name == VERSION}
    assert kept == {f"{name}-{number}.json" for name, number in schemas.NUMBERS.items()}


@pytest.mark.parametrize("path", RELEASED, ids=by_name)
def test_a_number_keeps_what_a_released_version_promised(path: Path) -> None:
    name, _, number = path.stem.rpartition("-")
    if int(number) == schemas.NUMBERS[name]:
        assert list(breaks(json.loads(path.read_text()), schemas.schema(name))) == []
    else:
        assert int(number) < schemas.NUMBERS[name]


def changed(value: dict[str, Any], *place: str, to: Any) -> dict[str, Any]:
    made = copy.deepcopy(value)
    inner = made
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = to
    return made


def test_the_rule_sees_what_breaks_a_reader() -> None:
    old = schemas.schema("report")
    finding = ("$defs", "finding", "properties")
    assert list(breaks(old, old)) == []
    fewer = [each for each in old["required"] if each != "ready"]
    assert list(breaks(old, changed(old, "required", to=fewer))) == ["/ready: was always there"]
    gone = {key: each for key, each in old["properties"].items() if key != "proof"}
    assert list(breaks(old, changed(old, "properties", to=gone))) == ["/proof: is gone"]
    assert list(breaks(old, changed(old, *finding, "id", "type", to=["string", "null"]))) == [
        "/finding/id: can also be null"
    ]
    assert list(breaks(old, changed(old, *finding, "status", "enum", to=["satisfied"])))
    assert list(breaks(old, changed(old, *finding, "evidence", "items", "$ref", to="#/$defs/use")))
    assert list(breaks(old, changed(old, *finding, "id", to={})))
    lines = schemas.schema("audit")
    assert list(breaks(lines, changed(lines, "oneOf", to=lines["oneOf"][1:])))


def test_the_rule_lets_a_release_add() -> None:
    old = schemas.schema("report")
    more = changed(old, "properties", "seen", to={"type": "string"})
    more = changed(more, "required", to=[*old["required"], "seen"])
    status = ("$defs", "finding", "properties", "status", "enum")
    assert (
        list(breaks(old, changed(more, *status, to=[*old["$defs"]["finding"]["properties"]["status"]["enum"], "x"])))
        == []
    )


# Files of earlier versions


@pytest.mark.parametrize("path", JOURNALS, ids=by_name)
def test_a_released_journal_and_its_plan_are_described_and_read(path: Path) -> None:
    record = json.loads(path.read_text())["journal"]
    assert wrong("journal", record) == []
    assert wrong("plan", record["plan"]) == []
    assert Plan.from_json(record["plan"]).to_file() == record["plan"]


@pytest.mark.parametrize("path", JOURNALS, ids=by_name)
def test_a_released_plan_is_applied_or_refused_with_a_sentence(path: Path, tmp_path: Path) -> None:
    kept = json.loads(path.read_text())
    with SimulatedAccount(write.SCENARIO) as account:
        account.set_state(kept["before"])
        account.world.state.conditions.update({"QuickSetupSeconds": 0.05, "InstanceSeconds": 0.05})
        before = account.state()
        result = applied_or_refused(Plan.from_json(kept["journal"]["plan"]), account, tmp_path)
        if isinstance(result, Problem):
            assert result.code in (Code.REFUSED, Code.DRIFTED, Code.INVALID)
            assert result.said.endswith(".")
            assert result.remedy.startswith("Create a new plan")
            assert account.state() == before
        else:
            assert result.complete


def applied_or_refused(plan: Plan, account: SimulatedAccount, place: Path) -> journals.Journal | Problem:
    try:
        return pipeline.apply(plan, acting(account), place)
    except Problem as problem:
        return problem


def test_a_document_of_a_later_number_is_refused_with_a_sentence() -> None:
    record = json.loads(JOURNALS[0].read_text())["journal"]
    with pytest.raises(Problem, match="sm-ssh-widget/plan/2") as caught:
        Plan.from_json({**record["plan"], "schema": "sm-ssh-widget/plan/2"})
    assert caught.value.code is Code.INVALID
    with pytest.raises(Problem, match="sm-ssh-widget/journal/2"):
        journals.Journal.from_record({**record, "schema": "sm-ssh-widget/journal/2"}, "journal.json")
