"""The block of fields in front of a text: YAML between ``---`` lines, TOML between ``+++``. Pure.

The block comes from a stranger. It is small or it is none, anchors and aliases are not resolved,
and every value is kept as the string that it is written as.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

import yaml

_MAX_CHARS = 16_000
# The parser goes one call deeper per bracket and looks back over all of the open ones.
_MAX_BRACKETS = 200

_BLOCK = re.compile(
    r"\s*+(?P<fence>---|\+\+\+)[ \t]*+\n(?P<fields>(?:.*\n)*?)(?P=fence)[ \t]*+(?:\n|$)"
)
_FIELD = re.compile(r"(?P<key>\w[\w -]{0,60}?)\s*[:=](?:\s+(?P<value>.*))?$")
_MORE = re.compile(r"\s*$|\s+\S|#|- ")


def split_front_matter(text: str) -> tuple[Mapping[str, object], str]:
    """Split a text into the fields in front of it and the rest.

    Args:
        text: Line feeds are the only line breaks; no byte-order mark.

    Returns:
        The fields, and the text after them; no fields and the whole text if it does not start
        with a block of fields of at most 16,000 characters.
    """
    block = _BLOCK.match(text[:_MAX_CHARS])
    if block is None:
        return {}, text
    read = _read_yaml if block["fence"] == "---" else _read_toml
    fields = read(block["fields"]) or _read_lines(block["fields"])
    return (fields, text[block.end() :]) if fields else ({}, text)


def _read_yaml(block: str) -> Mapping[str, object]:
    """Return the fields of a YAML block, none if it is not plain YAML."""
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
    """Return the fields of a block that has one to a line, as titles with a colon break YAML.

    Returns:
        None at all if a line is neither a field nor the continuation of one: it is prose then.
    """
    fields: dict[str, object] = {}
    for line in block.splitlines():
        if field := _FIELD.match(line):
            fields[field["key"]] = (field["value"] or "").strip().strip("\"'")
        elif not _MORE.match(line):
            return {}
    return fields
