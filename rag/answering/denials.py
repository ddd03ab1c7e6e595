"""The accused's answer beside an allegation, from the same article or from another; pure.

An answer is put beside a sentence only if it is about the same matter: it follows at once and
points back ("She denied having said so"), it points to an accusation and the nearest one before it
is this one, or it names what it denies and the sentence says that. And it has to be the answer of
somebody whom the sentence is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.types import Article, Sentence
from rag.answering.quote import needs_context
from rag.types import Citation, Claim, Support
from rag.verification.names import find_names
from rag.verification.parsed_text import sentences_of
from rag.verification.stance import (
    Denial,
    Manner,
    accuses,
    attributes,
    content,
    find_denial,
    may_answer,
)

MAX_ANSWERS = 2
"""Most answers beside one claim, of different parties."""

LEAST_SHARED = 2
"""How many words of what is denied another place must have said."""

LEAST_SHARE = 0.5
"""Or what share of them, if they are fewer."""

LEAST_OF_CONTEXT = 3
"""How many words two articles share if a denial only points to what is denied."""

CONTEXT_SENTENCES = 2
CONTEXT_CHARS = 300
MAX_ARTICLES = 16
"""How many of the retrieved articles are read for answers."""

_UNNAMED = re.compile(
    r"^[\W]*(?:but\s|and\s|yet\s|however,?\s|in\s[^,]{3,40},\s|on\s[^,]{3,30},\s)?(?:he|she|they|it|his|her"
    r"|their|its|both|neither|the|an?|all|“|\")\b|[”\"]\s*,?\s*(?:he|she|they|it)\s|\b(?:he|she|they|it)\s+"
    r"(?:has|have|had|also|later|then)?\s*(?:said|says|told|wrote|added|insisted|denied|denies)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A cited stretch as its article's sentences have it.

    Attributes:
        article: The article.
        sentences: All of its sentences.
        first: Position of the first sentence that the stretch touches.
        last: Position of the last.
        about: Stems of what the stretch is about.
        around: The same with the sentences before it and the title.
        names: Names in the stretch.
        known: The same with the sentences before it and the title.
        accuses: Whether the stretch speaks of something wrong that somebody is said to have done.
        attributes: Whether it says who says so.
    """

    article: Article
    sentences: tuple[Sentence, ...]
    first: int
    last: int
    about: frozenset[str]
    around: frozenset[str]
    names: frozenset[str]
    known: frozenset[str]
    accuses: bool
    attributes: bool


def add_denials(
    claims: Sequence[Claim], citations: Sequence[Citation], articles: Sequence[Article]
) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """Return claims and citations in which the accused's answer follows each allegation.

    Args:
        claims: In reading order.
        citations: All citations that the claims rest on.
        articles: The retrieved articles, each once.
    """
    numbered = {citation.number: citation for citation in citations}
    all_citations = list(citations)
    result: list[Claim] = []
    for claim in claims:
        result.append(claim)
        for number in claim.citations:
            for article, start, end in find_answers(numbered[number], articles):
                if any(
                    other.article_id == article.article_id
                    and other.start < end
                    and start < other.end
                    for other in all_citations
                ):
                    continue
                added = Citation.of_place(
                    article, start, end, 1 + max(c.number for c in all_citations)
                )
                all_citations.append(added)
                result.append(Claim(added.quote, Support.SUPPORTED, (added.number,)))
    return tuple(result), tuple(all_citations)


def find_answers(
    citation: Citation, articles: Sequence[Article]
) -> tuple[tuple[Article, int, int], ...]:
    """Return where the articles have the answer of those whom a cited place accuses.

    Args:
        citation: The place.
        articles: The retrieved articles, each once.

    Returns:
        Article, first code point and one past the last; at most ``MAX_ANSWERS``, those of its own
        article first. Nothing if the place has an answer itself.
    """
    own = next((a for a in articles if a.article_id == citation.article_id), None)
    if own is None or not citation.quote:
        return ()
    place = _read_place(citation, own)
    if place is None or _answers_itself(place):
        return ()
    found: list[tuple[Article, int, int]] = []
    heard: list[frozenset[str]] = []
    for article, position, sentences in (
        *_answers_in_own(place),
        *_answers_elsewhere(place, articles),
    ):
        names = _names(sentences[position].text)
        if any(not names or not other or names & other for other in heard):
            continue
        heard.append(names)
        first = _first_of_quote(position, sentences, place, article)
        found.append((article, sentences[first].start, sentences[position].end))
        if len(found) == MAX_ANSWERS:
            break
    return tuple(found)


_Answer = tuple[Article, int, tuple[Sentence, ...]]


def _answers_in_own(place: _Place) -> Iterator[_Answer]:
    """Yield the answers in the place's own article, those that follow it first."""
    sentences = place.sentences
    others = [*range(place.last + 1, len(sentences)), *range(place.first)]
    for position in others if place.accuses or place.attributes else others[:1]:
        denial = find_denial(sentences[position].text)
        if denial is not None and _belongs(position, denial, place):
            yield place.article, position, sentences


def _answers_elsewhere(place: _Place, articles: Sequence[Article]) -> Iterator[_Answer]:
    people = {name for name in place.known if not name.startswith("@")}
    if not (place.accuses or place.attributes) or not people:
        return
    for article in articles[: MAX_ARTICLES if place.accuses else MAX_ARTICLES // 2]:
        if article.article_id == place.article.article_id:
            continue
        before = article.title
        for start, line, folded in _lines(article.text):
            if any(name in folded for name in people) and may_answer(folded):
                sentences = sentences_of(line, article.language)
                for position, denial in _denials_in(sentences):
                    context = [before] if position < CONTEXT_SENTENCES else []
                    if _meets(position, denial, sentences, context, article, place):
                        shifted = tuple(
                            replace(s, start=s.start + start, end=s.end + start) for s in sentences
                        )
                        yield article, position, shifted
            before = line[-CONTEXT_CHARS:]


@lru_cache(maxsize=64)
def _lines(text: str) -> tuple[tuple[int, str, str], ...]:
    """Return the lines of a text with where they begin, as they are and case-folded."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        found.append((start, line, line.casefold()))
        start += len(line)
    return tuple(found)


@lru_cache(maxsize=256)
def _denials_in(sentences: tuple[Sentence, ...]) -> tuple[tuple[int, Denial], ...]:
    """Return the positions of the sentences that answer an allegation, and their answers."""
    found = ((i, find_denial(s.text)) for i, s in enumerate(sentences) if not s.is_heading)
    return tuple((i, denial) for i, denial in found if denial is not None)


def _belongs(position: int, denial: Denial, place: _Place) -> bool:
    """Whether a denial in the place's own article answers the place."""
    sentences = place.sentences
    follows = position == place.last + 1
    is_near = 0 < position - place.last <= CONTEXT_SENTENCES
    if not _is_by_accused(position, denial, sentences, place, follows=follows):
        return False
    if denial.manner is Manner.DENIED_IN_PART or denial.denied:
        return _shares(denial, place, follows=follows or is_near)
    if not (place.accuses or (is_near and place.attributes)) or position < place.first:
        return False
    if denial.manner is Manner.SILENT and not is_near:
        return False
    for before in range(position - 1, place.last, -1):
        text = sentences[before].text
        if accuses(text) and find_denial(text) is None:
            return len(content(text) & place.about - _stems(place.names)) >= LEAST_SHARED
    return True


def _meets(
    position: int,
    denial: Denial,
    sentences: Sequence[Sentence],
    context: Sequence[str],
    article: Article,
    place: _Place,
) -> bool:
    """Whether a denial in another article answers the place."""
    if denial.manner is Manner.SILENT:
        return False
    if not _is_by_accused(position, denial, sentences, place, follows=False):
        return False
    if denial.manner is Manner.DENIED_IN_PART or denial.denied:
        return _shares(denial, place, follows=False)
    before = [s.text for s in sentences[max(0, position - CONTEXT_SENTENCES) : position]]
    around = content(" ".join([article.title, *context, *before])) - _stems(place.known)
    return place.accuses and len(around & place.about) >= LEAST_OF_CONTEXT


def _shares(denial: Denial, place: _Place, *, follows: bool) -> bool:
    """Whether the place says what is denied."""
    told = denial.denied - _stems(place.known)
    shared = told & place.about
    is_weak = denial.manner is Manner.DENIED_IN_PART
    if follows and not is_weak:
        return bool(shared) or (not told and (place.accuses or place.attributes))
    if follows:
        return bool(shared) and len(shared) >= LEAST_SHARE * len(told)
    if not (place.accuses or place.attributes):
        return False
    enough = len(shared) >= LEAST_SHARED and len(shared) >= LEAST_SHARE * len(told)
    if is_weak or not place.accuses:
        return enough
    if len(shared) >= LEAST_SHARED:
        return True
    return bool(shared) and len(told & place.around) >= LEAST_SHARE * len(told)


def _is_by_accused(
    position: int,
    denial: Denial,
    sentences: Sequence[Sentence],
    place: _Place,
    *,
    follows: bool,
) -> bool:
    """Whether the one who denies is somebody whom the place is about."""
    sentence = sentences[position].text
    text = f"{sentence[: denial.start]} … {sentence[denial.denied_end :]}"
    names = _names(text)
    if names & place.names:
        return True
    if names and not _UNNAMED.search(text):
        return follows and bool(names & place.known)
    if follows:
        return True
    is_own = place.sentences is sentences
    for before in range(position - 1, max(-1, position - 1 - CONTEXT_SENTENCES), -1):
        if is_own and place.first <= before <= place.last:
            return True
        named = _names(sentences[before].text)
        if named:
            return bool(named & place.names)
    roles = content(text) - denial.denied
    return not names and len(roles & place.about) > 0


def _answers_itself(place: _Place) -> bool:
    return any(
        (denial := find_denial(sentence.text)) is not None
        and denial.manner is not Manner.DENIED_IN_PART
        for sentence in place.sentences[place.first : place.last + 1]
    )


def _first_of_quote(
    position: int, sentences: Sequence[Sentence], place: _Place, article: Article
) -> int:
    """Return where to begin quoting an answer, so that it says who speaks."""
    is_own = article.article_id == place.article.article_id
    if position == 0 or (is_own and position == place.last + 1):
        return position
    before = sentences[position - 1]
    leans = needs_context(sentences[position].text) and not before.is_heading
    is_named = bool(_names(sentences[position].text) & place.names)
    return position - 1 if leans and not is_named and _names(before.text) else position


def _read_place(citation: Citation, article: Article) -> _Place | None:
    sentences = sentences_of(article.text, article.language)
    touched = [
        i for i, s in enumerate(sentences) if s.start < citation.end and citation.start < s.end
    ]
    if not touched:
        return None
    first, last = touched[0], touched[-1]
    before = [s.text for s in sentences[max(0, first - CONTEXT_SENTENCES) : first]]
    around = " \n".join([article.title, *before, citation.quote])
    return _Place(
        article,
        sentences,
        first,
        last,
        content(citation.quote),
        content(around),
        _names(citation.quote),
        _names(around),
        accuses(citation.quote),
        attributes(citation.quote),
    )


def _names(text: str) -> frozenset[str]:
    """Return the names of a text: family names and nations."""
    return frozenset(
        f"@{name.nation}" if name.nation else name.words[-1]
        for name in find_names(text)
        if name.nation or name.words
    )


def _stems(names: frozenset[str]) -> frozenset[str]:
    return content(" ".join(name for name in names if not name.startswith("@"))) | {
        name for name in names if name.startswith("@")
    }
