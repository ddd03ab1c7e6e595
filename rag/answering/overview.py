"""An overview: what the articles are about, in the first sentences of the articles themselves.

"Summarise the news" asks for no fact that a sentence could hold, so nothing would be found for it.
A news article says in its first sentence what it is about, and these are quoted: of the newest
articles, or of those that are found for what the question names. For "summarise the harbour works"
it is the best sentence of each article that speaks of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.asking.terms import QuestionTerms, stem_text
from rag.evidence.instructions import withhold_orders
from rag.types import Evidence

if TYPE_CHECKING:
    from index.library import Library
    from index.types import Hit, Sentence

OPENING_SENTENCES = 3
"""Quoted of an article where there is only one."""

LEAST_OPENING_CHARS = 40
"""A shorter line at the beginning of an article tells who wrote it, or when."""

OPENING_PASSAGES = 2
"""Passages of an article in which its first sentences are looked for."""


LEAST_SHARE = 0.8
"""Least part of a topic's words that an article on it has, and of what the best one has."""


_ENDS_SENTENCE = re.compile(r"[.!?…\u3002\uff01\uff1f][”\"’'»)\]]*$")
_BYLINE = re.compile(
    r"\W*(?:by|written by|updated|published|posted|photo|image|picture|video|listen|read more"
    r"|advertisement|correction|editor[’']?s note)\b",
    re.IGNORECASE,
)


def find_openings(hits: Sequence[Hit], *, limit: int) -> tuple[Evidence, ...]:
    """Return the first sentence of each article, or the first three where there is one article.

    Args:
        hits: The first passages of articles, in order; the most important article first.
        limit: Sentences to return at most.
    """
    by_article: dict[str, list[Evidence]] = {}
    for hit in hits:
        sentences = by_article.setdefault(hit.article.article_id, [])
        told = (sentence for sentence in hit.passage.sentences if not sentence.is_heading)
        sentences += [_to_evidence(hit, sentence, len(by_article)) for sentence in told]
    each = OPENING_SENTENCES if len(by_article) == 1 else 1
    leads = (_choose_opening(sentences, each) for sentences in by_article.values())
    return tuple(lead for some in leads for lead in some)[:limit]


def find_articles(hits: Sequence[Hit], terms: QuestionTerms, *, limit: int) -> tuple[Hit, ...]:
    """Return the best hit of each article that a topic is found in, copies of a story once.

    Args:
        hits: What was found for the topic, best first.
        terms: Those of the topic.
        limit: Articles to return at most.
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
    """Return the best sentence of each of some articles, the best one first.

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


def describe_overview(leads: Sequence[Evidence], total: int | None = None) -> str:
    """Return one line that says what an overview is made of.

    Args:
        leads: What is quoted.
        total: How many articles there are; None where articles were looked for.
    """
    shown = {lead.hit.article.article_id for lead in leads}
    told = shown.union(copy.article_id for lead in leads for copy in lead.hit.copies)
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
    """Return one line that says what an overview of a topic is made of."""
    return f"An overview: one sentence of each of the {len(sentences)} articles found."


def _begin(count: int) -> str:
    return "begins" if count == 1 else "begin"


def _share_of_topic(hits: Sequence[Hit], terms: QuestionTerms) -> list[tuple[Hit, float]]:
    """Return the best hit of each article, or story, and how much of a topic the article has."""
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
    """Return the first sentence of an article that states something, and what follows it.

    What speaks to a machine is left out.
    """
    told = withhold_orders(sentences, "")
    first = next((i for i, item in enumerate(told) if _states_something(item.text)), 0)
    return told[first : first + count]


def _states_something(text: str) -> bool:
    return bool(
        len(text) >= LEAST_OPENING_CHARS and _ENDS_SENTENCE.search(text) and not _BYLINE.match(text)
    )
