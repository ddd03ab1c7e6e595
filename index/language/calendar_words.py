"""Names of months and days in English, as words and as parts of regular expressions. Pure."""

from __future__ import annotations

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAY_NAMES = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip

MONTHS_BY_NAME = (
    dict(zip(map(str.lower, MONTH_NAMES), range(1, 13), strict=True))
    | dict(zip(map(str.lower, SHORT_MONTHS), range(1, 13), strict=True))
    | {"sept": 9}
)
"""Name or abbreviation of a month, case-folded -> 1 to 12."""
WEEKDAYS_BY_NAME = dict(zip(map(str.lower, WEEKDAY_NAMES), range(7), strict=True))
"""Name of a day, case-folded -> 0 for Monday to 6."""
FULL_NAMES = frozenset(map(str.lower, MONTH_NAMES + WEEKDAY_NAMES))
"""Months and days in full, case-folded."""

MONTH = "|".join(MONTH_NAMES)
"""The months as alternatives of a regular expression."""
SHORT_MONTH = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?"
"""An abbreviated month with its stop; May has no abbreviation."""
WEEKDAY = "|".join(WEEKDAY_NAMES)
"""The days of the week as alternatives of a regular expression."""
