"""The assistant: the chain that a question goes through, a LangChain ``Runnable``.

standalone question -> slips corrected -> retrieve -> evidence and confidence, or an overview
-> refuse, quote, or chat model -> verify -> corrections and conflicts

Without a chat model the articles are quoted, and so they are when a model fails. Importing this
switches LangChain's tracing off for the process: with a variable of that service in the
environment it would send questions and article text away.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from index.encoding.model_info import describe_unknown_question
from index.language.words import guess_language, word_ranks
from index.library import Library
from index.types import Filter
from rag.answering.disagreement import add_conflicts, add_corrections
from rag.answering.overview import has_topic
from rag.answering.quote import Draft, nearest_citations, quote_evidence
from rag.asking.overview_request import find_overview_request
from rag.asking.question import Understood, check_question, understand_question
from rag.asking.spelling import correct_slips, suggest_words
from rag.asking.timing import find_as_of
from rag.chat.deadline import Deadline
from rag.errors import ModelError
from rag.evidence.reader import load_reader
from rag.finding import Finder
from rag.question_state import QuestionState, read_turn
from rag.settings import Settings
from rag.types import Answer, Conflict, Turn
from rag.verification.verify import verify_quotes

if TYPE_CHECKING:
    from rag.chat.answerer import ChatAnswerer, ChatDraft
    from rag.chat.claim_check import CheckedClaim
    from rag.chat.models import ChatModel

REWRITE_SHARE = 0.3
"""How much of the deadline understanding a follow-up may take."""

# Tracing would send questions and article text to a service, a gateway would send all calls there.
_SWITCHED_OFF = (
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_GATEWAY",
)
for _variable in _SWITCHED_OFF:
    os.environ[_variable] = "false"

AssistantInput: TypeAlias = "str | Mapping[str, Any]"
"""A question, or a mapping with ``question`` and, optionally, ``history`` and ``only``."""


class Assistant(Runnable[AssistantInput, Answer]):
    """Answers questions about one library.

    It is a LangChain ``Runnable``: ``invoke``, ``batch``, ``stream`` and their asynchronous
    forms take a question or ``{"question": …, "history": […], "only": …}``.

    Args:
        library: An open library, or the path of one, which the assistant then opens and closes.
        settings: How to answer; the defaults when None.
        model: A chat model that is ready; by default the one that the settings name, if any.
        today: Returns the day of asking.

    Raises:
        LibraryNotFoundError: If a path is given and no library is there.
        ModelError: If the settings name a chat model that cannot be set up.
        ReaderError: If the settings name a reader that cannot be loaded.
    """

    def __init__(
        self,
        library: Library | Path | str,
        settings: Settings | None = None,
        *,
        model: ChatModel | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.settings = settings or Settings()
        self._today = today
        # Before the library is opened, so that a name that is wrong is known at once.
        self._chat = self._prepare_chat(model or _load_named(self.settings))
        self._reader = load_reader(self.settings.reader)
        self._owned = not isinstance(library, Library)
        self.library = (
            library
            if isinstance(library, Library)
            else Library.open(library, encoder=self.settings.encoder or None)
        )
        self._finder = Finder(self.library, self._reader, self.settings)
        self._finding: Runnable[QuestionState, QuestionState] = RunnableLambda(
            self._understand
        ) | RunnableLambda(self._retrieve)
        self._choosing: Runnable[QuestionState, QuestionState] = RunnableLambda(self._choose)
        self._chain: Runnable[QuestionState, Answer] = (
            self._finding | self._choosing | RunnableLambda(self._answer)
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

    def observe_claims(self, observe: Callable[[CheckedClaim], object] | None) -> None:
        """Show every statement of the chat model with its check to a function; None for nobody."""
        if self._chat is not None:
            self._chat.observe = observe

    def ask(
        self,
        question: str,
        history: Sequence[Turn | Mapping[str, str]] = (),
        *,
        only: Filter | None = None,
    ) -> Answer:
        """Return the answer to a question, with its citations, or a refusal.

        Args:
            question: At most 2,000 characters, not blank.
            history: Earlier turns, oldest first; mappings have ``role`` and ``text``.
            only: Which articles may be used; all when None.

        Raises:
            QuestionError: If the question is blank or too long.
            LibraryEmptyError: If there is nothing to ask about.
        """
        return self.invoke({"question": question, "history": history, "only": only})

    def invoke(
        self,
        input: AssistantInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **_: object,
    ) -> Answer:
        """Return the answer to one input; see ``ask``."""
        return self._chain.invoke(self._start(input), config)

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
            passages_first: Yield the passages, without a claim, before they are read by a model
                that takes longer than finding them did.
        """
        state = self._finding.invoke(self._start(input), config)
        is_slow = self._reader is not None or self._chat is not None
        if passages_first and is_slow and state.hits:
            yield self._finish(state, Draft((), ()))
        state = self._choosing.invoke(state, config)
        answer: Answer | None = None
        for answer in self._answers(state):
            if self._chat is not None:
                yield answer
        if answer is None:
            return
        if self._chat is None:
            for n_claims in range(1, len(answer.claims)):
                yield replace(answer, claims=answer.claims[:n_claims])
            yield answer

    def _start(self, given: AssistantInput) -> QuestionState:
        fields: Mapping[str, Any] = given if isinstance(given, Mapping) else {"question": given}
        return QuestionState(
            question=check_question(fields.get("question")),
            history=tuple(map(read_turn, fields.get("history") or ())),
            only=fields.get("only") or Filter(),
            started=time.perf_counter(),
            deadline=Deadline(self.settings.deadline_seconds),
        )

    def _prepare_chat(self, model: ChatModel | None) -> ChatAnswerer | None:
        if model is None:
            return None
        from rag.chat.answerer import ChatAnswerer

        return ChatAnswerer(model, max_claims=self.settings.max_claims, today=self._today)

    def _understand(self, state: QuestionState) -> QuestionState:
        understood, notice = self._read_question(state)
        return replace(
            state,
            standalone=understood.text,
            clarification=understood.clarification,
            notice=notice,
            overview=find_overview_request(understood.text),
        )

    def _read_question(self, state: QuestionState) -> tuple[Understood, str]:
        if self._chat is None or not state.history or self._chat.model.plain:
            return understand_question(state.question, state.history), ""
        from rag.asking.rewrite import rewrite_question

        deadline = Deadline(REWRITE_SHARE * self.settings.deadline_seconds)
        try:
            understood = rewrite_question(
                state.question,
                state.history,
                lambda rules, text: self._complete(rules, text, deadline),
            )
        except ModelError as error:
            return understand_question(state.question, state.history), str(error)
        return understood, ""

    def _complete(self, rules: str, text: str, deadline: Deadline) -> str:
        from rag.chat.answerer import complete_text

        if self._chat is None:
            raise ModelError("there is no chat model; set one with --model")
        return complete_text(self._chat.model, rules, text, deadline)

    def _retrieve(self, state: QuestionState) -> QuestionState:
        if state.clarification:
            return replace(state, retrieved=time.perf_counter())
        self._finder.check_library()
        spelled = correct_slips(state.standalone, self.library, word_ranks())
        if spelled.changes:
            request = find_overview_request(spelled.text)
            state = replace(state, standalone=spelled.text, overview=request, remark=spelled.remark)
        if state.overview is not None and not state.overview.topic:
            found = self._finder.find_newest(state.only)
        else:
            found = self._finder.find_passages(state.sought, state.only)
        return replace(
            state,
            unknown=spelled.unknown,
            hits=found.hits,
            terms=found.terms,
            retrieved=time.perf_counter(),
        )

    def _choose(self, state: QuestionState) -> QuestionState:
        terms, request = state.terms, state.overview
        if not state.hits:
            return state
        if terms is None:
            leads, remark = self._finder.lead_newest(state.hits, state.only)
            return replace(state, probability=1.0).leading(leads, remark)
        chosen = self._finder.choose(state.sought, state.hits, terms, state.only)
        least = self.settings.refuse_below
        state = replace(
            state,
            hits=chosen.hits,
            evidence=chosen.evidence,
            probability=chosen.probability,
            threshold=chosen.threshold if least is None else least,
            margin=chosen.margin,
        )
        if request is None or not state.evidence:
            return state
        if request.names_articles and has_topic(chosen.hits, terms):
            state = replace(state, probability=1.0)
        if state.is_refused:
            return state
        leads, remark = self._finder.lead_found(request, chosen, terms)
        return state.leading(leads, remark) if leads else state

    def _answer(self, state: QuestionState) -> Answer:
        *_, answer = self._answers(state)
        return answer

    def _answers(self, state: QuestionState) -> Iterator[Answer]:
        """Yield the answer as it grows; the last one is complete."""
        if state.clarification:
            yield self._finish(state, Draft((), ()), refused=True)
            return
        if state.is_refused:
            yield self._refuse(state, "" if state.hits else "No article passes the filter.")
        elif self._chat is None or state.notice:
            yield self._quote(state, _fall_back(state.notice))
        else:
            yield from self._chat_answers(self._chat, state)

    def _chat_answers(self, chat: ChatAnswerer, state: QuestionState) -> Iterator[Answer]:
        drafts = chat.stream(
            state.standalone, state.evidence, state.deadline, embedder=self.library.embedder
        )
        last: ChatDraft | None = None
        try:
            for draft in drafts:
                last = draft
                if draft.claims and not draft.final:
                    yield self._finish(state, Draft(draft.claims, draft.citations), chat=draft)
        finally:
            drafts.close()
        if last is None:
            return
        name = chat.model.plan.name
        if last.claims:
            yield self._finish(
                state,
                Draft(last.claims, last.citations),
                chat=last,
                notice=_describe_losses(name, last),
                complete=True,
            )
        elif last.failure:
            yield self._quote(state, _fall_back(last.failure), chat=last)
        elif last.cannot_answer and not (chat.model.plain or state.max_claims):
            yield self._refuse(state, f"{name} finds no answer in the passages.", chat=last)
        elif last.cannot_answer and state.max_claims:
            yield self._quote(state, _fall_back(f"{name} gives no overview"), chat=last)
        else:
            reason = f"nothing that {name} said is borne out by the articles"
            yield self._quote(state, _fall_back(reason), chat=last)

    def _refuse(
        self, state: QuestionState, notice: str, *, chat: ChatDraft | None = None
    ) -> Answer:
        draft = Draft((), nearest_citations(state.evidence))
        notice = f"{notice} {suggest_words(state.unknown, self.library)}".strip()
        return self._finish(state, draft, refused=True, notice=notice, chat=chat)

    def _quote(self, state: QuestionState, notice: str, *, chat: ChatDraft | None = None) -> Answer:
        draft = quote_evidence(
            state.evidence,
            max_claims=state.max_claims or self.settings.max_claims,
            margin=state.margin,
        )
        claims = verify_quotes(draft.claims, draft.citations, state.hits)
        answer = self._finish(
            state, Draft(claims, draft.citations), notice=notice, chat=chat, complete=True
        )
        return replace(answer, model="")

    def _finish(
        self,
        state: QuestionState,
        draft: Draft,
        *,
        refused: bool = False,
        notice: str = "",
        chat: ChatDraft | None = None,
        complete: bool = False,
    ) -> Answer:
        """Return the answer that a draft comes to; a complete one with its other sides."""
        claims, citations = draft.claims, draft.citations
        conflicts: tuple[Conflict, ...] = ()
        if complete:
            articles = {hit.article.article_id: hit.article for hit in state.hits}
            claims, citations = add_corrections(
                claims, citations, state.evidence, tuple(articles.values())
            )
            claims, citations, conflicts = add_conflicts(
                claims, citations, state.evidence, state.standalone, state.terms
            )
        now = time.perf_counter()
        return Answer(
            question=state.question,
            standalone_question=state.standalone,
            refused=refused,
            claims=claims,
            citations=citations,
            hits=state.hits[: self.settings.k],
            probability=state.probability,
            notice=" ".join(
                filter(None, (state.remark, notice, self._describe_language(state.question)))
            ),
            clarification=state.clarification,
            conflicts=conflicts,
            as_of=None if refused else find_as_of(state.standalone, citations, self._today()),
            model=self._chat.model.plan.name if self._chat and chat and not refused else "",
            tokens=dict(chat.tokens) if chat else {},
            seconds={
                "retrieve": state.retrieved - state.started,
                "answer": now - state.retrieved,
                **(chat.seconds if chat else {}),
                "total": now - state.started,
            },
        )

    def _describe_language(self, question: str) -> str:
        """Return a line for a question in a language that the library's encoder does not know."""
        encoder = self.library.encoder
        if encoder is None:
            return ""
        line = describe_unknown_question(guess_language(question), encoder.name)
        return f"{line[0].upper()}{line[1:]}." if line else ""


def _load_named(settings: Settings) -> ChatModel | None:
    if not settings.model:
        return None
    from rag.chat.models import load_model

    return load_model(settings)


def _fall_back(reason: str) -> str:
    return f"{reason}; the articles are quoted instead." if reason else ""


def _describe_losses(name: str, draft: ChatDraft) -> str:
    """Return what a reader should know of an answer that is not all that the model said."""
    if draft.failure:
        return f"{draft.failure}; the answer may not be whole."
    if not draft.left_out:
        return ""
    count = len(draft.left_out)
    noun = "statement" if count == 1 else "statements"
    return f"{count} {noun} of {name} left out: the articles do not bear that out."


def ask(
    question: str,
    *,
    library: Path | str | None = None,
    history: Sequence[Turn | Mapping[str, str]] = (),
    settings: Settings | None = None,
) -> Answer:
    """Return the answer to one question about a library: opened, asked, closed.

    Use an ``Assistant`` for more than one.

    Args:
        question: At most 2,000 characters, not blank.
        library: The library's folder; that of the settings when None.
        history: Earlier turns, oldest first.
        settings: How to answer; those of the environment when None.

    Raises:
        OnRecordError: If there is no usable library, the question is blank or too long, or the
            settings name a chat model that cannot be set up.
    """
    chosen = settings or Settings.from_env()
    with Assistant(library or chosen.library, chosen) as assistant:
        return assistant.ask(question, history)
