"""A run of a set, as the command line and the page show it."""

from __future__ import annotations

import html.parser
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rag.evaluation.evaluate import Report
from rag.evaluation.measures import Difference, Outcome, compare_outcomes
from ui.cli.main import app
from ui.eval_report import describe_difference, format_comparison, format_report, render_report

EVIL = '<script>alert(1)</script>"\x1b[2J{{ 7*7 }}'


def make_report(name: str = "set", *, better: int = 0) -> Report:
    outcomes = tuple(
        Outcome(
            query_id=str(n),
            answerable=n % 2 == 0,
            refused=n < 10,
            probability=(n * 7 % 40) / 40,
            shares={"evidence@1": float(n % 4 < 2 or n < better)}
            if n % 2 == 0
            else {"unanswerable refused": float(n < 10)},
            seconds={"total": 0.01 * n},
        )
        for n in range(40)
    )
    return Report(name, 1234, outcomes, {"k": "10"})


class _Page(html.parser.HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for name, v in attrs if name in {"src", "href", "xlink:href"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def read_page(page: str) -> _Page:
    parser = _Page()
    parser.feed(page)
    return parser


def test_a_report_is_a_table() -> None:
    lines = format_report(make_report())
    assert lines[0] == "set: 1,234 articles"
    assert lines[1].split() == ["measure", "value", "95", "%", "interval", "questions"]
    assert re.fullmatch(r"evidence@1 +0\.500 +0\.\d{3} to 0\.\d{3} +20", lines[2])
    assert any(line.startswith("--refuse-below ") for line in lines)


def test_a_comparison_says_which_way_and_whether_it_counts() -> None:
    differences = compare_outcomes(make_report().outcomes, make_report(better=40).outcomes)
    (line,) = [x for x in format_comparison(differences) if x.startswith("evidence@1")]
    assert re.search(r"0\.500 +1\.000 +\+0\.500 .* better$", line)
    assert format_comparison({}) == ["The two runs have no question in common."]


@pytest.mark.parametrize(
    ("name", "difference", "verdict"),
    [
        ("evidence@1", Difference(0.5, 0.6, 9, 0.05, 0.15), "better"),
        ("evidence@1", Difference(0.6, 0.5, 9, -0.15, -0.05), "worse"),
        ("evidence@1", Difference(0.5, 0.6, 9, -0.05, 0.15), "within noise"),
        ("evidence@1", Difference(0.5, 0.5, 9, 0.0, 0.0), "the same"),
        ("answerable refused", Difference(0.5, 0.6, 9, 0.05, 0.15), "worse"),
        ("unanswerable refused", Difference(0.5, 0.6, 9, 0.05, 0.15), "better"),
        ("seconds p50", Difference(0.6, 0.5, 9, -0.15, -0.05), "better"),
        ("seconds retrieve p95", Difference(0.5, 0.6, 9, 0.05, 0.15), "worse"),
    ],
)
def test_a_difference_is_described(name: str, difference: Difference, verdict: str) -> None:
    assert describe_difference(name, difference) == verdict


def test_the_page_has_every_figure_and_loads_nothing() -> None:
    report = make_report()
    page = read_page(render_report(report, compare_outcomes(report.outcomes, report.outcomes)))
    for name, measure in report.measures.items():
        assert name in page.text
        assert f"{measure.value:.3f}" in page.text
    assert page.tags.count("svg") == 3
    assert page.addresses == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "Against the earlier run" in page.text


def test_a_page_without_unanswerable_questions_has_no_curve() -> None:
    whole = make_report()
    outcomes = tuple(outcome for outcome in whole.outcomes if outcome.answerable)
    page = read_page(render_report(Report("set", 1, outcomes)))
    assert page.tags.count("svg") == 1
    assert read_page(render_report(Report("empty", 0, ()))).tags.count("svg") == 0


def test_names_are_escaped() -> None:
    report = Report(EVIL, 1, make_report().outcomes, {EVIL: EVIL})
    page = render_report(report)
    assert "script" not in read_page(page).tags
    assert "{{ 7*7 }}" in page
    assert "\x1b" not in page
    assert "\x1b" not in format_report(report)[0]


# The command


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "run.json"
    file.write_text(json.dumps(make_report().to_dict()), encoding="utf-8")
    return file


def test_a_saved_run_is_shown_compared_and_drawn(saved: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.json"
    later.write_text(json.dumps(make_report(better=40).to_dict()), encoding="utf-8")
    page = tmp_path / "page.html"
    result = run(later, "--compare", saved, "--html", page)
    assert result.exit_code == 0, result.output
    assert "better" in result.stdout
    assert f"Wrote {page}." in result.stderr
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    rows = json.loads(run(later, "--compare", saved, "--json").stdout)
    assert rows["differences"]["evidence@1"]["beyond_noise"] is True
    assert rows["measures"]["evidence@1"]["value"] == 1.0
    assert json.loads(run(saved, "--json").stdout) == json.loads(saved.read_text("utf-8"))


def test_what_cannot_be_read_or_written_is_one_line(saved: Path, tmp_path: Path) -> None:
    for arguments, says in (
        ((saved, "--compare", tmp_path / "gone.json"), "cannot read"),
        ((saved, "--compare", tmp_path), "cannot read"),
        ((saved, "--html", tmp_path), "it is a folder"),
        ((saved, "--html", tmp_path / "gone" / "page.html"), "cannot write"),
        ((tmp_path / "gone",), "corpus.jsonl"),
        # Before the set is read: a run takes hours.
        ((tmp_path / "gone", "--html", tmp_path / "gone" / "page.html"), "mkdir"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1
        assert says in result.stderr
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.output
