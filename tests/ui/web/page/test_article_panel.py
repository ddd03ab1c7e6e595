"""The article panel in a real browser: details, corrections, versions, who else printed it."""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING

import pytest

from browser import DESK, PHONE, ask, find_violations, visit, wait_for_answer
from conftest import Chat, StartChat
from onrecord import Article, HashEmbedder, Library
from scripted_endpoint import Call, ScriptedEndpoint, reply_json

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FERRY = Article(
    article_id="ferry",
    title="Second ferry",
    text="A second ferry began to cross Saltmere harbour. It takes 90 passengers.\n\n"
    "The fare is nothing, harbour master Ines Varga said. It runs until dark.",
    source="/srv/secret/folder/ferry.md",
    published=date(2025, 3, 20),
    outlet="Corvane Wire",
    author="Ada Ek",
    language="en",
    url="https://news.example/ferry",
    date_basis="page",
)
COPY = Article(
    article_id="ferry-copy",
    title="A ferry more",
    text=FERRY.text,
    published=date(2025, 3, 21),
    outlet="Harbour Post",
    language="de",
)
QUESTION = "how many passengers does the ferry take?"


def fill(folder: Path) -> Path:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        earlier = FERRY.text.replace("It takes 90", "It takes 60")
        library.add([Article("ferry", "One ferry", earlier, published=FERRY.published)])
        library.add([FERRY, COPY], replace=True)
    return folder


@pytest.fixture
def shelf(folder: Path) -> Path:
    return fill(folder)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory, start_chat: StartChat) -> Chat:
    """Return a chat for those who change nothing."""
    return start_chat(fill(tmp_path_factory.mktemp("reading") / "library"))


def open_citation(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("#exchange-1 .chip").first.click()
    page.locator("#article-panel mark").wait_for()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_an_article_is_corrected_and_its_versions_are_read(
    browser: Browser, start_chat: StartChat, shelf: Path, size: dict[str, int], scheme: str
) -> None:
    chat = start_chat(shelf)
    with visit(browser, chat.address, size=size, scheme=scheme) as (page, _):  # type: ignore[arg-type]
        open_citation(page)
        facts = page.locator("#article .facts")
        assert "20 March 2025 (from the page’s own data)" in facts.inner_text()
        assert "secret" not in page.locator("#onrecord").inner_text()
        link = facts.get_by_role("link")
        assert link.get_attribute("rel") == "noopener noreferrer"
        marked = page.locator("#article mark").text_content()
        assert find_violations(page) == [], "details"

        page.get_by_role("button", name="Edit details").click()
        page.locator(":focus", has_text="Edit details").wait_for()
        form = page.locator(".details-form")
        assert find_violations(page) == [], "form"
        form.get_by_label("Title").fill("")
        form.get_by_label("Outlet").fill("Saltmere & Post [7]")
        form.get_by_label("Published").fill("2025-03-22")
        form.get_by_label("Language").select_option("fr")
        form.get_by_label("Address").fill("https://news.example/other")
        form.get_by_label("Title").fill("The ferry, mended")
        page.get_by_role("button", name="Save details").click()
        page.locator("#article .done", has_text="The details are saved.").wait_for()
        assert page.locator("#article-title").inner_text() == "The ferry, mended"
        assert "Saltmere & Post (7), 22 March" in page.locator("#article .credit").inner_text()
        assert "22 March 2025 (corrected by hand)" in facts.inner_text()
        assert "French" in facts.inner_text()
        assert page.locator("#article mark").text_content() == marked
        assert find_violations(page) == [], "saved"
        page.locator("#article-more").get_by_role("button", name="Undo").click()
        page.locator("#article .done", has_text="undone").wait_for()
        assert page.locator("#article-title").inner_text() == "Second ferry"

        page.get_by_role("button", name="2 versions").click()
        page.locator("#article .versions").wait_for()
        assert find_violations(page) == [], "versions"
        page.get_by_role("button", name="What changed since version 1").click()
        page.locator("#article .changes").wait_for()
        assert "It takes 60 passengers." in page.locator("#article del").inner_text()
        assert "It takes 90 passengers." in page.locator("#article ins").inner_text()
        assert find_violations(page) == [], "changes"
        page.get_by_role("button", name="Close", exact=True).click()
        assert page.locator("#article-more").text_content() == ""
        page.get_by_role("button", name="2 versions").click()
        page.get_by_role("button", name="Read version 1").click()
        page.locator("#article .warning", has_text="earlier version").wait_for()
        assert "It takes 60 passengers." in page.locator(".article-text").inner_text()
        assert find_violations(page) == [], "an earlier version"
        page.get_by_role("button", name="Read the latest version").click()
        page.locator(".article-text", has_text="It takes 90 passengers.").wait_for()
        page.keyboard.press("Escape")
        page.locator("#article-panel").wait_for(state="hidden")


def test_a_value_that_cannot_be_is_said_beside_the_form(browser: Browser, chat: Chat) -> None:
    with visit(browser, chat.address) as (page, _):
        open_citation(page)
        page.get_by_role("button", name="Edit details").click()
        form = page.locator(".details-form")
        form.get_by_label("Address").fill("ftp://news.example/ferry")
        page.get_by_role("button", name="Save details").click()
        page.locator(".details-form .error").wait_for()
        assert form.get_by_label("Outlet").input_value() == "Corvane Wire"
        page.get_by_role("button", name="Cancel").click()
        page.locator(".details-form").wait_for(state="detached")
        assert page.evaluate("document.activeElement.textContent") == "Edit details"


def test_who_else_printed_it_is_named_and_read(browser: Browser, chat: Chat) -> None:
    with visit(browser, chat.address) as (page, _):
        ask(page, QUESTION)
        copies = page.locator("#exchange-1 .sources .copies").first
        assert copies.inner_text() in {
            "Also in Harbour Post, 21 March 2025",
            "Also in Corvane Wire, 20 March 2025",
        }
        copies.get_by_role("button").click()
        page.locator("#article-panel mark").first.wait_for()
        assert "It takes 90 passengers." in page.locator("#article mark").first.inner_text()


def test_the_library_is_filtered_by_language(browser: Browser, chat: Chat) -> None:
    with visit(browser, chat.address) as (page, _):
        page.locator("#show-sources").click()
        page.locator("#view-sources .count", has_text="2 articles").wait_for()
        page.get_by_label("Language", exact=True).select_option("=de")
        page.locator("#view-sources .count", has_text="1 of 2 articles").wait_for()
        assert find_violations(page) == []
        page.locator("#show-chat").click()
        page.locator("#filter-label", has_text="German").wait_for()
        number = ask(page, QUESTION)
        source = page.locator(f"#exchange-{number} .sources .credit").first
        assert source.inner_text() == "Harbour Post, 21 March 2025"


def test_what_was_found_is_read_while_a_model_writes(
    browser: Browser, start_chat: StartChat, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_answer = threading.Event()

    def behave(call: Call) -> None:
        may_answer.wait(60)
        call.answer(reply_json(("It takes 90 passengers.", [1])))

    monkeypatch.setenv("OPENAI_API_KEY", "sk-scripted")
    with ScriptedEndpoint(behave) as endpoint:
        chat = start_chat(shelf, "--model", "openai:scripted", "--base-url", endpoint.url)
        with visit(browser, chat.address) as (page, _):
            page.locator("#question").fill(QUESTION)
            page.locator("#question").press("Enter")
            found = page.locator("#exchange-1[data-state=growing] .sources li").first
            found.wait_for()
            assert find_violations(page) == [], "reading"
            found.locator("button.source").click()
            page.locator("#article-panel mark").wait_for()
            may_answer.set()
            wait_for_answer(page, 1)
            assert "90 passengers" in page.locator("#exchange-1 .claims").inner_text()
            assert page.get_by_text("Found so far").count() == 0
