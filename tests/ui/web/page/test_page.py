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
from rag.types import Answer, Answered, AnswerPart, Citation, Claim, Support
from sample_answers import IN_PARTS, NEAR_MISS, make_count
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


def make_exchange_in_parts(text: str) -> Exchange:
    """Return an answered part, a part of which only context is known, and one of nothing."""
    many = tuple(range(1, 13))
    return replace(
        make_exchange(text),
        claims=(
            Claim(text, Support.SUPPORTED, many),
            Claim(text, Support.PARTLY, (1,), reason=text, context=True, part=1),
        ),
        citations=tuple(
            replace(make_citation(number, text), article_id=f"{text}{number // 2}")
            for number in range(1, 30)
        ),
        also_read=(),
        parts=tuple(
            AnswerPart(text, "one", answered)
            for answered in (Answered.YES, Answered.NO, Answered.NO)
        ),
        missing=(text, text),
        probability=0.9,
        whole=True,
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
    assert "".join(marks) == text[start:end]
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


# Parts, context, counts.


def show(answer: Answer) -> str:
    return render_exchange(Exchange.from_answer(1, answer))


def test_an_answer_in_parts_has_a_heading_for_each() -> None:
    page = outline(show(IN_PARTS))
    assert page.texts["h4"] == [*(part.question for part in IN_PARTS.parts), "Sources"]
    said = page.texts["p"]
    assert "The fare is nothing.1" in said
    assert (
        "A toll was discussed by the board.2 (4 March 2025) Nobody has decided on it."
        "3 (4 March 2025)1 (20 March 2025)"
    ) in said
    assert "Not answered: Who mends the bridge?" in said


def test_context_is_a_group_of_its_own_that_says_so() -> None:
    for answer in (IN_PARTS, NEAR_MISS):
        page = show(answer)
        found = re.findall(r'<div class="context" role="group" aria-labelledby="([^"]+)">', page)
        (label,) = found
        assert f'<p class="context-label" id="{label}">What the articles do say<span' in page
        assert " instead; this is no answer</span>" in page
        before, after = page.split('<div class="context"')
        assert before.endswith("<strong>The articles do not say.</strong></p>")
        assert "The bridge stays shut until May" in after
    assert '<div class="context"' not in render_exchange(make_exchange())


def test_no_words_of_context_are_set_off() -> None:
    assert '<strong class="answer">' not in show(IN_PARTS)
    answered = replace(IN_PARTS, claims=(replace(IN_PARTS.claims[3], context=False, part=0),))
    assert '<strong class="answer">until May</strong>' in show(answered)


def test_what_a_refusal_says_is_cited_and_not_listed_again() -> None:
    page = show(NEAR_MISS)
    assert 'class="chip" data-citation="2"' in page
    assert "nearest" not in page.casefold()
    assert "Confidence" not in page
    assert "Not answered" not in page


def test_the_parts_of_a_question_can_be_asked_alone_or_as_one() -> None:
    page = show(IN_PARTS)
    for part in IN_PARTS.parts:
        assert f'data-ask="{part.question}" data-as-is="true"' in page
    assert 'data-do="whole"' in page
    assert "Divided into 3 questions." in page
    whole = Exchange.from_answer(1, replace(IN_PARTS, parts=IN_PARTS.parts[:1]))
    assert "plan" not in render_exchange(whole)
    page = render_exchange(replace(whole, whole=True))
    assert "Asked as one question." in page
    assert 'data-do="in-parts"' in page
    assert 'data-whole="true"' in page


def test_an_answer_in_parts_grows_part_by_part() -> None:
    parts = tuple(replace(part, answered=Answered.PARTLY) for part in IN_PARTS.parts)
    growing = Exchange.from_answer(
        1, replace(IN_PARTS, claims=IN_PARTS.claims[:1], parts=parts), state=AnswerState.GROWING
    )
    page = render_exchange(growing)
    assert outline(page).texts["h4"][0] == "What does the ferry cost?"
    assert '<h4 class="part" dir="auto">What is said of a toll?' not in page
    assert "do not say" not in page
    assert "Not answered" not in page
    assert "Confidence" not in page
    assert "Divided into 3 questions." in page


def test_two_places_of_an_article_are_one_source() -> None:
    page = outline(show(IN_PARTS))
    assert page.texts["cite"].count("A toll is discussed") == 1
    assert page.texts["blockquote"] == [citation.quote for citation in IN_PARTS.citations]
    quoted = re.findall(r'<span class="about quoted" dir="auto">([^<]*)<', show(IN_PARTS))
    assert quoted == ["Nobody has decided on it."]


def test_of_many_marks_and_sources_the_first_are_shown() -> None:
    page = show(make_count(29))
    before, after = page.split('data-do="unfold" aria-expanded="false">and 23 more<')
    folded, _ = after.split('<div class="sources">')
    assert before.count('class="chip"') == 6
    assert folded.count('class="chip"') == 23
    assert '<span class="folded" hidden>' in folded
    listed, more = page.split('<details class="more-sources"><summary>and 19 more</summary>')
    assert listed.count('<li id="source-1-') == 10
    assert more.count('<li id="source-1-') == 19
    assert "more-marks" not in show(make_count(7))


@pytest.mark.parametrize(
    ("probability", "shown"), [(0.9, "high"), (0.6, "medium"), (0.1, "low"), (None, None)]
)
def test_confidence_is_said_in_words(probability: float | None, shown: str | None) -> None:
    page = render_exchange(replace(make_exchange(), probability=probability))
    assert ("Confidence" in page) == (shown is not None)
    assert shown is None or f'<p class="confidence">Confidence: {shown}</p>' in page


# Errors, states.


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
            Exchange.from_answer(1, IN_PARTS),
            "Answered in part: What does the ferry cost? The fare is nothing. What is said of a"
            " toll? A toll was discussed by the board. Nobody has decided on it. Who mends the"
            " bridge? The articles do not say. What they do say: The bridge stays shut until May,"
            " the board said. 4 citations.",
        ),
        (
            Exchange.from_answer(1, NEAR_MISS),
            "The articles do not say. What they do say: The bridge stays shut until May, the board"
            " said. 2 citations.",
        ),
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
        render_exchange(make_exchange_in_parts(text)),
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
