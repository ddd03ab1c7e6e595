"""The figures that different articles give for one thing; pure.

"How many people took part?" may have two answers, of the police and of the organisers. Only figures
of the counted thing are gathered, from sentences that are about all that the question is about.
Where no article gives a figure, those are counted whom the sentences name. "What is the lowest toll
reported?" is answered by comparing figures, not by the sentence that resembles it most.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from rag.answering.reading_order import CitedClaims
from rag.asking.data_files import read_expressions
from rag.asking.terms import QuestionTerms, stem_text, stem_word
from rag.evidence.plain import PLAIN
from rag.evidence.weighing import find_asked_for
from rag.types import Claim, Evidence, Support
from rag.verification.moments import are_of_one_time, find_moments
from rag.verification.quantities import Quantity, QuantityKind, backs, find_quantities

MOST_READ = 30
"""How many of the best sentences are read."""

LEAST_COVERAGE = 0.75
"""What share of the best sentence's coverage of the question another one must have."""

COUNTED_WORDS = 3
"""How many words after a number may say what it counts."""

_COUNTED = re.compile(
    r"\bhow many (?P<many>(?:\w+ ){0,1}?[^\W\d_]+)|\bnumber of (?P<number>[^\W\d_]+)", re.IGNORECASE
)
_PERSONS = frozenset(
    stem_word(word)
    for word in (
        "people person persons dead killed died deaths victims injured hurt wounded participants"
        " men women children"
    ).split()
)
_AGENTS = re.compile(r"[a-z]{3,}(?:ers|ors|ists|ants|ees|ians|ents)|fans|pupils|civilians")
"""What people are called after what they do: marchers, students, residents."""
_PRESENCE = frozenset(
    map(stem_word, "take took taken part participate participated attend attended turned".split())
)
"""Say no more than that people were there."""
_SAME = tuple(
    frozenset(map(stem_word, words.split()))
    for words in (
        "die died dies dead death deaths kill killed kills fatalities lives toll",
        "injure injured injures injuries hurt wounded",
    )
)
"""Words of which one says what another says."""
_PLACED = re.compile(
    r"\b(?:number|count|toll|crowd|attendance|turnout|figure|total)\b[^.;]{0,90}?\b(?:at|to|was|is|of)"
    r"\s+(?:about\s+|around\s+|some\s+|nearly\s+|over\s+|at least\s+|more than\s+)?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\s-]*([^\W\d_]+)")


_MEASURES = frozenset(
    map(
        stem_word,
        (
            "seconds minutes hours days nights weeks months years decades times percent points"
            " degrees metres meters kilometres kilometers miles feet inches tonnes tons kilograms"
            " kilos pounds litres liters gallons acres hectares dollars euros"
        ).split(),
    )
)
"""Measured, not counted: two durations in sentences about one event are seldom of one thing."""

ROUNDED = 0.02
"""By what share two amounts may differ and still be one, rounded or of another day."""

LEAST_COUNTED = 2
"""A single person is named by the sentence itself."""

_FULL_NAME = (
    r"[A-ZÀ-ÖØ-Þ][\w’'-]+(?:\s+(?:(?:van|von|de|der|den|da|del|bin|al|el|ibn)\s+)*"
    r"[A-ZÀ-ÖØ-Þ][\w’'-]+)"
)
_PERSON = re.compile(rf"(?<![\w’'-]){_FULL_NAME}+")
_NO_PERSON = re.compile(
    rf"\b(?:of|in|at|from|for|to|with|on|near)\s+(?:the\s+)?{_FULL_NAME}*|[A-ZÀ-ÖØ-Þ][\w-]+['’]s?\s"
)

MOST_COMPARED = 12
"""How many of the best sentences are compared."""

FAR_BELOW = 0.2
"""Share of the best sentence's likelihood that another one has to have to be compared."""

_FORMS = read_expressions("rag.asking", "question_forms.toml")["extremes"]


class Extreme(Enum):
    """Which end of a scale is asked for."""

    LOWEST = "lowest"
    HIGHEST = "highest"


_ASKED = {extreme: re.compile(_FORMS[extreme.value], re.IGNORECASE) for extreme in Extreme}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that an article gives for what a question counts.

    Attributes:
        item: The sentence.
        quantity: The figure, with its place in ``item.text``.
        text: The figure as written, with the word that it counts.
    """

    item: Evidence
    quantity: Quantity
    text: str


def gather_figures(
    question: str, terms: QuestionTerms, evidence: Sequence[Evidence]
) -> tuple[Figure, ...]:
    """Return the figures that articles give for what a question counts, one for each value.

    Args:
        question: Standalone.
        terms: What it asks for.
        evidence: Best first.

    Returns:
        In the order of the evidence; nothing if the question asks for no number of people or
        things and no amount of money. Figures that may be the same ("more than 200", "212") are
        one.
    """
    counted = _find_counted(question)
    if counted is None:
        return ()
    head = "" if counted else find_asked_for(question).head
    found: list[Figure] = []
    best = 0.0
    named: frozenset[str] = frozenset()
    for item in evidence[:MOST_READ]:
        figure = _find_figure(item, counted)
        # A fee and a price of one deal are two things.
        if figure is None or (head and head not in stem_text(item.text)):
            continue
        article = item.hit.article
        coverage = _cover(item, terms, counted)
        names = terms.names & stem_text(f"{article.title} {item.text}")
        if not found:
            best, named = coverage, names
        # The same damage by another storm, or in another town, is another figure.
        if coverage < LEAST_COVERAGE * best or not named <= names:
            continue
        is_known = any(
            _are_alike(other.quantity, figure.quantity)
            or not are_of_one_time(other.item.hit.article.published, article.published)
            or other.item.hit.article.article_id == article.article_id
            for other in found
        )
        if not is_known:
            found.append(figure)
    return tuple(found)


def _counts_people(question: str) -> bool:
    """Return whether a question asks how many people there were."""
    counted = _find_counted(question)
    return bool(counted and counted & _PERSONS)


def _are_alike(one: Quantity, other: Quantity) -> bool:
    """Whether two figures may be the same."""
    most = max(abs(one.value), abs(other.value))
    is_near = abs(one.value - other.value) <= ROUNDED * most
    return is_near or backs(one, other) or backs(other, one)


def _find_counted(question: str) -> frozenset[str] | None:
    """Return the stems of what is counted; empty for money, None for neither."""
    match = _COUNTED.search(question)
    if match is not None:
        stems = stem_text(match["many"] or match["number"])
        if stems & _MEASURES:
            return None
        return stems | _PERSONS if stems & _PERSONS else stems
    return frozenset() if find_asked_for(question).is_money else None


def _cover(item: Evidence, terms: QuestionTerms, counted: frozenset[str]) -> float:
    """Return what share of the question's other terms a sentence or its title has."""
    rest = terms.weights.keys() - counted - _PRESENCE
    total = sum(terms.weights[stem] for stem in rest)
    stems = stem_text(f"{item.hit.article.title} {item.text}")
    for group in _SAME:
        stems |= group if group & stems else frozenset()
    return sum(terms.weights[stem] for stem in rest & stems) / total if total else 1.0


def _find_figure(item: Evidence, counted: frozenset[str]) -> Figure | None:
    """Return the figure of the counted thing in a sentence, if exactly one is."""
    moments = find_moments(item.text)
    found: list[Figure] = []
    for quantity in find_quantities(item.text, besides=[(m.start, m.end) for m in moments]):
        if not counted:
            if quantity.kind is QuantityKind.MONEY:
                found.append(Figure(item, quantity, quantity.text))
            continue
        if quantity.kind is not QuantityKind.PLAIN:
            continue
        end = _end_of_counted(item.text, quantity, counted)
        is_placed = _PLACED.search(item.text[: quantity.start]) and counted & stem_text(item.text)
        if end or is_placed:
            found.append(Figure(item, quantity, item.text[quantity.start : end or quantity.end]))
    values = {figure.quantity.value for figure in found}
    return found[0] if len(values) == 1 else None


def _end_of_counted(text: str, quantity: Quantity, counted: frozenset[str]) -> int:
    """Return where the word ends that a number counts; 0 if it counts something else."""
    place = quantity.end
    is_of_people = bool(counted & _PERSONS)
    for _ in range(COUNTED_WORDS):
        word = _WORD.match(text, place)
        if word is None:
            return 0
        place = word.end()
        folded = word[1].casefold()
        if stem_word(folded) in _MEASURES - counted:
            return 0
        if stem_word(folded) in counted or (is_of_people and _AGENTS.fullmatch(folded)):
            return place
    return 0


def count_participants(
    question: str, terms: QuestionTerms | None, quoted: CitedClaims, evidence: Sequence[Evidence]
) -> CitedClaims:
    """Return an answer that begins with how many people its sentences name.

    It is returned as it is if the question is not how many people did something, if an article
    gives a figure, or if a sentence names nobody, or several: who of them did it is then open.

    Args:
        question: Standalone.
        terms: What it asks for.
        quoted: The answer; each claim has one citation.
        evidence: What was found, the likeliest first.
    """
    if terms is None or terms.event is None or not _counts_people(question):
        return quoted
    plain = [item for item in evidence if (item.likelihood or 0.0) >= PLAIN]
    if gather_figures(question, terms, plain):
        return quoted
    telling = [c for c in quoted.citations if any(item.text in c.quote for item in plain)]
    names: dict[str, str] = {}
    for citation in telling:
        found = _PERSON.findall(_NO_PERSON.sub(" ", citation.quote))
        if len(found) != 1:
            return quoted
        names.setdefault(found[0].split()[-1].casefold(), found[0])
    if len(names) < LEAST_COUNTED:
        return quoted
    *first, last = names.values()
    text = f"{len(names)} people, as far as these articles say: {', '.join(first)} and {last}."
    numbers = tuple(citation.number for citation in telling)
    count = Claim(text, Support.SUPPORTED, numbers)
    claims = tuple(claim for claim in quoted.claims if claim.citations[0] in numbers)
    return CitedClaims((count, *claims), tuple(telling), quoted.conflicts)


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
        figure = _read_value(item)
        is_likely = item.likelihood is None or item.likelihood >= FAR_BELOW * likeliest
        if figure is not None and is_likely:
            compared.append((figure, place))
    if not compared:
        return tuple(evidence)
    value = (min if extreme is Extreme.LOWEST else max)(figure for figure, _ in compared)
    first = next(place for figure, place in compared if figure == value)
    return (evidence[first], *evidence[:first], *evidence[first + 1 :])


def _read_value(item: Evidence) -> float | None:
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
