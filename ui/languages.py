"""Names of languages, for people."""

from __future__ import annotations

from index.encoding.model_info import LANGUAGE_NAMES
from ui.escape import quote_line

LANGUAGES = {
    **LANGUAGE_NAMES,
    "be": "Belarusian", "bn": "Bengali", "ca": "Catalan", "et": "Estonian", "ga": "Irish",
    "hr": "Croatian", "is": "Icelandic", "ka": "Georgian", "lt": "Lithuanian", "lv": "Latvian",
    "mk": "Macedonian", "ms": "Malay", "sk": "Slovak", "sl": "Slovene", "sq": "Albanian",
    "sr": "Serbian", "sw": "Swahili", "ta": "Tamil", "th": "Thai", "ur": "Urdu",
}  # fmt: skip
"""Names of the languages that a reader can choose, by their ISO 639-1 code."""


def describe_language(code: str) -> str:
    """Return a language's name; the code itself where it has none here, empty for none."""
    return LANGUAGES.get(code) or quote_line(code)
