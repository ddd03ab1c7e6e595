"""What a web page says of itself to machines: its meta elements and its JSON-LD. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement


_KEYS = "property", "name", "itemprop", "http-equiv"

_MAX_SCRIPT_CHARS = 2_000_000

_MAX_NODES = 2_000

_MAX_VALUE_CHARS = 5_000


@dataclass(frozen=True, slots=True)
class PageHead:
    """The meta elements and the JSON-LD of a page.

    Attributes:
        metas: Name, in lower case, and content of each meta element, in order.
        nodes: The objects of its JSON-LD, outer ones first.
    """

    metas: tuple[tuple[str, str], ...]
    nodes: tuple[dict[str, object], ...]

    def meta(self, *names: str) -> str:
        """Return the content of the first of these meta elements that the page has, else ""."""
        contents = dict(reversed(self.metas))
        return next((contents[name] for name in names if name in contents), "")


def read_head(tree: HtmlElement) -> PageHead:
    """Return the meta elements and the JSON-LD of a page."""
    metas = []
    for meta in tree.iter("meta"):
        content = (meta.get("content") or "").strip()
        if not 0 < len(content) <= _MAX_VALUE_CHARS:
            continue
        metas += [(name.strip().lower(), content) for key in _KEYS if (name := meta.get(key))]
    return PageHead(tuple(metas), tuple(_read_nodes(tree)))


def _read_nodes(tree: HtmlElement) -> list[dict[str, object]]:
    nodes: list[dict[str, object]] = []
    for script in tree.iter("script"):
        kind = (script.get("type") or "").strip().lower()
        text = (script.text or "").strip().rstrip(";")
        if kind != "application/ld+json" or not text or len(text) > _MAX_SCRIPT_CHARS:
            continue
        try:
            found: object = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        queue = [found]
        for node in queue:  # grows while it is read
            if len(nodes) >= _MAX_NODES:
                return nodes
            if isinstance(node, list):
                queue += node[:_MAX_NODES]
            elif isinstance(node, dict):
                nodes.append(node)
                queue += [node[key] for key in ("@graph", "mainEntity") if key in node]
    return nodes
