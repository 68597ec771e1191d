"""Screen 6: whether the role is ready, how to connect now, the proof, and what is left to tidy up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sm_ssh_widget.changes.journal import StepStatus
from sm_ssh_widget.export import doctor_command
from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.wizard import people
from sm_ssh_widget.wizard.blocks import Band, Block, Fold, Part, Row, Rows
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.effects import EndSession, Verify
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.connect_now import connect_now
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.screens.headlines import NOT_CHECKED, Headline, count, headline
from sm_ssh_widget.wizard.screens.health import report_blocks
from sm_ssh_widget.wizard.screens.labels import BACK, clock, counted, marked, plain, problem, short, undo_button
from sm_ssh_widget.wizard.screens.permission import applied, minutes
from sm_ssh_widget.wizard.screens.picture import picture
from sm_ssh_widget.wizard.screens.progress import reading
from sm_ssh_widget.wizard.screens.uses import ready_for
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

_PROOF = {
    "proved": ("satisfied", "Proved", "ok"),
    "failed": ("failed", "Failed", "bad"),
    "not-available": ("unknown", "Not available", "quiet"),
}
PROVE = "Prove it with a real activation"
DONE = Action("done", "Done", "primary")


def proof(state: WizardState, now: datetime) -> View:
    """Whether the role is ready, and what follows."""
    report, failed = state.verified, state.failed
    blocks: list[Block] = []
    if failed:
        blocks.append(problem(failed.where, failed.said, failed.remedy))
    if state.doing(Verify):
        blocks += reading(state)
    elif report:
        blocks += _verified(state, report, now)
    blocks += [] if state.doing(Verify) else earlier(state)
    told = _heading(state)
    return View(
        screen="proof",
        heading=told.text,
        lede=told.line,
        icon=told.icon,
        tone=told.tone,
        steps=(),
        blocks=tuple(blocks),
        actions=_actions(state),
        again=Action("verify", "Check again", "plain", "again") if report and not state.doing(Verify) else None,
        footnote=_footnote(state),
    )


def _footnote(state: WizardState) -> str:
    if state.doing(Verify) or not (state.verified and state.verified.ready):
        return ""
    return "Done forgets the sign-in. Nothing else changes." if state.face else "Nothing else changes."


def _heading(state: WizardState) -> Headline:
    report = state.verified
    if state.doing(Verify):
        text = "Creating and deleting a real activation" if _proving(state) else "Checking again"
        return Headline(text, "IAM can take a minute to show changes. You can keep using the notebook.")
    if report is None:
        return Headline("Not checked yet", "The record of the run shows what was applied.")
    return headline(report)


def _actions(state: WizardState) -> tuple[Action, ...]:
    report = state.verified
    if state.doing(Verify):
        writes = _proving(state)  # it creates an activation, and deletes it
        look: Literal["primary", "second"] = "second" if writes else "primary"
        return BACK, Action("verify", "Check again", look, unavailable="Checking.")
    if report is None:
        return BACK, Action("verify", "Check again", "primary")
    if not report.ready:
        if not count(report.findings).missing:
            return BACK, Action("verify", "Check again", "primary")
        return BACK, Action("make-plan", "Make a plan", "primary")
    return BACK, Action(DONE.id, DONE.label, "second") if _unasked(report) else DONE


def _unasked(report: Report) -> bool:
    """Whether the person who connects was not checked, and can be."""
    return bool(count(report.findings).not_asked)


def _proving(state: WizardState) -> bool:
    effect = state.busy.effect if state.busy else None
    return isinstance(effect, Verify) and effect.proof


def _verified(state: WizardState, report: Report, now: datetime) -> tuple[Block, ...]:
    drawn = picture(report)
    if not report.ready:
        later = Fold("later", "Connect, once the role is ready", (connect_now(state, report),), "", "terminal", "quiet")
        return drawn, *report_blocks(state, report), *_proof_rows(report), later, *_tidy_up(state, now)
    listed = tuple(each for each in report_blocks(state, report)[:-1] if each not in ready_for(report))
    every = Fold("findings", "All requirements", listed, icon="satisfied", tone="ok")
    return (
        *_check_me(state, report),
        drawn,
        connect_now(state, report),
        *_proof_rows(report),
        *ready_for(report),
        every,
        *_tidy_up(state, now),
    )


def _check_me(state: WizardState, report: Report) -> tuple[Block, ...]:
    if not _unasked(report):
        return ()
    who = people.suggested(state)
    text = "A session can still be refused. The person at the laptop needs `ssm:StartSession` on the node."
    text += f" The identity that signed in here (`{short(str(who))}`) can be checked." if who else ""
    buttons = (Action("check-me", "Check me", "primary"),)
    return (Band("check-me", f"{NOT_CHECKED}.", text, "attention", "unknown", buttons),)


# Proof


def _proof_rows(report: Report) -> tuple[Part, ...]:
    return (Part("proof", "Proof", (Rows("Proof", (_activation(report), _laptop(report), _owner(report))),)),)


def _activation(report: Report) -> Row:
    title = "Create and delete an activation"
    given = report.proof.status.value if report.proof else ""
    again = (Action("prove", PROVE, "link", acts=True),) if report.ready else ()
    if report.proof and given in _PROOF:
        icon, word, tone = _PROOF[given]
        return Row("proof", icon, title, word, tone, marked(report.proof.reason), actions=again)  # type: ignore[arg-type]
    text = "As this role, the way SSH Helper does it. About 10 seconds, no cost."
    return Row("proof", "optional", title, "Not done", "quiet", text, actions=again)


def _laptop(report: Report) -> Row:
    """The check of what this kernel cannot see: the laptop of the person who connects."""
    owner = report.owner.value if report.owner.certain else ""
    user = str(report.target.user) if report.target.user else ""
    check = doctor_command(report.target.region, user=user, owner=owner)
    text = f"AWS CLI, Session Manager plugin, ssh, clock, identity, Region and proxy: `{plain(check)}`"
    actions = (Action("copy-doctor", "Copy the command", "link", "copy", copies=check),)
    return Row("laptop", "terminal", "Check the laptop", "On the laptop", "quiet", text, actions=actions)


def _owner(report: Report) -> Row:
    """The tag that says whose node it is, its value for this person, and its traps."""
    story = report.owner
    text = "SSH Helper tags each node with `SSHOwner`: the person who connects, not the role."
    value = f"`{plain(story.value)}`. " if story.value else "Not known until the person who connects is specified. "
    how = "Pass it as `local_user_id`." if story.certain else f"The person who connects gets it with: `{story.command}`"
    said = (story.command, "--user")  # said above in the words of the screen
    traps = " ".join(marked(each) for each in story.warnings if not any(part in each for part in said))
    return Row("owner", "key", "Owner tag of your nodes", "SSHOwner", "quiet", f"{value}{text}", how, traps)


# Tidy up


def _tidy_up(state: WizardState, now: datetime) -> tuple[Part, ...]:
    rows = [*_session(state, now), *_record(state)]
    return (Part("tidy", "Tidy up", (Rows("Tidy up", tuple(rows)),)),) if rows else ()


def _session(state: WizardState, now: datetime) -> tuple[Row, ...]:
    if state.face is None:
        return ()
    title = f"Done forgets the sign-in of {short(state.face.arn)}"
    ending, now_left = state.face.ending, f"Now: {minutes(state.face, now)}."
    busy = "Ending the session." if state.doing(EndSession) else ""
    actions = (Action("end-session", "End the session at AWS", "link", unavailable=busy),) if ending.call else ()
    return (Row("session", "lock", title, "In memory only", "quiet", now_left, ending.said, actions=actions),)


def _summary(state: WizardState, done: int) -> Action:
    """What was done, in words for the team; no name or path of this machine is in it."""
    journal = state.journal
    plan = journal.plan if journal else None
    if plan is None or journal is None:
        return Action("copy-summary", "Copy a summary for your team", "link", "copy")
    titles = dict.fromkeys(
        change_blocks.title(change) for change in plan.changes if journal.step(change.id).status is StepStatus.DONE
    )
    lines = [
        f"SageMaker SSH Helper was set up for {plan.target['role']} in {plan.region} ({clock(journal.started)}).",
        f"{counted(done, 'change')}, each of which can be undone:",
        *(f"- {title}" for title in titles),
        f"Plan {plan.digest}",
    ]
    return Action("copy-summary", "Copy a summary for your team", "link", "copy", copies="\n".join(lines))


def _record(state: WizardState) -> tuple[Row, ...]:
    journal = state.journal
    if journal is None or not journal.path:
        return ()
    done = applied(journal)
    stay = "stays" if done == 1 else "stay"
    title = f"{counted(done, 'change')} {stay} in account {journal.plan.account}" if done else "No change stays"
    text = f"Stored in `{plain(journal.path)}`, without secrets. Undo does not touch what others changed later."
    undo = (undo_button(done), _summary(state, done)) if done else ()
    return (Row("record", "satisfied", title, "Recorded", "quiet", text, actions=undo),)
