"""Text and Markdown files: one article a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from index.errors import ArticleFormatError
from index.formats.files import Place, SourceFile, read_file
from index.formats.front_matter import split_front_matter
from index.formats.metadata import Metadata, make_article
from index.text.clean import normalise_characters
from index.text.encodings import decode
from index.types import Loaded, Skip

_HEADING = re.compile(r"^ {0,3}#{1,2} +\S.*$|^\S.*\n(?:={3,}|-{3,}) *$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~).*$", re.MULTILINE)
_QUOTE = re.compile(r"^(?: {0,3}> ?)+", re.MULTILINE)
_TABLE_RULE = re.compile(r"^\|?(?: ?:?-{3,}:? ?\|)+(?: ?:?-{3,}:? ?)?$", re.MULTILINE)
_CODE = re.compile(r"(?<!`)`([^`\n]{1,300})`(?!`)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~\n])")
_HEADING_BLOCKS = 5


def load_text(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article that a plain text file holds, with the file's name.

    Args:
        file: The file; its encoding is detected, front matter is taken off.
        max_bytes: A larger file is skipped.
    """
    yield Place(file.name), _load(file, max_bytes, is_markdown=False)


def load_markdown(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article that a Markdown file holds, with the file's name; see ``load_text``."""
    yield Place(file.name), _load(file, max_bytes, is_markdown=True)


def _load(file: SourceFile, max_bytes: int, *, is_markdown: bool) -> Loaded:
    try:
        raw = decode(read_file(file, max_bytes=max_bytes), name=file.name)
        fields, text = split_front_matter(normalise_characters(raw))
        if is_markdown:
            fields = {"title": _first_heading(text), **_filled(fields)}
            text = _plain_text(text)
        return make_article(
            text,
            Metadata.from_mapping(fields),
            article_id=file_id(file),
            source=file.location,
            origin=file.location,
            fallback_title=re.sub(r"[\s_-]+", " ", file.stem),
        )
    except ArticleFormatError as error:
        return Skip(file.name, error.reason)


def file_id(file: SourceFile) -> str:
    """Return the article id of a file: 12 hexadecimal digits that only its key decides."""
    return hashlib.sha256(file.key).hexdigest()[:12]


def _filled(fields: Mapping[str, object]) -> dict[str, object]:
    return {key.lower(): value for key, value in fields.items() if value}


def _first_heading(text: str) -> str:
    """Return the first heading of Markdown if it stands near the start."""
    found = _HEADING.search(text)
    if found is None or len(text[: found.start()].split("\n\n")) > _HEADING_BLOCKS:
        return ""
    return found[0]


def _plain_text(markdown: str) -> str:
    """Return Markdown without the marks that mean something else in plain text.

    Headings, links, emphasis and lists are left: cleaning knows them everywhere.
    """
    text = _QUOTE.sub("", _FENCE.sub("", markdown))
    text = _CODE.sub(r"\1", _TABLE_RULE.sub("", text))
    return _ESCAPE.sub(r"\1", text)
