"""What fuzzing found worth keeping: every input still loads, or is skipped with a reason."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.formats.fuzz_changes import change_packed, is_packed
from benchmarks.formats.fuzz_loaders import (
    CORPUS,
    CORPUS_BYTES,
    FORMATS,
    check_load,
    keep_finds,
    read_corpus,
    write_corpus,
)
from sample_files import make_samples

INPUTS = read_corpus(CORPUS)


def test_there_is_a_corpus_and_it_is_small() -> None:
    assert INPUTS.keys() <= set(FORMATS)
    inputs = [data for kept in INPUTS.values() for data in kept]
    assert len(inputs) > 100
    assert sum(map(len, inputs)) <= CORPUS_BYTES


def test_writing_it_again_changes_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "corpus.zip"
    write_corpus(copy, INPUTS)
    assert copy.read_bytes() == CORPUS.read_bytes()


def test_a_find_is_kept(tmp_path: Path) -> None:
    copy = tmp_path / "corpus.zip"
    write_corpus(copy, INPUTS)
    find = tmp_path / "tar.gz-crash-1"
    find.write_bytes(b"no archive")
    keep_finds(copy, [find])
    assert read_corpus(copy)[".tar.gz"] == INPUTS[".tar.gz"] | {b"no archive"}
    with pytest.raises(ValueError, match="starts with no format"):
        keep_finds(copy, [tmp_path / "crash-1"])


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_kept_input_keeps_the_promises_of_a_loader(suffix: str) -> None:
    inputs = INPUTS[suffix]
    for data in sorted(inputs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parsers warn of what is wrong with their input
            check_load(suffix, data)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_sound_file_gives_articles(suffix: str) -> None:
    samples = make_samples()
    assert check_load(suffix, samples[f"good{suffix}"])


@given(st.integers(0, 2**32), st.sampled_from([s for s in FORMATS if is_packed(s)]))
def test_a_packed_format_is_changed_within(seed: int, suffix: str) -> None:
    sample = make_samples()[f"good{suffix}"]
    assert change_packed(suffix, sample, seed) == change_packed(suffix, sample, seed)
