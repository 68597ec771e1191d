"""Facts about the laptop, and the person's expectations. Pure: values only."""

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
    """A program on the laptop: its path and the output of its version command.

    ``on_path`` is false for one that is only in the directory of its installer.
    """

    path: str
    printed: str
    on_path: bool = True


@dataclass(frozen=True)
class Proxy:
    """HTTPS proxy as host and port, never with its password; empty if there is none.

    ``from_environment`` is false for a proxy that only the settings of the operating system contain.
    """

    address: str = ""
    from_environment: bool = True
    bypassed: bool = False


@dataclass(frozen=True)
class Programs:
    """Facts of the machine: programs, packages of this Python, settings.

    ``region_column`` is the column of ``aws configure list`` that SSH Helper parses as Region; ``cli_region`` is the
    real Region there. ``packages`` maps installed packages to versions. ``client`` is the path of SSH Helper's
    ``sm-local-ssh-training`` on PATH. ``ca_bundle`` is the value of AWS_CA_BUNDLE if that file does not exist.
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
    """Identity of the laptop's credentials: ``arn``, ``user_id`` (``aws:userid``) and their source."""

    arn: PrincipalArn
    user_id: str
    source: str


@dataclass(frozen=True)
class Answers:
    """Facts from AWS and its SDK: identity, seconds that this clock is ahead, Region of the SDK.

    ``owner`` is the tag SSHOwner of the specified node, ``None`` if none was specified. ``endpoint`` is empty for AWS.
    """

    caller: Fact[Caller]
    clock_ahead: Fact[float]
    sdk_region: Fact[str]
    owner: Fact[str] | None = None
    endpoint: str = ""


@dataclass(frozen=True)
class Expected:
    """Expected values, empty if not specified.

    ``user`` is the identity that connects, ``owner`` the SSHOwner of the nodes, ``node`` one of them (``mi-…``).
    """

    region: str = ""
    user: PrincipalArn | None = None
    owner: str = ""
    node: str = ""

    @classmethod
    def of(cls, region: str | None, user: str | None, owner: str | None, node: str | None) -> Expected:
        """Parse the specified values. Raises :class:`Problem` (``usage``) for invalid ones."""
        if region and not is_region(region):
            raise _usage("--region", f"{region!r} is not a Region name.", "Use a Region name such as eu-west-1.")
        if node and not _NODE.fullmatch(node):
            raise _usage("--node", f"{node!r} is not the ID of a hybrid node.", "Specify one: --node mi-…")
        if node and owner:
            raise _usage("--node", "The node has an SSHOwner of its own.", "Remove --owner or --node.")
        return cls(region or "", _person(user) if user else None, owner or "", node or "")


def _person(user: str) -> PrincipalArn:
    try:
        arn = PrincipalArn.parse(user)
    except ArnError as error:
        raise _usage("--user", f"{error}.", "Specify the complete ARN: --user ARN") from None
    if arn.kind not in _PEOPLE:
        raise _usage("--user", f"{arn} is the ARN of a {arn.kind}, not of a role or user.", "Specify a role or user.")
    return arn


def _usage(where: str, said: str, remedy: str) -> Problem:
    return Problem(where, said, remedy, Code.USAGE)
