"""Full text in PostgreSQL: the terms of SQLite's index, and BM25 scores equal to its scores.

The terms are SQLite's own, see ``index.record.tokens``.
Which passages hold a term, and where, are rows of ``postings``; one statement computes the scores
from them, as FTS5's ``bm25()`` does.
"""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from index.language.words import space_out
from index.record.reads import phrases_of
from index.record.tokens import cut_texts
from index.types import replace_surrogates

MAX_TERM_CHARS = 500
"""A longer one is cut off: PostgreSQL's indexes hold no more than 2,700 bytes."""

_TEXT_PLACE = 1 << 24  # beyond the last place in a title, so that no phrase begins in one

# FTS5's own numbers: its k1 and b, and the least weight of a term that most passages hold.
_SCORES = """
    weights AS (
        SELECT phrase, greatest(ln((t.passages - count(*) + 0.5)::float8
            / (count(*) + 0.5)::float8), 1e-6) AS weight
        FROM hits CROSS JOIN totals t GROUP BY phrase, t.passages
    ),
    scores AS (
        SELECT passage_id, sum(weight * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75
            * hits.length * t.passages / greatest(t.length, 1)::float8))) AS score
        FROM hits JOIN weights USING (phrase) CROSS JOIN totals t GROUP BY passage_id
    )"""


class Passage(NamedTuple):
    """The terms of a passage.

    Attributes:
        places: Where each of its terms stands, rising.
        length: How many terms it has, repeated ones too.
    """

    places: dict[str, list[int]]
    length: int


def read_terms(texts: Sequence[tuple[str, str]]) -> list[Passage]:
    """Return the terms of passages.

    Args:
        texts: Title and text of each.
    """
    return _tokenize([(space_out(a) or a, space_out(b) or b) for a, b in texts])


def _tokenize(texts: Sequence[tuple[str, str]]) -> list[Passage]:
    found = [Passage({}, 0) for _ in texts]
    for number, column, offset, term in cut_texts(texts):
        place = offset + (_TEXT_PLACE if column == "text" else 0)
        found[number].places.setdefault(term[:MAX_TERM_CHARS], []).append(place)
    return [
        Passage({term: sorted(set(at)) for term, at in one.places.items()}, _count(one))
        for one in found
    ]


def _count(passage: Passage) -> int:
    return sum(map(len, passage.places.values()))


def read_phrase(text: str) -> list[str]:
    """Return the terms of what is looked for, in order."""
    (passage,) = _tokenize([("", replace_surrogates(text))])
    pairs = ((place, term) for term, places in passage.places.items() for place in places)
    return [term for _, term in sorted(pairs)]


def find_hits(phrases: Iterable[tuple[str, bool]]) -> tuple[str, list[object]]:
    """Return a query for the passages that hold some phrases, and its values.

    Args:
        phrases: Texts as ``index.record.reads.phrases_of`` gives them, and whether the last word
            may go on.

    Returns:
        A query with the columns phrase (its number), passage_id, frequency and length, and its
        values; an empty query if there is nothing to look for.
    """
    queries: list[str] = []
    values: list[object] = []
    for number, (text, is_beginning) in enumerate(phrases):
        terms = read_phrase(text)
        if terms:
            queries.append(_find_phrase(number, terms, values, is_beginning=is_beginning))
    return " UNION ALL ".join(queries), values


def _find_phrase(
    number: int, terms: Sequence[str], values: list[object], *, is_beginning: bool
) -> str:
    conditions = []
    for i, term in enumerate(terms):
        values.append(term)
        if is_beginning and i == len(terms) - 1:
            values.append(term + "\U0010ffff")
            conditions.append(f"p{i}.term >= ${len(values) - 1} AND p{i}.term < ${len(values)}")
        else:
            conditions.append(f"p{i}.term = ${len(values)}")
    if len(terms) == 1 and not is_beginning:
        return (
            f"SELECT {number} AS phrase, p0.passage_id, p0.frequency, p0.length FROM postings p0"
            f" WHERE {conditions[0]}"
        )
    joins = "".join(f" JOIN postings p{i} USING (passage_id)" for i in range(1, len(terms)))
    conditions += [f"place + {i} = ANY (p{i}.places)" for i in range(1, len(terms))]
    return (
        f"SELECT {number} AS phrase, p0.passage_id, count(DISTINCT place)::int AS frequency,"
        f" p0.length FROM postings p0{joins} CROSS JOIN LATERAL unnest(p0.places) AS place"
        f" WHERE {' AND '.join(conditions)} GROUP BY p0.passage_id, p0.length"
    )


def score_hits(hits: str) -> str:
    """Return a ``WITH`` clause that scores the hits of ``find_hits``, as ``scores``."""
    return f"WITH hits AS MATERIALIZED ({hits}), {_SCORES}"


def list_phrases(terms: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield the phrases of several terms."""
    for term in terms:
        yield from phrases_of(term)
