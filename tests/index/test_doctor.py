from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from index.errors import LibraryDamagedError, LibraryNotFoundError
from index.record.connection_pool import RECORD_FILE
from index.record.write_lock import HOLDER_FILE, hold_write_lock
from index.searching.vector_cache import VECTORS_FILE
from index.types import EncoderInput, PassageVectors
from onrecord import Article, Finding, HashEmbedder, Library, check_library


def run_sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / RECORD_FILE, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def states(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {finding.subject: finding.state.value for finding in findings}


def find(findings: tuple[Finding, ...], subject: str) -> Finding:
    (finding,) = [finding for finding in findings if finding.subject == subject]
    return finding


def assert_sound(findings: tuple[Finding, ...]) -> None:
    assert {finding.state.value for finding in findings} == {"ok"}, findings


def test_sound_library_is_sound(folder: Path, stocked: Library) -> None:
    findings = check_library(folder)
    assert_sound(findings)
    assert len(findings) >= 8
    assert find(findings, "articles").detail.startswith("30, ")
    stocked.close()
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert_sound(check_library(folder, mend=False))
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before


def test_empty_library_is_sound(folder: Path, library: Library) -> None:
    assert_sound(check_library(folder))


def test_no_library_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError):
        check_library(tmp_path)


def drop_vectors(folder: Path) -> None:
    run_sql(folder, "DELETE FROM passage_vectors WHERE passage_id % 5 = 0")


def drop_sentence_vectors(folder: Path) -> None:
    run_sql(folder, "DELETE FROM sentence_vectors WHERE passage_id = 7")


def cut_vectors(folder: Path) -> None:
    run_sql(folder, "UPDATE sentence_vectors SET vectors = substr(vectors, 3) WHERE passage_id = 7")


def lose_one_sentence(folder: Path) -> None:
    run_sql(
        folder, "UPDATE sentence_vectors SET vectors = substr(vectors, 129) WHERE passage_id = 7"
    )


def garble_vectors(folder: Path) -> None:
    run_sql(folder, "UPDATE passage_vectors SET vector = randomblob(128) WHERE passage_id = 7")


def zero_vectors(folder: Path) -> None:
    run_sql(folder, "UPDATE passage_vectors SET vector = zeroblob(128) WHERE passage_id = 7")


def add_terms(folder: Path) -> None:
    run_sql(folder, "INSERT INTO passage_terms (rowid, title, text) VALUES (3, 'more', 'words')")


def drop_terms(folder: Path) -> None:
    run_sql(folder, "INSERT INTO passage_terms (passage_terms) VALUES ('delete-all')")


def flip_structure(folder: Path) -> None:
    content = bytearray((folder / VECTORS_FILE).read_bytes())
    content[-1] ^= 128
    (folder / VECTORS_FILE).write_bytes(content)


def drop_structure(folder: Path) -> None:
    (folder / VECTORS_FILE).unlink()


def leave_parts(folder: Path) -> None:
    (folder / f"{VECTORS_FILE}.12345678.part").write_bytes(b"half")
    (folder / f"{RECORD_FILE}.12345678.new").write_bytes(b"half")
    (folder / f"{RECORD_FILE}.12345678.new-journal").write_bytes(b"half")


@pytest.mark.parametrize(
    ("damage", "subject"),
    [
        (drop_vectors, "vectors"),
        (drop_sentence_vectors, "vectors"),
        (cut_vectors, "vectors"),
        (lose_one_sentence, "vectors"),
        (garble_vectors, "vectors"),
        (zero_vectors, "vectors"),
        (add_terms, "full-text index"),
        (drop_terms, "full-text index"),
        (flip_structure, "search structure"),
        (drop_structure, "search structure"),
        (leave_parts, "leftovers"),
    ],
)
def test_what_is_derived_is_mended(
    folder: Path, stocked: Library, damage: Callable[[Path], None], subject: str
) -> None:
    expected = stocked.search("harbour ferry council", k=60)
    stocked.close()
    damage(folder)
    named = find(check_library(folder, mend=False), subject)
    assert named.state == "bad"
    assert named.remedy == f"run 'onrecord doctor --library {folder}'"
    assert states(check_library(folder))[subject] == "mended"
    assert_sound(check_library(folder))
    with Library.open(folder) as library:
        assert library.search("harbour ferry council", k=60) == expected
        # Beyond the scores that depend on it, nothing has changed.
        assert library.statistics().articles == 30


def test_damaged_vectors_are_never_searched(folder: Path, stocked: Library) -> None:
    for damage in (garble_vectors, lose_one_sentence, drop_sentence_vectors):
        damage(folder)
        with pytest.raises(LibraryDamagedError, match="onrecord doctor"):
            stocked.search("harbour ferry council", k=60)
        check_library(folder)
        assert len(stocked.search("harbour ferry council", k=60)) == 30


def test_changed_text_is_named_and_never_quoted(folder: Path, stocked: Library) -> None:
    run_sql(folder, "UPDATE articles SET text = replace(text, 'met', 'hit') WHERE article_key = 4")
    for ask in (
        lambda: stocked.search("harbour ferry council", k=60),
        lambda: stocked.get("article-3"),
        lambda: stocked.passages("article-3"),
    ):
        with pytest.raises(LibraryDamagedError, match="not what was added"):
            ask()
    finding = find(check_library(folder), "articles")
    assert (finding.state, finding.detail) == (
        "bad",
        "text or details of 'article-3' are not what was stored",
    )
    # As it advises:
    stocked.delete("article-3")
    check_library(folder)
    assert_sound(check_library(folder))


def test_misplaced_passages_are_named(folder: Path, stocked: Library) -> None:
    run_sql(
        folder,
        "UPDATE passages SET end = end + 100000 WHERE article_key = 4",
        "UPDATE sentences SET start = end + 1 WHERE passage_id ="
        " (SELECT min(passage_id) FROM passages WHERE article_key = 6)",
    )
    finding = find(check_library(folder), "articles")
    assert finding.state == "bad"
    assert finding.detail == "passages of 'article-3', 'article-5' do not fit the text"


def test_lost_reference_is_named(folder: Path, stocked: Library) -> None:
    run_sql(folder, "PRAGMA foreign_keys = OFF", "DELETE FROM articles WHERE article_key = 4")
    assert "lost its row of 'articles'" in find(check_library(folder), "record").detail


@pytest.mark.parametrize("content", [b"", b"not a database", bytes(8192)])
def test_foreign_record_is_named_without_an_exception(
    folder: Path, stocked: Library, content: bytes
) -> None:
    stocked.close()
    (folder / RECORD_FILE).write_bytes(content)
    finding = check_library(folder)[-1]
    assert finding.state == "bad"
    assert "backup" in finding.remedy


def test_truncated_record_is_named_without_an_exception(folder: Path, stocked: Library) -> None:
    stocked.close()
    os.truncate(folder / RECORD_FILE, (folder / RECORD_FILE).stat().st_size // 2)
    assert check_library(folder)[-1].state == "bad"
    assert (folder / RECORD_FILE).exists()


def test_nothing_is_mended_while_another_writes(folder: Path, stocked: Library) -> None:
    drop_structure(folder)
    leave_parts(folder)
    with hold_write_lock(folder, wait_seconds=0):
        findings = check_library(folder)
        assert f"process {os.getpid()}" in find(findings, "write lock").detail
    assert find(findings, "search structure").state == "bad"
    assert not (folder / VECTORS_FILE).exists()
    assert "leftovers" not in states(findings)


def test_holder_that_cannot_be_read_does_no_harm(folder: Path, stocked: Library) -> None:
    with hold_write_lock(folder, wait_seconds=0):
        for content in (b"", b"\xff", b"[]", b"{}", json.dumps({"command": "\x1b[2J"}).encode()):
            (folder / HOLDER_FILE).write_bytes(content)
            detail = find(check_library(folder), "write lock").detail
            assert detail.startswith("another process is writing")
    findings = check_library(folder)
    assert find(findings, "write lock").detail == "nobody else is writing"


def test_unfinished_reencoding_is_named(folder: Path, stocked: Library) -> None:
    class Interrupted(HashEmbedder):
        def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
            if not self.batches:
                raise KeyboardInterrupt
            self.batches -= 1
            return super().embed_passages(inputs)

        batches = 1

    with pytest.raises(KeyboardInterrupt):
        stocked.reencode(Interrupted(32), batch_passages=10)
    finding = find(check_library(folder), "reencoding")
    assert finding.state == "ok"
    assert finding.detail.startswith("unfinished, 10 passages are encoded by")
    assert "onrecord reencode" in finding.remedy
    stocked.reencode(HashEmbedder(32))
    assert_sound(check_library(folder))


def test_vectors_whose_encoder_is_gone_are_named(folder: Path, library: Library) -> None:
    library.add(Article("a", "A", "A sentence."))
    run_sql(folder, "UPDATE encoders SET name = '/nowhere/model'", "DELETE FROM passage_vectors")
    finding = find(check_library(folder), "vectors")
    assert finding.state == "bad"
    assert "/nowhere/model" in finding.remedy


def test_missing_question_graph_is_exported(folder: Path, stocked: Library) -> None:
    class Exporting(HashEmbedder):
        exported = 0

        def export_graph(self) -> bool:
            self.exported += 1
            return True

    embedder = Exporting()
    findings = check_library(folder, mend=False, embedder=embedder)
    assert find(findings, "question graph").state == "bad"
    findings = check_library(folder, embedder=embedder)
    assert find(findings, "question graph").state == "mended"
    assert embedder.exported == 1


def test_encoder_that_does_not_fit_is_named(folder: Path, stocked: Library) -> None:
    finding = find(check_library(folder, embedder=HashEmbedder(32)), "encoder")
    assert finding.state == "bad"
    assert "onrecord reencode" in finding.detail


def test_lack_of_space_is_named(
    folder: Path, stocked: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    finding = find(check_library(folder), "disk")
    assert (finding.state, finding.detail) == ("bad", "0.0 GiB free")


def test_an_edit_leaves_a_sound_library(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Ferry", "The ferry takes 90 passengers.", outlet="Post")])
        library.edit("ferry", outlet="Evening Post")
    findings = check_library(folder, mend=False, read_data=True, embedder=HashEmbedder())
    assert [finding for finding in findings if finding.state == "bad"] == []
    caplog.clear()
    with Library.open(folder, embedder=HashEmbedder()) as library:
        assert library.search("ferry", 1)[0].article.outlet == "Evening Post"
    assert caplog.messages == []


def test_damaged_details_are_named_and_changing_them_does_not_hide_it(folder: Path) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Ferry", "It left.", published=date(2023, 5, 1))])
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection, connection:
        connection.execute("UPDATE articles SET published = '2028-05-01'")
    with Library.open(folder, embedder=HashEmbedder()) as library:
        for read in (library.get, lambda _: library.search("left", 1), lambda _: library.browse()):
            with pytest.raises(LibraryDamagedError, match="details of an article"):
                read("ferry")
        with pytest.raises(LibraryDamagedError):
            library.edit("ferry", outlet="Post")
        library.remove("ferry")
        with pytest.raises(LibraryDamagedError):  # what was set aside is as damaged as before
            library.restore()
        library.add([Article("ferry", "Ferry", "It left.", published=date(2023, 5, 1))])
        assert library.get("ferry").published == date(2023, 5, 1)


FULL = """
import json, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from onrecord import HashEmbedder, check_library
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # every write fails, as on a full disk
for finding in check_library(sys.argv[1], embedder=HashEmbedder()):
    print(finding.state, finding.subject, finding.detail, sep="|")
"""


@pytest.mark.parametrize("broken", ["", VECTORS_FILE])
def test_a_full_disk_is_no_bad_record(folder: Path, broken: str) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Ferry", "The ferry takes 90 passengers.")])
    if broken:
        (folder / broken).write_bytes(b"x")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = [line.split("|") for line in done.stdout.splitlines()]
    assert ["ok", "record", "every page and every reference is sound"] in found
    assert not [subject for state, subject, _ in found if (state, subject) == ("bad", "record")]
    assert not [detail for state, _, detail in found if state == "mended"]
    assert ("search structure" in {s for state, s, _ in found if state == "bad"}) == bool(broken)
