"""Ways in: the chain, a profile, temporary keys, a role with MFA, Identity Center's device code. A module each.

A way finds credentials; :func:`sign_in` makes a session of them that has a face, reads freely, writes only what its
tripwire lets pass, and can be forgotten. No secret is ever printed, stored or sent anywhere but to AWS.
"""

from sm_ssh_widget.aws.signin.assume_role import AssumeRole
from sm_ssh_widget.aws.signin.chain import Chain, ExistingSession
from sm_ssh_widget.aws.signin.device_code import DeviceCode, Pending, Prompt, ask_device, name_one
from sm_ssh_widget.aws.signin.export_block import parse_export_block
from sm_ssh_widget.aws.signin.grammar import GRAMMAR, parse_sign_in
from sm_ssh_widget.aws.signin.keys import Keys
from sm_ssh_widget.aws.signin.method import SESSION_NAME, Ask, FoundCredentials, SignInContext, SignInMethod
from sm_ssh_widget.aws.signin.portal import Portal, PortalRole
from sm_ssh_widget.aws.signin.profile import Profile, profile_names
from sm_ssh_widget.aws.signin.session import SessionIdentity, SignedIn, open_reader, sign_in

__all__ = [
    "GRAMMAR",
    "SESSION_NAME",
    "Ask",
    "AssumeRole",
    "Chain",
    "DeviceCode",
    "ExistingSession",
    "FoundCredentials",
    "Keys",
    "Pending",
    "Portal",
    "PortalRole",
    "Profile",
    "Prompt",
    "SessionIdentity",
    "SignInContext",
    "SignInMethod",
    "SignedIn",
    "ask_device",
    "name_one",
    "open_reader",
    "parse_export_block",
    "parse_sign_in",
    "profile_names",
    "sign_in",
]
