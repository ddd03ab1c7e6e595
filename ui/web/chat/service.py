"""The chat without its page: the library, its assistant, conversations and example questions.

Nothing here knows Gradio or HTML. The library may be missing or empty at first, and is found as
soon as it exists.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from index.backup import COLLECTIONS_FILE
from index.errors import LibraryBusyError, OnRecordError
from index.library import Library
from index.record.database import has_record
from index.types import Filter
from rag.settings import Settings
from rag.types import Answer, Turn
from ui.messages import describe_error
from ui.places import hide_commands, hide_paths
from ui.render import describe_date
from ui.web.access.queue import AnswerQueue
from ui.web.chat.article_collections import Collections, name_collections
from ui.web.chat.conversations import STORE_FILE, ConversationStore, ConversationStoreError
from ui.web.chat.filters import Choice
from ui.web.chat.jobs import Jobs
from ui.web.chat.suggestions import Suggestions

if TYPE_CHECKING:
    from index.types import LibraryPlace
    from rag.assistant import Assistant

SECONDS_BETWEEN_LOOKS = 0.05
"""How long it may take until a stop is noticed."""

_BUSY = "Somebody else is adding or removing articles just now. Try again in a moment."
_log = logging.getLogger("onrecord")


class ChatService:
    """Answers the chat's questions, whatever the state of the library.

    May be used by several threads at once.

    Args:
        source: An assistant, or the folder of a library, which may not exist yet.
        settings: How to answer, when a folder is given.
        clock: Seconds that only grow.

    Attributes:
        settings: As given.
        folder: The folder of the library, or its address.
        queue: Where questions wait for their turn.
        jobs: Additions in the background.
        suggestions: Finds questions to offer.
        is_shared: Whether people elsewhere use the page; they are told of no folder here.
    """

    def __init__(
        self,
        source: Assistant | LibraryPlace,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.queue = AnswerQueue()
        self.is_shared = False
        self._given = None if isinstance(source, PathLike) else source
        self.folder = source if isinstance(source, PathLike) else source.library.path
        self._opened: Assistant | None = None
        self._store: ConversationStore | None = None
        self._collections = Collections(None)
        self._lock = threading.RLock()
        self.jobs = Jobs(self.describe_error)
        self.suggestions = Suggestions(self.library, settings, self.queue, clock)

    def assistant(self) -> Assistant:
        """Return the assistant.

        Raises:
            OnRecordError: If there is no library, or it cannot be opened.
        """
        if self._given is not None:
            return self._given
        with self._lock:
            if self._opened is None:
                from rag.assistant import Assistant

                self._opened = Assistant(self.folder, self.settings)
            return self._opened

    def library(self) -> Library:
        """Return the library.

        Raises:
            OnRecordError: If there is none, or it cannot be opened.
        """
        return self.assistant().library

    def library_to_fill(self) -> Library:
        """Return the library, made if there is none.

        Raises:
            OnRecordError: If it cannot be made or opened.
        """
        with self._lock:
            if self._given is None and self._opened is None:
                Library.open_or_create(self.folder, encoder=self.settings.encoder or None).close()
            return self.library()

    def describe_error(self, error: Exception) -> str:
        """Return an error as one line for the users of the page.

        Commands that mend it are for whoever started the chat, and are logged there.
        """
        if isinstance(error, LibraryBusyError):
            return _BUSY
        line = describe_error(error)
        shown = self.describe(line)
        if hide_commands(line) != line or not isinstance(error, OnRecordError):
            _log.error("%s", line)
        if hide_commands(line) != line:
            shown += "; how to mend it is said where the chat was started"
        return shown

    def describe(self, text: str) -> str:
        """Return a line for the users of the page: no commands, and if it is shared no folders."""
        shown = hide_commands(text)
        return hide_paths(shown) if self.is_shared else shown

    @property
    def has_library(self) -> bool:
        """Whether there is a library in the folder, or the database."""
        try:
            return has_record(self.folder)
        except OnRecordError:  # what is kept beside it on this machine is there all the same
            return Path(self.folder).is_dir()

    def describe_library(self) -> str:
        """Return how much the library holds, as one line; empty while it holds nothing.

        Raises:
            OnRecordError: If there is no library, or it cannot be opened.
        """
        statistics = self.library().statistics()
        if not statistics.articles:
            return ""
        noun = "article" if statistics.articles == 1 else "articles"
        dates = ""
        if statistics.earliest and statistics.latest:
            first, last = describe_date(statistics.earliest), describe_date(statistics.latest)
            dates = f", {first}" if first == last else f", {first} to {last}"
        return f"{statistics.articles:,} {noun}{dates}"

    def generation(self) -> int:
        """Return a number for the state of the library, another after each change; 0 for none."""
        try:
            return self.library().statistics().generation
        except OnRecordError:
            return 0

    def store(self) -> ConversationStore:
        """Return where conversations are kept: beside the library, or in memory without one."""
        with self._lock:
            if self._store is not None and (self._store.is_kept or not self.has_library):
                return self._store
            file = Path(self.folder) / STORE_FILE if self.has_library else None
            try:
                store = ConversationStore(file)
            except ConversationStoreError as error:
                if self._store is not None:
                    return self._store
                _log.warning("%s; until then they are lost when the server stops", error)
                store = ConversationStore(None)
            if self._store is not None:
                self._store.close()
            self._store = store
            return store

    def collections(self) -> Collections:
        """Return the collections: beside the library, or in memory without one."""
        with self._lock:
            if not self._collections.is_kept and self.has_library:
                self._collections = Collections(Path(self.folder) / COLLECTIONS_FILE)
            return self._collections

    def name_choice(self, only: Filter) -> Filter:
        """Return a filter with the names of its collections.

        Raises:
            OnRecordError: If one was deleted.
        """
        return name_collections(only, self.collections()) if only else only

    def resolve(self, only: Filter) -> Filter:
        """Return a filter with the articles of its collections in place of these.

        Raises:
            OnRecordError: If one was deleted, or the library cannot be used.
        """
        if not isinstance(only, Choice):
            return only
        articles = set(only.articles or ())
        for key, _ in only.collections:
            one = self.collections().find(key)
            articles.update(one.articles)
            if one.is_search:
                library = self.library()
                page = library.browse(
                    self.resolve(one.only), one.words, limit=library.statistics().articles
                )
                articles.update(found.article_id for found in page.articles)
        return Filter(
            outlets=only.outlets,
            languages=only.languages,
            since=only.since,
            until=only.until,
            articles=tuple(sorted(articles)),
        )

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        only: Filter | None = None,
        without: Sequence[str] = (),
        whole: bool = False,
        stop: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """Yield the answer as it grows; the last one is complete unless it was stopped.

        The assistant works in a thread of its own, so that a stop takes effect at once even while a
        model is silent; the model itself is stopped at its next word.

        Args:
            question: The question.
            history: Earlier turns, oldest first.
            only: Which articles to ask; all when None.
            without: What in the question is not to narrow that, of ``FilterPart``.
            whole: Answer the question as one, whatever parts it has.
            stop: Set it to have no more of the answer.

        Raises:
            OnRecordError: If there is nothing to ask, or it cannot be answered.
        """
        stop = stop or threading.Event()
        is_left = threading.Event()
        asked = {
            "question": question,
            "history": list(history),
            "only": self.resolve(only) if only else None,
            "without": list(without),
            "whole": whole,
        }
        stream = self.assistant().stream(asked, passages_first=True)
        parts: queue.SimpleQueue[Answer | BaseException | None] = queue.SimpleQueue()
        worker = threading.Thread(
            target=_pass_on,
            args=(stream, parts, stop, is_left),
            name="onrecord-answer",
            daemon=True,
        )
        worker.start()
        try:
            while not stop.is_set():
                try:
                    part = parts.get(timeout=SECONDS_BETWEEN_LOOKS)
                except queue.Empty:
                    continue
                if part is None:
                    return
                if isinstance(part, BaseException):
                    raise part
                yield part
            # What was found before the stop counts, even if it is still in the queue.
            found = [parts.get_nowait() for _ in range(parts.qsize())]
            yield from [part for part in found if isinstance(part, Answer)][-1:]
        finally:
            is_left.set()

    def warm_up(self, served: threading.Event) -> None:
        """Load what the first question needs, and draw examples, in a thread of their own.

        Args:
            served: Set once the page is; examples, which keep a processor busy, wait for it.
        """
        threading.Thread(
            target=self._warm_up, args=(served,), name="onrecord-warm", daemon=True
        ).start()

    def _warm_up(self, served: threading.Event) -> None:
        try:
            self.suggestions.load()
            served.wait()
            self.suggestions.examples()
        except Exception as error:  # noqa: BLE001 - the program may end meanwhile
            _log.debug("not loaded ahead: %s", error)

    def close(self) -> None:
        """Close what was opened here."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
            if self._store is not None:
                self._store.close()
                self._store = None


def _pass_on(
    stream: Iterator[Answer],
    parts: queue.SimpleQueue[Answer | BaseException | None],
    stop: threading.Event,
    is_left: threading.Event,
) -> None:
    """Pass on the parts of a stream until it ends, is stopped, or nobody listens any more."""
    try:
        with closing(stream):  # type: ignore[type-var]
            for part in stream:
                if stop.is_set() or is_left.is_set():
                    return
                parts.put(part)
        parts.put(None)
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
        parts.put(error)
