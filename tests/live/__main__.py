"""Check the program on a real AWS account, with a role that is made for it and deleted again.

It asks before it writes, and says what it calls. Never run by CI. See docs/live.md.

Usage: python -m tests.live --region REGION [--profile NAME] [--tier] [--consent ACCOUNT] [--out FILE] [--endpoint URL]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sm_ssh_widget.export.permission_grants import ALWAYS, Grant, apply_grants, check_grants
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.catalogue import TIER_SETTING
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.live.recording import differences
from tests.live.report import live_report
from tests.live.story import Place, Story, tell
from tests.live.throwaway import PATH, PREFIX

OF_THE_ROLE = ("iam:CreateRole", "iam:DeleteRole", "sts:AssumeRole", "ssm:CreateActivation")
"""The role itself, and the call of the proof, which the role makes."""
OTHER_READS = ("iam:GetInstanceProfile", "iam:GetUser", "pricing:GetProducts", "sts:GetCallerIdentity")
NOT_DONE, FAILED = 2, 1
HOW = "No terminal asked. To agree without one: --consent with the account's ID."


def announcement(account: str, arn: str, region: str, *, tier: bool) -> str:
    """Return what is going to happen: where, which calls, at what cost."""
    grants = [
        each for each in (*check_grants(), *apply_grants()) if each.needed == ALWAYS and (tier or not _of_tier(each))
    ]
    calls = sorted({*OF_THE_ROLE, *OTHER_READS, *(action for grant in grants for action in grant.actions)})
    cost = (
        "The instance tier changes for the whole Region, and back: hybrid nodes are billed meanwhile."
        if tier
        else "none"
    )
    lines = (
        f"Account {account}, Region {region}, as {arn}",
        f"A role {PATH}{PREFIX}… is created, set up, proved by one hybrid activation, undone and deleted.",
        "Nothing else in the account is written. These calls are made:",
        *(f"  {call}" for call in calls),
        f"Cost: {cost}",
    )
    return "\n".join(lines)


def _of_tier(grant: Grant) -> bool:
    return any(TIER_SETTING in resource for resource in grant.resources)


def consents(account: str, given: str | None) -> bool:
    """Whether the volunteer agrees: the account's ID, as an argument or typed."""
    if given is None and sys.stdin.isatty():
        given = input("To go on, type the account's ID: ")
    return (given or "").strip() == account


def simulated(*, tier: bool) -> Story:
    """Tell the same story in the simulated account, for comparison."""
    with SimulatedAccount("fresh-studio-role") as account:
        return tell(Place(account.session("admin"), account.region, account.url), tier=tier)


def main(arguments: Sequence[str]) -> int:
    """Run it; exit code 0 done, 1 a step failed or something was left, 2 not agreed or no access."""
    given = _parser().parse_args(arguments)
    place = Place(boto3.Session(profile_name=given.profile), given.region, given.endpoint)
    try:
        caller = place.client("sts").get_caller_identity()
        print(announcement(caller["Account"], caller["Arn"], given.region, tier=given.tier))
        if not consents(caller["Account"], given.consent):
            print("Not agreed: nothing was written.", *([] if sys.stdin.isatty() else [HOW]))
            return NOT_DONE
        story = tell(place, tier=given.tier)
    except (Problem, ClientError, BotoCoreError) as error:
        print(f"Stopped: {error}")
        return NOT_DONE
    found = differences(story.recording, simulated(tier=given.tier).recording)
    report = live_report(story, found, given.region, given.endpoint)
    Path(given.out).write_text(json.dumps(report, indent=1) + "\n")
    for step in story.steps:
        print(f"{'✔' if step.ok else '✖'} {step.name} ({step.seconds} s): {step.said}")
    print(*story.left or ["The role was deleted; nothing was left."], sep="\n")
    print(f"{len(found)} differences from the simulated account. The report, without names and IDs: {given.out}")
    return FAILED if story.left or not all(step.ok for step in story.steps) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.live", description="Check the program on a real AWS account.")
    parser.add_argument("--region", required=True)
    parser.add_argument("--profile", help="profile of the AWS CLI; by default the credential chain")
    parser.add_argument("--tier", action="store_true", help="also change the instance tier of the Region, and back")
    parser.add_argument("--consent", metavar="ACCOUNT", help="the account's ID: agree without being asked")
    parser.add_argument("--out", default="live-report.json", help="file of the report")
    parser.add_argument("--endpoint", metavar="URL", help="another endpoint than AWS's, to try this check itself")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
