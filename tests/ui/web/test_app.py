"""The page in a real browser: reading, keys, conversations, taking along, and hostile articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from browser import act_on, ask, find_violations, visit, wait_for_answer
from conftest import StartChat
from onrecord import Article, HashEmbedder, Library

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAYLOAD = (
    "<img src=x onerror=pwned()><script>pwned()</script>"
    "{{constructor.constructor('pwned()')()}} ${pwned()} `x` [7] https://example.org/x.png"
)
ARTICLES = (
    Article(
        article_id='ferry "<b>',
        title=f"Second ferry {PAYLOAD}",
        text="A second ferry began to cross Saltmere harbour. It takes 90 passengers.\n\n"
        f"The fare is nothing [1], harbour master Ines Varga said. {PAYLOAD}",
        source="javascript:pwned()",
        published=date(2025, 3, 20),
        outlet=f"Corvane {PAYLOAD}",
    ),
    Article(
        article_id="bridge",
        title="Bridge stays shut",
        text="\n\n".join(
            [
                *(f"Nothing happened on day {day} of the works." for day in range(60)),
                "The Tollen Bridge stays shut until May, inspector Ola Brandt said.",
                *(f"Nothing happened on night {day} of the works." for day in range(60)),
            ]
        ),
        published=date(2025, 3, 4),
    ),
)
FERRY = "how many passengers does the ferry take?"
BRIDGE = "until when does the Tollen Bridge stay shut?"
REFUSED = "what is the price of tea in Antarctica?"
MAX_PAGE_BYTES = 350_000
WEIGHT = """() => performance.getEntries().filter((it) => !it.name.includes("/queue/"))
  .reduce((sum, it) => sum + (it.transferSize || 0), 0)"""
TRAP = "window.calls = 0; window.pwned = () => { window.calls += 1; };"


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory, start_chat: StartChat) -> str:
    """Serve a library with hostile articles; give the address."""
    folder = tmp_path_factory.mktemp("chat") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        opened.add(ARTICLES)
    return f"{start_chat(folder).address}/"


@pytest.fixture
def page(chat: str, browser: Browser) -> Iterator[Page]:
    """Give a page of a new reader; it may complain of nothing and fetch nothing from elsewhere."""
    with visit(browser, chat, scripts=[TRAP]) as (page, _):
        page.locator(".examples button").first.wait_for()
        yield page
        assert page.evaluate("window.calls") == 0


def wait_for_announcement(page: Page, text: str) -> None:
    page.locator("#announcer", has_text=text).wait_for(state="attached")


def test_citations_by_keyboard(page: Page) -> None:
    ask(page, FERRY)
    page.locator(".chip").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    card = page.locator("#citation-card")
    card.wait_for()
    assert page.locator(".chip").first.get_attribute("aria-describedby") == "citation-card"
    page.keyboard.press("Escape")
    assert card.is_hidden()
    page.keyboard.press("Enter")
    page.locator("#article-panel mark").wait_for()
    place = page.locator("#citation-place")
    total = page.locator("#exchange-1 div.sources li").count()
    assert place.inner_text() == f"1 of {total}"
    page.keyboard.press("p")
    page.get_by_text(f"{total} of {total}").wait_for()
    page.keyboard.press("n")
    page.get_by_text(f"1 of {total}").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#article-panel").is_hidden()
    assert page.evaluate("document.activeElement.className").startswith("chip")


def test_commands_and_answers_by_keyboard(page: Page) -> None:
    def focused() -> str:
        return str(page.evaluate("document.activeElement.id || document.activeElement.className"))

    assert page.evaluate(WEIGHT) < MAX_PAGE_BYTES
    ask(page, FERRY)
    ask(page, BRIDGE)
    page.locator("#question").focus()
    page.keyboard.press("ArrowUp")
    assert page.locator("#exchange-2 .chip").first.evaluate("it => it === document.activeElement")
    page.keyboard.press("k")
    assert focused() == "exchange-1"
    page.keyboard.press("j")
    assert focused() == "exchange-2"
    page.keyboard.press("c")
    assert focused() == "chip"
    page.keyboard.press("/")
    assert focused() == "question"
    page.keyboard.type("c?")
    assert page.locator("#question").input_value() == "c?"
    page.keyboard.press("Escape")
    assert focused() == "exchange-2"

    page.keyboard.press("Control+k")
    page.locator("#palette").wait_for()
    assert find_violations(page) == []
    assert FERRY in page.locator("#commands").inner_text()
    page.keyboard.type("new conv")
    assert page.locator("#commands button").all_inner_texts() == ["New conversation"]
    page.keyboard.press("Enter")
    page.locator(".welcome").wait_for()
    page.keyboard.press("Control+k")
    page.keyboard.type("zzz")
    assert page.locator("#no-command").is_visible()
    page.keyboard.press("Escape")
    page.locator("#palette").wait_for(state="hidden")


def test_a_hostile_article_is_text(page: Page) -> None:
    ask(page, f"{FERRY} {PAYLOAD}")
    shown = page.locator("#exchange-1")
    assert PAYLOAD.replace("[7]", "(7)") in shown.locator(".question").inner_text()
    ask(page, FERRY)
    source = page.locator("#source-2-1")
    assert "Second ferry <img src=x onerror=pwned()>" in source.locator("cite").inner_text()
    source.locator("button.source").first.click()
    page.locator("#article-panel mark").wait_for()
    assert page.locator(".article-text").text_content() == ARTICLES[0].text
    assert page.locator("#thread :is(img, script, iframe, style, a)").count() == 0
    assert page.locator("#article :is(img, script, iframe, style, a, form)").count() == 0
    chips = page.locator("#thread .chip").all_inner_texts()
    numbers = page.locator("#thread .sources .number").all_text_contents()
    assert all(text.isdecimal() for text in [*chips, *numbers])
    assert not re.search(r"\[\d", page.locator("#exchange-2 .claims").inner_text())


def test_edit_retry_and_undo(page: Page) -> None:
    field = page.locator("#question")
    ask(page, FERRY)
    ask(page, BRIDGE)
    act_on(page, 1, "edit")
    assert field.input_value() == FERRY
    field.press("Escape")
    assert page.locator("#editing").is_hidden()
    act_on(page, 1, "retry")
    wait_for_answer(page, 1)
    assert page.locator(".exchange").count() == 2

    act_on(page, 2, "undo")
    page.locator("#exchange-2").wait_for(state="detached")
    assert field.input_value() == BRIDGE


def test_conversations_are_found_again(page: Page) -> None:
    ask(page, FERRY)
    page.locator("#new-conversation").click()
    page.locator(".welcome").wait_for()
    ask(page, REFUSED)
    titles = page.locator("#conversation-list .title")
    assert titles.all_inner_texts() == [REFUSED, FERRY]
    assert titles.evaluate_all("all => all.every((it) => it.scrollHeight <= it.clientHeight)")
    assert page.locator("#conversation-title").evaluate("it => it.offsetHeight") <= 1

    page.reload()
    page.locator("#exchange-1 .refusal").wait_for()
    page.locator("#conversation-list .open", has_text=FERRY).click()
    page.locator("#exchange-1 .chip").first.wait_for()

    page.get_by_role("button", name="Find in conversations").click()
    page.keyboard.type("takes 90 passen")
    found = page.locator("#answers-found button", has_text=FERRY)
    found.wait_for()
    assert "90 passengers" in found.inner_text()
    assert find_violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#exchange-1:focus .chip").first.wait_for()

    page.locator("[data-do=rename-conversation]").last.click()
    page.keyboard.type("Ferries")
    page.keyboard.press("Enter")
    page.locator("#conversation-list .title", has_text="Ferries").wait_for()
    page.locator("#conversation-list li", has_text="Ferries").locator(
        "[data-do=delete-conversation]"
    ).click()
    page.locator(".welcome").wait_for()
    assert titles.all_inner_texts() == [REFUSED]
    page.locator("#notice-undo").click()
    page.locator("#exchange-1 .chip").first.wait_for()
    assert titles.all_inner_texts() == [REFUSED, "Ferries"]


def test_everything_has_an_address(page: Page, chat: str, browser: Browser) -> None:
    mark = page.locator("#article-panel mark")
    ask(page, FERRY)
    conversation = page.url
    assert "#conversation=" in conversation
    page.locator("#exchange-1 .chip").first.click()
    mark.wait_for()
    cited = page.url
    assert cited.startswith(f"{conversation}&answer=1&citation=")
    marked = mark.text_content()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("The link is copied.").first.wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    page.locator("#show-sources").click()
    page.locator("#view-sources .sources-list").wait_for()
    page.go_back()
    mark.wait_for()
    page.go_back()
    page.locator("#article-panel").wait_for(state="hidden")
    assert page.url == conversation
    page.go_forward()
    mark.wait_for()
    page.locator("#new-conversation").click()
    page.locator(".welcome").wait_for()
    page.goto(cited)
    mark.wait_for()
    assert mark.text_content() == marked

    with visit(browser, link, scripts=[TRAP]) as (colleague, _):
        colleague.locator("#article-panel mark").wait_for()
        assert colleague.locator("#article-panel mark").text_content() == marked
        colleague.goto(conversation)
        colleague.locator("#notice", has_text="another reader's").wait_for()
        assert FERRY not in colleague.locator("#thread").inner_text()
        colleague.goto(f"{chat}#article={quote(PAYLOAD)}&from=9e9&conversation=x&answer=<b>")
        colleague.locator("#notice", has_text="another reader's").wait_for()
        assert colleague.evaluate("window.calls") == 0


def test_a_link_asks_its_question(page: Page, chat: str) -> None:
    asked = f"{BRIDGE}\n<script>pwned()</script>\u0007{' I would like to know.' * 20}"
    page.goto(f"{chat}?q={quote(asked)}")
    wait_for_answer(page, 1)
    assert page.url.partition("#")[0] == chat
    heading = page.locator("#question-1")
    assert heading.evaluate("it => it.scrollHeight > it.clientHeight")
    page.locator("#exchange-1 .unfold").click()
    assert heading.evaluate("it => it.scrollHeight <= it.clientHeight")
    assert "<script>pwned()</script>" in page.locator("#question-1").inner_text()
    page.reload()
    page.locator("#exchange-1").wait_for()
    assert page.locator("#conversation-list li").count() == 1


def test_the_fixtures_are_hostile() -> None:
    assert all(PAYLOAD in value for value in (ARTICLES[0].title, ARTICLES[0].outlet))
