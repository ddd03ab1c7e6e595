"""Fits the weights of ``rag/evidence/weights.json`` on measuring sets and reports their quality.

    python -m benchmarks.fitting.fit_weights DATA --cache FOLDER [--reader]

DATA contains sets as ``rag.evaluation.question_sets`` describes them. Evidence weights are a
conditional logit over the sentences of a question's passages. The refusal probability is a
logistic regression over questions asked of the whole library and of libraries of 5, 20 and 100 of
its articles, so that it holds from a handful of articles to thousands. A question is unanswerable
if its set says so, if no article that answers it is in the library, or if one of its names was
exchanged for a name that no article of the library has.

Questions about somebody's words ("What did X say about Y?") are made from PolNeAR's triples of
source, cue and content, for the evidence weights.

With ``--reader`` the shipped reader reads the passages, and the weights fitted are those used with
it; of a set that the reader was trained on, only questions about articles held out of its training
are asked. XQuAD is never fitted on; it is the test.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.fitting.fit_confidence import fit_confidence
from benchmarks.fitting.fit_evidence import fit_evidence
from benchmarks.fitting.fit_sets import RememberingReader
from rag.evidence.reader import READER_FOLDER, open_reader
from rag.evidence.sentences import load_weights

WEIGHTS = Path(__file__).parents[2] / "rag" / "evidence" / "weights.json"


def main() -> None:
    """Fit, print the figures and write ``rag/evidence/weights.json``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="where libraries are kept")
    parser.add_argument("--only", choices=("evidence", "confidence"))
    parser.add_argument("--reader", action="store_true", help="fit what is used with the reader")
    parser.add_argument("--reader-folder", type=Path, default=READER_FOLDER)
    arguments = parser.parse_args()
    reader = RememberingReader(open_reader(arguments.reader_folder)) if arguments.reader else None
    held_out = find_held_out(arguments.data) if reader else frozenset()
    weights: dict[str, Any] = json.loads(WEIGHTS.read_text("utf-8"))
    part = weights.setdefault("with_reader", {}) if reader else weights
    if arguments.only != "confidence":
        part |= fit_evidence(arguments.data, arguments.cache, reader, held_out)
        write(weights)
    if arguments.only != "evidence":
        part["confidence"] = fit_confidence(arguments.data, arguments.cache, reader, held_out)
        write(weights)


def find_held_out(data: Path) -> frozenset[str]:
    """Return the articles of ``squad2_part`` that the reader was not trained on."""
    from training.prepare import HELD_OUT

    lines = (data / "squad2_part" / "corpus.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return frozenset(row["id"] for row in rows if row["title"] in HELD_OUT and not row["in_xquad"])


def write(weights: dict[str, Any]) -> None:
    """Write the weights with the day they were fitted; later reads see the new ones."""
    weights["fitted"] = datetime.now(UTC).date().isoformat()
    WEIGHTS.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")
    load_weights.cache_clear()


if __name__ == "__main__":
    main()
