"""Articles -> questions that they answer: examples for a newcomer, and what to ask next.

Candidates come from an article's speakers, quotations and names; each is tried out, and kept only
if the assistant answers it from the very article that it was drawn from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from index.errors import ArticleNotFoundError
from index.language.calendar_words import MONTH_NAMES, WEEKDAY_NAMES
from index.language.nations import MentionKind, find_nations
from index.language.speech_verbs import ANY_SUGGESTED
from index.types import Article, Sentence
from rag.asking.data_files import words_of
from rag.errors import QuestionError

if TYPE_CHECKING:
    from index.library import Library
    from rag.assistant import Assistant

MAX_ARTICLES = 24
MAX_TRIES = 24
MAX_TRIES_NEXT = 9
MAX_SENTENCES = 60
MAX_NAMES = 12
TOPIC_CHARS = 600
MAX_QUESTION_WORDS = 18

_WORD = r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ'’]+"
_NAME_WORD = rf"{_WORD}(?:-{_WORD})?"
_PERSON = (
    rf"(?:(?:Mr|Mrs|Ms|Dr)\.? )?{_NAME_WORD}"
    rf"(?: (?:{_NAME_WORD}|(?:van|von|de|al|bin|der) {_NAME_WORD})){{1,2}}"
)
_SPEAKER = re.compile(
    rf"(?<![\w’'-])(?P<before>{_PERSON})(?:, [^,.;“”\"]{{3,60}},)? (?:{ANY_SUGGESTED})\b"
    rf"|\b(?:said|added) (?P<after>{_PERSON})(?=[,.;]| on | in )"
)
_NAMES = re.compile(rf"(?<![\w’'-]){_NAME_WORD}(?: {_NAME_WORD}){{1,2}}(?![\w’'-])")
_QUOTE = re.compile(r"“([^“”\n]{12,70})”|\"([^\"\n]{12,70})\"")
_CALENDAR = frozenset((*MONTH_NAMES, *WEEKDAY_NAMES))
_NO_PERSON = words_of("capitalised_in_no_person") | _CALENDAR
_NO_NAME = words_of("capitalised_in_no_name") | _CALENDAR
_GENITIVES = ("'s", "’s", "'", "’")
_MIN_QUOTE_WORDS = 3
_MAX_QUOTE_WORDS = 9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that an article may answer.

    Attributes:
        question: The question.
        article_id: The article that it was drawn from.
    """

    question: str
    article_id: str


def propose_questions(
    article: Article, sentences: Iterable[Sentence]
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...], tuple[Candidate, ...]]:
    """Return questions that an article may answer: what somebody said, who said it, about a name.

    Args:
        article: The article.
        sentences: The sentences to draw from, in order; headings are skipped.

    Returns:
        Three kinds of questions, each in the order of the article. None of them has been tried.
    """
    said: list[Candidate] = []
    quoted: list[Candidate] = []
    names = _Names(article)
    for sentence in islice((s for s in sentences if not s.is_heading), MAX_SENTENCES):
        text = " ".join(sentence.text.split())
        speaker = _SPEAKER.search(text)
        person = (speaker["before"] or speaker["after"]) if speaker else ""
        if not person or _NO_PERSON & set(re.split(r"[ -]", person)):
            continue
        topic = names.find_topic(text, person)
        about = f" about {topic}" if topic else ""
        said.append(Candidate(f"What did {person} say{about}?", article.article_id))
        for match in _QUOTE.finditer(text):
            words = (match[1] or match[2]).strip(" ,.").split()
            if _MIN_QUOTE_WORDS <= len(words) <= _MAX_QUOTE_WORDS:
                question = f"Who said “{' '.join(words)}”?"
                quoted.append(Candidate(question, article.article_id))
    named = (
        Candidate(f"What do the articles say about {name}?", article.article_id)
        for name in names.by_frequency
    )
    return _unique(said), _unique(quoted), _unique(named)


class _Names:
    """The names in an article, and what its speakers are likely to speak about."""

    def __init__(self, article: Article) -> None:
        self._text = " ".join(article.text.split())
        own = {mention for mention in (article.outlet,) if mention}
        counts = Counter(match[0] for match in _NAMES.finditer(self._text))
        self.by_frequency = tuple(
            self._with_article(name)
            for name, _ in counts.most_common(MAX_NAMES)
            if not (_NO_NAME & set(name.split()) or own & {name} or name.endswith(_GENITIVES))
            and not _is_people(name)
        )

    def find_topic(self, sentence: str, person: str) -> str:
        """Return the article's commonest name in a sentence, or a nation; empty if none."""
        rest = sentence.replace(person, " ")
        family = person.rsplit(maxsplit=1)[-1]
        bare = [(name, name.removeprefix("the ")) for name in self.by_frequency]
        others = [(name, short) for name, short in bare if family not in short]
        here = [name for name, short in others if short in rest]
        nations = [
            rest[mention.start : mention.end]
            for mention in find_nations(rest)
            if mention.kind is MentionKind.NAME
        ]
        about = [name for name, short in others if short in self._text[:TOPIC_CHARS]]
        return next(iter([*here, *nations, *about]), "")

    def _with_article(self, name: str) -> str:
        return (
            f"the {name}" if self._text.count(f"he {name}") * 2 > self._text.count(name) else name
        )


def _is_people(name: str) -> bool:
    """Return whether a name is an adjective or a people: "South Korean"."""
    return any(
        mention.kind is MentionKind.DEMONYM and mention.end == len(name)
        for mention in find_nations(name)
    )


def suggest_from_library(
    assistant: Assistant,
    *,
    limit: int,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[str, ...]:
    """Return questions that a library answers, from articles spread over all of it.

    Args:
        assistant: Tries them out; without a chat model it is quick.
        limit: Questions wanted, at least 1; there may be fewer.
        stop: Called between tries; true to return what has been found so far.
    """
    library = assistant.library
    ids = [summary.article_id for summary in library.articles()]
    step = max(1, len(ids) // MAX_ARTICLES)
    proposals = map(partial(_propose_from, library), ids[::step][:MAX_ARTICLES])
    return _choose(assistant, _mix(proposals), limit=limit, tries=MAX_TRIES, stop=stop)


def suggest_next(
    assistant: Assistant,
    article_ids: Iterable[str],
    *,
    limit: int,
    asked: Collection[str] = (),
    shown: Collection[tuple[str, int]] = (),
    stop: Callable[[], bool] = lambda: False,
) -> tuple[str, ...]:
    """Return questions to go on with, which some articles answer with something new.

    Args:
        assistant: Tries them out; without a chat model it is quick.
        article_ids: The articles to draw from, the nearest first; removed ones are passed over.
        limit: Questions wanted, at least 1; there may be fewer.
        asked: Questions that are not to be suggested.
        shown: Article and start of the places that the reader has seen; an answer that begins
            with one of these is nothing new.
        stop: Called between tries; true to return what has been found so far.
    """
    proposals = _mix(map(partial(_propose_from, assistant.library), article_ids))
    fresh = (candidate for candidate in proposals if candidate.question not in asked)
    return _choose(
        assistant, fresh, limit=limit, tries=MAX_TRIES_NEXT, stop=stop, shown=frozenset(shown)
    )


def _propose_from(library: Library, article_id: str) -> tuple[tuple[Candidate, ...], ...]:
    try:
        return propose_questions(library.get(article_id), library.sentences(article_id))
    except ArticleNotFoundError:
        return (), (), ()


def _mix(proposals: Iterable[tuple[tuple[Candidate, ...], ...]]) -> Iterator[Candidate]:
    """Yield each article's first candidate, then each one's second; bare names come last."""
    articles = list(proposals)
    spoken = []
    for place, (said, quoted, _) in enumerate(articles):
        first, second = (quoted, said) if place % 3 == 1 else (said, quoted)
        spoken.append([c for row in zip_longest(first, second) for c in row if c is not None])
    for row in zip_longest(*spoken):
        yield from (candidate for candidate in row if candidate is not None)
    for row in zip_longest(*(named for _, _, named in articles)):
        yield from (candidate for candidate in row if candidate is not None)


def _choose(
    assistant: Assistant,
    candidates: Iterable[Candidate],
    *,
    limit: int,
    tries: int,
    stop: Callable[[], bool],
    shown: frozenset[tuple[str, int]] = frozenset(),
) -> tuple[str, ...]:
    chosen: dict[str, str] = {}
    articles: list[str] = []
    for candidate in islice(candidates, tries):
        if len(chosen) == limit or stop():
            break
        if articles.count(candidate.article_id) > 1 or candidate.question in chosen:
            continue
        if len(candidate.question.split()) <= MAX_QUESTION_WORDS and _is_answered(
            assistant, candidate, shown
        ):
            chosen[candidate.question] = candidate.article_id
            articles.append(candidate.article_id)
    return tuple(chosen)


def _is_answered(
    assistant: Assistant, candidate: Candidate, shown: frozenset[tuple[str, int]]
) -> bool:
    """Return whether a question is answered from its own article or a copy, with a new place."""
    try:
        answer = assistant.ask(candidate.question)
    except QuestionError:
        return False
    first = answer.citations[:1]
    if answer.refused or any((place.article_id, place.start) in shown for place in first):
        return False
    return any(
        candidate.article_id in {citation.article_id, *(c.article_id for c in citation.copies)}
        for citation in answer.citations
    )


def _unique(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(dict.fromkeys(candidates))
