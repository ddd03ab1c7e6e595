"""What of a web page is a link, by its tree: menus, lists of other articles. Pure.

The library that finds the main text weighs how much of a part is linked; nothing here is taken out
before it has done so. Afterwards a line of the text that is a link and nothing else goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LONGEST_LINK = 250
_LONGEST_LABEL = 40
_LONGEST_MARK = 2
_MOST_LINKS = 3
_FEWEST_LINKS = 3
_LINKED_SHARE = 0.8

# What may be a paragraph. A heading that is a link may be the article's own.
_LINE_TAGS = "p", "li", "div", "blockquote", "dd", "dt", "center", "aside", "td"
_INNER_BLOCKS = frozenset(
    "address article blockquote dd div dl dt figure form h1 h2 h3 h4 h5 h6 li main ol p pre "
    "section table ul".split()
)
# No paragraph of a text stands within a link: these make a card that leads to another article.
_CARD_BLOCKS = "p", "div"
_SENTENCE = re.compile(r"[^\W\d_]\W*[.!…\u3002\uff01][\"'”’»)\]」』]*$")


def remove_link_blocks(tree: HtmlElement) -> None:
    """Take the blocks out of a page that are links and nothing else.

    Args:
        tree: The page; it is changed.
    """
    for block in list(_link_blocks(tree)):
        if block.getparent() is not None:
            block.drop_tree()


def link_lines(tree: HtmlElement) -> frozenset[str]:
    """Return the lines that a page's blocks of links would be in its text, without white space."""
    lines = set()
    for block in _link_blocks(tree):
        for part in (block, *block.iterdescendants("li", "p", "a", "div", "td", "dd", "dt")):
            text = str(part.xpath("string()")).strip()
            if len(text) <= 2 * _LONGEST_LINK and not _SENTENCE.search(text):
                lines.add(squeeze(text))
    for card in filter(_leads_away, tree.iter("a")):
        blocks = [squeeze(block) for block in card.iterdescendants(_CARD_BLOCKS)]
        lines.update(line for line in blocks if len(line) <= 2 * _LONGEST_LINK)
    return frozenset(lines - {""})


def linked_headlines(tree: HtmlElement) -> frozenset[str]:
    """Return the headings of a page that are links to other pages, without white space."""
    return frozenset(
        squeeze(heading)
        for heading in tree.iter("h2", "h3", "h4", "h5")
        if any(map(_leads_away, heading.iter("a"))) or _is_in_link(heading)
    )


def squeeze(text: HtmlElement | str) -> str:
    """Return a text or an element's text without white space, to compare by."""
    return "".join((text if isinstance(text, str) else str(text.xpath("string()"))).split())


def _link_blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the blocks that are links and nothing else.

    Such a block is a list of links, or a paragraph or an item that is one link, with a label in
    front of it at most: it points to another article. One that reads like a sentence is none.
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


def _is_in_link(heading: HtmlElement) -> bool:
    parent = heading.getparent()
    return parent is not None and parent.tag == "a" and _leads_away(parent)


def _is_link_list(block: HtmlElement) -> bool:
    """Tell whether a list holds links and hardly anything besides."""
    links = [_words_of(link) for link in block.iter("a") if _leads_away(link)]
    if len(links) < _FEWEST_LINKS:
        return False
    text = _words_of(block)
    n_letters = sum(map(str.isalpha, text))
    return sum(map(str.isalpha, "".join(links))) > _LINKED_SHARE * n_letters


def _leads_away(link: HtmlElement) -> bool:
    return not (link.get("href") or "#").startswith(("#", "mailto:", "tel:"))


def _is_link(block: HtmlElement) -> bool:
    """Tell whether a block holds a link and nothing to read besides."""
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
    # "Read also: …", where the label is outside of the link
    is_labelled = ":" in text[: n_other + 1] and not text.startswith(linked[:2])
    return is_labelled and n_other <= min(_LONGEST_LABEL, len(text) // 2)


def _words_of(element: HtmlElement) -> str:
    return " ".join(str(element.xpath("string()")).split())
