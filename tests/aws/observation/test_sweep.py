"""One sweep of an account: few calls whatever the number of roles, and what it falls back to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.aws.observation.sweep import DETAILS, PAGE, Sweep, SweptAccount, SweptReader
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.requirements.observation import Absent, Known, Reason, Unknown
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support.mixed_roles import write_scenario

Accounts = Callable[[str], SimulatedAccount]


@pytest.fixture
def accounts() -> Iterator[Accounts]:
    with ExitStack() as stack:
        yield lambda scenario: stack.enter_context(SimulatedAccount(scenario))


class Pages:
    """A reader that answers pages of details, and fails as it is told."""

    region = "eu-west-1"

    def __init__(self, answers: list[Any]) -> None:
        self.answers, self.sizes = answers, []  # type: ignore[var-annotated]

    def read(self, service: str, operation: str, /, *, region: str | None = None, **parameters: Any) -> Any:
        self.sizes.append(parameters["MaxItems"])
        return self.answers.pop(0)

    def read_all(self, *_: Any, **__: Any) -> Any:
        return Known(())


def failed(reason: Reason) -> Unknown:
    return Unknown(reason, DETAILS, "No.", "")


NOTHING: Known[Any] = Known({"Policies": [], "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": []})


def reader_of(account: SimulatedAccount) -> Reader:
    return Reader(account.session("admin"), region=account.region)


def test_more_roles_need_more_pages_only(tmp_path: Path) -> None:
    made = {}
    for number in (30, 700):
        with SimulatedAccount(write_scenario(tmp_path, number)) as account:
            reader = reader_of(account)
            roles = [role for role in Sweep(reader).roles() if role.arn.name.startswith("Ml")]
            for role in roles:
                assert isinstance(role.reader.read("iam", "GetRole", RoleName=role.arn.name), Known)
                role.reader.read("iam", "GetAccountSummary")
            assert len(roles) > number * 0.6
            made[number] = Counter(call["operation"].partition(":")[2] for call in account.calls())
            reader.close()
    pages = made[700] - made[30]
    assert list(pages) == ["GetAccountAuthorizationDetails"]
    assert made[30] == {"GetAccountAuthorizationDetails": 2, "GetAccountSummary": 1}


@pytest.mark.parametrize("scenario", ["iam-user-with-groups", "boundary-blocks"])
def test_what_a_sweep_answers_is_what_single_reads_answer(scenario: str) -> None:
    with SimulatedAccount(scenario) as account:
        reader: Any = reader_of(account)
        roles: list[Any] = list(Sweep(reader, people=True).roles())
        asked = len(roles)
        for role in roles:
            name = {"RoleName": role.arn.name}
            for operation, key in (
                ("ListAttachedRolePolicies", "AttachedPolicies"),
                ("ListRolePolicies", "PolicyNames"),
            ):
                assert role.reader.read_all("iam", operation, key, **name) == reader.read_all(
                    "iam", operation, key, **name
                )
            for policy in reader.read_all("iam", "ListRolePolicies", "PolicyNames", **name).value:
                both = [each.read("iam", "GetRolePolicy", **name, PolicyName=policy) for each in (role.reader, reader)]
                assert both[0].value["PolicyDocument"] == both[1].value["PolicyDocument"]
                asked += 1
            assert role.reader.read("iam", "GetRolePolicy", **name, PolicyName="x") == Absent("iam:GetRolePolicy")
        for user in account.state()["UserDetailList"]:
            name = {"UserName": user["UserName"]}
            both = [each.read_all("iam", "ListGroupsForUser", "Groups", **name) for each in (roles[0].reader, reader)]
            groups = [{group["GroupName"] for group in fact.value} for fact in both]
            assert groups[0] == groups[1]
            asked += len(groups[0])
        assert asked > len(roles) or scenario != "iam-user-with-groups"
        reader.close()


def test_everything_else_is_read_once(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    reader = reader_of(account)
    for role in Sweep(reader).roles():
        role.reader.read("ssm", "GetServiceSetting", SettingId="/ssm/managed-instance/activation-tier")
        role.reader.read_all("ssm", "DescribeInstanceInformation", "InstanceInformationList")
    made = Counter(call["operation"].partition(":")[2] for call in account.calls())
    assert made["GetServiceSetting"] == made["DescribeInstanceInformation"] == 1


def test_the_organization_is_asked_for_one_role_unless_it_denies(accounts: Accounts) -> None:
    for scenario, every in (("organisation-member", False), ("scp-blocks", True)):
        account = accounts(scenario)
        sweep = Sweep(reader_of(account))
        roles = list(sweep.roles())
        for role in roles:
            role.reader.read_all(
                "iam",
                "SimulatePrincipalPolicy",
                "EvaluationResults",
                PolicySourceArn=str(role.arn),
                ActionNames=["ssmmessages:OpenDataChannel"],
                ResourceArns=["*"],
            )
        number = Counter(call["operation"].partition(":")[2] for call in account.calls())["SimulatePrincipalPolicy"]
        assert number == (len(roles) if every else 1)
        assert (sweep.shared.sampled, sweep.shared.barred) == (not every, every)


def test_a_denied_sweep_reads_each_role() -> None:
    with SimulatedAccount("reads-denied") as account:
        reader = reader_of(account)
        sweep = Sweep(reader)
        roles = list(sweep.roles())
        assert sweep.denied is not None
        assert sweep.broken is None
        for role in roles:
            assert isinstance(role.reader.read("iam", "GetRole", RoleName=role.arn.name), Known)
        assert Counter(call["operation"].partition(":")[2] for call in account.calls())["GetRole"] == len(roles)
        reader.close()


def test_a_page_that_times_out_is_read_again_with_a_third() -> None:
    pages = Pages([NOTHING, failed(Reason.TIMED_OUT), failed(Reason.TIMED_OUT), NOTHING])
    sweep = Sweep(pages)  # type: ignore[arg-type]
    assert not list(sweep.roles())
    assert pages.sizes == [PAGE, PAGE, PAGE // 3, PAGE // 9]
    assert sweep.broken is None


def test_a_page_that_cannot_be_read_leaves_the_list_incomplete() -> None:
    sweep = Sweep(Pages([NOTHING, *[failed(Reason.THROTTLED)] * 4]))  # type: ignore[arg-type]
    assert not list(sweep.roles())
    assert sweep.broken == failed(Reason.THROTTLED)
    assert sweep.denied is None


class Counted:
    """A read that always answers the same, and counts how often it was made."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.number = answer, 0

    def __call__(self) -> Any:
        self.number += 1
        return self.answer


def swept_readers() -> tuple[SweptAccount, list[SweptReader]]:
    shared = SweptAccount(Pages([]))  # type: ignore[arg-type]
    return shared, [SweptReader(shared, f"arn:aws:iam::123456789012:role/{name}", None) for name in "ABC"]


def test_a_stage_that_is_the_same_for_every_role_is_read_once() -> None:
    _, readers = swept_readers()
    region, other = Counted("region"), Counted("other")
    assert [each.shared("region", region) for each in readers] == ["region"] * 3
    assert readers[0].shared("other", other) == "other"
    assert (region.number, other.number) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "reads", "sampled"),
    [
        (Known(("allowed",)), 1, True),
        (Known(()), 1, False),
        (failed(Reason.DENIED), 1, False),
        (failed(Reason.THROTTLED), 3, False),
    ],
    ids=["allowed", "no organization", "denied", "throttled"],
)
def test_decisions_on_one_role_stand_for_all_where_the_next_read_would_say_the_same(
    answer: Any, reads: int, sampled: bool
) -> None:
    (shared, readers), read = swept_readers(), Counted(answer)
    assert [each.sampled("organization", read) for each in readers] == [answer] * 3
    assert (read.number, shared.sampled) == (reads, sampled)


def test_decisions_are_read_for_every_role_once_one_was_a_denial() -> None:
    (shared, readers), read = swept_readers(), Counted(Known(("denied",)))
    shared.barred = True
    for each in readers:
        each.sampled("organization", read)
    assert read.number == 3
