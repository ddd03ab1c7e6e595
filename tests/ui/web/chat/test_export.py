"""What a reader takes along: hostile text stays text in it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from hypothesis import given
from markdown_it import MarkdownIt

from hostile_strings import hostile_text
from rag.types import REFUSAL, Answer
from sample_answers import ANSWER, IN_PARTS, NEAR_MISS, REFUSED, make_count, make_hostile
from ui.escape import quote_line
from ui.places import find_link
from ui.web.chat.exchange import Exchange
from ui.web.chat.export import exchange_to_markdown, export_exchanges, export_quotation


def render_markdown(answer: Answer) -> str:
    return exchange_to_markdown(Exchange.from_answer(1, answer))


def test_markdown_shows_question_answer_and_references() -> None:
    assert render_markdown(ANSWER) == (
        "**how many fit?**\n\n"
        "“It takes 90 passengers.” [1] The bridge opens in May. [1] [2]"
        " (partly supported: ‘until May’ promises nothing)\n\n"
        "Confidence: high.\n\n"
        "- [1] *Second ferry for Saltmere*. Corvane Wire. 20 March 2025."
        " “It takes 90 passengers.”. articles/ferry.md. characters 44–67."
        " also in 1 other outlet: Harbour Post.\n"
        "- [2] *Bridge stays shut*. date unknown."
        " “The bridge stays shut until May, the board said.”. articles/bridge.txt. characters 0–48."
    )


def test_markdown_has_the_parts_of_an_answer_and_each_article_once() -> None:
    assert render_markdown(IN_PARTS) == (
        f"**{IN_PARTS.question}**\n\n"
        "*What does the ferry cost?*\n\n"
        "The fare is nothing. [1]\n\n"
        "*What is said of a toll?*\n\n"
        "A toll was discussed by the board. [2] (4 March 2025) Nobody has decided on it."
        " [3] (4 March 2025) [1] (20 March 2025)\n\n"
        "*Who mends the bridge?*\n\n"
        "The articles do not say. What they do say:\n\n"
        "> The bridge stays shut until May, the board said. [4]\n\n"
        "Confidence: medium.\n\n"
        "- [1] *Second ferry for Saltmere*. Corvane Wire. 20 March 2025. “The fare is nothing.”."
        " articles/ferry.md. characters 68–88.\n"
        "- [2] *A toll is discussed*. Harbour Post. 4 March 2025."
        " “A toll was discussed by the board.”. articles/toll.txt. characters 0–34.\n"
        "  - [3] “Nobody has decided on it.”. characters 35–60.\n"
        "- [4] *Bridge stays shut*. date unknown."
        " “The bridge stays shut until May, the board said.”. articles/bridge.txt. characters 0–48."
    )


def test_addresses_can_be_followed_and_figures_are_not_escaped() -> None:
    address = "https://corvane.example/a_b/ferry?page=2&x=$1"
    first = replace(ANSWER.citations[0], url=address, author="R&D <desk>")
    claims = (replace(ANSWER.claims[0], text="It cost $2m [4]."), *ANSWER.claims[1:])
    exchange = Exchange.from_answer(
        1, replace(ANSWER, citations=(first, *ANSWER.citations[1:]), claims=claims)
    )
    markdown = export_exchanges("x", [exchange], "markdown").text
    assert f"<{address.replace('$', '%24')}>" in markdown
    assert r"It cost \$2m (4). [1]" in markdown
    plain = export_exchanges("x", [exchange], "text")
    assert (plain.name, plain.kind) == ("x.txt", "text/plain")
    assert f". {address.replace('$', '%24')}. characters 44–67." in plain.text
    assert "It cost $2m (4). [1]" in plain.text
    assert "R&D <desk>" in plain.text


def test_what_is_near_a_refusal_is_a_quotation() -> None:
    rendered = render_markdown(NEAR_MISS)
    assert f"{REFUSAL} What they do say:\n\n> The bridge stays shut" in rendered
    assert "nearest passages" not in rendered


def test_of_many_marks_the_first_are_written_and_all_are_referenced() -> None:
    rendered = render_markdown(make_count(29))
    assert "mention “ferry”. [1] [2] [3] [4] [5] [6] and 23 more\n" in rendered
    assert "\n- [29] *Ferry 29*. Corvane Wire. 29 March 2025." in rendered


def test_a_refusal_goes_along_with_the_nearest_passages_if_there_are_any() -> None:
    assert f"{REFUSAL}\n\nThe nearest passages:\n\n- [1]" in render_markdown(REFUSED)
    empty = replace(REFUSED, citations=(), hits=(), notice="")
    assert render_markdown(empty) == f"**how many fit?**\n\n{REFUSAL}"


@given(hostile_text)
def test_markdown_answers_have_our_structure_alone(text: str) -> None:
    def shape(answer: Answer) -> list[str]:
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(render_markdown(answer))
        return [
            kind
            for token in tokens
            for kind in [token.type, *(child.type for child in token.children or [])]
            if kind != "text"
        ]

    if quote_line(text) and not find_link(text):
        assert shape(make_hostile(text)) == shape(make_hostile("word"))
    source = render_markdown(make_hostile(text))
    if (address := find_link(text)) and quote_line(text):
        source = source.replace(f"<{address.replace('$', '%24')}>", "")
    assert "://" not in source
    assert "www." not in source
    assert re.findall(r"\[[^\]]*\]", source) == ["[1]", "[1]", "[1]"]


def test_a_quotation_has_its_full_reference() -> None:
    place = replace(
        ANSWER.citations[0],
        url="https://corvane.example/ferry?a=1",
        author="Ada *Lind*\nTY  - BOOK",
        page=2,
    )
    today = date(2026, 11, 30)
    assert export_quotation(place, "text", today).text == (
        "“It takes 90 passengers.” (Ada *Lind* TY - BOOK, “Second ferry for Saltmere”,"
        " Corvane Wire, 20 March 2025, page 2, https://corvane.example/ferry?a=1,"
        " accessed 30 November 2026)\n"
    )
    assert export_quotation(place, "markdown", today).text == (
        "> “It takes 90 passengers.”\n>\n> Ada &#42;Lind&#42; TY - BOOK,"
        " *Second ferry for Saltmere*, Corvane Wire, 20 March 2025, page 2,"
        " <https://corvane.example/ferry?a=1>, accessed 30 November 2026.\n"
    )
    made = export_quotation(place, "ris", today)
    assert made.name == "second-ferry-for-saltmere.ris"
    assert made.text.split("\r\n") == [
        "TY  - NEWS",
        "AU  - Ada *Lind* TY - BOOK",
        "TI  - Second ferry for Saltmere",
        "T2  - Corvane Wire",
        "PY  - 2025",
        "DA  - 2025/03/20",
        "SP  - 2",
        "UR  - https://corvane.example/ferry?a=1",
        "Y2  - 2026/11/30",
        "N1  - “It takes 90 passengers.”",
        "ER  - ",
        "",
    ]


@given(hostile_text)
def test_a_hostile_quotation_is_one_reference(text: str) -> None:
    place = make_hostile(text).citations[0]
    today = date(2026, 11, 30)
    lines = export_quotation(place, "ris", today).text.split("\r\n")
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - [^\r\n]*", line) for line in lines[:-1])
    assert [line[:2] for line in lines].count("TY") == 1
    assert export_quotation(place, "text", today).text.count("\n") == 1
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(
        export_quotation(place, "markdown", today).text
    )
    assert tokens[0].type == "blockquote_open"
    assert not any(child.type == "html_inline" for one in tokens for child in one.children or [])
