"""An audit of the simulated organization: who is read, who is told, by which session, and what a kill leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml

from sm_ssh_widget import fleet_pipeline
from sm_ssh_widget.aws.account_sources import AccountSource, AssumedAccounts, PortalAccounts, signed_in
from sm_ssh_widget.aws.signin import AssumeRole, DeviceCode
from sm_ssh_widget.aws.signin.members import Lent
from sm_ssh_widget.export.audit_role import audit_role_template
from sm_ssh_widget.fleet.accounts import AccountChoice, AccountEntry, MemberRole
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.outcome import audit_code
from sm_ssh_widget.fleet.progress import AccountsProgress
from sm_ssh_widget.pipeline import ExistingSession, SignedIn, sign_in
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.account import AUDIT_EXTERNAL_ID, AUDIT_ROLE, SimulatedAccount
from tests.support.audit_files import told_by
from tests.support.sessions import keyed_session

ROLE = MemberRole(AUDIT_ROLE, AUDIT_EXTERNAL_ID)
READ = ("123456789012", *(f"2100000000{number:02}" for number in (2, 3, 4, 5, 6, 9, 11, 12)))
SUSPENDED, DENIED, CUT = "210000000007", "210000000008", "210000000010"
RESEARCH, RANKING, SPEECH = "210000000002", "210000000004", "210000000011"
FOUR = f"{RESEARCH},{RANKING},{SPEECH},{DENIED}"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("organisation", sso_auto=True) as account:
        yield account


@pytest.fixture
def org(running: SimulatedAccount) -> SimulatedAccount:
    running.forget_calls()
    return running


def based(org: SimulatedAccount, account: str = "") -> SignedIn:
    return sign_in(ExistingSession(org.session("admin", account=account)), region=org.region)


@pytest.fixture
def admin(org: SimulatedAccount) -> Iterator[SignedIn]:
    session = based(org)
    yield session
    session.forget()


def audited(admin: SignedIn, accounts: str | AccountSource = "org", **how: Any) -> Audit:
    return fleet_pipeline.audit(accounts=accounts, member_role=ROLE, session=admin, **{"used_by": "none", **how})


def statuses(found: Audit) -> dict[str, str]:
    return {line.id: line.status for line in found.accounts}


def test_the_organization(org: SimulatedAccount, admin: SignedIn, tmp_path: Path) -> None:
    told: list[AccountsProgress] = []
    found = audited(admin, out=tmp_path / "a.jsonl", on_account=told.append)
    expected = {SUSPENDED: "suspended", DENIED: "not-read", CUT: "not-read", **dict.fromkeys(READ, "read")}
    assert statuses(found) == expected
    assert audit_code(found, fail_on=("missing",)) is Code.UNKNOWN
    assert not found.complete
    assert {row.account for row in found} == {place.account for place in found.places} == set(READ)
    by_id = {line.id: line for line in found.accounts}
    assert by_id[DENIED].name == "Acquired"
    assert "audit-role" in (by_id[DENIED].problem or {})["next"]
    assert (by_id["210000000009"].throttled, by_id["210000000009"].waited > 1) == (20, True)
    assert [now.done for now in told] == list(range(1, 13))
    assert (told[-1].of, told[-1].unread, told[-1].throttled) == (12, 2, 20)
    calls = org.calls("*")
    assert not [call for call in calls if call["access"] == "write" and call["operation"] != "sts:AssumeRole"]
    assert not [call for call in calls if call.get("account") == SUSPENDED]
    again = fleet_pipeline.load_audit(tmp_path / "a.jsonl")
    again.put_in_order()
    assert [row.to_json() for row in again] == [row.to_json() for row in found]
    assert [(line.id, line.status, line.name) for line in again.accounts] == [
        (line.id, line.status, line.name) for line in found.accounts
    ]


def test_a_member_may_not_list_the_accounts_and_is_told_what_to_do(org: SimulatedAccount) -> None:
    member = based(org, RANKING)
    with pytest.raises(Problem) as refused:
        audited(member)
    assert refused.value.code is Code.USAGE
    assert "--accounts portal" in refused.value.remedy
    delegated = based(org, "210000000012")
    entries = AssumedAccounts.of(delegated, AccountChoice("org"), ROLE).entries
    assert len(entries) == 12


def test_the_accounts_of_a_unit(org: SimulatedAccount, admin: SignedIn) -> None:
    client = org.session("admin").client("organizations")
    (root,) = client.list_roots()["Roots"]
    units = client.list_organizational_units_for_parent(ParentId=root["Id"])
    workloads = next(each for each in units["OrganizationalUnits"] if each["Name"] == "Workloads")
    source = AssumedAccounts.of(admin, AccountChoice("ou", (workloads["Id"],)), ROLE)
    names = {each.id: each.unit for each in source.entries}
    assert names[RESEARCH] == f"{workloads['Id']}/Research"
    assert org.account not in names


def test_the_accounts_with_their_units_or_the_reason_why_these_are_not_known(
    org: SimulatedAccount, admin: SignedIn
) -> None:
    listed = fleet_pipeline.list_accounts(admin, org.region)
    units = {each.id: each.unit for each in listed.entries}
    assert (listed.own, listed.note, units[org.account]) == (org.account, "", "")
    assert (units[RESEARCH], units[SUSPENDED]) == ("Workloads/Research", "Suspended")
    assert [each.id for each in listed.entries if each.suspended] == [SUSPENDED] == [listed.entries[-1].id]
    with pytest.raises(Problem) as refused:
        fleet_pipeline.list_accounts(based(org, RANKING), org.region)
    assert refused.value.code is Code.USAGE
    with SimulatedAccount("organisation") as own:  # its faults are replaced
        own.set_faults([{"operation": "organizations:ListRoots", "kind": "deny"}])
        without = fleet_pipeline.list_accounts(based(own), own.region)
    assert {each.id for each in without.entries} == set(units)
    assert {each.unit for each in without.entries} == {""}
    assert "could not be read" in without.note


def test_a_list_has_the_account_of_the_session_too(org: SimulatedAccount, admin: SignedIn) -> None:
    found = audited(admin, f"{org.account},{RANKING}")
    assert statuses(found) == {org.account: "read", RANKING: "read"}
    assumed = [call for call in org.calls("*") if call["operation"] == "sts:AssumeRole"]
    assert len(assumed) == 1
    assert not admin.is_forgotten


def test_a_session_that_tries_a_write_is_refused_twice(org: SimulatedAccount, admin: SignedIn) -> None:
    strong = MemberRole("OrganizationAccountAccessRole")
    source = fleet_pipeline.assumed_accounts(admin, AccountChoice("list", (RANKING,)), strong)
    with source.open(source.entries[0]) as session:
        assert session.face.account == RANKING
        before = org.state(account=RANKING)
        with pytest.raises(Problem) as refused:
            session.client("iam").delete_role(RoleName="x")
        assert refused.value.code is Code.REFUSED, "the tripwire"
        keys = session.lend().credentials.get_frozen_credentials()
        free = keyed_session(keys.access_key, keys.secret_key, keys.token, org.region)
        client = free.client("iam", endpoint_url=org.url)
        assert client.get_account_summary()["SummaryMap"]
        with pytest.raises(client.exceptions.ClientError, match="session policy"):
            client.create_user(UserName="mallory")
        assert org.state(account=RANKING) == before
    assert session.is_forgotten


def test_an_account_that_answers_for_another_is_its_own_problem(org: SimulatedAccount, admin: SignedIn) -> None:
    class Wrong:
        entries = (AccountEntry(RANKING), AccountEntry(SPEECH))
        chosen, read_as, endpoint = "list", admin.face.arn, org.url

        def open(self, entry: AccountEntry, /) -> AbstractContextManager[SignedIn]:
            answers = RESEARCH if entry.id == RANKING else entry.id
            method = AssumeRole(ROLE.arn(answers, "aws"), Lent(admin), ROLE.external_id)
            return signed_in(method, org.region, entry.id)

    found = audited(admin, Wrong())
    assert statuses(found) == {RANKING: "not-read", SPEECH: "read"}
    assert org.account not in {row.account for row in found}


@pytest.mark.parametrize("more", [False, pytest.param(True, marks=pytest.mark.deep)], ids=["ends", "between"])
def test_a_killed_audit_is_resumed_to_the_same_file(admin: SignedIn, tmp_path: Path, more: bool) -> None:
    whole = tmp_path / "whole.jsonl"
    audited(admin, FOUR, out=whole)
    lines = whole.read_text().splitlines(keepends=True)
    closing = [number for number, line in enumerate(lines) if json.loads(line)["kind"] == "account"]
    between = {5, len(lines) // 2, *closing[:1], *closing[2:]} if more else set()
    for kept in sorted({1, closing[1], len(lines) - 1} | between):
        torn = tmp_path / f"torn-{kept}.jsonl"
        torn.write_text("".join(lines[:kept]) + lines[kept][:15])
        audited(admin, FOUR, resume=torn)
        assert told_by(torn) == told_by(whole), kept
    audited(admin, FOUR, resume=whole)
    assert told_by(whole) == told_by(torn), "what could not be read is tried again, and told once"


def test_what_could_be_read_at_last_takes_the_place_of_what_could_not(admin: SignedIn, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    found = audited(admin, f"{RANKING},{DENIED}", out=path)
    assert statuses(found) == {RANKING: "read", DENIED: "not-read"}
    again = fleet_pipeline.audit(
        accounts=f"{RANKING},{DENIED}", member_role="OrganizationAccountAccessRole", session=admin, resume=path
    )
    assert statuses(again) == {RANKING: "read", DENIED: "read"}
    assert again.complete
    assert json.loads(path.read_text().splitlines()[-1])["kind"] == "end"
    assert statuses(fleet_pipeline.load_audit(path)) == {RANKING: "read", DENIED: "read"}
    with pytest.raises(Problem) as refused:
        audited(admin, "org", resume=path, regions=["us-east-1"])
    assert refused.value.code is Code.USAGE


def test_a_portal_needs_one_code_and_no_list_of_roles(org: SimulatedAccount) -> None:
    shown: list[object] = []
    portal = DeviceCode("https://example.awsapps.com/start", org.region, show=shown.append).open(org.url)
    source = PortalAccounts(portal, org.region, ("SecurityAudit", "DataScientist"))
    found = fleet_pipeline.audit(accounts=source, regions=[org.region], used_by="none")
    assert len(shown) == 1
    assert {line.id for line in found.accounts} == {entry.id for entry in source.entries}
    assert statuses(found)[org.account] == "read", "with the second set"
    assert statuses(found)[CUT] == "not-read"
    operations = [call["operation"] for call in org.calls("*")]
    assert operations.count("sso:ListAccountRoles") == 0
    assert operations.count("sso:GetRoleCredentials") <= 2 * len(source.entries)
    source.close()
    with pytest.raises(Problem):
        portal.lend(RANKING, "SecurityAudit")


def test_an_account_that_is_not_assigned_is_told(org: SimulatedAccount) -> None:
    portal = DeviceCode("https://example.awsapps.com/start", org.region, show=lambda _: None).open(org.url)
    source = PortalAccounts(portal, org.region, ("SecurityAudit",), only=(RANKING, "210000000012"))
    found = fleet_pipeline.audit(accounts=source, regions=[org.region], used_by="none")
    assert statuses(found) == {RANKING: "read", "210000000012": "not-read"}
    without = PortalAccounts(portal, org.region, only=(RANKING,))
    (line,) = fleet_pipeline.audit(accounts=without, regions=[org.region], used_by="none").accounts
    assert "--portal-role" in (line.problem or {})["next"]
    source.close()


def test_regions_of_each_account(admin: SignedIn) -> None:
    found = audited(admin, f"{RESEARCH},{SPEECH}", regions=["eu-west-1", "eu-south-1"])
    places = {(place.account, place.region) for place in found.places}
    assert places == {(RESEARCH, "eu-west-1"), (RESEARCH, "eu-south-1"), (SPEECH, "eu-west-1")}
    assert any("eu-south-1 is not enabled" in note for line in found.accounts for note in line.notes)
    used = audited(admin, f"{RESEARCH},210000000003", regions=["used"])
    assert {(place.account, place.region) for place in used.places} == {
        (RESEARCH, "eu-west-1"),
        ("210000000003", "eu-west-1"),
        ("210000000003", "us-east-1"),
    }
    assert (used.header.regions_of, used.header.regions) == ("used", ("eu-west-1",))
    with pytest.raises(Problem) as refused:
        audited(admin, RESEARCH, regions=["used", "eu-west-1"])
    assert refused.value.code is Code.USAGE


def test_gentle_reads_the_same(admin: SignedIn) -> None:
    both = f"{RESEARCH},{RANKING}"
    gentle, quick = audited(admin, both, gentle=True), audited(admin, both)
    assert statuses(gentle) == statuses(quick)
    assert [row.verdict for row in gentle] == [row.verdict for row in quick]


def test_throttled_calls_do_not_end_an_audit_and_the_wait_is_told(org: SimulatedAccount, admin: SignedIn) -> None:
    own = [fault for member in org.members for fault in member.faults]
    accounts = (org.account, RESEARCH, RANKING, SPEECH)
    org.set_faults([{"kind": "throttle", "every": 3, "account": each} for each in accounts])
    told: list[AccountsProgress] = []
    try:
        found = audited(admin, f"{RESEARCH},{RANKING},{SPEECH}", on_account=told.append)
    finally:
        org.set_faults(own)
    assert set(statuses(found).values()) == {"read"}
    assert told[-1].throttled > 20
    assert "waited" in told[-1].told_waits
    assert sum(line.waited for line in found.accounts) == pytest.approx(told[-1].waited, abs=0.1)


def test_no_secret_of_a_member_is_in_the_file(admin: SignedIn, tmp_path: Path) -> None:
    seen: list[str] = []
    taken: Callable[..., Any] = AssumedAccounts.of(admin, AccountChoice("list", (RANKING,)), ROLE).open
    with taken(AccountEntry(RANKING)) as session:
        keys = session.lend().credentials.get_frozen_credentials()
        seen += [keys.access_key, keys.secret_key, keys.token]
    path = tmp_path / "a.jsonl"
    audited(admin, RANKING, out=path)
    text = path.read_text()
    assert not [each for each in seen if each in text]
    assert "SessionToken" not in text


def test_the_audit_role_of_the_template_reads_what_an_administrator_reads(
    org: SimulatedAccount, admin: SignedIn
) -> None:
    made = yaml.safe_load(audit_role_template())["Resources"]["AuditRole"]["Properties"]
    text = json.dumps(made["Policies"][0]["PolicyDocument"])
    for sub in re.findall(r'\{"Fn::Sub": ("[^"]*")\}', text):
        text = text.replace(f'{{"Fn::Sub": {sub}}}', sub)
    policy = text.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", RANKING)
    trust = json.dumps(made["AssumeRolePolicyDocument"])
    trust = trust.replace('{"Ref": "AuditorArn"}', json.dumps(admin.face.arn)).replace('{"Ref": "ExternalId"}', '"id"')
    iam = org.session("admin", account=RANKING).client("iam")
    iam.create_role(RoleName="FromTemplate", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="FromTemplate", PolicyName="AuditReads", PolicyDocument=policy)
    org.forget_calls()
    by_role = fleet_pipeline.audit(
        accounts=RANKING, member_role="FromTemplate,external-id=id", session=admin, regions=["eu-west-1"]
    )
    assert [call["operation"] for call in org.calls("*") if "AccessDenied" in call.get("error", "")] == []
    strong = fleet_pipeline.audit(
        accounts=RANKING, member_role="OrganizationAccountAccessRole", session=admin, regions=["eu-west-1"]
    )
    assert [row.to_json() for row in by_role] == [row.to_json() for row in strong]
    (line,) = fleet_pipeline.audit(accounts=RANKING, member_role="FromTemplate", session=admin).accounts
    assert line.status == "not-read", "without the external ID"
