"""Every exit code of the command line, met by the real script against a simulated account; each JSON object's shape."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import ADMIN, Terminal, Told
from tests.support.held_calls import held_calls

Open = Callable[..., Terminal]

SCP = (
    "User: arn:aws:iam::123456789012:user/admin is not authorized to perform: {} on resource: * with an explicit deny "
    "in a service control policy"
)


def refusal(operation: str) -> dict[str, object]:
    """A policy of the organization that was attached a moment ago: IAM's simulator does not know it yet."""
    code = "AccessDenied" if operation.startswith("iam:") else "AccessDeniedException"
    return {"kind": "error", "operation": operation, "code": code, "message": SCP.format(operation), "status": 403}


FINDING = {
    "id",
    "step",
    "required",
    "status",
    "reason",
    "title",
    "fact",
    "consequence",
    "remedy",
    "evidence",
}
TARGET = {"role", "account", "partition", "region", "user", "sources"}
CHANGE = {"id", "finding", "kind", "resource", "before", "after", "inverse", "calls", "cost", "risk", "undo"}


def check_journal(told: Told) -> Any:
    value = told.json
    assert {"journal", "digest", "steps", "complete"} <= set(value)
    assert all(set(step) == {"id", "status", "detail"} for step in value["steps"])
    return value


@pytest.mark.parametrize("sign_in", [(), ADMIN], ids=["ambient", "signed in"])
def test_an_endpoint_that_is_not_awss_is_shown(terminal: Open, sign_in: tuple[str, ...]) -> None:
    shell = terminal("everything-done")
    del shell.environment["AWS_ENDPOINT_URL"]  # the profile names it too
    assert f"{shell.account.url} (custom, not an AWS endpoint)" in shell.run("check", *sign_in).out


@pytest.mark.parametrize("operation", ["sts:*", "ssm:*"], ids=["detecting", "observing"])
def test_130_at_any_moment(terminal: Open, operation: str) -> None:
    shell = terminal()
    shell.account.set_faults([{"kind": "latency", "operation": operation}])
    with held_calls(shell.account) as held:
        running = shell.start("check", "--json")
        held.wait()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert "Checking" in err
    assert running.returncode == 130
    assert "Traceback" not in err
    assert Told(130, out, err).error["code"] == "stopped"


def test_0_ready(terminal: Open) -> None:
    told = terminal("everything-done").run("check", *ADMIN, "--json")
    assert told.code == 0
    assert told.json["ready"] is True


def test_1_missing_and_the_shape_of_a_report(terminal: Open) -> None:
    told = terminal().run("check", *ADMIN, "--json")
    assert told.code == 1
    assert {"schema", "target", "read_as", "baseline", "findings", "caveats", "ready"} <= set(told.json)
    assert set(told.json["target"]) == TARGET
    assert all(set(finding) == FINDING for finding in told.json["findings"])
    assert told.json["read_as"].endswith(":user/admin")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("chekc",),
        ("check", "--baseline", "huge"),
        ("check", "--option", "nothing"),
        ("check", "--step", "nothing"),
        ("check", "--role", "arn:aws:iam::1:role/x"),
        ("check", "--sign-in", "telepathy"),
        ("apply",),
        ("apply", "plan.json", "--resume", "last"),
        ("undo",),
        ("simulate", "--scenario", "nowhere"),
    ],
    ids=" ".join,
)
def test_2_usage_in_three_parts(terminal: Open, arguments: tuple[str, ...]) -> None:
    shell = terminal()
    told = shell.run(*arguments, "--json") if arguments[:1] != ("simulate",) else shell.run(*arguments)
    assert told.code == 2
    if arguments[:1] == ("simulate",):
        assert told.out == ""
        assert "Next:" in told.err
    else:
        assert told.error["code"] == "usage"


def test_2_without_json_standard_output_stays_empty(terminal: Open) -> None:
    told = terminal().run("check", "--nonsense")
    assert (told.code, told.out) == (2, "")
    assert "Reading the command line" in told.err
    assert "Next: Show the options: sm-ssh-widget check --help" in told.err


def test_3_blocked_comes_before_missing(terminal: Open) -> None:
    assert terminal("boundary-blocks").run("check", *ADMIN, "--json").code == 3


def test_3_plan_with_something_required_refused(terminal: Open) -> None:
    told = terminal("deleted-principal").run("plan", *ADMIN, "--json")
    assert told.code == 3
    assert [refusal["code"] for refusal in told.json["refused"]] == ["deleted-principal"]


def test_3_an_apply_of_a_plan_that_could_plan_nothing_of_what_is_required(terminal: Open) -> None:
    shell = terminal("deleted-principal")
    only = ("--step", "trust.ssm")
    assert shell.run("plan", "--out", "plan.json", *only, *ADMIN).code == 3
    told = shell.run("apply", "plan.json", "--yes", *ADMIN, "--json")
    assert (told.code, told.error["code"]) == (3, "refused")
    assert told.error["said"].startswith("trust.ssm is required but was refused: ")
    assert "sm-ssh-widget plan --out plan.json" in told.error["next"]
    assert shell.run("journal", "--json").json["journals"] == []


def test_3_a_resume_of_what_was_undone(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    assert shell.run("apply", "plan.json", "--yes", *ADMIN).code == 0
    assert shell.run("undo", "last", "--yes", *ADMIN).code == 0
    before = shell.account.state()
    told = shell.run("apply", "--resume", "last", "--yes", *ADMIN, "--json")
    assert (told.code, told.error["code"]) == (3, "refused")
    assert told.error["said"].startswith("5 of 5 changes of this run were undone.")
    assert told.error["next"] == "Create a new plan: sm-ssh-widget plan --out FILE"
    assert shell.account.state() == before


def test_3_a_resume_of_what_was_undone_in_part(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    assert shell.run("apply", "plan.json", "--yes", *ADMIN).code == 0
    shell.account.set_faults([{"kind": "deny-by-scp", "operation": "iam:DetachRolePolicy"}])
    assert shell.run("undo", "last", "--yes", *ADMIN).code == 9
    shell.account.set_faults([])
    told = shell.run("apply", "--resume", "last", "--yes", *ADMIN, "--json")
    assert (told.code, told.error["code"]) == (3, "refused")
    assert "1 of 5 changes of this run were undone" in told.error["said"]
    assert told.error["next"].startswith("Undo the rest: sm-ssh-widget undo /")


def test_4_unknown_comes_before_missing(terminal: Open) -> None:
    told = terminal().run("check", "--json")
    assert told.code == 4
    statuses = {finding["status"] for finding in told.json["findings"]}
    assert {"missing", "unknown"} <= statuses


def test_plan_apply_undo_and_the_shapes_of_their_objects(terminal: Open) -> None:
    shell = terminal()
    before = shell.account.state()
    plan = json.loads(shell.planned().read_text())
    assert {"schema", "target", "baseline", "options", "changes", "refused", "kept", "digest"} <= set(plan)
    assert all(set(change) == CHANGE for change in plan["changes"])

    applied = shell.run("apply", "plan.json", "--yes", *ADMIN, "--json")
    assert applied.code == 0
    journal = check_journal(applied)
    assert journal["complete"] is True
    assert journal["digest"] == plan["digest"]
    assert {step["status"] for step in journal["steps"]} == {"done"}

    again = shell.run("plan", *ADMIN, "--json")
    assert (again.code, again.json["changes"]) == (0, [])

    verified = shell.run("verify", "--proof", *ADMIN, "--json")
    assert verified.code == 0, verified.json["readiness"]
    assert verified.json["proof"]["status"] == "proved"

    listed = shell.run("journal", "--json")
    assert [item["journal"] for item in listed.json["journals"]] == [journal["journal"]]

    undone = shell.run("undo", "last", "--yes", *ADMIN, "--json")
    assert undone.code == 0
    assert {step["status"] for step in check_journal(undone)["steps"]} == {"undone"}
    assert shell.account.state() == before


def test_verify_says_that_no_proof_was_asked_for(terminal: Open) -> None:
    told = terminal("everything-done").run("verify", *ADMIN, "--json")
    assert (told.code, told.json["proof"]["status"]) == (0, "not-asked")


def test_4_a_proof_that_is_not_available(terminal: Open) -> None:
    told = terminal("everything-done").run("verify", "--proof", *ADMIN, "--json", AWS_PROFILE="read-only")
    assert (told.code, told.json["proof"]["status"]) == (4, "not-available")


def test_5_drifted_and_nothing_written(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    role = next(r for r in shell.account.state()["RoleDetailList"] if "ExecutionRole" in r["RoleName"])
    iam = shell.account.session("admin").client("iam")
    iam.update_assume_role_policy(
        RoleName=role["RoleName"], PolicyDocument=role["AssumeRolePolicyDocument"].replace("{", "{ ", 1)
    )
    for policy in ("AmazonSSMManagedInstanceCore", "CloudWatchLogsFullAccess"):
        iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    before = shell.account.state()
    told = shell.run("apply", "plan.json", "--yes", *ADMIN, "--json")
    assert told.code == 5
    assert told.error["code"] == "drifted"
    drifted = [step["id"] for step in told.json["steps"] if step["status"] == "drifted"]
    assert len(drifted) > 1
    assert told.error["said"] == (
        f"{', '.join(drifted)}: Changed since the plan was created. Nothing was written to it."
    )
    assert "sm-ssh-widget plan" in told.error["next"]
    assert shell.account.state() == before


def test_5_a_plan_whose_apply_was_cut_short_leads_to_its_journal(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    shell.account.set_faults([refusal("ssm:UpdateServiceSetting")])
    cut = shell.run("apply", "plan.json", "--yes", *ADMIN, "--json")
    assert cut.code == 9
    told = shell.run("apply", "plan.json", "--yes", *ADMIN, "--json")
    resume = f"sm-ssh-widget apply --resume {cut.json['journal']} --sign-in profile:admin"
    assert told.code == 5
    assert told.error["next"].endswith(resume)
    read = shell.run("apply", "plan.json", "--yes", *ADMIN).err
    assert "".join(resume.split()) in "".join(read.split())


def test_5_an_undo_that_drifted_is_left_to_the_hand(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    assert shell.run("apply", "plan.json", "--yes", *ADMIN, "--json").code == 0
    role = next(r for r in shell.account.state()["RoleDetailList"] if "ExecutionRole" in r["RoleName"])
    trust = role["AssumeRolePolicyDocument"].replace("{", "{ ", 1).replace("2012-10-17", "2008-10-17")
    iam = shell.account.session("admin").client("iam")
    iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trust)
    told = shell.run("undo", "last", "--yes", *ADMIN, "--json")
    assert (told.code, told.error["code"]) == (5, "drifted")
    assert told.error["next"] == "Review what changed. Edit it in the console, or leave it unchanged."


def test_6_a_plan_edited_by_hand(terminal: Open) -> None:
    shell = terminal()
    path = shell.planned()
    path.write_text(path.read_text().replace('"kept": 1', '"kept": 2'))
    told = shell.run("apply", "plan.json", "--yes", *ADMIN, "--json")
    assert (told.code, told.error["code"]) == (6, "invalid")


@pytest.mark.parametrize("verb", [("undo",), ("apply", "--resume")], ids=" ".join)
def test_6_a_journal_cut_short(terminal: Open, verb: tuple[str, ...]) -> None:
    shell = terminal()
    (shell.home / "cut.json").write_text('{"schema": "sm-ssh-widget/journal/1", "pl')
    told = shell.run(*verb, "cut.json", "--yes", *ADMIN, "--json")
    assert (told.code, told.error["code"]) == (6, "invalid")


def test_7_a_profile_that_is_not_there(terminal: Open) -> None:
    told = terminal().run("check", "--sign-in", "profile:nobody", "--json")
    assert (told.code, told.error["code"]) == (7, "sign-in")


def test_8_aws_is_not_there(terminal: Open) -> None:
    shell = terminal()
    config = shell.home / "config"
    config.write_text("[profile execution-role]\nregion = eu-west-1\n")
    gone = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_CONFIG_FILE": str(config)}
    told = shell.run("check", "--sign-in", "chain", "--json", **gone)
    assert (told.code, told.error["code"]) == (8, "unreachable")


def test_3_who_signs_in_cannot_make_the_calls_of_the_plan(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    before = shell.account.state()
    told = shell.run("apply", "plan.json", "--yes", "--sign-in", "profile:read-only", "--json")
    assert (told.code, told.error["code"]) == (3, "refused")
    assert "iam:UpdateAssumeRolePolicy (no policy allows it)" in told.error["said"]
    assert "Nothing was written" in told.error["said"]
    assert shell.account.state() == before
    assert not list((shell.home / "journals").glob("*.json"))


def test_8_aws_refused_the_first_write(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    before = shell.account.state()
    shell.account.set_faults([refusal("iam:UpdateAssumeRolePolicy")])
    told = shell.run("apply", "plan.json", "--yes", *ADMIN, "--json")
    shell.account.set_faults([])
    assert (told.code, told.error["code"]) == (8, "aws-refused")
    assert "iam:UpdateAssumeRolePolicy" in told.error["said"]
    assert "service control policy" in told.error["said"]
    assert told.error["next"].startswith("sm-ssh-widget apply --resume")
    assert shell.account.state() == before
    undone = shell.run("undo", "last", "--yes", *ADMIN)
    assert (undone.code, "Nothing to undo" in undone.out, "0 of" in undone.out) == (0, True, False)


def test_whoever_may_not_read_is_led_to_another_sign_in(terminal: Open) -> None:
    told = terminal().run("check", "--sign-in", "profile:user")
    assert told.code == 4
    assert "sm-ssh-widget check --sign-in profile:NAME" in told.out
    assert "to sign in to read the rest" in told.out


def test_9_partly_applied_then_resumed(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    shell.account.set_faults([refusal("ssm:UpdateServiceSetting")])
    stopped = shell.run("apply", "plan.json", "--yes", *ADMIN)
    assert stopped.code == 9
    assert "service control policy" in stopped.err
    resume = next(line for line in stopped.err.splitlines() if "--resume" in line)
    shell.account.set_faults([])
    resumed = shell.run("apply", "--resume", "last", "--yes", *ADMIN, "--json")
    assert resumed.code == 0
    journal = check_journal(resumed)
    assert journal["complete"] is True
    assert "apply --resume" in resume


def test_9_is_told_as_a_journal_with_its_error(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    shell.account.set_faults([refusal("ssm:UpdateServiceSetting")])
    told = shell.run("apply", "plan.json", "--yes", *ADMIN, "--json")
    assert told.code == 9
    assert told.error["code"] == "partly-applied"
    assert check_journal(told)["complete"] is False


def test_what_was_partly_applied_is_undone_whole(terminal: Open) -> None:
    shell = terminal()
    before = shell.account.state()
    shell.planned()
    shell.account.set_faults([refusal("ssm:UpdateServiceSetting")])
    assert shell.run("apply", "plan.json", "--yes", *ADMIN, "--json").code == 9
    undone = shell.run("undo", "last", "--yes", *ADMIN, "--json")
    assert undone.code == 0, undone
    assert check_journal(undone)["complete"] is True
    assert shell.account.state() == before


@pytest.mark.parametrize(
    ("operation", "exit_code", "code"),
    [
        ("ssm:ResetServiceSetting", 8, "aws-refused"),  # the first that is taken back
        ("iam:DetachRolePolicy", 9, "partly-applied"),
        ("iam:UpdateAssumeRolePolicy", 9, "partly-applied"),  # the last one
    ],
)
def test_an_undo_is_refused_or_cut_short(operation: str, exit_code: int, code: str, terminal: Open) -> None:
    shell = terminal()
    before = shell.account.state()
    shell.planned()
    assert shell.run("apply", "plan.json", "--yes", *ADMIN, "--json").code == 0
    after = shell.account.state()
    shell.account.set_faults([{"kind": "deny-by-scp", "operation": operation}])
    told = shell.run("undo", "last", "--yes", *ADMIN, "--json")
    assert (told.code, told.error["code"]) == (exit_code, code)
    assert (shell.account.state() == after) == (exit_code == 8)
    shell.account.set_faults([])
    assert shell.run("undo", "last", "--yes", *ADMIN, "--json").code == 0
    assert shell.account.state() == before


def test_130_ctrl_c_leaves_a_journal_to_resume(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    shell.account.set_state({**shell.account.state(), "TierPendingSeconds": 600})
    running = shell.start("apply", "plan.json", "--yes", *ADMIN, "--json")
    assert running.stderr is not None
    for line in running.stderr:
        if "waiting-for-aws" in line:
            break
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Traceback" not in err
    told = Told(running.returncode, out, err)
    assert told.error["code"] == "stopped"
    assert "apply --resume" in told.error["next"]
    assert "waiting-for-aws" in {step["status"] for step in check_journal(told)["steps"]}


def test_without_a_terminal_nothing_is_written_unasked(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    before = shell.account.state()
    told = shell.run("apply", "plan.json", *ADMIN, "--json")
    assert told.code == 2
    assert "--yes" in told.error["next"]
    assert shell.account.state() == before


def test_a_plan_for_another_role_than_the_one_named(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    told = shell.run("apply", "plan.json", "--yes", "--region", "us-east-1", *ADMIN, "--json")
    assert told.code == 2
    assert "--region us-east-1" in told.error["said"]


def test_the_plans_own_steps_and_options_may_be_named_again(terminal: Open) -> None:
    shell = terminal()
    chosen = ("--step", "trust.ssm", "--option", "hardened-trust")
    shell.planned(*chosen)
    assert shell.run("export", "plan.json", "--format", "ticket", *chosen).code == 0
    assert shell.run("apply", "plan.json", "--yes", *ADMIN, *chosen).code == 0
    assert shell.run("undo", "last", "--yes", *ADMIN, *chosen).code == 0


def test_a_plan_that_is_withheld_says_why_in_its_caveats(terminal: Open) -> None:
    told = terminal("boundary-blocks").run("plan", "--only-if-ready", "--out", "plan.json", *ADMIN, "--json")
    assert told.code == 3
    assert told.json["ready_afterwards"] is False
    (outlook,) = [each for each in told.json["caveats"] if each.startswith("This plan does not make the role ready: ")]
    assert "role.managed-instance-core" in outlook
