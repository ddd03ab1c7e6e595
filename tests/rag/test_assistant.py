from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import Runnable

from index.errors import LibraryEmptyError, LibraryNotFoundError
from index.types import EncoderIdentity
from onrecord import Article, Filter, HashEmbedder, Library
from rag import Answer, Assistant, Settings, Support, Turn, ask
from rag.assistant import AssistantInput
from rag.errors import QuestionError
from rag.types import Answered

MakeArticles = Callable[..., list[Article]]

ALWAYS = Settings(refuse_below=0.0)
NEVER = Settings(refuse_below=1.0)
BRIDGE = Article(
    "bridge",
    "Bridge closed",
    "The Tollen Bridge was closed on Friday. Mayor Tom Reck ordered it. He said it was unsafe.",
    outlet="The Post",
    published=date(2025, 3, 4),
)
FERRY = Article(
    "ferry",
    "Second ferry",
    "A second ferry crosses the harbour of Saltmere. It carries eighty cars every hour.",
    outlet="The Wire",
    published=date(2025, 3, 20),
)


@pytest.fixture
def assistant(library: Library) -> Assistant:
    library.add([BRIDGE, FERRY])
    return Assistant(library, ALWAYS)


def test_every_claim_is_its_citation_word_for_word(assistant: Assistant) -> None:
    answer = assistant.ask("Who closed the Tollen Bridge?")
    assert not answer.refused
    assert answer.claims
    by_number = {citation.number: citation for citation in answer.citations}
    for claim in answer.claims:
        assert claim.support is Support.SUPPORTED
        (number,) = claim.citations
        citation = by_number[number]
        text = assistant.library.get(citation.article_id).text
        assert claim.text == citation.quote == text[citation.start : citation.end]


def test_a_sentence_that_leans_on_another_is_quoted_with_it(assistant: Assistant) -> None:
    answer = assistant.ask("What did the mayor say about the bridge?")
    quoting = [claim.text for claim in answer.claims if "unsafe" in claim.text]
    assert quoting
    assert all("Mayor Tom Reck" in text for text in quoting)


def test_a_refusal_says_the_nearest_sentences_as_context(library: Library) -> None:
    library.add([BRIDGE, FERRY])
    answer = Assistant(library, NEVER).ask("Who closed the Tollen Bridge?")
    assert answer.refused
    assert answer.answered is Answered.NO
    assert answer.missing == ("Who closed the Tollen Bridge?",)
    assert all(claim.context for claim in answer.claims)
    assert {citation.article_id for citation in answer.citations} == {"bridge"}
    assert answer.text.startswith("The articles do not say. What they do say: ")


@pytest.mark.parametrize("given", [None, 3, {"q": "Who?"}, {"question": b"Who?"}])
def test_what_is_no_question_is_one_line(assistant: Assistant, given: object) -> None:
    with pytest.raises(QuestionError, match="a question is text"):
        assistant.invoke(given)  # type: ignore[arg-type]


@pytest.mark.parametrize("turn", [None, "Who?", {"role": "user"}, {"role": "user", "text": 3}])
def test_what_is_no_turn_is_one_line(assistant: Assistant, turn: object) -> None:
    with pytest.raises(QuestionError, match="a turn of the history"):
        assistant.ask("Who closed the bridge?", [turn])  # type: ignore[list-item]


def test_it_is_a_runnable(assistant: Assistant) -> None:
    question = "Who closed the Tollen Bridge?"
    expected = strip(assistant.ask(question))
    assert isinstance(assistant, Runnable)
    assert strip(assistant.invoke(question)) == expected
    assert [strip(a) for a in assistant.batch([question, {"question": question}])] == [expected] * 2
    assert strip(asyncio.run(assistant.ainvoke(question))) == expected
    *partial, last = assistant.stream(question)
    assert strip(last) == expected
    for n_claims, answer in enumerate(partial, start=1):
        assert answer.claims == last.claims[:n_claims]
    piped = assistant | (lambda answer: answer.text)
    assert piped.invoke(question) == last.text


def strip(answer: Answer) -> Answer:
    return replace(answer, seconds={})


TWO = "Who closed the Tollen Bridge, and how many cars does the ferry of Saltmere carry?"


def test_a_question_in_parts_grows_part_by_part(assistant: Assistant) -> None:
    *partial, last = assistant.stream(TWO)
    assert [part.question for part in last.parts] == [
        "Who closed the Tollen Bridge?",
        "How many cars does the ferry of Saltmere carry?",
    ]
    assert [section.heading for section in last.sections()] == [p.question for p in last.parts]
    for answer in partial:
        assert [part.question for part in answer.parts] == [p.question for p in last.parts]
        sections = answer.sections()
        assert sections == [
            replace(whole, claims=whole.claims[: len(section.claims)])
            for section, whole in zip(sections, last.sections(), strict=False)
        ]
        assert len(answer.text) < len(last.text)


def test_a_part_that_nothing_is_near_to_brings_no_sources(assistant: Assistant) -> None:
    question = "Who closed the Tollen Bridge, and what is the price of tea in Antarctica?"
    answer = Assistant(assistant.library).ask(question)
    assert answer.missing == ("What is the price of tea in Antarctica?",)
    assert answer.answered is Answered.PARTLY
    cited = {number for claim in answer.claims for number in claim.citations}
    assert {citation.number for citation in answer.citations} == cited
    assert answer.text.endswith("Antarctica?\nThe articles do not say.")


def test_a_question_in_parts_is_answered_as_one_if_wanted(assistant: Assistant) -> None:
    answer = assistant.ask(TWO, whole=True)
    assert [part.question for part in answer.parts] == [TWO]
    assert [section.heading for section in answer.sections()] == [""]
    assert strip(assistant.invoke({"question": TWO, "whole": True})) == strip(answer)


def test_history_gives_a_follow_up_its_topic(assistant: Assistant) -> None:
    history = [Turn("user", "Who closed the Tollen Bridge?"), Turn("assistant", "Tom Reck.")]
    answer = assistant.ask("When was that?", history)
    assert answer.question == "When was that?"
    assert "Tollen Bridge" in answer.standalone_question
    as_mappings = [{"role": turn.role, "text": turn.text} for turn in history]
    assert assistant.ask("When was that?", as_mappings).standalone_question == (
        answer.standalone_question
    )


def test_a_filter_keeps_other_articles_out(assistant: Assistant) -> None:
    answer = assistant.ask("What happened in the harbour?", only=Filter(sources=("The Post",)))
    assert {hit.article.article_id for hit in answer.hits} == {"bridge"}


def test_a_filter_that_nothing_passes_is_a_refusal_that_says_so(assistant: Assistant) -> None:
    answer = assistant.ask("What happened?", only=Filter(since=date(2031, 1, 1)))
    assert answer.refused
    assert answer.hits == ()
    assert answer.notice == "No article passes the filter."


@pytest.mark.parametrize("question", ["", "   \n", "x" * 10_000])
def test_bad_questions_are_one_line(assistant: Assistant, question: str) -> None:
    with pytest.raises(QuestionError) as caught:
        assistant.ask(question)
    assert "\n" not in str(caught.value)


def test_an_empty_library_says_what_to_do(library: Library) -> None:
    with pytest.raises(LibraryEmptyError, match="onrecord add"):
        Assistant(library).ask("Who resigned?")


def test_a_missing_library_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError, match="onrecord add"):
        ask("Who resigned?", library=tmp_path / "nowhere")


def test_ask_opens_the_library_of_the_settings(
    folder: Path, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_LIBRARY", str(folder))
    monkeypatch.setenv("ONRECORD_REFUSE_BELOW", "0")
    question = "Who closed the Tollen Bridge?"
    assert strip(ask(question)) == strip(assistant.ask(question))


def test_seconds_are_told_by_stage(assistant: Assistant) -> None:
    seconds = assistant.ask("Who closed the Tollen Bridge?").seconds
    assert set(seconds) == {"retrieve", "answer", "total"}
    assert seconds["total"] == pytest.approx(seconds["retrieve"] + seconds["answer"])


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(question=st.text(min_size=1, max_size=120).filter(str.strip))
def test_any_question_is_answered_or_refused(stocked: Library, question: str) -> None:
    answer = Assistant(stocked, ALWAYS).ask(question)
    assert 0.0 <= answer.probability <= 1.0
    numbers = {citation.number for citation in answer.citations}
    assert numbers == set(range(1, len(answer.citations) + 1))
    for claim in answer.claims:
        assert set(claim.citations) <= numbers
    for citation in answer.citations:
        article = stocked.get(citation.article_id)
        assert article.text[citation.start : citation.end] == citation.quote


def test_it_works_with_the_public_fake(tmp_path: Path) -> None:
    with Library.create(tmp_path / "library", embedder=HashEmbedder(32)) as library:
        library.add([FERRY])
        answer = Assistant(library, ALWAYS).ask("How many cars does the second ferry carry?")
    assert any("eighty cars" in claim.text for claim in answer.claims)


def test_a_stream_can_be_waited_for_without_blocking(assistant: Assistant) -> None:
    async def collect() -> list[Answer]:
        return [answer async for answer in assistant.astream("What happened to the Tollen Bridge?")]

    answers = asyncio.run(collect())
    expected = list(assistant.stream("What happened to the Tollen Bridge?"))
    assert len(answers) > 1
    assert [strip(answer) for answer in answers] == [strip(answer) for answer in expected]


def test_many_questions_are_answered_at_once(assistant: Assistant) -> None:
    questions: list[AssistantInput] = [
        "Who closed the Tollen Bridge?",
        "How many cars does the ferry carry?",
    ]
    expected = [strip(assistant.invoke(question)) for question in questions]
    assert [strip(a) for a in asyncio.run(assistant.abatch(questions))] == expected
    bad, good = assistant.batch(["", questions[0]], return_exceptions=True)
    assert "empty" in str(bad)
    assert strip(good) == expected[0]


def test_callbacks_see_one_run_for_each_answer(assistant: Assistant) -> None:
    ended: list[object] = []

    class Listener(BaseCallbackHandler):
        def on_chain_end(self, outputs: object, **_: object) -> None:
            ended.append(outputs)

    answer = assistant.invoke("Who closed the bridge?", {"callbacks": [Listener()]})
    assert ended == [answer]


def test_the_passages_come_from_the_retriever_that_is_offered(assistant: Assistant) -> None:
    question = "Who closed the Tollen Bridge?"
    found = {document.page_content for document in assistant.retriever.invoke(question)}
    assert {hit.passage.text for hit in assistant.ask(question).hits} <= found


def test_a_question_in_a_language_that_the_encoder_does_not_know_is_named(
    stocked: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = Assistant(stocked)
    question = "Was hat der Bürgermeister über die Brücke gesagt?"
    assert assistant.ask(question).notice == (
        "Who speaks, periods and overviews are understood in English only."
    )
    known = EncoderIdentity("all-MiniLM-L6-v2", "", 384)
    monkeypatch.setattr(Library, "encoder", property(lambda _: known))
    answer = assistant.ask(question)
    assert answer.refusal.startswith("The question is in German, but the articles are searched in")
    assert answer.text.startswith(answer.refusal)
    assert answer.to_dict()["refusal"] == answer.refusal
    assert answer.notice == ""
    assert "German" not in assistant.ask("what did the mayor say?").notice
