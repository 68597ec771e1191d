"""The workflow files: they do what the project does here, and only the job that publishes may act for the project."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.release.materials import ROOT

FOLDER = ROOT / ".github" / "workflows"
NAMES = ("build", "release", "test")


def workflow(name: str) -> dict[str, Any]:
    found: dict[Any, Any] = yaml.safe_load((FOLDER / f"{name}.yml").read_text())
    return {**found, "on": found.get("on", found.get(True))}  # YAML 1.1 reads the key `on` as true


def commands(name: str) -> list[str]:
    jobs = workflow(name)["jobs"].values()
    return [step["run"] for job in jobs for step in job.get("steps", ()) if "run" in step]


def test_these_are_all() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yml")) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_may_read_and_nothing_else(name: str) -> None:
    found = workflow(name)
    assert found["permissions"] == {"contents": "read"}
    allowed = {job: made["permissions"] for job, made in found["jobs"].items() if "permissions" in made}
    expected = {"publish": {"id-token": "write", "attestations": "write"}} if name == "release" else {}
    assert allowed == expected


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_used_and_no_untrusted_text_reaches_a_shell(name: str) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert not [command for command in commands(name) if "${{" in command]
    jobs = workflow(name)["jobs"].values()
    checkouts = [step for job in jobs for step in job.get("steps", ()) if "checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_supported_python_is_tested() -> None:
    matrix = workflow("test")["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert sorted(matrix) == sorted(path.stem.removeprefix("lock-test-") for path in (ROOT / ".ci").glob("lock-test-*"))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_workflow_runs_is_there(name: str) -> None:
    text = "\n".join(commands(name))
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets
    assert set(re.findall(r"^make (\S+)", text, re.MULTILINE)) <= set(targets[1].split())
    modules = re.findall(r"python -m (tests\.[a-z_.]+)", text)
    assert all((ROOT / Path(*module.split("."))).with_suffix(".py").exists() for module in modules)
    files = re.findall(r"(\.ci/\S+\.txt|labextension/\S+\.py)", text)
    assert all((ROOT / file).exists() for file in files)


def test_nothing_is_published_that_was_not_tested_and_built() -> None:
    release = workflow("release")
    assert release["on"] == {"push": {"tags": ["v*"]}}
    jobs = release["jobs"]
    assert jobs["publish"]["needs"] == ["test", "build"]
    assert jobs["publish"]["environment"] == "pypi"
    assert {jobs[name]["needs"] for name in ("test", "build")} == {"ready"}
    for name in ("test", "build"):
        assert jobs[name]["uses"] == f"./.github/workflows/{name}.yml"
        assert "workflow_call" in workflow(name)["on"]
    used = [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]]
    assert used == ["actions/download-artifact", "actions/attest-build-provenance", "pypa/gh-action-pypi-publish"]
