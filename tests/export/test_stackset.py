"""Stack sets of a fleet plan: shards, shared texts, order, and what they leave out."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from sm_ssh_widget.changes.plan import Plan, digest
from sm_ssh_widget.export import stackset
from sm_ssh_widget.export.archive import DIGEST_LIST
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
from tests.fleet.plans import fleet, member
from tests.properties import examples

from .plans import hostile, plan

FIRST, SECOND, THIRD = "123456789012", "210000000002", "210000000003"


def in_account(found: Member, account: str) -> Member:
    """The same member, of the same role in another account."""
    value = json.loads(json.dumps(found.plan.to_file()).replace(FIRST, account))
    changed = {**value, "digest": digest({name: each for name, each in value.items() if name != "digest"})}
    return Member(found.scope, Plan.from_json(changed))


def over(*members: Member) -> FleetPlan:
    return FleetPlan("classic", (), "sha256:audit", members)


def roles(account: str, *names: str) -> list[Member]:
    return [in_account(member(name), account) for name in names]


def test_roles_are_divided_by_arn() -> None:
    names = [f"r{number:03}" for number in range(250)]
    found = [each for each in stackset.stack_sets(fleet(*reversed(names))) if each.roles]
    assert [each.roles for each in found] == [100, 100, 50]
    assert all(f'Name: "{names[100 * place]}"' in each.template for place, each in enumerate(found))


def test_accounts_with_the_same_roles_share_a_stack_set() -> None:
    found = stackset.stack_sets(over(*roles(FIRST, "a"), *roles(THIRD, "b"), *roles(SECOND, "a")))
    assert [each.accounts for each in found] == [(FIRST, SECOND), (THIRD,)]
    assert len({each.name for each in found}) == 2


def test_the_name_is_that_of_the_text() -> None:
    [first] = stackset.stack_sets(over(*roles(FIRST, "a")))
    [same] = stackset.stack_sets(over(*roles(SECOND, "a")))
    [other] = stackset.stack_sets(over(*roles(FIRST, "b")))
    assert first.name == same.name != other.name


def in_region(found: Member, region: str) -> Member:
    return replace(found, plan=replace(found.plan, target={**found.plan.target, "region": region}))


def test_settings_are_deployed_where_they_are_planned_and_roles_once() -> None:
    tier = member("a", "region")
    found = stackset.stack_sets(
        over(
            *roles(FIRST, "a"),
            tier,
            in_region(tier, "us-east-1"),
            *roles(SECOND, "a"),
            in_account(tier, SECOND),
        )
    )
    assert [each.roles for each in found] == [0, 1]
    settings, shard = found
    assert [(each.accounts, each.regions) for each in settings.deployments] == [
        ((FIRST,), ("eu-west-1", "us-east-1")),
        ((SECOND,), ("eu-west-1",)),
    ]
    assert [(each.accounts, each.regions) for each in shard.deployments] == [((FIRST, SECOND), ("eu-west-1",))]


def test_the_account_of_the_first_member_comes_first() -> None:
    found = over(*roles(THIRD, "a"), *roles(FIRST, "a"), *roles(SECOND, "a"))
    assert stackset.accounts_of(found) == (THIRD, FIRST, SECOND)
    script = stackset.members(found)["deploy.sh"]
    lines = [line for line in script.splitlines() if line.startswith(("choose_first ", "create ", "first ", "rest "))]
    [name] = [each.name for each in stackset.stack_sets(found)]
    assert lines == [
        f"choose_first {THIRD} {FIRST} {SECOND}",
        f"create {name} {THIRD} {FIRST} {SECOND}",
        f"first {name} eu-west-1 {THIRD} {FIRST} {SECOND}",
        f"rest {name} eu-west-1 {THIRD} {FIRST} {SECOND}",
    ]


def test_every_stack_set_is_deployed_to_the_first_account_before_another_has_one() -> None:
    found = over(*roles(FIRST, "a", "b"), *roles(SECOND, "a", "b"))
    text = stackset.deploy_script(found, stackset.stack_sets(found, roles_per_stack=1))
    assert text.rindex("\nfirst ") < text.index("\nrest ")


def test_a_shard_whose_policies_do_not_fit_is_divided() -> None:
    names = [f"{'p' * 500}/r{number:03}" for number in range(100)]
    found = [each for each in stackset.stack_sets(fleet(*names)) if each.roles]
    assert len(found) > 1
    assert sum(each.roles for each in found) == 100


def test_what_is_left_out_is_said() -> None:
    person = replace(member("a"), scope="user", plan=plan())
    found = over(*roles(FIRST, "a"), replace(member("b"), plan=plan()), person)
    left = stackset.left_out(found)
    assert ("jane" in left[-1].whose, left[-1].reason.startswith("No stack set reaches it.")) == (True, True)
    assert any(each.finding == "ssm.host-management" and each.reason == "It is too long." for each in left)
    text = stackset.readme(found, stackset.stack_sets(found))
    assert all(each.finding in text for each in left)
    assert "management account" in text
    assert "automatic deployment is off" in text


def test_refused_findings_of_the_fleet_are_said() -> None:
    refused = ({"for": "arn:aws:iam::1:role/x", "finding": "trust.ssm", "code": "quota", "reason": "It is too long."},)
    [left] = stackset.left_out(replace(fleet("a"), refused=refused))
    assert (left.whose, left.finding, left.reason) == ("arn:aws:iam::1:role/x", "trust.ssm", "It is too long.")


def test_a_role_without_changes_for_a_stack_is_in_none() -> None:
    empty = replace(member("a"), plan=replace(member("a").plan, changes=()))
    assert stackset.stack_sets(over(empty)) == ()


def test_the_file_has_everything_and_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    found = fleet("a", "b")
    assert stackset.content(found) == stackset.content(found)
    with zipfile.ZipFile(io.BytesIO(stackset.content(found))) as archive:
        archive.extractall(tmp_path)
        names = set(archive.namelist())
    assert {"deploy.sh", "remove.sh", "README.md", "fleet.jsonl", "digest.txt", DIGEST_LIST} < names
    assert len([name for name in names if name.startswith("templates/")]) == 2
    subprocess.run(["sha256sum", "--check", "--quiet", DIGEST_LIST], cwd=tmp_path, check=True)


@pytest.mark.parametrize("name", ["deploy.sh", "remove.sh"])
def test_a_script_is_valid_and_removes_in_reverse(name: str, tmp_path: Path) -> None:
    found = fleet("a", "b")
    text = stackset.members(found, 1)[name]
    (tmp_path / name).write_text(text)
    subprocess.run(["bash", "-n", str(tmp_path / name)], check=True)
    order = [each.name for each in stackset.stack_sets(found, 1)]
    verb = name.partition(".")[0].replace("deploy", "create")
    lines = [line.split()[1] for line in text.splitlines() if line.startswith(f"{verb} ")]
    assert lines == (order if name == "deploy.sh" else order[::-1])


@settings(max_examples=examples(30))
@given(account=hostile, region=hostile)
def test_hostile_accounts_and_regions_are_words(account: str, region: str) -> None:
    """Plans are judged before they are exported; what an edited one holds is still no command."""
    made = member("a")
    target = {**made.plan.target, "account": account, "region": region}
    found = over(replace(made, plan=replace(made.plan, target=target)))
    sets = stackset.stack_sets(found)
    lines = stackset.deploy_script(found, sets).rpartition("\nchoose_first ")[2]
    told = 'printf "%s\\0" "$@"'
    functions = (
        f"choose_first() {{ {told}; }}; first() {{ {told}; }}; create() {{ :; }}; rest() {{ :; }}; say() {{ :; }}"
    )
    ran = subprocess.run(["bash", "-c", f"{functions}\nchoose_first {lines}"], capture_output=True, check=True)
    assert ran.stdout.decode().split("\0")[:-1] == [account, sets[0].name, region, account]
