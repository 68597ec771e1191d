"""The bad inputs of the command line, through the wizard as it stands on AWS: the same end, told in three parts.

What was typed is still there, and when the world is whole again, the same wizard goes on. Left to the command line:
what only it takes (files of plans, output files, options). Of the cases of one command, group and error code, the first
runs in ``make test`` and the others in ``make deep``; the command line's own tests always run all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.cli.report_result import report_code
from sm_ssh_widget.problem import Code
from sm_ssh_widget.wizard.widget import SetupWizard
from tests.bad_inputs import Case, cases
from tests.bad_inputs.edits import edited_state
from tests.bad_inputs.world import Prepared, Worlds
from tests.support.full_disk import full_disk
from tests.wizard.conftest import Driver, Open, walk

TYPED = {"--role": "role", "--region": "region", "--user": "user"}
WAYS = {"profile": "profile", "keys-stdin": "keys", "assume-role": "assume-role", "chain": "profile"}
OWN_WORDS = ("signing in with nothing for keys", "signing in with MFA and no code")
"""Where the form knows before anybody is asked, in words of its own."""

Begin = Callable[[Case], "Person"]


def typed(words: Sequence[str]) -> dict[str, str]:
    """What is named on the command line, by the fields of the first screen."""
    return {TYPED[option]: text for option, text in pairwise(words) if option in TYPED}


def of(*verbs: str) -> list[Case]:
    """The cases of some verbs that are about more than the command line's own arguments."""
    return [case for case in cases() if case.group != "arguments" and case.argv[:1] and case.argv[0] in verbs]


def planned_here(case: Case) -> bool:
    """Whether the plan of a case is one that the wizard could have made itself."""
    given = case.files.get("plan.json")
    return isinstance(given, Mapping) and given.get("from") == "plan" and not given.get("edits")


def one_of_a_kind(found: Sequence[Case]) -> list[object]:
    """The cases as parameters: the second and later ones of a kind are marked as deep."""
    seen: set[tuple[object, ...]] = set()
    made: list[object] = []
    for case in found:
        kind = (case.argv[0], case.group, case.error.get("code"))
        made.append(pytest.param(case, id=case.id, marks=pytest.mark.deep if kind in seen else ()))
        seen.add(kind)
    return made


LOOKS = [case for case in of("check", "plan") if "--out" not in case.argv]
APPLIES = [case for case in of("apply") if planned_here(case) and "--journal-dir" not in case.argv]
UNDOES = [case for case in of("undo") if case.begin == "applied" and case.error["code"] != "invalid"]
JOURNALS = [case for case in of("undo") if "j.json" in case.files and case.error["code"] == "invalid"]


class Person:
    """Somebody who does in a wizard what a case does on the command line."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared, self.case = prepared, prepared.case
        self.wizard = Driver(prepared.account, prepared.journals, wizard=SetupWizard())
        words = prepared.argv
        self.typed = typed(words)
        self.way = words[words.index("--sign-in") + 1] if "--sign-in" in words else ""

    def look(self) -> None:
        """Check, as who the case signs in as."""
        self.wizard.settle()
        for name, text in self.typed.items():
            self.wizard.type(name, text)
        self.wizard.press("check").settle()
        if self.way:
            self.sign_in()
        if self.way and self.wizard.state.face and not self.wizard.state.failed:
            self.wizard.press("go:health").press("check").settle()

    def sign_in(self) -> None:
        """Sign in wherever the screen offers it; if it does not, the problem that is shown comes before that."""
        for button in ("sign-in-to-see", "make-plan", "continue"):
            if self.wizard.screen != "permission" and button in self.buttons():
                self.wizard.press(button)
        if self.wizard.screen == "permission":
            self.enter()

    def enter(self) -> None:
        """Fill in the way, and sign in."""
        way, _, rest = self.way.partition(":")
        self.wizard.choose("way", WAYS[way])
        secrets = {"export-block": self.case.stdin} if way == "keys-stdin" else {}
        if way == "assume-role":
            role, *more = rest.split(",")
            given = dict(each.split("=", 1) for each in more)
            self.wizard.type("assume-role", role)
            self.wizard.type("mfa-serial", given.get("mfa", "")).type("external-id", given.get("external-id", ""))
            secrets = {"mfa-code": self.case.stdin.strip()}
        else:
            self.wizard.type("profile", rest)
        self.wizard.secret("sign-in", **{name.replace("-", "_"): text for name, text in secrets.items()}).settle()

    def plan(self) -> None:
        """Make a plan, where there is something to plan."""
        if "make-plan" in self.buttons():
            self.wizard.press("make-plan")

    def buttons(self) -> set[str]:
        """What can be pressed."""
        shown = (each for each in walk(self.wizard.view) if "id" in each and "label" in each)
        return {each["id"] for each in shown if not each.get("unavailable")}

    def told(self) -> int:
        """What the command line's exit code would be for what is shown now."""
        state = self.wizard.state
        if state.failed:
            self.three_parts()
            return Code(state.failed.code).exit_code
        if state.journal:
            outcome = pipeline.outcome(state.journal)
            return outcome.exit_code if outcome else 0
        if self.case.argv[0] == "plan":
            assert state.plan is not None
            return Code.REFUSED.exit_code if state.plan.required_refused else 0
        assert state.report is not None
        return report_code(state.report)

    def three_parts(self) -> None:
        """The one problem panel says where, what was said, and what to do, in words of the screen."""
        panel = self.wizard.problem()
        assert all(panel[part] for part in ("where", "said", "next"))
        assert not any(
            f" --{word}" in f" {panel['where']} {panel['next']}" for word in ("role", "region", "user", "sign")
        )
        wanted = self.prepared.filled(self.case.error)
        before = self.way and not self.wizard.state.face and not wanted.get("where", "").startswith("Sign-in")
        if wanted and wanted["where"] != "Not finished" and self.case.name not in OWN_WORDS and not before:
            assert wanted["said"] in panel["said"], panel

    def goes_on(self, heal: Callable[[], None]) -> None:
        """When the world is whole again, the same wizard checks, and what was typed still stands in its fields."""
        assert all(self.wizard.state.text(name) == text for name, text in self.typed.items())
        heal()
        self.wizard.press("go:who")
        for name in self.typed:
            self.wizard.type(name, "")
        self.wizard.press("check").settle()
        assert self.wizard.state.failed is None, self.wizard.problem()
        assert self.wizard.primary() in (
            "Make a plan",
            "Sign in to see the rest",
            "Sign in as another identity",
            "Use another role",
        )


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("worlds")) as made:
        yield made


@pytest.fixture
def begin(worlds: Worlds, tmp_path: Path) -> Iterator[Begin]:
    """Puts the world of a case in place, and opens a wizard in it."""
    environment, people = dict(os.environ), list[Person]()

    def begun(case: Case) -> Person:
        prepared = worlds.prepare(case, tmp_path)
        os.environ.clear()
        os.environ.update(prepared.environment)
        people.append(Person(prepared))
        return people[-1]

    yield begun
    for person in people:
        person.prepared.restore()
        person.wizard.press("stop").settle()
        person.wizard.wizard.close()
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture
def heal(worlds: Worlds, tmp_path: Path) -> Callable[[Case], Callable[[], None]]:
    """Makes the world of a case whole: no fault, the account as it was, and an environment that works."""

    def of_case(case: Case) -> Callable[[], None]:
        def healed() -> None:
            whole = Case(case.group, case.name, (), 0, scenario=case.scenario)
            home = tmp_path / "whole"
            home.mkdir()
            for name in case.env:
                os.environ.pop(name, None)
            prepared = worlds.prepare(whole, home)
            os.environ.clear()
            os.environ.update(prepared.environment)

        return healed

    return of_case


def test_every_kind_is_here() -> None:
    assert len(LOOKS) > 100
    assert len(APPLIES) > 10
    assert len(UNDOES) > 1
    assert len(JOURNALS) > 12


@pytest.mark.parametrize("case", one_of_a_kind(LOOKS))
def test_looking_ends_as_on_the_command_line(
    case: Case, begin: Begin, heal: Callable[[Case], Callable[[], None]]
) -> None:
    person = begin(case)
    person.look()
    if case.argv[0] == "plan":
        person.plan()
    assert person.told() == case.exit, person.wizard.view
    person.goes_on(heal(case))


@pytest.mark.parametrize("case", one_of_a_kind(APPLIES))
def test_applying_ends_as_on_the_command_line(case: Case, begin: Begin, worlds: Worlds) -> None:
    person = begin(replace(case, faults=(), state=()))
    person.look()
    person.plan()
    account, filled = person.prepared.account, person.prepared.filled
    person.wizard.choose("ticks", "ssm.tier").press("continue")
    account.set_state(edited_state(account.state(), filled(case.state)))
    account.set_faults(filled(list(case.faults)))
    with full_disk(case.limit):
        person.wizard.press("apply").settle()
    assert person.told() == case.exit, person.wizard.view
    if case.changes:
        account.set_faults([])
        assert person.buttons() & {"retry", "undo"}


@pytest.mark.parametrize("case", UNDOES, ids=lambda case: case.id)
def test_undoing_ends_as_on_the_command_line(case: Case, begin: Begin) -> None:
    person = begin(case)
    person.wizard.settle(lambda state: state.busy is None and bool(state.earlier)).press("undo-earlier")
    person.enter()
    person.wizard.settle()
    if "confirm-undo" in person.buttons():
        person.wizard.press("confirm-undo").settle()
    assert person.told() == case.exit, person.wizard.view


@pytest.mark.parametrize("case", one_of_a_kind(JOURNALS))
def test_a_journal_that_cannot_be_read_is_told_and_is_in_nobodys_way(case: Case, begin: Begin) -> None:
    person = begin(replace(case, files={f"journals/{name}": content for name, content in case.files.items()}))
    person.wizard.settle(lambda state: state.busy is None and bool(state.unread))
    rows = [row for rows in person.wizard.blocks("rows") for row in rows["rows"]]
    (row,) = [row for row in rows if row["title"] == "A journal cannot be read"]
    assert "j.json" in row["fact"]
    assert case.error["said"] in row["fact"]
    assert row["word"] == "Unknown"
    assert person.wizard.primary() == "Check this role"


def by_hand() -> list[Case]:
    """The cases of the command line that a person can type into the first screen, and that are refused."""
    plain = (case for case in cases() if case.argv[:1] == ("check",) and case.error and not case.files and not case.env)
    fields = (case for case in plain if typed(case.argv) and not case.state and not case.faults)
    return [case for case in fields if not any(value.isspace() for value in typed(case.argv).values())]


def filled(wizard: Driver, text: str) -> str:
    role = str(wizard.state.detection.target.role)  # type: ignore[union-attr]
    values = {"{account}": wizard.account.account, "{role_name}": role.rpartition("/")[2], "{role}": role}
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def test_what_the_command_line_refuses_is_told_on_the_screen_and_stays_typed(open_wizard: Open) -> None:
    wizard = open_wizard().signed_in().press("back")
    found = by_hand()
    assert len(found) > 20
    for case in found:
        given = {name: filled(wizard, text) for name, text in typed(case.argv).items()}
        for name in TYPED.values():
            wizard.type(name, given.get(name, ""))
        wizard.press("check").settle()
        panel = wizard.problem()
        assert all(panel[part] for part in ("where", "said", "next")), case.id
        assert "--" not in panel["where"] + panel["next"], (case.id, panel)
        assert wizard.state.failed is not None
        assert wizard.state.failed.code == case.error["code"], (case.id, panel)
        wizard.press("go:who")
        for name, text in given.items():
            assert wizard.state.text(name) == text, case.id
    for name in TYPED.values():
        wizard.type(name, "")
    wizard.press("check").settle()
    assert wizard.primary() == "Make a plan"


def test_the_root_user_and_an_admin_are_accepted_with_their_notes(open_wizard: Open) -> None:
    wizard = open_wizard().signed_in().press("back")
    for user, note in (("root", "Connect as a role or IAM user."), ("user/admin", "for testing only")):
        wizard.type("user", f"arn:aws:iam::{wizard.account.account}:{user}").press("check").settle()
        (row,) = [each for block in wizard.blocks("rows") for each in block["rows"] if each["id"] == "user.permissions"]
        assert note in row["remedy"]
        wizard.press("go:who")


def test_who_connects_from_studio_is_the_role_and_nobody_else(open_wizard: Open) -> None:
    wizard = open_wizard().signed_in().press("back").choose("purpose", "studio")
    wizard.type("user", f"arn:aws:iam::{wizard.account.account}:role/DataScientist").press("check").settle()
    assert wizard.problem()["where"] == "Who connects"
    assert "studio-as-client" in wizard.problem()["next"]
    wizard.press("go:who").type("user", "").press("check").settle()
    assert wizard.state.report is not None
    assert wizard.state.report.target.user == wizard.state.report.target.role
