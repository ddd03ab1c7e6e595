"""What changed from one version of an article to another, by field and by sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING

from index.text.passages import split_passages
from index.types import Sentence

if TYPE_CHECKING:
    from index.types import Article

MAX_COMPARED = 4_000_000
"""Most pairs of sentences to compare, not counting equal ones at both ends of the texts; in longer
texts, everything between the ends is shown as replaced."""

_FIELDS = ("title", "outlet", "author", "language", "url")


class ChangeKind(StrEnum):
    """How a sentence changed."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class SentenceChange:
    """A sentence, and how it changed.

    Attributes:
        kind: ``same``, ``removed`` or ``added``.
        text: The sentence.
        start: Its first code point in the later version, or in the earlier one if it was removed.
        end: One past its last.
    """

    kind: ChangeKind
    text: str
    start: int
    end: int


def compare_fields(before: Article, after: Article) -> tuple[tuple[str, str, str], ...]:
    """Return name, earlier and later value of each field that differs, except the text."""
    old, new = _describe(before), _describe(after)
    return tuple((name, old[name], new[name]) for name in old if old[name] != new[name])


def compare_texts(before: Article, after: Article) -> tuple[SentenceChange, ...]:
    """Return how each sentence changed; see ``compare_sentences``."""
    return compare_sentences(_sentences(before), _sentences(after))


def compare_sentences(
    older: Sequence[Sentence], newer: Sequence[Sentence]
) -> tuple[SentenceChange, ...]:
    """Return how each sentence changed, in the order of the later text.

    White space within a sentence is ignored.
    """
    mine, theirs = ([" ".join(s.text.split()) for s in text] for text in (older, newer))
    head = _count_alike(mine, theirs)
    tail = _count_alike(mine[head:][::-1], theirs[head:][::-1])
    last_mine, last_theirs = len(mine) - tail, len(theirs) - tail
    changes = [_to_change(ChangeKind.SAME, sentence) for sentence in newer[:head]]
    for kind, start, end, begin, stop in _operations(
        mine[head:last_mine], theirs[head:last_theirs]
    ):
        if kind == "equal":
            changes += [_to_change(ChangeKind.SAME, s) for s in newer[head + begin : head + stop]]
            continue
        changes += [_to_change(ChangeKind.REMOVED, s) for s in older[head + start : head + end]]
        changes += [_to_change(ChangeKind.ADDED, s) for s in newer[head + begin : head + stop]]
    changes += [_to_change(ChangeKind.SAME, sentence) for sentence in newer[last_theirs:]]
    return tuple(changes)


def _operations(
    mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[str, int, int, int, int]]:
    if len(mine) * len(theirs) > MAX_COMPARED:
        yield "replace", 0, len(mine), 0, len(theirs)
        return
    yield from SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()


def _count_alike(mine: Sequence[str], theirs: Sequence[str]) -> int:
    pairs = zip(mine, theirs, strict=False)
    return next(
        (n for n, (one, other) in enumerate(pairs) if one != other), min(len(mine), len(theirs))
    )


def _to_change(kind: ChangeKind, sentence: Sentence) -> SentenceChange:
    return SentenceChange(kind, sentence.text, sentence.start, sentence.end)


def _sentences(article: Article) -> list[Sentence]:
    passages = split_passages(article.text, language=article.language)
    return [sentence for passage in passages for sentence in passage.sentences]


def _describe(article: Article) -> dict[str, str]:
    described = {name: str(getattr(article, name)) for name in _FIELDS}
    published = article.published_at or article.published
    described["published"] = published.isoformat() if published else ""
    described["updated"] = article.updated_at.isoformat() if article.updated_at else ""
    return described
