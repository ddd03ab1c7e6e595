"""How well ``onrecord check`` judges the sentences of a draft, verdict by verdict.

    python -m benchmarks.answers.draft_check LIBRARY
        [--claims CLAIMS] [--other LIBRARY] [--sentences N]

The drafts are made here, from a fixed seed. Sentences of LIBRARY's own articles are to be
``supported`` as they stand; with another number, day or a "not" they are ``contradicted``; with
another speaker ``attributed otherwise``. Sentences of another library are ``without a source``. A
file of claims has an object a line: ``claim``, and ``label``: a verdict, or ``unsupported``.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.report import format_table
from index.language.attribution import find_attributions
from index.library import Library
from index.types import Sentence
from rag.drafts.check import check_sentences
from rag.drafts.checkable import is_view, why_unchecked
from rag.drafts.checked import DraftVerdict

SEED = 13
WORDS = range(8, 40)
MONTHS = "January February April June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
SPEAKERS = ("Marten Ilves", "Judith Okoro", "Casper Thorne", "Ruth Albrecht")
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?![\w.,-]*\d|-|th|st|nd|rd)")
_DAY = re.compile(rf"\b(?:{'|'.join(MONTHS + DAYS)})\b")
_AUXILIARY = re.compile(r"\b(?:was|were|is|are|has|will|would)\b(?! not\b| no\b|n[’']t)")
_LEANS = re.compile(r"^\W*(?:He|She|It|They|This|That|These|But|And|His|Her|Their)\b")

Made = tuple[str, DraftVerdict, str]
"""How a sentence was made, what is to be found, and the sentence."""


def alter(text: str, draw: random.Random) -> Iterator[Made]:
    """Yield a sentence with one thing changed in each, for each thing that it has."""
    for kind, pattern in (("number", _NUMBER), ("day", _DAY), ("negation", _AUXILIARY)):
        matches = list(pattern.finditer(text))
        if matches:
            match = draw.choice(matches)
            changed = _change(kind, match.group(), draw)
            altered = f"{text[: match.start()]}{changed}{text[match.end() :]}"
            yield kind, DraftVerdict.CONTRADICTED, altered
    said = next((a for a in find_attributions(text) if a.speaker[:1].isupper()), None)
    if said is not None and " " in said.head:
        start, end = said.statement.head
        altered = f"{text[:start]}{draw.choice(SPEAKERS)}{text[end:]}"
        yield "speaker", DraftVerdict.ATTRIBUTED, altered


def _change(kind: str, word: str, draw: random.Random) -> str:
    if kind == "negation":
        return f"{word} not"
    if kind == "number":
        value = int(word.replace(",", ""))
        return f"{value * 3 + draw.randint(1, 9):,}" if "," in word else str(value + 7)
    return draw.choice([other for other in (MONTHS if word in MONTHS else DAYS) if other != word])


def take_sentences(library: Library, n: int, draw: random.Random) -> list[str]:
    """Return sentences of a library's articles that state something and stand alone."""
    articles = [summary.article_id for summary in library.articles()]
    draw.shuffle(articles)
    found: list[str] = []
    for article_id in articles:
        fit = [
            s.text
            for s in library.sentences(article_id)
            if len(s.text.split()) in WORDS and s.text.endswith(".") and not _LEANS.match(s.text)
            if not why_unchecked(s) and not is_view(s.text)
        ]
        found += draw.sample(fit, min(len(fit), max(1, n // len(articles))))
        if len(found) >= n:
            break
    return found[:n]


def read_claims(file: Path) -> Iterator[Made]:
    """Yield the claims of a file; one without support is without a source."""
    for line in file.read_text("utf-8").splitlines():
        claim = json.loads(line)
        label = claim["label"]
        wanted = DraftVerdict.NO_SOURCE if label == "unsupported" else DraftVerdict(label)
        yield f"claim, {label}", wanted, claim["claim"]


def make_sentences(
    library: Library, other: Path | None, n: int, draw: random.Random
) -> Iterator[Made]:
    """Yield sentences as they stand and altered, and those of another library."""
    for text in take_sentences(library, n, draw):
        yield "as it stands", DraftVerdict.SUPPORTED, text
        yield from alter(text, draw)
    if other is not None:
        with Library.open(other) as opened:
            for text in take_sentences(opened, n, draw):
                yield "another library", DraftVerdict.NO_SOURCE, text


def main() -> None:
    """Print what was found of what was to be found, and precision and recall of each verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--claims", type=Path)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--sentences", type=int, default=100)
    parser.add_argument("--show", help="print the wrong ones of a kind")
    given = parser.parse_args()
    draw = random.Random(SEED)  # noqa: S311 - not for secrets
    with Library.open(given.library) as library:
        made = list(
            read_claims(given.claims)
            if given.claims
            else make_sentences(library, given.other, given.sentences, draw)
        )
        found = []
        for kind, wanted, text in made:
            # Each is a draft of its own: those before it say nothing of whom it means.
            (checked,) = check_sentences(library, [Sentence(0, len(text), text)])
            found.append(checked.verdict)
            if kind == given.show and checked.verdict is not wanted:
                print(f"{checked.verdict}: {text}\n    {checked.reason}")
    print_scores(made, found)


def print_scores(made: list[Made], found: list[DraftVerdict]) -> None:
    """Print the verdicts on each kind, and precision and recall of each verdict."""
    kinds: dict[str, Counter[str]] = {}
    for (kind, _, _), verdict in zip(made, found, strict=True):
        kinds.setdefault(kind, Counter())[verdict] += 1
    rows: list[Sequence[str]] = [("made", "n", *DraftVerdict)]
    rows += [
        (kind, str(counted.total()), *(f"{counted[v] / counted.total():.2f}" for v in DraftVerdict))
        for kind, counted in kinds.items()
    ]
    print(*format_table(rows), "", sep="\n")
    rows = [("verdict", "precision", "recall")]
    for verdict in DraftVerdict:
        right = sum(w is v is verdict for (_, w, _), v in zip(made, found, strict=True))
        n_found, n_there = found.count(verdict), sum(w is verdict for _, w, _ in made)
        if n_there:
            rows.append((verdict, f"{right / max(1, n_found):.3f}", f"{right / n_there:.3f}"))
    print(*format_table(rows), sep="\n")


if __name__ == "__main__":
    main()
