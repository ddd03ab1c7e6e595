"""The text of a mail without what every mail has: the line above it and the rows below it. Pure.

A newsletter lays its text out in tables and has no menus, so all of it is read, and what belongs
to the sending of mails is taken out by its words.
"""

# The words are those of many languages.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.formats.web.page import parse_page, strip_comments
from index.formats.web.page_furniture import remove_furniture
from index.formats.web.page_links import remove_link_blocks
from index.formats.web.page_text import render_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0(?:px)?\s*(?:;|$)"
    r"|font-size\s*:\s*[01]px",
    re.IGNORECASE,
)
_LONGEST_NOTICE = 400

_VIEW = re.compile(
    r"\W*+(?:"
    r"(?:(?:view|read|open|see) (?:this |the )?(?:e-?mail|message|newsletter|it|online|version)?\s*"
    r"(?:in|on) (?:your|a|the) (?:web )?(?:browser|site|web))\b.{0,80}"
    r"|(?:view|read|open) (?:this )?(?:e-?mail |newsletter )?online\b.{0,80}"
    r"|(?:having )?(?:trouble|problems?|difficulty) (?:viewing|reading|seeing) this\b.{0,120}"
    r"|(?:can['’]t|cannot) (?:see|read|view) this (?:e-?mail|message|newsletter)\b.{0,120}"
    r"|(?:im browser|online) (?:ansehen|anzeigen|öffnen|lesen)\b.{0,80}"
    r"|(?:newsletter|e-?mail) (?:im browser|online) .{0,60}"
    r"|(?:voir|lire|afficher) .{0,40}(?:dans (?:votre|le) navigateur|en ligne)\b.{0,80}"
    r"|(?:ver|abrir|leer) .{0,40}(?:en (?:el|tu|su) navegador|en línea|online)\b.{0,80}"
    r"|(?:visualizza|leggi|apri) .{0,40}(?:nel browser|online)\b.{0,80}"
    r"|(?:ver|abrir|ler) .{0,40}no (?:seu )?navegador\b.{0,80}"
    r"|add .{1,80} to your (?:address book|contacts)\b.{0,80}"
    r"|forwarded this (?:e-?mail|newsletter)\?.{0,120}"
    r"|was this (?:e-?mail )?forwarded to you\?.{0,120}"
    r")\W*",
    re.IGNORECASE,
)
_FOOTER_WORDS = (
    r"(?:"
    r"\bunsubscribe\b|\bopt[ -]out\b|\b(?:update|manage|change) (?:your |my |e-?mail )+"
    r"(?:preferences|settings|subscription)|\b(?:e-?mail|your|subscription) preferences\b"
    r"|\byou(?:['’]re| are) (?:receiving|getting|subscribed)\b|\byou received this\b"
    r"|\bthis (?:e-?mail|message|newsletter) was sent (?:to|by)\b|\bwas sent to \S+@"
    r"|\bsent to you because\b"
    r"|\b(?:newsletter )?(?:abbestellen|abmelden)\b|\bsie erhalten diese\b"
    r"|\b(?:se )?désabonner\b|\bdésinscri\w+|\bvous recevez cet\b"
    r"|\bdarse de baja\b|\bcancelar (?:la |tu |su )?suscripción\b"
    r"|\brecibes? este (?:correo|email)\b"
    r"|\bdisiscriv\w+|\bannulla l['’]iscrizione\b|\bricevi questa\b"
    r"|\bcancelar (?:a )?(?:inscrição|assinatura)\b|\bafmelden\b|\buitschrijven\b"
    r"|\bwypisz\b|\bотписаться\b|\bвідписатися\b"
    r")"
)
_FOOTER = re.compile(rf".*{_FOOTER_WORDS}.*", re.IGNORECASE)
_NOTICE_ABOVE = re.compile(rf"\W*+{_FOOTER_WORDS}.*", re.IGNORECASE)
_LAST_PART = 0.6
_FIRST_LINES = 3
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_QUOTE_MARK = re.compile(r"^(?:> ?)+", re.MULTILINE)
_ADDRESS = re.compile(r"(?<!\s)\s*+[<(\[] ?(?:https?://|mailto:)[^\s<>()\[\]]*+ ?[>)\]]")
_ONLY_ADDRESS = re.compile(
    r"^[^\w\n]*+(?:[\w ]{1,40}:[ \t]*+)?(?:https?://|www\.)\S++[^\w\n]*+$", re.MULTILINE
)
_RULE = re.compile(r"^[-=_*~#]{3,}$", re.MULTILINE)


def newsletter_text(html: str, *, name: str) -> str:
    """Return the text of a mail in HTML.

    Args:
        html: The mail.
        name: What it is called in an error.

    Raises:
        ArticleFormatError: If it is no HTML.
    """
    tree = parse_page(html, name=name)
    strip_comments(tree)
    _remove_hidden(tree)
    remove_link_blocks(tree)
    body = tree.find("body")
    text = render_text(tree if body is None else body)
    return remove_mail_furniture(remove_furniture(text))


def plain_text(text: str) -> str:
    """Return the text of a plain mail: without addresses of links, quotation marks, signature."""
    text = text.replace("\r\n", "\n")
    signature = _SIGNATURE.search(text)
    if signature and signature.start() > len(text) // 2:
        text = text[: signature.start()]
    text = _RULE.sub("", _QUOTE_MARK.sub("", text))
    text = _ONLY_ADDRESS.sub("", _ADDRESS.sub("", text))
    return remove_mail_furniture(remove_furniture(text))


def remove_mail_furniture(text: str) -> str:
    """Return a mail's text without "view in browser" and without its footer.

    Args:
        text: Lines, a paragraph each or broken at a column.
    """
    lines = text.split("\n")
    del lines[_footer_start(lines) :]
    first = [number for number, line in enumerate(lines) if line][:_FIRST_LINES]
    for number, line in enumerate(lines):
        patterns = (_VIEW, _NOTICE_ABOVE) if number in first else (_VIEW,)
        if len(line) <= _LONGEST_NOTICE and any(pattern.fullmatch(line) for pattern in patterns):
            lines[number] = ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _footer_start(lines: list[str]) -> int:
    """Return the line of the first notice in the last part of a mail, which starts its footer."""
    n_chars = sum(map(len, lines))
    n_before = 0
    for number, line in enumerate(lines):
        is_last_part = n_before >= _LAST_PART * n_chars
        if is_last_part and len(line) <= _LONGEST_NOTICE and _FOOTER.fullmatch(line):
            return number
        n_before += len(line)
    return len(lines)


def _remove_hidden(tree: HtmlElement) -> None:
    """Take out what a mail shows in the list of mails only, and other unseen text."""
    for element in tree.xpath("//*[@style or @hidden]"):
        is_hidden = "hidden" in element.attrib or _HIDDEN.search(element.get("style") or "")
        if is_hidden and element.tag not in {"html", "body"} and element.getparent() is not None:
            element.drop_tree()
