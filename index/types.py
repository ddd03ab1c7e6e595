"""What a library is made of: articles, their sentences and passages, and search hits.

Every offset is a Python code-point offset into ``Article.text``, the cleaned text that the
library stores: ``article.text[x.start:x.end] == x.text`` holds for every sentence and passage.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from index.address import PostgresAddress

LibraryPlace: TypeAlias = "Path | PostgresAddress"
"""Where a library is: a folder, or a database."""


FloatMatrix: TypeAlias = npt.NDArray[np.float32]
"""float32, shape (n, dim); unit rows if they are encodings."""

FloatVector: TypeAlias = npt.NDArray[np.float32]
"""float32, shape (dim,); a unit vector if it is an encoding."""


DATE_BASES = (
    *("stated", "page", "feed", "header", "address", "dateline", "language", "column", "file"),
    "edited",
)
"""How a publication date is known: from a field of a record or front matter, from the page's own
data, from the feed that led to it, from a mail header, from the web address, from a line of the
text, from a day such as 03/04/2024 as the article's language writes it or as others in its column
are written, from the document's properties (in libraries made by older versions), or from a person
who corrected it."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article as the library stores it.

    Attributes:
        article_id: Stable identity within a library: the collection's own id, or one derived
            from the path of the file.
        title: One line, not blank.
        text: Cleaned text; all offsets refer to it.
        source: Where it comes from, for a reader: a path or URL, or what the collection says.
        published: Publication date, or None if unknown.
        outlet: Who published it; empty if unknown.
        origin: The file that it was read from, shared by all articles of a collection. Empty for
            articles made in Python.
        author: Who wrote it, several names separated by commas; empty if unknown.
        language: ISO 639-1 code, such as ``en``; empty if unknown.
        url: Its web address; empty if it has none or none is known.
        canonical_url: The address that its page declares canonical; empty if there is none.
        published_at: The moment of publication, if a time of day is known; with a time zone if
            that is known too. Its date is ``published``.
        updated_at: The moment of its last change, as the article states it, or None.
        date_basis: How ``published`` is known, one of ``DATE_BASES``; empty if unknown.
        pages: First code point of each page, for a document that has pages; empty for others.
        notes: What its loader left out of it or is not certain of, for the report of an ``add``;
            not stored.
    """

    article_id: str
    title: str
    text: str
    source: str = ""
    published: date | None = None
    outlet: str = ""
    origin: str = ""
    author: str = ""
    language: str = ""
    url: str = ""
    canonical_url: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    date_basis: str = ""
    pages: tuple[int, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    def page_at(self, place: int) -> int | None:
        """Return the number, from 1, of the page that holds a code point; None without pages."""
        return max(1, bisect_right(self.pages, place)) if self.pages else None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, heading or list item of an article.

    Attributes:
        start: First code point in the article's text.
        end: One past the last.
        text: ``article.text[start:end]``; no surrounding white space.
        is_heading: True for a title, a heading or another line that states nothing by itself.
        starts_paragraph: True for the first sentence of its paragraph.
    """

    start: int
    end: int
    text: str
    is_heading: bool = False
    starts_paragraph: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences, the unit that is encoded and retrieved.

    Attributes:
        start: Start of the first sentence, in the article's text.
        end: End of the last sentence.
        text: ``article.text[start:end]``.
        sentences: In order; never empty.
    """

    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The vectors that one encoder pass over a passage gives.

    Attributes:
        passage: float32, shape (dim,), a unit vector.
        sentences: float32, shape (n_sentences, dim), unit rows in the passage's order.
    """

    passage: FloatVector
    sentences: FloatMatrix


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """An encoder's vectors for the tokens of a text.

    Attributes:
        spans: int64, shape (n_tokens, 2): first code point of each token and one past its last.
        vectors: float32, shape (n_tokens, dim), not normalised; a text's vector is their mean.
    """

    spans: npt.NDArray[np.int64]
    vectors: FloatMatrix


@dataclass(frozen=True, slots=True)
class Copy:
    """A passage left out of the hits because a higher-ranked one says the same.

    Attributes:
        article_id: The article that holds the copy.
        title: Its title.
        outlet: Its outlet; empty if unknown.
        published: Its date, or None.
        start: Start of the copied passage in that article's text.
        end: One past its end.
        sentences: Starts, in the text of the hit's article, of the sentences that the copy
            prints too; None if it prints all of them.
    """

    article_id: str
    title: str
    outlet: str
    published: date | None
    start: int
    end: int
    sentences: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage.

    Attributes:
        article: The article that holds it.
        passage: The passage.
        score: Fused score; comparable within one search only.
        dense: Cosine of question and passage vector, in [-1, 1].
        bm25: BM25 score, 0 if no term of the question occurs. Higher is better.
        best_sentence: Highest cosine of the question and one of the passage's sentences.
        sentence_cosines: float per sentence of the passage, in its order.
        copies: Near-identical passages of other articles that were folded into this one.
        story: Id of the article that its story is shown by, possibly its own; empty if no other
            article is a copy of it.
    """

    article: Article
    passage: Passage
    score: float
    dense: float
    bm25: float
    best_sentence: float
    sentence_cosines: tuple[float, ...] = ()
    copies: tuple[Copy, ...] = ()
    story: str = ""


def replace_surrogates(text: str) -> str:
    """Return a text without lone surrogates, which are no characters and cannot be stored."""
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles a search may return.

    Attributes:
        sources: Outlets or sources, matched case-insensitively as a whole or as a part;
            empty for all.
        since: Earliest publication date, inclusive. An undated article does not pass.
        until: Latest publication date, inclusive. An undated article does not pass.
        outlets: Outlets, matched case-insensitively as a whole; an empty name stands for
            articles of unknown outlet. Empty for all.
        languages: ISO 639-1 codes; an empty one stands for articles of unknown language. Empty
            for all.
        authors: Authors, matched case-insensitively as a whole or as a part; empty for all.
        articles: Ids of articles; None for all, empty for none.
    """

    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    outlets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    articles: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            TypeError: If one has the wrong type.
        """
        for name in ("sources", "outlets", "languages", "authors", "articles"):
            value: object = getattr(self, name)
            if name == "articles" and value is None:
                continue
            if not isinstance(value, tuple) or not all(isinstance(one, str) for one in value):
                raise TypeError(f"a filter's {name} are a tuple of strings")
            object.__setattr__(self, name, tuple(map(replace_surrogates, value)))
        for name in ("since", "until"):
            day: object = getattr(self, name)
            if not isinstance(day, date | None):
                raise TypeError(f"a filter's {name} is a date, not {type(day).__name__}")

    def __bool__(self) -> bool:
        """Return whether anything is filtered."""
        return any(
            (self.sources, self.since, self.until, self.outlets, self.languages, self.authors)
        ) or (self.articles is not None)


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was not added, and why.

    Attributes:
        source: The path, or path and line number, as the user would look for it.
        reason: One line.
        is_note: Whether the article, or the rest of the file, was added all the same: the reason
            then says what was left out of it, or what is not certain about it.
    """

    source: str
    reason: str
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class AddReport:
    """The outcome of an ``add``.

    Attributes:
        added: Ids of new articles.
        replaced: Ids of articles whose content had changed.
        unchanged: Ids of articles that the library already had, unchanged.
        skipped: What was left out, each with its reason.
        passages: Passages encoded.
        seconds: Wall time.
        copies: Ids of added and replaced articles that are copies of another article.
        superseded: Pairs of ids: an article that is kept as an earlier version of one at the same
            address, and the article that answers use now.
        orphaned: Ids of articles that stay although their file no longer contains them.
        is_dry_run: Whether nothing was done and the report says what would have been.
        reach: What the parsers of foreign formats could have reached, since this system cannot
            confine them, such as ``the network``; empty if none was needed, or all were confined.
        notes: What was left out of articles that were added, or is not certain about them.
    """

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[Skip, ...] = ()
    passages: int = 0
    seconds: float = field(default=0.0, compare=False)
    superseded: tuple[tuple[str, str], ...] = ()
    orphaned: tuple[str, ...] = ()
    is_dry_run: bool = False
    copies: tuple[str, ...] = ()
    reach: tuple[str, ...] = ()
    notes: tuple[Skip, ...] = ()


@dataclass(frozen=True, slots=True)
class AddProgress:
    """How far an ``add`` has got; given to its ``progress`` callback after each batch.

    Attributes:
        articles: Articles handled so far, unchanged and skipped ones included.
        total: Articles expected in all, or None if that is not known yet.
        passages: Passages encoded so far.
        seconds: Wall time so far.
    """

    articles: int
    total: int | None
    passages: int
    seconds: float


Loaded: TypeAlias = "Article | Skip"
"""What a loader yields: an article, or the report of something that is not one."""


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Which encoder made a vector.

    Attributes:
        name: Hub name, path, or our own name for a built-in encoder.
        revision: SHA-256 of the weights in hexadecimal, or another string that changes
            whenever the vectors would.
        dim: Components of a vector.
    """

    name: str
    revision: str
    dim: int

    def __str__(self) -> str:
        """Return a short form for messages, as ``name@revision (dim)``."""
        return f"{self.name}@{self.revision[:12]} ({self.dim})"


@dataclass(frozen=True, slots=True)
class EncoderInput:
    """A passage as an encoder reads it.

    Attributes:
        text: The passage's text.
        spans: (start, end) of each sentence, relative to ``text``; in order, not overlapping.
        title: The article's title, read in front of the text but not pooled into sentences;
            empty for none.
    """

    text: str
    spans: Sequence[tuple[int, int]]
    title: str = ""


class Span(Protocol):
    """Anything with a start and an end in a text."""

    @property
    def start(self) -> int:
        """First code point."""

    @property
    def end(self) -> int:
        """One past the last code point."""


def overlap(one: Span, other: Span) -> bool:
    """Return whether two stretches of the same text share a code point."""
    return one.start < other.end and other.start < one.end
