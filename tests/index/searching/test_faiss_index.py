from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.record.rows import Generation
from index.searching.faiss_index import FLAT_LIMIT, FaissIndex
from index.searching.vector_cache import (
    VECTORS_FILE,
    Provenance,
    PublishedFileError,
    digest_encoder,
    find_parts,
    publish_file,
    read_file,
)
from index.types import EncoderIdentity

Ids = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

DIM = 16
ORIGIN = Provenance(b"L" * 16, Generation(7, b"T" * 16), b"E" * 32)


def unit_rows(count: int, seed: int, dim: int = DIM) -> Matrix:
    """Return random unit vectors that float16 holds exactly."""
    rows = np.random.default_rng(seed).standard_normal((count, dim))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float16).astype(np.float32)


def build(ids: Ids, vectors: Matrix, flat_limit: int = FLAT_LIMIT) -> FaissIndex:
    def chunks() -> Iterator[tuple[Ids, Matrix]]:
        for first in range(0, len(ids), 100):
            yield ids[first : first + 100], vectors[first : first + 100]

    return FaissIndex.build(vectors.shape[1], len(ids), chunks, flat_limit=flat_limit)


def brute_force(ids: Ids, vectors: Matrix, query: Matrix, k: int) -> list[tuple[int, float]]:
    cosines = vectors.astype(np.float64) @ query
    order = np.argsort(-cosines, kind="stable")[:k]
    return [(int(ids[i]), float(cosines[i])) for i in order]


def assert_nearest(
    structure: FaissIndex,
    ids: Ids,
    vectors: Matrix,
    query: Matrix,
    k: int,
    allowed: Ids | None = None,
) -> None:
    """Compare a search with brute force; equal cosines may come in any order."""
    kept = np.ones(len(ids), dtype=bool) if allowed is None else np.isin(ids, allowed)
    expected = brute_force(ids[kept], vectors[kept], query, k)
    found, cosines = structure.search(query, k, allowed=allowed)
    assert cosines == pytest.approx([cosine for _, cosine in expected], abs=1e-5)
    own = dict(zip(ids.tolist(), vectors, strict=True))
    assert [float(own[i] @ query) for i in found.tolist()] == pytest.approx(cosines, abs=1e-5)
    assert len(set(found.tolist())) == len(found)
    assert allowed is None or set(found.tolist()) <= set(allowed.tolist())


@settings(deadline=None, max_examples=60)
@given(
    ids=st.lists(st.integers(1, 5000), unique=True, max_size=150),
    k=st.integers(1, 200),
    seed=st.integers(0, 2**32 - 1),
    share=st.sampled_from([None, 0.0, 0.05, 0.5, 1.0]),
)
def test_search_equals_brute_force(ids: list[int], k: int, seed: int, share: float | None) -> None:
    array, vectors = np.array(ids, dtype=np.int64), unit_rows(len(ids), seed)
    allowed = None if share is None else np.sort(array[: int(len(array) * share)])
    query = unit_rows(1, seed + 1)[0]
    assert_nearest(build(array, vectors), array, vectors, query, k, allowed)


@settings(deadline=None, max_examples=40)
@given(
    start=st.sets(st.integers(1, 300), max_size=60),
    steps=st.lists(
        st.tuples(
            st.sets(st.integers(1, 300), max_size=20), st.sets(st.integers(1, 300), max_size=20)
        ),
        max_size=6,
    ),
    flat_limit=st.sampled_from([FLAT_LIMIT, 1]),
)
def test_removing_and_adding_equals_building_anew(
    start: set[int], steps: list[tuple[set[int], set[int]]], flat_limit: int
) -> None:
    every = unit_rows(301, 1)
    present = sorted(start)
    structure = build(np.array(present, dtype=np.int64), every[present], flat_limit)
    for gone, wanted in steps:
        structure.remove(np.array(sorted(gone), dtype=np.int64))
        new = sorted(wanted - (set(present) - gone))
        structure.add(np.array(new, dtype=np.int64), every[new])
        present = sorted(set(present) - gone | wanted)
        assert structure.ids().tolist() == present
        assert structure.size == len(present)
    if flat_limit == FLAT_LIMIT:
        ids = np.array(present, dtype=np.int64)
        assert_nearest(structure, ids, every[present], every[0], 10)


@pytest.mark.parametrize("flat_limit", [FLAT_LIMIT, 100], ids=["flat", "lists"])
def test_writing_and_reading_is_identity(flat_limit: int) -> None:
    ids, vectors = np.arange(500, dtype=np.int64) * 3 + 1, unit_rows(500, 2)
    structure = build(ids, vectors, flat_limit)
    stream = io.BytesIO()
    structure.write(stream.write)
    stream.seek(0)
    back = FaissIndex.read(stream.read)
    assert (back.size, back.dim) == (500, DIM)
    assert back.ids().tolist() == ids.tolist()
    for query in unit_rows(10, 3):
        ids_before, cosines_before = structure.search(query, 20)
        ids_after, cosines_after = back.search(query, 20)
        assert ids_after.tolist() == ids_before.tolist()
        assert cosines_after.tolist() == cosines_before.tolist()
    back.remove(ids[:10])
    back.add(np.array([1], dtype=np.int64), vectors[:1])
    assert back.size == 491


@pytest.mark.parametrize("flat_limit", [FLAT_LIMIT, 100], ids=["flat", "lists"])
def test_copy_can_be_changed_alone(flat_limit: int) -> None:
    ids, vectors = np.arange(500, dtype=np.int64), unit_rows(500, 4)
    structure = build(ids, vectors, flat_limit)
    copy = structure.copy()
    copy.remove(ids[:250])
    assert (structure.size, copy.size) == (500, 250)
    assert structure.search(vectors[0], 1)[0].tolist() == [0]


def encoded_like_text(count: int, dim: int = 64) -> Matrix:
    """Return unit vectors whose spectrum decays as that of encoded sentences does."""
    chance = np.random.default_rng(5)
    axes = np.linalg.qr(chance.standard_normal((dim, dim)))[0]
    rows = (chance.standard_normal((count, dim)) / np.sqrt(1 + np.arange(dim) / 8)) @ axes
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    result: Matrix = rows.astype(np.float16).astype(np.float32)
    return result


def test_large_structure_finds_most_of_what_brute_force_finds() -> None:
    vectors = encoded_like_text(10_000)
    ids = np.arange(len(vectors), dtype=np.int64) + 10
    structure = build(ids, vectors, flat_limit=1000)
    found = sum(
        len(
            {i for i, _ in brute_force(ids, vectors, query, 10)}
            & set(structure.search(query, 10)[0].tolist())
        )
        for query in vectors[:100]
    )
    assert found >= 900


def test_filtered_search_of_a_large_structure_is_exact() -> None:
    ids, vectors = np.arange(5000, dtype=np.int64), unit_rows(5000, 6)
    structure = build(ids, vectors, flat_limit=1000)
    for query in unit_rows(10, 7):
        assert_nearest(structure, ids, vectors, query, 50, allowed=ids[::9])


def test_structure_suits_its_size() -> None:
    ids, vectors = np.arange(400, dtype=np.int64), unit_rows(400, 8)
    flat = build(ids, vectors, flat_limit=400)
    assert flat.suits(400, flat_limit=400)
    assert not flat.suits(401, flat_limit=400)
    lists = build(ids, vectors, flat_limit=300)
    assert lists.suits(1500, flat_limit=300)
    assert not lists.suits(2000, flat_limit=300)
    assert lists.suits(200, flat_limit=300)
    assert not lists.suits(150, flat_limit=300)


def test_what_is_no_structure_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="no search structure"):
        FaissIndex.read(io.BytesIO(b"neither this nor that" * 9).read)
    with pytest.raises(OSError, match="gone"):
        FaissIndex.read(raise_error(OSError(errno.EIO, "gone")))


def raise_error(error: OSError) -> Callable[..., bytes]:
    def fail(_: object) -> bytes:
        raise error

    return fail


def publish(folder: Path, payload: bytes, provenance: Provenance = ORIGIN) -> None:
    def write_in_pieces(write: Callable[[bytes], int]) -> None:
        write(payload[:9])
        write(payload[9:])

    publish_file(folder, provenance, write_in_pieces)


def read_payload(folder: Path) -> tuple[Provenance, bytes]:
    return read_file(folder, lambda read: read(-1))


@given(payload=st.binary(max_size=5000), generation=st.integers(0, 2**63))
def test_published_file_comes_back(
    tmp_path_factory: pytest.TempPathFactory, payload: bytes, generation: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "published"
    folder.mkdir(exist_ok=True)
    provenance = Provenance(os.urandom(16), Generation(generation, os.urandom(16)), os.urandom(32))
    publish(folder, payload, provenance)
    assert read_payload(folder) == (provenance, payload)
    assert find_parts(folder) == []


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    publish(tmp_path, unit_rows(5, 9).tobytes())
    file = tmp_path / VECTORS_FILE
    whole = file.read_bytes()
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << (place % 8)
        file.write_bytes(flipped)
        with pytest.raises(PublishedFileError):
            read_payload(tmp_path)


def test_every_truncation_is_found(tmp_path: Path) -> None:
    publish(tmp_path, unit_rows(5, 9).tobytes())
    file = tmp_path / VECTORS_FILE
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(PublishedFileError):
            read_payload(tmp_path)
    file.write_bytes(whole + b"\0")
    with pytest.raises(PublishedFileError, match="appended"):
        read_payload(tmp_path)


@pytest.mark.parametrize("content", [b"", b"IxF2" + bytes(500), b"{}" * 200])
def test_foreign_file_is_found(tmp_path: Path, content: bytes) -> None:
    (tmp_path / VECTORS_FILE).write_bytes(content)
    with pytest.raises(PublishedFileError, match=r"truncated|not a search structure"):
        read_payload(tmp_path)


def test_missing_file_is_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_payload(tmp_path)


def test_failed_publication_leaves_the_old_file(tmp_path: Path) -> None:
    publish(tmp_path, b"old payload")

    def fill_the_disk(write: Callable[[bytes], int]) -> None:
        write(b"new payl")
        raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(OSError, match="no space"):
        publish_file(tmp_path, ORIGIN, fill_the_disk)
    assert read_payload(tmp_path)[1] == b"old payload"
    assert find_parts(tmp_path) == []


def test_publication_that_does_not_read_back_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, b"old payload")
    sync = os.fsync

    def lose_the_end(descriptor: int) -> None:
        os.ftruncate(descriptor, os.fstat(descriptor).st_size - 3)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", lose_the_end)
    with pytest.raises(PublishedFileError, match="truncated"):
        publish(tmp_path, b"new payload")
    assert read_payload(tmp_path)[1] == b"old payload"
    assert find_parts(tmp_path) == []


def test_parts_of_killed_writers_are_swept(tmp_path: Path) -> None:
    (tmp_path / f"{VECTORS_FILE}.0a1b.part").write_bytes(b"half")
    publish(tmp_path, b"payload")
    assert [file.name for file in tmp_path.iterdir()] == [VECTORS_FILE]


def test_encoders_have_their_own_digests() -> None:
    identities = [
        EncoderIdentity("a", "b", 1),
        EncoderIdentity("ab", "", 1),
        EncoderIdentity("a", "b", 11),
        EncoderIdentity("a", "b1", 1),
    ]
    assert len({digest_encoder(identity) for identity in identities}) == len(identities)
