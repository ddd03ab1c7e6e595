"""What is put beside the claims of an answer: cited, and compared by place and time; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

from index.text.sentences import split_sentences
from index.types import Article, Sentence, overlap
from rag.answering.quote import cite
from rag.types import Citation, Evidence

MAX_DAYS_APART = 14


def cite_one(item: Evidence, number: int) -> Citation:
    """Return a citation of evidence with a given number."""
    return replace(cite([item])[0], number=number)


def overlaps(item: Evidence, citation: Citation) -> bool:
    """Return whether evidence and a citation share some of one article's text."""
    return item.hit.article.article_id == citation.article_id and overlap(item, citation)


def are_of_one_time(one: date | None, other: date | None) -> bool:
    """Return whether two articles may be about one time: a day is unknown, or both are near."""
    return one is None or other is None or abs((one - other).days) <= MAX_DAYS_APART


def cite_place(article: Article, start: int, end: int, number: int) -> Citation:
    """Return a citation of a stretch of an article with a given number."""
    return Citation(
        number=number,
        article_id=article.article_id,
        title=article.title,
        outlet=article.outlet,
        source=article.source,
        published=article.published,
        start=start,
        end=end,
        quote=article.text[start:end],
        url=article.url,
        author=article.author,
        date_basis=article.date_basis,
        page=article.page_at(start),
    )


@lru_cache(maxsize=64)
def sentences_of(text: str, language: str = "") -> tuple[Sentence, ...]:
    """Return the sentences of an article's text; see ``split_sentences``."""
    return split_sentences(text, language=language)
