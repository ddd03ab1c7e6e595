"""The chat's service in PostgreSQL and as it starts; the tests of the chat cover folders."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import LibraryStorageError, OnRecordError
from index.record.database import to_place
from onrecord import Article, HashEmbedder, Library
from rag import Assistant
from rag.settings import Settings
from ui.places import hide_paths
from ui.web.access.queue import AnswerQueue
from ui.web.actions import PageActions
from ui.web.chat.conversations import STORE_FILE
from ui.web.chat.service import ChatService
from ui.web.chat.suggestions import Suggestions

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


def test_a_server_that_is_down_is_no_empty_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    service = ChatService(to_place("postgresql://me:secret@127.0.0.1:1/news"), SETTINGS)
    Path(service.folder).mkdir(parents=True)
    for service.is_shared in (False, True):
        reply = PageActions(service).act({"do": "start", "browser": "b" * 32}, "")
        said = reply["slots"]["library-status"]
        assert "it cannot be reached" in said
        assert "There are no articles" not in reply["slots"]["thread"]
        assert ("127.0.0.1" in said) is not service.is_shared
    assert service.store().is_kept  # conversations lie on this machine
    service.close()


@pytest.mark.parametrize(
    "reason",
    [
        'it cannot be reached: connection to server at "db.inside" (10.0.0.5), port 5432 failed',
        'it cannot be reached: password authentication failed for user "ada"',
        'too many connections for role "ada"',
        'permission denied for database "ada"',
        'it cannot be reached: no pg_hba.conf entry for host "10.0.0.5", user "ada", no encryption',
    ],
)
def test_no_host_and_no_role_is_named_elsewhere(reason: str) -> None:
    place = to_place("postgresql://ada@db.inside/news")
    said = hide_paths(str(LibraryStorageError(place, reason, "see to the server, then repeat")))
    assert said.startswith("cannot use the library at the database (")
    assert said.endswith("; see to the server, then repeat")
    assert not any(word in said for word in ("db.inside", "10.0.0.5", "ada"))


def test_no_chat_model_is_asked_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Assistant, "ask", lambda own, _: asked.append(own.settings.model))
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Ferry", "The ferry left the harbour of Saltmere.")])
        service = ChatService(library.path, replace(SETTINGS, model="gpt-4o"))
        monkeypatch.setattr(service, "library", lambda: library)
        service.suggestions = Suggestions(
            service.library, service.settings, service.queue, time.monotonic
        )
        service.suggestions.load()
    assert asked == [""]


def test_suggestions_are_tried_out_as_questions_are_answered(tmp_path: Path) -> None:
    suggestions = ChatService(tmp_path, replace(SETTINGS, device="cpu")).suggestions
    assert suggestions._settings.device == "cpu"  # noqa: SLF001


def test_one_assistant_is_made_for_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def make(library: Library, settings: Settings) -> Assistant:
        made.append(settings)
        time.sleep(0.2)
        return Assistant(library, settings)

    monkeypatch.setattr("rag.assistant.Assistant", make)
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as library:
        suggestions = Suggestions(lambda: library, SETTINGS, AnswerQueue())
        threads = [
            threading.Thread(target=suggestions._quoting_assistant)  # noqa: SLF001
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(made) == 1


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
    service.warm_up(threading.Event())
    for thread in threading.enumerate():
        if thread.name == "onrecord-warm":
            thread.join()
    assert unheard == []
