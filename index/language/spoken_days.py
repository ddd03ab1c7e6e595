"""Days that a text speaks of, counted from the day it was published; English, pure.

"On Tuesday" in Wednesday's paper is the day before, "tomorrow" the day after, "last month" the
month before. Which way a weekday counts follows from its clause: "will vote on Monday" is the next
one, "said on Monday" the last one.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from index.language.calendar_words import (
    MONTH,
    MONTHS_BY_NAME,
    SHORT_MONTH,
    WEEKDAY,
    WEEKDAYS_BY_NAME,
)

DAY = timedelta(days=1)
WEEK_DAYS = 7
_JUST_OVER_MONTHS = 3
LONG_DAYS = 31
"""A stretch longer than a month says little about a day."""

_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
} | {"a": 1, "an": 1, "a couple of": 2}
_COUNT = rf"(?P<count>\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_UNIT = r"(?P<unit>day|week|fortnight|month|year)s?"
_NAMED_MONTH = rf"(?:{MONTH}|{SHORT_MONTH})"
_YEAR = r"(?:19|20)\d\d"
_NAMED_AFTER = (
    r"[\s-](?:(?:select|House|Capitol)\s)*(?:committee|panel|attacks?|riots?|rioters?|insurrection"
    r"|hearings?|investigation|defendants?|massacre|movement)\b"
)
"""What a day has given its name to: "the January 6 committee" says nothing of when."""

_FROM = r"(?:from\s)?"
_TO = r"(?:\s?[-–—]\s?|\s(?:to|through)\s)"

_NAMED_DAY = re.compile(rf"\b({_NAMED_MONTH})\s(\d{{1,2}})(?:st|nd|rd|th)?{_NAMED_AFTER}")

_NO_FEAST = "".join(
    rf"(?<!\b{word}\s)"
    for word in (
        "Black Good Ash Super Cyber Fat Palm Easter Maundy Bloody Shrove Giving Girl"
    ).split()
)
"""Black Friday is a day of its own."""

_SPOKEN = re.compile(
    r"(?<![\w-])(?:"
    rf"(?P<iso>{_YEAR}-(?:0[1-9]|1[0-2])-[0-3]\d)(?!\d)"
    rf"|(?:{_FROM}(?P<from1>\d{{1,2}}){_TO}|(?:between\s)(?P<from3>\d{{1,2}})\sand\s)?"
    rf"(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<month1>{_NAMED_MONTH})(?:,?\s(?P<year1>{_YEAR})\b)?"
    rf"|(?:(?P<between>between\s))?(?P<month2>{_NAMED_MONTH})\s(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"(?:(?:{_TO}|(?(between)\sand\s|(?!)))(?P<until2>\d{{1,2}})(?:st|nd|rd|th)?)?"
    rf"\b(?![\d:]|,\d)(?:,?\s(?P<year2>{_YEAR})\b|(?!{_NAMED_AFTER}))"
    rf"|(?P<month3>{_NAMED_MONTH})(?:\sof)?,?\s(?P<year3>{_YEAR})\b"
    rf"|(?<=\b[Ii]n )(?P<month4>{MONTH})\b(?:\sof\s(?P<of>last|this|next)\syear)?(?![’'])"
    rf"(?:(?=\s(?:and|or|to|through)\s(?:{MONTH})(?:\sof|,)?\s(?P<year5>{_YEAR})\b))?"
    rf"|(?<=\b[Ii]n )(?P<year4>{_YEAR})\b"
    r"|(?P<before>the day before yesterday)\b|(?P<after>the day after tomorrow)\b"
    r"|(?P<near>yesterday|(?<!USA )(?<![“\"‘])today|(?<=[“\"‘])today(?![”\"’])"
    r"|tonight|tomorrow|this (?:morning|afternoon|evening)|last night)\b"
    rf"|{_COUNT}\s{_UNIT}\s(?P<ago>ago|earlier)\b"
    rf"|(?<=\bin ){_COUNT.replace('count', 'count2')}\s{_UNIT.replace('unit', 'unit2')}"
    r"(?:['’])?(?:\stime)?(?=[\s,.;]|$)(?!\sof)"
    # "In the last year" is the twelve months up to now, "last year" the one before this.
    rf"|(?<!\bthe )(?P<side>last|past|next|coming|this)\s(?P<stretch>week(?:end)?|month|year)\b"
    r"|(?P<over>(?:over|at|on|during) the weekend)\b"
    rf"|(?:(?P<which>last|next|coming|this|past)\s)?(?P<weekday>{_NO_FEAST}(?:{WEEKDAY}))(?!s|\w|-\w)"
    rf"(?!\s(?:Night|Morning)\s(?:Live|Football|Baseball|Fever))"
    # "Monday, May 9" is one day, which the date gives.
    rf"(?!,?\s(?:{_NAMED_MONTH}\s\d|\d{{1,2}}\s{_NAMED_MONTH}))"
    r")",
    re.IGNORECASE,
)
_NEAR = {"yesterday": -1, "last night": -1, "tomorrow": 1}
_STEPS = {"last": -1, "past": -1, "this": 0, "next": 1, "coming": 1}
_TO_COME = re.compile(
    r"\b(?:(?:will|would|to|shall|can|may|must|should)\s(?:\w+\s)?be|is|are)\s(?:\w+ly\s)?\w+e[dn]\b"
    r"|(?:\b(?:will|would|shall|won['’]t|going\sto)|['’]ll)\s(?:(?:not|also|only|now|\w+ly)\s)?"
    r"(?:be\s)?(?!have\b)\w+",
    re.IGNORECASE,
)
"""What will be done, in forms of a verb that look like the past: "will shut", "is expected"."""

_TENSE = re.compile(
    r"\b(?:(?P<ahead>will|would|shall|won['’]t|going to|is to|are to|was to|were to|due|plans?"
    r"|could|might|likely|faces|set\s(?:to|for)|heads\s(?:to|for)|deadline(?:\s(?:is|was|of))?"
    r"|as\s(?:soon|early|late)\sas|no\s(?:sooner|earlier|later)\sthan"
    r"|(?:moved|slipped|pushed|postponed|delayed|rescheduled|deferred)\s(?:back\s)?(?:to|until|for)"
    r"|(?:threaten|vow|pledg|decid|promis|agree|plan|hop|expect|schedul|intend|aim|prepar|want)\w*\sto\s"
    r"(?!an?\b|the\b|its\b|his\b|her\b|their\b|this\b|that\b|it\b)\w+"
    r"|planned|planning|scheduled|expected|forecast|hopes?|intends?|wants?|coming|upcoming"
    r"|(?:until|by|from|starting|through\sat\sleast)(?=\s*$)"
    r"|(?:is|are)(?:\son)?(?=\s*$)|hosts?|(?<!\bthe\s)face|slated|starting\swith|launching|debuting|premiering|opening|arriving"
    r"|opens|reopens|begins|starts|meets|votes|decides|arrives|leaves|ends|closes|returns"
    r"|moves|airs|streams|launches|debuts|premieres"
    r"|resumes|visits|plays|goes|takes place|can|may|must|should)"
    r"|was|were|had|did|since|\w{2,}ed|came|went|took|fell|broke|found|won|lost|told|said|left|met"
    r"|held|hit|struck|began|rose|sank|burnt|shot|ran|gave|made|got|saw|sold|bought|built|caught"
    r"|led|paid|sent|stood|spoke|wrote|drove|flew|became|brought|kept|fought|shut|drew|swept)\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:said|says|saying|tweeted|testified|told|announced|reported|added|confirmed|wrote|ruled|decided|agreed|stated"
    r"|declared|warned)(?:\s(?:\w+\s){0,3}?)?(?:on\s)?$",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile(
    r"\b(?:first|second|third|fourth|fifth|only|most|least|best|worst|record|\w{2,}est)\b", re.I
)
_COMPARED = re.compile(r"\b(?:up|down|rose|fell|differ\w*)\b[^,;]*?\sfrom\s$")
"""What speaks of a day gone by in "down a penny from Tuesday"."""
_IS_BEHIND = re.compile(r"\w+\s(?:is|are)\b")
_NAMING = re.compile(r"\b[Tt]he\s$")
_NAMED_NOUN = re.compile(r"\s(?!is\b|are\b|was\b|will\b)[a-z]")
_RECURRING = re.compile(
    rf"\b(?:every|each|most)\s(?:(?:{WEEKDAY})\s(?:and|through|to|or)\s)?$", re.IGNORECASE
)
"""What stands before a day that comes again and again: "every Monday through Friday"."""
_HOUR = re.compile(r"(?:\bnoon|\bmidnight|\d\s?[ap]\.?m\.?)\s(?:on\s)?$", re.IGNORECASE)
"""A day with an hour and no verb is an appointment: "Sky at Mercury, noon Sunday"."""
_LEANING = re.compile(r"\s*\w+(?:ed|ing)\b")
"""How a clause without a tense of its own begins."""
_ASIDE = re.compile(r"\([^()]{0,80}\)")
_CLAUSE = re.compile(r"[,;:()]|\s[–—-]\s|\b(?:but|while|after|because|where|when)\b")


@dataclass(frozen=True, slots=True)
class SpokenDay:
    """A day, or a stretch of days, that a text names.

    Attributes:
        start: First code point in the text.
        end: One past the last.
        first: Its first day.
        last: Its last day.
        is_exact: Whether the text gives it in full, so that nothing had to be counted.
        is_rough: Whether the days are about right only, as after "two weeks ago".
        is_unsure: Whether nothing shows if a day of the week is the last or the next one.
    """

    start: int
    end: int
    first: date
    last: date
    is_exact: bool = False
    is_rough: bool = False
    is_unsure: bool = False

    @property
    def is_long(self) -> bool:
        """Whether it is longer than a month."""
        return (self.last - self.first).days >= LONG_DAYS

    def describe(self) -> str:
        """Return the day or days in words: "4 March 2025", "June 2025", "3 to 9 March 2025"."""
        return describe_days(self.first, self.last)


@lru_cache(maxsize=2048)
def find_spoken_days(text: str, published: date | None) -> tuple[SpokenDay, ...]:
    """Return the days that a sentence names, in order.

    Args:
        text: A sentence.
        published: The day of its article; without it, only dates with a year are found.

    Examples:
        >>> days = find_spoken_days("The lock broke on Tuesday.", date(2025, 3, 5))
        >>> days[0].describe()
        '4 March 2025'
    """
    found: list[SpokenDay] = []
    for match in _SPOKEN.finditer(text):
        try:
            day = _read(match, text, _base_of(match, found, published))
        except (ValueError, OverflowError):
            continue
        if day is not None:
            found.append(day)
    return tuple(found)


def find_named_days(text: str) -> frozenset[tuple[int, int]]:
    """Return (month, day) of the days that a text uses as a name: "the January 6 committee".

    Without a year, such a day is not one of this year.
    """
    return frozenset(
        (MONTHS_BY_NAME[match[1].casefold().rstrip(".")], int(match[2]))
        for match in _NAMED_DAY.finditer(text)
    )


def describe_days(first: date, last: date) -> str:
    """Return a stretch of days in words, as short as possible.

    Examples:
        >>> describe_days(date(2025, 3, 4), date(2025, 3, 4))
        '4 March 2025'
        >>> describe_days(date(2025, 6, 1), date(2025, 6, 30)), describe_days(
        ...     date(2024, 1, 1), date(2024, 12, 31)
        ... )
        ('June 2025', '2024')
    """
    if first == last:
        return f"{first.day} {first:%B %Y}"
    is_from_first = first.day == 1
    if is_from_first and last.day == monthrange(last.year, last.month)[1]:
        if (first.year, first.month) == (last.year, last.month):
            return f"{first:%B %Y}"
        if first.year == last.year and (first.month, last.month) == (1, 12):
            return str(first.year)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {last.day} {last:%B %Y}"
    start = f"{first.day} {first:%B}" if first.year == last.year else f"{first.day} {first:%B %Y}"
    return f"{start} to {last.day} {last:%B %Y}"


def week_of(day: date, weeks: int = 0) -> tuple[date, date]:
    """Return Monday and Sunday of the week of a day, or of one so many weeks later."""
    monday = day - day.weekday() * DAY + weeks * WEEK_DAYS * DAY
    return monday, monday + 6 * DAY


def month_of(day: date, months: int = 0) -> tuple[date, date]:
    """Return the first and last day of the month of a day, or of one so many months later."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def year_of(day: date, years: int = 0) -> tuple[date, date]:
    """Return the first and last day of the year of a day, or of one so many years later."""
    return date(day.year + years, 1, 1), date(day.year + years, 12, 31)


def _base_of(
    match: re.Match[str], found: Sequence[SpokenDay], published: date | None
) -> date | None:
    """Return the day that a match counts from; None if it counts from one that is not named.

    "Two years ago" counts from today, "two years earlier" from what the sentence spoke of before.
    """
    if (match["ago"] or "").casefold() != "earlier":
        return published
    return found[-1].first if found else None


def _read(match: re.Match[str], text: str, published: date | None) -> SpokenDay | None:
    """Return what a match stands for; None if that cannot be told.

    Raises:
        ValueError: If it is no day of any calendar.
    """
    groups = {name: value for name, value in match.groupdict().items() if value}
    start, end = match.span()
    if "iso" in groups:
        day = date.fromisoformat(groups["iso"])
        return SpokenDay(start, end, day, day, is_exact=True)
    year = next((int(groups[n]) for n in groups if n.startswith("year")), None)
    day_number = next((int(groups[n]) for n in groups if n.startswith("day")), 0)
    name = next((groups[n] for n in groups if n.startswith("month")), "")
    if name or year:
        month = MONTHS_BY_NAME[name.casefold().rstrip(".")] if name else 0
        is_exact = year is not None
        if year is None:
            if published is None:
                return None
            # "The May 24 shooting could be a factor" says nothing of when it was.
            is_name = _NAMING.search(text, 0, start) and _NAMED_NOUN.match(text, end)
            is_ahead = bool(not is_name and _is_ahead(text, start))
            year = _year_of(month, day_number, published, is_ahead=is_ahead)
            if "of" in groups:
                year = published.year + _STEPS[groups["of"].casefold()]
        if not month:
            return SpokenDay(start, end, date(year, 1, 1), date(year, 12, 31), is_exact=True)
        last = day_number or monthrange(year, month)[1]
        opening = next((int(groups[n]) for n in groups if n.startswith("from")), day_number or 1)
        last = int(groups.get("until2", last))
        first_day, last_day = date(year, month, opening), date(year, month, last)
        return SpokenDay(start, end, first_day, last_day, is_exact) if opening <= last else None
    is_unsure = (
        ("unit2" in groups and not _is_still_to_come(text, start))
        or ("near" in groups and (_is_title(text, start) or text[:start].endswith(" ago ")))
        or ("weekday" in groups and _RECURRING.search(text, 0, start))
    )
    if published is None or is_unsure:
        return None
    first, final, is_rough = _count(groups, text, start, published)
    is_open = "weekday" in groups and "which" not in groups and _is_ahead(text, start) is None
    return SpokenDay(start, end, first, final, is_rough=is_rough, is_unsure=is_open)


def _is_title(text: str, place: int) -> bool:
    """Return whether a word has a capital letter in the middle of a sentence: "Florida Today"."""
    return text[place].isupper() and text[:place].rstrip()[-1:].isalpha()


def _is_still_to_come(text: str, place: int) -> bool:
    """Tell "opens in nine weeks" from "the first in nine weeks", which counts no days from now."""
    clause = _CLAUSE.split(text[:place])[-1]
    return bool(_is_ahead(text, place)) and not _SUPERLATIVE.search(clause)


def _count(
    groups: dict[str, str], text: str, start: int, published: date
) -> tuple[date, date, bool]:
    """Return the days that words without a date stand for, and whether they are rough."""
    if "unit" in groups or "unit2" in groups:
        count = groups.get("count") or groups["count2"]
        number = int(count) if count.isdigit() else _NUMBERS[count.casefold()]
        sign = -1 if "ago" in groups else 1
        return _shift(published, sign * number, (groups.get("unit") or groups["unit2"]).casefold())
    if "over" in groups:
        return *_weekend(published, 0 if _is_ahead(text, start) else -1), False
    if "stretch" in groups:
        steps = _STEPS[groups["side"].casefold()]
        return *_STRETCHES[groups["stretch"].casefold()](published, steps), False
    if "weekday" in groups:
        day = _find_weekday(groups, published, is_ahead=bool(_is_ahead(text, start)))
    else:
        steps = {"before": -2, "after": 2}.get(next(iter(groups)), 0)
        day = published + (steps or _NEAR.get(groups.get("near", "").casefold(), 0)) * DAY
    return day, day, False


def _find_weekday(groups: dict[str, str], published: date, *, is_ahead: bool) -> date:
    """Return the day that "next Monday", "last Monday" or "on Monday" stands for."""
    wanted = WEEKDAYS_BY_NAME[groups["weekday"].casefold()]
    which = groups.get("which", "").casefold()
    back = (published.weekday() - wanted) % WEEK_DAYS
    if which == "this":
        return week_of(published)[0] + wanted * DAY
    if which in {"next", "coming"} or (not which and is_ahead):
        return published + ((WEEK_DAYS - back) if back or which else 0) * DAY
    return published - (back or (WEEK_DAYS if which else 0)) * DAY


def _shift(published: date, number: int, unit: str) -> tuple[date, date, bool]:
    match unit:
        case "day":
            day = published + number * DAY
            return day, day, False
        case "week" | "fortnight":
            day = published + number * (2 if unit == "fortnight" else 1) * WEEK_DAYS * DAY
            return day - DAY, day + DAY, True
        case "month":
            return *month_of(published, number), True
        case _:
            return *year_of(published, number), True


def _weekend(published: date, steps: int) -> tuple[date, date]:
    """Return Saturday and Sunday of this week, or of one before or after it."""
    saturday = week_of(published)[0] + 5 * DAY
    if steps < 0:
        # On a Saturday or Sunday the last weekend is a week ago; "over the weekend" on a Monday,
        # or any other day of the week, is the one just over.
        saturday -= WEEK_DAYS * DAY
    elif steps > 0:
        saturday += WEEK_DAYS * DAY if published >= saturday else 0 * DAY
    return saturday, saturday + DAY


_STRETCHES: Mapping[str, Callable[[date, int], tuple[date, date]]] = {
    "week": week_of,
    "month": month_of,
    "year": year_of,
    "weekend": _weekend,
}


def _year_of(month: int, day: int, published: date, *, is_ahead: bool) -> int:
    """Return the year that a day or month without one belongs to."""
    written = (month, day or published.day)
    now = (published.month, published.day)
    if is_ahead and not _is_just_over(month, day, published):
        is_over = not day and 0 <= published.month - month <= _JUST_OVER_MONTHS
        return published.year if written >= now or is_over else published.year + 1
    if (month, day) <= now:
        return published.year
    # A day soon to come is of this year even where nothing else shows that it is to come.
    is_soon = month - published.month <= 3 and day  # noqa: PLR2004
    return published.year if is_soon else published.year - 1


def _is_just_over(month: int, day: int, published: date) -> bool:
    """Return whether a day of a few weeks ago is likelier than the one in eleven months."""
    if not 0 < day <= monthrange(published.year, month)[1]:
        return False
    return 0 < (published - date(published.year, month, day)).days <= LONG_DAYS


def _is_ahead(text: str, place: int) -> bool | None:
    """Return whether the clause of a day speaks of what is still to come; None if nothing shows it.

    The last verb before the day decides, or the first one after it in "On Monday, he left".
    """
    before, after = _ASIDE.sub(" ", text[:place]), text[place:]
    if _SAID.search(f"{before.rstrip()} ") or _COMPARED.search(before):
        return False
    own, *earlier = reversed(_CLAUSE.split(before))
    if _IS_BEHIND.match(after) and _find_last_verb(own) is None:
        return True
    verb = _find_last_verb(own) or _TENSE.search(_TO_COME.sub(" will", after))
    if verb is None and _HOUR.search(before):
        return True
    for clause in earlier:
        if verb is None and not _LEANING.match(clause):
            verb = _find_last_verb(clause)
    return verb["ahead"] is not None if verb is not None else None


def _find_last_verb(clause: str) -> re.Match[str] | None:
    return next(reversed(list(_TENSE.finditer(_TO_COME.sub(" will", clause)))), None)
