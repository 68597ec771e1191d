"""What was read of the things that SSH Helper's CDK makes."""

from __future__ import annotations

from dataclasses import dataclass, field

from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Unknown


@dataclass(frozen=True)
class CdkStack:
    """A CloudFormation stack of SSH Helper's CDK in the Region, as ``cloudformation:DescribeStacks`` shows it.

    ``rewriting`` are its roles that are allowed to replace the trust policy of the execution role; ``unread`` are the
    reads of its roles and their policies that failed, so that more roles may be allowed to.
    """

    name: str
    status: str
    rewriting: tuple[str, ...] = ()
    unread: tuple[Unknown, ...] = ()


@dataclass(frozen=True)
class CdkPolicy:
    """A customer managed policy with a name of SSH Helper's CDK, and whom it is attached to (``role NAME``)."""

    name: str
    attached: Fact[tuple[str, ...]]


@dataclass(frozen=True)
class Leftovers:
    """What SSH Helper's CDK left. ``projects`` are the CodeBuild projects of the Region that use the execution role.

    They are read only where the trust policy has the CDK's statement for CodeBuild. ``beside`` are the reads of single
    stacks and policies that failed while others of them were found.
    """

    stacks: Fact[tuple[CdkStack, ...]] = field(default_factory=Absent)
    policies: Fact[tuple[CdkPolicy, ...]] = field(default_factory=Absent)
    projects: Fact[tuple[str, ...]] = field(default_factory=Absent)
    beside: tuple[Unknown, ...] = ()

    @property
    def known_stacks(self) -> tuple[CdkStack, ...]:
        """The stacks, none where they could not be read."""
        return self.stacks.value if isinstance(self.stacks, Known) else ()

    @property
    def known_policies(self) -> tuple[CdkPolicy, ...]:
        """The policies, none where they could not be read."""
        return self.policies.value if isinstance(self.policies, Known) else ()

    @property
    def rewriting_roles(self) -> tuple[str, ...]:
        """The names of the roles that can replace the trust policy."""
        return tuple(name for stack in self.known_stacks for name in stack.rewriting)

    @property
    def unread(self) -> tuple[Unknown, ...]:
        """Every read of stacks, their roles and policies that failed."""
        attached = (policy.attached for policy in self.known_policies)
        of_stacks = (fact for stack in self.known_stacks for fact in stack.unread)
        facts = (self.stacks, self.policies, *self.beside, *of_stacks, *attached)
        return tuple(fact for fact in facts if isinstance(fact, Unknown))
