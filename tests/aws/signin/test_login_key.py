"""The key of a sign-in in the browser: one that awscrt would change, or could not read back, proves nothing later."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from awscrt.crypto import EC, ECExportFormat, ECType

from sm_ssh_widget.aws.signin.login_support import COORDINATE_BYTES, is_durable, login_key

KEYS = 2_000
"""So many that a key in 85 with a fault would be among them, but for one run in 10^10."""

# Two keys of this test, used nowhere: private numbers of 31 bytes, which awscrt writes without the leading zero.
UNREADABLE = (
    "MHYCAQEEHyAD27ZdZNNbfUS/YTar2w3X9FK/UDuCr0w9jmfnYUygCgYIKoZIzj0DAQehRANCAARCBPNq97nvR4JhXjgTl6UU+/SsMXjLXpFg665P"
    "N9+l/AI25YqngdQj23yL+eR5+AnkTdeCcv97WVYKpXyhjXb7",
    "MHYCAQEEH+Gf8O+6MJlbHBUA2o1E/z6UhkR+Nk6JYh22RkKlKt2gCgYIKoZIzj0DAQehRANCAAReotBu1P7NNusIrp2D5ODwEAQAoAXJ3YSJ22Cg"
    "EST8gyQM8nMu9HBqMCj8fR1ZvsWtVQ4R03VKFc9Ux65wLv2K",
)


class KeyOf:
    """A key of awscrt with other coordinates, or another exported form."""

    def __init__(self, key: Any, coordinates: tuple[bytes, ...] = (), exported: bytes = b"") -> None:
        self._key, self._coordinates, self._exported = key, coordinates, exported

    def get_public_coords(self) -> tuple[bytes, ...]:
        return self._coordinates or tuple(self._key.get_public_coords())

    def export_key(self, form: ECExportFormat) -> bytes:
        return self._exported or bytes(self._key.export_key(form))


def test_every_key_is_the_same_when_it_is_read_back() -> None:
    for _ in range(KEYS):
        key = login_key()
        again = EC.new_key_from_der_data(key.export_key(ECExportFormat.SEC1))
        assert again.get_public_coords() == key.get_public_coords()
        assert {len(part) for part in key.get_public_coords()} == {COORDINATE_BYTES}


def test_a_key_with_a_coordinate_of_31_bytes_is_not_used() -> None:
    key = login_key()
    x, y = key.get_public_coords()
    assert is_durable(KeyOf(key))
    assert not is_durable(KeyOf(key, (x[1:], y)))
    assert not is_durable(KeyOf(key, (x, y[1:])))


@pytest.mark.parametrize("exported", UNREADABLE)
def test_a_key_that_awscrt_cannot_read_back_is_not_used(exported: str) -> None:
    assert not is_durable(KeyOf(login_key(), exported=base64.b64decode(exported)))


def test_a_key_that_is_another_when_it_is_read_back_is_not_used() -> None:
    other = EC.new_generate(ECType.P_256).export_key(ECExportFormat.SEC1)
    assert not is_durable(KeyOf(login_key(), exported=other))
