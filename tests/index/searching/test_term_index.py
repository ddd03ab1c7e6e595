"""Full-text search over segments: the words and scores of SQLite's, whatever happened to files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import open_library
from index.doctor import State, check_library
from index.record.database import Database
from index.record.reads import ReadTransaction
from index.record.rows import IdVector
from index.record.tokens import Postings, read_phrases, read_postings
from index.record.write_lock import hold_write_lock
from index.searching import term_index
from index.searching.search import query_terms
from index.searching.term_index import FullText, TermCache
from onrecord import Article, Filter, HashEmbedder, Library

MakeArticles = Callable[..., list[Article]]

TEXTS = (
    "The council voted to close the harbour's old quay; ferries moved. Voting was open, it said.",
    "Der Stadtrat schloß die alte Brücke, weil Brücken über die Mündung fehlten.",
    "Le conseil a fermé l'école de Saint-Élie où l'on élevait des élèves.",
    "El puerto cerró ayer; los puertos del norte cerrarán mañana.",
    "Il consiglio chiuse il porto perché la città non pagò.",
    "A câmara fechou o cais, disse a presidência da Câmara.",
    "Совет города закрыл старый мост. Мосты и советы города, о мосте говорили.",
    "Міська рада закрила міст, а мости чекали на раду.",
    "أغلق المجلس الميناء القديم وقال المجلس إن الموانئ مغلقة والميناء قديم.",
    "市議会は古い港を閉鎖した。港の船は移動した。",
    "市议会关闭了旧港口,港口的船只已经离开。",
    "시의회는 오래된 항구를 폐쇄했다. 항구의 배는 떠났다.",
    "snake_case, state-of-the-art 3.5 % x² O'Neill's e\u0301cole \ud83d\ude00 Straße",
)
QUESTIONS = (
    *TEXTS,
    "Who voted to close the harbour?",
    "votes voting voted",
    "чем занят совет моста",
    "ماذا قال المجلس عن الميناء",
    "港",
    "항구",
    "state art",
    "nowhere",
)


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_library, "TERM_LIMIT", 3)
    monkeypatch.setattr(term_index, "SEGMENT_PASSAGES", 16)


def make_texts(first: int = 0, count: int = 26) -> list[Article]:
    return [
        Article(
            f"text-{number}",
            f"Title {number} of the harbour",
            f"{TEXTS[number % len(TEXTS)]} {'harbour ' * (number % 5)}council {number}.",
            outlet=("Bay Wire", "Elin Gazette")[number % 2],
            published=date(2024, 1, 1 + number % 28),
        )
        for number in range(first, first + count)
    ]


@pytest.fixture
def filled(folder: Path, embedder: HashEmbedder) -> Iterator[Library]:
    with Library.create(folder, embedder=embedder) as library:
        library.add(make_texts())
        yield library


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("terms.*"))


def check_equal(folder: Path, questions: tuple[str, ...] = QUESTIONS) -> int:
    """Compare both searches; return how many questions the segments answered."""
    database = Database(folder)
    answered = 0
    with database.reading() as reader:
        ids = reader.passage_ids()
        words = TermCache(database, read_only=True).read(reader, lambda: ids)
        assert isinstance(words, FullText)
        for question in questions:
            terms = query_terms(question)
            answered += read_phrases(tuple(terms)) is not None
            assert words.document_frequencies(terms) == reader.document_frequencies(terms)
            for only in (Filter(), Filter(outlets=("bay wire",)), Filter(since=date(2024, 1, 20))):
                allowed = words.passing_ids(only) if only else None
                if allowed is not None:
                    assert np.array_equal(allowed, reader.passing_ids(only))
                for limit in (0, 1, 5, 100):
                    found, expected = (
                        each.match(terms, limit=limit, also=ids[::3], allowed=allowed)
                        for each in (words, reader)
                    )
                    assert found == pytest.approx(expected, rel=1e-12)
    database.close()
    return answered


def test_words_and_scores_are_those_of_sqlite(folder: Path, filled: Library) -> None:
    assert len(files_of(folder)) > 1
    assert check_equal(folder) >= len(QUESTIONS) - 2


def test_they_are_after_changes(folder: Path, filled: Library) -> None:
    for round_number in range(4):
        filled.remove([f"text-{number}" for number in range(round_number, 26, 7)])
        filled.add(make_texts(first=100 + 5 * round_number, count=5))
        check_equal(folder, QUESTIONS[-8:])
    filled.restore()
    filled.edit("text-101", title="Another council")
    check_equal(folder)


@settings(max_examples=30)
@example(["\U0003134b"])  # of a later Unicode than Python's
@given(st.lists(st.text(max_size=8), max_size=4))
def test_any_text_is_cut_as_sqlite_cuts_it(words: list[str]) -> None:
    phrases = read_phrases(tuple(words))
    assert phrases is None or len(phrases) == len(words)


def test_hits_do_not_depend_on_which_search_it_is(
    folder: Path, filled: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = (Filter(), Filter(outlets=("Elin Gazette",)), Filter(since=date(2030, 1, 1)))
    ours = [filled.search(q, k=9, only=f) for q in QUESTIONS for f in filters]
    monkeypatch.setattr(open_library, "TERM_LIMIT", 1000)
    theirs = [filled.search(q, k=9, only=f) for q in QUESTIONS for f in filters]
    assert [[(h.passage, h.score) for h in hits] for hits in ours] == [
        [(h.passage, h.score) for h in hits] for hits in theirs
    ]


def test_a_little_more_leaves_what_is_there_as_it_is(folder: Path, filled: Library) -> None:
    before = {file: file.stat().st_ino for file in files_of(folder)}
    largest = max(before, key=lambda file: file.stat().st_size)
    for number in range(3):
        filled.add(make_texts(first=200 + number, count=1))
        assert largest.stat().st_ino == before[largest]
        assert len(files_of(folder)) <= len(before) + 2


def test_small_library_has_no_segments(
    folder: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_library, "TERM_LIMIT", 1000)
    with Library.create(folder, embedder=embedder) as library:
        library.add(make_texts())
        assert library.search("harbour")
    assert files_of(folder) == []


def flip_bit_in_header(file: Path) -> None:
    flip_bit(file, 20)


def flip_bit_in_directory(file: Path) -> None:
    flip_bit(file, 300)


def flip_bit(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "warns"),
    [
        (flip_bit_in_header, True),
        (flip_bit_in_directory, True),
        (lambda file: os.truncate(file, 400), True),
        (lambda file: os.truncate(file, 0), True),
        (lambda file: file.write_bytes(file.read_bytes() + b"more"), True),
        (lambda file: file.write_bytes(b"PK\3\4" * 99), True),
        (Path.unlink, False),
    ],
    ids=["header", "directory", "truncated", "empty", "longer", "foreign", "missing"],
)
def test_damaged_segment_is_made_anew(
    folder: Path,
    filled: Library,
    embedder: HashEmbedder,
    damage: Callable[[Path], object],
    warns: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = filled.search("council harbour", k=20)
    filled.close()
    damage(files_of(folder)[0])
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("council harbour", k=20) == expected
    assert len(caplog.messages) == warns
    assert all("are damaged" in message for message in caplog.messages)
    caplog.clear()
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("council harbour", k=20) == expected
    assert caplog.messages == []


def test_damage_among_the_rows_is_found_when_they_are_read(
    folder: Path, filled: Library, embedder: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    expected = filled.search("council harbour", k=20)
    filled.close()
    for file in files_of(folder):
        content = bytearray(file.read_bytes())
        content[-400:] = bytes(byte ^ 1 for byte in content[-400:])
        file.write_bytes(content)
    assert any(
        f.state is State.BAD and "damaged words" in f.detail
        for f in check_library(folder, mend=False)
    )
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("council harbour", k=20) == expected
        assert any("do not match their checksum" in message for message in caplog.messages)
        caplog.clear()
        assert library.search("council harbour", k=20) == expected
    assert caplog.messages == []


def test_doctor_mends_segments(folder: Path, filled: Library, embedder: HashEmbedder) -> None:
    filled.close()
    flip_bit_in_directory(files_of(folder)[0])
    assert any(f.state is State.BAD for f in check_library(folder, mend=False))
    (finding,) = [f for f in check_library(folder, mend=True) if f.state is State.MENDED]
    assert finding.subject == "search structure"
    assert all(f.state is State.OK for f in check_library(folder, mend=False))
    check_equal(folder)


def test_segments_of_another_history_are_not_trusted(
    folder: Path, filled: Library, embedder: HashEmbedder, tmp_path: Path
) -> None:
    filled.close()
    record = (folder / "record.sqlite3").read_bytes()
    with Library.open(folder, embedder=embedder) as library:
        library.add(make_texts(first=300, count=10))
    (folder / "record.sqlite3").write_bytes(record)
    with Library.open(folder, embedder=embedder) as library:
        library.add(make_texts(first=400, count=10))
    check_equal(folder)


def test_left_files_are_swept(folder: Path, filled: Library) -> None:
    merged = files_of(folder)[0]
    (folder / "terms.1-2.0a1b2c3d.part").write_bytes(b"half")
    copy = folder / "terms.1-9.0a1b2c3d.segment"
    copy.write_bytes(merged.read_bytes())
    filled.add(make_texts(first=500, count=2))
    assert not list(folder.glob("*.part"))
    assert (merged.exists(), copy.exists()) != (True, True)
    check_equal(folder)


def test_read_only_library_writes_no_segments(
    folder: Path, filled: Library, embedder: HashEmbedder
) -> None:
    expected = filled.search("council harbour", k=20)
    filled.close()
    for file in files_of(folder):
        file.unlink()
    with Library.open(folder, embedder=embedder, read_only=True) as library:
        assert library.search("council harbour", k=20) == expected
    assert files_of(folder) == []


def test_many_missing_words_are_left_to_sqlite_unless_they_can_be_written(
    folder: Path, filled: Library, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term_index, "MOST_IN_MEMORY", 5)
    expected = filled.search("council harbour", k=20)
    filled.close()
    for file in files_of(folder):
        file.unlink()
    made: list[int] = []

    def make(reader: ReadTransaction, ids: IdVector) -> Postings:
        made.append(len(ids))
        return read_postings(reader, ids)

    monkeypatch.setattr(term_index, "read_postings", make)
    with Library.open(folder, embedder=embedder, read_only=True) as library:
        assert library.search("council harbour", k=20) == expected
    with (
        hold_write_lock(folder, wait_seconds=0),
        Library.open(folder, embedder=embedder) as library,
    ):
        assert library.search("council harbour", k=20) == expected
    assert made == []
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("council harbour", k=20) == expected
    assert made
    assert files_of(folder)


def test_a_gap_is_filled_and_never_merged_over(
    folder: Path, filled: Library, embedder: HashEmbedder
) -> None:
    filled.add(make_texts(first=700, count=40))
    filled.close()
    _, middle, *_ = sorted(
        files_of(folder), key=lambda file: int(file.name.split(".")[1].split("-")[0])
    )
    middle.unlink()
    with Library.open(folder, embedder=embedder) as library:
        library.add(make_texts(first=800, count=3))  # knows nothing of the gap
        library.search("council")
        check_equal(folder, QUESTIONS[-8:])
        names = files_of(folder)
    with Library.open(folder, embedder=embedder) as library:
        library.search("council")
        assert files_of(folder) == names


def test_compacting_leaves_no_word_of_what_was_deleted(folder: Path, filled: Library) -> None:
    filled.add(Article("secret", "Secret", "The zyzzyva was in the harbour."))
    filled.delete("secret")
    filled.compact()
    assert files_of(folder)
    assert not any(b"zyzzyva" in file.read_bytes() for file in files_of(folder))
    check_equal(folder)


def test_disk_that_is_full_costs_only_a_warning(
    folder: Path,
    filled: Library,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.searching.term_segment.os.fsync", refuse)
    filled.add(make_texts(first=600, count=1))
    assert any("words" in m and "No space left" in m for m in caplog.messages)
    assert not list(folder.glob("*.part"))
    assert len(filled.search("council", k=50)) > 0
