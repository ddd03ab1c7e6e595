"""Corrections come before what they correct, which says so."""

from datetime import date

import pytest

from index.text.passages import split_passages
from index.types import Article, Hit
from rag.answering.corrections import add_corrections, find_refutations
from rag.types import Citation, Claim, Evidence, Support


def article(article_id: str, day: date | None, text: str, title: str = "Report") -> Article:
    return Article(article_id, title, text, published=day, outlet="Mail")


def cite(source: Article, words: str, number: int = 1) -> Citation:
    start = source.text.index(words)
    return Citation.of_place(source, start, start + len(words), number)


def say(citation: Citation) -> Claim:
    return Claim(citation.quote, Support.SUPPORTED, (citation.number,))


def evidence_of(*articles: Article) -> list[Evidence]:
    return [
        Evidence(Hit(source, passage, 1.0, 0.5, 1.0, 0.5, ()), s.start, s.end, s.text, 1.0, ())
        for source in articles
        for passage in split_passages(source.text)
        for s in passage.sentences
    ]


FIRST, LATER = date(2025, 5, 9), date(2025, 5, 13)
ROOF = article(
    "roof", FIRST, "The new roof of the grammar school will cost 31 million crowns. It leaks."
)


@pytest.mark.parametrize(
    ("old", "new", "quote", "mark"),
    [
        (
            "The new roof of the grammar school will cost 31 million crowns.",
            "We said that the new roof of the grammar school would cost 31 million crowns. That"
            " was wrong. It will cost 3.1 million. We regret the error.",
            "We said that the new roof of the grammar school would cost 31 million crowns. That"
            " was wrong. It will cost 3.1 million.",
            "corrected 13 May 2025",
        ),
        (
            "The museum of glass will open on 6 June, its director said.",
            "In our report we gave the wrong date. The museum of glass opens on 16 June.",
            "In our report we gave the wrong date. The museum of glass opens on 16 June.",
            "corrected 13 May 2025",
        ),
        (
            "The film festival of Eastport will start on 2 May, the organisers said.",
            "The film festival of Eastport has been postponed to 13 June. A hall burnt down.",
            "The film festival of Eastport has been postponed to 13 June.",
            "changed 13 May 2025",
        ),
        (
            "Tarn Steel will cut 320 jobs, the company said.",
            "Tarn Steel will cut fewer jobs, 190 instead of 320.",
            "Tarn Steel will cut fewer jobs, 190 instead of 320.",
            "changed 13 May 2025",
        ),
        # Another matter, or only another figure.
        (
            "The new roof of the grammar school will cost 31 million crowns.",
            "We said that the choir sings on Monday. That was wrong. It sings on Tuesday.",
            "",
            "",
        ),
        (
            "The new roof of the grammar school will cost 31 million crowns.",
            "The new roof of the grammar school will cost 28 million crowns, a mason said.",
            "",
            "",
        ),
    ],
)
def test_a_correction_precedes_what_it_corrects(old: str, new: str, quote: str, mark: str) -> None:
    earlier, later = article("old", FIRST, old), article("new", LATER, new)
    citation = cite(earlier, old)
    claims, citations = add_corrections(
        [say(citation)], [citation], evidence_of(earlier, later), [earlier, later]
    )
    assert [c.text for c in claims] == ([quote, old] if quote else [old])
    assert claims[-1].reason == mark
    assert all(
        c.quote == {"old": old, "new": new}[c.article_id][c.start : c.end] for c in citations
    )


def test_an_older_report_corrects_nothing() -> None:
    older = article("old", date(2025, 5, 1), "The roof of the grammar school cost was revised.")
    citation = cite(ROOF, "The new roof of the grammar school will cost 31 million crowns.")
    claims, _ = add_corrections([say(citation)], [citation], evidence_of(older), [ROOF, older])
    assert claims == (say(citation),)


def test_a_correction_that_is_quoted_already_moves_up() -> None:
    later = article("new", LATER, "The roof of the grammar school was put off; it will cost less.")
    old = cite(ROOF, "The new roof of the grammar school will cost 31 million crowns.")
    new = cite(later, later.text, number=2)
    claims, citations = add_corrections(
        [say(old), say(new)], [old, new], evidence_of(ROOF, later), [ROOF, later]
    )
    assert [claim.citations for claim in claims] == [(2,), (1,)]
    assert citations == (old, new)


def test_what_is_refuted_at_once_is_never_quoted_without_that() -> None:
    text = "It put the height at 40 metres. That was wrong. It is 14 metres high. Ferries run."
    source = article("new", LATER, text)
    assert [text[a:b] for a, b in find_refutations(source)] == [text[: text.index(" Ferries")]]
    citation = cite(source, "It put the height at 40 metres.")
    claims, citations = add_corrections([say(citation)], [citation], [], [source])
    assert [c.text for c in claims] == [text[: text.index(" Ferries")]]
    assert [c.quote for c in citations] == [claims[0].text]


def test_a_notice_in_the_same_article_comes_first() -> None:
    text = (
        "The choir of Eastport won second prize in Graz. It has 38 singers.\n"
        "This article was amended on 7 March. The choir won first prize, not second."
    )
    source = article("choir", FIRST, text)
    citation = cite(source, "The choir of Eastport won second prize in Graz.")
    claims, _ = add_corrections([say(citation)], [citation], evidence_of(source), [source])
    assert claims[0].text.startswith("This article was amended")
    assert claims[1].reason == "corrected"


def test_a_notice_that_only_names_a_misspelling_is_left_out() -> None:
    text = (
        "The lunch with Warren Buffett cost 19 million dollars.\n"
        "Corrected: An earlier version of this article misspelled Warren Buffett."
    )
    source = article("lunch", FIRST, text)
    citation = cite(source, "The lunch with Warren Buffett cost 19 million dollars.")
    claims, _ = add_corrections([say(citation)], [citation], evidence_of(source), [source])
    assert claims == (say(citation),)
