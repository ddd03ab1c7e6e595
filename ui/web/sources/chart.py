"""The picture of a library: articles over time by outlet, as figures and as safe HTML.

Without dates it is articles by outlet. However long the time and however many the outlets, there
are a few dozen bars and a handful of colours; the table beside it says the same in words, and
its buttons filter as the bars do.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.language.calendar_words import SHORT_MONTHS
from index.record.browse import Page, Period, Tally
from ui.escape import escape_html, quote_line
from ui.render import describe_date
from ui.web.chat.filters import UNKNOWN_OUTLET

MAX_BARS = 24
MAX_SERIES = 7
MAX_LABEL_CHARS = 40
OTHERS = "all other outlets"

# Each at least 3:1 against the page, light and dark.
COLOURS = ("#3b7dd8", "#c2620e", "#2e8b57", "#9457c4", "#cf4446", "#0f8599", "#8f6f2e")
OTHERS_COLOUR = "#767c86"

_MONTHS_A_YEAR, _MONTHS_A_QUARTER, _YEARS_A_DECADE = 12, 3, 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: What stands under it; each bar's is another.
        name: The label in full, for the table.
        since: First day of its time; None for the bar of an outlet.
        until: Last day.
        outlet: The outlet whose bar it is; None for the bar of a time.
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
        label: Its outlet in a form that can be shown, or what stands for all the others.
        outlet: The outlet itself; None for all the others.
        colour: As CSS has it.
        articles: How many.
    """

    label: str
    outlet: str | None
    colour: str
    articles: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A bar chart, stacked.

    Attributes:
        axis: What the bars are.
        bars: In order.
        series: The largest first, the others last.
        counts: (bar, series) -> articles, by their places.
        undated: Articles that are in no bar, since they have no date.
    """

    axis: str
    bars: tuple[Bar, ...]
    series: tuple[Series, ...]
    counts: dict[tuple[int, int], int]
    undated: int

    def rows(self) -> list[tuple[str, int, str]]:
        """Return the figures as (bar, articles, outlet); a bar without any has a row as well."""
        found = [
            (self.bars[bar].label, count, self.series[series].label)
            for (bar, series), count in sorted(self.counts.items())
        ]
        full = {bar for bar, _ in self.counts}
        first = self.series[0].label if self.series else ""
        return found + [
            (bar.label, 0, first) for place, bar in enumerate(self.bars) if place not in full
        ]


def choose_period(page: Page) -> Period:
    """Return how finely articles must be counted for the picture of a page's time."""
    if page.earliest is None or page.latest is None:
        return Period.YEAR
    if (page.latest - page.earliest).days < MAX_BARS:
        return Period.DAY
    months = _month_number(page.latest) - _month_number(page.earliest)
    return Period.MONTH if months < MAX_BARS * _MONTHS_A_QUARTER else Period.YEAR


def draw_picture(page: Page, tallies: Sequence[Tally]) -> Picture:
    """Return the picture of the articles that were counted.

    Args:
        page: Their first and last date.
        tallies: Their counts, by the period that ``choose_period`` gives.
    """
    totals: Counter[str] = Counter()
    for tally in tallies:
        totals[tally.outlet] += tally.articles
    if page.earliest is None or page.latest is None:
        return _draw_outlets(totals)
    series, place_of = _choose_series(totals)
    bars, bar_of = _make_bars(page.earliest, page.latest)
    counts: Counter[tuple[int, int]] = Counter()
    for tally in tallies:
        if tally.period:
            counts[bar_of(tally.period), place_of(tally.outlet)] += tally.articles
    return Picture("date of publication", bars, series, dict(counts), page.undated)


def find_bars(picture: Picture, labels: object) -> tuple[Bar, ...]:
    """Return the bars of some labels, in order; what is no list of labels stands for none."""
    given = labels if isinstance(labels, list | tuple) else ()
    wanted = {label for label in given if isinstance(label, str)}
    return tuple(bar for bar in picture.bars if bar.label in wanted)


def render_legend(picture: Picture, chosen: Sequence[str]) -> str:
    """Return the outlets of the picture as buttons that filter, as safe HTML."""
    pressed = {name.casefold() for name in chosen}
    items = []
    for series in picture.series:
        swatch = f'<span class="swatch" style="background:{series.colour}" aria-hidden="true">'
        text = f"{swatch}</span>{escape_html(series.label)} <b>{series.articles:,}</b>"
        if series.outlet is None:
            items.append(f'<li><span class="legend-text">{text}</span></li>')
            continue
        is_pressed = str(series.outlet.casefold() in pressed).lower()
        items.append(
            f'<li><button type="button" class="legend" data-outlet="{escape_html(series.outlet)}"'
            f' aria-pressed="{is_pressed}">{text}</button></li>'
        )
    return f'<ul class="legends" aria-label="Outlets">{"".join(items)}</ul>' if items else ""


def render_table(picture: Picture) -> str:
    """Return the picture as a folded table whose rows filter, as safe HTML."""
    if not picture.bars:
        return ""
    is_time = picture.bars[0].outlet is None
    shown = picture.series if is_time else ()
    heads = "".join(f'<th scope="col">{escape_html(series.label)}</th>' for series in shown)
    rows = []
    for place, bar in enumerate(picture.bars):
        figures = [picture.counts.get((place, n), 0) for n in range(len(picture.series))]
        cells = "".join(f"<td>{figure:,}</td>" for figure in figures) if is_time else ""
        if bar.outlet is not None:
            target = f' data-outlet="{escape_html(bar.outlet)}"'
        elif bar.since and bar.until:
            target = f' data-since="{bar.since}" data-until="{bar.until}"'
        else:
            target = ""
        name = escape_html(bar.name)
        if target:
            label = escape_html(bar.label)
            name = f'<button type="button" data-bar="{label}"{target}>{name}</button>'
        rows.append(f'<tr><th scope="row">{name}</th>{cells}<td>{sum(figures):,}</td></tr>')
    note = ""
    if picture.undated and is_time:
        verb = "article has" if picture.undated == 1 else "articles have"
        note = f'<p class="soft">{picture.undated:,} {verb} no date and no bar.</p>'
    kind = "Date" if is_time else "Outlet"
    return (
        f'{note}<details class="figures"><summary>The same as a table</summary>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Articles in figures"><table>'
        f'<thead><tr><th scope="col">{kind}</th>{heads}<th scope="col">Articles</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _draw_outlets(totals: Counter[str]) -> Picture:
    """Return the picture of articles without dates: a bar for each of the largest outlets."""
    ranked = _rank(totals)
    named = ranked[: MAX_BARS - 1] if len(ranked) > MAX_BARS else ranked
    labels = _distinct_labels([name for name, _ in named])
    bars = [Bar(label, label, outlet=name) for label, (name, _) in zip(labels, named, strict=True)]
    counts = {(place, 0): count for place, (_, count) in enumerate(named)}
    if rest := sum(count for _, count in ranked[len(named) :]):
        counts[len(bars), 0] = rest
        bars.append(Bar(OTHERS, OTHERS, outlet=None))
    series = (Series("articles", None, COLOURS[0], sum(totals.values())),) if bars else ()
    return Picture("outlet", tuple(bars), series, counts, 0)


def _choose_series(totals: Counter[str]) -> tuple[tuple[Series, ...], Callable[[str], int]]:
    ranked = _rank(totals)
    named = ranked[:MAX_SERIES]
    labels = _distinct_labels([name for name, _ in named])
    series = [
        Series(label, name, colour, count)
        for label, (name, count), colour in zip(labels, named, COLOURS, strict=False)
    ]
    places = {name: place for place, (name, _) in enumerate(named)}
    if rest := sum(count for _, count in ranked[MAX_SERIES:]):
        series.append(Series(OTHERS, None, OTHERS_COLOUR, rest))
    return tuple(series), lambda outlet: places.get(outlet, len(named))


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
    """Return bars for a stretch of time, none left out, and which one a period belongs to."""
    if (last - first).days < MAX_BARS:
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
