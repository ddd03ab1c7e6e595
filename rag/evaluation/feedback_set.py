"""Verdicts on answers -> a question set that ``onrecord eval`` runs.

How a thumb is interpreted:

- up on an answer: its citations are gold spans, and the question can be answered;
- up on a refusal: the question cannot be answered from these articles;
- down: something is wrong, and only a person can say what it should be. It goes to
  ``rejected.jsonl`` with the answer and the note, for that person to label.

Anything that the thumbs do not settle goes there too: readers who disagree, a refusal that was due
only to a filter, a cited sentence that is no longer in the article.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import ArticleNotFoundError, FeedbackError
from index.language.words import word_ranks
from index.library import Library
from index.record.feedback import Feedback, Rating
from index.remedies import Remedy
from index.text.clean import clean_text
from index.types import Article
from rag.evaluation.measures import normalize_text

CORPUS, QUERIES, REJECTED = "corpus.jsonl", "queries.jsonl", "rejected.jsonl"

_MAX_ID_CHARS = 200
_MAX_CLEANINGS = 5


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote.

    Attributes:
        articles: Lines of ``corpus.jsonl``: the whole library, since a question is only as
            hard as the articles that do not answer it.
        questions: Lines of ``queries.jsonl``.
        answerable: How many of these can be answered.
        rejected: Lines of ``rejected.jsonl``.
    """

    articles: int
    questions: int
    answerable: int
    rejected: int


@dataclass(slots=True)
class _Set:
    queries: list[dict[str, object]] = field(default_factory=list)
    rejected: list[dict[str, object]] = field(default_factory=list)


def export_feedback(library: Library, folder: Path) -> ExportReport:
    """Write the verdicts of a library as a question set, with all of its articles.

    Files of an earlier export in the folder are replaced, each at once.

    Args:
        library: The library.
        folder: The folder to write to; made if necessary.

    Raises:
        FeedbackError: If there is no verdict, or the folder cannot be written.
    """
    verdicts = library.feedback.all()
    if not verdicts:
        raise FeedbackError(
            "nobody has judged an answer yet",
            Remedy("serve", library.path, purpose="and use the thumbs"),
        )
    found = sort_verdicts(library, verdicts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        articles = _write_lines(folder / CORPUS, _corpus(library))
        _write_lines(folder / QUERIES, found.queries)
        _write_lines(folder / REJECTED, found.rejected)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FeedbackError(
            f"cannot write the question set to '{folder}' ({reason}); choose another --export"
        ) from error
    answerable = sum(bool(query["answerable"]) for query in found.queries)
    return ExportReport(articles, len(found.queries), answerable, len(found.rejected))


def sort_verdicts(library: Library, verdicts: Iterable[Feedback]) -> _Set:
    """Sort verdicts into questions of the set and cases that a person has to look at."""
    groups: dict[tuple[object, ...], list[Feedback]] = {}
    for verdict in verdicts:
        groups.setdefault(_question_key(verdict), []).append(verdict)
    result = _Set()
    for group in groups.values():
        _sort_group(library, group, result)
    return result


def _sort_group(library: Library, group: list[Feedback], result: _Set) -> None:
    up = [verdict for verdict in group if verdict.verdict is Rating.UP]
    down = [verdict for verdict in group if verdict.verdict is Rating.DOWN]
    result.rejected += [_to_rejected(verdict, "judged wrong") for verdict in down]
    if not up:
        return
    newest = up[-1]
    if len({verdict.refused for verdict in up}) > 1:
        reason = "judged right both as an answer and as a refusal"
        result.rejected += [_to_rejected(verdict, reason) for verdict in up]
    elif any(other.refused == newest.refused and _same_answer(other, newest) for other in down):
        reason = "readers disagree about this answer"
        result.rejected += [_to_rejected(verdict, reason) for verdict in up]
    elif newest.refused and newest.only:
        reason = "refused under a filter; without it the articles may answer"
        result.rejected.append(_to_rejected(newest, reason))
    elif newest.refused:
        result.queries.append(_to_query(newest, []))
    else:
        spans = sorted({span for verdict in up for span in _find_spans(library, verdict)})
        if spans:
            result.queries.append(_to_query(newest, spans))
        else:
            reason = "what it cites is no longer in the articles"
            result.rejected.append(_to_rejected(newest, reason))


def _question_key(verdict: Feedback) -> tuple[object, ...]:
    history = tuple(normalize_text(str(turn.get("text", ""))) for turn in verdict.history)
    return normalize_text(verdict.question), history


def _same_answer(one: Feedback, other: Feedback) -> bool:
    return [claim.get("text") for claim in one.claims] == [
        claim.get("text") for claim in other.claims
    ]


def _to_query(verdict: Feedback, spans: list[tuple[str, int, int]]) -> dict[str, object]:
    return {
        "id": verdict.feedback_id,
        "question": verdict.question,
        "answers": [],
        "answerable": not verdict.refused,
        "gold_doc_ids": sorted({name for name, _, _ in spans}),
        "gold_spans": [list(span) for span in spans],
        "history": [_to_turn(turn) for turn in verdict.history],
    }


def _to_rejected(verdict: Feedback, reason: str) -> dict[str, object]:
    return {
        "id": verdict.feedback_id,
        "question": verdict.question,
        "history": [_to_turn(turn) for turn in verdict.history],
        "standalone_question": verdict.standalone_question,
        "only": dict(verdict.only),
        "reason": reason,
        "verdict": verdict.verdict.value,
        "note": verdict.note,
        "refused": verdict.refused,
        "claims": [dict(claim) for claim in verdict.claims],
        "citations": [dict(citation) for citation in verdict.citations],
        "answerable": None,
        "gold_doc_ids": [],
        "gold_spans": [],
    }


def _to_turn(turn: Mapping[str, object]) -> dict[str, str]:
    return {"role": str(turn.get("role", "")), "text": str(turn.get("text", ""))}


def _find_spans(library: Library, verdict: Feedback) -> list[tuple[str, int, int]]:
    """Return where the quotes that the claims cite are in the exported articles now.

    Claims that are context answer nothing.
    """
    answering = [claim for claim in verdict.claims if not claim.get("context")]
    cited = {number for claim in answering for number in _numbers(claim)}
    spans = []
    for citation in verdict.citations:
        quote, start = citation.get("quote"), citation.get("start")
        if citation.get("number") not in cited or not isinstance(quote, str) or not quote:
            continue
        try:
            article = library.get(str(citation.get("article_id")))
        except ArticleNotFoundError:
            continue
        text = settle_text(article.text)
        place = start if isinstance(start, int) and text.startswith(quote, start) else -1
        if place < 0:
            place = text.find(quote)
        if place >= 0:
            spans.append((export_id(article), place, place + len(quote)))
    return spans


def _numbers(claim: Mapping[str, object]) -> list[object]:
    numbers = claim.get("citations")
    return list(numbers) if isinstance(numbers, list | tuple) else []


def settle_text(text: str) -> str:
    """Return a text that adding it again leaves unchanged, so that offsets into it stay valid."""
    ranks = word_ranks()
    for _ in range(_MAX_CLEANINGS):
        cleaned = clean_text(text, word_ranks=ranks)
        if cleaned == text:
            break
        text = cleaned
    return text


def export_id(article: Article) -> str:
    """Return an article's id in a collection: its own, or one derived from it if unusable."""
    name = article.article_id
    if name.isprintable() and name == name.strip() and len(name) <= _MAX_ID_CHARS:
        return name
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32]


def _corpus(library: Library) -> Iterable[dict[str, object]]:
    for summary in library.articles():
        article = library.get(summary.article_id)
        yield {
            "id": export_id(article),
            "title": article.title,
            "text": settle_text(article.text),
            "date": article.published.isoformat() if article.published else None,
            "outlet": article.outlet,
            "source": article.source,
        }


def _write_lines(file: Path, rows: Iterable[Mapping[str, object]]) -> int:
    """Write JSON Lines under a temporary name and move them into place; return their number."""
    part = file.with_name(f"{file.name}.part")
    count = 0
    try:
        with part.open("w", encoding="utf-8") as lines:
            for row in rows:
                lines.write(f"{json.dumps(row)}\n")
                count += 1
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return count
