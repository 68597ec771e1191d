"""Tickets, read by a Markdown parser: cells hold what the plan holds, whatever it holds."""

from __future__ import annotations

from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import ticket
from sm_ssh_widget.export.prose import (
    Heading,
    Items,
    Paragraph,
    ProseCode,
    ProseFacts,
    ProseTable,
    as_markdown,
    as_text,
)
from sm_ssh_widget.export.quoting import one_line
from sm_ssh_widget.export.ticket import TicketRequest
from tests.properties import examples

from .plans import hostile, plan

PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def shown(tokens: list[Token]) -> list[str]:
    """The text of each inline token, as a reader sees it; fails on anything that is more than text and code."""
    texts = []
    for token in tokens:
        if token.type == "inline":
            children = token.children or []
            assert {child.type for child in children} <= {"text", "code_inline"}, token.content
            texts.append("".join(child.content for child in children))
        assert token.type != "html_block"
    return texts


def meant(text: str) -> str:
    return one_line(text).strip()


@settings(max_examples=examples(200))
@given(word=hostile, code=hostile)
def test_every_piece_shows_its_text_and_nothing_else(word: str, code: str) -> None:
    pieces = (
        Heading(word),
        Paragraph(word),
        Items([word, ("x ", ProseCode(code))]),
        ProseTable(("A", "B"), [(("x", word), ("y", ProseCode(code), "z"))]),
        ProseFacts([("Why", ("x", word))]),
    )
    told = shown(PARSER.parse(as_markdown(pieces)))
    assert [each.strip() for each in told] == [
        meant(word),
        meant(word),
        meant(word),
        meant(f"x {code}"),
        "A",
        "B",
        meant(f"x{word}"),
        f"y{one_line(code)}z",
        "",
        "",
        "Why",
        meant(f"x{word}"),
    ]


def _ticket(planned: Plan, asked: TicketRequest) -> str:
    """The ticket of a plan, whether or not every other format of the bundle can hold it."""
    return as_markdown(ticket.request(planned, planned.digest, asked, "0" * 64))


@settings(max_examples=examples(40))
@given(role=hostile, tag=hostile, who=hostile, why=hostile)
def test_a_ticket_has_the_same_shape_whatever_is_in_it(role: str, tag: str, who: str, why: str) -> None:
    def shape(text: str) -> list[str]:
        return [token.type for token in PARSER.parse(text)]

    plain = _ticket(plan(), TicketRequest("Jane", "To connect"))
    hostile_one = _ticket(plan(role=role, tag=tag, reason=tag), TicketRequest(who, why))
    assert shape(hostile_one) == shape(plain)
    told = shown(PARSER.parse(hostile_one))
    assert meant(who) in [each.strip() for each in told]


@settings(max_examples=examples(60))
@given(word=hostile)
def test_plain_text_holds_no_control_characters(word: str) -> None:
    told = as_text(
        (Heading(word), Paragraph(word), Items([word]), ProseTable(("A",), [(word,)]), ProseFacts([("B", word)]))
    )
    assert told == "".join(f"{one_line(line)}\n" for line in told.split("\n")[:-1])


def test_the_ticket_says_what_an_admin_asks() -> None:
    told = " ".join(
        shown(PARSER.parse(export.render(plan(), "ticket", requester="Jane", reason="To connect to the job")))
    )
    for wanted in (
        "Jane",
        "To connect",
        "arn:aws:iam::123456789012:role/service-role/ExecutionRole",
        "ssm.amazonaws.com",
        "sts:AssumeRole",
        "USD 0.00695",
        "exact content and order",
        "undo",
        plan().digest,
        "It is too long.",
        plan().notice,
    ):
        assert wanted in told, wanted
