"""Observe: read every fact for the assessment in parallel, in at most three sequential round trips.

Each chain of reads waits only for what it needs: a list, then the policies on it, then their default versions. A failed
read is a result (:class:`Unknown`), not an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sm_ssh_widget.aws.observation.account_facts import read_account
from sm_ssh_widget.aws.observation.chosen_facts import NOTHING_MORE, More, read_chosen
from sm_ssh_widget.aws.observation.leftovers import read_leftovers, with_projects
from sm_ssh_widget.aws.observation.organisation import Purpose, Verdicts, joined, read_verdicts
from sm_ssh_widget.aws.observation.principal import PolicyStore, read_identity
from sm_ssh_widget.aws.observation.region_facts import read_region
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.errors import sentence
from sm_ssh_widget.aws.session.reader import PendingRead
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Identity, Known, Observation, Reason, Target, Unknown

_WHERE = "Reading the account"
_SILENT = (Reason.UNREACHABLE, Reason.TIMED_OUT)


@dataclass(frozen=True)
class _Identities:
    role: Identity
    user: Identity | None
    organization_verdicts: Verdicts


@dataclass(frozen=True)
class _Caller:
    arn: str
    user_id: str = ""


def observe(
    target: Target,
    reader: AccountReader,
    *,
    managed: Sequence[str],
    managed_arns: Mapping[str, str],
    read_as: str = "",
    more: More = NOTHING_MORE,
) -> Observation:
    """Read everything about ``target``.

    ``managed`` names the AWS managed policies whose live default version is needed, ``managed_arns`` maps names to
    ARNs; ``read_as`` is the reader's identity if it is known already.
    Raises :class:`Problem`: ``aws-refused`` if the role or the user does not exist, ``refused`` if the reader is in
    another account, ``sign-in`` if the credentials do not work, ``unreachable`` if no read was answered.
    """
    policies, arns = (
        reader.shared("policies", lambda: PolicyStore(reader)),
        {name: managed_arns[name] for name in managed},
    )
    asked = ("chosen", target.region, target.space, more)
    people = PendingRead(lambda: _kept(lambda: _identities(target, reader, policies)))
    account = PendingRead(lambda: reader.shared(("account", *arns), lambda: read_account(reader, policies, arns)))
    caller = PendingRead(lambda: reader.shared(("caller", read_as), lambda: _caller(reader, read_as)))
    region = PendingRead(lambda: reader.shared(("region", target.region), lambda: read_region(reader, target.region)))
    chosen = PendingRead(lambda: reader.shared(asked, lambda: read_chosen(reader, target, more)))
    left = PendingRead(partial(read_leftovers, reader, target))
    reader.in_parallel(people, account, caller, region, chosen, left)
    _check_account(caller.result.arn, target)
    who = people.result
    if isinstance(who, Problem):
        raise who
    found = Observation(
        target=replace(target, role=who.role.arn, role_verified=target.role_verified or who.role.unique_id != ""),
        role=who.role,
        user=who.user,
        region=region.result,
        account=account.result,
        organization_verdicts=who.organization_verdicts,
        chosen=chosen.result,
        leftovers=with_projects(left.result, who.role, reader, target.region),
        read_as=caller.result.arn,
        reader_id=caller.result.user_id,
    )
    _check_answered(found)
    return found


def _kept(read: Callable[[], _Identities]) -> _Identities | Problem:
    """Return the result or the problem of a read: the reader's account must be checked before a problem is reported."""
    try:
        return read()
    except Problem as problem:
        return problem


def _check_account(read_as: str, target: Target) -> None:
    """Raise for a reader in another account, where a role of the same name would be a different role."""
    account = PrincipalArn.parse(read_as).account if read_as else target.account
    if account != target.account:
        said = f"You are signed in as {read_as} in account {account}. The role is in account {target.account}."
        raise Problem(_WHERE, said, f"Sign in to account {target.account}.", Code.REFUSED)


def _check_answered(seen: Observation) -> None:
    """Raise if no service answered: an outage says nothing about the account."""
    role = seen.role
    region, account = seen.region, seen.account
    of_role, of_place = (role.trust, role.attached, role.inline), (region.tier, region.nodes, account.quotas)
    facts = (*of_role, *of_place, *account.managed.values())
    silent = [fact for fact in facts if isinstance(fact, Unknown) and fact.reason in _SILENT]
    if not seen.read_as and len(silent) == len(facts):
        raise Problem(
            _WHERE, f"No AWS service answered. {sentence(silent[0].said)}", silent[0].remedy, Code.UNREACHABLE
        )


# Identities


def _identities(target: Target, reader: AccountReader, policies: PolicyStore) -> _Identities:
    reads = [partial(_identity, target.role, "role", target, reader, policies)]
    if target.user is not None and str(target.user) != str(target.role):
        reads.append(partial(_identity, target.user, "user", target, reader, policies))
    found = reader.in_parallel(*reads)
    role, user = found[0][0], found[-1][0]
    return _Identities(role, None if target.user is None else user, joined([verdicts for _, verdicts in found]))


def _identity(
    arn: PrincipalArn, purpose: Purpose, target: Target, reader: AccountReader, policies: PolicyStore
) -> tuple[Identity, Verdicts]:
    """Read an identity and the organization's decisions on it; an unknown path is read first."""
    if not (arn.path_known and target.role.path_known):
        return _one_after_the_other(arn, purpose, target, reader, policies)
    identity = PendingRead(lambda: read_identity(arn, reader, policies))
    verdicts = PendingRead(lambda: read_verdicts(arn, target, reader, purpose))
    reader.in_parallel(identity, verdicts)
    return identity.result, verdicts.result


def _one_after_the_other(
    arn: PrincipalArn, purpose: Purpose, target: Target, reader: AccountReader, policies: PolicyStore
) -> tuple[Identity, Verdicts]:
    identity = read_identity(arn, reader, policies)
    known = replace(target, role=identity.arn) if purpose == "role" else target
    if not (identity.arn.path_known and known.role.path_known):
        said = f"The path of {arn.name} is unknown, and the IAM policy simulator accepts complete ARNs only"
        remedy = "Sign in as an identity that is allowed iam:GetRole."
        return identity, Unknown(Reason.DENIED, "iam:SimulatePrincipalPolicy", said, remedy)
    return identity, read_verdicts(identity.arn, known, reader, purpose)


def _caller(reader: AccountReader, read_as: str) -> _Caller:
    """Read the reader's identity and its ``aws:userid``. AWS allows this call to every identity."""
    caller = reader.read("sts", "GetCallerIdentity")
    if not isinstance(caller, Known):
        return _Caller(read_as)
    return _Caller(read_as or str(caller.value["Arn"]), str(caller.value["UserId"]))
