"""Day lines, datelines and bylines in the twelve languages."""

from __future__ import annotations

from datetime import date

import pytest

from index.text.datelines import find_dateline, find_wire
from index.text.dates import find_byline, is_date_line, parse_date

DAY = date(2024, 3, 14)
BODY = ["The board has closed the old quay of the harbour after a storm.", "Nobody knows why."]


@pytest.mark.parametrize(
    "line",
    [
        *(
            "14. März 2024",
            "Donnerstag, 14. März 2024, 10:30 Uhr",
            "Veröffentlicht am 14. März 2024",
        ),
        *("14 mars 2024", "Publié le jeudi 14 mars 2024 à 10h30", "14 de marzo de 2024"),
        *("Publicado el 14 de marzo de 2024", "giovedì 14 marzo 2024", "14 de março de 2024"),
        *("14 марта 2024 г.", "Опубликовано 14 марта 2024 года, 10:30", "14 березня 2024 року"),
        *("الخميس 14 مارس 2024", "١٤ مارس ٢٠٢٤", "14 آذار/مارس 2024", "2024年3月14日"),
        *("2024年3月14日 星期四", "２０２４年３月１４日", "二〇二四年三月十四日", "令和6年3月14日"),
        *("2024年3月14日(木) 10時30分", "2024년 3월 14일", "입력 2024.03.14 10:30", "2024. 3. 14."),
    ],
)
def test_day_lines(line: str) -> None:
    assert parse_date(line) == DAY
    assert is_date_line(line)
    assert find_dateline(["A title", line, *BODY]) == DAY


@pytest.mark.parametrize(
    ("line", "wire", "is_dated"),
    [
        ("BERLIN, 14. März (dpa) - Der Rat tagt.", "dpa", True),
        ("PARIS, 14 mars (AFP) – Le conseil se réunit.", "AFP", True),
        ("MADRID, 14 mar. (EUROPA PRESS) - El consejo.", "EUROPA PRESS", True),
        ("МОСКВА, 14 мар — РИА Новости. Совет собрался.", "РИА Новости", True),
        ("新华社北京3月14日电（记者李明）会议召开。", "新华社", True),
        ("【東京＝共同】会議が開かれた。", "共同", False),
        ("(서울=연합뉴스) 홍길동 기자 = 회의가 열렸다.", "연합뉴스", False),
        ("القاهرة (رويترز) - اجتمع المجلس.", "رويترز", False),
        ("Madrid, 14 mar (EFE).- El consejo se reúne.", "EFE", True),
        ("(ANSA) - ROMA, 14 MAR - Il consiglio si riunisce.", "ANSA", True),
        ("МОСКВА, 14 марта. /ТАСС/. Совет собрался.", "ТАСС", True),
    ],
)
def test_datelines_of_agencies(line: str, wire: str, *, is_dated: bool) -> None:
    assert find_wire([line, *BODY]) == wire
    assert find_dateline([line, *BODY]) is None
    if is_dated:  # with the year of another date of the article
        assert find_dateline([line, *BODY, "© 2024 Agency"]) == DAY
        assert find_dateline([line, *BODY], known=[date(2024, 3, 16)]) == DAY
        assert find_dateline([line, *BODY], known=[date(2025, 1, 2)]) is None


@pytest.mark.parametrize(
    "line",
    [
        "Madrid, 14 mar 2024 (EFE).- El consejo se reúne.",
        "(ANSA) - ROMA, 14 MAR 2024 - Il consiglio si riunisce.",
        "МОСКВА, 14 марта 2024. /ТАСС/. Совет собрался.",
    ],
)
def test_a_dateline_with_its_year(line: str) -> None:
    assert find_dateline(["Title", line, *BODY]) == date(2024, 3, 14)


@pytest.mark.parametrize(
    "line",
    [
        *("By Ann Reed", "Von Max Muster und Eva Klein", "Par Claire Dupont", "Por Ana Ruiz"),
        *("Автор: Олена Коваль", "بقلم: أحمد علي", "记者：李明", "홍길동 기자"),
    ],
)
def test_bylines(line: str) -> None:
    assert find_byline(line) == line


@pytest.mark.parametrize("line", ["Von der Mühle blieb nichts", "Par la fenêtre", "文化部宣布新规"])
def test_what_is_no_byline(line: str) -> None:
    assert find_byline(line) == ""


def test_a_language_or_nothing_settles_which_number_is_the_day() -> None:
    assert parse_date("03/04/2024") is None
    assert parse_date("03/04/2024", day_first=True) == date(2024, 4, 3)
    assert parse_date("03/04/2024", day_first=False) == date(2024, 3, 4)
    assert find_dateline(["Titel", "03.04.2024", *BODY], day_first=True) == date(2024, 4, 3)


def test_a_place_and_a_day_on_a_line_of_their_own() -> None:
    assert find_dateline(["Le moulin", "Lyon, 14 mars 2024", *BODY]) == DAY
