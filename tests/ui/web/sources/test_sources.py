"""The Sources view and the thumbs: what they say and do, and the page in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from browser import DESK, PHONE, visit
from conftest import StartChat
from index import AddProgress, AddReport, Article, Filter, HashEmbedder, Library, Page, Skip, Tally
from index.adding.uploads import Upload
from index.errors import FeedbackError, LibraryBusyError, OnRecordError
from index.formats.registry import LOADERS
from page_elements import Elements
from rag import Settings, Turn
from ui.web.chat.exchange import Exchange
from ui.web.chat.feedback import record_feedback
from ui.web.chat.filters import describe_filter, filter_to_dict, read_filter
from ui.web.chat.service import ChatService
from ui.web.sources.browsing import change_library, select_bars, show
from ui.web.sources.chart import (
    COLOURS,
    MAX_BARS,
    MAX_SERIES,
    OTHERS,
    OTHERS_COLOUR,
    choose_period,
    draw_picture,
    render_legend,
    render_table,
)
from ui.web.sources.listing import (
    View,
    describe_formats,
    read_view,
    render_controls,
    render_listing,
)
from ui.web.sources.uploads import MAX_FILES, add_uploads, delete_upload, read_uploads, render_step

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload
    from playwright.sync_api import Page as BrowserPage

PAYLOAD = "<img src=x onerror=pwned()>\"'<script>pwned()</script>{{x}} ${pwned()} `x` [7]\u202e"
TRAP = "window.calls = 0; window.pwned = () => { window.calls += 1; };"
ARTICLES = (
    Article("ferry", "Second ferry", "A second ferry crosses the harbour. It takes 90 people.",
            "https://news.example/ferry", date(2025, 3, 20), "Corvane Wire"),
    Article("bridge", "Bridge shut", "The Tollen Bridge stays shut until May.",
            "https://news.example/bridge", date(2025, 1, 4), "Bay Post"),
    Article("tram", "Tram runs", "The tram to Quill runs every nine minutes.", outlet="Bay Post"),
    Article(PAYLOAD.replace("\u202e", ""), PAYLOAD, f"Some text. {PAYLOAD}",
            f"javascript:pwned() {PAYLOAD}", date(2025, 3, 2), f"Out {PAYLOAD}"),
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ChatService]:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
    desk = ChatService(folder, Settings(library=folder, wait_seconds=0))
    yield desk
    desk.close()


def assert_inert(page: str) -> None:
    """Check that nothing in a page runs, loads or leads anywhere, nor is a template."""
    elements = Elements(page)
    for tag, attributes in elements.found:
        assert tag not in {"script", "img", "iframe", "a", "svg", "style", "link", "object"}
        assert not any(name.startswith("on") or name in {"href", "src"} for name in attributes)
    assert not re.search(r"[`{}$]", page)
    assert not re.search(r"\[\d|\u202e", elements.text)


# The filter.

DAYS = st.none() | st.dates()
FILTERS = st.builds(
    Filter,
    outlets=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20), unique=True, max_size=5
    ).map(tuple),
    languages=st.lists(st.sampled_from(["en", "de", "xx", ""]), unique=True).map(tuple),
    since=DAYS,
    until=DAYS,
)


@given(FILTERS)
def test_a_filter_is_read_as_it_was_written(only: Filter) -> None:
    assert read_filter(json.loads(json.dumps(filter_to_dict(only)))) == only
    assert bool(describe_filter(only)) == bool(only)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(
                ["outlets", "languages", "since", "until", "only", "words", "page", "x"]
            ),
            inner,
        ),
    )
)  # fmt: skip
def test_whatever_a_browser_sends_is_some_view(payload: object) -> None:
    view = read_view(payload)
    assert view.page >= 0
    assert isinstance(read_filter(payload), Filter)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Filter(), ""),
        (Filter(outlets=("Bay Post", "")), "Bay Post or outlet unknown"),
        (Filter(outlets=tuple("abcde")), "a or b or c or 2 more"),
        (Filter(languages=("de", "")), "German or language unknown"),
        (Filter(outlets=("A",), languages=("uk",)), "A, Ukrainian"),
        (Filter(since=date(2024, 5, 1)), "since 1 May 2024"),
        (Filter(outlets=("A",), until=date(2024, 5, 1)), "A, until 1 May 2024"),
        (Filter(since=date(2024, 5, 1), until=date(2024, 5, 1)), "1 May 2024"),
        (Filter(since=date(2024, 5, 1), until=date(2024, 6, 1)), "1 May 2024 to 1 June 2024"),
    ],
)
def test_a_filter_in_words(only: Filter, expected: str) -> None:
    assert describe_filter(only) == expected


def test_dates_in_the_wrong_order_are_put_right() -> None:
    view = read_view({"only": {"since": "2024-06-01", "until": "2024-05-01"}})
    assert (view.only.since, view.only.until) == (date(2024, 5, 1), date(2024, 6, 1))


# The picture.


@st.composite
def shelves(draw: st.DrawFn) -> tuple[Page, list[Tally]]:
    """Return a page's dates, and counts by the period that its picture asks for."""
    first = draw(st.dates())
    last = min(
        date.max - first, timedelta(draw(st.sampled_from([0, 3, 30, 400, 1500, 9000, 10**6])))
    )
    page = Page((), 1, draw(st.integers(0, 3)), first, first + last)
    period = choose_period(page)
    days = [*draw(st.lists(st.dates(first, first + last), max_size=30)), first, first + last]
    outlets = st.sampled_from(["", OTHERS, *(f"Outlet {n}" for n in range(12)), "x" * 60])
    return page, [
        Tally(draw(outlets), day.isoformat()[:period], draw(st.integers(1, 9))) for day in days
    ]


@given(shelves())
def test_every_dated_article_is_in_one_bar_and_one_colour(shelf: tuple[Page, list[Tally]]) -> None:
    page, tallies = shelf
    picture = draw_picture(page, tallies)
    total = sum(tally.articles for tally in tallies)
    assert sum(picture.counts.values()) == total
    assert sum(series.articles for series in picture.series) == total
    assert 1 <= len(picture.bars) <= MAX_BARS + 1
    assert len(picture.series) <= MAX_SERIES + 1
    assert len({bar.label for bar in picture.bars}) == len(picture.bars)
    assert len({series.label for series in picture.series}) == len(picture.series)
    assert {row[0] for row in picture.rows()} == {bar.label for bar in picture.bars}
    for tally in tallies:
        holding = [b for b in picture.bars if b.since and b.until
                   and b.since.isoformat()[: len(tally.period)] <= tally.period
                   <= b.until.isoformat()[: len(tally.period)]]  # fmt: skip
        assert len(holding) == 1


def test_without_dates_the_bars_are_outlets_the_largest_first() -> None:
    tallies = [Tally(f"Outlet {n}", "", n + 1) for n in range(300)]
    picture = draw_picture(Page((), 300, 300, None, None), tallies)
    assert len(picture.bars) == MAX_BARS
    assert (picture.bars[0].outlet, picture.bars[-1].label) == ("Outlet 299", OTHERS)
    assert sum(picture.counts.values()) == 300 * 301 // 2
    assert_inert(render_table(picture))


def luminance(colour: str) -> float:
    """Return the relative luminance that WCAG defines."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*COLOURS, OTHERS_COLOUR])
@pytest.mark.parametrize("paper", ["#ffffff", "#15181c"], ids=["light", "dark"])
def test_colours_stand_out(colour: str, paper: str) -> None:
    low, high = sorted((luminance(colour), luminance(paper)))
    assert (high + 0.05) / (low + 0.05) >= 3


# What is shown, and what a click does.


def test_nothing_from_an_article_is_markup(desk: ChatService) -> None:
    shown = show(desk, View())
    assert shown.picture
    for page in (
        shown.listing,
        render_controls(shown.outlets),
        render_legend(shown.picture, ()),
        render_table(shown.picture),
        change_library(desk, {"action": "remove", "ids": [ARTICLES[3].article_id]}),
        show(desk, View(words=PAYLOAD, only=Filter(outlets=(PAYLOAD,)))).listing,
    ):
        assert page
        assert_inert(page)
    opened = [a["data-open-article"] for _, a in Elements(shown.listing).found
              if "data-open-article" in a]  # fmt: skip
    assert opened == ["ferry", ARTICLES[3].article_id, "bridge", "tram"]


def test_the_view_says_what_it_shows(desk: ChatService) -> None:
    shown = show(desk, View(only=Filter(outlets=("bay post",)), page=9))
    (state,) = [json.loads(a["data-view"] or "") for _, a in Elements(shown.listing).found
                if "data-view" in a]  # fmt: skip
    assert read_view(state) == shown.view == View(only=Filter(outlets=("bay post",)))
    assert "2 of 4 articles, 4 January 2025." in shown.listing
    assert shown.picture
    assert shown.picture.undated == 1


def test_a_bar_narrows_the_view(desk: ChatService) -> None:
    picture = show(desk, View()).picture
    assert picture
    assert [bar.label for bar in picture.bars] == ["Jan 2025", "Feb 2025", "Mar 2025"]
    view = select_bars(desk, View(words="x"), ["Jan 2025"])
    assert view == View(words="x")  # no article, so no picture
    view = select_bars(desk, View(), ["Mar 2025", 7, "nothing"])
    assert view.only == Filter(since=date(2025, 3, 1), until=date(2025, 3, 31))
    assert show(desk, view).listing.count("data-remove=") == 2
    narrowed = show(desk, view).picture
    assert narrowed
    assert narrowed.bars[0].label == "2 Mar"
    for hostile in (None, "Mar 2025", 7, {"a": 1}):
        assert select_bars(desk, View(), hostile) == View()


def test_removing_can_be_undone(desk: ChatService) -> None:
    before = show(desk, View()).listing
    bar = change_library(desk, {"action": "remove", "ids": ["ferry", "bridge"]})
    assert "Removed 2 articles." in bar
    (removal,) = [a["data-restore"] for _, a in Elements(bar).found if "data-restore" in a]
    assert "Removed of late (1)" in show(desk, View()).listing
    assert "2 articles" in show(desk, View()).listing
    note = change_library(desk, {"action": "restore", "removal": int(removal or 0)})
    assert "2 articles put back." in note
    assert show(desk, View()).listing == before


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"action": "remove"},
        {"action": "remove", "ids": "ferry"},
        {"action": "remove", "ids": [1]},
        {"action": "restore", "removal": "1"},
        {"action": "restore", "removal": True},
        {"action": "restore", "removal": 1 << 80},
        {"action": []},
    ],
)
def test_a_payload_that_is_none_changes_nothing(desk: ChatService, payload: dict[str, Any]) -> None:
    assert change_library(desk, payload) == ""
    assert desk.library().statistics().articles == 4


def test_unknown_ids_and_removals_are_one_line(desk: ChatService) -> None:
    for payload in ({"action": "remove", "ids": ["nobody"]}, {"action": "restore", "removal": 9}):
        with pytest.raises(OnRecordError):
            change_library(desk, payload)


def test_languages_are_offered_and_chosen(desk: ChatService) -> None:
    article = Article("zug", "Zug", "Der Zug fährt alle neun Minuten.", language="de")
    desk.library().add([article])
    shown = show(desk, View(Filter(languages=("de",))))
    assert "1 of 5 articles" in shown.listing
    assert ("de", 1) in shown.languages
    controls = Elements(render_controls(shown.outlets, shown.languages))
    assert "German (1)" in controls.text
    assert "German" in shown.listing
    assert ' hidden><label for="language">' in render_controls((), (("en", 3),))
    assert ' hidden><label for="language">' not in render_controls((), (("en", 3), ("de", 1)))


def test_a_line_about_the_library_stands_above_its_articles() -> None:
    listing = render_listing(View(), Page((), 0, 0, None, None), (), total=0, notice=f"x {PAYLOAD}")
    assert_inert(listing)
    assert '<p class="notice" dir="auto">X &lt;img' in listing
    assert "notice" not in render_listing(View(), Page((), 0, 0, None, None), (), total=0)


def test_what_can_be_dropped_is_what_can_be_read() -> None:
    page = Elements(render_controls(()))
    (field,) = [a for tag, a in page.found if tag == "input" and a.get("type") == "file"]
    assert (field["accept"] or "").split(",") == list(LOADERS)
    assert "<!--" not in render_controls(())


@pytest.mark.parametrize(
    ("suffixes", "expected"),
    [
        ((".txt", ".md", ".jsonl"), "text, Markdown and JSON"),
        ((".pdf",), "PDF"),
        ((".zip", ".html", ".qqq"), "web pages, archives of any of these and .qqq"),
        ((), ""),
    ],
)
def test_formats_in_words(suffixes: tuple[str, ...], expected: str) -> None:
    assert describe_formats(suffixes) == expected


def test_every_format_has_a_word() -> None:
    assert not re.search(r"\s\.\w", describe_formats(LOADERS))


def test_a_missing_library_is_an_empty_view(tmp_path: Path) -> None:
    desk = ChatService(tmp_path / "none", Settings(library=tmp_path / "none"))
    shown = show(desk, View())
    assert "The library is empty." in shown.listing
    assert shown.picture is None
    assert not (tmp_path / "none").exists()


# Uploads.


def arrive(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{abs(hash(name + text)):x}" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return path


def test_only_files_that_were_uploaded_are_taken(tmp_path: Path) -> None:
    folder, secret = tmp_path / "uploads", tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    good = arrive(folder, "a.txt", "text")
    (folder / "here").mkdir()
    (folder / "here" / "link.txt").symlink_to(secret)
    (folder / "loose.txt").write_text("x", "utf-8")
    hostile = [
        str(secret),
        str(folder / "here" / "link.txt"),
        f"{good.parent}/../../secret.txt",
        str(folder),
        str(folder / "loose.txt"),
        "",
        "\0",
        "x" * 10_000,
        "/dev/zero",
    ]
    files: list[object] = [{"path": path, "name": "x.txt"} for path in hostile]
    files += [None, 7, {}, {"path": 7}, {"path": str(good), "name": 7}]
    uploads, skips = read_uploads({"files": files}, folder)
    assert [upload.path for upload in uploads] == [good]
    assert len(skips) == len(files) - 1
    assert secret.exists()
    empty: list[object] = [None, [], {"files": None}, {"files": "x"}, 7]
    for nothing in empty:
        assert read_uploads(nothing, folder) == ([], [])


def test_too_many_files_are_named_and_deleted(tmp_path: Path) -> None:
    paths = [arrive(tmp_path, f"{n}.txt", "text") for n in range(MAX_FILES + 2)]
    files = [{"path": str(path), "name": path.name} for path in paths]
    uploads, skips = read_uploads({"files": files}, tmp_path)
    assert len(uploads) == MAX_FILES
    assert [skip.source for skip in skips] == [f"{MAX_FILES}.txt", f"{MAX_FILES + 1}.txt"]
    assert not paths[-1].exists()


def test_uploads_go_into_the_library_and_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()):
        pass
    desk = ChatService(folder, Settings(library=folder))
    files = [arrive(tmp_path / "up", "a.txt", "The tram runs at nine."),
             arrive(tmp_path / "up", "b.pdf", "no")]  # fmt: skip
    steps = list(add_uploads(desk, [Upload(f, f.name) for f in files], [Skip("c", "gone")]))
    report = steps[-1]
    assert isinstance(report, AddReport)
    assert all(isinstance(step, AddProgress) for step in steps[:-1])
    assert (len(report.added), len(report.skipped)) == (1, 2)
    assert not any(path.is_file() for path in (tmp_path / "up").rglob("*"))
    assert desk.library().get(report.added[0]).source == "a.txt"
    assert next(iter(desk.library().search("tram", 1))).article.article_id == report.added[0]
    desk.close()


def test_the_folder_of_a_content_stays_for_the_next_upload_of_it(tmp_path: Path) -> None:
    """Gradio may be about to move the same content, which others upload as well, into it."""
    file = arrive(tmp_path, "a.txt", "text")
    delete_upload(file)
    assert not file.exists()
    assert file.parent.is_dir()
    delete_upload(file)


def test_two_additions_at_once_are_a_clear_message(desk: ChatService, tmp_path: Path) -> None:
    from index.record.database import hold_write_lock

    file = arrive(tmp_path / "up", "a.txt", "The tram runs at nine.")
    with hold_write_lock(desk.folder, wait_seconds=5):
        (error,) = add_uploads(desk, [Upload(file, "a.txt")])
    assert isinstance(error, LibraryBusyError)
    assert "Somebody else is adding" in render_step(error, files=1)
    assert not file.exists()


def test_what_an_addition_says_is_inert() -> None:
    report = AddReport(added=("x",), skipped=tuple(Skip(PAYLOAD, PAYLOAD) for _ in range(105)))
    page = render_step(report, files=9, titles=[(PAYLOAD, PAYLOAD)])
    assert_inert(page)
    assert "1 added, 105 skipped." in page
    report = AddReport(added=("x", "y"), superseded=(("a", "x"),), copies=("y",))
    assert "2 added, 1 kept as earlier versions, 1 of a story that others tell too." in render_step(
        report, files=2
    )
    assert "and 5 more" in page
    assert_inert(render_step(OnRecordError(PAYLOAD), files=1))
    assert "12 passages" in render_step(AddProgress(3, 5, 12, 1.0), files=5)
    reason = "id 'x' is in the library already, from elsewhere; --replace replaces it"
    assert "--replace" not in render_step(AddReport(skipped=(Skip("x", reason),)), files=1)


# Thumbs.


def test_a_thumb_is_stored_changed_and_taken_back(desk: ChatService) -> None:
    (answer,) = list(desk.ask("how many people does the second ferry take?"))[-1:]
    exchange = Exchange.from_answer(3, answer)
    given: dict[str, Any] = {"owner": "user:ada", "conversation_id": "c1"}
    history = [Turn("user", "what of the ferry?")]
    only = Filter(outlets=("Corvane Wire",))
    record_feedback(desk, exchange, verdict="up", note="yes", history=history, only=only, **given)
    (found,) = desk.library().feedback.all()
    assert (found.verdict, found.note, found.person) == ("up", "yes", "ada")
    assert found.history == ({"role": "user", "text": "what of the ferry?"},)
    assert read_filter(found.only) == only
    assert [c["text"] for c in found.claims] == [claim.text for claim in answer.claims]
    assert [c["quote"] for c in found.citations] == [c.quote for c in answer.citations]
    record_feedback(desk, exchange, verdict="down", note="", **given)
    record_feedback(desk, exchange, verdict="up", note="", owner="browser:1", conversation_id="c1")
    assert sorted((f.verdict, f.person) for f in desk.library().feedback.all()) == [
        ("down", "ada"), ("up", ""),
    ]  # fmt: skip
    record_feedback(desk, exchange, verdict="", note="", **given)
    assert desk.library().feedback.count() == 1


def test_a_thumb_that_is_none_is_refused(desk: ChatService) -> None:
    given: dict[str, Any] = {"owner": "browser:1", "conversation_id": "c"}
    refusal = Exchange(1, "who?", refused=True)
    for exchange, verdict, note, says in (
        (refusal, "sideways", "", "'up' or 'down'"),
        (refusal, "up", "x" * 2001, "2,001 characters"),
        (replace(refusal, refused=False), "up", "", "no answer to judge"),
    ):
        with pytest.raises(FeedbackError, match=says):
            record_feedback(desk, exchange, verdict=verdict, note=note, **given)
    assert desk.library().feedback.count() == 0


# The page.


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
    assert page.evaluate("window.told.at(-1).label") == "Bay Post"
    page.locator(".filter-chip", has_text="Bay Post").last.click()
    wait_for_count(page, "4 articles")
    assert page.evaluate("window.told.at(-1).only") is None

    bars = page.locator("#sources-picture path[aria-roledescription=bar]")
    bars.first.wait_for()
    bars.first.click()
    wait_for_count(page, "1 of 4 articles, 4 January 2025")
    assert page.get_by_label("From", exact=True).input_value() == "2025-01-01"
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('onrecord:filter',"
        " {detail: {only: null, label: '', by: 'chat'}}))"
    )
    wait_for_count(page, "4 articles")
    page.get_by_text("The same as a table").click()
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
    page.get_by_label("Choose Fish market closes").check()
    page.get_by_role("button", name="Remove the chosen ones").click()
    wait_for_count(page, "4 articles")


@pytest.mark.browser
@pytest.mark.slow
def test_the_chat_asks_under_the_filter(page: BrowserPage) -> None:
    page.locator(".legend", has_text="Corvane Wire").click()
    wait_for_count(page, "1 of")
    page.locator("#show-chat").click()
    chip = page.locator("#clear-filter")
    chip.wait_for()
    assert page.locator("#filter-label").inner_text() == "Corvane Wire"
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
