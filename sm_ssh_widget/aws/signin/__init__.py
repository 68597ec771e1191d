"""Sign-in methods: credential chain, profile, ``aws login``, keys, role with MFA, Identity Center. One module each.

A method finds credentials. :func:`sign_in` turns them into a session with a verified identity that reads freely, makes
only the writes that its tripwire lets pass, and can be forgotten. No secret is printed, stored or sent anywhere but to
AWS.
"""

from sm_ssh_widget.aws.signin.assume_role import AssumeRole
from sm_ssh_widget.aws.signin.browser_login import BrowserLogin, GrantedLogin, LinkAndCode, PendingLogin
from sm_ssh_widget.aws.signin.chain import Chain, ExistingSession
from sm_ssh_widget.aws.signin.device_code import DeviceCode, Pending, Prompt, ask_device, name_one
from sm_ssh_widget.aws.signin.export_block import parse_export_block
from sm_ssh_widget.aws.signin.grammar import GRAMMAR, parse_sign_in
from sm_ssh_widget.aws.signin.keys import Keys
from sm_ssh_widget.aws.signin.login import Login
from sm_ssh_widget.aws.signin.login_support import Lack, login_lack, login_profiles
from sm_ssh_widget.aws.signin.method import SESSION_NAME, Ask, FoundCredentials, SignInContext, SignInMethod
from sm_ssh_widget.aws.signin.portal import Portal, PortalRole
from sm_ssh_widget.aws.signin.profile import Profile, profile_names
from sm_ssh_widget.aws.signin.session import SessionIdentity, SignedIn, open_reader, sign_in

__all__ = [
    "GRAMMAR",
    "SESSION_NAME",
    "Ask",
    "AssumeRole",
    "BrowserLogin",
    "Chain",
    "DeviceCode",
    "ExistingSession",
    "FoundCredentials",
    "GrantedLogin",
    "Keys",
    "Lack",
    "LinkAndCode",
    "Login",
    "Pending",
    "PendingLogin",
    "Portal",
    "PortalRole",
    "Profile",
    "Prompt",
    "SessionIdentity",
    "SignInContext",
    "SignInMethod",
    "SignedIn",
    "ask_device",
    "login_lack",
    "login_profiles",
    "name_one",
    "open_reader",
    "parse_export_block",
    "parse_sign_in",
    "profile_names",
    "sign_in",
]
