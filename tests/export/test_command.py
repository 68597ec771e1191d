"""The command that does the same: a shell that is given its variables calls the AWS CLI with just the plan's values."""

from __future__ import annotations

import subprocess
from typing import Any

from sm_ssh_widget.changes.placeholders import placeholder
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.export.command import command, variables

RUN = Call(
    "ec2",
    "RunInstances",
    {
        "ImageId": "resolve:ssm:/aws/service/x",
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": placeholder("token"),
        "TagSpecifications": [
            {"Tags": [{"Key": "it's", "Value": placeholder("run")}, {"Key": "$run", "Value": "`id`"}]}
        ],
        "SecurityGroupIds": ["sg-1", "sg-2"],
        "MetadataOptions": {"HttpTokens": "required"},
    },
)
END = Call("ec2", "TerminateInstances", {"InstanceIds": [placeholder("instance")]})


def sent(call: Call, **held: str) -> list[str]:
    """The arguments that the AWS CLI gets, one a line, from a shell whose variables hold these values."""
    given = "".join(f"{name}='{value}'\n" for name, value in held.items())
    script = f"aws() {{ printf '%s\\n' \"$@\"; }}\n{given}{command(call)}"
    run: Any = subprocess.run(["bash", "-u", "-c", script], capture_output=True, text=True, check=True)
    return list(run.stdout.splitlines())


def test_it_is_quoted_for_a_shell() -> None:
    call = Call("iam", "PutRolePolicy", {"RoleName": "R", "PolicyDocument": "it's"})
    assert command(call) == """aws iam put-role-policy --role-name R --policy-document 'it'"'"'s'"""
    setting = Call("ssm", "UpdateServiceSetting", {"SettingId": "/a", "SettingValue": "b"})
    assert command(setting, "eu-west-1") == (
        "aws ssm update-service-setting --setting-id /a --setting-value b --region eu-west-1"
    )


def test_what_is_known_later_is_a_variable_of_the_shell() -> None:
    assert command(END) == 'aws ec2 terminate-instances --instance-ids "$instance"'
    assert sent(END, instance="i-1") == ["ec2", "terminate-instances", "--instance-ids", "i-1"]
    said = sent(RUN, token="t 1", run="r")
    assert said[said.index("--client-token") + 1] == "t 1"
    tags = said[said.index("--tag-specifications") + 1]
    assert tags == '[{"Tags": [{"Key": "it\'s", "Value": "r"}, {"Key": "$run", "Value": "`id`"}]}]'


def test_lists_and_objects_are_given_as_the_cli_takes_them() -> None:
    said = sent(RUN, token="t", run="r")
    assert said[said.index("--security-group-ids") + 1 :][:2] == ["sg-1", "sg-2"]
    assert said[said.index("--metadata-options") + 1] == '{"HttpTokens": "required"}'
    assert said[said.index("--count") + 1] == "1:1"
    assert not [each for each in said if each in ("--min-count", "--max-count")]


def test_every_variable_is_told_once() -> None:
    told = variables((RUN, END, END))
    assert [each.partition(":")[0] for each in told] == ["# $token", "# $run", "# $instance"]
    assert "run-instances" in told[-1]
    assert variables((Call("iam", "GetRole", {"RoleName": '{"known-later": "token"}'}),)) == ()


def test_a_name_that_only_a_strange_plan_has_is_told_all_the_same() -> None:
    assert variables((Call("ssm", "StartSession", {"Target": placeholder("thing")}),)) == (
        "# $thing: a value returned by an earlier call",
    )
