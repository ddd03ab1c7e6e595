"""The outlet or author whose articles a question asks for, and the question without them; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

MAX_OUTLET_CHARS = 100
LEAST_SHORT_NAME = 4

_SAYING = (
    r"(?:say|said|write|wrote|written|report|reported|publish|published|print|printed|tell|told"
    r"|mention|mentioned|describe|described|cover|covered|claim|claimed|give|given|name|named)"
)
_WRITING = (
    r"(?:write|wrote|written|report|reported|publish|published|cover|covered|describe|described)"
)
_ARTICLE = (
    r"(?:articles?|reports?|stor(?:y|ies)|coverage|account|columns?|pieces?|texts?|editorials?)"
)
_PERSON = (
    r"(?P<name>[A-ZÀ-ÖØ-Þ][\w’'.-]*(?:\s+(?:van|von|de|da|al|bin)?\s*[A-ZÀ-ÖØ-Þ][\w’'.-]*){1,3})"
)
_HINT = re.compile(rf"\b(?:{_SAYING}|according)\b|\b{_ARTICLE}\b", re.IGNORECASE)
_ABOUT = re.compile(r"(?:about|on|of|regarding|concerning)\s", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?:happen|occur|is|are|was|were|has|have|had|will|would|can|did|caus)\w*\b", re.IGNORECASE
)


def may_name_source(question: str) -> bool:
    """Return whether a question may name an outlet or author, without knowing the library."""
    return bool(_HINT.search(question))


def find_outlet(question: str, outlets: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Return the question about what an outlet wrote without the outlet, and its name."""
    for name, called in _name_outlets(outlets):
        if (rest := _strip_source(question, called, _SAYING)) is not None:
            return rest, (name,)
    return question, ()


def _name_outlets(outlets: Collection[str]) -> list[tuple[str, str]]:
    """Return each outlet with what it may be called, as an expression, the longest first.

    "The Echo" is enough if only one outlet's name ends so.
    """
    names = sorted(
        (name for name in outlets if 0 < len(name) <= MAX_OUTLET_CHARS), key=len, reverse=True
    )
    found = [(name, rf"(?:the\s+)?{re.escape(name.removeprefix('The '))}") for name in names]
    lasts = [name.split()[-1] if name.split() else "" for name in names]
    for name, last in zip(names, lasts, strict=True):
        is_known = name.removeprefix("The ") == last or lasts.count(last) > 1
        if len(last) >= LEAST_SHORT_NAME and not is_known:
            found.append((name, rf"(?:the\s+)(?-i:{re.escape(last)})"))
    return found


def find_author(question: str, has_author: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """Return the question about what an author wrote without the author, and the name."""
    for form in (
        rf"\b(?:did|does|has|have|had)\s+(?-i:{_PERSON})\s+{_WRITING}\b",
        rf"\b{_ARTICLE}\s+(?:written\s+)?by\s+(?-i:{_PERSON})",
        rf"\b{_WRITING}\b.*\sby\s+(?-i:{_PERSON})",
        rf"\b(?-i:{_PERSON})['’]s?\s+{_ARTICLE}\b",
    ):
        found = re.search(form, question, re.IGNORECASE)
        if found is None:
            continue
        name = re.sub(r"['’]s?$", "", found["name"])
        if has_author(name):
            rest = _strip_source(question, re.escape(name), _WRITING)
            if rest is not None:
                return rest, (name,)
    return question, ()


def _strip_source(question: str, called: str, saying: str) -> str | None:
    """Return a question about what a source says without the source; None if it names none.

    Args:
        question: The question.
        called: What the source is called, as an expression.
        saying: What sources of its kind do, as an expression.
    """
    asked = re.match(
        rf"^(?P<lead>.*?)\b(?:did|does|do|has|have|had)\s+{called}\s+{saying}\b\s*(?P<rest>.*)$",
        question,
        re.IGNORECASE,
    )
    if asked:
        return _ask_without_source(asked["lead"].strip(" ,"), asked["rest"].strip())
    owned = re.search(rf"\b{called}['’]s?\s+(?P<kind>{_ARTICLE})\b", question, re.IGNORECASE)
    if owned:
        rest = f"{question[: owned.start()]}the {owned['kind']}{question[owned.end() :]}"
        return _ask_without_articles(rest)
    of = re.search(
        rf"\b(?P<kind>{_ARTICLE})\s+(?:written\s+|published\s+)?(?:in|by|from|of)\s+{called}\b",
        question,
        re.IGNORECASE,
    )
    if of:
        return _ask_without_articles(f"{question[: of.end('kind')]}{question[of.end() :]}")
    source = re.search(
        rf"(?:^|,?\s+)(?:according\s+to|as\s+reported\s+(?:by|in)|in|by)\s+{called}"
        r"(?=\s*[,?.]|\s*$|\s+(?:about|on)\s),?\s*",
        question,
        re.IGNORECASE,
    )
    if source and _is_source(source[0], question, saying):
        rest = f"{question[: source.start()]} {question[source.end() :]}".strip()
        rest = re.sub(r"\s+([?.,])", r"\1", rest)
        return rest[:1].upper() + rest[1:]
    return None


def _ask_without_articles(question: str) -> str:
    """Return "what do the articles say about the tram?" as "what is said about the tram?"."""
    asked = re.match(
        rf"^\W*what\s+(?:do|does|did|is)\s+(?:the\s+)?(?:the\s+)?{_ARTICLE}\s+"
        rf"(?P<saying>{_SAYING}\s*)?(?P<rest>.*)$",
        question,
        re.IGNORECASE,
    )
    return _ask_without_source("", asked["rest"].strip()) if asked else question


def _ask_without_source(lead: str, rest: str) -> str:
    """Return "how many people" and "say were hurt?" as one question, or one about a topic."""
    if not rest.strip(" ?.!"):
        return "What is the news?"
    if _ABOUT.match(rest):
        return f"What is said {rest}"
    clause = re.sub(r"^that\s+", "", rest, flags=re.IGNORECASE)
    if _CLAUSE.match(clause) or len(lead.split()) > 1:
        whole = f"{lead} {clause}".strip()
        return whole[:1].upper() + whole[1:]
    return f"What is said about {clause}"


def _is_source(words: str, question: str, saying: str) -> bool:
    """Return whether "in X" or "by X" says where something was published."""
    if re.match(r"\W*(?:according|as)\b", words, re.IGNORECASE):
        return True
    return bool(re.search(rf"\b{saying}\b", question, re.IGNORECASE))
