"""Timelines whose entries say by what they were corrected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.answering.corrections import Correction, find_corrections
from rag.types import Citation

if TYPE_CHECKING:
    from index.ledger.dated import DatedEntry
    from index.library import Library


def find_entry_corrections(
    library: Library, entries: Sequence[DatedEntry]
) -> dict[int, Correction]:
    """Return what corrects entries of a timeline: number of the entry -> the correction.

    The articles of the entries are read for notices and refutations, those of an entry's own
    article first.

    Args:
        library: An open library.
        entries: Entries on one topic.
    """
    names = dict.fromkeys(entry.place.article_id for entry in entries)
    articles = [library.get(name) for name in names]
    # Notices of errors come after what they correct.
    articles.sort(key=lambda article: str(article.published or ""), reverse=True)
    found: dict[int, Correction] = {}
    for number, entry in enumerate(entries):
        own = next(a for a in articles if a.article_id == entry.place.article_id)
        others = [a for a in articles if a is not own]
        citation = Citation.of_place(own, entry.place.start, entry.place.end, 1)
        corrections = find_corrections(citation, [own, *others], ())
        if corrections:
            found[number] = corrections[0]
    return found
