"""What an ``add`` does about each article: store it, leave it, or skip it with the reason.

An article is written, is there as it is, or is skipped with the reason. Nothing is written here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.curation.edits import is_unedited, lay_edits
from index.curation.versions import is_known_version
from index.formats.files import printable
from index.record.rows import PIPELINE, details_of, digest_content, find_detail_fault, language_of
from index.text.passages import split_passages
from index.types import Article, Passage, Skip

if TYPE_CHECKING:
    from index.record.database import Database
    from index.record.rows import Known


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
class Prepared:
    """An article that is to be written; without passages only its details have changed.

    Attributes:
        article: The article, with what people corrected of it.
        passages: Its passages.
        is_known: Whether there is one of its id.
        read: The article as it was read.
    """

    article: Article
    passages: tuple[Passage, ...]
    is_known: bool
    read: Article


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Articles that are there as they are."""

    article_ids: tuple[str, ...]


Decision: TypeAlias = "Prepared | Unchanged | Skip"


class Decider:
    """Judges the articles of one ``add``, each in the light of those before it.

    Args:
        database: The record; None where there is none yet.
        replace: Whether an article may take the place of one from another file; of one from a
            certain folder only, if it is that.
    """

    def __init__(self, database: Database | None, *, replace: bool | Path = False) -> None:
        self._database = database
        self._replace = replace
        self._seen: dict[str, bytes] = {}

    def note_unchanged(self, article_ids: Sequence[str], digests: Sequence[bytes]) -> None:
        """Remember articles of a file that was not read, since it is as it was."""
        self._seen.update(zip(article_ids, digests, strict=True))

    def judge(self, article: Article) -> tuple[Decision, bool]:
        """Return what to do about an article, and whether it will be the same the next time."""
        fault = find_fault(article)
        verdict = fault or self._compare(article)
        if isinstance(verdict, str):
            return skip_article(article, verdict), bool(fault) or verdict == _NO_SENTENCE
        if verdict is None:
            return Unchanged((article.article_id,)), True
        return verdict, True

    def _compare(self, article: Article) -> Prepared | str | None:  # noqa: PLR0911 - one a case
        """Return what to write, why it is skipped, or None where it is there as it is."""
        read = article
        if self._database is not None:
            with self._database.reading() as reader:
                article = lay_edits(reader, read)
        name, digest = article.article_id, digest_content(article)
        if name in self._seen:
            if self._seen[name] == digest:
                return None
            return f"id {quote_name(name)} came up before in this run, with other content"
        known, is_settled = None, True
        if self._database is not None:
            with self._database.reading() as reader:
                known = reader.known(name)
                is_settled = article is read or is_unedited(reader, read)
                if known is None and is_known_version(reader, article):
                    return None
        is_same = known is not None and (known.content_sha256, known.pipeline) == (digest, PIPELINE)
        if (
            known is not None
            and known.origin != article.origin
            and not self._may_replace(known.origin)
        ):
            origin = f"from {quote_name(known.origin)}" if known.origin else "from elsewhere"
            taken = (
                f"id {quote_name(name)} is in the library already, {origin}; --replace replaces it"
            )
            return None if is_same else taken
        self._seen[name] = digest
        if known is not None and is_same and not self._is_split_otherwise(known, article):
            is_settled &= known.details == details_of(article) and known.origin == article.origin
            return None if is_settled else Prepared(article, (), is_known=True, read=read)
        passages = split_passages(article.text, language=article.language)
        if not passages:
            return _NO_SENTENCE
        return Prepared(article, passages, is_known=known is not None, read=read)

    def _is_split_otherwise(self, known: Known, article: Article) -> bool:
        """Return whether an article that is there has been split by another language's rules."""
        if self._database is None or language_of(known.details) == article.language:
            return False
        with self._database.reading() as reader:
            held = reader.passages(article)
        return held != split_passages(article.text, language=article.language)

    def _may_replace(self, origin: str) -> bool:
        if not isinstance(self._replace, bool):
            return origin.startswith(f"{printable(self._replace)}/")
        return self._replace


def skip_article(article: Article, reason: str) -> Skip:
    """Return a skip that names an article by where it comes from, as far as that is known."""
    return Skip(_clip(article.origin or article.source or article.article_id), reason)


def quote_name(name: str) -> str:
    """Return an id or an origin in quotes, in a form that fits into a line of a report."""
    return f"'{_clip(name)}'"


def _clip(text: str, limit: int = 200) -> str:
    """Return a text in a form that fits into a line of a report."""
    shown = text if text.isprintable() else ascii(text)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
