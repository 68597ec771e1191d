"""A day with the simulated account: the set-up by the product's own command line, then every step of the client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.real_client import steps
from tests.real_client.agent import registered
from tests.real_client.client import Client, Outcome
from tests.real_client.steps import STEPS, Step
from tests.simulator.emulated_agent import EmulatedAgent

PRODUCT = Path(sys.executable).with_name("sm-ssh-widget")
ROLE = "AmazonSageMaker-ExecutionRole-20240101T000000"
USER = "arn:aws:iam::123456789012:role/DataScientist"
BARE = {
    "extends": "fresh-studio-role",
    "title": "Bare role and user",
    "state": {
        "RoleDetailList": [{"RoleName": name, "AttachedManagedPolicies": None} for name in (ROLE, "DataScientist")]
    },
}
"""Neither the execution role nor the user has any policy: only what the set-up writes speaks."""
UNKNOWN = "mi-00000000000000000"
BUCKET = "sagemaker-eu-west-1-123456789012"


@dataclass
class Day:
    """A running account and the client that uses it."""

    client: Client
    results: dict[str, Outcome] = field(default_factory=dict)
    node: str = ""
    owner: str = ""
    command: str = "00000000-0000-4000-8000-000000000000"

    def set_up(self, baseline: str) -> None:
        """Plan and apply a baseline as the admin. Raises where the product ends with an error."""
        plan = self.client.home / f"{baseline}.json"
        plan.unlink(missing_ok=True)
        self._product("plan", "--user", USER, "--baseline", baseline, "--out", str(plan))
        self._product("apply", str(plan), "--yes")

    def findings(self, baseline: str) -> dict[str, str]:
        """What ``check`` says of each requirement: its id → its status."""
        return {each["id"]: each["status"] for each in self._checked(baseline)["findings"]}

    def caveats(self, baseline: str) -> str:
        """What ``check`` says that the baseline does not grant, and what else limits it."""
        return "\n".join(self._checked(baseline)["caveats"])

    def _checked(self, baseline: str) -> dict[str, Any]:
        found = self._product("check", "--user", USER, "--baseline", baseline, "--json", allowed=range(10))
        checked: dict[str, Any] = json.loads(found)
        return checked

    def live(self) -> dict[str, Outcome]:
        """Every step, in order."""
        self.owner = self._owner()
        python = [step for step in STEPS if step.place == "python"]
        for step in STEPS:
            if step.place == "python" and step is python[0]:
                self._in_python(python)
            elif step.place == "agent":
                self.results[step.name] = self._agent()
            elif step.place == "shell":
                self.results[step.name] = self._in_shell(step)
        return self.results

    def again(self, names: tuple[str, ...]) -> dict[str, Outcome]:
        """Some steps of the shell once more, with another AWS CLI, and with the agent that they register."""
        found = {}
        for step in STEPS:
            if step.place == "agent":
                assert self._agent().ok
            elif step.name in names:
                found[step.name] = self._in_shell(step)
        return found

    def _in_python(self, several: list[Step]) -> None:
        role = f"arn:aws:iam::123456789012:role/service-role/{ROLE}"
        found = self.client.run_inside("user", [step.command[0] for step in several], NODE=self.node, ROLE_ARN=role)
        self.results |= {step.name: found[step.command[0]] for step in several}

    def _in_shell(self, step: Step) -> Outcome:
        names = self._names()
        words = [word.format_map(names) for word in step.command]
        more = {"SSH_SSM_ROLE": f"service-role/{ROLE}", "SSH_OWNER_TAG": self.owner}
        with self._polling():
            found = self.client.run(step.identity, words, **more)
        if step.name == "sm-init-ssm" and found.ok:
            self.node = registered(self.client.kept).node
        if "send-command" in step.command and found.ok:
            self.command = json.loads(found.said)["Command"]["CommandId"]
        return found

    def _names(self) -> Mapping[str, str]:
        key = (
            self.client.home / ".ssh" / "sagemaker-ssh-gw"
        )  # there already: the script then waits for what it pipes in
        if not key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(key)], check=True)
        session = self.client.plugin_session() or "jane-00000000000000000"
        return {
            "node": self.node or UNKNOWN,
            "bucket": BUCKET,
            "key": str(key),
            "command": self.command,
            "session": session,
        }

    def _agent(self) -> Outcome:
        if not self.node:
            return Outcome(False, steps.NO_NODE)
        agent = registered(self.client.kept)
        for what in ("UpdateInstanceInformation", "ListInstanceAssociations", "CreateControlChannel", "GetMessages"):
            reply = agent.fetch_role() if agent.role is None else None
            reply = agent.send(what) if reply is None or reply.status == 200 else reply
            if reply.status not in (200, 201):
                return Outcome(False, f"{what}: {reply.body}")
        return Outcome(True, "")

    @contextmanager
    def _polling(self) -> Iterator[None]:
        """Let the agent fetch and answer its messages meanwhile."""
        if not self.node:
            yield
            return
        agent, ended = registered(self.client.kept), threading.Event()
        agent.fetch_role()
        worker = threading.Thread(target=_poll, args=(agent, ended))
        worker.start()
        try:
            yield
        finally:
            ended.set()
            worker.join()

    def _owner(self) -> str:
        found = self.client.run("user", ["aws", "sts", "get-caller-identity", "--query", "UserId", "--output", "text"])
        return found.said if found.ok else ""

    def _product(self, verb: str, *words: str, allowed: Any = (0,)) -> str:
        command = [str(PRODUCT), verb, *words, "--sign-in", "profile:admin"]
        environment = self.client.environment_of("admin", {"PYTHONPATH": ""})
        environment["XDG_STATE_HOME"] = str(self.client.home / "state")
        found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        if found.returncode not in allowed:
            raise AssertionError(f"{verb} ended with {found.returncode}: {found.stdout[-2000:]}{found.stderr[-2000:]}")
        return found.stdout


def _poll(agent: EmulatedAgent, ended: threading.Event) -> None:
    while not ended.wait(0.2):
        agent.work()
    agent.work()


@contextmanager
def simulated(place: Path, bin: Path) -> Iterator[Day]:
    """A bare account, as ``sm-ssh-widget simulate`` runs it, with a client that has its environment."""
    scenario = place / "bare.json"
    scenario.write_text(json.dumps(BARE), "utf-8")
    words = [str(PRODUCT), "simulate", "--port", "0", "--dir", str(place / "account"), "--scenario", str(scenario)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SM_SSH_WIDGET_"))}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=clean) as running:
        assert running.stdout is not None
        try:
            environment = _exported(running.stdout)
            yield Day(Client(place / "home", bin, environment))
        finally:
            running.terminate()


def _exported(lines: Any) -> dict[str, str]:
    """The ``export`` lines up to the last of them. The variables are known to come together."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.strip().removeprefix("export ").partition("=")
        if line.startswith("export "):
            found[name] = value
        if name == "SM_SSH_WIDGET_METADATA":
            break
    return found
