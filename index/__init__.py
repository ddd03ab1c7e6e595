"""The record and its search: articles in, passages out.

from index import Library

with Library.open(".onrecord") as library:
    hits = library.search("what did the ministry say?", k=5)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.browse import Page, Period, Tally
    from index.doctor import Finding, check_library
    from index.embed import Embedder, load_embedder
    from index.feedback import Feedback, Verdict
    from index.hash_embedder import HashEmbedder
    from index.library import Library
    from index.removals import Removal
    from index.rows import ArticleSummary, LibraryStatistics
    from index.stories import Story
    from index.types import (
        AddProgress,
        AddReport,
        Article,
        Copy,
        EncoderIdentity,
        Filter,
        Hit,
        Passage,
        Sentence,
        Skip,
    )

_HOMES = {
    "AddProgress": "index.types",
    "AddReport": "index.types",
    "Article": "index.types",
    "ArticleSummary": "index.rows",
    "Copy": "index.types",
    "Embedder": "index.embed",
    "EncoderIdentity": "index.types",
    "Feedback": "index.feedback",
    "Filter": "index.types",
    "Finding": "index.doctor",
    "HashEmbedder": "index.hash_embedder",
    "Hit": "index.types",
    "Library": "index.library",
    "LibraryStatistics": "index.rows",
    "Page": "index.browse",
    "Passage": "index.types",
    "Period": "index.browse",
    "Removal": "index.removals",
    "Sentence": "index.types",
    "Skip": "index.types",
    "Story": "index.stories",
    "Tally": "index.browse",
    "Verdict": "index.feedback",
    "check_library": "index.doctor",
    "load_embedder": "index.embed",
}

__all__ = [
    "AddProgress",
    "AddReport",
    "Article",
    "ArticleSummary",
    "Copy",
    "Embedder",
    "EncoderIdentity",
    "Feedback",
    "Filter",
    "Finding",
    "HashEmbedder",
    "Hit",
    "Library",
    "LibraryStatistics",
    "Page",
    "Passage",
    "Period",
    "Removal",
    "Sentence",
    "Skip",
    "Story",
    "Tally",
    "Verdict",
    "check_library",
    "load_embedder",
]


def __getattr__(name: str) -> object:
    # NumPy alone takes a tenth of a second; --help needs none of this.
    if name not in _HOMES:
        raise AttributeError(f"module 'index' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
