"""Named sets of requirements, the options, and what a person selected of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements import catalogue
from sm_ssh_widget.requirements.needs import ManagedNeed, Requirement


class Option(str, Enum):
    """What may be asked for on top of a baseline. The value is the name on the command line."""

    STUDIO_AS_CLIENT = "studio-as-client"
    HARDENED_TRUST = "hardened-trust"
    OWNER_GUARD = "owner-guard"
    HOST_MANAGEMENT = "host-management"
    DEFAULT_HOST_MANAGEMENT = "default-host-management"
    INSTANCE_CHECK = "instance-check"
    AS_DOCUMENTED = "as-documented"
    REMOVE_LEFTOVERS = "remove-leftovers"
    CONFIRM_EXECUTION_ROLE = "confirm-execution-role"

    @property
    def meaning(self) -> str:
        """The option in one sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    Option.STUDIO_AS_CLIENT: "Connect from Studio: the execution role is also the identity that connects.",
    Option.HARDENED_TRUST: "Trust SageMaker and Systems Manager only for this account and Region (aws:SourceAccount, "
    "aws:SourceArn).",
    Option.OWNER_GUARD: "Deny the person who connects access to other owners' nodes.",
    Option.HOST_MANAGEMENT: "Require host management through Quick Setup.",
    Option.DEFAULT_HOST_MANAGEMENT: "Require host management, by the default host management setting in place of Quick "
    "Setup: one role and one setting, undone exactly.",
    Option.INSTANCE_CHECK: "Check Systems Manager with a temporary EC2 instance.",
    Option.AS_DOCUMENTED: "Add every policy under the guide's name, even where another policy already grants the same.",
    Option.REMOVE_LEFTOVERS: "Remove the trust statement for CodeBuild that SSH Helper's CDK wrote, and nothing else.",
    Option.CONFIRM_EXECUTION_ROLE: "Let SageMaker use the role, although nothing shows that it is an execution role.",
}
_CHOOSES = {
    Option.OWNER_GUARD: "user.owner-guard",
    Option.HOST_MANAGEMENT: "ssm.host-management",
    Option.DEFAULT_HOST_MANAGEMENT: "ssm.host-management",
    Option.REMOVE_LEFTOVERS: "account.leftovers",
}


def is_offered(requirement: str) -> bool:
    """Return whether an option chooses a requirement. One that is neither offered nor required decides a use."""
    return requirement in _CHOOSES.values()


KEY_BUCKET = "key-bucket="
SUBNET = "subnet="
_SUBNET_ID = re.compile(r"subnet-[0-9a-z-]{1,64}", re.ASCII)
_S3_URI = re.compile(r"(?:s3://)?(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[!-~]*))?")
_PATTERN = re.compile(r"[*?${}\[\]\"\\]")


@dataclass(frozen=True)
class KeyBucket:
    """The bucket and prefix of the public keys; the prefix ends in ``/`` or is empty."""

    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> KeyBucket:
        """Read ``s3://BUCKET/PREFIX``, with or without the option's name; raises :class:`Problem` (``usage``)."""
        found = _S3_URI.fullmatch(text.removeprefix(KEY_BUCKET))
        if found is None or _PATTERN.search(found["prefix"] or ""):
            said = f"{text.removeprefix(KEY_BUCKET)} is not the location of a bucket."
            raise Problem("Reading --key-bucket", said, "Write it like s3://BUCKET/PREFIX", Code.USAGE)
        prefix = (found["prefix"] or "").strip("/")
        return cls(found["bucket"], f"{prefix}/" if prefix else "")

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True)
class Baseline:
    """A named set of requirements, in the order in which they are shown and applied."""

    name: str
    summary: str
    requirements: tuple[Requirement, ...]


CLASSIC = Baseline(
    "classic",
    "The complete guide: the policies that SageMaker SSH Helper 1.8 and 1.9 document.",
    (
        catalogue.TRUST_SAGEMAKER,
        catalogue.TRUST_SSM,
        catalogue.REGISTRABLE,
        catalogue.MANAGED_INSTANCE_CORE,
        catalogue.CLOUDWATCH_LOGS,
        catalogue.SAGEMAKER_SSM_POLICY,
        catalogue.TIER,
        catalogue.HOST_MANAGEMENT,
        catalogue.USER_MANAGED,
        catalogue.OWNER_GUARD,
        catalogue.SESSION_PREFERENCES,
        catalogue.NETWORK,
        catalogue.LEFTOVERS,
    ),
)
LEAST_PRIVILEGE = Baseline(
    "least-privilege",
    "Only the calls that SSH Helper's code makes. Permissions to submit jobs are not included.",
    (
        catalogue.TRUST_SAGEMAKER,
        catalogue.TRUST_SSM,
        catalogue.REGISTRABLE,
        catalogue.ROLE_CAPABILITIES,
        catalogue.TIER,
        catalogue.HOST_MANAGEMENT,
        catalogue.USER_CAPABILITIES,
        catalogue.OWNER_GUARD_HARDENED,
        catalogue.SESSION_PREFERENCES,
        catalogue.NETWORK,
        catalogue.LEFTOVERS,
    ),
)
BASELINES = {baseline.name: baseline for baseline in (CLASSIC, LEAST_PRIVILEGE)}


@dataclass(frozen=True)
class Selection:
    """A baseline, the options, and the steps that a person limits the work to (all of them when empty).

    Naming an optional requirement in ``steps`` chooses it. ``key_bucket`` is where the public keys go, where that is
    not SageMaker's default bucket; among the names of options it stands as ``key-bucket=s3://BUCKET/PREFIX``.
    ``subnets`` are those whose network is judged; each stands there as ``subnet=ID``.
    """

    baseline: Baseline = CLASSIC
    options: frozenset[Option] = frozenset()
    steps: frozenset[str] = frozenset()
    key_bucket: KeyBucket | None = None
    subnets: tuple[str, ...] = ()

    @classmethod
    def of(cls, baseline: str = "classic", options: tuple[str, ...] = (), steps: tuple[str, ...] = ()) -> Selection:
        """The selection of these names; raises :class:`Problem` (``usage``) for a name that there is not."""
        if baseline not in BASELINES:
            raise _no_such("baseline", baseline, tuple(BASELINES))
        names = tuple(option.value for option in Option)
        bucket = next((KeyBucket.parse(each) for each in reversed(options) if each.startswith(KEY_BUCKET)), None)
        subnets = tuple(dict.fromkeys(_subnet(each) for each in options if each.startswith(SUBNET)))
        options = tuple(each for each in options if not each.startswith((KEY_BUCKET, SUBNET)))
        for option in options:
            if option not in names:
                raise _no_such("option", option, names)
        ids = (*(requirement.id for requirement in BASELINES[baseline].requirements), catalogue.INSTANCE_CHECK.id)
        for step in steps:
            if step not in ids:
                raise _no_such("step", step, ids)
        return cls(BASELINES[baseline], frozenset(map(Option, options)), frozenset(steps), bucket, subnets)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """The requirements that are looked at, in order."""
        return tuple(r for r in self.baseline.requirements if not self.steps or r.id in self.steps)

    @property
    def option_names(self) -> tuple[str, ...]:
        """The options in their canonical order, the key bucket and the subnets last."""
        names = tuple(option.value for option in Option if option in self.options)
        bucket = (f"{KEY_BUCKET}{self.key_bucket}",) if self.key_bucket else ()
        return (*names, *bucket, *(f"{SUBNET}{id}" for id in self.subnets))

    def requires(self, requirement: Requirement) -> bool:
        """Whether the role is not ready without it."""
        never = requirement.advisory or requirement.partial
        return not never and (not requirement.optional or self.chooses(requirement))

    def chooses(self, requirement: Requirement) -> bool:
        """Whether an option or a step names it."""
        return requirement.id in {_CHOOSES[option] for option in self.options if option in _CHOOSES} | self.steps

    def plans(self, requirement: Requirement) -> bool:
        """Whether a plan has the changes for it, where they are missing."""
        return requirement.partial or self.requires(requirement) or self.chooses(requirement)

    @property
    def checks_instance(self) -> bool:
        """Whether Systems Manager is to be checked with a temporary instance."""
        if self.steps:
            return catalogue.INSTANCE_CHECK.id in self.steps
        return Option.INSTANCE_CHECK in self.options

    @property
    def sets_up_host_management(self) -> bool:
        """Whether host management is required."""
        return any(r.id == catalogue.HOST_MANAGEMENT.id and self.requires(r) for r in self.requirements)

    @property
    def uses_default_host_management(self) -> bool:
        """Whether host management is set up by its setting, and not by Quick Setup."""
        return Option.DEFAULT_HOST_MANAGEMENT in self.options

    @property
    def managed_names(self) -> tuple[str, ...]:
        """The AWS managed policies that the requirements name."""
        needs = (r.need for r in self.requirements)
        return tuple(name for need in needs if isinstance(need, ManagedNeed) for name in need.names)


def _subnet(option: str) -> str:
    """The ID in ``subnet=ID``; raises :class:`Problem` (``usage``) for anything else."""
    id = option.removeprefix(SUBNET)
    if not _SUBNET_ID.fullmatch(id):
        said = f"{id!r} is not the ID of a subnet."
        raise Problem("Reading --subnet", said, "Write it like subnet-0123456789abcdef0", Code.USAGE)
    return id


def _no_such(noun: str, name: str, names: tuple[str, ...]) -> Problem:
    said = f"There is no {noun} named {name}."
    return Problem("Reading the options", said, f"Use one of: {', '.join(names)}.", Code.USAGE)
