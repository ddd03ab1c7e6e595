from __future__ import annotations

import logging
import math
import os
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoding.encode import encode_passages
from index.errors import (
    ArticleNotFoundError,
    EncoderError,
    EncoderMismatchError,
    LibraryBusyError,
    LibraryNotFoundError,
    LibraryStorageError,
)
from index.ledger.store import LEDGER_FILE
from index.library import GRAPH_FOLDER
from index.record.connection_pool import RECORD_FILE
from index.record.database import Database
from index.record.write_lock import LOCK_FILE, hold_write_lock
from index.searching.search import fuse_scores
from index.searching.vector_cache import VECTORS_FILE, VectorCache
from index.types import EncoderInput, FloatVector, Passage, PassageVectors
from onrecord import AddProgress, Article, Filter, HashEmbedder, Library, Skip

pytestmark = pytest.mark.both_records

MakeArticles = Callable[..., list[Article]]


class CountingEmbedder(HashEmbedder):
    """Remembers how many passages it was given."""

    passages = 0

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        self.passages += len(inputs)
        return super().embed_passages(inputs)


def ids_of(library: Library) -> list[str]:
    return [summary.article_id for summary in library.articles()]


# Making and opening


def test_new_library_is_empty_and_valid(library: Library) -> None:
    assert ids_of(library) == []
    assert library.search("anything") == ()
    assert library.encoder is None
    assert library.statistics().articles == 0
    assert library.document_frequencies(["word"]) == {"word": 0}


def test_library_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError, match="run 'onrecord add ARTICLES --library"):
        Library.open(tmp_path / "nowhere")


def test_second_library_in_a_folder_is_refused(folder: Path, library: Library) -> None:
    with pytest.raises(ValueError, match="already"):
        Library.create(folder)
    Library.create(folder, exist_ok=True).close()
    Library.open_or_create(folder).close()


def test_file_in_the_way_of_a_library(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    for path in (file, file / "below"):
        with pytest.raises(LibraryStorageError, match="it is not a folder"):
            Library.create(path)


@pytest.mark.on_disk
def test_embedder_and_name_are_too_much(folder: Path) -> None:
    with pytest.raises(ValueError, match="not both"):
        Library.create(folder, embedder=HashEmbedder(), encoder="hash")
    assert not folder.exists()


def test_encoder_is_remembered_by_name(folder: Path, make_articles: MakeArticles) -> None:
    with Library.create(folder, encoder="hash-32") as library:
        library.add(make_articles(3))
    with Library.open(folder) as library:
        assert library.encoder == library.embedder.identity
        assert len(library.search("harbour")) == 3


def test_other_encoder_is_refused(folder: Path, stocked: Library) -> None:
    with pytest.raises(EncoderMismatchError, match="onrecord reencode"):
        Library.open(folder, embedder=HashEmbedder(32))
    with Library.open(folder, encoder="hash-32") as library:
        assert len(ids_of(library)) == 30  # needs no encoder
        with pytest.raises(EncoderMismatchError):
            library.search("harbour")
        with pytest.raises(EncoderMismatchError):
            library.add(Article("new", "New", "A new sentence."))


def test_closed_library_refuses(stocked: Library) -> None:
    stocked.close()
    for use in (
        lambda: stocked.search("harbour"),
        lambda: stocked.get("article-1"),
        lambda: list(stocked.articles()),
        lambda: stocked.add(Article("new", "New", "A new sentence.")),
        lambda: stocked.delete("article-1"),
    ):
        with pytest.raises(ValueError, match="closed"):
            use()


# Adding


def test_added_articles_come_back(library: Library, make_articles: MakeArticles) -> None:
    articles = make_articles(40)
    report = library.add(articles)
    assert report.added == tuple(article.article_id for article in articles)
    assert (report.replaced, report.unchanged, report.skipped) == ((), (), ())
    for article in articles:
        assert library.get(article.article_id) == article
        for passage in library.passages(article.article_id):
            assert article.text[passage.start : passage.end] == passage.text
        for sentence in library.sentences(article.article_id):
            assert article.text[sentence.start : sentence.end] == sentence.text
    assert library.statistics().passages == report.passages


@pytest.mark.on_disk
def test_adding_again_encodes_nothing(folder: Path, make_articles: MakeArticles) -> None:
    embedder = CountingEmbedder()
    articles = make_articles(20)
    with Library.create(folder, embedder=embedder) as library:
        library.add(articles)
        before = embedder.passages
        published = (folder / VECTORS_FILE).stat()
        report = library.add(articles)
        assert report.unchanged == tuple(article.article_id for article in articles)
        assert embedder.passages == before
        assert (folder / VECTORS_FILE).stat().st_ino == published.st_ino


def test_changed_text_replaces_the_article(stocked: Library) -> None:
    changed = replace(stocked.get("article-3"), text="The zeppelin of Quill was sold.")
    report = stocked.add(changed)
    assert (report.added, report.replaced) == ((), ("article-3",))
    assert stocked.get("article-3") == changed
    assert stocked.search("zeppelin", k=1)[0].article == changed
    assert stocked.statistics().articles == 30


def test_changed_date_is_stored_without_encoding(folder: Path, make_articles: MakeArticles) -> None:
    embedder = CountingEmbedder()
    with Library.create(folder, embedder=embedder) as library:
        library.add(make_articles(5))
        before = embedder.passages
        dated = replace(library.get("article-1"), published=date(1987, 6, 5), outlet="Late Post")
        assert library.add(dated).replaced == ("article-1",)
        assert library.get("article-1") == dated
        assert embedder.passages == before


def test_new_pipeline_encodes_anew(
    folder: Path, make_articles: MakeArticles, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(make_articles(5))
        monkeypatch.setattr("index.adding.decisions.PIPELINE", "next")
        monkeypatch.setattr("index.record.writes.PIPELINE", "next")
        assert len(library.add(make_articles(5)).replaced) == 5
        assert len(library.add(make_articles(5)).unchanged) == 5


def test_same_id_from_another_file_is_skipped_unless_told(library: Library) -> None:
    first = Article("x", "First", "The first text.", origin="one.jsonl")
    other = Article("x", "Other", "Another text.", origin="two.jsonl")
    library.add(first)
    report = library.add([other, Article("y", "Y", "A third text.")])
    assert report.skipped == (
        Skip(
            "two.jsonl",
            "id 'x' is in the library already, from 'one.jsonl'; remove that one first, or"
            " replace it with --replace",
        ),
    )
    assert report.added == ("y",)
    assert library.get("x") == first
    assert library.add(replace(first, origin="moved.jsonl")).unchanged == ("x",)
    assert library.add(other, replace=True).replaced == ("x",)
    assert library.get("x") == other


def test_id_twice_in_one_run_loses_nothing(library: Library) -> None:
    first, second = Article("x", "First", "The first text."), Article("x", "Second", "The second.")
    for _ in range(2):
        report = library.add([first, first, second], replace=True)
        assert [skip.reason for skip in report.skipped] == [
            "id 'x' came up before in this run, with other content"
        ]
        assert library.get("x") == first
        assert library.statistics().articles == 1


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("article_id", " ", "its id is blank"),
        ("article_id", "a\nb", "its id holds a line break"),
        ("article_id", "a\ud800", "its id holds a line break or another control"),
        ("article_id", "a" * 1001, "its id is longer than 1,000"),
        ("title", "", "its title is blank"),
        ("title", "a\x1b[2J", "its title holds a line break or another control"),
        ("text", " \n\t", "its text is blank"),
        ("text", "a\0b", "its text holds characters that are not text"),
        ("text", "a \udfff b", "its text holds characters that are not text"),
        ("source", "\udc80", "its source holds characters that are not text"),
        ("outlet", "\0", "its outlet holds characters that are not text"),
    ],
)
def test_invalid_article_is_skipped_with_its_reason(
    library: Library, field: str, value: str, reason: str
) -> None:
    good = Article("good", "Good", "A good sentence.")
    bad = replace(Article("bad", "Bad", "Another sentence."), **{field: value})  # type: ignore[arg-type]
    report = library.add([bad, good])
    assert report.added == ("good",)
    (skip,) = report.skipped
    assert skip.reason.startswith(reason)
    assert skip.source.isprintable()


def test_wrong_types_are_errors(library: Library) -> None:
    for mistake in (b"bytes", {"text": "a mapping"}):
        with pytest.raises(TypeError, match=f"cannot add a {type(mistake).__name__}"):
            library.add(mistake)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="cannot add a int"):
        library.add([1])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="text is a string"):
        library.add(Article("a", "A", b"bytes"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="publication is a date"):
        library.add(Article("a", "A", "A sentence.", published="2024"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="batch_passages"):
        library.add([], batch_passages=0)
    with pytest.raises(ValueError, match="wait_seconds"):
        library.add([], wait_seconds=-1)


def test_datetime_counts_as_its_date(library: Library) -> None:
    library.add(Article("a", "A", "A sentence.", published=datetime(2024, 2, 3, 4, 5)))
    assert library.get("a").published == date(2024, 2, 3)
    assert len(library.search("sentence", only=Filter(until=date(2024, 2, 3)))) == 1


def test_files_and_articles_go_in_together(library: Library, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("One\n\nThe first file has a sentence.", encoding="utf-8")
    (tmp_path / "two.txt").write_text("Two\n\nThe second file has another.", encoding="utf-8")
    seen: list[AddProgress] = []
    article = Article("three", "Three", "This was made in Python.")
    skip = Skip("four", "for a reason")
    report = library.add(
        [str(tmp_path / "one.txt"), tmp_path / "two.txt", article, skip], progress=seen.append
    )
    assert len(report.added) == 3
    assert report.skipped == (skip,)
    assert seen[-1].articles == seen[-1].total == 4
    assert len(library.add(tmp_path / "one.txt").unchanged) == 1


def test_progress_comes_after_each_batch(library: Library, make_articles: MakeArticles) -> None:
    seen: list[AddProgress] = []
    report = library.add(iter(make_articles(60)), progress=seen.append, batch_passages=10)
    assert [p.articles for p in seen] == sorted(p.articles for p in seen)
    assert {p.total for p in seen} == {None}
    assert (seen[-1].articles, seen[-1].passages) == (60, report.passages)
    assert len(seen) > 5


def test_articles_are_taken_only_when_needed(library: Library, make_articles: MakeArticles) -> None:
    taken = 0
    committed: list[int] = []

    def give() -> Iterator[Article]:
        nonlocal taken
        for article in make_articles(45):
            taken += 1
            yield article

    def watch(progress: AddProgress) -> None:
        committed.append(taken - library.statistics().articles)

    library.add(give(), progress=watch, batch_passages=8)
    assert set(committed) == {0}


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_interruption_keeps_committed_batches(
    folder: Path,
    library: Library,
    make_articles: MakeArticles,
    embedder: HashEmbedder,
    error: type[BaseException],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def give() -> Iterator[Article]:
        yield from make_articles(30)
        raise error

    with pytest.raises(error):
        library.add(give(), batch_passages=13)
    kept = ids_of(library)
    assert 0 < len(kept) < 30
    with Library.open(folder, embedder=embedder) as again, caplog.at_level(logging.WARNING):
        assert len(again.search("harbour", k=100)) == again.statistics().passages
        assert caplog.messages == []
        assert len(again.add(make_articles(30)).added) == 30 - len(kept)


class BrokenEmbedder(HashEmbedder):
    """Gives what a test asks for instead of vectors."""

    def __init__(self, give: Callable[[PassageVectors], PassageVectors]) -> None:
        super().__init__()
        self._give = give

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        return [self._give(vectors) for vectors in super().embed_passages(inputs)]

    def embed_query(self, text: str) -> FloatVector:
        return super().embed_query(text)


@pytest.mark.parametrize(
    "give",
    [
        lambda v: PassageVectors(v.passage * 2, v.sentences),
        lambda v: PassageVectors(v.passage * np.nan, v.sentences),
        lambda v: PassageVectors(v.passage, v.sentences * 0),
        lambda v: PassageVectors(v.passage[:-1], v.sentences),
        lambda v: PassageVectors(v.passage, v.sentences[1:]),
    ],
    ids=["long", "nan", "zero", "short", "missing"],
)
def test_vectors_that_are_none_are_refused(
    folder: Path, give: Callable[[PassageVectors], PassageVectors]
) -> None:
    with Library.create(folder, embedder=BrokenEmbedder(give)) as library:
        with pytest.raises(EncoderError, match="encoder hash@1"):
            library.add(Article("a", "A", "One sentence. Two sentences."))
        assert ids_of(library) == []


# Removing


def test_removed_articles_can_be_put_back(stocked: Library) -> None:
    before = {article_id: stocked.get(article_id) for article_id in ids_of(stocked)}
    removed = stocked.delete(["article-4", "article-2", "article-4"])
    assert removed == (before["article-4"], before["article-2"])
    assert stocked.statistics().articles == 28
    assert not {"article-4", "article-2"} & {
        hit.article.article_id for hit in stocked.search("harbour", k=500)
    }
    stocked.add(removed)
    assert {article_id: stocked.get(article_id) for article_id in ids_of(stocked)} == before


def test_unknown_id_removes_nothing(stocked: Library) -> None:
    for unknown in ("nothing", "", "\ud800", "article-1\0"):
        with pytest.raises(ArticleNotFoundError, match="onrecord list"):
            stocked.delete(["article-1", unknown])
        for look_up in (stocked.get, stocked.passages, stocked.sentences):
            with pytest.raises(ArticleNotFoundError) as caught:
                look_up(unknown)
            str(caught.value).encode("utf-8")
    assert stocked.statistics().articles == 30
    assert stocked.delete([]) == ()


# Searching


def bm25_of_all(passages: list[list[str]], terms: Sequence[str]) -> list[float]:
    """Return Okapi BM25 as FTS5 defines it: k1 = 1.2, b = 0.75, a floor under the IDF."""
    average = sum(map(len, passages)) / len(passages)
    counts = [Counter(passage) for passage in passages]
    scores = [0.0] * len(passages)
    for term in terms:
        holding = sum(term in count for count in counts)
        idf = math.log((len(passages) - holding + 0.5) / (holding + 0.5))
        for i, count in enumerate(counts):
            length = 1.2 * (0.25 + 0.75 * len(passages[i]) / average)
            scores[i] += max(idf, 1e-6) * count[term] * 2.2 / (count[term] + length)
    return scores


# Words that stemming leaves alone and that no list of stop words holds.
words = st.sampled_from(["zarkon", "bilgrum", "foxtrat", "quarnak", "tolmin", "drumpad"])
texts = st.lists(st.lists(words, min_size=1, max_size=12), min_size=1, max_size=12)


@settings(deadline=None, max_examples=20)
@given(
    texts=texts,
    query=st.lists(words, min_size=1, max_size=4, unique=True),
    since=st.none() | st.integers(1, 12),
)
def test_search_equals_brute_force(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[list[str]],
    query: list[str],
    since: int | None,
) -> None:
    embedder = HashEmbedder()
    articles = [
        # The number in front keeps one article from being a copy of another.
        Article(
            f"{i}",
            f"n{i}",
            f"{' '.join(f'n{i}x{j}' for j in range(40))} {' '.join(text)}.",
            published=date(2024, 1, 1 + i),
        )
        for i, text in enumerate(texts)
    ]
    only = Filter(since=None if since is None else date(2024, 1, since))
    with Library.create(tmp_path_factory.mktemp("library"), embedder=embedder) as library:
        library.add(articles)
        hits = library.search(" ".join(query), k=len(texts), only=only)
        passages = [passage for a in articles for passage in library.passages(a.article_id)]
    stored = encode_passages(
        embedder, [(a.title, p) for a, p in zip(articles, passages, strict=True)], batch_passages=5
    )
    vector = embedder.embed_query(" ".join(query))

    def cosines(blob: bytes) -> FloatVector:
        matrix = np.frombuffer(blob, dtype="<f2").reshape(-1, embedder.identity.dim)
        return (matrix.astype(np.float32) @ vector).astype(np.float32)

    dense = [float(cosines(passage)[0]) for passage, _ in stored]
    best = [float(cosines(sentences).max()) for _, sentences in stored]
    tokens = [[a.title, *a.text.rstrip(".").split()] for a in articles]
    bm25 = bm25_of_all(tokens, query)
    kept = [i for i in range(len(articles)) if since is None or i + 1 >= since]
    scores = fuse_scores([dense[i] for i in kept], [bm25[i] for i in kept], [best[i] for i in kept])
    expected = dict(zip([articles[i].article_id for i in kept], scores.tolist(), strict=True))
    assert {hit.article.article_id for hit in hits} == set(expected)
    for hit in hits:
        i = int(hit.article.article_id)
        assert hit.dense == pytest.approx(dense[i], abs=1e-5)
        assert hit.bm25 == pytest.approx(bm25[i], rel=1e-4, abs=1e-5)
        assert hit.best_sentence == pytest.approx(best[i], abs=1e-5)
        assert hit.score == pytest.approx(expected[hit.article.article_id], abs=1e-3)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_hit_is_an_exact_place_in_its_article(stocked: Library) -> None:
    for hit in stocked.search("the ferry and the council", k=20):
        assert hit.article == stocked.get(hit.article.article_id)
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert hit.passage in stocked.passages(hit.article.article_id)
        assert len(hit.sentence_cosines) == len(hit.passage.sentences)
        assert max(hit.sentence_cosines) == pytest.approx(hit.best_sentence)


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "'",
        '"unbalanced ferry',
        "ferry AND",
        "NOT ferry",
        "ferry OR OR",
        "NEAR(ferry, 1)",
        "title:ferry",
        "{title text}: ferry",
        "ferry*",
        "^ferry",
        "-ferry",
        "(ferry",
        "ferry)",
        "ferry + council",
        "%",
        "_",
        "; DROP TABLE articles; --",
        "\0ferry\0",
        "\ud800 ferry",
        "🚢🚢",
        "¿?",
        "…",
        "渡船",
        "fErRy\u0301",
        "ferry " * 2000,
        "x" * 10_000,
        " ".join(f"word{i}" for i in range(2000)),
    ],
)
def test_hostile_query_is_only_looked_for(stocked: Library, query: str) -> None:
    hits = stocked.search(query, k=5)
    assert len(hits) == 5
    if "ferry" in query:
        assert "ferry" in hits[0].passage.text or "ferry" in hits[0].article.title


@pytest.mark.parametrize("query", ["", " ", "\n\t"])
def test_blank_query_is_refused(stocked: Library, query: str) -> None:
    with pytest.raises(ValueError, match="blank"):
        stocked.search(query)
    with pytest.raises(ValueError, match="at least 1"):
        stocked.search("ferry", k=0)


def test_filters_hold_for_every_hit(library: Library, make_articles: MakeArticles) -> None:
    articles = make_articles(100)
    library.add(articles)
    since, until = date(2024, 1, 20), date(2024, 2, 20)
    hits = library.search("harbour ferry", k=500, only=Filter(("BAY",), since, until))
    expected = {
        a.article_id
        for a in articles
        if a.outlet == "Bay Wire" and a.published and since <= a.published <= until
    }
    assert {hit.article.article_id for hit in hits} == expected
    listed = {s.article_id for s in library.articles(Filter(("BAY",), since, until))}
    assert listed == expected
    assert library.search("harbour", only=Filter(("nobody",))) == ()
    assert library.search("harbour", only=Filter(since=date(2030, 1, 1))) == ()
    by_address = library.search("harbour", k=500, only=Filter(("news.example/17",)))
    assert {hit.article.article_id for hit in by_address} == {"article-17"}


def test_filter_folds_case_beyond_ascii(library: Library) -> None:
    library.add([Article("a", "A", "A sentence.", outlet="Çağdaş Straße 100%")])
    for name in ("çağdaş", "STRASSE", "100%"):
        assert len(library.search("sentence", only=Filter((name,)))) == 1
    assert library.search("sentence", only=Filter(("%",), until=date(2024, 1, 1))) == ()


def test_copies_are_folded_into_one_hit(library: Library, make_articles: MakeArticles) -> None:
    wire = "The cableway above Dunhollow stopped on Friday. Forty people waited for six hours."
    library.add(make_articles(50))
    library.add(
        [
            Article(
                f"wire-{i}",
                "Cableway stops",
                wire,
                outlet=f"Outlet {i}",
                published=date(2024, 3, i),
            )
            for i in range(1, 4)
        ]
    )
    hits = library.search("how long did people wait in the cableway above Dunhollow?", k=10)
    (copies,) = [hit.copies for hit in hits if hit.article.article_id.startswith("wire")]
    assert {hits[0].article.outlet, *(copy.outlet for copy in copies)} == {
        "Outlet 1",
        "Outlet 2",
        "Outlet 3",
    }
    assert all(wire == library.get(c.article_id).text[c.start : c.end] for c in copies)
    assert len(hits) == 10


def test_any_number_of_hits_may_be_asked_for(stocked: Library) -> None:
    passages = stocked.statistics().passages
    for k in (passages, passages + 1, 10**30):
        hits = stocked.search("harbour", k=k)
        assert sum(1 + len(hit.copies) for hit in hits) == passages


def test_many_copies_do_not_crowd_out_the_rest(
    library: Library, make_articles: MakeArticles
) -> None:
    wire = "The cableway above Dunhollow stopped on Friday. Forty people waited for six hours."
    library.add([Article(f"wire-{i}", "Cableway stops", wire) for i in range(300)])
    library.add(make_articles(30))
    hits = library.search("cableway Dunhollow Friday forty people waited six hours", k=10)
    assert len(hits) == 10
    assert len({hit.article.article_id for hit in hits if "wire" in hit.article.article_id}) == 1


def test_inflected_terms_are_counted_together(library: Library) -> None:
    library.add(Article("a", "Ferries", "The ferries sailed."))
    library.add(Article("b", "One", "A ferry sails."))
    assert library.document_frequencies(["ferry", "sailing", "train", "?!"]) == {
        "ferry": 2,
        "sailing": 2,
        "train": 0,
        "?!": 0,
    }


# Several processes and threads


def test_open_reader_sees_what_another_adds(
    folder: Path, stocked: Library, embedder: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    with Library.open(folder, embedder=embedder) as reader:
        assert reader.search("zeppelin", k=1)[0].bm25 == 0
        stocked.add(Article("z", "Zeppelin", "A zeppelin came down near Quill."))
        assert reader.search("zeppelin", k=1)[0].article.article_id == "z"
        stocked.delete("z")
        assert reader.search("zeppelin", k=1)[0].bm25 == 0
    assert caplog.messages == []


def test_readers_never_see_a_mixture(
    folder: Path, library: Library, make_articles: MakeArticles, embedder: HashEmbedder
) -> None:
    versions = [make_articles(12, version=version) for version in range(2)]
    known = [{a.article_id: a.text for a in version} for version in versions]
    library.add(versions[0])
    is_done = threading.Event()
    failures: list[str] = []

    def read() -> int:
        searches = 0
        with Library.open(folder, embedder=embedder) as reader:
            while not is_done.is_set() or searches < 5:
                found = {
                    hit.article.article_id: hit.article.text
                    for hit in reader.search("harbour ferry council", k=200)
                }
                if found not in known:
                    failures.append(f"{len(found)} articles of no one edition")
                searches += 1
        return searches

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for number in range(1, 13):
            library.add(versions[number % 2])
        is_done.set()
        assert all(reader.result() >= 5 for reader in readers)
    assert failures == []


def test_threads_share_one_library(stocked: Library, make_articles: MakeArticles) -> None:
    questions = ["harbour ferry", "council bridge", "quarry strike", "tram budget"]
    expected = [stocked.search(question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        for found, wanted in zip(
            pool.map(lambda i: stocked.search(questions[i % 4]), range(80)),
            expected * 20,
            strict=True,
        ):
            assert found == wanted
        jobs = [pool.submit(stocked.add, make_articles(3, first=100 + 3 * i)) for i in range(4)]
        jobs_done = [job.result() for job in jobs]
    assert sum(len(report.added) for report in jobs_done) == 12
    assert stocked.statistics().articles == 42


def test_second_writer_waits_and_then_names_the_holder(folder: Path, stocked: Library) -> None:
    with hold_write_lock(folder, wait_seconds=0):
        for write in (
            lambda: stocked.add([], wait_seconds=0.1),
            lambda: stocked.delete("article-1", wait_seconds=0),
            lambda: stocked.reencode(HashEmbedder(32), wait_seconds=0),
        ):
            with pytest.raises(LibraryBusyError, match=f"process {os.getpid()}, since "):
                write()
        assert len(stocked.search("harbour")) == 10
    assert stocked.add([]).added == ()


@pytest.mark.on_disk
def test_lock_of_a_killed_writer_is_free(folder: Path, stocked: Library) -> None:
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from index.record.write_lock import LOCK_FILE, hold_write_lock
        with hold_write_lock(Path(sys.argv[1]), wait_seconds=0):
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", script, str(folder)], check=False, cwd=root)
    assert len(stocked.delete("article-1", wait_seconds=0)) == 1


@pytest.mark.on_disk
def test_processes_add_one_after_another(folder: Path, library: Library) -> None:
    script = textwrap.dedent("""
        import sys
        from onrecord import Article, HashEmbedder, Library
        path, name = sys.argv[1:]
        with Library.open(path, embedder=HashEmbedder()) as library:
            for i in range(10):
                library.add(Article(f"{name}-{i}", name, f"Sentence {i} of {name}."))
    """)
    root = Path(__file__).resolve().parents[2]
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(folder), name], cwd=root)
        for name in ("first", "second", "third")
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert library.statistics().articles == 30
    assert len(library.search("sentence", k=50)) == 30


@pytest.mark.on_disk
def test_forked_process_opens_the_record_anew(folder: Path, stocked: Library) -> None:
    # In a process of its own, since other tests have left threads behind in this one.
    script = textwrap.dedent("""
        import os, sys
        from onrecord import HashEmbedder, Library
        library = Library.open(sys.argv[1], embedder=HashEmbedder())
        before = len(library.search("harbour", k=50))
        if not (child := os.fork()):
            os._exit(len(library.search("harbour", k=50)))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == before > 0
    """)
    command = [sys.executable, "-c", script, str(folder)]
    subprocess.run(command, check=True, cwd=Path(__file__).resolve().parents[2])


@pytest.mark.on_disk
def test_read_only_library_writes_nothing(folder: Path, stocked: Library) -> None:
    stocked.close()
    (folder / VECTORS_FILE).unlink()
    (folder / LOCK_FILE).unlink()
    (folder / LEDGER_FILE).unlink()
    with Library.open(folder, embedder=HashEmbedder(), read_only=True) as library:
        assert len(library.search("harbour")) == 10
        assert library.statements().coverage.articles == 30
        with pytest.raises(LibraryStorageError, match="read-only"):
            library.add([])
        with pytest.raises(LibraryStorageError, match="read-only"):
            library.delete("article-1")
    assert [file.name for file in folder.iterdir()] == [RECORD_FILE]


# The derived structure


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)


def put_a_folder_there(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.on_disk
@pytest.mark.parametrize(
    ("damage", "warning"),
    [
        (Path.unlink, "is missing; rebuilding it from the record"),
        (flip_a_bit, "is damaged (its content does not match its checksum); rebuilding"),
        (lambda file: os.truncate(file, 300), "is damaged (it is truncated); rebuilding"),
        (lambda file: file.write_bytes(b"PK\3\4" * 99), "is damaged (it is not a search struct"),
        (lambda file: file.write_bytes(b""), "is damaged (it is truncated); rebuilding"),
    ],
    ids=["missing", "flipped", "truncated", "foreign", "empty"],
)
def test_damaged_structure_is_rebuilt_with_one_warning(
    folder: Path,
    stocked: Library,
    embedder: HashEmbedder,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], object],
    warning: str,
) -> None:
    expected = stocked.search("harbour ferry", k=30)
    stocked.close()
    damage(folder / VECTORS_FILE)
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("harbour ferry", k=30) == expected
        assert library.search("council") != ()
    (message,) = caplog.messages
    assert warning in message
    caplog.clear()
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("harbour ferry", k=30) == expected
    assert caplog.messages == []


@pytest.mark.on_disk
def test_structure_that_cannot_be_published_is_kept_in_memory(
    folder: Path, stocked: Library, embedder: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    put_a_folder_there(folder / VECTORS_FILE)
    with Library.open(folder, embedder=embedder) as library:
        for _ in range(3):
            assert len(library.search("harbour")) == 10
        assert len(caplog.messages) == 1
        library.add(Article("new", "New", "A new sentence."))
        assert library.get("new").title == "New"
        assert "was not saved" in caplog.messages[-1]


@pytest.mark.on_disk
def test_stale_structure_is_brought_up_to_date(
    folder: Path,
    stocked: Library,
    embedder: HashEmbedder,
    make_articles: MakeArticles,
    caplog: pytest.LogCaptureFixture,
) -> None:
    old = (folder / VECTORS_FILE).read_bytes()
    stocked.add(make_articles(10, first=50))
    stocked.delete(["article-1", "article-2"])
    expected = stocked.search("harbour ferry", k=50)
    (folder / VECTORS_FILE).write_bytes(old)
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("harbour ferry", k=50) == expected
    (message,) = caplog.messages
    assert "is behind the record; bringing it up to date" in message


@pytest.mark.on_disk
def test_structure_of_another_history_is_not_trusted(
    folder: Path,
    stocked: Library,
    embedder: HashEmbedder,
    make_articles: MakeArticles,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stocked.close()
    record = (folder / RECORD_FILE).read_bytes()
    with Library.open(folder, embedder=embedder) as library:
        library.add(make_articles(5, first=100))
    (folder / RECORD_FILE).write_bytes(record)
    other = (folder / VECTORS_FILE).read_bytes()
    with Library.open(folder, embedder=embedder) as library:
        library.add(make_articles(5, first=200))
        expected = library.search("harbour", k=50)
    # The same generation and the same passage ids, but other passages.
    (folder / VECTORS_FILE).write_bytes(other)
    caplog.clear()
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("harbour", k=50) == expected
    (message,) = caplog.messages
    assert "belongs to another state of this library; rebuilding" in message


def test_structure_of_another_library_is_not_trusted(
    tmp_path: Path,
    embedder: HashEmbedder,
    make_articles: MakeArticles,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(2):
        with Library.create(tmp_path / f"{number}", embedder=embedder) as library:
            library.add(make_articles(5, version=number))
            expected = library.search("harbour", k=50)
    (tmp_path / "0" / VECTORS_FILE).replace(tmp_path / "1" / VECTORS_FILE)
    with Library.open(tmp_path / "1", embedder=embedder) as library:
        assert library.search("harbour", k=50) == expected
    assert "belongs to another library" in caplog.messages[0]


@pytest.mark.on_disk
def test_structure_grows_into_lists_and_shrinks_back(
    folder: Path, library: Library, make_articles: MakeArticles
) -> None:
    articles = make_articles(120)

    def found_through(vector_cache: VectorCache, database: Database) -> int:
        with database.reading() as reader:
            structure = vector_cache.get_structure(reader)
            assert structure is not None
            every = reader.passing_ids(Filter())
            assert structure.ids().tolist() == every.tolist()
            return len(structure.search(HashEmbedder().embed_query("ferry"), 500, allowed=every)[0])

    with closing(Database(folder)) as database:
        vector_cache = VectorCache(database, flat_limit=40)
        for change in (
            lambda: library.add(articles[:20]),
            lambda: library.add(articles[20:]),
            lambda: library.delete([article.article_id for article in articles[10:]]),
        ):
            change()
            passages = library.statistics().passages
            assert found_through(vector_cache, database) == passages
            with hold_write_lock(folder, wait_seconds=0):
                vector_cache.publish()
            assert found_through(VectorCache(database, flat_limit=40), database) == passages


# Another encoder


@pytest.mark.on_disk
def test_reencoding_changes_the_encoder(
    folder: Path, stocked: Library, make_articles: MakeArticles
) -> None:
    passages = stocked.statistics().passages
    seen: list[tuple[int, int]] = []
    done = stocked.reencode(
        HashEmbedder(32), progress=lambda done, total: seen.append((done, total)), batch_passages=20
    )
    assert done == passages
    assert seen[-1] == (passages, passages)
    assert stocked.encoder == HashEmbedder(32).identity
    with (
        Library.create(folder.with_name("fresh"), embedder=HashEmbedder(32)) as fresh,
        Library.open(folder, embedder=HashEmbedder(32)) as again,
    ):
        fresh.add(make_articles(30))
        for library in (stocked, again):
            assert library.search("harbour ferry", k=40) == fresh.search("harbour ferry", k=40)
    assert stocked.reencode(HashEmbedder(32)) == 0


class FailingEmbedder(HashEmbedder):
    """Fails after some batches."""

    def __init__(self, dim: int, batches: int) -> None:
        super().__init__(dim)
        self.batches = batches

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        if not self.batches:
            raise KeyboardInterrupt
        self.batches -= 1
        return super().embed_passages(inputs)


def test_interrupted_reencoding_goes_on_where_it_ended(
    folder: Path, stocked: Library, make_articles: MakeArticles, caplog: pytest.LogCaptureFixture
) -> None:
    before = stocked.search("harbour", k=40)
    with pytest.raises(KeyboardInterrupt):
        stocked.reencode(FailingEmbedder(32, 2), batch_passages=10)
    assert stocked.search("harbour", k=40) == before
    encoded = 20 - len(stocked.passages("article-0"))
    stocked.delete("article-0")
    stocked.add(make_articles(2, first=70))
    done = stocked.reencode(HashEmbedder(32), batch_passages=10)
    assert done == stocked.statistics().passages - encoded
    assert stocked.encoder == HashEmbedder(32).identity
    assert len(stocked.search("harbour", k=500)) == stocked.statistics().passages
    assert caplog.messages == []


def test_open_library_follows_another_ones_reencoding(folder: Path, stocked: Library) -> None:
    with (
        Library.open(folder) as follower,
        Library.open(folder, embedder=HashEmbedder()) as other,
    ):
        assert follower.search("harbour") == other.search("harbour") != ()
        stocked.reencode("hash-32")
        assert follower.search("harbour") == stocked.search("harbour") != ()
        with pytest.raises(EncoderMismatchError):
            other.search("harbour")
        with pytest.raises(EncoderMismatchError):
            other.add(Article("new", "New", "A new sentence."))


class ExportingEmbedder(HashEmbedder):
    """Has a question graph to export, as sentence-transformers' encoders have."""

    exported = 0
    error: Exception | None = None

    def __init__(self, folder: Path, dim: int = 64) -> None:
        super().__init__(dim)
        self.graph_folder = Path(folder) / GRAPH_FOLDER

    def export_graph(self) -> bool:
        self.exported += 1
        if self.error is not None:
            raise self.error
        self.graph_folder.mkdir(exist_ok=True)
        return True


def test_question_graph_is_exported_once(folder: Path, make_articles: MakeArticles) -> None:
    embedder = ExportingEmbedder(folder)
    with Library.create(folder, embedder=embedder) as library:
        for first in (0, 5):
            library.add(make_articles(5, first=first))
        assert embedder.exported == 1
        other = ExportingEmbedder(folder, 32)
        library.reencode(other)
        assert (embedder.exported, other.exported) == (1, 1)


@pytest.mark.on_disk
def test_question_graph_is_exported_again_where_it_is_missing(
    folder: Path, make_articles: MakeArticles
) -> None:
    embedder = ExportingEmbedder(folder)
    with Library.create(folder, embedder=embedder) as library:
        library.add(make_articles(5))
        embedder.graph_folder.rmdir()
        library.add(make_articles(5))
        assert embedder.exported == 1
        library.add(make_articles(1, first=5))
        assert embedder.exported == 2


@pytest.mark.parametrize("error", [OSError(28, "No space left"), ValueError("no folder")])
def test_question_graph_that_cannot_be_exported_is_no_failure(
    folder: Path,
    make_articles: MakeArticles,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    embedder = ExportingEmbedder(folder)
    embedder.error = error
    with Library.create(folder, embedder=embedder) as library:
        assert len(library.add(make_articles(5)).added) == 5
    assert len(caplog.messages) == isinstance(error, OSError)


def test_passage_keeps_its_sentences(library: Library) -> None:
    text = "Headline of the day\nOne is here. Two is there.\n\nThree is a new paragraph."
    library.add(Article("a", "A", text))
    passages: tuple[Passage, ...] = library.passages("a")
    sentences = library.sentences("a")
    assert [s.text for s in sentences] == [
        "Headline of the day",
        "One is here.",
        "Two is there.",
        "Three is a new paragraph.",
    ]
    assert [s.starts_paragraph for s in sentences] == [True, True, False, True]
    assert sentences == tuple(s for passage in passages for s in passage.sentences)
