"""Adding: from articles to committed batches.

A batch is split and encoded outside any transaction and written in one, so that an interruption
loses at most the batch in hand. Memory holds one batch, or one article where that is larger.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.encode import BATCH_PASSAGES, encode_passages
from index.reader import digest_content
from index.split import split_passages
from index.types import AddProgress, AddReport, Article, Loaded, Passage, Skip
from index.writer import PIPELINE, details_of

if TYPE_CHECKING:
    from index.archive import Archive
    from index.embed import Embedder
    from index.writer import Writer

Addable: TypeAlias = "str | Path | Article | Skip"
"""A file or folder, an article, or what a loader has skipped already."""

MAX_ID_CHARS = 1_000
MAX_TITLE_CHARS = 10_000
MAX_TEXT_CHARS = 50_000_000

_PROGRESS_ARTICLES = 50
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An article that is to be written; without passages only its details have changed."""

    article: Article
    passages: tuple[Passage, ...]
    is_known: bool


class Ingest:
    """One ``add``.

    Args:
        archive: The record; the caller holds the write lock.
        embedder: Gives the encoder when it is first needed, which may be never.
        batch_passages: Passages that are encoded and committed together, at least 1.
        replace: Whether an article may take the place of one from another file.
        total: Articles that are expected, or None.
        progress: Called after each batch, and now and then between.
    """

    def __init__(
        self,
        archive: Archive,
        embedder: Callable[[], Embedder],
        *,
        batch_passages: int = BATCH_PASSAGES,
        replace: bool = False,
        total: int | None = None,
        progress: Callable[[AddProgress], None] | None = None,
    ) -> None:
        if batch_passages < 1:
            raise ValueError(f"batch_passages must be at least 1, got {batch_passages}")
        self.has_committed = False
        self.has_pinned_encoder = False
        self._archive = archive
        self._embedder = embedder
        self._batch_passages = batch_passages
        self._replace = replace
        self._total = total
        self._progress = progress
        self._started = time.monotonic()
        self._batch: list[_Prepared] = []
        self._seen: dict[str, bytes] = {}
        self._added: list[str] = []
        self._replaced: list[str] = []
        self._unchanged: list[str] = []
        self._skipped: list[Skip] = []
        self._articles = 0
        self._passages = 0

    def run(self, items: Iterable[Addable]) -> AddReport:
        """Add everything.

        Args:
            items: Taken one by one, as they are needed.

        Returns:
            What was added, replaced, unchanged and skipped.
        """
        pending = 0
        for loaded in load_items(items):
            self._articles += 1
            if isinstance(loaded, Skip):
                self._skipped.append(loaded)
            else:
                pending += self._take(loaded)
            if pending >= self._batch_passages:
                self._commit()
                pending = 0
            elif self._articles % _PROGRESS_ARTICLES == 0:
                self._tell()
        self._commit()
        return AddReport(
            added=tuple(self._added),
            replaced=tuple(self._replaced),
            unchanged=tuple(self._unchanged),
            skipped=tuple(self._skipped),
            passages=self._passages,
            seconds=time.monotonic() - self._started,
        )

    def _take(self, article: Article) -> int:
        """Judge an article; return what it adds to the batch, in passages."""
        verdict = find_fault(article) or self._judge(article)
        if isinstance(verdict, str):
            label = article.origin or article.source or article.article_id
            self._skipped.append(Skip(_clip(label), verdict))
            return 0
        if verdict is None:
            self._unchanged.append(article.article_id)
            return 0
        self._batch.append(verdict)
        return max(1, len(verdict.passages))

    def _judge(self, article: Article) -> _Prepared | str | None:
        """Return what to write, why it is skipped, or None where it is there as it is."""
        name, digest = article.article_id, digest_content(article)
        if name in self._seen:
            if self._seen[name] == digest:
                return None
            return f"id {_show(name)} came up before in this run, with other content"
        with self._archive.reading() as reader:
            known = reader.known(name)
        is_same = known is not None and (known.content_sha256, known.pipeline) == (digest, PIPELINE)
        if known is not None and known.origin != article.origin and not self._replace:
            origin = f"from {_show(known.origin)}" if known.origin else "from elsewhere"
            taken = f"id {_show(name)} is in the library already, {origin}; --replace replaces it"
            return None if is_same else taken
        self._seen[name] = digest
        if known is not None and is_same:
            is_settled = known.details == details_of(article) and known.origin == article.origin
            return None if is_settled else _Prepared(article, (), is_known=True)
        passages = split_passages(article.text)
        if not passages:
            return "it holds no sentence"
        return _Prepared(article, passages, is_known=known is not None)

    def _commit(self) -> None:
        """Encode the batch and write it in one transaction."""
        batch, self._batch = self._batch, []
        if batch:
            passages = [
                (item.article.title, passage) for item in batch for passage in item.passages
            ]
            encoded = iter(self._encode(passages))
            with self._archive.writing() as writer:
                for item in batch:
                    if item.passages:
                        encoder_id = self._encoder_id(writer)
                        for passage_id in writer.put_article(item.article, item.passages):
                            writer.put_vectors(encoder_id, passage_id, *next(encoded))
                    else:
                        writer.put_details(item.article)
            self.has_committed = True
            self._passages += len(passages)
            for item in batch:
                done = self._replaced if item.is_known else self._added
                done.append(item.article.article_id)
        self._tell()

    def _encode(self, passages: list[tuple[str, Passage]]) -> list[tuple[bytes, bytes]]:
        if not passages:
            return []
        return encode_passages(self._embedder(), passages, batch_passages=self._batch_passages)

    def _encoder_id(self, writer: Writer) -> int:
        """Return the active encoder's key; the first article of a library settles which."""
        active = writer.encoder()
        if active is not None:
            return active[0]
        self.has_pinned_encoder = True
        encoder_id = writer.put_encoder(self._embedder().identity)
        writer.activate_encoder(encoder_id)
        return encoder_id

    def _tell(self) -> None:
        if self._progress is not None:
            seconds = time.monotonic() - self._started
            self._progress(AddProgress(self._articles, self._total, self._passages, seconds))


def load_items(items: Iterable[Addable]) -> Iterator[Loaded]:
    """Yield articles and skips, reading paths as they come up.

    Raises:
        TypeError: If an item is none of these.
    """
    for is_path, run in groupby(items, key=lambda item: isinstance(item, str | Path)):
        if is_path:
            from index.load import load_articles

            yield from load_articles([Path(item) for item in run if isinstance(item, str | Path)])
            continue
        for item in run:
            if not isinstance(item, Article | Skip):
                raise TypeError(f"cannot add a {type(item).__name__}; give paths or articles")
            yield item


def find_fault(article: Article) -> str:
    """Return why an article cannot be stored, or an empty string.

    Loaders give clean articles; this is for those made in Python.

    Raises:
        TypeError: If a field has the wrong type.
    """
    _check_types(article)
    lines = {"id": article.article_id, "title": article.title}
    others = {
        "source": article.source,
        "outlet": article.outlet,
        "origin": article.origin,
        "text": article.text,
    }
    for name, value in lines.items():
        if not value.strip():
            return f"its {name} is blank"
        if any(unicodedata.category(c) in _CONTROL for c in value):
            return f"its {name} holds a line break or another control character"
    for name, value in others.items():
        if "\0" in value or not _is_encodable(value):
            return f"its {name} holds characters that are not text"
    if not article.text.strip():
        return "its text is blank"
    for name, value, limit in (
        ("id", article.article_id, MAX_ID_CHARS),
        ("title", article.title, MAX_TITLE_CHARS),
        ("text", article.text, MAX_TEXT_CHARS),
    ):
        if len(value) > limit:
            return f"its {name} is longer than {limit:,} characters"
    return ""


def _check_types(article: Article) -> None:
    for name in ("article_id", "title", "text", "source", "outlet", "origin"):
        value = getattr(article, name)
        if not isinstance(value, str):
            raise TypeError(f"an article's {name} is a string, not {type(value).__name__}")
    published: object = article.published
    if not isinstance(published, date | None):
        kind = type(published).__name__
        raise TypeError(f"an article's date of publication is a date, not {kind}")


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _clip(text: str, limit: int = 200) -> str:
    """Return a text in a form that fits into a line of a report."""
    shown = text if text.isprintable() else ascii(text)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _show(text: str) -> str:
    return f"'{_clip(text)}'"
