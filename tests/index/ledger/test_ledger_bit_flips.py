"""Bits of the ledger that the disk has turned over: what is shown is right, or there is a warning.

A reader sees what was written or an error that names the damage; whatever else has changed, such as
how many there are of something, is found by ``doctor``.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.errors import LibraryDamagedError, OnRecordError
from index.ledger.store import LEDGER_FILE, Ledger
from index.record.database import Database
from index.types import Filter
from onrecord import Article, HashEmbedder, Library

FLIPS = 300
SPEAKERS = ("Ada Holm", "Tomas Reck", "Ines Vale", "Boris Quint")
TEXT = (
    "Mayor {who} said on Tuesday that bridge {n} is safe. {family} denied that it was closed on"
    " 3 May 2024.\n\nThe ferry to Quill is late, said {other}, the treasurer. “Nobody drowned,”"
    " {family} added."
)


def make_article(n: int) -> Article:
    who, other = SPEAKERS[n % 4], SPEAKERS[(n + 1) % 4]
    text = TEXT.format(n=n % 5, who=who, family=who.split()[1], other=other)
    day = date(2025, 1 + n % 12, 1 + n)
    return Article(f"a{n}", f"Bridge {n}", text, outlet=("Post", "Times")[n % 2], published=day)


@pytest.fixture
def shelf(folder: Path, embedder: HashEmbedder) -> Path:
    """Return a library with a ledger that is a closed file."""
    with Library.create(folder, embedder=embedder) as library:
        library.add([make_article(n) for n in range(12)])
        library.edit("a5", published="2023-02-03")
        library.statements()
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


def shown(library: Library) -> Iterator[object]:
    """Yield what a reader sees, each on its own: which there are is another question."""
    for page in (
        library.statements(),
        library.statements(by="Holm"),
        library.statements(about="bridge"),
        library.statements(stance="denies"),
    ):
        for found in page.statements:
            # Of several articles with the same words, any may stand for them.
            yield found.speaker, found.stance, found.is_negated, found.kind, found.text
            yield found.named_as, found.cue, found.sentence
            yield from (found.place, *found.copies)
    for only in (Filter(), Filter(outlets=("Post",))):
        for entity in library.people(kind="", only=only).entities:
            # How many there are under a filter is counted from rows that are not shown.
            articles = 0 if only else entity.articles
            yield replace(entity, key=0, articles=articles, spellings=(), statements=0)
            yield from entity.spellings
            yield from (replace(role, articles=0) for role in library.roles(entity.key))
    for topic in ("", "ferry"):
        for entry in library.timeline(topic).entries:
            yield entry.first, entry.last, entry.basis, entry.is_rough, entry.spoken, entry.text
            yield from (entry.place, *entry.copies)
    for words in ("ferry to Quill", "Reck"):
        counted = library.count(words)
        yield words, counted.articles, counted.unclear
        yield from counted.listed
    yield from library.people("Ada Home").similar


def view(folder: Path) -> tuple[list[object], bool]:
    """Return what is shown of a library, and whether there was a warning."""
    found: list[object] = []
    try:
        with Library.open(folder, embedder=HashEmbedder()) as library:
            found.extend(shown(library))
    except LibraryDamagedError:
        return found, True
    return found, False


def write(folder: Path, content: bytes) -> None:
    for left in ("-wal", "-shm"):
        (folder / f"{LEDGER_FILE}{left}").unlink(missing_ok=True)
    (folder / LEDGER_FILE).write_bytes(content)


@pytest.mark.slow
def test_nothing_wrong_is_shown(shelf: Path) -> None:
    original = (shelf / LEDGER_FILE).read_bytes()
    expected, is_warned = view(shelf)
    assert len(expected) > 150
    assert not is_warned
    chosen = random.Random(14)  # noqa: S311 - not for secrets
    wrong, missed = [], []
    n_changed = 0
    for _ in range(FLIPS):
        place, bit = chosen.randrange(len(original)), chosen.randrange(8)
        damaged = bytearray(original)
        damaged[place] ^= 1 << bit
        write(shelf, bytes(damaged))
        found, is_warned = view(shelf)
        wrong += [f"byte {place} bit {bit}: {item}" for item in found if item not in expected]
        if is_warned or found != expected:
            n_changed += 1
            write(shelf, bytes(damaged))
            with closing(Database(shelf)) as database:
                if not Ledger(database, read_only=False).find_fault():
                    missed.append(f"byte {place} bit {bit}")
    assert wrong == []
    assert missed == []
    assert n_changed > FLIPS // 50


CHANGES = {
    "the speaker": "UPDATE statements SET name_key = (SELECT max(name_key) FROM names)",
    "the words": "UPDATE statements SET contents = '[[0,9]]'",
    "the stance": "UPDATE statements SET stance = 'confirms'",
    "a name": "UPDATE names SET name = replace(name, 'Holm', 'Holn')",
    "a usual name": "UPDATE entities SET name = replace(name, 'Holm', 'Holn')",
    "how many name it": "UPDATE entities SET articles = articles + 16",
    "the day of an article": "UPDATE read_articles SET published = '2021-01-01'",
    "an outlet": "UPDATE read_articles SET outlet = 'Rost' WHERE outlet = 'Post'",
    "a day": "UPDATE times SET first_day = '2021-01-01', last_day = '2021-01-01'",
    "an office": "UPDATE mentions SET role_start = 0, role_end = 4",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_row_is_refused_and_found(shelf: Path, change: str) -> None:
    with closing(sqlite3.connect(shelf / LEDGER_FILE)) as connection, connection:
        connection.execute(change)
    _, is_warned = view(shelf)
    assert is_warned
    with closing(Database(shelf)) as database:
        ledger = Ledger(database, read_only=False)
        assert ledger.find_fault() == "is damaged"
        ledger.rebuild()
        assert not ledger.find_fault()
    assert not view(shelf)[1]


def test_a_damaged_name_is_not_taken_over_when_names_are_joined_anew(shelf: Path) -> None:
    with closing(sqlite3.connect(shelf / LEDGER_FILE)) as connection, connection:
        connection.execute("UPDATE names SET name = replace(name, 'Ada', 'Ida')")
    with Library.open(shelf, embedder=HashEmbedder()) as library:
        library.add([replace(make_article(0), article_id="later")])
        names = {entity.name for entity in library.people().entities}
    assert "Ada Holm" in names
    assert "Ida Holm" not in names


def test_damaged_places_in_the_record_are_not_shown(shelf: Path) -> None:
    with closing(sqlite3.connect(shelf / "record.sqlite3")) as connection, connection:
        connection.execute("UPDATE sentences SET start = start + 1")
    with Library.open(shelf, embedder=HashEmbedder()) as library:
        for read in (
            lambda: library.count("Quill"),
            lambda: library.timeline("ferry"),
            lambda: library.sentences_about("ferry"),
        ):
            with pytest.raises(OnRecordError, match="sentences"):
                read()
