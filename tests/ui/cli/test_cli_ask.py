"""``onrecord verify``: a claim, or one a line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from ui.cli.main import app

EVIDENCE = "Divers found 14 cracks in the quay of Quill on Tuesday."


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["verify", "--encoder", "none", *arguments], input=given)


def line(**fields: object) -> str:
    return json.dumps(fields) + "\n"


def test_a_claim_a_line_gives_a_verdict_a_line() -> None:
    given = line(claim="Divers found 14 cracks in the quay.", evidence=EVIDENCE, id="other") + line(
        claim="Divers found 21 cracks in the quay.", evidence=["Nothing else.", EVIDENCE]
    )

    result = run("--json", "-", given=given)

    first, second = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 0
    assert first["support"] == "supported"
    assert first["reasons"] == []
    assert second["support"] == "unsupported"
    assert second["reasons"][0] == {
        "kind": "number",
        "text": "the article says 14, the claim says 21",
        "span": [13, 15],
    }
    assert 0 <= second["score"] < first["score"] <= 1


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("no json", "not a JSON object (Expecting value at column 1)"),
        ("", 'needs "claim"'),
        ("[1]", 'needs "claim"'),
        ('{"claim": 1, "evidence": ""}', 'needs "claim"'),
        ('{"claim": "a"}', '"evidence" must be'),
        ('{"claim": "a", "evidence": [1]}', '"evidence" must be'),
        ('{"claim": "a", "evidence": "b", "published": "soon"}', '"published" must be'),
        ('{"claim": "a", "evidence": "b", "published": 3}', '"published" must be'),
        ("[" * 100_000, "not a JSON object (too deep)"),
    ],
)
def test_a_bad_line_is_named_and_the_next_is_answered(bad: str, said: str) -> None:
    result = run("--json", "-", given=f"{bad}\n{line(claim='It closed.', evidence='It closed.')}")

    first, second = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 1
    assert first["line"] == 1
    assert said in first["error"]
    assert "support" in second


def test_bytes_that_are_no_text_are_a_bad_line() -> None:
    result = run("--json", "-", given=b"\xff\xfe\n")

    assert "not UTF-8" in json.loads(result.stdout)["error"]


def test_a_claim_on_the_command_line_is_explained() -> None:
    result = run("Divers found 21 cracks in the quay.", "--evidence", EVIDENCE)

    assert result.exit_code == 0
    assert result.stdout.startswith("unsupported (0.")
    assert "  the article says 14, the claim says 21\n" in result.stdout


def test_a_claim_without_evidence_is_wrong_usage() -> None:
    result = run("It closed.")

    assert result.exit_code == 2
    assert "--evidence" in result.stderr


def test_a_lone_surrogate_and_escape_codes_do_no_harm() -> None:
    result = run("--json", "-", given=line(claim="\ud800 \x1b[31m 21", evidence="\x1b[2J 14"))
    shown = run("Divers \x1b[31mfound 21.", "--evidence", EVIDENCE)

    assert json.loads(result.stdout)["support"] == "unsupported"
    assert "\x1b" not in shown.stdout


def test_an_unknown_encoder_is_one_line() -> None:
    result = CliRunner().invoke(app, ["verify", "a", "--evidence", "b", "--encoder", "hash-2"])

    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
