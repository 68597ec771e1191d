"""Facts that are read only where something asks for them: a Studio space, or an option of the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sm_ssh_widget.aws.observation.launch_site import read_launch_site
from sm_ssh_widget.aws.observation.network import read_network
from sm_ssh_widget.aws.observation.prices import read_instance_price
from sm_ssh_widget.aws.observation.quick_setup import read_default_role, read_local_roles
from sm_ssh_widget.aws.observation.studio_settings import StudioSettings, read_studio
from sm_ssh_widget.aws.observation.temporary_instance import read_earlier
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.reader import PendingRead
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.network_facts import Network
from sm_ssh_widget.requirements.observation import (
    Absent,
    ChosenFacts,
    Fact,
    InstanceChecked,
    LaunchSite,
    LocalRoles,
    Target,
)
from sm_ssh_widget.requirements.prices import HourlyPrice


@dataclass(frozen=True)
class More:
    """Reads that only some options need.

    ``local_roles``: the roles of Quick Setup; ``default_role``: that of default host management. ``instance``: places
    and earlier instances of the instance check. ``subnets``: IDs of the subnets whose network is read instead of that
    of the Studio space.
    """

    local_roles: bool = False
    default_role: bool = False
    instance: bool = False
    subnets: tuple[str, ...] = ()

    @classmethod
    def of(cls, selection: Selection) -> More:
        """The reads that the options of a selection need."""
        managed, default = selection.sets_up_host_management, selection.uses_default_host_management
        return cls(managed and not default, managed and default, selection.checks_instance, selection.subnets)


NOTHING_MORE = More()


def read_chosen(reader: AccountReader, target: Target, more: More) -> ChosenFacts:
    """Read what ``target`` and ``more`` ask for in parallel; every other fact is absent, without a read."""
    studio = PendingRead(partial(_studio_and_network, reader, target, more))
    local_roles = PendingRead(partial(_local_roles, reader, more))
    default_role = PendingRead(partial(_default_role, reader, more))
    site = PendingRead(partial(_site, reader, target.region, more))
    earlier = PendingRead(partial(_earlier, reader, target.region, more))
    price = PendingRead(partial(_instance_price, reader, target.region, more))
    reader.in_parallel(studio, local_roles, default_role, site, earlier, price)
    checked, running = earlier.result
    settings, network = studio.result
    return ChosenFacts(
        space=settings.space,
        local_roles=local_roles.result,
        default_role=default_role.result,
        site=site.result,
        instance_checked=checked,
        instances_running=running,
        network=network,
        session_names=settings.session_names,
        instance_price=price.result,
    )


def _studio_and_network(reader: AccountReader, target: Target, more: More) -> tuple[StudioSettings, Fact[Network]]:
    studio = read_studio(reader, target.region, *target.space) if target.space else StudioSettings()
    return studio, read_network(reader, target, more.subnets, studio)


def _local_roles(reader: AccountReader, more: More) -> Fact[LocalRoles]:
    return read_local_roles(reader) if more.local_roles else Absent()


def _default_role(reader: AccountReader, more: More) -> Fact[str]:
    return read_default_role(reader) if more.default_role else Absent()


def _site(reader: AccountReader, region: str, more: More) -> Fact[LaunchSite]:
    return read_launch_site(reader, region) if more.instance else Absent()


def _instance_price(reader: AccountReader, region: str, more: More) -> Fact[HourlyPrice]:
    return read_instance_price(reader, region) if more.instance else Absent()


def _earlier(reader: AccountReader, region: str, more: More) -> tuple[Fact[InstanceChecked], Fact[tuple[str, ...]]]:
    return read_earlier(reader, region) if more.instance else (Absent(), Absent())
