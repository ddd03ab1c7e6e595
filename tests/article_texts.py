"""Texts that splitting may meet: any, and long ones that repeat what is hard to split."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = st.sampled_from(
    [
        *(" ", "  ", "\n", "\n\n", "\r\n", "\t", "\xa0", "\u2028", "\u200b"),
        *(".", "...", "…", "!", "?", "?!", "。", "؟", "।", ":", ";", ",", "-", "—"),
        *('"', "'", "“", "”", "‘", "’", "«", "»", "「", "」", "(", ")", "[", "]", "[1]", "•"),
        *("Mr", "U.S", "a.m", "No", "Jan", "J", "I", "1", "21", "3.5", "Ore", "e.g", "St", "p.m"),
        *("The", "He", "Holt", "said", "asked", "ferry", "eBuy", "al-Zarim", "渡轮", "и", "🎉"),
    ]
)
ARTICLES = st.one_of(st.text(), st.lists(PIECES, max_size=120).map("".join))

MONOTONOUS = {
    "dots": ".",
    "dots-and-blanks": ". ",
    "quotes": '"',
    "stops-in-quotes": '."',
    "brackets": "(",
    "no-space": "a",
    "newlines": "\n",
    "blanks": " ",
    "lines-of-one-letter": "a\n",
    "dotted-letters": "a.",
    "initials": "A. ",
    "questions-in-quotes": "“A?” ",
    "openers-after-stops": "Ab. (((",
    "list-numbers": "1. ",
    "clock": "5 p.m. K ",
    "ideographic": "渡。",
}
