"""Publication dates: forms that are read, and those that are left unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.text.datelines import find_dateline, find_wire
from index.text.dates import is_date_line, parse_date, parse_moment

DAY = date(2024, 10, 21)
BODY = [
    "The harbour board of Saltmere has closed the old quay.",
    "It will be mended in the spring, the board said in a statement.",
    "The work costs 40,000 crowns, and nobody knows yet who will pay for it.",
    "A ferry will call at the new pier until then, twice a day and once on Sundays.",
    "Fishermen say that this is not enough.",
    "They met the mayor on Monday.",
]


@pytest.mark.parametrize(
    "text",
    [
        *("2024-10-21", "2024/10/21", "20241021", "21.10.2024", "21/10/2024", "10/21/2024"),
        *("2024-10-21T09:30:00Z", "2024-10-21T09:30:00.123456+09:00", "2024-10-21 09:30:00 +0900"),
        *("21 October 2024", "21st October, 2024", "21st of October 2024", "21-Oct-2024"),
        *("October 21, 2024", "Oct. 21, 2024", "OCT 21 2024", "October 21st, 2024"),
        *("Monday, October 21, 2024", "Mon, 21 Oct 2024 09:30:00 GMT", "(21 October 2024)"),
        *("October 21, 2024 10:30 GMT", "10:30 a.m. EDT, October 21, 2024", "21 Oct 2024 at 5pm"),
        *("Published 21 October 2024", "Posted on: October 21, 2024", "Date: 2024-10-21"),
        *("Published: 21 October 2024 | Updated: 22 October 2024",),
        *("Updated 22 October 2024, first published 21 October 2024",),
        *("This article was first published on 21 October 2024.",),
        *("By Ann Reed | October 21, 2024", "October 21, 2024 - By ANN REED and Tomas van Holm"),
    ],
)
def test_complete_dates(text: str) -> None:
    assert parse_date(text) == DAY
    assert find_dateline([text, *BODY]) == DAY
    assert find_dateline(["Quay closed", text, *BODY]) == DAY
    assert find_dateline([*BODY, text]) == DAY
    assert is_date_line(text)


@pytest.mark.parametrize(
    "value",
    [
        *("", "soon", "October 2024", "2024", "21 October", "03/04/2024", "03.04.2024"),
        *("2024-02-31", "31 April 2024", "0000-01-01", "1599-12-31", "9999-01-01", "2024-10-21-3"),
        *("Oct 20-21, 2024", "v2024.10.21.4", "The board met on October 21, 2024", "x" * 100_000),
        *("By the end of October 21, 2024", "٢٠٢٤", None, True, 20241021, 3.5, ["2024-10-21"], {}),
    ],
)
def test_anything_else_is_unknown(value: object) -> None:
    assert parse_date(value) is None


def test_dates_and_datetimes_are_taken_as_written() -> None:
    assert parse_date(DAY) == DAY
    assert parse_date(datetime(2024, 10, 21, 23, 59, tzinfo=UTC)) == DAY
    assert parse_date(date(1066, 10, 14)) is None


@settings(deadline=None)
@given(st.dates(date(1600, 1, 1), date.today()))
def test_written_dates_are_read_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day:%B} {day.day}, {day.year}") == day
    assert parse_date(f"{day.day} {day:%b}. {day.year}") == day
    assert parse_date(f"{day:%A}, {day.day} {day:%B} {day.year}, 09:30 GMT") == day


@settings(deadline=None)
@given(st.lists(st.text(max_size=130), max_size=8))
def test_any_lines_can_be_searched(lines: list[str]) -> None:
    found = find_dateline(lines)
    assert found is None or 1600 <= found.year <= (date.today() + timedelta(366)).year


@pytest.mark.parametrize(
    "line",
    [
        "SALTMERE, Oct. 21, 2024 (Corvane Wire) — The board has closed the quay.",
        "SALTMERE, Vorland, October 21, 2024 – The board has closed the quay.",
        "Saltmere, 21 October 2024 - The board has closed the quay.",
        "SALTMERE, Oct. 21, 2024 /Corvane Wire/ -- The board has closed the quay.",
        "NEW SALTMERE (Corvane Wire, October 21, 2024) — The board has closed the quay.",
        "SALTMERE, 21 October 2024: The board has closed the quay.",
    ],
)
def test_a_dateline_before_the_first_paragraph(line: str) -> None:
    assert find_dateline(["Quay closed", line, *BODY]) == DAY


@pytest.mark.parametrize(
    "line",
    [
        "On October 21, 2024 – a Monday – the board closed the quay.",
        "Since October 21, 2024 — the day of the storm — the quay is shut.",
        "October 21, 2024 – The board closes the quay",
        "The mayor, who died on October 21, 1921 - alone - had built the quay.",
        "SALTMERE, Oct. 21 (Corvane Wire) — The storm of May 5, 2023 – a bad one – did it.",
        "The quay closed on October 21, 2024.",
    ],
)
def test_a_date_that_the_article_tells_about_is_not_its_own(line: str) -> None:
    assert find_dateline([line, *BODY]) is None
    assert find_dateline([*BODY, line]) is None


def test_a_date_in_the_middle_or_below_a_correction_is_not_the_articles() -> None:
    assert find_dateline([*BODY, "21 October 2024", *BODY]) is None
    assert (
        find_dateline([*BODY, *BODY[:3], "CORRECTION:", "The quay is long.", "21 October 2024"])
        is None
    )


def test_publication_goes_before_an_update() -> None:
    lines = ["Quay closed", "Updated 23 October 2024", "Published 21 October 2024", *BODY]
    assert find_dateline(lines) == DAY
    assert find_dateline(["Quay closed", "Updated 23 October 2024", *BODY]) == date(2024, 10, 23)


def test_bylines_are_date_lines_and_sentences_are_not() -> None:
    assert is_date_line("By Ann Reed")
    assert is_date_line("10:30 GMT")
    assert not is_date_line("By the sea")
    assert not is_date_line("On Monday")
    assert not is_date_line(BODY[0])
    assert not is_date_line("")


def zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


@pytest.mark.parametrize(
    ("text", "hour", "minute", "tz"),
    [
        ("2024-10-21T09:30:00Z", 9, 30, UTC),
        ("2024-10-21T09:30:00.123456+09:00", 9, 30, zone(9)),
        ("2024-10-21 09:30 -0330", 9, 30, zone(-3.5)),
        ("2024-10-21T23:30:00-11:00", 23, 30, zone(-11)),
        ("Mon, 21 Oct 2024 09:30:00 GMT", 9, 30, UTC),
        ("Mon, 21 Oct 2024 09:30:00 -0500", 9, 30, zone(-5)),
        ("Mon, 21 Oct 2024 09:30:00 EST", 9, 30, zone(-5)),
        ("October 21, 2024 10:30 UTC", 10, 30, UTC),
        ("10:30 a.m. EDT, October 21, 2024", 10, 30, zone(-4)),
        ("21 October 2024 12:05 AM CEST", 0, 5, zone(2)),
        ("21 October 2024, 12 pm KST", 12, 0, zone(9)),
        ("21 Oct 2024 at 5pm", 17, 0, None),
        ("21.10.2024 09.30", 9, 30, None),
        ("21 October 2024 12:30 BST", 12, 30, None),  # of Britain or of Bangladesh
        ("Published: 21 October 2024, 09:30", 9, 30, None),
    ],
)
def test_moments(text: str, hour: int, minute: int, tz: timezone | None) -> None:
    moment = parse_moment(text)
    assert moment is not None
    assert moment.replace(second=0) == datetime(2024, 10, 21, hour, minute, tzinfo=tz)
    assert moment.utcoffset() == (tz.utcoffset(None) if tz else None)
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    "value",
    [
        *("", "2024-10-21", "21 October 2024", "09:30", "2024-10-21T25:00", "2024-10-21T09:61"),
        *("21 October 2024 13:00 pm", "03/04/2024 09:30", "2024-10-21T09:30:00+99:00"),
        *("2024-10-21 09:30 to 10:30", "21 October 2024 09:30 | 22 October 2024 10:00"),
        *("The board met at 09:30 on October 21, 2024", DAY, None, 1729503000, True, ["09:30"]),
        datetime(1066, 10, 14, 9, 30),
    ],
)
def test_what_is_no_moment(value: object) -> None:
    assert parse_moment(value) is None


@given(
    st.datetimes(
        datetime(1600, 1, 1),
        datetime(2025, 12, 31),
        timezones=st.sampled_from([None, UTC, zone(5.5), zone(-9.5), zone(14)]),
    )
)
def test_written_moments_are_read_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    read = parse_moment(moment.isoformat())
    assert (read, read and read.utcoffset()) == (moment, moment.utcoffset())
    read = parse_moment(moment.isoformat(sep=" ", timespec="minutes"))
    assert read == moment.replace(second=0)
    assert parse_moment(moment) is moment


@given(st.text(max_size=150))
def test_any_field_can_be_read(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or moment.date() == parse_date(text)


@pytest.mark.parametrize(
    ("line", "wire"),
    [
        ("SALTMERE, Oct 21 (Corvane Wire) -- The board has closed the quay.", "Corvane Wire"),
        ("SALTMERE, Oct. 21, 2024 (Corvane Wire) — The board has closed it.", "Corvane Wire"),
        ("SALTMERE, Oct. 21, 2024 /Corvane Wire/ -- The board has closed it.", "Corvane Wire"),
        ("NEW SALTMERE (Corvane Wire, October 21, 2024) — The board did it.", "Corvane Wire"),
        ("Saltmere, 21 October (The Elin Gazette) – The board did it.", "The Elin Gazette"),
        ("PORT ELIN, Vorland, 3 May (House of News): The board did it.", "House of News"),
        ("PARIS (AP) — The board has closed the quay.", "AP"),
        ("PARIS (Reuters) - The board has closed the quay.", "Reuters"),
        ("SALTMERE: The board has closed the quay.", ""),
        ("NATO (North Atlantic Treaty Organization) — the alliance — met.", ""),
        ("THE MAYOR (Ann Reed) — who was absent — sent a letter.", ""),
        ("The mayor (Ann Reed) - who was absent - sent a letter.", ""),
        ("On Monday, Oct 21 (a holiday) — the quay was closed.", ""),
        ("SALTMERE, Oct 21 (the board's own paper) — The quay is closed.", ""),
        ("The board closed the quay (Corvane Wire) — again.", ""),
    ],
)
def test_the_agency_of_a_dateline(line: str, wire: str) -> None:
    assert find_wire([line, *BODY]) == wire
    assert find_wire(["Quay closed", line, *BODY]) == wire
    assert find_wire([*BODY, *BODY, line]) == ""


@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_lines_can_be_searched_for_an_agency(lines: list[str]) -> None:
    assert len(find_wire(lines)) <= 60
