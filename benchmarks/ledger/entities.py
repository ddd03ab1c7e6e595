"""How well names are resolved: which mentions are of one, on pairs labelled by reading.

    python -m benchmarks.ledger.entities LIBRARY

LIBRARY holds the articles of ``realtimeqa_2022``. ``entity_pairs.jsonl`` has a pair a line:
article, start and end of a mention, those of another, and 1 if both are of one. Most pairs share a
family name in different spellings, so that they are harder than names at large. A mention that is
not found is nobody's.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.report import format_table, harmonic_mean
from index.language.names import split_person
from index.library import Library

PAIRS = Path(__file__).with_name("entity_pairs.jsonl")


def main() -> None:
    """Print B-cubed precision, recall and F1, and the pairs that are wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--show", action="store_true", help="print the pairs that are wrong")
    given = parser.parse_args()
    pairs = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    n_joined = n_same = n_right = n_first_names = 0
    with (
        Library.open(given.library, read_only=True) as library,
        library._ledger.reading() as (db, _),  # noqa: SLF001
    ):
        for *places, is_same in pairs:
            found = []
            for article, start, end in (places[:3], places[3:]):
                row = db.execute(
                    "SELECT n.entity, n.name FROM mentions m JOIN names n USING (name_key)"
                    " JOIN read_articles a USING (article_key)"
                    " WHERE a.article_id = ? AND m.start < ? AND m.end > ?",
                    (article, end, start),
                ).fetchone()
                found.append(row)
            is_joined = all(found) and found[0][0] == found[1][0]
            n_joined, n_same = n_joined + is_joined, n_same + is_same
            n_right += is_joined and is_same
            if is_joined and not is_same:
                first, second = (split_person(row[1])[0] for row in found)
                n_first_names += bool(first and second and first != second)
            if given.show and is_joined != bool(is_same):
                print("joined" if is_joined else "apart", found)
    # A pair is a cluster of two or two of one: what is wrongly joined has half its precision.
    precision = 1 - (n_joined - n_right) / len(pairs) / 2
    recall = 1 - (n_same - n_right) / len(pairs) / 2
    f1 = harmonic_mean(precision, recall)
    rows = [
        ("pairs", "same", "B-cubed precision", "recall", "F1", "of other first names joined"),
        (
            *(str(len(pairs)), str(n_same), f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}"),
            str(n_first_names),
        ),
    ]
    print(*format_table(rows), sep="\n")


if __name__ == "__main__":
    main()
