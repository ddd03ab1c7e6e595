"""What the Sources view shows, and what its clicks do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hostile_strings import HOSTILE
from index.errors import OnRecordError
from onrecord import Article, Filter
from page_elements import Elements
from rag import Settings
from sample_sources import ARTICLES, PAYLOAD, assert_inert, make_service
from ui.web.chat.filters import read_filter
from ui.web.chat.service import ChatService
from ui.web.sources.browsing import SourcesView
from ui.web.sources.listing import (
    View,
    render_language_options,
    render_outlet_options,
)
from ui.web.wire import Reply, RequestError, find_action, read_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


VIEW = View()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ChatService]:
    service = make_service(tmp_path / "library")
    yield service
    service.close()


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
    assert len(pages) == 6
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
    assert [chip["label"] for chip in reply["data"]["chips"]] == ["bay post"]
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


def test_a_missing_library_is_an_empty_view(tmp_path: Path) -> None:
    service = ChatService(tmp_path / "none", Settings(library=tmp_path / "none"))
    shown = look(service)["slots"]
    assert "There are no articles yet." in shown["sources-listing"]
    assert shown["sources-chart"] == ""
    assert not (tmp_path / "none").exists()


def test_collections_are_made_chosen_and_deleted(service: ChatService) -> None:
    ids = [ARTICLES[0].article_id, ARTICLES[1].article_id, "gone"]
    made = act(service, "collect", name="Harbour", ids=ids)
    assert "“Harbour” has 2 articles now." in made["slots"]["sources-notice"]
    (folder,) = service.collections().all()
    chosen = {"collections": [{"id": folder.collection_id}]}
    shown = act(service, "browse", view={"only": chosen})
    assert shown["data"]["view"]["only"]["collections"][0]["name"] == "Harbour"
    assert "2 of 4 articles" in shown["slots"]["sources-listing"]
    assert 'aria-pressed="true"' in shown["slots"]["sources-collections"]
    out = {"collection": folder.collection_id, "ids": ids[:1], "view": {"only": chosen}}
    assert "1 of 4 articles" in act(service, "take-out", **out)["slots"]["sources-listing"]
    saved = act(service, "save-search", view={"words": "tram"})
    assert "The search is saved: “tram”" in saved["slots"]["sources-notice"]
    gone = act(service, "delete-collection", collection=folder.collection_id, view={"only": chosen})
    assert gone["data"]["view"]["only"] is None
    assert "Harbour" not in gone["slots"]["sources-collections"]
    with pytest.raises(OnRecordError, match="deleted"):
        act(service, "browse", view={"only": chosen})
    back = act(service, "restore-collection", collection=folder.collection_id)
    assert "Harbour" in back["slots"]["sources-collections"]
    with pytest.raises(OnRecordError, match="nothing to save"):
        act(service, "save-search")
    for wrong in ({"collection": "x"}, {"collection": "0" * 32, "ids": ["x"] * 501}):
        with pytest.raises(RequestError):
            act(service, "take-out", **wrong)


def test_names_of_collections_are_text(service: ChatService) -> None:
    for number, text in enumerate(HOSTILE):
        shown = act(service, "collect", name=f"{number} {text}", ids=[ARTICLES[0].article_id])
        searched = act(service, "save-search", view={"words": f"{number} {text}"[:200]})
        for slots in (shown["slots"], searched["slots"]):
            for name in ("sources-collections", "sources-notice", "sources-listing"):
                assert_inert(slots[name].replace("[2J", "").replace("[31m", ""))
        if number % 50 == 49:
            for one in service.collections().all():
                service.collections().set_deleted(one.collection_id, is_deleted=True)
