"""Who can have written a file: this user and root alone, or perhaps somebody else.

Owner and mode of a file prove something only where the file system keeps them. So a sample is made beside the file:
where the sample does not belong to us, the server gives every file to one user (NFS and EFS with squashed ids), and
where its mode does not stay as it was set, there are no modes (FAT, CIFS). Such a file is not refused; it is one that
the person who takes it has to name.
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
"""The file with the id that Linux shows for users that a user namespace or an NFS server does not know."""

_ROOT, _NOBODY = 0, 65534
_PRIVATE, _SHARED = 0o600, 0o640


@dataclass(frozen=True)
class Provenance:
    """Whether this user or root alone can have written a file; ``reason`` says why that is not proven."""

    proven: bool
    reason: str = ""


@dataclass(frozen=True)
class Sample:
    """What became of a new file: the user it belongs to, and whether its mode stayed as it was set."""

    owner: int
    keeps_modes: bool


class FileSystem(Protocol):
    """What a system says of users, groups and new files: a port, so that a test can be an NFS server."""

    def user(self) -> int | None:
        """The effective user id; ``None`` where a file has no such owner (Windows)."""

    def unknown_user(self) -> int:
        """The id that stands for every user that the system does not know."""

    def sample(self, directory: Path) -> Sample | None:
        """Make a file in ``directory`` and remove it again; ``None`` where none can be made."""

    def is_private(self, group: int, owner: int) -> bool:
        """Whether ``owner`` is the only member of ``group``."""


class LocalFileSystem:
    """The file systems of this machine."""

    def user(self) -> int | None:
        """The effective user id; ``None`` on Windows."""
        return None if sys.platform == "win32" else os.geteuid()

    def unknown_user(self) -> int:
        """The overflow user id of Linux, or what it is by default."""
        try:
            return int(OVERFLOW_USER.read_text("ascii"))
        except (OSError, ValueError):
            return _NOBODY

    def sample(self, directory: Path) -> Sample | None:
        """Make a file in ``directory`` and remove it again; ``None`` where none can be made."""
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
        """Whether ``owner`` is the only member of ``group``, as far as the user database tells."""
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
    """Says of files in one directory whose they are; the sample is made once, when it is needed."""

    def __init__(self, directory: Path, system: FileSystem | None = None) -> None:
        self._directory = directory
        self._system: FileSystem = system or LocalFileSystem()
        self._sample: Sample | None = None
        self._looked = False

    def of(self, opened: Opened) -> Provenance:
        """Whether this user or root alone can have written the file that was opened."""
        reason = self._writers(opened) or self.doubt
        return Provenance(not reason, reason)

    @property
    def doubt(self) -> str:
        """Why owners and modes prove nothing in this directory; empty where they do."""
        user, sample = self._system.user(), self._made()
        if user is None:
            return "This system does not tell who can write a file."
        if sample is None:
            return f"No file can be made in {self._directory} to see whether owners and modes are kept there."
        if not sample.keeps_modes:
            return f"The file system of {self._directory} does not keep the modes of files."
        if sample.owner != user:
            return f"The file system of {self._directory} gives the files of every user to user {sample.owner}."
        if user == self._system.unknown_user():
            return "This user namespace does not tell one user from another."
        return ""

    def _writers(self, opened: Opened) -> str:
        """Who else can have written the file, as far as its owner and mode tell; empty for nobody."""
        user, sample, status = self._system.user(), self._made(), opened.status
        if user is None or sample is None:
            return ""
        if status.st_uid not in (user, _ROOT, sample.owner):
            return f"The file belongs to user {status.st_uid}, not to user {user}."
        if status.st_mode & stat.S_IWOTH:
            return "Every user of this machine can write the file."
        if status.st_mode & stat.S_IWGRP and not self._of_one(opened):
            return f"Other members of group {status.st_gid} can write the file."
        return ""

    def _of_one(self, opened: Opened) -> bool:
        """Whether the group that can write the file is its owner alone."""
        return not opened.access_list and self._system.is_private(opened.status.st_gid, opened.status.st_uid)

    def _made(self) -> Sample | None:
        if not self._looked:
            self._sample, self._looked = self._system.sample(self._directory), True
        return self._sample
