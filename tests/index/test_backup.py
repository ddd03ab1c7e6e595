"""Backups: consistent while others write, incremental, verified; and giving room back."""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from index.backup import COLLECTIONS_FILE, PART_BYTES, find_backups, make_backup, restore_backup
from index.errors import BackupError, LibraryDamagedError, LibraryNotFoundError
from index.record.connection_pool import RECORD_FILE
from index.searching.vector_cache import read_header
from onrecord import Article, HashEmbedder, Library, check_library

RARE = "zanzibarite"


def make_article(n: int, words: int = 200) -> Article:
    chosen = random.Random(n)  # noqa: S311 - not for secrets
    text = " ".join(f"word{chosen.randrange(5000)}" for _ in range(words))
    return Article(f"a{n}", f"Title {n}", f"Number {n}. {text}.", outlet="Post")


def names(folder: Path) -> set[str]:
    with Library.open(folder, embedder=HashEmbedder(), read_only=True) as library:
        return {article.article_id for article in library.articles()}


def assert_sound(folder: Path) -> None:
    findings = check_library(folder, mend=False, read_data=True, embedder=HashEmbedder())
    assert [finding for finding in findings if finding.state == "bad"] == []


@pytest.fixture
def library(folder: Path) -> Path:
    with Library.create(folder, embedder=HashEmbedder()) as made:
        made.add([make_article(n, 2000) for n in range(40)])
    return folder


def test_a_backup_is_the_library(library: Path, tmp_path: Path) -> None:
    backup, n_new = make_backup(library, tmp_path / "backups")
    assert (backup.articles, n_new) == (40, len(backup.parts))
    assert len(backup.parts) == -(-backup.size // PART_BYTES)
    restored = tmp_path / "new" / "library"
    assert restore_backup(tmp_path / "backups", restored) == backup
    assert names(restored) == names(library)
    assert_sound(restored)
    with Library.open(restored, embedder=HashEmbedder()) as opened:
        assert opened.search("Number 7", 1)


def test_a_further_backup_adds_what_is_new(library: Path, tmp_path: Path) -> None:
    first, _ = make_backup(library, tmp_path / "backups")
    again, n_new = make_backup(library, tmp_path / "backups")
    assert (again.parts, n_new) == (first.parts, 0)
    with Library.open(library, embedder=HashEmbedder()) as opened:
        opened.add([make_article(100)])
    third, n_new = make_backup(library, tmp_path / "backups")
    assert 0 < n_new < len(third.parts)
    assert find_backups(tmp_path / "backups") == (first, again, third)
    old = tmp_path / "old"
    restore_backup(tmp_path / "backups", old, backup_id=first.backup_id)
    assert names(old) == names(library) - {"a100"}


def test_collections_are_in_it(library: Path, tmp_path: Path) -> None:
    folder, kept = tmp_path / "backups", library / COLLECTIONS_FILE
    kept.write_bytes(b"[1]" * PART_BYTES)
    first, n_new = make_backup(library, folder)
    assert n_new == len(first.parts) + len(set(first.collections))
    kept.write_bytes(b"[]")
    second, n_new = make_backup(library, folder)
    assert n_new == 1
    for backup, content in ((first, b"[1]" * PART_BYTES), (second, b"[]")):
        restored = tmp_path / backup.backup_id
        restore_backup(folder, restored, backup_id=backup.backup_id)
        assert (restored / COLLECTIONS_FILE).read_bytes() == content
    make_backup(library, folder, keep=1)
    restore_backup(folder, tmp_path / "again")
    assert (tmp_path / "again" / COLLECTIONS_FILE).read_bytes() == b"[]"
    (name,) = second.collections
    (folder / "parts" / name[:2] / name).write_bytes(b"x")
    with pytest.raises(BackupError, match="missing or damaged"):
        restore_backup(folder, library, replace=True)
    assert kept.read_bytes() == b"[]"
    kept.unlink()
    assert make_backup(library, folder)[0].collections == ()
    kept.write_bytes(b"[2]")
    restore_backup(folder, library, replace=True)
    assert not kept.exists()


def test_old_backups_go_and_take_their_parts_along(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    for n in range(4):
        with Library.open(library, embedder=HashEmbedder()) as opened:
            opened.add([make_article(200 + n)])
        last, _ = make_backup(library, folder, keep=2)
    kept = find_backups(folder)
    assert len(kept) == 2
    assert kept[-1] == last
    stored = {file.name for file in (folder / "parts").glob("*/*")}
    assert stored == {name for backup in kept for name in backup.parts}
    restore_backup(folder, tmp_path / "old", backup_id=kept[0].backup_id)
    with pytest.raises(ValueError, match="at least one"):
        make_backup(library, folder, keep=0)


def test_a_backup_is_consistent_while_others_write(library: Path, tmp_path: Path) -> None:
    done = threading.Event()

    def write() -> None:
        with Library.open(library, embedder=HashEmbedder()) as opened:
            for n in range(1000, 1200):
                if done.is_set():
                    return
                # In pairs: a backup has both or neither.
                opened.add([make_article(2 * n), make_article(2 * n + 1)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            make_backup(library, tmp_path / "backups")
    finally:
        done.set()
        writer.join()
    for number, backup in enumerate(find_backups(tmp_path / "backups")):
        restored = tmp_path / str(number)
        restore_backup(tmp_path / "backups", restored, backup_id=backup.backup_id)
        found = {int(name[1:]) for name in names(restored)}
        assert len(found) == backup.articles
        assert {n ^ 1 for n in found if n >= 2000} <= found
        assert_sound(restored)


def test_a_damaged_part_is_found_and_stored_again(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    backup, _ = make_backup(library, folder)
    part = folder / "parts" / backup.parts[1][:2] / backup.parts[1]
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    with pytest.raises(BackupError, match="missing or damaged"):
        restore_backup(folder, tmp_path / "new")
    assert not (tmp_path / "new" / RECORD_FILE).exists()
    assert make_backup(library, folder)[1] == 1
    restore_backup(folder, tmp_path / "new", backup_id=backup.backup_id)
    assert names(tmp_path / "new") == names(library)


def test_a_damaged_library_is_not_backed_up(library: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(library / RECORD_FILE)) as connection, connection:
        connection.execute("UPDATE articles SET published = '2028-01-01' WHERE article_id = 'a3'")
    with pytest.raises(LibraryDamagedError, match="articles"):
        make_backup(library, tmp_path / "backups")
    with pytest.raises(BackupError, match="no backups"):
        find_backups(tmp_path / "backups")
    assert list((tmp_path / "backups").glob("*.new*")) == []


def test_a_library_is_replaced_only_when_told(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    make_backup(library, folder)
    with Library.open(library, embedder=HashEmbedder()) as opened:
        opened.add([make_article(300)])
        with pytest.raises(BackupError, match="--replace"):
            restore_backup(folder, library)
        assert opened.get("a300").title
        restore_backup(folder, library, replace=True)
        # One that is open goes on with what is there now.
        assert "a300" not in {article.article_id for article in opened.articles()}
        assert opened.search("Number 7", 1)
    assert_sound(library)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"parts": [1]}', '{"parts": ["../../x"]}'])
def test_what_describes_no_backup_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "x.json").write_text(text)
    with pytest.raises(BackupError, match="describes no backup"):
        restore_backup(tmp_path, tmp_path / "library")


def test_what_is_missing_is_named(tmp_path: Path, library: Path) -> None:
    with pytest.raises(LibraryNotFoundError):
        make_backup(tmp_path / "none", tmp_path / "backups")
    make_backup(library, tmp_path / "backups")
    with pytest.raises(BackupError, match="no backup '2001'"):
        restore_backup(tmp_path / "backups", tmp_path / "new", backup_id="2001")


def words_of(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, passage_terms, row)")
        return {row[0] for row in connection.execute("SELECT term FROM temp.v")}


def test_compacting_leaves_no_vector_of_what_was_deleted(folder: Path) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([make_article(n, 200) for n in range(60)])
        library.delete(["a3"])  # so little that the vectors' file may stay as it is
        assert read_header(folder)[1][0] > library.count_passages()
        library.compact()
        assert read_header(folder)[1][0] == library.count_passages()
        assert library.search("Number 35", 1)
    assert_sound(folder)


def test_compacting_gives_room_back_and_forgets_words(folder: Path) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([make_article(n, 1000) for n in range(40)])
        library.add([Article("secret", "A secret", f"The {RARE} was hidden. " * 20)])
        library.delete(["secret", *(f"a{n}" for n in range(30))])
        before, after = library.compact()
        assert after < before / 2
        assert after == (folder / RECORD_FILE).stat().st_size
        assert library.search("Number 35", 1)
    content = b"".join(file.read_bytes() for file in folder.glob(f"{RECORD_FILE}*"))
    assert RARE.encode() not in content
    assert RARE[:-1] not in {word[: len(RARE) - 1] for word in words_of(folder)}
    assert_sound(folder)
