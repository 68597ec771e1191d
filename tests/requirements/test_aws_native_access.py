"""AWS's own ways in are judged from what was seen, and nothing is promised that was not."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.aws_native_access import CHANNELS, Alternative, alternatives
from sm_ssh_widget.requirements.observation import Absent, HeldPolicy, Known, Observation, Space
from tests.support.observations import DENIED, USER, allow, attached, deny, document, identity, inline, observation

SPACE = Space("jane-lab", "arn:aws:sagemaker:eu-west-1:123456789012:space/d-1/jane-lab", shared=False)
CORE = attached("AmazonSSMManagedInstanceCore")
ADMIN = attached("AdministratorAccess")


def seen(role: HeldPolicy | None = None, user: HeldPolicy | None = None, **more: Any) -> Observation:
    person = identity(USER, policies=(user,)) if user else None
    return observation(identity(policies=(role,) if role else ()), person, **more)


def training(observed: Observation) -> Alternative:
    return alternatives(observed)[0]


def studio(observed: Observation) -> Alternative:
    return alternatives(observed)[1]


class TestTraining:
    def test_a_role_that_was_set_up_and_a_user_who_may(self) -> None:
        found = training(seen(CORE, ADMIN))
        assert found.status == "available"
        assert "network isolation" in found.fact
        assert "RemoteDebugConfig" in found.remedy

    def test_a_fresh_role_lacks_the_channels(self) -> None:
        found = training(seen(None, ADMIN))
        assert found.status == "missing"
        assert all(action in found.fact for action in CHANNELS)

    def test_the_user_lacks_it(self) -> None:
        found = training(seen(CORE, attached("AmazonS3FullAccess")))
        assert found.status == "missing"
        assert "allows the person who connects to call ssm:StartSession, sagemaker:CreateTrainingJob" in found.fact

    def test_a_deny_of_the_organisation_s_own(self) -> None:
        barred = document(
            allow("*"),
            deny("sagemaker:CreateTrainingJob", Condition={"Bool": {"sagemaker:EnableRemoteDebug": "true"}}),
        )
        found = training(seen(CORE, inline("Guardrail", barred)))
        assert found.status == "blocked"
        assert "sagemaker:CreateTrainingJob" in found.fact

    def test_only_nodes_of_ssh_helper_are_not_enough(self) -> None:
        nodes = document(allow("ssm:StartSession", "arn:aws:ssm:*:*:managed-instance/*"), allow("sagemaker:*"))
        assert training(seen(CORE, inline("Nodes", nodes))).status == "missing"

    def test_narrowed_to_training_jobs(self) -> None:
        only = {"StringLike": {"ssm:resourceTag/aws:ssmmessages:target-id": "sagemaker-training-job:*"}}
        narrow = document(allow("ssm:StartSession", Condition=only), allow("sagemaker:*"))
        assert training(seen(CORE, inline("Narrow", narrow))).status == "available"

    def test_the_root_user_may(self) -> None:
        root = PrincipalArn.parse("arn:aws:iam::123456789012:root")
        assert training(observation(identity(policies=(CORE,)), identity(root))).status == "available"

    def test_nobody_is_named(self) -> None:
        assert training(seen(CORE)).status == "unknown"

    def test_what_could_not_be_read_is_not_missing(self) -> None:
        role = identity(attached=DENIED, inline=DENIED)
        assert training(observation(role, identity(USER, policies=(ADMIN,)))).status == "unknown"


class TestStudio:
    def test_outside_of_a_space(self) -> None:
        assert studio(seen(CORE, ADMIN, space=Absent())).status == "not-applicable"

    def test_turned_on(self) -> None:
        on = Space(SPACE.name, SPACE.arn, shared=False, remote_access="ENABLED")
        found = studio(seen(CORE, ADMIN, space=Known(on)))
        assert found.status == "available"
        assert "8 GB" in found.fact

    @pytest.mark.parametrize("setting", ["DISABLED", ""])
    def test_turned_off(self, setting: str) -> None:
        off = Space(SPACE.name, SPACE.arn, shared=False, remote_access=setting)
        found = studio(seen(CORE, ADMIN, space=Known(off)))
        assert found.status == "missing"
        assert "UpdateSpace" in found.remedy

    def test_the_user_may_not(self) -> None:
        on = Space(SPACE.name, SPACE.arn, shared=False, remote_access="ENABLED")
        found = studio(seen(CORE, attached("AmazonS3FullAccess"), space=Known(on)))
        assert found.status == "missing"
        assert "sagemaker:StartSession" in found.fact

    def test_the_space_could_not_be_read(self) -> None:
        assert studio(seen(CORE, ADMIN, space=DENIED)).status == "unknown"
