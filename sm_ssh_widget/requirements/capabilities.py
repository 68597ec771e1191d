"""The requests that SSH Helper's code makes to AWS: the least-privilege documents allow these and no more.

The code is that of https://github.com/aws-samples/sagemaker-ssh-helper at 5651061 (2025-07-07). ``S`` is a call in
the container, as the execution role; ``C`` a call on the laptop, as the person who connects.

====  ====================================================  ======================================================
S1    ``aws sts get-caller-identity``                       needs no permission
S2-4  ``aws ssm create-activation --iam-role --tags``       CreateActivation, PassRole, AddTagsToResource on the role
S5    ``amazon-ssm-agent -register``                        needs the trust, no permission
S6    the agent                                             eleven actions, the heartbeat on its own node
S7    ``aws s3 cp`` of a public key, by Run Command         GetObject; Decrypt where the bucket has a KMS key
S8    ``aws sagemaker describe-domain``                     left out: the code never gets there
S9    downloads                                             need a network, no permission
S10   container logs                                        left out: SageMaker writes them, not SSH Helper
C1    ``sts:GetCallerIdentity``                             needs no permission
C2    jobs and endpoints                                    left out: the SageMaker SDK makes them, not SSH Helper,
                                                            but for DescribeEndpoint (``endpoint_is_online``)
C3-4  finding nodes and their tags                          DescribeInstanceInformation, ListTagsForResource
C5    finding the node of an inference endpoint             StartQuery, GetQueryResults
C6    ``sm-ssh list``                                       SageMaker's List calls, DescribeApp
C7-8  sending the public key                                ListBucket (HeadBucket), CreateBucket, PutObject
C9-10 having the node fetch it                              SendCommand on node and document, GetCommandInvocation
C11   SSH over Session Manager                              StartSession on node and AWS-StartSSHSession
C12   a shell over Session Manager                          StartSession on SSM-SessionManagerRunShell too
C13   the plugin (1.2.764.0 and later) opens the channel    OpenDataChannel
C14   the plugin takes a session up again, ends it          ResumeSession, TerminateSession
C15   ``deregister_managed_instance``                       left out: an admin's clean-up since SSH Helper 2.1.0
====  ====================================================  ======================================================

Each request belongs to one or more uses: a *shell* without SSH, *SSH*, connecting to an inference *endpoint*, and the
*listing* of what runs. ``optional`` ones concern the key bucket, which may be another one (``--key-bucket``): one that
is denied withholds no other.

Not in the list: ``kms:GenerateDataKey`` for a client whose key bucket is encrypted with a KMS key of the account; the
default bucket is not, and who chose such a key grants its use. A request reaches each resource that it names on its
own, so one call may be two capabilities. A KMS key's own policy has its say beside what is granted here.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

from sm_ssh_widget.requirements.documents import Filling, fill, placeholders_of
from sm_ssh_widget.requirements.request_context import NODE_TAGS, RESOURCE_TAGS, Value

Use: TypeAlias = Literal["shell", "ssh", "endpoint", "listing"]
USES: tuple[Use, ...] = ("shell", "ssh", "endpoint", "listing")

_NODE = "arn:<<PARTITION>>:ssm:<<REGION>>:<<ACCOUNT_ID>>:managed-instance/mi-0123456789abcdef0"
_SESSION = "arn:<<PARTITION>>:ssm:<<REGION>>:<<ACCOUNT_ID>>:session/user-0123456789abcdef0"
_DOCUMENT_OF_AWS = "arn:<<PARTITION>>:ssm:<<REGION>>::document/"
_SHELL = "arn:<<PARTITION>>:ssm:<<REGION>>:<<ACCOUNT_ID>>:document/SSM-SessionManagerRunShell"
# CloudWatch Logs authorizes a call on a log group against all of its streams: policies are written with ``:*``
_LOG_GROUP = "arn:<<PARTITION>>:logs:<<REGION>>:<<ACCOUNT_ID>>:log-group:/aws/sagemaker/Endpoints/example:log-stream:"
_ENDPOINT = "arn:<<PARTITION>>:sagemaker:<<REGION>>:<<ACCOUNT_ID>>:endpoint/example"
_BUCKET = "arn:<<PARTITION>>:s3:::<<KEY_BUCKET>>"
_PUBLIC_KEY = f"{_BUCKET}/<<KEY_PREFIX>>sagemaker-ssh-gw.pub"
_KMS_KEY = "arn:<<PARTITION>>:kms:<<REGION>>:<<ACCOUNT_ID>>:key/01234567-89ab-cdef-0123-456789abcdef"
_ROLE = "<<SAGEMAKER_ROLE_ARN>>"

_SOMEBODY = "AROAEXAMPLEEXAMPLE000:SageMaker"
_OWN_NODE = {"ssm:resourceTag/SSHOwner": "<<USER_ID>>"}
_OWN_SESSION = {"ssm:resourceTag/aws:ssmmessages:session-id": "<<USER_ID>>"}
_CHECKED = {"ssm:SessionDocumentAccessCheck": "true"}
_THROUGH_S3 = {"kms:ViaService": "s3.<<REGION>>.amazonaws.com"}
_BY_AGENT = {"ssm:SourceInstanceARN": _NODE}

# The node's five tags, of which only the owner's has a value that is known beforehand
_VALUES_OF_NODE = frozenset(f"{prefix}{tag}" for prefix in RESOURCE_TAGS for tag in NODE_TAGS)
_VALUES_OF_REQUEST = frozenset({"aws:TagKeys", *(f"aws:RequestTag/{tag}" for tag in NODE_TAGS)})
# AWS's own documents belong to an account of AWS, which is in no organization that is known here
_OF_AWS = frozenset({"aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths"})
_VIA_S3 = frozenset({"aws:ViaAWSService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"})

ONLY_SOMETIMES = ("keys.decrypt", "keys.decrypt-bucket-key", "keys.create-bucket")
"""The requests that some accounts make and others do not: they decide no use."""

_SESSIONS: frozenset[Use] = frozenset({"shell", "ssh", "endpoint"})
_SSH: frozenset[Use] = frozenset({"ssh"})
_ENDPOINTS: frozenset[Use] = frozenset({"endpoint"})


@dataclass(frozen=True)
class Capability:
    """One request of SSH Helper's code: action, resource and context, with placeholders until :func:`filled`.

    ``context`` holds what the request itself brings (tags of its resource, the service that a role is passed to), not
    what its principal does: a caller adds ``aws:userid`` and the like. ``absent`` names the keys that the request
    cannot have (a name that ends in ``/`` stands for all keys of that prefix), ``present`` those that stay open.
    ``only_if`` says when the request is made at all, where that is not always; ``source`` is the row of the table in
    this module's docstring.
    """

    id: str
    action: str
    resource: str
    context: Mapping[str, Value]
    why: str
    source: str
    only_if: str | None = None
    uses: frozenset[Use] = _SESSIONS
    optional: bool = False
    absent: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """The names of the placeholders in its resource and context."""
        return placeholders_of([self.resource, dict(self.context)])

    @cached_property
    def fillings(self) -> dict[Hashable, Capability]:
        """The same request filled, by the values of its placeholders: most are equal for many roles."""
        return {}


_MOST_FILLINGS = 32


def filled(capability: Capability, filling: Filling) -> Capability:
    """The request as it would be made. Raises ``DocumentError`` where ``filling`` lacks what it needs.

    A filling without ``user_id`` leaves the context keys out that compare with it: they are open, not absent.
    """
    values = filling.values_of(capability.placeholders)
    found = capability.fillings.get(values)
    if found is None:
        known = {k: v for k, v in capability.context.items() if filling.user_id or v != "<<USER_ID>>"}
        found = replace(capability, resource=fill(capability.resource, filling), context=fill(known, filling))
        if len(capability.fillings) >= _MOST_FILLINGS:
            capability.fillings.clear()
        capability.fillings[values] = found
    return found


def _agent(action: str, why: str) -> Capability:
    name = action.partition(":")[2]
    return Capability(f"agent.{name}", action, "*", _BY_AGENT, why, "S6")


SERVER: tuple[Capability, ...] = (
    Capability(
        "activation",
        "ssm:CreateActivation",
        "*",
        {"aws:TagKeys": NODE_TAGS},
        "the container registers itself as a node",
        "S2",
        absent=RESOURCE_TAGS,
        present=_VALUES_OF_REQUEST,
    ),
    Capability(
        "pass-role",
        "iam:PassRole",
        _ROLE,
        {"iam:PassedToService": "ssm.amazonaws.com"},
        "the registered node runs as the role",
        "S3",
    ),
    Capability(
        "tag-activation",
        "ssm:AddTagsToResource",
        _ROLE,
        {"aws:TagKeys": NODE_TAGS},
        "the activation has an owner tag; Systems Manager authorizes the tag against the role, not the activation",
        "S4",
        present=_VALUES_OF_REQUEST,
    ),
    Capability(
        "agent.UpdateInstanceInformation",
        "ssm:UpdateInstanceInformation",
        _NODE,
        {"ssm:resourceTag/SSHOwner": _SOMEBODY, **_BY_AGENT},
        "the agent's heartbeat; its node always has an owner tag",
        "S6",
        absent=RESOURCE_TAGS,
        present=_VALUES_OF_NODE,
    ),
    _agent("ssm:ListAssociations", "the agent lists its associations"),
    _agent("ssm:ListInstanceAssociations", "the agent lists its associations"),
    _agent("ssmmessages:CreateControlChannel", "the agent waits for sessions"),
    _agent("ssmmessages:OpenControlChannel", "the agent waits for sessions"),
    _agent("ssmmessages:CreateDataChannel", "the agent serves a session"),
    _agent("ssmmessages:OpenDataChannel", "the agent serves a session"),
    _agent("ec2messages:GetMessages", "the agent receives Run Command's messages"),
    _agent("ec2messages:AcknowledgeMessage", "the agent receives Run Command's messages"),
    _agent("ec2messages:SendReply", "the agent answers Run Command"),
    _agent("ec2messages:DeleteMessage", "the agent finishes a Run Command message"),
    Capability(
        "keys.read",
        "s3:GetObject",
        _PUBLIC_KEY,
        {},
        "the container fetches the public key",
        "S7",
        uses=_SSH,
        optional=True,
    ),
    Capability(
        "keys.decrypt",
        "kms:Decrypt",
        _KMS_KEY,
        {**_THROUGH_S3, "kms:EncryptionContext:aws:s3:arn": _PUBLIC_KEY},
        "the container fetches the public key",
        "S7",
        "the bucket is encrypted with a KMS key",
        uses=_SSH,
        optional=True,
        present=_VIA_S3,
    ),
    Capability(
        "keys.decrypt-bucket-key",
        "kms:Decrypt",
        _KMS_KEY,
        {**_THROUGH_S3, "kms:EncryptionContext:aws:s3:arn": _BUCKET},
        "the container fetches the public key",
        "S7",
        "the bucket is encrypted with a KMS key and uses an S3 Bucket Key",
        uses=_SSH,
        optional=True,
        present=_VIA_S3,
    ),
)


def _listing(action: str) -> Capability:
    name = action.partition(":")[2]
    why = "sm-ssh list shows what you can connect to"
    return Capability(f"list.{name}", action, "*", {}, why, "C6", uses=frozenset({"listing"}))


def _find(id: str, action: str, resource: str = "*") -> Capability:
    why = "the node is found by its tags"
    return Capability(id, action, resource, {}, why, "C3" if id == "find.nodes" else "C4", absent=RESOURCE_TAGS)


def _of_endpoint(id: str, action: str, resource: str, why: str, source: str) -> Capability:
    only_if = "you connect to an inference endpoint"
    return Capability(id, action, resource, {}, why, source, only_if, _ENDPOINTS)


def _bucket(id: str, action: str, resource: str, why: str, source: str) -> Capability:
    return Capability(id, action, resource, {}, why, source, uses=_SSH, optional=True)


def _on_node(id: str, action: str, why: str, source: str, uses: frozenset[Use]) -> Capability:
    context = {**_OWN_NODE, **(_CHECKED if action == "ssm:StartSession" else {})}
    return Capability(id, action, _NODE, context, why, source, uses=uses, absent=RESOURCE_TAGS, present=_VALUES_OF_NODE)


CLIENT: tuple[Capability, ...] = (
    _find("find.nodes", "ssm:DescribeInstanceInformation"),
    _find("find.tags", "ssm:ListTagsForResource"),
    _of_endpoint("find.query", "logs:StartQuery", _LOG_GROUP, "the node of an endpoint is found in its log", "C5"),
    _of_endpoint(
        "find.query-results", "logs:GetQueryResults", "*", "the node of an endpoint is found in its log", "C5"
    ),
    _of_endpoint(
        "find.endpoint", "sagemaker:DescribeEndpoint", _ENDPOINT, "SSH Helper asks whether the endpoint is online", "C2"
    ),
    _listing("sagemaker:ListApps"),
    _listing("sagemaker:DescribeApp"),
    _listing("sagemaker:ListEndpoints"),
    _listing("sagemaker:ListTrainingJobs"),
    _listing("sagemaker:ListProcessingJobs"),
    _listing("sagemaker:ListTransformJobs"),
    _listing("sagemaker:ListNotebookInstances"),
    _bucket("keys.bucket", "s3:ListBucket", _BUCKET, "the SDK checks whether the key bucket exists", "C7"),
    Capability(
        "keys.create-bucket",
        "s3:CreateBucket",
        _BUCKET,
        {},
        "the SDK creates the key bucket",
        "C7",
        "the default bucket of SageMaker does not exist yet",
        uses=_SSH,
        optional=True,
    ),
    _bucket("keys.upload", "s3:PutObject", _PUBLIC_KEY, "the client uploads its public key for the container", "C8"),
    _on_node("command.node", "ssm:SendCommand", "Run Command tells the container to fetch the key", "C9", _SSH),
    Capability(
        "command.document",
        "ssm:SendCommand",
        f"{_DOCUMENT_OF_AWS}AWS-RunShellScript",
        {},
        "Run Command tells the container to fetch the key",
        "C9",
        uses=_SSH,
        absent=RESOURCE_TAGS,
        present=_OF_AWS,
    ),
    Capability(
        "command.result",
        "ssm:GetCommandInvocation",
        "*",
        {},
        "the client waits until the key is there",
        "C10",
        uses=_SSH,
        absent=RESOURCE_TAGS,
    ),
    _on_node("session.node", "ssm:StartSession", "SSH runs through a session", "C11", _SESSIONS),
    Capability(
        "session.ssh",
        "ssm:StartSession",
        f"{_DOCUMENT_OF_AWS}AWS-StartSSHSession",
        _CHECKED,
        "SSH runs through a session",
        "C11",
        uses=_SSH,
        absent=RESOURCE_TAGS,
        present=_OF_AWS,
    ),
    Capability(
        "session.shell",
        "ssm:StartSession",
        _SHELL,
        _CHECKED,
        "a shell without SSH",
        "C12",
        uses=frozenset({"shell", "endpoint"}),
    ),
    Capability(
        "session.channel",
        "ssmmessages:OpenDataChannel",
        _SESSION,
        {},
        "the plugin opens the data channel",
        "C13",
    ),
    Capability("session.resume", "ssm:ResumeSession", _SESSION, _OWN_SESSION, "the plugin resumes a session", "C14"),
    Capability(
        "session.end", "ssm:TerminateSession", _SESSION, _OWN_SESSION, "the plugin terminates its session", "C14"
    ),
)
