"""Progress on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import io
import re
import sys

import pytest

from onrecord import AddProgress
from ui.cli.progress import describe_count, track_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("done", "shown"),
    [
        (50, r"50 of 1,000 articles.+5\.0 articles/s.+(?:-:--|\d\d:\d\d)"),
        (1000, r"1,000 of 1,000 articles.+finishing"),
    ],
)
def test_progress_on_a_terminal_has_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, done: int, shown: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with track_progress() as progress:
        progress(AddProgress(articles=done, total=1000, passages=120, seconds=done / 5))
    assert re.search(shown, re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", screen.getvalue()))


def test_progress_beyond_what_was_expected_names_no_total() -> None:
    assert describe_count(AddProgress(3, 4, 9, 1.0)) == "3 of 4 articles"
    assert describe_count(AddProgress(5, 4, 9, 1.0)) == "5 articles"


def test_progress_elsewhere_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with track_progress() as progress:
        for seconds in (1.0, 6.0, 7.0, 12.0):
            progress(AddProgress(int(seconds * 10), 7200, 1, seconds))
        progress(AddProgress(200, None, 1, 20.0))
        progress(AddProgress(200, 200, 1, 25.0))
        progress(AddProgress(1, 1, 1, 50.0))
    assert capsys.readouterr().err.splitlines() == [
        "60 of 7,200 articles, 10.0 articles/s, 0:11:54 left",
        "120 of 7,200 articles, 10.0 articles/s, 0:11:48 left",
        "200 articles, 10.0 articles/s",
        "200 of 200 articles, 8.0 articles/s",
        "1 of 1 article, 0.0 articles/s",
    ]
