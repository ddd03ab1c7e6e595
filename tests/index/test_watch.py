"""A library that follows a folder holds what a fresh one would."""

from __future__ import annotations

import json
import random
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.errors import FolderError
from index.types import EncoderInput, PassageVectors
from index.watch import synchronise, wait_for_changes
from onrecord import HashEmbedder, Library

TOWNS = ("Saltmere", "Corvane", "Tollen", "Marrow Bay", "Dunhollow")


def contents(library: Library) -> dict[str, tuple[object, ...]]:
    """Return all that a reader sees of the articles."""
    articles = [library.get(article.article_id) for article in library.articles()]
    return {
        article.article_id: (
            article.title,
            article.text,
            article.source,
            article.published,
            article.outlet,
            article.origin,
            tuple((passage.start, passage.end) for passage in library.passages(article.article_id)),
        )
        for article in articles
    }


def found_by(library: Library, words: str) -> dict[str, float]:
    """Return the articles that a search finds, copies of one another with the same cosine."""
    return {
        article_id: round(hit.dense, 4)
        for hit in library.search(words, 500)
        for article_id in (hit.article.article_id, *(copy.article_id for copy in hit.copies))
    }


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as library:
        yield library


def write_text(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\ntitle: {words}\n---\nThe mayor spoke of {words}.\n", "utf-8")


def test_files_that_come_change_and_go(news: Path, library: Library) -> None:
    write_text(news / "a.txt", "harbours")
    write_text(news / "b.txt", "bridges")
    first = synchronise(library, news)
    assert (len(first.added), first.replaced, first.removed) == (2, (), ())
    write_text(news / "a.txt", "lighthouses")
    (news / "b.txt").rename(news / "c.txt")
    second = synchronise(library, news)
    assert [len(ids) for ids in (second.added, second.replaced, second.removed)] == [1, 1, 1]
    third = synchronise(library, news)
    assert not third
    assert third.unchanged == 2


def test_articles_from_elsewhere_stay(news: Path, library: Library, tmp_path: Path) -> None:
    write_text(tmp_path / "other" / "x.txt", "quarries")
    write_text(tmp_path / "news-of-others" / "y.txt", "trams")
    library.add([tmp_path / "other", tmp_path / "news-of-others"])
    write_text(news / "a.txt", "harbours")
    synchronise(library, news)
    (news / "a.txt").unlink()
    report = synchronise(library, news, may_empty=True)
    assert len(report.removed) == 1
    assert {article.title for article in library.articles()} == {"quarries", "trams"}


def test_a_folder_that_is_gone_or_has_lost_everything_removes_nothing(
    news: Path, library: Library
) -> None:
    write_text(news / "a.txt", "harbours")
    synchronise(library, news)
    (news / "a.txt").unlink()
    with pytest.raises(FolderError, match=r"no file is left in it.*--empty"):
        synchronise(library, news)
    news.rmdir()
    with pytest.raises(FolderError, match="no such folder"):
        synchronise(library, news, may_empty=True)
    news.touch()
    with pytest.raises(FolderError, match="it is not a folder"):
        synchronise(library, news, may_empty=True)
    assert library.statistics().articles == 1


def test_what_was_removed_can_be_put_back(news: Path, library: Library) -> None:
    write_text(news / "a.txt", "harbours")
    write_text(news / "b.txt", "bridges")
    synchronise(library, news)
    before = contents(library)
    (news / "a.txt").unlink()
    synchronise(library, news)
    assert len(contents(library)) == 1
    library.restore()
    assert contents(library) == before


def test_an_article_that_moves_to_another_collection_stays(news: Path, library: Library) -> None:
    line = json.dumps({"id": "moved", "title": "Moved", "text": "The mayor spoke of canals."})
    (news / "a.jsonl").write_text(line + "\n", "utf-8")
    other = json.dumps({"id": "kept", "title": "Kept", "text": "The pilot spoke of reactors."})
    (news / "b.jsonl").write_text(other + "\n", "utf-8")
    synchronise(library, news)
    (news / "a.jsonl").write_text(other.replace("kept", "new") + "\n", "utf-8")
    (news / "b.jsonl").write_text(other + "\n" + line + "\n", "utf-8")
    synchronise(library, news)
    assert set(contents(library)) == {"moved", "kept", "new"}
    assert library.get("moved").origin.endswith("b.jsonl")


class Gardener:
    """Does random things to the files of a folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)  # noqa: S311

    def act(self) -> None:
        """Do one thing."""
        chance = self.chance
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        chance.choice(
            (self.create, self.create, self.change, self.rename, self.delete, self.copy, self.spoil)
        )(files)

    def create(self, _files: list[Path]) -> None:
        path = self.folder / self.chance.choice(("", "deep", "deep/er")) / self._name()
        if path.is_dir():
            return
        self._write(path)

    def change(self, files: list[Path]) -> None:
        if files:
            self._write(self.chance.choice(files))

    def rename(self, files: list[Path]) -> None:
        if files:
            path = self.chance.choice(files)
            target = path.with_name(self.chance.choice("abcdefgh") + path.suffix)
            path.rename(target)

    def delete(self, files: list[Path]) -> None:
        if not files:
            return
        path = self.chance.choice(files)
        if path.parent != self.folder and self.chance.random() < 0.1:
            shutil.rmtree(path.parent)
        else:
            path.unlink()

    def copy(self, files: list[Path]) -> None:
        if files:
            path = self.chance.choice(files)
            target = path.with_name(self.chance.choice("ijklm") + path.suffix)
            target.write_bytes(path.read_bytes())

    def spoil(self, files: list[Path]) -> None:
        if files:
            self.chance.choice(files).write_bytes(self.chance.choice((b"", b"\0\0\0", b"{")))

    def _name(self) -> str:
        return self.chance.choice("abcdefgh") + self.chance.choice((".txt", ".md", ".jsonl"))

    def _write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".jsonl":
            write_text(path, self._words())
            return
        rows = [
            {"id": f"row-{self.chance.randrange(12)}", "text": f"They met {self._words()}."}
            for _ in range(self.chance.randrange(4))
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    def _words(self) -> str:
        return f"{self.chance.choice(TOWNS)} and {self.chance.randrange(10_000)} others"


@pytest.mark.slow
def test_after_a_thousand_changes_it_equals_a_fresh_library(news: Path, tmp_path: Path) -> None:
    gardener = Gardener(news, seed=7)
    with Library.create(tmp_path / "followed", embedder=HashEmbedder()) as followed:
        for step in range(1, 1001):
            gardener.act()
            if step % 8 == 0 or gardener.chance.random() < 0.05:
                synchronise(followed, news, may_empty=True)
            if step % 250 == 0:
                synchronise(followed, news, may_empty=True)
                with Library.create(tmp_path / f"fresh-{step}", embedder=HashEmbedder()) as fresh:
                    fresh.add([news])
                    assert contents(followed) == contents(fresh)
                    for town in TOWNS:
                        assert found_by(followed, town) == found_by(fresh, town)


def test_the_first_look_is_due_once_the_folder_is_watched(news: Path) -> None:
    stop = threading.Event()
    assert next(wait_for_changes(news, stop)) == 0


def test_a_change_is_noticed(news: Path) -> None:
    stop = threading.Event()
    seen: list[int] = []

    def follow() -> None:
        for count in wait_for_changes(news, stop):
            seen.append(count)
            if count:
                stop.set()

    thread = threading.Thread(target=follow)
    thread.start()
    number = 0
    while thread.is_alive() and number < 200:  # the watcher needs a moment to begin
        write_text(news / f"{number}.txt", "harbours")
        number += 1
        thread.join(0.3)
    stop.set()
    thread.join(30)
    assert seen[-1]
    assert not thread.is_alive()


class CountingEmbedder(HashEmbedder):
    """Counts the passages that it encodes."""

    n_encoded = 0

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        self.n_encoded += len(inputs)
        return super().embed_passages(inputs)


def test_a_renamed_file_is_not_encoded_again(news: Path, tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    with Library.create(tmp_path / "renamed", embedder=embedder) as library:
        write_text(news / "a.txt", "harbours")
        synchronise(library, news)
        before = embedder.n_encoded
        (news / "a.txt").rename(news / "b.txt")
        report = synchronise(library, news)
        assert len(report.added) == len(report.removed) == 1
        assert embedder.n_encoded == before > 0
        (hit,) = library.search("harbours")
        assert hit.article.source.endswith("b.txt")
        assert hit.sentence_cosines


def test_an_earlier_version_answers_again_when_the_later_file_goes(
    news: Path, library: Library
) -> None:
    body = (
        "The harbour of Saltmere closes for the winter. The mayor said the cranes are old."
        " The works will take until May, and the ferry leaves from the mole until then."
    )
    for name, day, more in (
        ("old", "2025-03-01", ""),
        ("new", "2025-03-09", " It will cost more."),
    ):
        (news / f"{name}.md").write_text(
            f"---\ntitle: Harbour closes\ndate: {day}\nurl: https://wire.example/harbour\n---\n"
            f"{body}{more}\n",
            "utf-8",
        )
    synchronise(library, news)
    assert [str(article.published) for article in library.articles()] == ["2025-03-09"]
    (news / "new.md").unlink()
    synchronise(library, news)
    assert [str(article.published) for article in library.articles()] == ["2025-03-01"]
    assert not synchronise(library, news)
