"""Registration of a node's agent: unsigned at first, then signed with the agent's own key.

``RegisterManagedInstance`` exchanges an activation and a public key for a node. With the private key the agent requests
the credentials of the node's role, which Systems Manager can issue only while the role trusts it.
Sources: github.com/aws/amazon-ssm-agent 1c217c8, ``agent/ssm/anonauth``, ``agent/ssm/rsaauth``,
``agent/managedInstances/auth/rsa_key.go`` and ``common/identity/credentialproviders/onpremprovider``.
"""

from __future__ import annotations

import base64
import re
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.credentials import RequestCaller, unknown_key
from sm_ssh_widget.simulator.errors import AwsError, constraint
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ssm.nodes import register
from sm_ssh_widget.simulator.state import AccountState, Record
from sm_ssh_widget.simulator.wire.request import Addressed, HttpRequest
from sm_ssh_widget.simulator.wire.signature import MISMATCH, check_age, string_to_sign

TOKEN_SECONDS = 3600
SHORTEST_KEY = 392
SIGNED_BY_KEY = ("RequestManagedInstanceRoleToken", "UpdateManagedInstancePublicKey")
_SALT = 32


def node_caller(state: AccountState, request: HttpRequest, addressed: Addressed) -> RequestCaller:
    """Return the node that signed a request with its key; the node's ID is in place of the access key ID.

    Raises ``UnrecognizedClientException`` for a missing node or one without a key, ``InvalidSignatureException``, and
    ``AccessDeniedException`` for calls that need the credentials of the role.
    """
    node = state.regional["ManagedInstances"].get(addressed.access_key_id)
    if node is None or "PublicKey" not in node or addressed.service != "ssm":
        raise unknown_key(addressed.service)
    check_age(request, addressed.service)
    found = re.search(r"Signature=([A-Za-z0-9+/=]+)", request.headers.get("authorization", ""))
    if found is None or not _signed_by(node["PublicKey"], found[1], string_to_sign(request, addressed)):
        raise AwsError("InvalidSignatureException", MISMATCH)
    if addressed.operation not in SIGNED_BY_KEY:
        said = f"The key of {node['InstanceId']} does not sign ssm:{addressed.operation}; its role's credentials do."
        raise AwsError("AccessDeniedException", said)
    arn = f"arn:{state.partition}:ssm:{node['Region']}:{state.account}:managed-instance/{node['InstanceId']}"
    return RequestCaller(arn, node["InstanceId"], "role", str(node["IamRole"]).rsplit("/", 1)[-1], arn)


def _signed_by(public_key: str, signature: str, text: str) -> bool:
    scheme = padding.PSS(padding.MGF1(SHA256()), _SALT)
    try:
        _key(public_key).verify(base64.b64decode(signature), text.encode(), scheme, SHA256())
    except (InvalidSignature, NotBase64):
        return False
    return True


def _key(text: str) -> rsa.RSAPublicKey:
    """Parse a public key as agents send it: base64 of DER. Raises ``ValidationException`` for any other text."""
    if len(text) < SHORTEST_KEY:
        raise constraint(text, "publicKey", f"have length greater than or equal to {SHORTEST_KEY}")
    try:
        found = load_der_public_key(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise AwsError("ValidationException", "The public key cannot be read.") from error
    if not isinstance(found, rsa.RSAPublicKey):
        raise AwsError("ValidationException", "The public key is not an RSA key.")
    return found


@operation("ssm", "RegisterManagedInstance", judged=False)
def _register(call: ServiceCall) -> Record:
    given = call.parameters
    _key(given["PublicKey"])
    identity = given["ActivationId"]
    activation = call.state.regional["Activations"].get(identity, {})
    made = register(call.world, identity, given["ActivationCode"], activation.get("Region", call.region))
    node = call.state.regional["ManagedInstances"][made["InstanceId"]]
    node |= {"PublicKey": given["PublicKey"], "Fingerprint": given["Fingerprint"]}
    return made


@operation("ssm", "RequestManagedInstanceRoleToken", judged=False)
def _token(call: ServiceCall) -> Record:
    node = _own_node(call)
    if call.parameters["Fingerprint"] != node["Fingerprint"]:
        raise AwsError("MachineFingerprintDoesNotMatch", "The fingerprint does not match that of the registration.")
    role = call.state.by_arn(f"arn:{call.state.partition}:iam::{call.state.account}:role/{node['IamRole']}")
    if role is None or not authorise.trusts_service(call.state, role[1], "ssm.amazonaws.com", node["Region"]):
        raise AwsError("AccessDeniedException", f"Systems Manager cannot assume the role {node['IamRole']}.")
    name = str(role[1]["RoleName"])
    found = call.world.credentials.session_of("role", name, node["InstanceId"], TOKEN_SECONDS)
    return {
        "AccessKeyId": found.access_key_id,
        "SecretAccessKey": found.secret,
        "SessionToken": found.token,
        "TokenExpirationDate": found.expires,
        "UpdateKeyPair": False,
    }


@operation("ssm", "UpdateManagedInstancePublicKey", judged=False)
def _rotate(call: ServiceCall) -> Record:
    node = _own_node(call)
    _key(call.parameters["NewPublicKey"])
    node["PublicKey"] = call.parameters["NewPublicKey"]
    return {}


def _own_node(call: ServiceCall) -> Record:
    """Return the signing node. Raises ``AccessDeniedException`` for any other credentials."""
    identity = call.caller.user_id if call.caller and call.caller.credential is None else ""
    node = call.state.regional["ManagedInstances"].get(identity)
    if node is None:
        raise AwsError("AccessDeniedException", "Only a node can call this, with its registered key.")
    return node
