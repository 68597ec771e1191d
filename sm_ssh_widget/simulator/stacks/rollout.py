"""Operations on the stacks of a stack set: account by account in each Region, until too many have failed.

An operation runs in a thread of its own, as at AWS: its stacks call the simulated accounts over HTTP, and who started
it asks for its status.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sm_ssh_widget.simulator.sessions import clients_of
from sm_ssh_widget.simulator.stacks.function import ClientOf
from sm_ssh_widget.simulator.stacks.stack import Stack, StackFailed, StackPlace
from sm_ssh_widget.simulator.stacks.template import parse
from sm_ssh_widget.simulator.state import Record, unique_id
from sm_ssh_widget.simulator.world import World

EXECUTION_ROLE = "stacksets-exec-0123456789abcdef"
"""Role in each account that StackSets deploys with."""
_SESSION_SECONDS = 3600


@dataclass(frozen=True)
class Rollout:
    """One operation: ``record`` is its entry in the stack set ``of``; ``places`` are accounts by Region, in order."""

    world: World
    of: Record
    record: Record
    places: tuple[tuple[str, tuple[str, ...]], ...]
    deletes: bool = False
    retains: bool = False

    def start(self) -> None:
        """Run in the background."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        cancelled = False
        for region, accounts in self.places:
            failed, most = 0, tolerated(self.record["OperationPreferences"], len(accounts))
            for account in accounts:
                status, reason = ("CANCELLED", "The failure tolerance was exceeded.") if cancelled else ("", "")
                if not cancelled:
                    status, reason = self._one(account, region)
                failed += status == "FAILED"
                cancelled = cancelled or failed > most
                self._note(account, region, status, reason)
        with self.world.lock:
            self.record["Status"] = "FAILED" if cancelled else "SUCCEEDED"
            self.record["EndTimestamp"] = self.world.clock.now()

    def _one(self, account: str, region: str) -> tuple[str, str]:
        """Make or delete one stack; return the status and its reason."""
        world = self.world.peers[account]
        if not world.is_open():
            return "FAILED", f"Account {account} is suspended."
        try:
            (self._delete if self.deletes else self._deploy)(world, region)
        except (StackFailed, ClientError, BotoCoreError) as error:
            return "FAILED", str(error)
        return "SUCCEEDED", ""

    def _deploy(self, world: World, region: str) -> None:
        if self._kept(world, region) is not None:
            return  # it has the stack already
        stack = Stack(self._place(world, region), parse(self.of["TemplateBody"]))
        try:
            stack.deploy()
        except StackFailed:
            stack.delete()
            raise
        with world.lock:
            world.state.records["Stacks"].append(self._stack_record(stack, region))

    def _delete(self, world: World, region: str) -> None:
        kept = self._kept(world, region)
        if kept is None or self.retains:
            return
        template = parse(self.of["TemplateBody"])
        physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in kept["Resources"]}
        Stack(self._place(world, region), template, physical=physical).delete()
        with world.lock:
            world.state.records["Stacks"].remove(kept)

    def _kept(self, world: World, region: str) -> Record | None:
        name = self._stack_name(world, region)
        stacks = world.state.records["Stacks"]
        return next((each for each in stacks if each["StackName"] == name and each.get("Region") == region), None)

    def _stack_name(self, world: World, region: str) -> str:
        number = unique_id("", f"{self.of['StackSetId']} {world.state.account} {region}").lower()
        return f"StackSet-{self.of['StackSetName']}-{number}"

    def _stack_record(self, stack: Stack, region: str) -> Record:
        types = {name: each["Type"] for name, each in stack.template["Resources"].items()}
        resources = [
            {"LogicalResourceId": name, "PhysicalResourceId": made, "ResourceType": types[name]}
            for name, made in stack.physical.items()
        ]
        name = self._stack_name(self.world.peers[stack.place.account], region)
        return {"StackName": name, "StackStatus": "CREATE_COMPLETE", "Region": region, "Resources": resources}

    def _place(self, world: World, region: str) -> StackPlace:
        account, url = world.state.account, self.world.sign_in.url
        if EXECUTION_ROLE not in world.state.iam["role"]:
            raise StackFailed(f"Account {account} should have '{EXECUTION_ROLE}' role.")
        if region in world.state.conditions["DisabledRegions"]:
            raise StackFailed(f"Region {region} is not enabled in account {account}.")

        def as_role(role: str) -> ClientOf:
            return clients_of(world.credentials.session_of("role", role, "StackSets", _SESSION_SECONDS), region, url)

        prefix = f"{self._stack_name(world, region)[:20]}-{unique_id('', self.of['StackSetId'] + region)[:8]}-"
        return StackPlace(
            account,
            region,
            world.state.partition,
            as_role(EXECUTION_ROLE),
            as_role,
            sleep=world.clock.advance,
            prefix=prefix,
        )

    def _note(self, account: str, region: str, status: str, reason: str) -> None:
        """Record the result, and the instance that it leaves."""
        told = {"StatusReason": reason} if reason else {}
        with self.world.lock:
            self.record["Results"].append({"Account": account, "Region": region, "Status": status, **told})
            instances: list[Record] = self.of["Instances"]
            kept = [each for each in instances if (each["Account"], each["Region"]) != (account, region)]
            if not (self.deletes and status == "SUCCEEDED"):
                kept.append(self._instance(account, region, status, told))
            self.of["Instances"] = kept

    def _instance(self, account: str, region: str, status: str, told: Record) -> Record:
        stack = self._stack_name(self.world.peers[account], region)
        arn = f"arn:{self.world.state.partition}:cloudformation:{region}:{account}:stack/{stack}"
        return {
            "Account": account,
            "Region": region,
            "StackId": f"{arn}/{unique_id('', stack).lower()}",
            "Status": "CURRENT" if status == "SUCCEEDED" else "INOPERABLE" if self.deletes else "OUTDATED",
            "DetailedStatus": status,
            "LastOperationId": self.record["OperationId"],
            **told,
        }


def tolerated(preferences: Record, accounts: int) -> int:
    """Return how many failures among the accounts of a Region an operation tolerates."""
    if "FailureTolerancePercentage" in preferences:
        return accounts * int(preferences["FailureTolerancePercentage"]) // 100
    return int(preferences.get("FailureToleranceCount", 0))


def targets_of(world: World, targets: Record) -> Sequence[str]:
    """Return the accounts of deployment targets; the management account never belongs to them.

    Raises :class:`ValueError` for an organizational unit that does not exist, and for accounts without a filter.
    """
    organization = world.organization
    units = targets.get("OrganizationalUnitIds", ())
    if organization is None or not units or not set(units) <= organization.units.keys():
        raise ValueError("OrganizationalUnitIds must name units of the organization")
    below = {each for each in organization.accounts if set(organization.line_of(each)) & set(units)}
    named, kind = set(targets.get("Accounts", ())), str(targets.get("AccountFilterType", "NONE"))
    if named and kind == "NONE":
        raise ValueError(
            "AccountFilterType should be specified when both OrganizationalUnitIds and Accounts are provided"
        )
    chosen: dict[str, Any] = {
        "NONE": below,
        "INTERSECTION": below & named,
        "DIFFERENCE": below - named,
        "UNION": below | named,
    }
    return sorted(chosen[kind] & (organization.accounts.keys() - {organization.management}))
