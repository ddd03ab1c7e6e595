"""Vectors that a database searches by itself: what ``VectorCache`` is to a library in a folder.

Nothing is kept here, so nothing has to be published or brought up to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from index.record.postgres.transactions import PostgresReader
    from index.record.reads import ReadTransaction
    from index.record.rows import IdVector
    from index.types import FloatVector


class ServerStructure(NamedTuple):
    """The search structure of the state that a reader sees; see ``FaissIndex``.

    Attributes:
        reader: The reader.
        encoder_id: The active encoder.
        dim: Components of a vector.
        size: Number of passages.
    """

    reader: PostgresReader
    encoder_id: int
    dim: int
    size: int

    def search(
        self, vector: FloatVector, k: int, *, allowed: IdVector | None = None
    ) -> tuple[IdVector, FloatVector]:
        """Return the passages whose vectors are nearest to one; see ``FaissIndex.search``."""
        return self.reader.nearest(self.encoder_id, vector, k, allowed)


class ServerVectors:
    """The vectors of a library in PostgreSQL."""

    def get_structure(self, reader: ReadTransaction) -> ServerStructure | None:
        """Return what searches the state that a reader sees; None without an encoder."""
        served = cast("PostgresReader", reader)
        encoder = reader.encoder()
        if encoder is None:
            return None
        return ServerStructure(served, encoder[0], encoder[1].dim, reader.count_passages())

    def publish(self, *, anew: bool = False) -> None:
        """Do nothing: a commit publishes."""

    def find_fault(self) -> str:
        """Return an empty string: PostgreSQL keeps its indexes in step."""
        return ""

    def rebuild(self) -> None:
        """Do nothing: PostgreSQL keeps its indexes in step."""
