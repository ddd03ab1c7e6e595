"""How many articles mention something: every article that has the words is read, none is guessed.

A search returns the best passages and cannot count. The full-text index names every article with
the words; each is read for the first sentence that has them side by side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import ArticleNotFoundError
from index.types import Filter
from rag.answering.reading_order import CitedClaims
from rag.types import Citation, Claim, Support

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.library import Library
    from index.types import Article, Sentence

MOST_READ = 2_000
"""Articles with the words that are read for one question."""

MOST_CITED = 100
"""Articles that are cited for one count."""

_DETERMINER = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Mentions:
    """The articles that mention something.

    Attributes:
        subject: What was looked for.
        cited: One claim with the count, and a citation for each article, the newest first.
        count: How many articles mention it.
        remark: How many articles were read, and what was left out, in one line.
    """

    subject: str
    cited: CitedClaims
    count: int
    remark: str


def count_mentions(library: Library, subject: str, only: Filter) -> Mentions:
    """Return the articles in which the words of a subject stand side by side.

    Case, hyphens and a possessive ending make no difference.

    Args:
        library: An open library.
        subject: A name or other words.
        only: What the articles must satisfy.
    """
    subject = _DETERMINER.sub("", subject.strip())
    words = [re.sub(r"['’]s$", "", word) for word in _WORD.findall(subject)]
    phrase = re.compile(
        r"(?<!\w)" + r"[\W_]{1,3}".join(map(re.escape, words)) + r"(?:['’]s)?(?!\w)", re.IGNORECASE
    )
    page = library.browse(only, f"{subject} ", limit=MOST_READ)
    total = library.browse(only, limit=0).total
    found = list(_find_sentences(library, [a.article_id for a in page.articles], phrase))
    citations = tuple(
        Citation.of_place(article, sentence.start, sentence.end, number)
        for number, (article, sentence) in enumerate(found[:MOST_CITED], 1)
    )
    noun, verb = ("article", "mentions") if len(found) == 1 else ("articles", "mention")
    claim = Claim(
        f"{len(found):,} {noun} {verb} “{subject}”.",
        Support.SUPPORTED,
        tuple(citation.number for citation in citations),
    )
    remark = f"All of {total:,} articles were searched for these words."
    if page.total > MOST_READ:
        remark = f"{page.total:,} articles have these words; the newest {MOST_READ:,} were read."
    if len(found) > MOST_CITED:
        remark += f" The newest {MOST_CITED} are cited."
    return Mentions(
        subject, CitedClaims((claim,), citations) if found else CitedClaims(), len(found), remark
    )


def _find_sentences(
    library: Library, article_ids: list[str], phrase: re.Pattern[str]
) -> Iterator[tuple[Article, Sentence]]:
    """Yield each article that has the phrase, with the first sentence that has it."""
    for article_id in article_ids:
        try:
            article = library.get(article_id)
        except ArticleNotFoundError:  # removed by another process since it was found
            continue
        match = phrase.search(article.text)
        if match is None:
            continue
        for sentence in library.sentences(article_id):
            if sentence.start <= match.start() < sentence.end:
                yield article, sentence
                break
