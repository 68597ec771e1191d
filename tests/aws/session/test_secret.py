from __future__ import annotations

import copy
import json
import pickle

import pytest

from sm_ssh_widget.aws.session.secret import Secret

CANARY = "canary-value"


def test_a_secret_is_used_and_forgotten() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    secret.forget()
    assert secret.is_forgotten
    with pytest.raises(LookupError) as raised:
        secret.reveal()
    assert CANARY not in str(raised.value)


def test_no_text_of_it_has_the_value() -> None:
    secret = Secret(CANARY)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret:>40}", repr([secret]), repr({"k": secret})):
        assert CANARY not in text
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY), protocol)


def test_it_is_not_json() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret(CANARY))


def test_copies_are_forgotten_with_it() -> None:
    secret = Secret(CANARY)
    copies = [copy.copy(secret), copy.deepcopy(secret), copy.deepcopy({"k": [secret]})["k"][0]]
    secret.forget()
    assert all(each.is_forgotten for each in copies)


def test_two_secrets_of_one_value_are_two() -> None:
    first, second = Secret(CANARY), Secret(CANARY)
    assert first != second
    assert first in {first}
    assert second not in {first}
