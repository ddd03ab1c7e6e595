"""Does a text support a claim? The check that answers get, for any claim and any text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from index.encoding.encoders import Embedder, load_embedder
from index.encoding.model_info import DEFAULT_ENCODER
from index.library import GRAPH_FOLDER
from index.record.database import to_place
from index.types import LibraryPlace
from rag.verification.verdict import Verdict
from rag.verification.verdict import verify as verify_claim

NO_ENCODER = "none"


def verify(
    claim: str,
    evidence: str | Sequence[str],
    *,
    published: date | None = None,
    encoder: str = DEFAULT_ENCODER,
    library: LibraryPlace | str | None = None,
) -> Verdict:
    """Return whether a text supports a claim, how probable that is, and why not.

    Examples:
        >>> verdict = verify("It closed in May.", "It closed in June.", encoder="none")
        >>> verdict.support.value
        'unsupported'

    Args:
        claim: One statement, at most 4,000 characters; citation marks such as ``[1]`` are ignored.
        evidence: What the claim rests on: one text or several; the first 200,000 characters count.
        published: When the evidence was published, so that its "Monday" has a date.
        encoder: Compares meanings: a name that ``load_embedder`` knows; ``none`` compares
            words alone, which is faster and less accurate. It is loaded once per process.
        library: A library whose exported question graph may be used; it makes
            another encoder than the default one load in a fraction of the time.

    Raises:
        EncoderError: If the encoder is not on this machine.
    """
    embedder = load_comparer(encoder, to_place(library) if library is not None else None)
    return verify_claim(claim, evidence, embedder=embedder, published=published)


@lru_cache(maxsize=2)
def load_comparer(encoder: str, library: LibraryPlace | None) -> Embedder | None:
    """Return the encoder that compares meanings; None for ``none``.

    Args:
        encoder: As for ``verify``; empty for the default.
        library: As for ``verify``; it need not exist.

    Raises:
        EncoderError: If the encoder is not on this machine.
    """
    if encoder == NO_ENCODER:
        return None
    return load_embedder(
        encoder or DEFAULT_ENCODER, graph_folder=Path(library) / GRAPH_FOLDER if library else None
    )
