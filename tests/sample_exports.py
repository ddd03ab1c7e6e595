"""Exports of press databases, written as their users save them: other words, the same layouts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import docx
import fpdf

GERMAN_MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober".split()
FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre".split()


@dataclass(frozen=True)
class Sample:
    """An article to be exported."""

    title: str
    outlet: str
    day: date
    author: str
    section: str
    body: tuple[str, ...]

    @property
    def words(self) -> int:
        return len(" ".join(self.body).split())


SAMPLES = (
    Sample(
        "Millers strike over the price of rye",
        "The Tarn Valley Herald",
        date(2023, 9, 4),
        "Ines Holt",
        "BUSINESS; Pg. 7",
        (
            "The millers of the Tarn valley have stopped their wheels because rye costs 41 crowns"
            " a sack, twice as much as a year ago, their guild said on Monday.",
            'Bread may become dear. "We grind at a loss," said Otto Brandt, who owns two mills.',
            "The minister wants to meet them on Friday.",
        ),
    ),
    Sample(
        "Old cinema reopens as a swimming bath",
        "Kettering Moor Evening Star",
        date(2023, 9, 12),
        "Paula Quist and Tom Arden",
        "LOCAL; Pg. 3",
        (
            "Where Greta Garbo once wept, children now learn to swim: the Apollo of Kettering Moor"
            " opened as a bath on Tuesday.",
            "The pool holds 310,000 litres and cost 2.4 million crowns.",
        ),
    ),
    Sample(
        "Chess club moves into a lift",
        "The Tarn Valley Herald",
        date(2023, 9, 30),
        "Staff",
        "SPORT; Pg. 21",
        (
            "The smallest chess club of the country has moved into a lift that no longer works.",
            "Four members fit in. The fifth, a retired diver, plays by telephone, said chairman"
            " Hugo Lamm.",
        ),
    ),
)


def _german(day: date) -> str:
    return f"{day.day}. {GERMAN_MONTHS[day.month - 1]} {day.year}"


def _french(day: date) -> str:
    return f"{day.day} {FRENCH_MONTHS[day.month - 1]} {day.year}"


def nexis_numbered(samples: Sequence[Sample] = SAMPLES, language: str = "en") -> list[str]:
    """Return the lines of the older layout of Nexis."""
    words = {
        "en": (
            "{} of {} DOCUMENTS",
            "BYLINE",
            "SECTION",
            "LENGTH",
            "words",
            "LOAD-DATE",
            "LANGUAGE",
        ),
        "de": ("Dokument {} von {}", "AUTOR", "RUBRIK", "LÄNGE", "Wörter", "UPDATE", "SPRACHE"),
        "fr": (
            "Document {} de {}",
            "AUTEUR",
            "RUBRIQUE",
            "LONGUEUR",
            "mots",
            "DATE-CHARGEMENT",
            "LANGUE",
        ),
        "es": (
            "Documento {} de {}",
            "AUTOR",
            "SECCIÓN",
            "LONGITUD",
            "palabras",
            "FECHA-CARGA",
            "IDIOMA",
        ),
    }[language]
    lines: list[str] = []
    for number, sample in enumerate(samples, start=1):
        day = {
            "en": f"{sample.day:%B} {sample.day.day}, {sample.day.year} {sample.day:%A}",
            "de": f"{_german(sample.day)} Montag",
            "fr": f"{_french(sample.day)} lundi",
            "es": f"{sample.day.day} de septiembre de {sample.day.year} lunes",
        }[language]
        lines += ["", "", f"{' ' * 30}{words[0].format(number, len(samples))}", "", ""]
        lines += [f"{' ' * 28}{sample.outlet}", "", f"{' ' * 30}{day}", "", sample.title, ""]
        lines += [f"{words[1]}: {sample.author}", "", f"{words[2]}: {sample.section}", ""]
        lines += [f"{words[3]}: {sample.words} {words[4]}", "", ""]
        for paragraph in sample.body:
            lines += [paragraph, ""]
        lines += [f"{words[5]}: October 2, 2023", "", f"{words[6]}: ENGLISH", ""]
        lines += [
            "PUBLICATION-TYPE: Newspaper",
            "",
            "",
            f"{' ' * 20}Copyright 2023 Tarn Press Ltd.",
        ]
        lines += [f"{' ' * 24}All Rights Reserved", ""]
    return lines


CAPTION = "A miller of the valley leans on his sack and looks at the river."


def nexis_uni(
    samples: Sequence[Sample] = SAMPLES, language: str = "en", *, is_pictured: bool = False
) -> list[str]:
    """Return the lines of an export of Nexis Uni, with its list of titles and perhaps captions."""
    count, end, body, tail = {
        "en": ("Documents ({})", "End of Document", "Body", "Classification"),
        "de": ("Dokumente ({})", "Ende des Dokuments", "Text", "Klassifizierung"),
        "fr": ("Documents ({})", "Fin du document", "Corps", "Classification"),
    }[language]
    lines = ["User Name: = reader", "Date and Time: = Monday, October 2, 2023 8:15:00 AM CEST"]
    lines += ["Job Number: = 203948571", "", count.format(len(samples))]
    for number, sample in enumerate(samples, start=1):
        lines += [f"{number}. {sample.title}", "Client/Matter: -None-"]
        lines += ["Search Terms: tarn OR moor", "Search Type: Natural Language", "Narrowed by:", ""]
        lines += ["Content Type", "Narrowed by", "News", "-None-", ""]
    for sample in samples:
        day = {
            "en": f"{sample.day:%B} {sample.day.day}, {sample.day:%Y %A} 9:20 AM GMT",
            "de": f"{_german(sample.day)} Montag",
            "fr": f"{_french(sample.day)} lundi",
        }[language]
        lines += ["", sample.title, sample.outlet, day, ""]
        lines += ["Copyright 2023 Tarn Press Ltd. All Rights Reserved", ""]
        lines += [f"Section:\xa0{sample.section}", f"Length:\xa0{sample.words} words"]
        lines += [f"Byline:\xa0{sample.author}", body, ""]
        for paragraph in sample.body:
            lines += [paragraph, ""]
        lines += ["Graphic", "", CAPTION, ""] if is_pictured else []
        lines += [tail, "", "Language:\xa0ENGLISH", "Publication-Type:\xa0Newspaper"]
        lines += [
            "Subject:\xa0GRAIN MARKETS (90%); MILLS (88%)",
            "Load-Date:\xa0October 2, 2023",
            "",
        ]
        lines += [end, ""]
    return lines


def factiva_coded(samples: Sequence[Sample] = SAMPLES, gap: str = "  ") -> list[str]:
    """Return the lines of an export of Factiva with the codes of its fields."""
    lines: list[str] = []
    for number, sample in enumerate(samples):
        fields = [
            ("SE", sample.section.partition(";")[0]), ("HD", sample.title), ("BY", sample.author),
            ("WC", f"{sample.words} words"), ("PD", f"{sample.day.day} {sample.day:%B %Y}"),
            ("ET", "04:30"), ("SN", sample.outlet), ("SC", "TARNVH"), ("ED", "1"), ("PG", "7"),
            ("LA", "English"), ("CY", "(c) 2023 Tarn Press"),
        ]  # fmt: skip
        lines += [f"{code}{gap}{value}" for code, value in fields]
        lines += [f"LP{gap}".rstrip(), "", sample.body[0], "", f"TD{gap}".rstrip(), ""]
        for paragraph in sample.body[1:]:
            lines += [paragraph, ""]
        lines += [f"NS{gap}gcat : Political/General News | c13 : Regulation"]
        lines += [f"RE{gap}uk : United Kingdom", f"PUB{gap}Tarn Press Limited"]
        lines += [f"AN{gap}Document TARNVH0020230904ej940001{number}", "", ""]
    return lines


def factiva_plain(samples: Sequence[Sample] = SAMPLES, language: str = "en") -> list[str]:
    """Return the lines of an export of Factiva without codes."""
    lines: list[str] = []
    for number, sample in enumerate(samples):
        day, words, name, end = {
            "en": (f"{sample.day.day} {sample.day:%B %Y}", "words", "English", "Document"),
            "de": (_german(sample.day), "Wörter", "Deutsch", "Dokument"),
            "fr": (_french(sample.day), "mots", "Français", "Document"),
        }[language]
        lines += [sample.title, sample.author, f"{sample.words} {words}", day, "04:30"]
        lines += [
            sample.outlet,
            "TARNVH",
            "7",
            name,
            "(c) 2023 Tarn Press. All rights reserved.",
            "",
        ]
        for paragraph in sample.body:
            lines += [paragraph, ""]
        lines += [f"{end} TARNVH0020230904ej940001{number}", "", ""]
    lines += ["Search Summary", "Text", "tarn or moor", "Results Found", "3"]
    return lines


def proquest(samples: Sequence[Sample] = SAMPLES) -> list[str]:
    """Return the lines of a report of ProQuest."""
    rule = "_" * 60
    lines = ["Report Information from ProQuest", "October 02 2023 08:15", rule]
    for number, sample in enumerate(samples, start=1):
        day = f"{sample.day:%b} {sample.day.day}, {sample.day.year}"
        lines += ["", f"Document {number} of {len(samples)}", "", sample.title, ""]
        lines += [f"https://www.proquest.com/docview/40028{number}?accountid=9", ""]
        lines += [f"Author: {sample.author}", "", "Abstract: None available.", ""]
        lines += ["Links: https://library.example/openurl?x=1", ""]
        lines += [f"Full text: {sample.body[0]}", *sample.body[1:], "CREDIT: Tarn Press", ""]
        lines += ["Subject: Mills; Grain", "", f"Title: {sample.title}", ""]
        lines += [
            f"Publication title: {sample.outlet}; Tarn Bridge",
            "",
            "Publication year: 2023",
            "",
        ]
        lines += [f"Publication date: {day}", "", "Section: News", "", "Publisher: Tarn Press", ""]
        lines += [
            "Language of publication: English",
            "",
            f"ProQuest document ID: 40028{number}",
            "",
        ]
        lines += [f"Document URL: https://www.proquest.com/docview/40028{number}", ""]
        lines += [
            "Copyright: Copyright Tarn Press 2023",
            "",
            "Database: Global Newsstream",
            "",
            rule,
        ]
    return [*lines, "", "Contact ProQuest", "", "Copyright 2023 ProQuest LLC. All rights reserved."]


def proquest_headed(samples: Sequence[Sample] = SAMPLES) -> list[str]:
    """Return the lines of a report of ProQuest whose labels stand on lines of their own."""
    rule = "_" * 60
    lines = [rule, "", "Report Information from ProQuest", "02 October 2023 08:15", rule]
    lines += ["", "Table of contents", ""]
    lines += [f"{number}. {sample.title}" for number, sample in enumerate(samples, start=1)]
    for number, sample in enumerate(samples, start=1):
        lines += ["", rule, "", f"Document {number} of {len(samples)}", "", sample.title, ""]
        lines += [f"Author: {sample.author}", ""]
        lines += [f"Publication info: {sample.outlet} ; Tarn [Tarn]. {sample.day:%d %b %Y}: 4.", ""]
        lines += ["ProQuest document link", "", "ABSTRACT (ENGLISH)", "None available.", ""]
        lines += ["FULL TEXT"]
        for paragraph in sample.body:
            lines += [paragraph, ""]
        lines += ["DETAILS", "", "Subject: Mills; Grain", "", "First page: 4", ""]
        lines += [f"Publication title: {sample.outlet}; Tarn Bridge", ""]
        lines += [f"Publication date: {sample.day:%b} {sample.day.day}, {sample.day.year}", ""]
        lines += ["Source type: Newspaper", "", f"ProQuest document ID: 40028{number}", ""]
        lines += ["LINKS", "", "Database: Global Newsstream", ""]
    return [*lines, rule, "", "Copyright (c) 2023 ProQuest LLC. All rights reserved."]


def europresse_lines(samples: Sequence[Sample] = SAMPLES) -> list[str]:
    """Return the lines of a PDF from Europresse."""
    lines: list[str] = []
    for number, sample in enumerate(samples):
        lines += ["Nom de la source", sample.outlet, "Type de source", "Presse • Journaux", ""]
        lines += [
            f"lundi {_french(sample.day)}",
            f"{sample.outlet} • p. 7 • {sample.words} mots",
            "",
        ]
        lines += (
            [sample.title, "", sample.author, ""] if " " in sample.author else [sample.title, ""]
        )
        for paragraph in sample.body:
            lines += [paragraph, ""]
        lines += [
            f"© 2023 {sample.outlet}. Tous droits réservés. Le présent document est protégé par"
        ]
        lines += ["les lois et conventions internationales sur le droit d'auteur.", ""]
        lines += [f"news·{sample.day:%Y%m%d}·TVH·00{number}", ""]
    return lines


def europresse_html(samples: Sequence[Sample] = SAMPLES) -> bytes:
    """Return a page of Europresse."""
    articles = "".join(
        "<article><header><div class='rdp__DocPublicationName'><span class='DocPublicationName'>"
        f"{sample.outlet}</span></div><span class='DocHeader'>Éco, lundi {_french(sample.day)}"
        f" {sample.words} mots, p. 7</span><div class='titreArticle'><p class='sm-margin-TopNews"
        f" titreArticleVisu rdp__articletitle'>{sample.title}</p></div><p"
        f" class='sm-margin-bottomNews'>{sample.author}</p></header><section><div"
        " class='DocText clearfix'><div"
        f" class='docOcurrContainer'>{''.join(f'<p>{p}</p>' for p in sample.body)}</div></div>"
        f"</section><footer><div class='publiC'>© 2023 {sample.outlet}. Tous droits réservés.</div>"
        f"<div class='publiC-lblNodoc'>news·{sample.day:%Y%m%d}·TVH·00{number}</div>"
        "</footer></article>"
        for number, sample in enumerate(samples)
    )
    return _page("Europresse", articles)


def genios(samples: Sequence[Sample] = SAMPLES, *, is_headed: bool = False) -> list[str]:
    """Return the lines of an export of GENIOS, with the source above each headline if it is so."""
    lines: list[str] = []
    for number, sample in enumerate(samples):
        head = f"{sample.outlet} vom {sample.day:%d.%m.%Y}, S. 7 / {sample.section}"
        lines += [head, ""] if is_headed else []
        lines += [sample.title, ""]
        for paragraph in sample.body:
            lines += [paragraph, ""]
        lines += [f"Quelle: {sample.outlet} vom {sample.day:%d.%m.%Y}, Nr. 204, S. 7"]
        lines += [f"Ressort: {sample.section}", f"Autor: {sample.author}"]
        lines += [f"Dokumentnummer: TVH-2023-{number}", "", "Dauerhafte Adresse des Dokuments:"]
        lines += [f"https://www.genios.de/document/TVH__{number}", ""]
        lines += ["Alle Rechte vorbehalten: (c) Tarn Press", ""]
        lines += ["© GBI-Genios Deutsche Wirtschaftsdatenbank GmbH", ""]
    return lines


def as_txt(lines: Sequence[str]) -> bytes:
    """Return lines as a text file."""
    return "\r\n".join(lines).encode("utf-8-sig")


def as_docx(lines: Sequence[str]) -> bytes:
    """Return lines as a Word document, a paragraph each."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line.strip())
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def as_rtf(lines: Sequence[str]) -> bytes:
    """Return lines as RTF, a paragraph each, with what programs write around them."""
    head = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}"
        r"{\colortbl;\red0\green0\blue0;}{\info{\title Export}{\creatim\yr2023\mo10\dy2}}"
    )
    body = "".join(rf"\pard\plain\f0\fs20 {escape_rtf(line.strip())}\par" + "\n" for line in lines)
    return f"{head}{body}}}".encode("ascii")


def escape_rtf(text: str) -> str:
    """Return a text with what means something else in RTF escaped."""
    plain = text.replace("\\", r"\\").replace("{", r"\{").replace("}", r"\}")
    return "".join(
        char if char < "\x80" else rf"\u{ord(char) if ord(char) < 0x8000 else ord(char) - 0x10000}?"
        for char in plain
    )


def as_html(lines: Sequence[str]) -> bytes:
    """Return lines as a page, a paragraph each."""
    body = "".join(f"<p>{line.strip()}</p>" for line in lines if line.strip())
    return _page("x", body)


def _page(title: str, body: str) -> bytes:
    head = f"<head><meta charset='utf-8'><title>{title}</title></head>"
    return f"<html>{head}<body>{body}</body></html>".encode()


def as_pdf(lines: Sequence[str]) -> bytes:
    """Return lines as a printed document."""
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=11)
    for line in lines:
        text = (
            line.strip()
            .replace("\xa0", " ")
            .replace("•", "-")
            .encode("latin-1", "replace")
            .decode("latin-1")
        )
        if text:
            pdf.multi_cell(0, 5, text, align="L", new_x="LMARGIN", new_y="NEXT")
        else:
            pdf.ln(5)
    return bytes(pdf.output())
