"""The formats of an audit: each by its own name."""

from __future__ import annotations

import json

from sm_ssh_widget.export.fleet_formats import AUDIT_FORMATS
from tests.fleet.audits import MET, audit


def test_each_format_gives_what_its_name_says() -> None:
    found = audit({"a": {"trust.ssm": MET}})
    begins = {name: render(found).lstrip("\ufeff")[:9] for name, render in AUDIT_FORMATS.items()}
    assert list(begins) == ["csv", "html", "junit", "ocsf"]
    assert begins["html"] == "<!doctype"
    assert begins["junit"].startswith("<?xml")
    assert begins["csv"].startswith("account")
    findings = [json.loads(line) for line in AUDIT_FORMATS["ocsf"](found).splitlines()]
    assert [each["resources"][0]["type"] for each in findings] == ["AWS::IAM::Role", "AWS::::Account"]
    assert all(each["metadata"] for each in findings)
