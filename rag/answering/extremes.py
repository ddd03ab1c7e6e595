"""The lowest or the highest of the figures that the articles give; pure.

"What is the lowest toll reported?" is answered by comparing figures, not by the sentence that
resembles the question most.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from rag.asking.data_files import read_expressions
from rag.types import Evidence
from rag.verification.moments import find_moments
from rag.verification.quantities import Quantity, find_quantities

MOST_COMPARED = 12
"""How many of the best sentences are compared."""

FAR_BELOW = 0.25
"""Share of the best sentence's likelihood that another one has to have to be compared."""

_FORMS = read_expressions("rag.asking", "question_forms.toml")["extremes"]


class Extreme(Enum):
    """Which end of a scale is asked for."""

    LOWEST = "lowest"
    HIGHEST = "highest"


_ASKED = {extreme: re.compile(_FORMS[extreme.value], re.IGNORECASE) for extreme in Extreme}


def find_extreme(question: str) -> Extreme | None:
    """Return which figure a question asks for; None if it asks for no lowest or highest one.

    Examples:
        >>> find_extreme("What is the lowest number of deaths reported?").value
        'lowest'
        >>> find_extreme("Who has the highest office?") is None
        True
    """
    return next((extreme for extreme, form in _ASKED.items() if form.search(question)), None)


def put_extreme_first(evidence: Sequence[Evidence], extreme: Extreme) -> tuple[Evidence, ...]:
    """Return the evidence with the sentence first that gives the lowest or the highest figure.

    Args:
        evidence: Best first.
        extreme: Which is asked for.
    """
    likeliest = max((item.likelihood or 0.0 for item in evidence), default=0.0)
    compared: list[tuple[float, int]] = []
    for place, item in enumerate(evidence[:MOST_COMPARED]):
        figure = _find_figure(item)
        is_likely = item.likelihood is None or item.likelihood >= FAR_BELOW * likeliest
        if figure is not None and is_likely:
            compared.append((figure, place))
    if not compared:
        return tuple(evidence)
    value = (min if extreme is Extreme.LOWEST else max)(figure for figure, _ in compared)
    first = next(place for figure, place in compared if figure == value)
    return (evidence[first], *evidence[:first], *evidence[first + 1 :])


def _find_figure(item: Evidence) -> float | None:
    """Return the figure of a sentence: the marked one, or the only one; None if that is unclear."""
    dates = [(moment.start, moment.end) for moment in find_moments(item.text)]
    quantities = find_quantities(item.text, besides=dates)
    if item.answer is not None:
        start, end = (place - item.start for place in item.answer)
        marked = [q for q in quantities if q.start < end and start < q.end]
        quantities = tuple(marked) or quantities
    return _only_value(quantities)


def _only_value(quantities: Sequence[Quantity]) -> float | None:
    values = {quantity.value for quantity in quantities}
    return values.pop() if len(values) == 1 else None
