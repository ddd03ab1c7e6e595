"""What a person corrected of an article's details: kept apart, laid over what is read.

An edit belongs to an article's id. It outlives a removal, and is laid over whatever is added under
that id later; what was read is kept beside it, so that an edit can be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import reduce
from typing import TYPE_CHECKING

from index.encoding.encode import BATCH_PASSAGES, encode_passages
from index.errors import EditError
from index.language.detection import parse_language
from index.open_library import find_article
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
    from index.record.reads import ReadTransaction
    from index.record.writes import WriteTransaction
    from index.types import Passage

MAX_EDITS = 1_000
"""Edits of one article that are kept; beyond, the oldest become part of what was read."""

_MAX_CHARS = {"title": 300, "outlet": 200, "author": 500}
_NAMED = {"title": "a title", "outlet": "a name", "author": "a name"}
_SHOWN_CHARS = 80
_TEXTS = ("title", "outlet", "author", "language", "url", "canonical_url", "date_basis")
_MOMENTS = ("published_at", "updated_at")
_EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Edit:
    """A correction of an article's details.

    Attributes:
        edit_id: Rises from one edit to the next.
        article_id: The article.
        changes: For each field that was changed its new value, empty where it was cleared; dates
            in ISO form.
        edited_at: When, in UTC.
    """

    edit_id: int
    article_id: str
    changes: Mapping[str, str]
    edited_at: datetime


def read_changes(fields: Mapping[str, str | date | None]) -> dict[str, str]:
    """Return what is to be changed, in the form in which it is kept.

    Args:
        fields: ``title``, ``outlet``, ``author``, ``published``, ``updated``, ``language`` and
            ``url``; None leaves one as it is, an empty string clears it.

    Raises:
        EditError: If a value is none that the field can have, or nothing is to be changed.
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
    held: OpenLibrary,
    article_id: str,
    fields: Mapping[str, str | date | None],
    *,
    wait_seconds: float,
) -> Article:
    """Correct an article's details; see ``Library.edit``."""
    changes = read_changes(fields)
    with held.writing(wait_seconds):
        with held.database.reading() as reader:
            article = find_article(held.path, reader.article, article_id)
            read = _find_unedited(reader, article_id) or article
        edited = lay_changes(article, changes)
        if fault := find_detail_fault(edited):
            raise EditError(f"'{article_id}' cannot be edited so: {fault}")
        encoded = _encode_anew(held, article, edited)
        with held.database.writing() as writer:
            keep_unedited(writer, _restore_read(article, read))
            writer.connection.execute(
                "INSERT INTO edits (article_id, changes, edited_at) VALUES (?, ?, ?)",
                (article_id, json.dumps(changes), datetime.now(UTC).isoformat(timespec="seconds")),
            )
            _trim(writer, article_id)
            _store(writer, edited, encoded)
        if encoded:
            held.vector_cache.publish()
    return edited


def undo_edit(held: OpenLibrary, article_id: str, *, wait_seconds: float) -> Article:
    """Take the last edit of an article back; see ``Library.undo_edit``."""
    with held.writing(wait_seconds):
        with held.database.reading() as reader:
            article = find_article(held.path, reader.article, article_id)
            edits = find_edits(reader, article_id)
            read = _find_unedited(reader, article_id)
        if not edits or read is None:
            raise EditError(
                f"no edit of '{article_id}' to take back",
                Remedy("show", held.path, (article_id,), purpose="to see it"),
            )
        before = _lay_edits_over(_restore_read(article, read), edits[:-1])
        encoded = _encode_anew(held, article, before)
        with held.database.writing() as writer:
            writer.connection.execute("DELETE FROM edits WHERE edit_id = ?", (edits[-1].edit_id,))
            if len(edits) == 1:
                writer.connection.execute(
                    "DELETE FROM unedited WHERE article_id = ?", (article_id,)
                )
            _store(writer, before, encoded)
        if encoded:
            held.vector_cache.publish()
    return before


def find_edits(reader: ReadTransaction, article_id: str) -> tuple[Edit, ...]:
    """Return the edits of an article that count, the newest last; it need not be there.

    Raises:
        InconsistentRecordError: If one cannot be read.
    """
    if not reader.has_details:
        return ()
    rows = reader.connection.execute(
        "SELECT edit_id, article_id, changes, edited_at FROM edits WHERE article_id = ?"
        " ORDER BY edit_id",
        (article_id,),
    )
    return tuple(
        Edit(row[0], row[1], _read_json(row[2]), datetime.fromisoformat(row[3])) for row in rows
    )


def lay_edits(reader: ReadTransaction, article: Article) -> Article:
    """Return an article that was read, with what people corrected of it.

    Returns:
        The very same article where nothing was.
    """
    edits = find_edits(reader, article.article_id)
    return _lay_edits_over(article, edits) if edits else article


def is_unedited(reader: ReadTransaction, article: Article) -> bool:
    """Tell whether an article is, in its details, what was read of one that has edits."""
    read = _find_unedited(reader, article.article_id)
    return read is not None and _to_fields(article) == read


def keep_unedited(writer: WriteTransaction, article: Article) -> None:
    """Keep what was read of an article that has edits, in the place of what was before."""
    writer.connection.execute(
        "INSERT OR REPLACE INTO unedited (article_id, fields) VALUES (?, ?)",
        (article.article_id, json.dumps(_to_fields(article))),
    )
    writer.has_changed = True


def lay_changes(article: Article, changes: Mapping[str, str]) -> Article:
    """Return an article with some of its fields changed, as ``read_changes`` gives them.

    Raises:
        InconsistentRecordError: If a date among them is none.
    """
    article = replace(
        article,
        title=changes.get("title", article.title),
        outlet=changes.get("outlet", article.outlet),
        author=changes.get("author", article.author),
        language=changes.get("language", article.language),
    )
    if "url" in changes:
        # The address that the page named was right for the page's own address only.
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
    """Return a value that is not empty in the form in which it is kept.

    Raises:
        EditError: If the field cannot have it.
    """
    if name in _MAX_CHARS:
        value, wanted = clean_line(text, max_chars=_MAX_CHARS[name]), _NAMED[name]
    elif name == "language":
        value = parse_language(text)
        wanted = "the code of a language; write it as en or de"
    elif name == "url":
        value, wanted = _read_address(text), "a web address; write it as https://example.org/story"
    elif name in ("published", "updated"):
        # A time that no clock shows must not be dropped in silence.
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
    """Return a kept date as a day and, where it has a time of day, a moment."""
    if not value:
        return None, None
    if "T" not in value:
        return read_date(value), None
    moment = read_moment(value)
    return (moment.date(), moment) if moment else (None, None)


def _lay_edits_over(article: Article, edits: Sequence[Edit]) -> Article:
    return reduce(lambda laid, edit: lay_changes(laid, edit.changes), edits, article)


def _encode_anew(
    held: OpenLibrary, before: Article, after: Article
) -> list[tuple[Passage, tuple[bytes, bytes]]]:
    """Return an article's passages with new vectors, where its title or language asks for it.

    The encoder reads the title in front of each passage, and a language has its own way to
    split a text.
    """
    if (before.title, before.language) == (after.title, after.language):
        return []
    with held.database.reading() as reader:
        passages = reader.passages(before)
        active = reader.encoder()
    split = split_passages(after.text, language=after.language) or passages
    if active is None or (split == passages and before.title == after.title):
        return []
    encoder = held.encoders.get(active[1])
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
    """Make the oldest edits part of what was read, where there are too many."""
    edits = find_edits(writer, article_id)
    old = edits[: max(0, len(edits) - MAX_EDITS)]
    article, read = writer.article(article_id), _find_unedited(writer, article_id)
    if not old or article is None or read is None:
        return
    keep_unedited(writer, _lay_edits_over(_restore_read(article, read), old))
    writer.connection.execute(
        "DELETE FROM edits WHERE article_id = ? AND edit_id <= ?", (article_id, old[-1].edit_id)
    )


def _to_fields(article: Article) -> dict[str, str | None]:
    """Return what an edit can change, as it is kept."""
    fields: dict[str, str | None] = {name: getattr(article, name) for name in _TEXTS}
    for name in _MOMENTS:
        fields[name] = write_moment(getattr(article, name))
    published = article.published
    fields["published"] = None if published is None else date.isoformat(published)
    return fields


def _restore_read(article: Article, read: Article | Mapping[str, str | None]) -> Article:
    """Return an article with what was read in the place of what was edited."""
    if isinstance(read, Article):
        return read
    return replace(
        article,
        title=read["title"] or article.title,
        outlet=read["outlet"] or "",
        author=read["author"] or "",
        language=read["language"] or "",
        url=read["url"] or "",
        canonical_url=read["canonical_url"] or "",
        date_basis=read["date_basis"] or "",
        published=read_date(read["published"]),
        published_at=read_moment(read["published_at"]),
        updated_at=read_moment(read["updated_at"]),
    )


def _find_unedited(reader: ReadTransaction, article_id: str) -> dict[str, str | None] | None:
    row = reader.connection.execute(
        "SELECT fields FROM unedited WHERE article_id = ?", (article_id,)
    ).fetchone()
    if row is None:
        return None
    fields = _read_json(row[0])
    if not {*_TEXTS, *_MOMENTS, "published"} <= fields.keys():
        raise InconsistentRecordError("what was read of an edited article is incomplete")
    return dict(fields)


def _read_json(text: str) -> dict[str, str]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InconsistentRecordError("an edit cannot be read") from error
    if not isinstance(fields, dict):
        raise InconsistentRecordError("an edit cannot be read")
    return fields
