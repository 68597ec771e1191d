"""Facts about the account, whatever the role and Region: its IAM quotas, its organization, AWS's managed policies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sm_ssh_widget.aws.observation.organisation import read_organization
from sm_ssh_widget.aws.observation.principal import PolicyStore
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.reader import PendingRead
from sm_ssh_widget.requirements.observation import Absent, AccountFacts, Fact, Known, PolicyText, Quotas

_QUOTA_KEYS = {
    "trust_size": "AssumeRolePolicySizeQuota",
    "role_inline_size": "RolePolicySizeQuota",
    "user_inline_size": "UserPolicySizeQuota",
    "attached_per_role": "AttachedPoliciesPerRoleQuota",
    "attached_per_user": "AttachedPoliciesPerUserQuota",
}


def read_account(reader: AccountReader, policies: PolicyStore, managed: Mapping[str, str]) -> AccountFacts:
    """Read every fact about the account in parallel; ``managed`` are the ARNs of managed policies by name."""
    texts = PendingRead(partial(_managed, reader, policies, managed))
    organization, quotas = PendingRead(partial(read_organization, reader)), PendingRead(partial(_quotas, reader))
    alias = PendingRead(partial(_alias, reader))
    reader.in_parallel(texts, organization, quotas, alias)
    return AccountFacts(quotas.result, texts.result, organization.result, alias.result)


def _managed(reader: AccountReader, policies: PolicyStore, arns: Mapping[str, str]) -> dict[str, Fact[PolicyText]]:
    found = reader.in_parallel(*(partial(policies.get, arn) for arn in arns.values()))
    return dict(zip(arns, found, strict=True))


def _quotas(reader: AccountReader) -> Fact[Quotas]:
    """Read the account's IAM quotas; one that the summary does not contain keeps AWS's default."""
    answer = reader.read("iam", "GetAccountSummary")
    if not isinstance(answer, Known):
        return answer
    summary = answer.value["SummaryMap"]
    live = {name: summary[key] for name, key in _QUOTA_KEYS.items() if key in summary}
    return Known(Quotas(**live), answer.read)


def _alias(reader: AccountReader) -> Fact[str]:
    """Read the account's alias; it has one at most.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
    """
    answer = reader.read("iam", "ListAccountAliases")
    if not isinstance(answer, Known):
        return answer
    found = answer.value["AccountAliases"]
    return Known(str(found[0]), answer.read) if found else Absent(answer.read)
