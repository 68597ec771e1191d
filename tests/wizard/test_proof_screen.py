"""The Proof screen, from a report alone: what the person who connects can take along."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from sm_ssh_widget.export import doctor_command, lifecycle_script
from sm_ssh_widget.pipeline import Report, Selection
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.wizard.screens.proof import proof
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import to_json
from tests.support.observations import USER, identity, observation
from tests.wizard.conftest import walk

ALICE = PrincipalArn.parse("arn:aws:iam::123456789012:user/alice")
NOW = datetime(2026, 11, 29, tzinfo=timezone.utc)


@pytest.mark.parametrize(("person", "owner"), [(ALICE, "AIDAALICE"), (USER, "")], ids=["certain", "not known whole"])
def test_the_doctor_and_the_script_have_the_ssh_owner_where_it_is_certain(person: PrincipalArn, owner: str) -> None:
    seen, selection = observation(user=identity(person, unique_id="AIDAALICE")), Selection()
    view = proof(WizardState(verified=Report(selection, seen, assess(selection, seen))), NOW)
    code = {block["label"]: block for block in walk(to_json(view)) if block.get("kind") == "code"}
    assert doctor_command(seen.target.region, owner=owner) + "  #" in code["On the laptop"]["text"]
    script = code.get("Lifecycle configuration for JupyterLab")
    assert (script["text"] if script else "") == (lifecycle_script(owner) if owner else "")


def test_the_owner_row_names_no_option_of_the_command_line() -> None:
    seen, selection = observation(), Selection()
    view = proof(WizardState(verified=Report(selection, seen, assess(selection, seen))), NOW)
    (row,) = [each for each in walk(to_json(view)) if each.get("id") == "owner"]
    assert "Not known until the person who connects is specified." in row["fact"]
    said = " ".join(str(row.get(name, "")) for name in ("fact", "consequence", "remedy"))
    assert "--" not in re.sub("`[^`]*`", "", said)
