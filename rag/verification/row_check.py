"""Whether a claim's figures and names stand in the row and the column that it speaks of; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.verification.moments import find_moments
from rag.verification.parsed_text import ParsedText, read_text
from rag.verification.quantities import (
    Quantity,
    QuantityKind,
    are_comparable,
    backs,
    find_quantities,
)
from rag.verification.tables import Table
from rag.verification.text_pair import MAX_COMPARED, Checks, Reason, ReasonKind, TextPair

LEAST_LABEL_SHARE = 0.5
LEAST_HEADER_SHARE = 0.34


@dataclass(frozen=True, slots=True)
class _Mention:
    """A row or a column that a claim speaks of.

    Attributes:
        number: Of the row or column.
        start: Where the claim first names it.
    """

    number: int
    start: int


def check_rows(pair: TextPair) -> Checks:
    """Check that what stands in tables of the evidence is said of its own row and column."""
    return Checks(tuple(r for table in pair.tables for r in _check_table(table, pair)), {})


def _check_table(table: Table, pair: TextPair) -> Iterator[Reason]:
    claim = pair.claim
    labels = [row[0] for row in table.rows]
    rows = _find_mentions(labels, claim, least_share=LEAST_LABEL_SHARE)
    if not rows:
        return
    columns = [
        _Mention(mention.number + 1, mention.start)
        for mention in _find_mentions(table.headers[1:], claim, least_share=LEAST_HEADER_SHARE)
    ]
    dated = [(moment.start, moment.end) for moment in pair.dates]
    quantities = [
        quantity
        for quantity in find_quantities(claim.text, besides=dated)[:MAX_COMPARED]
        if quantity.kind is not QuantityKind.ORDINAL and _stands_in(table, quantity)
    ]
    outside = find_quantities(pair.outside_tables) if quantities else ()
    for quantity in quantities:
        if any(backs(other, quantity) for other in outside):
            continue
        row = _bind(quantity.start, rows, quantities)
        place = 0
        if columns and len(columns) >= len(quantities):
            asked = _bind(quantity.start, columns, quantities)
            place = asked if _may_say(table.rows[row][asked], quantity) else 0
        cells = table.rows[row][place : place + 1] if place else table.rows[row][1:]
        if not any(_backs(cell, quantity) for cell in cells):
            yield _differs(table, row, place, quantity)
    yield from _check_words(table, rows, pair)


def _check_words(table: Table, rows: Sequence[_Mention], pair: TextPair) -> Iterator[Reason]:
    """Yield names of other rows that a claim speaks of together with one row."""
    if len(rows) != 1:
        return
    own = table.rows[rows[0].number]
    said = set(pair.claim.stems)
    outside = pair.outside_tables.casefold()
    for place, header in enumerate(table.headers[1:], start=1):
        if _says(own[place], said):
            continue
        for row in table.rows:
            cell = row[place]
            if row is own or find_quantities(cell) or not _says(cell, said):
                continue
            start = pair.claim.text.casefold().find(cell.casefold())
            if start < 0 or cell.casefold() in outside or cell.casefold() in own[0].casefold():
                continue
            text = f"the table has {own[place]} for {own[0]}, {header}, the claim says {cell}"
            yield Reason(ReasonKind.NAME, text, (start, start + len(cell)), contradicts=True)


def _says(cell: str, said: set[str]) -> bool:
    """Whether a claim with some stems has all words of a cell that mean something."""
    stems = _stems(cell)
    return bool(stems) and stems <= said


def _stems(text: str) -> set[str]:
    return {word.stem for word in read_text(text).words if word.weight}


def _find_mentions(
    names: Sequence[str], claim: ParsedText, *, least_share: float
) -> list[_Mention]:
    """Return which of some labels or headers a claim names by what tells them apart."""
    stems = [_stems(name) for name in names]
    common = set.intersection(*stems) if len(stems) > 1 else set()
    places: dict[str, int] = {}
    for word in reversed(claim.words):
        places[word.stem] = word.start
    shares = []
    for own in stems:
        telling = own - common
        shares.append(len(telling & places.keys()) / len(telling) if telling else 0.0)
    best = max(shares, default=0.0)
    if best < least_share or not best:
        return []
    found = [i for i, share in enumerate(shares) if share == best]
    # "North East" is named, not also "North".
    found = [i for i in found if not any(stems[i] < stems[other] for other in found)]
    return [
        _Mention(i, min(places[stem] for stem in stems[i] - common if stem in places))
        for i in found
    ]


def _bind(place: int, mentions: Sequence[_Mention], quantities: Sequence[Quantity]) -> int:
    """Return the row or column of a figure: the nearest before it, or after if figures lead."""
    ordered = sorted(mentions, key=lambda mention: mention.start)
    leads = ordered[0].start < quantities[0].start
    near = [mention for mention in ordered if (mention.start < place) == leads]
    if not near:
        return min(ordered, key=lambda mention: abs(mention.start - place)).number
    return (near[-1] if leads else near[0]).number


def _stands_in(table: Table, quantity: Quantity) -> bool:
    return any(_backs(cell, quantity) for row in table.rows for cell in row[1:])


def _backs(cell: str, quantity: Quantity) -> bool:
    return any(backs(other, quantity) for other in _read_cell(cell))


def _may_say(cell: str, quantity: Quantity) -> bool:
    """Whether a cell has a figure of the kind: a rent that has risen by 2 per cent is none."""
    return any(are_comparable(other, quantity) for other in _read_cell(cell))


def _read_cell(cell: str) -> Sequence[Quantity]:
    dated = [(m.start, m.end) for m in find_moments(cell)] if len(cell.split()) > 1 else []
    return find_quantities(cell, besides=dated)


def _differs(table: Table, row: int, place: int, quantity: Quantity) -> Reason:
    label, *cells = table.rows[row]
    if place:
        found = f"{table.rows[row][place]} for {label}, {table.headers[place]}"
    else:
        found = f"{', '.join(cell for cell in cells if cell)} for {label}"
    text = f"the table has {found}, the claim says {quantity.text}"
    return Reason(ReasonKind.NUMBER, text, (quantity.start, quantity.end), contradicts=True)
