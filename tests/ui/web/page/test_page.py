"""The page's HTML: what it says, that it is exact, and that nobody else's markup gets in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.types import Article, Copy
from rag.types import Citation, Claim, Support
from ui.escape import quote_line
from ui.web.chat.conversations import Conversation
from ui.web.chat.exchange import AnswerState, Exchange
from ui.web.page.article import MAX_ARTICLE_CHARS, render_article
from ui.web.page.html_text import show_exactly
from ui.web.page.page import (
    announce_exchange,
    page_script,
    page_skeleton,
    render_conversations,
    render_exchange,
    render_thread,
    render_welcome,
)

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</p></article><script>alert(1)</script>",
    "[1] Source: [2]",
    "\u202egnisrever\u2066 \u200b",
    "${alert(1)} {{value}} `x` $x$ \\(y\\)",
    "![x](https://example.org/x.png) https://example.org",
    "\" onmouseover=alert(1) x='",
    "&lt;b&gt; &amp; &#91;1&#93; <!-- ",
    "<svg><style>*{display:none}</style></svg>",
)
hostile_text = st.one_of(
    st.text(),
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map(" ".join),
)


class Outline(HTMLParser):
    """Collects what a page would have: its elements with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        if tag not in {"input"}:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.texts[tag][-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert not parser.open
    return parser


def make_citation(number: int, text: str = "It takes 90 passengers.") -> Citation:
    return Citation(
        number=number,
        article_id=f"ferry {text}",
        title=f"Second ferry {text}",
        outlet=f"Corvane Wire {text}",
        source=f"articles/ferry.md {text}",
        published=date(2025, 3, 20),
        start=10,
        end=10 + len(text),
        quote=text,
        copies=(Copy("copy", text, f"Harbour Post {text}", None, 0, 3),),
    )


def make_exchange(text: str = "It takes 90 passengers.") -> Exchange:
    return Exchange(
        number=3,
        question=f"how many fit? {text}",
        understood=f"how many fit? (ferry) {text}",
        claims=(
            Claim(text, Support.SUPPORTED, (1,)),
            Claim(f"It may. {text}", Support.PARTLY, (1, 2), reason=f"no figure {text}"),
            Claim(f"It will. {text}", Support.UNSUPPORTED, ()),
        ),
        citations=(make_citation(1, text), make_citation(2, text)),
        also_read=(make_citation(3, text),),
        notice=f"As of March. {text}",
        state=AnswerState.DONE,
        verdict="up",
        note=text,
        narrowed=(("outlet", f"Corvane Wire {text}"), ("period", "since 1 March 2025")),
        without=("author",),
    )


def make_refusal(text: str = "It takes 90 passengers.") -> Exchange:
    return replace(
        make_exchange(text), refused=True, claims=(), suggestions=(f"Who said it? {text}",)
    )


# Exactness.


@given(hostile_text)
@example("a\rb\r\nc\td\u2028e\u00adf\x85g\x01h")
@example("می\u200cخواهم 👩\u200d🚀 e\u0301")
def test_text_of_an_article_is_shown_to_the_character(text: str) -> None:
    expected = re.sub("[\ud800-\udfff]", "\ufffd", text.replace("\0", "\ufffd"))
    shown = outline(f"<p>{show_exactly(text)}</p>")
    assert shown.texts["p"] == [expected]
    assert {tag for tag, _ in shown.elements} <= {"p", "span"}


@given(hostile_text)
def test_what_turns_or_hides_text_is_not_displayed(text: str) -> None:
    displayed = re.sub(r'<span class="unseen">.*?</span>', "", show_exactly(text), flags=re.DOTALL)
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", displayed
    )


@given(st.text(min_size=1), st.integers(0, 50), st.integers(0, 50))
def test_the_mark_is_the_cited_stretch(text: str, first: int, second: int) -> None:
    text = re.sub("[\0\ud800-\udfff]", "x", text)
    start, end = sorted((min(first, len(text)), min(second, len(text))))
    page = outline(render_article(Article("a", "Title", text), start, end))
    marks = page.texts.get("mark", [])
    assert marks == ([text[start:end]] if end > start else [])
    assert page.texts["div"] == [text]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_of_an_enormous_article_the_surroundings_of_the_place_are_shown(share: float) -> None:
    filler = "Nothing happened on this day. " * 10_000
    place = round(len(filler) * share)
    text = f"{filler[:place]}It takes 90 passengers.{filler[place:]}"
    page = render_article(Article("a", "Title", text), place, place + 23)
    shown = outline(page)
    assert shown.texts["mark"] == ["It takes 90 passengers."]
    assert len(shown.texts["div"][0]) == MAX_ARTICLE_CHARS
    assert f"This article has {len(text):,} characters" in page


# What it says.


def test_an_answer_has_chips_sources_and_what_was_also_read() -> None:
    page = render_exchange(make_exchange())
    assert 'aria-label="Citation 1: Second ferry It takes 90 passengers., 20 March 2025">1<' in page
    assert '<li id="source-3-2" data-citation="2"' in page
    assert "<summary>Also found (1)</summary>" in page
    assert '<ol class="sources" start="3">' in page
    assert "Understood as: <q>how many fit? (ferry)" in page


def test_what_the_question_narrows_to_can_be_taken_back_part_by_part() -> None:
    page = render_exchange(make_exchange())
    assert '<ul class="narrowed" aria-label="Only these articles were searched">' in page
    buttons = re.findall(
        r'<button[^>]* data-do="widen" data-part="(\w+)"\s*data-without="(.*?)"', page
    )
    assert buttons == [("outlet", "author "), ("period", "author ")]
    assert "Ask again without “since 1 March 2025”<" in page
    growing = render_exchange(replace(make_exchange(), state=AnswerState.GROWING))
    assert "since 1 March 2025" in growing
    assert 'data-do="widen"' not in growing


def test_doubt_is_said_in_words_and_drawn() -> None:
    page = render_exchange(make_exchange())
    assert '<span class="claim" data-support="supported">' in page
    assert "<span>Partly supported: no figure It takes 90 passengers.</span>" in page
    assert "<span>Not supported</span>" in page
    assert page.count('<span class="doubt"><svg') == 2


def test_what_stands_against_an_answer_leads_to_its_citations() -> None:
    remark = "The articles give different numbers: “90” in [1] (Wire); “95” in [2] (Post) or [9]."
    page = render_exchange(replace(make_exchange(), remarks=(remark,)))
    found = re.search(r'<p class="remark".*?</p>', page)
    assert found
    assert re.findall(r'data-citation="(\d)"', found[0]) == ["1", "2"]
    assert not re.search(r"\[\d", outline(found[0]).texts["p"][0])


def test_a_question_back_stands_in_place_of_a_refusal() -> None:
    asked = Exchange(1, "and there?", refused=True, clarification="Which place? [1]")
    page = render_exchange(asked)
    assert "<strong>Which place? (1)</strong>" in page
    assert "do not say" not in page
    assert announce_exchange(asked) == "Which place? [1]"
    assert asked.text == "Which place? (1)"


def test_a_refusal_shows_the_nearest_passages_and_what_to_ask() -> None:
    page = render_exchange(make_refusal())
    assert "<strong>The articles do not say.</strong>" in page
    assert "Nearest passages" in page
    assert 'data-ask="Who said it? It takes 90 passengers."' in page
    assert 'class="chip"' not in page


def test_what_was_found_is_shown_while_it_is_read() -> None:
    found = Exchange(2, "how many?", also_read=(make_citation(1), make_citation(2)))
    page = render_exchange(found)
    assert "Reading these articles…" in page
    assert page.count("<blockquote") == 2
    assert '<li id="source-2-1"' in page
    assert "Also found" not in page
    stopped = render_exchange(replace(found, state=AnswerState.STOPPED))
    assert "Also found (2)" in stopped


def test_of_what_does_not_answer_no_words_are_set_off() -> None:
    cited = replace(make_citation(1), answer_span=(19, 21))
    answer = replace(make_exchange(), citations=(cited,))
    assert '<strong class="answer">90</strong>' in render_exchange(answer)
    refusal = replace(make_refusal(), citations=(cited,))
    assert '<strong class="answer">' not in render_exchange(refusal)


def test_an_error_is_shown_alone() -> None:
    failed = Exchange(1, "why?", error="no library at 'x'", state=AnswerState.FAILED)
    page = render_exchange(failed)
    assert '<p class="error">no library at &#x27;x&#x27;</p>' in page
    assert 'data-do="retry"' in page
    assert 'data-do="copy"' not in page


def test_only_the_last_question_can_be_undone() -> None:
    first, second = replace(make_exchange(), number=1), replace(make_exchange(), number=2)
    page = render_thread((first, second))
    assert page.count('data-do="undo"') == 1
    assert page.rindex('data-do="undo"') > page.index('id="exchange-2"')


def test_a_growing_answer_says_so_and_offers_nothing_yet() -> None:
    page = render_exchange(replace(make_exchange(), state=AnswerState.GROWING))
    assert 'aria-busy="true"' in page
    assert "Reading on…" in page
    assert 'class="toolbar"' not in page


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (make_exchange("One."), "Answer: One. It may. One. It will. One. 2 citations."),
        (make_refusal("One."), "The articles do not say. 2 near passages shown."),
        (
            replace(make_exchange("One."), state=AnswerState.STOPPED),
            "Stopped. One. It may. One. It wil",
        ),
        (Exchange(1, "q", error="no\nlibrary", state=AnswerState.FAILED), "no library"),
    ],
)
def test_a_screen_reader_is_told_the_answer(exchange: Exchange, expected: str) -> None:
    assert announce_exchange(exchange).startswith(expected)


def test_the_welcome_asks_for_articles_where_there_are_none() -> None:
    assert 'data-view-target="sources"' in render_welcome((), hint="Drop some in.")
    page = render_welcome(("Who spoke?",))
    assert 'data-ask="Who spoke?"' in page
    assert "data-view-target" not in page


def test_conversations_are_listed_with_title_and_date() -> None:
    item = Conversation("a" * 32, "Ferries <b>", datetime(2025, 3, 20, tzinfo=UTC))
    page = render_conversations((item,), "a" * 32)
    assert "Ferries &lt;b&gt;</span>" in page
    assert "20 March 2025" in page
    assert 'aria-current="true"' in page
    assert "None yet." in render_conversations((), "")


# What nobody else can put there.


def all_pages(text: str) -> Sequence[str]:
    article = Article("a", text, text, source=text, outlet=f"x{text}")
    conversation = Conversation("a" * 32, text, datetime(2025, 3, 20, tzinfo=UTC))
    return (
        render_exchange(make_exchange(text)),
        render_exchange(make_refusal(text)),
        render_exchange(Exchange(1, text, error=text, state=AnswerState.FAILED)),
        render_article(article, 0, 1, warning=text),
        render_conversations((conversation,), ""),
        render_welcome((text,)),
        render_welcome((), hint=text),
    )


@given(hostile_text)
@example("\\")
def test_pages_have_our_elements_and_no_others(text: str) -> None:
    text = quote_line(text) or "x"
    for page, harmless in zip(all_pages(text), all_pages("word"), strict=True):
        assert outline(page).elements == outline(harmless).elements


@given(hostile_text)
def test_pages_hold_no_address_script_or_template(text: str) -> None:
    for page in all_pages(text):
        assert not re.search(r"[`{}$]", page)
        names = {name for _, names in outline(page).elements for name in names}
        assert not {name for name in names if name.startswith("on")}
        assert not names & {"href", "src", "style", "srcdoc", "action", "formaction"}


def test_no_number_in_brackets_is_in_an_answer() -> None:
    page = outline(render_exchange(make_exchange("As [1] says, [2].")))
    claims = "".join(page.texts["p"])
    assert "As (1) says, (2)." in claims
    assert not re.search(r"\[\d", claims)


def test_the_skeleton_is_no_template() -> None:
    assert not re.search(r"[`\\]|\$\{|\{\{", page_skeleton())
    assert not re.search(r"(?:https?:)?//(?!\s)", re.sub(r"^\s*//.*$", "", page_skeleton()))
    assert "http" not in page_script()
