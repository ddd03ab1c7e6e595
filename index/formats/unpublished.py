"""What is not on record: drafts, and what is scheduled, private or in the trash. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from index.errors import ArticleFormatError

UNPUBLISHED = {
    "draft": "a draft",
    "auto-draft": "a draft",
    "drafted": "a draft",
    "unpublished": "not published",
    "pending": "a draft that waits for review",
    "pending review": "a draft that waits for review",
    "in review": "a draft that waits for review",
    "future": "scheduled, not yet published",
    "scheduled": "scheduled, not yet published",
    "embargoed": "under embargo, not yet published",
    "private": "private",
    "trash": "in the trash",
    "trashed": "in the trash",
    "deleted": "deleted",
    "withdrawn": "withdrawn",
    "retracted": "withdrawn",
    "spiked": "withdrawn",
    "soft_trashed": "in the trash",
    "sent": "sent by mail only",
    "entwurf": "a draft",
    "brouillon": "a draft",
    "borrador": "a draft",
    "bozza": "a draft",
    "rascunho": "a draft",
    "черновик": "a draft",
    "чернетка": "a draft",
}
"""What the state of an item means that is not on record, by the name that programs give it."""

_STATES = frozenset(
    "status poststatus state publishstatus publicationstatus articlestatus workflowstate visibility"
    " postvisibility".split()
)
_DRAFT_FLAGS = frozenset({"draft", "isdraft", "unpublished"})
_LIVE_FLAGS = frozenset({"published", "ispublished", "public", "live"})
_YES, _NO = frozenset({"true", "yes", "1", "y"}), frozenset({"false", "no", "0", "n"})
_JOINTS = re.compile(r"[\s_:.-]+")


def is_state(name: str) -> bool:
    """Return whether a column or key may say that an item is not on record."""
    folded = _JOINTS.sub("", name[:60].casefold())
    return folded in _STATES | _DRAFT_FLAGS | _LIVE_FLAGS


def _find_unpublished(fields: Mapping[str, object]) -> str:
    """Return why the item that some fields describe is not on record; empty if it is.

    Args:
        fields: Columns, keys or front matter, under whatever names.
    """
    for key, value in fields.items():
        name = _JOINTS.sub("", str(key).casefold())
        said = str(value).strip().casefold() if isinstance(value, str | bool | int) else ""
        if name in _STATES and said in UNPUBLISHED:
            return UNPUBLISHED[said]
        if (name in _DRAFT_FLAGS and said in _YES) or (name in _LIVE_FLAGS and said in _NO):
            return UNPUBLISHED["draft"]
    return ""


def refuse_unpublished(fields: Mapping[str, object], *, drafts: bool, name: str) -> str:
    """Return why an item is not on record, empty if it is.

    Raises:
        ArticleFormatError: If it is not, and the user did not ask for drafts.
    """
    reason = _find_unpublished(fields)
    if reason and not drafts:
        title = fields.get("title") or fields.get("Title")
        shown = f"“{' '.join(title.split())[:80]}”: " if isinstance(title, str) and title else ""
        raise ArticleFormatError(name, f"{shown}{reason}; --drafts adds it")
    return reason
