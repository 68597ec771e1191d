"""A fleet plan as stack sets of CloudFormation: where a team outgrows one machine, AWS's own engine rolls it out.

The roles of an account are divided into shards of 100, by ARN. Accounts whose shards have the same text share a stack
set, which is named by the digest of that text. Stacks are made in the account of the first canary first, without any
tolerance, then in the others. No stack set reaches the management account of an organization, and none deploys itself
to new accounts: that would change what was not reviewed.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import templates
from sm_ssh_widget.export.archive import DIGEST_LIST, digest_list, pack
from sm_ssh_widget.export.cloudformation import RENDERERS
from sm_ssh_widget.export.quoting import one_line, shell
from sm_ssh_widget.export.resource_writes import skipped_changes
from sm_ssh_widget.export.role_stack import RoleStack, rendered
from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from sm_ssh_widget.visible import visible

ROLES_PER_STACK = 100
BODY_LIMIT = 51_200
"""Bytes of a template that is sent in the call; a longer one must be in a bucket, up to 1 MB."""

_BY_APPLY = "No stack set reaches it. Apply it with: sm-ssh-widget apply FLEET.jsonl"


@dataclass(frozen=True)
class Deployment:
    """Accounts that get stacks of a stack set in the same Regions."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True)
class StackSet:
    """A stack set: its template, and where its stacks are made. ``roles`` is the number of roles of each stack."""

    template: str
    deployments: tuple[Deployment, ...]
    roles: int

    @property
    def name(self) -> str:
        """Name by the digest of the template: another plan is another stack set."""
        return f"sagemaker-ssh-helper-{sha256(self.template.encode()).hexdigest()[:8]}"

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts, each once."""
        return tuple(dict.fromkeys(account for each in self.deployments for account in each.accounts))


@dataclass(frozen=True)
class LeftOut:
    """What the stack sets of a fleet plan do not do: for which role, person or Region, which finding, and why."""

    whose: str
    finding: str
    reason: str


def stack_sets(plan: FleetPlan, roles_per_stack: int = ROLES_PER_STACK) -> tuple[StackSet, ...]:
    """Return the stack sets in the order in which they are deployed: settings of Regions first, then the roles."""
    placed: dict[str, dict[str, list[str]]] = {}
    sizes: dict[str, int] = {}
    for plans, regions in _stacks(plan, roles_per_stack):
        stack = RoleStack(plans)
        text = stack.text()
        sizes[text] = sum(1 for each in plans if _changes_role(each))
        placed.setdefault(text, {}).setdefault(plans[0].account, []).extend(regions)
    order = accounts_of(plan)
    return tuple(StackSet(text, _deployments(found, order), sizes[text]) for text, found in placed.items())


def accounts_of(plan: FleetPlan) -> tuple[str, ...]:
    """Return the accounts of a fleet plan, that of the first canary first, the others in order."""
    found = sorted({member.plan.account for member in plan.members})
    return tuple(sorted(found, key=lambda account: account != plan.account))


def _stacks(plan: FleetPlan, roles_per_stack: int) -> Iterator[tuple[tuple[Plan, ...], tuple[str, ...]]]:
    """The plans of each stack, with its Regions."""
    for member in plan.members:
        if member.scope == "region" and rendered(member.plan):
            yield (member.plan,), (member.plan.region,)
    by_account: dict[str, list[Plan]] = {}
    for member in plan.members:
        if member.scope == "role" and rendered(member.plan):
            by_account.setdefault(member.plan.account, []).append(member.plan)
    for plans in by_account.values():
        ordered = sorted(plans, key=lambda each: str(each.target["role"]))
        for start in range(0, len(ordered), roles_per_stack):
            for shard in _fitting(tuple(ordered[start : start + roles_per_stack])):
                yield shard, (plans[0].region,)


def _fitting(plans: tuple[Plan, ...]) -> Iterator[tuple[Plan, ...]]:
    """Divide roles with long ARNs, until the function's role can hold the policies."""
    if len(plans) == 1 or RoleStack(plans).fits:
        yield plans
        return
    half = len(plans) // 2
    yield from _fitting(plans[:half])
    yield from _fitting(plans[half:])


def _changes_role(plan: Plan) -> bool:
    return any(write.identity for write in rendered(plan))


def _deployments(found: dict[str, list[str]], order: Sequence[str]) -> tuple[Deployment, ...]:
    """Group accounts by Regions, in the order of the fleet plan."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for account in sorted(found, key=order.index):
        groups.setdefault(tuple(sorted(set(found[account]))), []).append(account)
    return tuple(Deployment(tuple(accounts), regions) for regions, accounts in groups.items())


def left_out(plan: FleetPlan) -> tuple[LeftOut, ...]:
    """Return what the stack sets do not do: refused findings, persons, removals, and what must wait for AWS."""
    found = [LeftOut(str(each["for"]), str(each["finding"]), str(each["reason"])) for each in plan.refused]
    for member in plan.members:
        if member.scope == "user":
            found += [LeftOut(member.label, change.finding, _BY_APPLY) for change in member.plan.changes]
        else:
            skipped = skipped_changes(member.plan, RENDERERS, adds_only=True)
            found += [LeftOut(member.role or member.label, finding, reason) for finding, reason in skipped]
    return tuple(dict.fromkeys(found))


def content(plan: FleetPlan, roles_per_stack: int = ROLES_PER_STACK) -> bytes:
    """Return a zip file: ``deploy.sh``, ``remove.sh``, the templates, ``README.md``, and the fleet plan."""
    return pack(members(plan, roles_per_stack))


def members(plan: FleetPlan, roles_per_stack: int = ROLES_PER_STACK) -> dict[str, str]:
    """Return the files by name."""
    found = stack_sets(plan, roles_per_stack)
    files = {
        "fleet.jsonl": "".join(plan.lines()),
        "digest.txt": f"{plan.digest}\n",
        "README.md": readme(plan, found),
        "deploy.sh": deploy_script(plan, found),
        "remove.sh": remove_script(plan, found),
        **{f"templates/{each.name}.yaml": each.template for each in found},
    }
    return {**files, DIGEST_LIST: digest_list(files)}


def deploy_script(plan: FleetPlan, found: Sequence[StackSet]) -> str:
    """Return the script that creates the stack sets and their stacks: all of the first account, then the others.

    The first account is the first one in the order of the fleet plan that is not the management account.
    """
    places = [
        f"{each.name} {shell(' '.join(deployment.regions))} {_words(deployment.accounts)}"
        for each in found
        for deployment in each.deployments
    ]
    created = [f"create {each.name} {_words(each.accounts)}" for each in found]
    first, rest = ([f"{verb} {place}" for place in places] for verb in ("first", "rest"))
    chosen = f"choose_first {_words(accounts_of(plan))}"
    return _script(plan, "deploy", [chosen, *created, *first, *rest])


def _words(accounts: Iterable[str]) -> str:
    return " ".join(map(shell, accounts))


def remove_script(plan: FleetPlan, found: Sequence[StackSet]) -> str:
    """Return the script that deletes the stacks, with what they added, and the stack sets, last one first."""
    return _script(plan, "remove", [f"remove {each.name}" for each in reversed(found)])


def _script(plan: FleetPlan, verb: str, lines: Iterable[str]) -> str:
    region = plan.region
    head = [
        "#!/usr/bin/env bash",
        f"# SageMaker SSH Helper: {verb} the stack sets of {plan.title}",
        f"# Fleet plan {plan.digest}",
        "#",
        "# In the management account, or with --call-as DELEGATED_ADMIN in that of a delegated administrator:",
        f"#   bash {verb}.sh --check    read-only",
        f"#   bash {verb}.sh            {verb}",
        "",
        "set -euo pipefail",
        f"export AWS_REGION={shell(region)} AWS_DEFAULT_REGION={shell(region)}",
        f"readonly home_region={shell(region)} digest={shell(plan.digest[7:19])}",
    ]
    return "\n".join((*head, templates.read("stackset_library.sh"), *lines, f"say {shell(f'{verb}.sh: done.')}", ""))


def readme(plan: FleetPlan, found: Sequence[StackSet]) -> str:
    """Return the text for the admin: what is deployed where, in which order, and what is not possible."""
    lines = [
        "# SageMaker SSH Helper: stack sets for many roles",
        "",
        f"{plan.title}. Digest of the fleet plan: `{plan.digest}`",
        "",
        "| Stack set | Roles | Accounts | Regions | Bytes |",
        "|---|---|---|---|---|",
        *(_row(each) for each in found),
        "",
        "Once for the organization: `aws cloudformation activate-organizations-access`.",
        "",
        "1. `bash deploy.sh --check` shows what would be done; `bash deploy.sh` does it. In the account of a delegated "
        "administrator, add `--call-as DELEGATED_ADMIN`.",
        "2. All stacks of the first account must succeed before any other account gets one. `--tolerance PERCENT` says "
        "in how many of the others a stack can fail, `--at-once ACCOUNTS` how many are worked on at the same time. "
        f"Order: {', '.join(accounts_of(plan))}.",
        f"3. A template of more than {BODY_LIMIT:,} bytes is copied to a bucket first: `--bucket NAME`.",
        "4. `bash deploy.sh` again continues after a failure. `bash remove.sh` deletes the stacks with what they "
        "added, and the stack sets.",
        "5. `bash deploy.sh --status > stacks.json` prints the stacks, `sm-ssh-widget audit` reads the roles, and "
        "`sm-ssh-widget audit show AUDIT.jsonl --stacks stacks.json` shows both.",
        "",
        "## What stack sets cannot do",
        "",
        "- **The management account**: no service-managed stack set reaches it. `deploy.sh` leaves it out and says so. "
        "Apply its part with `sm-ssh-widget apply`.",
        "- **New accounts and new roles**: automatic deployment is off, because it would change what was not reviewed.",
        "- **Names that differ by account**: accounts with other roles or other existing policies get a stack set of "
        "their own.",
        "- **A check of the canaries**: CloudFormation knows that a stack succeeded, not that a role is ready.",
        "- **Role after role**: a stack of 100 roles succeeds or is rolled back as a whole.",
        *(f"- {_shown(each)}" for each in left_out(plan)),
    ]
    return visible("\n".join(lines)) + "\n"


def _row(each: StackSet) -> str:
    regions = ", ".join(dict.fromkeys(region for one in each.deployments for region in one.regions))
    size = len(each.template.encode())
    return f"| `{each.name}` | {each.roles or 'settings'} | {', '.join(each.accounts)} | {regions} | {size:,} |"


def _shown(each: LeftOut) -> str:
    return one_line(f"{each.whose}: {each.finding}. {each.reason}")
