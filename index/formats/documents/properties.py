"""What documents say about themselves: their properties, less what programs fill in unasked."""

from __future__ import annotations

import re
from datetime import date, datetime

from index.formats.metadata import Metadata
from index.text.clean import clean_line
from index.text.dates import parse_date

_MAX_CHARS = 300
_UNASKED_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel|office)\b.*|untitled.*|unbenannt.*|sans titre.*"
    r"|sin título.*|без имени.*|document ?\d*|dokument ?\d*|layout ?\d*|presentation ?\d*|doc\d*"
    r"|print(?:ing)?|title|about:blank|\(?anonymous\)?|unspecified|none|null|\d+"
    r"|\S+\.(?:docx?|odt|rtf|pdf|indd|qxp?d?|tex|dvi|txt|html?|pmd|p65|xlsx?|pptx?|tmp|ps|eps))",
    re.IGNORECASE,
)
_UNASKED_AUTHOR = re.compile(
    r"(?:administrat(?:or|eur)|admin|root|user|unknown|author|owner|guest|default|anonymous|none"
    r"|microsoft(?: office)?(?: user)?|office user|windows user|benutzer|utilisateur|usuario"
    r"|пользователь|calibre(?: .*)?|\(?anonymous\)?|python-docx|openpyxl|null)",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_].*)?")


def document_metadata(
    *,
    title: str = "",
    author: str = "",
    created: str | date | None = None,
    language: str = "",
    outlet: str = "",
) -> Metadata:
    """Return what the properties of a document are worth.

    Args:
        title: As the document says; names of files and programs count as none.
        author: As the document says; names of accounts count as none.
        created: When it was made: a date, or a string that starts with one as ``2024-10-21``.
        language: A code such as ``en`` or ``en-GB``.
        outlet: Who published it.
    """
    named = _LANGUAGE.fullmatch(language.strip())
    published = _day(created)
    return Metadata(
        title=useful_title(title),
        author="" if _UNASKED_AUTHOR.fullmatch(author.strip()) else _line(author),
        published=published,
        date_basis="file" if published else "",
        language=named[1].lower() if named else "",
        outlet=_line(outlet),
    )


def useful_title(title: str) -> str:
    """Return a title on one line, empty for one that a program made up."""
    line = _line(title)
    return "" if _UNASKED_TITLE.fullmatch(line) else line


def _line(text: str) -> str:
    return clean_line(text, max_chars=_MAX_CHARS)


def _day(created: str | date | None) -> date | None:
    if isinstance(created, datetime | date):
        return parse_date(created)
    return parse_date(created.strip()[:10]) if created else None
