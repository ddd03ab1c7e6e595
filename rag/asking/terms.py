"""What a question asks for: weighted terms, the type of the answer, and as of when; pure."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from index.language.calendar_words import MONTH, WEEKDAY
from index.language.nations import find_nations
from index.language.speakers import AskedSpeaker, find_asked_speaker
from index.language.speech_verbs import ANY_STATEMENT
from index.language.words import (
    STOP_WORDS_BY_LANGUAGE,
    guess_language,
    split_words,
    stem_inflected,
    strip_marks,
    unspaced_characters,
)
from index.searching.search import query_terms
from index.types import Hit
from rag.asking.data_files import read_expressions, words_of
from rag.asking.events import AskedEvent, find_asked_denier, find_asked_event
from rag.types import Citation

if TYPE_CHECKING:
    from snowballstemmer.basestemmer import BaseStemmer

BACKGROUND_PASSAGES = 1000
PASSAGE_WORDS = 100
UNKNOWN_RANK = 50_000
MAX_STEMMED_CHARS = 40
LEAST_WEIGHT = 0.05
LEAST_WORDS = 5
"""Words of a line in plain letters from which its language is detected."""
LEAST_KNOWN = 2
"""Function words that show the language of a question that is written in Latin letters."""
UNSPACED_SEEN = 10.0
"""How many passages two neighbours of a Chinese or Japanese text are assumed to occur in."""

_WORD = re.compile(r"\w+", re.UNICODE)
_LATIN = frozenset({"en", "de", "fr", "es", "it", "pt"})
_LETTERS = re.compile(r"[^\W\d_]+")
_DATE = re.compile(
    rf"\b(?:1[5-9]\d\d|20\d\d|{MONTH}|{WEEKDAY}|yesterday|today|tomorrow|tonight"
    r"|(?:minute|hour|day|week|weekend|month|year|century|decade|morning|afternoon|evening|night"
    r"|spring|summer|autumn|winter|season)s?|centuries|noon|midnight|ago|until|soon|shortly|later"
    r"|\d{1,2}(?::\d\d|\s?[ap]\.?m\b))",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d[\d.,]*|\b(?:"
    + "|".join(sorted(words_of("number_words")))
    + r"|dozens|hundreds|thousands|millions|billions|half|third|quarter)\b",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?<![.!?…\"“”'‘]\s)(?<!^)(?<![“\"‘'])\b[A-Z][\w’'-]+")
_SAYING = re.compile(rf"[“\"‘]|\b(?:{ANY_STATEMENT})\b", re.IGNORECASE)
_CAUSE = re.compile(
    r"\b(?:because|due to|after|since|as a result|in order to|so that|caus\w+|reason\w*|owing"
    r"|amid|over|to (?:avoid|prevent|protect|ensure|help|allow|make sure|keep|get|give)|fear\w*"
    r"|citing|cited|blam\w+|thanks to|driven by|prompt\w*|led to|result\w*|concern\w*|so)\b",
    re.IGNORECASE,
)

FRESH_DAYS = 7
YEAR_DAYS = 365

_RECENT = (
    r"now|nowadays|current(?:ly)?|today|tonight|yesterday|latest|newest|so far|recent(?:ly)?"
    r"|these days|upcoming|last (?:night|week|weekend|month)"
    r"|this (?:morning|week|weekend|month|year|spring|summer|fall|autumn|winter|season)"
)
_ABOUT_RECENT = re.compile(rf"\b(?:{_RECENT})\b", re.IGNORECASE)
_ASKS_HOLDER = re.compile(
    read_expressions("rag.asking", "question_forms.toml")["must_have"]["holder"], re.IGNORECASE
)
_YEAR_NUMBER = re.compile(r"\b(?:19|20)\d\d\b")
_ABOUT_NOW = re.compile(
    rf"\b(?:{_RECENT}|at present|presently|as of|still|next|yet)\b"
    r"|^\s*(?:(?:who|what|which|where|how (?:many|much|long|high))\b[^?]{0,40}?\b(?:is|are|has"
    r"|have)\b"
    r"|(?:is|are|has|have|will)\b)",
    re.IGNORECASE,
)

# Each group is named after what replaces it.
_BRITISH = re.compile(
    r"(?P<z>(?<=[a-z]{3}i)s(?=(?:e[ds]?|ing|ations?|er|ers)$))"
    r"|(?P<or>(?<=[a-z]{2})our(?=(?:s|ed|ing|able|ite|ites|ful|er|ers)?$))"
    r"|(?P<s>(?<=[a-z]{3}[en])c(?=es?$))"
)


class AnswerType(StrEnum):
    """The kind of thing that would answer a question."""

    PERSON = "person"
    PLACE = "place"
    TIME = "time"
    NUMBER = "number"
    STATEMENT = "statement"
    CAUSE = "cause"
    ANYTHING = "anything"


_ANSWER_TYPES = {
    AnswerType(name): re.compile(text, re.IGNORECASE)
    for name, text in read_expressions("rag.asking", "question_forms.toml")["answer_types"].items()
}


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """A question as the choice of evidence sees it.

    Attributes:
        weights: Stem of each term -> how informative a match is, positive.
        names: Stems of the terms that are names or numbers.
        answer_type: The kind of thing that would answer it.
        speaker: Whose words are asked for; None if nobody's.
        speaker_stems: Stems of the terms that name the speaker.
        n_passages: Passages of the library that is asked.
        about_recent: Whether the newest articles are meant.
        event: What those did whom the question asks for; None if that is open.
        denier: Whose answer to an allegation is asked for; empty if nobody's.
    """

    weights: Mapping[str, float]
    names: frozenset[str]
    answer_type: AnswerType
    speaker: AskedSpeaker | None = None
    speaker_stems: frozenset[str] = frozenset()
    n_passages: int = 0
    about_recent: bool = False
    event: AskedEvent | None = None
    denier: str = ""

    def coverage(self, stems: AbstractSet[str], spoken: float | None = None) -> float:
        """Return the weighted share of the terms that occur, in [0, 1]; 1 without terms.

        Args:
            stems: Stems of a text.
            spoken: How surely the speaker asked about speaks in it, from -1 to 1; the terms that
                name the speaker then count by that, since being named is not speaking. None if it
                does not matter.
        """
        return self._share(self.weights.keys(), stems, spoken)

    def name_coverage(self, stems: AbstractSet[str], spoken: float | None = None) -> float:
        """Return the weighted share of the names that occur; see ``coverage``."""
        return self._share(self.names, stems, spoken)

    def _share(
        self, terms: AbstractSet[str], stems: AbstractSet[str], spoken: float | None
    ) -> float:
        total = sum(self.weights[term] for term in terms)
        if total == 0.0:
            return 1.0
        counted = terms if spoken is None else terms - self.speaker_stems
        found = sum(self.weights[term] for term in counted if term in stems)
        if spoken is not None:
            found += max(0.0, spoken) * sum(self.weights[t] for t in terms & self.speaker_stems)
        return found / total

    def has_answer_type(self, sentence: str) -> bool:
        """Return whether a sentence has something of the answer's type beyond the question."""
        match self.answer_type:
            case AnswerType.NUMBER:
                return any(
                    match_.group().casefold().rstrip(".,") not in self.weights
                    for match_ in _NUMBER.finditer(sentence)
                )
            case AnswerType.TIME:
                return bool(_DATE.search(sentence))
            case AnswerType.STATEMENT:
                return bool(_SAYING.search(sentence))
            case AnswerType.CAUSE:
                return bool(_CAUSE.search(sentence))
            case AnswerType.PERSON | AnswerType.PLACE:
                return any(
                    stem_word(name.group().casefold()) not in self.weights
                    for name in _CAPITAL.finditer(sentence)
                )
            case AnswerType.ANYTHING:
                return True


def analyze_question(
    question: str,
    *,
    document_frequencies: Mapping[str, int],
    n_passages: int,
    word_ranks: Mapping[str, int],
) -> QuestionTerms:
    """Return what a question asks for.

    The weight of a term is an inverse passage frequency. A small library shows little of how
    common a word is, so its counts are added to those of a thousand imaginary passages of
    ordinary English, in which a word's frequency follows from its rank (Zipf's law).

    Args:
        question: Standalone.
        document_frequencies: ``index.searching.search.query_terms`` term -> passages that hold it.
        n_passages: Passages in the library.
        word_ranks: English word -> frequency rank, 0 for the most frequent; may be empty.
    """
    asked = frozenset(query_terms(question))
    weights: dict[str, float] = {}
    names: set[str] = set()
    nations = find_nations(question, ignore_case=True)
    for match in _WORD.finditer(question):
        term = match.group().casefold()
        if term not in asked:
            continue
        seen, rank = document_frequencies.get(term, 0), word_ranks.get(term, UNKNOWN_RANK)
        weight = _weigh(seen, rank, n_passages)
        nation = next((m.nation for m in nations if m.start <= match.start() < m.end), None)
        stem = nation_stem(nation) if nation else stem_word(term)
        weights[stem] = max(weights.get(stem, 0.0), weight, LEAST_WEIGHT)
        if nation or match.group()[0].isdigit() or (match.start() and match.group()[0].isupper()):
            names.add(stem)
    for term in asked - {match.group().casefold() for match in _WORD.finditer(question)}:
        weights[term] = math.log((n_passages + BACKGROUND_PASSAGES + 1.0) / UNSPACED_SEEN)
    answer_type = next((kind for kind, cue in _ANSWER_TYPES.items() if cue.search(question)), None)
    speaker = find_asked_speaker(question)
    speaker_stems: frozenset[str] = frozenset()
    if speaker:
        if speaker.nation and nation_stem(speaker.nation) not in weights:
            # "The US" is written like a word that searches leave out.
            words = speaker.nation.casefold().split()
            rank = min(word_ranks.get(word, UNKNOWN_RANK) for word in words)
            weights[nation_stem(speaker.nation)] = _weigh(0, rank, n_passages)
            names.add(nation_stem(speaker.nation))
        stems = {stem_word(name) for name in speaker.names} | {nation_stem(speaker.nation)}
        speaker_stems = frozenset(stems & weights.keys())
        # "in response" asks for a kind of statement; a sentence with those words is not one.
        cues = words_of("statement_stems")
        kept = {stem: weight for stem, weight in weights.items() if stem not in cues}
        weights = kept or weights
    return QuestionTerms(
        weights,
        frozenset(names & weights.keys()),
        answer_type or AnswerType.ANYTHING,
        speaker,
        speaker_stems & weights.keys(),
        n_passages,
        is_about_recent(question),
        find_asked_event(question),
        find_asked_denier(question),
    )


def _weigh(seen: int, rank: int, n_passages: int) -> float:
    """Return the inverse passage frequency of a word that so many passages hold."""
    share = 1.0 - math.exp(-0.1 * PASSAGE_WORDS / (rank + 1))
    in_all = seen + BACKGROUND_PASSAGES * share
    return math.log((n_passages + BACKGROUND_PASSAGES + 1.0) / (in_all + 0.5))


def find_language(question: str) -> str:
    """Return the language of a question, as an ISO 639-1 code.

    It is that of ``guess_language``; where few function words bear that out, it is detected, and
    may be one whose function words are not known here.

    >>> find_language("Welche Brücke wurde gesperrt?"), find_language("Ποια γέφυρα έκλεισε;")
    ('de', 'el')
    """
    guessed = guess_language(question)
    words = _LETTERS.findall(question.casefold())
    n_known = sum(word in STOP_WORDS_BY_LANGUAGE[guessed] for word in words)
    if n_known >= LEAST_KNOWN or guessed not in _LATIN:
        return guessed
    if question.isascii() and len(words) < LEAST_WORDS:  # names and keywords
        return guessed
    from index.language.detection import detect_language_of_line

    return detect_language_of_line(question) or guessed


def find_as_of(question: str, citations: Sequence[Citation], today: date) -> date | None:
    """Return the day up to which an answer is known to hold, or None if it does not matter.

    It matters if the question is about how things stand and the cited articles are of different
    days; then it is the newest article's day. It does not if that day is unknown or within a week
    of asking.

    >>> from datetime import date
    >>> find_as_of("Who is the mayor?", [], date(2024, 10, 30)) is None
    True
    """
    days = [citation.published for citation in citations if citation.published]
    if not days or len(days) < len(citations):
        return None
    newest = max(days)
    if (today - newest).days <= FRESH_DAYS and len(set(days)) == 1:
        return None
    return newest if _ABOUT_NOW.search(question) or len(set(days)) > 1 else None


def is_about_recent(question: str) -> bool:
    """Return whether a question's own words ask for the newest, and name no year.

    >>> is_about_recent("Which bridge was closed this week?")
    True
    >>> is_about_recent("Who is the mayor of Quenby?")
    True
    >>> is_about_recent("Which bridge was closed?")
    False
    """
    is_of_now = _ABOUT_RECENT.search(question) or _ASKS_HOLDER.search(question)
    return is_of_now is not None and not _YEAR_NUMBER.search(question)


def find_ages(hits: Sequence[Hit]) -> dict[str, float]:
    """Return how far articles lag behind the newest of them, in [0, 1).

    The newest article found stands for "now": a folder of last year's news is asked about as if it
    were today's. An article ``years`` older has the age ``years / (1 + years)``, so that a day is
    almost nothing and ten years are not much more than five. An article without a date is given the
    median age of the others.

    Args:
        hits: In any order.

    Returns:
        Article id -> age; 0 for all if no date is known.
    """
    published = {hit.article.article_id: hit.article.published for hit in hits}
    days = [day for day in published.values() if day]
    if not days:
        return dict.fromkeys(published, 0.0)
    newest = max(days)
    usual = median((newest - day).days for day in days)
    behind = {name: (newest - day).days if day else usual for name, day in published.items()}
    return {name: days / (YEAR_DAYS + days) for name, days in behind.items()}


def stem_text(text: str) -> frozenset[str]:
    """Return the stems of a text's words, case-folded, and of the nations that it speaks of."""
    stems = {stem_word(word) for word in split_words(text.casefold())}
    stems.update(unspaced_characters(text))
    stems.update(nation_stem(mention.nation) for mention in find_nations(text))
    return frozenset(stems)


def nation_stem(nation: str) -> str:
    """Return the stem that all names of a nation share; no word of a text looks like it."""
    return f"@{nation}"


@lru_cache(maxsize=100_000)
def stem_word(word: str) -> str:
    """Return the stem of a case-folded word; numbers and very long words unchanged.

    Cyrillic and Arabic words get that of ``stem_inflected``, all others Porter's. British and
    American spellings share one stem: naturalise, defence, labour. Latin letters lose their marks.
    """
    if word.isdigit() or len(word) > MAX_STEMMED_CHARS:
        return word
    if not word.isascii() and (stem := stem_inflected(word)) != word:
        return stem
    word = strip_marks(word)
    american = _BRITISH.sub(lambda match: match.lastgroup or "", word)
    return str(_stemmer().stemWord(american))


def _stemmer() -> BaseStemmer:
    """Return this thread's own stemmer, which keeps the word that it works on in itself."""
    found: BaseStemmer | None = getattr(_of_this_thread, "stemmer", None)
    if found is None:
        from snowballstemmer import stemmer

        found = _of_this_thread.stemmer = stemmer("porter")
    return found


_of_this_thread = threading.local()
