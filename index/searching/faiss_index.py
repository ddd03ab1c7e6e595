"""The search structure over passage vectors; no other module imports FAISS.

It is derived from the record and holds only integers and vectors, the latter as float16, just as
the record stores them: nothing is lost, memory is half that of float32, and a scan, which waits
for memory, takes half the time.

Up to ``FLAT_LIMIT`` passages, every vector is compared, which is exact: 2.7 ms a question for
100,000 passages of 384 components on one core, 14 ms at the limit. Beyond that, vectors are filed
under 2·√n centroids and a question searches the nearest quarter of them: this takes a third of the
time and finds 96 % of the true top ten if vectors have the spectrum of encoded text (57 % if they
are pure noise). A filtered search looks into every list, so it is exact at any size. FAISS's HNSW
was ruled out because nothing can be removed from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from index.types import FloatMatrix, FloatVector

if TYPE_CHECKING:
    from index.record.rows import IdVector

FLAT_LIMIT = 500_000
"""Largest number of passages for which every vector is compared."""

_TRAIN_PER_LIST = 40
_PROBED_SHARE = 4
_GROWTH = 4

Batches = Callable[[], "Iterable[tuple[IdVector, FloatMatrix]]"]
"""Yields ids and unit vectors, a few thousand at a time; every call starts from the beginning."""


class FaissIndex:
    """Unit vectors by id, for search by inner product.

    Searches may run concurrently with one another, but not with ``add`` or ``remove``: to change
    a shared structure, change a copy.
    """

    def __init__(self, structure: Any) -> None:  # noqa: ANN401 - a FAISS index
        self._faiss = structure

    @classmethod
    def build(
        cls, dim: int, n_vectors: int, batches: Batches, *, flat_limit: int = FLAT_LIMIT
    ) -> FaissIndex:
        """Make a structure of the kind that suits its size.

        Args:
            dim: Components of a vector.
            n_vectors: How many vectors ``batches`` yields.
            batches: The vectors; read twice if lists are made, never held as a whole.
            flat_limit: Largest number of vectors for which every one is compared.
        """
        faiss = _faiss()
        kind, metric = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        if n_vectors <= flat_limit:
            structure = cls(faiss.IndexIDMap2(faiss.IndexScalarQuantizer(dim, kind, metric)))
        else:
            lists = min(n_vectors, math.ceil(2 * math.sqrt(n_vectors)))
            ivf = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(dim), dim, lists, kind, metric)
            ivf.by_residual = False  # float16 would round the residuals once more
            ivf.cp.niter = 10
            ivf.cp.min_points_per_centroid = 1  # at the default, 39, FAISS may print a warning
            ivf.train(_sample(batches(), share=min(1.0, _TRAIN_PER_LIST * lists / n_vectors)))
            structure = cls(ivf)
        for ids, vectors in batches():
            structure.add(ids, vectors)
        return structure

    @property
    def size(self) -> int:
        """Return how many vectors there are."""
        return int(self._faiss.ntotal)

    @property
    def dim(self) -> int:
        """Return the number of components of a vector."""
        return int(self._faiss.d)

    def suits(self, n_vectors: int, *, flat_limit: int = FLAT_LIMIT) -> bool:
        """Return whether this kind of structure still suits that many vectors."""
        lists = self._lists()
        if lists is None:
            return n_vectors <= flat_limit
        built_for = (lists.nlist / 2) ** 2
        return bool(flat_limit // 2 < n_vectors <= _GROWTH * built_for)

    def ids(self) -> IdVector:
        """Return the ids in ascending order."""
        faiss = _faiss()
        lists = self._lists()
        if lists is None:
            return np.sort(faiss.vector_to_array(self._faiss.id_map))
        filed = lists.invlists
        parts = [
            faiss.rev_swig_ptr(filed.get_ids(i), filed.list_size(i)).copy()
            for i in range(lists.nlist)
            if filed.list_size(i)
        ]
        return np.sort(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)

    def add(self, ids: IdVector, vectors: FloatMatrix) -> None:
        """Add vectors under ids that are not in the structure yet.

        Args:
            ids: int64, shape (n,).
            vectors: float32, shape (n, dim), unit rows.
        """
        self._faiss.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)

    def remove(self, ids: IdVector) -> None:
        """Remove vectors; unknown ids are ignored."""
        if len(ids):
            self._faiss.remove_ids(ids)

    def copy(self) -> FaissIndex:
        """Return a copy that can be changed while this one is searched."""
        return FaissIndex(_faiss().clone_index(self._faiss))

    def search(
        self, query: FloatVector, k: int, *, allowed: IdVector | None = None
    ) -> tuple[IdVector, FloatVector]:
        """Return the nearest vectors, best first.

        Args:
            query: float32, shape (dim,), a unit vector.
            k: How many; fewer are returned if there are fewer.
            allowed: Ids to choose from; None for all.

        Returns:
            Ids, shape (n,), and cosines, float32, shape (n,), in descending order of cosine; the
            order of ties is not guaranteed.
        """
        k = min(k, self.size if allowed is None else min(self.size, len(allowed)))
        if k < 1:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        with _one_thread():
            scores, ids = self._faiss.search(
                np.ascontiguousarray(query, dtype=np.float32).reshape(1, -1),
                k,
                params=self._parameters(allowed),
            )
        found = ids[0] >= 0
        return ids[0][found], scores[0][found]

    def write(self, write: Callable[[bytes], int]) -> None:
        """Write the structure piece by piece, through a function.

        Raises:
            OSError: If the function raises it.
        """
        faiss = _faiss()

        def write_all(piece: bytes) -> int:
            # FAISS treats a short write as success.
            write(piece)
            return len(piece)

        faiss.write_index(self._faiss, faiss.PyCallbackIOWriter(write_all))

    @classmethod
    def read(cls, read: Callable[[int], bytes]) -> FaissIndex:
        """Read what ``write`` wrote, from bytes whose checksum has been verified.

        Raises:
            ValueError: If it is another kind of structure.
            OSError: If the function raises it.
        """
        faiss = _faiss()
        try:
            structure = faiss.read_index(faiss.PyCallbackIOReader(read))
        except RuntimeError as error:
            raise ValueError("it holds no search structure of this version") from error
        if not isinstance(structure, faiss.IndexIDMap2 | faiss.IndexIVFScalarQuantizer):
            raise ValueError("it holds another kind of search structure")  # noqa: TRY004
        return cls(structure)

    def _lists(self) -> Any:  # noqa: ANN401 - a FAISS type, or None for a flat structure
        return self._faiss if isinstance(self._faiss, _faiss().IndexIVFScalarQuantizer) else None

    def _parameters(self, allowed: IdVector | None) -> Any:  # noqa: ANN401 - a FAISS type
        faiss = _faiss()
        selector = None if allowed is None else faiss.IDSelectorBitmap(_to_bitmap(allowed))
        lists = self._lists()
        if lists is None:
            return None if selector is None else faiss.SearchParameters(sel=selector)
        probed = max(1, lists.nlist // _PROBED_SHARE) if selector is None else lists.nlist
        return faiss.SearchParametersIVF(sel=selector, nprobe=probed)


def _faiss() -> Any:  # noqa: ANN401 - its own type stubs leave out half of what is used here
    import faiss

    return faiss


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let this thread call FAISS without worker threads.

    They gain nothing for one question, and on a busy machine waiting for them to wake took
    24 ms, against 0.1 to 2 ms for the search.
    """
    faiss = _faiss()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _to_bitmap(ids: IdVector) -> Any:  # noqa: ANN401 - uint8, one bit per id
    bits = np.zeros(int(ids.max()) + 1, dtype=np.uint8)
    bits[ids] = 1
    return np.packbits(bits, bitorder="little")


def _sample(batches: Iterable[tuple[IdVector, FloatMatrix]], *, share: float) -> FloatMatrix:
    """Return an evenly spread share of the vectors."""

    def picked() -> Iterator[FloatMatrix]:
        seen = 0
        for _, vectors in batches:
            places = np.arange(seen, seen + len(vectors))
            seen += len(vectors)
            yield vectors[np.floor((places + 1) * share) > np.floor(places * share)]

    return np.concatenate(list(picked()))
