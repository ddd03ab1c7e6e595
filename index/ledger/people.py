"""Who and what is named in a library: entities with their spellings, offices and counts."""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from index.errors import EditError
from index.language.name_spellings import first_letters, name_skeleton
from index.language.names import NameKind, split_person, strip_titles
from index.ledger.entities import family_key
from index.record.reads import filter_to_sql
from index.record.rows import read_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from index.record.reads import ReadTransaction
    from index.types import Filter

MOST_SUGGESTED = 5
_LIKENESS = 0.75
_MOST_LONGER = 8
"""By how many characters a name may be longer: "Holm" is found as the last word of "Ada Holm"."""
_MOST_COMPARED = 20_000
_MOST_ROLES = 12


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody or something that articles name.

    Attributes:
        key: Its key in this state of the ledger.
        name: The spelling that most articles use.
        kind: ``person``, ``organisation`` or ``place``.
        spellings: All spellings, the most used first.
        articles: How many articles name it.
        statements: How many statements it makes, copies included.
    """

    key: int
    name: str
    kind: str
    spellings: tuple[str, ...]
    articles: int
    statements: int


@dataclass(frozen=True, slots=True)
class Role:
    """An office as an article gives it.

    Attributes:
        text: In its words.
        article_id: The article.
        title: Its title.
        outlet: Its outlet; empty if unknown.
        published: Its date, or None.
        start: First code point of the words.
        end: One past the last.
        articles: How many articles give it in the same words.
    """

    text: str
    article_id: str
    title: str
    outlet: str
    published: date | None
    start: int
    end: int
    articles: int


@dataclass(frozen=True, slots=True)
class EntityPage:
    """A page of entities.

    Attributes:
        total: How many there are in all.
        entities: Those of the page, the most named first.
        similar: Names that resemble one that nobody has; empty unless ``total`` is 0.
    """

    total: int
    entities: tuple[Entity, ...]
    similar: tuple[str, ...] = ()


def list_entities(
    connection: sqlite3.Connection,
    *,
    name: str = "",
    kind: str = "person",
    only: Filter,
    offset: int,
    limit: int,
) -> EntityPage:
    """Return the entities of a kind, or those of a name, by how many articles name them."""
    conditions, values = ["1"], list[object]()
    if kind:
        conditions.append("n.kind = ?")
        values.append(kind)
    if name:
        keys = find_entities(connection, name)
        conditions.append("n.entity IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(keys))
    source = "SELECT n.entity, n.articles FROM entities n"
    if only:
        where, more = filter_to_sql(only)
        conditions.append(where)
        values += more
        source = (
            "SELECT n.entity, count(DISTINCT m.article_key) AS articles FROM mentions m"
            " JOIN names q USING (name_key) JOIN entities n USING (entity)"
            " JOIN read_articles a USING (article_key)"
        )
    chosen = f"{source} WHERE {' AND '.join(conditions)}"
    chosen += " GROUP BY n.entity" if only else ""
    (total,) = connection.execute(f"SELECT count(*) FROM ({chosen})", values).fetchone()
    rows = connection.execute(
        f"{chosen} ORDER BY articles DESC, n.entity LIMIT ? OFFSET ?", (*values, limit, offset)
    )
    page = tuple(_read_entity(connection, key, n if only else None) for key, n in rows)
    similar = find_similar(connection, name) if name and not total else ()
    return EntityPage(total, page, similar)


def find_entities(connection: sqlite3.Connection, name: str) -> list[int]:
    """Return the entities that a name may mean: that of a full name, all of a family name.

    Case, diacritics, other transliterations and a title in front make no difference.
    """
    bare = strip_titles(name)
    found: list[int] = []
    for kind in NameKind:
        for wanted in dict.fromkeys((name, bare)):
            rows = connection.execute(
                "SELECT DISTINCT entity FROM names n JOIN entities e USING (entity)"
                " WHERE n.family = ? AND e.kind = ?",
                (family_key(wanted, kind), kind),
            ).fetchall()
            keys = [row[0] for row in rows]
            found += _narrow(connection, keys, wanted) if kind is NameKind.PERSON else keys
    # "Serena": a given name that only one person has.
    if not found and " " not in bare:
        rows = connection.execute(
            "SELECT DISTINCT entity FROM names WHERE kind = 'person' AND folded(name) LIKE ?"
            " ESCAPE '\\' LIMIT 3",
            (f"{_escape(bare.casefold())} %",),
        ).fetchall()
        found = [row[0] for row in rows]
    if not found:
        rows = connection.execute(
            "SELECT DISTINCT entity FROM names WHERE kind != 'person'"
            " AND (' ' || folded(name) || ' ') LIKE ? ESCAPE '\\' LIMIT 20",
            (f"% {_escape(bare.casefold())} %",),
        ).fetchall()
        found = [row[0] for row in rows]
    return list(dict.fromkeys(found))


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _narrow(connection: sqlite3.Connection, keys: Sequence[int], name: str) -> list[int]:
    """Return the people of a family name whose given name is the one asked for, if one is."""
    given = split_person(name)[0]
    if not given:
        return list(keys)
    wanted = name_skeleton(given.replace(" ", ""))
    first = name_skeleton(given.split()[0])
    kept = []
    for key in keys:
        rows = connection.execute("SELECT name FROM names WHERE entity = ?", (key,))
        givens = [split_person(row[0])[0] for row in rows]
        if any(
            (g and wanted in {name_skeleton(g.replace(" ", "")), name_skeleton(g.split()[0])})
            or (g and name_skeleton(g.split()[0]) == first)
            for g in givens
        ):
            kept.append(key)
    return kept


def find_spelling(connection: sqlite3.Connection, name: str) -> str:
    """Return the spelling that a name is, or the usual one of the only entity that it may mean.

    Raises:
        EditError: If nobody is called so, or several are.
    """
    row = connection.execute(
        "SELECT name FROM names WHERE folded(name) = folded(?) LIMIT 1", (name.strip(),)
    ).fetchone()
    if row:
        return str(row[0])
    rows = connection.execute(
        "SELECT name FROM entities WHERE entity IN (SELECT value FROM json_each(?)) LIMIT ?",
        (json.dumps(find_entities(connection, name.strip())), MOST_SUGGESTED),
    ).fetchall()
    if len(rows) == 1:
        return str(rows[0][0])
    if rows:
        raise EditError(f"'{name}' may be {', '.join(r[0] for r in rows)}; give the whole name")
    similar = find_similar(connection, name)
    hint = f"; did you mean {', '.join(similar)}?" if similar else ""
    raise EditError(f"the articles name no '{name}'{hint}")


def find_spellings(connection: sqlite3.Connection, spelling: str) -> frozenset[str]:
    """Return all spellings of the entities that one is a spelling of, itself included."""
    rows = connection.execute(
        "SELECT name FROM names WHERE entity IN"
        " (SELECT entity FROM names WHERE folded(name) = folded(?))",
        (spelling,),
    )
    return frozenset(row[0] for row in rows)


def find_similar(connection: sqlite3.Connection, name: str) -> tuple[str, ...]:
    """Return names of the library that resemble one, the most alike first; none if it is known."""
    bare = strip_titles(name)
    words = bare.split()
    if not words or find_entities(connection, name):
        return ()
    letters = {letter for word in (words[0], words[-1]) for letter in first_letters(word)}
    rows = connection.execute(
        "WITH letters AS (SELECT value FROM json_each(?)) SELECT name FROM checked_names"
        " WHERE abs(length(name) - ?) <= ? AND (substr(folded(name), 1, 1) IN letters"
        " OR substr(family, 3, 1) IN letters) LIMIT ?",
        (json.dumps(sorted(letters)), len(bare), _MOST_LONGER, _MOST_COMPARED),
    )
    by_form: dict[str, str] = {}
    for (found,) in rows:
        by_form.setdefault(found.casefold(), found)
        by_form.setdefault(found.casefold().split()[-1], found)
    close = get_close_matches(bare.casefold(), by_form, n=MOST_SUGGESTED * 2, cutoff=_LIKENESS)
    return tuple(dict.fromkeys(by_form[form] for form in close))[:MOST_SUGGESTED]


def _read_entity(connection: sqlite3.Connection, key: int, articles: int | None) -> Entity:
    """Return an entity; by default with the number of all articles that name it."""
    rows = connection.execute(
        "SELECT n.name, count(DISTINCT m.article_key) AS uses FROM checked_names n"
        " JOIN mentions m USING (name_key) WHERE n.entity = ? GROUP BY n.name_key"
        " ORDER BY uses DESC, n.name",
        (key,),
    ).fetchall()
    (statements,) = connection.execute(
        "SELECT count(*) FROM statements WHERE name_key IN"
        " (SELECT name_key FROM names WHERE entity = ?)",
        (key,),
    ).fetchone()
    entity = connection.execute(
        "SELECT name, kind, articles FROM checked_entities WHERE entity = ?", (key,)
    ).fetchone()
    if entity is None:  # an index says otherwise
        raise sqlite3.DatabaseError("an entity is missing")
    name, kind, in_all = entity
    spellings = tuple(dict.fromkeys(row[0] for row in rows))  # one may be of two kinds
    return Entity(key, name, kind, spellings, in_all if articles is None else articles, statements)


def read_name(connection: sqlite3.Connection, name_key: int) -> str:
    """Return the usual name of the entity that a name is a spelling of.

    Raises:
        sqlite3.DatabaseError: If there is no such name, though a statement has its key.
    """
    row = connection.execute(
        "SELECT e.name FROM checked_names n JOIN checked_entities e USING (entity)"
        " WHERE n.name_key = ?",
        (name_key,),
    ).fetchone()
    if row is None:
        raise sqlite3.DatabaseError("a statement's speaker is missing")
    return str(row[0])


def find_roles(
    connection: sqlite3.Connection, reader: ReadTransaction, key: int
) -> tuple[Role, ...]:
    """Return the offices that articles give for somebody, the newest first, each once."""
    rows = connection.execute(
        "SELECT m.article_key, m.role_start, m.role_end, a.article_id, a.title, a.outlet,"
        " a.published FROM checked_mentions m JOIN checked_names n USING (name_key)"
        " JOIN checked_read_articles a USING (article_key)"
        " WHERE n.entity = ? AND m.role_start IS NOT NULL"
        " ORDER BY a.published IS NULL, a.published DESC, a.article_key, m.start LIMIT 500",
        (key,),
    ).fetchall()
    texts = {k: a.text for k, a in reader.articles_by_key(dict.fromkeys(r[0] for r in rows))}
    found: dict[str, Role] = {}
    counted: dict[str, set[int]] = {}
    for article_key, start, end, article_id, title, outlet, published in rows:
        text = texts[article_key][start:end]
        form = text.casefold().removeprefix("the ").removeprefix("a ").removeprefix("an ")
        counted.setdefault(form, set()).add(article_key)
        found.setdefault(
            form, Role(text, article_id, title, outlet, read_date(published), start, end, 1)
        )
    roles = [replace(role, articles=len(counted[form])) for form, role in found.items()]
    return tuple(roles[:_MOST_ROLES])
