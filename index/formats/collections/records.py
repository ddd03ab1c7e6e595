"""One row or record of a collection -> one article.

Columns and keys are recognised by the names in ``columns.toml``, whatever their case, accents,
spaces and punctuation. If several columns could hold a field, the first in its list that is not
blank does.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.resources import files

from index.errors import ArticleFormatError, ColumnError
from index.formats.files import Place, SourceFile
from index.formats.left_out import describe_missing, reads_like_text
from index.formats.metadata import Metadata, make_article, mark_unpublished
from index.formats.unpublished import is_state, refuse_unpublished
from index.text.addresses import absolute_address, unwrap_address
from index.text.dates import is_ambiguous, parse_date, parse_moment
from index.types import Article, Loaded, Skip

FIELDS = (
    *("text", "title", "date", "updated", "outlet", "source", "author", "url", "canonical_url"),
    *("language", "id"),
)
"""Fields of an article that a column can be mapped to."""

SETTLED = "\0settled"
"""Whether the date was ambiguous by itself, and other dates of its column settled it."""

OTHERS = "\0others"
"""The prose in other columns, as pairs of what it is and the text."""


_EPOCH_SECONDS = 100_000_000, 10_000_000_000
_DIGITS = re.compile(r"\d{9,10}|\d{12,13}")
# Where exports nest a record inside a record, and a value inside a value.
_INNER_RECORDS = ("_source", "fields", "attributes", "article")
_INNER_VALUES = tuple("name main original text value content rendered title href @id $t".split())
_MAX_SHOWN = 12


@lru_cache(maxsize=4_096)
def _fold(name: str) -> str:
    """Return a name without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name[:200].casefold())
    return "".join(char for char in plain if char.isalnum())


@cache
def column_names() -> Mapping[str, tuple[str, ...]]:
    """Return the names of columns for each field, folded as by ``_fold``; the likeliest first."""
    names = tomllib.loads(files(__package__).joinpath("columns.toml").read_text("utf-8"))
    return {field: tuple(dict.fromkeys(map(_fold, names[field]))) for field in FIELDS}


def parse_map(options: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of field and column in options such as ``title=Headline,text=Body``.

    Args:
        options: Each holds one pair, or several separated by commas. A column with a comma in its
            name needs an option of its own.

    Raises:
        ColumnError: If an option has another form, or names no field.
    """
    pairs: dict[str, str] = {}
    for option in options:
        parts = re.split(rf",(?=\s*(?:{'|'.join(FIELDS)})\s*=)", option)
        for part in parts:
            field, equals, column = (piece.strip() for piece in part.partition("="))
            if not equals or not column or field not in FIELDS:
                known = ", ".join(FIELDS)
                raise ColumnError(
                    f"cannot use the mapping {part.strip()!r}; give FIELD=COLUMN with a field of"
                    f" {known}"
                )
            pairs[field] = column
    return tuple(pairs.items())


def match_columns(
    names: Sequence[str], columns: Iterable[tuple[str, str]] = (), *, place: str
) -> dict[str, tuple[int, ...]]:
    """Return the columns of a table that may hold each field, the likeliest first.

    Args:
        names: The table's header.
        columns: Pairs of field and column that the user gave.
        place: The table's name in an error.

    Raises:
        ArticleFormatError: If no column can be the text and the table is no list of links, or a
            column named by the user is missing.
    """
    folded = [_fold(name) for name in names]
    matched = {
        field: tuple(folded.index(name) for name in known if name in folded)
        for field, known in column_names().items()
    }
    for field, column in columns:
        if column in names:
            matched[field] = (names.index(column),)
        elif _fold(column) in folded:
            matched[field] = (folded.index(_fold(column)),)
        else:
            raise ArticleFormatError(place, f"no column is called '{_clip(column)}' {_list(names)}")
    matched |= {name: (n,) for n, name in enumerate(names) if is_state(name)}
    if not matched["text"] and not (matched["url"] and matched["title"]):
        reason = f"no column is known to hold the text {_list(names)}; name it: --map text=COLUMN"
        raise ArticleFormatError(place, reason)
    return {field: found for field, found in matched.items() if found}


def read_row(cells: Sequence[object], matched: Mapping[str, Sequence[int]]) -> dict[str, object]:
    """Return the fields of a row that are not blank."""
    fields = {}
    for field, numbers in matched.items():
        for number in numbers:
            value = cells[number] if number < len(cells) else None
            if value is not None and str(value).strip():
                fields[field] = _moment(value) if field in {"date", "updated"} else value
                break
    others = [
        (f"column {number}", value)
        for number, value in enumerate(cells, start=1)
        if isinstance(value, str) and value != fields.get("text") and reads_like_text(value)
    ]
    if others:
        fields[OTHERS] = others
    return fields


def settle_order(fields: dict[str, object], *, day_first: bool | None) -> dict[str, object]:
    """Return fields with an ambiguous date as the other dates of its column are written."""
    value = fields.get("date")
    if day_first is None or not is_ambiguous(value):
        return fields
    settled = parse_moment(value, day_first=day_first) or parse_date(value, day_first=day_first)
    return {**fields, "date": settled, SETTLED: True}


def read_record(
    record: Mapping[str, object], columns: Iterable[tuple[str, str]] = ()
) -> dict[str, object]:
    """Return the fields of a JSON record, recognised by its keys.

    Values in lists or objects, such as ``"source": {"name": …}``, are taken out of them. A key that
    the user named may be a path with dots, such as ``data.attributes.body``.

    Args:
        record: The record, or an envelope around it, as search engines export.
        columns: Pairs of field and key that the user gave.
    """
    folded: dict[str, object] = {}
    inner = (record.get(key) for key in _INNER_RECORDS)
    layers = [record, *(value for value in inner if isinstance(value, dict))]
    for layer in reversed(layers):
        folded |= {
            _fold(str(key)): value
            for key, value in layer.items()
            if value is not None and not (key in _INNER_RECORDS and isinstance(value, dict))
        }
    fields: dict[str, object] = {}
    for field, names in column_names().items():
        found = [_flat(field, folded[name]) for name in names if name in folded]
        if found:  # a blank field is not the same as a missing one
            fields[field] = next(filter(_is_filled, found), found[0])
    fields |= {key: value for key, value in record.items() if is_state(str(key))}
    others = [
        (f"the key '{_clip(str(key))}'", value)
        for layer in layers
        for key, value in layer.items()
        if isinstance(value, str) and value != fields.get("text") and reads_like_text(value)
    ]
    if others:
        fields[OTHERS] = others
    for field, key in columns:
        fields.pop(field, None)
        if _is_filled(value := _flat(field, _descend(layers, key))):
            fields[field] = value
    return fields


def _descend(layers: Sequence[Mapping[str, object]], key: str) -> object:
    for layer in layers:
        if key in layer:
            return layer[key]
        found: object = layer
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if found is not None:
            return found
    return None


def _is_filled(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != []


def _flat(field: str, value: object) -> object:
    """Return a value as one string if it is in lists or objects."""
    if field in {"date", "updated"}:
        return _moment(_first(value))
    if field == "id":
        return value  # an id of another type is reported as an error
    if isinstance(value, list):
        if field not in {"text", "author"}:
            return _first(value)
        parts = [part for part in map(_unwrap, value) if isinstance(part, str) and part.strip()]
        return ("\n\n" if field == "text" else ", ").join(parts) or value
    return _unwrap(value)


def _first(value: object) -> object:
    while isinstance(value, list) and value:
        value = value[0]
    return _unwrap(value)


def _unwrap(value: object) -> object:
    if not isinstance(value, dict):
        return value
    inner = (value.get(key) for key in _INNER_VALUES)
    return next((found for found in inner if isinstance(found, str) and found.strip()), None)


def _moment(value: object) -> object:
    """Return seconds or milliseconds since 1970 as a moment, and any other value unchanged."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    earliest, latest = _EPOCH_SECONDS
    for seconds in (value, value / 1000):
        if earliest <= seconds < latest:
            return datetime.fromtimestamp(seconds, UTC)
    return None


def _list(names: Sequence[str]) -> str:
    shown = [f"'{_clip(name)}'" for name in names if name.strip()]
    more = f" and {len(shown) - _MAX_SHOWN} more" if len(shown) > _MAX_SHOWN else ""
    return f"({len(shown)} columns: {', '.join(shown[:_MAX_SHOWN])}{more})"


def _clip(name: str) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in name)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"  # noqa: PLR2004


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
    """Return the article that some fields describe, or a skip that says what is wrong.

    Args:
        file: The collection.
        fields: Values by the names in ``FIELDS``.
        place: Their place in the collection.
        max_bytes: The longest text.
        title: The title if neither the fields nor the text offer one.
        has_local_numbers: Whether a numeric id is only unique within the file, as the row numbers
            of a database export are: the next export has the same ones.
    """
    try:
        article = _article(file, fields, place, max_bytes, title)
    except ArticleFormatError as error:
        return Skip(str(place), error.reason)
    if has_local_numbers and article.article_id.isdecimal() and "id" in fields:
        identity = file.key + b"\0#" + article.article_id.encode("utf-8")
        return replace(article, article_id=hashlib.sha256(identity).hexdigest()[:12])
    return article


def _find_left_out(fields: Mapping[str, object], *kept: str) -> str:
    """Return a line on the prose in columns that none of an article's fields is taken from."""
    others = fields.get(OTHERS)
    parts = others if isinstance(others, list) else []
    return describe_missing(parts, kept)


# What news APIs put in the place of the rest, as in "[+1532 chars]".
_CUT = re.compile(r"(?:…|\.\.\.)\s*\[\+?\d[\d,.]* (?:more )?char(?:acter)?s\]\s*$", re.IGNORECASE)
_CUT_CHARS = 60


def _article(
    file: SourceFile, fields: Mapping[str, object], place: Place, max_bytes: int, title: str
) -> Article:
    status = refuse_unpublished(fields, drafts=file.drafts, name=str(place))
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        reason = "'text' is missing" if text is None else "'text' is empty or not a string"
        if text is None and (url := _link(fields)):
            reason = f"only a link; 'onrecord add {url}' fetches the page"
        left_out = _find_left_out(fields)
        raise ArticleFormatError(str(place), "; ".join(filter(None, (reason, left_out))))
    if _CUT.search(text[-_CUT_CHARS:]):
        url = _link(fields)
        whole = f"; 'onrecord add {url}' fetches the page" if url else ""
        raise ArticleFormatError(str(place), f"only the beginning of its text{whole}")
    if len(text) > max_bytes:
        reason = f"more than {max_bytes:,} bytes, the limit for one article"
        raise ArticleFormatError(str(place), reason)
    metadata = Metadata.from_mapping(fields)
    if fields.get(SETTLED) and metadata.published:
        metadata = replace(metadata, date_basis="column")
    where = f"{file.location}{str(place)[len(file.name) :]}"
    article = make_article(
        text,
        metadata,
        article_id=_article_id(file, fields, text, str(place)),
        source=metadata.url or metadata.source or where,
        origin=file.location,
        fallback_title=title,
    )
    if left_out := _find_left_out(fields, article.text, article.title):
        article = replace(article, notes=(*article.notes, left_out))
    return mark_unpublished(article, status) if status else article


def _link(fields: Mapping[str, object]) -> str:
    """Return the address in a row that has no text, empty if it has none."""
    url = fields.get("url")
    address = absolute_address(url) if isinstance(url, str) else ""
    return unwrap_address(address)


def _article_id(file: SourceFile, fields: Mapping[str, object], text: str, place: str) -> str:
    """Return the record's own id, or one made from the file's path and the text."""
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
