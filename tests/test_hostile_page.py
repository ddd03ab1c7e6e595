"""Hostile text in every place that a page shows: nothing runs, loads, covers or counterfeits.

The oracle is the page itself: with harmless words it has the same elements, attributes and
regions as with hostile ones.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser import ask, visit
from conftest import StartChat
from hostile_strings import HOSTILE
from index import Article, HashEmbedder, Library
from index.types import Copy, Filter
from rag.types import Citation, Claim, Support
from ui.web_exchange import Exchange, State
from ui.web_page import render_exchange

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAIN = "plain words"
N_POINTS = 12
N_KINDS = 7

# What a text would have to do to be noticed: run, or change what it must not.
TRAPS = """
window.calls = [];
window.pwned = (...given) => { window.calls.push(["pwned", ...given].join(" ")); };
window.open = (url) => { window.calls.push(`open ${url}`); return null; };
"""

# Element names with their attributes and classes, of all parts that are ours but the plot.
SHAPES = """([root, html]) => {
  const shapes = [];
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const part of html ? template.content.children : document.querySelectorAll(root)) {
    for (const node of [part, ...part.querySelectorAll("*")]) {
      if (node.closest("#sources-picture") || node.matches(".unseen")) continue;
      const names = [...node.attributes].map((attribute) => attribute.name)
        .filter((name) => !["hidden", "disabled"].includes(name)).sort();
      const classes = [...node.classList]
        .filter((name) => !["is-off", "is-open"].includes(name)).sort();
      shapes.push(`${node.localName}.${classes.join(".")}[${names.join(" ")}]`);
    }
  }
  return shapes;
}"""

# What belongs to whom, over the whole window.
REGIONS = """(count) => {
  const found = [];
  const known = ".top, #conversations, #conversation, #article-panel, #view-sources";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      const node = document.elementFromPoint(
        (column + 0.5) * innerWidth / count, (row + 0.5) * innerHeight / count);
      const region = node?.closest(known);
      found.push(region ? region.id || region.className : node?.localName ?? "nothing");
    }
  }
  return found;
}"""

# Where a part can be clicked, and whether it is what the click would reach.
CLICKABLE = """(part) => {
  part.scrollIntoView({ block: "center" });
  const [first] = part.getClientRects();
  const place = { x: first.x + Math.min(20, first.width / 2), y: first.y + first.height / 2 };
  const hit = document.elementFromPoint(place.x, place.y);
  return { ...place, isOnTop: part.contains(hit), hit: hit?.outerHTML.slice(0, 200) };
}"""

# The card of a citation, which is shown and hidden as the pointer wanders.
CARD = {
    "div.[id role style]",
    "span.card-credit[class dir]",
    "span.card-quote[class dir]",
    "span.card-title[class dir]",
}


OUTSIDE = """() => [...document.querySelectorAll("*")]
  .filter((node) => !node.closest("#page, #view-sources"))
  .map((node) => node.localName).sort()"""


def make_article(number: int, text: str) -> Article:
    # The record takes no noncharacters, and line breaks and control characters in the text only.
    text = re.sub("[\0\ufdd0\ufffe\uffff]", "", text)
    line = "".join(filter(str.isprintable, text))
    return Article(
        article_id=f"a{number} {line[:80]}",
        title=f"Bridge{number} {line}",
        text=(
            f"Inspector Quill{number} said that bridge{number} {text} is shut.\n\n"
            f"{text}\n\nBridge{number} opens in May, Quill{number} said."
        ),
        source=f"folder/{line}",
        published=date(2025, 1, 1),
        outlet=f"Outlet{number} {line}",
    )


def storable(text: str) -> str:
    """Return a text as a record and a page can hold it."""
    return re.sub("[\0\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


class Guarded:
    """A page on which nothing may happen but what the reader does.

    Args:
        page: The page, while it shows harmless words only.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.shapes = self.read_shapes()
        self._outside = set(page.evaluate(OUTSIDE))
        self._title = page.title()
        self._url = page.url

    def read_shapes(self, root: str = "#page, #view-sources", *, html: str = "") -> list[str]:
        shapes: list[str] = self.page.evaluate(SHAPES, [root, html])
        assert shapes
        return shapes

    def learn(self) -> None:
        """Take what is shown now, and what any answer may have, for harmless as well."""
        answers = "".join(render_exchange(make_exchange(n, PLAIN)) for n in range(2 * N_KINDS))
        self.shapes = sorted({*self.shapes, *self.read_shapes(), *self.read_shapes(html=answers)})

    def regions(self) -> list[str]:
        regions: list[str] = self.page.evaluate(REGIONS, N_POINTS)
        return regions

    def check(self) -> None:
        """Assert that the page is made of what it was made of, and that nothing ran."""
        assert self.page.evaluate("window.calls") == []
        new = sorted(set(self.read_shapes()) - set(self.shapes) - CARD)
        assert not new, "\n".join(new)
        assert sorted(set(self.page.evaluate(OUTSIDE)) - self._outside) == []
        assert (self.page.title(), self.page.url) == (self._title, self._url)
        assert "nothing" not in self.regions()
        assert find_unseen(self.page.locator("#onrecord").inner_text()) == []

    def click_text(self, part: Locator) -> None:
        """Click where a part begins: nothing lies over it, and nothing comes of it."""
        place = part.evaluate(CLICKABLE)
        assert place["isOnTop"], place
        self.page.mouse.click(place["x"], place["y"])


def find_unseen(text: str) -> list[str]:
    """Return the characters of a displayed text that a reader would not see or that turn it."""
    return [
        f"U+{ord(character):04X}"
        for character in set(text)
        if unicodedata.category(character) in {"Cc", "Cf"} and character not in "\n\t\u200c\u200d"
    ]


def fill(folder: Path) -> dict[str, Article]:
    articles = [make_article(number, text) for number, text in enumerate(HOSTILE)]
    with Library.create(folder, embedder=HashEmbedder()) as library:
        report = library.add([*articles, make_article(len(HOSTILE), PLAIN)])
        assert not report.skipped
        return {name: library.get(name) for name in report.added[: len(HOSTILE)]}


def make_exchange(number: int, text: str) -> Exchange:
    """Return an exchange that says a text in every place that an answer has."""
    text = f"bridge{number} {text}"
    citation = Citation(
        number=1,
        article_id=f"a{number}",
        title=text,
        outlet=text,
        source=text,
        published=date(2025, 1, 1),
        start=0,
        end=9,
        quote=text,
        copies=(Copy("copy", text, text, date(2025, 1, 2), 0, 9),),
    )
    has_failed = number % N_KINDS == N_KINDS - 1
    refused = number % 3 == 2 and not has_failed
    return Exchange(
        number=number + 1,
        question=f"why? {text}",
        understood=f"why is it shut? {text}",
        refused=refused,
        claims=()
        if refused or has_failed
        else (
            Claim(f"It is {text}", Support.SUPPORTED, (1,)),
            Claim(f"It may be {text}", Support.PARTLY, (1, 2), reason=f"no figure: {text}"),
            Claim(f"It will be {text}", Support.UNSUPPORTED, (), reason=f"nothing: {text}"),
        ),
        citations=() if has_failed else (citation, replace(citation, number=2)),
        also_read=() if has_failed else (replace(citation, number=3),),
        suggestions=(f"who shut {text}?",),
        notice=f"as of May: {text}",
        error=f"broken: {text}" if has_failed else "",
        state=State.FAILED if has_failed else State.DONE,
        verdict="down",
        note=text,
        only=Filter(outlets=(text,)),
    )


def test_hostile_titles_and_notes(browser: Browser, start_chat: StartChat, folder: Path) -> None:
    """What a reader types: notes on an answer, and other titles for a conversation."""
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([make_article(0, PLAIN)])
    chat = start_chat(folder)
    with visit(browser, chat.address, scripts=[TRAPS]) as (page, _):
        guarded = Guarded(page)
        ask(page, "What did Quill0 say about bridge0?")
        guarded.learn()
        page.locator("#exchange-1 [data-do=down]").click()
        note = page.locator("#exchange-1 form.note input")
        for number, text in enumerate(HOSTILE):
            note.fill(storable(f"note{number} {text}"))
            note.press("Enter")
            page.wait_for_function(
                "start => document.querySelector('#note-1')?.getAttribute('value')"
                "?.startsWith(start)",
                arg=f"note{number} ",
            )
            page.get_by_role("button", name="Rename").click()
            page.locator(".rename").fill(storable(f"title{number} {text}"))
            page.locator(".rename").press("Enter")
            page.locator("#conversation-list .title", has_text=f"title{number} ").wait_for()
            guarded.check()
