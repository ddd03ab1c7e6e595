"""What each hand-made rule contributes: every rule switched off in turn, the others unchanged.

    python -m benchmarks.rules.ablation DATA --library LIBRARY [--only RULE]... [--limit N]
        [--cache FOLDER] [--json]

DATA is a question set as ``onrecord eval`` takes it, LIBRARY a library with its articles
(``onrecord eval DATA --library LIBRARY`` makes one). If the questions of a set have "nuggets",
facts with the places that state them, their recall and the precision of the claims are measured
too. A set of follow-ups (each question has a ``rewrite``) is measured as in
``benchmarks.answers.follow_ups``, without a library.

A rule is switched off by replacing its function with one that does nothing ("neutral"), in this
process only; the product has no such switches. Nothing is refitted, so a figure shows what the rule
contributes with the weights as they are. The first run, with every rule on, also calls each neutral
function and compares: a rule takes part in a question if the two differ, and only those questions
are asked again without it. The reader's findings are kept in the cache folder.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.answers.follow_ups import measure_set, read_set
from benchmarks.fitting.fit_sets import RememberingReader
from benchmarks.report import format_table, make_parser, positive, print_report
from benchmarks.rules.nuggets import score_nuggets
from benchmarks.rules.rules import FOLLOW_UP_RULES, RULES, Rule
from benchmarks.rules.switching import RememberedSearch, Watch, replaced, switched_off
from index.language.nations import find_nations
from index.library import Library
from rag.asking.terms import stem_text, stem_word
from rag.assistant import Assistant
from rag.evaluation.measures import (
    LOWER_IS_BETTER,
    Outcome,
    compare_outcomes,
    score_answer,
    summarize_outcomes,
)
from rag.evaluation.question_sets import read_queries
from rag.evidence.reader import Reader, load_reader
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
