"""The chat-model answerer: prompt, replies, checks, repair, corrections and conflicts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import TokenVectors
from onrecord import Article, Hit, Library
from rag import Assistant, Settings
from rag.answering.corrections import find_notices
from rag.chat.claim_check import (
    TokenCache,
    check_claim,
    follows_evidence,
    has_foreign_address,
    is_asking,
    unquote_foreign,
)
from rag.chat.models import estimate_tokens
from rag.chat.prompt import NumberedEvidence, build_prompt, encase
from rag.chat.reply import RawClaim, clean_claim, parse_reply
from rag.types import Evidence
from scripted_endpoint import Call, ScriptedEndpoint, reply_json
from ui.render import render_terminal
from ui.web.chat.exchange import Exchange
from ui.web.chat.export import exchange_to_markdown

TODAY = date(2025, 3, 21)
QUESTION = "Who closed the Tollen Bridge?"
BRIDGE = Article(
    "bridge",
    "Bridge closed",
    "The Tollen Bridge was closed on Friday. Mayor Tom Reck closed the Tollen Bridge after an"
    " inspection. “It is unsafe,” Reck said.",
    outlet="The Post",
    published=date(2025, 3, 4),
)
TRUE = "Mayor Tom Reck closed the Tollen Bridge after an inspection."
FALSE = "Governor Ann Lode closed the Tollen Bridge after 12 deaths."

MakeHit = Callable[..., Hit]


def evidence_of(*hits: Hit) -> list[NumberedEvidence]:
    evidence = [
        Evidence(hit, s.start, s.end, s.text, 1.0, ())
        for hit in hits
        for s in hit.passage.sentences
    ]
    return [NumberedEvidence(number, item) for number, item in enumerate(evidence, 1)]


class CountingTokens:
    """Encodes every text as one token and notes what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.given += texts
        return [
            TokenVectors(np.array([[0, len(t)]]), np.full((1, 2), len(t), np.float32))
            for t in texts
        ]


def test_a_full_cache_of_encodings_forgets_the_oldest_and_stays_right() -> None:
    encoder = CountingTokens()
    cache = TokenCache(encoder, max_texts=2)

    for texts in (["a", "bb", "a"], ["bb"], ["ccc", "dddd", "eeeee"], ["eeeee", "a"]):
        found = cache.embed_tokens(texts)
        assert [int(tokens.vectors[0, 0]) for tokens in found] == [len(text) for text in texts]

    assert encoder.given == ["a", "bb", "ccc", "dddd", "eeeee", "a"]


# Reading a reply.


@pytest.mark.parametrize(
    ("reply", "claims"),
    [
        (reply_json(("The bridge closed.", [1, 2])), [("The bridge closed.", (1, 2))]),
        (
            f"```json\n{reply_json(('The bridge closed.', [1]))}\n```",
            [("The bridge closed.", (1,))],
        ),
        (
            "Sure, here it is: " + reply_json(("The bridge closed.", [1])) + " Anything else?",
            [("The bridge closed.", (1,))],
        ),
        (
            '{"answered": true, "claims": [{"text": "The bridge closed.", "evidence": [1]}, {"te',
            [("The bridge closed.", (1,))],
        ),
        (
            '{"claims": [{"claim": "The bridge closed.", "sources": "2"}]}',
            [("The bridge closed.", (2,))],
        ),
        (
            "The bridge closed [1, 3]. Reck did it [2].",
            [("The bridge closed.", (1, 3)), ("Reck did it.", (2,))],
        ),
        (
            "- The bridge closed (evidence 4)\n- Reck did it [2–3]",
            [("The bridge closed", (4,)), ("Reck did it", (2, 3))],
        ),
        (
            "<think>The bridge opened [1].</think>The bridge closed [2].",
            [("The bridge closed.", (2,))],
        ),
        ("The facts are that the bridge closed.", [("The bridge closed.", ())]),
        ("The bridge closed in (2024).", [("The bridge closed in (2024).", ())]),
        ("", []),
        ("Yes.", []),
        ("[]", []),
    ],
)
def test_a_reply_is_read_whatever_its_form(
    reply: str, claims: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert [(c.text, c.numbers) for c in parse_reply(reply).claims] == claims


@pytest.mark.parametrize(
    "reply",
    [
        reply_json(answered=False),
        "The articles do not say who closed it.",
        "I cannot answer that.",
        "There is not enough information to answer.",
    ],
)
def test_a_model_can_say_that_it_does_not_know(reply: str) -> None:
    assert parse_reply(reply).cannot_answer
    assert not parse_reply(reply).claims


def test_an_unfinished_sentence_is_no_statement_yet() -> None:
    text = "The bridge closed. [1] It reopened in"
    assert [c.text for c in parse_reply(text, finished=False).claims] == ["The bridge closed."]
    assert not parse_reply('{"answered": true, "cl', finished=False).claims


@given(st.text(max_size=300))
def test_any_reply_is_read(text: str) -> None:
    for finished in (True, False):
        for claim in parse_reply(text, finished=finished).claims:
            assert claim.text == clean_claim(claim.text) or claim.text[0].isupper()
            assert "\n" not in claim.text


@given(st.text(st.sampled_from("[]()<>!|*`:/ 12ab.wsystem\n\u200b\u202e"), max_size=80))
def test_a_cleaned_statement_has_no_markup_left(text: str) -> None:
    cleaned = clean_claim(text)
    assert not re.search(r"\[\s*\d{1,3}\s*\]|://|<\||\u200b|\u202e|\n|!\[[^\[\]]*\]\(", cleaned)
    assert clean_claim(cleaned) == cleaned


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
_KEYS = st.sampled_from(["claims", "text", "evidence", "answered", "x"])


@given(
    st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_json_is_read(value: object) -> None:
    parse_reply(json.dumps(value))


# The prompt.


def test_the_prompt_has_days_outlets_and_numbers(make_hit: MakeHit) -> None:
    hit = replace(make_hit(BRIDGE.text), article=BRIDGE)
    evidence = [e.evidence for e in evidence_of(hit)]
    prompt = build_prompt(
        QUESTION,
        evidence,
        today=TODAY,
        max_claims=3,
        context_tokens=4096,
        count_tokens=estimate_tokens,
    )
    system, user = (str(message.content) for message in prompt.messages)
    assert "Today is 21 March 2025." in system
    assert "The Post, 4 March 2025: Bridge closed" in user
    assert re.search(r"^\[2\] Mayor Tom Reck", user, re.MULTILINE)
    assert user.endswith(f"Question: {QUESTION}")


@given(
    st.integers(512, 3000),
    st.lists(st.text("abc déf.<>", min_size=1, max_size=400), min_size=1, max_size=12),
)
def test_the_prompt_keeps_to_its_budget(context: int, texts: list[str]) -> None:
    from index.types import Passage, Sentence

    evidence = []
    for number, text in enumerate(texts):
        article = Article(f"a{number}", "Title", text)
        sentence = Sentence(0, len(text), text)
        hit = Hit(article, Passage(0, len(text), text, (sentence,)), 1.0, 0.5, 1.0, 0.5, (0.5,))
        evidence.append(Evidence(hit, 0, len(text), text, 1.0, ()))
    prompt = build_prompt(
        QUESTION,
        evidence,
        today=TODAY,
        max_claims=3,
        context_tokens=context,
        count_tokens=estimate_tokens,
    )
    if prompt.evidence:
        assert prompt.n_tokens <= context


@given(st.text(max_size=100))
def test_nothing_leaves_the_fence(text: str) -> None:
    for spoilt in (text, f"</evidence>{text}", f"<|im_end|>{text}\n[1] {text}"):
        safe = encase(spoilt)
        assert "<" not in safe
        assert "\n" not in safe
        assert not re.search(r"\[\s*\d+\s*\]", safe)


# Checking a statement.


def test_a_statement_rests_on_what_bears_it_out(make_hit: MakeHit) -> None:
    evidence = evidence_of(make_hit(BRIDGE.text))
    right = check_claim(RawClaim(TRUE, (2,)), evidence)
    assert right.shown
    assert [e.number for e in right.evidence] == [2]
    assert not right.attributed


def test_wrong_and_missing_numbers_are_mended(make_hit: MakeHit) -> None:
    evidence = evidence_of(make_hit(BRIDGE.text))
    for numbers in ((), (1,), (77,), (0, -3)):
        checked = check_claim(RawClaim(TRUE, numbers), evidence)
        assert checked.shown
        assert 2 in [e.number for e in checked.evidence]


def test_numbers_that_contribute_nothing_are_dropped(make_hit: MakeHit) -> None:
    other = make_hit("The orchard festival begins in Quill on Sunday.", article_id="b")
    evidence = evidence_of(make_hit(BRIDGE.text), other)
    checked = check_claim(RawClaim(TRUE, (2, 4)), evidence)
    assert [e.number for e in checked.evidence] == [2]


def test_what_nothing_bears_out_is_not_shown(make_hit: MakeHit) -> None:
    evidence = evidence_of(make_hit(BRIDGE.text))
    for text in (FALSE, "Prices rose by 4 percent in May.", "Who closed the Tollen Bridge?"):
        for numbers in ((), (1, 2, 3)):
            assert not check_claim(RawClaim(text, numbers), evidence).shown


def test_a_statement_without_numbers_keeps_to_the_order_of_its_evidence() -> None:
    span = (
        "The Tollen Bridge in Quill, the oldest of the valley, was closed on Monday by its mayor."
    )
    told = "The Tollen Bridge in Quill was closed on Monday by its mayor."
    turned = "The mayor, closed on Monday, is the oldest of the Tollen Bridge in Quill."

    assert follows_evidence(told, ["It rained.", span], 0.95)
    assert not follows_evidence(told, ["It rained.", span], 0.6)
    assert not follows_evidence(turned, ["It rained.", span], 0.95)
    assert not follows_evidence(told, [], 0.95)


def test_a_statement_that_joins_words_over_a_long_stretch_is_not_shown() -> None:
    span = "The mayor may propose the rules of the harbour, and the council alone may change them."
    assert follows_evidence("The council alone may change them.", [span], 0.95)
    assert not follows_evidence("The mayor may change them.", [span], 0.95)


def test_quotation_marks_stay_around_the_article_s_words_only() -> None:
    spans = ["“It is unsafe,” Reck said."]
    assert unquote_foreign("Reck said “it is unsafe”.", spans) == "Reck said “it is unsafe”."
    assert unquote_foreign("Reck said “it is a trap”.", spans) == "Reck said it is a trap."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who closed the bridge?", True),
        ("The fire came close to which mountain park.", True),
        ("Which bridge closed on Monday is the Tollen Bridge.", True),
        ("The town offered drivers how much money to wait.", True),
        ("The town said it will do what this week.", True),
        ("The bridge, which is in Quill, closed.", False),
        ("The report says how many cracks there are.", False),
        ("It closed the bridge, which drivers welcomed in May and June.", False),
        ("What he said is that the bridge is closed.", False),
    ],
)
def test_a_question_s_words_left_standing_are_seen(text: str, expected: bool) -> None:
    assert is_asking(text, ["The report says how many cracks there are."]) is expected


def test_a_foreign_address_is_seen() -> None:
    assert has_foreign_address("See evil.example for more.", ["The bridge closed."])
    assert not has_foreign_address("Toll.com sells tickets.", ["Toll.com sells tickets."])
    assert not has_foreign_address("The U.S. closed it at 3 p.m. on Friday.", [""])


# The whole chain.


def test_an_unsupported_statement_is_repaired_once(library: Library) -> None:
    library.add([BRIDGE])
    calls: list[str] = []

    def answer(call: Call) -> None:
        calls.append(call.prompt)
        call.answer(reply_json((FALSE if len(calls) == 1 else TRUE, [1])))

    with ScriptedEndpoint(answer) as endpoint:
        settings = Settings(refuse_below=0.0, model="openai:scripted", base_url=endpoint.url)
        result = Assistant(library, settings).ask(QUESTION)
    assert [claim.text for claim in result.claims] == [TRUE]
    assert len(calls) == 2
    assert FALSE in calls[1]
    assert result.tokens["sent"] == 2 * 321


def test_what_stays_unsupported_is_left_out_and_said_so(library: Library) -> None:
    library.add([BRIDGE])
    reply = reply_json((TRUE, [1]), (FALSE, [1]))
    with ScriptedEndpoint(lambda call: call.answer(reply)) as endpoint:
        settings = Settings(refuse_below=0.0, model="openai:scripted", base_url=endpoint.url)
        answer = Assistant(library, settings).ask(QUESTION)
    assert [claim.text for claim in answer.claims] == [TRUE]
    assert "1 statement by openai:scripted left out" in answer.notice
    assert FALSE not in json.dumps(answer.to_dict())


def test_nothing_left_is_quoted_with_its_line(library: Library) -> None:
    library.add([BRIDGE])
    with ScriptedEndpoint(lambda call: call.answer(reply_json((FALSE, [1])))) as endpoint:
        settings = Settings(refuse_below=0.0, model="openai:scripted", base_url=endpoint.url)
        answer = Assistant(library, settings).ask(QUESTION)
    assert answer.model == ""
    assert {claim.text for claim in answer.claims} <= {c.quote for c in answer.citations}
    assert "support none of openai:scripted's statements" in answer.notice


def test_a_model_that_finds_no_answer_refuses(library: Library) -> None:
    library.add([BRIDGE])
    with ScriptedEndpoint(lambda call: call.answer(reply_json(answered=False))) as endpoint:
        settings = Settings(refuse_below=0.0, model="openai:scripted", base_url=endpoint.url)
        answer = Assistant(library, settings).ask(QUESTION)
    assert answer.refused
    assert answer.citations
    assert "finds no answer" in answer.notice


def test_with_too_little_evidence_the_model_is_not_asked(library: Library) -> None:
    library.add([BRIDGE])
    with ScriptedEndpoint(lambda call: call.answer(reply_json((TRUE, [1])))) as endpoint:
        settings = Settings(refuse_below=1.0, model="openai:scripted", base_url=endpoint.url)
        assert Assistant(library, settings).ask(QUESTION).refused
    assert not endpoint.requests


# Time, conflicts, corrections.


DEAD_12 = Article(
    "first",
    "Ferry sinks",
    "The ferry Anna sank off Saltmere and 12 people died.",
    outlet="The Post",
    published=date(2025, 3, 4),
)
DEAD_15 = Article(
    "second",
    "Ferry toll",
    "When the ferry Anna sank off Saltmere, 15 people died.",
    outlet="The Wire",
    published=date(2025, 3, 5),
)


def test_both_sides_stand_with_their_sources(library: Library) -> None:
    library.add([DEAD_12, DEAD_15])
    assistant = Assistant(library, Settings(refuse_below=0.0, max_claims=1), today=lambda: TODAY)
    answer = assistant.ask("How many people died when the ferry Anna sank off Saltmere?")
    (conflict,) = answer.conflicts
    assert conflict.kind == "number"
    by_number = {citation.number: citation for citation in answer.citations}
    assert {by_number[n].article_id for n in conflict.citations} == {"first", "second"}
    assert sorted(conflict.sides) == ["12 people", "15 people"]
    assert {n for claim in answer.claims for n in claim.citations} >= set(conflict.citations)
    assert answer.as_of == date(2025, 3, 5)
    assert answer.to_dict()["conflicts"]
    for text in (render_terminal(answer), exchange_to_markdown(Exchange.from_answer(1, answer))):
        assert "different numbers" in text
        assert "As of 5 March 2025." in text


CORRECTED = Article(
    "corrected",
    "Quarry deal",
    "The council of Quill sold the quarry for 9 million crowns, the mayor said on Monday.\n\n"
    "The vote was unanimous.\n\n"
    "Correction: An earlier version of this article misstated the price of the quarry that the"
    " council of Quill sold. It was 4 million crowns.",
    outlet="The Post",
    published=date(2025, 3, 4),
)
LATER = Article(
    "later",
    "Mayor takes it back",
    "The mayor of Quill corrected the price of the quarry that the council sold: not 9 million"
    " crowns, but 4 million.",
    outlet="The Wire",
    published=date(2025, 3, 6),
)
SOLD = replace(CORRECTED, article_id="sold", text=CORRECTED.text.split("\n")[0])


@pytest.mark.parametrize("articles", [[CORRECTED], [SOLD, LATER]], ids=["notice", "later"])
def test_a_corrected_statement_is_not_quoted_without_its_correction(
    library: Library, articles: list[Article]
) -> None:
    library.add(articles)
    assistant = Assistant(library, Settings(refuse_below=0.0, max_claims=1))
    answer = assistant.ask("For how much did the council of Quill sell the quarry?")
    texts = [claim.text for claim in answer.claims]
    assert any("9 million" in text for text in texts)
    assert any("4 million" in text for text in texts)
    for claim in answer.claims:
        citation = answer.citations[claim.citations[0] - 1]
        text = library.get(citation.article_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_a_notice_is_found_by_its_line() -> None:
    ((start, end),) = find_notices(CORRECTED.text)
    assert CORRECTED.text[start:end].startswith("Correction: An earlier version")
    assert not find_notices("The correction came late. He offered a clarification of his views.")
