"""Write down what this version adds and the journals that it leaves, for the versions that come after it.

Run it once, before a version is released, and commit what it writes; from then on the files of that version never
change: ``python -m tests.flows.released.write VERSION``. The account is simulated.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from sm_ssh_widget import pipeline, schemas
from sm_ssh_widget.changes import additions
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import admin_of, checked

HERE = Path(__file__).parent
SETS = Path(str(documents.__file__)).parent / "released"
SCHEMAS = HERE.parents[1] / "schemas" / "released"
SCENARIO = "iam-user-with-groups"
OPTIONS = ("hardened-trust", "owner-guard", "host-management", "instance-check", "as-documented")
SMALL_OPTIONS = ("default-host-management", "remove-leftovers")
"""The changes that no run of :data:`OPTIONS` makes: they take the place of others, or remove something."""
OF_CDK = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": [f"{name}.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
        for name in ("sagemaker", "codebuild", "ssm")
    ],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Theirs",
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def main(version: str) -> None:
    """Write the set and the journals of ``version``."""
    _write(SETS / f"{version}.json", additions.current().to_json())
    for baseline in BASELINES:
        _write(HERE / version / f"{baseline}.json", applied(baseline))
    _write(HERE / version / "small-ways.json", applied("classic", SMALL_OPTIONS, OF_CDK))
    keep_schemas(version)


def keep_schemas(version: str) -> None:
    """Write the schemas of ``version``, with which those of later versions have to be compatible."""
    for name in schemas.NUMBERS:
        _write(SCHEMAS / version / f"{name}-{schemas.NUMBERS[name]}.json", schemas.schema(name))


def applied(baseline: str, options: tuple[str, ...] = OPTIONS, trust: dict[str, Any] = TRUST) -> dict[str, Any]:
    """A run with every change of a baseline: its journal, and the account before and after it."""
    with SimulatedAccount(SCENARIO) as account, tempfile.TemporaryDirectory() as place:
        os.environ["SM_SSH_WIDGET_METADATA"] = str(account.directory / "metadata.json")
        account.world.state.conditions.update({"QuickSetupSeconds": 0.05, "InstanceSeconds": 0.05})
        role = account.scenario.metadata["ExecutionRoleArn"].rpartition("/")[2]
        iam = account.session("admin").client("iam")
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
        before = account.state()
        plan = pipeline.plan(checked(account, baseline=baseline, options=options))
        journal = pipeline.apply(plan, admin_of(account), place)
        if not journal.complete:
            raise RuntimeError(str(journal.to_json()))
        record = json.loads(Path(journal.path).read_text())
        return {"journal": record | {"endpoint": "http://127.0.0.1"}, "before": before, "after": account.state()}


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
