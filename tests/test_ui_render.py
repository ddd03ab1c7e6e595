"""Answers as people read them, and what hostile text may not do there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.types import Article, Copy, Hit, Passage, Sentence
from rag.types import REFUSAL, Answer, Citation, Claim, Support
from ui.render import (
    describe_copies,
    describe_date,
    escape_html,
    escape_markdown,
    quote_line,
    quote_text,
    render_markdown,
    render_terminal,
)

FERRY = Article(
    article_id="ferry",
    title="Second ferry for Saltmere",
    text="A second ferry began to cross the harbour.\n\n"
    "It takes 90 passengers. The fare is nothing.",
    source="articles/ferry.md",
    published=date(2025, 3, 20),
    outlet="Corvane Wire",
)
BRIDGE = Article(
    article_id="bridge",
    title="Bridge stays shut",
    text="The bridge stays shut until May, the board said.",
    source="articles/bridge.txt",
)
ELSEWHERE = Copy("copy", "Ferry, too", "Harbour Post", date(2025, 3, 21), 0, 10)

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</p></section><script>alert(1)</script>",
    "[1] and [ 2 ] and [3,4]",
    "[\u200b1\u200d] [\x1b[0m2]",
    "\x1b]0;title\x07\x1b[31mred\x1b[0m\x9b2J",
    "\u202egnisrever\u2066",
    "[red]bold[/red]",
    "![x](https://example.org/x.png) https://example.org www.example.org",
    "`code` ```\n# heading\n- item\n1. one\n***",
    "$x$ $$y$$ \\(z\\) \\[w\\] ${value} {{value}} {% raw %}",
    "&lt;b&gt; &amp; &#91;1&#93;",
    "a\x00b\rc\u2028d\ud800e",
    "| a | b |\n|---|---|",
    "<!-- ",
    "[1]: javascript:alert(1)",
    "",
)
hostile_text = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text(
        st.sampled_from(list("[]()<>&\"'`*_#$\\{}|~!+-=.:/@ \n\t1aé\x1b\x07\u200b\u202e")),
        max_size=40,
    ),
    st.sampled_from(HOSTILE),
)


def make_hit(article: Article, text: str) -> Hit:
    start = article.text.index(text)
    sentence = Sentence(start, start + len(text), text)
    passage = Passage(start, start + len(text), text, (sentence,))
    return Hit(article, passage, score=1.5, dense=0.6, bm25=4.0, best_sentence=0.7)


def make_citation(number: int, hit: Hit, *copies: Copy) -> Citation:
    article, passage = hit.article, hit.passage
    return Citation(
        number,
        article.article_id,
        article.title,
        article.outlet,
        article.source,
        article.published,
        passage.start,
        passage.end,
        passage.text,
        copies,
    )


CAPACITY = make_hit(FERRY, "It takes 90 passengers.")
SHUT = make_hit(BRIDGE, "The bridge stays shut until May, the board said.")

ANSWER = Answer(
    question="how many fit?",
    standalone_question="how many fit?",
    refused=False,
    claims=(
        Claim("“It takes 90 passengers.”", Support.SUPPORTED, (1,)),
        Claim("The bridge opens in May.", Support.PARTLY, (1, 2), "‘until May’ promises nothing"),
    ),
    citations=(make_citation(1, CAPACITY, ELSEWHERE), make_citation(2, SHUT)),
    hits=(CAPACITY, SHUT),
    probability=0.9,
)
REFUSED = replace(ANSWER, refused=True, claims=(), probability=0.1, notice="Two articles only.")


def make_hostile(text: str) -> Answer:
    """Return an answer that has ``text`` wherever others may write."""
    article = Article("id", text, f"Before. {text} After.", text, None, text)
    end = len(article.text) - len(" After.")
    passage = Passage(8, end, text, (Sentence(8, end, text),))
    hit = Hit(article, passage, 1.0, 0.5, 1.0, 0.5)
    copy = Copy("copy", text, text, None, 0, 1)
    return Answer(
        question=text,
        standalone_question=text,
        refused=False,
        claims=(Claim(text, Support.UNSUPPORTED, (1,), text),),
        citations=(make_citation(1, hit, copy),),
        hits=(hit,),
        probability=0.5,
        notice=text,
    )


def test_terminal_shows_the_answer_and_then_its_citations() -> None:
    assert render_terminal(ANSWER, width=80) == (
        "“It takes 90 passengers.” [1] The bridge opens in May. [1] [2] (partly\n"
        "supported: ‘until May’ promises nothing)\n"
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
    assert "Bridge stays shut" in render_markdown(refused)


def test_a_refusal_without_passages_promises_none() -> None:
    empty = replace(REFUSED, citations=(), hits=(), notice="")
    assert render_terminal(empty) == REFUSAL
    assert render_markdown(empty) == f"**how many fit?**\n\n{REFUSAL}\n"


@pytest.mark.parametrize("width", [0, 30, 47, 200])
def test_terminal_lines_fit(width: int) -> None:
    rendered = render_terminal(ANSWER, width=width)
    assert max(map(len, rendered.splitlines())) <= max(width, 30)
    assert "passengers.” [1]" in " ".join(rendered.split())


def test_colour_adds_escape_sequences_and_nothing_else() -> None:
    coloured = render_terminal(ANSWER, width=60, colour=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == render_terminal(ANSWER, width=60)
    assert "\x1b[36m[1]\x1b[0m" in coloured


def test_markdown_shows_question_answer_and_citations() -> None:
    assert render_markdown(ANSWER) == (
        "**how many fit?**\n\n"
        "“It takes 90 passengers.” [1] The bridge opens in May. [1] [2]"
        " (partly supported: ‘until May’ promises nothing)\n\n"
        "- [1] *Second ferry for Saltmere*: “It takes 90 passengers.” (Corvane Wire, 20 March 2025,"
        " articles/ferry.md, characters 44–67, also in 1 other outlet: Harbour Post)\n"
        "- [2] *Bridge stays shut*: “The bridge stays shut until May, the board said.”"
        " (date unknown, articles/bridge.txt, characters 0–48)\n"
    )


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[2J\x1b[1;31mred\x1b[m", "red"),
        ("\x9b31mred \x9d0;x\x9cafter", "red after"),
        ("\x1b]0;never closed", "0;never closed"),
        ("\x1b\x1b[31m[31mnested", "[31mnested"),
        ("one\r\ntwo\rthree\u2028four\x0bfive", "one\ntwo\nthree\nfour\nfive"),
        ("a\x00\x08\x7f\u202e\u2066\u200f\u061c\ufeffb", "ab"),
        ("tag\U000e0041s \ud800", "tags \ufffd"),
        ("naïve “quotes” 日本 می\u200cخواهم", "naïve “quotes” 日本 می\u200cخواهم"),
        ("[1] [ 12 ] [3, 4] [5–6] [²] ［7］ [\u200b8]", "(1) ( 12 ) (3, 4) (5–6) (²) (7) (8)"),
        ("[1\u3164] [\ufe0f2]", "(1) (\ufe0f2)"),
        ("[sic] [Mr 1] [] [", "[sic] [Mr 1] [] ["),
    ],
)
def test_clean_text(raw: str, clean: str) -> None:
    assert quote_text(raw) == clean


@given(hostile_text)
def test_clean_text_leaves_nothing_that_acts(text: str) -> None:
    cleaned = quote_text(text)
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]", cleaned
    )
    assert not re.search(r"\[[\s\d]*\d[\s\d]*\]", cleaned)
    assert quote_text(cleaned) == cleaned
    cleaned.encode()


@given(hostile_text)
def test_clean_line_is_one_line(text: str) -> None:
    line = quote_line(text)
    assert line == " ".join(line.split())
    assert not re.search(r"\[[\s\d]*\d[\s\d]*\]", line)


@given(hostile_text)
def test_terminal_marks_are_ours_alone(text: str) -> None:
    rendered = render_terminal(make_hostile(text), width=10_000)
    assert re.findall(r"\[[\s\d]*\d[\s\d]*\]", rendered) == ["[1]", "[1]"]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", rendered)


@given(hostile_text)
@example("{{constructor.constructor('alert(1)')()}} ${alert(1)} `x` $x$")
def test_html_is_inert_in_templates_and_formulas(text: str) -> None:
    assert not re.search(r"[`{}$<>\"']", escape_html(text))


@given(hostile_text)
@example("1) one")
@example("- one")
@example("=== one")
def test_markdown_shows_text_and_never_markup(text: str) -> None:
    line = quote_line(text)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(escape_markdown(text))
    if not line:
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} == {"text"}
    assert "".join(child.content for child in children) == line


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
    assert re.findall(r"\[[^\]]*\]", source) == ["[1]", "[1]"]


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
