"""The assistant: the chain that a question goes through, a LangChain ``Runnable``.

standalone question -> retrieve -> evidence and confidence -> quote or refuse -> verify

Importing this switches LangChain's tracing off for the process: with a variable of that service
in the environment it would send questions and article text away.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from index.errors import LibraryEmptyError
from index.library import Library
from index.rank import query_terms
from index.types import Filter, Hit
from index.words import word_ranks
from rag.confidence import answer_probability, refusal_threshold
from rag.evidence import choose_evidence, quoting_margin
from rag.question import check_question, standalone_question
from rag.quote import Draft, nearest_citations, quote_evidence
from rag.settings import Settings
from rag.terms import QuestionTerms, analyze_question
from rag.types import Answer, Evidence, Turn
from rag.verify import verify_quotes

EVIDENCE_HITS = 15

for _variable in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):
    os.environ[_variable] = "false"

AssistantInput: TypeAlias = "str | Mapping[str, Any]"
"""A question, or a mapping with ``question`` and, optionally, ``history`` and ``only``."""


@dataclass(frozen=True, slots=True)
class _State:
    """What has been found out about a question so far; each stage fills in its part."""

    question: str
    history: tuple[Turn, ...]
    only: Filter
    started: float
    standalone: str = ""
    hits: tuple[Hit, ...] = ()
    terms: QuestionTerms | None = None
    evidence: tuple[Evidence, ...] = ()
    probability: float = 0.0
    retrieved: float = 0.0
    seconds: Mapping[str, float] = field(default_factory=dict)


class Assistant(Runnable[AssistantInput, Answer]):
    """Answers questions about one library.

    It is a LangChain ``Runnable``: ``invoke``, ``batch``, ``stream`` and their asynchronous
    forms take a question or ``{"question": …, "history": […], "only": …}``.

    Args:
        library: An open library, or the path of one, which the assistant then opens and closes.
        settings: How to answer; the defaults when None.

    Raises:
        LibraryNotFoundError: If a path is given and no library is there.
    """

    def __init__(self, library: Library | Path | str, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._owned = not isinstance(library, Library)
        self.library = (
            library
            if isinstance(library, Library)
            else Library.open(library, encoder=self.settings.encoder or None)
        )
        self._chain: Runnable[_State, Answer] = (
            RunnableLambda(self._understand)
            | RunnableLambda(self._retrieve)
            | RunnableLambda(self._choose)
            | RunnableLambda(self._answer)
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
        **_: object,
    ) -> Iterator[Answer]:
        """Yield the answer as it grows, claim by claim; the last one is complete."""
        answer = self.invoke(input, config)
        for n_claims in range(1, len(answer.claims)):
            yield replace(answer, claims=answer.claims[:n_claims])
        yield answer

    def _start(self, given: AssistantInput) -> _State:
        fields: Mapping[str, Any] = {"question": given} if isinstance(given, str) else given
        history = tuple(
            turn if isinstance(turn, Turn) else Turn(str(turn["role"]), str(turn["text"]))
            for turn in fields.get("history") or ()
        )
        return _State(
            question=check_question(str(fields["question"])),
            history=history,
            only=fields.get("only") or Filter(),
            started=time.perf_counter(),
        )

    def _understand(self, state: _State) -> _State:
        return replace(state, standalone=standalone_question(state.question, state.history))

    def _retrieve(self, state: _State) -> _State:
        k = max(self.settings.k, EVIDENCE_HITS)
        hits = self.library.search(state.standalone, k, only=state.only)
        n_passages = self.library.count_passages()
        if not n_passages:
            raise LibraryEmptyError(self.library.path)
        terms = analyze_question(
            state.standalone,
            document_frequencies=self.library.document_frequencies(query_terms(state.standalone)),
            n_passages=n_passages,
            word_ranks=word_ranks(),
        )
        return replace(state, hits=hits, terms=terms, retrieved=time.perf_counter())

    def _choose(self, state: _State) -> _State:
        terms = state.terms
        if terms is None or not state.hits:
            return state
        evidence = choose_evidence(state.hits[:EVIDENCE_HITS], terms)
        probability = answer_probability(state.hits, evidence, terms)
        return replace(state, evidence=evidence, probability=probability)

    def _answer(self, state: _State) -> Answer:
        threshold = self.settings.refuse_below
        if threshold is None:
            threshold = refusal_threshold()
        refused = not state.evidence or state.probability < threshold
        if refused:
            draft = Draft((), nearest_citations(state.evidence))
        else:
            draft = quote_evidence(
                state.evidence,
                max_claims=self.settings.max_claims,
                margin=quoting_margin(),
            )
        now = time.perf_counter()
        return Answer(
            question=state.question,
            standalone_question=state.standalone,
            refused=refused,
            claims=verify_quotes(draft.claims, draft.citations, state.hits),
            citations=draft.citations,
            hits=state.hits[: self.settings.k],
            probability=state.probability,
            notice="" if state.hits else "No article passes the filter.",
            seconds={
                "retrieve": state.retrieved - state.started,
                "answer": now - state.retrieved,
                "total": now - state.started,
            },
        )


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
        OnRecordError: If there is no usable library, or the question is blank or too long.
    """
    chosen = settings or Settings.from_env()
    with Assistant(library or chosen.library, chosen) as assistant:
        return assistant.ask(question, history)
