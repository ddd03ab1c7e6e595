"""The chat's service in PostgreSQL and as it starts; the tests of the chat cover folders."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.errors import OnRecordError
from index.record.database import to_place
from onrecord import Article, HashEmbedder, Library
from rag.settings import Settings
from ui.web.chat.conversations import STORE_FILE
from ui.web.chat.service import ChatService

SETTINGS = Settings(encoder="hash", reader="none")


def test_a_library_in_a_database_is_served(database: str) -> None:
    service = ChatService(to_place(database), SETTINGS)
    assert not service.has_library
    assert not service.store().is_kept
    with Library.create(database, embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Ferry", "The ferry left the harbour of Saltmere.")])
    assert service.describe_library() == "1 article"
    assert service.store().is_kept
    assert (Path(service.folder) / STORE_FILE).exists()
    service.store().close()
    service.assistant().close()


def test_people_elsewhere_are_told_of_no_server() -> None:
    service = ChatService(to_place("postgresql://me:secret@127.0.0.1:1/news"), SETTINGS)
    service.is_shared = True
    with pytest.raises(OnRecordError) as caught:
        service.library()
    said = service.describe_error(caught.value)
    assert "the database" in said
    assert not any(word in said for word in ("127.0.0.1", "secret", "me@"))


def test_a_program_that_ends_while_the_first_answer_is_prepared_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What Python says to a thread that imports while the interpreter shuts down.
    def end() -> None:
        raise RuntimeError("can't register atexit after shutdown")

    service = ChatService(tmp_path, Settings())
    monkeypatch.setattr(service, "assistant", end)
    unheard: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", unheard.append)
    service.warm_up()
    for thread in threading.enumerate():
        if thread.name == "onrecord-warm":
            thread.join()
    assert unheard == []
