"""Which languages an encoder knows, and the line that says so where it matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.encoding.model_info import (
    DEFAULT_ENCODER,
    MULTILINGUAL_ENCODER,
    describe_unknown_articles,
    find_languages,
)


@pytest.mark.parametrize(
    ("encoder", "languages"),
    [
        (DEFAULT_ENCODER, {"en"}),
        ("sentence-transformers/all-mpnet-base-v2", {"en"}),
        ("BAAI/bge-small-en-v1.5", {"en"}),
        ("BAAI/bge-small-zh-v1.5", {"zh"}),
        (MULTILINGUAL_ENCODER, set()),
        ("intfloat/multilingual-e5-small", set()),
        ("somebody/model-of-theirs", set()),
        ("hash", set()),
    ],
)
def test_a_name_tells_the_languages(encoder: str, languages: set[str]) -> None:
    assert find_languages(encoder) == languages


@pytest.mark.parametrize(
    ("card", "languages"),
    [
        ("---\nlanguage: de\n---\n# Modell", {"de"}),
        ("---\nlanguage:\n- fr\n- it\n---\n", {"fr", "it"}),
        ("---\nlanguage: multilingual\n---\n", set()),
        ("---\nlanguage: [\n---\n", set()),
        ("---", set()),
        ("# no front matter", set()),
    ],
)
def test_a_card_tells_more_than_a_name(tmp_path: Path, card: str, languages: set[str]) -> None:
    folder = tmp_path / "encoder"
    folder.mkdir()
    (folder / "README.md").write_text(card, "utf-8")
    find_languages.cache_clear()
    assert find_languages(str(folder)) == languages


def test_articles_that_the_encoder_does_not_know_are_counted() -> None:
    line = describe_unknown_articles({"en": 9, "de": 3, "fr": 1, "": 5}, DEFAULT_ENCODER)
    assert line.startswith("4 articles are in German and French, which the encoder 'all-MiniLM")
    assert MULTILINGUAL_ENCODER in line
    assert describe_unknown_articles({"en": 9, "": 2}, DEFAULT_ENCODER) == ""
    assert describe_unknown_articles({"de": 9}, MULTILINGUAL_ENCODER) == ""
