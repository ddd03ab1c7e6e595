"""Answers as text and as the JSON object that scripts read."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord import Article, Copy, Hit, Library, Passage, Sentence
from rag import Answer, Citation, Claim, Support
from rag.types import REFUSAL, Answered, AnswerPart, defuse_marks

MARK = re.compile(r"\[\s*\d+\s*\]")

TEXT = "The ferry sank [1] at dawn. Nobody was hurt."
ARTICLE = Article("a/1", "Ferry «sinks»", TEXT, "https://news.example/1", date(2024, 5, 3), "Wire")
COPY = Copy("b", "A ferry sinks", "", None, 4, 31)
SENTENCES = (Sentence(0, 27, TEXT[:27]), Sentence(28, 44, TEXT[28:]))
HIT = Hit(ARTICLE, Passage(0, 44, TEXT, SENTENCES), 1.83337, 0.5, 2.25, 0.75, (0.5, 0.75), (COPY,))
FIRST = Citation(
    number=1,
    article_id="a/1",
    title=ARTICLE.title,
    outlet="Wire",
    source=ARTICLE.source,
    published=ARTICLE.published,
    start=28,
    end=44,
    quote=TEXT[28:],
    copies=(COPY,),
    url="https://news.example/1",
    author="Ann Reed",
    date_basis="page",
    page=3,
)
SECOND = replace(FIRST, number=2, published=None, start=0, end=27, quote=TEXT[:27], copies=())
ANSWER = Answer(
    question="was anybody hurt?",
    standalone_question="was anybody hurt? (ferry)",
    refused=False,
    claims=(
        Claim(SECOND.quote, Support.SUPPORTED, (2,)),
        Claim("All were saved.", Support.PARTLY, (1, 2), "no article says all"),
    ),
    citations=(FIRST, SECOND),
    hits=(HIT,),
    probability=0.876543,
    seconds={"retrieve": 0.0123456, "answer": 0.05, "total": 0.0623456},
    notice="asked slowly",
)
REFUSED = replace(ANSWER, refused=True, claims=())

CONTRACT = {
    "": {"question", "standalone_question", "refused", "text", "claims", "citations", "passages"}
    | {"seconds"},
    "claims": {"text", "support", "citations"},
    "citations": {"number", "article_id", "title", "source", "published", "start", "end", "quote"},
    "passages": {"article_id", "start", "end", "score", "text"},
}


def as_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as a script reads it."""
    parsed = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert isinstance(parsed, dict)
    return parsed


def test_the_text_has_a_mark_behind_every_claim() -> None:
    assert ANSWER.text == "The ferry sank (1) at dawn. [2] All were saved. [1] [2]"


def test_a_refusal_says_one_thing() -> None:
    assert REFUSED.text == REFUSAL
    assert "[" not in REFUSED.text


def test_a_claim_without_citations_has_no_mark() -> None:
    bare = replace(ANSWER, claims=(Claim("So it is said [3].", Support.UNSUPPORTED, ()),))
    assert bare.text == "So it is said (3)."


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("It sank [1].", "It sank (1)."),
        ("It sank[12][ 3 ]", "It sank(12)( 3 )"),
        ("It sank [1, 2]", "It sank (1, 2)"),
        ("It sank [1-3]", "It sank (1-3)"),
        ("It sank [٣]", "It sank (٣)"),
        ("It sank ［4］", "It sank (4)"),
        ("It sank [\n7\n]", "It sank (\n7\n)"),
        ("It sank [12345]", "It sank (12345)"),
    ],
)
def test_what_looks_like_a_mark_is_defused(text: str, safe: str) -> None:
    assert defuse_marks(text) == safe


@pytest.mark.parametrize("text", ["[sic]", "[2 dead]", "a[i]", "[]", "] 1 [", "(1)", "no marks"])
def test_other_brackets_stay(text: str) -> None:
    assert defuse_marks(text) == text


@given(
    st.text(st.sampled_from("[]() 12٣,x\n［］"), max_size=20), st.sampled_from([(), (1,), (1, 2)])
)
def test_every_mark_in_a_text_is_a_citation(text: str, citations: tuple[int, ...]) -> None:
    answer = replace(ANSWER, claims=(Claim(text, Support.SUPPORTED, citations),))
    assert len(defuse_marks(text)) == len(text)
    assert MARK.findall(answer.text) == [f"[{number}]" for number in citations]


@pytest.mark.parametrize("answer", [ANSWER, REFUSED], ids=["answer", "refusal"])
def test_the_json_object_has_what_the_contract_names(answer: Answer) -> None:
    given_object = as_json(answer)
    assert set(given_object) >= CONTRACT[""]
    for name in ("claims", "citations", "passages"):
        for row in given_object[name]:
            assert set(row) >= CONTRACT[name]


@pytest.mark.parametrize(
    ("missing", "contexts", "answered"),
    [
        ((), [False], "yes"),
        ((), [False, True], "yes"),
        (("the price",), [False, True], "partly"),
        (("the price",), [True, True], "no"),
        ((), [], "no"),
    ],
)
def test_how_much_is_answered(
    missing: tuple[str, ...], contexts: list[bool], answered: str
) -> None:
    claims = tuple(Claim("It sank.", Support.SUPPORTED, (1,), context=c) for c in contexts)
    answer = replace(ANSWER, claims=claims, missing=missing)
    assert as_json(answer)["answered"] == answered
    assert as_json(answer)["missing"] == list(missing)
    assert [row["context"] for row in as_json(answer)["claims"]] == contexts
    assert as_json(replace(answer, refused=True))["answered"] == "no"


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("What did he say? (Tom Reck, bridge)", "What did he say?"),
        ("What did the union (of dockers) say?", "What did the union (of dockers) say?"),
        ("Who resigned?", "Who resigned?"),
    ],
)
def test_a_heading_has_only_the_words_that_were_asked(question: str, heading: str) -> None:
    assert AnswerPart(question, "one", Answered.YES).heading == heading


def test_the_json_object_says_what_the_answer_says() -> None:
    given_object = as_json(ANSWER)
    assert given_object["question"] == "was anybody hurt?"
    assert given_object["standalone_question"] == "was anybody hurt? (ferry)"
    assert given_object["refused"] is False
    assert given_object["text"] == ANSWER.text
    assert given_object["notice"] == "asked slowly"
    assert given_object["seconds"] == {"retrieve": 0.0123, "answer": 0.05, "total": 0.0623}
    assert given_object["probability"] == 0.8765
    assert given_object["claims"] == [
        {
            "text": SECOND.quote,
            "support": "supported",
            "reason": "",
            "citations": [2],
            "context": False,
            "part": 0,
        },
        {
            "text": "All were saved.",
            "support": "partly",
            "reason": "no article says all",
            "citations": [1, 2],
            "context": False,
            "part": 0,
        },
    ]
    copy = {
        "article_id": "b",
        "title": "A ferry sinks",
        "outlet": "",
        "published": None,
        "start": 4,
        "end": 31,
    }
    assert given_object["citations"] == [
        {
            "number": 1,
            "article_id": "a/1",
            "title": "Ferry «sinks»",
            "outlet": "Wire",
            "source": "https://news.example/1",
            "published": "2024-05-03",
            "start": 28,
            "end": 44,
            "quote": "Nobody was hurt.",
            "answer_span": None,
            "copies": [copy],
            "url": "https://news.example/1",
            "author": "Ann Reed",
            "date_basis": "page",
            "page": 3,
        },
        {
            "number": 2,
            "article_id": "a/1",
            "title": "Ferry «sinks»",
            "outlet": "Wire",
            "source": "https://news.example/1",
            "published": None,
            "start": 0,
            "end": 27,
            "quote": "The ferry sank [1] at dawn.",
            "answer_span": None,
            "copies": [],
            "url": "https://news.example/1",
            "author": "Ann Reed",
            "date_basis": "page",
            "page": 3,
        },
    ]
    assert given_object["passages"] == [
        {
            "article_id": "a/1",
            "title": "Ferry «sinks»",
            "outlet": "Wire",
            "source": "https://news.example/1",
            "published": "2024-05-03",
            "start": 0,
            "end": 44,
            "score": 1.8334,
            "text": TEXT,
            "copies": [copy],
        }
    ]


def test_a_refusal_keeps_the_nearest_sentences() -> None:
    given_object = as_json(REFUSED)
    assert given_object["refused"] is True
    assert given_object["text"] == REFUSAL
    assert given_object["claims"] == []
    assert len(REFUSED.citations) == 2
    assert len(given_object["citations"]) == 2


def test_hits_of_a_library_are_json(stocked: Library) -> None:
    hits = stocked.search("harbour ferry", 10)
    rows = as_json(replace(ANSWER, hits=hits))["passages"]
    assert [row["article_id"] for row in rows] == [hit.article.article_id for hit in hits]
    for row in rows:
        article = stocked.get(row["article_id"])
        assert article.text[row["start"] : row["end"]] == row["text"]


def test_an_answer_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        ANSWER.refused = True  # type: ignore[misc]
