"""The words of saying in an English sentence: verbs that report somebody's words there. Pure.

"He claims" reports words and "the claims" does not; "accused her" does and "was accused" does not.
The words beside a verb decide, and whether what follows can be words at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from index.language.clause_words import (
    NO_SPEECH_BEFORE,
    OPEN,
    STOPS,
    WORDS,
    Form,
    Tokens,
    Verb,
    is_modal,
    listed_verbs,
    phrasal_verbs,
    weak_verbs,
)
from index.language.stance import Stance
from index.language.words import read_word_lists

_PARTICLES = {
    "call": frozenset({"out", "on"}),
    "insist": frozenset({"on"}),
    "lash": frozenset({"out"}),
}
_OBJECTS = frozenset({"him", "her", "them", "it"})
_POSSESSIVE = ("’s", "'s", "s’", "s'")
_BEHIND_NOUN = frozenset({",", ".", "and", "", "has", "is", "was", "have", "were", "are"})
_OPENS_WORDS = frozenset("that as how whether why".split())
_BEFORE_GERUND = frozenset("the a an this that no of in without".split())
_QUOTE_TOKENS = 6
_MOST_ADJUNCT_WORDS = 3
_LOOK_AHEAD = 8
_LOOK_BACK = 5
_ADDRESSEE_TOKENS = 5
_MOST_FIGURE_TOKENS = 14
WORDS_OF_STANCE = {
    noun: Stance(stance)
    for stance, nouns in read_word_lists("clause_words")["issued_stances"].items()
    for noun in nouns
}
ACCORDING = Verb("according to", Stance.ASSERTS, Form.FINITE)


@dataclass(frozen=True, slots=True)
class Cue:
    """Words of saying.

    Attributes:
        number: Number of the first token.
        end: One past the number of the last.
        verb: What they are; ``ACCORDING`` for "according to".
    """

    number: int
    end: int
    verb: Verb


def find_cues(tokens: Tokens) -> Iterator[Cue]:
    """Yield the words of saying of a sentence, in order."""
    end = 0
    for number, token in enumerate(tokens):
        if number < end or not (token.is_small or token.low == "according"):
            continue
        cue = _read_cue(tokens, number)
        if cue is not None:
            end = cue.end
            yield cue


def _read_cue(tokens: Tokens, number: int) -> Cue | None:
    low, after = tokens[number].low, _low(tokens, number + 1)
    if low == "according":
        return Cue(number, number + 2, ACCORDING) if after == "to" else None
    verb = listed_verbs().get(low)
    if verb is None:
        return _read_phrase(tokens, number)
    if not _reports(tokens, number, verb):
        return None
    end = number + 1 + (after in _PARTICLES.get(verb.lemma, ()))
    if verb.lemma in weak_verbs() and not _may_be_speech(tokens, number, end, verb):
        return None
    return Cue(number, end, verb)


def _may_be_speech(tokens: Tokens, number: int, end: int, verb: Verb) -> bool:
    """Return whether a verb that need not mean speech does: "…, the board noted", "advised to"."""
    if _has_words(tokens, number, end):
        return True
    if verb.lemma in WORDS["addressed"]:
        ahead = tokens[end + 1 : end + _ADDRESSEE_TOKENS]
        return any(token.low == "to" for token in ahead)
    closes = end >= len(tokens) or tokens[end].text == "."
    before = tokens[max(0, number - _LOOK_BACK) : number]
    if _low(tokens, end) == "by":
        return any(token.low in WORDS["disputed"] for token in before)
    return closes and verb.lemma in WORDS["inverting"] and any(t.text == "," for t in before)


def _read_phrase(tokens: Tokens, number: int) -> Cue | None:
    """Read "pointed out", "ruled out", "put the toll at 45", "made clear"."""
    low, after = tokens[number].low, _low(tokens, number + 1)
    phrasal = phrasal_verbs().get((low, after))
    if phrasal is not None and _reports(tokens, number, phrasal):
        is_weak = phrasal.lemma in weak_verbs() and not _has_words(tokens, number, number + 1)
        return None if is_weak else Cue(number, number + 1 + (after != "of"), phrasal)
    beyond = _low(tokens, number + 2)
    form = Form.PARTICIPLE if low.endswith("ing") else Form.FINITE
    if low in {"put", "puts", "putting"} and _gives_figure(tokens, number + 1):
        return Cue(number, number + 1, Verb("put", Stance.ASSERTS, form))
    if low in {"point", "points", "pointed", "pointing"} and after in {"out", "to"}:
        return Cue(number, number + 2, Verb("point out", Stance.ASSERTS, form))
    if low in {"made", "makes", "make", "making"}:
        verb = Verb("make clear", Stance.ASSERTS, form)
        if after == "clear" and beyond in {"that", ","}:
            return Cue(number, number + 2, verb)
        if after == "it" and beyond == "clear":
            return Cue(number, number + 3, verb)
    return _read_issued(tokens, number, form)


def _gives_figure(tokens: Tokens, first: int) -> bool:
    """Return whether "the toll at about 45" stands at a place."""
    for number in range(first + 1, min(first + _MOST_FIGURE_TOKENS, len(tokens) - 1)):
        if tokens[number].text in STOPS:
            return False
        if tokens[number].low == "at":
            following = tokens[number + 1]
            is_number = following.text[0].isdigit() or following.text[0] in "$£€"
            return is_number or following.low in WORDS["hedges"] | WORDS["numbers"]
    return False


def _read_issued(tokens: Tokens, number: int, form: Form) -> Cue | None:
    """Read "issued a statement of regret" and "gave a warning to drivers"."""
    if tokens[number].low not in WORDS["issuing"]:
        return None
    ahead = number + 1
    while ahead < len(tokens) and ahead <= number + _MOST_ADJUNCT_WORDS + 1:
        low = tokens[ahead].low
        if low in WORDS["issued"]:
            stance = _stance_of_noun(low, _low(tokens, ahead + 2))
            is_spelled_out = _low(tokens, ahead + 1) in WORDS["opens_issued"]
            return Cue(number, number + 1, Verb("issue", stance, form)) if is_spelled_out else None
        if tokens[ahead].is_quote or low in WORDS["prepositions"] | STOPS | {"no"}:
            return None
        ahead += 1
    return None


def _stance_of_noun(noun: str, of: str) -> Stance:
    """Return the stance of "a denial", and of "a statement of condemnation"."""
    named = (WORDS_OF_STANCE.get(word) for word in (of, noun))
    return next((stance for stance in named if stance), Stance.ASSERTS)


def _low(tokens: Tokens, number: int) -> str:
    return tokens[number].low if 0 <= number < len(tokens) else ""


def find_auxiliary(tokens: Tokens, number: int) -> str:
    """Return the nearest auxiliary before a verb, adverbs passed over; empty if none."""
    for back in range(number - 1, max(-1, number - _LOOK_BACK), -1):
        low = tokens[back].low
        if low in WORDS["auxiliaries"]:
            return low
        if low.endswith(("’ve", "'ve")):
            return "have"
        if not (low in WORDS["adverbs"] or low.endswith("ly")):
            return ""
    return ""


def _reports(tokens: Tokens, number: int, verb: Verb) -> bool:
    """Return whether a verb of saying says something at its place."""
    before, after = _low(tokens, number - 1), _low(tokens, number + 1)
    if verb.form is Form.PAST_PARTICIPLE:
        return find_auxiliary(tokens, number) in WORDS["having"]
    avoided = NO_SPEECH_BEFORE.get(verb.lemma, frozenset())
    if after in avoided or (after in _OBJECTS and _low(tokens, number + 2) in avoided):
        return False
    if before == "to":
        is_silence = verb.lemma in WORDS["answers"] and _low(tokens, number - 2) == "yet"
        is_introduced = after in {"that", ",", ":"} or after.startswith(OPEN)
        is_speech = is_introduced and verb.stance is not Stance.BELIEVES
        return tokens[number].text == verb.lemma and (is_speech or is_silence)
    if before == "-":
        return False
    if verb.form is Form.PARTICIPLE:
        return _is_participle_of_speech(tokens[number].low, verb, before, after)
    return _is_finite_of_speech(tokens, number, verb)


def _is_participle_of_speech(word: str, verb: Verb, before: str, after: str) -> bool:
    if word in WORDS["prepositional"] or before in WORDS["possessives"] | _BEFORE_GERUND:
        return False
    return not (verb.stance is Stance.BELIEVES and after in {",", ".", "", "of", "for"})


def _is_finite_of_speech(tokens: Tokens, number: int, verb: Verb) -> bool:
    word, before, after = tokens[number].text, _low(tokens, number - 1), _low(tokens, number + 1)
    lead = find_auxiliary(tokens, number)
    if before == "as" and after == "by":
        return True
    if lead in WORDS["be"] or before in WORDS["be"]:
        return after == "by" and verb.stance is not Stance.BELIEVES
    is_only_due = lead in {"should", "must"}  # "Quill should state its case"
    is_behind_noun = before in WORDS["noun_leads"] or before.endswith(_POSSESSIVE)
    is_noun = after == "that" and word.endswith("s") and _is_relative(tokens, number + 2)
    if is_only_due or is_behind_noun or is_noun or before.isdigit():
        return False
    if not lead and _is_noun(tokens, number, verb, before, after):
        return False
    if not word.endswith("ed"):
        return True
    is_adjective = before in WORDS["prepositions"] | WORDS["determiners"]
    return not is_adjective and (bool(lead) or not _leans_on_noun(tokens, number))


def _is_relative(tokens: Tokens, first: int) -> bool:
    """Return whether "that" opens a relative clause: "reports that Lin promised have come"."""
    verbs = 0
    for number in range(first, min(first + _LOOK_AHEAD, len(tokens))):
        low, before = tokens[number].low, tokens[number - 1].low
        if tokens[number].is_quote or low in WORDS["relative"] | STOPS | {"and", "that", "but"}:
            return False
        if verbs and low in {"have", "are", "were"}:
            return not before.endswith("s") and before not in WORDS["plurals"]
        verbs += tokens[number].is_small and low.endswith("ed")
    return False


def _leans_on_noun(tokens: Tokens, number: int) -> bool:
    """Return whether a participle only describes a noun: "the plan announced on Monday is dear"."""
    place = number + 1
    if _low(tokens, place) not in WORDS["prepositions"] | WORDS["times"]:
        return False
    for ahead in range(place, min(place + _MOST_ADJUNCT_WORDS + 1, len(tokens))):
        if is_modal(tokens[ahead]):
            return tokens[ahead - 1].low not in WORDS["pronouns"]
        if tokens[ahead].text in {",", "."} or tokens[ahead].low == "that":
            return False
    return False


def _is_noun(tokens: Tokens, number: int, verb: Verb, before: str, after: str) -> bool:
    """Return whether a form without an auxiliary is the noun: "a phone call", "follows reports"."""
    word = tokens[number].text
    is_bare = word == verb.lemma and verb.lemma not in WORDS["never_nouns"]
    if is_bare and not _is_plural(tokens, number - 1):
        return True
    if verb.lemma not in WORDS["nouns_too"] or not (word == verb.lemma or word.endswith("s")):
        return False
    if after in WORDS["prepositions"] - {"for"} or after in _BEHIND_NOUN:
        return True
    is_noun_before = number > 0 and tokens[number - 1].is_small and before not in WORDS["adverbs"]
    agrees = before.endswith("s") and not before.endswith(("ss", "us"))
    return word.endswith("s") and is_noun_before and agrees


def _is_plural(tokens: Tokens, number: int) -> bool:
    while number > 0 and (
        tokens[number].low in WORDS["adverbs"] or tokens[number].low.endswith("ly")
    ):
        number -= 1
    low = _low(tokens, number)
    return low in WORDS["plurals"] or (low.endswith("s") and not low.endswith(("ss", "’s", "'s")))


def _has_words(tokens: Tokens, number: int, end: int) -> bool:
    """Return whether a verb that need not mean speech is followed, or led up to, by words."""
    before = tokens[max(0, number - _QUOTE_TOKENS) : number]
    if any(token.is_quote and token.ends_in(",?!") for token in before):
        return True
    for ahead in range(end, min(len(tokens), end + _LOOK_AHEAD)):
        token = tokens[ahead]
        if token.is_quote or token.text == ":":
            return True
        is_disputed = token.low in WORDS["disputed"] and tokens[ahead - 1].low != "of"
        if token.low in _OPENS_WORDS or is_disputed:
            return True
        if token.low in {"and", "but"}:  # what follows is another verb's
            return False
        if token.text in {",", ".", ";"}:
            return ahead + 1 < len(tokens) and tokens[ahead + 1].is_quote
    return False
