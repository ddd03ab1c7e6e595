"""Claims held to evidence: what is named, what is refused, and that no input breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoding.encoders import HashEmbedder, TokenEmbedder, load_embedder
from index.types import TokenVectors
from rag.types import Support
from rag.verification.support import Tree, load_model, read_model
from rag.verification.text_pair import ReasonKind
from rag.verification.verdict import MAX_CLAIM_CHARS, MAX_EVIDENCE_CHARS, verify

EVIDENCE = (
    "The harbour of Quill was closed on Tuesday, 4 March 2025, after divers found 14 cracks in the"
    " quay. “We saw the first of them in 2021,” said chief engineer Ines Varga. Mayor Tomas Reck"
    " said the town would not pay for the repair, which is to cost 2.4 million crowns."
)


@pytest.mark.parametrize(
    "claim",
    [
        "Divers found 14 cracks in the quay.",
        "The harbour of Quill was closed on 4 March 2025 after divers found cracks in the quay.",
        "Ines Varga said: “We saw the first of them in 2021.”",
        "According to Tomas Reck, the town would not pay for the repair.",
        "Mayor Tomas Reck said the town would not pay for the repair [2].",
    ],
)
def test_what_the_evidence_says_is_supported(claim: str) -> None:
    verdict = verify(claim, EVIDENCE)

    assert verdict.support is Support.SUPPORTED
    assert verdict.reasons == ()
    assert verdict.reason == ""


@pytest.mark.parametrize(
    ("claim", "kind", "words", "said"),
    [
        (
            "Divers found 21 cracks in the quay.",
            "number",
            "21",
            "the article says 14, the claim says 21",
        ),
        (
            "The harbour of Quill was closed on Friday after divers found cracks.",
            "date",
            "Friday",
            "Friday",
        ),
        ("The harbour of Marrow was closed on Tuesday.", "name", "Marrow", "Marrow"),
        (
            "Tomas Reck said the town would pay for the repair.",
            "negation",
            "pay",
            "the article denies “pay”, the claim does not",
        ),
        (
            "Tomas Reck said: “We saw the first of them in 2021.”",
            "speaker",
            "Tomas Reck",
            "said by Ines Varga, not Tomas Reck",
        ),
        (
            "Ines Varga said: “We painted the first of them in 2021.”",
            "quotation",
            "We painted the first of them in 2021.",
            "does not contain the quoted words",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_words(claim: str, kind: str, words: str, said: str) -> None:
    verdict = verify(claim, EVIDENCE)

    assert verdict.support is Support.UNSUPPORTED
    reason = next(r for r in verdict.reasons if r.kind == kind)
    assert said in reason.text
    assert reason.span is not None
    assert claim[slice(*reason.span)] == words
    assert "\n" not in reason.text


def test_an_unrelated_claim_is_unsupported_and_the_missing_words_are_named() -> None:
    verdict = verify("The penguins breed on a southern glacier.", EVIDENCE)

    assert verdict.support is Support.UNSUPPORTED
    assert verdict.reasons[0].kind is ReasonKind.COVERAGE
    assert "“penguins”" in verdict.reason


def test_a_day_of_the_week_meets_the_date_where_the_day_of_writing_is_known() -> None:
    claim = "The quay of Quill was closed on 4 March 2025."
    evidence = "The quay of Quill was closed on Tuesday."

    known = verify(claim, evidence, published=date(2025, 3, 5))
    other = verify(claim, evidence, published=date(2025, 3, 19))

    assert not [r for r in known.reasons if r.kind is ReasonKind.DATE]
    assert [r.kind for r in other.reasons] == [ReasonKind.DATE]


def test_evidence_may_come_in_pieces() -> None:
    pieces = EVIDENCE.split(". ")

    assert verify("Divers found 14 cracks in the quay.", pieces).support is Support.SUPPORTED


@pytest.mark.parametrize("claim", ["", "   ", "[1]", "…", "it is", "\u200b"])
def test_a_claim_that_says_nothing_is_not_supported(claim: str) -> None:
    verdict = verify(claim, EVIDENCE)

    assert verdict.support is Support.UNSUPPORTED
    assert verdict.score == 0.0
    assert verdict.reason


@pytest.mark.parametrize("evidence", ["", " ", [], ["", ""]])
def test_no_evidence_supports_nothing(evidence: str | list[str]) -> None:
    verdict = verify("Divers found 14 cracks.", evidence)

    assert (verdict.support, verdict.score) == (Support.UNSUPPORTED, 0.0)


def test_too_long_a_claim_is_refused_unread() -> None:
    claim = EVIDENCE * (MAX_CLAIM_CHARS // len(EVIDENCE) + 1)

    assert verify(claim, claim).reason == "the claim is too long to check"


TEXTS = st.text(max_size=300) | st.text("abc “”\"'.,1 29%$€\n-’sS", max_size=300)


@given(claim=TEXTS, evidence=TEXTS | st.lists(TEXTS, max_size=4))
@settings(deadline=None, max_examples=150)
def test_no_text_breaks_it(claim: str, evidence: str | list[str]) -> None:
    verdict = verify(claim, evidence, published=date(2025, 3, 5))

    assert 0.0 <= verdict.score <= 1.0
    assert (verdict.support is Support.SUPPORTED) == (not verdict.reasons)
    for reason in verdict.reasons:
        assert reason.text
        if reason.span is not None:
            assert 0 <= reason.span[0] < reason.span[1] <= len(claim)


@given(st.lists(st.sampled_from(EVIDENCE.split()), min_size=4, max_size=40).map(" ".join))
@settings(deadline=None, max_examples=60)
def test_a_verdict_is_the_same_every_time(claim: str) -> None:
    assert verify(claim, EVIDENCE) == verify(claim, EVIDENCE)


@pytest.mark.parametrize(
    "text",
    [
        "12 ",
        "Ann said ",
        "“a” ",
        "“a ",
        '"a ',
        "‘a’ ",
        "'a ",
        "not up down ",
        "Ann Bo ",
        "A. ",
        "4 May 2021 ",
        "one hundred and ",
        "a-",
        "a.",
        "according to Ann, ",
        ",”",
        "the the ",
        "\n",
        "[1]",
        "... ",
        "國會 ",
        "؟ ",
        "\u202e",
    ],
)
def test_hostile_repetition_comes_to_an_end(text: str) -> None:
    claim = (text * MAX_CLAIM_CHARS)[:MAX_CLAIM_CHARS]
    evidence = (text * MAX_EVIDENCE_CHARS)[: MAX_EVIDENCE_CHARS // 4]

    assert verify(claim, evidence).score <= 1.0


@pytest.mark.parametrize(
    "claim",
    [
        "Taucher fanden 14 Risse im Kai.",
        "潜水士が岸壁に14か所の亀裂を発見した。",
        "عثر الغواصون على 14 شقا",
        "Водолазы нашли 14 трещин.",
    ],
)
def test_a_claim_in_another_language_is_not_supported_by_chance(claim: str) -> None:
    assert verify(claim, EVIDENCE).support is not Support.SUPPORTED


class _Letters:
    """An encoder whose token vectors count the letters of each word."""

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> TokenVectors:
        spans, rows, start = [], [], 0
        for word in text.split(" "):
            spans.append((start, start + len(word)))
            rows.append([float(word.lower().count(letter)) + 0.1 for letter in "abcdefghijklmnop"])
            start += len(word) + 1
        return TokenVectors(
            np.array(spans, np.int64).reshape(-1, 2), np.array(rows, np.float32).reshape(-1, 16)
        )


def test_an_encoder_that_tells_tokens_apart_is_used_and_another_is_not() -> None:
    claim = "Divers found cracks in the harbour."

    alone = verify(claim, EVIDENCE)
    hashed = verify(claim, EVIDENCE, embedder=HashEmbedder())
    by_tokens = verify(claim, EVIDENCE, embedder=_Letters())

    assert isinstance(_Letters(), TokenEmbedder)
    assert hashed == alone
    assert by_tokens.score != alone.score


@given(claim=TEXTS, evidence=TEXTS)
@settings(deadline=None, max_examples=60)
def test_no_text_breaks_the_comparison_of_tokens(claim: str, evidence: str) -> None:
    verdict = verify(claim, evidence, embedder=_Letters())

    assert 0.0 <= verdict.score <= 1.0


@pytest.mark.model
def test_the_real_encoder_knows_a_synonym() -> None:
    embedder = load_embedder()
    same = "Divers discovered cracks in the quay of the port."
    other = "Divers painted benches on the roof of the school."

    assert (
        verify(same, EVIDENCE, embedder=embedder).score
        > verify(other, EVIDENCE, embedder=embedder).score + 0.2
    )


def test_trees_add_up_to_log_odds() -> None:
    stump = {
        "feature": [0, -1, -1],
        "threshold": [0.5, 0, 0],
        "left": [1, 0, 0],
        "right": [2, 0, 0],
    }
    stored = {
        "features": ["x"],
        "base": 0.25,
        "trees": [stump | {"value": [0, -1.0, 2.0]}, stump | {"value": [0, 0.5, 1.0]}],
        "supported": 0.5,
        "partly": 0.2,
    }

    model = read_model(stored)

    assert model.probability({"x": 0.5}) == pytest.approx(1 / (1 + np.exp(0.25)))
    assert model.probability({"x": 0.51}) == pytest.approx(1 / (1 + np.exp(-3.25)))
    with pytest.raises(KeyError):
        model.probability({})


@given(st.lists(st.floats(-3, 8), min_size=60, max_size=60), st.booleans())
@settings(max_examples=40)
def test_the_fitted_trees_give_probabilities(values: list[float], with_tokens: bool) -> None:
    model = load_model(with_tokens=with_tokens)

    probability = model.probability(dict(zip(model.features, values, strict=False)))

    assert 0.0 < probability < 1.0
    assert 0.0 < model.partly <= model.supported < 1.0
    assert all(isinstance(tree, Tree) for tree in model.trees)


@pytest.mark.parametrize(
    ("claim", "evidence", "support"),
    [
        ("The tunnel is 1,400 metres long.", "The tunnel is 1.4 km long.", "supported"),
        ("The tunnel is 1,400 metres long.", "The tunnel is 14 km long.", "unsupported"),
        ("The film lasts 90 minutes.", "The film runs for an hour and a half.", "supported"),
        ("The bridge cost 3 million pounds.", "The bridge cost £3m.", "supported"),
        ("The bridge cost 3 million pounds.", "The bridge cost €3m.", "unsupported"),
        ("Zelensky promised grain.", "Zelenskyy promised grain.", "supported"),
        ("Zelensky promised grain.", "Zaluzhny promised grain.", "unsupported"),
        ("Kim Hong Kyun met Reck.", "Kim Hong-kyun met Reck.", "supported"),
        ("Kim Hong Kyun met Reck.", "Kim Yong Kyun met Reck.", "unsupported"),
    ],
)
def test_units_and_spellings_may_differ_but_not_figures_and_names(
    claim: str, evidence: str, support: str
) -> None:
    assert verify(claim, evidence).support == support


def test_a_month_and_its_year_may_stand_apart() -> None:
    evidence = "The twins were born in August 1865. By December she had finished the book."

    assert not verify("The book was finished in December 1865.", evidence).reasons
    assert verify("The book was finished in December 1866.", evidence).reasons


def test_a_title_in_quotation_marks_is_no_name() -> None:
    evidence = "“Go Outside in the Rain” is a song by Milira."

    assert not verify("Milira sings ‘I Want to Go Outside in the Rain’.", evidence).reasons
