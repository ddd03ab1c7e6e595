"""The chat-model answerer: evidence -> prompt -> statements, each verified before it is shown.

The model's evidence numbers are looked up here. A statement without valid ones is attributed to the
evidence that supports it best, and one that no evidence supports is not shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date

from index.encoding.encoders import TokenEmbedder
from rag.answering.quote import cite
from rag.chat.calls import ChatClient, Deadline, Progress
from rag.chat.claim_check import (
    CheckedClaim,
    TokenCache,
    check_claim,
    describe_doubt,
    is_same_claim,
)
from rag.chat.models import ChatModel
from rag.chat.prompt import Prompt, build_prompt, build_repair
from rag.chat.reply import RawClaim, parse_reply
from rag.errors import ModelCallError
from rag.types import Citation, Claim, Evidence, Support

RESERVE_SHARE = 0.03
MAX_RESERVE_SECONDS = 1.0
"""Seconds of the deadline kept for quoting in case the model fails."""


@dataclass(frozen=True, slots=True)
class ChatReply:
    """The state of a chat model's reply so far.

    Attributes:
        claims: Those that may be shown, in the model's order.
        citations: What they rest on, best evidence first.
        left_out: Statements that no evidence supports.
        cannot_answer: Whether the model says that the evidence does not answer.
        failure: Why the reply is incomplete; empty if it is not.
        final: Whether this is the last one.
        seconds: ``model`` and ``verify``.
        tokens: ``sent`` and ``received``; estimated if the endpoint does not say.
    """

    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    left_out: tuple[CheckedClaim, ...] = ()
    cannot_answer: bool = False
    failure: str = ""
    final: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)


class ChatAnswerer:
    """Answers from evidence with a chat model.

    Args:
        model: The model.
        max_claims: Most statements of an answer.
        today: Returns the day of asking.
        observe: Called with every statement and its check, once final; for measurements.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        max_claims: int,
        today: Callable[[], date] = date.today,
        observe: Callable[[CheckedClaim], object] | None = None,
    ) -> None:
        self.model = model
        self.client = ChatClient(model)
        self._max_claims = max_claims
        self._today = today
        self.observe = observe

    def stream(
        self,
        question: str,
        evidence: Sequence[Evidence],
        deadline: Deadline,
        *,
        embedder: object = None,
    ) -> Generator[ChatReply, None, None]:
        """Yield the answer as it grows; the last reply is final. Closing it cancels the call.

        A failure of the model raises nothing: the last reply says what went wrong.

        Args:
            question: Standalone.
            evidence: Best first.
            deadline: When the answer is due.
            embedder: Used by the check if it is a ``TokenEmbedder``.
        """
        prompt = build_prompt(
            question,
            evidence,
            today=self._today(),
            max_claims=self._max_claims,
            context_tokens=self.model.context_tokens,
            count_tokens=self.model.count_tokens,
            plain=self.model.plain,
        )
        if not prompt.evidence:
            yield ChatReply(failure="no evidence fits into --context-tokens", final=True)
            return
        tokens = TokenCache(embedder) if isinstance(embedder, TokenEmbedder) else None
        run = _Run(prompt, self.model, self._max_claims, tokens)
        reserve = min(MAX_RESERVE_SECONDS, RESERVE_SHARE * deadline.seconds)
        started = time.perf_counter()
        failure, reply_text, cannot_answer = "", "", False
        stream = self.client.stream(prompt.messages, deadline, reserve_seconds=reserve)
        try:
            with closing(stream):
                for progress in stream:
                    reply_text = progress.text
                    grown = run.read(progress)
                    cannot_answer = run.cannot_answer
                    if grown and not progress.finished:
                        yield run.draft(time.perf_counter() - started)
                    if run.is_full:
                        break
        except ModelCallError as error:
            failure = str(error)
        failure = failure or run.describe_cut()
        run.count_rest(reply_text)
        if not failure and not self.model.plain:
            self._repair(run, reply_text, deadline, reserve, time.perf_counter() - started)
        if self.observe:
            for checked in run.checked:
                self.observe(checked)
        draft = run.draft(time.perf_counter() - started)
        yield replace(draft, cannot_answer=cannot_answer, failure=failure, final=True)

    def _repair(
        self, run: _Run, reply: str, deadline: Deadline, reserve: float, taken: float
    ) -> None:
        """Ask once more for what was not supported, if there is time for a reply as long."""
        failed = [checked for checked in run.checked if not checked.shown]
        if not failed or run.is_full or deadline.remaining(reserve) < taken:
            return
        lines = [f"{checked.text} ({describe_doubt(checked.verdict)})" for checked in failed]
        messages = build_repair(run.prompt, reply, lines)
        if sum(self.model.count_tokens(m.text) for m in messages) > self.model.context_tokens // 2:
            return
        try:
            progress = self.client.complete(messages, deadline, reserve_seconds=reserve)
        except ModelCallError:
            return
        run.count(progress.tokens_sent, progress.tokens_received, estimate=messages)
        run.replace(failed, parse_reply(progress.text).claims[: len(failed)])


class _Run:
    """One question to a model, and what of its reply has been read and checked."""

    def __init__(
        self, prompt: Prompt, model: ChatModel, max_claims: int, tokens: TokenCache | None
    ) -> None:
        self.prompt = prompt
        self._token_cache = tokens
        self.checked: list[CheckedClaim] = []
        self.counted = False
        self.cannot_answer = False
        self.cut_off = False
        self._known: dict[RawClaim, CheckedClaim] = {}
        self._model = model
        self._max_claims = max_claims
        self._verify_seconds = 0.0
        self._tokens = {"sent": 0, "received": 0}

    @property
    def is_full(self) -> bool:
        return sum(checked.shown for checked in self.checked) >= self._max_claims

    def read(self, progress: Progress) -> bool:
        """Read the reply so far; return whether more can be shown than before."""
        reply = parse_reply(progress.text, finished=progress.finished)
        if progress.finished:
            self.cannot_answer = reply.cannot_answer
            self.cut_off = reply.cut_off
            self.count(progress.tokens_sent, progress.tokens_received)
        return self.take(reply.claims)

    def describe_cut(self) -> str:
        """Return what is wrong with a reply that has ended; empty if nothing is."""
        return f"{self._model.plan.name} broke off its reply" if self.cut_off else ""

    def count_rest(self, reply: str) -> None:
        """Count a reply that was cut short before the endpoint sent its own count."""
        if not self.counted:
            self.count(0, self._model.count_tokens(reply))

    def take(self, claims: Sequence[RawClaim]) -> bool:
        """Check what is new; return whether more can be shown than before."""
        before = sum(checked.shown for checked in self.checked)
        checked = self._check_all(claims)
        # After a broken connection the reply starts again; meanwhile what was shown stays.
        if sum(item.shown for item in checked) >= before:
            self.checked = checked
        return sum(item.shown for item in self.checked) > before

    def replace(self, failed: Sequence[CheckedClaim], claims: Sequence[RawClaim]) -> None:
        """Replace the failed statements by repaired ones that are supported now."""
        kept = [checked for checked in self.checked if checked.shown]
        repaired = [checked for checked in self._check_all(claims) if checked.shown]
        fresh = [item for item in repaired if not any(is_same_claim(item, k) for k in kept)]
        still = list(failed)[len(fresh) :]
        self.checked = [*kept, *fresh, *still]

    def count(self, sent: int, received: int, *, estimate: Sequence[object] = ()) -> None:
        """Add the tokens of a call; estimated if the endpoint does not say."""
        self.counted = True
        fallback = (
            sum(self._model.count_tokens(str(getattr(m, "text", ""))) for m in estimate)
            if estimate
            else self.prompt.n_tokens
        )
        self._tokens["sent"] += sent or fallback
        self._tokens["received"] += received

    def draft(self, seconds: float) -> ChatReply:
        shown = [checked for checked in self.checked if checked.shown][: self._max_claims]
        used = {item.number: item for checked in shown for item in checked.evidence}
        ranked = sorted(used.values(), key=lambda e: (-e.evidence.score, e.number))
        citations = cite([item.evidence for item in ranked])
        place = {item.number: n for n, item in enumerate(ranked, 1)}
        claims = tuple(
            Claim(
                checked.text,
                checked.verdict.support,
                tuple(sorted(place[item.number] for item in checked.evidence)),
                ""
                if checked.verdict.support is Support.SUPPORTED
                else describe_doubt(checked.verdict),
            )
            for checked in shown
        )
        return ChatReply(
            claims=claims,
            citations=citations,
            left_out=tuple(checked for checked in self.checked if not checked.shown),
            seconds={
                "model": max(0.0, seconds - self._verify_seconds),
                "verify": self._verify_seconds,
            },
            tokens=dict(self._tokens),
        )

    def _check_all(self, claims: Sequence[RawClaim]) -> list[CheckedClaim]:
        checked: list[CheckedClaim] = []
        for raw in claims:
            if raw not in self._known:
                started = time.perf_counter()
                self._known[raw] = check_claim(raw, self.prompt.evidence, self._token_cache)
                self._verify_seconds += time.perf_counter() - started
            item = self._known[raw]
            if not any(is_same_claim(item, other) for other in checked):
                checked.append(item)
        return checked


def complete_text(model: ChatModel, rules: str, text: str, deadline: Deadline) -> str:
    """Return a model's reply to instructions and a text, which is only data.

    Raises:
        ModelCallError: If there is none in time.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    plain = replace(model, reply_options={})
    return ChatClient(plain).complete([SystemMessage(rules), HumanMessage(text)], deadline).text
