"""What a reader takes along: hostile text stays text in it."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from markdown_it import MarkdownIt

from hostile_strings import hostile_text
from rag.types import REFUSAL, Answer
from sample_answers import ANSWER, IN_PARTS, NEAR_MISS, REFUSED, make_count, make_hostile
from ui.escape import quote_line
from ui.web.chat.exchange import Exchange
from ui.web.chat.export import exchange_to_markdown


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

    if quote_line(text):
        assert shape(make_hostile(text)) == shape(make_hostile("word"))
    source = render_markdown(make_hostile(text))
    assert "://" not in source
    assert "www." not in source
    assert re.findall(r"\[[^\]]*\]", source) == ["[1]", "[1]", "[1]"]
