"""The chart of a library: articles over time by outlet, as figures and as safe HTML.

Without dates it shows articles by outlet. However long the period and however many the outlets,
there are a few dozen bars and a handful of colours. A table below has the same figures for
keyboards and screen readers, and its buttons filter as the bars do.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.language.calendar_words import SHORT_MONTHS
from index.record.browse import Page, Period, Tally
from ui.escape import quote_line
from ui.render import describe_date
from ui.web.chat.filters import UNKNOWN_OUTLET
from ui.web.page.templates import render

MAX_BARS = 24
MAX_DAYS = 31
"""Bars of single days; a month is shown day by day."""
MAX_LABELS = 24
"""Labels that fit beside each other upright; of more bars, every second one is labelled."""
MAX_SERIES = 7
MAX_LABEL_CHARS = 40
MAX_LINES = 4
MAX_LEVEL_LABELS = 5
"""Bars whose labels fit beside each other on a phone."""
OTHERS = "all other outlets"

# Each at least 3:1 against the page, light and dark.
COLOURS = ("#3b7dd8", "#c2620e", "#2e8b57", "#9457c4", "#cf4446", "#0f8599", "#8f6f2e")
OTHERS_COLOUR = "#767c86"

_MONTHS_A_YEAR, _MONTHS_A_QUARTER, _YEARS_A_DECADE = 12, 3, 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: The text under it; no two are the same.
        name: The label in full, for the table.
        since: First day of its period; None for the bar of an outlet.
        until: Last day.
        outlet: The outlet whose bar it is; None for the bar of a period.
    """

    label: str
    name: str
    since: date | None = None
    until: date | None = None
    outlet: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One colour.

    Attributes:
        label: Its outlet in a form that can be shown, or the words for all the others.
        outlet: The outlet itself; None for all the others.
        colour: As CSS has it.
        articles: How many.
    """

    label: str
    outlet: str | None
    colour: str
    articles: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart, stacked.

    Attributes:
        bars: In order.
        series: The largest first, the others last.
        counts: (bar, series) -> articles, by their places.
        undated: Articles without a date, which are in no bar.
    """

    bars: tuple[Bar, ...]
    series: tuple[Series, ...]
    counts: dict[tuple[int, int], int]
    undated: int

    @property
    def is_over_time(self) -> bool:
        """Whether the bars are periods, and not outlets."""
        return bool(self.bars) and self.bars[0].since is not None

    def totals(self) -> list[int]:
        """Return how many articles each bar has."""
        return [
            sum(self.counts.get((bar, series), 0) for series in range(len(self.series)))
            for bar in range(len(self.bars))
        ]


def choose_period(page: Page) -> Period:
    """Return the period by which articles are counted for the chart of a page."""
    if page.earliest is None or page.latest is None:
        return Period.YEAR
    if (page.latest - page.earliest).days < MAX_DAYS:
        return Period.DAY
    months = _month_number(page.latest) - _month_number(page.earliest)
    return Period.MONTH if months < MAX_BARS * _MONTHS_A_QUARTER else Period.YEAR


def make_chart(page: Page, tallies: Sequence[Tally], outlets: Sequence[str] = ()) -> Chart:
    """Return the chart of the articles that were counted.

    Args:
        page: Their first and last date.
        tallies: Their counts, by the period that ``choose_period`` gives.
        outlets: All outlets of the library, the largest first: each keeps its colour, whichever
            articles are counted.
    """
    totals: Counter[str] = Counter()
    for tally in tallies:
        totals[tally.outlet] += tally.articles
    if page.earliest is None or page.latest is None:
        return _chart_outlets(totals)
    series, place_of = _choose_series(totals, outlets)
    bars, bar_of = _make_bars(page.earliest, page.latest)
    counts: Counter[tuple[int, int]] = Counter()
    for tally in tallies:
        if tally.period:
            counts[bar_of(tally.period), place_of(tally.outlet)] += tally.articles
    return Chart(bars, series, dict(counts), page.undated)


def render_chart(chart: Chart, chosen: Sequence[str]) -> str:
    """Return the chart, its legend and its table as safe HTML.

    Args:
        chart: The figures.
        chosen: Outlets that are filtered by, which the legend shows as pressed.
    """
    if not chart.bars:
        return ""
    totals = chart.totals()
    step = _choose_step(max(totals))
    return render(
        "sources/chart.html",
        "render_chart",
        chart,
        step,
        -(-max(totals) // step) * step,
        totals,
        {name.casefold() for name in chosen},
        chart.undated if chart.is_over_time else 0,
        "labels" if len(chart.bars) <= MAX_LEVEL_LABELS else "labels upright",
        1 if len(chart.bars) <= MAX_LABELS else 2,
    )


def _choose_step(most: int) -> int:
    """Return the distance of the lines of a chart: 1, 2 or 5 times a power of ten."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if most <= MAX_LINES * step:
                return step
        size *= 10


def _chart_outlets(totals: Counter[str]) -> Chart:
    """Return the chart of articles without dates: a bar for each of the largest outlets."""
    ranked = _rank(totals)
    named = ranked[: MAX_BARS - 1] if len(ranked) > MAX_BARS else ranked
    labels = _distinct_labels([name for name, _ in named])
    bars = [Bar(label, label, outlet=name) for label, (name, _) in zip(labels, named, strict=True)]
    counts = {(place, 0): count for place, (_, count) in enumerate(named)}
    if rest := sum(count for _, count in ranked[len(named) :]):
        counts[len(bars), 0] = rest
        bars.append(Bar(OTHERS, OTHERS, outlet=None))
    series = (Series("articles", None, COLOURS[0], sum(totals.values())),) if bars else ()
    return Chart(tuple(bars), series, counts, 0)


def _choose_series(
    totals: Counter[str], outlets: Sequence[str]
) -> tuple[tuple[Series, ...], Callable[[str], int]]:
    ranked = _rank(totals)
    named = ranked[:MAX_SERIES]
    labels = _distinct_labels([name for name, _ in named])
    colours = _choose_colours([name for name, _ in named], outlets)
    series = [
        Series(label, name, colours[name], count)
        for label, (name, count) in zip(labels, named, strict=True)
    ]
    places = {name: place for place, (name, _) in enumerate(named)}
    if rest := sum(count for _, count in ranked[MAX_SERIES:]):
        series.append(Series(OTHERS, None, OTHERS_COLOUR, rest))
    return tuple(series), lambda outlet: places.get(outlet, len(named))


def _choose_colours(named: Sequence[str], outlets: Sequence[str]) -> dict[str, str]:
    """Return a colour for each outlet, no two the same; the largest of all have their own."""
    own = dict(zip(outlets, COLOURS, strict=False))
    chosen = {name: own[name] for name in named if name in own}
    free = (colour for colour in COLOURS if colour not in chosen.values())
    return {name: chosen.get(name) or next(free) for name in named}


def _rank(totals: Counter[str]) -> list[tuple[str, int]]:
    return sorted(totals.items(), key=lambda item: (-item[1], item[0].casefold()))


def _distinct_labels(names: Sequence[str]) -> list[str]:
    """Return names in a form that can be shown, no two the same."""
    labels: list[str] = []
    for name in names:
        label = quote_line(name) or UNKNOWN_OUTLET
        if len(label) > MAX_LABEL_CHARS:
            label = f"{label[: MAX_LABEL_CHARS - 1]}…"
        base, number = label, 2
        while label in labels or label == OTHERS:
            label, number = f"{base} ({number})", number + 1
        labels.append(label)
    return labels


def _make_bars(first: date, last: date) -> tuple[tuple[Bar, ...], Callable[[str], int]]:
    """Return the bars of a span of time, without gaps, and which of them a period belongs to."""
    if (last - first).days < MAX_DAYS:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        bars = [Bar(f"{d.day} {SHORT_MONTHS[d.month - 1]}", describe_date(d), d, d) for d in days]
        return tuple(bars), lambda period: (date.fromisoformat(period) - first).days
    low, high = _month_number(first), _month_number(last)
    years = last.year - first.year
    if high - low < MAX_BARS * _MONTHS_A_QUARTER:
        step = 1 if high - low < MAX_BARS else _MONTHS_A_QUARTER
        start = low - low % step
        bars = [_month_bar(number, step) for number in range(start, high + 1, step)]
        return tuple(
            bars
        ), lambda period: (int(period[:4]) * _MONTHS_A_YEAR + int(period[5:7]) - 1 - start) // step
    step = 1
    while years // step >= MAX_BARS:
        step *= _YEARS_A_DECADE
    begin = first.year - first.year % step
    bars = [_year_bar(year, step) for year in range(begin, last.year + 1, step)]
    return tuple(bars), lambda period: (int(period[:4]) - begin) // step


def _month_bar(number: int, step: int) -> Bar:
    year, month = divmod(number, _MONTHS_A_YEAR)
    end = month + step
    until = date(year, end, monthrange(year, end)[1])
    if step == 1:
        label = f"{SHORT_MONTHS[month]} {year}"
        return Bar(label, label, date(year, month + 1, 1), until)
    label = f"{year} Q{month // _MONTHS_A_QUARTER + 1}"
    months = f"{SHORT_MONTHS[month]} to {SHORT_MONTHS[end - 1]} {year}"
    return Bar(label, months, date(year, month + 1, 1), until)


def _year_bar(year: int, step: int) -> Bar:
    label = str(year) if step == 1 else f"{year}–{year + step - 1}"
    last = min(year + step - 1, date.max.year)
    return Bar(label, label, date(max(year, date.min.year), 1, 1), date(last, 12, 31))


def _month_number(day: date) -> int:
    return day.year * _MONTHS_A_YEAR + day.month - 1
