"""What is written to the ledger: an article's rows in and out, and which names are one entity."""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from index.language.names import NameKind
from index.ledger.entities import Spelling, family_key, join_spellings
from index.ledger.rows import ArticleRows
from index.record.stories import has_stories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from index.record.edits import NameDecision
    from index.record.reads import ReadTransaction
    from index.types import Article


def has_article(connection: sqlite3.Connection, key: int) -> bool:
    """Return whether the rows of an article are there."""
    row = connection.execute("SELECT 1 FROM read_articles WHERE article_key = ?", (key,))
    return row.fetchone() is not None


def delete_article(connection: sqlite3.Connection, key: int) -> set[str]:
    """Delete the rows of an article; return the family keys of its names."""
    families = {
        row[0]
        for row in connection.execute(
            "SELECT DISTINCT n.family FROM mentions m JOIN names n USING (name_key)"
            " WHERE m.article_key = ?",
            (key,),
        )
    }
    connection.execute(
        "DELETE FROM statement_words WHERE rowid IN"
        " (SELECT statement_key FROM statements WHERE article_key = ?)",
        (key,),
    )
    connection.execute("DELETE FROM read_articles WHERE article_key = ?", (key,))
    return families


def insert_article(
    connection: sqlite3.Connection, key: int, stamp: bytes, article: Article, rows: ArticleRows
) -> set[str]:
    """Insert the rows of an article; return the family keys of its names.

    Args:
        connection: The ledger, in a transaction.
        key: Key of the article in the record.
        stamp: Digest of what the rows depend on.
        article: The article.
        rows: What was read in it.
    """
    published = article.published
    connection.execute(
        "INSERT INTO read_articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL)",
        (
            *(key, stamp, article.article_id, article.title, article.source, article.outlet),
            *(article.author, article.language, published.isoformat() if published else None),
        ),
    )
    names: dict[tuple[str, str], int] = {}
    families: set[str] = set()

    def find(name: str, kind: str) -> int:
        if (name, kind) not in names:
            family = family_key(name, kind)
            connection.execute(
                "INSERT INTO names (name, kind, family, entity) VALUES (?, ?, ?, 0)"
                " ON CONFLICT DO NOTHING",
                (name, kind, family),
            )
            row = connection.execute(
                "SELECT name_key FROM names WHERE name = ? AND kind = ?", (name, kind)
            ).fetchone()
            names[name, kind] = row[0]
            families.add(family)
        return names[name, kind]

    connection.executemany(
        "INSERT OR IGNORE INTO mentions VALUES (?, ?, ?, ?, ?, ?, NULL)",
        [
            (key, n.start, n.end, find(n.name, n.kind), *(n.role or (None, None)))
            for n in rows.names
        ],
    )
    for row in rows.statements:
        said = row.statement
        speaker = said.speaker
        cursor = connection.execute(
            "INSERT INTO statements VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                *(key, row.start, row.end, *speaker, *said.cue),
                json.dumps(said.contents, separators=(",", ":")),
                *(said.kind, said.stance, said.is_negated),
                find(row.name.name, row.name.kind) if row.name else None,
                row.copy_key,
            ),
        )
        words = " ".join(article.text[a:b] for a, b in said.contents)
        connection.execute(
            "INSERT INTO statement_words (rowid, words, speaker) VALUES (?, ?, ?)",
            (cursor.lastrowid, words, _describe_speaker(article.text, speaker, rows, row.name)),
        )
    connection.executemany(
        "INSERT OR IGNORE INTO times VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        [
            (
                *(key, d.start, d.end, d.day.first.isoformat(), d.day.last.isoformat()),
                *(d.day.is_exact, d.day.is_rough, d.sentence_start, d.sentence_end),
            )
            for d in rows.days
        ],
    )
    return families


def _describe_speaker(text: str, place: tuple[int, int], rows: ArticleRows, name: Any) -> str:  # noqa: ANN401
    """Return all words that a speaker may be asked for by."""
    said = [text[slice(*place)]]
    if name is not None:
        said.append(name.name)
        said += {
            text[slice(*n.role)] for n in rows.names if n.name == name.name and n.role is not None
        }
    said += {
        n.name
        for n in rows.names
        if n.kind == NameKind.PLACE and place[0] <= n.start < place[1] and n.name not in said
    }
    return " · ".join(said)


def join_names(
    connection: sqlite3.Connection, families: set[str], decisions: Sequence[NameDecision]
) -> None:
    """Find anew which names are one entity, among those that share a family key with a change.

    Args:
        connection: The ledger, in a transaction.
        families: The family keys that have changed.
        decisions: What people decided about names, the newest last.
    """
    decided = json.dumps([decision.names for decision in decisions])
    row = connection.execute("SELECT value FROM state WHERE key = 'decided'").fetchone()
    former = json.loads(row[0]) if row else []
    named = [name for names in (*json.loads(decided), *former) for name in names]
    keys, touched = _read_named(connection, named)
    families = families | touched
    connection.execute("INSERT OR REPLACE INTO state VALUES ('decided', ?)", (decided,))
    for family in families:
        rows = connection.execute(
            "SELECT n.name_key, n.name, n.kind, group_concat(DISTINCT m.article_key)"
            " FROM checked_names n LEFT JOIN checked_mentions m USING (name_key)"
            " WHERE n.family = ? GROUP BY n.name_key",
            (family,),
        ).fetchall()
        unused = [row[0] for row in rows if not row[3]]
        connection.executemany("DELETE FROM names WHERE name_key = ?", [(key,) for key in unused])
        joined = join_spellings(
            [
                Spelling(key, name, kind, frozenset(map(int, articles.split(","))))
                for key, name, kind, articles in rows
                if articles
            ]
        )
        connection.executemany(
            "UPDATE names SET entity = ? WHERE name_key = ?",
            [(entity, key) for key, entity in joined.items()],
        )
    for decision in decisions:
        kinds = [keys.get(name.casefold(), {}) for name in decision.names]
        if len(kinds) > 1:
            _merge(connection, _leave_places(kinds))
        else:
            _split(connection, list(kinds[0]))
    for family in families:
        _count_entities(connection, family)


def _read_named(
    connection: sqlite3.Connection, names: Sequence[str]
) -> tuple[dict[str, dict[int, str]], set[str]]:
    """Return key -> kind of some spellings, by the spelling as it is compared, and the families."""
    keys: dict[str, dict[int, str]] = {}
    families = set()
    for spelling, key, kind, family in connection.execute(
        "SELECT folded(name), name_key, kind, family FROM names"
        " WHERE folded(name) IN (SELECT folded(value) FROM json_each(?))",
        (json.dumps(names),),
    ):
        keys.setdefault(spelling, {})[key] = kind
        families.add(family)
    return keys, families


def _leave_places(kinds: Sequence[Mapping[int, str]]) -> list[int]:
    """Return the keys of spellings without places of the name, if each names something else too."""
    others = [[key for key, kind in of_one.items() if kind != NameKind.PLACE] for of_one in kinds]
    return [key for some in (others if all(others) else kinds) for key in some]


def _merge(connection: sqlite3.Connection, keys: Sequence[int]) -> None:
    """Make one entity of those that some spellings are of."""
    connection.execute(
        "UPDATE names SET entity = (SELECT min(entity) FROM names WHERE name_key IN"
        " (SELECT value FROM json_each(?1))) WHERE entity IN (SELECT entity FROM names"
        " WHERE name_key IN (SELECT value FROM json_each(?1)))",
        (json.dumps(keys),),
    )


def _split(connection: sqlite3.Connection, keys: Sequence[int]) -> None:
    """Make an entity of its own of one spelling; a person and a place of the name stay two."""
    mine = json.dumps(keys)
    is_mine = "name_key IN (SELECT value FROM json_each(?2))"
    entities = connection.execute(
        f"SELECT DISTINCT entity FROM names WHERE {is_mine.replace('?2', '?')}", (mine,)
    ).fetchall()
    for (entity,) in entities:
        # The least key of each half, as every entity has the key of one of its names.
        for half in (f"NOT {is_mine}", is_mine):
            (first,) = connection.execute(
                f"SELECT min(name_key) FROM names WHERE entity = ?1 AND {half}", (entity, mine)
            ).fetchone()
            connection.execute(
                f"UPDATE names SET entity = ?3 WHERE entity = ?1 AND {half}", (entity, mine, first)
            )


def _count_entities(connection: sqlite3.Connection, family: str) -> None:
    """Note the entities of a family key: the usual spelling of each, and its articles.

    One whose spellings people merged is also of other families.
    """
    connection.execute("DELETE FROM entities WHERE family = ?", (family,))
    connection.execute(
        "INSERT OR REPLACE INTO entities SELECT n.entity,"
        " CASE max(n.kind = 'person') WHEN 1 THEN 'person' ELSE n.kind END,"
        " (SELECT q.name FROM names q WHERE q.entity = n.entity"
        " ORDER BY q.kind = 'person' AND instr(q.name, ' ') DESC,"
        " (SELECT count(*) FROM mentions p WHERE p.name_key = q.name_key) DESC, q.name_key"
        " LIMIT 1), count(DISTINCT m.article_key),"
        " (SELECT o.family FROM names o WHERE o.name_key = n.entity), NULL FROM checked_names n"
        " JOIN mentions m USING (name_key) WHERE n.entity IN"
        " (SELECT entity FROM names WHERE family = ?1) GROUP BY n.entity",
        (family,),
    )


def put_stories(connection: sqlite3.Connection, reader: ReadTransaction) -> None:
    """Note which articles are copies of one text; a new one can join two stories."""
    if not has_stories(reader):
        return
    stories = reader.connection.execute(
        "SELECT article_key, story_key FROM fingerprinted JOIN fingerprints USING (fingerprint_key)"
    ).fetchall()
    known = dict(connection.execute("SELECT article_key, story FROM read_articles"))
    connection.executemany(
        "UPDATE read_articles SET story = ? WHERE article_key = ?",
        [(story, key) for key, story in stories if known.get(key) != story],
    )
