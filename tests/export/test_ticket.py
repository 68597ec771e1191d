"""The ticket, section by section: who asks, what changes, what stays, what it costs, how to apply and undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.export import ticket
from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, Piece, ProseCode, ProseTable, as_text
from sm_ssh_widget.export.resource_writes import resource_writes, titles
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.policy.merge import append

from .plans import ACCOUNT, READ, REGION, TIER, long_plan, plan

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service-role/ExecutionRole"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/jane"
POLICY_ARN = "arn:aws:iam::aws:policy/SageMakerSSMPolicy"
JANE = TicketRequest("Jane", "To connect")
OWN, PERSON = ProseCode("ExecutionRole"), ProseCode("jane")


def sections(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    """The pieces below each heading, by its text."""
    found: dict[str, list[Piece]] = {}
    for piece in pieces:
        if isinstance(piece, Heading):
            assert piece.text not in found
            found[piece.text] = []
        else:
            found[[*found][-1]].append(piece)
    return found


def ticket_of(planned: Plan, asked: TicketRequest = JANE, bundle: str = "") -> dict[str, list[Piece]]:
    return sections(ticket.request(planned, planned.digest, asked, bundle))


def words(pieces: Sequence[Piece]) -> str:
    """Plain text without line ends, as it reads."""
    return " ".join(as_text(pieces).split())


def only(planned: Plan, *kinds: Kind) -> Plan:
    return replace(planned, changes=tuple(each for each in planned.changes if each.kind in kinds), refused=())


def table(pieces: Sequence[Piece]) -> ProseTable:
    (found,) = (piece for piece in pieces if isinstance(piece, ProseTable))
    return found


def removal() -> Change:
    """The first change of the trust policy, the other way round."""
    first = plan().changes[0]
    return replace(first, before=first.after, after=first.before)


class TestTheHead:
    def test_the_title_counts_the_changes(self) -> None:
        first, *_ = ticket.request(plan(), "d", JANE, "")
        assert first == Heading("Set up SageMaker SSH Helper: 7 changes to one execution role", 1)
        first, *_ = ticket.request(only(plan(), Kind.SERVICE_SETTING), "d", JANE, "")
        assert first == Heading("Set up SageMaker SSH Helper: 1 change to one execution role", 1)

    def test_what_it_is_and_the_notice_stand_first(self) -> None:
        _, about, notice, *_ = ticket.request(plan(), "d", JANE, "")
        assert about == Paragraph(
            "SageMaker SSH Helper (https://github.com/aws-samples/sagemaker-ssh-helper) opens a shell, a debugger or "
            "an IDE inside SageMaker jobs, through AWS Systems Manager Session Manager. It needs the changes below."
        )
        assert notice == Paragraph(plan().notice)

    def test_who_asks_and_for_what(self) -> None:
        chosen = replace(plan(), options=("owner-guard", "hardened-trust"))
        assert list(ticket.facts(chosen, JANE).rows) == [
            ("Requester", "Jane"),
            ("Reason", "To connect"),
            ("Execution role", ProseCode(ROLE_ARN)),
            ("Who connects", ProseCode(USER_ARN)),
            ("Account", ProseCode(ACCOUNT)),
            ("Region", ProseCode(REGION)),
            ("Baseline", "classic with owner-guard, hardened-trust"),
        ]

    def test_what_nobody_said_is_left_out(self) -> None:
        nobody = replace(plan(), target={**plan().target, "user": None})
        names = [name for name, _ in ticket.facts(nobody, TicketRequest()).rows]
        assert names == ["Execution role", "Account", "Region", "Baseline"]
        assert dict(ticket.facts(plan(), TicketRequest()).rows)["Baseline"] == "classic"

    def test_a_plan_that_is_not_enough_says_so(self) -> None:
        short = replace(plan(), required_refused=("trust.ssm", "not.known"))
        told = (
            f"These changes alone do not make the role ready. Not included: {titles(plan())['trust.ssm']}, not.known. "
            "See “Not part of this request”."
        )
        assert told in words(ticket.request(short, "d", JANE, ""))
        assert "do not make the role ready" not in words(ticket.request(plan(), "d", JANE, ""))


class TestChanges:
    def test_a_row_for_each_resource(self) -> None:
        found = table(ticket_of(plan())["Changes"])
        assert found.head == ("Change", "Requirement", "Resource", "From → to")
        assert [tuple(row) for row in found.rows] == [
            (
                "1",
                "Trust for Systems Manager, Trust for SageMaker",
                ("trust policy of ", OWN),
                "2 statements added, 1 unchanged",
            ),
            (
                "2",
                "AmazonSSMManagedInstanceCore on the role",
                (ProseCode(POLICY_ARN), " on ", OWN),
                "not attached → attached",
            ),
            (
                "3",
                "Inline policy SageMakerSSMPolicy on the role",
                ("inline policy ", ProseCode("SageMakerSSMPolicy"), " of ", OWN),
                "new, 1 statement",
            ),
            (
                "4",
                "Owner guard",
                ("inline policy ", ProseCode("SageMakerSSMPolicy"), " of ", PERSON),
                "1 statement added, 1 unchanged",
            ),
            ("5", "Permissions to connect", (ProseCode(POLICY_ARN), " on ", PERSON), "not attached → attached"),
            ("6", "Advanced-instances tier", (ProseCode(TIER), " in ", ProseCode(REGION)), "standard → advanced"),
        ]

    def test_of_what_is_created(self) -> None:
        rows = table(ticket_of(only(long_plan(), Kind.ROLE, Kind.QUICK_SETUP, Kind.INSTANCE))["Changes"]).rows
        assert [tuple(row[2:]) for row in rows] == [
            (("role ", ProseCode("Deploys")), "new"),
            (("Quick Setup in ", ProseCode(REGION)), "new configuration"),
            (("EC2 instance in ", ProseCode(REGION)), "started, then terminated"),
        ]

    def test_of_what_is_removed(self) -> None:
        both = removal()
        swapped = replace(both, after=append(both.after, [READ]).after)
        rows = [table(ticket_of(replace(plan(), changes=(each,)))["Changes"]).rows for each in (both, swapped)]
        assert [row[0][3] for row in rows] == [
            "1 statement removed, 1 unchanged",
            "1 statement added, 1 statement removed, 1 unchanged",
        ]

    def test_of_a_document_that_comes_out_as_it_was(self) -> None:
        same = replace(removal(), after=removal().before)
        rows = table(ticket_of(replace(plan(), changes=(same,)))["Changes"]).rows
        assert rows[0][3] == "0 statements added, 2 unchanged"

    def test_nothing(self) -> None:
        found = ticket_of(replace(plan(), changes=()))
        assert found["Changes"] == [Paragraph("None. Everything that could be read meets the baseline.")]
        assert found["Cost"] == [Items(("None.",))]
        assert found["Risks"] == [Items(("None beyond the added statements.",))]
        assert found["How to undo"][0] == Items(("Nothing to undo.",))
        assert "Added statements" not in found


class TestStatements:
    HEAD = ("Change", "Effect", "Action", "Principal", "Resource", "Condition")

    def test_each_that_is_added_with_the_number_of_its_change(self) -> None:
        found = ticket_of(plan())
        assert "Removed statements" not in found
        added = table(found["Added statements"])
        assert added.head == self.HEAD
        assert [row[0] for row in added.rows] == ["1", "1", "3", "4"]
        assert added.rows[0] == (
            "1", "Allow", (ProseCode("sts:AssumeRole"),), (ProseCode("Service ssm.amazonaws.com"),), (), (),
        )  # fmt: skip

    def test_each_that_is_removed(self) -> None:
        found = ticket_of(replace(plan(), changes=(removal(),)))
        assert "Added statements" not in found
        assert [row[0] for row in table(found["Removed statements"]).rows] == ["1"]
        assert table(found["Removed statements"]).head == self.HEAD

    def test_several_entries_and_those_that_are_excepted(self) -> None:
        statement = {"Effect": "Deny", "NotAction": ["a:B", "c:D"], "Resource": ["x", "y"]}
        inline = next(each for each in plan().changes if each.id == "role.sagemaker-ssm-policy")
        made = replace(plan(), changes=(replace(inline, after=append(None, [statement]).after),))
        (row,) = table(ticket_of(made)["Added statements"]).rows
        assert row == (
            "1", "Deny", ("all except ", ProseCode("a:B"), ", ", ProseCode("c:D")), (),
            (ProseCode("x"), ", ", ProseCode("y")), (),
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "kept"),
        [
            (plan().changes, "2 statements in the policies above keep their exact content and order. "),
            (plan().changes[:1], "1 statement in the policies above keeps its exact content and place. "),
            (plan().changes[2:4], ""),
        ],
    )
    def test_what_stays(self, changes: tuple[Change, ...], kept: str) -> None:
        (told,) = ticket_of(replace(plan(), changes=changes))["What stays unchanged"]
        assert told == Paragraph(
            f"{kept}All other policies, attachments and settings stay unchanged. Nothing is removed."
        )

    def test_what_does_not_stay(self) -> None:
        first = removal()
        (told,) = ticket_of(replace(plan(), changes=(first,)))["What stays unchanged"]
        assert isinstance(told, Paragraph)
        assert str(told.words).endswith("stay unchanged. Only 1 statement above is removed.")
        whole = replace(first, after=append(None, []).after)
        (told,) = ticket_of(replace(plan(), changes=(whole,)))["What stays unchanged"]
        assert isinstance(told, Paragraph)
        assert str(told.words).endswith("stay unchanged. Only 2 statements above are removed.")


class TestCostRiskAndRefusals:
    def test_costs_and_risks_with_their_changes(self) -> None:
        changes = (
            *plan().changes[:2],
            replace(plan().changes[2], risk="Another."),
            replace(plan().changes[6], risk=""),
        )
        found = ticket_of(replace(plan(), changes=changes))
        assert found["Cost"] == [Items(("ssm.tier: USD 0.00695 an hour for each hybrid node.",))]
        assert found["Risks"] == [
            Items(("trust.ssm, trust.sagemaker: It may.", "role.managed-instance-core: Another."))
        ]

    def test_what_is_refused_with_its_code_and_reason(self) -> None:
        found = table(ticket_of(plan())["Not part of this request"])
        assert found == ProseTable(
            ("Requirement", "Code", "Reason"), [(ProseCode("ssm.host-management"), "blocked", "It is too long.")]
        )
        assert "Not part of this request" not in ticket_of(replace(plan(), refused=()))


class TestHowTo:
    def test_each_way_to_apply_it(self) -> None:
        told = words(ticket_of(plan())["How to apply"])
        for way in ("sm-ssh-widget apply FILE", "bash apply.sh --check, then bash apply.sh", "cloudformation.yaml",
                    "main.tf, after bash apply.sh --check", "export plan.json --format bundle"):  # fmt: skip
            assert way in told

    def test_how_each_change_is_undone(self) -> None:
        first, second, *_ = plan().changes
        left = replace(second, undo="leaves the role")
        items, *ways = ticket_of(replace(plan(), changes=(first, left)))["How to undo"]
        assert items == Items(("Exactly, to the previous content: trust.ssm", f"{second.id}: leaves the role"))
        assert words(ways) == (
            "Use the method you applied with: sm-ssh-widget undo last, bash undo.sh, delete the stack, terraform "
            "destroy. The first two leave later changes untouched and list them."
        )
        items, *_ = ticket_of(replace(plan(), changes=(left,)))["How to undo"]
        assert items == Items((f"{second.id}: leaves the role",))

    def test_the_digest_is_that_of_the_plan_to_apply(self) -> None:
        found = sections(ticket.request(plan(), "sha256:other", JANE, ""))["How to verify"]
        assert found[0] == Paragraph(("Digest of the plan: ", ProseCode("sha256:other")))
        assert found[-1] == Listing(
            f"sm-ssh-widget verify --role {ROLE_ARN} --region {REGION} --user {USER_ARN} --baseline classic", "sh"
        )

    def test_the_check_is_of_everything_in_the_plan(self) -> None:
        chosen = replace(plan(), options=("owner-guard", "subnet=subnet-1 2"), target={**plan().target, "user": None})
        assert ticket.verifying(chosen) == (
            f"sm-ssh-widget verify --role {ROLE_ARN} --region {REGION} --baseline classic --option owner-guard "
            "--option 'subnet=subnet-1 2'"
        )

    def test_who_connects_is_asked_for_where_nobody_is_named(self) -> None:
        nobody = ticket_of(replace(plan(), target={**plan().target, "user": None}))
        assert nobody["Who connects"][-1] == Listing(
            "aws sts get-caller-identity --query Arn --output text\n"
            f"sm-ssh-widget plan --role {ROLE_ARN} --region {REGION} --user ARN --baseline classic",
            "sh",
        )
        assert "How to start SSH Helper in a Studio space" not in nobody
        named = ticket_of(plan())
        assert "Who connects" not in named
        assert named["How to start SSH Helper in a Studio space"][-1] == Listing(
            "sm-ssh-widget docs lifecycle --region eu-west-1 --owner "
            '"$(aws sts get-caller-identity --query UserId --output text)"',
            "sh",
        )

    def test_the_bundle_is_checked_by_its_digest_if_there_is_one(self) -> None:
        assert "How to check the bundle" not in ticket_of(plan())
        found = ticket_of(plan(), bundle="0f")["How to check the bundle"]
        assert found == [
            Paragraph("The bundle belongs to this ticket if both commands succeed in its folder:"),
            Listing("echo '0f  SHA256SUMS' | sha256sum --check\nsha256sum --check SHA256SUMS", "sh"),
            Paragraph("Or compare every file with the plan: sm-ssh-widget bundle --verify sagemaker-ssh-setup.zip"),
        ]


class TestAdditions:
    def test_only_what_is_added_with_its_cost(self) -> None:
        found = sections(tuple(ticket.additions(plan())))
        assert list(found) == [
            "What is added, each only where it is missing",
            "Added statements",
            "Cost",
            "Risks",
        ]
        (rows,) = found["What is added, each only where it is missing"]
        assert isinstance(rows, ProseTable)
        assert rows.head == ("Change", "Requirement", "Resource")
        assert rows.rows[0] == (
            "1", "Trust for Systems Manager, Trust for SageMaker", ("trust policy of ", OWN),
        )  # fmt: skip
        assert [row[0] for row in rows.rows] == ["1", "2", "3", "4", "5", "6"]

    def test_nothing(self) -> None:
        assert list(sections(tuple(ticket.additions(replace(plan(), changes=()))))) == ["Cost", "Risks"]


def test_the_plain_ticket_says_the_same() -> None:
    told = " ".join(export.render(plan(), "ticket-text", requester="Jane", reason="To connect").split())
    for wanted in ("Jane", "ssm.amazonaws.com", "USD 0.00695", plan().digest):
        assert wanted in told


def test_a_risk_is_told_once() -> None:
    assert export.render(plan(), "ticket-text").count("It may.") == 1


def test_every_kind_has_a_row() -> None:
    assert set(ticket.RENDERERS) == set(Kind)
    for write in resource_writes(long_plan()):
        assert len(ticket.RENDERERS[write.kind](write)) == 2
