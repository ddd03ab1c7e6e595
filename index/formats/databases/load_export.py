"""The text of a file -> the articles of a database's export, if it is one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.errors import ArticleFormatError
from index.formats.databases.europresse import read_europresse
from index.formats.databases.export import Export, ExportedArticle, ReadExport
from index.formats.databases.factiva import read_factiva
from index.formats.databases.labelled import read_genios, read_proquest
from index.formats.databases.nexis import read_nexis
from index.formats.files import Place, SourceFile
from index.formats.left_out import describe_left_out
from index.formats.metadata import (
    MAX_NAME_CHARS,
    MAX_TITLE_CHARS,
    Metadata,
    make_article,
    read_author,
)
from index.language.detection import parse_language
from index.text.addresses import absolute_address, unwrap_address
from index.text.clean import clean_line, normalise_characters
from index.types import Loaded, Skip

DATABASES: tuple[ReadExport, ...] = (
    read_proquest,
    read_nexis,
    read_factiva,
    read_genios,
    read_europresse,
)
"""What reads the exports of each database, in the order in which they are tried."""

# Every export has one of these; most other texts end the search here.
_TRACE = re.compile(
    r"\bdo[ck]ument|документ|文件|文档|ドキュメント|문서|proquest|genios|news\s?[·.•]\s?\d{8}",
    re.IGNORECASE,
)
_FEWEST_SHARE = 0.5
"""Of the words that a database counted, so many must be there, or the report names the rest."""
_MIN_COUNTED = 80


def find_export(text: str) -> Export | None:
    """Return the articles in a text that a database exported; None if it is no export."""
    if not _TRACE.search(text):
        return None
    lines = [" ".join(line.split()) for line in normalise_characters(text).split("\n")]
    return next(filter(None, (read(lines) for read in DATABASES)), None)


def load_export(file: SourceFile, export: Export, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles of an export, and what the report is to say about it."""
    n_found = len(export.articles)
    for number, found in enumerate(export.articles, start=1):
        place = Place(f"{file.name}#{number}")
        yield place, _load(file, export.database, found, place, max_bytes)
    place = Place(file.name)
    if export.announced and export.announced != n_found:
        reason = f"it announces {export.announced:,} documents, and {n_found:,} were found in it"
        yield place, Skip(file.name, reason, is_note=n_found > export.announced)
    kind = f"{export.database}'s own list and notes"
    if around := describe_left_out([(kind, block) for block in export.around.split("\n\n")]):
        yield place, Skip(file.name, around, is_note=True)


def load_exported(
    file: SourceFile, text: str, max_bytes: int
) -> Iterator[tuple[Place, Loaded]] | None:
    """Return what ``load_export`` yields for a text, None if it is no export."""
    export = find_export(text)
    return load_export(file, export, max_bytes) if export else None


def _load(
    file: SourceFile, database: str, found: ExportedArticle, place: Place, max_bytes: int
) -> Loaded:
    if found.missing:
        title = f"“{clean_line(found.title, max_chars=80)}”: " if found.title else ""
        return Skip(str(place), f"{title}{found.missing}")
    if len(found.text) > max_bytes:
        return Skip(str(place), f"more than {max_bytes:,} bytes of text, the limit for one article")
    where = f"{file.location}{str(place)[len(file.name) :]}"
    url = unwrap_address(absolute_address(found.url))
    key = "\0".join((found.document, found.title, found.text)).encode("utf-8", "surrogatepass")
    try:
        article = make_article(
            found.text,
            Metadata(
                title=clean_line(found.title, max_chars=MAX_TITLE_CHARS),
                published=found.published,
                published_at=found.published_at,
                outlet=_outlet(found.outlet),
                author=read_author(found.author),
                language=parse_language(re.split(r"[;,]", found.language)[0]),
                url=url,
                date_basis="stated" if found.published else "",
            ),
            article_id=hashlib.sha256(file.key + b"\0" + key).hexdigest()[:12],
            source=_describe_source(database, found),
            origin=file.location,
            fallback_title=where,
            has_markup=False,
        )
    except ArticleFormatError as error:
        return Skip(str(place), error.reason)
    kind = "what stands below the text"
    if below := describe_left_out([(kind, line) for line in found.below.split("\n")]):
        article = replace(article, notes=(*article.notes, below))
    n_words = len(article.text.split())
    if found.words >= _MIN_COUNTED and n_words < _FEWEST_SHARE * found.words:
        note = f"{database} counts {found.words:,} words, and {n_words:,} are in the file"
        return replace(article, notes=(*article.notes, note))
    return article


def _outlet(name: str) -> str:
    """Return the name of an outlet without its article and what is not its name."""
    line = re.sub(r"(?<=\w)\(", " (", clean_line(name, max_chars=MAX_NAME_CHARS))
    return re.sub(r",? (?:no|n°|nr)\.? ?\d.*$", "", line, flags=re.IGNORECASE)


def _describe_source(database: str, found: ExportedArticle) -> str:
    """Return where an article comes from, for a reader: section, length and document number."""
    parts: Sequence[str] = (
        database,
        found.section,
        f"{found.words:,} words" if found.words else "",
        f"document {found.document}" if found.document else "",
    )
    return clean_line(", ".join(filter(None, parts)), max_chars=MAX_TITLE_CHARS)
