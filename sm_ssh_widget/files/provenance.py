"""Provenance of a file: whether only this user and root, or also another user, can have written it.

Owner and mode prove something only if the file system stores them. The code therefore creates a sample beside the file.
If the sample does not belong to us, the server gives every file to one user (NFS and EFS with squashed ids). If its
mode changes, the file system has no modes (FAT, CIFS). Files there are not refused, but a person has to specify them.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from sm_ssh_widget.incoming import Opened

if sys.platform != "win32":
    import grp
    import pwd

OVERFLOW_USER = Path("/proc/sys/kernel/overflowuid")
"""File with the user id that Linux shows for users unknown to a user namespace or an NFS server."""

_ROOT, _NOBODY = 0, 65534
_PRIVATE, _SHARED = 0o600, 0o640


@dataclass(frozen=True)
class Provenance:
    """Whether only this user or root can have written a file; ``reason`` says why that is not proven."""

    proven: bool
    reason: str = ""


@dataclass(frozen=True)
class Sample:
    """Properties of a new file: its owner, and whether it keeps the mode that was set."""

    owner: int
    keeps_modes: bool


class FileSystem(Protocol):
    """Users, groups and new files of a system: a port, so that a test can simulate an NFS server."""

    def user(self) -> int | None:
        """Return the effective user id; ``None`` if files have no such owner (Windows)."""

    def unknown_user(self) -> int:
        """Return the id that represents every unknown user."""

    def sample(self, directory: Path) -> Sample | None:
        """Create and remove a file in ``directory``; ``None`` if that is impossible."""

    def is_private(self, group: int, owner: int) -> bool:
        """Whether ``owner`` is the only member of ``group``."""


class LocalFileSystem:
    """File systems of this machine."""

    def user(self) -> int | None:
        """Return the effective user id; ``None`` on Windows."""
        return None if sys.platform == "win32" else os.geteuid()

    def unknown_user(self) -> int:
        """Return the overflow user id of Linux, or its default."""
        try:
            return int(OVERFLOW_USER.read_text("ascii"))
        except (OSError, ValueError):
            return _NOBODY

    def sample(self, directory: Path) -> Sample | None:
        """Create and remove a file in ``directory``; ``None`` if that is impossible."""
        path = directory / f".sm-ssh-widget-{secrets.token_hex(8)}"
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), _PRIVATE)
            try:
                return _sampled(descriptor)
            finally:
                os.close(descriptor)
                path.unlink(missing_ok=True)
        except OSError:
            return None

    def is_private(self, group: int, owner: int) -> bool:
        """Whether ``owner`` is the only member of ``group``, according to the user database."""
        return sys.platform != "win32" and _is_private(group, owner)


def _sampled(descriptor: int) -> Sample:
    first = os.fstat(descriptor)
    if sys.platform == "win32":
        return Sample(first.st_uid, keeps_modes=False)
    os.fchmod(descriptor, _SHARED)
    modes = [stat.S_IMODE(each.st_mode) for each in (first, os.fstat(descriptor))]
    return Sample(first.st_uid, keeps_modes=modes == [_PRIVATE, _SHARED])


@cache
def _is_private(group: int, owner: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        name = pwd.getpwuid(owner).pw_name
        members = set(grp.getgrgid(group).gr_mem)
    except KeyError:
        return False
    return members <= {name} and {each.pw_uid for each in pwd.getpwall() if each.pw_gid == group} == {owner}


class Judge:
    """Determines the provenance of files in one directory; creates the sample once, when it is needed."""

    def __init__(self, directory: Path, system: FileSystem | None = None) -> None:
        self._directory = directory
        self._system: FileSystem = system or LocalFileSystem()
        self._sample: Sample | None = None
        self._looked = False

    def of(self, opened: Opened) -> Provenance:
        """Determine whether only this user or root can have written an opened file."""
        reason = self._writers(opened) or self.doubt
        return Provenance(not reason, reason)

    @property
    def doubt(self) -> str:
        """Reason why owners and modes prove nothing in this directory; empty if they do."""
        user, sample = self._system.user(), self._made()
        if user is None:
            return "This system does not show who can write a file."
        if sample is None:
            return f"No file can be created in {self._directory} to test whether owners and modes are stored there."
        if not sample.keeps_modes:
            return f"The file system of {self._directory} does not keep the modes of files."
        if sample.owner != user:
            return f"The file system of {self._directory} gives the files of every user to user {sample.owner}."
        if user == self._system.unknown_user():
            return "This user namespace does not distinguish users."
        return ""

    def _writers(self, opened: Opened) -> str:
        """Say who else can have written the file by its owner and mode; empty if no other user can."""
        user, sample, status = self._system.user(), self._made(), opened.status
        if user is None or sample is None:
            return ""
        if status.st_uid not in (user, _ROOT, sample.owner):
            return f"The file belongs to user {status.st_uid}, not to user {user}."
        if status.st_mode & stat.S_IWOTH:
            return "All users of this machine can write the file."
        if status.st_mode & stat.S_IWGRP and not self._of_one(opened):
            return f"Other members of group {status.st_gid} can write the file."
        return ""

    def _of_one(self, opened: Opened) -> bool:
        """Whether the owner is the only member of the group that can write the file."""
        return not opened.access_list and self._system.is_private(opened.status.st_gid, opened.status.st_uid)

    def _made(self) -> Sample | None:
        if not self._looked:
            self._sample, self._looked = self._system.sample(self._directory), True
        return self._sample
