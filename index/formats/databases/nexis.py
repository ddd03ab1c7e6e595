"""Nexis and Nexis Uni (LexisNexis): the text of documents in three layouts. Pure.

The older one numbers its documents, ``3 of 100 DOCUMENTS``; outlet, day and headline stand above
fields in capitals. Nexis Uni begins with a list of all titles and ends each document with a line;
the headline is on top, and the text begins after ``Body``. Both exist in several languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.formats.databases.export import (
    Export,
    ExportedArticle,
    is_day_line,
    join_lines,
    join_title,
    read_count,
    read_day,
    split_blocks,
)

_NUMBERED = re.compile(
    r"(?P<before>do[ck]ument[oei]?s?|dokumente?)?\s*(?P<number>\d{1,4})\s(?:of|von|de|di|van|sur)\s"
    r"(?P<total>\d{1,5})(?P<after>\s(?:do[ck]uments?|dokumente?|documentos?|documenti?|documenten))?",
    re.IGNORECASE,
)
_END = re.compile(
    r"(?:end of document|ende des dokuments?|fin (?:du|de) document|fin del documento"
    r"|fine (?:del )?documento|fim do documento|einde van (?:het )?document)",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"(?:body|text|textk[öo]rper|corps|corps du texte|cuerpo|corpo|testo|texto)", re.IGNORECASE
)
_AFTER = re.compile(
    r"(?:classification|klassifi(?:zierung|kation)|clasificación|classificazione|classificação"
    r"|classificatie|graphics?|grafik(?:en)?|graphiques?|gráficos?|grafica|afbeelding)",
    re.IGNORECASE,
)
_COVER = re.compile(
    r"(?:documents|dokumente|documentos|documenti|documenten)\s\((?P<total>\d{1,5})\)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?P<number>\d{1,4})\.\s(?P<title>\S.*)")
_FIELD = re.compile(r"(?P<name>[A-ZÄÖÜÉÈÍÓÚÇ][\w/ -]{2,28}?)\s?:(?:\s+(?P<value>.*)|$)")
_FIELDS = {
    "byline": "author", "autor": "author", "auteur": "author", "author": "author",
    "autore": "author",
    "section": "section", "rubrik": "section", "rubrique": "section", "sección": "section",
    "seccion": "section", "ressort": "section", "sezione": "section", "sectie": "section",
    "seção": "section",
    "length": "words", "länge": "words", "longueur": "words", "longitud": "words",
    "lunghezza": "words", "lengte": "words", "extensión": "words", "comprimento": "words",
    "language": "language", "sprache": "language", "langue": "language", "idioma": "language",
    "lingua": "language", "taal": "language",
    "url": "url",
    "encart": "lead", "insert": "lead", "teaser": "lead", "vorspann": "lead", "resaltado": "lead",
    "highlight": "lead", "highlights": "lead",
}  # fmt: skip
_CORRECTIONS = frozenset({"correction", "korrektur", "correctif", "corrección"})
_OTHERS = frozenset(
    "dateline load-date loaddate load date graphic grafik graphique publication-type"
    " publikationstyp type-publication type journal-code zeitungs-code code-revue subject thema"
    " sujet acc-no"
    " organization organisation company person geographic localisation-geo industry branche ticker"
    " correction-date update datum-aktualisierung date-chargement copyright series distribution"
    " edition notes note document-type pub-type issn source link to image"
    " fecha-carga fecha-de-carga tipo-de-publicación tipo-publicación materia asunto gráfico"
    " data-caricamento tipo-di-pubblicazione argomento laaddatum publicatietype onderwerp"
    " data-carregamento tipo-de-publicação".split()
)
_RIGHTS = re.compile(
    r"(?:copyright\b|\(c\)|©).{0,150}\d{4}|all rights reserved|alle rechte vorbehalten"
    r"|tous droits réservés|todos los derechos reservados|tutti i diritti riservati"
    r"|todos os direitos reservados",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"(?:page|seite|página|pagina)\s\d{1,4}\s(?:of|von|de|sur|di|van)\s\d{1,4}"
    r"|link to (?:image|pdf)",
    re.IGNORECASE,
)
_SELECTED = re.compile(
    r"(?:selected items|ausgewählte (?:dokumente|elemente)|ausgabeauftrag: dokumente?(?:\(e\))?"
    r"|documents? sélectionnés?)\s?:?\s(?P<items>[\d,\s–-]+)",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(r"appended|\bedition\b|\bausgabe\b|\bédition\b|\bedición\b", re.IGNORECASE)
_HEAD_LINES = 60


def read_nexis(lines: Sequence[str]) -> Export | None:
    """Return the documents in an export of Nexis; None if it is none."""
    return _read_numbered(lines) or _read_ended(lines)


def _read_numbered(lines: Sequence[str]) -> Export | None:
    starts = []
    for number, line in enumerate(lines):
        found = _NUMBERED.fullmatch(line) if len(line) <= 40 else None  # noqa: PLR2004
        if found and (found["before"] or found["after"]):
            starts.append((number, int(found["total"])))
    if not starts:
        return None
    articles = []
    for (start, _), (end, _) in zip(starts, [*starts[1:], (len(lines), 0)], strict=True):
        article = _read_document(lines[start + 1 : end], has_title_first=False)
        if article is None:
            return None
        articles.append(article)
    if not any(article.outlet and article.published for article in articles):
        return None
    around = join_lines(lines[: starts[0][0]])
    announced = _count_selected(around) or max(total for _, total in starts)
    return Export("Nexis", tuple(articles), announced, around)


def _count_selected(cover: str) -> int:
    """Return how many of the documents found were exported, as the cover says; 0 if it does not."""
    selected = _SELECTED.search(cover)
    ranges = re.findall(r"(\d+)(?:\s?[-–]\s?(\d+))?", selected["items"]) if selected else []
    return sum(int(last or first) - int(first) + 1 for first, last in ranges)


def _read_ended(lines: Sequence[str]) -> Export | None:
    ends = [number for number, line in enumerate(lines) if _END.fullmatch(line)]
    if not ends:
        return None
    cover = next((found for line in lines[:_HEAD_LINES] if (found := _COVER.fullmatch(line))), None)
    titles = _listed_titles(lines[: ends[0]]) if cover else []
    start, around = 0, ""
    articles: list[ExportedArticle] = []
    for end in ends:
        part = [line for line in lines[start:end] if not _PAGE.fullmatch(line)]
        if not articles:
            first = _first_line(part, titles)
            around, part = join_lines(part[:first]), part[first:]
        article = _read_document(part, has_title_first=True)
        if article is None:
            return None
        articles.append(article)
        start = end + 1
    rest = join_lines(lines[start:])
    if not any(article.outlet and article.published for article in articles):
        return None
    around = "\n\n".join(filter(None, (around, rest)))
    return Export("Nexis", tuple(articles), int(cover["total"]) if cover else 0, around)


def _listed_titles(lines: Sequence[str]) -> list[str]:
    """Return the titles in the list at the start of an export."""
    titles: list[str] = []
    for line in lines:
        found = _LISTED.fullmatch(line)
        if found and int(found["number"]) == len(titles) + 1:
            titles.append(found["title"])
    return titles


def _first_line(lines: Sequence[str], titles: Sequence[str]) -> int:
    """Return where the first document starts, after the list of all titles."""
    if titles:
        wanted = _squeeze(titles[0])
        for number, line in enumerate(lines):
            start = _squeeze(line)
            is_title = bool(start) and (wanted.startswith(start) or start.startswith(wanted))
            below = [other for other in lines[number + 1 : number + 12] if other][:5]
            if is_title and not _LISTED.fullmatch(line) and any(map(is_day_line, below)):
                return number
    day = next(
        (n for n, line in enumerate(lines) if n and is_day_line(line) and _is_head(lines, n)), 0
    )
    above = [number for number in range(day) if lines[number]]
    return above[-2] if len(above) > 1 else 0


def _is_head(lines: Sequence[str], number: int) -> bool:
    """Tell whether the fields of a document follow a line soon."""
    return any(
        _is_known_field(line) or _BODY.fullmatch(line) for line in lines[number : number + 12]
    )


def _squeeze(line: str) -> str:
    return re.sub(r"\W+", "", line.casefold())


def _field(line: str) -> tuple[str, str] | None:
    """Return the name and the value of a field; a name that is not known must be in capitals."""
    found = _FIELD.match(line)
    if found is None:
        return None
    name = found["name"].strip()
    is_known = name.casefold() in _FIELDS or name.casefold() in _OTHERS
    if not is_known and not (name.isupper() and name == found["name"]):
        return None
    return name.casefold(), (found["value"] or "").strip()


def _is_known_field(line: str) -> bool:
    found = _field(line)
    return found is not None and (found[0] in _FIELDS or found[0] in _OTHERS)


def _read_document(lines: Sequence[str], *, has_title_first: bool) -> ExportedArticle | None:
    """Return a document from its lines; None if they are not laid out like one."""
    blocks = split_blocks(_set_apart(lines))
    body_at = next((n for n, block in enumerate(blocks) if any(map(_BODY.fullmatch, block))), None)
    head, body = _split_head(blocks, body_at)
    day_at = next((number for number, line in enumerate(head) if is_day_line(line)), None)
    fields: dict[str, str] = {}
    plain = _read_fields(head, fields, day_at)
    body, leads = _cut_tail(body, fields)
    before = [line for number, line in plain if day_at is None or number < day_at]
    after = [line for number, line in plain if day_at is not None and number > day_at]
    if has_title_first and before:
        outlet, title = before[-1], join_title(before[:-1])
    else:
        outlet = join_title(before[:1])
        below = [line for line in _skip_edition(head, day_at, after) if not _NO_TITLE.search(line)]
        title = join_title(below or before[1:])
    published, moment = read_day(head[day_at]) if day_at is not None else (None, None)
    text = join_lines("\n\n".join("\n".join(block) for block in [*leads, *body]).split("\n"))
    return ExportedArticle(
        title=title,
        text=text,
        outlet=outlet,
        published=published,
        published_at=moment,
        author=fields.get("author", ""),
        section=fields.get("section", ""),
        language=fields.get("language", ""),
        url=fields.get("url", ""),
        words=read_count(fields.get("words", "")),
        missing="" if text else "no text in the export",
        below=fields.get("below", ""),
    )


def _set_apart(lines: Sequence[str]) -> list[str]:
    """Return lines with a blank one before each field and heading: a page may not show them."""
    apart: list[str] = []
    for line in lines:
        found = _field(line)
        if found and (found[0] in _FIELDS or found[0] in _OTHERS | _CORRECTIONS):
            apart += ["", line]
            apart += [""] if _FIELDS.get(found[0]) == "words" else []
        else:
            apart += ["", line] if _AFTER.fullmatch(line) else [line]
    return apart


def _split_head(blocks: list[list[str]], body_at: int | None) -> tuple[list[str], list[list[str]]]:
    """Return the lines above the text, and the blocks of the text."""
    if body_at is not None:
        line = next(n for n, line in enumerate(blocks[body_at]) if _BODY.fullmatch(line))
        head = [line for block in blocks[:body_at] for line in [*block, ""]] + blocks[body_at][
            :line
        ]
        rest = blocks[body_at][line + 1 :]
        return head, [block for block in [rest, *blocks[body_at + 1 :]] if block]
    # Without a line that says so, the text begins below the last of the fields at the top.
    first = -1
    for number, block in enumerate(blocks[:20]):
        known = _field(block[0])
        if known and known[0] in _FIELDS | {"dateline": ""}:
            first = number
        elif first >= 0 and not (known or any(map(_is_known_field, block))):
            break
    if first < 0:
        first = min(2, len(blocks) - 1)
    head = [line for block in blocks[: first + 1] for line in [*block, ""]]
    return head, blocks[first + 1 :]


def _read_fields(
    head: Sequence[str], fields: dict[str, str], day_at: int | None
) -> list[tuple[int, str]]:
    """Enter the fields above a text; return the lines that belong to none, with their numbers."""
    plain = []
    name = ""
    for number, line in enumerate(head):
        found = _field(line)
        if found:
            name = _FIELDS.get(found[0], "other")
            fields.setdefault(name, found[1])
        elif not line:
            name = ""
        elif name:
            fields[name] = f"{fields[name]} {line}".strip()
        elif number != day_at and not _RIGHTS.match(line):
            plain.append((number, line))
    return plain


def _skip_edition(head: Sequence[str], day_at: int | None, after: list[str]) -> list[str]:
    """Return the lines after the day without the editions that stand right below it."""
    if day_at is None:
        return after
    below = []
    for line in head[day_at + 1 :]:
        if not line:
            break
        below.append(line)
    return after[len(below) :] if len(after) > len(below) else after


def _cut_tail(
    body: list[list[str]], fields: dict[str, str]
) -> tuple[list[list[str]], list[list[str]]]:
    """Return the blocks of a text without the fields below it, and what those add to the text."""
    leads = [[fields["lead"]]] if fields.get("lead") else []
    while body and _RIGHTS.match(body[0][0]):
        body = body[1:]
    cut = next((n for n, block in enumerate(body) if n and _is_tail(block)), len(body))
    tail, body = body[cut:], body[:cut]
    while body and _RIGHTS.search(body[-1][0]) and len(body[-1]) <= 2:  # noqa: PLR2004
        body.pop()
    is_correction = False
    below = []
    for block in tail:
        found = _field(block[0])
        if found or _RIGHTS.search(block[0]):
            is_correction = found is not None and found[0] in _CORRECTIONS
        said = [found[1], *block[1:]] if found else block
        if is_correction and any(said):
            leads.append([f"Correction: {' '.join(filter(None, said))}"])
        elif not _RIGHTS.search(block[0]):
            below += [line for line in said if not _AFTER.fullmatch(line)]
        for line in block:
            if (entry := _field(line)) and (name := _FIELDS.get(entry[0])):
                fields.setdefault(name, entry[1])
    fields["below"] = join_lines(below)
    return body, leads


def _is_tail(block: list[str]) -> bool:
    """Tell whether the fields below a text begin with a block."""
    line = block[0]
    if _AFTER.fullmatch(line):
        return True
    found = _field(line)
    is_capital = line.partition(":")[0].strip().isupper()
    return found is not None and (
        found[0] in _OTHERS | _CORRECTIONS or (is_capital and found[0] in _FIELDS)
    )
