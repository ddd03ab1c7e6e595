"""What share of a chat model's statements a reader calls unsupported, before and after the check.

    python -m benchmarks.answers.chat_model SET --library LIBRARY --claims CLAIMS.jsonl
    python -m benchmarks.answers.claim_labels CLAIMS.jsonl

Labels were assigned by hand, by reading the cited text alone: to samples of the first runs, and to
every statement of the later ones. A statement that the cited text supports only in part is
``unsupported``. Whether a statement is shown is decided afresh, by today's limits on the score that
its run stored, so that the labels of older runs stay useful.

They are stored without the text, which belongs to publishers: a statement is identified by a digest
of its words and of the places that it cites. A run with another model, library or reader makes
other statements, which are counted as unlabelled.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.chat.claim_check import follows_evidence, is_asking
from rag.types import Support

LABELS = Path(__file__).with_name("claim_labels.jsonl")


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("claims", type=Path, help="what chat_model --claims wrote")
    arguments = parser.parse_args()
    labels = {row["claim"]: row["label"] for row in _read(LABELS)}
    claims = list(_read(arguments.claims))
    shown = [claim for claim in claims if is_shown(claim)]
    for name, group in (("before", claims), ("after", shown)):
        counts = Counter(labels.get(digest_claim(claim), "unlabelled") for claim in group)
        labelled = counts["supported"] + counts["unsupported"]
        share = f"{counts['unsupported'] / labelled:.0%}" if labelled else "none labelled"
        print(
            f"{name}: {len(group)} statements, {labelled} labelled,"
            f" {counts['unsupported']} unsupported ({share})"
        )


def digest_claim(claim: Mapping[str, Any]) -> str:
    """Return the identifier of a statement with the places that it cites."""
    places = [[c["article_id"], c["start"], c["end"]] for c in claim["cited"]]
    return hashlib.sha256(json.dumps([claim["said"], places]).encode()).hexdigest()[:24]


def is_shown(claim: Mapping[str, Any]) -> bool:
    """Return whether today's limits show a statement from a run, perhaps an older one."""
    if not claim["attributed"]:
        return bool(claim["shown"])
    spans = [cited["text"] for cited in claim["cited"]]
    return (
        claim["verdict"] != Support.UNSUPPORTED
        and not is_asking(claim["text"], spans)
        and follows_evidence(claim["text"], spans, claim["score"])
    )


def _read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


if __name__ == "__main__":
    main()
