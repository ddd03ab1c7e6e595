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
from index.errors import FeedbackError, OnRecordError
from index.formats.registry import LOADERS
from page_elements import Elements
from rag import Settings, Turn
from ui.web.chat.exchange import Exchange
from ui.web.chat.feedback import record_feedback
from ui.web.chat.filters import describe_filter, filter_to_dict, read_filter
from ui.web.chat.service import ChatService
from ui.web.sources.browsing import SourcesView
from ui.web.sources.chart import (
    COLOURS,
    MAX_BARS,
    MAX_SERIES,
    OTHERS,
    OTHERS_COLOUR,
    choose_period,
    make_chart,
    render_chart,
)
from ui.web.sources.listing import (
    View,
    describe_formats,
    render_language_options,
    render_listing,
    render_outlet_options,
    sources_skeleton,
)
from ui.web.sources.uploads import (
    MAX_FILES,
    AddRequest,
    UploadedFile,
    add_and_report,
    add_uploads,
    delete_upload,
    read_uploads,
    render_step,
)
from ui.web.wire import Reply, RequestError, find_action, read_request

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload
    from playwright.sync_api import Page as BrowserPage

VIEW = View()
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
def service(tmp_path: Path) -> Iterator[ChatService]:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
    service = ChatService(folder, Settings(library=folder, wait_seconds=0))
    yield service
    service.close()


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
    if only.since and only.until and only.since > only.until:
        only = replace(only, since=only.until, until=only.since)
    assert read_filter(json.loads(json.dumps(filter_to_dict(only)))) == only
    assert bool(describe_filter(only)) == bool(only)


@pytest.mark.parametrize(
    "value",
    [
        7,
        "all",
        [],
        {"outlets": "Bay Post"},
        {"outlets": [7]},
        {"outlets": ["x" * 1001]},
        {"outlets": ["x"] * 51},
        {"languages": ["x" * 21]},
        {"since": 20240501},
        {"since": "2024-5-1"},
        {"since": "2024-02-30"},
        {"cities": ["Quill"]},
    ],
)
def test_what_is_no_filter_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message names the field
        read_filter(value)


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
    only = read_filter({"since": "2024-06-01", "until": "2024-05-01"})
    assert (only.since, only.until) == (date(2024, 5, 1), date(2024, 6, 1))


# The chart.


@st.composite
def libraries(draw: st.DrawFn) -> tuple[Page, list[Tally]]:
    """Return a page's dates, and counts by the period that its chart asks for."""
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


@given(libraries())
def test_every_dated_article_is_in_one_bar_and_one_colour(
    library: tuple[Page, list[Tally]],
) -> None:
    page, tallies = library
    chart = make_chart(page, tallies)
    total = sum(tally.articles for tally in tallies)
    assert sum(chart.counts.values()) == total
    assert sum(series.articles for series in chart.series) == total
    assert 1 <= len(chart.bars) <= MAX_BARS + 1
    assert len(chart.series) <= MAX_SERIES + 1
    assert len({bar.label for bar in chart.bars}) == len(chart.bars)
    assert len({series.label for series in chart.series}) == len(chart.series)
    assert sum(chart.totals()) == total
    assert render_chart(chart, ()).count('class="bar"') == len(chart.bars)
    for tally in tallies:
        holding = [b for b in chart.bars if b.since and b.until
                   and b.since.isoformat()[: len(tally.period)] <= tally.period
                   <= b.until.isoformat()[: len(tally.period)]]  # fmt: skip
        assert len(holding) == 1


def test_without_dates_the_bars_are_outlets_the_largest_first() -> None:
    tallies = [Tally(f"Outlet {n}", "", n + 1) for n in range(300)]
    chart = make_chart(Page((), 300, 300, None, None), tallies)
    assert len(chart.bars) == MAX_BARS
    assert (chart.bars[0].outlet, chart.bars[-1].label) == ("Outlet 299", OTHERS)
    assert sum(chart.counts.values()) == 300 * 301 // 2
    assert_inert(render_chart(chart, ()))


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


def act(service: ChatService, do: str, **fields: object) -> Reply:
    """Do what the page asks for in the Sources view."""
    payload = {"do": do, **fields}
    action = find_action(SourcesView(service).actions, payload)
    return action.run("browser:1", read_request(action.model, payload))


def look(service: ChatService, view: View = VIEW) -> Reply:
    return SourcesView(service).show(view)


def listing_of(service: ChatService, view: View = VIEW) -> str:
    return look(service, view)["slots"]["sources-listing"]


def test_nothing_from_an_article_is_markup(service: ChatService) -> None:
    listing = listing_of(service)
    pages = [*look(service)["slots"].values()]
    assert len(pages) == 4
    pages += act(service, "remove", ids=[ARTICLES[3].article_id])["slots"].values()
    hostile = View(words=PAYLOAD, only=Filter(outlets=(PAYLOAD,)))
    pages.append(listing_of(service, hostile))
    for page in pages:
        assert page
        assert_inert(page)
    opened = [a["data-open-article"] for _, a in Elements(listing).found
              if "data-open-article" in a]  # fmt: skip
    assert opened == ["ferry", ARTICLES[3].article_id, "bridge", "tram"]


def test_the_view_says_what_it_shows(service: ChatService) -> None:
    only = Filter(outlets=("bay post",))
    reply = look(service, View(only=only, page=9))
    assert View.model_validate(reply["data"]["view"]) == View(only=only)
    assert reply["data"]["label"] == "bay post"
    assert "2 of 4 articles, 4 January 2025." in reply["slots"]["sources-listing"]
    assert "Not in the chart: 1 undated article." in reply["slots"]["sources-chart"]


def test_a_bar_narrows_the_view(service: ChatService) -> None:
    def rows(view: View) -> list[dict[str, str | None]]:
        chart = look(service, view)["slots"]["sources-chart"]
        return [given for _, given in Elements(chart).found if "data-bar" in given]

    assert [row["data-bar"] for row in rows(VIEW)] == ["Jan 2025", "Feb 2025", "Mar 2025"]
    assert rows(View(words="zeppelin")) == []  # no article, so no chart
    march = rows(VIEW)[-1]
    assert (march["data-since"], march["data-until"]) == ("2025-03-01", "2025-03-31")
    only = read_filter({"since": march["data-since"], "until": march["data-until"]})
    assert listing_of(service, View(only=only)).count("data-remove=") == 2
    assert rows(View(only=only))[0]["data-bar"] == "2 Mar"


def test_removing_can_be_undone(service: ChatService) -> None:
    before = listing_of(service)
    bar = act(service, "remove", ids=["ferry", "bridge"])["slots"]["sources-notice"]
    assert "Removed 2 articles." in bar
    (removal,) = [a["data-restore"] for _, a in Elements(bar).found if "data-restore" in a]
    assert "Recently removed (1)" in listing_of(service)
    assert "2 articles" in listing_of(service)
    back = act(service, "put-back", removal=int(removal or 0))["slots"]
    assert "2 articles put back." in back["sources-notice"]
    assert back["sources-listing"] == listing_of(service) == before


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("vanish", {}),
        ("remove", {}),
        ("remove", {"ids": "ferry"}),
        ("remove", {"ids": [1]}),
        ("put-back", {"removal": "1"}),
        ("put-back", {"removal": True}),
        ("put-back", {"removal": 1 << 80}),
        ("browse", {"view": {"only": None, "words": "x" * 201}}),
        ("browse", {"view": {"page": -1}}),
        ("browse", {"view": {"page": True}}),
        ("browse", {"view": {"colour": "red"}}),
    ],
)
def test_what_is_no_request_changes_nothing(
    service: ChatService, do: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(RequestError, match="reload the page"):
        act(service, do, **fields)
    assert service.library().statistics().articles == 4


def test_unknown_ids_and_removals_are_one_line(service: ChatService) -> None:
    with pytest.raises(OnRecordError):
        act(service, "remove", ids=["nobody"])
    with pytest.raises(OnRecordError):
        act(service, "put-back", removal=9)


def test_languages_are_offered_and_chosen(service: ChatService) -> None:
    article = Article("zug", "Zug", "Der Zug fährt alle neun Minuten.", language="de")
    service.library().add([article])
    shown = look(service, View(only=Filter(languages=("de",))))["slots"]
    assert "1 of 5 articles" in shown["sources-listing"]
    assert "German" in shown["sources-listing"]
    assert "German (1)" in Elements(shown["language"]).text
    assert "language unknown (3)" in render_language_options([("", 3)])
    assert "outlet unknown (2)" in render_outlet_options([("", 2)])


def test_a_line_about_the_library_stands_above_its_articles() -> None:
    listing = render_listing(View(), Page((), 0, 0, None, None), (), total=0, notice=f"x {PAYLOAD}")
    assert_inert(listing)
    assert '<p class="notice" dir="auto">X &lt;img' in listing
    assert "notice" not in render_listing(View(), Page((), 0, 0, None, None), (), total=0)


def test_what_can_be_dropped_is_what_can_be_read() -> None:
    page = Elements(sources_skeleton())
    (field,) = [a for tag, a in page.found if tag == "input" and a.get("type") == "file"]
    assert (field["accept"] or "").split(",") == list(LOADERS)
    assert "<!--" not in sources_skeleton()


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
    service = ChatService(tmp_path / "none", Settings(library=tmp_path / "none"))
    shown = look(service)["slots"]
    assert "The library is empty." in shown["sources-listing"]
    assert shown["sources-chart"] == ""
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
        "x" * 4096,
        "/dev/zero",
    ]
    files = [UploadedFile(path=path, name="x.txt") for path in (*hostile, str(good))]
    uploads, skips = read_uploads(files, folder)
    assert [upload.path for upload in uploads] == [good]
    assert len(skips) == len(files) - 1
    assert secret.exists()
    assert read_uploads([], folder) == ([], [])


@pytest.mark.parametrize(
    "files",
    [
        None,
        "x",
        7,
        [None],
        [{}],
        [{"path": 7, "name": "x"}],
        [{"path": "x" * 4097, "name": "x"}],
        [{"path": "x", "name": "x" * 1001}],
        [{"path": "x", "name": "x", "size": 1}],
        [{"path": "x", "name": "x"}] * 401,
    ],
)
def test_what_is_no_list_of_files_is_refused(files: object) -> None:
    with pytest.raises(RequestError, match="an unusable files"):
        read_request(AddRequest, {"do": "add", "files": files})


def test_too_many_files_are_named_and_deleted(tmp_path: Path) -> None:
    paths = [arrive(tmp_path, f"{n}.txt", "text") for n in range(MAX_FILES + 2)]
    files = [UploadedFile(path=str(path), name=path.name) for path in paths]
    uploads, skips = read_uploads(files, tmp_path)
    assert len(uploads) == MAX_FILES
    assert [skip.source for skip in skips] == [f"{MAX_FILES}.txt", f"{MAX_FILES + 1}.txt"]
    assert not paths[-1].exists()


def test_uploads_go_into_the_library_and_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()):
        pass
    service = ChatService(folder, Settings(library=folder))
    files = [arrive(tmp_path / "up", "a.txt", "The tram runs at nine."),
             arrive(tmp_path / "up", "b.pdf", "no")]  # fmt: skip
    steps = list(add_uploads(service, [Upload(f, f.name) for f in files], [Skip("c", "gone")]))
    report = steps[-1]
    assert isinstance(report, AddReport)
    assert all(isinstance(step, AddProgress) for step in steps[:-1])
    assert (len(report.added), len(report.skipped)) == (1, 2)
    assert not any(path.is_file() for path in (tmp_path / "up").rglob("*"))
    assert service.library().get(report.added[0]).source == "a.txt"
    assert next(iter(service.library().search("tram", 1))).article.article_id == report.added[0]
    service.close()


def test_the_folder_of_a_content_stays_for_the_next_upload_of_it(tmp_path: Path) -> None:
    """Gradio may be about to move the same content, which others upload as well, into it."""
    file = arrive(tmp_path, "a.txt", "text")
    delete_upload(file)
    assert not file.exists()
    assert file.parent.is_dir()
    delete_upload(file)


def test_two_additions_at_once_are_a_clear_message(service: ChatService, tmp_path: Path) -> None:
    from index.record.database import hold_write_lock

    file = arrive(tmp_path / "up", "a.txt", "The tram runs at nine.")
    request = AddRequest(do="add", files=[UploadedFile(path=str(file), name="a.txt")])
    with hold_write_lock(service.folder, wait_seconds=5):
        replies = list(add_and_report(service, request, tmp_path / "up"))
    assert [reply.get("done", False) for reply in replies] == [False, True]
    assert "Somebody else is adding" in replies[-1]["slots"]["sources-report"]
    assert not file.exists()


def test_what_an_addition_says_is_inert() -> None:
    report = AddReport(added=("x",), skipped=tuple(Skip(PAYLOAD, PAYLOAD) for _ in range(105)))
    page = render_step(report, files=9, titles=[(PAYLOAD, PAYLOAD)])
    assert_inert(page)
    assert "1 added, 105 skipped." in page
    report = AddReport(added=("x", "y"), superseded=(("a", "x"),), copies=("y",))
    assert (
        "2 added, 1 kept as earlier versions, 1 on a story that other articles cover too."
        in render_step(report, files=2)
    )
    assert "and 5 more" in page
    assert_inert(render_step(OnRecordError(PAYLOAD), files=1))
    assert "12 passages" in render_step(AddProgress(3, 5, 12, 1.0), files=5)
    reason = "id 'x' is in the library already, from elsewhere; --replace replaces it"
    assert "--replace" not in render_step(AddReport(skipped=(Skip("x", reason),)), files=1)


# Thumbs.


def test_a_thumb_is_stored_changed_and_taken_back(service: ChatService) -> None:
    (answer,) = list(service.ask("how many people does the second ferry take?"))[-1:]
    exchange = Exchange.from_answer(3, answer)
    given: dict[str, Any] = {"owner": "user:ada", "conversation_id": "c1"}
    history = [Turn("user", "what of the ferry?")]
    only = Filter(outlets=("Corvane Wire",))
    record_feedback(
        service, exchange, verdict="up", note="yes", history=history, only=only, **given
    )
    (found,) = service.library().feedback.all()
    assert (found.verdict, found.note, found.person) == ("up", "yes", "ada")
    assert found.history == ({"role": "user", "text": "what of the ferry?"},)
    assert read_filter(found.only) == only
    assert [c["text"] for c in found.claims] == [claim.text for claim in answer.claims]
    assert [c["quote"] for c in found.citations] == [c.quote for c in answer.citations]
    record_feedback(service, exchange, verdict="down", note="", **given)
    record_feedback(
        service, exchange, verdict="up", note="", owner="browser:1", conversation_id="c1"
    )
    assert sorted((f.verdict, f.person) for f in service.library().feedback.all()) == [
        ("down", "ada"), ("up", ""),
    ]  # fmt: skip
    record_feedback(service, exchange, verdict="", note="", **given)
    assert service.library().feedback.count() == 1


def test_a_thumb_that_is_none_is_refused(service: ChatService) -> None:
    given: dict[str, Any] = {"owner": "browser:1", "conversation_id": "c"}
    refusal = Exchange(1, "who?", refused=True)
    for exchange, verdict, note, says in (
        (refusal, "sideways", "", "'up' or 'down'"),
        (refusal, "up", "x" * 2001, "2,001 characters"),
        (replace(refusal, refused=False), "up", "", "no answer to rate"),
    ):
        with pytest.raises(FeedbackError, match=says):
            record_feedback(service, exchange, verdict=verdict, note=note, **given)
    assert service.library().feedback.count() == 0


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

    bars = page.locator(".chart .bar")
    bars.first.wait_for()
    bars.first.click()
    wait_for_count(page, "1 of 4 articles, 4 January 2025")
    assert page.get_by_label("From", exact=True).input_value() == "2025-01-01"
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('onrecord:filter',"
        " {detail: {only: null, label: '', by: 'chat'}}))"
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
    page.get_by_label("Select Fish market closes").check()
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
