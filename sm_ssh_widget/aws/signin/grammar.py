"""Sign-in methods in the notation of the command line: ``--sign-in chain|profile:NAME|login|keys-stdin|…``.

Secrets and MFA codes are never arguments: other users of the machine could read them.
"""

from __future__ import annotations

import re
import sys

from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.assume_role import AssumeRole
from sm_ssh_widget.aws.signin.chain import Chain
from sm_ssh_widget.aws.signin.device_code import DeviceCode, Show, name_one, tell
from sm_ssh_widget.aws.signin.export_block import parse_export_block
from sm_ssh_widget.aws.signin.keys import Keys
from sm_ssh_widget.aws.signin.login import Login
from sm_ssh_widget.aws.signin.method import Ask, SignInMethod
from sm_ssh_widget.aws.signin.portal import Choose
from sm_ssh_widget.aws.signin.profile import Profile
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Code, Problem

GRAMMAR = (
    "chain | profile:NAME | login[:PROFILE] | keys-stdin | assume-role:ARN[,mfa=SERIAL,external-id=ID] | "
    "sso:START_URL,REGION[,account=ID,role=NAME]"
)


def parse_sign_in(text: str, *, ask: Ask | None = None, show: Show = tell, choose: Choose = name_one) -> SignInMethod:
    """Parse a sign-in method. Raises :class:`Problem` (``usage``).

    ``ask`` supplies the secrets: the keys of ``keys-stdin`` (to the end of the input) and an MFA code (one line). By
    default they are read from standard input. ``show`` shows the code of ``sso``, ``choose`` selects one of several
    roles.
    """
    ask = ask or _from_standard_input
    kind, _, rest = text.strip().partition(":")
    if kind == "chain" and not rest:
        return Chain(ask)
    if kind == "profile" and rest:
        return Profile(rest, ask)
    if kind == "login" and text.strip() != "login:":
        return Login(rest or None)
    if kind == "keys-stdin" and not rest:
        return _pasted(ask("keys"))
    if kind == "assume-role" and rest:
        return _assume_role(rest, ask)
    if kind == "sso" and rest:
        return _device_code(rest, show, choose)
    raise _usage(
        f"{text!r} is not a sign-in method." if _harmless(text) else "This is not a sign-in method.",
        f"Use one of: {GRAMMAR}",
    )


def _pasted(block: Secret) -> Keys:
    try:
        return parse_export_block(block.reveal())
    finally:
        block.forget()


def _assume_role(text: str, ask: Ask) -> AssumeRole:
    arn, *options = text.split(",")
    while options and "=" not in options[0]:  # a role's name can contain a comma
        arn += f",{options.pop(0)}"
    try:
        kind = PrincipalArn.parse(arn).kind
    except ArnError as error:
        raise _usage(f"{error}.", f"Use one of: {GRAMMAR}") from None
    if kind != "role":
        raise _usage(
            f"{arn} is the ARN of a {kind}, not of a role.", "Specify a role ARN: arn:aws:iam::ACCOUNT:role/NAME"
        )
    given = dict(option.split("=", 1) for option in options)
    if len(given) != len(options) or given.keys() - {"mfa", "external-id"} or not all(given.values()):
        raise _usage("An assume-role option is unknown, empty or repeated.", f"Use one of: {GRAMMAR}")
    serial = given.get("mfa")
    code = ask(f"MFA code for {serial}") if serial else None
    return AssumeRole(arn, Chain(ask), given.get("external-id"), serial, code)


def _device_code(text: str, show: Show, choose: Choose) -> DeviceCode:
    start_url, *rest = (part.strip() for part in text.split(","))
    region, *options = rest or [""]
    if not region or "=" in region:
        raise _usage("The Region of IAM Identity Center is missing.", "Add it: sso:START_URL,REGION")
    given = dict(option.partition("=")[::2] for option in options)
    if len(given) != len(options) or given.keys() - {"account", "role"} or not all(given.values()):
        raise _usage("An sso option is unknown, empty or repeated.", f"Use one of: {GRAMMAR}")
    if "account" in given and not re.fullmatch(r"\d{12}", given["account"], re.ASCII):
        raise _usage("An account ID has 12 digits.", "Add it: sso:START_URL,REGION,account=123456789012")
    return DeviceCode(start_url, region, given.get("account"), given.get("role"), show, choose)


def _from_standard_input(what: str) -> Secret:
    return Secret(sys.stdin.read() if what == "keys" else sys.stdin.readline().strip())


def _harmless(text: str) -> bool:
    """Whether an error can repeat the text: it must not repeat a pasted secret."""
    return len(text) <= 20 and "=" not in text and "/" not in text


def _usage(said: str, remedy: str) -> Problem:
    return Problem("--sign-in", said, remedy, Code.USAGE)
