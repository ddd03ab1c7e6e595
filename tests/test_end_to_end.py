"""The whole way with the real encoder: sample articles in, cited answers out, nothing sent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from onrecord import Library
from rag import Answer, Assistant

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
QUESTIONS = [
    json.loads(line)
    for line in (ROOT / "tests" / "samples_questions.jsonl").read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("samples") / "library"
    with Library.create(path) as library:
        report = library.add([SAMPLES])
        assert report.skipped == ()
        assert len(report.added) == 17
    return path


@pytest.fixture(scope="module")
def assistant(samples: Path) -> Iterator[Assistant]:
    with Assistant(samples) as assistant:
        yield assistant


def quotes(answer: Answer) -> str:
    return " ".join(citation.quote for citation in answer.citations)


def test_what_did_russia_say_in_response(assistant: Assistant) -> None:
    answer = assistant.ask("what did Russia say in response?")
    assert not answer.refused
    assert len({citation.article_id for citation in answer.citations}) >= 2
    assert "continue cooperating" in quotes(answer)
    assert "within the framework of international law" in quotes(answer)


def test_what_is_not_in_the_articles_is_refused(assistant: Assistant) -> None:
    answer = assistant.ask("who won the World Cup in 2018?")
    assert answer.refused
    assert answer.claims == ()
    assert answer.citations


def test_wire_copy_is_one_hit_that_names_the_other_outlet(assistant: Assistant) -> None:
    answer = assistant.ask("Which minister received Ambassador Zinoviev?")
    titles = [hit.article.title for hit in answer.hits]
    wire = {
        "South Korea summons Russian ambassador over North Korean soldiers",
        "Moscow's envoy called in over Pyongyang's troops",
    }
    shown = [hit for hit in answer.hits if hit.article.title in wire and hit.copies]
    assert shown, titles
    assert {copy.title for hit in shown for copy in hit.copies} <= wire


def test_a_counterfeit_mark_in_an_article_stays_text(assistant: Assistant) -> None:
    answer = assistant.ask("What do the papers say about the observatory's money?")
    marks = {f"[{citation.number}]" for citation in answer.citations}
    for claim in answer.claims:
        for mark in marks:
            assert answer.text.count(mark) <= len(answer.claims)
        assert claim.text in assistant.library.get(cited(answer, claim.citations[0])).text


def cited(answer: Answer, number: int) -> str:
    return next(c.article_id for c in answer.citations if c.number == number)


def test_the_sample_questions(assistant: Assistant) -> None:
    """Most are answered or refused as they should be; the floor is what was measured."""
    right = {True: 0, False: 0}
    for row in QUESTIONS:
        answer = assistant.ask(row["question"])
        if row["answerable"]:
            shown = quotes(answer).casefold()
            is_right = not answer.refused and any(a.casefold() in shown for a in row["answers"])
        else:
            is_right = answer.refused
        right[row["answerable"]] += is_right
        for citation in answer.citations:
            article = assistant.library.get(citation.article_id)
            assert article.text[citation.start : citation.end] == citation.quote
    assert right[True] >= 33  # of 40
    assert right[False] >= 11  # of 20, of which ten are near misses


def test_adding_again_encodes_nothing(samples: Path) -> None:
    with Library.open(samples) as library:
        report = library.add([SAMPLES])
    assert report.passages == 0
    assert len(report.unchanged) == 17


BLOCKED = """
import socket, sys

def refuse(*_, **__):
    raise OSError("this process has no network")

socket.socket.connect = socket.socket.connect_ex = socket.socket.bind = refuse
socket.socket.sendto = socket.socket.sendmsg = refuse
socket.create_connection = socket.getaddrinfo = socket.gethostbyname = refuse

from ui.cli.main import main
sys.argv = ["onrecord", *sys.argv[1:]]
main()
"""


def run_without_network(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        cwd=ROOT,
    )


def test_add_and_ask_work_with_every_socket_blocked(tmp_path: Path) -> None:
    place = ["--library", str(tmp_path / "library")]
    added = run_without_network("add", str(SAMPLES / "wire.jsonl"), "--json", *place)
    assert added.returncode == 0, added.stderr
    assert len(json.loads(added.stdout)["added"]) == 3
    asked = run_without_network("ask", "Where do the steel plates come from?", "--json", *place)
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert not answer["refused"]
    assert "Norrvik" in answer["text"]


def test_asking_needs_no_torch(samples: Path) -> None:
    code = (
        "import sys\n"
        "from rag import ask\n"
        f"answer = ask('what did Russia say in response?', library={str(samples)!r})\n"
        "assert not answer.refused\n"
        "assert 'torch' not in sys.modules and 'sentence_transformers' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=120)


USES = {
    "graph": "Library.open(sys.argv[1]).search('who was summoned?')",
    "reader": "load_reader().read_inputs('Who?', [ReaderInput('', '', 'It was Ann.', ((0, 11),))])",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_onnx_runtime_reports_nothing(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    """It reports from C++, where no test blocks a socket; but first it numbers the machine."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("CI", "ORT_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    code = (
        "import sys; from onrecord import Library;"
        f" from rag.evidence.reader import ReaderInput, load_reader; {use};"
        " assert 'onnxruntime' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(samples)], check=True, cwd=ROOT)
    assert list(tmp_path.iterdir()) == []
