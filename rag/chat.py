"""The chat-model answerer: evidence -> prompt -> statements, each verified before it is shown.

A model's evidence numbers are looked up here; a statement without good ones is attributed by
program to the evidence that bears it out best, and one that nothing bears out is not shown.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations

from index.embed import TokenEmbedder
from index.errors import ModelCallError
from index.rank import STOP_WORDS
from index.types import TokenVectors
from rag.calls import Caller, Progress
from rag.claims import RawClaim, parse_reply
from rag.deadline import Deadline
from rag.models import ChatModel
from rag.prompt import Exhibit, Prompt, build_prompt, build_repair
from rag.quotations import missing_quotations
from rag.quote import cite
from rag.terms import stem_text, stem_word
from rag.types import Citation, Claim, Evidence, Support
from rag.verify import Verdict, verify

RESERVE_SHARE = 0.03
MAX_RESERVE_SECONDS = 1.0
"""Left of the deadline for quoting, when the model has failed."""
MAX_CANDIDATES = 3
LEAST_GAIN = 0.05
CONFIDENT = 0.7
"""Probability below which a statement of a model counts as partly supported at most. The check
weighs both errors alike; here showing what is wrong costs more than leaving out what is right."""
FULL_COVERAGE = 0.65
"""Share of a statement's words that its evidence must have for it to count as supported."""
ATTRIBUTED_CONFIDENT = 0.88
ATTRIBUTED_COVERAGE = 0.8
"""The same where the evidence was found by program: it is the likeliest of several, and a model
that does not cite also makes up more."""
LEAST_COVERAGE = 0.5
"""Share of its words without which it is not shown at all."""
SAME_SHARE = 0.85

_ADDRESS = re.compile(
    r"(?<![\w@])(?:[\w-]+\.)+(?:com|net|org|info|biz|io|ai|co|app|dev|xyz|top|site|online|ru|cn|tk|example"
    r"|test|invalid|me|ly|gg|link|click|zip)\b(?:/\S*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A statement and what its check found.

    Attributes:
        raw: As the model made it.
        text: As it may be shown.
        verdict: What the check found.
        exhibits: What it rests on; empty where nothing bears it out.
        attributed: Whether the evidence was found by program.
    """

    raw: RawClaim
    text: str
    verdict: Verdict
    exhibits: tuple[Exhibit, ...]
    attributed: bool

    @property
    def shown(self) -> bool:
        """Whether it may be part of an answer."""
        if self.verdict.support is Support.SUPPORTED:
            return True
        # What was neither cited by the model nor is borne out in full has nothing behind it.
        return self.verdict.support is Support.PARTLY and not self.attributed


@dataclass(frozen=True, slots=True)
class ChatDraft:
    """What a chat model has contributed so far.

    Attributes:
        claims: Those that may be shown, in the model's order.
        citations: What they rest on, the best evidence first.
        left_out: Statements that nothing bears out.
        cannot_answer: Whether the model says that the evidence does not answer.
        failure: Why the reply is not whole; empty when it is.
        final: Whether nothing more comes.
        seconds: ``model`` and ``verify``.
        tokens: ``sent`` and ``received``; estimated where the endpoint does not say.
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
        observe: Is given every statement with its check, once it is final; for measurements.
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
        self.caller = Caller(model)
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
    ) -> Generator[ChatDraft, None, None]:
        """Yield the answer as it grows; the last draft is final. Closing it cancels the call.

        It does not raise when the model fails: the last draft then says why.

        Args:
            question: Standing alone.
            evidence: Best first.
            deadline: When the answer has to be there.
            embedder: Helps the check if it is a ``TokenEmbedder``; any other is not used.
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
        if not prompt.exhibits:
            yield ChatDraft(failure="no evidence fits into --context-tokens", final=True)
            return
        tokens = TokenCache(embedder) if isinstance(embedder, TokenEmbedder) else None
        run = _Run(prompt, self.model, self._max_claims, tokens)
        reserve = min(MAX_RESERVE_SECONDS, RESERVE_SHARE * deadline.seconds)
        started = time.perf_counter()
        failure, reply_text, cannot_answer = "", "", False
        stream = self.caller.stream(prompt.messages, deadline, reserve_seconds=reserve)
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
        """Ask once more for what did not hold, if there is time for as long a reply again."""
        failed = [checked for checked in run.checked if not checked.shown]
        if not failed or run.is_full or deadline.remaining(reserve) < taken:
            return
        lines = [f"{checked.text} ({_reason(checked.verdict)})" for checked in failed]
        messages = build_repair(run.prompt, reply, lines)
        if sum(self.model.count_tokens(m.text) for m in messages) > self.model.context_tokens // 2:
            return
        try:
            progress = self.caller.complete(messages, deadline, reserve_seconds=reserve)
        except ModelCallError:
            return
        run.count(progress.tokens_sent, progress.tokens_received, estimate=messages)
        run.replace(failed, parse_reply(progress.text).claims[: len(failed)])


class _Run:
    """One question on its way: what has been read and checked."""

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
        """Take in how far a reply has come; return whether more can be shown than before."""
        reply = parse_reply(progress.text, finished=progress.finished)
        if progress.finished:
            self.cannot_answer = reply.cannot_answer
            self.cut_off = reply.cut_off
            self.count(progress.tokens_sent, progress.tokens_received)
        return self.take(reply.claims)

    def describe_cut(self) -> str:
        """Return what is wrong with a reply that has come to its end; empty for nothing."""
        return f"{self._model.plan.name} broke off its reply" if self.cut_off else ""

    def count_rest(self, reply: str) -> None:
        """Count a reply whose end, and with it the endpoint's own count, has not come."""
        if not self.counted:
            self.count(0, self._model.count_tokens(reply))

    def take(self, claims: Sequence[RawClaim]) -> bool:
        """Check what is new; return whether more can be shown than before."""
        before = sum(checked.shown for checked in self.checked)
        checked = self._check_all(claims)
        # After a broken connection the reply starts again; what was shown stays meanwhile.
        if sum(item.shown for item in checked) >= before:
            self.checked = checked
        return sum(item.shown for item in self.checked) > before

    def replace(self, failed: Sequence[CheckedClaim], claims: Sequence[RawClaim]) -> None:
        """Put repaired statements, those that hold now, in the place of the failed ones."""
        kept = [checked for checked in self.checked if checked.shown]
        repaired = [checked for checked in self._check_all(claims) if checked.shown]
        fresh = [item for item in repaired if not any(_is_same(item, k) for k in kept)]
        still = list(failed)[len(fresh) :]
        self.checked = [*kept, *fresh, *still]

    def count(self, sent: int, received: int, *, estimate: Sequence[object] = ()) -> None:
        """Add what a call cost; where the endpoint does not say, as far as it can be counted."""
        self.counted = True
        fallback = (
            sum(self._model.count_tokens(str(getattr(m, "text", ""))) for m in estimate)
            if estimate
            else self.prompt.n_tokens
        )
        self._tokens["sent"] += sent or fallback
        self._tokens["received"] += received

    def draft(self, seconds: float) -> ChatDraft:
        shown = [checked for checked in self.checked if checked.shown][: self._max_claims]
        used = {exhibit.number: exhibit for checked in shown for exhibit in checked.exhibits}
        ranked = sorted(used.values(), key=lambda e: (-e.evidence.score, e.number))
        citations = cite([exhibit.evidence for exhibit in ranked])
        place = {exhibit.number: n for n, exhibit in enumerate(ranked, 1)}
        claims = tuple(
            Claim(
                checked.text,
                checked.verdict.support,
                tuple(sorted(place[exhibit.number] for exhibit in checked.exhibits)),
                "" if checked.verdict.support is Support.SUPPORTED else _reason(checked.verdict),
            )
            for checked in shown
        )
        return ChatDraft(
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
                self._known[raw] = check_claim(raw, self.prompt.exhibits, self._token_cache)
                self._verify_seconds += time.perf_counter() - started
            item = self._known[raw]
            if not any(_is_same(item, other) for other in checked):
                checked.append(item)
        return checked


class TokenCache:
    """Encodes each text once; a check reads the same evidence many times.

    Args:
        embedder: Does the encoding.
    """

    def __init__(self, embedder: TokenEmbedder) -> None:
        self._embedder = embedder
        self._known: dict[str, TokenVectors] = {}

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode texts token by token; see ``TokenEmbedder``."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._embedder.embed_tokens(new), strict=True))
        return [self._known[text] for text in texts]


def check_claim(
    raw: RawClaim, exhibits: Sequence[Exhibit], embedder: TokenEmbedder | None = None
) -> CheckedClaim:
    """Return a statement with its verdict and what it rests on.

    The evidence that the model gave is tried first; where it does not bear the statement out,
    the evidence that shares most with it is tried, one piece or two at a time.

    Args:
        raw: The statement.
        exhibits: All evidence of the prompt.
        embedder: Makes the check better, if there is one.
    """
    by_number = {exhibit.number: exhibit for exhibit in exhibits}
    given = tuple(by_number[number] for number in raw.numbers if number in by_number)
    best: CheckedClaim | None = None
    if given:
        best = _check_against(raw, _prune(raw.text, given, embedder), embedder, attributed=False)
        if best.verdict.support is Support.SUPPORTED:
            return best
    nearest = _rank_exhibits(raw.text, exhibits)
    options: list[tuple[Exhibit, ...]] = [(exhibit,) for exhibit in nearest]
    # Two pieces of one story may bear a statement out together; of two stories, by accident.
    options += [pair for pair in combinations(nearest, 2) if len({_article(e) for e in pair}) == 1]
    for option in options:
        found = _check_against(raw, option, embedder, attributed=True)
        if found.verdict.support is Support.SUPPORTED:
            return found
        if best is None or (not best.shown and found.verdict.score > best.verdict.score):
            best = found
    return best or _check_against(raw, (), embedder, attributed=True)


def _check_against(
    raw: RawClaim,
    exhibits: tuple[Exhibit, ...],
    embedder: TokenEmbedder | None,
    *,
    attributed: bool,
) -> CheckedClaim:
    spans = [exhibit.evidence.text for exhibit in exhibits]
    text = unquote_foreign(raw.text, spans)
    verdict = _verify(text, exhibits, embedder)
    support = _limit_support(text, spans, verdict, attributed=attributed)
    return CheckedClaim(raw, text, replace(verdict, support=support), exhibits, attributed)


def _limit_support(
    text: str, spans: Sequence[str], verdict: Verdict, *, attributed: bool
) -> Support:
    """Return the support that a statement is shown with, which may be less than was found."""
    content = _content(text)
    found = content & stem_text("\n".join(spans))
    coverage = len(found) / len(content) if content else 0.0
    if (
        verdict.support is Support.UNSUPPORTED
        or coverage < LEAST_COVERAGE
        or text.endswith("?")
        or has_foreign_address(text, spans)
    ):
        return Support.UNSUPPORTED
    confident = ATTRIBUTED_CONFIDENT if attributed else CONFIDENT
    full = ATTRIBUTED_COVERAGE if attributed else FULL_COVERAGE
    if verdict.score < confident or coverage < full:
        return Support.PARTLY
    return verdict.support


def _verify(text: str, exhibits: Sequence[Exhibit], embedder: TokenEmbedder | None) -> Verdict:
    days = {exhibit.evidence.hit.article.published for exhibit in exhibits}
    published = days.pop() if len(days) == 1 else None
    spans = [exhibit.evidence.text for exhibit in exhibits]
    return verify(text, spans, embedder=embedder, published=published)


def _prune(
    text: str, given: tuple[Exhibit, ...], embedder: TokenEmbedder | None
) -> tuple[Exhibit, ...]:
    """Return the given evidence without what contributes nothing to a statement."""
    if len(given) == 1:
        return given
    kept = list(given)
    whole = _verify(text, kept, embedder)
    for exhibit in sorted(given, key=lambda e: len(_shared(text, e))):
        rest = [other for other in kept if other is not exhibit]
        if not rest:
            break
        without = _verify(text, rest, embedder)
        if without.score >= whole.score - LEAST_GAIN and _rank(without) >= _rank(whole):
            kept = rest
    return tuple(kept)


def _rank(verdict: Verdict) -> int:
    return (Support.UNSUPPORTED, Support.PARTLY, Support.SUPPORTED).index(verdict.support)


def _rank_exhibits(text: str, exhibits: Sequence[Exhibit]) -> list[Exhibit]:
    shared = {exhibit.number: len(_shared(text, exhibit)) for exhibit in exhibits}
    near = [exhibit for exhibit in exhibits if shared[exhibit.number]]
    near.sort(key=lambda exhibit: (-shared[exhibit.number], -exhibit.evidence.score))
    return near[:MAX_CANDIDATES]


def _article(exhibit: Exhibit) -> str:
    return exhibit.evidence.hit.article.article_id


def _shared(text: str, exhibit: Exhibit) -> frozenset[str]:
    return _content(text) & stem_text(exhibit.evidence.text)


def unquote_foreign(text: str, spans: Sequence[str]) -> str:
    """Return a statement whose quotation marks stand only around words of the cited spans.

    >>> unquote_foreign('He called it “a bad joke” and “unsafe”.', ["It is unsafe, he said."])
    'He called it a bad joke and “unsafe”.'
    """
    for quotation in reversed(missing_quotations(text, spans)):
        before, after = text[: quotation.start - 1], text[quotation.end + 1 :]
        text = before + text[quotation.start : quotation.end] + after
    return text


def has_foreign_address(text: str, spans: Sequence[str]) -> bool:
    """Return whether a statement names an internet address that the cited spans do not."""
    cited = " ".join(spans).casefold()
    return any(match[0].casefold() not in cited for match in _ADDRESS.finditer(text))


def _is_same(one: CheckedClaim, other: CheckedClaim) -> bool:
    mine, theirs = _content(one.text), _content(other.text)
    if not mine or not theirs:
        return one.text == other.text
    return len(mine & theirs) >= SAME_SHARE * max(len(mine), len(theirs))


def _content(text: str) -> frozenset[str]:
    return stem_text(text) - _STOPPED


def _reason(verdict: Verdict) -> str:
    if verdict.reason:
        return verdict.reason
    if verdict.support is Support.PARTLY:
        return "the cited text says only some of it"
    return "the cited text does not say so"


_STOPPED = frozenset(stem_word(word) for word in STOP_WORDS)


def complete_text(model: ChatModel, rules: str, text: str, deadline: Deadline) -> str:
    """Return a model's reply to some rules and a text that is data.

    Raises:
        ModelCallError: If there is none in time.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    plain = replace(model, reply_options={})
    return Caller(plain).complete([SystemMessage(rules), HumanMessage(text)], deadline).text
