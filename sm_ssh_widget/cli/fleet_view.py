"""Text views of a fleet plan and of its run: each statement once, folded over the roles that get it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.cli.output import Output, grid, words
from sm_ssh_widget.cli.plan_view import plan_view
from sm_ssh_widget.fleet.alike import alike
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
from sm_ssh_widget.fleet.run_index import RunIndex
from sm_ssh_widget.requirements.wording import counted

_MARKS = {"done": ("✔", "green"), "undone": ("↶", "green"), "drifted": ("≠", "magenta"), "begun": ("…", "cyan")}


def fleet_plan_view(plan: FleetPlan, *, verbose: bool = False) -> RenderableType:
    """Render a fleet plan: one plan for each set of equal changes, then what is refused, then the digest."""
    parts: list[RenderableType] = []
    for members in alike(plan.members):
        first = members[0]
        more = f" and {counted(len(members) - 1, f'more {first.noun}')}" if len(members) > 1 else ""
        parts.append(words(f"For {first.label}{more}", "bold"))
        parts.append(plan_view(first.plan, verbose=verbose))
        if verbose and len(members) > 1:
            parts += [words(f"  {member.label}", "dim") for member in members[1:]]
    refused: dict[tuple[str, str], list[str]] = {}
    for each in plan.refused:
        refused.setdefault((each["finding"], each["code"]), []).append(each["for"])
    parts += [
        words(f"! {finding} is refused ({code}) for {counted(len(places), 'role')}: {_some(places)}", "yellow")
        for (finding, code), places in refused.items()
    ]
    if plan.ignored:
        parts.append(words(f"{counted(plan.ignored, 'role')} ignored by a rule, not planned.", "yellow"))
    parts.append(words(plan.title, "bold"))
    parts.append(grid((words("Digest of the fleet", "bold"), words(plan.digest))))
    return Group(*parts)


def undo_fleet_view(plans: Sequence[tuple[Member, Plan]]) -> RenderableType:
    """Render what an undo removes, folded over the members that lose the same."""
    parts: list[RenderableType] = []
    for same in alike([Member(member.scope, plan) for member, plan in plans]):
        more = f" and {counted(len(same) - 1, f'more {same[0].noun}')}" if len(same) > 1 else ""
        parts.append(words(f"Of {same[0].label}{more}", "bold"))
        parts.append(plan_view(same[0].plan, verbose=True))
    total = sum(len(plan.changes) for _, plan in plans)
    parts.append(words(f"{counted(total, 'change')} to undo in {counted(len(plans), 'plan')}", "bold"))
    return Group(*parts)


def _some(places: Sequence[str]) -> str:
    names = [place.rpartition("/")[2] for place in places[:3]]
    return ", ".join(names) + (f" and {len(places) - 3} more" if len(places) > 3 else "")


class FleetProgress:
    """Observer of a fleet's run: one line a member, on standard error; over several accounts, with its account."""

    def __init__(self, screen: Output, plan: FleetPlan) -> None:
        self._screen, self._plan = screen, plan

    def member(self, number: int, of: int, member: Member, outcome: str) -> None:
        """Print the result of a member."""
        if outcome == "begun":
            return
        mark, style = _MARKS.get(outcome, ("✖", "red"))
        head = Text(f"[{number}/{of}] ", "dim").append(f"{mark} {outcome:<15}", f"bold {style}")
        self._screen.tell(grid((head, words(place_of(self._plan, member))), gap=1))


def place_of(plan: FleetPlan, member: Member) -> str:
    """Return what a member is for; roles of several accounts often have one name."""
    return f"{member.label} in account {member.plan.account}" if len(plan.accounts) > 1 else member.label


def run_view(plan: FleetPlan, index: RunIndex, directory: str) -> RenderableType:
    """Render the result of a run."""
    done = sum(outcome == "done" for outcome in index.outcomes.values())
    whole = done == len(plan.members)
    head = Text("✔ " if whole else "✖ ", "bold green" if whole else "bold red")
    parts: list[RenderableType] = [head.append(f"{done} of {counted(len(plan.members), 'plan')} done", "bold")]
    parts += [
        words(f"  {place_of(plan, plan.members[number])}: {outcome}")
        for number, outcome in index.outcomes.items()
        if outcome != "done"
    ]
    if index.verified is False:
        parts.append(words("  A canary was not ready afterwards. No further role was changed.", "red"))
    return Group(*parts, grid((words("Run", "bold"), words(directory))))
