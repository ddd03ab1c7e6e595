"""A newcomer's whole visit in a real browser, from an empty library on.

On a phone and a desk, light and dark; in every state axe-core finds nothing, the console stays
silent, and no request leaves the machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser import DESK, PHONE, act_on, ask, find_violations, visit, wait_for_answer
from conftest import StartChat
from onrecord import Library

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page, Route, ViewportSize

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.slow]

TRAM = """\
---
title: Trams run in Brackwater again
date: 2025-03-04
outlet: Corvane Wire
url: https://corvane.example/tram_line
---

Trams run in Brackwater again since Monday, 61 years after the last one went to the depot. \
Mayor Ilse Marn opened the new tram line in the rain.

The tram line cost 212 million crowns, treasurer Pavo Lind said. That is 30 million more than the \
council had planned for.

A tram leaves the harbour every eight minutes and carries 140 passengers.
"""
LIBRARY = """\
---
title: Brackwater's library closes for the summer
date: 2025-05-12
outlet: Harbour Post
---

The city library of Brackwater closes on 1 June, because its roof has to be mended. Director Sanna \
Voll expects the library to open again on 6 October.

Readers may keep their books over the summer. The library lends 400,000 books a year.
"""
COST = "How much did the tram line cost?"
OPENED = "And who opened it?"
REOPENS = "When does the city library open again?"
UNKNOWN = "Who won the chess championship of Peru in 1998?"


def payload(name: str, text: str | bytes, kind: str = "text/markdown") -> FilePayload:
    return {
        "name": name,
        "mimeType": kind,
        "buffer": text.encode() if isinstance(text, str) else text,
    }


FILES = [payload("tram.md", TRAM), payload("library.md", LIBRARY)]


class Newcomer:
    """Somebody at the page, who has axe-core look at everything that they see."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        self.is_narrow = (page.viewport_size or DESK)["width"] < DESK["width"]

    def look(self, state: str) -> None:
        """Assert that axe-core finds nothing, and that nothing is wider than the window."""
        assert find_violations(self.page) == [], state
        assert self.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), f"{state}: wider than the window"
        self.seen.append(state)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def announced(self, text: str) -> None:
        self.page.locator("#announcer", has_text=text).wait_for(state="attached")

    def show_conversations(self) -> None:
        if self.is_narrow:
            self.page.locator("#toggle-conversations").click()
            self.page.locator("#new-conversation").wait_for()

    def download(self, press: Callable[[], None]) -> tuple[str, str]:
        with self.page.expect_download() as download:
            press()
        saved = Path(download.value.path()).read_text(encoding="utf-8")
        return download.value.suggested_filename, saved


# The other two of the four are in test_day.py.
@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_a_newcomers_visit(
    browser: Browser, start_chat: StartChat, folder: Path, size: ViewportSize, scheme: str
) -> None:
    chat = start_chat(folder)
    with visit(browser, chat.address, size=size, scheme=scheme) as (page, _):
        newcomer = Newcomer(page)
        add_two_articles(newcomer)
        read_an_answer(newcomer)
        follow_up_and_correct(newcomer)
        ask_under_a_filter(newcomer)
        be_refused(newcomer)
        export_it(newcomer)
        rate(newcomer)
        remove_and_undo(newcomer)
        come_back(newcomer)
        look_for_help(newcomer)
        assert len(newcomer.seen) == len(set(newcomer.seen))
    chat.stop()
    with Library.open(folder) as library:
        assert library.statistics().articles == len(FILES)


def add_two_articles(newcomer: Newcomer) -> None:
    page = newcomer.page
    page.locator(".welcome .hint").wait_for()
    newcomer.look("no library yet")
    page.get_by_role("button", name="Add articles").click()
    page.locator("#drop").wait_for()
    page.locator("#view-sources .sources-list").wait_for(state="attached")
    newcomer.look("empty sources")
    with page.expect_file_chooser() as chooser:
        page.get_by_text("choose files").click()
    chooser.value.set_files([*FILES, payload("map.png", b"\x89PNG", "image/png")])
    page.locator("#sources-report").get_by_text("2 added, 1 skipped.").wait_for(timeout=60_000)
    assert "map.png: format '.png' is not supported" in newcomer.text("#sources-report")
    page.locator("#view-sources .count", has_text="2 articles, 4 March 2025").wait_for()
    page.locator(".chart .bar").first.wait_for()
    newcomer.look("two articles added")


def read_an_answer(newcomer: Newcomer) -> None:
    page = newcomer.page
    page.locator("#show-chat").click()
    page.locator("#library-status", has_text="2 articles").wait_for(state="attached")
    page.locator(".examples button").first.wait_for()
    newcomer.look("examples")
    ask(page, COST)
    claim = page.locator("#exchange-1 .claim", has_text="212 million crowns")
    claim.wait_for()
    newcomer.announced("212 million crowns")
    newcomer.look("an answer")

    claim.locator(".chip").first.hover()
    card = page.locator("#citation-card")
    card.wait_for()
    for part in ("212 million crowns", "Trams run in Brackwater again", "Corvane Wire", "4 March"):
        assert part in card.inner_text()
    newcomer.look("a citation's card")

    claim.locator(".chip").first.click()
    mark = page.locator("#article-panel mark")
    mark.wait_for()
    assert "The tram line cost 212 million crowns" in (mark.text_content() or "")
    assert mark.evaluate(
        """mark => {
            const column = document.querySelector("#article").getBoundingClientRect();
            const place = mark.getBoundingClientRect();
            return place.top >= column.top && place.bottom <= column.bottom;
        }"""
    )
    newcomer.look("an article")
    place = newcomer.text("#citation-place")
    page.keyboard.press("n")
    page.locator(f"#citation-place:not(:text-is('{place}'))").wait_for()
    page.keyboard.press("p")
    page.locator("#citation-place", has_text=place).wait_for()
    page.keyboard.press("Escape")
    page.locator("#article-panel").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.matches('.chip')")


def follow_up_and_correct(newcomer: Newcomer) -> None:
    page = newcomer.page
    number = ask(page, OPENED)
    exchange = page.locator(f"#exchange-{number}")
    assert "tram line" in exchange.locator(".understood").inner_text()
    assert "Ilse Marn" in exchange.locator(".claims").inner_text()
    newcomer.look("a follow-up")
    exchange.get_by_role("button", name="Correct it").click()
    newcomer.look("correcting")
    field = page.locator("#question")
    assert "tram line" in field.input_value()
    field.fill(REOPENS)
    page.locator("#send").click()
    page.locator(f"#question-{number}", has_text=REOPENS).wait_for()
    wait_for_answer(page, number)
    assert "6 October" in exchange.locator(".claims").inner_text()
    assert page.locator(".exchange").count() == number


def ask_under_a_filter(newcomer: Newcomer) -> None:
    page = newcomer.page
    page.locator("#show-sources").click()
    page.get_by_label("Outlet", exact=True).select_option("=Harbour Post")
    page.locator("#view-sources .count", has_text="1 of 2 articles").wait_for()
    newcomer.look("filtered sources")
    page.locator("#show-chat").click()
    page.locator("#filter-label", has_text="Harbour Post").wait_for()
    number = ask(page, COST)
    exchange = page.locator(f"#exchange-{number}")
    assert "Harbour Post" in exchange.locator(".asked-of").inner_text()
    assert "212 million" not in exchange.inner_text()
    assert exchange.locator(".refusal").inner_text() == "The chosen articles do not say."
    newcomer.look("asked under a filter")
    exchange.get_by_role("button", name="Ask all articles").click()
    exchange.locator(".claim", has_text="212 million").wait_for()
    wait_for_answer(page, number)
    page.locator("#filter-line").wait_for(state="hidden")


def be_refused(newcomer: Newcomer) -> None:
    page = newcomer.page
    number = ask(page, UNKNOWN)
    exchange = page.locator(f"#exchange-{number}")
    assert exchange.locator(".refusal").inner_text() == "The articles do not say."
    newcomer.announced("The articles do not say.")
    assert exchange.locator(".sources li").count() >= 1
    newcomer.look("a refusal")
    exchange.locator(".suggestions button").first.click()  # the question field is free meanwhile
    page.locator(f"#exchange-{number + 1}").wait_for()
    wait_for_answer(page, number + 1)
    assert page.locator(f"#exchange-{number + 1} .chip").count() >= 1


def export_it(newcomer: Newcomer) -> None:
    page = newcomer.page
    name, text = newcomer.download(lambda: act_on(page, 1, "download-markdown"))
    assert name == "how-much-did-the-tram-line-cost.md"
    for part in (COST, "212 million crowns", "Trams run in Brackwater again", "Corvane Wire"):
        assert part in text
    name, text = newcomer.download(lambda: act_on(page, 1, "download-json"))
    kept = json.loads(text)
    assert name == "how-much-did-the-tram-line-cost.json"
    assert kept["question"] == COST
    assert all(citation["quote"] in TRAM + LIBRARY for citation in kept["citations"])
    address = "https://corvane.example/tram_line"
    assert f"<{address}>" in newcomer.download(lambda: act_on(page, 1, "download-markdown"))[1]
    newcomer.look("exported")
    _, text = newcomer.download(page.locator("[data-do=download-conversation-markdown]").click)
    assert UNKNOWN in text
    page.locator("#exchange-1 [data-do=copy]").click()
    page.locator("#notice", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "212 million crowns" in copied
    assert f" {address}." in copied


def rate(newcomer: Newcomer) -> None:
    page = newcomer.page
    act_on(page, 1, "up")
    note = page.locator("#exchange-1 form.note input")
    note.fill("The figure is right.")
    newcomer.look("feedback")
    note.press("Enter")
    newcomer.announced("Noted")
    assert page.locator("#exchange-1 [data-do=up]").get_attribute("aria-pressed") == "true"


def remove_and_undo(newcomer: Newcomer) -> None:
    page = newcomer.page
    page.locator("#show-sources").click()
    page.get_by_role("button", name="Remove Trams run in Brackwater again").click()
    page.locator("#view-sources .count", has_text=re.compile("^1 article")).wait_for()
    page.locator("#library-status", has_text="1 article, ").wait_for(state="attached")
    newcomer.look("an article removed")
    page.locator("#show-chat").click()
    page.locator("#since-1", has_text="are from an article that has been removed").wait_for()
    newcomer.look("an answer whose source is gone")
    page.locator("#show-sources").click()
    page.locator(".undo-bar").get_by_role("button", name="Undo").click()
    page.locator("#view-sources .count", has_text=re.compile("^2 articles")).wait_for()
    page.locator("#library-status", has_text="2 articles").wait_for(state="attached")
    page.locator("#view-sources .articles").get_by_role(
        "button", name="Brackwater's library closes for the summer", exact=True
    ).click()
    page.locator(".article-text", has_text="400,000 books").wait_for()
    newcomer.look("an article from sources")
    page.locator("#close-article").click()
    page.locator("#view-sources").wait_for()
    page.locator("#show-chat").click()


def come_back(newcomer: Newcomer) -> None:
    page = newcomer.page
    said = page.locator("#exchange-1 .claims").inner_text()
    newcomer.show_conversations()
    page.locator("#new-conversation").click()
    page.locator(".welcome").wait_for()
    ask(page, REOPENS)
    page.reload()
    page.locator("#question-1", has_text=REOPENS).wait_for()
    newcomer.show_conversations()
    assert page.locator("#conversation-list .title").all_inner_texts() == [REOPENS, COST]
    newcomer.look("conversations")
    page.locator("#conversation-list .open", has_text=COST).click()
    page.locator("#question-1", has_text=COST).wait_for()
    assert page.locator("#exchange-1 .claims").inner_text() == said
    assert page.locator("#exchange-1 .note input").input_value() == "The figure is right."
    newcomer.look("a conversation found again")

    newcomer.show_conversations()
    page.locator("#conversation-list li", has_text=REOPENS).hover()
    page.get_by_role("button", name=f"Delete {REOPENS}").click()
    page.locator("#notice-undo").wait_for()
    newcomer.look("a conversation deleted")
    page.locator("#notice-undo").click()
    page.locator("#conversation-list .title", has_text=REOPENS).wait_for(state="attached")


def look_for_help(newcomer: Newcomer) -> None:
    page = newcomer.page
    page.locator("#show-help").click()
    page.locator("#help").wait_for()
    newcomer.look("help")
    page.keyboard.press("Escape")
    page.locator("#help").wait_for(state="hidden")


DROP = """([selector, files]) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  const given = { dataTransfer: transfer, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.querySelector(selector).dispatchEvent(new DragEvent(kind, given));
  }
}"""


def test_files_dropped_while_others_go_up(
    browser: Browser, start_chat: StartChat, library: Library
) -> None:
    chat = start_chat(library.path)
    with visit(browser, chat.address) as (page, _):
        for number in range(6):
            text = TRAM.replace("212", f"{300 + number}").replace("tram_line", f"line_{number}")
            name = f"tram{number}.md"
            page.evaluate(DROP, [["#composer", "#view-sources"][number % 2], [[name, text]]])
        page.locator("#view-sources .count", has_text="6 articles, 4 March 2025").wait_for()
        page.locator("#sources-report").get_by_text(re.compile("added")).first.wait_for()


def test_an_answer_is_heard_when_the_stream_of_replies_had_just_ended(
    browser: Browser, start_chat: StartChat, stocked: Library
) -> None:
    chat = start_chat(stocked.path)
    with visit(browser, chat.address) as (page, _):
        page.locator(".examples button").first.wait_for()
        ended: list[str] = []

        def end_first(route: Route) -> None:
            if ended:
                route.continue_()
                return
            ended.append(route.request.url)
            body = 'data: {"msg":"close_stream","event_id":null}\n\n'
            route.fulfill(content_type="text/event-stream", body=body)

        page.wait_for_timeout(500)  # until nothing is under way
        page.route("**/queue/data*", end_first)
        ask(page, "What did the council of Quill meet?")
        assert ended


def hold_start(page: Page) -> list[Route]:
    """Hold back the next request that opens a conversation; it is in the list once it is sent."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if '"do":"start"' in (route.request.post_data or "") and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/queue/join*", hold)
    return held


def test_an_answer_stays_when_an_older_request_is_answered_after_it(
    browser: Browser, start_chat: StartChat, stocked: Library
) -> None:
    chat = start_chat(stocked.path)
    with visit(browser, chat.address) as (page, _):
        page.locator(".examples button").first.wait_for()
        page.locator("#show-sources").click()
        held = hold_start(page)
        page.locator("#show-chat").click()
        question = "When did the council of Quill meet?"
        number = ask(page, question)
        with page.expect_response("**/queue/join*"):
            held[0].continue_()
        # What waits behind it is sent once its reply has been heard.
        page.locator(f"#suggestions-{number} button").first.wait_for()
        assert question in page.locator(f"#exchange-{number}").inner_text()
        assert page.locator(".welcome").count() == 0


def test_a_question_asked_while_a_conversation_is_opened_goes_there(
    browser: Browser, start_chat: StartChat, stocked: Library
) -> None:
    chat = start_chat(stocked.path)
    with visit(browser, chat.address) as (page, _):
        ask(page, "When did the council of Quill meet?")
        page.locator("#new-conversation").click()
        page.locator(".welcome").wait_for()
        ask(page, "Who is the mayor of Ostrand?")
        held = hold_start(page)
        with page.expect_request("**/queue/join*"):
            page.locator("#conversation-list .open").last.click()
        question = "What did the council of Quill decide?"
        page.locator("#question").fill(question)
        page.locator("#question").press("Enter")
        page.locator("#question").press("Enter")
        held[0].continue_()
        page.locator("#exchange-2[data-state=done]").wait_for()
        assert page.locator("#question").input_value() == ""
        page.reload()  # and it is kept there
        page.locator("#exchange-2[data-state=done]").wait_for()
        asked = page.locator(".exchange .question").evaluate_all(
            "all => all.map((one) => one.dataset.question)"
        )
        assert asked == ["When did the council of Quill meet?", question]
        assert page.locator("#conversation-list li[data-conversation]").count() == 2
