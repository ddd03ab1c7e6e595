"""The rules that can be switched off, each with the function that does nothing in its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from snowballstemmer import stemmer

from index.language.nations import find_nations
from index.language.speakers import find_asked_speaker, find_people_of, means_namesake
from index.language.words import split_words
from index.record.stories import find_story_key
from index.searching.search import fold_copies, fuse_scores, query_terms, spread_articles
from rag.answering import quote
from rag.answering.conflicts import add_conflicts
from rag.answering.corrections import add_corrections
from rag.answering.quote import needs_context, quote_evidence
from rag.asking.follow_ups import phrase_features, rank_phrases
from rag.asking.intents import find_overview_request
from rag.asking.noun_phrases import (
    content_stems,
    find_lone_phrase,
    find_names_in_answer,
    is_person,
    is_relational,
    is_verb,
)
from rag.asking.references import find_references, is_bare, is_self_contained, omission_probability
from rag.asking.spelling import Spelled, correct_slips
from rag.asking.terms import AnswerType, analyze_question, find_as_of, is_about_recent, stem_word
from rag.evidence import sentences
from rag.evidence.choice import order_hits
from rag.evidence.injections import MAX_CHECKED, withhold_injections
from rag.evidence.sentences import answer_features, compare_readings, rank_sentences

Neutral = Callable[..., Any]


@dataclass(frozen=True)
class Rule:
    """A rule that can be switched off.

    Attributes:
        name: Its name here.
        function: The function that applies it, in ``index`` or ``rag``.
        neutral: Its replacement, called with the same arguments. None for the reader itself.
        searches: Whether a search finds other passages without it.
    """

    name: str
    function: Callable[..., Any] | None
    neutral: Neutral | None
    searches: bool = False


@contextmanager
def constants(module: Any, **values: object) -> Iterator[None]:  # noqa: ANN401 - a module
    """Give constants of a module other values for a while."""
    before = {name: getattr(module, name) for name in values}
    try:
        for name, value in values.items():
            setattr(module, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def _quote_without_neighbours(*args: Any, **named: Any) -> Any:  # noqa: ANN401
    with constants(quote, NEIGHBOUR_MARGIN=-1.0):
        return quote_evidence(*args, **named)


def _choose_with_repeats(*args: Any, **named: Any) -> Any:  # noqa: ANN401
    with constants(sentences, REPEAT_OVERLAP=2.0, SENTENCE_OVERLAP=2.0):
        return rank_sentences(*args, **named)


def _query_all_words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(split_words(unicodedata.normalize("NFC", text).casefold())))


def _rank_as_said(question: str, pointers: Any, told: Any) -> Any:  # noqa: ANN401
    own = content_stems(question)
    found = phrase_features(question, pointers, told)
    return [(0.5, phrase) for phrase, _ in found if not phrase.stems <= own]


_porter = stemmer("porter")


def _weigh_alike(terms: Any) -> Any:  # noqa: ANN401
    return replace(terms, weights=dict.fromkeys(terms.weights, 1.0))


RULES = (
    Rule("rivals", add_conflicts, lambda *args: add_conflicts(*args[:3])),
    Rule("conflicts and rivals", add_conflicts, lambda c, s, *_: (tuple(c), tuple(s), ())),
    Rule("corrections", add_corrections, lambda c, s, *_: (tuple(c), tuple(s))),
    Rule(
        "orders to machines", withhold_injections, lambda evidence, _: tuple(evidence[:MAX_CHECKED])
    ),
    Rule("recent questions", is_about_recent, lambda question: False),
    Rule("day of an answer", find_as_of, lambda *_: None),
    Rule("order of passages", order_hits, lambda hits, read, terms: tuple(hits)),
    Rule("neighbours joined", quote_evidence, _quote_without_neighbours),
    Rule("sentence before", needs_context, lambda sentence: False),
    Rule("spelling", correct_slips, lambda question, *_: Spelled(question)),
    Rule("speaker asked for", find_asked_speaker, lambda question: None),
    Rule("people of a nation", find_people_of, lambda *_: frozenset()),
    Rule("namesakes", means_namesake, lambda *_: False),
    Rule("nations", find_nations, lambda text, **_: ()),
    Rule(
        "kind of answer wanted",
        analyze_question,
        lambda *args, **named: replace(
            analyze_question(*args, **named), answer_type=AnswerType.ANYTHING
        ),
    ),
    Rule(
        "weights of terms",
        analyze_question,
        lambda *args, **named: _weigh_alike(analyze_question(*args, **named)),
    ),
    Rule("spellings and inflection", stem_word, lambda word: str(_porter.stemWord(word))),
    Rule("stop words", query_terms, _query_all_words, searches=True),
    Rule(
        "copies of passages",
        fold_copies,
        lambda texts, owners, k: tuple((i, ()) for i in range(min(k, len(owners)))),
        searches=True,
    ),
    Rule("articles spread", spread_articles, lambda scores, _: scores, searches=True),
    Rule("stories", find_story_key, lambda *_: None, searches=True),
    Rule(
        "best sentence",
        fuse_scores,
        lambda dense, bm25, best: fuse_scores(dense, bm25, np.zeros(len(best))),
        searches=True,
    ),
    Rule("repeats folded", rank_sentences, _choose_with_repeats),
    Rule("overviews", find_overview_request, lambda question: None),
    Rule(
        "agreement of answers",
        compare_readings,
        lambda *args, **named: {
            place: replace(found, agreement=found.span)
            for place, found in compare_readings(*args, **named).items()
        },
    ),
    Rule("marked words", answer_features, lambda answer, terms: [0.0, 0.0]),
    Rule("reader", None, None),
)

FOLLOW_UP_RULES = (
    Rule("pointing words", find_references, lambda question: []),
    Rule("leaning by model", omission_probability, lambda *_, **__: 0.0),
    Rule("anchored questions", is_self_contained, lambda *_: False),
    Rule("bare questions", is_bare, lambda question: False),
    Rule("what about", find_lone_phrase, lambda question: ""),
    Rule("names of the answer", find_names_in_answer, lambda answer: []),
    Rule("phrases by model", rank_phrases, _rank_as_said),
    Rule("persons", is_person, lambda name: False),
    Rule("verbs", is_verb, lambda word: False),
    Rule("relational nouns", is_relational, lambda word: False),
    Rule("nations", find_nations, lambda text, **_: ()),
)
