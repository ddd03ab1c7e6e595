"""The subject of a verb in an English sentence, by rules about small words. Pure.

A subject is what stands between the last boundary of a clause and its verb: a mark, "that", "and"
after another clause, an auxiliary. Appositions and relative clauses between commas are passed over.
Subjects are given as the numbers of their first token and of the one behind their last.
"""

from __future__ import annotations

from index.language.calendar_words import WEEKDAY_NAMES
from index.language.clause_words import (
    CLOSE,
    DASHES,
    NO_SPEECH_BEFORE,
    WORDS,
    Form,
    Token,
    Tokens,
    is_modal,
    listed_verbs,
)

Span = tuple[int, int]
"""Number of a first token, and one past the number of the last."""

MAX_TOKENS = 40
_MAX_QUOTED_CHARS = 40
_MAX_PARENTHESIS = 8
_LEAST_PAST_CHARS = 5
_LOOK_BACK = 8
_AGENT_TOKENS = 10
_BOUNDARIES = frozenset({",", ";", ":", "...", "…", "?", "!", ".", "*", "•", "|", ">"}) | DASHES
_TIME_LEADS = frozenset("the last this early late".split())
_AFTER_NAME = frozenset("in on during at when last this earlier".split())
_OPENS_ADJUNCT = frozenset("a an his her their".split())
_SUBJECT_PRONOUNS = frozenset("he she they i we".split())


def is_finite(token: Token) -> bool:
    """Return whether a token looks like a verb that has a subject."""
    low = token.low
    if low in WORDS["auxiliaries"] or low in WORDS["finite"]:
        return True
    if not token.is_small:
        return False
    verb = listed_verbs().get(low)
    is_past = low.endswith("ed") and len(low) >= _LEAST_PAST_CHARS
    return is_past or (verb is not None and verb.form is Form.FINITE)


def is_adverbial(tokens: Tokens, number: int) -> bool:
    """Return whether a token may stand between a subject and its verb: "has never", "on Monday"."""
    token = tokens[number]
    before = tokens[number - 1].low if number else ""
    if token.low in WORDS["adverbs"] or token.low in WORDS["auxiliaries"]:
        return True
    if token.low == "long" and before in WORDS["auxiliaries"]:
        return True
    if token.is_small and token.low.endswith("ly") and token.low not in WORDS["no_adverbs"]:
        return True
    if token.text in WEEKDAY_NAMES:
        return bool(number) and before not in {"last", "next", "this"}
    return token.low == "on" and _is_weekday(tokens, number + 1)


def _is_weekday(tokens: Tokens, number: int) -> bool:
    return number < len(tokens) and tokens[number].text in WEEKDAY_NAMES


def find_subject(tokens: Tokens, floor: int, verb: int) -> Span | None:
    """Return the subject of a verb that follows it; None if there is none.

    Args:
        tokens: A sentence.
        floor: First token that may belong to it.
        verb: Number of the verb.
    """
    end = verb
    while end > floor and is_adverbial(tokens, end - 1):
        end -= 1
    if end > floor and tokens[end - 1].text == ")":
        opening = next((n for n in range(end - 1, floor, -1) if tokens[n].text == "("), end)
        end = opening
    if end <= floor:
        return None
    if tokens[end - 1].text in {",", "—", "–"} or _closes_aside(tokens, floor, end - 1):
        return _find_before_apposition(tokens, floor, end)
    start = find_phrase_start(tokens, floor, end)
    return _check_subject(tokens, start, end) if start < end else None


def find_main_subject(tokens: Tokens, place: int) -> Span | None:
    """Return the subject of the last verb before a place that has one."""
    for number in range(place - 1, 0, -1):
        if is_finite(tokens[number]) and tokens[number - 1].low != "to":
            found = find_subject(tokens, 0, number)
            if found is not None:
                return found
    return None


def find_agent(tokens: Tokens, participle: int) -> Span | None:
    """Return the subject in "with three in ten saying" and "remarks by an official warning"."""
    if participle and tokens[participle - 1].text == ",":
        return None
    start = find_phrase_start(tokens, 0, participle)
    for number in range(participle - 2, max(start, participle - _AGENT_TOKENS) - 1, -1):
        if tokens[number].low in {"with", "by", "from"}:
            return _check_subject(tokens, number + 1, participle)
    return None


def _closes_aside(tokens: Tokens, floor: int, place: int) -> bool:
    """Return whether a quotation ends "Reck, while calling it “safe,”" before its verb."""
    if not (tokens[place].is_quote and tokens[place].ends_in(",")):
        return False
    return any(
        tokens[n].text == "," and tokens[n + 1].low in WORDS["between"]
        for n in range(floor + 1, place)
    )


def _find_before_apposition(tokens: Tokens, floor: int, end: int) -> Span | None:
    """Return the subject in "Reck, a mayor of the town, said"."""
    commas = [n for n in range(floor, end - 1) if tokens[n].text in {",", "—", "–"}]
    for comma in reversed(commas):
        if _has_clause(tokens, comma + 1, end - 1):
            return None
        start = find_phrase_start(tokens, floor, comma)
        found = _check_subject(tokens, start, comma) if start < comma else None
        if found is not None and not _is_apposed(tokens, floor, found[0]):
            # "Lund, a mayor," but not "Lund, during his visit to Quill,"
            is_adjunct = tokens[comma + 1].low in WORDS["prepositions"] - {"of", "for", "with"}
            return found[0], comma if is_adjunct else end - 1
    return None


def _has_clause(tokens: Tokens, start: int, end: int) -> bool:
    """Return whether a stretch between commas has a verb of its own that no "who" introduces."""
    if tokens[start].low.endswith(("ing", "ed")):
        return False
    if tokens[start].low in WORDS["between"] and tokens[start + 1].low.endswith("ing"):
        return False
    for number in range(start, end):
        token = tokens[number]
        if token.low in WORDS["relative"]:
            return False
        if is_finite(token) and not (number > start and _may_be_noun(token)):
            return True
    return False


def _may_be_noun(token: Token) -> bool:
    """Return whether a form of a verb may be a noun: "press", "states"."""
    verb = listed_verbs().get(token.low)
    is_bare = verb is not None and token.low in {verb.lemma, f"{verb.lemma}s"}
    return verb is not None and is_bare and verb.lemma in WORDS["nouns_too"]


def _is_apposed(tokens: Tokens, floor: int, start: int) -> bool:
    """Return whether a phrase between commas is another apposition: an age, or an office."""
    first = tokens[start]
    if (
        start < floor + 2
        or tokens[start - 1].text != ","
        or not tokens[start - 2].text[0].isalnum()
    ):
        return False
    if first.low in WORDS["determiners"]:
        # "Ada Holm, the mayor, a lawyer, said", but "In August, the mayor, a lawyer, said".
        opening = find_phrase_start(tokens, floor, start - 1)
        name = tokens[opening : start - 1]
        is_name = all(token.text[0].isupper() and not _is_time(token) for token in name)
        is_first = opening == floor or tokens[opening - 1].is_quote
        return len(name) > 1 and is_name and is_first
    return first.text.isdigit() or first.low in WORDS["apposition"]


def find_phrase_start(tokens: Tokens, floor: int, end: int) -> int:
    """Return the first token of the noun phrase that ends at a place."""
    start = end
    while start > floor and end - start < MAX_TOKENS:
        token = tokens[start - 1]
        if token.low in WORDS["pronouns"]:
            return start - 1 if start == end else start
        if token.low in WORDS["relative"]:
            if not any(is_finite(inner) for inner in tokens[start:end]):
                return start - 1  # it is the subject itself
        elif _is_boundary(tokens, floor, start, end):
            return start
        start -= 1
    return start


def _is_boundary(  # noqa: PLR0911 - one per kind of word
    tokens: Tokens, floor: int, start: int, end: int
) -> bool:
    """Return whether a noun phrase cannot reach beyond the token before ``start``."""
    token = tokens[start - 1]
    if token.is_quote:
        # “A grave threat” is said; the “grave” threat is a phrase.
        is_long = len(token.text) > _MAX_QUOTED_CHARS
        return is_long or token.ends_in(",.!?…") or start - 1 == floor
    if token.low in {"and", "or"}:
        if start == end or start - 1 == floor or tokens[start - 2].text == ",":
            return True
        left = find_phrase_start(tokens, floor, start - 1)
        return left >= start - 1 or any(is_finite(inner) for inner in tokens[left : start - 1])
    if token.text in _BOUNDARIES:
        return True
    if token.low in WORDS["subordinators"]:
        return start != end or token.low not in WORDS["prepositions"]
    if token.low in WORDS["auxiliaries"] or (token.is_small and token.low in WORDS["finite"]):
        around = tokens[max(floor, start - _LOOK_BACK) : start - 1]
        return not any(inner.low in WORDS["relative"] for inner in around)
    return start == end and token.low in WORDS["prepositions"]


def _check_subject(tokens: Tokens, start: int, end: int) -> Span | None:
    """Return a subject without the adverbial that opens its sentence; None if it is none."""
    while start < end and _is_opening(tokens, start, end):
        start += 1
    if start >= end:
        return None
    first = tokens[start]
    if first.low in WORDS["prepositions"] - {"of", "than", "like"}:
        # "In August several groups said": what follows a time is the subject.
        place = start + 1
        while place < end and _is_time(tokens[place]):
            place += 1
        if start + 1 < place < end:
            return _check_subject(tokens, place, end)
        return _find_name_behind(tokens, start + 1, end)
    is_gerund = first.is_small and first.low.endswith("ing") and end - start > 1
    if first.low == "there" or is_gerund:
        return None
    end = _cut_at_verb(tokens, start, end)
    inner = tokens[start:end]
    is_time = all(token.low in WORDS["times"] for token in inner)
    has_word = any(char.isalnum() for token in inner for char in token.text)
    return (start, end) if has_word and not is_time else None


def _find_name_behind(tokens: Tokens, start: int, end: int) -> Span | None:
    """Return the name in "in a radio interview Holm (said)"; None if all of it is a place."""
    first = end
    while first > start and tokens[first - 1].text[0].isupper():
        first -= 1
    is_behind_noun = first > start and tokens[first - 1].is_small
    opens_name = tokens[first - 1].low in WORDS["determiners"] | WORDS["prepositions"]
    return (first, end) if is_behind_noun and not opens_name and first < end else None


def _is_opening(tokens: Tokens, start: int, end: int) -> bool:
    token = tokens[start]
    if token.low in WORDS["openings"]:
        return True
    if token.low.endswith("ly") and start + 1 < end and token.low not in WORDS["no_adverbs"]:
        return True
    return not (token.text[0].isalnum() or token.is_quote or token.text[0] in "@$£€&")


def _is_time(token: Token) -> bool:
    return token.low in WORDS["times"] | _TIME_LEADS or token.text.isdigit()


def _cut_at_verb(tokens: Tokens, start: int, end: int) -> int:
    """Return where a subject ends before a verb that was taken for part of it."""
    for number in range(start + 1, end):
        token, before = tokens[number], tokens[number - 1].low
        if token.low in WORDS["relative"] or token.is_quote:
            return end
        is_joined = number + 1 < end and before in {"and", "or"}
        after = tokens[number + 1].low if number + 1 < end else ""
        is_noun = before in WORDS["determiners"] | WORDS["prepositions"]
        is_noun = is_noun or after in NO_SPEECH_BEFORE.get(token.low, ())
        is_verb = token.is_small and is_finite(token) and token.low not in WORDS["nouns_too"]
        if is_verb and not (is_joined or is_noun):
            return number
    return end


def read_phrase(tokens: Tokens, start: int) -> Span | None:
    """Return the noun phrase that begins at a place, apposition included; None without one."""
    end = start
    while end < len(tokens) and end - start < MAX_TOKENS:
        token = tokens[end]
        closing = None
        if token.text == "(" and end > start:
            ahead = range(end, min(end + _MAX_PARENTHESIS, len(tokens)))
            closing = next((n + 1 for n in ahead if tokens[n].text == ")"), None)
        elif token.text == ",":
            closing = _find_apposition_end(tokens, end)
        elif not _ends_phrase(token, is_first=end == start):
            closing = end + 1
        if closing is None:
            break
        end = closing
    while end > start and tokens[end - 1].text in {",", "and"}:
        end -= 1
    return (start, end) if end > start else None


_PHRASE_ENDS = frozenset("that because when while if but after before as".split())


def _ends_phrase(token: Token, *, is_first: bool) -> bool:
    if token.text in {".", ";", ":", "!", "?", "—", "–", "(", ")"}:
        return True
    if token.is_quote and token.text.rstrip(CLOSE).endswith(","):
        return True
    return not is_first and (is_modal(token) or token.low in _PHRASE_ENDS)


def _find_apposition_end(tokens: Tokens, comma: int) -> int | None:
    """Return where "…, a mayor of the town" or "…, who led it" ends; None if none opens there."""
    if comma + 1 >= len(tokens) or tokens[comma + 1].low not in WORDS["apposition"]:
        return None
    is_relative = tokens[comma + 1].low in WORDS["relative"]
    for number in range(comma + 1, min(len(tokens), comma + MAX_TOKENS)):
        token = tokens[number]
        if token.text in {",", ".", ";", "—", "–"}:
            return number
        if token.is_quote or (not is_relative and is_modal(token)):
            return number if is_relative else None
    return len(tokens)


def find_inverted_subject(tokens: Tokens, place: int) -> Span | None:
    """Return the subject in "…, said the mayor", which begins at a place; None without one."""
    found = _read_inverted(tokens, place) if place < len(tokens) else None
    if found is None or (found[1] < len(tokens) and is_modal(tokens[found[1]])):
        return None
    start, end = found
    head_end = next((n for n in range(start, end) if tokens[n].text == ","), end)
    head = tokens[start:head_end]
    is_quoted = tokens[place - 2].is_quote
    if any(_is_clause_word(token, is_quoted=is_quoted) for token in head):
        return None
    if any(token.low in WORDS["pronouns"] for token in head[1:]):
        return None
    return start, _cut_adjunct(tokens, start, end, head_end)


def _read_inverted(tokens: Tokens, place: int) -> Span | None:
    """Return the phrase that begins at a place, if it can be a subject."""
    first = tokens[place]
    if first.low in WORDS["pronouns"]:
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        ends = after is None or not after.text[0].isalnum()
        ends = ends or (after is not None and after.low in WORDS["prepositions"] | WORDS["times"])
        return (place, place + 1) if ends and first.low in _SUBJECT_PRONOUNS else None
    is_time = first.low in WORDS["times"] - {"last", "this"}
    opens_else = WORDS["prepositions"] | WORDS["audiences"] | {"that", "if", "whether"}
    if is_time or first.low in opens_else or not first.text[0].isalnum():
        return None
    return read_phrase(tokens, place)


def _is_clause_word(token: Token, *, is_quoted: bool) -> bool:
    """Return whether a word shows that what was taken for a subject is a clause."""
    if is_modal(token) or (token.is_small and token.low in WORDS["finite"]):
        return True
    return is_finite(token) and not is_quoted


def _cut_adjunct(tokens: Tokens, start: int, end: int, head_end: int) -> int:
    """Return where a name ends before "in an interview", "on Monday" or "during a visit"."""
    for number in range(start + 1, head_end):
        token = tokens[number]
        after = tokens[number + 1] if number + 1 < head_end else None
        if token.text in WEEKDAY_NAMES:
            return number
        if token.low in _AFTER_NAME and after is not None:
            opens = after.low in _OPENS_ADJUNCT or after.text in WEEKDAY_NAMES
            if opens or token.low in {"last", "earlier", "when", "this"}:
                return number
    return end
