"""Plans and journals on disk: whole or not at all, readable by their owner only, and read as input.

A journal is replaced, never edited: the new text is written beside it, flushed to the disk and renamed over it, so a
process killed at any point leaves the old journal or the new one. A lock held by the kernel, and so released with
the process, keeps two processes from working on one journal.
"""

from sm_ssh_widget.files.journals import (
    JournalFile,
    JournalNotKept,
    Listed,
    examine_journal,
    last_journal,
    last_listed,
    list_journals,
    load_journal,
    unfinished_journal,
)
from sm_ssh_widget.files.places import PLACE_VARIABLE, place
from sm_ssh_widget.files.plans import load_plan, plan_from, read_plan_file, save_plan, save_telling
from sm_ssh_widget.files.provenance import FileSystem, LocalFileSystem, Provenance, Sample

__all__ = [
    "PLACE_VARIABLE",
    "FileSystem",
    "JournalFile",
    "JournalNotKept",
    "Listed",
    "LocalFileSystem",
    "Provenance",
    "Sample",
    "examine_journal",
    "last_journal",
    "last_listed",
    "list_journals",
    "load_journal",
    "load_plan",
    "place",
    "plan_from",
    "read_plan_file",
    "save_plan",
    "save_telling",
    "unfinished_journal",
]
