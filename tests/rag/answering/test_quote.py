"""Quoting: word for word, in context, once, and in an order that reads well."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord import Article, Copy, Hit, Passage, Sentence
from rag import Support
from rag.answering.quote import (
    MAX_CLAIM_CHARS,
    MAX_JOINED_CHARS,
    NEAREST,
    NEIGHBOUR_MARGIN,
    cite,
    nearest_citations,
    needs_context,
    quote_context,
    quote_evidence,
    widen_to_context,
)
from rag.answering.reading_order import CitedClaims
from rag.types import Evidence


def make_hit(*sentences: str, name: str = "a", first: int = 0, score: float = 1.0) -> Hit:
    """Return a passage of an article made of these sentences, from the first-th on.

    A line that ends with no stop is a heading.
    """
    text = "\n".join(sentences)
    found, place = [], 0
    for sentence in sentences:
        end = place + len(sentence)
        found.append(Sentence(place, end, sentence, is_heading=sentence[-1].isalpha()))
        place = end + 1
    own = tuple(found[first:])
    start, end = own[0].start, own[-1].end
    article = Article(name, f"Title of {name}", text, f"{name}.md", date(2024, 5, 3), "Wire")
    return Hit(article, Passage(start, end, text[start:end], own), score, 0.0, 0.0, 0.0)


def pick(hit: Hit, *ordinals: int, score: float = 1.0) -> list[Evidence]:
    """Return sentences of a hit as evidence, each a little worse than the one before it."""
    return [
        Evidence(hit, sentence.start, sentence.end, sentence.text, score - n / 100, features=())
        for n, sentence in enumerate(hit.passage.sentences[i] for i in ordinals)
    ]


def quote(evidence: list[Evidence], max_claims: int = 4, margin: float = 10.0) -> CitedClaims:
    return quote_evidence(evidence, max_claims=max_claims, margin=margin)


def texts_of(draft: CitedClaims) -> list[str]:
    return [claim.text for claim in draft.claims]


# Context

LEANING = [
    "He denied it.",
    "She was in Quill at the time.",
    "But they refused.",
    "However, it failed.",
    "“It is over,” he said.",
    '"It is over," the harbour official said.',
    "“It is over,” added the envoy.",
    "“It is over.”",
    '"We never signed a thing."',
    "The official left early.",
    "The Quill harbour spokesman would not say.",
    "This was denied in Dunhollow.",
    "Their lawyers agreed.",
    "(He later apologised.)",
    "Both resigned.",
    "There he met the crew.",
]
STANDING = [
    "Ada Holt denied it.",
    "“Nobody signed a thing,” Ada Holt said.",
    "The Quill bridge was closed.",
    "Dockers said that he had lied.",
    "Hepburn resigned.",
    "Items were sold.",
    "There has been no reply from the port.",
    "“This is a grave matter,” said Ada Holt.",
    "A minister left early.",
]


@pytest.mark.parametrize("sentence", LEANING)
def test_a_sentence_that_leans_is_quoted_with_the_one_before_it(sentence: str) -> None:
    assert needs_context(sentence)
    hit = make_hit("It rained.", "Ada Holt arrived.", sentence)
    draft = quote(pick(hit, 2))
    assert texts_of(draft) == [f"Ada Holt arrived.\n{sentence}"]


@pytest.mark.parametrize("sentence", STANDING)
def test_a_sentence_that_stands_alone_is_quoted_alone(sentence: str) -> None:
    assert not needs_context(sentence)
    draft = quote(pick(make_hit("Ada Holt arrived.", sentence), 1))
    assert texts_of(draft) == [sentence]


def test_context_goes_back_two_sentences_at_most() -> None:
    hit = make_hit("Ada Holt arrived.", "She sat.", "She spoke.", "She left.")
    (widened,) = map(widen_to_context, pick(hit, 3))
    assert widened.text == "She sat.\nShe spoke.\nShe left."
    (widened,) = map(widen_to_context, pick(hit, 2))
    assert widened.text == "Ada Holt arrived.\nShe sat.\nShe spoke."


def test_context_does_not_reach_over_a_heading() -> None:
    hit = make_hit("Ada Holt arrived.", "What came next", "She left.")
    assert texts_of(quote(pick(hit, 2))) == ["She left."]


def test_a_heading_has_no_context() -> None:
    hit = make_hit("Ada Holt arrived.", "Their answer", "Dockers laughed.")
    assert texts_of(quote(pick(hit, 1))) == ["Their answer"]


def test_context_does_not_leave_the_passage() -> None:
    hit = make_hit("Ada Holt arrived.", "She left.", "She came back.", first=1)
    (widened,) = map(widen_to_context, pick(hit, 1))
    assert widened.text == "She left.\nShe came back."


def test_context_does_not_make_a_claim_too_long() -> None:
    hit = make_hit("x" * MAX_CLAIM_CHARS + ".", "She left.")
    assert texts_of(quote(pick(hit, 1))) == ["She left."]


# Choice


def test_no_evidence_is_no_answer() -> None:
    assert quote([]) == CitedClaims((), ())


def test_at_most_so_many_are_quoted() -> None:
    hit = make_hit(*(f"Ferry {n} sank." for n in range(9)))
    assert texts_of(quote(pick(hit, 0, 2, 4, 6, 8), max_claims=3)) == [
        "Ferry 0 sank.",
        "Ferry 2 sank.",
        "Ferry 4 sank.",
    ]
    assert len(quote(pick(hit, 0, 2, 4, 6, 8), max_claims=99).claims) == 5
    assert texts_of(quote(pick(hit, *range(9)), max_claims=3)) == [
        "Ferry 0 sank.\nFerry 1 sank.\nFerry 2 sank."
    ]


def test_what_is_far_below_the_best_is_not_quoted() -> None:
    hit = make_hit("One ferry sank.", "Rain fell.", "Two ferries sank.", "Three ferries sank.")
    best, second, third = pick(hit, 0, 2, 3)
    evidence = [best, replace(second, score=best.score - 1.0), replace(third, score=-1.0)]
    assert texts_of(quote(evidence, margin=1.0)) == ["One ferry sank.", "Two ferries sank."]
    assert texts_of(quote(evidence, margin=0.0)) == ["One ferry sank."]


def test_neighbours_that_score_alike_are_one_quotation() -> None:
    hit = make_hit("The chain may be for sale.", "Owner Ada Holt said so on Tuesday.")
    said, named = pick(hit, 1)[0], pick(hit, 0)[0]
    together = ["The chain may be for sale.\nOwner Ada Holt said so on Tuesday."]
    near = replace(named, score=said.score - NEIGHBOUR_MARGIN)
    far = replace(named, score=said.score - NEIGHBOUR_MARGIN - 0.01)
    assert texts_of(quote([said, near])) == together
    assert len(quote([said, far]).claims) == 2


def test_neighbours_are_not_joined_beyond_a_length_or_with_a_heading() -> None:
    long = "Ada Holt " + "very " * (MAX_JOINED_CHARS // 10) + "gladly spoke."
    hit = make_hit(long, long)
    assert len(quote(pick(hit, 0, 1)).claims) == 2
    assert len(quote(pick(make_hit("Ferries", "Two sank."), 1, 0)).claims) == 2


def test_sentences_with_others_between_are_not_joined() -> None:
    hit = make_hit("One ferry sank.", "Rain fell.", "Two ferries sank.")
    assert len(quote(pick(hit, 0, 2)).claims) == 2


def test_stretches_that_overlap_are_one_claim_at_the_better_place() -> None:
    hit = make_hit("Ada Holt arrived.", "She spoke.", "She left.", "Snow fell in Quill.")
    other = make_hit("Dockers sang.", name="b")
    evidence = [*pick(hit, 1), *pick(other, 0), *pick(hit, 2), *pick(hit, 0)]
    draft = quote(evidence)
    assert [citation.quote for citation in draft.citations] == [
        "Ada Holt arrived.\nShe spoke.\nShe left.",
        "Dockers sang.",
    ]


def test_a_stretch_can_join_two_that_stood_apart() -> None:
    hit = make_hit("Ada Holt arrived.", "Rain fell.", "Snow fell.", "He spoke.")
    draft = quote([*pick(hit, 0), *pick(hit, 2), *pick(hit, 3)])
    assert texts_of(draft) == ["Ada Holt arrived.", "Snow fell.\nHe spoke."]
    hit = make_hit("Ada Holt arrived.", "She sat.", "She spoke.")
    draft = quote([*pick(hit, 0), *pick(make_hit("Dockers sang.", name="b"), 0), *pick(hit, 2)])
    assert texts_of(draft) == ["Ada Holt arrived.\nShe sat.\nShe spoke.", "Dockers sang."]


def test_the_same_place_of_two_articles_is_two_claims() -> None:
    draft = quote([*pick(make_hit("Snow fell."), 0), *pick(make_hit("Rain fell.", name="b"), 0)])
    assert texts_of(draft) == ["Snow fell.", "Rain fell."]


# Order


def test_the_best_claim_comes_first_and_its_article_goes_on() -> None:
    one = make_hit("Snow fell.", "Rain fell.", "Hail fell.")
    other = make_hit("Dockers sang.", "Crowds came.", "Dockers danced.", name="b")
    evidence = [*pick(one, 2), *pick(other, 2), *pick(one, 0), *pick(other, 0)]
    draft = quote(evidence)
    assert [(c.number, c.quote) for c in draft.citations] == [
        (1, "Hail fell."),
        (2, "Dockers danced."),
        (3, "Snow fell."),
        (4, "Dockers sang."),
    ]
    assert [(claim.text, claim.citations) for claim in draft.claims] == [
        ("Hail fell.", (1,)),
        ("Snow fell.", (3,)),
        ("Dockers danced.", (2,)),
        ("Dockers sang.", (4,)),
    ]


# Citations


def test_a_citation_says_where_its_words_stand() -> None:
    copy = Copy("b", "Snow", "The Post", None, 3, 9)
    (evidence,) = pick(make_hit("It rained.", "Snow fell."), 1)
    (citation,) = cite([replace(evidence, copies=(copy,))])
    article = evidence.hit.article
    assert (citation.number, citation.article_id, citation.title) == (1, "a", "Title of a")
    assert (citation.outlet, citation.source, citation.published) == (
        "Wire",
        "a.md",
        date(2024, 5, 3),
    )
    assert article.text[citation.start : citation.end] == citation.quote == "Snow fell."
    assert citation.copies == (copy,)


def test_a_refusal_shows_the_nearest_sentence_of_each_passage() -> None:
    sentences = tuple(f"Ferry {n} sank." for n in range(8))
    passages = [make_hit(*sentences, first=n) for n in range(4)]
    evidence = [*pick(passages[0], 0, 1), *pick(passages[1], 3), *pick(passages[0], 2)]
    nearest = nearest_citations([*evidence, *pick(passages[2], 2), *pick(passages[3], 4)])
    assert [(c.number, c.quote) for c in nearest] == [
        (1, "Ferry 0 sank."),
        (2, "Ferry 4 sank."),
        (3, "Ferry 4 sank."),
    ]
    assert len(nearest) == NEAREST
    assert nearest_citations([]) == ()


def test_passages_of_two_articles_may_begin_at_the_same_place() -> None:
    hits = [make_hit("Snow fell.", name=name) for name in "ab"]
    nearest = nearest_citations([pick(hit, 0)[0] for hit in hits])
    assert [citation.article_id for citation in nearest] == ["a", "b"]


# Any evidence

sentences = st.lists(
    st.sampled_from([*LEANING, *STANDING, "What came next", "Their answer", "Snow fell."]),
    min_size=1,
    max_size=8,
)


@st.composite
def evidence_sets(draw: st.DrawFn) -> list[Evidence]:
    """Every sentence at most once, best first, from overlapping passages of two articles."""
    pool: dict[tuple[str, int], Evidence] = {}
    for name in "ab":
        lines = draw(sentences)
        for first in draw(st.sets(st.integers(0, len(lines) - 1), max_size=2)):
            hit = make_hit(*lines, name=name, first=first)
            for evidence in pick(hit, *range(len(hit.passage.sentences))):
                pool.setdefault((name, evidence.start), evidence)
    chosen = draw(st.lists(st.sampled_from(list(pool.values())), unique=True)) if pool else []
    return [replace(evidence, score=float(-n)) for n, evidence in enumerate(chosen)]


@given(evidence_sets(), st.integers(1, 6), st.integers(0, 8))
def test_any_answer_is_the_articles_own_words_in_order(
    evidence: list[Evidence], max_claims: int, margin: int
) -> None:
    draft = quote(evidence, max_claims, margin)
    articles = {item.hit.article.article_id: item.hit.article for item in evidence}
    by_number = {citation.number: citation for citation in draft.citations}

    # Word for word, every citation once.
    assert list(by_number) == list(range(1, len(draft.claims) + 1))
    assert sorted(n for claim in draft.claims for n in claim.citations) == list(by_number)
    assert len(draft.claims) <= max_claims
    for claim in draft.claims:
        citation = by_number[claim.citations[0]]
        text = articles[citation.article_id].text
        assert claim.text == citation.quote == text[citation.start : citation.end]
        assert claim.support is Support.SUPPORTED

    # All that was good enough is there, the best first.
    def cover(item: Evidence) -> int:
        return next(
            number
            for number, c in by_number.items()
            if c.article_id == item.hit.article.article_id
            and c.start <= item.start
            and item.end <= c.end
        )

    numbers = [cover(item) for item in evidence[: min(max_claims, margin + 1)]]
    firsts = list(dict.fromkeys(numbers))
    assert firsts == sorted(firsts)
    if evidence:
        assert numbers[0] == 1

    # No words twice, no heading that was not asked for.
    places = sorted((c.article_id, c.start, c.end) for c in draft.citations)
    for one, other in pairwise(places):
        assert one[0] != other[0] or one[2] <= other[1]
    asked_for = {(item.hit.article.article_id, item.start) for item in evidence}
    for item in evidence:
        for sentence in item.hit.passage.sentences:
            name = item.hit.article.article_id
            if sentence.is_heading and (name, sentence.start) not in asked_for:
                assert not any(
                    place[0] == name and place[1] <= sentence.start < place[2] for place in places
                )

    # Article by article in the order of their best: that one first, the others in their order.
    cited = [by_number[claim.citations[0]] for claim in draft.claims]
    best = {citation.article_id: citation for citation in reversed(draft.citations)}
    order = list(dict.fromkeys(citation.article_id for citation in draft.citations))
    keys = [(order.index(c.article_id), c != best[c.article_id], c.start) for c in cited]
    assert keys == sorted(keys)


@pytest.mark.parametrize("marker", ["- ", "• ", "* "])
def test_the_marker_of_a_list_item_is_not_quoted(marker: str) -> None:
    hit = make_hit("Four demands:", f"{marker}The harbour must open.")
    draft = quote(pick(hit, 1))
    assert texts_of(draft) == ["The harbour must open."]
    (citation,) = draft.citations
    assert hit.article.text[citation.start : citation.end] == citation.quote


def test_citations_carry_what_is_known_of_the_article_and_the_page() -> None:
    text = "The quay is closed. It will be mended."
    sentences = (Sentence(0, 19, text[:19]), Sentence(20, 38, text[20:]))
    article = Article(
        "a",
        "Quay",
        text,
        url="https://news.example/quay",
        author="Ann Reed",
        published=date(2024, 10, 21),
        date_basis="page",
        pages=(0, 20),
    )
    hit = Hit(article, Passage(0, 38, text, sentences), 1.0, 0.5, 1.0, 0.5, (0.5, 0.5))
    evidence = [Evidence(hit, s.start, s.end, s.text, 1.0, ()) for s in sentences]
    first, second = cite(evidence)
    assert (first.url, first.author, first.date_basis, first.page) == (
        "https://news.example/quay",
        "Ann Reed",
        "page",
        1,
    )
    assert second.page == 2
    unpaged = replace(hit, article=replace(article, pages=()))
    assert cite([replace(evidence[0], hit=unpaged)])[0].page is None


def test_only_the_item_of_a_list_is_quoted() -> None:
    demands = make_hit("The tenants demand:", "- the repair of both lifts", "- no higher rent")
    draft = quote_evidence(pick(demands, 2), max_claims=4, margin=1.0)
    assert texts_of(draft) == ["no higher rent"]


def test_what_was_weighed_is_quoted_by_its_likelihood() -> None:
    hit = make_hit("The lido opened.", "It rained.", "The lido closed.", "Nobody came.")
    likely = [
        replace(item, likelihood=p)
        for item, p in zip(pick(hit, 0, 2, 1), (0.2, 0.5, 0.1), strict=True)
    ]
    draft = quote_evidence(likely, max_claims=4, margin=10.0, least=0.4)
    assert texts_of(draft) == ["The lido opened.", "The lido closed."]


def test_what_is_said_as_context_is_quoted_with_what_it_leans_on() -> None:
    hit = make_hit("Mark Rutte met reporters.", "He declined to confirm it.", "It rained.")
    draft = quote_context(pick(hit, 1), is_near=True)
    assert texts_of(draft) == ["Mark Rutte met reporters.\nHe declined to confirm it."]
    assert all(claim.context for claim in draft.claims)
    assert quote_context(pick(hit, 1), is_near=False).claims == ()


@pytest.mark.parametrize(
    ("sentence", "language", "leans"),
    [
        ("Elle est la première femme à diriger le corps.", "fr", True),
        ("Sie ist die erste Frau an der Spitze.", "de", True),
        ("Он возглавляет совет с марта.", "ru", True),
        ("Il ponte è chiuso.", "it", False),
        ("La commune a voté.", "fr", False),
    ],
)
def test_pronouns_in_other_languages_lean_on_what_precedes(
    sentence: str, language: str, *, leans: bool
) -> None:
    assert needs_context(sentence, language) is leans
