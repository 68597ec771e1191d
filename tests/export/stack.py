"""A template, deployed to the simulated account by the deployer of its stack sets."""

from __future__ import annotations

from typing import Any

from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.sessions import clients_of
from sm_ssh_widget.simulator.stacks.function import ClientOf
from sm_ssh_widget.simulator.stacks.stack import Stack as DeployedStack
from sm_ssh_widget.simulator.stacks.stack import StackFailed, StackPlace
from sm_ssh_widget.simulator.stacks.template import parse
from tests.support.virtual_time import VirtualTime

__all__ = ["Stack", "StackFailed"]

Json = Any


class Stack(DeployedStack):
    """One deployed template, by the account's admin."""

    @classmethod
    def of(cls, account: SimulatedAccount, text: str, region: str = "", **given: str) -> Stack:
        where = region or account.region

        def function(role: str) -> ClientOf:
            found = account.world.credentials.session_of("role", role, "function", 3600)
            return clients_of(found, where, account.url)

        partition = account.scenario.partition
        deployer = clients_of(account.world.credentials.of_user(account.world.state, "admin"), where, account.url)
        place = StackPlace(account.account, where, partition, deployer, function, sleep=VirtualTime().sleep)
        return cls(place, parse(text), dict(given))

    def update(self, text: str) -> None:
        """Update the custom resources to those of another template."""
        old, self.template = self.template, parse(text)
        for name in self.order():
            resource = self.template["Resources"][name]
            if resource["Type"].startswith("Custom::"):
                was = self.resolved(old["Resources"][name]["Properties"])
                now = self.custom("Update", name, OldResourceProperties=was)
                if now != self.physical[name]:
                    self.custom("Delete", name, properties=was)
                self.physical[name] = now
