"""The People, Timeline and Draft views: what they list, where it leads, and that it is inert."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from browser import find_violations, visit
from hostile_strings import HOSTILE
from index.errors import OnRecordError
from onrecord import Article, HashEmbedder, Library
from page_elements import Elements
from rag import Settings
from sample_sources import assert_inert
from ui.web.chat.service import ChatService
from ui.web.page.templates import render
from ui.web.sources.ledger import PAGE_ROWS, LedgerViews
from ui.web.wire import RequestError, find_action, read_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from conftest import StartChat

ARTICLES = (
    Article(
        "ferry",
        "Second ferry",
        "Harbour master Ines Varga said on Tuesday that the ferry had been late."
        ' "The fare is nothing," Varga said.\n\nThe old ferry sank on 3 March 2025.',
        published=date(2025, 3, 20),
        outlet="Corvane Wire",
    ),
    Article(
        "bridge",
        "Bridge stays shut",
        "The Tollen Bridge stays shut until May, inspector Ola Brandt said.",
        published=date(2025, 3, 4),
        outlet="Bay Wire",
    ),
)


@pytest.fixture
def service(folder: Path) -> Iterator[ChatService]:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
    service = ChatService(folder, Settings())
    yield service
    service.close()


def look(service: ChatService, do: str, **fields: object) -> str:
    """Return what a view finds, as HTML."""
    payload = {"do": do, **fields}
    action = find_action(LedgerViews(service).actions, payload)
    (found,) = action.run("browser:1", read_request(action.model, payload))["slots"].values()
    return found


def places(html: str) -> list[str]:
    """Return the words that the places in a view lead to."""
    texts = {article.article_id: article.text for article in ARTICLES}
    found = [a for tag, a in Elements(html).found if tag == "button" and "data-open-article" in a]
    return [
        texts[str(a["data-open-article"])][int(str(a["data-start"])) : int(str(a["data-end"]))]
        for a in found
    ]


def test_a_person_has_offices_and_words(service: ChatService) -> None:
    listed = look(service, "people")
    assert "Ines Varga" in listed
    assert "Ola Brandt" in listed
    shown = look(service, "people", name="varga")
    assert "harbour master" in shown.casefold()
    assert any("The fare is nothing" in words for words in places(shown))
    assert "nobody called" in look(service, "people", name="Xyzzy")


def test_other_spellings_of_a_name_are_said() -> None:
    spellings = ("Kim Jong Un", "Kim Jong-un")
    entity = SimpleNamespace(name="Kim Jong-un", spellings=spellings, articles=4, statements=0)
    page = SimpleNamespace(entities=[entity], total=1)
    shown = render("sources/ledger.html", "names", page, "person", (0, 1, 1, 1))
    assert "“Kim Jong Un”" in shown
    assert "“Kim Jong-un”" not in shown


def test_what_happened_when(service: ChatService) -> None:
    shown = look(service, "timeline", topic="ferry")
    assert 'datetime="2025-03-03"' in shown
    assert any("The old ferry sank" in words for words in places(shown))
    assert "2 of 2 articles read" in shown
    assert "No dated sentence" in look(service, "timeline", topic="xyzzy")


def test_a_draft_is_compared(service: ChatService) -> None:
    shown = look(service, "draft", text="The Tollen Bridge stays shut until May.")
    assert "Supported" in shown
    assert any("Tollen Bridge" in words for words in places(shown))
    with pytest.raises(OnRecordError, match="nothing to check"):
        look(service, "draft", text=" ")


def test_pages(service: ChatService) -> None:
    assert "data-page" not in look(service, "timeline")
    later = look(service, "timeline", page=1)
    assert 'data-page="0"' in later
    assert PAGE_ROWS > 0
    for fields in ({"page": -1}, {"kind": "script"}, {"name": "x" * 501}, {"page": "1"}):
        with pytest.raises(RequestError):
            look(service, "people", **fields)


def test_nothing_found_is_markup(folder: Path) -> None:
    def make(number: int, text: str) -> Article:
        line = "".join(filter(str.isprintable, re.sub("[\ufdd0\ufffe\uffff]", "", text)))
        words = re.sub("[\0\ufdd0\ufffe\uffff]", "", text)
        return Article(
            f"a{number} {line[:80]}",
            f"Bridge{number} {line}",
            f"Inspector Ola Quill{number} said on Tuesday that {words} is shut."
            f' "{words}," said {line} Quill of the {line} office.',
            published=date(2025, 3, 4),
            outlet=line,
        )

    with Library.create(folder, embedder=HashEmbedder()) as library:
        report = library.add([make(number, text) for number, text in enumerate(HOSTILE)])
    assert not report.skipped
    service = ChatService(folder, Settings())
    try:
        pages = [look(service, "people", kind=kind) for kind in ("person", "organisation")]
        pages += [look(service, "timeline", page=page) for page in range(4)]
        for number, text in enumerate(HOSTILE):
            pages.append(look(service, "people", name=f"Quill{number}"))
            pages.append(look(service, "people", name=text[:500]))
            pages.append(look(service, "timeline", topic=text))
        drafts = " ".join(f"Quill{n} said that {text} is shut." for n, text in enumerate(HOSTILE))
        pages.append(look(service, "draft", text=drafts[:10_000]))
        for page in pages:
            assert_inert(page.replace("[2J[31m", ""))  # is no mark
    finally:
        service.close()


@pytest.mark.browser
@pytest.mark.slow
def test_views_in_a_browser(browser: Browser, start_chat: StartChat, folder: Path) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
    chat = f"{start_chat(folder).address}/"
    with visit(browser, chat) as (page, _):
        views = page.get_by_role("navigation", name="Views")
        views.get_by_role("button", name="People").click()
        page.locator("#people-found .title", has_text="Ines Varga").click()
        page.locator("#people-found h3", has_text="Ines Varga").first.wait_for()
        assert find_violations(page) == []
        person = page.url
        assert person == f"{chat}#view=people&name=Ines+Varga"
        page.locator("#people-found .title", has_text="The fare is nothing").click()
        page.locator("#article-panel mark").wait_for()
        assert "The fare is nothing" in page.locator("#article-panel mark").inner_text()
        page.go_back()
        page.locator("#people-found h3", has_text="Ines Varga").first.wait_for()
        page.go_back()
        page.locator("#people-found .title", has_text="Ola Brandt").wait_for()
        views.get_by_role("button", name="Timeline").click()
        page.get_by_label("Topic (leave").fill("ferry")
        page.get_by_label("Topic (leave").press("Enter")
        page.locator("#timeline-found time", has_text="3 March 2025").wait_for()
        assert find_violations(page) == []
        timeline = page.url
        views.get_by_role("button", name="Draft").click()
        page.get_by_label("Text to check").fill("The Tollen Bridge stays shut until May.")
        page.get_by_role("button", name="Check").click()
        page.locator("#draft-found .verdict", has_text="Supported").wait_for()
        page.emulate_media(color_scheme="dark")
        assert find_violations(page) == []
        page.set_viewport_size({"width": 320, "height": 640})
        width = "document.documentElement.scrollWidth"
        assert page.evaluate(width) == 320
        assert find_violations(page) == []
    for link, part in ((person, "#people-found h3"), (timeline, "#timeline-found time")):
        with visit(browser, link) as (colleague, _):
            colleague.locator(part).first.wait_for()
