"""Systems and servers that are not this machine, behind the port of provenance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sm_ssh_widget.files import Sample

ME, OTHER, UNKNOWN = 1000, 1001, 65534


@dataclass(frozen=True)
class Pretended:
    """A system whose user is ``me``; new files belong to ``gives``."""

    me: int | None = ME
    gives: int | None = ME
    keeps_modes: bool = True
    private: bool = True

    def user(self) -> int | None:
        return self.me

    def unknown_user(self) -> int:
        return UNKNOWN

    def sample(self, directory: Path) -> Sample | None:
        return None if self.gives is None else Sample(self.gives, self.keeps_modes)

    def is_private(self, group: int, owner: int) -> bool:
        return self.private
