"""What fuzzing found worth keeping: every input still loads, or is skipped with a reason."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fuzz_changes import change_packed, is_packed
from benchmarks.fuzz_loaders import CORPUS_BYTES, FORMATS, check_load
from sample_files import make_samples

CORPUS = Path(__file__).parents[2].joinpath("fuzz_corpus")


def test_there_is_a_corpus_and_it_is_small() -> None:
    inputs = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {path.parent.name for path in inputs} <= {suffix.lstrip(".") for suffix in FORMATS}
    assert len(inputs) > 100
    assert sum(path.stat().st_size for path in inputs) <= CORPUS_BYTES


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_kept_input_keeps_the_promises_of_a_loader(suffix: str) -> None:
    inputs = sorted((CORPUS / suffix.lstrip(".")).iterdir())
    assert inputs
    for path in inputs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parsers warn of what is wrong with their input
            check_load(suffix, path.read_bytes())


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_sound_file_gives_articles(suffix: str) -> None:
    samples = make_samples()
    assert check_load(suffix, samples[f"good{suffix}"])


@given(st.integers(0, 2**32), st.sampled_from([s for s in FORMATS if is_packed(s)]))
def test_a_packed_format_is_changed_within(seed: int, suffix: str) -> None:
    sample = make_samples()[f"good{suffix}"]
    assert change_packed(suffix, sample, seed) == change_packed(suffix, sample, seed)
