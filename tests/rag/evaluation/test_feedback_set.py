from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import FeedbackError
from onrecord import Article, Feedback, HashEmbedder, Library, Rating
from rag import Assistant, Settings
from rag.evaluation.evaluate import evaluate_set
from rag.evaluation.feedback_set import export_feedback, export_id, settle_text, sort_verdicts

ARTICLES = (
    Article("ferry", "Second ferry", "A second ferry crosses Saltmere harbour. It takes 90 people.",
            outlet="Corvane Wire"),
    Article(" odd id ", "Bridge shut", "The Tollen Bridge stays shut until May, Ola Brandt said."),
    Article("x" * 500, "Tram", "The tram to Quill runs every nine minutes."),
)  # fmt: skip
SHAPE = {"id", "question", "answers", "answerable", "gold_doc_ids", "gold_spans", "history"}


@pytest.fixture
def shelf(library: Library) -> Library:
    library.add(ARTICLES)
    return library


def judge(article: Article, quote: str, verdict: Rating = Rating.UP, **changes: object) -> Feedback:
    """Return a verdict on an answer that cites one sentence, and a further one in no claim."""
    start = article.text.index(quote)
    cited = {"number": 1, "article_id": article.article_id, "quote": quote}
    cited |= {"start": start, "end": start + len(quote)}
    other = {"number": 2, "article_id": "ferry", "quote": "A second", "start": 0, "end": 8}
    feedback = Feedback(
        question=f"what about {quote}?",
        verdict=verdict,
        claims=({"text": quote, "support": "supported", "citations": [1]},),
        citations=(cited, other),
    )
    return replace(feedback, **changes)  # type: ignore[arg-type]


FERRY = judge(ARTICLES[0], "It takes 90 people.")
REFUSED = Feedback("who won the cup?", Rating.UP, refused=True)


def read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_the_export_is_a_set_that_eval_runs(shelf: Library, tmp_path: Path) -> None:
    for feedback in (FERRY, REFUSED, judge(ARTICLES[2], "nine minutes", Rating.DOWN, note="no")):
        shelf.feedback.put(feedback)
    report = export_feedback(shelf, tmp_path / "set")
    assert (report.articles, report.questions, report.answerable, report.rejected) == (3, 2, 1, 1)
    queries = read_lines(tmp_path / "set" / "queries.jsonl")
    assert all(set(query) == SHAPE for query in queries)
    texts = {row["id"]: row["text"] for row in read_lines(tmp_path / "set" / "corpus.jsonl")}
    (span,) = next(q for q in queries if q["answerable"])["gold_spans"]
    assert texts[span[0]][span[1] : span[2]] == "It takes 90 people."
    (refused,) = (q for q in queries if not q["answerable"])
    assert (refused["gold_doc_ids"], refused["gold_spans"]) == ([], [])
    (rejected,) = read_lines(tmp_path / "set" / "rejected.jsonl")
    assert (rejected["note"], rejected["answerable"]) == ("no", None)
    assert sorted(file.name for file in (tmp_path / "set").iterdir()) == [
        "corpus.jsonl", "queries.jsonl", "rejected.jsonl",
    ]  # fmt: skip

    with Library.create(tmp_path / "fresh", embedder=HashEmbedder()):
        pass
    scored = evaluate_set(tmp_path / "set", library=tmp_path / "fresh", settings=Settings())
    assert scored.articles == 3
    assert len(scored.outcomes) == 2


def test_every_id_and_offset_of_the_set_holds_in_a_library_made_of_it(
    shelf: Library, tmp_path: Path
) -> None:
    for article in ARTICLES:
        shelf.feedback.put(judge(article, article.text.split(". ")[0][-14:]))
    export_feedback(shelf, tmp_path)
    with Library.create(tmp_path / "fresh", embedder=HashEmbedder()) as fresh:
        assert fresh.add([tmp_path / "corpus.jsonl"]).skipped == ()
        for query in read_lines(tmp_path / "queries.jsonl"):
            for name, start, end in query["gold_spans"]:
                assert fresh.get(name).text[start:end] in query["question"]
            assert query["gold_doc_ids"] == sorted({name for name, _, _ in query["gold_spans"]})
    assert len({export_id(article) for article in ARTICLES}) == 3


def test_an_answer_that_was_given_is_stored_and_exported(shelf: Library, tmp_path: Path) -> None:
    answer = Assistant(shelf, Settings(refuse_below=0.0)).ask("how many people does it take?")
    fields = answer.to_dict()
    claims, citations = fields["claims"], fields["citations"]
    assert isinstance(claims, list)
    assert isinstance(citations, list)
    shelf.feedback.put(
        Feedback(answer.question, Rating.UP, claims=tuple(claims), citations=tuple(citations))
    )
    export_feedback(shelf, tmp_path)
    (query,) = read_lines(tmp_path / "queries.jsonl")
    cited = {number for claim in answer.claims for number in claim.citations}
    assert len(query["gold_spans"]) == len(cited)


def test_what_is_context_is_no_gold(shelf: Library) -> None:
    (claim,) = FERRY.claims
    context = {"text": "A second", "support": "supported", "citations": [2], "context": True}
    judged = replace(FERRY, claims=({**claim, "context": False}, context))
    (query,) = sort_verdicts(shelf, [judged]).queries
    assert query["gold_spans"] == sort_verdicts(shelf, [FERRY]).queries[0]["gold_spans"]


@pytest.mark.parametrize(
    ("verdicts", "reasons"),
    [
        ([replace(FERRY, verdict=Rating.DOWN)], ["judged wrong"]),
        ([FERRY, replace(FERRY, feedback_id="b", verdict=Rating.DOWN)],
         ["judged wrong", "readers disagree about this answer"]),
        ([replace(REFUSED, only={"outlets": ["Bay"]})],
         ["refused under a filter; without it the articles may answer"]),
        ([FERRY, replace(REFUSED, question=FERRY.question.upper())],
         ["judged right both as an answer and as a refusal"] * 2),
        ([judge(replace(ARTICLES[0], text="It sank."), "It sank.")],
         ["what it cites is no longer in the articles"]),
        ([judge(replace(ARTICLES[0], article_id="gone"), "It takes 90 people.")],
         ["what it cites is no longer in the articles"]),
        ([replace(FERRY, claims=())], ["what it cites is no longer in the articles"]),
    ],
    ids=["down", "disputed", "filtered", "both", "changed", "gone", "uncited"],
)  # fmt: skip
def test_what_thumbs_do_not_settle_is_for_a_person(
    shelf: Library, verdicts: list[Feedback], reasons: list[str]
) -> None:
    found = sort_verdicts(shelf, verdicts)
    assert found.queries == []
    assert sorted(str(row["reason"]) for row in found.rejected) == sorted(reasons)


def test_the_same_question_is_one_question_but_not_in_another_conversation(
    shelf: Library,
) -> None:
    other = judge(ARTICLES[0], "A second ferry", question=FERRY.question)
    history = ({"role": "user", "text": "tell me of trams"},)
    found = sort_verdicts(shelf, [FERRY, other, replace(FERRY, history=history, feedback_id="h")])
    assert [len(query["gold_spans"]) for query in found.queries] == [2, 1]  # type: ignore[arg-type]
    assert found.queries[1]["history"] == list(history)


def test_a_sentence_that_moved_is_found_again(shelf: Library) -> None:
    shelf.add(replace(ARTICLES[0], text=f"Corrected today. {ARTICLES[0].text}"))
    (query,) = sort_verdicts(shelf, [FERRY]).queries
    start = shelf.get("ferry").text.index("It takes")
    assert query["gold_spans"] == [["ferry", start, start + len("It takes 90 people.")]]


def test_a_text_that_cleaning_changes_is_exported_settled(shelf: Library, tmp_path: Path) -> None:
    raw = "First  line .\r\n\r\n\r\n\r\nA “quote” &amp; more.\u00ad It ends here."
    shelf.add(Article("raw", "Raw", raw))
    settled = settle_text(raw)
    assert settle_text(settled) == settled
    shelf.feedback.put(judge(Article("raw", "Raw", raw), "It ends here."))
    export_feedback(shelf, tmp_path)
    (query,) = read_lines(tmp_path / "queries.jsonl")
    ((_, start, end),) = query["gold_spans"]
    assert settled[start:end] == "It ends here."


def test_nothing_to_export_and_nowhere_to_write_are_one_line(
    shelf: Library, tmp_path: Path
) -> None:
    with pytest.raises(FeedbackError, match="onrecord serve"):
        export_feedback(shelf, tmp_path)
    shelf.feedback.put(FERRY)
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(FeedbackError, match="cannot write the question set"):
        export_feedback(shelf, tmp_path / "file")
