"""One clock: sessions end, tiers settle, writes become visible by the time of the account; signatures by real time."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.clock import AccountClock
from tests.simulator.conftest import ROLE, TIER, refusal
from tests.support.sessions import keyed_session

START = 1_800_000_000.0


@pytest.fixture
def still() -> Iterator[SimulatedAccount]:
    """An account whose time passes only when it is told to."""
    with SimulatedAccount(clock=AccountClock(lambda: START)) as running:
        yield running


def test_the_clock_is_told_and_moved_on_by_http(still: SimulatedAccount) -> None:
    def clock(value: Any = None) -> Any:
        body = None if value is None else json.dumps(value).encode()
        sent = urllib.request.Request(f"{still.url}/_simulator/clock", body, method="PUT" if body else "GET")
        with urllib.request.urlopen(sent) as reply:
            return json.loads(reply.read())

    assert clock() == {"now": START}
    assert clock({"advance": 60}) == {"now": START + 60}


def test_time_does_not_go_back() -> None:
    clock = AccountClock(lambda: START)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)
    assert clock.now() == START


@pytest.mark.parametrize(("seconds", "ended"), [(899, False), (901, True)])
def test_a_session_ends_by_the_clock_of_the_account(still: SimulatedAccount, seconds: float, ended: bool) -> None:
    arn = f"arn:aws:iam::{still.account}:role/DataScientist"
    sts: Any = still.session().client("sts")
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="tried", DurationSeconds=900)["Credentials"]
    assert keys["Expiration"].timestamp() == START + 900
    session = keyed_session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    client: Any = session.client("sts", endpoint_url=still.url, region_name="eu-west-1")
    still.world.clock.advance(seconds)
    if ended:
        assert refusal(client.get_caller_identity)[0] == "ExpiredToken"
    else:
        assert client.get_caller_identity()["Account"] == still.account


def test_time_may_pass_between_two_calls_of_a_session(still: SimulatedAccount) -> None:
    client = still.session("execution-role").client("sts")
    still.set_faults([{"kind": "time-passes", "seconds": 13 * 3600, "after": 2, "count": 1}])
    assert client.get_caller_identity()["Account"] == still.account
    assert refusal(client.get_caller_identity)[0] == "ExpiredToken"


def test_a_tier_settles_by_the_clock(still: SimulatedAccount) -> None:
    still.set_state({**still.state(), "TierPendingSeconds": 600})
    ssm = still.session().client("ssm")
    ssm.update_service_setting(SettingId=TIER, SettingValue="advanced")
    assert ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]["Status"] == "PendingUpdate"
    still.world.clock.advance(601)
    assert ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]["Status"] == "Customized"


def test_a_write_becomes_visible_by_the_clock(still: SimulatedAccount) -> None:
    still.set_faults([{"kind": "delay-visibility", "seconds": 5}])
    iam = still.session().client("iam")
    iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")

    def names() -> set[str]:
        return {each["PolicyName"] for each in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]}

    assert "ReadOnlyAccess" not in names()
    still.world.clock.advance(5)
    assert "ReadOnlyAccess" in names()


def signed_at(account: SimulatedAccount, moment: dt.datetime) -> urllib.request.Request:
    """``GetCallerIdentity`` as a machine sends it whose clock shows ``moment``."""
    body = "Action=GetCallerIdentity&Version=2011-06-15"
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    keys = account.session().get_credentials()
    assert keys is not None
    sent = AWSRequest("POST", f"{account.url}/", data=body, headers={"X-Amz-Date": stamp})
    sent.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    sent.context["timestamp"] = stamp
    auth = SigV4Auth(keys, "sts", "eu-west-1")
    to_sign = auth.string_to_sign(sent, auth.canonical_request(sent))
    auth._inject_signature_to_request(sent, auth.signature(to_sign, sent))  # type: ignore[attr-defined]
    return urllib.request.Request(f"{account.url}/", body.encode(), dict(sent.headers.items()), method="POST")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(-6, "Signature expired: "), (-4, ""), (4, ""), (6, "Signature not yet current: ")],
)
def test_a_signature_ages_by_real_time(still: SimulatedAccount, minutes: int, said: str) -> None:
    sent = signed_at(still, dt.datetime.now(dt.timezone.utc) + dt.timedelta(minutes=minutes))
    if not said:
        assert urllib.request.urlopen(sent).status == 200
        return
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(sent)
    text = caught.value.read().decode()
    assert (caught.value.code, said in text) == (403, True), text
