"""What an ``add`` does with each article: store it, leave it unchanged, or skip it.

Nothing is written here.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.curation.edits import apply_edits, is_original
from index.formats.files import printable
from index.record.edits import find_edits
from index.record.rows import PIPELINE, details_of, digest_content, find_detail_fault, language_of
from index.record.versions import is_known_version
from index.text.passages import split_passages
from index.types import Article, Passage, Skip

if TYPE_CHECKING:
    from index.record.database import AnyDatabase
    from index.record.rows import ArticleState


MAX_ID_CHARS = 1_000
MAX_TITLE_CHARS = 10_000
MAX_TEXT_CHARS = 50_000_000

_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})


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
    return find_detail_fault(article)


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


_NO_SENTENCE = "it holds no sentence"


@dataclass(frozen=True, slots=True)
class Store:
    """An article to be written; without passages, only its details have changed.

    Attributes:
        article: The article, with people's edits applied.
        passages: Its passages.
        is_known: Whether the library has an article with its id.
        original: The article as it was read.
    """

    article: Article
    passages: tuple[Passage, ...]
    is_known: bool
    original: Article


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Articles that the library already has, unchanged."""

    article_ids: tuple[str, ...]


Outcome: TypeAlias = "Store | Unchanged | Skip"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about an article.

    Attributes:
        outcome: Store it, leave it unchanged, or skip it with the reason.
        is_repeatable: Whether the next ``add`` will decide the same about the same file.
    """

    outcome: Outcome
    is_repeatable: bool = True


class Decider:
    """Decides about the articles of one ``add``, each in the light of those before it.

    Args:
        database: The record; None if there is none yet.
        replace: Whether an article may replace one from another file; if it is a folder, one
            from a file in that folder only.
    """

    def __init__(self, database: AnyDatabase | None, *, replace: bool | Path = False) -> None:
        self._database = database
        self._replace = replace
        self._seen: dict[str, bytes] = {}

    def note_unchanged(self, article_ids: Sequence[str], digests: Sequence[bytes]) -> None:
        """Remember the articles of a file that was not read because it has not changed."""
        self._seen.update(zip(article_ids, digests, strict=True))

    def decide(self, article: Article) -> Decision:
        """Return what to do about an article."""
        fault = find_fault(article)
        most = sys.maxsize if self._database is None else self._database.max_id_bytes
        if not fault and len(article.article_id.encode()) > most:
            fault = f"its id is longer than {most:,} bytes, which PostgreSQL cannot index"
        return Decision(skip_article(article, fault)) if fault else self._compare(article)

    def _compare(self, original: Article) -> Decision:  # noqa: PLR0911 - one per case
        """Decide about a valid article, given what is stored and what came before."""
        article, stored, is_settled = original, None, True
        name = original.article_id
        unchanged = Decision(Unchanged((name,)))
        if self._database is not None:
            with self._database.reading() as reader:
                if edits := find_edits(reader, name):
                    article = apply_edits(original, edits)
                    is_settled = is_original(reader, original)
                stored = reader.article_state(name)
                is_earlier_version = stored is None and is_known_version(reader, article)
        digest = digest_content(article)
        if name in self._seen:
            if self._seen[name] == digest:
                return unchanged
            reason = f"id {quote_name(name)} came up before in this run, with other content"
            return Decision(skip_article(article, reason), is_repeatable=False)
        if self._database is not None and is_earlier_version:
            return unchanged
        is_same = stored is not None and stored.content_sha256 == digest
        is_same = is_same and stored is not None and stored.pipeline == PIPELINE
        if stored is not None and not self._may_replace(stored.origin, article.origin):
            if is_same:
                return unchanged
            origin = f"from {quote_name(stored.origin)}" if stored.origin else "from elsewhere"
            reason = (
                f"id {quote_name(name)} is in the library already, {origin};"
                " remove that one first, or replace it with --replace"
            )
            return Decision(skip_article(article, reason), is_repeatable=False)
        self._seen[name] = digest
        if stored is not None and is_same and not self._is_split_otherwise(stored, article):
            is_settled &= stored.details == details_of(article) and stored.origin == article.origin
            store = Store(article, (), is_known=True, original=original)
            return unchanged if is_settled else Decision(store)
        passages = split_passages(article.text, language=article.language)
        if not passages:
            return Decision(skip_article(article, _NO_SENTENCE))
        return Decision(Store(article, passages, is_known=stored is not None, original=original))

    def _is_split_otherwise(self, stored: ArticleState, article: Article) -> bool:
        """Return whether a stored article was split by the rules of another language."""
        if self._database is None or language_of(stored.details) == article.language:
            return False
        with self._database.reading() as reader:
            passages = reader.passages(article)
        return passages != split_passages(article.text, language=article.language)

    def _may_replace(self, stored_origin: str, origin: str) -> bool:
        if stored_origin == origin:
            return True
        if not isinstance(self._replace, bool):
            return stored_origin.startswith(f"{printable(self._replace)}/")
        return self._replace


def skip_article(article: Article, reason: str) -> Skip:
    """Return a skip that names an article by where it comes from, as far as that is known."""
    return Skip(_clip(article.origin or article.source or article.article_id), reason)


def quote_name(name: str) -> str:
    """Return an id or an origin in quotes, fit for a line of a report."""
    return f"'{_clip(name)}'"


def _clip(text: str, limit: int = 200) -> str:
    """Return a text in printable form and cut to length, fit for a line of a report."""
    shown = text if text.isprintable() else ascii(text)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
