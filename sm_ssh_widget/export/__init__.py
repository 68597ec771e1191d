"""Formats of a plan for admins who apply it with their own tools. Pure.

No format derives a policy. Each renders the changes of the plan in its own language, with one entry per kind of change.
"""

from sm_ssh_widget.export.archive import is_bundle
from sm_ssh_widget.export.formats import FORMATS, Format, bundle, content, load_bundle, render, ticket_pieces
from sm_ssh_widget.export.laptop import doctor_command
from sm_ssh_widget.export.lifecycle import SCRIPT_FILE, attach_steps, create_command, lifecycle_guide, lifecycle_script
from sm_ssh_widget.export.network_request import NETWORK_FORMATS, network_text
from sm_ssh_widget.export.permissions import permissions, permissions_markdown
from sm_ssh_widget.export.reading import denied_reads, needed_reads, read_access, read_policy
from sm_ssh_widget.export.request import REQUEST_FORMATS, SetupRequest, request_content, request_pieces, requested

__all__ = [
    "FORMATS",
    "NETWORK_FORMATS",
    "REQUEST_FORMATS",
    "SCRIPT_FILE",
    "Format",
    "SetupRequest",
    "attach_steps",
    "bundle",
    "content",
    "create_command",
    "denied_reads",
    "doctor_command",
    "is_bundle",
    "lifecycle_guide",
    "lifecycle_script",
    "load_bundle",
    "needed_reads",
    "network_text",
    "permissions",
    "permissions_markdown",
    "read_access",
    "read_policy",
    "render",
    "request_content",
    "request_pieces",
    "requested",
    "ticket_pieces",
]
