"""Answers as people read them in a terminal, and what hostile text may not do there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from hostile_strings import hostile_text
from index.types import Copy
from rag.types import REFUSAL, Answer
from sample_answers import ANSWER, IN_PARTS, NEAR_MISS, REFUSED, make_count, make_hostile
from ui.render import describe_copies, describe_date, render_terminal


def test_terminal_shows_the_answer_and_then_its_citations() -> None:
    assert render_terminal(ANSWER, width=80) == (
        "“It takes 90 passengers.” [1] The bridge opens in May. [1] [2] (partly\n"
        "supported: ‘until May’ promises nothing)\n"
        "\n"
        "Confidence: high\n"
        "\n"
        "[1] Second ferry for Saltmere\n"
        "    “It takes 90 passengers.”\n"
        "    Corvane Wire, 20 March 2025\n"
        "    articles/ferry.md, characters 44–67\n"
        "    also in 1 other outlet: Harbour Post\n"
        "\n"
        "[2] Bridge stays shut\n"
        "    “The bridge stays shut until May, the board said.”\n"
        "    date unknown\n"
        "    articles/bridge.txt, characters 0–48"
    )


def test_terminal_shows_an_answer_part_by_part_with_the_days_of_its_sources() -> None:
    assert render_terminal(IN_PARTS, width=80) == (
        "What does the ferry cost?\n"
        "The fare is nothing. [1]\n"
        "\n"
        "What is said of a toll?\n"
        "A toll was discussed by the board. [2] (4 March 2025) Nobody has decided on\n"
        "it. [3] (4 March 2025) [1] (20 March 2025)\n"
        "\n"
        "Who mends the bridge?\n"
        "The articles do not say. What they do say: The bridge stays shut until May, the\n"
        "board said. [4]\n"
        "\n"
        "Confidence: medium\n"
        "\n"
        "[1] Second ferry for Saltmere\n"
        "    “The fare is nothing.”\n"
        "    Corvane Wire, 20 March 2025\n"
        "    articles/ferry.md, characters 68–88\n"
        "\n"
        "[2] A toll is discussed\n"
        "    “A toll was discussed by the board.”\n"
        "    Harbour Post, 4 March 2025\n"
        "    articles/toll.txt, characters 0–34\n"
        "[3] “Nobody has decided on it.”\n"
        "    characters 35–60\n"
        "\n"
        "[4] Bridge stays shut\n"
        "    “The bridge stays shut until May, the board said.”\n"
        "    date unknown\n"
        "    articles/bridge.txt, characters 0–48"
    )


def test_no_words_of_context_are_underlined() -> None:
    assert "\x1b[4m" not in render_terminal(IN_PARTS, colour=True)
    answered = replace(IN_PARTS, claims=(replace(IN_PARTS.claims[3], context=False, part=0),))
    assert "\x1b[4muntil May\x1b[0m" in render_terminal(answered, colour=True)


def test_terminal_says_what_is_near_a_refusal_and_where_it_stands() -> None:
    rendered = render_terminal(NEAR_MISS, width=80)
    assert rendered.startswith("The articles do not say. What they do say: The bridge stays shut")
    assert "nearest passages" not in rendered
    assert "Confidence" not in rendered
    assert "\n[2] Bridge stays shut\n" in rendered


def test_counted_articles_are_listed_one_a_line() -> None:
    assert render_terminal(make_count(3)) == (
        "3 articles mention “ferry”. [1] (1 March 2025) [2] (2 March 2025) [3]\n"
        "(3 March 2025)\n"
        "\n"
        "Confidence: high\n"
        "\n"
        "[1] Ferry 1, Corvane Wire, 1 March 2025\n"
        "[2] Ferry 2, Corvane Wire, 2 March 2025\n"
        "[3] Ferry 3, Corvane Wire, 3 March 2025"
    )


def test_of_many_counted_articles_the_first_are_listed() -> None:
    lines = render_terminal(make_count(29), width=30).splitlines()
    said = " ".join(lines[: lines.index("")])
    assert said == "29 articles mention “ferry”. [1] [2] [3] [4] [5] [6] and 23 more"
    assert lines[-1] == "and 19 more: use --json"
    assert lines[-3:-1] == ["[10] Ferry 10, Corvane Wire,", "     10 March 2025"]
    assert max(map(len, lines)) <= 30


def cite_source(source: str, outlet: str = "") -> Answer:
    citation = replace(ANSWER.citations[1], source=source, outlet=outlet, article_id="wire-7")
    return replace(ANSWER, citations=(citation,))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("/home/ann/news/a b.txt", "news/a b.txt"),
        ("/home/anna/news.txt", "/home/anna/news.txt"),
        ("/home/ann", "/home/ann"),
        ("https://gazette.example/home/ann/", "https://gazette.example/home/ann/"),
    ],
)
def test_files_in_the_readers_folder_are_named_from_there_on(source: str, shown: str) -> None:
    rendered = render_terminal(cite_source(source), folder="/home/ann")
    assert rendered.endswith(f"\n    {shown}, characters 0–48")
    assert f"{source}, characters" in render_terminal(cite_source(source))


@pytest.mark.parametrize("source", ["", "Corvane Wire"])
def test_an_article_that_only_its_outlet_is_known_of_is_named_by_its_id(source: str) -> None:
    assert "\n    wire-7, characters 0–48" in render_terminal(cite_source(source, source))


def test_terminal_shows_the_nearest_passages_of_a_refusal() -> None:
    rendered = render_terminal(REFUSED, width=80)
    assert rendered.startswith(f"{REFUSAL}\n\nThe nearest passages:\n\n[1] Second ferry")
    assert rendered.endswith("\n\nNote: Two articles only.")


def test_a_refusal_without_citations_falls_back_on_its_passages() -> None:
    refused = replace(REFUSED, citations=())
    assert "“The bridge stays shut" in render_terminal(refused)


def test_a_refusal_without_passages_promises_none() -> None:
    empty = replace(REFUSED, citations=(), hits=(), notice="")
    assert render_terminal(empty) == REFUSAL


@pytest.mark.parametrize("width", [0, 30, 47, 200])
def test_terminal_lines_fit(width: int) -> None:
    rendered = render_terminal(ANSWER, width=width)
    assert max(map(len, rendered.splitlines())) <= max(width, 30)
    assert "passengers.” [1]" in " ".join(rendered.split())


def test_colour_adds_escape_sequences_and_nothing_else() -> None:
    coloured = render_terminal(ANSWER, width=60, colour=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == render_terminal(ANSWER, width=60)
    assert "\x1b[36m[1]\x1b[0m" in coloured


@given(hostile_text)
def test_terminal_marks_are_ours_alone(text: str) -> None:
    rendered = render_terminal(make_hostile(text), width=10_000)
    assert re.findall(r"\[[\s\d]*\d[\s\d]*\]", rendered) == ["[1]", "[1]", "[1]"]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", rendered)


@pytest.mark.parametrize(
    ("outlets", "own", "expected"),
    [
        ((), "A", ""),
        (("B",), "A", "also in 1 other outlet: B"),
        (("C", "B", "C"), "A", "also in 2 other outlets: B, C"),
        (("A",), "A", "also in 1 other article: Title"),
        (("B", ""), "A", "also in 2 other articles: Title, Title"),
        (tuple("BCDEFGH"), "A", "also in 7 other outlets: B, C, D, E, F and 2 more"),
    ],
)
def test_copies_are_counted_by_outlet(outlets: tuple[str, ...], own: str, expected: str) -> None:
    copies = [Copy("id", "Title", outlet, None, 0, 1) for outlet in outlets]
    assert describe_copies(copies, own) == expected


def test_dates_are_spelled_out() -> None:
    assert describe_date(date(2024, 10, 1)) == "1 October 2024"
    assert describe_date(None) == "date unknown"
