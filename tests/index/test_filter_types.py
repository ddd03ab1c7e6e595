"""Filters, which callers make by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from onrecord import Article, Assistant, Filter, HashEmbedder, Library, Settings


@pytest.mark.parametrize(
    "fields",
    [
        {"outlets": "Post"},
        {"sources": ["Post"]},
        {"languages": (1,)},
        {"authors": None},
        {"since": "2024-01-01"},
        {"until": 2024},
    ],
)
def test_a_filter_of_wrong_types_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"filter's {next(iter(fields))}"):
        Filter(**fields)


def test_half_a_character_filters_nothing_out_of_order() -> None:
    assert Filter(outlets=("a\ud800",)) == Filter(outlets=("a?",))
    assert Filter(since=date(2024, 1, 1)).since == date(2024, 1, 1)


class Tokenizing(HashEmbedder):
    """An encoder that takes, as real ones do, nothing but characters."""

    def embed_query(self, text: str) -> Any:  # noqa: ANN401
        text.encode()
        return super().embed_query(text)


def test_no_string_and_no_filter_ends_in_a_bug(folder: Any) -> None:  # noqa: ANN401
    with Library.create(folder, embedder=Tokenizing()) as library:
        library.add([Article("ferry", "Ferry", "The ferry takes 90 passengers.")])
        with Assistant(library, Settings(reader="none")) as assistant:
            assert "\ud800" not in assistant.ask("\ud800").question
            turns = [{"role": "user", "text": "\ud800"}]
            assert assistant.ask("who took the \ud800 ferry?", turns).question
            for only in ("x", {"since": "2024"}, 5):
                with pytest.raises(TypeError, match="by a Filter, not by"):
                    assistant.ask("who took the ferry?", only=only)  # type: ignore[arg-type]
        library.search("\ud800", 1)
        library.search("ferry", 1, only=Filter(authors=("\ud800",)))
        assert library.document_frequencies(["\ud800"])
        with pytest.raises(TypeError, match="by a Filter, not by str"):
            library.search("ferry", 1, only="x")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="by a Filter, not by str"):
            library.browse("x")  # type: ignore[arg-type]
