"""Damaged and hostile files of every format beside sound ones: each is named, none does harm."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from hostile_files import SKIPPED, make_hostile, make_special
from onrecord import AddReport, Article, HashEmbedder, Library
from sample_files import make_samples

OUTSIDE = "The words of this file must not be read."

STOPPED = {
    "number.json": "its parser crashed",
    "form.pdf": "its parser needed more than 128 MB of memory",
    "forms.pdf": "its parser needed more than 128 MB of memory",
}
"""What native code of a parser does not survive, which is what it has its own process for."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Outcome:
    """What became of a folder of hostile files.

    Attributes:
        report: Of the ``add``.
        fates: What was to become of which file.
        articles: What is in the library.
        folder: Where the files are.
    """

    report: AddReport
    fates: dict[str, str]
    articles: list[Article]
    folder: Path

    def reasons(self, name: str) -> list[str]:
        """Return why a file, or something in it, was skipped."""
        path = str(self.folder / name)
        inside = re.compile(re.escape(path) + r"(?:[:!#].*)?$", re.DOTALL)
        return [skip.reason for skip in self.report.skipped if inside.match(skip.source)]

    def found(self, name: str) -> list[Article]:
        """Return the articles of a file."""
        path = str(self.folder.resolve() / name)
        return [a for a in self.articles if a.origin == path or a.origin.startswith(f"{path}!")]


def list_tree(folder: Path) -> set[str]:
    return {
        str(Path(root, name))
        for root, folders, files in os.walk(folder)
        for name in (*folders, *files)
    }


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    base = tmp_path_factory.mktemp("hostile")
    folder = base / "news"
    folder.mkdir()
    secret = base / "secret.txt"
    secret.write_text(OUTSIDE, "utf-8")
    hostile = make_hostile()
    for name, (content, _) in hostile.items():
        (folder / name).write_bytes(content)
    for name, content in make_samples().items():
        (folder / name).write_bytes(content)
    fates = {name: fate for name, (_, fate) in hostile.items()}
    fates |= make_special(folder, secret)
    before = list_tree(base)
    threads = threading.active_count()
    with Library.create(base / "library", embedder=HashEmbedder()) as library:
        report = library.add(folder)
        articles = [library.get(summary.article_id) for summary in library.articles()]
        # Most pages here have one address, and so are versions of one article.
        earlier = (library.find_version(former) for former, _ in report.superseded)
        articles += [version.article for version in earlier if version is not None]
    after = {path for path in list_tree(base) if not path.startswith(str(base / "library"))}
    assert after == before
    assert threading.active_count() == threads
    return Outcome(report, fates, articles, folder)


def test_there_are_enough() -> None:
    assert len(make_hostile()) > 200


@pytest.mark.parametrize("name", [*make_hostile(), "loop-a.txt", "loop-b.txt", "out.txt"])
def test_each_is_named(outcome: Outcome, name: str) -> None:
    reasons, found = outcome.reasons(ascii_name(name)), outcome.found(name)
    assert reasons or found
    if outcome.fates[name] == SKIPPED:
        assert reasons, [article.text[:200] for article in found]
        assert not found, found[0].text[:200]
    for reason in reasons:
        assert reason
        assert reason.isprintable()
        assert len(reason) < 600


@pytest.mark.parametrize(
    "name", ["passwd.html", "device.pdf", "memory.zip", "inner/again", "pipe.docx", "socket.warc"]
)
def test_what_is_no_file_is_named(outcome: Outcome, name: str) -> None:
    assert outcome.reasons(name)
    assert not outcome.found(name)


@pytest.mark.parametrize("name", make_samples())
def test_sound_files_beside_them_are_added(outcome: Outcome, name: str) -> None:
    same = "at the same address"
    assert outcome.found(name) or any(same in reason for reason in outcome.reasons(name))
    assert name != "good.pdf" or "icebreaker" in outcome.found(name)[0].text


def test_hardly_a_parser_had_to_be_stopped(outcome: Outcome) -> None:
    stopped = {
        Path(skip.source).name: skip.reason
        for skip in outcome.report.skipped
        if skip.reason.startswith("its parser")
    }
    assert stopped.keys() <= STOPPED.keys()
    assert all(reason.startswith(STOPPED[name]) for name, reason in stopped.items())


def test_nothing_from_outside_is_in_the_library(outcome: Outcome) -> None:
    for article in outcome.articles:
        words = f"{article.title} {article.text} {article.author} {article.outlet}"
        assert OUTSIDE not in words
        assert "root:" not in words
        assert "haha" not in words


def test_nothing_is_stored_that_cannot_be_shown(outcome: Outcome) -> None:
    for article in outcome.articles:
        assert article.title.isprintable()
        assert not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", article.text)


def ascii_name(name: str) -> str:
    """Return a name as a report shows it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
