"""Judging: what an ``add`` does about one article after another.

An article is written, is there as it is, or is skipped with the reason. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.article_rows import details_of, digest_content, language_of
from index.editions import is_known_edition
from index.edits import is_unedited, lay_edits
from index.faults import find_fault
from index.files import printable
from index.text.passages import split_passages
from index.types import Article, Passage, Skip
from index.writer import PIPELINE

if TYPE_CHECKING:
    from index.archive import Archive
    from index.rows import Known

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


Judgement: TypeAlias = "Prepared | Unchanged | Skip"


class Judge:
    """Judges the articles of one ``add``, each in the light of those before it.

    Args:
        archive: The record; None where there is none yet.
        replace: Whether an article may take the place of one from another file; of one from a
            certain folder only, if it is that.
    """

    def __init__(self, archive: Archive | None, *, replace: bool | Path = False) -> None:
        self._archive = archive
        self._replace = replace
        self._seen: dict[str, bytes] = {}

    def note_unchanged(self, article_ids: Sequence[str], digests: Sequence[bytes]) -> None:
        """Remember articles of a file that was not read, since it is as it was."""
        self._seen.update(zip(article_ids, digests, strict=True))

    def judge(self, article: Article) -> tuple[Judgement, bool]:
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
        if self._archive is not None:
            with self._archive.reading() as reader:
                article = lay_edits(reader, read)
        name, digest = article.article_id, digest_content(article)
        if name in self._seen:
            if self._seen[name] == digest:
                return None
            return f"id {quote_name(name)} came up before in this run, with other content"
        known, is_settled = None, True
        if self._archive is not None:
            with self._archive.reading() as reader:
                known = reader.known(name)
                is_settled = article is read or is_unedited(reader, read)
                if known is None and is_known_edition(reader, article):
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
        if self._archive is None or language_of(known.details) == article.language:
            return False
        with self._archive.reading() as reader:
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
