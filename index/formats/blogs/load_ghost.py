"""Exports of Ghost: the published posts in the JSON of the whole site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from index.formats.blogs.post import ExportedPost, load_post
from index.formats.collections.load_json import load_json as load_records
from index.formats.files import Place, SourceFile, open_file, read_file
from index.formats.limits import MAX_DOCUMENT_BYTES
from index.formats.unpublished import UNPUBLISHED
from index.text.dates import parse_moment
from index.text.encodings import decode
from index.types import Loaded

_HEAD_BYTES = 200_000
_IS_GHOST = re.compile(
    rb'"posts"\s*:\s*\[(?s:.*)"(?:mobiledoc|lexical)"\s*:|"posts_(?:authors|tags|meta)"\s*:'
)


def load_json(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles in a file of JSON: an export of Ghost, or any other list of records."""
    with open_file(file) as stream:
        head = stream.read(_HEAD_BYTES)
    if _IS_GHOST.search(head):
        with suppress(ValueError, RecursionError):
            data = read_file(file, max_bytes=MAX_DOCUMENT_BYTES)
            if tables := _find_tables(json.loads(decode(data, name=file.name))):
                yield from load_ghost(file, tables, max_bytes)
                return
    yield from load_records(file, max_bytes)


def _find_tables(value: object) -> Mapping[str, list[object]] | None:
    """Return the tables of a site in an export of Ghost; None if a value is no such export."""
    if isinstance(value, dict) and isinstance(value.get("db"), list) and value["db"]:
        value = value["db"][0]
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("posts"), list):
        return None
    return {name: table for name, table in data.items() if isinstance(table, list)}


def load_ghost(
    file: SourceFile, tables: Mapping[str, list[object]], max_bytes: int
) -> Iterator[tuple[Place, Loaded]]:
    """Yield the posts of a Ghost site that were published, with places ``file#number``."""
    settings = {
        str(row.get("key")): str(row.get("value") or "")
        for row in tables.get("settings", ())
        if isinstance(row, dict)
    }
    users = {
        str(row.get("id")): str(row.get("name") or "")
        for row in tables.get("users", ())
        if isinstance(row, dict)
    }
    written: dict[str, list[str]] = {}
    for row in tables.get("posts_authors", ()):
        if isinstance(row, dict):
            name = users.get(str(row.get("author_id")), "")
            written.setdefault(str(row.get("post_id")), []).append(name)
    for number, row in enumerate(tables["posts"], start=1):
        if not isinstance(row, dict):
            continue
        place = Place(f"{file.name}#{number}")
        authors = written.get(str(row.get("id"))) or [users.get(str(row.get("author_id")), "")]
        yield place, load_post(file, _post(row, settings, authors), place, max_bytes)


def _post(
    row: Mapping[str, object], settings: Mapping[str, str], authors: list[str]
) -> ExportedPost:
    def said(name: str) -> str:
        value = row.get(name)
        return value if isinstance(value, str) else ""

    status = said("status") or "published"
    reason = "" if status == "published" else UNPUBLISHED.get(status, f"its status is {status!r}")
    if not reason and said("visibility") == "none":
        reason = UNPUBLISHED["private"]
    site = settings.get("url", "").rstrip("/")
    return ExportedPost(
        title=said("title"),
        content=said("html") or said("plaintext") or said("markdown"),
        status=reason,
        published_at=parse_moment(said("published_at")),
        updated_at=parse_moment(said("updated_at")),
        author=", ".join(filter(None, authors)),
        url=said("canonical_url") or (f"{site}/{said('slug')}/" if site and said("slug") else ""),
        outlet=settings.get("title", ""),
        key=said("uuid") or str(row.get("id")),
    )
