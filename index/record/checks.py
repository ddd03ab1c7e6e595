"""Checks of the record; each returns what is wrong and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from index.record.connection_pool import open_connection
from index.record.reads import ReadTransaction
from index.record.rows import (
    AT_REST,
    InconsistentRecordError,
    decode_vectors,
    to_verified_article,
)
from index.record.schema import CHECKSUMS_VERSION
from index.record.versions import find_damaged_versions
from index.types import EncoderIdentity, Passage

_ROWS = 512


def find_damaged_articles(reader: ReadTransaction) -> tuple[list[str], list[str]]:
    """Return the ids of articles that are not what was added, and of misplaced passages.

    Returns:
        Articles whose text, title or details are not what was stored; articles of which a passage
        or a sentence does not lie where it should.
    """
    damaged: list[str] = []
    misplaced: list[str] = []
    for row in reader.article_rows():
        try:
            article = to_verified_article(row)
        except InconsistentRecordError:
            damaged.append(row[0])
            continue
        try:
            is_placed = _fit(reader.passages(article), len(article.text))
        except InconsistentRecordError:
            is_placed = False
        if not is_placed:
            misplaced.append(article.article_id)
    return damaged, misplaced


def find_damaged_tables(reader: ReadTransaction) -> dict[str, int]:
    """Return the tables with rows that are not what was written, and how many each has."""
    if reader.version < CHECKSUMS_VERSION:
        return {}
    return {table: count for table in reader.tables if (count := reader.count_damaged(table))}


def examine_copy(file: Path) -> tuple[list[str], tuple[str, int, int]]:
    """Return what is wrong with a closed record that nobody else uses, and what it holds.

    Returns:
        A line for each fault; its library's id (hexadecimal), its generation and the number of its
        articles.

    Raises:
        sqlite3.Error: If it is no database.
        InconsistentRecordError: If it is no record.
    """
    with closing(open_connection(file, "ro&immutable=1")) as connection:
        reader = ReadTransaction(connection)
        faults = reader.find_page_faults()
        faults += [f"damaged rows of '{table}'" for table in find_damaged_tables(reader)]
        damaged, misplaced = find_damaged_articles(reader)
        faults += [f"article '{name}' is damaged" for name in (*damaged, *misplaced)]
        faults += [f"a version of '{name}' is damaged" for name in find_damaged_versions(reader)]
        numbers = reader.generation().number, reader.count_articles()
        return faults, (reader.library_id().hex(), *numbers)


def find_faulty_vectors(
    reader: ReadTransaction, encoder_id: int, identity: EncoderIdentity
) -> list[int]:
    """Return the passages with missing or invalid vectors.

    A vector has the encoder's dimension, finite components and length one; a passage has as
    many sentence vectors as sentences.
    """
    both = f"{reader.sound('passage_vectors', 'v')} AND {reader.sound('sentence_vectors', 's')}"
    rows = reader.connection.execute(
        f"SELECT p.passage_id, {both}, v.vector, s.vectors,"  # noqa: S608 - names of ours
        " (SELECT count(*) FROM sentences t WHERE t.passage_id = p.passage_id)"
        " FROM passages p"
        " LEFT JOIN passage_vectors v ON v.passage_id = p.passage_id AND v.encoder_id = ?1"
        " LEFT JOIN sentence_vectors s ON s.passage_id = p.passage_id AND s.encoder_id = ?1",
        (encoder_id,),
    )
    faulty: list[int] = []
    while batch := rows.fetchmany(_ROWS):
        faulty.extend(
            passage_id
            for passage_id, is_sound, vector, sentences, n_sentences in batch
            if not is_sound
            or not _is_sound(vector, 1, identity.dim)
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
