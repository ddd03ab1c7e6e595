"""Articles out of collections: one row or record with its fields -> one article."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from index.errors import ArticleFormatError
from index.formats.files import Place, SourceFile
from index.formats.metadata import Metadata, make_article
from index.types import Article, Loaded, Skip

_MAX_ID_CHARS = 200


def load_record(
    file: SourceFile,
    fields: Mapping[str, object],
    place: Place,
    *,
    max_bytes: int,
    title: str,
    has_local_numbers: bool = False,
) -> Loaded:
    """Return the article that some fields describe, or a skip that says what is wrong with them.

    Args:
        file: The collection.
        fields: By the names in ``index.formats.collections.columns.FIELDS``.
        place: Where they stand in it.
        max_bytes: The most that the text may have.
        title: The title if neither the fields nor the text offer one.
        has_local_numbers: Whether an id that is a number only counts within the file, as the
            numbers of rows in a database's exports do: the next export has the same.
    """
    try:
        article = _article(file, fields, place, max_bytes, title)
    except ArticleFormatError as error:
        return Skip(str(place), error.reason)
    if has_local_numbers and article.article_id.isdecimal() and "id" in fields:
        identity = file.key + b"\0#" + article.article_id.encode("utf-8")
        return replace(article, article_id=hashlib.sha256(identity).hexdigest()[:12])
    return article


def _article(
    file: SourceFile, fields: Mapping[str, object], place: Place, max_bytes: int, title: str
) -> Article:
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        reason = "'text' is missing" if text is None else "'text' is empty or not a string"
        raise ArticleFormatError(str(place), reason)
    if len(text) > max_bytes:
        reason = f"more than the {max_bytes:,} bytes that one article may have"
        raise ArticleFormatError(str(place), reason)
    metadata = Metadata.from_mapping(fields)
    where = f"{file.location}{str(place)[len(file.name) :]}"
    return make_article(
        text,
        metadata,
        article_id=_article_id(file, fields, text, str(place)),
        source=metadata.url or metadata.source or where,
        origin=file.location,
        fallback_title=title,
    )


def _article_id(file: SourceFile, fields: Mapping[str, object], text: str, place: str) -> str:
    """Return the record's own id, or one that the file's path and the text decide."""
    given = fields.get("id")
    if given is None:
        content = file.key + b"\0" + text.encode("utf-8", "surrogatepass")
        return hashlib.sha256(content).hexdigest()[:12]
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ArticleFormatError(place, "'id' is neither a string nor an integer")
    article_id = str(given).strip()
    if not article_id or len(article_id) > _MAX_ID_CHARS or not article_id.isprintable():
        reason = f"'id' is blank, unprintable or longer than {_MAX_ID_CHARS} characters"
        raise ArticleFormatError(place, reason)
    return article_id
