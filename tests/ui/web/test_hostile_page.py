"""Hostile text in every place that a page shows: nothing runs, loads, covers or counterfeits.

The oracle is the page itself: with harmless words it has the same elements, attributes and
regions as with hostile ones.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from browser import DESK, PHONE, act_on, ask, visit
from conftest import StartChat
from hostile_strings import HOSTILE
from index.types import Copy, Filter
from onrecord import Article, HashEmbedder, Library
from rag.drafts.checked import DraftVerdict
from rag.types import Answered, AnswerPart, Citation, Claim, Support
from scripted_endpoint import Call, ScriptedEndpoint, reply_json
from ui.web.chat.conversations import STORE_FILE, ConversationStore
from ui.web.chat.exchange import AnswerState, Exchange
from ui.web.page.page import render_examples, render_exchange
from ui.web.page.templates import render
from ui.web.sources.listing import PAGE_ARTICLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Locator, Page, ViewportSize

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAIN = "plain words"
N_IN_CONVERSATION = 24
OWNER_TOKEN = "0123456789abcdef" * 2
N_POINTS = 12
N_KINDS = 7
N_SEARCHES = 12
MIN_REPLIES = 60
"""Hostile strings that a model has to have said at the least."""

# What a text would have to do to be noticed: run, or change what it must not.
TRAPS = """
window.calls = [];
window.pwned = (...given) => { window.calls.push(["pwned", ...given].join(" ")); };
window.open = (url) => { window.calls.push(`open ${url}`); return null; };
"""
REMEMBERED = f"""
if (location.protocol === "http:") localStorage.setItem("onrecord.browser", "{OWNER_TOKEN}");
"""

# Element names with their attributes and classes, of all parts that are ours but the bars.
SHAPES = """([root, html]) => {
  const shapes = [];
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const part of html ? template.content.children : document.querySelectorAll(root)) {
    for (const node of [part, ...part.querySelectorAll("*")]) {
      if (node.closest(".chart") || node.matches(".unseen")) continue;
      if (node.closest(".unfold")) continue; // below a question of more than three lines
      if (node.closest('[data-testid="status-tracker"]')) continue; // Gradio's, while it waits
      const names = [...node.attributes].map((attribute) => attribute.name)
        .filter((name) => !["hidden", "disabled", "open"].includes(name)).sort();
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
  const known = ".top, #conversations, #conversation, #article-panel, #sheets";
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

# The lines of an article, which look like what they are.
LINES = {
    "span.cell[class]",
    "span.gap.line[class]",
    "span.heading.line[class]",
    "span.item.line[class]",
    "span.line.quotation[class]",
    "span.line.row[class]",
    "span.line.text[class]",
}

# The card of a citation, which is shown and hidden as the pointer wanders.
CARD = {
    "button.chip[aria-describedby aria-label class data-citation data-exchange type]",
    "div.[id role style]",
    "span.card-credit[class dir]",
    "span.card-quote[class dir]",
    "span.card-title[class dir]",
}

# When the page is scrolled, a card goes away; that has happened two frames later.
TO_THE_MIDDLE = """async (part) => {
  part.scrollIntoView({ block: "center" });
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
}"""

# How many additions have come to their end and are shown.
ADDITIONS = "() => Number(document.querySelector('#sources-report').dataset.additions ?? 0)"
IS_ADDED = f"before => ({ADDITIONS})() > before"

NAMES = "all => all.map((source) => source.dataset.article)"

OUTSIDE = """() => [...document.querySelectorAll("*")]
  .filter((node) => !node.closest("#page, #sheets"))
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
        author=f"Author{number} {line}",
        url=line if number % 2 else f"https://news.example/{quote(line)}",
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
        self._url = page.url.partition("#")[0]

    def read_shapes(self, root: str = "#page, #sheets", *, html: str = "") -> list[str]:
        shapes: list[str] = self.page.evaluate(SHAPES, [root, html])
        assert shapes
        return shapes

    def learn(self) -> None:
        """Take what is shown now, and what any answer may have, for harmless as well."""
        answers = "".join(render_exchange(make_exchange(n, PLAIN)) for n in range(2 * N_KINDS))
        answers += render_examples([PLAIN])
        self.shapes = sorted({*self.shapes, *self.read_shapes(), *self.read_shapes(html=answers)})

    def regions(self) -> list[str]:
        # Wherever the pointer rests on a citation, its card is shown.
        self.page.mouse.move(0, 0)
        self.page.locator("#citation-card").wait_for(state="hidden")
        regions: list[str] = self.page.evaluate(REGIONS, N_POINTS)
        return regions

    def check(self) -> None:
        """Assert that the page is made of what it was made of, and that nothing ran."""
        assert self.page.evaluate("window.calls") == []
        new = sorted(set(self.read_shapes()) - set(self.shapes) - CARD - LINES)
        assert not new, "\n".join(new)
        assert sorted(set(self.page.evaluate(OUTSIDE)) - self._outside) == []
        assert (self.page.title(), self.page.url.partition("#")[0]) == (self._title, self._url)
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
        f"U+{ord(character):04X} in {text[max(0, place - 60) : place + 20]!a}"
        for place, character in enumerate(text)
        if unicodedata.category(character) in {"Cc", "Cf"} and character not in "\n\t\u200c\u200d"
    ]


def export(page: Page) -> list[dict[str, object]]:
    """Return the exchanges of the open conversation as the server knows them."""
    with page.expect_download() as download:
        page.locator("[data-do=download-conversation-json]").click()
    kept = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    exchanges: list[dict[str, object]] = kept.get("exchanges", [kept])
    return exchanges


SHOWN_CITATIONS = """() => [...document.querySelectorAll("#thread .exchange")].map((exchange) => ({
  claims: [...exchange.querySelectorAll(".claim")].map((claim) =>
    [...claim.querySelectorAll(".chip")].map((chip) => Number(chip.textContent))),
  sources: [...exchange.querySelectorAll("li[data-article]")]
    .sort((one, other) => one.dataset.citation - other.dataset.citation)
    .map((source) => [
      source.dataset.article, Number(source.dataset.start), Number(source.dataset.end)]),
  said: exchange.querySelector(".claims")?.innerText ?? "",
}))"""


def check_citations(page: Page) -> int:
    """Assert that the page shows the citations that the server has, and no other; count them."""
    count = 0
    for kept, exchange in zip(export(page), page.evaluate(SHOWN_CITATIONS), strict=True):
        claims: list[dict[str, object]] = kept["claims"]  # type: ignore[assignment]
        citations = [*kept["citations"], *kept["also_read"]]  # type: ignore[misc]
        assert exchange["claims"] == [claim["citations"] for claim in claims]
        assert exchange["sources"] == [[c["article_id"], c["start"], c["end"]] for c in citations]
        assert not re.search(r"[\[［]\s*\d[\d\s,;–-]*[\]］]", exchange["said"])
        count += len(citations)
    return count


def fill(folder: Path) -> dict[str, Article]:
    articles = [make_article(number, text) for number, text in enumerate(HOSTILE)]
    with Library.create(folder, embedder=HashEmbedder()) as library:
        report = library.add([*articles, make_article(len(HOSTILE), PLAIN)])
        assert not report.skipped
        return {name: library.get(name) for name in report.added[: len(HOSTILE)]}


@pytest.fixture(scope="module")
def articles_and_folder(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Article], Path]:
    folder = tmp_path_factory.mktemp("hostile") / "library"
    return fill(folder), folder


def test_hostile_articles_and_questions(
    browser: Browser, start_chat: StartChat, articles_and_folder: tuple[dict[str, Article], Path]
) -> None:
    articles, folder = articles_and_folder
    chat = start_chat(folder)
    with visit(browser, chat.address, scripts=[TRAPS]) as (page, _):
        guarded = Guarded(page)
        ask(page, f"What did inspector Quill{len(HOSTILE)} say about bridge{len(HOSTILE)}?")
        guarded.learn()
        page.locator("#exchange-1 .source").first.click()
        page.locator("#article-panel mark").wait_for()
        guarded.learn()
        page.locator("#close-article").click()
        ask(page, f"And what about Quill{len(HOSTILE)}?")  # understood in context
        ask(page, "xylophones?")  # refused
        guarded.learn()
        regions = guarded.regions()
        new_conversation(page)
        ask(page, "xylophones?")
        guarded.learn()
        n_citations = 0
        for (name, article), (number, text) in zip(
            articles.items(), enumerate(HOSTILE), strict=True
        ):
            if number % N_IN_CONVERSATION == 0:
                new_conversation(page)
            exchange = ask(page, f"What did Quill{number} say about bridge{number}? {text}")
            guarded.check()
            assert guarded.regions() == regions, text
            guarded.click_text(page.locator(f"#question-{exchange}"))
            for part in page.locator(f"#exchange-{exchange} :is(.said, blockquote):visible").all()[
                :3
            ]:
                guarded.click_text(part)
            sources = page.locator(f"#exchange-{exchange} li[data-article]")
            names = sources.evaluate_all(NAMES)
            if name not in names:  # what was added to the question leads elsewhere
                exchange = ask(page, f"What did inspector Quill{number} say about bridge{number}?")
                sources = page.locator(f"#exchange-{exchange} li[data-article]")
                names = sources.evaluate_all(NAMES)
            open_and_compare(guarded, sources.nth(names.index(name)), article)
            is_last = number % N_IN_CONVERSATION == N_IN_CONVERSATION - 1
            if is_last or number == len(HOSTILE) - 1:
                n_citations += check_citations(page)
        assert n_citations >= len(HOSTILE)


def new_conversation(page: Page) -> None:
    page.locator("#new-conversation").click()
    page.locator(".welcome").wait_for()


def open_and_compare(guarded: Guarded, source: Locator, article: Article) -> None:
    page = guarded.page
    source.evaluate("node => node.closest('details')?.setAttribute('open', '')")
    source.locator("button.source").first.click()
    page.locator("#article-panel").wait_for()
    page.locator("#article-title", has_text=article.title.split()[0]).wait_for()
    shown = page.locator(".article-text")
    assert shown.text_content() == storable(article.text)
    start, end = (int(source.get_attribute(f"data-{name}") or 0) for name in ("start", "end"))
    # Each block of an article has a mark of its own.
    marked = "".join(page.locator("#article mark").all_text_contents())
    assert marked == storable(article.text[start:end])
    guarded.check()
    guarded.click_text(page.locator("#article mark").first)
    guarded.click_text(page.locator("#article-title"))
    guarded.check()
    page.locator("#close-article").click()


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
    in_parts = number % 2 == 0 and not refused
    context = Claim(f"It was {text}", Support.SUPPORTED, (2,), context=True, part=int(in_parts))
    answered = (Answered.YES, Answered.NO, Answered.NO) if in_parts else (Answered.YES,)
    other = replace(citation, number=2, article_id=f"a{number}{'' if in_parts else ' too'}")
    return Exchange(
        number=number + 1,
        question=f"why? {text}",
        understood=f"why is it shut? {text}",
        refused=refused,
        claims=()
        if has_failed
        else (context,) * (number % 2)
        if refused
        else (
            Claim(f"It is {text}", Support.SUPPORTED, (1,)),
            Claim(f"It may be {text}", Support.PARTLY, (1, 2), reason=f"no figure: {text}"),
            Claim(f"It will be {text}", Support.UNSUPPORTED, (), reason=f"nothing: {text}"),
            context,
        ),
        citations=() if has_failed else (citation, replace(other, published=date(2025, 2, 1))),
        also_read=() if has_failed else (replace(citation, number=3),),
        suggestions=(f"who shut {text}?",),
        notice=f"as of May: {text}",
        error=f"broken: {text}" if has_failed else "",
        state=AnswerState.FAILED if has_failed else AnswerState.DONE,
        verdict="down",
        note=text,
        pinned=True,
        only=Filter(outlets=(text,)),
        parts=tuple(AnswerPart(f"why {text}?", "one", one) for one in answered),
        missing=(f"why {text}?",) * (len(answered) - 1),
        probability=0.9,
        whole=not in_parts,
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_hostile_words_of_a_model(
    browser: Browser, start_chat: StartChat, folder: Path, size: ViewportSize
) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([make_article(0, PLAIN)])
        generation = library.statistics().generation
    store = ConversationStore(folder / STORE_FILE)
    owner = f"browser:{OWNER_TOKEN}"
    opened = {}
    for name, texts in (("plain", [PLAIN] * len(HOSTILE)), ("hostile", HOSTILE)):
        opened[name] = store.create(owner, name)
        for number, text in enumerate(texts):
            kept = replace(make_exchange(number, text), generation=generation)
            store.save(owner, opened[name], kept)
    for text in HOSTILE:
        store.create(owner, f"plain {text}")
    store.close()

    chat = start_chat(folder)
    with visit(browser, chat.address, size=size, scripts=[TRAPS, REMEMBERED]) as (page, _):

        def show(name: str) -> None:
            if size == PHONE:
                page.locator("#toggle-conversations").click()
            item = page.locator(f"li[data-conversation='{opened[name]}'] .open")
            item.click()
            chosen = f"li[data-conversation='{opened[name]}'] .open[aria-current]"
            page.locator(chosen).wait_for(state="attached")
            page.locator(f"#exchange-{len(HOSTILE)}").wait_for()

        show("plain")
        guarded = Guarded(page)
        skeleton = guarded.read_shapes("#thread")
        regions = guarded.regions()
        show("hostile")
        assert guarded.read_shapes("#thread") == skeleton
        assert page.locator("#conversation-list li").count() == len(HOSTILE) + len(opened)
        guarded.check()
        assert guarded.regions() == regions
        check_citations(page)
        for exchange in page.locator("#thread .exchange").all():
            exchange.scroll_into_view_if_needed()
            assert guarded.regions() == regions
            for part in exchange.locator(":is(.question, .doubt, .said, .error):visible").all()[:4]:
                guarded.click_text(part)
        for chip in page.locator("#thread .chip").all()[:: len(HOSTILE) // 10]:
            chip.evaluate(TO_THE_MIDDLE)
            chip.hover()
            page.locator("#citation-card").wait_for()
            assert find_unseen(page.locator("#citation-card").inner_text()) == []
        guarded.check()


def test_hostile_replies_of_a_model(
    browser: Browser,
    start_chat: StartChat,
    articles_and_folder: tuple[dict[str, Article], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model that answers with hostile words, bare or as the claims that it was asked for."""
    replied: set[int] = set()

    def behave(call: Call) -> None:
        number = int(re.findall(r"Quill(\d+) say about", call.prompt)[-1])
        text = HOSTILE[number] if number < len(HOSTILE) else PLAIN
        said = f"Inspector Quill{number} said that bridge{number} {text} is shut."
        if number % 3:
            call.answer(reply_json((said, [1]), (f"{said} [1] {text}", [2, 99]), (text, [])))
        else:
            call.answer(f"{text}\n{said} [1]")
        replied.add(number)

    monkeypatch.setenv("OPENAI_API_KEY", "sk-scripted")
    _, folder = articles_and_folder
    with ScriptedEndpoint(behave) as endpoint:
        options = ("--model", "openai:scripted", "--base-url", endpoint.url)
        chat = start_chat(folder, *options)
        with visit(browser, chat.address, scripts=[TRAPS]) as (page, _):
            guarded = Guarded(page)
            for number in (len(HOSTILE), len(HOSTILE) + 1, len(HOSTILE) + 2):
                new_conversation(page)
                ask(page, f"What did inspector Quill{number} say about bridge{number}?")
                guarded.learn()
            replied.clear()
            for number in range(len(HOSTILE)):
                if number % N_IN_CONVERSATION == 0:
                    new_conversation(page)
                exchange = ask(page, f"What did inspector Quill{number} say about bridge{number}?")
                guarded.check()
                for part in page.locator(f"#exchange-{exchange} .said:visible").all()[:3]:
                    guarded.click_text(part)
                is_last = number % N_IN_CONVERSATION == N_IN_CONVERSATION - 1
                if is_last or number == len(HOSTILE) - 1:
                    check_citations(page)
    assert len(replied) >= MIN_REPLIES


def test_hostile_files(browser: Browser, start_chat: StartChat, folder: Path) -> None:
    """Names and texts of files that are uploaded, outlets that are filtered by, words searched."""
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([make_article(len(HOSTILE), PLAIN)])
    chat = start_chat(folder)
    with visit(browser, chat.address, scripts=[TRAPS]) as (page, _):
        guarded = Guarded(page)
        page.locator("#show-sources").click()
        for kind in (".md", ".png"):
            upload(page, [f"{PLAIN} {number}" for number in range(PAGE_ARTICLES + 5)], kind=kind)
            guarded.learn()
        remove_first(page)
        guarded.learn()
        page.get_by_label("Outlet", exact=True).select_option(index=3)
        page.locator("#view-sources .active-filter").wait_for()
        guarded.learn()
        page.locator("#show-chat").click()
        guarded.learn()
        page.locator("#clear-filter").click()
        page.locator("#view-sources .active-filter").wait_for(state="detached")
        regions = guarded.regions()
        page.locator("#show-sources").click()
        for first in range(0, len(HOSTILE), N_IN_CONVERSATION):
            for kind in (".md", ".png"):
                upload(page, HOSTILE[first : first + N_IN_CONVERSATION], kind=kind)
                guarded.check()
        for title in page.locator("#view-sources .articles .what p").all():
            guarded.click_text(title)
        for _ in range(3):
            remove_first(page)
            guarded.check()
        words = page.get_by_label("Words in title or text")
        for text in HOSTILE[:: len(HOSTILE) // N_SEARCHES]:
            words.fill(storable(text)[:200])
            words.press("Enter")
            page.locator("#view-sources .count", has_text=" of ").wait_for()
            guarded.check()
        words.fill("")
        outlets = page.get_by_label("Outlet", exact=True)
        names = outlets.locator("option").evaluate_all("all => all.map((one) => one.value)")
        assert len(names) > len(HOSTILE) // 2
        for name in names[2 :: len(names) // N_SEARCHES]:
            outlets.select_option(name)
            page.locator("#view-sources .active-filter").wait_for()
            guarded.check()
            page.locator("#show-chat").click()
            page.locator("#clear-filter").wait_for()
            guarded.check()
            page.locator("#show-sources").click()
        page.locator("#show-chat").click()
        page.locator("#clear-filter").click()
        page.locator("#filter-line").wait_for(state="hidden")
        assert guarded.regions() == regions


def draw_draft() -> str:
    """Return a checked draft with every verdict, with and without quotations and passages."""
    place = {"article_id": "a", "start": 0, "end": 1, "said": PLAIN, "heading": PLAIN}
    passage = {**place, "title": PLAIN, "credit": PLAIN}
    quotation = [(where, PLAIN) for where in ("both", "draft", "article")]
    sentence = {"text": PLAIN, "reason": PLAIN, "quotations": [quotation], "passages": [passage]}
    rows = [{**sentence, "verdict": v.value, "mark": v.name.lower()} for v in DraftVerdict]
    return render("sources/ledger.html", "draft", PLAIN, rows)


def test_hostile_names_days_and_drafts(
    browser: Browser, start_chat: StartChat, folder: Path
) -> None:
    """Whom articles name and quote, what they date, links to that, and drafts."""
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([make_article(number, text) for number, text in enumerate([*HOSTILE, PLAIN])])
    chat = start_chat(folder)
    with visit(browser, chat.address, scripts=[TRAPS]) as (page, _):
        guarded = Guarded(page)
        views = page.get_by_role("navigation", name="Views")
        for view, field, words in (
            ("People", "Name, in any spelling", f"Quill{len(HOSTILE)}"),
            ("Timeline", "Topic (leave", f"bridge{len(HOSTILE)}"),
            ("Draft", "Text to check", f"Bridge{len(HOSTILE)} {PLAIN} is shut. It opens in May."),
        ):
            views.get_by_role("button", name=view).click()
            box, key = page.get_by_label(field), "Control+Enter" if view == "Draft" else "Enter"
            box.fill(words)
            box.press(key)
            page.locator(f"#{view.lower()}-found .rows li").first.wait_for()
            guarded.learn()
            guarded.shapes += guarded.read_shapes(html=draw_draft())
            for number, text in enumerate(["nothing", *HOSTILE]):
                name = f"Quill{number} bridge{number} " if text in HOSTILE else ""
                box.fill(storable(name + text)[:500])
                with page.expect_response(lambda answer: "/queue/join" in answer.url):
                    box.press(key)
                page.locator("form[data-look][aria-busy]").wait_for(state="detached")
                if text in HOSTILE:
                    guarded.check()
                else:
                    guarded.learn()


def remove_first(page: Page) -> None:
    button = page.locator("#view-sources [data-remove]").first
    removed = button.get_attribute("data-remove")
    button.click()
    page.wait_for_function(
        "id => ![...document.querySelectorAll('#view-sources [data-remove]')]"
        ".some((button) => button.dataset.remove === id)",
        arg=removed,
    )
    page.wait_for_function("document.activeElement?.dataset.restore !== undefined")


def upload(page: Page, texts: Sequence[str], *, kind: str = ".md") -> None:
    """Give the page one file for each text, which is its name, title and outlet as well."""
    files: list[FilePayload] = []
    for text in texts:
        line = " ".join(text.split())
        front = json.dumps({"title": line, "outlet": line, "date": "2025-01-01"})
        # A path separator or NUL cannot be part of a file's name on any system.
        name = re.sub(r"[/\\\0]", "\N{DIVISION SLASH}", line.encode()[:150].decode(errors="ignore"))
        body = f"---\n{front}\n---\n\n# {line}\n\n{text}\n\nThe bridge is shut: {text}.\n"
        files.append({"name": f"{name}{kind}", "mimeType": "text/plain", "buffer": body.encode()})
    before = page.evaluate(ADDITIONS)
    page.locator("#files").set_input_files(files)
    page.wait_for_function(IS_ADDED, arg=before)


def test_hostile_titles_and_notes(browser: Browser, start_chat: StartChat, folder: Path) -> None:
    """What a reader types: notes on an answer, and other titles for a conversation."""
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([make_article(0, PLAIN)])
    chat = start_chat(folder)
    with visit(browser, chat.address, scripts=[TRAPS]) as (page, _):
        guarded = Guarded(page)
        ask(page, "What did Quill0 say about bridge0?")
        guarded.learn()
        act_on(page, 1, "down")
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
