"""The record and its search: articles in, passages out. It knows nothing of answers and pages.

from index import Library

with Library.open(".onrecord") as library:
    hits = library.search("what did the ministry say?", k=5)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.doctor import Finding as Finding
    from index.doctor import check_library as check_library
    from index.encoding.encoders import Embedder as Embedder
    from index.encoding.encoders import HashEmbedder as HashEmbedder
    from index.encoding.encoders import load_embedder as load_embedder
    from index.library import Library as Library
    from index.record.browse import Page as Page
    from index.record.browse import Period as Period
    from index.record.browse import Tally as Tally
    from index.record.feedback import Feedback as Feedback
    from index.record.feedback import Rating as Rating
    from index.record.removals import Removal as Removal
    from index.record.rows import ArticleSummary as ArticleSummary
    from index.record.rows import LibraryStatistics as LibraryStatistics
    from index.stories.stories import Story as Story
    from index.types import AddProgress as AddProgress
    from index.types import AddReport as AddReport
    from index.types import Article as Article
    from index.types import Copy as Copy
    from index.types import EncoderIdentity as EncoderIdentity
    from index.types import Filter as Filter
    from index.types import Hit as Hit
    from index.types import Passage as Passage
    from index.types import Sentence as Sentence
    from index.types import Skip as Skip

_NAMES_IN = {
    "index.record.removals": "Removal",
    "index.doctor": "Finding check_library",
    "index.encoding.encoders": "Embedder HashEmbedder load_embedder",
    "index.library": "Library",
    "index.record.browse": "Page Period Tally",
    "index.record.feedback": "Feedback Rating",
    "index.record.rows": "ArticleSummary LibraryStatistics",
    "index.stories.stories": "Story",
    "index.types": (
        "AddProgress AddReport Article Copy EncoderIdentity Filter Hit Passage Sentence Skip"
    ),
}
_HOMES = dict(
    sorted((name, module) for module, names in _NAMES_IN.items() for name in names.split())
)

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    # NumPy alone takes a tenth of a second; --help needs none of this.
    if name not in _HOMES:
        raise AttributeError(f"module 'index' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
