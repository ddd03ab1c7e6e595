"""A desk worker's day in a real browser: log in, collect, add, ask, pin, quote, print, log out.

In every state, the login and the printed page included, axe-core finds nothing, the console stays
silent, and no request leaves the machine.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser import DESK, PHONE, act_on, ask, find_violations, visit
from onrecord import Article, HashEmbedder, Library
from ui.web.access.login import hash_password, write_users

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from conftest import StartChat

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "a long enough password"  # noqa: S105
FERRY = (
    "A second ferry began to cross Saltmere harbour on Monday. It takes 90 passengers and leaves"
    " every half hour. The fare is nothing, harbour master Ines Varga said at the landing stage."
)
ARTICLES = (
    Article("ferry", "Second ferry", FERRY, published=date(2025, 3, 20), outlet="Corvane Wire"),
    Article("copy", "Ferry crosses", FERRY, published=date(2025, 3, 21), outlet="Bay Post"),
    Article(
        "bridge",
        "Bridge stays shut",
        "The Tollen Bridge stays shut until May, inspector Ola Brandt said.",
        published=date(2025, 3, 4),
        outlet="Harbour Post",
    ),
)
QUESTION = "how many passengers does the ferry take?"


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_a_desk_workers_day(
    browser: Browser,
    start_chat: StartChat,
    folder: Path,
    tmp_path: Path,
    size: ViewportSize,
    scheme: str,
) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
    users = tmp_path / "users"
    write_users(users, {"ada": hash_password(PASSWORD)})
    chat = start_chat(folder, "--auth", str(users))
    with visit(browser, chat.address, size=size, scheme=scheme, login=("ada", PASSWORD)) as (
        page,
        _,
    ):
        choose_what_is_asked(page)
        add_in_the_background(page)
        quote_an_answer(page)
        go_back_and_find_it_pinned(page)
        print_it(page, tmp_path / "printed.pdf")
        show_conversations(page)
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("button", name="Log in").wait_for()
        look(page, "logged out")
        page.go_back()
        page.get_by_role("button", name="Log in").wait_for()
        assert QUESTION not in page.locator("body").inner_text()


def look(page: Page, state: str) -> None:
    assert find_violations(page) == [], state
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ), f"{state}: wider than the window"


def show_conversations(page: Page) -> None:
    if page.locator("#toggle-conversations").is_visible():
        page.locator("#toggle-conversations").click()
        page.locator("#new-conversation").wait_for()


def choose_what_is_asked(page: Page) -> None:
    page.locator("#show-sources").click()
    for title in ("Second ferry", "Ferry crosses"):
        page.get_by_label(f"Select {title}").check()
    page.get_by_label("Collection, old or new").fill("Ferries")
    page.get_by_role("button", name="Add to collection").click()
    page.locator("[data-collection]", has_text="Ferries").click()
    page.locator("#view-sources .count", has_text="2 of 3").wait_for()
    look(page, "a collection")


def add_in_the_background(page: Page) -> None:
    page.get_by_text("Add web pages or a feed").click()
    page.get_by_label("Addresses of pages").fill("http://127.0.0.1:9/x")
    page.get_by_role("button", name="Add pages").click()
    job = page.locator(".jobs > li", has_text="127.0.0.1:9/x")
    job.get_by_role("button", name="Try again").wait_for()
    assert not re.search(r"--\w|onrecord ", job.inner_text())
    page.reload()
    job.locator(".skips").wait_for()
    look(page, "an addition")
    job.get_by_role("button", name="Dismiss").click()
    job.wait_for(state="detached")


def quote_an_answer(page: Page) -> None:
    page.locator("#show-chat").click()
    page.locator("#filter-label", has_text="Ferries").wait_for()
    ask(page, QUESTION)
    look(page, "an answer")
    page.locator("#exchange-1 .chip").first.click()
    mark = page.locator("#article-panel mark")
    mark.wait_for()
    source = page.locator("#exchange-1 .sources li").first
    start, end = (int(source.get_attribute(f"data-{name}") or -1) for name in ("start", "end"))
    assert mark.text_content() == FERRY[start:end]
    page.get_by_role("button", name="Copy quotation").click()
    page.get_by_text("The quotation is copied").first.wait_for()
    assert "20 March 2025" in page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        page.get_by_role("button", name="RIS").click()
    assert Path(download.value.path()).read_text("utf-8").startswith("TY  - NEWS\n")
    look(page, "a quotation")
    page.locator("#close-article").click()
    act_on(page, 1, "pin")
    page.locator("#pinned button", has_text=QUESTION).wait_for(state="attached")


def go_back_and_find_it_pinned(page: Page) -> None:
    page.locator("[data-view-target=people]").click()
    page.locator("#people-found button", has_text="Ines Varga").click()
    page.locator("#people-found h3", has_text="What Ines Varga said").wait_for()
    look(page, "a person")
    page.go_back()
    page.locator("#people-found .count", has_text="name").wait_for()
    page.go_back()
    page.locator("#exchange-1 .chip").first.wait_for()
    page.go_forward()
    page.locator("#people-found .count", has_text="name").wait_for()
    page.locator("#show-chat").click()
    show_conversations(page)
    page.locator("#new-conversation").click()
    page.locator(".welcome").wait_for()
    ask(page, "who said what about the fare?")
    show_conversations(page)
    page.locator("#pinned button", has_text=QUESTION).click()
    page.locator("#exchange-1:focus").wait_for()
    act_on(page, 1, "link")
    page.get_by_text("The link is copied.").first.wait_for()
    assert "?q=how+many" in page.evaluate("navigator.clipboard.readText()")


def print_it(page: Page, file: Path) -> None:
    import pypdfium2

    page.locator("#exchange-1 .chip").first.click()  # an open article does not cut the page
    page.locator("#article-panel mark").wait_for()
    page.emulate_media(media="print")
    look(page, "on paper")
    page.pdf(path=file)
    page.emulate_media(media="screen")
    with pypdfium2.PdfDocument(file) as document:
        text = " ".join(" ".join(p.get_textpage().get_text_range() for p in document).split())
    for part in (
        QUESTION,
        "90 passengers",
        "Second ferry",
        "Corvane Wire",
        "20 March 2025",
        "Bay Post",
    ):
        assert part in text
    page.locator("#close-article").click()
