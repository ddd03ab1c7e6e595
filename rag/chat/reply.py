"""A model's reply -> statements and the evidence numbers it gives with them; pure.

Nothing in a reply is trusted: numbers are looked up by the caller, and links, markup, role
markers and invisible characters are removed from the statements.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rag.types import FILLERS

MAX_CLAIMS = 12
MAX_CLAIM_CHARS = 600
MAX_NUMBERS = 6
LEAST_WORDS = 2

_THINKING = re.compile(
    r"<(think|thinking|reasoning|analysis)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_FENCE = re.compile(r"^\s*```\w*\s*$", re.MULTILINE)
_CHAT_TOKEN = re.compile(r"<\|[^|<>\n]{0,40}\|>|\[/?(?:INST|SYS)\]|<</?SYS>>|</?s>", re.IGNORECASE)
_ROLE = re.compile(
    r"^\s*(?:#{1,6}\s*)?(?:system|assistant|user|human|developer|ai|bot|answer|final answer"
    r"|response|output|note)\s*:\s*",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"^\s*(?:(?:sure|certainly|of course|okay|ok)\s*[,!.]\s*)?"
    r"(?:(?:according to|based on) (?:the|these|this|my)"
    r" (?:facts?|evidence|articles?|sentences?|text)"
    r"(?: (?:given|provided|above))?\s*,\s*"
    r"|the (?:facts?|evidence|articles?|sentences?|text|answer) (?:is|are|says?|states?|shows?)"
    r"(?: that)\s+)",
    re.IGNORECASE,
)
_ROLE_INSIDE = re.compile(
    r"(?:^|(?<=\s))(?:#{1,6}\s*)?(?:system|assistant|user|human|developer)\s*:\s*", re.IGNORECASE
)
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,300}\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{0,300})\]\([^()\n]{0,2000}\)")
_REFERENCE = re.compile(r"^\s*\[[^\]\n]{1,40}\]:\s*\S+.*$", re.MULTILINE)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]{0,2000}>", re.DOTALL)
_URL = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:|javascript:|data:)[^\s<>\"'“”‘’]*", re.IGNORECASE
)
_BARE_HOST = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:[a-z]{2,24})(?::\d+)?/[^\s<>\"'“”‘’]*"
    r"|(?<![\w.-])[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,24}\b",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1")
_LABEL = r"(?:evidence|sentences?|sources?|items?|no\.?|nos\.?|numbers?)"
_LIST = r"\d{1,3}(?:\s*(?:,|;|and|&|-|–)\s*\d{1,3})*"
_MARK = re.compile(
    rf"[\[\u3010\u3014\uff3b]\s*(?:{_LABEL}\s*)?(?P<inside>{_LIST})\s*[\]\u3011\u3015\uff3d]"
    rf"|\(\s*{_LABEL}\s*(?P<labelled>{_LIST})\s*\)"
    rf"|\(\s*(?P<last>{_LIST})\s*\)(?=\s*[.!?]?\s*$)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•‣▪–—]|\(?\d{1,2}[.)])\s+")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])[\"”’)\]]*((?:\s*[\[(]\s*\d[\d,;\s]*[\])])*)\s+(?=[A-Z“\"‘(À-Þ])"
)
_WORD = re.compile(r"[^\W_]+")
_CANNOT = re.compile(
    r"\b(?:(?:the )?(?:articles?|evidence|text|sentences?|sources?|information|facts?|context)"
    r"[^.]{0,60}\b(?:do|does|did) not (?:say|answer|mention|provide|contain|specify|state|include)"
    r"|\b(?:i|we) (?:can(?:not|['’]t)|am unable to|are unable to|could not)"
    r"|not (?:enough|sufficient) (?:information|evidence)|no (?:information|evidence|mention) "
    r"(?:about|on|of|is|in)|(?:i )?(?:do not|don['’]t) know)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RawClaim:
    """A statement as a model made it, cleaned.

    Attributes:
        text: The statement, on one line, without marks, markup and addresses.
        numbers: The evidence numbers given with it, in order, each once; unchecked.
    """

    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What was read from a reply.

    Attributes:
        claims: In order.
        cannot_answer: Whether the model says that the evidence does not answer.
        structured: Whether it kept to the requested format.
        cut_off: Whether it kept to the format but was cut off.
    """

    claims: tuple[RawClaim, ...]
    cannot_answer: bool = False
    structured: bool = False
    cut_off: bool = False


def parse_reply(text: str, *, finished: bool = True) -> Reply:
    """Return the statements of a reply, whatever its form.

    The requested JSON is read even if it is cut off, fenced or surrounded by chatter. Otherwise
    each sentence or list item is a statement, and the bracketed numbers after it are its
    evidence.

    Args:
        text: The reply so far.
        finished: Whether it is complete; otherwise a last statement that may be cut off is left
            out.
    """
    text = _THINKING.sub(" ", text)
    text = _FENCE.sub("", text)
    brace = text.find("{")
    if brace >= 0 and '"' in text[brace : brace + 40]:
        reply = _parse_json(text[brace:])
        if reply is not None:
            return reply
    if not finished and (text.lstrip()[:1] in {"", "{", "["} or "```" in text):
        return Reply(())
    return _parse_prose(text, finished=finished)


def clean_claim(text: str) -> str:
    """Return a statement as one plain line.

    Invisible and control characters, tags, comments, images, addresses (a link keeps its
    words), role markers, chat-template tokens, emphasis marks and bracketed numbers are removed.
    Removing one can create another, so this is repeated until nothing changes.

    >>> clean_claim("**Assistant:** The [bridge](https://evil.example/x) closed. [1]")
    'The bridge closed.'
    """
    text = text[: MAX_CLAIM_CHARS * 8]
    for _ in range(8):
        cleaned = _clean_once(text)
        if cleaned == text:
            break
        text = cleaned
    else:
        text = re.sub(r"[<>\[\]|`]", " ", text)
    return text


def _clean_once(text: str) -> str:
    text = "".join(
        " " if c in "\n\r\t\v\f\x85\u2028\u2029" else c
        for c in text
        if c in "\n\r\t\v\f\x85\u2028\u2029 "
        or not (unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"} or c in FILLERS)
    )
    text = _TAG.sub(" ", text)
    text = _CHAT_TOKEN.sub(" ", text).replace("<|", " ").replace("|>", " ")
    text = _IMAGE.sub(" ", text)
    text = _LINK.sub(lambda match: "" if match[1].strip().isnumeric() else match[1], text)
    text = _REFERENCE.sub(" ", text)
    text = _URL.sub(" ", text).replace("://", " ")
    text = _BARE_HOST.sub(" ", text)
    text = _EMPHASIS.sub(r"\2", text)
    text = _MARK.sub(" ", text)
    text = _ROLE.sub("", text)
    text = _ROLE_INSIDE.sub("", text)
    text = _BULLET.sub("", text)
    text = re.sub(r"\(\s*\)|\[\s*\]", " ", text)
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\s+([.,;:!?](?:\s|$))", r"\1", text)


def _parse_json(text: str) -> Reply | None:
    """Return what a JSON reply holds, or None if it is not in the requested form."""
    claims: list[RawClaim] = []
    answered = re.search(r'"answered"\s*:\s*(true|false)', text)
    whole = _decode(text)
    items = list(_iterate_items(whole)) if whole is not None else list(_scan_objects(text))
    for item in items:
        claim = _read_item(item)
        if claim is not None and len(claims) < MAX_CLAIMS:
            claims.append(claim)
    if not claims and answered is None and '"claims"' not in text:
        return None
    refuses = answered is not None and answered[1] == "false" and not claims
    return Reply(tuple(claims), cannot_answer=refuses, structured=True, cut_off=whole is None)


def _decode(text: str) -> object | None:
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _iterate_items(whole: object) -> Iterator[object]:
    if not isinstance(whole, dict):
        return
    items = whole.get("claims")
    if items is None and isinstance(whole.get("text"), str):
        items = [whole]
    if isinstance(items, list):
        yield from items


def _scan_objects(text: str) -> Iterator[object]:
    """Yield the complete objects of a list that is cut off or otherwise broken."""
    decoder = json.JSONDecoder()
    start = text.find("[")
    position = text.find("{", start if start >= 0 else 1)
    while position >= 0:
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            position += 1
        else:
            yield value
        position = text.find("{", position)


def _read_item(item: object) -> RawClaim | None:
    if isinstance(item, str):
        return _make_claim(item, _find_numbers(item))
    if not isinstance(item, dict):
        return None
    text = next((item[key] for key in ("text", "claim", "statement") if key in item), None)
    if not isinstance(text, str):
        return None
    given = next((item[key] for key in ("evidence", "citations", "sources") if key in item), ())
    numbers: list[int] = []
    for value in given if isinstance(given, list) else [given]:
        if isinstance(value, bool):
            continue
        if isinstance(value, int):
            numbers.append(value)
        elif isinstance(value, str):
            numbers.extend(int(digits) for digits in re.findall(r"\d{1,3}", value)[:MAX_NUMBERS])
    return _make_claim(text, tuple(numbers))


def _parse_prose(text: str, *, finished: bool) -> Reply:
    claims: list[RawClaim] = []
    pieces = [
        piece
        for line in text.splitlines()
        if line.strip()
        for piece in _split_sentences(_BULLET.sub("", line.strip()))
    ]
    if not finished:
        pieces = pieces[:-1]
    for piece in pieces:
        claim = _make_claim(piece, _find_numbers(piece))
        if claim is not None and len(claims) < MAX_CLAIMS:
            claims.append(claim)
    kept = [claim for claim in claims if not _CANNOT.search(claim.text)]
    return Reply(tuple(kept), cannot_answer=bool(claims) and not kept)


def _split_sentences(line: str) -> list[str]:
    pieces, start = [], 0
    for match in _SENTENCE_END.finditer(line):
        pieces.append(line[start : match.end()])
        start = match.end()
    return [*pieces, line[start:]]


def _find_numbers(text: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for match in _MARK.finditer(text):
        given = match["inside"] or match["labelled"] or match["last"]
        span = re.fullmatch(r"(\d{1,3})\s*[-–]\s*(\d{1,3})", given)
        if span and 0 < int(span[2]) - int(span[1]) < MAX_NUMBERS:
            numbers.extend(range(int(span[1]), int(span[2]) + 1))
        else:
            numbers.extend(int(digits) for digits in re.findall(r"\d{1,3}", given))
    return tuple(numbers)


def _make_claim(text: str, numbers: tuple[int, ...]) -> RawClaim | None:
    cleaned = _LEAD_IN.sub("", clean_claim(text))
    cleaned = cleaned[:1].upper() + cleaned[1:]
    if len(cleaned) > MAX_CLAIM_CHARS or len(_WORD.findall(cleaned)) < LEAST_WORDS:
        return None
    return RawClaim(cleaned, tuple(dict.fromkeys(numbers))[:MAX_NUMBERS])
