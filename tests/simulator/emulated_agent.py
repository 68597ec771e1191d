"""An agent that sends what the real one sends, signs as it signs, and echoes a command instead of running it."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from xml.etree import ElementTree

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORDED = json.loads(Path(__file__).with_name("agent_requests.json").read_text("utf-8"))["requests"]


@dataclass(frozen=True)
class Reply:
    """What came back, as it came: the agent reads JSON, and XML from its channels."""

    status: int
    content_type: str
    body: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def xml(self) -> dict[str, str]:
        return {child.tag: child.text or "" for child in ElementTree.fromstring(self.body)}


class _KeySigner(SigV4Auth):
    """Signs the string of Signature Version 4 with a private key: RSA-PSS, SHA-256, a salt of 32 bytes, base64."""

    def __init__(self, node: str, key: rsa.RSAPrivateKey, service: str, region: str) -> None:
        super().__init__(Credentials(node, "no secret"), service, region)
        self._key = key

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:
        scheme = padding.PSS(padding.MGF1(SHA256()), 32)
        return base64.b64encode(self._key.sign(string_to_sign.encode(), scheme, SHA256())).decode()


@dataclass
class EmulatedAgent:
    """One agent on one machine, before and after it has registered."""

    endpoint: str
    region: str
    fingerprint: str = "0a1b2c3d-0000-4000-8000-000000000000"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    node: str = ""
    role: Credentials | None = None

    @property
    def public_key(self) -> str:
        return encoded(self.key)

    def send(self, operation: str, signed: str = "", **filled: Any) -> Reply:
        """Send a recorded request, with its names filled in, signed the way it is signed unless told another."""
        recorded = RECORDED[operation]
        known = {"NODE": self.node, "FINGERPRINT": self.fingerprint, "PUBLIC_KEY": self.public_key, "UUID": _uuid()}
        body = {key: _fill(value, known | filled) for key, value in recorded["body"].items()}
        url = self.endpoint + str(_fill(recorded["path"], known, whole=False))
        request = AWSRequest("POST", url, dict(recorded["headers"]), json.dumps(body))
        self._sign(request, signed or recorded["signed"], recorded["service"])
        return _post(request, chunked=recorded.get("sent") == "chunked")

    def register(self, activation: dict[str, str]) -> Reply:
        reply = self.send(
            "RegisterManagedInstance", CODE=activation["ActivationCode"], ACTIVATION=activation["ActivationId"]
        )
        if reply.status == 200:
            self.node = reply.json["InstanceId"]
        return reply

    def fetch_role(self) -> Reply:
        reply = self.send("RequestManagedInstanceRoleToken")
        if reply.status == 200:
            found = reply.json
            self.role = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        return reply

    def start(self, activation: dict[str, str]) -> None:
        """Everything until it is online."""
        assert self.register(activation).status == 200
        assert self.fetch_role().status == 200
        assert self.send("UpdateInstanceInformation").status == 200

    def work(self) -> list[str]:
        """Fetch the messages that wait and answer each; the names of the messages."""
        found = self.send("GetMessages").json["Messages"]
        for message in found:
            self.send("AcknowledgeMessage", MESSAGE=message["MessageId"])
            self.send("SendReply", MESSAGE=message["MessageId"], PAYLOAD=_echo(json.loads(message["Payload"])))
            self.send("DeleteMessage", MESSAGE=message["MessageId"])
        return [message["MessageId"] for message in found]

    def _sign(self, request: AWSRequest, how: str, service: str) -> None:
        request.headers["Host"] = urlsplit(self.endpoint).netloc
        if how == "key":
            _KeySigner(self.node, self.key, service, self.region).add_auth(request)
        if how == "role":
            assert self.role is not None
            SigV4Auth(self.role, service, self.region).add_auth(request)


def encoded(key: rsa.RSAPrivateKey) -> str:
    """A public key as agents send it."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _echo(payload: dict[str, Any]) -> str:
    output = "".join(f"{line}\n" for line in payload["Parameters"]["commands"])
    now = dt.datetime.now(dt.timezone.utc).isoformat()
    step = {"status": "Success", "code": 0, "name": "aws:runShellScript", "output": output, "standardOutput": output}
    step |= {"standardError": "", "startDateTime": now, "endDateTime": now, "stepName": "runShellScript"}
    return json.dumps(
        {"documentStatus": "Success", "documentTraceOutput": "", "runtimeStatus": {"runShellScript": step}}
    )


def _fill(value: Any, names: dict[str, Any], whole: bool = True) -> Any:
    if isinstance(value, str) and value.startswith("$") and whole:
        return names[value[1:]]
    if isinstance(value, str) and "$NODE" in value:
        return value.replace("$NODE", str(names["NODE"]))
    return value


def _uuid() -> str:
    return str(uuid.uuid4())


def _post(request: AWSRequest, chunked: bool) -> Reply:
    body = str(request.data).encode()
    sent = Request(str(request.url), iter([body]) if chunked else body, dict(request.headers.items()))
    try:
        with urlopen(sent, timeout=20) as answer:
            return Reply(answer.status, answer.headers["Content-Type"], answer.read().decode())
    except HTTPError as error:
        return Reply(error.code, error.headers["Content-Type"], error.read().decode())
