"""Sentences of the samples with one thing changed: caught, and the unchanged ones left alone."""

from __future__ import annotations

from collections import Counter

import pytest

from alterations import KINDS, altered_sentences, plain_sentences, retold_sentences
from index.encoding.encoders import load_embedder
from rag.types import Support
from rag.verification.verdict import verify

LEAST_CAUGHT = 0.95
MOST_FLAGGED = 0.03
MOST_RETOLD_FLAGGED = 0.1
LEAST_ALTERED = 300


def test_at_least_300_sentences_are_altered_and_of_every_kind_some() -> None:
    altered = altered_sentences()

    kinds = Counter(item.kind for item in altered)
    assert len(altered) >= LEAST_ALTERED
    assert min(kinds[kind] for kind in KINDS) >= 20
    assert all(item.claim != item.original and item.original in item.evidence for item in altered)


@pytest.mark.parametrize("kind", KINDS)
def test_altered_sentences_are_caught(kind: str) -> None:
    altered = [item for item in altered_sentences() if item.kind == kind]

    passed = [
        item.claim
        for item in altered
        if verify(item.claim, item.evidence).support is Support.SUPPORTED
    ]

    assert len(passed) <= (1 - LEAST_CAUGHT) * len(altered), passed


def test_unaltered_sentences_are_not_flagged() -> None:
    plain = plain_sentences()

    flagged = [
        (item.claim, verdict.reason)
        for item in plain
        if (verdict := verify(item.claim, item.evidence)).support is not Support.SUPPORTED
    ]

    assert len(flagged) <= MOST_FLAGGED * len(plain), flagged


def test_sentences_told_otherwise_are_not_contradicted() -> None:
    retold = retold_sentences()

    flagged = [
        (item.claim, verdict.reason)
        for item in retold
        if (verdict := verify(item.claim, item.evidence)).support is Support.UNSUPPORTED
    ]

    assert len(retold) >= 20
    assert len(flagged) <= MOST_RETOLD_FLAGGED * len(retold), flagged


@pytest.mark.model
@pytest.mark.slow
def test_the_encoder_changes_none_of_it() -> None:
    embedder = load_embedder()
    altered = altered_sentences()[::12]
    plain = plain_sentences()[::8]

    passed = [
        item.claim
        for item in altered
        if verify(item.claim, item.evidence, embedder=embedder).support is Support.SUPPORTED
    ]
    flagged = [
        item.claim
        for item in plain
        if verify(item.claim, item.evidence, embedder=embedder).support is not Support.SUPPORTED
    ]

    assert len(passed) <= (1 - LEAST_CAUGHT) * len(altered), passed
    assert len(flagged) <= MOST_FLAGGED * len(plain), flagged
