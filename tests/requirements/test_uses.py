"""For what the role is ready, and for whom: the requests of each use, and the sentence that says it."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.policy.merge import write
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import HeldPolicy, Known, Observation, Tier
from sm_ssh_widget.requirements.readiness import readiness
from sm_ssh_widget.requirements.requests import filling_for
from tests.support.observations import (
    DENIED,
    USER,
    allow,
    attached,
    deny,
    document,
    identity,
    inline,
    observation,
    trusts,
)

TRUST = document(trusts(["sagemaker.amazonaws.com", "ssm.amazonaws.com"]))
CLASSIC = ("AmazonSSMManagedInstanceCore", "CloudWatchLogsFullAccess")
KEY = "s3:GetObject on arn:aws:s3:::sagemaker-eu-west-1-123456789012/ssh-authorized-keys/*"


def ready_role(*more: HeldPolicy, classic: bool = True) -> Any:
    name = "SageMakerSSMPolicy" if classic else "SageMakerSSHServerAccess"
    text = write(documents.load("SageMakerSSMPolicy" if classic else "server-least-privilege", filling_for(TARGET)))
    held = tuple(attached(each) for each in CLASSIC) if classic else ()
    return identity(trust=TRUST, policies=(*held, inline(name, text), *more))


TARGET = observation().target


def seen_of(role: Any, user: Any = None, **more: Any) -> Observation:
    return observation(role, user, tier=Known(Tier("advanced", "Customized")), **more)


def judged(seen: Observation, baseline: str = "classic", steps: tuple[str, ...] = ()) -> Assessment:
    return assess(Selection.of(baseline, (), steps), seen)


def standing(found: Assessment) -> dict[str, str]:
    return {use.use: use.status for use in found.uses}


def said(found: Assessment, baseline: str = "classic", **more: Any) -> str:
    given: dict[str, Any] = {"proof_failed": False, "check_is_due": False, **more}
    return readiness(found, Selection.of(baseline), **given)


class TestOfTheRole:
    def test_classic_is_ready_for_a_shell_and_says_what_ssh_lacks(self) -> None:
        found = judged(seen_of(ready_role()))
        assert found.ready
        assert standing(found) == {
            "shell": "ready", "ssh": "missing", "endpoint": "ready", "listing": "not-asked",
        }  # fmt: skip
        (ssh,) = (use for use in found.uses if use.use == "ssh")
        assert ssh.to_json() == {"status": "missing", "lacks": [KEY], "blocked_by": []}
        sentence = said(found)
        assert sentence.startswith("Ready: all 8 requirements of the role are met; ")
        assert f"SSH also needs {KEY}. The classic baseline does not grant it, least-privilege does" in sentence
        assert "whether you can connect was not checked (--user ARN)" in sentence

    def test_least_privilege_is_ready_for_ssh(self) -> None:
        found = judged(seen_of(ready_role(classic=False)), "least-privilege")
        assert found.ready
        assert standing(found)["ssh"] == "ready"
        assert "also needs" not in said(found, "least-privilege")

    def test_a_denied_key_bucket_leaves_the_shell_ready_and_the_role_not(self) -> None:
        found = judged(seen_of(ready_role(inline("G", document(deny("s3:*", Sid="No"))))))
        assert standing(found)["shell"] == "ready"
        assert standing(found)["ssh"] == "blocked"
        assert not found.ready
        assert found.denied == (KEY,)
        assert said(found) == f"Not ready: {KEY} is blocked, which SSH needs."

    def test_a_requirement_of_the_account_stands_in_every_use(self) -> None:
        found = judged(observation(ready_role()))
        assert [use.lacks[0] for use in found.uses if use.use != "listing"] == ["ssm.tier"] * 3
        assert standing(found)["shell"] == "missing"
        assert said(found) == "Not ready: 1 of 8 requirements is not met (1 missing)."

    def test_what_was_not_read_might_deny(self) -> None:
        hidden = HeldPolicy("Hidden", "", DENIED)
        assert standing(judged(seen_of(ready_role(hidden))))["shell"] == "unknown"

    def test_an_open_key_leaves_a_use_unknown(self) -> None:
        condition = {"StringNotEquals": {"aws:SourceVpc": "vpc-0123"}}
        found = judged(seen_of(ready_role(inline("G", document(allow("s3:*"), deny("s3:*", Condition=condition))))))
        assert standing(found)["ssh"] == "unknown"
        assert found.ready
        assert "whether SSH works depends on s3:GetObject" in said(found)

    def test_steps_ask_nothing_of_uses(self) -> None:
        found = judged(seen_of(ready_role()), steps=("trust.ssm",))
        assert (found.uses, found.connects.status, found.ready) == ((), "not-asked", True)

    def test_a_failed_proof_is_never_ready(self) -> None:
        assert said(judged(seen_of(ready_role())), proof_failed=True) == "Not ready: the proof failed."


class TestOfThePerson:
    @staticmethod
    def of(*statements: dict[str, Any], baseline: str = "least-privilege") -> Assessment:
        user = identity(USER, policies=(inline("U", document(*statements)),) if statements else ())
        return judged(seen_of(ready_role(classic=baseline == "classic"), user), baseline)

    def test_who_may_connect_is_said_to(self) -> None:
        found = self.of(allow("*"))
        assert found.connects.to_json() == {"status": "ready", "who": str(USER)}
        assert set(standing(found).values()) == {"ready"}
        assert said(found, "least-privilege") == "Ready: all 6 requirements are met."

    def test_who_may_do_nothing_lacks_every_use(self) -> None:
        found = self.of()
        assert found.connects.status == "missing"
        assert set(standing(found).values()) == {"missing"}

    def test_one_way_in_is_enough_to_connect(self) -> None:
        document_of_aws = "arn:aws:ssm:*::document/AWS-StartSSHSession"
        found = self.of(allow("*"), deny("ssm:StartSession", document_of_aws))
        assert (found.connects.status, standing(found)["ssh"], standing(found)["shell"]) == (
            "ready",
            "blocked",
            "ready",
        )
        assert not found.ready

    def test_no_way_in_blocks(self) -> None:
        found = self.of(allow("*"), deny("ssm:StartSession"))
        assert found.connects.status == "blocked"
        assert standing(found)["listing"] == "ready"

    @pytest.mark.parametrize(
        ("use", "action"), [("endpoint", "logs:StartQuery"), ("endpoint", "sagemaker:DescribeEndpoint"),
                            ("listing", "sagemaker:ListApps"), ("ssh", "ssm:SendCommand"), ("ssh", "s3:PutObject")]
    )  # fmt: skip
    def test_a_use_lacks_its_own_requests_only(self, use: str, action: str) -> None:
        found = self.of({"Effect": "Allow", "NotAction": action, "Resource": "*"})
        assert {each: status for each, status in standing(found).items() if status != "ready"} == {use: "missing"}

    @pytest.mark.parametrize("streams", ["", "*", ":*", ":log-stream:*"])
    def test_a_query_is_judged_on_the_streams_of_its_log_group(self, streams: str) -> None:
        groups = f"arn:aws:logs:*:*:log-group:/aws/sagemaker/Endpoints/*{streams}"
        denied = self.of(allow("*"), deny("logs:StartQuery", groups))
        assert standing(denied)["endpoint"] == "blocked"
        (lacks,) = (use.lacks for use in denied.uses if use.use == "endpoint")
        assert lacks == ("logs:StartQuery on arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/Endpoints/*",)
        others = {"Effect": "Allow", "NotAction": "logs:StartQuery", "Resource": "*"}
        assert standing(self.of(others, allow("logs:StartQuery", groups)))["endpoint"] == "ready"

    def test_least_privilege_says_what_it_does_not_grant(self) -> None:
        text = write(documents.load("client-least-privilege", filling_for(TARGET)))
        user = identity(USER, policies=(inline("SageMakerSSHClientAccess", text),))
        found = judged(seen_of(ready_role(classic=False), user), "least-privilege")
        assert found.ready
        assert any("sagemaker:CreateTrainingJob" in each and "iam:PassRole" in each for each in found.caveats)
        assert any("--key-bucket" in each and "kms:GenerateDataKey" in each for each in found.caveats)
        assert not any("CreateTrainingJob" in each for each in self.of(allow("*")).caveats)
