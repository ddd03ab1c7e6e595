"""Making a library, and taking it away again where nothing came into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import LibraryNotFoundError, LibraryStorageError
from index.open_library import make_record
from onrecord import Article, HashEmbedder, Library

FERRY = Article("ferry", "Second ferry", "A second ferry began to cross the harbour on Thursday.")


def test_a_library_that_stays_empty_goes_with_the_folders_made_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "news" / "2025" / "library"
    with Library.open_to_fill(folder) as library:
        assert library.statistics().articles == 0
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_so_it_does_when_what_was_to_fill_it_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no encoder"), Library.open_to_fill(tmp_path / "lib"):
        raise RuntimeError("no encoder")
    assert list(tmp_path.iterdir()) == []


def test_folders_and_files_that_were_there_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with Library.open_to_fill(tmp_path, embedder=HashEmbedder()):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_library_that_something_was_put_into_stays(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    with Library.open_to_fill(folder, embedder=HashEmbedder()) as library:
        library.add(FERRY)
    with Library.open(folder) as library:
        assert [article.article_id for article in library.articles()] == ["ferry"]


@pytest.mark.parametrize("leave", ["feeds", "removal"])
def test_so_does_one_without_articles_that_remembers_something(tmp_path: Path, leave: str) -> None:
    folder = tmp_path / "lib"
    with Library.open_to_fill(folder, embedder=HashEmbedder()) as library:
        if leave == "feeds":
            library.subscriptions().add("https://news.example/rss", wait_seconds=1)
        else:
            library.add(FERRY)
            library.remove("ferry")
    with Library.open(folder) as library:
        assert len(library.subscriptions().all()) + len(library.removals()) == 1


def test_a_library_that_was_there_empty_stays(tmp_path: Path) -> None:
    Library.create(tmp_path / "lib").close()
    with Library.open_to_fill(tmp_path / "lib"):
        pass
    Library.open(tmp_path / "lib").close()


def test_what_another_process_put_into_it_meanwhile_stays(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    with Library.open_to_fill(folder), Library.open(folder, embedder=HashEmbedder()) as other:
        other.add(FERRY)
    with Library.open(folder) as library:
        assert library.get("ferry").title == "Second ferry"


def test_who_has_it_open_when_it_goes_is_told_and_loses_nothing_in_silence(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    with Library.open_to_fill(folder):
        other = Library.open(folder, embedder=HashEmbedder())
    with other:
        with pytest.raises(LibraryNotFoundError):
            other.statistics()
        with pytest.raises(LibraryNotFoundError):
            other.add(FERRY)
    assert list(tmp_path.iterdir()) == []


def test_making_one_where_there_is_one_makes_nothing(tmp_path: Path) -> None:
    assert make_record(tmp_path / "lib", encoder_name=None) is not None
    assert make_record(tmp_path / "lib", encoder_name="another") is None


@pytest.mark.parametrize("place", ["file", "file/lib", "file/lib/deeper"])
def test_a_file_is_no_place_for_a_library(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine")
    for use in (Library.open, Library.create, Library.open_or_create):
        with pytest.raises(LibraryStorageError, match="it is not a folder") as caught:
            use(tmp_path / place)
        assert "onrecord add" not in str(caught.value)


def test_a_name_that_no_folder_can_have_is_one_line(tmp_path: Path) -> None:
    for use in (Library.open, Library.create, Library.open_or_create):
        with pytest.raises(LibraryStorageError, match="its path is too long"):
            use(tmp_path / ("n" * 300))
