"""What is plain to see: a sentence that says just what is asked, or lacks what it must have; pure.

The weights of ``rag.evidence.weighing`` were fitted on questions for one fact. Where grammar
settles it, they are overruled: to "who resigned?" everybody who did is an answer, however it is
put; to "what did the port authority say?" whatever it said; and a price is an amount of money.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.language.nations import find_nations
from rag.asking.data_files import read_expressions, words_of
from rag.asking.events import find_any_form, is_denied_in
from rag.asking.noun_phrases import is_person
from rag.asking.terms import AnswerType, QuestionTerms, stem_text, stem_word
from rag.evidence.lists import is_list
from rag.evidence.sentences import FEATURES
from rag.types import Evidence
from rag.verification.names import find_names

PLAIN = 0.6
"""Least likelihood of a sentence that says just what is asked."""

LACKING = 0.2
"""What the likelihood of a sentence without the kind of answer is multiplied by."""

UNMENTIONED = 0.65
"""What the probability of an answer is multiplied by if no sentence has the event asked about.

Of 33 such questions of RealTimeQA that were answered, the 21 that the articles answer all had at
least .5, the 12 others all less (2026-11-30)."""

MOST_SEARCHED = 10
"""How many of the likeliest sentences are searched for the event."""

TOPIC_SHARE = 0.85
"""Weighted share of what is asked about, besides event and speaker, that has to be there."""

OFFICE_WORDS = 5
"""How many words before an office may tell whose, or which rank, it is."""

NAMED_CHARS = 600
"""How far back the name of a speaker may stand."""

_FORMS = read_expressions("rag.asking", "question_forms.toml")["must_have"]
_KINDS = [
    (re.compile(kind["asked"], re.IGNORECASE), re.compile(kind["has"], re.IGNORECASE))
    for kind in _FORMS["kinds"]
]
_OFFICES = [re.compile(text, re.IGNORECASE) for text in _FORMS["offices"]]
_RANK = re.compile(rf"\b(?:{_FORMS['ranks']})\b", re.IGNORECASE)
_NAME = re.compile(_FORMS["name"], re.IGNORECASE)
_WHOSE = re.compile(r"\s(?:of|for)\s[^.,;:?]*")
_ASKS_KIN = re.compile(_FORMS["asks_kin"], re.IGNORECASE)
_IS_KIN = re.compile(_FORMS["is_kin"], re.IGNORECASE)
_COUNTS_NATIONALS = re.compile(_FORMS["counts_nationals"])
_FIGURE = re.compile(r"\d[\d,.]*\d|\d")
_ANSWER = re.compile(r"\b(?:respon[ds]\w*|repl(?:y|ied)|react\w*|answer\w*)\b", re.IGNORECASE)
_ANSWER_TO = re.compile(
    r"\b(?:respon(?:se|d(?:ed|ing|s)?)|repl(?:y|ied|ies)|react(?:ion|ed|ing|s)?|answer(?:ed|ing|s)?)"
    r"\s+to\s+(?P<whom>[^.,;:“”]{0,120})",
    re.IGNORECASE,
)
_ACTED = re.compile(
    r"\b(?i:did|does|has|had|was|is|will)\s+(?P<who>(?:[A-Z][\w’'-]+\s+)+)(?P<verb>[a-z]{3,})\b"
)
_ENDS_WITH_NAME = re.compile(r"(?:^|\W)(?!(?:He|She|It|They|This|That|Who)\b)[A-Z][\w’'-]+$")
_PEOPLE = re.compile(r"\b(?:who|whom|everybody|everyone|people|persons)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SPOKEN = FEATURES.index("speaker")
_HEADING = FEATURES.index("heading")


def judge_plainly(
    question: str, terms: QuestionTerms, evidence: Sequence[Evidence], *, whole_lists: bool = False
) -> tuple[tuple[Evidence, ...], float]:
    """Return the evidence with the likelihoods that grammar settles, the likeliest first.

    Args:
        question: Standalone.
        terms: What it asks for.
        evidence: The likeliest first; those without a likelihood get one only if they plainly
            answer.
        whole_lists: Whether several things are asked for, so that a list of them is an answer.

    Returns:
        The evidence, and what the probability of an answer is to be multiplied by: less than 1 if
        even the likeliest lacks what an answer must have, or if none has the event asked about.
    """
    says = _find_plain(question, terms, whole_lists=whole_lists)
    lacks = _find_lacking(question, terms, evidence)
    judged: list[Evidence] = []
    lacking: set[int] = set()
    for item in evidence:
        likelihood = item.likelihood
        if says and says(item):
            likelihood = max(PLAIN, likelihood or 0.0)
        elif likelihood is not None and any(lack(item) for lack in lacks):
            likelihood *= LACKING
            lacking.add(len(judged))
        judged.append(replace(item, likelihood=likelihood))
    order = sorted(range(len(judged)), key=lambda place: _unlikelihood(judged[place]))
    share = LACKING if order and order[0] in lacking else 1.0
    if order and not _mentions_event([judged[i] for i in order[:MOST_SEARCHED]], terms):
        share *= UNMENTIONED
    return tuple(judged[i] for i in order), share


def _mentions_event(evidence: Sequence[Evidence], terms: QuestionTerms) -> bool:
    """Whether a sentence has the event that is asked about, if one is."""
    event = terms.event
    return event is None or any(event.happened.search(item.text) for item in evidence)


def _unlikelihood(item: Evidence) -> float:
    return 1.0 if item.likelihood is None else -item.likelihood


def _find_plain(
    question: str, terms: QuestionTerms, *, whole_lists: bool
) -> Callable[[Evidence], bool] | None:
    """Return what tells whether a sentence plainly answers; None if nothing can."""
    if whole_lists:
        others = _find_plain(question, terms, whole_lists=False)
        return lambda item: (
            (is_list(item.text) and _lists_of(item, terms) and _is_about(item, terms, frozenset()))
            or bool(others and others(item))
        )
    is_known = terms.event is not None and terms.event.excluded is not None
    if is_known and _PEOPLE.search(question):
        return lambda item: _tells_of_participant(item, question, terms)
    if terms.answer_type is AnswerType.STATEMENT and terms.speaker is not None:
        is_answer = _ANSWER.search(question) is not None
        return lambda item: (
            _states(item, terms) and not (is_answer and _answers_the_speaker(item, terms))
        )
    return None


def _answers_the_speaker(item: Evidence, terms: QuestionTerms) -> bool:
    """Whether a sentence tells how others answered the asked speaker: "in reply to Reck"."""
    return any(
        not terms.speaker_stems.isdisjoint(stem_text(match["whom"]))
        for match in _ANSWER_TO.finditer(item.text)
    )


def _tells_of_participant(item: Evidence, question: str, terms: QuestionTerms) -> bool:
    """Whether a sentence names somebody to whom the event happened that is asked about."""
    event = terms.event
    if event is None or is_denied_in(event, item.text) is not event.is_denied:
        return False
    said = [m.group() for text in (question, item.text) for m in event.happened.finditer(text)]
    is_new = any(
        stem_word(word.casefold()) not in terms.weights
        for name in find_names(item.text)
        for word in name.words
    )
    return is_new and _is_about(item, terms, stem_text(" ".join(said)))


def _states(item: Evidence, terms: QuestionTerms) -> bool:
    """Whether a sentence reports words of the asked speaker on what is asked about."""
    said = item.features[_SPOKEN] >= 1.0 and not item.features[_HEADING]
    return said and _is_about(item, terms, terms.speaker_stems)


def _lists_of(item: Evidence, terms: QuestionTerms) -> bool:
    """Whether a list is the asked speaker's, if one is asked for: "The tenants demand: …"."""
    opening = item.text.splitlines()[0]
    is_opened = opening.rstrip().endswith(":") and terms.speaker_stems <= stem_text(opening)
    return terms.speaker is None or is_opened or item.features[_SPOKEN] >= 1.0


def _is_about(item: Evidence, terms: QuestionTerms, besides: frozenset[str]) -> bool:
    """Whether a sentence, with its title and the one before, has what else is asked about."""
    topic = {s: w for s, w in terms.weights.items() if s not in besides and s not in _GENERAL}
    total = sum(topic.values())
    stems = stem_text(_with_context(item))
    found = sum(weight for stem, weight in topic.items() if stem in stems)
    has_names = all(stem in stems for stem in topic if stem in terms.names)
    return has_names and found >= TOPIC_SHARE * total


def _find_lacking(
    question: str, terms: QuestionTerms, evidence: Sequence[Evidence]
) -> list[Callable[[Evidence], bool]]:
    """Return what tells that a sentence lacks what an answer must have."""
    lacks = _find_kinds(question, terms)
    if not all(item.features[_HEADING] for item in evidence):
        lacks.append(lambda item: bool(item.features[_HEADING]))  # it announces what others say
    office = next((match for form in _OFFICES if (match := form.search(question))), None)
    if office is not None:
        needed = stem_text(_without_nations(office["office"])) - _ANY_OFFICE
        lacks.append(lambda item: not needed <= stem_text(_with_context(item)))
        lacks.append(lambda item: _names_other_office(item.text, office))
    counted = _COUNTS_NATIONALS.search(question)
    nations = {m.nation for m in find_nations(counted["whose"])} if counted else set()
    if nations:
        lacks.append(lambda item: _counts_others(item.text, nations))
    acted = _ACTED.search(question)
    if acted is not None and is_person(acted["who"]) and not find_nations(acted["who"]):
        lacks.append(lambda item: _is_done_by_another(item.text, acted["who"], acted["verb"]))
    if _NAME.search(question):
        lacks.append(lambda item: not _names_somebody_new(item, terms))
    asks_for_words = terms.answer_type is AnswerType.STATEMENT and terms.speaker is not None
    if asks_for_words and _ANSWER.search(question):
        lacks.append(lambda item: _answers_the_speaker(item, terms))
    if asks_for_words and any(item.features[_SPOKEN] >= 1.0 for item in evidence):
        lacks.append(lambda item: item.features[_SPOKEN] < 0.0)
    names = frozenset(
        n for n in (terms.speaker.names if terms.speaker else ()) if not _IS_KIN.fullmatch(n)
    )
    if names and _is_one_person(names, question):
        of_kin = _ASKS_KIN.search(question) is not None
        # A name that is nowhere may be spelled otherwise.
        if any(_is_named_before(names, item) for item in evidence):
            lacks.append(lambda item: not _is_named_before(names, item, of_kin=of_kin))
    return lacks


def _find_kinds(question: str, terms: QuestionTerms) -> list[Callable[[Evidence], bool]]:
    """Return what tells that a sentence has nothing of the kind that is asked for."""
    lacks: list[Callable[[Evidence], bool]] = [
        lambda item, has=has: has.search(item.text) is None  # type: ignore[misc]
        for asked, has in _KINDS
        if asked.search(question)
    ]
    if terms.answer_type is AnswerType.TIME:
        lacks.append(lambda item: not terms.has_answer_type(item.text))
    return lacks


def _counts_others(sentence: str, nations: set[str]) -> bool:
    """Whether every number of a sentence counts people of another nation."""
    mentions = find_nations(sentence)
    numbers = list(_FIGURE.finditer(sentence))
    return bool(numbers) and all(
        any(
            mention.nation not in nations
            and len(sentence[number.end() : mention.start].split()) <= 1
            for mention in mentions
            if mention.start >= number.end()
        )
        for number in numbers
    )


def _is_done_by_another(sentence: str, who: str, verb: str) -> bool:
    """Whether only somebody else by name does in a sentence what a person is asked about."""
    asked = {word.casefold() for word in _WORD.findall(who)}
    if not asked.isdisjoint(word.casefold() for word in _WORD.findall(sentence)):
        return False
    doers = [sentence[: match.start()].rstrip() for match in find_any_form(verb).finditer(sentence)]
    return bool(doers) and all(_ENDS_WITH_NAME.search(before) for before in doers)


def _without_nations(text: str) -> str:
    for mention in reversed(find_nations(text)):
        text = text[: mention.start] + text[mention.end :]
    return text


def _names_other_office(sentence: str, asked: re.Match[str]) -> bool:
    """Whether an office is named only as another nation's, or as another rank: "vice president"."""
    office = asked["office"]
    head = office.rsplit(maxsplit=1)[-1]
    whose = _WHOSE.match(asked.string, asked.end("office"))
    named_by = f"{office} {whose.group() if whose else ''}"
    nations = {mention.nation for mention in find_nations(named_by, ignore_case=True)}
    ranks = set(_RANK.findall(office.casefold()))
    mentions = re.finditer(
        rf"(?P<before>(?:[\w.’'-]+\s){{0,{OFFICE_WORDS}}})\b{re.escape(head)}\b"
        rf"(?P<behind>{_WHOSE.pattern})?",
        sentence,
        re.IGNORECASE,
    )
    others: list[bool] = []
    for match in mentions:
        named = {m.nation for m in find_nations(match["before"] + (match["behind"] or ""))}
        is_foreign = bool(nations) and bool(named) and nations.isdisjoint(named)
        others.append(is_foreign or set(_RANK.findall(match["before"].casefold())) != ranks)
    return bool(others) and all(others)


def _is_one_person(names: frozenset[str], question: str) -> bool:
    """Whether a speaker is a person with a name, or kin of one; a party has many spokesmen."""
    written = re.findall(rf"\b(?:{'|'.join(map(re.escape, names))})\b", question, re.IGNORECASE)
    return bool(written) and all(w[0].isupper() and not w.endswith("s") for w in written)


def _is_named_before(names: frozenset[str], item: Evidence, *, of_kin: bool = False) -> bool:
    """Whether a speaker is named in the text up to the end of a sentence, and kin if asked for."""
    text = item.hit.article.text[max(0, item.start - NAMED_CHARS) : item.end]
    words = {word.casefold().removesuffix("'s").removesuffix("’s") for word in _WORD.findall(text)}
    return not words.isdisjoint(names) and (not of_kin or _IS_KIN.search(text) is not None)


def _names_somebody_new(item: Evidence, terms: QuestionTerms) -> bool:
    return any(
        len(name.words) > 1
        and not any(stem_word(word.casefold()) in terms.weights for word in name.words)
        for name in find_names(item.text)
    )


def _with_context(item: Evidence) -> str:
    sentences = item.hit.passage.sentences
    place = next((i for i, s in enumerate(sentences) if s.start == item.start), 0)
    before = sentences[place - 1].text if place else ""
    return f"{item.hit.article.title} {before} {item.text}"


_ANY_OFFICE = frozenset(map(stem_word, words_of("general_offices")))
_GENERAL = frozenset(map(stem_word, words_of("general_participants")))
"""Stems of words for whoever took part, as in "how many people" and "list everybody"."""
