"""What makes any text safe to show: cleaned, without marks of its own, escaped for its format.

Everything that an article, a file name or a person wrote goes through ``quote_line`` first, so
that no control sequence, invisible character or counterfeit citation mark reaches a reader, and
then through the escaping of the format. What is left of brackets around a number is ours.
"""

from __future__ import annotations

import html
import re
import unicodedata

from rag.types import FILLERS, defuse_marks

OUR_MARK = re.compile(r"\[\d+\]")
"""A citation mark, in a text that was quoted."""

# Whole escape sequences first: strings that a terminal swallows up to their end, then CSI, then
# two-character ones. An unfinished string loses its introducer only, or it would take text along.
_ESCAPE_SEQUENCE = re.compile(
    "(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|\x1b[ -/]*[0-~]"
)
_JOINERS = "\u200c\u200d"  # visible in their effect: Persian, Indic scripts, emoji

# What Markdown, its extensions or a template engine could read as more than text, as references:
# a backslash would itself be the start of a formula in `\[`. What sums and names of files are
# full of has one all the same, since some chat programs show references as they are written.
_MARKDOWN_REFERENCES = {ord(c): f"&#{ord(c)};" for c in "\\`*~[]{}<>@|"} | {
    ord(c): f"\\{c}" for c in "_&$"
}
_HTML_REFERENCES = {ord(c): f"&#{ord(c)};" for c in "`{}$"}
_LIST_NUMBER = re.compile(r"^(\d{1,9})([.)])")
_ESCAPED = re.compile(r"\\(?P<plain>[_&$#+=.)-])|&#(?P<code>\d{2,3});")


def clean_text(text: str) -> str:
    """Return a text that is safe to show, with its line breaks and indentation.

    Escape sequences, control characters, bidirectional controls and other invisible characters
    are dropped, lone surrogates replaced.
    """
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return "".join(c if c.isascii() and c.isprintable() else _visible(c) for c in text)


def clean_line(text: str) -> str:
    """Return a text that is safe to show, as one line with single spaces."""
    return " ".join(clean_text(text).split())


def quote_line(text: str) -> str:
    """Return a text that is safe to show beside citation marks, as one line."""
    return defuse_marks(clean_line(text))


def escape_markdown(text: str) -> str:
    """Return one line of CommonMark that shows ``text``, cleaned, as it stands."""
    line = quote_line(text).translate(_MARKDOWN_REFERENCES)
    line = line.replace("://", "&#58;//").replace("www.", "www&#46;")
    if line[:1] in set("#+=-"):
        return f"\\{line}"
    return _LIST_NUMBER.sub(r"\1\\\2", line)


def unescape_markdown(text: str) -> str:
    """Return what ``escape_markdown`` was given, of text that it made."""
    return _ESCAPED.sub(lambda match: match["plain"] or chr(int(match["code"])), text)


def escape_html(text: str) -> str:
    """Return ``text`` as HTML character data, inert in template engines and formula renderers."""
    return html.escape(text).translate(_HTML_REFERENCES)


def remark_to_markdown(remark: str) -> str:
    """Return a remark as Markdown, its own citation marks as they are."""
    parts = OUR_MARK.split(remark)
    marks = OUR_MARK.findall(remark)
    escaped = [escape_markdown(part) if part.strip() else part for part in parts]
    spaced = [
        f"{' ' if part[:1] == ' ' else ''}{text}{' ' if part[-1:] == ' ' else ''}"
        for part, text in zip(parts, escaped, strict=True)
    ]
    return "".join(
        piece for pair in zip(spaced, [*marks, ""], strict=True) for piece in pair
    ).strip()


def _visible(character: str) -> str:
    if character in "\n\t" or character in _JOINERS:
        return character
    if character in "\r\v\f\x85\u2028\u2029":
        return "\n"
    category = unicodedata.category(character)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category in {"Cc", "Cf"} or character in FILLERS else character
