"""A question that takes too long ends with a line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from index.errors import TimeLimitError
from index.record.database import Database
from index.time_limit import check_time, is_limited, limit_time
from onrecord import Article, Assistant, HashEmbedder, Library, Settings
from rag.errors import SettingsError

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def library(folder: Path) -> Library:
    library = Library.create(folder, embedder=HashEmbedder())
    library.add([Article("ferry", "Ferry", "The ferry takes 90 passengers.")])
    return library


def test_a_statement_of_the_record_is_stopped(library: Library) -> None:
    database = Database(Path(library.path))
    with (
        pytest.raises(TimeLimitError, match=r"no answer within 0\.2 seconds"),
        limit_time(0.2, since=time.monotonic()),
        database.reading() as reader,
    ):
        reader.connection.execute(ENDLESS).fetchone()
    assert not is_limited()
    with database.reading() as reader:  # the next one is not
        assert reader.article("ferry")
    database.close()
    library.close()


def test_a_question_ends_in_time(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with Assistant(library, Settings(reader="none", question_seconds=0.05)) as assistant:
        find = type(assistant.retriever).find

        def dawdle(*given: object, **named: object) -> object:
            time.sleep(0.1)
            return find(*given, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(type(assistant.retriever), "find", dawdle)
        with pytest.raises(TimeLimitError, match=r"0\.05 seconds") as caught:
            assistant.ask("how many passengers does the ferry take?")
        assert "ONRECORD_QUESTION_SECONDS" in str(caught.value)
    check_time()  # nothing is left behind
    library.close()


def test_a_limit_is_more_than_nothing() -> None:
    for seconds in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(SettingsError, match="question_seconds"):
            Settings(question_seconds=seconds)
