"""IAM Identity Center portal: device code, approval by a person, and keys of a permission set.

These operations are unsigned; the access token authorizes them. A person approves the code on
``/_simulator/device?user_code=…``.
Sources: https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html and
https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
"""

from __future__ import annotations

import re
import secrets
from html import escape

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import Record
from sm_ssh_widget.simulator.world import DeviceAuthorization, World

CODE_SECONDS = 600
TOKEN_SECONDS = 28800
KEY_SECONDS = 3600
INTERVAL = 1
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_PERMISSION_SET_ROLE = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_START_URL = re.compile(r"https?://[\w.:-]+(?<!awsapps\.com)(/.*)?|https://[\w-]+\.awsapps\.com/start/?")
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Authorize request</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 32rem; margin: 15vh auto; padding: 0 1rem; }}
strong {{ display: block; font: 500 2rem/2 ui-monospace, monospace; }}
button {{ font: inherit; padding: .4rem 1.2rem; margin-inline-end: .5rem; }}
</style>
<h1>Authorize request</h1><p>{said}</p>{form}
<p><small>Simulated account: IAM Identity Center is not asked.</small></p>"""
_FORM = """<form method="post"><button name="answer" value="allow">Allow</button>
<button name="answer" value="deny">Deny</button></form>"""


@operation("sso-oidc", "RegisterClient", judged=False)
def _register(call: ServiceCall) -> Record:
    now = int(call.state.now())
    client, secret = secrets.token_hex(11), secrets.token_urlsafe(60)
    call.world.sign_in.clients[client] = secret
    ends = now + 90 * 86400
    return {"clientId": client, "clientSecret": secret, "clientIdIssuedAt": now, "clientSecretExpiresAt": ends}


def _check_client(call: ServiceCall) -> None:
    given = call.parameters
    if call.world.sign_in.clients.get(given.get("clientId", "")) != given.get("clientSecret"):
        raise AwsError("InvalidClientException", "Invalid client credentials.", 401)


@operation("sso-oidc", "StartDeviceAuthorization", judged=False)
def _start(call: ServiceCall) -> Record:
    _check_client(call)
    if not _START_URL.fullmatch(call.parameters.get("startUrl", "")):
        raise AwsError("InvalidRequestException", "Invalid start URL provided")
    letters = "BCDFGHJKLMNPQRSTVWXZ"
    pick = "".join(secrets.choice(letters) for _ in range(8))
    code = f"{pick[:4]}-{pick[4:]}"
    device = DeviceAuthorization(
        code, call.state.now() + CODE_SECONDS, "allowed" if call.world.sign_in.auto else "pending"
    )
    identity = secrets.token_urlsafe(48)
    call.world.sign_in.devices[identity] = device
    page = f"{call.world.sign_in.url}/_simulator/device"
    return {
        "deviceCode": identity,
        "userCode": code,
        "verificationUri": page,
        "verificationUriComplete": f"{page}?user_code={code}",
        "expiresIn": CODE_SECONDS,
        "interval": INTERVAL,
    }


@operation("sso-oidc", "CreateToken", judged=False)
def _token(call: ServiceCall) -> Record:
    _check_client(call)
    device = call.world.sign_in.devices.get(call.parameters.get("deviceCode", ""))
    if call.parameters.get("grantType") != GRANT or device is None:
        raise AwsError("InvalidGrantException", "Invalid grant provided")
    now = call.state.now()
    if device.expires < now:
        raise AwsError("ExpiredTokenException", "Device code has expired")
    too_fast = now - device.asked < INTERVAL * 0.9
    device.asked = now
    if device.answer == "denied":
        raise AwsError("AccessDeniedException", "The request was denied")
    if device.answer == "pending":
        slow, pending = (
            ("SlowDownException", "Slow down"),
            ("AuthorizationPendingException", "Authorization is pending"),
        )
        raise AwsError(*(slow if too_fast else pending))
    token = secrets.token_urlsafe(60)
    call.world.sign_in.tokens[token] = now + TOKEN_SECONDS
    return {"accessToken": token, "tokenType": "Bearer", "expiresIn": TOKEN_SECONDS}


def _check_token(call: ServiceCall) -> None:
    if call.world.sign_in.tokens.get(call.parameters.get("accessToken", ""), 0) < call.state.now():
        raise AwsError("UnauthorizedException", "Session token not found or invalid", 401)


@operation("sso", "ListAccounts", judged=False)
def _accounts(call: ServiceCall) -> Record:
    _check_token(call)
    assigned = [_account(world) for world in call.world.peers.values() if _permission_sets(world)]
    page, token = call.page(assigned, call.parameters.get("maxResults"), call.parameters.get("nextToken"), 100)
    return {"accountList": page, "nextToken": token}


def _account(world: World) -> Record:
    known = world.organization.accounts[world.state.account] if world.organization else None
    name, email = (known.name, known.email) if known else ("Simulated", "aws@example.com")
    return {"accountId": world.state.account, "accountName": name, "emailAddress": email}


def _permission_sets(world: World) -> dict[str, str]:
    """Return the role names of an account by permission set; none of a suspended account is assigned."""
    names = (record["RoleName"] for record in world.state.all_visible("role") if world.is_open())
    return {match[1]: name for name in names if (match := _PERMISSION_SET_ROLE.fullmatch(name))}


def _assigned(call: ServiceCall) -> World:
    """Return the account of a call. Raises ``ForbiddenException`` unless the person has a permission set in it."""
    found = call.world.peers.get(str(call.parameters["accountId"]))
    if found is None or (found.organization and not _permission_sets(found)):
        raise AwsError("ForbiddenException", "No access", 403)
    return found


@operation("sso", "ListAccountRoles", judged=False)
def _roles(call: ServiceCall) -> Record:
    _check_token(call)
    world = _assigned(call)
    roles = [{"roleName": name, "accountId": world.state.account} for name in sorted(_permission_sets(world))]
    page, token = call.page(roles, call.parameters.get("maxResults"), call.parameters.get("nextToken"), 100)
    return {"roleList": page, "nextToken": token}


@operation("sso", "GetRoleCredentials", judged=False)
def _credentials(call: ServiceCall) -> Record:
    _check_token(call)
    world = _assigned(call)
    role = _permission_sets(world).get(call.parameters["roleName"])
    if role is None:
        raise AwsError("ForbiddenException", "No access", 403)
    made = world.credentials.session_of("role", role, call.world.sign_in.person, KEY_SECONDS)
    keys = {
        "accessKeyId": made.access_key_id,
        "secretAccessKey": made.secret,
        "sessionToken": made.token,
        "expiration": int((made.expires or 0) * 1000),
    }
    return {"roleCredentials": keys}


@operation("sso", "Logout", judged=False)
def _logout(call: ServiceCall) -> Record:
    call.world.sign_in.tokens.pop(call.parameters.get("accessToken", ""), None)
    return {}


def device_page(world: World, code: str, answer: str) -> str:
    """Return the page of a user code as HTML, after applying ``answer`` (``allow`` or ``deny``)."""
    device = next((each for each in world.sign_in.devices.values() if each.code == code), None)
    if device is None or device.expires < world.clock.now():
        return _PAGE.format(said=f"The code {escape(code)} is not known.", form="")
    if answer in ("allow", "deny"):
        device.answer = "allowed" if answer == "allow" else "denied"
        said = "Request approved. Return to the notebook." if answer == "allow" else "Request denied."
        return _PAGE.format(said=said, form="")
    return _PAGE.format(said=f"Does the notebook show the code <strong>{escape(code)}</strong>?", form=_FORM)
