"""The article of a document as a whole, and its properties without what programs fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from index.errors import ArticleFormatError
from index.formats.databases.load_export import load_exported
from index.formats.files import Place, SourceFile
from index.formats.load_text import file_id
from index.formats.metadata import Metadata, make_article
from index.text.clean import clean_line
from index.text.dates import parse_date
from index.types import Loaded, Skip

_MAX_CHARS = 300
_DEFAULT_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel|office)\b.*|untitled.*|unbenannt.*|sans titre.*"
    r"|sin título.*|без имени.*|document ?\d*|dokument ?\d*|layout ?\d*|presentation ?\d*|doc\d*"
    r"|print(?:ing)?|title|about:blank|\(?anonymous\)?|unspecified|none|null|\d+"
    r"|\S+\.(?:docx?|odt|rtf|pdf|indd|qxp?d?|tex|dvi|txt|html?|pmd|p65|xlsx?|pptx?|tmp|ps|eps))",
    re.IGNORECASE,
)
_DEFAULT_AUTHOR = re.compile(
    r"(?:administrat(?:or|eur)|admin|root|user|unknown|author|owner|guest|default|anonymous|none"
    r"|microsoft(?: office)?(?: user)?|office user|windows user|benutzer|utilisateur|usuario"
    r"|пользователь|calibre(?: .*)?|\(?anonymous\)?|python-docx|openpyxl|null)",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_].*)?")


def load_document(
    file: SourceFile, text: str, metadata: Metadata, *, title: str, max_bytes: int
) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article of a document as a whole, or those of the database's export that it is."""
    if exported := load_exported(file, text, max_bytes):
        yield from exported
    else:
        yield (
            Place(file.name),
            make_document(file, text, metadata, title=title, max_bytes=max_bytes),
        )


def make_document(
    file: SourceFile, text: str, metadata: Metadata, *, title: str, max_bytes: int
) -> Loaded:
    """Return the article of a document as a whole, or a skip.

    ``title`` is its first title or heading, used if the metadata has none.
    """
    if len(text) > max_bytes:
        reason = f"more than {max_bytes:,} bytes of text, the limit for one article"
        return Skip(file.name, reason)
    if not text.strip():
        return Skip(file.name, "no text in it")
    if not metadata.title and title:
        metadata = replace(metadata, title=document_metadata(title=title).title)
    try:
        return make_article(
            text,
            metadata,
            article_id=file_id(file),
            source=file.url or file.location,
            origin=file.location,
            fallback_title=re.sub(r"[\s_-]+", " ", file.stem),
        )
    except ArticleFormatError as error:
        return Skip(file.name, error.reason)


def document_metadata(
    *,
    title: str = "",
    author: str = "",
    created: str | date | None = None,
    language: str = "",
    outlet: str = "",
) -> Metadata:
    """Return the usable properties of a document.

    Args:
        title: As stated; names of files and programs are ignored.
        author: As stated; names of accounts are ignored.
        created: The date of creation: a date, or a string that starts like ``2024-10-21``.
        language: A code such as ``en`` or ``en-GB``.
        outlet: The publisher.
    """
    named = _LANGUAGE.fullmatch(language.strip())
    return Metadata(
        title=useful_title(title),
        author="" if _DEFAULT_AUTHOR.fullmatch(author.strip()) else _line(author),
        made=_day(created),
        language=named[1].lower() if named else "",
        outlet=_line(outlet),
    )


def useful_title(title: str) -> str:
    """Return a title on one line, empty if a program made it up."""
    line = _line(title)
    return "" if _DEFAULT_TITLE.fullmatch(line) else line


def _line(text: str) -> str:
    return clean_line(text, max_chars=_MAX_CHARS)


def _day(created: str | date | None) -> date | None:
    if isinstance(created, datetime | date):
        return parse_date(created)
    return parse_date(created.strip()[:10]) if created else None
