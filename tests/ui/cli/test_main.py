"""Commands as a person or a script runs them, through ``ui.cli.main``.

Options and parsers (``ui.cli.options``) are tested here with the commands that have them, ``serve``
in ``tests/ui/web/test_serve.py``, ``user`` in ``test_login_page.py``.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from onrecord import AddReport, Article, Library, Skip
from rag import Turn
from ui.cli.add import describe_empty, describe_report
from ui.cli.ask import MAX_LINE_BYTES, LineError, parse_line
from ui.cli.main import app

ROOT = Path(__file__).resolve().parents[3]
FERRY = """\
---
title: Second ferry for Saltmere
date: 2025-03-20
outlet: Corvane Wire
---

A second ferry began to cross Saltmere harbour on Thursday. It takes 90 passengers.

The fare is still nothing, the Harbour Board said.
"""
BRIDGE = """\
Bridge stays shut

The Tollen Bridge stays shut until May, inspector Ola Brandt said. He found four cracks.
"""
BAKERY = {
    "id": "bakery",
    "title": "Bakery wins prize",
    "date": "2024-12-01",
    "source": "Harbour Post",
    "text": "The bakery in Mill Lane won the regional prize for its rye bread on Sunday.",
}
HOSTILE = Article(
    article_id="lighthouse",
    title="[red]Lighthouse[/red] \u202egnp.exe [1]",
    text="The lighthouse \x1b[31mkeeper[/red] retired in June after 40 years [2] of service.",
    source="\x9b31mPost",
    outlet="\x1b[5mPost",
)
COMMANDS = (
    "add", "ask", "backup", "check", "compact", "compare", "copy", "count", "doctor", "edit",
    "eval", "feedback", "feeds", "list", "people", "question", "reencode", "remove", "restore",
    "restore-backup", "said", "search", "serve", "show", "story", "timeline", "user", "verify",
    "version", "versions", "watch",
)  # fmt: skip


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "ferry.md").write_text(FERRY, encoding="utf-8")
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "news.jsonl").write_text(json.dumps(BAKERY) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def library(articles: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    assert run("add", articles, "--library", folder, "--encoder", "hash").exit_code == 0
    return folder


def run(*arguments: object, stdin: str | bytes = b"") -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def run_json(*arguments: object) -> Any:  # noqa: ANN401 - JSON
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def start(
    *arguments: object,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )


def assert_one_line(result: Result, *, status: int, says: str) -> None:
    assert result.exit_code == status
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert says in result.stderr


def test_adding_names_languages_that_the_encoder_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.encoding.model_info.find_languages", lambda _: frozenset({"en"}))
    text = "Le conseil du port a fermé le vieux quai après la tempête, ont dit les autorités."
    (tmp_path / "quai.txt").write_text(text, encoding="utf-8")
    command = ("add", tmp_path / "quai.txt", "--library", tmp_path / "library", "--encoder", "hash")
    assert "1 article is in French, which the encoder 'hash" in run(*command).stderr
    assert "French" not in run(*command).stderr


def test_help_lists_every_command_with_a_summary() -> None:
    listed = re.findall(r"^  ([a-z][a-z-]+)  +(\S.+)", run("--help").stdout, flags=re.MULTILINE)
    assert sorted(name for name, _ in listed) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_a_library(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    assert ("--library DIR" in result.stdout) == (
        command not in {"copy", "feeds", "user", "version"}
    )


def test_no_arguments_show_help() -> None:
    result = run()
    assert result.exit_code == 2
    assert "Commands:" in result.output


def test_help_imports_nothing_heavy() -> None:
    probe = (
        "import sys; from ui.cli.main import app; app(['--help'], standalone_mode=False);"
        "heavy = {'numpy', 'rich', 'gradio', 'langchain_core', 'index.library', 'rag'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("lst",),
        ("add",),
        ("ask",),
        ("ask", "a", "b"),
        ("ask", "a", "--k", "0"),
        ("ask", "a", "--refuse-below", "2"),
        ("search", "a", "--since", "yesterday"),
        ("search", "a", "--since", "2024-02-02", "--until", "2024-02-01"),
        ("show", "a", "--span", "9:3"),
        ("show", "a", "--span", "x"),
        ("serve", "--port", "70000"),
        ("list", "--nonsense"),
    ],
)
def test_wrong_usage_is_status_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_library_is_named_before_or_after_the_command_or_by_the_environment(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = run_json("list", "--library", library)
    assert len(after) == 3
    assert json.loads(run("--library", library, "list", "--json").stdout) == after
    monkeypatch.setenv("ONRECORD_LIBRARY", str(library))
    assert run_json("list") == after
    assert_one_line(run("list", "--library", "other"), status=1, says="no library at 'other'")


def test_an_unknown_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_LIBARY", "x")
    assert_one_line(run("list"), status=1, says="unknown setting ONRECORD_LIBARY")


@pytest.mark.parametrize(
    "arguments",
    [("list",), ("ask", "who?"), ("search", "x"), ("show", "x"), ("remove", "x"), ("doctor",)],
)
def test_no_library_is_one_line_with_the_remedy(arguments: tuple[str, ...]) -> None:
    assert_one_line(run(*arguments), status=1, says="run 'onrecord add ARTICLES")


def test_an_empty_library_says_how_to_fill_it(library: Path) -> None:
    ids = [article["article_id"] for article in run_json("list", "--library", library)]
    assert run("remove", *ids, "--library", library).exit_code == 0
    for command in ("ask", "search"):
        result = run(command, "who resigned?", "--library", library)
        assert_one_line(result, status=1, says="is empty; run 'onrecord add ARTICLES")
    listed = run("list", "--library", library)
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert run_json("list", "--library", library) == []


def test_add_reports_what_it_did(articles: Path) -> None:
    (articles / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    first = run_json("add", articles, "--library", "lib", "--encoder", "hash")
    assert len(first["added"]) == 3
    assert "bakery" in first["added"]
    assert [set(skip) for skip in first["skipped"]] == [{"source", "reason"}]
    assert first["passages"] == 3

    (articles / "bridge.txt").write_text(BRIDGE.replace("four", "six"), encoding="utf-8")
    second = run_json("add", articles, "--library", "lib")
    assert (len(second["added"]), len(second["replaced"]), len(second["unchanged"])) == (0, 1, 2)

    third = run("add", articles, "--library", "lib")
    assert third.exit_code == 0
    assert third.stdout.startswith("0 added, 0 replaced, 3 unchanged, 1 skipped")
    assert "picture.png: " in third.stdout


def test_add_of_nothing_but_skips_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    result = run("add", "empty.txt", "missing.txt", "--library", "lib", "--encoder", "hash")
    assert result.exit_code == 1
    assert "0 added" in result.stdout
    assert "missing.txt" in result.stdout
    assert result.stderr == (
        "Error: nothing was added: all 2 that were found were skipped, for the reasons above\n"
    )


def test_add_into_a_file_is_one_line(articles: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_one_line(run("add", articles, "--library", "file"), status=1, says="not a folder")


def test_a_summary_names_the_first_skips_and_says_how_to_see_the_rest() -> None:
    skips = tuple(Skip(f"{number}.bin", "binary \x1b[2Jfile") for number in range(30))
    report = AddReport(added=("a",), skipped=skips, passages=2, seconds=1.25)
    lines = describe_report(report, limit=20)
    assert lines[0] == "1 added, 0 replaced, 0 unchanged, 30 skipped (2 passages, 1.2 s)"
    assert lines[1] == "  skipped 0.bin: binary file"
    assert len(lines) == 22
    assert lines[-1].startswith("  … and 10 more;")
    assert len(describe_report(report)) == 31
    assert "no articles were found" in describe_empty(AddReport())
    told = describe_report(AddReport(added=("a",), reach=("other files", "the network")))
    assert told[-1].endswith("could reach other files and the network")
    assert "all that was found was skipped" in describe_empty(AddReport(skipped=skips[:1]))


def test_ask_prints_text_and_then_citations(library: Path) -> None:
    result = run("ask", "how many passengers does the ferry take?", "--library", library)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert re.search(r"90\s+passengers\. \[\d\]", result.stdout)
    assert "\n\n[1] " in result.stdout
    assert re.search(
        r"\n\n\[\d\] Second ferry for Saltmere\n    “.+\n(.+\n)*    Corvane Wire, 20 March 2025\n",
        result.stdout,
    )


def test_ask_refuses_with_status_0(library: Path) -> None:
    arguments = ("who won the regatta?", "--library", library, "--refuse-below", "1")
    result = run("ask", *arguments)
    assert result.exit_code == 0
    assert result.stdout.startswith("The articles do not say.")
    assert "\n\n[1] " in result.stdout
    answer = run_json("ask", *arguments)
    assert answer["refused"] is True
    assert answer["answered"] == "no"
    assert answer["missing"] == ["who won the regatta?"]
    assert all(claim["context"] for claim in answer["claims"])


def test_ask_takes_a_question_part_by_part_or_as_one(library: Path) -> None:
    question = "How many passengers does the ferry take, and who said the bridge stays shut?"
    arguments = ("ask", question, "--library", library, "--refuse-below", "0")
    first, second = run_json(*arguments)["parts"]
    assert first["question"] == "How many passengers does the ferry take?"
    assert {first["answered"], second["answered"]} == {"yes"}
    assert run(*arguments).stdout.startswith(f"{first['question']}\n")
    (whole,) = run_json(*arguments, "--whole")["parts"]
    assert whole["question"] == question
    assert not run(*arguments, "--whole").stdout.startswith("How many passengers")


def test_ask_json_keeps_the_contract(library: Path) -> None:
    answer = run_json("ask", "how many passengers does the ferry take?", "--library", library)
    assert set(answer) >= {
        "question", "standalone_question", "refused", "answered", "missing", "parts", "probability",
        "text", "claims", "citations", "passages", "seconds",
    }  # fmt: skip
    assert set(answer["claims"][0]) >= {"text", "support", "citations", "context", "part"}
    citation = answer["citations"][0]
    assert (citation["number"], citation["published"]) == (1, "2025-03-20")
    article = run_json("show", citation["article_id"], "--library", library)
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert set(answer["passages"][0]) >= {"article_id", "start", "end", "score", "text"}
    assert len(answer["passages"]) == 3
    assert set(answer["seconds"]) >= {"retrieve", "answer", "total"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), {"Second ferry for Saltmere", "Bridge stays shut", "Bakery wins prize"}),
        (("--source", "harbour post"), {"Bakery wins prize"}),
        (("--source", "Harbour Post", "--source", "Corvane Wire", "--since", "2025-01-01"),
         {"Second ferry for Saltmere"}),
        (("--until", "2024-12-31"), {"Bakery wins prize"}),
        (("--since", "2030-01-01"), set()),
    ],
)  # fmt: skip
def test_filters_choose_articles(library: Path, options: tuple[str, ...], found: set[str]) -> None:
    listed = run_json("list", *options, "--library", library)
    assert {article["title"] for article in listed} == found
    hits = run_json("search", "harbour bread bridge", *options, "--library", library)
    assert {hit["title"] for hit in hits["passages"]} == found
    answer = run_json("ask", "what stays shut?", *options, "--library", library)
    assert {hit["title"] for hit in answer["passages"]} == found
    if not found:
        assert run("search", "bread", *options, "--library", library).stdout == ""


@pytest.mark.parametrize("question", ["", "   ", "x" * 2001])
@pytest.mark.parametrize("command", ["ask", "search"])
def test_an_impossible_question_is_one_line(library: Path, command: str, question: str) -> None:
    result = run(command, question, "--library", library)
    assert_one_line(result, status=1, says="the question")


def test_ask_lines_answers_each_and_goes_on_after_bad_ones(library: Path) -> None:
    lines = [
        b"how many passengers does the ferry take?",
        b"",
        b'{"question": 3}',
        b'{"question": "a", "history": [{"role": "system", "text": "x"}]}',
        b"{nonsense",
        b"\xff\xfe",
        b"x" * 3000,
        b"y" * (MAX_LINE_BYTES + 10),
        b'{"question": "what stays shut \\ud800?"}',
        b'{"question": "and the fare?", "history": [{"role": "user", "text": "how many'
        b' passengers does the ferry take?"}, {"role": "assistant", "text": "90 [1]"}]}',
        b"who found four cracks?",
    ]
    result = run("ask", "--json", "-", "--library", library, stdin=b"\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert result.stderr == ""
    assert len(answers) == len(lines)
    bad = {answer["line"] for answer in answers if "error" in answer}
    assert bad == {2, 3, 4, 5, 6, 7, 8}
    assert "ferry" in answers[9]["standalone_question"]
    assert answers[10]["question"] == "who found four cracks?"


def test_ask_lines_is_status_0_when_all_are_answered(library: Path) -> None:
    stdin = "how many passengers?\r\nwho found four cracks?\n"
    result = run("ask", "-", "--json", "--library", library, stdin=stdin)
    assert result.exit_code == 0
    questions = [json.loads(line)["question"] for line in result.stdout.splitlines()]
    assert questions == ["how many passengers?", "who found four cracks?"]


def test_ask_lines_in_plain_text(library: Path) -> None:
    stdin = "how many passengers does the ferry take?\n\nwho found four cracks?\n"
    result = run("ask", "-", "--library", library, stdin=stdin)
    assert result.exit_code == 1
    assert result.stdout.count("\n[1] ") == 2
    assert result.stderr.startswith("Error: line 2: the question is empty")


def test_ask_lines_answers_before_the_next_line_comes(library: Path) -> None:
    process = start(
        "ask", "--json", "-", "--library", library, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    with process:
        for question in ("how many passengers?", "who found four cracks?"):
            process.stdin.write(f"{question}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["question"] == question
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        (b"who?\n", ("who?", [])),
        (b"\xef\xbb\xbfwho?\r\n", ("who?", [])),
        (b'{"question": "who?"}', ("who?", [])),
        (b'{"question": "who?", "history": null}', ("who?", [])),
        (
            b'{"question": "who?", "history": [{"role": "user", "text": "hm"}]}',
            ("who?", [Turn("user", "hm")]),
        ),
    ],
)
def test_a_line_is_a_question(line: bytes, parsed: tuple[str, list[Turn]]) -> None:
    assert parse_line(line) == parsed


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", r"not a JSON object \(.* at column 2\)"),
        (b"{" + b'"a":{' * 100_000, r"not a JSON object \(too deep\)"),
        (b'{"history": []}', 'needs "question"'),
        (b'{"question": "who?", "history": {}}', '"history" must be'),
        (b'{"question": "who?", "history": ["x"]}', '"history" must be'),
        (b"who\xff", "not UTF-8 at byte 4"),
        (b"x" * (MAX_LINE_BYTES + 1), "longer than"),
    ],
)
def test_a_line_is_no_question(line: bytes, reason: str) -> None:
    with pytest.raises(LineError, match=reason):
        parse_line(line)


def test_search_shows_passages(library: Path) -> None:
    result = run("search", "rye bread", "--k", "1", "--library", library)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "1. Bakery wins prize\n   Harbour Post, 1 December 2024, score "
    )
    assert "\n   bakery, characters 0–75\n" in result.stdout
    (hit,) = run_json("search", "rye bread", "--k", "1", "--library", library)["passages"]
    assert (hit["article_id"], hit["start"], hit["text"]) == ("bakery", 0, BAKERY["text"])


def test_list_shows_a_line_for_each_article_and_no_text(library: Path) -> None:
    result = run("list", "--library", library)
    assert len(result.stdout.splitlines()) == 3
    assert re.search(r"^bakery +2024-12-01  Harbour Post  Bakery wins prize$", result.stdout, re.M)
    assert re.search(r"^\S+ +undated +- +Bridge stays shut$", result.stdout, re.M)
    (bakery,) = [a for a in run_json("list", "--library", library) if a["article_id"] == "bakery"]
    assert "text" not in bakery
    assert bakery["published"] == "2024-12-01"


def test_show_prints_the_article_and_marks_a_span(library: Path) -> None:
    result = run("show", "bakery", "--span", "36:48", "--library", library)
    assert "Title:     Bakery wins prize\n" in result.stdout
    assert "Date:      1 December 2024 (stated with the article)\n" in result.stdout
    assert BAKERY["text"][:36] + ">>> " + BAKERY["text"][36:48] + " <<<" in result.stdout
    article = run_json("show", "bakery", "--library", library)
    assert article["text"] == BAKERY["text"]
    assert set(article) >= {"article_id", "title", "source", "published", "text"}


def test_an_unknown_id_is_one_line_and_nothing_is_removed(library: Path) -> None:
    for arguments in (("show", "nobody"), ("remove", "bakery", "nobody")):
        result = run(*arguments, "--library", library)
        assert_one_line(result, status=1, says="no article 'nobody'; run 'onrecord list --library ")
    assert len(run_json("list", "--library", library)) == 3


def test_remove_takes_articles_out(library: Path) -> None:
    assert run("remove", "bakery", "bakery", "--library", library).stdout.startswith("1 removed;")
    assert len(run_json("list", "--library", library)) == 2
    assert_one_line(run("show", "bakery", "--library", library), status=1, says="no article")


def test_remove_asks_on_a_terminal(library: Path) -> None:
    controller, terminal = os.openpty()
    process = start(
        "remove", "bakery", "--library", library, stdin=terminal, stderr=subprocess.PIPE
    )
    os.close(terminal)
    os.write(controller, b"n\n")
    _, complaints = process.communicate()
    os.close(controller)
    assert process.returncode == 1
    assert b"Bakery wins prize" in complaints
    assert len(run_json("list", "--library", library)) == 3


def test_reencode_lets_another_encoder_search(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run_json("reencode", "--encoder", "hash-32", "--library", library)
    assert done["passages"] == 3
    monkeypatch.setenv("ONRECORD_ENCODER", "hash-32")
    hits = run_json("search", "rye bread", "--library", library)["passages"]
    assert hits[0]["article_id"] == "bakery"
    assert run("reencode", "--library", library).stdout.startswith("0 passages encoded with hash")


def test_another_encoder_is_refused_with_the_remedy(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_ENCODER", "hash-32")
    result = run("search", "rye bread", "--library", library)
    assert_one_line(result, status=1, says="run 'onrecord reencode --library")


def test_doctor_finds_a_sound_library_sound(library: Path) -> None:
    checked = run_json("doctor", "--library", library)
    assert checked["sound"] is True
    assert {finding["state"] for finding in checked["findings"]} == {"ok"}
    plain = run("doctor", "--library", library)
    assert plain.exit_code == 0
    assert len(plain.stdout.splitlines()) == len(checked["findings"])


def test_doctor_mends_unless_told_not_to(library: Path) -> None:
    (vectors,) = library.glob("*.faiss")
    vectors.write_bytes(vectors.read_bytes()[:-7])
    sick = run("doctor", "--no-fix", "--library", library)
    assert sick.exit_code == 1
    assert sick.stderr.startswith("Error: 1 fault needs your attention")
    assert re.search(r"^bad ", sick.stdout, re.M)
    mended = run("doctor", "--library", library)
    assert mended.exit_code == 0
    assert re.search(r"^mended ", mended.stdout, re.M)
    assert run_json("doctor", "--no-fix", "--library", library)["sound"] is True


def test_a_damaged_search_structure_is_one_warning_and_the_right_answer(library: Path) -> None:
    (vectors,) = library.glob("*.faiss")
    vectors.write_bytes(b"nothing of the kind")
    result = run("search", "rye bread", "--k", "1", "--json", "--library", library)
    assert json.loads(result.stdout)["passages"][0]["article_id"] == "bakery"
    assert result.stderr.startswith("Warning: ")
    assert result.stderr.count("\n") == 1


def test_eval_scores_a_set(tmp_path: Path, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_ENCODER", "hash")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(json.dumps(BAKERY) + "\n", encoding="utf-8")
    query = {"question": "who won a prize?", "answers": ["bakery"], "gold_doc_ids": ["bakery"]}
    (folder / "queries.jsonl").write_text(json.dumps(query) + "\n", encoding="utf-8")
    report = run_json("eval", folder)
    plain = run("eval", folder, "--limit", "1", "--library", tmp_path / "kept")
    assert report["articles"] == 1
    assert plain.stdout.startswith("set: 1 article\n")
    assert (tmp_path / "kept").is_dir()
    assert not (tmp_path / ".onrecord").exists()
    assert_one_line(run("eval", articles), status=1, says="corpus.jsonl")


def test_nothing_hostile_reaches_the_terminal(tmp_path: Path) -> None:
    with Library.create("lib", encoder="hash") as opened:
        assert opened.add(HOSTILE).added == ("lighthouse",)
    collection = tmp_path / "evil\x1b[2J.jsonl"
    collection.write_text("{broken \x1b[31m\n", encoding="utf-8")
    results = [
        run("add", collection, "nothing\x1b[2J.txt", "--library", "lib"),
        run("list", "--library", "lib"),
        run("show", "lighthouse", "--library", "lib"),
        run("show", "lighthouse", "--span", "4:14", "--library", "lib"),
        run("show", "no\x1b[2Jbody", "--library", "lib"),
        run("search", "lighthouse", "--library", "lib"),
        run("ask", "who retired in June?", "--refuse-below", "0", "--library", "lib"),
        run("ask", "who retired\x1b[2J?", "--refuse-below", "1", "--library", "lib"),
        run("list", "--library", "missing\x1b[2J"),
        run("search", "x", "--since", "\x1b[2J", "--library", "lib"),
    ]
    for result in results:
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.output), result.output
    shown = results[6].stdout
    assert "[red]Lighthouse[/red] gnp.exe (1)" in shown
    assert "40 years (2) of service" in " ".join(shown.split())
    for command in ("list", "search lighthouse", "ask who", "show lighthouse"):
        output = run(*command.split(), "--library", "lib", "--json").stdout
        assert output.isascii()
        assert output.strip().isprintable()


def test_a_closed_pipe_is_quiet(library: Path) -> None:
    process = start("list", "--library", library, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


def read_until(descriptor: int, pattern: bytes, *, seconds: float = 60) -> bytes:
    """Return what a terminal shows up to a pattern, or all of it."""
    shown, deadline = b"", time.monotonic() + seconds
    while not re.search(pattern, shown) and time.monotonic() < deadline:
        if select.select([descriptor], [], [], 1)[0]:
            try:
                shown += os.read(descriptor, 65536)
            except OSError:
                break
    return shown


def test_ctrl_c_says_what_was_kept(tmp_path: Path) -> None:
    with (tmp_path / "many.jsonl").open("w", encoding="utf-8") as collection:
        for number in range(20_000):
            text = f"Ship {number} reached the harbour. It carried {number % 97} crates of tea."
            collection.write(json.dumps({"id": str(number), "text": text}) + "\n")
    controller, terminal = os.openpty()
    process = start(
        "add", "many.jsonl", "--library", "lib", "--encoder", "hash",
        stdout=subprocess.PIPE, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    assert b"articles" in read_until(controller, rb"[1-9][\d,]* (of [\d,]+ )?articles")
    process.send_signal(signal.SIGINT)
    end = read_until(controller, rb"go on")
    assert process.wait() == 130
    os.close(controller)
    assert process.stdout
    assert process.stdout.read() == b""
    process.stdout.close()
    kept = re.search(rb"Stopped; ([\d,]+) articles? (?:is|are) kept", end)
    assert kept, end
    listed = run_json("list", "--library", "lib") if Path("lib").exists() else []
    assert len(listed) == int(kept[1].replace(b",", b""))
    assert len(listed) < 20_000


def test_ctrl_c_ends_other_commands_in_one_line(library: Path) -> None:
    pipe = subprocess.PIPE
    process = start("ask", "-", "--library", library, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"how many passengers?\n")
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate()
    assert process.returncode == 130
    assert complaints == b"Stopped.\n"


def test_an_unexpected_error_is_one_line_that_names_the_place(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> date:
        raise RuntimeError("of all\x1b[2J things")

    monkeypatch.setattr("ui.render.describe_date", fail)
    result = run("show", "bakery", "--library", library)
    assert result.exit_code == 1
    assert re.fullmatch(
        r"Error: unexpected RuntimeError at ui/cli/articles\.py:\d+: of all things;"
        r" this is a bug in OnRecord; .+\n",
        result.stderr,
    )


def test_the_version_is_that_of_the_package() -> None:
    version = run("version").stdout
    assert run("--version").stdout == version
    assert run_json("version") == {"version": version.strip()}


def test_commands_are_all_tested_here() -> None:
    commands: Iterator[str] = iter(get_command(app).commands)  # type: ignore[attr-defined]
    assert sorted(commands) == sorted(COMMANDS)
