"""Encoding a whole library again, with another encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.encoding.encode import encode_missing

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from index.open_library import OpenLibrary


def reencode(
    library: OpenLibrary,
    embedder: Embedder | str,
    *,
    progress: Callable[[int, int], None] | None,
    batch_passages: int,
    wait_seconds: float,
) -> int:
    """Encode every passage with another encoder, which is used from then on.

    See ``Library.reencode``.

    Returns:
        How many passages were encoded.
    """
    is_named = isinstance(embedder, str)
    if isinstance(embedder, str):
        embedder = library.encoders.load(embedder)
    identity = embedder.identity
    with library.writing(wait_seconds):
        done = 0
        if library.encoders.identity != identity:
            with library.database.writing() as writer:
                encoder_id = writer.put_encoder(identity)
            done = encode_missing(
                library.database,
                embedder,
                encoder_id,
                batch_passages=batch_passages,
                progress=progress,
            )
            with library.database.writing() as writer:
                writer.activate_encoder(encoder_id)
        library.encoders.use(embedder, is_named=is_named)
        library.encoders.export_graph()
        library.publish()
    return done
