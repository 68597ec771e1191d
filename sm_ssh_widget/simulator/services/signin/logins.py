"""Tokens of ``aws login``: one-time code, keys for 15 minutes, a refresh token that changes with each use.

The operation is unsigned. A sign-in lasts 12 hours, and the identity needs two permissions on the client. Its end by
``RevokeOAuth2TokenWithIAM`` is signed with its own keys.
Sources: https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html, RFC 7636, RFC 9449
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sm_ssh_widget.policy.evaluate import Outcome
from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.credentials import Credential, RequestCaller, caller_of
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.signin.proof import thumbprint_of
from sm_ssh_widget.simulator.state import Kind, Record
from sm_ssh_widget.simulator.wire.request import PROOF
from sm_ssh_widget.simulator.world import SimulatedLogin, World

SESSION_SECONDS = 12 * 3600
CODE_SECONDS = 300
CLIENTS = {"arn:aws:signin:::devtools/same-device": "localhost", "arn:aws:signin:::devtools/cross-device": "remote"}


def denied(error: str, said: str) -> AwsError:
    """Return the refusal of the sign-in service; ``error`` tells the reason in a member of its own."""
    return AwsError("AccessDeniedException", said, 400, {"error": error})


def log_in(world: World, kind: Kind, name: str, client: str) -> str:
    """Sign an identity in, as a person does in the browser; return its refresh token."""
    session = "" if kind == "user" else name
    return _refresh_token(world, SimulatedLogin(kind, name, session, client, world.clock.now() + SESSION_SECONDS))


def _refresh_token(world: World, login: SimulatedLogin) -> str:
    token = f"ASOR{secrets.token_urlsafe(96)}"
    world.sign_in.logins[token] = login
    return token


@operation("signin", "CreateOAuth2Token", judged=False)
def _token(call: ServiceCall) -> Record:
    given = call.parameters["tokenInput"]
    if given["clientId"] not in CLIENTS or given["grantType"] not in _GRANTS:
        raise AwsError("ValidationException", "Unknown client or grant type.", 400, {"error": "INVALID_REQUEST"})
    login = _GRANTS[given["grantType"]](call, given)
    _check_proof(call, login)
    _check_permission(call, login)
    first = {"idToken": _id_token(call, login)} if given["grantType"] == "authorization_code" else {}
    return {"tokenOutput": {**_answer(call, login), **first}}


def _answer(call: ServiceCall, login: SimulatedLogin) -> Record:
    seconds = call.world.sign_in.key_seconds
    keys = call.world.credentials.session_of(login.kind, login.name, login.session, seconds)
    return {
        "accessToken": {
            "accessKeyId": keys.access_key_id,
            "secretAccessKey": keys.secret,
            "sessionToken": keys.token,
        },
        "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4",
        "expiresIn": seconds,
        "refreshToken": _refresh_token(call.world, login),
    }


def _by_code(call: ServiceCall, given: Mapping[str, Any]) -> SimulatedLogin:
    code = call.world.sign_in.codes.pop(given.get("code", ""), None)
    digest = hashlib.sha256(given.get("codeVerifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    known = code is not None and code.expires >= call.state.now()
    if not known or code is None or (code.challenge, code.redirect) != (challenge, given.get("redirectUri")):
        raise denied("AUTHCODE_EXPIRED", "The authorization code is not valid.")
    if code.login.client != given["clientId"]:
        raise denied("AUTHCODE_EXPIRED", "The authorization code belongs to another client.")
    return code.login


def _by_refresh(call: ServiceCall, given: Mapping[str, Any]) -> SimulatedLogin:
    token = given.get("refreshToken", "")
    login = call.world.sign_in.logins.get(token)
    if login is None or login.ends < call.state.now() or login.client != given["clientId"]:
        raise denied("TOKEN_EXPIRED", "The refresh token has expired.")
    del call.world.sign_in.logins[token]
    return login


_GRANTS: dict[str, Callable[[ServiceCall, Mapping[str, Any]], SimulatedLogin]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
}


def _check_proof(call: ServiceCall, login: SimulatedLogin) -> None:
    """Check a proof that was sent, and bind the sign-in to its key."""
    if proof := call.parameters.get(PROOF):
        found = thumbprint_of(proof, call.world.sign_in.url)
        if found is None or login.thumbprint not in ("", found):
            raise denied("INVALID_REQUEST", "The DPoP proof is not valid.")
        login.thumbprint = found


def _caller_of(call: ServiceCall, login: SimulatedLogin) -> RequestCaller:
    return caller_of(call.state, Credential("", "", login.kind, login.name, session=login.session), "signin")


def _check_permission(call: ServiceCall, login: SimulatedLogin) -> None:
    caller = _caller_of(call, login)
    where = f"arn:{call.state.partition}:signin:{call.world.region}:{call.state.account}:oauth2/public-client"
    resource = f"{where}/{CLIENTS[login.client]}"
    for action in ("signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"):
        decision = authorise.decide(call.state, caller, action, resource, context={}, denies=call.denies)
        if decision.outcome is not Outcome.ALLOWED:
            raise denied("INSUFFICIENT_PERMISSIONS", f"The identity is not allowed {action}.")


def _id_token(call: ServiceCall, login: SimulatedLogin) -> str:
    """Return a token whose subject is the identity; its signature is not valid."""
    caller = _caller_of(call, login)
    parts = ({"alg": "ES384", "typ": "JWT"}, {"sub": caller.arn, "iat": int(call.state.now())})
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join((*encoded, secrets.token_urlsafe(64)))


@operation("signin", "RevokeOAuth2TokenWithIAM", action="signin:RevokeOAuth2TokenWithIAM")
def _revoke(call: ServiceCall) -> Record:
    """Revoke a refresh token; one that is not known, or of another identity, changes nothing and is no error."""
    token, caller = str(call.parameters.get("token", "")), call.caller
    if not token.startswith("ASOR"):
        raise AwsError("ValidationException", "Only refresh tokens can be revoked.", 400, {"error": "INVALID_REQUEST"})
    login = call.world.sign_in.logins.get(token)
    if login is not None and caller is not None and caller.arn == _caller_of(call, login).arn:
        del call.world.sign_in.logins[token]
    return {}
