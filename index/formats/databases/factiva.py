"""Factiva (Dow Jones): articles that end in ``Document`` and a number. Pure.

Each field has a line of its own, with a code of two or three capitals before it (``HD``, ``PD``) or
without one, as in "Full article" without indexing. Pages saved from Factiva read alike.
"""

# Words of many languages are looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Sequence

from index.formats.databases.export import (
    Export,
    ExportedArticle,
    is_name,
    join_lines,
    join_title,
    read_count,
    read_day,
)
from index.text.dates import date_of_line

_END = re.compile(
    r"(?:AN\s*\|?\s*)?(?:Document|Dokument|Documento|Документ|文件|文档|ドキュメント|문서)"
    r"\s(?P<number>[A-Z0-9]{5,12}\d{8}[a-z0-9]{6,})",
)
_CODES = frozenset(
    "SE HD CR BY WC PD ET SN SC ED PG LA CY LP TD CT CO IN NS RE RF IPC IPD PUB AN VOL ART CLM CX"
    " DLN ATC NGC DE SU RGN".split()
)
_TEXT_CODES = frozenset({"LP", "TD", "ART", "CR"})
_CODE = re.compile(r"(?P<code>[A-Z]{2,3})(?P<bar>\s*\|)?(?:(?<=\|)|\s|$)\s*(?P<value>.*)")
_INDEXED = re.compile(r"[\w-]{2,12} : \S")
_WORDS = re.compile(
    r"(?P<count>[\d.,\s]{1,9}?)\s?(?:words?|Wörter|Worte|mots|palabras|parole|palavras|woorden"
    r"|слов(?:а|о)?|слів|كلمة|كلمات|字|文字|語|단어|자)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}(?:\s?(?:GMT|UTC|[AP]M))?", re.IGNORECASE)
_SOURCE_CODE = re.compile(r"[A-Z0-9]{2,10}")
_RIGHTS = re.compile(r"(?:©|\(c\)|copyright)\W", re.IGNORECASE)
_PAGE = re.compile(r"[A-Z]?\d{1,4}[A-Z]?|[\w ]{1,20}\d{1,4}")
_RESULTS = re.compile(
    r"(?:results found|anzahl ergebnisse|résultats trouvés|resultados encontrados)"
    r"\s*\|?\s*(?P<total>[\d.,]+)",
    re.IGNORECASE,
)
_LANGUAGES = frozenset(
    "english englisch anglais inglés inglese deutsch german français french español spanish"
    " italiano italian português portuguese русский russian українська ukrainian العربية arabic"
    " 中文 简体中文 繁體中文 chinese 日本語 japanese 한국어 korean nederlands dutch"
    " polski polish".split()
)
_MOST_HEAD_LINES = 14


def read_factiva(lines: Sequence[str]) -> Export | None:
    """Return the articles in an export of Factiva; None if it is none."""
    articles = []
    start = 0
    for number, line in enumerate(lines):
        end = _END.fullmatch(line)
        if end is None:
            continue
        part = list(lines[start:number])
        while part and part[-1] in {"", "AN", "AN |"}:
            part.pop()
        article = _read_coded(part, end["number"]) or _read_plain(part, end["number"])
        if article is None:
            return None
        articles.append(article)
        start = number + 1
    if not articles or not any(article.published and article.outlet for article in articles):
        return None
    rest = join_lines(lines[start:])
    total = _RESULTS.search(rest)
    return Export("Factiva", tuple(articles), read_count(total["total"]) if total else 0, rest)


def _read_coded(lines: Sequence[str], document: str) -> ExportedArticle | None:
    """Return an article whose fields have codes; None if they have none."""
    fields: dict[str, list[str]] = {}
    code = ""
    for number, line in enumerate(lines):
        found = _CODE.fullmatch(line)
        is_blank_before = number == 0 or not lines[number - 1]
        if found and _is_code(
            found["code"],
            found["value"],
            code,
            is_cell=bool(found["bar"]),
            is_blank_before=is_blank_before,
        ):
            code = found["code"]
            fields.setdefault(code, []).append(found["value"])
        elif code:
            fields[code].append(line)
    if not {"HD", "PD"} <= fields.keys() or not {"LP", "TD"} & fields.keys():
        return None

    def said(name: str) -> str:
        return join_title(fields.get(name, ()))

    text = join_lines(
        line for name in fields if name in _TEXT_CODES - {"CR"} for line in [*fields[name], ""]
    )
    published, moment = read_day(said("PD"))
    if said("ET") and published:
        moment = read_day(f"{said('PD')} {said('ET')}")[1] or moment
    page = f"page {said('PG')}" if said("PG") else ""
    return ExportedArticle(
        title=said("HD"),
        text=text,
        outlet=said("SN"),
        published=published,
        published_at=moment,
        author=said("BY"),
        section=", ".join(filter(None, (said("SE"), page))),
        document=document,
        language=said("LA"),
        words=read_count(said("WC")),
        missing="" if text else "no text in the export",
    )


def _is_code(code: str, value: str, current: str, *, is_cell: bool, is_blank_before: bool) -> bool:
    """Tell whether a line begins a field; in a text, capitals may also begin a sentence."""
    if code not in _CODES:
        return False
    if is_cell or current not in _TEXT_CODES or code in {"LP", "TD"}:
        return True
    if code in {"NS", "RE", "CO", "IN"}:
        return not value or _INDEXED.search(value) is not None
    return is_blank_before and (not value or len(code) == len("IPC") or code in {"RF", "CT"})


def _read_plain(lines: Sequence[str], document: str) -> ExportedArticle | None:
    """Return an article whose fields have no codes, by their order."""
    shown = [line for line in lines if line]
    counted = next(
        (n for n, line in enumerate(shown[:_MOST_HEAD_LINES]) if _WORDS.fullmatch(line)), None
    )
    dated = next(
        (
            n
            for n, line in enumerate(shown[: _MOST_HEAD_LINES + 4])
            if n > (-1 if counted is None else counted) and date_of_line(line)
        ),
        None,
    )
    if dated is None or dated == 0:
        return None
    above = shown[: dated if counted is None else counted]
    title, author, section = _read_head(above)
    at = dated + 1
    clock = ""
    if at < len(shown) and _CLOCK.fullmatch(shown[at]):
        clock, at = shown[at], at + 1
    outlet = shown[at] if at < len(shown) else ""
    first, page = _skip_source(shown, at + 1)
    body_at = _place_of(lines, first)
    published, moment = read_day(f"{shown[dated]} {clock}".strip())
    text = join_lines(lines[body_at:])
    return ExportedArticle(
        title=title,
        text=text,
        outlet=outlet,
        published=published,
        published_at=moment,
        author=author,
        section=", ".join(filter(None, (section, page and f"page {page}"))),
        document=document,
        words=read_count(shown[counted]) if counted is not None else 0,
        missing="" if text else "no text in the export",
    )


def _read_head(above: Sequence[str]) -> tuple[str, str, str]:
    """Return title, author and section from the lines above the number of words."""
    lines = list(above)
    author = section = ""
    if len(lines) > 1 and is_name(lines[-1]):
        author = lines.pop()
    if len(lines) > 1 and len(lines[0]) <= 40 and len(lines[0]) < len(lines[1]):  # noqa: PLR2004
        section = lines.pop(0)
    if len(lines) > 1 and not author and len(lines[-1].split()) <= 4:  # noqa: PLR2004
        author = lines.pop()
    return join_title(lines[:2]), author, section


def _skip_source(shown: Sequence[str], at: int) -> tuple[int, str]:
    """Return the first line of the text after code, page, language and rights, and the page."""
    page = ""
    for number in range(at, min(at + 6, len(shown))):
        line = shown[number]
        if _RIGHTS.match(line):
            return number + 1, page
        if line.casefold().split(" ", maxsplit=1)[0].strip("()") in _LANGUAGES:
            after = number + 1
            if after < len(shown) and _RIGHTS.match(shown[after]):
                after += 1
            return after, page
        if _PAGE.fullmatch(line):
            page = line
        elif not _SOURCE_CODE.fullmatch(line) and len(line) > 40:  # noqa: PLR2004
            return number, page
    return at, page


def _place_of(lines: Sequence[str], shown: int) -> int:
    """Return the place of the n-th line that is not blank."""
    places = [number for number, line in enumerate(lines) if line]
    return places[shown] if shown < len(places) else len(lines)
