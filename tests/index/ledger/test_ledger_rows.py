"""The rows of one article: who is meant by "she", and what stands above a paragraph."""

from __future__ import annotations

from datetime import date

from index.ledger.rows import read_rows
from index.text.sentences import split_sentences


def read_speakers(text: str) -> list[tuple[str, str]]:
    """Return the resolved speaker and the first words said, statement by statement."""
    rows = read_rows(text, split_sentences(text), language="en", published=None)
    return [
        (
            row.name.name if row.name else text[slice(*row.statement.head)],
            text[slice(*row.statement.contents[0])],
        )
        for row in rows.statements
    ]


def test_she_is_whom_the_sentence_before_names() -> None:
    text = (
        "Lena Hartwick said it was late. It was begun by Noor Adeyemi, a nurse. She wants a vote."
    )
    assert read_speakers(text) == [("Lena Hartwick", "it was late"), ("Noor Adeyemi", "a vote")]


def test_a_quotation_above_a_paragraph_is_a_statement() -> None:
    text = (
        "Holm denied the report.\n\n“a grave threat” – Mayor Tomas Reck\n\n"
        "The town has waited for years, and it waits on."
    )
    assert ("Tomas Reck", "“a grave threat”") in read_speakers(text)


def test_a_heading_is_no_statement() -> None:
    text = "Reck denies the claim\n\nThe town has waited for years, and it waits on."
    assert read_speakers(text) == []


def test_a_day_has_the_year_that_the_article_gives_it() -> None:
    text = "It sank on January 6, 2021.\n\nOn January 6 it rained. On January 7 it did not."
    rows = read_rows(text, split_sentences(text), language="en", published=date(2022, 6, 16))
    assert [row.day.describe() for row in rows.days] == [
        "6 January 2021",
        "6 January 2021",
        "7 January 2022",
    ]


def test_a_day_that_an_event_is_named_after_is_not_of_this_year() -> None:
    text = "The January 6 committee met on June 9. It asked what he did on January 6."
    rows = read_rows(text, split_sentences(text), language="en", published=date(2022, 6, 16))
    assert [row.day.describe() for row in rows.days] == ["9 June 2022"]


def test_a_day_of_a_known_event_has_its_year() -> None:
    text = "He stayed outside of the Capitol on Jan. 6, a witness said."
    [row] = read_rows(text, split_sentences(text), language="en", published=date(2022, 10, 4)).days
    assert row.day.describe() == "6 January 2021"
    [row] = read_rows(text, split_sentences(text), language="en", published=date(2023, 1, 9)).days
    assert row.day.describe() == "6 January 2023"


def test_a_day_of_the_week_that_may_be_the_last_or_the_next_is_left_out() -> None:
    text = "Tuesday: a hearing on the lock. On Monday the lock broke."
    rows = read_rows(text, split_sentences(text), language="en", published=date(2025, 3, 5))
    assert [row.day.describe() for row in rows.days] == ["3 March 2025"]
