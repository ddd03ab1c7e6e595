"""What asks for no fact; requests for an overview are tested with the overviews."""

from __future__ import annotations

import pytest

from rag.asking.intents import NO_QUESTION, REPLIES, reply_to_small_talk


@pytest.mark.parametrize(
    ("utterance", "kind"),
    [
        ("Hello there", "greetings"),
        ("Hi, how are you?", "questions_to_the_assistant"),
        ("guten Morgen", "greetings"),
        ("Hello?", "greetings"),
        ("Thanks a lot for your help!", "thanks"),
        ("ok thanks, bye", "thanks"),
        ("Good night", "farewells"),
        ("OK.", "acknowledgements"),
        ("That’s interesting", "acknowledgements"),
        ("What can you do?", "questions_to_the_assistant"),
    ],
)
def test_small_talk_gets_a_friendly_line(utterance: str, kind: str) -> None:
    assert reply_to_small_talk(utterance) == REPLIES[kind]


@pytest.mark.parametrize("utterance", ["?!", "…", "🙂", "-"])
def test_marks_alone_ask_nothing(utterance: str) -> None:
    assert reply_to_small_talk(utterance) == NO_QUESTION


@pytest.mark.parametrize(
    "utterance",
    [
        "",
        "and?",
        "ok, and why?",
        "Really?",
        "right?",
        "Thanks. Who resigned?",
        "hello kitty",
        "Who said thank you?",
        "good morning vietnam",
        "and now?",
        "1987",
    ],
)
def test_anything_else_is_none(utterance: str) -> None:
    assert not reply_to_small_talk(utterance)
