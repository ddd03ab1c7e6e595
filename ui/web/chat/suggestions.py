"""Questions to offer, tried out before anybody asks them: for a newcomer, and after an answer.

Trying out takes seconds, so it is done in one thread of its own, and only while no question waits
for its answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from index.errors import OnRecordError
from rag.settings import Settings
from rag.suggestions import suggest_from_library, suggest_next

if TYPE_CHECKING:
    from index.library import Library
    from rag.assistant import Assistant
    from ui.web.access.queue import AnswerQueue
    from ui.web.chat.exchange import Exchange

N_SUGGESTIONS = 3
MAX_SECONDS = 8.0
"""How long questions are tried out after an answer; what is found by then is offered."""
MAX_SECONDS_OF_EXAMPLES = 24.0
"""The same for a newcomer's examples, which are drawn once, while the server starts."""
MAX_WAITING = 16
"""Purposes that wait; the oldest is given up for a further one."""
MAX_KEPT = 256
SECONDS_BETWEEN_LOOKS = 0.05

_FIRST_QUESTION = "who said what?"
_Found: TypeAlias = tuple[str, ...]
_Draw: TypeAlias = "Callable[[], _Found]"
_log = logging.getLogger("onrecord")


class Suggestions:
    """Finds questions that the articles answer. May be used by several threads at once.

    Args:
        open_library: Returns the library, or raises ``OnRecordError``.
        settings: How questions are answered; no chat model is used here.
        queue: Where questions of readers wait, which go first.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        open_library: Callable[[], Library],
        settings: Settings,
        queue: AnswerQueue,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_library = open_library
        self._settings = Settings(
            k=settings.k,
            refuse_below=settings.refuse_below,
            reader=settings.reader,
            device=settings.device,
        )
        self._queue = queue
        self._clock = clock
        self._lock = threading.Lock()
        self._making = threading.Lock()  # of the assistant, which takes long
        self._wanted: OrderedDict[Hashable, _Draw] = OrderedDict()
        self._found: OrderedDict[Hashable, _Found] = OrderedDict()
        self._worker: threading.Thread | None = None
        self._assistant: Assistant | None = None

    def load(self) -> None:
        """Load what a question needs, by asking one; no chat model is asked.

        Raises:
            OnRecordError: If there is no library to ask, or it cannot be opened.
        """
        self._quoting_assistant().ask(_FIRST_QUESTION)

    def examples(self) -> tuple[str, ...] | None:
        """Return questions for a newcomer, from all over the library; None until they are drawn.

        They are drawn once for each state of the library; there are none without articles.
        """
        try:
            generation = self._open_library().statistics().generation
        except OnRecordError:
            return ()
        return self._draw(("examples", generation), self._draw_examples)

    def follow_ups(self, exchange: Exchange, asked: Collection[str] = ()) -> tuple[str, ...] | None:
        """Return questions to go on with after an answer or a refusal; None until they are drawn.

        Args:
            exchange: Its articles are drawn from.
            asked: Questions of the conversation, which are not suggested again.
        """
        places = (*exchange.citations, *exchange.also_read)
        articles = tuple(dict.fromkeys(place.article_id for place in places))
        shown = () if exchange.refused else exchange.citations
        given = (
            articles,
            frozenset((*asked, exchange.question)),
            frozenset((place.article_id, place.start) for place in shown),
        )
        return self._draw(
            ("follow-ups", exchange.generation, given), partial(self._draw_follow_ups, *given)
        )

    def _draw(self, key: Hashable, draw: _Draw) -> _Found | None:
        with self._lock:
            if key in self._found:
                return self._found[key]
            self._wanted.setdefault(key, draw)
            if len(self._wanted) > MAX_WAITING:
                self._wanted.popitem(last=False)  # the page asks again
            if self._worker is None:
                self._worker = threading.Thread(
                    target=self._work, name="onrecord-suggestions", daemon=True
                )
                self._worker.start()
        return None

    def _work(self) -> None:
        """Draw whatever is wanted, the newest first."""
        while True:
            with self._lock:
                if not self._wanted:
                    self._worker = None
                    return
                key = next(reversed(self._wanted))
                draw = self._wanted[key]
            found: _Found | None = None
            try:
                found = draw()
            except Exception as error:  # noqa: BLE001 - the library may be closed meanwhile
                _log.debug("no suggestions: %s", error)
            with self._lock:
                if self._wanted.pop(key, None) is not None and found is not None:
                    self._keep(key, found)

    def _keep(self, key: Hashable, found: _Found) -> None:
        self._found[key] = found
        while len(self._found) > MAX_KEPT:
            self._found.popitem(last=False)

    def _wait_for_quiet(self, seconds: float) -> Callable[[], bool]:
        """Return what is called between two tries: it lets readers go first, and says when to stop.

        Args:
            seconds: Of trying; while readers are waited for, ten times as many may pass.
        """
        begun = self._clock()
        idle = 0.0

        def is_over() -> bool:
            nonlocal idle
            waiting_since = self._clock()
            while any(self._queue.count()) and self._clock() - begun < 10 * seconds:
                time.sleep(SECONDS_BETWEEN_LOOKS)
            idle += self._clock() - waiting_since
            return self._clock() - begun - idle > seconds

        return is_over

    def _draw_examples(self) -> _Found:
        stop = self._wait_for_quiet(MAX_SECONDS_OF_EXAMPLES)
        return suggest_from_library(self._quoting_assistant(), limit=N_SUGGESTIONS, stop=stop)

    def _draw_follow_ups(
        self,
        articles: tuple[str, ...],
        asked: frozenset[str],
        shown: frozenset[tuple[str, int]],
    ) -> _Found:
        return suggest_next(
            self._quoting_assistant(),
            articles,
            limit=N_SUGGESTIONS,
            asked=asked,
            shown=shown,
            stop=self._wait_for_quiet(MAX_SECONDS),
        )

    def _quoting_assistant(self) -> Assistant:
        """Return an assistant without a chat model."""
        library = self._open_library()
        with self._making:
            if self._assistant is None or self._assistant.library is not library:
                from rag.assistant import Assistant

                self._assistant = Assistant(library, self._settings)
            return self._assistant
