"""Days of cited sentences are counted out, the quotations stay as they are."""

from __future__ import annotations

from datetime import date

from rag.answering.days import explain_days
from rag.types import Citation


def cite(number: int, quote: str, published: date | None) -> Citation:
    return Citation(number, "a", "A title", "", "", published, 0, len(quote), quote)


def test_only_days_of_cited_sentences_that_have_to_be_counted_are_explained() -> None:
    citations = [
        cite(1, "It burst on Tuesday.", date(2025, 3, 5)),
        cite(2, "It was mended on 6 March 2025.", date(2025, 3, 7)),
        cite(3, "It burst on Monday.", date(2025, 3, 5)),
        cite(4, "It closed two weeks ago.", date(2025, 3, 5)),
        cite(5, "It closed on Monday.", None),
    ]
    assert explain_days(citations, {1, 2, 4, 5}) == (
        "In the article of 5 March 2025, “Tuesday” is 4 March 2025."
        " In the article of 5 March 2025, “two weeks ago” is about 19 February 2025."
    )


def test_a_date_is_explained_only_if_its_year_is_not_the_article_s() -> None:
    citations = [
        cite(1, "It closes on 6 May, and it opened in March.", date(2025, 3, 5)),
        cite(2, "It closed on 6 December.", date(2025, 1, 9)),
    ]
    assert explain_days(citations, {1, 2}) == (
        "In the article of 9 January 2025, “6 December” is 6 December 2024."
    )


def test_without_such_days_nothing_is_said() -> None:
    assert explain_days([cite(1, "Nothing happened.", date(2025, 3, 5))], {1}) == ""
