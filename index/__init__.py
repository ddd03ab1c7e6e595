"""The record and its search: articles in, passages out. It knows nothing of answers and pages.

from onrecord import Library

with Library.open(".onrecord") as library:
    hits = library.search("what did the ministry say?", k=5)
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - types come from the modules, or onrecord
    # NumPy alone takes a tenth of a second; --help needs none of this.
    if name not in _HOMES:
        raise AttributeError(f"module 'index' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
