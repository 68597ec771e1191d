"""What was found on the laptop, and what the person expects of it. Pure: values only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sm_ssh_widget.policy.arn import ArnError, PrincipalArn, is_region
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Absent, Fact

_NODE = re.compile(r"mi-[0-9a-f]{17}")
_PEOPLE = ("role", "assumed-role", "user", "root")


@dataclass(frozen=True)
class Program:
    """A program that was found: its path, what it printed when it was asked for its version, and where it was found.

    ``on_path`` is false for one that stands only in the directory that its installer uses.
    """

    path: str
    printed: str
    on_path: bool = True


@dataclass(frozen=True)
class Proxy:
    """The HTTPS proxy by host and port, never with its password; empty where there is none.

    ``from_environment`` is false for a proxy that only the operating system's settings name.
    """

    address: str = ""
    from_environment: bool = True
    bypassed: bool = False


@dataclass(frozen=True)
class Programs:
    """What the machine itself shows: programs, packages of this Python, settings.

    ``region_column`` is what SSH Helper takes for the Region from ``aws configure list``; ``cli_region`` is the Region
    that stands there. ``packages`` has the versions of those that are installed. ``client`` is the path of SSH Helper's
    ``sm-local-ssh-training`` on PATH. ``ca_bundle`` is a file that AWS_CA_BUNDLE names and that does not exist.
    """

    aws: Fact[Program] = field(default_factory=Absent)
    plugin: Fact[Program] = field(default_factory=Absent)
    ssh: Fact[Program] = field(default_factory=Absent)
    ssh_keygen: Fact[Program] = field(default_factory=Absent)
    region_column: Fact[str] = field(default_factory=Absent)
    cli_region: Fact[str] = field(default_factory=Absent)
    python: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    client: str = ""
    proxy: Proxy = Proxy()
    ca_bundle: str = ""


@dataclass(frozen=True)
class Caller:
    """The identity whose credentials are found on the laptop: ``user_id`` is its ``aws:userid``; and their source."""

    arn: PrincipalArn
    user_id: str
    source: str


@dataclass(frozen=True)
class Answers:
    """What AWS and its SDK answer: the identity, seconds that this clock is ahead, the SDK's Region.

    ``owner`` is the tag SSHOwner of the node that was named, ``None`` where none was. ``endpoint`` is empty for AWS's
    own.
    """

    caller: Fact[Caller]
    clock_ahead: Fact[float]
    sdk_region: Fact[str]
    owner: Fact[str] | None = None
    endpoint: str = ""


@dataclass(frozen=True)
class Expected:
    """What the person knows of the other side, empty where nothing was said.

    ``user`` is the identity that is to connect, ``owner`` the SSHOwner of the nodes, ``node`` one of them (``mi-…``).
    """

    region: str = ""
    user: PrincipalArn | None = None
    owner: str = ""
    node: str = ""

    @classmethod
    def of(cls, region: str | None, user: str | None, owner: str | None, node: str | None) -> Expected:
        """Read what was named; raises :class:`Problem` (``usage``) for what cannot be one."""
        if region and not is_region(region):
            raise _usage("--region", f"{region!r} is not the name of a Region.", "Specify one such as eu-west-1.")
        if node and not _NODE.fullmatch(node):
            raise _usage("--node", f"{node!r} is not the ID of a hybrid node.", "Specify one: --node mi-…")
        if node and owner:
            raise _usage("--node", "The node has an SSHOwner of its own.", "Leave out --owner, or --node.")
        return cls(region or "", _person(user) if user else None, owner or "", node or "")


def _person(user: str) -> PrincipalArn:
    try:
        arn = PrincipalArn.parse(user)
    except ArnError as error:
        raise _usage("--user", f"{error}.", "Specify the full ARN: --user ARN") from None
    if arn.kind not in _PEOPLE:
        raise _usage("--user", f"{arn} names a {arn.kind}, not a role or user.", "Specify a role or user.")
    return arn


def _usage(where: str, said: str, remedy: str) -> Problem:
    return Problem(where, said, remedy, Code.USAGE)
