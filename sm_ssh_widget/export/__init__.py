"""One plan, many tellings: for admins who will not sign in here, and run their own tools. Pure.

Nothing here derives a policy. Every telling says what the changes of the plan say, each in its own language, and each
has one entry for every kind of change.
"""

from sm_ssh_widget.export.archive import is_bundle, load_bundle
from sm_ssh_widget.export.formats import FORMATS, Format, bundle, content, tell
from sm_ssh_widget.export.reading import denied_reads, needed_reads, read_access, read_policy

__all__ = [
    "FORMATS",
    "Format",
    "bundle",
    "content",
    "denied_reads",
    "is_bundle",
    "load_bundle",
    "needed_reads",
    "read_access",
    "read_policy",
    "tell",
]
