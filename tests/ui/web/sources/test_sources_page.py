"""The Sources view in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from browser import DESK, PHONE, find_violations, visit
from onrecord import HashEmbedder, Library
from sample_sources import ARTICLES, PAYLOAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, FilePayload
    from playwright.sync_api import Page as BrowserPage

    from conftest import StartChat


TRAP = "window.calls = 0; window.pwned = () => { window.calls += 1; };"


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory, start_chat: StartChat) -> str:
    folder = tmp_path_factory.mktemp("sources") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        opened.add(ARTICLES)
    return start_chat(folder).address


@pytest.fixture(params=["desktop", "phone"])
def page(chat: str, browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserPage]:
    size = DESK if request.param == "desktop" else PHONE
    with visit(browser, chat, size=size, scripts=[TRAP]) as (page, _):
        page.locator("#show-sources").click()
        page.locator(".sources-list").wait_for()
        yield page
        assert page.evaluate("window.calls") == 0
        assert page.locator("#view-sources :is(script, img, iframe, object)").count() == 0


def wait_for_count(page: BrowserPage, text: str) -> None:
    page.locator("#view-sources .count", has_text=re.compile(rf"^\s*{text}")).wait_for()


@pytest.mark.browser
@pytest.mark.slow
def test_filtering_in_a_browser(page: BrowserPage) -> None:
    page.evaluate(
        "window.told = [];"
        " document.addEventListener('onrecord:filter', (e) => window.told.push(e.detail))"
    )
    wait_for_count(page, "4 articles")
    page.get_by_label("Words in title or text").fill("tram")
    wait_for_count(page, "1 of 4 articles")
    page.get_by_label("Words in title or text").fill("")
    wait_for_count(page, "4 articles")
    page.locator(".legend", has_text="Bay Post").click()
    wait_for_count(page, "2 of 4 articles")
    assert page.get_by_label("Outlet", exact=True).input_value() == "=Bay Post"
    assert page.locator(".legend[aria-pressed=true]").inner_text().startswith("Bay Post")
    assert page.evaluate("window.told.at(-1).chips[0].label") == "Bay Post"
    page.locator(".filter-chip", has_text="Bay Post").last.click()
    wait_for_count(page, "4 articles")
    assert page.evaluate("window.told.at(-1).only") is None

    bars = page.locator(".chart .bar")
    bars.first.wait_for()
    bars.first.click()
    wait_for_count(page, "1 of 4 articles, 4 January 2025")
    assert page.get_by_label("From", exact=True).input_value() == "2025-01-01"
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('onrecord:filter',"
        " {detail: {only: null, chips: [], by: 'chat'}}))"
    )
    wait_for_count(page, "4 articles")
    page.get_by_text("Show as a table").click()
    page.get_by_role("button", name="Mar 2025").click()
    wait_for_count(page, "2 of 4 articles")
    page.get_by_label("Outlet", exact=True).select_option("=Corvane Wire")
    wait_for_count(page, "1 of 4 articles")


@pytest.mark.browser
@pytest.mark.slow
def test_adding_removing_and_undoing_in_a_browser(page: BrowserPage) -> None:
    wait_for_count(page, "4 articles")
    files: list[FilePayload] = [
        {
            "name": "<b>fish.md",
            "mimeType": "text/markdown",
            "buffer": b"# Fish market closes\n\nThe fish market of Quill closed on Friday.",
        },
        {"name": "picture.png", "mimeType": "image/png", "buffer": b"\x89PNG"},
    ]
    page.locator("#files").set_input_files(files)
    report = page.locator("#sources-report")
    report.get_by_text("1 added, 1 skipped.").wait_for()
    assert "picture.png: format '.png' is not supported" in report.inner_text()
    wait_for_count(page, "5 articles")
    assert "<b>fish.md" in page.locator("#view-sources .articles").inner_text()

    page.get_by_role("button", name="Remove Fish market closes").click()
    undo = page.locator(".undo-bar").get_by_role("button", name="Undo")
    undo.wait_for()
    wait_for_count(page, "4 articles")
    page.wait_for_function("document.activeElement?.dataset.restore !== undefined")
    page.keyboard.press("Enter")
    wait_for_count(page, "5 articles")
    page.set_viewport_size({"width": 320, "height": 640})
    box = page.get_by_label("Select Fish market closes")
    box.check()
    assert box.evaluate("it => getComputedStyle(it).appearance") == "auto"
    assert page.get_by_role("button", name="Remove selected").evaluate(
        "it => it.getBoundingClientRect().bottom <= innerHeight"
    )
    assert page.locator(".top button >> visible=true").evaluate_all(
        "all => all.every((it) => it.getBoundingClientRect().right <= innerWidth)"
    )
    page.get_by_role("button", name="Remove selected").click()
    wait_for_count(page, "4 articles")


@pytest.mark.browser
@pytest.mark.slow
def test_the_chat_asks_under_the_filter(page: BrowserPage) -> None:
    page.locator(".legend", has_text="Corvane Wire").click()
    wait_for_count(page, "1 of")
    page.locator("#show-chat").click()
    chip = page.locator("#clear-filter")
    chip.wait_for()
    (outlet,) = page.locator("#filter-label button").all_inner_texts()
    assert outlet.startswith("Corvane Wire")
    page.locator("#question").fill("how often does the tram to Quill run?")
    page.locator("#question").press("Enter")
    page.locator(".exchange .asked-of", has_text="Corvane Wire").wait_for()
    page.locator(".exchange[data-state=done]").wait_for()
    assert "nine minutes" not in page.locator(".exchange").inner_text()
    chip.click()
    assert not page.locator("#filter-line").is_visible()
    page.locator("#question").fill("how often does the tram to Quill run?")
    page.locator("#question").press("Enter")
    page.locator(".exchange[data-state=done]").nth(1).wait_for()
    last = page.locator(".exchange").last
    assert "nine minutes" in last.inner_text()
    assert last.locator(".asked-of").count() == 0
    page.locator("#show-sources").click()
    page.locator("#view-sources .active-filter").wait_for(state="detached")


def ask_about_the_tram(page: BrowserPage) -> str:
    page.locator("#question").fill("how often does the tram to Quill run?")
    page.locator("#question").press("Enter")
    page.locator("#send").wait_for()
    page.locator(".exchange:last-of-type:not([data-state=growing])").wait_for()
    return page.locator(".exchange").last.inner_text()


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_asked_is_chosen(page: BrowserPage, browser: Browser) -> None:
    page.get_by_label("Select Second ferry").check()
    page.get_by_label("Select Bridge shut").check()
    page.get_by_label("Collection, old or new").fill("Harbour <b>")
    page.get_by_role("button", name="Add to collection").click()
    folder = page.locator("[data-collection]", has_text="Harbour <b>")
    folder.wait_for()
    folder.click()
    wait_for_count(page, "2 of")
    assert folder.get_attribute("aria-pressed") == "true"
    assert find_violations(page) == []
    page.locator("#show-chat").click()
    chips = page.locator("#filter-label button")
    assert "Harbour <b>" in chips.inner_text()
    assert find_violations(page) == []
    said = ask_about_the_tram(page)
    assert "nine minutes" not in said
    assert "Asked only of: Harbour <b>" in said
    link = page.url.replace("conversation", "c")  # a colleague's browser has another conversation
    with visit(browser, link) as (colleague, _):
        colleague.locator("#filter-label button", has_text="Harbour <b>").wait_for()
        assert "nine minutes" not in ask_about_the_tram(colleague)
        colleague.locator("#filter-label button").click()
        colleague.locator("#filter-line").wait_for(state="hidden")
        assert "only=" not in colleague.url
        assert "nine minutes" in ask_about_the_tram(colleague)
        for only in ('{"outlets": 7}', '{"collections": [{"id": "x"}]}', "<b>", f'["{PAYLOAD}"]'):
            colleague.goto(f"{page.url.partition('#')[0]}#only={quote(only)}")
            colleague.locator("#filter-line").wait_for(state="hidden")


@pytest.mark.browser
@pytest.mark.slow
def test_collections_and_searches_are_kept(page: BrowserPage) -> None:
    page.get_by_label("Select Second ferry").check()
    page.get_by_label("Select Bridge shut").check()
    page.get_by_label("Collection, old or new").fill("Bridges")
    page.get_by_role("button", name="Add to collection").click()
    folder = page.locator("[data-collection]", has_text="Bridges")
    folder.click()
    wait_for_count(page, "2 of")
    page.get_by_label("Select Second ferry").check()
    page.get_by_role("button", name="Take out of collection").click()
    wait_for_count(page, "1 of")
    page.get_by_role("button", name="Delete Bridges").click()
    wait_for_count(page, "4 articles")
    page.get_by_role("button", name="Undo").click()
    folder.wait_for()
    page.get_by_label("Words in title or text").fill("tram")
    wait_for_count(page, "1 of")
    page.get_by_role("button", name="Save this search").click()
    saved = page.locator("[data-collection]", has_text="“tram”")
    saved.wait_for()
    page.get_by_label("Words in title or text").fill("")
    wait_for_count(page, "4 articles")
    saved.click()
    wait_for_count(page, "1 of")
    page.locator("[data-clear]").click()
    wait_for_count(page, "4 articles")
    page.get_by_label("Select Tram runs").check()
    page.get_by_role("button", name="Ask only these").click()
    assert "1 chosen article" in page.locator("#filter-label button").inner_text()
    assert "nine minutes" in ask_about_the_tram(page)
