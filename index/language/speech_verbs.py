"""Verbs that report somebody's words; ``speech_verbs.toml`` says how its lists differ. Pure."""

from __future__ import annotations

from index.language.words import read_word_lists

_LISTS = read_word_lists("speech_verbs")

REPORTING: frozenset[str] = frozenset(_LISTS["reporting"])
"""Every form that has the speaker as its subject."""
PARTICIPLES: frozenset[str] = frozenset(_LISTS["reporting_participles"])
"""Present participles that do: "adding"."""
PLAIN: frozenset[str] = frozenset(_LISTS["plain"])
"""Verbs that say nothing about how it was said."""

ANY_REPORTING = "|".join(_LISTS["reporting"])
"""The reporting verbs as alternatives of a regular expression, and so on below."""
ANY_ASKED_PARTICIPLE = "|".join(_LISTS["asked_participles"])
ANY_AFTER_QUOTATION = "|".join(_LISTS["after_quotation"])
ANY_AFTER_EXCLAMATION = "|".join(_LISTS["after_exclamation"])
ANY_SUGGESTED = "|".join(_LISTS["suggested"])
ANY_STATEMENT = "|".join(_LISTS["statement"])
