"""Edits: a person's corrections of an article's details, applied to what is read from its source.

An edit belongs to an article's id. It survives a removal and is applied to whatever is added under
that id later; the original details are kept too, so that an edit can be undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import reduce
from typing import TYPE_CHECKING

from index.encoding.encode import BATCH_PASSAGES, encode_passages
from index.errors import EditError
from index.language.detection import parse_language
from index.open_library import find_article
from index.record.edits import (
    delete_edit,
    delete_original,
    find_edits,
    find_original,
    put_edit,
    put_original,
)
from index.record.rows import (
    MAX_ADDRESS_CHARS,
    InconsistentRecordError,
    find_detail_fault,
    read_date,
    read_moment,
    write_moment,
)
from index.remedies import Remedy
from index.stories.grouping import store_article
from index.text.addresses import normalise_address
from index.text.clean import clean_line
from index.text.dates import parse_date, parse_moment
from index.text.passages import split_passages
from index.types import Article

if TYPE_CHECKING:
    from index.open_library import OpenLibrary
    from index.record.edits import Edit, Fields
    from index.record.reads import ReadTransaction
    from index.record.writes import WriteTransaction
    from index.types import Passage

MAX_EDITS = 1_000
"""Most edits kept of one article; beyond that, the oldest become part of the original."""

_MAX_CHARS = {"title": 300, "outlet": 200, "author": 500}
_NAMED = {"title": "a title", "outlet": "a name", "author": "a name"}
_SHOWN_CHARS = 80
_TEXTS = ("title", "outlet", "author", "language", "url", "canonical_url", "date_basis")
_MOMENTS = ("published_at", "updated_at")
_EDITED = "edited"


def read_changes(fields: Mapping[str, str | date | None]) -> dict[str, str]:
    """Return the changes to make, in the form in which they are stored.

    Args:
        fields: ``title``, ``outlet``, ``author``, ``published``, ``updated``, ``language`` and
            ``url``; None leaves a field unchanged, an empty string clears it.

    Raises:
        EditError: If a field cannot take its value, or there is nothing to change.
    """
    changes: dict[str, str] = {}
    for name, value in fields.items():
        if value is None:
            continue
        text = value.isoformat() if isinstance(value, date) else value.strip()
        changes[name] = _read_value(name, text) if text else ""
    if not changes:
        raise EditError(
            "nothing to change; give at least one of"
            " --title --outlet --author --published --updated --language --url"
        )
    if changes.get("title") == "":
        raise EditError("a title cannot be empty; --undo takes the last edit back")
    return changes


def edit_article(
    library: OpenLibrary,
    article_id: str,
    fields: Mapping[str, str | date | None],
    *,
    wait_seconds: float,
) -> Article:
    """Correct an article's details; see ``Library.edit``."""
    changes = read_changes(fields)
    with library.writing(wait_seconds):
        with library.database.reading() as reader:
            article = find_article(library.path, reader.article, article_id)
            original = _find_original(reader, article_id) or article
        edited = apply_changes(article, changes)
        if fault := find_detail_fault(edited):
            raise EditError(f"'{article_id}' cannot be edited like that: {fault}")
        encoded = _encode_anew(library, article, edited)
        with library.database.writing() as writer:
            keep_original(writer, _restore_original(article, original))
            put_edit(writer, article_id, changes)
            _trim(writer, article_id)
            _store(writer, edited, encoded)
        if encoded:
            library.publish()
    return edited


def undo_edit(library: OpenLibrary, article_id: str, *, wait_seconds: float) -> Article:
    """Undo the last edit of an article; see ``Library.undo_edit``."""
    with library.writing(wait_seconds):
        with library.database.reading() as reader:
            article = find_article(library.path, reader.article, article_id)
            edits = find_edits(reader, article_id)
            original = _find_original(reader, article_id)
        if not edits or original is None:
            raise EditError(
                f"no edit of '{article_id}' to undo",
                Remedy("show", library.path, (article_id,), purpose="to see it"),
            )
        before = apply_edits(_restore_original(article, original), edits[:-1])
        encoded = _encode_anew(library, article, before)
        with library.database.writing() as writer:
            delete_edit(writer, edits[-1].edit_id)
            if len(edits) == 1:
                delete_original(writer, article_id)
            _store(writer, before, encoded)
        if encoded:
            library.publish()
    return before


def apply_edits(article: Article, edits: Sequence[Edit]) -> Article:
    """Return an article with its edits applied, the oldest first."""
    return reduce(lambda edited, edit: apply_changes(edited, edit.changes), edits, article)


def is_original(reader: ReadTransaction, article: Article) -> bool:
    """Return whether an article's details are the original ones stored with its edits."""
    original = _find_original(reader, article.article_id)
    return original is not None and _to_fields(article) == original


def keep_original(writer: WriteTransaction, article: Article) -> None:
    """Store the original details of an edited article in place of those stored before."""
    put_original(writer, article.article_id, _to_fields(article))


def apply_changes(article: Article, changes: Mapping[str, str]) -> Article:
    """Return an article with some fields changed; ``read_changes`` returns such changes.

    Raises:
        InconsistentRecordError: If a date among them is invalid.
    """
    article = replace(
        article,
        title=changes.get("title", article.title),
        outlet=changes.get("outlet", article.outlet),
        author=changes.get("author", article.author),
        language=changes.get("language", article.language),
    )
    if "url" in changes:
        # The canonical address that the page named applied to the page's own address only.
        article = replace(article, url=changes["url"], canonical_url="")
    if (published := changes.get("published")) is not None:
        day, moment = _split_moment(published)
        article = replace(
            article, published=day, published_at=moment, date_basis=_EDITED if day else ""
        )
    if (updated := changes.get("updated")) is not None:
        day, moment = _split_moment(updated)
        article = replace(
            article, updated_at=moment or (datetime.combine(day, time()) if day else None)
        )
    return article


def _read_value(name: str, text: str) -> str:
    """Return a non-empty value as it is stored, or raise ``EditError``."""
    if name in _MAX_CHARS:
        value, wanted = clean_line(text, max_chars=_MAX_CHARS[name]), _NAMED[name]
    elif name == "language":
        value = parse_language(text)
        wanted = "the code of a language; write it as en or de"
    elif name == "url":
        value, wanted = _read_address(text), "a web address; write it as https://example.org/story"
    elif name in ("published", "updated"):
        # An impossible time of day must not be dropped silently.
        found = parse_moment(text) or (None if ":" in text else parse_date(text))
        value = found.isoformat() if found else ""
        wanted = "a date; write it as 2024-10-21 or 2024-10-21T09:30+02:00"
    else:
        raise EditError(f"an article has no field '{name}' that can be edited")
    if not value:
        raise EditError(f"'{_show(text)}' is not {wanted}")
    return value


def _read_address(text: str) -> str:
    is_sound = text.isprintable() and " " not in text and len(text) <= MAX_ADDRESS_CHARS
    return text if is_sound and normalise_address(text) else ""


def _show(text: str) -> str:
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= _SHOWN_CHARS else f"{shown[:_SHOWN_CHARS]}…"


def _split_moment(value: str) -> tuple[date | None, datetime | None]:
    """Return a stored date as a day and, if it has a time of day, a moment."""
    if not value:
        return None, None
    if "T" not in value:
        return read_date(value), None
    moment = read_moment(value)
    return (moment.date(), moment) if moment else (None, None)


def _encode_anew(
    library: OpenLibrary, before: Article, after: Article
) -> list[tuple[Passage, tuple[bytes, bytes]]]:
    """Return an article's passages with new vectors if its title or language requires them.

    The encoder reads the title in front of each passage, and how a text is split depends on its
    language.
    """
    if (before.title, before.language) == (after.title, after.language):
        return []
    with library.database.reading() as reader:
        passages = reader.passages(before)
        active = reader.encoder()
    split = split_passages(after.text, language=after.language) or passages
    if active is None or (split == passages and before.title == after.title):
        return []
    encoder = library.encoders.get(active[1])
    titled = [(after.title, passage) for passage in split]
    vectors = encode_passages(encoder, titled, batch_passages=BATCH_PASSAGES)
    return list(zip(split, vectors, strict=True))


def _store(
    writer: WriteTransaction,
    article: Article,
    encoded: Sequence[tuple[Passage, tuple[bytes, bytes]]],
) -> None:
    active = writer.encoder()
    if not encoded or active is None:
        writer.put_details(article)
        return
    ids = store_article(writer, article, [passage for passage, _ in encoded], as_before=True)
    for passage_id, (_, vectors) in zip(ids, encoded, strict=True):
        writer.put_vectors(active[0], passage_id, *vectors)


def _trim(writer: WriteTransaction, article_id: str) -> None:
    """Merge the oldest edits into the original if there are too many."""
    edits = find_edits(writer, article_id)
    old = edits[: max(0, len(edits) - MAX_EDITS)]
    article, original = writer.article(article_id), _find_original(writer, article_id)
    if not old or article is None or original is None:
        return
    keep_original(writer, apply_edits(_restore_original(article, original), old))
    for edit in old:
        delete_edit(writer, edit.edit_id)


def _to_fields(article: Article) -> dict[str, str | None]:
    """Return the details that an edit can change, as they are stored."""
    fields: dict[str, str | None] = {name: getattr(article, name) for name in _TEXTS}
    for name in _MOMENTS:
        fields[name] = write_moment(getattr(article, name))
    published = article.published
    fields["published"] = None if published is None else date.isoformat(published)
    return fields


def _restore_original(article: Article, original: Article | Fields) -> Article:
    if isinstance(original, Article):
        return original
    return replace(
        article,
        title=original["title"] or article.title,
        outlet=original["outlet"] or "",
        author=original["author"] or "",
        language=original["language"] or "",
        url=original["url"] or "",
        canonical_url=original["canonical_url"] or "",
        date_basis=original["date_basis"] or "",
        published=read_date(original["published"]),
        published_at=read_moment(original["published_at"]),
        updated_at=read_moment(original["updated_at"]),
    )


def _find_original(reader: ReadTransaction, article_id: str) -> Fields | None:
    fields = find_original(reader, article_id)
    if fields is not None and not {*_TEXTS, *_MOMENTS, "published"} <= fields.keys():
        raise InconsistentRecordError("the original details of an edited article are incomplete")
    return fields
