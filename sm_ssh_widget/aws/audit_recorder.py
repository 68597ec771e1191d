"""Records an audit of one account or several: its rows in memory, and the lines of its file as they are complete."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sm_ssh_widget.files.lines import LineFile
from sm_ssh_widget.fleet.audit import AccountLine, Audit, line_of
from sm_ssh_widget.fleet.rows import RegionRow, RoleRow


@dataclass
class AuditRecorder:
    """Appends rows of several threads to an audit and its file. ``on_row`` receives each row of a role."""

    found: Audit
    file: LineFile | None
    on_row: Callable[[RoleRow], None]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _closed: bool = False

    def done_roles(self, account: str) -> frozenset[str]:
        """ARNs of the roles of an account that have a row."""
        with self._lock:
            return frozenset(row.role for row in self.found.rows if row.account == account)

    def done_regions(self, account: str) -> frozenset[str]:
        """Regions of an account that have a row."""
        with self._lock:
            return frozenset(place.region for place in self.found.places if place.account == account)

    def take(self, row: RegionRow | RoleRow) -> None:
        """Append a row behind its new texts."""
        with self._lock:
            texts = [line_of(text) for text in self.found.table.fresh()]
            self._write(*texts, line_of(row.to_json()))
            if isinstance(row, RegionRow):
                self.found.places.append(row)
            else:
                self.found.rows.append(row)
        if isinstance(row, RoleRow):
            self.on_row(row)

    def close_account(self, line: AccountLine) -> None:
        """Append the line that closes an account, unless the file tells the same of it already."""
        with self._lock:
            before = next((each for each in self.found.accounts if each.id == line.id), None)
            if before is None or _timeless(before) != _timeless(line):
                self._write(line_of(line.to_json()))
                self.found.close_account(line)

    def end(self, *, complete: bool) -> None:
        """Append the end of a complete audit; an incomplete one can be resumed."""
        with self._lock:
            self.found.complete = complete
            if complete:
                self._write(line_of(self.found.end()))

    def close(self) -> None:
        """Accept nothing more: threads that are left behind must not write to a file that is closed."""
        with self._lock:
            self._closed = True

    def _write(self, *lines: str) -> None:
        if self._closed:
            raise RuntimeError("The audit has ended.")
        if self.file:
            self.file.write(lines)


def _timeless(line: AccountLine) -> AccountLine:
    """The line without what differs between two runs."""
    return replace(line, calls=0, seconds=0.0, throttled=0, waited=0.0)
