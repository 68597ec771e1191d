"""Every file that comes back is input."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sm_ssh_widget.incoming import parse_json, read_file

LIMIT = 10


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * LIMIT)
    found = read_file(path, LIMIT)
    assert found.content == b"x" * LIMIT
    assert os.path.samestat(found.status, path.stat())
    path.write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(OSError, match="larger than"):
        read_file(path, LIMIT)


def test_a_file_of_400_mb_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(400_000_000)
    with pytest.raises(OSError, match="limit of 4 MB"):
        read_file(path, 4_000_000)


def test_a_link_is_not_followed_and_its_target_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("{}")
    (tmp_path / "link").symlink_to("file")
    with pytest.raises(OSError, match="symbolic link") as raised:
        read_file(tmp_path / "link", LIMIT)
    assert str(tmp_path / "file") in str(raised.value)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe without a writer and a device without an end would be waited for."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(OSError, match=r"not a regular file|directory"):
            read_file(path, LIMIT)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        with pytest.raises(OSError):  # noqa: PT011  # the system's own words
            read_file(tmp_path / "socket", LIMIT)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none", LIMIT)


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 1}', '{"b": [{"a": 1, "c": 2, "a": 3}]}', '{"a": NaN}', "[Infinity]", "[-Infinity]", "", "{"],
)
def test_json_that_can_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the parser's own words for some
        parse_json(text)


def test_the_key_that_stands_twice_is_named() -> None:
    with pytest.raises(ValueError, match="duplicate key 'changes'"):
        parse_json('{"a": 1, "changes": [], "b": 2, "changes": [1]}')


@settings(max_examples=25, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_json_comes_back_as_it_was(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
