"""What a library is made of: articles, their sentences and passages, and search hits.

Every offset is a Python code-point offset into ``Article.text``, the cleaned text that the
archive stores: ``article.text[x.start:x.end] == x.text`` holds for every sentence and passage.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

FloatMatrix: TypeAlias = npt.NDArray[np.float32]
"""float32, shape (n, dim); rows are unit vectors where they are encodings."""

FloatVector: TypeAlias = npt.NDArray[np.float32]
"""float32, shape (dim,); a unit vector where it is an encoding."""


DATE_BASES = ("stated", "page", "feed", "header", "address", "dateline", "file", "edited")
"""How a publication date is known: from a field of a record or a front matter, from a page's own
data, from the feed that led to it, from a mail's header, from the web address, from a line of the
text, from the properties of the document itself, or from a person who corrected it."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article as the archive stores it.

    Attributes:
        article_id: Stable identity within a library: a collection's own id, or one derived
            from the path of the file.
        title: One line, not blank.
        text: Cleaned text; all offsets refer to it.
        source: Where it comes from, for a reader: a path or URL, or what the collection says.
        published: Publication date, or None where it is not known.
        outlet: Who published it; empty where it is not known.
        origin: The file that it was read from; articles of one collection share it. Empty for
            articles made in Python.
        author: Who wrote it, several with commas; empty where it is not known.
        language: ISO 639-1 code, as ``en``; empty where it is not known.
        url: Its web address; empty where it has none or none is known.
        canonical_url: The address that its page names as the right one; empty where none is.
        published_at: The moment of publication, where a time of day is known; with a time zone
            where that is known too. Its date is ``published``.
        updated_at: The moment of its last change as it states it, or None.
        date_basis: How ``published`` is known, one of ``DATE_BASES``; empty where it is not.
        pages: First code point of each page, for a document that has pages; empty for others.
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

    def page_at(self, place: int) -> int | None:
        """Return the number, from 1, of the page that a place is on; None without pages."""
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
    """What one encoder pass over a passage gives.

    Attributes:
        passage: float32, shape (dim,), a unit vector.
        sentences: float32, shape (n_sentences, dim), unit rows in the passage's order.
    """

    passage: FloatVector
    sentences: FloatMatrix


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """What an encoder makes of each token of a text.

    Attributes:
        spans: int64, shape (n_tokens, 2): first code point of each token and one past its last.
        vectors: float32, shape (n_tokens, dim), of any length; a text's vector is their mean.
    """

    spans: npt.NDArray[np.int64]
    vectors: FloatMatrix


@dataclass(frozen=True, slots=True)
class Copy:
    """A passage left out of the hits because a better-placed one says the same.

    Attributes:
        article_id: The article that holds the copy.
        title: Its title.
        outlet: Its outlet; empty where unknown.
        published: Its date, or None.
        start: Start of the copied passage in that article's text.
        end: One past its end.
        sentences: Where, in the text of the hit's article, the sentences start that the copy
            prints too; None where it prints all of them.
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
        bm25: BM25 score, 0 where no term of the question occurs. Higher is better.
        best_sentence: Highest cosine of the question and one of the passage's sentences.
        sentence_cosines: float per sentence of the passage, in its order.
        copies: Near-identical passages of other articles that were folded into this one.
        story: Id of the article that its story is shown by, which may be its own; empty where
            no other article tells the story.
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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles a search may return.

    Attributes:
        sources: Outlets or sources, matched case-insensitively as a whole or as a part;
            empty for all.
        since: Earliest publication date, inclusive. An undated article does not pass.
        until: Latest publication date, inclusive. An undated article does not pass.
        outlets: Outlets, matched case-insensitively as a whole; an empty name stands for
            articles whose outlet is not known. Empty for all.
        languages: ISO 639-1 codes; an empty one stands for articles whose language is not
            known. Empty for all.
        authors: Authors, matched case-insensitively as a whole or as a part; empty for all.
    """

    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    outlets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is filtered at all."""
        return any(
            (self.sources, self.since, self.until, self.outlets, self.languages, self.authors)
        )


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was not added, and why.

    Attributes:
        source: The path, or path and line number, as the user would look for it.
        reason: One line.
    """

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddReport:
    """What an ``add`` did.

    Attributes:
        added: Ids of new articles.
        replaced: Ids of articles whose content had changed.
        unchanged: Ids of articles that were already there as they are.
        skipped: What was left out, each with its reason.
        passages: Passages encoded.
        seconds: Wall time.
        copies: Ids of those added and replaced whose story another article tells as well.
        superseded: Articles that are kept as an earlier version of one of the same address,
            each id with that of the article that answers now.
        orphaned: Ids of articles that stay although the file that gave them does so no longer.
        is_dry_run: Whether all of this would have been done, and nothing was.
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


@dataclass(frozen=True, slots=True)
class AddProgress:
    """Where an ``add`` stands; given to its ``progress`` callback after each batch.

    Attributes:
        articles: Articles dealt with so far, unchanged and skipped ones included.
        total: Articles that are expected in all, or None while that is not known.
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
        name: Hub name, path, or a name of ours for a built-in one.
        revision: SHA-256 of the weights in hexadecimal, or another string that changes
            when the vectors would.
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
    """Anything that has a place in a text."""

    @property
    def start(self) -> int:
        """First code point."""

    @property
    def end(self) -> int:
        """One past the last code point."""


def overlap(one: Span, other: Span) -> bool:
    """Return whether two stretches of the same text share a code point."""
    return one.start < other.end and other.start < one.end
