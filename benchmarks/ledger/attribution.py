"""How well statements are read: who says what, on articles that people have marked.

    python -m benchmarks.ledger.attribution SET [--half 0|1] [--json]

SET is a folder with ``corpus.jsonl`` (``id``, ``text``) and ``attributions.jsonl`` (``doc_id``, and
``source``, ``cue`` and ``content`` as lists of offsets), such as PolNeAR. The articles are divided
by a digest of their id; the rules were written against half 0.

``content`` compares the characters that are somebody's words; ``speaker`` asks who says a marked
content (right if the places overlap), of all contents and of those with a verb of saying;
``direct`` wants quotations with their speaker.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from benchmarks.report import format_table, harmonic_mean, make_parser, print_report
from index.language.speech_verbs import PARTICIPLES, REPORTING
from index.language.statements import Statement, StatementKind, find_statements

Place = tuple[int, int]

SAYING = REPORTING | PARTICIPLES | {"according"}
LEAST_QUOTED_CHARS = 20
LEAST_QUOTED_WORDS = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Marked:
    """A statement as a person marked it."""

    source: tuple[Place, ...]
    cue: str
    content: tuple[Place, ...]

    @property
    def says(self) -> bool:
        """Whether it has a verb of saying."""
        return not SAYING.isdisjoint(_WORD.findall(self.cue.lower()))


@dataclass
class Count:
    """What was found, what of it is right, and what there is."""

    right: int = 0
    found: int = 0
    there: int = 0
    recalled: int | None = None

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what there is that was found."""
        right = self.right if self.recalled is None else self.recalled
        return right / self.there if self.there else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return harmonic_mean(self.precision, self.recall)

    def add(self, *, found: bool, right: bool) -> None:
        """Count one that is there."""
        self.there += 1
        self.found += found
        self.right += right


@dataclass
class Scores:
    """All counts of a run."""

    content: Count = field(default_factory=Count)
    speaker: Count = field(default_factory=Count)
    saying: Count = field(default_factory=Count)
    quoted: Count = field(default_factory=Count)
    direct: Count = field(default_factory=lambda: Count(recalled=0))


def read_marked(folder: Path, half: int | None) -> Iterator[tuple[str, list[Marked]]]:
    """Yield the texts of one half, each with what was marked in it."""
    by_text: dict[str, list[Marked]] = {}
    with (folder / "attributions.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            places = [tuple(map(tuple, row[name])) for name in ("source", "content")]
            if places[1]:
                marked = Marked(places[0], row["cue_text"], places[1])
                by_text.setdefault(row["doc_id"], []).append(marked)
    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            of_half = int(sha256(row["id"].encode()).hexdigest(), 16) % 2
            if half is None or of_half == half:
                yield row["text"], by_text.get(row["id"], [])


def measure(articles: Iterator[tuple[str, list[Marked]]]) -> Scores:
    """Read all articles and compare."""
    scores = Scores()
    for text, marked in articles:
        _measure_article(scores, text, marked)
    return scores


def _measure_article(scores: Scores, text: str, marked: Sequence[Marked]) -> None:
    found = find_statements(text)
    ours = _cover(text, [place for statement in found for place in statement.contents])
    theirs = _cover(text, [place for statement in marked for place in statement.content])
    scores.content.right += sum(a & b for a, b in zip(ours, theirs, strict=True))
    scores.content.found += sum(ours)
    scores.content.there += sum(theirs)
    direct = [
        s
        for s in found
        if s.kind is StatementKind.DIRECT and sum(b - a for a, b in s.contents) > LEAST_QUOTED_CHARS
    ]
    scores.direct.found += len(direct)
    for statement in direct:
        scores.direct.right += any(
            _overlap(statement.contents, m.content)
            and (not m.source or _overlap([statement.speaker], m.source))
            for m in marked
        )
    for one in marked:
        if not one.source:
            continue
        start, end = one.content[0][0], one.content[-1][1]
        speaker = _find_speaker(found, start, end)
        is_right = speaker is not None and _overlap([speaker], one.source)
        kinds = [scores.speaker, *([scores.saying] if one.says else [])]
        if _is_direct(text, one):
            kinds.append(scores.quoted)
            scores.direct.there += 1
            scores.direct.recalled = (scores.direct.recalled or 0) + any(
                _overlap(s.contents, one.content) and _overlap([s.speaker], one.source)
                for s in found
            )
        for count in kinds:
            count.add(found=speaker is not None, right=is_right)


def _find_speaker(statements: Sequence[Statement], start: int, end: int) -> Place | None:
    """Return the speaker of the statement that shares most of a stretch; None if none does."""
    best, most = None, 0.0
    for statement in statements:
        shared = sum(max(0, min(end, b) - max(start, a)) for a, b in statement.contents)
        union = end - start + sum(b - a for a, b in statement.contents) - shared
        if shared and shared / union > most:
            best, most = statement.speaker, shared / union
    return best


def _is_direct(text: str, marked: Marked) -> bool:
    """Return whether a marked content is a quotation of some length."""
    first = text[slice(*marked.content[0])].strip(" ,.")
    last = text[slice(*marked.content[-1])].strip(" ,.")
    opens = first.startswith(("“", '"', "''"))
    return len(first.split()) >= LEAST_QUOTED_WORDS and opens and last.endswith(("”", '"', "''"))


def _cover(text: str, places: Sequence[Place]) -> bytearray:
    covered = bytearray(len(text))
    for start, end in places:
        covered[start:end] = b"\1" * (end - start)
    return covered


def _overlap(some: Sequence[Place], others: Sequence[Place]) -> bool:
    return any(a < d and c < b for a, b in some for c, d in others)


def main() -> None:
    """Measure and print."""
    parser = make_parser(__doc__, takes_set=False)
    parser.add_argument("data", type=Path, metavar="SET")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only this half of the articles")
    given = parser.parse_args()
    scores = measure(read_marked(given.data, given.half))
    counts: dict[str, Count] = vars(scores)
    report = {
        name: {"precision": c.precision, "recall": c.recall, "f1": c.f1, "there": c.there}
        for name, c in counts.items()
    }
    rows = [
        (name, f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}", f"{c.there:,}")
        for name, c in counts.items()
    ]
    table = format_table([("", "precision", "recall", "F1", "there"), *rows])
    print_report(report, table, as_json=given.json)


if __name__ == "__main__":
    main()
