"""Bits of the record that the disk has turned over: what is shown is right, or there is a warning.

A reader sees what was stored or an error that names the damage; whatever else has changed, such as
which articles a filter finds, is found by ``doctor --read-data``.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.errors import OnRecordError
from index.record.checks import find_damaged_tables
from index.record.checksums import TABLES
from index.record.connection_pool import RECORD_FILE
from index.record.database import Database
from onrecord import Article, Feedback, Filter, HashEmbedder, Library, Rating, check_library

FLIPS = 500
TEXT = (
    "The ferry {n} left Quill at dawn with {n} passengers. It came back empty in the evening.\n\n"
    "Nobody in the harbour said why, and the company gave no reason for number {n}."
)
QUESTIONS = ("ferry passengers", "who came back empty?", "harbour company", "渡船")


def make_article(n: int) -> Article:
    return Article(
        f"ferry-{n}",
        f"Ferry {n}",
        TEXT.format(n=n) + ("渡船今天早上离开了港口。" if n % 4 == 0 else ""),
        outlet=("Harbour Post", "Quill Times")[n % 2],
        published=date(2024, 1 + n % 12, 1 + n),
        author=f"Writer {n}",
        url=f"https://news.example/ferry/{n}",
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flips") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([make_article(n) for n in range(16)])
        library.add([Article("copy", "A copy", make_article(3).text, outlet="Copycat")])
        library.add([Article("ferry-2", "Ferry 2", TEXT.format(n=2) + " A later line.")])
        library.edit("ferry-5", outlet="Evening Post", published="2023-02-03")
        library.remove(["ferry-7", "ferry-8"])
        library.subscriptions().add("https://news.example/feed", wait_seconds=1)
        library.feedback.put(
            Feedback("who?", Rating.UP, citations=({"outlet": "Harbour Post", "quote": "x"},))
        )
    return folder


def shown(library: Library) -> Iterator[tuple[str, Any]]:
    """Yield what a reader sees: pairs of where it is seen and what is shown there."""
    for article in library.articles():
        name = article.article_id
        yield name, article
        yield name, library.get(name)
        yield name, tuple((v.number, v.article) for v in library.versions(name))
    for question in QUESTIONS:
        for hit in library.search(question, 5):
            yield f"hit {hit.article.article_id} {hit.passage.start}", (hit.article, hit.passage)
    yield "outlets", tuple(library.outlets())
    yield "browse", library.browse(Filter(), "", offset=0, limit=20)
    yield "feedback", library.feedback.all()
    yield "removals", library.removals()


def view(folder: Path) -> tuple[dict[str, Any], list[str], bool]:
    """Return what is shown of a library, the order in which, and whether there was a warning."""
    found: dict[str, Any] = {}
    order: list[str] = []
    try:
        with Library.open(folder, embedder=HashEmbedder(), read_only=True) as library:
            for where, what in shown(library):
                found[f"{where} {type(what).__name__}"] = what
                order.append(where)
    except OnRecordError:
        return found, order, True
    return found, order, False


def find_faults(folder: Path) -> list[str]:
    findings = check_library(folder, mend=False, read_data=True, embedder=HashEmbedder())
    return [f"{f.subject}: {f.detail}" for f in findings if f.state == "bad"]


def test_a_sound_library_has_no_faults(sound: Path) -> None:
    assert find_faults(sound) == []
    with closing(Database(sound)) as database, database.reading() as reader:
        assert find_damaged_tables(reader) == {}


@pytest.mark.slow
def test_nothing_wrong_is_shown(sound: Path, tmp_path: Path) -> None:
    expected, expected_order, _ = view(sound)
    folder = tmp_path / "library"
    shutil.copytree(sound, folder)
    record = folder / RECORD_FILE
    original = record.read_bytes()
    chosen = random.Random(14)  # noqa: S311 - not for secrets
    wrong, missed = [], []
    n_changed = 0
    for _ in range(FLIPS):
        place, bit = chosen.randrange(len(original)), chosen.randrange(8)
        damaged = bytearray(original)
        damaged[place] ^= 1 << bit
        record.write_bytes(damaged)
        found, order, is_warned = view(folder)
        wrong += [
            f"byte {place} bit {bit}: {where}"
            for where, what in found.items()
            if where in expected and what != expected[where] and not where.startswith("browse")
        ]
        if is_warned or (found, order) != (expected, expected_order):
            n_changed += 1
            if not find_faults(folder):
                missed.append(f"byte {place} bit {bit}")
        for left in ("-wal", "-shm"):
            (folder / f"{RECORD_FILE}{left}").unlink(missing_ok=True)
    assert wrong == []
    assert missed == []
    assert n_changed > FLIPS // 50


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_row_of_any_table_is_found(sound: Path, tmp_path: Path, table: str) -> None:
    folder = tmp_path / "library"
    shutil.copytree(sound, folder)
    with closing(Database(folder)) as database:
        with database.reading() as reader:
            columns = [
                (row[1], row[2])
                for row in reader.connection.execute(f"PRAGMA table_info({table})")
                if row[1] != "checksum" and not row[5]
            ]
            (count,) = reader.connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
        if not count:
            return
        for column, kind in columns:
            is_text_of_article = column == "text" and table != "spaced_passages"
            other = {"TEXT": f"{column} || 'x'", "INTEGER": f"{column} + 1"}.get(kind, "x'00'")
            with suppress(RuntimeError), database.writing() as writer:
                for name in ("new", "changed"):
                    writer.connection.execute(f"DROP TRIGGER temp.seal_{name}_{table}")
                with suppress(sqlite3.Error):  # of a constraint
                    writer.connection.execute(f"UPDATE {table} SET {column} = {other}")  # noqa: S608
                    found = find_damaged_tables(writer)
                    (changed,) = writer.connection.execute(
                        f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
                    ).fetchone()
                    assert is_text_of_article or not changed or table in found, column
                raise RuntimeError  # roll it back
