"""Why an article cannot be stored."""

from __future__ import annotations

import unicodedata
from datetime import date

from index.article_rows import find_detail_fault
from index.types import Article

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
