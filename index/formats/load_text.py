"""Text and Markdown files, with or without front matter: one article per file.

Front matter, YAML between ``---`` lines or TOML between ``+++``, comes from strangers: it must be
small, anchors and aliases are not resolved, and every value is kept as the string that was written.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import yaml

from index.formats.databases.load_export import load_exported
from index.formats.files import Place, SourceFile, read_file
from index.formats.left_out import describe_missing
from index.formats.metadata import Metadata, make_article, mark_unpublished
from index.formats.unpublished import refuse_unpublished
from index.text.clean import normalise_characters
from index.text.encodings import decode, repair_encoding
from index.text.tables import label_rows
from index.types import Article, Loaded

_HEADING = re.compile(r"^ {0,3}#{1,2} +\S.*$|^\S.*\n(?:={3,}|-{3,}) *$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~).*$", re.MULTILINE)
_QUOTE = re.compile(r"^(?: {0,3}> ?)+", re.MULTILINE)
_TABLE_RULE = re.compile(r"^\|?(?: ?:?-{3,}:? ?\|)+(?: ?:?-{3,}:? ?)?$", re.MULTILINE)
_TABLE = re.compile(
    r"(?P<head>^[^\n]*\|[^\n]*)\n {0,3}\|?(?: ?:?-+:? ?\|)+(?: ?:?-+:? ?)?\n"
    r"(?P<rows>(?:[^\n]*\|[^\n]*(?:\n|\Z))+)",
    re.MULTILINE,
)
_BAR = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"(?<!`)`([^`\n]{1,300})`(?!`)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~\n])")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_HEADING_BLOCKS = 5


def load_text(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article in a plain text file, its encoding detected and its front matter read.

    The text of a press database's export holds many.
    """
    raw = decode(read_file(file, max_bytes=max_bytes), name=file.name)
    if exported := load_exported(file, raw, max_bytes):
        yield from exported
        return
    yield Place(file.name), _load(file, raw, is_markdown=False)


def load_markdown(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Article]]:
    """Yield the article in a Markdown file; see ``load_text``."""
    raw = decode(read_file(file, max_bytes=max_bytes), name=file.name)
    yield Place(file.name), _load(file, raw, is_markdown=True)


def _load(file: SourceFile, raw: str, *, is_markdown: bool) -> Article:
    raw = repair_encoding(raw)
    # Tabs stay: what is between two of them may be an empty cell of a table.
    fields, text = split_front_matter("\t".join(map(normalise_characters, raw.split("\t"))))
    status = refuse_unpublished(fields, drafts=file.drafts, name=file.name)
    if is_markdown:
        stated = {key.lower(): value for key, value in fields.items() if value}
        fields = {"title": _first_heading(text), **stated}
        text = _plain_text(text)
    article = make_article(
        text,
        Metadata.from_mapping(fields),
        article_id=file_id(file),
        source=file.location,
        origin=file.location,
        fallback_title=re.sub(r"[\s_-]+", " ", file.stem),
    )
    said = [
        (f"the field '{key}'", value) for key, value in fields.items() if isinstance(value, str)
    ]
    said += [("comments", comment) for comment in _COMMENT.findall(raw)]
    if left_out := describe_missing(said, [article.text, article.title]):
        article = replace(article, notes=(*article.notes, left_out))
    return mark_unpublished(article, status) if status else article


def file_id(file: SourceFile) -> str:
    """Return the article id of a file: 12 hexadecimal digits made from its key."""
    return hashlib.sha256(file.key).hexdigest()[:12]


def _first_heading(text: str) -> str:
    found = _HEADING.search(text)
    if found is None or len(text[: found.start()].split("\n\n")) > _HEADING_BLOCKS:
        return ""
    return found[0]


def _plain_text(markdown: str) -> str:
    """Return Markdown without the marks that mean something else in plain text.

    Headings, links, emphasis and lists stay: cleaning handles them in any text.
    """
    text = _TABLE.sub(_label_table, _QUOTE.sub("", _FENCE.sub("", markdown)))
    text = _CODE.sub(r"\1", _TABLE_RULE.sub("", text))
    return _ESCAPE.sub(r"\1", text)


def _label_table(table: re.Match[str]) -> str:
    """Return a table with the header of its column at each value."""
    lines = [table["head"], *table["rows"].splitlines()]
    rows = [[cell.strip() for cell in _BAR.split(line.strip().strip("|"))] for line in lines]
    return "\n".join(["", *label_rows(rows, n_headers=1), "", ""])


_MAX_CHARS = 16_000
# The parser recurses once per bracket, and looks back over all open ones.
_MAX_BRACKETS = 200

_BLOCK = re.compile(
    r"\s*+(?P<fence>---|\+\+\+)[ \t]*+\n(?P<fields>(?:.*\n)*?)(?P=fence)[ \t]*+(?:\n|$)"
)
_FIELD = re.compile(r"(?P<key>\w[\w -]{0,60}?)\s*[:=](?:\s+(?P<value>.*))?$")
_MORE = re.compile(r"\s*$|\s+\S|#|- ")


def split_front_matter(text: str) -> tuple[Mapping[str, object], str]:
    """Split a text into the fields of its front matter and the rest.

    Args:
        text: Line feeds are the only line breaks; no byte-order mark.

    Returns:
        The fields, and the text after them; no fields and the whole text if it does not start
        with front matter of at most 16,000 characters.
    """
    block = _BLOCK.match(text[:_MAX_CHARS])
    if block is None:
        return {}, text
    read = _read_yaml if block["fence"] == "---" else _read_toml
    fields = read(block["fields"]) or _read_lines(block["fields"])
    return (fields, text[block.end() :]) if fields else ({}, text)


def _read_yaml(block: str) -> Mapping[str, object]:
    """Return the fields of a YAML block, or none if it is not plain YAML."""
    if sum(map(block.count, "[{")) > _MAX_BRACKETS:
        return {}
    try:
        tokens = yaml.scan(block)
        if any(isinstance(token, yaml.AnchorToken | yaml.AliasToken) for token in tokens):
            return {}
        fields = yaml.BaseLoader(block).get_single_data()  # strings, lists and mappings only
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _read_toml(block: str) -> Mapping[str, object]:
    if sum(map(block.count, "[{")) > _MAX_BRACKETS:
        return {}
    try:
        return tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return {}


def _read_lines(block: str) -> Mapping[str, object]:
    """Return the fields of a block with one per line, as titles with a colon break YAML.

    Returns:
        No fields if a line is neither a field nor the continuation of one: then it is prose.
    """
    fields: dict[str, object] = {}
    for line in block.splitlines():
        if field := _FIELD.match(line):
            fields[field["key"]] = (field["value"] or "").strip().strip("\"'")
        elif not _MORE.match(line):
            return {}
    return fields
