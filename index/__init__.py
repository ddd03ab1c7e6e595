"""The record and its search: articles in, passages out.

from index import Library

with Library.open(".onrecord") as library:
    hits = library.search("what did the ministry say?", k=5)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.curation.removals import Removal
    from index.doctor import Finding, check_library
    from index.encoding.encoders import Embedder, HashEmbedder, load_embedder
    from index.library import Library
    from index.record.browse import Page, Period, Tally
    from index.record.feedback import Feedback, Rating
    from index.record.rows import ArticleSummary, LibraryStatistics
    from index.stories.lookup import Story
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
    "ArticleSummary": "index.record.rows",
    "Copy": "index.types",
    "Embedder": "index.encoding.encoders",
    "EncoderIdentity": "index.types",
    "Feedback": "index.record.feedback",
    "Filter": "index.types",
    "Finding": "index.doctor",
    "HashEmbedder": "index.encoding.encoders",
    "Hit": "index.types",
    "Library": "index.library",
    "LibraryStatistics": "index.record.rows",
    "Page": "index.record.browse",
    "Passage": "index.types",
    "Period": "index.record.browse",
    "Removal": "index.curation.removals",
    "Sentence": "index.types",
    "Skip": "index.types",
    "Story": "index.stories.lookup",
    "Tally": "index.record.browse",
    "Rating": "index.record.feedback",
    "check_library": "index.doctor",
    "load_embedder": "index.encoding.encoders",
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
    "Rating",
    "Removal",
    "Sentence",
    "Skip",
    "Story",
    "Tally",
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
