"""What the reader learns from: a question and passages that retrieval returned for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.evidence.reader import ReaderInput

JUDGED_SENTENCES = "judged sentences"
"""Source of questions with all sentences of their articles, each of them judged."""


@dataclass(frozen=True, slots=True)
class PassageExample:
    """A passage, and where it answers the question.

    Attributes:
        item: The passage as the reader gets it.
        answers: (start, end) of the answering words, relative to the passage's text.
        evidence: Places, in ``item.sentences``, of the sentences that contain the answer.
    """

    item: ReaderInput
    answers: tuple[tuple[int, int], ...] = ()
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One question with its passages; scores are compared only within it.

    Attributes:
        group_id: Unique within a file.
        source: The set it was made from.
        kind: Kind of question, as its set names it.
        question: As it is asked.
        altered: The question, changed by program so that no passage answers it; one is picked at
            random in each epoch.
        positives: Passages that answer it; empty if none does.
        own: Passages that it was written about but that do not answer it.
        near: Passages that retrieval returned and that do not answer it, best first.
    """

    group_id: str
    source: str
    kind: str
    question: str
    altered: tuple[str, ...] = ()
    positives: tuple[PassageExample, ...] = ()
    own: tuple[PassageExample, ...] = ()
    near: tuple[PassageExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions about one passage, which answers only the first.

    Attributes:
        pair_id: Unique within its source.
        source: The set it was made from.
        answered: A question that the passage answers.
        unanswered: One that it does not answer; empty if there is none.
        example: The passage, and where it answers the first.
    """

    pair_id: str
    source: str
    answered: str
    unanswered: str
    example: PassageExample


def write_pairs(file: Path, pairs: Iterable[Pair]) -> int:
    """Write pairs as JSON lines and return how many there were."""
    return _write_lines(file, pairs)


def read_pairs(file: Path) -> Iterator[Pair]:
    """Yield the pairs of a file that ``write_pairs`` wrote."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Pair(
                pair_id=row["pair_id"],
                source=row["source"],
                answered=row["answered"],
                unanswered=row["unanswered"],
                example=_read_passage(row["example"]),
            )


def write_groups(file: Path, groups: Iterable[Group]) -> int:
    """Write groups as JSON lines and return how many there were."""
    return _write_lines(file, groups)


def read_groups(file: Path) -> Iterator[Group]:
    """Yield the groups of a file that ``write_groups`` wrote."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield _read_group(json.loads(line))


def _read_group(row: dict[str, Any]) -> Group:
    return Group(
        group_id=row["group_id"],
        source=row["source"],
        kind=row["kind"],
        question=row["question"],
        altered=tuple(row["altered"]),
        positives=tuple(map(_read_passage, row["positives"])),
        own=tuple(map(_read_passage, row["own"])),
        near=tuple(map(_read_passage, row["near"])),
    )


def _read_passage(row: dict[str, Any]) -> PassageExample:
    item = row["item"]
    return PassageExample(
        item=ReaderInput(
            heading=item["heading"],
            before=item["before"],
            text=item["text"],
            sentences=tuple((a, b) for a, b in item["sentences"]),
        ),
        answers=tuple((a, b) for a, b in row["answers"]),
        evidence=tuple(row["evidence"]),
    )


def _write_lines(file: Path, rows: Iterable[Group | Pair]) -> int:
    count = 0
    with file.open("w", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            count += 1
    return count
