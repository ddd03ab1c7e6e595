"""What each hand-made rule contributes: every rule switched off in turn, the others unchanged.

    python -m benchmarks.ablation DATA --library LIBRARY [--only RULE]... [--limit N]
        [--cache FOLDER] [--json]

DATA is a question set as ``onrecord eval`` takes it, LIBRARY a library with its articles
(``onrecord eval DATA --library LIBRARY`` makes one). If the questions of a set have "nuggets",
facts with the places that state them, their recall and the precision of the claims are measured
too. A set of follow-ups (each question has a ``rewrite``) is measured as in
``benchmarks.follow_ups``, without a library.

A rule is switched off by replacing its function with one that does nothing ("neutral"), in this
process only; the product has no such switches. Nothing is refitted, so a figure shows what the rule
contributes with the weights as they are. The first run, with every rule on, also calls each neutral
function and compares: a rule takes part in a question if the two differ, and only those questions
are asked again without it. The reader's findings are kept in the cache folder.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from snowballstemmer import stemmer

from benchmarks.fitting.fit_sets import RememberingReader
from benchmarks.follow_ups import measure_set, read_set
from benchmarks.report import format_table, make_parser, positive, print_report
from index.language.nations import find_nations
from index.language.speakers import find_asked_speaker, find_people_of, means_namesake
from index.language.words import split_words
from index.library import Library
from index.record.stories import find_story_key
from index.searching.search import fold_copies, fuse_scores, query_terms, spread_articles
from index.types import Filter, Hit
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
from rag.asking.references import (
    find_references,
    is_bare,
    is_self_contained,
    omission_probability,
)
from rag.asking.spelling import Spelled, correct_slips
from rag.asking.terms import (
    AnswerType,
    analyze_question,
    find_as_of,
    is_about_recent,
    stem_text,
    stem_word,
)
from rag.assistant import Assistant
from rag.evaluation.measures import (
    LOWER_IS_BETTER,
    Outcome,
    compare_outcomes,
    score_answer,
    summarize_outcomes,
)
from rag.evaluation.question_sets import read_queries
from rag.evidence import sentences
from rag.evidence.choice import order_hits
from rag.evidence.injections import MAX_CHECKED, withhold_injections
from rag.evidence.reader import Reader, load_reader
from rag.evidence.sentences import answer_features, compare_readings, rank_sentences
from rag.settings import Settings
from rag.types import Answer

SHOWN = (
    "article hit@1",
    "answer in passages@5",
    "evidence@1",
    "evidence@3",
    "answerable refused",
    "unanswerable refused",
    "refusal AUC",
    "citations of a gold article",
    "nugget recall",
    "vital recall",
    "precision",
)
STEMMING = (stem_word, find_nations)
COVERED = 0.5
IN_A_ROW = 0.3

_REPLACED_IN = ("index", "rag", "ui", "benchmarks.follow_ups")

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


def _weigh_alike(terms: Any) -> Any:  # noqa: ANN401
    return replace(terms, weights=dict.fromkeys(terms.weights, 1.0))


@contextmanager
def replaced(function: Callable[..., Any], other: Callable[..., Any]) -> Iterator[None]:
    """Put another function under every name that our modules have for one."""
    places = [
        (module, name)
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").split(".")[0] in _REPLACED_IN
        or getattr(module, "__name__", "") in _REPLACED_IN
        for name, value in list(vars(module).items())
        if value is function
    ]
    if not places:
        raise LookupError(f"no module has {function.__name__}")
    try:
        for module, name in places:
            setattr(module, name, other)
        yield
    finally:
        for module, name in places:
            setattr(module, name, function)


@contextmanager
def switched_off(rule: Rule) -> Iterator[None]:
    """Run whatever is inside without a rule."""
    if rule.function is None or rule.neutral is None:
        yield
        return
    with replaced(rule.function, rule.neutral):
        yield


@dataclass
class Watch:
    """Notes which questions a rule takes part in.

    Attributes:
        taking_part: Name of a rule -> positions of questions.
    """

    taking_part: dict[str, set[int]] = field(default_factory=dict)
    position: int = 0
    _busy: bool = False

    @contextmanager
    def over(self, rules: Sequence[Rule]) -> Iterator[None]:
        """Watch rules while questions are being asked."""
        by_function: dict[Callable[..., Any], list[Rule]] = {}
        for rule in rules:
            if rule.function is not None:
                by_function.setdefault(rule.function, []).append(rule)
        with ExitStack() as stack:
            for function, own in by_function.items():
                stack.enter_context(replaced(function, self._watched(function, own)))
            yield

    def _watched(self, function: Callable[..., Any], rules: Sequence[Rule]) -> Callable[..., Any]:
        def watched(*args: Any, **named: Any) -> Any:  # noqa: ANN401
            if self._busy:
                return function(*args, **named)
            if any(isinstance(value, Iterator) for value in args):
                args = tuple(list(v) if isinstance(v, Iterator) else v for v in args)
            found = function(*args, **named)
            self._busy = True
            try:
                for rule in rules:
                    known = self.taking_part.setdefault(rule.name, set())
                    if rule.neutral is None or self.position in known:
                        continue
                    if not _same(found, rule.neutral(*args, **named)):
                        known.add(self.position)
            finally:
                self._busy = False
            return found

        return watched


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


class RememberedSearch:
    """Searches that were made before, unless the rules of searching have changed."""

    def __init__(self) -> None:
        self._search = Library.search
        self._known: dict[tuple[str, str, int], tuple[Hit, ...]] = {}
        self.state = ""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Make every library remember."""
        remember = self

        def search(
            self: Library, query: str, k: int = 10, *, only: Filter | None = None
        ) -> tuple[Hit, ...]:
            if only:
                return remember._search(self, query, k, only=only)
            key = (remember.state, query, k)
            if key not in remember._known:
                remember._known[key] = remember._search(self, query, k)
            return remember._known[key]

        Library.search = search  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            del Library.search


@dataclass(frozen=True)
class Run:
    """The results of a set: the outcomes, and how the answers read."""

    outcomes: tuple[Outcome, ...]
    answers: tuple[object, ...]


def measure_rules(
    data: Path,
    library: Path,
    rules: Sequence[Rule],
    *,
    limit: int | None,
    cache: Path,
    note: Callable[[str, Mapping[str, Any]], None] = lambda *_: None,
) -> dict[str, Any]:
    """Return the figures with all rules on, and what changes without each.

    Args:
        data: The set.
        library: A library with its articles.
        rules: The rules to switch off, one at a time.
        limit: Most questions to ask, spread evenly over the whole set; None for all.
        cache: Where the reader's findings are kept.
        note: Called with each rule and its figures as soon as they are known.
    """
    rows = [json.loads(line) for line in (data / "queries.jsonl").read_text("utf-8").splitlines()]
    queries = list(read_queries(data / "queries.jsonl"))
    step = max(1, -(-len(queries) // limit)) if limit else 1
    asked = list(zip(queries, rows, strict=True))[::step]
    searches = RememberedSearch()
    readers: dict[str, Reader | None] = {}

    def load_remembering(name: str, *, device: str = "auto") -> Reader | None:
        if name not in readers:
            found = load_reader(name, device=device)
            readers[name] = found and RememberingReader(found, cache / "readings.jsonl")
        return readers[name]

    watch = Watch()
    with (
        Library.open(library) as opened,
        searches.installed(),
        replaced(load_reader, load_remembering),
    ):

        def ask(positions: Sequence[int], settings: Settings) -> list[tuple[Outcome, object]]:
            assistant = Assistant(opened, settings)
            found = []
            for watch.position in positions:
                query, row = asked[watch.position]
                answer = assistant.ask(query.question, query.history)
                outcome = score_answer(query, answer)
                shares = {**outcome.shares, **score_nuggets(row, answer)}
                found.append((replace(outcome, shares=shares), _shown(answer)))
            return found

        everything = range(len(asked))
        with watch.over(rules):
            baseline = ask(everything, Settings())
        before = [outcome for outcome, _ in baseline]
        remembered_stems = lru_cache(maxsize=200_000)(stem_text)
        report: dict[str, Any] = {
            "set": data.name,
            "questions": len(asked),
            "of": len(queries),
            "measures": {
                name: measure.to_dict()
                for name, measure in summarize_outcomes(before).items()
                if "seconds" not in name
            },
            "without": {},
        }
        note("everything", report["measures"])
        for rule in rules:
            started = time.perf_counter()
            positions = sorted(watch.taking_part.get(rule.name, ()))
            settings = Settings()
            if rule.function is None:
                positions, settings = list(everything), Settings(reader="none")
            searches.state = rule.name if rule.searches else ""
            # Stemming takes the most time.
            stems = stem_text if rule.function in STEMMING else remembered_stems
            with replaced(stem_text, stems), switched_off(rule):
                again = ask(positions, settings)
            searches.state = ""
            after = list(baseline)
            for position, found in zip(positions, again, strict=True):
                after[position] = found
            figures = {
                "takes part in": len(positions),
                "answers changed": sum(
                    one[1] != other[1] for one, other in zip(baseline, after, strict=True)
                ),
                "measures": _compare(before, [outcome for outcome, _ in after]),
                "seconds": round(time.perf_counter() - started, 1),
            }
            report["without"][rule.name] = figures
            note(rule.name, figures)
    return report


def _shown(answer: Answer) -> object:
    """Return what a reader sees of an answer."""
    return (
        answer.refused,
        answer.claims,
        answer.citations,
        answer.conflicts,
        answer.notice,
        answer.as_of,
    )


def _compare(before: Sequence[Outcome], after: Sequence[Outcome]) -> dict[str, Any]:
    """Return the measures that changed, with the questions that got better and worse."""
    changed: dict[str, Any] = {}
    if all(one == other for one, other in zip(before, after, strict=True)):
        return changed
    for name, difference in compare_outcomes(before, after).items():
        if "seconds" in name:
            continue
        better, worse = _count(name, before, after)
        if better or worse or difference.before != difference.after:
            changed[name] = difference.to_dict() | {"better": better, "worse": worse}
    return changed


def _count(name: str, before: Sequence[Outcome], after: Sequence[Outcome]) -> tuple[int, int]:
    changes = [
        other.shares[name] - one.shares[name]
        for one, other in zip(before, after, strict=True)
        if name in one.shares and name in other.shares
    ]
    up, down = sum(c > 1e-9 for c in changes), sum(c < -1e-9 for c in changes)
    return (down, up) if name in LOWER_IS_BETTER else (up, down)


def score_nuggets(row: Mapping[str, Any], answer: Answer) -> dict[str, float]:
    """Return the shares of a question's facts that are cited, and of claims that are relevant.

    A fact is found if a cited quote contains at least half of a place that states it.
    """
    nuggets = row.get("nuggets")
    if not nuggets or not row.get("answerable"):
        return {}
    quotes = {citation.number: _plain(citation.quote) for citation in answer.citations}
    shown = (
        []
        if answer.refused
        else [[quotes[n] for n in claim.citations if n in quotes] for claim in answer.claims]
    )
    places = [[_plain(place["quote"]) for place in nugget["places"]] for nugget in nuggets]
    found = [
        any(_covers(q, place) for quoted in shown for q in quoted for place in own)
        for own in places
    ]
    vital = [bool(nugget["vital"]) for nugget in nuggets]
    kept = vital if any(vital) else [True] * len(vital)
    shares = {
        "nugget recall": float(np.mean(found)),
        "vital recall": float(np.mean(np.array(found)[kept])),
    }
    if shown:
        on_point = [any(_covers(q, p) for q in qs for own in places for p in own) for qs in shown]
        shares["precision"] = float(np.mean(on_point))
    return shares


def _plain(text: str) -> str:
    return re.sub(r"[^\w%$€£]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _covers(quoted: str, place: str) -> bool:
    if not place or not quoted:
        return False
    if place in quoted:
        return True
    match = difflib.SequenceMatcher(None, quoted, place, autojunk=False)
    shared = sum(block.size for block in match.get_matching_blocks() if block.size > len("and"))
    longest = match.find_longest_match(0, len(quoted), 0, len(place)).size
    return shared >= COVERED * len(place) and longest >= IN_A_ROW * len(place)


def measure_follow_ups(data: Path, rules: Sequence[Rule], limit: int | None) -> dict[str, Any]:
    """Return the figures of a set of follow-ups with all rules and without each."""
    asked = read_set(data)
    step = max(1, -(-len(asked) // limit)) if limit else 1
    asked = asked[::step]
    everything = _without_times(measure_set(asked))
    report: dict[str, Any] = {"set": data.name, "questions": len(asked), "measures": everything}
    report["without"] = {}
    for rule in rules:
        with switched_off(rule):
            found = _without_times(measure_set(asked))
        report["without"][rule.name] = {
            name: value for name, value in found.items() if value != everything[name]
        }
    return report


def _without_times(measures: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in measures.items() if "milliseconds" not in name}


def describe(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a report; an asterisk marks what is beyond noise."""
    measures = report["measures"]
    if any(isinstance(value, dict) for value in measures.values()):
        shown = [name for name in SHOWN if name in measures]
        rows = [["without", "takes part", "answers changed", *shown]]
        rows.append(["nothing", "", "", *(f"{measures[name]['value']:.3f}" for name in shown)])
        for rule, figures in report["without"].items():
            changed = figures["measures"]
            rows.append(
                [
                    rule,
                    str(figures["takes part in"]),
                    str(figures["answers changed"]),
                    *(_describe_change(changed.get(name)) for name in shown),
                ]
            )
    else:
        shown = [name for name, value in measures.items() if isinstance(value, float)]
        rows = [["without", *shown], ["nothing", *(f"{measures[name]:.3f}" for name in shown)]]
        for rule, figures in report["without"].items():
            changes = ((name, figures.get(name)) for name in shown)
            rows.append(
                [rule, *("" if v is None else f"{v - measures[n]:+.3f}" for n, v in changes)]
            )
    yield f"{report['set']}: {report['questions']:,} questions"
    yield from format_table(rows)


def _describe_change(change: Mapping[str, Any] | None) -> str:
    if change is None:
        return ""
    mark = "*" if change["beyond_noise"] else ""
    return f"{change['difference']:+.3f}{mark} ({change['better']} better, {change['worse']} worse)"


def main() -> None:
    """Measure and print."""
    parser = make_parser(__doc__, takes_set=False)
    parser.add_argument("data", type=Path, metavar="DATA", help="folder with queries.jsonl")
    parser.add_argument("--library", type=Path, help="a library of the set's articles")
    parser.add_argument("--only", action="append", metavar="RULE", help="a rule to switch off")
    parser.add_argument("--limit", type=positive, help="most questions, evenly taken")
    parser.add_argument("--cache", type=Path, default=Path(".onrecord-ablation"), metavar="FOLDER")
    arguments = parser.parse_args()
    is_follow_ups = arguments.library is None
    rules: tuple[Rule, ...] = FOLLOW_UP_RULES if is_follow_ups else RULES
    unknown = set(arguments.only or ()).difference(rule.name for rule in rules)
    if unknown:
        known = ", ".join(rule.name for rule in rules)
        parser.error(f"no rule is called '{unknown.pop()}'; they are: {known}")
    rules = tuple(rule for rule in rules if not arguments.only or rule.name in arguments.only)
    if is_follow_ups:
        report = measure_follow_ups(arguments.data, rules, arguments.limit)
    else:
        report = measure_rules(
            arguments.data,
            arguments.library,
            rules,
            limit=arguments.limit,
            cache=arguments.cache,
            note=_print_progress,
        )
    print_report(report, list(describe(report)), as_json=arguments.json)


def _print_progress(name: str, figures: Mapping[str, Any]) -> None:
    print(f"{name}: {json.dumps(figures)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
