"""An overview: what the articles are about, in the first sentences of the articles themselves.

"Summarise the news" asks for no single fact, so a search finds nothing. A news article's first
sentence says what it is about, so these sentences are quoted: those of the newest articles, or of
the articles found for a topic. For "summarise the harbour works" the best sentence of each article
on them is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.asking.terms import QuestionTerms, stem_text
from rag.evidence.injections import withhold_injections
from rag.types import Evidence

if TYPE_CHECKING:
    from index.library import Library
    from index.types import Hit, Sentence

OPENING_SENTENCES = 3
"""How many sentences are quoted if there is only one article."""

LEAST_OPENING_CHARS = 40
"""A shorter first line of an article gives its author or date."""

OPENING_PASSAGES = 2
"""How many passages of an article are searched for its first sentences."""


LEAST_SHARE = 0.8
"""Least share of a topic's words that an article on it has, and of what the best one has."""


_ENDS_SENTENCE = re.compile(r"[.!?…\u3002\uff01\uff1f][”\"’'»)\]]*$")
_BYLINE = re.compile(
    r"\W*(?:by|written by|updated|published|posted|photo|image|picture|video|listen|read more"
    r"|advertisement|correction|editor[’']?s note)\b",
    re.IGNORECASE,
)


def find_openings(hits: Sequence[Hit], *, limit: int) -> tuple[Evidence, ...]:
    """Return the first sentence of each article, or the first three if there is only one article.

    Args:
        hits: The first passages of articles, in order; the most important article first.
        limit: Most sentences to return.
    """
    by_article: dict[str, list[Evidence]] = {}
    for hit in hits:
        sentences = by_article.setdefault(hit.article.article_id, [])
        prose = (sentence for sentence in hit.passage.sentences if not sentence.is_heading)
        sentences += [_to_evidence(hit, sentence, len(by_article)) for sentence in prose]
    each = OPENING_SENTENCES if len(by_article) == 1 else 1
    openings = (_choose_opening(sentences, each) for sentences in by_article.values())
    return tuple(sentence for opening in openings for sentence in opening)[:limit]


def find_articles(hits: Sequence[Hit], terms: QuestionTerms, *, limit: int) -> tuple[Hit, ...]:
    """Return the best hit of each article on a topic, one for all copies of a story.

    Args:
        hits: What was found for the topic, best first.
        terms: Those of the topic.
        limit: Most articles to return.
    """
    shares = _share_of_topic(hits, terms)
    least = LEAST_SHARE * max((share for _, share in shares), default=0.0)
    return tuple(hit for hit, share in shares if share >= least)[:limit]


def has_topic(hits: Sequence[Hit], terms: QuestionTerms) -> bool:
    """Return whether an article has the words of a topic, which is all that an overview needs.

    Args:
        hits: What was found for the topic.
        terms: Those of the topic.
    """
    return any(share >= LEAST_SHARE for _, share in _share_of_topic(hits, terms))


def find_best_sentences(
    evidence: Sequence[Evidence], articles: Sequence[Hit]
) -> tuple[Evidence, ...]:
    """Return the best sentence of each of the given articles, the best one first.

    Args:
        evidence: Best first.
        articles: A hit of each.
    """
    best: dict[str, Evidence] = {}
    for item in evidence:
        best.setdefault(item.hit.article.article_id, item)
    wanted = {hit.article.article_id for hit in articles}
    return tuple(item for article_id, item in best.items() if article_id in wanted)


def first_passages(hits: Iterable[Hit], library: Library) -> tuple[Hit, ...]:
    """Return the first passages of the articles of some hits, in their order."""
    return tuple(
        replace(hit, passage=passage, sentence_cosines=(), copies=())
        for hit in hits
        for passage in library.passages(hit.article.article_id)[:OPENING_PASSAGES]
    )


def describe_overview(sentences: Sequence[Evidence], total: int | None = None) -> str:
    """Return one line that says what an overview consists of.

    Args:
        sentences: What is quoted.
        total: Articles in the library; None if articles on a topic were searched for.
    """
    shown = {sentence.hit.article.article_id for sentence in sentences}
    told = shown.union(copy.article_id for sentence in sentences for copy in sentence.hit.copies)
    if total is None:
        found = "article" if len(shown) == 1 else f"{len(shown)} articles"
        return f"An overview: how the {found} found {_begin(len(shown))}."
    if total == 1:
        return "An overview: how the article begins."
    if len(told) >= total:
        return f"An overview: how each of the {total} articles begins."
    newest = "newest" if len(shown) == 1 else f"{len(shown)} newest"
    return f"An overview: how the {newest} of {total:,} articles {_begin(len(shown))}."


def describe_best_sentences(sentences: Sequence[Evidence]) -> str:
    """Return one line that says what an overview of a topic consists of."""
    return f"An overview: one sentence of each of the {len(sentences)} articles found."


def _begin(count: int) -> str:
    return "begins" if count == 1 else "begin"


def _share_of_topic(hits: Sequence[Hit], terms: QuestionTerms) -> list[tuple[Hit, float]]:
    """Return the best hit of each article or story, and how much of a topic the article covers."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.story or hit.article.article_id, hit)
    return [
        (hit, terms.coverage(stem_text(f"{hit.article.title} {hit.article.text}")))
        for hit in first.values()
    ]


def _to_evidence(hit: Hit, sentence: Sentence, place: int) -> Evidence:
    copies = tuple(
        copy for copy in hit.copies if copy.sentences is None or sentence.start in copy.sentences
    )
    score = -float(place)
    return Evidence(hit, sentence.start, sentence.end, sentence.text, score, (), copies)


def _choose_opening(sentences: Sequence[Evidence], count: int) -> tuple[Evidence, ...]:
    """Return the first sentence of an article that states something, and the following ones.

    Sentences that address a machine are left out.
    """
    told = withhold_injections(sentences, "")
    first = next((i for i, item in enumerate(told) if _states_something(item.text)), 0)
    return told[first : first + count]


def _states_something(text: str) -> bool:
    return bool(
        len(text) >= LEAST_OPENING_CHARS and _ENDS_SENTENCE.search(text) and not _BYLINE.match(text)
    )
