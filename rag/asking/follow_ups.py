"""A follow-up and the questions before it -> a question that stands alone; pure, without a model.

What a follow-up lacks is taken from the conversation: a pronoun is replaced by a phrase that agrees
with it in gender and number, "and China?" replaces its counterpart, and other phrases are added in
brackets. A small logistic model weighs which, by where and how often they were said.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.language.calendar_words import FULL_NAMES, MONTH
from index.language.nations import find_nations
from index.language.words import STOP_WORDS
from rag.asking.data_files import words_of
from rag.asking.intents import reply_to_small_talk
from rag.asking.noun_phrases import (
    MAX_WORD_CHARS,
    OPENING,
    WORD,
    Gender,
    NounPhrase,
    content_stems,
    content_words,
    find_gender,
    find_lone_phrase,
    find_names,
    find_names_in_answer,
    find_noun_phrases,
    has_title,
    is_person,
    is_relational,
    is_verb,
    lower_office,
    to_one_line,
)
from rag.asking.references import (
    IN_RESPONSE,
    PERSONS,
    Antecedent,
    Reference,
    find_references,
    follow_up_weights,
    is_bare,
    needs_context,
)
from rag.settings import MAX_QUESTION_CHARS
from rag.types import CHOSEN_REFUSAL, REFUSAL, UNKNOWN_WORDS, Turn

MAX_HISTORY_TURNS = 12
MAX_TOPIC_WORDS = 24
MAX_CARRIED = 3
MAX_ANSWER_NAMES = 2
MAX_ANSWER_WORDS = 6
ANSWER_CHARS = 600

_NOT_A_NAME = re.compile(
    r"(?:in|on|at|to|by|for|from|with|after|before|since|during|until|under|if|because|not|now|then"
    r"|so|ever|today|yesterday|tomorrow|tonight|later|next|afterwards|recently|finally"
    r"|the (?:others?|rest|same)|others|another|both|all)\b",
    re.IGNORECASE,
)
_AT_A_PLACE = re.compile(r"(in|at|on|from|near|for|with|by|to)\s+(?=\S)", re.IGNORECASE)
_AT = re.compile(r"\b(?:in|at|near|from|to|on)\s+(?:the\s+)?$", re.IGNORECASE)
_NO_SUBJECT = re.compile(r"I(?:['’]\w+)?$")
_CARRIED = re.compile(r" \([^()]*\)$")
_ASKED_WHO = re.compile(r"^\W*(?:and\s+)?(?:who|whom|which|what)\b", re.IGNORECASE)
_ASKED_WHICH = re.compile(r"^\W*(?:and\s+)?(?:which|what)\s+(?P<kind>[\w’'-]+)", re.IGNORECASE)
_ASKED_WHEN = re.compile(r"\bwhen\b|\b(?:what|which) (?:day|year|date|month)\b", re.IGNORECASE)
_ASKED_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_ELSE = re.compile(r"\b(?:else|others?|another|besides|apart|rest)\b", re.IGNORECASE)
_ASKS_MORE = re.compile(
    r"\W*(?:(?:and|so|but)\s+)?(?:(?:who|whom|what|anyone|anybody|anything)\s+else"
    r"|(?:what\s+about\s+)?(?:the\s+)?(?:others|other\s+ones|rest))\W*",
    re.IGNORECASE,
)
_ASKS_SOURCE = re.compile(
    r"\W*(?:(?:and|but)\s+)?(?:who\s+(?:says?|claims?|reports?)\s+(?:so|that|this)"
    r"|according\s+to\s+whom?)\W*",
    re.IGNORECASE,
)
_ASKS_WHOM = re.compile(r"\W*(?:and\s+)?(who|whom|what)(?=\s)", re.IGNORECASE)
_ASKS_WHO_IT_IS = re.compile(r"^\W*(?:and\s+)?who(?:\s+(?:is|are|was|were)|['’]s)\b", re.IGNORECASE)
_ASKED_WHO_SOMEBODY_IS = re.compile(
    r"^\W*(?:and\s+)?who(?:\s+(?:is|was)|['’]s)\s+(?P<name>(?-i:[A-Z][\w’'-]*)(?:\s+(?-i:[A-Z][\w’'-]*))*)\W*$",
    re.IGNORECASE,
)
_ASKED_WHAT = re.compile(r"^\W*(?:and\s+)?what\s+(?:did|does|do|has|have|had)\b", re.IGNORECASE)
_YEAR = re.compile(rf"\b(?:\d{{1,2}} )?(?:(?:{MONTH}) )?(?:1[5-9]|20)\d\d\b")
_REFUSES = re.compile(
    "|".join(map(re.escape, (REFUSAL, CHOSEN_REFUSAL, UNKNOWN_WORDS)))
    + r"|The question is in [^.,]+, (?:but the|and these) articles are searched in "
)
_ASKS_BACK = re.compile(r"Please ask (?:again|the whole question)\b.{0,20}$")
_SENTENCE = re.compile(r".*?[.!?](?=\s|$)")
_NO_PERSON = frozenset((Antecedent.THING, Antecedent.SEVERAL))
_GENDERS = {Antecedent.MAN: Gender.MALE, Antecedent.WOMAN: Gender.FEMALE}
_PRONOUNS = {
    Gender.MALE: re.compile(r"\b(?:he|him|his)\b", re.IGNORECASE),
    Gender.FEMALE: re.compile(r"\b(?:she|hers?)\b", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """An earlier question of the user.

    Attributes:
        typed: As it was typed.
        resolved: As it would be asked without the conversation.
        answer: The beginning of its answer, on one line; empty if it was refused.
    """

    typed: str
    resolved: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedFollowUp:
    """How a follow-up was resolved.

    Attributes:
        text: The question that stands alone; unchanged if nothing had to be added.
        unknown: A word that refers to nobody in the conversation, if there is one.
    """

    text: str
    unknown: Reference | None = None


def read_history(history: Sequence[Turn]) -> list[PastQuestion]:
    """Return the user's earlier questions, resolved one after the other, with their answers."""
    turns = [turn for turn in history[-MAX_HISTORY_TURNS:] if turn.role in {"user", "assistant"}]
    opening = next((turn for turn in history[:-MAX_HISTORY_TURNS] if turn.role == "user"), None)
    past: list[PastQuestion] = []
    for turn in [opening, *turns] if opening else turns:
        if turn.role == "assistant":
            answer = to_one_line(turn.text[:ANSWER_CHARS])
            is_refusal = bool(_REFUSES.match(answer) or _ASKS_BACK.search(answer))
            if past and not is_refusal:
                past[-1] = replace(past[-1], answer=answer)
            continue
        text = to_one_line(_clip(turn.text))
        if text and not reply_to_small_talk(text):
            past.append(PastQuestion(text, resolve_follow_up(text, past).text if past else text))
    return past


def resolve_follow_up(question: str, past: Sequence[PastQuestion]) -> ResolvedFollowUp:
    """Return a question completed with what it needs from the conversation.

    Args:
        question: The user's words.
        past: Earlier questions, oldest first; at least one.
    """
    last = past[-1]
    references = find_references(question)
    phrase = find_lone_phrase(question)
    if _ASKS_SOURCE.fullmatch(question) and (nouns := _nouns_of(last.resolved)):
        return ResolvedFollowUp(f"Who is quoted on {' '.join(nouns)}?")
    if _ASKS_MORE.fullmatch(question) and (whole := _ask_who_else(last.resolved)):
        return ResolvedFollowUp(whole)
    if phrase and not references:
        replaced = (_replace_like(phrase, turn.resolved) for turn in reversed(past[-2:]))
        whole = next(filter(None, replaced), "")
        return ResolvedFollowUp(whole or _append(question, _topic(question, last)))
    asked = content_stems(" ".join(turn.resolved for turn in past))
    said = asked | content_stems(" ".join(turn.answer for turn in past))
    if _asks_about_all(question, references) or (
        IN_RESPONSE.search(question) and needs_context(question)
    ):
        return ResolvedFollowUp(_append(question, _topic(question, last)))
    if not references and not needs_context(question, asked, said):
        return ResolvedFollowUp(question)
    return _carry_phrases(question, references, past)


def _nouns_of(question: str) -> list[str]:
    """Return the words of a question that say what it is about."""
    asked = _CARRIED.sub("", question)
    return [word for word in content_words(asked) if not is_verb(word)][:MAX_TOPIC_WORDS]


def _ask_who_else(previous: str) -> str:
    """Return "who else voted?" for "who voted?"; empty for a question that asks for nobody."""
    opening = _ASKS_WHOM.match(previous)
    if opening is None or _ELSE.search(previous):
        return ""
    return f"{opening[1]} else{previous[opening.end() :]}"


def rank_phrases(
    question: str, references: Sequence[Reference], past: Sequence[PastQuestion]
) -> list[tuple[float, NounPhrase]]:
    """Return the phrases of earlier questions with the probability that each is carried over.

    The best is first, but persons precede all others if "he" or "she" asks for one, and places
    if "there" does. A phrase that adds nothing to the question is left out.
    """
    own = content_stems(question)
    model = follow_up_weights()["phrases"]
    antecedents = {reference.antecedent for reference in references}
    said = tuple(text for turn in past for text in (turn.resolved, turn.answer))
    scored = []
    for phrase, features in phrase_features(question, references, past):
        if phrase.stems <= own or _disagrees(phrase, antecedents, said):
            continue
        total = float(model["intercept"])
        total += sum(float(model["coefficients"][name]) * x for name, x in features.items())
        scored.append((1.0 / (1.0 + math.exp(-total)), phrase))

    def order(pair: tuple[float, NounPhrase]) -> tuple[bool, float]:
        probability, phrase = pair
        is_asked_for = (bool(antecedents & PERSONS) and phrase.is_person and phrase.is_name) or (
            Antecedent.PLACE in antecedents and phrase.is_place
        )
        return not is_asked_for, -probability

    return sorted(scored, key=order)


def phrase_features(
    question: str, references: Sequence[Reference], past: Sequence[PastQuestion]
) -> list[tuple[NounPhrase, dict[str, float]]]:
    """Return each phrase of earlier questions, as it was said last, and its features."""
    own = content_stems(question)
    antecedents = {reference.antecedent for reference in references}
    spoken = [(find_noun_phrases(turn.resolved), content_stems(turn.typed)) for turn in past]
    seen: dict[frozenset[str], tuple[NounPhrase, dict[str, float]]] = {}
    for distance, (phrases, typed) in enumerate(reversed(spoken)):
        for place, phrase in enumerate(phrases):
            if phrase.stems in seen:
                continue
            mentions = sum(any(phrase.stems <= p.stems for p in ps) for ps, _ in spoken)
            in_first = len(spoken) > 1 and any(phrase.stems <= p.stems for p in spoken[0][0])
            seen[phrase.stems] = (
                phrase,
                {
                    "last turn": float(distance == 0),
                    "turn before it": float(distance == 1),
                    "first turn": float(in_first),
                    "mentions": math.log(mentions),
                    "share of turns": mentions / len(spoken),
                    "carried before": float(distance == 0 and not phrase.stems <= typed),
                    "first in turn": float(place == 0),
                    "last in turn": float(place == len(phrases) - 1),
                    "alone in turn": float(len(phrases) == 1),
                    "name": float(phrase.is_name),
                    "several words": float(len(phrase.stems) > 1),
                    "says more than a word of the question": float(bool(phrase.stems & own)),
                    "relational": float(
                        all(is_relational(word) for word in WORD.findall(phrase.text))
                    ),
                    "plural for they": float(
                        Antecedent.SEVERAL in antecedents and phrase.is_plural
                    ),
                    "plural for it": float(Antecedent.THING in antecedents and phrase.is_plural),
                    "pointed at, last turn": float(bool(references) and distance == 0),
                },
            )
    return list(seen.values())


def _disagrees(phrase: NounPhrase, antecedents: set[Antecedent], said: tuple[str, ...]) -> bool:
    """Return whether a phrase is a person to whom none of the words can refer."""
    if not antecedents or not antecedents <= PERSONS | _NO_PERSON:
        return False
    if not (phrase.is_person and phrase.is_name):
        return False
    gender = find_gender(phrase.text, said)
    wanted = {_GENDERS[antecedent] for antecedent in antecedents & PERSONS}
    if not wanted:
        return gender is not None or has_title(phrase.text)
    return gender is not None and gender not in wanted


def _asks_about_all(question: str, references: Sequence[Reference]) -> bool:
    """Return whether a question is about everything asked before: "why?", "who said that?"."""
    if not references:
        return is_bare(question)
    after = [WORD.search(question, reference.end) for reference in references]
    return all(
        reference.antecedent is Antecedent.EVENT
        and (
            word is None
            or word[0].casefold() in STOP_WORDS
            or is_verb(word[0])
            or word[0].casefold().endswith("ed")
        )
        for reference, word in zip(references, after, strict=True)
    )


def _carry_phrases(
    question: str, references: Sequence[Reference], past: Sequence[PastQuestion]
) -> ResolvedFollowUp:
    """Return a question with the phrases it needs, in place or in brackets."""
    person = next((r for r in references if r.antecedent in PERSONS), None)
    answered, n_past = _find_person(_GENDERS[person.antecedent], past) if person else ("", 0)
    if person and not answered and _names_only_others(_GENDERS[person.antecedent], past):
        return ResolvedFollowUp(question, person)
    if answered:
        # "Who is the director?" is answered by the person, and adds nothing to the name.
        answered = _lower_first_word(answered, past)
        past = [turn for turn in past[:n_past] if not _ASKS_WHO_IT_IS.match(turn.resolved)]
    else:
        answered = _find_in_answer(references, past[-1])
    last = past[-1] if past else PastQuestion("", "")
    least = float(follow_up_weights()["phrases"]["threshold"])
    chosen: list[NounPhrase] = []
    covered: set[str] = set()
    for probability, phrase in rank_phrases(question, references, past):
        if (chosen and probability < least) or len(chosen) == MAX_CARRIED:
            break
        if not phrase.stems <= covered:
            chosen.append(phrase)
            covered |= phrase.stems
    texts = [phrase.text for phrase in chosen]
    if not person and {r.antecedent for r in references} == {Antecedent.THING}:
        things = _things_of(question, last)
        texts += things
        chosen = [] if things else chosen
    if answered and not content_stems(answered) <= content_stems(question):
        stems = content_stems(answered)
        texts = [answered, *(text for text in texts if not content_stems(text) <= stems)]
    in_place = _put_in_place(question, references, answered, chosen)
    if in_place:
        question, used = in_place
        texts = [text for text in texts if text != used]
    topic = ", ".join(texts)
    if not (topic or in_place):
        topic = _topic(question, last)
    return ResolvedFollowUp(_append(question, topic) if topic else question)


def _lower_first_word(name: str, past: Sequence[PastQuestion]) -> str:
    """Return a name without the capital that its first word has only at the head of a sentence."""
    is_asked = any(name in turn.resolved[1:] for turn in past)
    return name if is_asked else lower_office(name)


def _find_person(gender: Gender, past: Sequence[PastQuestion]) -> tuple[str, int]:
    """Return the last-named person of that or unknown gender, and how many turns that leaves.

    The name is empty if nobody was named.
    """
    said = tuple(text for turn in past for text in (turn.resolved, turn.answer))
    for n_past in range(len(past), 0, -1):
        for name in _persons_of(past[n_past - 1]):
            if find_gender(name, said) in {None, gender}:
                return name, n_past
    return "", 0


def _names_only_others(gender: Gender, past: Sequence[PastQuestion]) -> bool:
    """Return whether persons were named, none of that gender, and nothing was called "she"."""
    return any(map(_persons_of, past)) and not any(
        _PRONOUNS[gender].search(text) for turn in past for text in (turn.typed, turn.answer)
    )


def _persons_of(turn: PastQuestion) -> list[str]:
    """Return the persons of a question and its answer, those it was about first.

    "Who ordered it?" is about the person in the answer, "what did Ada Holt say?" about her.
    """
    if identified := _ASKED_WHO_SOMEBODY_IS.match(turn.resolved):
        return [identified["name"]]
    phrases = find_noun_phrases(turn.resolved)
    asked = [p.article + p.text for p in phrases if p.is_person and p.is_name]
    own = content_stems(turn.resolved)
    answered = [
        name
        for name in find_names_in_answer(turn.answer)
        # An office alone, as in "Chief engineer Ada Holt", is capitalised only as a first word.
        if is_person(name) and " " in name and not content_stems(name) <= own
    ]
    is_asked_for = not asked or _ASKED_WHO.search(turn.resolved)
    return [*answered, *asked] if is_asked_for else [*asked, *answered]


def _find_in_answer(references: Sequence[Reference], last: PastQuestion) -> str:
    """Return the words of the last answer that a word refers to, or an empty string."""
    antecedents = {reference.antecedent for reference in references}
    if Antecedent.TIME in antecedents and _ASKED_WHEN.search(last.resolved):
        year = _YEAR.search(last.answer)
        return year[0] if year else ""
    names = _new_names(last)
    persons = [name for name in names if is_person(name) and " " in name]
    if (
        antecedents == {Antecedent.SEVERAL}
        and len(persons) > 1
        and _ASKED_WHO.search(last.resolved)
    ):
        return " and ".join(persons[:MAX_ANSWER_NAMES])
    if antecedents == {Antecedent.SEVERAL} and (pair := _find_pair(last.resolved)):
        return pair
    if Antecedent.PLACE in antecedents and _ASKED_WHERE.search(last.resolved):
        return names[0] if names else ""
    asked = _ASKED_WHICH.search(last.resolved)
    if asked and antecedents & {Antecedent.THING, Antecedent.SEVERAL}:
        kind = asked["kind"].casefold()
        is_thing = kind not in STOP_WORDS | words_of("titles") and not is_verb(kind)
        return names[0] if names and is_thing else ""
    return ""


def _find_pair(question: str) -> str:
    """Return the two names that a question joins, "Holm and Reck"; empty if it joins none."""
    names = [p for p in find_noun_phrases(question) if p.is_name and not _is_where(p, question)]
    for first, second in itertools.pairwise(names):
        end = first.start + len(first.text)
        if question[end : second.start] == " and ":
            return question[first.start : second.start + len(second.text)]
    return ""


def _is_where(phrase: NounPhrase, question: str) -> bool:
    return bool(_AT.search(question[: phrase.start]))


def _things_of(question: str, last: PastQuestion) -> list[str]:
    """Return what answered "what did the town buy?": "it" is then likelier that than the town."""
    sentence = _SENTENCE.match(last.answer)
    if sentence is None or not _ASKED_WHAT.match(last.resolved):
        return []
    own = content_stems(last.resolved) | content_stems(question)
    found = [phrase.text for phrase in find_noun_phrases(sentence[0]) if not phrase.stems <= own]
    return found[:MAX_ANSWER_NAMES]


def _new_names(turn: PastQuestion) -> list[str]:
    """Return the names in an answer that its question does not have."""
    own = content_stems(turn.resolved)
    names = find_names_in_answer(turn.answer)
    return [name for name in names if not content_stems(name) <= own]


def _put_in_place(
    question: str, references: Sequence[Reference], answered: str, chosen: Sequence[NounPhrase]
) -> tuple[str, str] | None:
    """Return a question with its first pronoun replaced, and by what; None if nothing agrees."""
    for reference in references:
        article, phrase = _find_agreeing(reference, answered, chosen)
        after = question[reference.end :]
        is_clitic = not reference.is_possessive and re.match(r"['’](?:s|re|ll|d|ve)\b", after)
        after_of = re.search(r"\bof\s+$", question[: reference.start], re.IGNORECASE)
        if not phrase or is_clitic or (after_of and not article):
            continue
        ending = ("’" if phrase.endswith("s") else "’s") if reference.is_possessive else ""
        return f"{question[: reference.start]}{article}{phrase}{ending}{after}", phrase
    return None


def _find_agreeing(
    reference: Reference, answered: str, chosen: Sequence[NounPhrase]
) -> tuple[str, str]:
    """Return the article and the phrase that can replace a pronoun, empty if none agrees."""
    match reference.antecedent:
        case Antecedent.MAN | Antecedent.WOMAN:
            return "", answered
        case Antecedent.THING:
            agreeing = [p for p in chosen if not p.is_person and not p.is_plural]
        case Antecedent.SEVERAL if " and " in answered:
            return "", answered
        case Antecedent.SEVERAL:
            agreeing = [p for p in chosen if p.is_plural]
        case _:
            agreeing = []
    # If it may be either of two, neither is put in place.
    if len(agreeing) == 1 and agreeing[0] is chosen[0] and not answered:
        return agreeing[0].article, agreeing[0].text
    return "", ""


def _append(question: str, topic: str) -> str:
    """Return a question without its opening "and", and the topic in brackets."""
    return f"{OPENING.sub('', question).strip()} ({topic})" if topic else question


def _topic(question: str, last: PastQuestion) -> str:
    """Return the content words of the last question, and what identifies them in its answer.

    The names in the answer show which event is meant, unless the question asks for other names. A
    question that names nothing, such as "what happened on Monday?", is identified by its answer.
    """
    carried = _CARRIED.search(last.resolved)
    words = content_words(last.resolved[: carried.start()] if carried else last.resolved)
    if carried:  # the names of earlier answers, behind a semicolon, are left behind
        words += content_words(carried[0].partition(";")[0])
    names: list[str] = []
    sentence = _SENTENCE.match(last.answer)
    if sentence and not _ELSE.search(question):
        names = _new_names(replace(last, answer=sentence[0]))[:MAX_ANSWER_NAMES]
        nouns = [word for word in words if not is_verb(word)]
        if all(word.casefold() in words_of("generic_nouns") for word in nouns):
            names = []
            words += content_words(sentence[0])[:MAX_ANSWER_WORDS]
    own = {word.casefold() for word in WORD.findall(question)}
    found = dict.fromkeys(w for w in words if w.casefold() not in own and len(w) <= MAX_WORD_CHARS)
    added = [
        name
        for name in names
        if not {word.casefold() for word in WORD.findall(name)} <= own | {*map(str.casefold, found)}
        and all(len(word) <= MAX_WORD_CHARS for word in name.split())
    ]
    return "; ".join(filter(None, [" ".join(list(found)[:MAX_TOPIC_WORDS]), ", ".join(added)]))


def _replace_like(name: str, previous: str) -> str:
    """Return the previous question with "and …?" in place of its counterpart, or an empty string.

    A nation replaces a nation and a person a person, if there is one; "the" with a plain noun
    replaces a whole phrase, and "in Quill" what follows "in". A bare noun does not replace a name.
    """
    asked = _CARRIED.sub("", previous)
    if place := _AT_A_PLACE.match(name):
        return _replace_after(place[1], name[place.end() :], asked, previous)
    is_plain = name.casefold().startswith("the ") and not find_names(name)
    is_nation = bool(find_nations(name, ignore_case=True))
    if _NOT_A_NAME.match(name) or not (is_plain or is_nation or name[:1].isupper()):
        return ""
    found = [
        match.span()
        for match in find_names(asked)
        if not _NO_SUBJECT.match(match[0]) and match[0].casefold() not in FULL_NAMES
    ]
    nations = [(m.start, m.end) for m in find_nations(asked, ignore_case=True)]
    spans = found or nations
    if is_nation and nations:
        first = nations[0]
        spans = [next((s for s in found if s[0] <= first[0] and first[1] <= s[1]), first)]
    elif is_person(name):
        spans = [span for span in found if is_person(asked[slice(*span)])] or spans
    elif is_plain:
        phrases = (phrase for phrase in find_noun_phrases(asked) if phrase.is_name)
        spans = [(phrase.start, phrase.start + len(phrase.text)) for phrase in phrases] or spans
    if not spans:
        return ""
    start, end = spans[0]
    if asked[:start].casefold().endswith("the "):
        name = re.sub(r"^the\s+", "", name, flags=re.IGNORECASE)
    return asked[:start] + name + asked[end:] + previous[len(asked) :]


def _replace_after(preposition: str, name: str, asked: str, previous: str) -> str:
    """Return the previous question with another name after a preposition, or an empty string."""
    before = re.compile(rf"\b{preposition}\s+(?:the\s+)?$", re.IGNORECASE)
    spans = [match.span() for match in find_names(asked)]
    for start, end in spans if name[:1].isupper() else ():
        if opening := before.search(asked[:start]):
            kept = asked[: opening.start() + len(preposition)]
            return f"{kept} {name}{asked[end:]}{previous[len(asked) :]}"
    return ""


def _clip(text: str) -> str:
    """Cut a turn, between words, to the length of the longest question allowed."""
    if len(text) <= MAX_QUESTION_CHARS:
        return text
    return re.sub(r"\S+$", "", text[:MAX_QUESTION_CHARS])
