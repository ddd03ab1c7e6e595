"""How well days are resolved: which days "on Tuesday" is, on expressions labelled by reading.

    python -m benchmarks.ledger.days LIBRARY

LIBRARY holds the articles of ``realtimeqa_2022``. ``day_labels.jsonl`` has an expression a line:
article, start and end, its first and last day (null where it names none), the part, and 0 where the
sentence was written after the day that its article gives, which no rule can know. Expressions were
drawn at random from those that the ledger counted from the article's day; dates with a year are not
among them. Each part was drawn and read before any rule was mended on it, one after the other.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.report import format_table
from index.library import Library

LABELS = Path(__file__).with_name("day_labels.jsonl")


def main() -> None:
    """Print how many of the expressions are given a day, and how many of those are right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--show", action="store_true", help="print those that are wrong")
    given = parser.parse_args()
    labels = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    rows = [("part", "expressions", "given a day", "right", "share", "where the date is right")]
    with (
        Library.open(given.library, read_only=True) as library,
        library._ledger.reading() as (db, _),  # noqa: SLF001
    ):
        for part in sorted({label[5] for label in labels}):
            here = [label for label in labels if label[5] == part]
            judged = []
            for article, start, end, *days, _, is_dated in here:
                found = db.execute(
                    "SELECT first_day, last_day FROM times JOIN read_articles USING (article_key)"
                    " WHERE article_id = ? AND start < ? AND end > ?",
                    (article, end, start),
                ).fetchone()
                if found is None:
                    continue
                is_right = list(found) == days
                judged.append((is_right, is_dated))
                if given.show and not is_right:
                    print(article, start, "given", *found, "is", *days)
            right = sum(is_right for is_right, _ in judged)
            dated = [is_right for is_right, is_dated in judged if is_dated]
            rows.append(
                (
                    *(str(part), str(len(here)), str(len(judged)), str(right)),
                    *(f"{right / len(judged):.3f}", f"{sum(dated) / len(dated):.3f}"),
                )
            )
    print(*format_table(rows), sep="\n")


if __name__ == "__main__":
    main()
