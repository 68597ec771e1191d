"""Keys of a member account: taken when they are used, taken again near their end, gone with the base."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest
from botocore.credentials import Credentials

from sm_ssh_widget.aws.signin import ExistingSession, SignInContext, sign_in
from sm_ssh_widget.aws.signin.members import Lent, RenewedMethod
from sm_ssh_widget.aws.signin.method import FoundCredentials
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.account import SimulatedAccount

PLACE = SignInContext("eu-west-1")


@dataclass
class Numbered:
    """A method whose n-th keys have the number in their name."""

    minutes: float | None
    asked: list[int] = field(default_factory=list)

    def find(self, _place: SignInContext, /) -> FoundCredentials:
        number = len(self.asked)
        self.asked.append(number)
        ends = None if self.minutes is None else datetime.now(timezone.utc) + timedelta(minutes=self.minutes)
        return FoundCredentials(Credentials(f"ASIA{number}", "secret", "token"), "numbered", ends)


@pytest.mark.parametrize(("minutes", "keys"), [(15, ["ASIA0", "ASIA0"]), (1.5, ["ASIA1", "ASIA2"])])
def test_keys_are_taken_again_in_their_last_minutes(minutes: float, keys: list[str]) -> None:
    method = Numbered(minutes)
    found = RenewedMethod(method).find(PLACE)
    assert method.asked == [0]
    assert found.until is None, "they renew themselves"
    assert [found.credentials.get_frozen_credentials().access_key for _ in range(2)] == keys


def test_keys_without_an_end_stay() -> None:
    method = Numbered(None)
    found = RenewedMethod(method).find(PLACE)
    assert found.credentials.access_key == "ASIA0"
    assert method.asked == [0]


def test_what_is_lent_ends_with_the_base() -> None:
    with SimulatedAccount("fresh-studio-role") as account:
        base = sign_in(ExistingSession(account.session("admin")), region=account.region)
        lent = Lent(base).find(PLACE)
        assert lent.endpoint == account.url
        assert lent.credentials.access_key
        base.forget()
        for use in (lambda: Lent(base).find(PLACE), lent.credentials.get_frozen_credentials):
            with pytest.raises(Problem) as refused:
                use()
            assert refused.value.code is Code.SIGN_IN
