"""When the search structure is written again, and that nothing is missed in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.record.rows import Generation
from index.searching.vector_cache import (
    FORMAT,
    LAG_SHARE,
    VECTORS_FILE,
    Provenance,
    publish_file,
    read_header,
)
from onrecord import Article, HashEmbedder, Library

MakeArticles = Callable[..., list[Article]]


@pytest.fixture
def large(folder: Path, embedder: HashEmbedder, make_articles: MakeArticles) -> Library:
    with Library.create(folder, embedder=embedder) as library:
        library.add(make_articles(3 * LAG_SHARE))
    return Library.open(folder, embedder=embedder)


def test_header_says_how_much_there_is(tmp_path: Path) -> None:
    origin = Provenance(b"L" * 16, Generation(7, b"T" * 16), b"E" * 32)

    def write_payload(write: Callable[[bytes], int]) -> None:
        write(b"payload")

    publish_file(tmp_path, origin, write_payload, extent=(5, 9))
    assert read_header(tmp_path) == (origin, (5, 9))


def test_a_little_more_or_less_does_not_write_the_structure_again(
    folder: Path, large: Library, embedder: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    written = (folder / VECTORS_FILE).stat().st_ino
    large.add(Article("new", "A zeppelin", "A zeppelin was seen over the harbour."))
    large.delete("article-3")
    for library in (large, Library.open(folder, embedder=embedder)):
        hits = library.search("zeppelin over the harbour", k=500)
        assert hits[0].article.article_id == "new"
        assert "article-3" not in {hit.article.article_id for hit in hits}
        assert (folder / VECTORS_FILE).stat().st_ino == written
        library.close()
    assert caplog.messages == []


def test_many_small_changes_do(
    folder: Path, large: Library, make_articles: MakeArticles, caplog: pytest.LogCaptureFixture
) -> None:
    written = (folder / VECTORS_FILE).stat().st_ino
    count = large.count_passages()
    for number in range(count // LAG_SHARE + 2):
        large.add(make_articles(1, first=1000 + number))
    large.close()
    assert (folder / VECTORS_FILE).stat().st_ino != written
    assert read_header(folder)[1][0] > count
    assert caplog.messages == []


def test_structure_of_an_older_program_is_replaced_in_silence(
    folder: Path, large: Library, embedder: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    expected = large.search("harbour", k=50)
    large.close()
    content = bytearray((folder / VECTORS_FILE).read_bytes())
    content[8:12] = (1).to_bytes(4, "little")
    (folder / VECTORS_FILE).write_bytes(content)
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("harbour", k=50) == expected
    assert (folder / VECTORS_FILE).read_bytes()[8:12] == FORMAT.to_bytes(4, "little")
    assert caplog.messages == []
