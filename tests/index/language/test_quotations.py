"""What stands between quotation marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.quotations import find_quotations, missing_quotations

TEXTS = st.text(max_size=200) | st.text("aB “”\"'.,1 29%$’-\n", max_size=200)
ARTICLE = (
    "“The quay is cracked,” said the engineer, “and it will not hold through another winter of"
    " storms.” The town's “fish market” is closed [until May]."
)


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("She said “the quay is cracked”.", []),
        ('She said "The quay is cracked ... will not hold".', []),
        ("She said “the quay is cracked and it will not hold through another winter”.", []),
        ("She said “it will hold”.", ["it will hold"]),
        ("It's the engineers' 'fish market'.", []),
        ("It is a «fish harbour».", ["fish harbour"]),
        ("She said “the quay [of Quill] is cracked”.", []),
        ("Nothing is quoted.", []),
    ],
)
def test_quoted_words_must_stand_in_the_text(claim: str, missing: list[str]) -> None:
    assert [quotation.text for quotation in missing_quotations(claim, ARTICLE)] == missing


@given(st.lists(st.sampled_from("the quay is not cracked it holds".split()), min_size=1))
def test_every_run_of_words_of_a_text_may_be_quoted(words: list[str]) -> None:
    text = " ".join(words)

    assert missing_quotations(f"“{text}”", f"They wrote: {text}!") == ()


@given(TEXTS)
def test_quotations_are_stretches_of_the_text(text: str) -> None:
    for quotation in find_quotations(text):
        assert text[quotation.start : quotation.end] == quotation.text
