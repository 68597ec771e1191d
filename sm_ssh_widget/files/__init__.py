"""Plans and journals on disk: written atomically, readable by their owner only, and read as untrusted input.

A journal is replaced, never edited: the new text is written beside it, flushed to the disk and renamed over it, so that
a process killed at any point leaves the old journal or the new one. A kernel lock, which ends with the process,
prevents two processes from using one journal.
"""

from sm_ssh_widget.files.failed_proofs import failed_proof, forget_failed_proof, keep_failed_proof
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
from sm_ssh_widget.files.lines import LineFile, provenance_of, read_lines
from sm_ssh_widget.files.places import PLACE_VARIABLE, place
from sm_ssh_widget.files.plans import load_plan, load_request, plan_from, read_plan_file, save_export, save_plan
from sm_ssh_widget.files.provenance import FileSystem, LocalFileSystem, Provenance, Sample
from sm_ssh_widget.files.writing import as_problem

__all__ = [
    "PLACE_VARIABLE",
    "FileSystem",
    "JournalFile",
    "JournalNotKept",
    "LineFile",
    "Listed",
    "LocalFileSystem",
    "Provenance",
    "Sample",
    "as_problem",
    "examine_journal",
    "failed_proof",
    "forget_failed_proof",
    "keep_failed_proof",
    "last_journal",
    "last_listed",
    "list_journals",
    "load_journal",
    "load_plan",
    "load_request",
    "place",
    "plan_from",
    "provenance_of",
    "read_lines",
    "read_plan_file",
    "save_export",
    "save_plan",
    "unfinished_journal",
]
