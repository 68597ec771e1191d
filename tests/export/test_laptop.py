"""The command that checks a laptop: read back by the command itself."""

from __future__ import annotations

import shlex

from sm_ssh_widget.doctor.observed import Expected
from sm_ssh_widget.export.laptop import doctor_command


def test_it_holds_what_is_known() -> None:
    assert doctor_command("eu-west-1") == "sm-ssh-widget doctor --region eu-west-1"
    command = doctor_command("eu-west-1", user="arn:aws:iam::111122223333:role/team/Ann", owner="AROAX:ann's")
    words = shlex.split(command)
    assert words[:2] == ["sm-ssh-widget", "doctor"]
    given = dict(zip(words[2::2], words[3::2], strict=True))
    assert given["--owner"] == "AROAX:ann's"
    assert Expected.of(given["--region"], given["--user"], given["--owner"], None).region == "eu-west-1"
