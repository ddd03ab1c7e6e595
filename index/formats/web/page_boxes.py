"""What a web page lays over its text or between its paragraphs: notices, dialogs, forms. Pure.

These are taken out before the main text is looked for: they hold prose, and often more of it than
a short article does, so that nothing else tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LONGEST_NAMES = 2_000
_LONGEST_SIGN_UP = 500

_NOTICE = re.compile(
    r"cookie[-_]?(?:banner|bar|consent|law|notice|policy|popup|modal|message|disclaimer|warning)"
    r"|(?:gdpr|ccpa|consent|privacy)[-_]?(?:banner|bar|manager|notice|popup|modal|overlay|message)"
    r"|onetrust|cookiebot|borlabs|cmplz|didomi|usercentrics|truste[-_]|moove[-_]?gdpr|qc-cmp"
    r"|\bdisqus|fb[-_]comments|\bcoral[-_]talk|livefyre|\bcommento\b|hyvor|openweb|viafoura",
    re.IGNORECASE,
)
_ADDRESS_FIELD = re.compile(r"e-?mail|newsletter", re.IGNORECASE)
_TEXT_FIELDS = frozenset({"", "text", "email"})
_DIALOG = "//body//dialog | //body//*[@role='dialog' or @role='alertdialog' or @aria-modal='true']"
_SEEN = "//body//text()[not(parent::script or parent::style or parent::noscript)]"


def remove_boxes(tree: HtmlElement) -> None:
    """Take notices, dialogs and boxes that ask for an e-mail address out of a page.

    A box that holds half of the page's text or more stays: some themes put such names on the
    whole page, to say that a notice was seen, and some pages are shown in a dialog.

    Args:
        tree: The page; it is changed.
    """
    n_chars = sum(map(len, tree.xpath(_SEEN)))
    for box in (*_notices(tree), *tree.xpath(_DIALOG), *_sign_ups(tree)):
        is_frame = box.tag in {"main", "article", "body"} or box.getparent() is None
        if not is_frame and 2 * len(box.xpath("string()")) < n_chars:
            box.drop_tree()


def _notices(tree: HtmlElement) -> list[HtmlElement]:
    """Return what its names call a cookie notice or a box of comments."""
    known: dict[str, bool] = {}
    found = []
    for element in tree.xpath("//body//*[@id or @class]"):
        names = f"{element.get('id', '')} {element.get('class', '')}"
        if names not in known:
            known[names] = len(names) <= _LONGEST_NAMES and bool(_NOTICE.search(names))
        if known[names]:
            found.append(element)
    return found


def _sign_ups(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the boxes around forms that ask for an address: as wide as they say little else."""
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
