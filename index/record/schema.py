"""The record's tables: the steps from one version of them to the next, in ``migrations/``.

A step, once released, is never edited: a library in the field was made by it. A change of the
tables is a further file there.
"""

from __future__ import annotations

from importlib.resources import files

APPLICATION_ID = 0x4F6E5263
"""Marks an SQLite file as a record of ours ("OnRc")."""

DETAILS_VERSION = 3
"""The first version that has authors, languages, moments, edits and versions."""

OLDEST_READABLE = 1
"""A record of this version or a later one is read as it is; the first write brings it up to date.

Reading a library then never changes it, and an older program can go on reading it as well."""


def _read_statements(version: int) -> tuple[str, ...]:
    text = files("index.record").joinpath("migrations", f"{version}.sql").read_text("utf-8")
    return tuple(text.removesuffix(";\n").split(";\n"))


MIGRATIONS = tuple(map(_read_statements, (1, 2, 3, 4)))
"""Statements that lead from version i to version i + 1."""
