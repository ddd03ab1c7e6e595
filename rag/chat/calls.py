"""Calls to a chat model: deadline, retries with jitter, cancellation that hangs up.

Calls run on an event loop in its own thread. Whoever waits can stop at any time, which cancels
the call and closes its connection. Errors of an endpoint or a package are reworded, since their
messages may repeat a key.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import math
import queue
import random
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rag.chat.models import PROVIDERS, ChatModel
from rag.errors import ModelCallError
from rag.tracing import tracing_off

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


class Deadline:
    """A point in time by which a chat model must have replied.

    Args:
        seconds: Seconds from the start; at least 0.
        clock: A monotonic clock, in seconds.
        started: When the time began, by that clock; now when None.
        stopped: Set by another thread once nobody is waiting; then no time is left.
    """

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.perf_counter,
        started: float | None = None,
        stopped: threading.Event | None = None,
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = (clock() if started is None else started) + seconds
        self._stopped = stopped or threading.Event()

    def remaining(self, reserve_seconds: float = 0.0) -> float:
        """Return the seconds left beyond a reserve; 0 if there are none."""
        if self._stopped.is_set():
            return 0.0
        return max(0.0, self._end - self._clock() - reserve_seconds)


_log = logging.getLogger("onrecord")

MAX_RETRIES = 2
FIRST_DELAY_SECONDS = 0.5
MAX_DELAY_SECONDS = 8.0
MAX_REPLY_CHARS = 24_000
MAX_CHUNKS = 20_000
CANCEL_SECONDS = 2.0
SECONDS_BETWEEN_LOOKS = 0.1
"""How long to wait for a silent model before checking whether anybody still wants its reply."""

ALLOW_MORE = "allow more with --deadline SECONDS"

RETRYABLE_STATUS = frozenset({408, 429, 500, 502, 503, 504, 529})
_REFUSED_OPTION_STATUS = frozenset({400, 422})
_CONNECTION_NAMES = ("Connect", "Connection", "Protocol", "ReadError", "WriteError", "CloseError")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reply has come.

    Attributes:
        text: All of it so far; it restarts after a broken connection.
        attempt: 1-based.
        finished: Whether the model ended it.
        tokens_sent: Tokens of the prompt, as the endpoint counts them; 0 if it does not say.
        tokens_received: Tokens of the reply, likewise.
    """

    text: str
    attempt: int
    finished: bool = False
    tokens_sent: int = 0
    tokens_received: int = 0


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong in one attempt.

    Attributes:
        reason: A clause: what the model did.
        remedy: A clause: what to do; may be empty.
        retryable: Whether the same request may succeed if repeated.
        wait_seconds: How long the endpoint asks to wait; 0 if it does not say.
        drop_options: Whether the request may succeed without its options.
    """

    reason: str
    remedy: str = ""
    retryable: bool = False
    wait_seconds: float = 0.0
    drop_options: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one chunk adds to a reply."""

    text: str
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class _Late:
    """The deadline has passed."""


@dataclass(slots=True)
class ChatClient:
    """Asks one chat model.

    Attributes:
        model: The model to ask.
        jitter: Returns a number in [0, 1); tests replace it.
        sleep: Waits for a number of seconds; tests replace it.
    """

    model: ChatModel
    jitter: Callable[[], float] = random.random  # noqa: S311 - it only spreads retries
    sleep: Callable[[float], object] = field(default_factory=lambda: threading.Event().wait)
    _plain: bool = False

    def stream(
        self, messages: Sequence[BaseMessage], deadline: Deadline, *, reserve_seconds: float = 0.0
    ) -> Generator[Progress, None, None]:
        """Yield the reply as it grows; closing the iterator cancels the call.

        Args:
            messages: The prompt.
            deadline: When to give up.
            reserve_seconds: How much of the deadline must be left afterwards.

        Raises:
            ModelCallError: If no complete reply comes in time.
        """
        attempt = 0
        while True:
            attempt += 1
            failure: _Failure | None = None
            options = {} if self._plain else dict(self.model.reply_options)
            for item in self._attempt(messages, options, deadline, reserve_seconds, attempt):
                if isinstance(item, _Failure):
                    failure = item
                else:
                    yield item
            if failure is None:
                return
            if failure.drop_options and options and not self._plain:
                # Not every endpoint can enforce a schema. The prompt asks for the format too, so
                # the reply mostly keeps to it.
                self._plain = True
                continue
            delay = self._delay(attempt, failure)
            left = deadline.remaining(reserve_seconds)
            if not failure.retryable or attempt > MAX_RETRIES or delay >= left:
                raise self._error(failure)
            self.sleep(delay)

    def complete(
        self, messages: Sequence[BaseMessage], deadline: Deadline, *, reserve_seconds: float = 0.0
    ) -> Progress:
        """Return the whole reply.

        Raises:
            ModelCallError: If there is none in time.
        """
        last = Progress("", 1)
        for progress in self.stream(messages, deadline, reserve_seconds=reserve_seconds):
            last = progress
        return last

    def _attempt(
        self,
        messages: Sequence[BaseMessage],
        options: Mapping[str, Any],
        deadline: Deadline,
        reserve_seconds: float,
        attempt: int,
    ) -> Iterator[Progress | _Failure]:
        pieces: queue.SimpleQueue[_Piece | BaseException | None] = queue.SimpleQueue()
        stopped = threading.Event()
        with tracing_off():  # the loop runs the call in the context given here
            call = asyncio.run_coroutine_threadsafe(
                self._pump(messages, options, pieces, stopped), _loop()
            )
        text, n_chunks = "", 0
        sent = received = 0
        try:
            while (item := _wait(pieces, deadline, reserve_seconds)) is not None:
                if isinstance(item, _Late):
                    seconds = f"{deadline.seconds:g} s"
                    yield _Failure(f"did not finish within {seconds}", ALLOW_MORE)
                    return
                if isinstance(item, BaseException):
                    yield self._explain(item)
                    return
                text += item.text
                n_chunks += 1
                sent, received = max(sent, item.sent), max(received, item.received)
                if len(text) > MAX_REPLY_CHARS or n_chunks > MAX_CHUNKS:
                    yield _Failure("goes on without end")
                    return
                if item.text:
                    yield Progress(text, attempt)
        finally:
            stopped.set()
            _cancel(call)
        if text.strip():
            yield Progress(text, attempt, finished=True, tokens_sent=sent, tokens_received=received)
        else:
            remedy = "check --base-url" if self.model.plan.address else ""
            yield _Failure("sent an empty reply, or none that can be read", remedy, retryable=True)

    async def _pump(
        self,
        messages: Sequence[BaseMessage],
        options: Mapping[str, Any],
        pieces: queue.SimpleQueue[_Piece | BaseException | None],
        stopped: threading.Event,
    ) -> None:
        """Queue the parts of a reply, followed by None or the exception raised."""
        try:
            async for chunk in self.model.chat.astream(list(messages), **options):
                usage: Mapping[str, Any] = chunk.usage_metadata or {}
                sent, received = usage.get("input_tokens", 0), usage.get("output_tokens", 0)
                pieces.put(_Piece(chunk.text, sent, received))
                task = asyncio.current_task()
                if stopped.is_set() and task is not None:
                    # `wait_for` loses a cancellation that coincides with a chunk.
                    task.cancel()
        except Exception as error:  # noqa: BLE001 - any package may raise anything
            pieces.put(error)
        else:
            pieces.put(None)

    def _delay(self, attempt: int, failure: _Failure) -> float:
        delay: float = min(FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1), MAX_DELAY_SECONDS)
        return float(max(failure.wait_seconds, delay * (0.5 + self.jitter())))

    def _error(self, failure: _Failure) -> ModelCallError:
        where = f" at {self.model.plan.host}" if self.model.plan.host else ""
        remedy = f"; {failure.remedy}" if failure.remedy else ""
        return ModelCallError(f"{self.model.plan.name}{where} {failure.reason}{remedy}")

    def _explain(self, error: BaseException) -> _Failure:
        """Describe an exception in our own words; nothing of its message is kept."""
        status = _find_status(error)
        if status is not None:
            return self._explain_status(status, _find_wait(error))
        names = [kind.__name__ for kind in type(error).__mro__]
        if isinstance(error, TimeoutError) or any("Timeout" in name for name in names):
            return _Failure("did not answer in time", ALLOW_MORE)
        if isinstance(error, OSError) or any(
            name.startswith(_CONNECTION_NAMES) or "Connection" in name for name in names
        ):
            return _Failure(
                "cannot be reached, or broke the connection",
                "check that it runs and --base-url",
                retryable=True,
            )
        if any("JSON" in name for name in names) or isinstance(
            error, (ValueError, KeyError, TypeError, IndexError, AttributeError, Warning)
        ):
            return _Failure("sent a malformed reply", "check --base-url")
        return _Failure(f"failed ({type(error).__name__})", "run 'onrecord doctor --model …'")

    def _explain_status(self, status: int, wait_seconds: float) -> _Failure:
        known = PROVIDERS.get(self.model.plan.provider)
        key = known.keys[0] if known and known.keys else "its key"
        match status:
            case 401 | 403:
                return _Failure(f"refused the key ({status})", f"set {key} to a valid one")
            case 404:
                return _Failure(
                    "does not know that model or address (404)", "check --model and --base-url"
                )
            case 429:
                return _Failure(
                    "asks for fewer requests (429)",
                    "try again later",
                    retryable=True,
                    wait_seconds=wait_seconds,
                )
            case 413:
                return _Failure("finds the prompt too long (413)", "lower --context-tokens")
        if status in _REFUSED_OPTION_STATUS:
            return _Failure(
                f"refused the request ({status})",
                "check --model, and lower --context-tokens if the model takes little",
                drop_options=True,
            )
        return _Failure(
            f"failed ({status})",
            "try again later",
            retryable=status in RETRYABLE_STATUS,
            wait_seconds=wait_seconds,
        )


def _cancel(call: concurrent.futures.Future[None]) -> None:
    """Cancel a call and wait briefly for its connection to close."""
    if call.done():
        return
    call.cancel()
    settled = threading.Event()
    # The task ends one turn of the loop after it is cancelled.
    _loop().call_soon_threadsafe(lambda: _loop().call_later(0, settled.set))
    settled.wait(CANCEL_SECONDS)


def _wait(
    pieces: queue.SimpleQueue[_Piece | BaseException | None],
    deadline: Deadline,
    reserve_seconds: float,
) -> _Piece | BaseException | _Late | None:
    while (seconds := deadline.remaining(reserve_seconds)) > 0:
        with suppress(queue.Empty):
            return pieces.get(timeout=min(seconds, SECONDS_BETWEEN_LOOKS))
    with suppress(queue.Empty):
        return pieces.get_nowait()
    return _Late()


def _find_status(error: BaseException) -> int | None:
    """Return the HTTP status behind an exception of any provider's package."""
    response = getattr(error, "response", None)
    for value in (
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        getattr(error, "code", None),
    ):
        if isinstance(value, int) and 400 <= value <= 599:  # noqa: PLR2004
            return value
    return None


def _find_wait(error: BaseException) -> float:
    """Return the seconds that a response's ``Retry-After`` asks for; 0 without one."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        seconds = float(headers.get("retry-after", 0))
    except (TypeError, ValueError):
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def _log_fault(_: object, context: Mapping[str, Any]) -> None:
    _log.debug("in the loop of the calls: %s", type(context.get("exception")).__name__)


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    """Return the event loop of the calls, which runs in its own thread."""
    loop = asyncio.new_event_loop()
    # A socket event for a cancelled call is no fault, and no package's exception is shown
    # as it is.
    loop.set_exception_handler(_log_fault)
    threading.Thread(target=loop.run_forever, name="onrecord-calls", daemon=True).start()
    return loop
