"""Ranking against oracles: z-scores, their fusion, folding of copies, and terms for search."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.language.words import STOP_WORDS
from index.searching.search import (
    BEST_SENTENCE_WEIGHT,
    BM25_WEIGHT,
    COPY_CONTAINMENT,
    COPY_DEPTH,
    DENSE_WEIGHT,
    fold_copies,
    fuse_scores,
    query_terms,
    spread_articles,
    standardize,
)
from index.stories.stories import SHINGLE_WORDS, find_figures, shingle
from onrecord import Article, HashEmbedder, Library

scores = st.lists(st.floats(-100, 100, width=16), max_size=12)

WIRE = (
    "Dockers at Port Elin walked out at dawn over a roster that none of them had signed.",
    "The harbour company called the walkout unlawful and sent its lawyers to court.",
    "A judge is to hear the case on Thursday, behind closed doors.",
    "Forty ships are waiting off the breakwater, eleven of them laden with fruit.",
    "Shopkeepers in Marrow Bay said that they had enough flour for nine days.",
    "The union wants two more crane drivers on every night shift.",
)
FOLLOW_UP = (
    "The judge sided with the dockers on Thursday and threw the company's complaint out.",
    "Dockers at Port Elin walked out at dawn over a roster that none of them had signed.",
    "Their union called the ruling a gift to every crane driver in the country.",
    "The first of the waiting ships was unloaded by floodlight the same night.",
)


# Standard scores


@given(scores)
@example([])
@example([3.0])
@example([0.1] * 7)
@example([1e300, 1e300])
def test_standard_scores_have_mean_zero_and_deviation_one(values: list[float]) -> None:
    scaled = standardize(values)
    assert scaled.dtype == np.float32
    assert scaled.shape == (len(values),)
    if len(set(values)) < 2:
        assert not scaled.any()
    else:
        assert abs(scaled.mean()) < 1e-4
        assert abs(scaled.std() - 1.0) < 1e-4


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=12))
def test_standard_scores_keep_the_order(values: list[int]) -> None:
    scaled = standardize(values)
    order = np.argsort(values, kind="stable")
    np.testing.assert_array_equal(np.argsort(scaled, kind="stable"), order)


def test_noise_is_no_difference() -> None:
    values = 0.7 + np.array([0.0, 1e-13, -1e-13])
    assert not standardize(values).any()


# Fusion


@given(st.lists(st.tuples(*[st.floats(-5, 5, width=16)] * 3), min_size=1, max_size=12))
def test_fusion_is_the_weighted_sum_of_standard_scores(rows: list[tuple[float, ...]]) -> None:
    features = np.array(rows)
    expected = np.zeros(len(rows))
    for weight, column in zip(
        (DENSE_WEIGHT, BM25_WEIGHT, BEST_SENTENCE_WEIGHT), features.T, strict=True
    ):
        if np.ptp(column) > 0:
            expected += weight * (column - column.mean()) / column.std()
    fused = fuse_scores(*features.T)
    assert fused.dtype == np.float32
    np.testing.assert_allclose(fused, expected, atol=1e-5)


@given(st.lists(st.tuples(*[st.integers(-9, 9)] * 3), min_size=1, max_size=12), st.randoms())
def test_fusion_does_not_mind_the_order(
    rows: list[tuple[int, int, int]], random: np.random.Generator
) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    fused = fuse_scores(*np.array(rows).T)
    shuffled = fuse_scores(*np.array([rows[i] for i in order]).T)
    np.testing.assert_allclose(shuffled, fused[order], atol=1e-5)


def test_equal_candidates_have_equal_scores() -> None:
    np.testing.assert_array_equal(fuse_scores([0.4] * 3, [2.0] * 3, [0.5] * 3), [0, 0, 0])


def test_a_feature_that_tells_nothing_counts_nothing() -> None:
    dense = [0.1, 0.9, 0.5]
    fused = fuse_scores(dense, [0.0] * 3, [0.3] * 3)
    np.testing.assert_allclose(fused, DENSE_WEIGHT * standardize(dense), atol=1e-6)


def test_one_candidate_scores_zero_and_none_score_nothing() -> None:
    np.testing.assert_array_equal(fuse_scores([0.9], [7.0], [0.9]), [0.0])
    assert fuse_scores([], [], []).shape == (0,)


# Folding


def fold_by_hand(
    texts: Sequence[str], owners: Sequence[object], k: int
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Fold as the docstring says, comparing every passage with every kept one."""

    def grams(text: str) -> set[str]:
        words = re.findall(r"\w+", text.casefold())
        last = max(1, len(words) - SHINGLE_WORDS + 1)
        return {" ".join(words[i : i + SHINGLE_WORDS]) for i in range(last)} - {""}

    kept: dict[int, list[int]] = {}
    for i, text in enumerate(texts):
        if len(kept) == k and i >= 3 * k:
            break
        originals: dict[object, list[int]] = {}
        for j in kept:
            if owners[j] != owners[i]:
                originals.setdefault(owners[j], []).append(j)
        for places in originals.values():
            known = set().union(*(grams(texts[j]) for j in places))
            if grams(text) and len(grams(text) & known) >= COPY_CONTAINMENT * len(grams(text)):
                shared = [len(grams(text) & grams(texts[j])) for j in places]
                kept[places[shared.index(max(shared))]].append(i)
                break
        else:
            if len(kept) < k:
                kept[i] = []
    return tuple((i, tuple(copies)) for i, copies in kept.items())


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from([*WIRE, "He left.", "…"]), max_size=4).map(" ".join),
            st.integers(1, 4),
        ),
        max_size=12,
    ),
    st.integers(1, 6),
)
def test_folding_is_that_of_brute_force(passages: list[tuple[str, int]], k: int) -> None:
    texts, owners = [text for text, _ in passages], [owner for _, owner in passages]
    assert fold_copies(texts, owners, k) == fold_by_hand(texts, owners, k)


def test_a_wire_report_is_folded_over_shifted_boundaries_and_another_tag() -> None:
    first = [" ".join(WIRE[:3]), " ".join(WIRE[3:])]
    second = [
        "PORT ELIN (Bay Wire) — " + " ".join(WIRE[:2]),
        " ".join(WIRE[2:4]),
        f"{WIRE[4]} {WIRE[5]} Reporting by Ada Holt.",
    ]
    folded = fold_copies([*first, *second], ["gazette", "gazette", "bay", "bay", "bay"], 10)
    assert folded == ((0, (2,)), (1, (3, 4)))


def test_a_follow_up_story_is_not_folded() -> None:
    folded = fold_copies([" ".join(WIRE), " ".join(FOLLOW_UP)], ["one", "two"], 10)
    assert folded == ((0, ()), (1, ()))


def test_repeats_within_an_article_are_kept() -> None:
    assert fold_copies([WIRE[0], WIRE[0]], ["one", "one"], 10) == ((0, ()), (1, ()))


def test_a_copy_far_below_is_still_counted_and_others_are_not_kept() -> None:
    texts = [WIRE[0], WIRE[1], WIRE[2], WIRE[0].upper()]
    assert fold_copies(texts, "abcd", 2) == ((0, (3,)), (1, ()))
    assert fold_copies([], [], 3) == ()


def test_no_text_is_read_beyond_what_is_looked_at() -> None:
    read: list[int] = []

    def texts() -> Iterator[str]:
        for number in range(100):
            read.append(number)
            yield f"The harbour of Quill had visitor number {number} on a day in spring."

    assert len(fold_copies(texts(), range(100), 2)) == 2
    assert len(read) <= COPY_DEPTH * 2 + 1


@given(st.text(alphabet="aB1\u0663_\u00b2\u00e9\u2014 -.\n9", max_size=14))
def test_figures_are_the_words_with_a_digit_behind_the_dateline(text: str) -> None:
    dateline = re.match(r"[^\W\d_][^\n—–]{0,80}?\s[—–-]{1,2}\s", text)
    told = text[dateline.end() :] if dateline else text
    words = re.findall(r"\w+", told.casefold())
    assert find_figures(text) == {word for word in words if re.search(r"\d", word)}


def test_a_short_text_is_one_shingle() -> None:
    assert shingle("He DENIED it.") == {("he", "denied", "it")}
    assert shingle("One two three four five") == {
        ("one", "two", "three", "four"),
        ("two", "three", "four", "five"),
    }
    assert shingle(" — ") == frozenset()


# Terms


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_terms_are_words_of_the_question_each_once(text: str) -> None:
    terms = query_terms(text)
    assert len(set(terms)) == len(terms)
    assert all(re.fullmatch(r"\w+", term) for term in terms)
    assert query_terms(text) == terms


@given(st.permutations(["glacier", "ferry", "budget", "verdict"]))
def test_terms_keep_their_order(words: list[str]) -> None:
    assert query_terms(" and the ".join(words)) == tuple(words)


def test_question_words_are_dropped() -> None:
    terms = query_terms("What did the Mayor's office say about the 1987 ferry?")
    assert terms == ("mayor", "office", "1987", "ferry")


@pytest.mark.parametrize("question", ["Who was he?", "What is it?", "the"])
def test_question_words_stay_where_nothing_else_is_left(question: str) -> None:
    terms = query_terms(question)
    assert terms == tuple(re.findall(r"\w+", question.lower()))
    assert set(terms) <= STOP_WORDS


def test_forms_of_one_word_are_one_term() -> None:
    assert query_terms("Straße STRASSE strasse") == ("strasse",)
    assert query_terms("cafe\u0301 café") == ("café",)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("rank") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(
            [Article("strike", "Strike", " ".join(WIRE)), Article("court", "Court", FOLLOW_UP[2])]
        )
        yield library


@pytest.mark.parametrize(
    "query",
    [
        '"',
        '"harbour',
        "'; DROP TABLE articles; --",
        "harbour AND",
        "NOT harbour OR",
        "NEAR(harbour company, 2)",
        "NEAR/3",
        "harb* *",
        "^harbour",
        "-harbour +company",
        "title:harbour",
        "passage_terms : harbour",
        "{harbour} (company",
        ")",
        "((((",
        "harbour\0company",
        "\\",
        "% _ ?1 :x @y $z",
        "_",
        "🦀",
        "...",
        string.punctuation,
    ],
)
def test_no_question_is_taken_for_query_syntax(harbour: Library, query: str) -> None:
    hits = harbour.search(query, 5)
    assert {hit.article.article_id for hit in hits} == {"strike", "court"}
    if "harbour" in query:
        assert {hit.article.article_id: hit.bm25 > 0 for hit in hits}["strike"]


def test_operators_are_looked_for_as_words(harbour: Library) -> None:
    by_id = {hit.article.article_id: hit for hit in harbour.search("harbour NOT every", 5)}
    assert by_id["strike"].bm25 > 0
    assert by_id["court"].bm25 > 0


# Spreading


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 3)), max_size=20))
def test_each_further_passage_of_an_article_loses_half_a_point(
    rows: list[tuple[int, int]],
) -> None:
    scores = np.array([score / 10 for score, _ in rows], dtype=np.float32)
    owners = [owner for _, owner in rows]
    spread = spread_articles(scores, owners)
    for i, owner in enumerate(owners):
        better = sum(
            owners[j] == owner and (scores[j], -j) > (scores[i], -i) for j in range(len(rows))
        )
        assert spread[i] == pytest.approx(scores[i] - 0.5 * better, abs=1e-5)


def test_spreading_leaves_the_given_scores_alone() -> None:
    scores = np.array([1.0, 0.9], dtype=np.float32)
    spread_articles(scores, ["a", "a"])
    assert scores.tolist() == pytest.approx([1.0, 0.9])
