"""Answers in parts, context, counts and sources in a real browser; axe-core finds nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from browser import DESK, PHONE, act_on, ask, find_violations, visit, wait_for_answer
from conftest import StartChat
from onrecord import HashEmbedder, Library
from sample_answers import ANSWER, BRIDGE, FERRY, IN_PARTS, NEAR_MISS, TOLL, make_count
from ui.web.chat.conversations import STORE_FILE, ConversationStore
from ui.web.chat.exchange import Exchange

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READER = "b" * 32
BE_THE_READER = (
    f"if (location.protocol === 'http:') localStorage.setItem('onrecord.browser', '{READER}')"
)
KEPT = (IN_PARTS, NEAR_MISS, make_count(29))
TITLE = "Ferries, tolls"
TWO = "How many passengers does the second ferry take, and what was discussed by the board?"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, start_chat: StartChat) -> str:
    """Serve a library in which a conversation has answers of every shape; give the address."""
    folder: Path = tmp_path_factory.mktemp("answers") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([FERRY, BRIDGE, TOLL])
    store = ConversationStore(folder / STORE_FILE)
    owner = f"browser:{READER}"
    conversation = store.create(owner, TITLE)
    for number, answer in enumerate(KEPT, 1):
        store.save(owner, conversation, Exchange.from_answer(number, answer))
    asked_as_one = replace(Exchange.from_answer(4, replace(IN_PARTS, parts=())), whole=True)
    one = tuple(replace(claim, part=0) for claim in asked_as_one.claims)
    store.save(owner, conversation, replace(asked_as_one, claims=one))
    copied = replace(ANSWER.citations[0], url="https://corvane.example/ferry")
    store.save(
        owner,
        conversation,
        Exchange.from_answer(5, replace(ANSWER, citations=(copied, *ANSWER.citations[1:]))),
    )
    store.close()
    return f"{start_chat(folder).address}/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_answers_of_every_shape_are_clean(
    browser: Browser, address: str, size: ViewportSize, scheme: str
) -> None:
    with visit(browser, address, size=size, scheme=scheme, scripts=[BE_THE_READER]) as (page, _):
        if size == PHONE:
            page.locator("#toggle-conversations").click()
        page.locator("#conversation-list .open", has_text=TITLE).click()
        page.locator("#exchange-5").wait_for()
        page.locator("#since-3", has_text="6 and 23 more are from articles that").wait_for()
        assert find_violations(page) == [], "closed"

        parts = page.locator("#exchange-1 h4.part").all_inner_texts()
        assert parts == [part.question for part in IN_PARTS.parts]
        context = page.get_by_role(
            "group", name="What the articles do say instead; this is no answer"
        )
        assert context.count() == 3
        assert "The bridge stays shut until May" in context.first.inner_text()
        assert context.first.locator(".chip").count() == 1

        more = page.get_by_role("button", name="and 23 more citations")
        chips = page.locator("#exchange-3 .claims .chip >> visible=true")
        assert chips.count() == 6
        more.focus()
        page.keyboard.press("Enter")
        assert more.get_attribute("aria-expanded") == "true"
        assert chips.count() == 29
        sources = page.locator("#exchange-3 .source >> visible=true")
        assert sources.count() == 10
        page.locator("#exchange-3 .more-sources summary").click()
        assert sources.count() == 29
        assert find_violations(page) == [], "opened"
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        page.keyboard.press("Tab")
        more.press("Enter")
        assert chips.count() == 6


def test_on_paper_is_the_whole_conversation(browser: Browser, address: str) -> None:
    with visit(browser, address, scripts=[BE_THE_READER]) as (page, _):
        page.locator("#conversation-list .open", has_text=TITLE).click()
        page.locator("#exchange-5").wait_for()
        page.locator("#exchange-1 .chip").first.click()
        page.locator("#article-panel mark").wait_for()
        page.emulate_media(media="print")
        assert page.locator("#exchange-3 .claims .chip >> visible=true").count() == 29
        with pypdfium2.PdfDocument(page.pdf(format="A4")) as printed:
            sheets = [sheet.get_textpage().get_text_range() for sheet in printed]
    text = " ".join(" ".join(sheets).split())
    for answer in KEPT:
        assert answer.question in text
        for citation in answer.citations:
            assert citation.title in text
            assert citation.quote in text
    assert "Also in Harbour Post, 21 March 2025" in text
    assert "New conversation" not in text
    assert "Edit details" not in text


def test_two_places_of_an_article_are_read_one_after_the_other(
    browser: Browser, address: str
) -> None:
    with visit(browser, address, scripts=[BE_THE_READER]) as (page, _):
        page.locator("#conversation-list .open", has_text=TITLE).click()
        page.locator("#exchange-5").wait_for()
        page.locator("#exchange-1 .chip", has_text="3").focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        card = page.locator("#citation-card")
        card.wait_for()
        for part in ("Nobody has decided on it.", TOLL.title, "Harbour Post, 4 March 2025"):
            assert part in card.inner_text()
        page.keyboard.press("Enter")
        mark = page.locator("#article-panel mark")
        page.locator("#article-panel mark", has_text="Nobody has decided on it.").wait_for()
        assert page.locator("#citation-place").inner_text() == "3 of 4"
        page.keyboard.press("p")
        page.locator(
            "#article-panel mark", has_text="A toll was discussed by the board."
        ).wait_for()
        assert page.locator("#citation-place").inner_text() == "2 of 4"
        assert mark.count() == 1


def test_a_question_is_asked_in_parts_as_one_and_a_part_alone(
    browser: Browser, address: str
) -> None:
    with visit(browser, address) as (page, _):
        ask(page, TWO)
        plan = page.locator("#exchange-1 .plan")
        buttons = plan.locator("[data-ask]")
        assert buttons.count() == 2
        assert page.locator("#exchange-1 h4.part").all_inner_texts() == buttons.all_inner_texts()

        plan.get_by_role("button", name="Ask as one question").click()
        plan.get_by_text("Asked as one question.").wait_for()
        wait_for_answer(page, 1)
        assert page.locator("#exchange-1 h4.part").count() == 0
        act_on(page, 1, "retry")
        wait_for_answer(page, 1)
        assert plan.get_by_text("Asked as one question.").is_visible()
        plan.get_by_role("button", name="Ask in parts").click()
        buttons.first.wait_for()
        wait_for_answer(page, 1)

        asked = buttons.last.inner_text()
        buttons.last.click()
        page.locator("#question-2", has_text=asked).wait_for()
        wait_for_answer(page, 2)
        assert page.locator("#exchange-2 .plan").count() == 0
        assert "A toll was discussed" in page.locator("#exchange-2 .claims").first.inner_text()
