"""A disk that is full for a while."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.full_disk import full_disk


def test_no_file_passes_the_size_and_no_module_is_compiled_until_it_ends(tmp_path: Path) -> None:
    compiles_no_module = sys.dont_write_bytecode
    with full_disk(10):
        (tmp_path / "fits").write_bytes(b"0123456789")
        with pytest.raises(OSError, match="File too large"):
            (tmp_path / "does-not").write_bytes(b"0123456789a")
        assert sys.dont_write_bytecode
    assert sys.dont_write_bytecode is compiles_no_module
    (tmp_path / "does").write_bytes(b"0123456789a")


def test_without_a_size_the_disk_is_as_it_is(tmp_path: Path) -> None:
    with full_disk(None):
        (tmp_path / "does").write_bytes(b"0123456789a")
