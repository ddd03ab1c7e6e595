"""What has become of the places that an earlier answer rests on: corrected, replaced, removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from index.errors import ArticleNotFoundError
from index.types import Article, overlap
from rag.answering.corrections import find_corrections
from rag.types import Citation

if TYPE_CHECKING:
    from index.library import Library
    from ui.web.chat.exchange import Exchange

MAX_PLACES = 30
"""Places of one answer that are looked at: a count may cite a hundred."""

N_NEAR = 8
"""Passages near a cited place that are searched for its correction."""


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of a cited place.

    Attributes:
        citation: The place, as it was cited.
        kind: ``corrected``, ``replaced`` by a later text without the words, or ``removed``.
        by: The place that corrects it, if one does.
    """

    citation: Citation
    kind: Literal["corrected", "replaced", "removed"]
    by: Citation | None = None


def find_changes(library: Library, exchange: Exchange) -> list[Change]:
    """Return what has changed since an answer, in the order of its citations."""
    cited = {number for claim in exchange.claims for number in claim.citations}
    places = [citation for citation in exchange.citations if citation.number in cited]
    return [
        change
        for citation in places[:MAX_PLACES]
        for change in _find_change(library, exchange, citation)
    ]


def _find_change(library: Library, exchange: Exchange, citation: Citation) -> Iterator[Change]:
    article = _find_article(library, citation.article_id)
    if article is None:
        yield Change(citation, "removed")
        return
    if citation.quote not in article.text:
        yield Change(citation, "replaced")
        return
    near = (hit.article for hit in library.search(citation.quote, N_NEAR))
    articles = list({one.article_id: one for one in (article, *near)}.values())
    for found in find_corrections(citation, articles, ()):
        place = Citation.of_place(found.article, found.start, found.end, citation.number)
        is_known = any(
            one.article_id == place.article_id and overlap(one, place) for one in exchange.citations
        )
        if not is_known:
            yield Change(citation, "corrected", place)
            return


def _find_article(library: Library, article_id: str) -> Article | None:
    """Return an article as it is now, whatever it was called then; None if it was removed."""
    try:
        return library.get(article_id)
    except ArticleNotFoundError:
        former = library.find_version(article_id)
        return library.get(former.current_id) if former is not None else None
