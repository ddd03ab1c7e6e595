"""Dates of articles that are read while the machine's clock is wrong."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.text import clock
from index.text.clock import RELEASED, believable_now

ROOT = Path(__file__).resolve().parents[3]

READ = textwrap.dedent(
    """
    import datetime, sys
    from pathlib import Path
    real = datetime.datetime

    class Stopped(real):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(0, tz)

    class Day(datetime.date):
        @classmethod
        def today(cls):
            return cls(1970, 1, 1)

    datetime.datetime, datetime.date = Stopped, Day
    from onrecord import HashEmbedder, Library
    with Library.create(sys.argv[1], embedder=HashEmbedder()) as library:
        report = library.add(sys.argv[2])
        assert not report.skipped, report.skipped
        for article in library.articles():
            print(article.source.rpartition("/")[2], article.published)
    """
)

FILES = {
    "a.md": "# A quay\n\n21 October 2024\n\nThe harbour board has closed the old quay.\n",
    "b.eml": (
        "From: desk@news.example\nSubject: A quay\nDate: Mon, 21 Oct 2024 09:00:00 +0000\n\n"
        "The harbour board has closed the quay for repairs until the spring of next year.\n"
    ),
    "c.html": (
        '<html><head><title>A quay</title><meta property="article:published_time"'
        ' content="2024-10-21T09:00:00Z"></head><body><article><p>The harbour board of Saltmere'
        " has closed the old quay, which will be mended in the spring, it said on Monday in a"
        " statement that named no cost.</p></article></body></html>"
    ),
}


def test_a_stopped_clock_takes_no_date_away(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    for name, text in FILES.items():
        (tmp_path / "news" / name).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / "library"), str(tmp_path / "news")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [f"{name} 2024-10-21" for name in FILES]


@pytest.mark.parametrize("year", [1970, 2020, 2040])
def test_the_present_is_never_before_this_program(
    monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(year, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(clock, "datetime", Clock)
    assert believable_now() == max(RELEASED, datetime(year, 1, 1, tzinfo=UTC))
