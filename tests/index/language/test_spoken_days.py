"""Days that a text speaks of, counted from its article's day by hand and with a calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.spoken_days import describe_days, find_spoken_days, month_of, week_of

PUBLISHED = date(2025, 3, 5)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("It was the first car to cross in nine weeks.", []),
        ("They left after their house was destroyed by a flood on Tuesday.", ["4 March 2025"]),
        ("The craft lifted off from its base on Tuesday.", ["4 March 2025"]),
        ("The quay is shut from Monday.", ["10 March 2025"]),
        ("We’ll see the plans on Friday.", ["7 March 2025"]),
        ("The ferry will shut down Thursday at noon.", ["6 March 2025"]),
        ("It is expected to reach 39 degrees (102 F) on Thursday.", ["6 March 2025"]),
        ("A sketch of “Saturday Night Live” made fun of it.", []),
        ("The show “Today” had her on.", []),
        ("Shops cut prices on Black Friday.", []),
        ("The January 6 committee met.", []),
        ("What will be the next: Feb. 27?", ["27 February 2025"]),
        ("It will open in nine weeks.", ["6 to 8 May 2025"]),
        ("The turnout was the lowest in a first round in 20 years.", []),
        ("Biden wraps her trip on Monday, May 9, with talks.", ["9 May 2025"]),
        ("She told USA TODAY that it closed.", []),
        ("Strong winds are forecast for Saturday.", ["8 March 2025"]),
        ("The barge hit the gate on Tuesday.", ["4 March 2025"]),
        ("It reopened on Wednesday.", ["5 March 2025"]),
        ("It sank last Wednesday.", ["26 February 2025"]),
        ("The bridge will be open again tomorrow.", ["6 March 2025"]),
        ("It will be opened on Friday by the king.", ["7 March 2025"]),
        ("The vote is set for Friday.", ["7 March 2025"]),
        ("Talks could resume as soon as Friday.", ["7 March 2025"]),
        ("They threatened to strike on Friday.", ["7 March 2025"]),
        ("The launch, once off, was moved to Friday.", ["7 March 2025"]),
        ("The two sides agreed to a deal on Friday.", ["28 February 2025"]),
        ("The fire was set on Friday.", ["28 February 2025"]),
        ("The fair opens on Friday.", ["7 March 2025"]),
        ("The children would have an hour off on Friday.", ["7 March 2025"]),
        ("He resigned the day before yesterday.", ["3 March 2025"]),
        ("The factory closed last month.", ["February 2025"]),
        ("The mill burnt down last year.", ["2024"]),
        ("The pool opens next month.", ["April 2025"]),
        ("The dam broke two days ago.", ["3 March 2025"]),
        ("A crane fell over the weekend.", ["1 to 2 March 2025"]),
        ("They met last week.", ["24 February to 2 March 2025"]),
        ("It was sold on 31 December.", ["31 December 2024"]),
        ("It starts on 10 January.", ["10 January 2026"]),
        ("It was built in 1962.", ["1962"]),
        ("Trains ran until 4 May 2024.", ["4 May 2024"]),
        ("The council will vote on Monday, she said on Tuesday.",
         ["10 March 2025", "4 March 2025"]),
        ("He left on Monday and returns on Friday.", ["3 March 2025", "7 March 2025"]),
        ("She said on Monday that the pool would open on Saturday.",
         ["3 March 2025", "8 March 2025"]),
        ("Images show it between 8 and 13 February.", ["8 to 13 February 2025"]),
        ("It arrived between February 8 and 13.", ["8 to 13 February 2025"]),
        ("The fair ran from 8 to 13 February 2024.", ["8 to 13 February 2024"]),
        ("The fair, held Feb. 8-13, was full.", ["8 to 13 February 2025"]),
        ("It was shut on 8–13 February.", ["8 to 13 February 2025"]),
        ("The show was on February 8-9, 2024, in Quill.", ["8 to 9 February 2024"]),
        ("It hit on February 8 and 13 people died.", ["8 February 2025"]),
        ("There will be Monday-morning quarterbacking.", []),
        ("A worker told Florida Today that it closed.", []),
        ("Today the pool is full.", ["5 March 2025"]),
        ("A new leader will be found by Friday March 14.", ["14 March 2025"]),
        ("His next day in court is Friday.", ["7 March 2025"]),
        ("The tour, launching in April, is sold out.", ["April 2025"]),
        ("The Rays host two events for children on Saturday.", ["8 March 2025"]),
        ("Sky at Mercury, noon Sunday, at the arena.", ["9 March 2025"]),
        ("Residents face rain late Thursday into early Friday.", ["6 March 2025", "7 March 2025"]),
        ("He has seven games, starting with the one against Quill on Friday.", ["7 March 2025"]),
        ("The floods left it shut through at least Friday.", ["7 March 2025"]),
        ("He is slated to sing in a second film (June 16).", ["16 June 2025"]),
        ("Gas is down a penny from Tuesday.", ["4 March 2025"]),
        ("The January 24 shooting could be a factor in the vote.", ["24 January 2025"]),
        ("It decided to hold an election on Monday.", ["10 March 2025"]),
        ("The final hearing Thursday is all about the lock.", ["6 March 2025"]),
        ("The show moves to Quill on Friday.", ["7 March 2025"]),
        ("It was crowned, its second title in three years.", []),
        ("He called her his Girl Friday.", []),
        ("Ada Holm, saying on Tuesday that it will open soon, left.", ["4 March 2025"]),
        ("A year ago today the lock broke.", ["2024"]),
        ("The letter comes every Monday through Friday.", []),
        ("In the last year we have tried.", []),
        ("It cost more in March and April of 2023.", ["March 2023", "April 2023"]),
        ("She won in 2018 where he had won two years earlier.", ["2018", "2016"]),
        ("It broke on Tuesday, and a day earlier it rained.", ["4 March 2025", "3 March 2025"]),
        ("Two days earlier he had told her.", []),
        ("A ruling is likely in June of next year.", ["June 2026"]),
        ("It fell in June of last year.", ["June 2024"]),
        ("They are expected to sign a pact, dubbed the Quill Pact, during their Friday talks.",
         ["7 March 2025"]),
        ("Mr May and April Holt ate a sundae.", []),
        ("Buses are late on Mondays.", []),
    ],
)  # fmt: skip
def test_days_count_from_the_day_of_the_article(text: str, days: list[str]) -> None:
    found = find_spoken_days(text, PUBLISHED)
    assert [day.describe() for day in found] == days


def test_a_month_that_is_to_come_may_be_of_the_next_year() -> None:
    [day] = find_spoken_days("The tour, launching in March, is sold out.", date(2021, 11, 5))
    assert day.describe() == "March 2022"
    [day] = find_spoken_days("She wanted to go there in March.", date(2022, 5, 8))
    assert day.describe() == "March 2022"


def test_without_a_day_of_its_own_an_article_has_full_dates_only() -> None:
    found = find_spoken_days("On Monday, 4 May 2024 and 3 June were named.", None)
    assert [day.describe() for day in found] == ["4 May 2024"]


def test_a_day_that_only_a_leap_year_has() -> None:
    [day] = find_spoken_days("It will reopen on February 29.", date(2027, 12, 1))
    assert day.describe() == "29 February 2028"


@pytest.mark.parametrize("text", ["on 31 February 2025", "on 2025-02-31", "on 45 May 2024"])
def test_no_day_is_made_up(text: str) -> None:
    assert not any("February 2025" in d.describe() for d in find_spoken_days(text, PUBLISHED))


def test_a_day_that_is_given_in_full_is_exact_and_one_long_ago_is_rough() -> None:
    exact, counted, rough = (
        find_spoken_days(text, PUBLISHED)[0]
        for text in ("on 4 March 2025", "on Tuesday", "three weeks ago")
    )
    assert (exact.is_exact, counted.is_exact) == (True, False)
    assert (counted.is_rough, rough.is_rough) == (False, True)
    assert rough.first <= PUBLISHED - timedelta(weeks=3) <= rough.last


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(-30, 30))
def test_weeks_and_months_hold_the_days_that_they_are_of(day: date, steps: int) -> None:
    first, last = week_of(day, steps)
    assert first.weekday() == 0
    assert first <= day + timedelta(weeks=steps) <= last
    first, last = month_of(day, steps)
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == steps
    assert (first.day, (last + timedelta(days=1)).day) == (1, 1)


@given(st.text(max_size=200), st.dates())
def test_any_text_is_read(text: str, published: date) -> None:
    for day in find_spoken_days(text, published):
        assert day.first <= day.last
        assert 0 <= day.start < day.end <= len(text)


def test_a_stretch_across_two_years_names_both() -> None:
    assert describe_days(date(2024, 12, 30), date(2025, 1, 5)) == (
        "30 December 2024 to 5 January 2025"
    )
