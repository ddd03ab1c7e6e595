"""Collections and saved searches: kept, bounded, and resolved when they are asked."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hostile_strings import HOSTILE
from index.backup import COLLECTIONS_FILE
from index.errors import OnRecordError
from onrecord import Article, Filter
from sample_sources import ARTICLES, make_service
from ui.web.chat.article_collections import (
    MAX_COLLECTED,
    MAX_COLLECTIONS,
    CollectionError,
    Collections,
)
from ui.web.chat.exchange import Exchange
from ui.web.chat.filters import Choice, describe_filter, filter_to_dict, list_chips, read_filter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ui.web.chat.service import ChatService


@pytest.fixture
def service(folder: Path) -> Iterator[ChatService]:
    service = make_service(folder)
    yield service
    service.close()


def choose(*keys: str, **more: object) -> Filter:
    return read_filter({"collections": [{"id": key} for key in keys], **more})


def test_collections_outlast_the_server(tmp_path: Path) -> None:
    file = tmp_path / COLLECTIONS_FILE
    made = Collections(file).add(" Harbour  works ", ["a", "b", "a"])
    assert (made.name, made.articles) == ("Harbour works", ("a", "b"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = Collections(file).add("HARBOUR WORKS", ["c"])
    assert again == replace(made, articles=("a", "b", "c"))
    assert Collections(file).all() == (again,)
    assert Collections(file).take_out(made.collection_id, ["b"]).articles == ("a", "c")
    Collections(file).set_deleted(made.collection_id, is_deleted=True)
    with pytest.raises(CollectionError, match="deleted"):
        Collections(file).find(made.collection_id)
    Collections(file).set_deleted(made.collection_id, is_deleted=False)
    assert Collections(file).find(made.collection_id).articles == ("a", "c")


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    kept = Collections(None)
    search = kept.save_search("Trams", "tram", Filter())
    with pytest.raises(CollectionError, match="saved search"):
        kept.add("trams", ["a"])
    with pytest.raises(CollectionError, match="delete it"):
        kept.take_out(search.collection_id, ["a"])
    with pytest.raises(CollectionError, match="name"):
        kept.add(" ", ["a"])
    with pytest.raises(CollectionError, match="room"):
        kept.add("many", [str(number) for number in range(MAX_COLLECTED + 1)])
    with pytest.raises(CollectionError, match="cannot be saved"):
        kept.save_search("x", "", choose(search.collection_id))
    kept.set_deleted(search.collection_id, is_deleted=True)
    kept.add("TRAMS", ["a"])
    with pytest.raises(CollectionError, match="another"):
        kept.set_deleted(search.collection_id, is_deleted=False)
    for number in range(MAX_COLLECTIONS - 1):
        kept.add(str(number), [])
    with pytest.raises(CollectionError, match="room"):
        kept.add("one more", [])
    for content in (b"{", b'[{"name": 7}]', b"[" * 100_000):
        (tmp_path / COLLECTIONS_FILE).write_bytes(content)
        with pytest.raises(CollectionError, match="cannot be read"):
            Collections(tmp_path / COLLECTIONS_FILE).all()


def test_searches_of_one_name_are_numbered(tmp_path: Path) -> None:
    kept = Collections(tmp_path / COLLECTIONS_FILE)
    names = [kept.save_search("Trams", words, Filter()).name for words in ("tram", "bus", "tram")]
    assert names == ["Trams", "Trams (2)", "Trams"]
    assert [one.words for one in kept.all()] == ["tram", "bus"]


def test_any_name_is_kept(tmp_path: Path) -> None:
    kept = Collections(tmp_path / COLLECTIONS_FILE)
    names = {kept.add(f"{number} {text}", [text]).name for number, text in enumerate(HOSTILE)}
    assert {one.name for one in Collections(tmp_path / COLLECTIONS_FILE).all()} == names


def test_a_choice_is_of_the_articles_in_it(service: ChatService) -> None:
    ferry, bridge, tram = (article.article_id for article in ARTICLES[:3])
    folder = service.collections().add("Harbour", [ferry, "gone"])
    search = service.collections().save_search("Trams", "tram", Filter())
    assert service.resolve(Filter(outlets=("x",))) == Filter(outlets=("x",))
    assert service.resolve(choose(folder.collection_id)).articles == (ferry, "gone")
    only = choose(folder.collection_id, search.collection_id, articles=[bridge], languages=["en"])
    found = service.resolve(only)
    assert set(found.articles or ()) == {ferry, "gone", tram, bridge}
    assert found.languages == ("en",)
    new = Article("new", "Tram again", "Another tram runs.")
    service.library().add(new)
    assert set(service.resolve(choose(search.collection_id)).articles or ()) == {tram, "new"}
    empty = service.collections().take_out(folder.collection_id, [ferry, "gone"])
    nothing = service.resolve(choose(empty.collection_id))
    assert nothing.articles == ()
    assert nothing
    assert list(service.library().articles(nothing)) == []
    with pytest.raises(OnRecordError, match="deleted"):
        list(service.ask("who?", only=choose("0" * 32)))


def test_any_number_of_articles_is_asked(service: ChatService) -> None:
    ferry = ARTICLES[0].article_id
    many = [ferry, *(f"gone {number}" for number in range(MAX_COLLECTED - 1))]
    only = choose(service.collections().add("Archive", many).collection_id)
    (found,) = service.library().articles(service.resolve(only))
    assert found.article_id == ferry
    assert list(service.ask("what is said about the ferry?", only=only))


def test_a_choice_is_named_and_stored(service: ChatService) -> None:
    folder = service.collections().add("Harbour [1] <b>", ["a"])
    only = service.name_choice(choose(folder.collection_id, articles=["a", "b"], outlets=["Wire"]))
    assert isinstance(only, Choice)
    assert describe_filter(only) == "Harbour (1) <b> or 2 chosen articles, Wire"
    assert [chip["label"] for chip in list_chips(only)] == [
        "Harbour (1) <b>",
        "2 chosen articles",
        "Wire",
    ]
    assert read_filter(json.loads(json.dumps(filter_to_dict(only)))) == only
    exchange = Exchange(1, "who?", only=only)
    assert Exchange.from_dict(exchange.to_dict()) == exchange
    for value in ({"articles": [""] * 101}, {"collections": ["x"]}, {"collections": [{"id": "x"}]}):
        with pytest.raises(ValueError):  # noqa: PT011 - the message names the field
            read_filter(value)
