"""Pairs: an answerable and an unanswerable question that people wrote about one passage.

The unanswerable one asks for something that the passage nearly says, often with the same words as
the other. Telling the two apart is what "quoted is not answered" takes.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.searching.search import query_terms
from index.text.sentences import split_sentences
from rag.evidence.reader import ReaderInput
from training.examples import Group, Pair, PassageExample

SEED = 17
NEAR = 4
_BRACKETS = {"-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]", "``": '"', "''": '"'}


def join_tokens(text: str) -> str:
    """Return tokenised text as the reader's tokenizer would meet it in print.

    The tokenizer splits at punctuation anyway, so that only contractions and the names of brackets
    make a difference.
    """
    text = " ".join(_BRACKETS.get(word, word) for word in text.split())
    return re.sub(r" n't\b", "n't", re.sub(r" ' ?(s|re|ve|ll|d|m|t)\b", r"'\1", text))


def make_example(
    text: str,
    sentences: Sequence[tuple[int, int]],
    answers: Iterable[tuple[int, int]],
    *,
    heading: str = "",
) -> PassageExample:
    """Return a passage with the answers in it, and the sentences that contain them."""
    spans = tuple(answers)
    evidence = tuple(
        i for i, (a, b) in enumerate(sentences) if any(s < b and a < e for s, e in spans)
    )
    return PassageExample(ReaderInput(heading, "", text, tuple(sentences)), spans, evidence)


def make_squad_pairs(
    articles: Sequence[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]
) -> Iterator[Pair]:
    """Yield the near misses that people wrote about the passages of SQuAD 1.1.

    Args:
        articles: ``data`` of SQuAD 1.1's training set.
        rows: Those of ``near_miss``, with the identifier of the answered question and the text of
            both; what is about other passages is left out.
    """
    wanted = {row["answerable_id"]: row for row in rows}
    for article in articles:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                row = wanted.get(asked["id"])
                if row is not None:
                    yield Pair(
                        pair_id=asked["id"],
                        source="near_miss",
                        answered=join_tokens(row["answerable"]),
                        unanswered=join_tokens(row["unanswerable"]),
                        example=_make_squad_example(article, paragraph, asked["answers"]),
                    )


def _make_squad_example(
    article: Mapping[str, Any], paragraph: Mapping[str, Any], answers: Iterable[Mapping[str, Any]]
) -> PassageExample:
    text = paragraph["context"]
    return make_example(
        text,
        [(s.start, s.end) for s in split_sentences(text)],
        [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in answers],
        heading=article["title"].replace("_", " ") + ".",
    )


def make_squad_groups(
    articles: Sequence[Mapping[str, Any]], paired: Container[str], *, share: float
) -> Iterator[Group]:
    """Yield questions of SQuAD 1.1 with the likeliest other passages of the same article.

    Args:
        articles: ``data`` of SQuAD 1.1's training set.
        paired: Identifiers of questions to leave out, as they are in pairs.
        share: Part of the other questions, drawn at random.
    """
    rng = random.Random(SEED)  # noqa: S311 - sampling
    for article in articles:
        paragraphs = article["paragraphs"]
        terms = [set(query_terms(paragraph["context"])) for paragraph in paragraphs]
        counts = Counter(term for own in terms for term in own)
        for own, paragraph in enumerate(paragraphs):
            for asked in paragraph["qas"]:
                if asked["id"] in paired or rng.random() >= share:
                    continue
                answer = asked["answers"][0]["text"].casefold()
                wanted = query_terms(asked["question"])
                weights = [sum(1 / counts[t] for t in wanted if t in found) for found in terms]
                ranked = sorted(range(len(terms)), key=weights.__getitem__, reverse=True)
                near = [
                    _make_squad_example(article, paragraphs[i], ())
                    for i in ranked[: NEAR + 1]
                    if i != own and answer not in paragraphs[i]["context"].casefold()
                ]
                positive = _make_squad_example(article, paragraph, asked["answers"][:1])
                if positive.evidence:
                    yield Group(
                        group_id=asked["id"],
                        source="squad1",
                        kind="answerable",
                        question=asked["question"],
                        positives=(positive,),
                        near=tuple(near[:NEAR]),
                    )


def read_near_misses(folder: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the pairs on SQuAD's training set, and the partners within its development set.

    The rows are in the form of ``pairs_without_passage``; the partners map the identifier of each
    unanswered question to that of the answered one.
    """
    rows = read_rows(folder / "pairs_without_passage.jsonl.gz")
    partners: dict[str, str] = {}
    found = iter(read_rows(folder / "pairs.jsonl.gz"))
    for one, other in zip(found, found, strict=True):
        answered, unanswered = (one, other) if one["answerable"] else (other, one)
        if answered["source"] == "squad2_train":
            rows.append(
                {
                    "answerable_id": answered["id"],
                    "answerable": answered["question"],
                    "unanswerable": unanswered["question"],
                }
            )
        else:
            partners[unanswered["id"]] = answered["id"]
    return rows, partners


def make_group_pairs(groups: Iterable[Group], *, partners: Mapping[str, str]) -> Iterator[Pair]:
    """Yield each unanswered question of a set with an answered one about the same passage.

    Args:
        groups: From ``training.prepare``.
        partners: Identifier of an unanswered question -> that of the answered one that people
            made it from, where that is known; otherwise one is drawn.
    """
    answered: dict[str, list[tuple[Group, PassageExample]]] = {}
    missed: dict[str, list[Group]] = {}
    for group in groups:
        for example in group.positives:
            answered.setdefault(example.item.text, []).append((group, example))
        if not group.positives:
            for example in group.own:
                missed.setdefault(example.item.text, []).append(group)
    for text, unanswered in missed.items():
        rng = random.Random(f"{SEED} {text}")  # noqa: S311 - sampling
        known = {group.group_id: (group, example) for group, example in answered.get(text, ())}
        for group in unanswered:
            if not known:
                continue
            partner = partners.get(group.group_id, "")
            other, example = known.get(partner) or rng.choice(list(known.values()))
            yield Pair(group.group_id, group.source, other.question, group.question, example)


def make_torque_pairs(articles: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield pairs of TORQUE: which events came before, during or after others."""
    for key, article in articles.items():
        text = article["passage"]
        rng = random.Random(f"{SEED} {key}")  # noqa: S311 - sampling
        places = [(s.start, s.end) for s in split_sentences(text)]
        answered: list[tuple[str, list[tuple[int, int]]]] = []
        unanswered: list[str] = []
        for question, found in article["question_answer_pairs"].items():
            spans = [
                (int(a), int(b))
                for a, b in (place.strip("()").split(",") for place in found["answer"]["indices"])
            ]
            if spans:
                answered.append((question, spans))
            else:
                unanswered.append(question)
        for number, question in enumerate(unanswered):
            if answered:
                other, spans = rng.choice(answered)
                example = make_example(text, places, spans)
                yield Pair(f"{key} {number}", "torque", other, question, example)


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a compressed file of JSON lines."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
