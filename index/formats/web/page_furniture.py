"""What is on a web page or in a mail and does not belong to its text. Pure.

Boxes (dialogs, forms that ask for an address) are removed before the main text is looked for: they
hold prose, often more than a short article does. The library that finds the main text weighs how
much of a part is linked, so links are only removed afterwards: lines that are a link and nothing
else. In what remains, only words tell an invitation to subscribe from a sentence, in the languages
listed here. A line goes only if the whole of it is furniture: a lost sentence is a lost answer.
"""

# Marks and words of many languages are looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LONGEST_NAMES = 2_000
_LONGEST_SIGN_UP = 500

_ADDRESS_FIELD = re.compile(r"e-?mail|newsletter", re.IGNORECASE)
_TEXT_FIELDS = frozenset({"", "text", "email"})
_DIALOG = "//body//dialog | //body//*[@role='dialog' or @role='alertdialog' or @aria-modal='true']"
_TOOLBAR = "//body//*[@id='wm-ipp-base' or @id='wm-ipp' or @id='donato']"  # of web.archive.org
_SEEN = "//body//text()[not(parent::script or parent::style or parent::noscript)]"


def remove_boxes(tree: HtmlElement) -> None:
    """Remove dialogs, an archive's toolbar, and boxes that ask for an e-mail address, from a page.

    A box with half of the page's text or more stays: some pages are shown in a dialog.
    """
    n_chars = sum(map(len, tree.xpath(_SEEN)))
    for box in (*tree.xpath(_DIALOG), *tree.xpath(_TOOLBAR), *_sign_ups(tree)):
        is_frame = box.tag in {"main", "article", "body"} or box.getparent() is None
        if not is_frame and 2 * len(box.xpath("string()")) < n_chars:
            box.drop_tree()


def _sign_ups(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the boxes around forms that ask for an address, as wide as they hold little else."""
    for form in tree.iter("form"):
        if not any(map(_asks_for_address, form.iter("input"))):
            continue
        box = None
        for wider in (form, *form.iterancestors()):
            if wider.tag in {"main", "article", "body"} or wider.find(".//h1") is not None:
                break
            if len("".join(str(wider.xpath("string()")).split())) > _LONGEST_SIGN_UP:
                break
            box = wider
        if box is not None:
            yield box


def _asks_for_address(field: HtmlElement) -> bool:
    kind = (field.get("type") or "").strip().lower()
    names = " ".join(field.get(name) or "" for name in ("type", "name", "id", "placeholder"))
    return kind in _TEXT_FIELDS and bool(_ADDRESS_FIELD.search(names[:_LONGEST_NAMES]))


_LONGEST_LINK = 250
_LONGEST_LABEL = 40
_LONGEST_MARK = 2
_MOST_LINKS = 3
_FEWEST_LINKS = 3
_LINKED_SHARE = 0.8

# Elements that may be a paragraph; a heading that is a link may be the article's own.
_LINE_TAGS = "p", "li", "div", "blockquote", "dd", "dt", "center", "aside", "td"
_INNER_BLOCKS = frozenset(
    "address article blockquote dd div dl dt figure form h1 h2 h3 h4 h5 h6 li main ol p pre "
    "section table ul".split()
)
# A paragraph inside a link makes a card that leads to another article.
_CARD_BLOCKS = "p", "div"
_HEADINGS = "h2", "h3", "h4", "h5"
_SENTENCE = re.compile(r"[^\W\d_]\W*[.!…\u3002\uff01][\"'”’»)\]」』]*$")


def remove_link_blocks(tree: HtmlElement) -> None:
    """Remove the blocks that are links and nothing else from the tree of a page."""
    for block in list(_link_blocks(tree)):
        if block.getparent() is not None:
            block.drop_tree()


def link_lines(tree: HtmlElement) -> frozenset[str]:
    """Return the lines of a page's text that its blocks of links make, without white space."""
    lines = set()
    for block in _link_blocks(tree):
        for part in (block, *block.iterdescendants("li", "p", "a", "div", "td", "dd", "dt")):
            text = str(part.xpath("string()")).strip()
            if len(text) <= 2 * _LONGEST_LINK and not _SENTENCE.search(text):
                lines.add(squeeze(text))
    for card in filter(_leads_away, tree.iter("a")):
        blocks = [squeeze(block) for block in card.iterdescendants(_CARD_BLOCKS)]
        lines.update(line for line in blocks if len(line) <= 2 * _LONGEST_LINK)
    cards = list(_cards(tree))
    if 2 * sum(len(squeeze(card)) for card in cards) < len(squeeze(tree)):  # else they are the page
        for card in cards:
            lines.update(squeeze(part) for part in card.iterdescendants("p", "div", *_HEADINGS))
    return frozenset(lines - {""})


def _cards(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield blocks side by side that lead away: a heading that is a link, and at most a teaser."""
    seen: set[HtmlElement] = set()
    for heading in tree.iter(*_HEADINGS):
        block = next(heading.iterancestors("div", "li", "section", "article"), None)
        if block is None or block in seen or not _is_linked(heading):
            continue
        seen.add(block)
        beside = chain(block.itersiblings(block.tag, preceding=True), block.itersiblings(block.tag))
        is_among_others = any(
            _is_linked(other)
            for sibling in beside
            if sibling.get("class") == block.get("class")
            for other in sibling.iter(*_HEADINGS)
        )
        if is_among_others and len(squeeze(block)) <= 2 * _LONGEST_LINK:
            yield block


def linked_headlines(tree: HtmlElement) -> frozenset[str]:
    """Return the headings of a page that are links to other pages, without white space."""
    return frozenset(squeeze(heading) for heading in tree.iter(*_HEADINGS) if _is_linked(heading))


def squeeze(text: HtmlElement | str) -> str:
    """Return a text, or the text of an element, without white space, for comparisons."""
    return "".join((text if isinstance(text, str) else str(text.xpath("string()"))).split())


def _link_blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the blocks that are links and nothing else.

    Such a block is a list of links, or a paragraph or item that is one link with at most a label
    before it, and so points to another article. A sentence is never such a block.
    """
    covered: set[HtmlElement] = set()
    for block in tree.iter("ul", "ol", "dl"):
        if block not in covered and _is_link_list(block):
            covered.update(block.iterdescendants())
            yield block
    for link in tree.iter("a"):
        block = next(link.iterancestors(_LINE_TAGS), None)
        if block is not None and block not in covered:
            covered.add(block)
            if _is_link(block):
                yield block


def _is_linked(heading: HtmlElement) -> bool:
    return any(map(_leads_away, heading.iter("a"))) or _is_in_link(heading)


def _is_in_link(heading: HtmlElement) -> bool:
    parent = heading.getparent()
    return parent is not None and parent.tag == "a" and _leads_away(parent)


def _is_link_list(block: HtmlElement) -> bool:
    """Tell whether a list holds links and hardly anything else."""
    links = [_words_of(link) for link in block.iter("a") if _leads_away(link)]
    if len(links) < _FEWEST_LINKS:
        return False
    text = _words_of(block)
    n_letters = sum(map(str.isalpha, text))
    return sum(map(str.isalpha, "".join(links))) > _LINKED_SHARE * n_letters


def _leads_away(link: HtmlElement) -> bool:
    return not (link.get("href") or "#").startswith(("#", "mailto:", "tel:"))


def _is_link(block: HtmlElement) -> bool:
    """Tell whether a block holds a link and no other prose."""
    links = []
    for inner in block.iterdescendants():
        if inner.tag in _INNER_BLOCKS:
            return False
        if inner.tag == "a" and _leads_away(inner):
            links.append(_words_of(inner))
    text = _words_of(block)
    linked = " ".join(links)
    n_other = len(text) - len(linked)
    if not linked or len(links) > _MOST_LINKS or len(text) > _LONGEST_LINK:
        return False
    if n_other <= _LONGEST_MARK:
        return not _SENTENCE.search(text)
    # "Read also: …", with the label outside the link
    is_labelled = ":" in text[: n_other + 1] and not text.startswith(linked[:2])
    return is_labelled and n_other <= min(_LONGEST_LABEL, len(text) // 2)


def _words_of(element: HtmlElement) -> str:
    return " ".join(str(element.xpath("string()")).split())


_LONGEST_FURNITURE = 400
_LONGEST_POINTER = 250


@cache
def _patterns() -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """Return the pattern of pointers to other articles, and those of other furniture."""
    phrases = tomllib.loads(files(__package__).joinpath("furniture.toml").read_text("utf-8"))
    any_of = {name: f"(?:{'|'.join(group)})" for name, group in phrases.items()}
    nobody_speaks = r"(?!.*(?:[\"“”«»%s]|\b(?:said|says|told|according)\b))"
    pointer = (
        rf"\W*+{any_of['pointer']}\s*[:»›>|：\]]\W*\S.*"
        r"|(?:en (?:vidéos?|images?|vídeos?|fotos)|in pictures|im video)\s*[,:|–-]\s*\S.*"
    )
    others = (
        rf"\W*+{any_of['whole_line']}\W*",
        rf"(?=\W*\w+\s+\w)\W*+{any_of['pointer']}\s*[:»›>]?\W*",
        r"\W{0,4}(?:(?:©|\(c\)|copyright)\W.{0,350}"
        r"|.{0,100}\b(?:all rights reserved|alle rechte vorbehalten|todos los derechos reservados"
        r"|tous droits réservés|tutti i diritti riservati|todos os direitos reservados"
        r"|все права защищены|усі права захищені)\b.{0,150})",
        rf"(?=.*\bcookies?\b){nobody_speaks % ''}(?:.{{0,80}}\b{any_of['cookies']}).*",
        # "Interested in harbours? Then …"
        r"(?:[^.!?]{1,120}\?\s)?\W*+"
        r"(?:(?:then|so|please|now|just|dann|jetzt|bitte|alors|ahora|entonces)\s)?"
        f"{any_of['subscribe']}.*",
        rf"\W*+{any_of['credit']}\s*[:©/|](?!.*[.!?…]\s).{{1,60}}",
        rf"\W*+{any_of['dated']}\s*:\s?"
        r"(?=.*(?:\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}\b)).{1,50}",
        rf"\W*+{nobody_speaks % '„'}{any_of['appeal']}\W*",
    )
    return re.compile(pointer, re.I), tuple(re.compile(other, re.I) for other in others)


def remove_furniture(text: str, *, links: frozenset[str] = frozenset()) -> str:
    """Return a page's text without the lines that are furniture, at most one blank line in a row.

    Args:
        text: Lines as returned by ``render_text``.
        links: Lines that are links, see ``link_lines``.
    """
    lines = text.split("\n")
    kept = (
        "" if squeeze(line.removeprefix("- ")) in links or is_furniture(line) else line
        for line in lines
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def is_furniture(line: str) -> bool:
    """Tell whether the whole of a line belongs to the page and not to the article."""
    if not line or len(line) > _LONGEST_FURNITURE:
        return False
    if line.startswith("- ") and not any(map(str.isalnum, line)):
        return True  # an item without its picture or link
    line = line.removeprefix("- ")
    pointer, others = _patterns()
    is_headline = len(line) <= _LONGEST_POINTER and not _SENTENCE.search(line)
    if is_headline and pointer.fullmatch(line):
        return True
    return any(pattern.fullmatch(line) for pattern in others)
