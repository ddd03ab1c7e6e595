"""Token vectors: where they stand, and that their mean is the text's vector."""

from __future__ import annotations

import numpy as np
import pytest

from index.encoding.encoders import (
    HashEmbedder,
    TokenEmbedder,
    load_embedder,
)
from index.encoding.model_info import DEFAULT_ENCODER, find_model_folder
from index.encoding.torch_encoder import SentenceTransformerEmbedder

TEXTS = ("Divers found 14 cracks in the quay.", "", "Zoë’s 埠頭 was closed; nobody knew why. " * 3)


@pytest.fixture(scope="module")
def encoder() -> TokenEmbedder:
    embedder = load_embedder()
    assert isinstance(embedder, TokenEmbedder)
    return embedder


def test_the_hash_encoder_does_not_tell_tokens_apart() -> None:
    assert not isinstance(HashEmbedder(), TokenEmbedder)


@pytest.mark.model
def test_tokens_stand_where_they_say_in_the_order_of_the_texts(
    encoder: TokenEmbedder,
) -> None:
    found = encoder.embed_tokens(TEXTS)

    assert [len(tokens.spans) > 0 for tokens in found] == [True, False, True]
    first = found[0]
    words = [TEXTS[0][a:b].lower() for a, b in first.spans]
    assert "".join(words) == TEXTS[0].replace(" ", "").lower()
    assert first.vectors.shape == (len(words), 384)
    assert first.vectors.dtype == np.float32
    assert encoder.embed_tokens([]) == []


@pytest.mark.model
@pytest.mark.slow
def test_the_graph_gives_the_tokens_of_the_model(
    encoder: TokenEmbedder,
) -> None:
    published = SentenceTransformerEmbedder(DEFAULT_ENCODER, find_model_folder(DEFAULT_ENCODER))
    by_model = published.embed_tokens_by_model(TEXTS)

    by_graph = encoder.embed_tokens(TEXTS)

    for one, other in zip(by_model, by_graph, strict=True):
        assert np.array_equal(one.spans, other.spans)
        assert np.allclose(one.vectors, other.vectors, atol=1e-3)
