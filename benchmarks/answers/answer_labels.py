"""What share of the shown sentences answers, stands beside as context, is off, or misleads.

    python -m benchmarks.answers.answer_labels DATA/nuggets_2022 --library LIBRARY

Every sentence of the answers to ``nuggets_2022`` was labelled once by reading question, citation
and article: ``answers``, ``context``, ``off`` (true, but beside the point) or ``misleading`` (who
reads it as the answer is wrong). The labels are kept without the text, which belongs to publishers:
a sentence is identified by a digest of its question and its words. Sentences that today's answers
show for the first time are counted as unlabelled.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path

from index.library import Library
from rag.assistant import Assistant

LABELS = Path(__file__).with_name("answer_labels.jsonl")


def main() -> None:
    """Ask the questions and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("questions", type=Path, help="folder with queries.jsonl")
    parser.add_argument("--library", type=Path, required=True, help="of realtimeqa_2022")
    arguments = parser.parse_args()
    rows = map(json.loads, LABELS.read_text("utf-8").splitlines())
    labels = {row["claim"]: row["label"] for row in rows}
    counts: dict[str, Counter[str]] = {"answerable": Counter(), "near miss": Counter()}
    lines = (arguments.questions / "queries.jsonl").read_text("utf-8").splitlines()
    with Library.open(arguments.library) as library:
        assistant = Assistant(library)
        for query in map(json.loads, lines):
            group = counts["answerable" if query["answerable"] else "near miss"]
            for claim in assistant.ask(query["question"]).claims:
                shown = "context" if claim.context else "answer"
                label = labels.get(digest_sentence(query["id"], claim.text), "unlabelled")
                group[f"shown as {shown}: {label}"] += 1
    print(
        json.dumps({name: dict(sorted(group.items())) for name, group in counts.items()}, indent=1)
    )


def digest_sentence(question_id: str, text: str) -> str:
    """Return the identifier of a sentence shown to a question."""
    return hashlib.sha256(json.dumps([question_id, text]).encode()).hexdigest()[:24]


if __name__ == "__main__":
    main()
