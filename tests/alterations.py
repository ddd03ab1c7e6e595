"""Sentences of the samples with one thing changed in each, made by program from a fixed seed.

What is changed, and into what, is decided here by plain patterns that share nothing with
``rag/``: the checks are measured against them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.adding.load import load_articles
from index.text.sentences import split_sentences
from index.types import Article

SEED = 20261122
TAKEN_BACK = "That was wrong"
LEAST_WORDS = 7
MOST_OF_ONE_SENTENCE = 2

KINDS = ("number", "date", "name", "negation", "speaker", "quotation")

_DIGITS = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_WRITTEN = "two three four five six seven eight nine ten twelve twenty thirty".split()
_WRITTEN_NUMBER = re.compile(rf"\b(?:{'|'.join(_WRITTEN)})\b")
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DATE = re.compile(
    rf"\b\d{{1,2}} (?:{'|'.join(_MONTHS)})\b|\b(?:{'|'.join(_MONTHS)})\b|\b(?:{'|'.join(_DAYS)})\b"
    r"|(?<![\d,.])(?:19|20)\d\d(?![\d,.]\d)"
)
_PERSON = re.compile(
    r"\b(?:Paul Osterby|Lena Hartwick|Noor Adeyemi|Greta Sandoval|Ines Varga|Tomas Reck|Oskar Lind"
    r"|Birgit Maas|Dina Holm|Henrik Solberg|Dmitry Peskov|Georgy Zinoviev|Kim Hong-kyun|Mark Rutte"
    r"|David Lammy|Yoon Suk Yeol|Lin Jian|Vladimir Putin|Hartwick|Varga|Zinoviev|Osterby|Peskov"
    r"|Adeyemi|Reck|Rutte|Solberg)\b"
)
_PLACE = re.compile(
    r"\b(?:Russia|Ukraine|South Korea|North Korea|Seoul|Moscow|Pyongyang|Beijing|Orrindale|Norrvik"
    r"|Kessel|Mount Hesk|Tollen Bridge|Saltmere|Old Quay|NATO|Britain|Japan|China|Harbour Board)\b"
)
_OTHER_PERSONS = ("Marten Ilves", "Judith Okoro", "Casper Thorne", "Ruth Albrecht")
_OTHER_PLACES = ("Belgium", "Peru", "Wexcombe", "Tarrow Hill")
_AUXILIARY = re.compile(
    r"\b(?:was|were|is|are|has|have|had|will|would|could|can|should|may)\b(?! not\b| no\b|n[’']t)"
)
_NOT = re.compile(r" not\b(?! only)")
_SAYING = re.compile(
    r"(?P<who>(?!He\b|She\b)(?:(?:Mr|Mrs) )?(?:[A-Z][\w-]+ ){0,2}[A-Z][\w-]+)"
    r" (?:said|told|added|says|replied)\b"
    r"|(?P<they>\b(?:He|She|he|she)) (?:said|told|added|says|replied)\b"
    r"|according to (?P<source>(?:the )?[A-Z][\w-]+(?: [A-Z][\w-]+)*)"
)
_QUOTED = re.compile(r"[“\"]([^“”\"]{8,})[”\"]")
_OTHER_WORDS = "marble velvet sparrow copper lantern harvest".split()


@dataclass(frozen=True)
class Altered:
    """A sentence of a sample with its evidence.

    Attributes:
        kind: What was changed; empty where nothing was.
        claim: The sentence as changed.
        original: As it stands.
        evidence: It and its neighbours, unchanged.
    """

    kind: str
    claim: str
    original: str
    evidence: str


def read_samples() -> list[Article]:
    """Return the articles of ``samples/``, each story once."""
    folder = Path(__file__).resolve().parent.parent / "samples"
    loaded = load_articles([folder])
    return [item for item in loaded if isinstance(item, Article)]


def plain_sentences() -> list[Altered]:
    """Return every statement of the samples with its neighbours as evidence, nothing changed.

    What the next sentence takes back ("That was wrong.") is not among them.
    """
    found: dict[str, Altered] = {}
    for article in read_samples():
        texts = [sentence.text for sentence in split_sentences(article.text)]
        for place, text in enumerate(texts):
            if len(text.split()) < LEAST_WORDS or text.endswith("?"):
                continue
            if any(after.startswith(TAKEN_BACK) for after in texts[place + 1 : place + 2]):
                continue
            evidence = " ".join(texts[max(0, place - 1) : place + 2])
            found.setdefault(text, Altered("", text, text, evidence))
    return list(found.values())


def altered_sentences() -> list[Altered]:
    """Return changed sentences of all kinds, the same ones at every call."""
    rng = random.Random(SEED)  # noqa: S311 - sampling
    altered: list[Altered] = []
    for plain in plain_sentences():
        for kind in KINDS:
            changed = list(dict.fromkeys(_CHANGES[kind](plain.original, plain.evidence, rng)))
            rng.shuffle(changed)
            altered.extend(
                Altered(kind, claim, plain.original, plain.evidence)
                for claim in changed[:MOST_OF_ONE_SENTENCE]
                if claim != plain.original and claim not in plain.evidence
            )
    return altered


def retold_sentences() -> list[Altered]:
    """Return sentences told otherwise, but truly: a clause dropped, an order turned, reported."""
    told: list[Altered] = []
    for plain in plain_sentences():
        text = plain.original
        told.extend(Altered("", retold, text, plain.evidence) for retold in _retell(text))
    return told


def _put(text: str, match: re.Match[str], replacement: str) -> str:
    return text[: match.start()] + replacement + text[match.end() :]


def _change_number(text: str, evidence: str, rng: random.Random) -> Iterator[str]:
    dates = [match.span() for match in _DATE.finditer(text)]
    for match in _DIGITS.finditer(text):
        if any(a <= match.start() < b for a, b in dates) or text[: match.start()].endswith("["):
            continue
        value = float(match.group().replace(",", ""))
        factor = rng.choice((0.5, 1.4, 2.0, 3.0))
        other = f"{value * factor:,.1f}" if "." in match.group() else f"{value * factor + 1:,.0f}"
        if other not in evidence:
            yield _put(text, match, other)
    for match in _WRITTEN_NUMBER.finditer(text):
        other = rng.choice([word for word in _WRITTEN if word not in evidence])
        yield _put(text, match, other)


def _change_date(text: str, evidence: str, rng: random.Random) -> Iterator[str]:
    for match in _DATE.finditer(text):
        said = match.group()
        if said[0].isdigit() and " " in said:
            day, month = said.split()
            yield _put(text, match, f"{int(day) % 27 + 1} {month}")
            yield _put(
                text, match, f"{day} {rng.choice([m for m in _MONTHS if m not in evidence])}"
            )
        elif said.isdigit():
            yield _put(text, match, str(int(said) - rng.randint(2, 9)))
        else:
            others = _DAYS if said in _DAYS else _MONTHS
            yield _put(text, match, rng.choice([o for o in others if o not in evidence]))


def _change_name(text: str, evidence: str, rng: random.Random) -> Iterator[str]:
    for pattern, others in ((_PERSON, _OTHER_PERSONS), (_PLACE, _OTHER_PLACES)):
        for match in pattern.finditer(text):
            yield _put(text, match, rng.choice(others))
            named = {m.group() for m in pattern.finditer(evidence)}
            nearby = sorted(n for n in named if n not in text and match.group() not in n)
            if nearby and pattern is _PERSON:
                yield _put(text, match, rng.choice(nearby))


def _change_negation(text: str, evidence: str, rng: random.Random) -> Iterator[str]:
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    for match in _AUXILIARY.finditer(text):
        if not any(a <= match.start() < b for a, b in quoted):
            yield _put(text, match, f"{match.group()} not")
    for match in _NOT.finditer(text):
        if not any(a <= match.start() < b for a, b in quoted):
            yield _put(text, match, "")


def _change_speaker(text: str, evidence: str, rng: random.Random) -> Iterator[str]:
    for match in _SAYING.finditer(text):
        group = next(name for name in ("who", "they", "source") if match[name])
        if group == "they" and not _PERSON.search(evidence):
            continue
        start, end = match.span(group)
        yield text[:start] + rng.choice(_OTHER_PERSONS) + text[end:]
        named = {m.group() for m in _PERSON.finditer(evidence)}
        others = sorted(n for n in named if n.split()[-1] not in match[group])
        if group == "who" and others:
            yield text[:start] + rng.choice(others) + text[end:]


def _change_quotation(text: str, evidence: str, rng: random.Random) -> Iterator[str]:
    for match in _QUOTED.finditer(text):
        words = list(re.finditer(r"[a-z]{4,}", match[1]))
        if not words:
            continue
        word = rng.choice(words)
        start = match.start(1)
        changed = match[1][: word.start()] + rng.choice(_OTHER_WORDS) + match[1][word.end() :]
        yield text[:start] + changed + text[match.end(1) :]


_CHANGES = {
    "number": _change_number,
    "date": _change_date,
    "name": _change_name,
    "negation": _change_negation,
    "speaker": _change_speaker,
    "quotation": _change_quotation,
}


def _retell(text: str) -> Iterator[str]:
    has_quote = bool(_QUOTED.search(text))
    if match := re.search(r", (?:which|who|because|but|after|so) [^,.“”\"]+(?=\.(?:\s|$))", text):
        yield text[: match.start()] + text[match.end() :]
    if match := re.match(
        r"(?P<first>(?:In|On|By|Last|From) [^,“”\"]{4,40}), (?P<rest>.+)\.$", text
    ):
        rest, first = match["rest"], match["first"]
        if not has_quote:
            yield f"{rest[0].upper()}{rest[1:]} {first[0].lower()}{first[1:]}."
    if match := re.match(r"(?P<who>[A-Z][\w ]+) said that (?P<what>[^“”\"]+)\.$", text):
        yield f"According to {match['who']}, {match['what']}."
        yield f"{match['what'][0].upper()}{match['what'][1:]}, {match['who']} said."
