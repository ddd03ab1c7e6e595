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
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import LibraryBusyError, OnRecordError
from index.library import Library
from index.record.connection_pool import RECORD_FILE
from index.types import Filter
from rag.settings import Settings
from rag.suggestions import suggest_from_library, suggest_instead
from rag.types import Answer, Turn
from ui.messages import describe_error
from ui.places import hide_paths
from ui.render import describe_date
from ui.web.access.queue import AnswerQueue
from ui.web.chat.conversations import STORE_FILE, ConversationStore, ConversationStoreError

if TYPE_CHECKING:
    from rag.assistant import Assistant

SECONDS_BETWEEN_LOOKS = 0.05
"""How long it may take until a stop is noticed."""

N_EXAMPLES = 4
N_SUGGESTIONS = 3
MAX_EXAMPLES_SECONDS = 4.0

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
        folder: The folder of the library.
        queue: Where questions wait for their turn.
        is_shared: Whether people elsewhere use the page; they are told of no folder here.
    """

    def __init__(
        self,
        source: Assistant | Path,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self.settings = settings
        self.queue = AnswerQueue()
        self.is_shared = False
        self._given = None if isinstance(source, Path) else source
        self.folder = source if isinstance(source, Path) else source.library.path
        self._opened: Assistant | None = None
        self._checker: Assistant | None = None
        self._store: ConversationStore | None = None
        self._examples: tuple[int, tuple[str, ...]] = (-1, ())
        self._lock = threading.RLock()
        self._drawing: threading.Thread | None = None

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
        """Return an error as one line for the users of the page."""
        if isinstance(error, LibraryBusyError):
            return _BUSY
        return self.describe(describe_error(error))

    def describe(self, text: str) -> str:
        """Return a line for the users of the page, without our folders if it is shared."""
        return hide_paths(text) if self.is_shared else text

    @property
    def has_library(self) -> bool:
        """Whether there is a library in the folder."""
        return (self.folder / RECORD_FILE).exists()

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

    def store(self) -> ConversationStore:
        """Return where conversations are kept: beside the library, or in memory without one."""
        with self._lock:
            if self._store is not None and (self._store.is_kept or not self.has_library):
                return self._store
            file = self.folder / STORE_FILE if self.has_library else None
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
            "only": only,
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

    def examples(self) -> tuple[str, ...] | None:
        """Return example questions that the articles answer; none without articles.

        They are tried out in a thread of their own, once for each state of the library; None until
        that is done.
        """
        try:
            generation = self.library().statistics().generation
        except OnRecordError:
            return ()
        with self._lock:
            known, examples = self._examples
            if known == generation:
                return examples
            if self._drawing is None or not self._drawing.is_alive():
                self._drawing = threading.Thread(
                    target=self._draw_examples,
                    args=(generation,),
                    name="onrecord-examples",
                    daemon=True,
                )
                self._drawing.start()
        return None

    def _draw_examples(self, generation: int) -> None:
        deadline = self._clock() + MAX_EXAMPLES_SECONDS
        found: tuple[str, ...] = ()
        try:
            found = suggest_from_library(
                self._quoting_assistant(),
                limit=N_EXAMPLES,
                stop=lambda: self._clock() > deadline,
            )
        except (OnRecordError, ValueError) as error:  # the library may be closed meanwhile
            _log.debug("no examples: %s", error)
        with self._lock:
            self._examples = generation, found

    def suggestions(self, answer: Answer) -> tuple[str, ...]:
        """Return questions to ask instead of a refused one."""
        try:
            return suggest_instead(self._quoting_assistant(), answer, limit=N_SUGGESTIONS)
        except OnRecordError:
            return ()

    def refresh(self) -> None:
        """Choose new examples; call it after the articles have changed."""
        with self._lock:
            self._examples = (-1, ())

    def close(self) -> None:
        """Close what was opened here."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
            if self._store is not None:
                self._store.close()
                self._store = None

    def _quoting_assistant(self) -> Assistant:
        """Return an assistant without a chat model, for trying questions out."""
        library = self.library()
        with self._lock:
            if self._checker is None or self._checker.library is not library:
                from rag.assistant import Assistant

                settings = self.settings
                self._checker = Assistant(
                    library,
                    Settings(
                        k=settings.k, refuse_below=settings.refuse_below, reader=settings.reader
                    ),
                )
            return self._checker


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
