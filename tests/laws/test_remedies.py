"""Remedies lead somewhere: each is followed once, and what comes of it is better, or the check has said why not.

A *world* is an account in which findings stand in some way. What a remedy tells a person to do is found in its words;
words that this file does not know fail. *Better* is: closer to met, or the same for another reason that was told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sm_ssh_widget.changes.planner import make_plan, with_refusals
from sm_ssh_widget.changes.projection import observation_after
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.observation import (
    SPECIFIED,
    Absent,
    Identity,
    Known,
    LocalRoles,
    Observation,
    OrganisationVerdict,
    Tier,
    Unknown,
)
from tests.laws.mended import LEFTOVERS, MENDED, NETWORKS, PREFERENCES, Mend, all_read
from tests.laws.worlds import ANYTHING, IDENTITIES, LONG, NO_READ, PERSONS, REGIONS, TRUSTS, Change, held
from tests.support.observations import (
    ROLE,
    USER,
    document,
    identity,
    inline,
    observation,
    with_facts,
)

# Following a remedy: what a person does, as a change of the account or of the question


@dataclass(frozen=True)
class World:
    """An account, and what a person asked of it."""

    seen: Observation
    selection: Selection

    def assessed(self) -> Assessment:
        return with_refusals(self.selection, self.seen, assess(self.selection, self.seen))

    def finding(self, id: str) -> Finding:
        found = {each.id: each for each in self.assessed().findings}
        return found[id] if id in found else found["role.capabilities"]  # where the baseline is another one

    def with_(self, **facts: Any) -> World:
        return replace(self, seen=with_facts(self.seen, **facts))

    def of(self, subject: str, change: Change) -> World:
        """The world with another role, or another person."""
        if subject == "user":
            assert self.seen.user is not None
            user = change(self.seen.user)
            return self.with_(user=user, target=replace(self.seen.target, user=user.arn))
        role = change(self.seen.role)
        return self.with_(role=role, target=replace(self.seen.target, role=role.arn))


Follow = Callable[[World, Finding], list[World]]


def planned(world: World, finding: Finding) -> list[World]:
    """The plan of this one requirement, applied; what goes into a permission set too."""
    selection = replace(world.selection, steps=frozenset({finding.id}))
    plan = make_plan(selection, world.seen, assess(selection, world.seen))
    elsewhere = tuple(change for refusal in plan.refused for change in refusal.elsewhere)
    assert plan.changes or elsewhere, (finding.id, finding.remedy, plan.refused)
    return [replace(world, seen=observation_after((*plan.changes, *elsewhere), world.seen))]


def subject_of(finding: Finding) -> str:
    return "user" if finding.id.startswith("user.") else "role"


def read_all(world: World, finding: Finding) -> list[World]:
    def read(who: Identity) -> Identity:
        facts: dict[str, Any] = {
            name: Known((), "read") for name in ("attached", "inline") if isinstance(getattr(who, name), Unknown)
        }
        trust = Known(TRUSTS["none"], "read") if isinstance(who.trust, Unknown) else who.trust
        return replace(who, **{**facts, "trust": trust})

    world = world.of(subject_of(finding), read)
    tier = (
        Known(Tier("standard", "Default"), "read")
        if isinstance(world.seen.region.tier, Unknown)
        else world.seen.region.tier
    )
    hosts = (
        Absent("read") if isinstance(world.seen.region.host_management, Unknown) else world.seen.region.host_management
    )
    target = replace(world.seen.target, role=replace(world.seen.target.role, path="/service-role/"))
    return [replace(world, seen=all_read(world.with_(tier=tier, host_management=hosts, target=target).seen))]


def mended(by: Mend) -> Follow:
    return lambda world, _: [replace(world, seen=by(world.seen))]


def assumed(world: World, finding: Finding) -> list[World]:
    keys = re.findall(r"--assume (\S+)=VALUE", finding.remedy)
    values = ("vpc-1", "vpc-2", "o-1", "true")
    return [world.with_(assumed=dict.fromkeys(keys, value)) for value in values]


def lifted(world: World, finding: Finding) -> list[World]:
    """The owner of what blocks takes it away."""

    def without(who: Identity) -> Identity:
        kept = tuple(each for each in held(who) if each.name not in ("Guard", "Odd"))
        return replace(who, inline=Known(kept, "read"), boundary=Absent("read"))

    world = world.of(subject_of(finding), without).with_(organization_verdicts=Known((), "read"))
    trust = Known(TRUSTS["both"], "read") if finding.id.startswith("trust.") else world.seen.role.trust
    return [world.of("role", lambda role: replace(role, trust=trust))]


def corrected(world: World, finding: Finding) -> list[World]:
    """What cannot be parsed, appended to, or saved is put right in the IAM console."""

    def right(who: Identity) -> Identity:
        kept = tuple(each for each in held(who) if each.name not in ("Large", "Odd"))
        whole = tuple(replace(each, document=inline(each.name, document()).document) for each in kept)
        attached = Known((), "read")
        return replace(who, inline=Known(whole, "read"), attached=attached, trust=Known(TRUSTS["none"], "read"))

    return [world.of(subject_of(finding), right)]


def as_role(world: World, finding: Finding) -> list[World]:
    arn = ROLE if subject_of(finding) == "role" else USER
    return [world.of(subject_of(finding), lambda who: replace(who, arn=arn))]


def named(world: World, _: Finding) -> list[World]:
    return [world.with_(user=identity(USER), target=replace(world.seen.target, user=USER))]


def with_option(name: str) -> Follow:
    def follow(world: World, _: Finding) -> list[World]:
        names = (*world.selection.option_names, name)
        return [replace(world, selection=Selection.of(world.selection.baseline.name, names))]

    return follow


def narrower(world: World, _: Finding) -> list[World]:
    return [replace(world, selection=Selection.of("least-privilege", world.selection.option_names))]


def settled(world: World, _: Finding) -> list[World]:
    """AWS has ended what it was doing; a configuration that failed is deleted; another Region has everything."""
    tier = (
        replace(world.seen.region.tier.value, status="Customized")
        if isinstance(world.seen.region.tier, Known)
        else Tier("standard", "Default")
    )
    return [world.with_(tier=Known(tier, "read"), host_management=Absent("read"))]


WRITES = re.compile(r"(Attach|Add (?!the user)|Switch|Set up|Remove the trust) ?")
REMEDIES: tuple[tuple[str, Follow], ...] = (
    (r"^Nothing shows that .* --option confirm-execution-role$", with_option("confirm-execution-role")),
    (r"already has \d+ of \d+ managed policies.*or switch to the\s+least-privilege baseline", narrower),
    *((pattern, mended(by)) for pattern, by in MENDED),
    (r"choose the option remove-leftovers\.", with_option("remove-leftovers")),
    (r"in the IAM console", corrected),
    (f"^{WRITES.pattern}", planned),
    (r"^Specify who connects: --user ARN$", named),
    (r"^(Sign in as an identity that is allowed|Wait )", read_all),
    (r"--assume \S+=VALUE", assumed),
    (r"^This is settled by a real call\. Write the statement", lifted),
    (r"^Ask (the owner of|the administrator of your AWS organization)", lifted),
    (r"^Check the condition on aws:SourceArn", lifted),
    (r"^(Use another role|Policies cannot be attached to the root user|Connect as a role)", as_role),
    (r"choose the option default-host-management .* or host-management ", with_option("default-host-management")),
    (r"^(Check again in a few minutes|Choose another Region|Fix or delete the configuration)", settled),
)
NOTHING_TO_DO = ("SSH Helper works without it.",)


def follow(world: World, finding: Finding) -> list[World]:
    for pattern, doing in REMEDIES:
        if re.search(pattern, finding.remedy):
            return doing(world, finding)
    raise AssertionError(f"nobody knows how to follow {finding.remedy!r}")


def is_better(before: Finding, after: Finding, told: str) -> bool:
    """Met, or chosen at all; blocked or unknown no more, or for another reason; or what then stays open was told."""
    if (after.status.ready and not before.status.ready) or (after.required and not before.required):
        return True
    if before.status is FindingStatus.MISSING and not WRITES.match(before.remedy):  # it can be planned now
        return after.status is FindingStatus.MISSING and bool(WRITES.match(after.remedy))
    if before.status is FindingStatus.MISSING:
        keys = [each.key for each in after.open_keys] + [each.policy for each in after.evidence]
        return after.status is not FindingStatus.MISSING and any(key in told for key in keys)
    return (before.status, before.reason) != (after.status, after.reason)


def follow_to_the_end(world: World, finding: Finding) -> None:
    """What is left has several owners: each remedy leads to the next one, and the last one to nothing left."""
    for _ in range(5):
        (world,) = follow(world, finding)
        finding = world.finding(finding.id)
        if finding.status is FindingStatus.SATISFIED:
            return
    raise AssertionError(f"it never ends: {finding}")


def check_remedies(world: World, only: str = "") -> None:
    found = world.assessed()
    for finding in found.findings:
        if only and finding.id != only:
            continue
        done = finding.status in (FindingStatus.SATISFIED, FindingStatus.SATISFIED_OTHERWISE)
        if done or finding.remedy in NOTHING_TO_DO:
            continue
        assert finding.remedy, finding
        if finding.id == "account.leftovers":
            follow_to_the_end(world, finding)
            continue
        told = " ".join((*found.caveats, finding.fact))
        later = [each.finding(finding.id) for each in follow(world, finding)]
        assert any(is_better(finding, each, told) for each in later), (finding, later)


BASELINES = ("classic", "least-privilege")


def world_of(
    role: Identity, user: Identity | None = None, baseline: str = "classic", options: tuple[str, ...] = ("owner-guard",)
) -> World:
    selection = Selection.of(baseline, options)
    return World(observation(role, user, local_roles=Known(LocalRoles(None, None), "read")), selection)


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("shape", IDENTITIES)
def test_remedies_of_the_role(shape: str, baseline: str) -> None:
    check_remedies(world_of(IDENTITIES[shape](identity(trust=TRUSTS["both"])), None, baseline))


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("shape", IDENTITIES)
@pytest.mark.parametrize("person", [name for name, arn in PERSONS.items() if arn is not None])
def test_remedies_of_the_person_who_connects(person: str, shape: str, baseline: str) -> None:
    arn = PERSONS[person]
    assert arn is not None
    role = identity(trust=TRUSTS["both"], policies=(ANYTHING,))
    user = IDENTITIES[shape](identity(arn, trust=TRUSTS["both"]))
    check_remedies(world_of(user if arn == ROLE else role, user, baseline))


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("options", [(), ("hardened-trust",)], ids=["plain", "hardened"])
@pytest.mark.parametrize("trust", [*TRUSTS, "not read", "not parsable"])
def test_remedies_of_the_trust(trust: str, options: tuple[str, ...], baseline: str) -> None:
    text = TRUSTS.get(trust, "{}")
    role = identity(trust=text)
    role = replace(role, trust=NO_READ) if trust == "not read" else role
    check_remedies(world_of(role, None, baseline, options))


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("options", [(), ("host-management",)], ids=["plain", "host-management"])
def test_remedies_of_the_region(name: str, options: tuple[str, ...]) -> None:
    world = world_of(identity(trust=TRUSTS["both"], policies=(ANYTHING,)), None, "classic", options)
    check_remedies(replace(world, seen=REGIONS[name](world.seen)))


@pytest.mark.parametrize("name", NETWORKS)
def test_remedies_of_the_network(name: str) -> None:
    world = world_of(identity(trust=TRUSTS["both"], policies=(ANYTHING,)))
    check_remedies(replace(world, seen=NETWORKS[name](world.seen)))


@pytest.mark.parametrize("shape", ["bare", "a deny", "an open allow"])
@pytest.mark.parametrize("person", ["nobody", "user", "identity center"])
@pytest.mark.parametrize("name", PREFERENCES)
def test_remedies_of_the_preferences(name: str, person: str, shape: str) -> None:
    arn, role = PERSONS[person], IDENTITIES[shape](identity(trust=TRUSTS["both"]))
    user = arn and (role if arn == ROLE else IDENTITIES[shape](identity(arn, trust=TRUSTS["both"])))
    world = world_of(role, user or None)
    check_remedies(replace(world, seen=PREFERENCES[name](world.seen)), "ssm.session-preferences")


@pytest.mark.parametrize("options", [(), ("remove-leftovers",)], ids=["plain", "chosen"])
@pytest.mark.parametrize("name", LEFTOVERS)
def test_remedies_of_what_the_cdk_left(name: str, options: tuple[str, ...]) -> None:
    world = world_of(identity(trust=TRUSTS["both"], policies=(ANYTHING,)), options=options)
    check_remedies(replace(world, seen=LEFTOVERS[name](world.seen)))


@pytest.mark.parametrize("baseline", BASELINES)
def test_remedies_of_what_the_organization_blocks(baseline: str) -> None:
    world = world_of(identity(trust=TRUSTS["both"], policies=(ANYTHING,)), None, baseline)
    barred = OrganisationVerdict(str(ROLE), "ssm:CreateActivation", allowed=False)
    check_remedies(world.with_(organization_verdicts=Known((barred,), "read")))


def test_remedies_of_a_role_that_cannot_register() -> None:
    check_remedies(world_of(identity(LONG, trust=TRUSTS["both"])))


def test_remedies_of_a_role_that_nothing_shows_to_be_an_execution_role() -> None:
    other = replace(ROLE, path="/", name="Builder")
    world = world_of(identity(other, trust=TRUSTS["none"]))
    check_remedies(world.with_(target=replace(world.seen.target, sources={"role": SPECIFIED})))


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("shape", IDENTITIES)
@pytest.mark.parametrize("trust", TRUSTS)
def test_no_check_offers_a_write_that_the_plan_refuses(trust: str, shape: str, baseline: str) -> None:
    role, user = (IDENTITIES[shape](identity(arn, trust=TRUSTS[trust])) for arn in (ROLE, USER))
    world = world_of(role, user, baseline)
    refused = {each.finding for each in make_plan(world.selection, world.seen, world.assessed()).refused}
    for finding in world.assessed().findings:
        assert finding.id not in refused or not WRITES.match(finding.remedy), finding
