"""Makes the training groups: what retrieval actually returns for each question, labelled.

    python -m training.prepare DATA --news training/news --cache FOLDER --out FOLDER

DATA contains ``squad2_part`` and ``clapnq`` in the form of ``rag.evaluation.question_sets``.
Paragraphs of ``squad2_part`` that XQuAD has are left out altogether, and the questions about the
articles named in ``HELD_OUT`` go into a separate file. Everything is seeded.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from index.encoding.encoders import load_embedder
from index.library import Library
from index.types import Article, Passage
from rag.evaluation.measures import normalize_text
from rag.evidence.reader import make_input
from training.cloze import make_cloze
from training.examples import Group, PassageExample, write_groups
from training.near_misses import alter_question

SEED = 11
HITS = 12
NEAR = 8
ALTERATIONS = 3
CLOZES_PER_ARTICLE = 6
HELD_OUT = ("Civil disobedience", "Jacksonville, Florida", "Sky (United Kingdom)", "Steam engine")
LEAST_LOCATABLE = 3
"""Shorter answers are not looked for in other articles: they would be found everywhere."""


@dataclass(frozen=True, slots=True)
class QuestionState:
    """A question, and the places of its answer.

    Attributes:
        question_id: Unique within its source.
        source: The set it comes from.
        kind: Kind of question.
        text: The question.
        article_id: What it was written about.
        spans: (start, end) of each answer in that article; empty if it has none.
        answers: The answers as text.
    """

    question_id: str
    source: str
    kind: str
    text: str
    article_id: str
    spans: tuple[tuple[int, int], ...] = ()
    answers: tuple[str, ...] = ()


def main() -> None:
    """Write one file of groups per source."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with squad2_part and clapnq")
    parser.add_argument("--news", type=Path, help="folder of .jsonl articles with questions")
    parser.add_argument("--cache", type=Path, required=True, help="where libraries are kept")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", choices=("squad", "clapnq", "news", "cloze"), action="append")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    wanted = set(arguments.only or ("squad", "clapnq", "news", "cloze"))
    counts: dict[str, int] = {}
    if wanted & {"squad", "cloze"}:
        counts |= _prepare_squad(arguments.data, arguments.cache, arguments.out, wanted)
    if wanted & {"clapnq", "cloze"}:
        counts |= _prepare_clapnq(arguments.data, arguments.cache, arguments.out, wanted)
    if "news" in wanted and arguments.news:
        counts |= _prepare_news(arguments.news, arguments.cache, arguments.out)
    print(json.dumps(counts))


def _prepare_squad(data: Path, cache: Path, out: Path, wanted: set[str]) -> dict[str, int]:
    rows = _read_lines(data / "squad2_part" / "corpus.jsonl")
    forbidden = {row["id"] for row in rows if row["in_xquad"]}
    held_out = {row["id"] for row in rows if row["title"] in HELD_OUT}
    asked = [
        question
        for question in _read_asked(data / "squad2_part" / "queries.jsonl", "squad")
        if question.article_id not in forbidden
    ]
    counts: dict[str, int] = {}
    with _open_library(cache, "squad2_part", data / "squad2_part" / "corpus.jsonl") as library:
        if "squad" in wanted:
            fitted = [q for q in asked if q.article_id not in held_out]
            kept = [q for q in asked if q.article_id in held_out]
            counts["squad"] = write_groups(
                out / "squad.jsonl", make_groups(library, fitted, exclude=forbidden | held_out)
            )
            counts["held_out"] = write_groups(
                out / "held_out.jsonl", make_groups(library, kept, exclude=forbidden)
            )
        if "cloze" in wanted:
            ids = [row["id"] for row in rows if row["id"] not in forbidden | held_out]
            clozes = make_clozes(library, ids, "cloze_squad")
            counts["cloze_squad"] = write_groups(
                out / "cloze_squad.jsonl",
                make_groups(library, clozes, exclude=forbidden | held_out),
            )
    return counts


def _prepare_clapnq(data: Path, cache: Path, out: Path, wanted: set[str]) -> dict[str, int]:
    corpus = data / "clapnq" / "corpus.jsonl"
    counts: dict[str, int] = {}
    with _open_library(cache, "clapnq", corpus) as library:
        if "clapnq" in wanted:
            asked = _read_asked(data / "clapnq" / "queries.jsonl", "clapnq")
            counts["clapnq"] = write_groups(out / "clapnq.jsonl", make_groups(library, asked))
        if "cloze" in wanted:
            ids = [row["id"] for row in _read_lines(corpus)]
            clozes = make_clozes(library, ids, "cloze_clapnq")
            counts["cloze_clapnq"] = write_groups(
                out / "cloze_clapnq.jsonl", make_groups(library, clozes)
            )
    return counts


def _prepare_news(news: Path, cache: Path, out: Path) -> dict[str, int]:
    rows = [row for file in sorted(news.glob("*.jsonl")) for row in _read_lines(file)]
    articles = [
        Article(
            article_id=row["id"],
            title=row["title"],
            text=row["text"],
            published=date.fromisoformat(row["date"]) if row.get("date") else None,
            outlet=row.get("outlet", ""),
        )
        for row in rows
    ]
    embedder = load_embedder(graph_folder=cache / "encoder")
    with Library.open_or_create(cache / "news", embedder=embedder) as library:
        library.add(articles)
        asked = [question for row in rows for question in _read_news(library, row)]
        clozes = make_clozes(library, [row["id"] for row in rows], "cloze_news")
        return {
            "news articles": len(rows),
            "news": write_groups(out / "news.jsonl", make_groups(library, asked)),
            "cloze_news": write_groups(out / "cloze_news.jsonl", make_groups(library, clozes)),
        }


def _read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def _open_library(cache: Path, name: str, corpus: Path) -> Library:
    embedder = load_embedder(graph_folder=cache / "encoder")
    library = Library.open_or_create(cache / name, embedder=embedder)
    if not library.count_passages():
        library.add([corpus])
    return library


def _read_asked(file: Path, source: str) -> list[QuestionState]:
    return [
        QuestionState(
            question_id=str(row["id"]),
            source=source,
            kind="answerable" if row["answerable"] else "near_miss",
            text=row["question"],
            article_id=row["about_doc_id"],
            spans=tuple((start, end) for _, start, end in row.get("gold_spans") or ()),
            answers=tuple(row["answers"]) if source == "squad" else (),
        )
        for row in _read_lines(file)
    ]


def _read_news(library: Library, row: dict[str, Any]) -> Iterator[QuestionState]:
    """Yield the questions of one article, except those whose sentence is not in it."""
    text = library.get(row["id"]).text
    for number, question in enumerate(row["questions"]):
        spans: tuple[tuple[int, int], ...] = ()
        if question["answer"]:
            at = text.find(question["sentence"])
            inside = question["sentence"].find(question["answer"])
            if at < 0 or inside < 0:
                continue
            spans = ((at + inside, at + inside + len(question["answer"])),)
        yield QuestionState(
            question_id=f"{row['id']} {number}",
            source="news",
            kind=question["kind"],
            text=question["question"],
            article_id=row["id"],
            spans=spans,
            answers=(question["answer"],) if question["answer"] else (),
        )


def make_clozes(library: Library, article_ids: Sequence[str], source: str) -> list[QuestionState]:
    """Return questions made by program from the sentences of articles."""
    made: list[QuestionState] = []
    for article_id in article_ids:
        rng = random.Random(f"{SEED} {article_id}")  # noqa: S311 - sampling
        sentences = [s for s in library.sentences(article_id) if not s.is_heading]
        rng.shuffle(sentences)
        own = 0
        for sentence in sentences:
            cloze = make_cloze(sentence.text, rng)
            if cloze is None:
                continue
            question, start, end = cloze
            made.append(
                QuestionState(
                    question_id=f"{article_id} {sentence.start}",
                    source=source,
                    kind="cloze",
                    text=question,
                    article_id=article_id,
                    spans=((sentence.start + start, sentence.start + end),),
                    answers=(sentence.text[start:end],),
                )
            )
            own += 1
            if own == CLOZES_PER_ARTICLE:
                break
    return made


def make_groups(
    library: Library, asked: Sequence[QuestionState], *, exclude: set[str] | None = None
) -> Iterator[Group]:
    """Yield each question with the passages to read it with.

    Args:
        library: Holds the articles.
        asked: The questions.
        exclude: Articles that must not be used at all.
    """
    for question in asked:
        article = library.get(question.article_id)
        rng = random.Random(f"{SEED} {question.question_id}")  # noqa: S311 - sampling
        own: list[PassageExample] = []
        positives: list[PassageExample] = []
        for passage in library.passages(question.article_id):
            example = label_passage(article, passage, question.spans)
            if example.evidence:
                positives.append(example)
            elif not _states(passage.text, question.answers):
                own.append(example)
        if question.spans and not positives:
            continue
        near: list[PassageExample] = []
        for hit in library.search(question.text, HITS):
            id_ = hit.article.article_id
            if id_ == question.article_id or id_ in (exclude or ()):
                continue
            if not _states(hit.passage.text, question.answers):
                near.append(label_passage(hit.article, hit.passage, ()))
        altered = {
            alter_question(question.text, p.item.text, " ".join(question.answers), rng)
            for p in positives
            for _ in range(ALTERATIONS)
        }
        yield Group(
            group_id=question.question_id,
            source=question.source,
            kind=question.kind,
            question=question.text,
            altered=tuple(sorted(altered - {""})),
            positives=tuple(positives),
            own=tuple(own),
            near=tuple(near[:NEAR]),
        )


def label_passage(
    article: Article, passage: Passage, spans: Sequence[tuple[int, int]]
) -> PassageExample:
    """Return a passage with the answers in it, and the sentences that contain them.

    Args:
        article: The article.
        passage: One of its passages.
        spans: (start, end) of the answers in the article's text. For one that extends beyond the
            passage, the part inside counts.
    """
    places = [(s.start, s.end) for s in passage.sentences]
    inside = [
        (max(start, passage.start), min(end, passage.end))
        for start, end in spans
        if start < passage.end and passage.start < end
    ]
    evidence = tuple(
        i for i, (start, end) in enumerate(places) if any(a < end and start < b for a, b in inside)
    )
    return PassageExample(
        item=make_input(article, passage.start, passage.end, places),
        answers=tuple((a - passage.start, b - passage.start) for a, b in inside),
        evidence=evidence,
    )


def without_evidence(example: PassageExample) -> PassageExample | None:
    """Return a passage without the answering sentences, or None if nothing is left."""
    kept = [i for i in range(len(example.item.sentences)) if i not in example.evidence]
    return keep_sentences(example, kept) if kept else None


def keep_sentences(example: PassageExample, kept: Sequence[int]) -> PassageExample:
    """Return a passage made of some of its sentences, with the answers in them.

    Args:
        example: The passage.
        kept: Positions of the sentences to keep, ascending, at least one.
    """
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    answers: list[tuple[int, int]] = []
    at = 0
    for start, end in (example.item.sentences[i] for i in kept):
        parts.append(example.item.text[start:end])
        places.append((at, at + end - start))
        for first, last in example.answers:
            if first < end and start < last:
                inside = max(first, start), min(last, end)
                answers.append((inside[0] - start + at, inside[1] - start + at))
        at += end - start + 1
    item = replace(example.item, text=" ".join(parts), sentences=tuple(places))
    evidence = tuple(place for place, i in enumerate(kept) if i in example.evidence)
    return PassageExample(item, tuple(answers), evidence)


def _states(text: str, answers: Sequence[str]) -> bool:
    words = normalize_text(text)
    return any(
        normalize_text(answer) in words for answer in answers if len(answer) >= LEAST_LOCATABLE
    )


if __name__ == "__main__":
    main()
