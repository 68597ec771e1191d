"""Sessions of the simulated account find their profile in its own files, whatever the environment says."""

from __future__ import annotations

import pytest

from sm_ssh_widget.simulator import SimulatedAccount


@pytest.mark.parametrize("data_path", [None, "/nowhere"])
def test_a_profile_of_the_account_is_found_in_its_own_files(
    monkeypatch: pytest.MonkeyPatch, data_path: str | None
) -> None:
    """Everything that botocore reads of the configuration is read of the account's: the data path too."""
    monkeypatch.delenv("AWS_DATA_PATH", raising=False)
    if data_path:
        monkeypatch.setenv("AWS_DATA_PATH", data_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere/config")
    with SimulatedAccount() as account:
        assert account.session("execution-role").client("sts").get_caller_identity()["Arn"].endswith("/SageMaker")


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM"])
def test_a_session_of_one_account_does_not_reach_another(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As in the tour: the notebook is in one account, and its wizard has an account of its own."""
    with SimulatedAccount() as surroundings, SimulatedAccount() as account:
        monkeypatch.setenv(name, surroundings.url)
        session = account.session("admin")
        assert session.client("iam").get_user(UserName="admin")["User"]["Arn"].endswith("user/admin")
        assert surroundings.calls() == []
        assert session.client("iam", endpoint_url=surroundings.url).meta.endpoint_url == surroundings.url
