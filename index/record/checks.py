"""Checks of the record; each returns what is wrong and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from index.record.reads import ReadTransaction
from index.record.rows import AT_REST, InconsistentRecordError, decode_vectors, digest_content
from index.record.writes import WriteTransaction
from index.types import EncoderIdentity, Passage

_ROWS = 512


def find_page_faults(reader: ReadTransaction) -> list[str]:
    """Return what SQLite finds wrong with the file's pages, and broken references."""
    found = [str(row[0]) for row in reader.connection.execute("PRAGMA integrity_check(10)")]
    # Newer versions look into the full-text index as well, which has a check of its own.
    faults = [line for line in found if line != "ok" and "passage_terms" not in line]
    for table, _, parent, _ in reader.connection.execute("PRAGMA foreign_key_check").fetchmany(10):
        faults.append(f"a row of '{table}' has lost its row of '{parent}'")
    return faults


def check_terms(writer: WriteTransaction) -> None:
    """Compare the full-text index with the passages; needs a write transaction, changes nothing.

    Raises:
        sqlite3.DatabaseError: If they differ.
    """
    writer.connection.execute(
        "INSERT INTO passage_terms (passage_terms, rank) VALUES ('integrity-check', 1)"
    )


def find_damaged_articles(reader: ReadTransaction) -> tuple[list[str], list[str]]:
    """Return the ids of articles that are not what was added, and of misplaced passages.

    Returns:
        Articles whose text or title does not match its digest; articles of which a passage or
        a sentence does not lie where it should.
    """
    damaged: list[str] = []
    misplaced: list[str] = []
    for article, digest in reader.articles_with_digests():
        if digest_content(article) != digest:
            damaged.append(article.article_id)
        elif not _fit(reader.passages(article), len(article.text)):
            misplaced.append(article.article_id)
    return damaged, misplaced


def find_faulty_vectors(
    reader: ReadTransaction, encoder_id: int, identity: EncoderIdentity
) -> list[int]:
    """Return the passages with missing or invalid vectors.

    A vector has the encoder's dimension, finite components and length one; a passage has as
    many sentence vectors as sentences.
    """
    rows = reader.connection.execute(
        "SELECT p.passage_id, v.vector, s.vectors,"
        " (SELECT count(*) FROM sentences t WHERE t.passage_id = p.passage_id)"
        " FROM passages p"
        " LEFT JOIN passage_vectors v ON v.passage_id = p.passage_id AND v.encoder_id = ?1"
        " LEFT JOIN sentence_vectors s ON s.passage_id = p.passage_id AND s.encoder_id = ?1",
        {"1": encoder_id},
    )
    faulty: list[int] = []
    while batch := rows.fetchmany(_ROWS):
        faulty.extend(
            passage_id
            for passage_id, vector, sentences, n_sentences in batch
            if not _is_sound(vector, 1, identity.dim)
            or not _is_sound(sentences, n_sentences, identity.dim)
        )
    return faulty


def count_inactive_vectors(reader: ReadTransaction) -> list[tuple[EncoderIdentity, int]]:
    """Return the encoders of unfinished reencodings, and how many passages each has done."""
    rows = reader.connection.execute(
        "SELECT name, revision, dim, (SELECT count(*) FROM sentence_vectors s"
        " WHERE s.encoder_id = e.encoder_id) FROM encoders e WHERE active = 0"
    )
    return [(EncoderIdentity(*row[:3]), row[3]) for row in rows]


def _is_sound(blob: bytes | None, n_rows: int, dim: int) -> bool:
    if blob is None or len(blob) != n_rows * dim * AT_REST.itemsize:
        return False
    try:
        decode_vectors([blob], dim)
    except InconsistentRecordError:
        return False
    return True


def _fit(passages: Sequence[Passage], length: int) -> bool:
    """Return whether passages lie within the text, and sentences, in order, within passages."""
    for passage in passages:
        spans = [(s.start, s.end) for s in passage.sentences]
        if not 0 <= passage.start < passage.end <= length or not spans:
            return False
        ends = [passage.start, *(end for _, end in spans)]
        if any(not before <= a < b for before, (a, b) in zip(ends, spans, strict=False)):
            return False
        if ends[-1] > passage.end:
            return False
    return bool(passages)
