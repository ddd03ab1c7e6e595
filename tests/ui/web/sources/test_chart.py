"""The chart: every article in one bar and one colour, and colours that can be seen."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord import Page, Tally
from sample_sources import assert_inert
from ui.web.sources.chart import (
    COLOURS,
    MAX_BARS,
    MAX_DAYS,
    MAX_SERIES,
    OTHERS,
    OTHERS_COLOUR,
    choose_period,
    make_chart,
    render_chart,
)


@st.composite
def libraries(draw: st.DrawFn) -> tuple[Page, list[Tally]]:
    """Return a page's dates, and counts by the period that its chart asks for."""
    first = draw(st.dates())
    last = min(
        date.max - first, timedelta(draw(st.sampled_from([0, 3, 30, 400, 1500, 9000, 10**6])))
    )
    page = Page((), 1, draw(st.integers(0, 3)), first, first + last)
    period = choose_period(page)
    days = [*draw(st.lists(st.dates(first, first + last), max_size=30)), first, first + last]
    outlets = st.sampled_from(["", OTHERS, *(f"Outlet {n}" for n in range(12)), "x" * 60])
    return page, [
        Tally(draw(outlets), day.isoformat()[:period], draw(st.integers(1, 9))) for day in days
    ]


@given(libraries())
def test_every_dated_article_is_in_one_bar_and_one_colour(
    library: tuple[Page, list[Tally]],
) -> None:
    page, tallies = library
    chart = make_chart(page, tallies)
    total = sum(tally.articles for tally in tallies)
    assert sum(chart.counts.values()) == total
    assert sum(series.articles for series in chart.series) == total
    assert 1 <= len(chart.bars) <= max(MAX_BARS + 1, MAX_DAYS)
    assert len(chart.series) <= MAX_SERIES + 1
    assert len({bar.label for bar in chart.bars}) == len(chart.bars)
    assert len({series.label for series in chart.series}) == len(chart.series)
    assert sum(chart.totals()) == total
    assert render_chart(chart, ()).count('class="bar"') == len(chart.bars)
    for tally in tallies:
        holding = [b for b in chart.bars if b.since and b.until
                   and b.since.isoformat()[: len(tally.period)] <= tally.period
                   <= b.until.isoformat()[: len(tally.period)]]  # fmt: skip
        assert len(holding) == 1


def test_an_outlet_keeps_its_colour_and_a_month_is_shown_day_by_day() -> None:
    outlets = [f"Outlet {n}" for n in range(12)]
    day = date(2025, 3, 1)
    page = Page((), 9, 0, day, day + timedelta(30))
    few = [Tally(name, "2025-03-01", 12 - n) for n, name in enumerate(outlets[3:])]
    chart = make_chart(page, few, outlets)
    colours = {series.outlet: series.colour for series in chart.series}
    assert [colours[name] for name in outlets[3:7]] == list(COLOURS[3:])
    assert len(set(colours.values())) == len(colours)
    assert len(chart.bars) == MAX_DAYS
    assert [bar.since for bar in chart.bars[:2]] == [day, day + timedelta(1)]
    ticks = re.findall(r"<span>([^<]*)</span></span>", render_chart(chart, ()))
    assert all(tick.isdecimal() for tick in ticks)


def test_without_dates_the_bars_are_outlets_the_largest_first() -> None:
    tallies = [Tally(f"Outlet {n}", "", n + 1) for n in range(300)]
    chart = make_chart(Page((), 300, 300, None, None), tallies)
    assert len(chart.bars) == MAX_BARS
    assert (chart.bars[0].outlet, chart.bars[-1].label) == ("Outlet 299", OTHERS)
    assert sum(chart.counts.values()) == 300 * 301 // 2
    assert_inert(render_chart(chart, ()))


def luminance(colour: str) -> float:
    """Return the relative luminance that WCAG defines."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*COLOURS, OTHERS_COLOUR])
@pytest.mark.parametrize("paper", ["#ffffff", "#15181c"], ids=["light", "dark"])
def test_colours_stand_out(colour: str, paper: str) -> None:
    low, high = sorted((luminance(colour), luminance(paper)))
    assert (high + 0.05) / (low + 0.05) >= 3
