"""ProQuest and GENIOS: records of labelled fields, one after another. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from index.formats.databases.export import (
    Export,
    ExportedArticle,
    is_day_line,
    join_lines,
    join_title,
    read_day,
)

_RULE = re.compile(r"_{10,}")
_NUMBERED = re.compile(
    r"(?:document|dokument|documento)\s(?P<number>\d{1,5})\s(?:of|von|de|di|sur)\s(?P<total>\d{1,6})",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?P<name>[^\W\d_][\w/() -]{1,40}?)\s?:(?:\s+(?P<value>.*)|$)")
# Newer reports put some of their labels on lines of their own, in capitals and without a colon.
_HEADING = re.compile(r"(?P<name>(?!.*[a-zà-ÿ])[^\W\d_][\w ]{3,24}?)(?P<value>)(?:\s\([A-Z, ]+\))?")
# What ProQuest calls its fields, in the languages of its interface.
_TEXT = frozenset(
    {
        "full text",
        "texto completo",
        "texte intégral",
        "volltext",
        "testo completo",
        "texto integral",
    }
)
_PROQUEST = {
    "author": "author", "autor": "author", "auteur": "author", "autore": "author",
    "title": "title", "título": "title", "titre": "title", "titel": "title", "titolo": "title",
    "publication title": "outlet", "título de publicación": "outlet", "publikationstitel": "outlet",
    "titre de la publication": "outlet", "titel der publikation": "outlet",
    "publication info": "info", "información de publicación": "info",
    "publication date": "day", "fecha de publicación": "day", "date de publication": "day",
    "veröffentlichungsdatum": "day", "publikationsdatum": "day", "data de publicação": "day",
    "section": "section", "sección": "section", "rubrique": "section", "ressort": "section",
    "pages": "pages", "first page": "pages", "páginas": "pages", "seiten": "pages",
    "language of publication": "language", "language": "language",
    "idioma de la publicación": "language",
    "proquest document id": "document", "id del documento de proquest": "document",
    "proquest-dokument-id": "document", "document id": "document",
    "document url": "url", "url del documento": "url", "dokument-url": "url",
    "abstract": "abstract", "resumen": "abstract", "résumé": "abstract",
    "zusammenfassung": "abstract", "caption": "below",
}  # fmt: skip
_OTHERS = frozenset(
    """
    links|subject|business indexing term|location|people|company / organization|classification
    |identifier / keyword|number of pages|volume|issue|publication year|year|publisher
    |place of publication|country of publication|publication subject|issn|e-issn|source type
    |sourcetype
    |document type|document feature|copyright|last updated|database|source attribution|dateline
    |details|detalles|détails
    |company|materia|lugar|editorial|año de publicación|tipo de fuente|tipo de documento
    |base de datos
    |subject area|correspondence author|publication frequency|word count|edition|source|oclc
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_NONE = re.compile(
    r"(?:none available|not available|no disponible|no hay|non disponible|nicht verfügbar)\W*",
    re.IGNORECASE,
)
_FIELDS_BELOW = 4
_LONG_FIELDS = frozenset({"head", "text", "abstract", "below"})
_INFO_DAY = re.compile(r"\](?P<day>[^:\]]{6,30})(?::|$)")
_PLACE_TAIL = re.compile(r"\s?[;\[].*")


def read_proquest(lines: Sequence[str]) -> Export | None:
    """Return the documents in a report of ProQuest; None if it is none."""
    starts = [number for number, line in enumerate(lines) if _NUMBERED.fullmatch(line)]
    if not starts:
        # Some reports only draw a line between documents.
        rules = [number for number, line in enumerate(lines) if _RULE.fullmatch(line)]
        starts = [
            start
            for start, end in pairwise([*rules, len(lines)])
            if any(_is_text_label(line) for line in lines[start:end])
        ]
    if not starts:
        return None
    totals = [int(found["total"]) for n in starts if (found := _NUMBERED.fullmatch(lines[n]))]
    articles = []
    around = list(lines[: starts[0]])
    for start, end in pairwise([*starts, len(lines)]):
        rule = next((n for n in range(start + 1, end) if _RULE.fullmatch(lines[n])), end)
        around += lines[rule:end]
        article = _read_report(lines[start + 1 : rule])
        if article is None:
            return None
        articles.append(article)
    if not any(article.document or article.outlet for article in articles):
        return None
    around = [line for line in around if not _RULE.fullmatch(line)]
    return Export("ProQuest", tuple(articles), max(totals, default=0), join_lines(around))


def _find_label(line: str) -> re.Match[str] | None:
    return _LABEL.match(line) or _HEADING.fullmatch(line)


def _is_label(line: str) -> bool:
    found = _find_label(line)
    return found is not None and found["name"].casefold() in _PROQUEST.keys() | _OTHERS


def _is_text_label(line: str) -> bool:
    found = _find_label(line)
    return found is not None and found["name"].casefold() in _TEXT


def _read_report(lines: Sequence[str]) -> ExportedArticle | None:
    fields: dict[str, list[str]] = {"head": []}
    name = "head"
    for number, line in enumerate(lines):
        found = _find_label(line)
        label = found["name"].casefold() if found else ""
        is_open = number == 0 or not lines[number - 1] or name != "text"
        # A printed page shows no blank lines: there, fields follow one another.
        is_open = is_open or sum(map(_is_label, lines[number + 1 : number + 9])) >= _FIELDS_BELOW
        if found and label in _TEXT:
            name = "text"
        elif found and is_open and (label in _PROQUEST or label in _OTHERS):
            name = _PROQUEST.get(label, "other")
        else:
            # Below a field that ends there, nothing is its value.
            name = name if line or name in _LONG_FIELDS or not any(fields[name]) else "other"
            fields.setdefault(name, []).append(line)
            continue
        fields.setdefault(name, []).append(found["value"] or "")

    def said(field: str) -> str:
        value = join_title(fields.get(field, ()))
        return "" if _NONE.fullmatch(value) else value

    if len(fields) < 3:  # noqa: PLR2004 - a document has many
        return None
    info = said("info")
    day = said("day") or (found["day"] if (found := _INFO_DAY.search(info)) else "")
    text = join_lines(fields.get("text", ()))
    text = "" if _NONE.fullmatch(text) else text.removesuffix("\nIllustration")
    head = [line for line in fields["head"] if line and not line.startswith(("http:", "https:"))]
    abstract = said("abstract")
    missing = (
        f"only an abstract of {len(abstract):,} characters" if abstract else "no text in the export"
    )
    pages = f"page {said('pages')}" if said("pages") else ""
    published, moment = read_day(day)
    return ExportedArticle(
        title=said("title") or join_title(head[:1]),
        text=text,
        outlet=_PLACE_TAIL.sub("", said("outlet") or info).strip(),
        published=published,
        published_at=moment,
        author=_turn_names(said("author")),
        section=", ".join(filter(None, (said("section"), pages))),
        document=said("document"),
        url=said("url"),
        language=said("language"),
        missing="" if text else missing,
        below=join_lines(fields.get("below", ())),
    )


def _turn_names(authors: str) -> str:
    """Return "Abbot, Cleo; Darrow, Finn" as "Cleo Abbot, Finn Darrow"."""
    names = [name.strip(" .") for name in authors.split(";") if name.strip()]
    turned = (
        " ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name for name in names
    )
    return ", ".join(turned)


_GENIOS_END = re.compile(
    r"(?:©|\(c\)|by)?\s?GBI-Genios Deutsche Wirtschaftsdatenbank GmbH", re.IGNORECASE
)
_GENIOS = {
    "quelle": "source", "ressort": "section", "rubrik": "section", "autor": "author",
    "autoren": "author", "dokumentnummer": "document",
    "dauerhafte adresse des dokuments": "url", "alle rechte vorbehalten": "other", "issn": "other",
    "schlagwörter": "other", "zusatz": "other", "ausgabe": "other", "seite": "pages",
    "datum": "day",
}  # fmt: skip


def read_genios(lines: Sequence[str]) -> Export | None:
    """Return the documents in an export of GENIOS or wiso; None if it is none."""
    articles = []
    start = 0
    for number, line in enumerate(lines):
        if _GENIOS_END.search(line) and len(line) < 120:  # noqa: PLR2004
            article = _read_genios_document(lines[start:number])
            if article is None:
                return None
            articles.append(article)
            start = number + 1
    if not articles:
        return None
    return Export("GENIOS", tuple(articles), 0, join_lines(lines[start:]))


def _read_genios_document(lines: Sequence[str]) -> ExportedArticle | None:
    fields: dict[str, str] = {}
    text: list[str] = []
    name = ""
    for line in lines:
        found = _LABEL.match(line.replace(" | ", " "))
        if found and (known := _GENIOS.get(found["name"].casefold())):
            name = known
            fields.setdefault(name, (found["value"] or "").strip(" |"))
        elif name and line and not fields[name]:
            fields[name] = line
        else:
            name = "" if line else name
            text.append(line)
    source = fields.get("source", "")
    if not source or not text:
        return None
    shown = [line for line in text if line]
    day_line = fields.get("day") or source
    published, _ = read_day(day_line, day_first=True)
    outlet = re.split(r"\s?(?:,|\bvom\b|\bNr\.)\s?", source, maxsplit=1)[0]
    # Some exports name the source above the headline too.
    is_headed = shown[0].startswith(outlet) and read_day(shown[0], day_first=True)[0]
    above, title = shown[:2] if is_headed and len(shown) > 1 else ("", shown[0])
    body = join_lines(text).removeprefix(above).lstrip("\n").removeprefix(title)
    return ExportedArticle(
        title=title,
        text=body.strip("\n"),
        outlet=outlet if not is_day_line(outlet) else "",
        published=published,
        author=fields.get("author", ""),
        section=fields.get("section", ""),
        document=fields.get("document", ""),
        url=fields.get("url", ""),
        language="de",
        missing="" if body.strip() else "no text in the export",
    )
