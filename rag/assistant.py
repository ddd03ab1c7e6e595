"""The assistant: the chain of ``rag.chain`` as a LangChain ``Runnable``."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_core.runnables import Runnable, RunnableConfig

from index.library import Library
from index.time_limit import limit_time
from index.types import Filter, LibraryPlace
from rag.chain import AnswerChain
from rag.evidence.reader import load_reader
from rag.question_state import read_input
from rag.retriever import LibraryRetriever
from rag.settings import Settings
from rag.tracing import each_untraced, without_tracers
from rag.types import Answer, Turn

if TYPE_CHECKING:
    from rag.chat.answerer import ChatAnswerer
    from rag.chat.claim_check import CheckedClaim
    from rag.chat.models import ChatModel

AssistantInput: TypeAlias = "str | Mapping[str, Any]"
"""A question, or a mapping with ``question`` and, optionally, ``history``, ``only``, ``whole`` and
``without``: what in the question is not to narrow the search, of ``period``, ``outlet`` and
``author``."""


class Assistant(Runnable[AssistantInput, Answer]):
    """Answers questions about one library.

    It is a LangChain ``Runnable``: ``invoke``, ``batch``, ``stream`` and their asynchronous
    forms take a question or ``{"question": …, "history": […], "only": …, "whole": …}``, as ``ask``
    does. Callbacks of a config see each answer as one run; LangSmith's tracing sees none of it.

    Args:
        library: An open library, or the path of one, which the assistant then opens and closes.
        settings: How to answer; the defaults when None.
        model: A chat model that is ready for use; by default the one in the settings, if any.
        today: Returns the day of asking.

    Raises:
        LibraryNotFoundError: If a path is given and no library is there.
        ModelError: If the settings name a chat model that cannot be set up.
        ReaderError: If the settings name a reader that cannot be loaded.
    """

    def __init__(
        self,
        library: Library | LibraryPlace | str,
        settings: Settings | None = None,
        *,
        model: ChatModel | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.settings = settings or Settings()
        # Done before the library is opened, so that a wrong name is reported at once.
        chat = _prepare_chat(self.settings, model, today)
        reader = load_reader(self.settings.reader, device=self.settings.device)
        self._owned = not isinstance(library, Library)
        self.library = (
            library
            if isinstance(library, Library)
            else Library.open(library, **self.settings.encoding)
        )
        self._chain = AnswerChain(
            self.library, self.settings, reader=reader, chat=chat, today=today
        )

    def __enter__(self) -> Assistant:
        """Return the assistant itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what the assistant opened."""
        self.close()

    def close(self) -> None:
        """Close the library, if the assistant opened it."""
        if self._owned:
            self.library.close()

    @property
    def retriever(self) -> LibraryRetriever:
        """The retriever that finds the passages of every answer."""
        return self._chain.retriever

    def observe_claims(self, observe: Callable[[CheckedClaim], object] | None) -> None:
        """Pass every statement of the chat model, once checked, to a function; None to stop."""
        if self._chain.chat is not None:
            self._chain.chat.observe = observe

    def ask(
        self,
        question: str,
        history: Sequence[Turn | Mapping[str, str]] = (),
        *,
        only: Filter | None = None,
        whole: bool = False,
    ) -> Answer:
        """Return the answer to a question, with its citations, or a refusal.

        Args:
            question: At most 2,000 characters, not blank.
            history: Earlier turns, oldest first; mappings have ``role`` and ``text``.
            only: Which articles may be used; all when None.
            whole: Answer the question as one; otherwise one in several parts is answered part by
                part.

        Raises:
            QuestionError: If the question is blank or too long.
            LibraryEmptyError: If there is nothing to ask about.
            TimeLimitError: If it took longer than ``settings.question_seconds``.
        """
        asked = {"question": question, "history": history, "only": only, "whole": whole}
        return self.invoke(asked)

    def invoke(
        self,
        input: AssistantInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **_: object,
    ) -> Answer:
        """Return the answer to one input, the last item of ``stream``; see ``ask``."""
        return list(self.stream(input, config))[-1]

    def stream(
        self,
        input: AssistantInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        *,
        passages_first: bool | None = None,
        **_: object,
    ) -> Iterator[Answer]:
        """Yield the answer as it grows, claim by claim; the last one is complete.

        Closing the iterator stops the chat model's call.

        Args:
            input: As for ``invoke``.
            config: LangChain's.
            passages_first: First yield the passages, without a claim, if the model that reads them
                takes longer than finding them did.
        """
        return self._stream(input, config, threading.Event(), passages_first=bool(passages_first))

    async def ainvoke(
        self,
        input: AssistantInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **_: object,
    ) -> Answer:
        """Return the answer to one input, the last item of ``astream``; see ``ask``."""
        answers = [answer async for answer in self.astream(input, config)]
        return answers[-1]

    async def astream(
        self,
        input: AssistantInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        *,
        passages_first: bool | None = None,
        **_: object,
    ) -> AsyncIterator[Answer]:
        """Yield what ``stream`` yields, each answer as soon as it is available.

        The work is done in other threads. Closing the iterator, or cancelling the task that waits
        for it, stops the chat model's call.
        """
        stopped, working = threading.Event(), threading.Lock()
        answers = self._stream(input, config, stopped, passages_first=bool(passages_first))

        def take() -> Answer | None:
            with working:
                return None if stopped.is_set() else next(answers, None)

        def close() -> None:
            with working:
                answers.close()

        try:
            while (answer := await asyncio.to_thread(take)) is not None:
                yield answer
        finally:
            stopped.set()
            await asyncio.shield(asyncio.to_thread(close))

    def _stream(
        self,
        given: AssistantInput,
        config: RunnableConfig | None,
        stopped: threading.Event,
        *,
        passages_first: bool,
    ) -> Generator[Answer, None, None]:
        state = read_input(given, stopped=stopped)
        began, seconds = time.monotonic(), self.settings.question_seconds

        def run(_: Iterator[AssistantInput]) -> Iterator[Answer]:
            answers = self._chain.run(state, passages_first=passages_first)
            try:
                while True:
                    with limit_time(seconds, since=began):
                        answer = next(answers, None)
                    if answer is None:
                        return
                    yield answer
            finally:
                answers.close()

        config = without_tracers(config)
        yield from each_untraced(
            self._transform_stream_with_config(iter([given]), run, config, run_type="chain")
        )


def _prepare_chat(
    settings: Settings, model: ChatModel | None, today: Callable[[], date]
) -> ChatAnswerer | None:
    """Return the writer of answers: the model given, else the one in the settings, else None."""
    if model is None and not settings.model:
        return None
    from rag.chat.answerer import ChatAnswerer
    from rag.chat.models import load_model

    return ChatAnswerer(model or load_model(settings), max_claims=settings.max_claims, today=today)


def ask(
    question: str,
    *,
    library: LibraryPlace | str | None = None,
    history: Sequence[Turn | Mapping[str, str]] = (),
    settings: Settings | None = None,
    whole: bool = False,
) -> Answer:
    """Answer one question about a library, which is opened and closed again.

    Use an ``Assistant`` for more than one.

    Args:
        question: At most 2,000 characters, not blank.
        library: The library's folder; the one in the settings when None.
        history: Earlier turns, oldest first.
        settings: How to answer; taken from the environment when None.
        whole: Answer the question as one, whatever parts it has.

    Raises:
        OnRecordError: If there is no usable library, the question is blank or too long, or the
            settings name a chat model that cannot be set up.
    """
    chosen = settings or Settings.from_env()
    with Assistant(library or chosen.library, chosen) as assistant:
        return assistant.ask(question, history, whole=whole)
