"""Follow-ups over the samples: the command, and what it brings back with the real encoder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from onrecord import Library
from rag import Turn
from rag.asking.question import standalone_question
from ui.cli.main import app

ROOT = Path(__file__).resolve().parents[3]
CHAINS = [
    json.loads(line)
    for line in (ROOT / "tests" / "samples_followups.jsonl").read_text("utf-8").splitlines()
]
LEANING = [chain for chain in CHAINS if chain["question"] != chain["standalone_question"]]
WHOLE = [chain for chain in CHAINS if chain["question"] == chain["standalone_question"]]
FIRST = 5


def turns(chain: dict[str, Any]) -> list[Turn]:
    return [Turn(turn["role"], turn["text"]) for turn in chain["history"]]


def run(*arguments: str, stdin: str | bytes = b"") -> Result:
    return CliRunner().invoke(app, ["question", *arguments], input=stdin)


def test_there_are_enough_follow_ups_and_their_articles_are_there() -> None:
    assert len(LEANING) >= 60
    assert len({chain["id"] for chain in CHAINS}) == len(CHAINS)
    text = "".join(
        path.read_text("utf-8") for path in sorted((ROOT / "samples").iterdir()) if path.is_file()
    )
    for chain in CHAINS:
        assert chain["gold_doc_titles"]
        assert all(title in text for title in chain["gold_doc_titles"]), chain["id"]


@pytest.mark.parametrize("chain", WHOLE, ids=lambda chain: chain["id"])
def test_a_change_of_subject_is_left_alone(chain: dict[str, Any]) -> None:
    assert standalone_question(chain["question"], turns(chain)) == chain["question"]


def test_nearly_every_follow_up_is_seen_to_lean() -> None:
    seen = [standalone_question(c["question"], turns(c)) != c["question"] for c in LEANING]
    assert sum(seen) >= 0.9 * len(seen)


# With the real encoder


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.create(tmp_path_factory.mktemp("samples") / "library") as library:
        library.add([ROOT / "samples"])
        yield library


def is_found(library: Library, question: str, chain: dict[str, Any]) -> bool:
    titles = list(dict.fromkeys(hit.article.title for hit in library.search(question, k=40)))
    return any(title in chain["gold_doc_titles"] for title in titles[:FIRST])


@pytest.mark.model
def test_a_follow_up_finds_what_the_whole_question_finds(samples: Library) -> None:
    alone = sum(is_found(samples, c["question"], c) for c in LEANING)
    rewritten = sum(
        is_found(samples, standalone_question(c["question"], turns(c)), c) for c in LEANING
    )
    whole = sum(is_found(samples, c["standalone_question"], c) for c in LEANING)
    assert rewritten >= 0.85 * whole
    assert rewritten >= alone + 3


# The command


def test_the_command_shows_the_question_as_it_is_understood() -> None:
    result = run("and China?", "--after", "what did Russia say?")
    assert result.exit_code == 0
    assert result.stdout == "what did China say?\n"


def test_the_command_takes_more_than_one_question_before() -> None:
    result = run("when?", "--after", "Who closed the Quill bridge?", "--after", "and the tunnel?")
    assert result.stdout == "when? (closed tunnel)\n"


def test_the_command_asks_back() -> None:
    assert run("what did he say?").stdout.startswith("Who is meant by “he”?")


@pytest.mark.parametrize("question", ["", "  ", "x" * 2001])
def test_an_impossible_question_is_one_line(question: str) -> None:
    result = run(question)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: the question ")
    assert result.stderr.count("\n") == 1


def test_lines_of_json_go_on_after_a_bad_one() -> None:
    history = [
        {"role": "user", "text": "What did Russia say?"},
        {"role": "assistant", "text": "It will go on. [1]"},
    ]
    lines = [
        json.dumps({"question": "and China?", "history": history}),
        "What is the Quill treaty?",
        json.dumps({"question": "why?", "history": "before"}),
        json.dumps({"question": "  "}),
        json.dumps({"question": "\ud800 what did he say?"}),
        json.dumps({"question": "why?", "history": None}),
    ]
    result = run("--json", "-", stdin="\n".join(lines))
    assert result.exit_code == 1
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert printed[0] == {
        "question": "and China?",
        "standalone_question": "What did China say?",
        "changed": True,
        "added": ["What", "did", "say"],
        "clarification": "",
    }
    assert printed[1]["standalone_question"] == "What is the Quill treaty?"
    assert not printed[1]["changed"]
    assert printed[2]["line"] == 3
    assert "history" in printed[2]["error"]
    assert "empty" in printed[3]["error"]
    assert "“he”" in printed[4]["clarification"]
    assert printed[5]["clarification"]


def test_nothing_hostile_reaches_the_terminal() -> None:
    result = run("why was that?", "--after", "Who \x1b[31mclosed\u202e the Quill\x07 bridge?")
    assert result.stdout.strip().isprintable()
    assert "Quill bridge" in result.stdout


@pytest.mark.parametrize(
    ("question", "asked", "answer", "expected"),
    [
        ("Who else?", "Who voted for the pool?", "Anna Krol did. [1]",
         "Who else voted for the pool?"),
        ("And the others?", "Who voted for the pool?", "Anna Krol did. [1]",
         "Who else voted for the pool?"),
        ("What did he say?", "Who is the director of the zoo?",
         "Director Nils Aker said that the cage was empty. [1]",
         "What did director Nils Aker say?"),
        ("What are they accused of?", "Who was arrested?",
         "Police arrested Otto Lind and Ida Moor. [1]",
         "What are Otto Lind and Ida Moor accused of?"),
        ("What are they accused of?", "Who was arrested in Ostrand and Harrowmere?",
         "Police arrested Otto Lind and Ida Moor. [1]",
         "What are Otto Lind and Ida Moor accused of? (Ostrand, Harrowmere)"),
        ("Which restaurants had their licences revoked in Saltmere?", "What do dockers demand?",
         "", "Which restaurants had their licences revoked in Saltmere?"),
        ("Why did they resign?", "What did Norwegian ministers say?", "",
         "Why did Norwegian ministers resign?"),
        ("Any reactions?", "Why did the museum close?", "", "Any reactions? (museum)"),
        ("Are there any survivors?", "Which ferry sank?", "",
         "Are there any survivors? (ferry sank)"),
    ],
)  # fmt: skip
def test_what_leans_on_the_last_answer_gets_what_it_needs(
    question: str, asked: str, answer: str, expected: str
) -> None:
    history = [Turn("user", asked), *([Turn("assistant", answer)] if answer else [])]
    assert standalone_question(question, history) == expected
