"""The LangChain retriever: the library's own ranking, as documents that say where they stand."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from langchain_core.retrievers import BaseRetriever

from index.errors import EncoderMismatchError
from onrecord import Article, Filter, HashEmbedder, Library
from rag.retriever import LibraryRetriever, to_document

STRIKE = Article(
    "strike",
    "Dockers walk out",
    "Dockers walked out at Port Elin on Monday. Forty ships are waiting.",
    "https://news.example/strike",
    date(2024, 5, 6),
    "Bay Wire",
)
FROST = Article("frost", "Late frost", "A late frost killed the pears of Dunhollow.", "frost.md")


@pytest.fixture
def filled(library: Library) -> Library:
    library.add([STRIKE, FROST])
    return library


def test_documents_are_passages_with_their_place(filled: Library) -> None:
    documents = LibraryRetriever(library=filled).invoke("Who walked out at Port Elin?")
    hits = filled.search("Who walked out at Port Elin?", 10)
    assert [document.page_content for document in documents] == [STRIKE.text, FROST.text]
    assert documents[0].metadata == {
        "article_id": "strike",
        "title": "Dockers walk out",
        "outlet": "Bay Wire",
        "source": "https://news.example/strike",
        "published": "2024-05-06",
        "start": 0,
        "end": len(STRIKE.text),
        "score": hits[0].score,
        "copies": [],
    }
    assert documents[1].metadata == {
        "article_id": "frost",
        "title": "Late frost",
        "outlet": "",
        "source": "frost.md",
        "published": None,
        "start": 0,
        "end": len(FROST.text),
        "score": hits[1].score,
        "copies": [],
    }


def test_the_order_is_that_of_the_library(stocked: Library) -> None:
    retriever = LibraryRetriever(library=stocked, k=7)
    hits = stocked.search("harbour ferry council", 7)
    documents = retriever.invoke("harbour ferry council")
    assert documents == [to_document(hit) for hit in hits]
    assert len(documents) == 7
    assert all(a.metadata["score"] >= b.metadata["score"] for a, b in pairwise(documents))
    for document in documents:
        place = document.metadata
        text = stocked.get(place["article_id"]).text
        assert text[place["start"] : place["end"]] == document.page_content
        assert json.loads(json.dumps(place, allow_nan=False)) == place


def test_it_is_a_retriever_like_any_other(filled: Library) -> None:
    retriever = LibraryRetriever(library=filled, k=1)
    assert isinstance(retriever, BaseRetriever)
    expected = retriever.invoke("pears")
    assert retriever.batch(["pears", "ships"])[0] == expected
    assert asyncio.run(retriever.ainvoke("pears")) == expected
    assert list(retriever.stream("pears")) == [expected]
    titles = retriever | (lambda documents: [d.metadata["title"] for d in documents])
    assert titles.invoke("pears") == ["Late frost"]


def test_only_some_articles_may_be_returned(filled: Library) -> None:
    retriever = LibraryRetriever(library=filled, only=Filter(sources=("bay wire",)))
    assert [d.metadata["article_id"] for d in retriever.invoke("frost and pears")] == ["strike"]
    retriever = LibraryRetriever(library=filled, only=Filter(since=date(2025, 1, 1)))
    assert retriever.invoke("frost and pears") == []


def test_an_empty_library_has_no_documents(library: Library) -> None:
    assert LibraryRetriever(library=library).invoke("pears") == []


def test_what_the_library_refuses_is_refused(filled: Library, folder: Path) -> None:
    with pytest.raises(ValueError, match="blank"):
        LibraryRetriever(library=filled).invoke(" ")
    with pytest.raises(ValueError, match="at least 1"):
        LibraryRetriever(library=filled, k=0).invoke("pears")
    with (
        Library.open(folder, encoder=HashEmbedder(32).identity.name) as other,
        pytest.raises(EncoderMismatchError),
    ):
        LibraryRetriever(library=other).invoke("pears")
