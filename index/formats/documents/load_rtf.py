"""RTF: the text of a document as it would be printed, also in a file that is called .doc.

striprtf reads the control words; notes and text boxes, which it leaves out, are read apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from striprtf.striprtf import rtf_to_text

from index.errors import ArticleFormatError
from index.formats.documents.properties import document_metadata, load_document
from index.formats.files import Place, SourceFile, read_file
from index.formats.left_out import describe_left_out
from index.formats.limits import MAX_DOCUMENT_BYTES
from index.text.tables import label_rows
from index.types import Loaded, Skip

_START = b"{\\rtf"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURE = re.compile(r"(?:[0-9a-fA-F]{2}[\r\n ]*+){200,}")
_BRACE = re.compile(r"\\[{}\\]|[{}]")
# Groups that striprtf leaves out, and whether they are part of the text.
_NOTES = re.compile(r"\{\\(?:\*\\)?(?:footnote|endnote|shptxt)\b")
_UNPRINTED = {
    "headers and footers": re.compile(r"\{\\(?:header|footer)[lrf]?\b"),
    "comments": re.compile(r"\{\\\*\\annotation\b"),
}
_HIDDEN = re.compile(r"\{[^{}]*\\v(?:1)?(?![0-9a-z])[^{}]*\}")
_INFO = re.compile(r"\{\\(title|author)\s([^{}\\]{1,300})\}")
_CREATED = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_LINK = re.compile(r"(?<=\w)\((?:https?://|mailto:)[^\s()]{1,500}\)")
_MOST_GROUPS = 5_000
_ROW = re.compile(r"\|\s*$")
_LONGEST_CELL = 300


def load_rtf(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article in an RTF document, or those of a press database's export.

    Footnotes and text boxes come after the text; headers, footers and comments are left out and
    named.
    """
    data = read_file(file, max_bytes=MAX_DOCUMENT_BYTES)
    if data.startswith(_OLD_OFFICE):
        reason = "in the format of Office before 2007; save it in a current format"
        raise ArticleFormatError(file.name, reason)
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_START):
        raise ArticleFormatError(file.name, "not an RTF document")
    # Every byte beyond ASCII is written with control words; stray ones are Latin.
    rtf = _PICTURE.sub("", data.decode("cp1252", "replace"))
    hidden = [_to_text(found[0]) for found in _HIDDEN.finditer(rtf)]
    rtf = _HIDDEN.sub("", rtf)
    notes = [_to_text(group) for group in _groups(rtf, _NOTES)]
    text = "\n\n".join(filter(None, [_to_text(rtf), *notes]))
    said = dict(_INFO.findall(rtf[:20_000]))
    created = _CREATED.search(rtf, 0, 20_000)
    metadata = document_metadata(
        title=said.get("title", ""),
        author=said.get("author", ""),
        created="-".join(part.zfill(2) for part in created.groups()) if created else None,
    )
    yield from load_document(file, text, metadata, title="", max_bytes=max_bytes)
    unprinted = [
        (kind, _to_text(group))
        for kind, start in _UNPRINTED.items()
        for group in _groups(rtf, start)
    ]
    if note := describe_left_out([*unprinted, *(("hidden text", text) for text in hidden)]):
        yield Place(file.name), Skip(file.name, note, is_note=True)


def _groups(rtf: str, start: re.Pattern[str]) -> Iterator[str]:
    """Yield the groups that begin with one of some control words, without these words."""
    position = 0
    for _ in range(_MOST_GROUPS):
        found = start.search(rtf, position)
        if found is None:
            return
        position = _end_of_group(rtf, found.end())
        yield f"{{{rtf[found.end() : position]}"


def _end_of_group(rtf: str, position: int) -> int:
    """Return the place after the brace that closes a group."""
    depth = 1
    for brace in _BRACE.finditer(rtf, position):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return brace.end()
    return len(rtf)


def _to_text(rtf: str) -> str:
    """Return the text of RTF with a blank line between paragraphs."""
    source = rtf if rtf.lstrip().startswith(_START.decode()) else f"{{\\rtf1 {rtf}}}"
    text = _LINK.sub("", rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
    lines = [line for line in text.split("\n") if line.strip(" |")]
    blocks: list[str] = []
    for is_table, group in groupby(lines, key=_is_row):
        if is_table:
            blocks.append("\n".join(label_rows([_ROW.sub("", row).split("|") for row in group])))
        else:
            blocks += (_ROW.sub("", line).strip() for line in group)
    return "\n\n".join(blocks)


def _is_row(line: str) -> bool:
    """Tell whether a line is a row of data: striprtf ends each cell with a bar."""
    cells = _ROW.sub("", line).split("|")
    is_short = max(map(len, cells)) <= _LONGEST_CELL
    return _ROW.search(line) is not None and len(cells) > 1 and is_short
