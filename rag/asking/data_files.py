"""The word lists and tables of regular expressions that stand in files beside the modules."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_PART = re.compile(r"@([A-Z_]+)@")
_INDENT = re.compile(r"(?:^|\n) {2,}")


@cache
def words_of(name: str, package: str = "rag.asking") -> frozenset[str]:
    """Return the words of one list of a package's ``word_lists.txt``."""
    return frozenset(word for line in _word_lists(package)[name] for word in line.split())


@cache
def phrases_of(name: str) -> frozenset[str]:
    """Return the lines of one list of ``rag/asking/word_lists.txt``."""
    return frozenset(_word_lists("rag.asking")[name])


@cache
def _word_lists(package: str) -> dict[str, list[str]]:
    text = files(package).joinpath("word_lists.txt").read_text("utf-8")
    lists: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            current = lists[line.strip("[]")] = list[str]()
        elif line and not line.startswith("#"):
            current.append(line)
    return lists


@cache
def read_expressions(package: str, name: str) -> dict[str, Any]:
    """Return the tables of a TOML file, whose texts are regular expressions.

    In them ``@NAME@`` stands for an entry of ``[parts]``, and a line break with an indent for
    nothing.
    """
    table = tomllib.loads(files(package).joinpath(name).read_text("utf-8"))
    parts: dict[str, str] = {}

    def expand(value: Any) -> Any:  # noqa: ANN401 - any TOML value
        if isinstance(value, str):
            return _PART.sub(lambda match: parts[match[1]], _INDENT.sub("", value))
        if isinstance(value, list):
            return [expand(item) for item in value]
        return {key: expand(item) for key, item in value.items()}

    for part, text in table.pop("parts", {}).items():
        parts[part] = expand(text)
    tables: dict[str, Any] = expand(table)
    return tables
