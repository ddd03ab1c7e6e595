"""Facts that a question's answer has to state ("nuggets"): how many are cited, and what else is."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np

from rag.types import Answer

COVERED = 0.5

IN_A_ROW = 0.3


def score_nuggets(row: Mapping[str, Any], answer: Answer) -> dict[str, float]:
    """Return the shares of a question's facts that are cited, and of claims that are relevant.

    A fact is found if a cited quote contains at least half of a place that states it.
    """
    nuggets = row.get("nuggets")
    if not nuggets or not row.get("answerable"):
        return {}
    quotes = {citation.number: _plain(citation.quote) for citation in answer.citations}
    shown = (
        []
        if answer.refused
        else [[quotes[n] for n in claim.citations if n in quotes] for claim in answer.claims]
    )
    places = [[_plain(place["quote"]) for place in nugget["places"]] for nugget in nuggets]
    found = [
        any(_covers(q, place) for quoted in shown for q in quoted for place in own)
        for own in places
    ]
    vital = [bool(nugget["vital"]) for nugget in nuggets]
    kept = vital if any(vital) else [True] * len(vital)
    shares = {
        "nugget recall": float(np.mean(found)),
        "vital recall": float(np.mean(np.array(found)[kept])),
    }
    if shown:
        on_point = [any(_covers(q, p) for q in qs for own in places for p in own) for qs in shown]
        shares["precision"] = float(np.mean(on_point))
    return shares


def _plain(text: str) -> str:
    return re.sub(r"[^\w%$€£]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _covers(quoted: str, place: str) -> bool:
    if not place or not quoted:
        return False
    if place in quoted:
        return True
    match = difflib.SequenceMatcher(None, quoted, place, autojunk=False)
    shared = sum(block.size for block in match.get_matching_blocks() if block.size > len("and"))
    longest = match.find_longest_match(0, len(quoted), 0, len(place)).size
    return shared >= COVERED * len(place) and longest >= IN_A_ROW * len(place)
