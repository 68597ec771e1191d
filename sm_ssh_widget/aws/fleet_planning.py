"""Plan many roles: one ordinary plan for each role, for each Region, and for the person who connects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sm_ssh_widget.aws.account_audit import AuditScope, observe_role
from sm_ssh_widget.aws.observation.sweep import Sweep, SweptRole
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.fleet.fleet_plan import Member, limited
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.needs import Scope
from sm_ssh_widget.requirements.observation import Observation


class FleetPlanner:
    """Plans the selected roles of one account from one sweep. ``refused`` is complete after :meth:`members`."""

    def __init__(self, scope: AuditScope, reader: AccountReader) -> None:
        self._scope, self._reader = scope, reader
        self.refused: list[Mapping[str, str]] = []

    def members(self, roles: Iterable[str]) -> Iterator[Member]:
        """Yield the plans that are not empty. Raises :class:`Problem` if a role cannot be read at all."""
        wanted = set(roles)
        sweep = Sweep(self._reader, people=self._scope.user is not None)
        first = True
        for role in sweep.roles():
            if str(role.arn) in wanted:
                wanted.discard(str(role.arn))
                yield from self._of_role(role, first=first)
                first = False
        for left in sorted(wanted):  # the list of roles was denied, or the role is gone: the read says which
            named = next(each for each in AuditScope(self._scope.selection, (), (left,)).named_roles())
            yield from self._of_role(sweep.named(named), first=first)
            first = False

    def _of_role(self, role: SweptRole, *, first: bool) -> Iterator[Member]:
        """Yield the plan of a role; with the first one, those of the Regions and of the person too."""
        for number, region in enumerate(self._scope.regions if first else self._scope.regions[:1]):
            seen = observe_role(role, region, self._scope)
            scopes: tuple[Scope, ...] = ("role", "user", "region") if number == 0 else ("region",)
            for scope in scopes if first else ("role",):
                yield from self._plan(seen, scope)

    def _plan(self, seen: Observation, scope: Scope) -> Iterator[Member]:
        selection = limited(self._scope.selection, scope)
        if selection is None or (scope == "user" and seen.user is None):
            return
        made: Plan = make_plan(selection, seen, assess(selection, seen))
        where = str(seen.target.role) if scope == "role" else seen.target.region
        for refusal in made.refused:
            told = {"for": where, "finding": refusal.finding, "code": refusal.code.value, "reason": refusal.reason}
            self.refused.append(told)
        if not made.empty:
            yield Member(scope, made)
