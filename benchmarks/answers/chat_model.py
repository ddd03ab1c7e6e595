"""What a chat model costs, and the quality of its statements before and after verification.

    python -m benchmarks.answers.chat_model SET --library DIR --model local --limit 100
    python -m benchmarks.answers.chat_model SET --library DIR --model local --claims out.jsonl

The first prints tokens sent per question, and the time of verification and of everything else as
shares of the model's own. With ``--claims``, every statement of the model is written as a line of
JSON with the text that it cites, for people to judge: ``verdict`` is the result of the check,
``shown`` whether it would be part of the answer. The lines contain article text; keep them out of
any repository that is not its publisher's.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from benchmarks.machine import describe_machine
from index.library import Library
from rag.assistant import Assistant
from rag.chat.claim_check import CheckedClaim
from rag.evaluation.question_sets import Query, find_set_files, read_queries
from rag.settings import Settings
from rag.types import Answer


def main() -> None:
    """Measure what the arguments ask for."""
    arguments = _parse_arguments()
    settings = Settings(
        model=arguments.model,
        base_url=arguments.base_url,
        deadline_seconds=arguments.deadline,
        library=arguments.library,
    )
    _, queries_file = find_set_files(arguments.set)
    queries = [query for query in read_queries(queries_file) if query.question]
    with ExitStack() as stack:
        library = stack.enter_context(Library.open(arguments.library))
        output = (
            stack.enter_context(arguments.claims.open("w", encoding="utf-8"))
            if arguments.claims
            else None
        )
        answers = _ask_all(Assistant(library, settings), queries[: arguments.limit], output)
    _print_report(arguments.model, answers)


def _ask_all(assistant: Assistant, queries: list[Query], output: TextIO | None) -> list[Answer]:
    checked: list[CheckedClaim] = []
    assistant.observe_claims(checked.append)
    answers = []
    for number, query in enumerate(queries, 1):
        checked.clear()
        answer = assistant.ask(query.question)
        answers.append(answer)
        if output is not None:
            for place, claim in enumerate(checked, 1):
                line = _describe(query, answer, claim, place)
                output.write(json.dumps(line, ensure_ascii=False) + "\n")
            output.flush()
        print(f"\r{number} of {len(queries)}", end="", flush=True)
    print()
    return answers


def _describe(query: Query, answer: Answer, claim: CheckedClaim, place: int) -> dict[str, object]:
    return {
        "question": query.question,
        "claim_number": place,
        "said": claim.raw.text,
        "given": list(claim.raw.numbers),
        "text": claim.text,
        "verdict": claim.verdict.support.value,
        "score": round(claim.verdict.score, 4),
        "reasons": [reason.text for reason in claim.verdict.reasons],
        "attributed": claim.attributed,
        "shown": claim.shown and bool(answer.model),
        "cited": [
            {
                "article_id": item.evidence.hit.article.article_id,
                "start": item.evidence.start,
                "end": item.evidence.end,
                "text": item.evidence.text,
            }
            for item in claim.evidence
        ],
    }


def _print_report(model: str, answers: list[Answer]) -> None:
    asked = [answer for answer in answers if answer.tokens]
    print(f"{model}; " + ", ".join(f"{name} {value}" for name, value in describe_machine().items()))
    print(f"questions: {len(answers)}, put to the model: {len(asked)}")
    if not asked:
        return
    model_seconds = [answer.seconds["model"] for answer in asked]
    spent = sum(model_seconds)
    verify = sum(answer.seconds["verify"] for answer in asked)
    other = sum(
        answer.seconds["total"] - answer.seconds["model"] - answer.seconds["verify"]
        for answer in asked
    )
    sent = [answer.tokens["sent"] for answer in asked]
    received = [answer.tokens["received"] for answer in asked]
    outcome = Counter(
        "refused" if answer.refused else "by the model" if answer.model else "quoted instead"
        for answer in asked
    )
    print(f"tokens sent a question: median {statistics.median(sent):.0f}, most {max(sent)}")
    print(f"tokens received: median {statistics.median(received):.0f}, most {max(received)}")
    print(f"model's time a question: median {statistics.median(model_seconds):.2f} s")
    print(f"verification: {verify / spent:.2%} of the model's time")
    print(f"everything else: {other / spent:.2%} of the model's time")
    print("answers: " + ", ".join(f"{count} {name}" for name, count in outcome.most_common()))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("set", type=Path, help="folder with corpus.jsonl and queries.jsonl")
    parser.add_argument("--library", type=Path, required=True, help="the set's library")
    parser.add_argument("--model", default="local")
    parser.add_argument("--base-url", default="")
    parser.add_argument("--deadline", type=float, default=60.0)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--claims", type=Path, help="write the statements there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
