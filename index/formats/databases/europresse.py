"""Europresse (Cision, formerly CEDROM-SNi): documents that end in a number of the day. Pure.

``news·20250306·CM·012`` names the day of publication, whatever the language of the interface.
Pages saved from it keep the parts of a document apart, see ``index.formats.web.europresse_page``;
this reads the text of its PDFs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from index.formats.databases.export import (
    Export,
    ExportedArticle,
    is_day_line,
    is_name,
    join_lines,
    join_title,
    read_count,
    read_day,
)

CERTIFICATE = re.compile(r"news\s?[·.•]\s?(?P<day>\d{8})\s?[·.•]\s?(?P<rest>\w+\s?[·.•]\s?\w+)")
"""The number of a document."""

_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright)\s?(?:©\s?)?\d{4}\s(?P<owner>.{2,80}?)\.?\s?"
    r"(?:tous droits réservés|all rights reserved|alle rechte vorbehalten|todos los derechos).*",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"le présent document (?:est protégé|et son utilisation)|ce certificat est émis|certificat émis"
    r"|date d['’]émission|numéro de document|this material is protected|document number"
    r"|documents sauvegardés"
    r"|du droit d['’]auteur|lois et conventions|eureka\.cc|europresse",
    re.IGNORECASE,
)
_LABELS = frozenset(
    "nom de la source|type de source|périodicité|couverture géographique|provenance|source name"
    "|source type|frequency|geographical coverage|origin".split("|")
)
_SAVED = re.compile(
    r"(?:documents? sauvegardés?|saved documents?)\s?[•·(]\s?(?P<total>\d{1,5})", re.IGNORECASE
)
WORDS = re.compile(r"(?<!\d)(?P<count>\d{1,3}(?:\s\d{3})*)\s(?:mots|words)", re.IGNORECASE)
"""How many words a document has."""
_PAGE = re.compile(r".{0,60}\bp\.\s?\w{1,6}\b.{0,30}")


def read_europresse(lines: Sequence[str]) -> Export | None:
    """Return the documents in the text of a PDF from Europresse; None if it is none."""
    ends = [number for number, line in enumerate(lines) if CERTIFICATE.search(line)]
    articles: list[ExportedArticle] = []
    start = 0
    for end in ends:
        found = CERTIFICATE.search(lines[end])
        if found is None:
            continue
        document = re.sub(r"\s", "", found[0])
        if articles and articles[-1].document == document:
            start = end + 1
            continue
        article = _read_document(lines[start:end], document)
        if article is None:
            return None
        articles.append(article)
        start = end + 1
    if not articles:
        return None
    saved = next((found for line in lines[:40] if (found := _SAVED.search(line))), None)
    return Export("Europresse", tuple(articles), int(saved["total"]) if saved else 0)


def day_of_certificate(document: str) -> date | None:
    """Return the day that the number of a document names."""
    found = CERTIFICATE.search(document)
    if found is None:
        return None
    digits = found["day"]
    with suppress(ValueError):
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    return None


def _read_document(lines: Sequence[str], document: str) -> ExportedArticle | None:
    owner = next((found["owner"] for line in lines if (found := _RIGHTS.search(line))), "")
    labelled: dict[str, str] = {}
    kept: list[str] = []
    label = ""
    for line in lines:
        if line.casefold() in _LABELS:
            label = line.casefold()
        elif label and line:
            labelled[label] = line
            label = ""
        elif not (_RIGHTS.search(line) or _NOTICE.search(line)):
            kept.append(line)
    shown = [(number, line) for number, line in enumerate(kept) if line]
    day_at = next((place for place, (_, line) in enumerate(shown[:12]) if is_day_line(line)), None)
    if day_at is None:
        return None
    published, moment = read_day(shown[day_at][1])
    outlet = labelled.get("nom de la source") or labelled.get("source name") or owner
    if not outlet and day_at:
        outlet = shown[0][1]
    day_line = shown[day_at][1]
    # Below the day there may be the page and the number of words.
    while len(shown) > day_at + 1 and (
        WORDS.search(shown[day_at + 1][1]) or _PAGE.fullmatch(shown[day_at + 1][1])
    ):
        day_at += 1
        day_line = f"{day_line} {shown[day_at][1]}"
    below = [line for _, line in shown[day_at + 1 :]]
    if not below:
        return None
    n_head = 2 if len(below) > 2 and is_name(below[1]) else 1  # noqa: PLR2004
    body_at = shown[day_at + n_head][0] + 1
    words = WORDS.search(day_line)
    return ExportedArticle(
        title=join_title(below[:1]),
        text=join_lines(kept[body_at:]),
        outlet=outlet,
        published=day_of_certificate(document) or published,
        published_at=moment,
        author=below[1] if n_head > 1 else "",
        document=document,
        words=read_count(words["count"]) if words else 0,
        missing="" if len(below) > n_head else "no text in the export",
    )
