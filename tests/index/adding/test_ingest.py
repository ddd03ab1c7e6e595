"""Adding files: what is read again, what is remembered, what the report says."""

from __future__ import annotations

import json
import os
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from index.adding import scan as scan_module
from index.adding.ahead import run_ahead
from index.adding.ingest import preview
from index.adding.load import read_source
from index.adding.scan import Scan
from index.containment.isolated_loader import IsolatedLoader
from index.formats.files import SourceFile, find_files
from index.record import file_states
from index.types import EncoderInput, PassageVectors
from onrecord import AddReport, Article, HashEmbedder, Library, Skip

pytestmark = pytest.mark.both_records

STORY = "The harbour of {0} closed on Monday. The {0} council met in the evening."


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Return a folder with three text files, a collection and a file that is none."""
    folder = tmp_path / "news"
    folder.mkdir()
    for town in ("Elin", "Marrow", "Quill"):
        (folder / f"{town}.txt").write_text(STORY.format(town), "utf-8")
    write_lines(folder / "wire.jsonl", {"one": "Dunhollow", "two": "Ferris"})
    (folder / "broken.txt").write_bytes(b"\x00\x01\x02\x03" * 100)
    settle(folder)
    return folder


@pytest.fixture
def read_names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the files that are read, as they are."""
    names: list[str] = []

    def note(file: SourceFile, *rest: object) -> Iterator[object]:
        names.append(file.path.name)
        return read_source(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(scan_module, "read_source", note)
    return names


def write_lines(path: Path, towns: dict[str, str]) -> None:
    lines = [json.dumps({"id": name, "text": STORY.format(town)}) for name, town in towns.items()]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def settle(folder: Path) -> None:
    """Make files look as if they had been written a while ago."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (1_700_000_000, 1_700_000_000))


@pytest.fixture(autouse=True)
def _old_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time of the last change count at once: no test waits until a file has settled."""
    monkeypatch.setattr(file_states, "SETTLED_NS", 0)


def counts(report: AddReport) -> tuple[int, int, int, int]:
    return tuple(map(len, (report.added, report.replaced, report.unchanged, report.skipped)))  # type: ignore[return-value]


def test_a_second_add_reads_nothing(library: Library, news: Path, read_names: list[str]) -> None:
    first = library.add(news)
    assert counts(first) == (5, 0, 0, 1)
    assert len(read_names) == 5
    read_names.clear()
    second = library.add(news)
    assert counts(second) == (0, 0, 5, 1)
    assert read_names == []
    assert sorted(second.unchanged) == sorted(first.added)
    assert second.skipped == first.skipped
    assert sorted(library.add(news, rescan=True).unchanged) == sorted(first.added)
    assert sorted(read_names) == sorted(path.name for path in news.iterdir())


def test_a_skip_is_told_by_the_name_that_is_given(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(news)
    monkeypatch.chdir(news.parent)
    (skip,) = library.add("news").skipped
    assert skip.source == str(Path("news/broken.txt"))


def test_what_has_changed_is_read(library: Library, news: Path, read_names: list[str]) -> None:
    library.add(news)
    read_names.clear()
    (news / "Elin.txt").write_text(STORY.format("Elin") + " It snowed.", "utf-8")
    report = library.add(news)
    assert counts(report) == (0, 1, 4, 1)
    assert read_names == ["Elin.txt"]


def test_a_change_that_hides_behind_an_old_date_is_seen(library: Library, news: Path) -> None:
    path = news / "Elin.txt"
    library.add(news)
    before = path.stat()
    text = path.read_text("utf-8")
    path.write_text(text.replace("Monday", "Friday"), "utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert len(library.add(news).replaced) == 1


def test_a_file_that_was_only_touched_is_compared(
    library: Library, news: Path, read_names: list[str]
) -> None:
    library.add(news)
    read_names.clear()
    for path in news.iterdir():
        os.utime(path)
    assert counts(library.add(news)) == (0, 0, 5, 1)
    assert read_names == []


def test_a_file_that_has_just_been_written_is_compared(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_states, "SETTLED_NS", 10**18)
    library.add(news)
    compared: list[str] = []
    digest_of = file_states.digest_of

    def note(file: SourceFile) -> bytes:
        compared.append(file.path.name)
        return digest_of(file)

    monkeypatch.setattr(file_states, "digest_of", note)
    assert counts(library.add(news)) == (0, 0, 5, 1)
    assert len(compared) == 5


def test_what_was_removed_is_added_again(library: Library, news: Path) -> None:
    (first, *_) = library.add(news).added
    library.delete(first)
    report = library.add(news)
    assert report.added == (first,)
    library.remove(first)
    assert library.add(news).added == (first,)


def test_what_was_removed_from_a_collection_is_added_again(library: Library, news: Path) -> None:
    library.add(news)
    library.delete("two")
    report = library.add(news)
    assert report.added == ("two",)
    assert "one" in report.unchanged


def test_a_line_that_went_is_named_and_its_article_stays(library: Library, news: Path) -> None:
    library.add(news)
    write_lines(news / "wire.jsonl", {"one": "Dunhollow"})
    report = library.add(news)
    assert report.orphaned == ("two",)
    assert library.get("two").text
    assert library.add(news).orphaned == ()


def test_a_member_that_went_is_named(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "news.zip"
    for towns in (("Elin", "Quill"), ("Quill",)):
        with zipfile.ZipFile(path, "w") as archive:
            for town in towns:
                archive.writestr(f"{town}.txt", STORY.format(town))
        report = library.add(path)
    (gone,) = report.orphaned
    assert "Elin" in library.get(gone).text


def test_an_article_that_another_file_took_over_is_not_counted_as_unchanged(
    library: Library, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    write_lines(first, {"x": "Elin"})
    write_lines(second, {"x": "Quill"})
    library.add(first)
    library.add(second, replace=True)
    (skip,) = library.add(first).skipped
    assert "--replace" in skip.reason
    assert "Quill" in library.get("x").text


def test_a_clash_within_one_run_is_found_although_one_file_is_not_read(
    library: Library, tmp_path: Path
) -> None:
    write_lines(tmp_path / "b.jsonl", {"x": "Elin"})
    library.add(tmp_path)
    write_lines(tmp_path / "c.jsonl", {"x": "Quill"})
    (skip,) = library.add(tmp_path).skipped
    assert "already used" in skip.reason
    write_lines(tmp_path / "a.jsonl", {"x": "Ferris"})
    first, *_ = library.add(tmp_path).skipped
    assert "Elin" in library.get("x").text
    assert "a.jsonl" in first.source


def test_a_column_mapping_makes_it_another_file(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"Headline,A,B\nX,{STORY.format('Elin')},{STORY.format('Quill')}\n", "utf-8")
    assert library.add(path, columns=(("text", "A"),)).added
    assert library.add(path, columns=(("text", "A"),)).unchanged
    report = library.add(path, columns=(("text", "B"),))
    assert report.added or report.replaced


def test_a_newer_loader_reads_again(
    library: Library, news: Path, read_names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(news)
    read_names.clear()
    monkeypatch.setattr(file_states, "LOADING", "next")
    library.add(news)
    assert len(read_names) == 5


def test_a_stopped_parser_is_tried_again(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.html").write_text("<html><body><p>x</p></body></html>", "utf-8")
    calls: list[str] = []

    class FailingContainer:
        has_failed = False
        reach = ()

        def __init__(self, *, unconfined: bool) -> None:
            assert not unconfined

        def load(self, file: SourceFile, max_bytes: int) -> Iterator[object]:
            calls.append(file.name)
            self.has_failed = True
            yield None, Skip(file.name, "its parser took longer than 60 s")

        def close(self) -> None:
            pass

    monkeypatch.setattr(scan_module, "IsolatedLoader", FailingContainer)
    for _ in range(2):
        (skip,) = library.add(tmp_path).skipped
        assert "60 s" in skip.reason
    assert len(calls) == 2


def test_what_parsers_could_reach_is_in_the_report_and_what_they_refuse_is_read_later(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "without_files.py").write_text(
        "from index.containment import sandbox\n"
        "from index.formats.load import load_file, warm_up\n"
        "def fail(*_): raise OSError\n"
        "sandbox.restrict_files = fail\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    crippled = partial(IsolatedLoader, loader="without_files:load_file")
    monkeypatch.setattr(scan_module, "IsolatedLoader", crippled)
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.multi_cell(0, text="The harbour of Port Elin closed on Monday because of the ice.")
    document.output(str(tmp_path / "a.pdf"))
    report = library.add(tmp_path / "a.pdf")
    assert report.reach == ("other files",)
    assert "other files" in report.skipped[0].reason
    assert not report.added
    report = library.add(tmp_path / "a.pdf", unconfined=True)
    assert report.reach == ("other files",)
    assert len(report.added) == 1
    assert library.add(tmp_path / "a.pdf").reach == ()  # unchanged, so nothing was parsed


def test_an_interrupted_add_goes_on_where_it_ended(
    folder: Path, news: Path, read_names: list[str]
) -> None:
    class Interrupted(HashEmbedder):
        calls = 0

        def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
            self.calls += 1
            if self.calls == 3:
                raise KeyboardInterrupt
            return super().embed_passages(inputs)

    with (
        Library.create(folder, embedder=Interrupted()) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        library.add(news, batch_passages=1)
    assert threading.active_count() < 10
    read_names.clear()
    with Library.open(folder, embedder=HashEmbedder()) as library:
        report = library.add(news)
    assert len(report.unchanged) == 2
    assert len(report.added) == 3
    assert "Elin.txt" not in read_names


@pytest.mark.on_disk
def test_a_dry_run_changes_nothing(folder: Path, library: Library, news: Path) -> None:
    library.add(news / "Elin.txt")
    (news / "Elin.txt").write_text(STORY.format("Elin") + " It snowed.", "utf-8")
    before = (folder / "record.sqlite3").read_bytes()
    report = library.add(news, dry_run=True)
    assert report.is_dry_run
    assert counts(report) == (4, 1, 0, 1)
    assert report.passages == 5
    assert (folder / "record.sqlite3").read_bytes() == before
    done = library.add(news)
    assert (done.added, done.replaced, done.passages) == (
        report.added,
        report.replaced,
        report.passages,
    )


def test_a_preview_needs_no_library(news: Path, tmp_path: Path) -> None:
    report = preview([news])
    assert counts(report) == (5, 0, 0, 1)
    assert report.is_dry_run
    assert not (tmp_path / ".onrecord").exists()


def test_a_file_in_memory_is_added(library: Library) -> None:
    file = SourceFile(
        Path("/"),
        "https://news.example/1",
        ".txt",
        label="https://news.example/1",
        identity=b"url\0https://news.example/1",
        content=STORY.format("Elin").encode(),
        url="https://news.example/1",
    )
    (added,) = library.add(file).added
    assert library.get(added).origin == "https://news.example/1"
    assert library.add([file]).unchanged == (added,)


def test_what_is_no_item_is_refused(library: Library) -> None:
    with pytest.raises(TypeError, match="cannot add a int"):
        library.add([1])  # type: ignore[list-item]


def test_a_generator_of_articles_stays_in_its_thread(library: Library, news: Path) -> None:
    threads = set()

    def items() -> Iterator[Article | Path]:
        threads.add(threading.current_thread())
        yield Article("a", "Elin", STORY.format("Elin"))
        yield news / "Quill.txt"
        threads.add(threading.current_thread())

    assert len(library.add(items()).added) == 2
    assert threads == {threading.current_thread()}


def test_a_vanished_file_does_not_stop_the_others(library: Library, news: Path) -> None:
    (found, *_) = find_files([news / "Elin.txt"])
    assert isinstance(found, SourceFile)
    found.path.unlink()
    report = library.add([found, news / "Quill.txt"])
    assert len(report.added) == 1
    assert report.skipped[0].reason == "no such file or folder"


def test_intake_names_the_end_of_every_file(news: Path) -> None:
    intake = Scan(None)
    events = [type(event).__name__ for event in intake.read([news])]
    assert events.count("FileEnd") == 5
    assert events.count("Article") == 5


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 5), st.integers(0, 60))
def test_working_ahead_keeps_the_order(items: list[int], most: int, weight: int) -> None:
    ahead = run_ahead(iter(items), weigh=abs, max_items=most, max_weight=weight)
    assert list(ahead) == items


def test_working_ahead_stays_within_its_room() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    ahead = run_ahead(items(), weigh=lambda _: 10, max_items=5, max_weight=30)
    assert next(ahead) == 0
    time.sleep(0.05)
    assert len(taken) <= 1 + 3 + 1  # what was given, what is ready, and one that waits for room
    ahead.close()


def test_an_error_comes_after_what_came_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("x")

    ahead = run_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(KeyError):
        next(ahead)


def test_stopping_early_closes_and_cuts_off() -> None:
    closed, stopped = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        try:
            yield 1
            assert stopped.wait(10)
            yield 2
        finally:
            closed.set()

    ahead = run_ahead(items(), stop=stopped.set)
    assert next(ahead) == 1
    ahead.close()
    assert closed.is_set()
