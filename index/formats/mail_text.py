"""The text of a mail, without what mails add: "view in browser", the footer, the signature.

A newsletter lays its text out in tables and has no menus, so all of it is read.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

from index.formats.web.page import parse_page, strip_comments
from index.formats.web.page_furniture import remove_furniture, remove_link_blocks
from index.formats.web.page_text import render_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0(?:px)?\s*(?:;|$)"
    r"|font-size\s*:\s*[01]px",
    re.IGNORECASE,
)
_LONGEST_NOTICE = 400

_NOTICES = tomllib.loads(files(__package__).joinpath("mail_notices.toml").read_text("utf-8"))
_FOOTER_WORDS = f"(?:{'|'.join(_NOTICES['footer'])})"
_VIEW = re.compile(rf"\W*+(?:{'|'.join(_NOTICES['view'])})\W*", re.IGNORECASE)
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

    Raises:
        ArticleFormatError: If it is not HTML.
    """
    tree = parse_page(html, name=name)
    strip_comments(tree)
    _remove_hidden(tree)
    remove_link_blocks(tree)
    body = tree.find("body")
    text = render_text(tree if body is None else body)
    return remove_mail_furniture(remove_furniture(text))


def whole_newsletter(html: str, *, name: str) -> str:
    """Return all text of a mail in HTML, hidden text and footer included.

    Raises:
        ArticleFormatError: If it is not HTML.
    """
    tree = parse_page(html, name=name)
    strip_comments(tree)
    return render_text(tree)


def plain_text(text: str) -> str:
    """Return the text of a plain mail, without links, quotation marks and signature."""
    text = text.replace("\r\n", "\n")
    signature = _SIGNATURE.search(text)
    if signature and signature.start() > len(text) // 2:
        text = text[: signature.start()]
    text = _RULE.sub("", _QUOTE_MARK.sub("", text))
    text = _ONLY_ADDRESS.sub("", _ADDRESS.sub("", text))
    return remove_mail_furniture(remove_furniture(text))


def whole_plain_text(text: str) -> str:
    """Return a plain mail without links and quotation marks, but with signature and footer."""
    return _ONLY_ADDRESS.sub("", _ADDRESS.sub("", _QUOTE_MARK.sub("", text.replace("\r\n", "\n"))))


def remove_mail_furniture(text: str) -> str:
    """Return a mail's text without "view in browser" and without its footer."""
    lines = text.split("\n")
    del lines[_footer_start(lines) :]
    first = [number for number, line in enumerate(lines) if line][:_FIRST_LINES]
    for number, line in enumerate(lines):
        patterns = (_VIEW, _NOTICE_ABOVE) if number in first else (_VIEW,)
        if len(line) <= _LONGEST_NOTICE and any(pattern.fullmatch(line) for pattern in patterns):
            lines[number] = ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _footer_start(lines: list[str]) -> int:
    n_chars = sum(map(len, lines))
    n_before = 0
    for number, line in enumerate(lines):
        is_last_part = n_before >= _LAST_PART * n_chars
        if is_last_part and len(line) <= _LONGEST_NOTICE and _FOOTER.fullmatch(line):
            return number
        n_before += len(line)
    return len(lines)


def _remove_hidden(tree: HtmlElement) -> None:
    """Remove hidden text, such as what a mail shows only in the list of mails."""
    for element in tree.xpath("//*[@style or @hidden]"):
        is_hidden = "hidden" in element.attrib or _HIDDEN.search(element.get("style") or "")
        if is_hidden and element.tag not in {"html", "body"} and element.getparent() is not None:
            element.drop_tree()
