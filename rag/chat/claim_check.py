"""A chat model's statement -> what it rests on, and how far that supports it.

A statement without valid evidence numbers is attributed to the evidence that supports it best, and
then has to meet a stricter standard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from index.encoding.encoders import TokenEmbedder
from index.language.quotations import missing_quotations
from index.language.words import STOP_WORDS
from index.types import TokenVectors
from rag.asking.terms import stem_text, stem_word
from rag.chat.prompt import NumberedEvidence
from rag.chat.reply import RawClaim
from rag.types import Support
from rag.verification.alignment import longest_skip, ordered_share
from rag.verification.parsed_text import read_text
from rag.verification.verdict import Verdict, verify

MAX_CANDIDATES = 3
LEAST_GAIN = 0.05
CONFIDENT = 0.7
"""Probability below which a model's statement is at most partly supported. The verifier weighs
both errors alike; here, showing what is wrong costs more than leaving out what is right."""
FULL_COVERAGE = 0.65
"""Share of a statement's words that its evidence must have for it to count as supported."""
ATTRIBUTED_CONFIDENT = 0.88
"""The same where the evidence was found by program: it is the likeliest of several, and a model
that does not cite also invents more."""
ATTRIBUTED_ORDER = 0.9
"""Share of such a statement's words that one piece of its evidence must have in the same order. A
small model's errors are made of the right words: of the statements with no informative word
missing, one in six was still wrong: reordered, repeated, or with a "from" turned into a "to"."""
ATTRIBUTED_SKIP = 5
"""Most words of its evidence that such a statement may skip at once: a longer skip often joins the
subject of one clause to the predicate of another."""
LEAST_COVERAGE = 0.5
"""Share of its words below which it is not shown at all."""
SAME_SHARE = 0.85

_ADDRESS = re.compile(
    r"(?<![\w@])(?:[\w-]+\.)+(?:com|net|org|info|biz|io|ai|co|app|dev|xyz|top|site|online|ru|cn|tk|example"
    r"|test|invalid|me|ly|gg|link|click|zip)\b(?:/\S*)?",
    re.IGNORECASE,
)

_ASKING = re.compile(
    r"\bhow\s(?:many|much)\b|\b(?:do|does|did|doing)\swhat\b"
    r"|\A(?:which|what|whose)\s(?P<opened>\w+)|\b(?:which|what)\s(?P<closed>\w+)(?:\s\w+){0,2}(?=\W*\Z)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A statement and what its check found.

    Attributes:
        raw: As the model made it.
        text: As it may be shown.
        verdict: What the check found.
        evidence: What it rests on; empty if no evidence supports it.
        attributed: Whether the evidence was found by program.
    """

    raw: RawClaim
    text: str
    verdict: Verdict
    evidence: tuple[NumberedEvidence, ...]
    attributed: bool

    @property
    def shown(self) -> bool:
        """Whether it may be part of an answer."""
        if self.verdict.support is Support.SUPPORTED:
            return True
        # A statement that cites nothing and that no evidence fully supports is unfounded.
        return self.verdict.support is Support.PARTLY and not self.attributed


class TokenCache:
    """Encodes each text once; a check reads the same evidence many times.

    Args:
        embedder: Does the encoding.
        max_texts: How many of the latest to keep between calls; None for all.
    """

    def __init__(self, embedder: TokenEmbedder, *, max_texts: int | None = None) -> None:
        self._embedder = embedder
        self._max_texts = max_texts
        self._known: dict[str, TokenVectors] = {}

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode texts token by token; see ``TokenEmbedder``."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._embedder.embed_tokens(new), strict=True))
        found = [self._known[text] for text in texts]
        if self._max_texts is not None:
            for text in list(self._known)[: -self._max_texts or None]:
                del self._known[text]
        return found


def check_claim(
    raw: RawClaim, evidence: Sequence[NumberedEvidence], embedder: TokenEmbedder | None = None
) -> CheckedClaim:
    """Return a statement with its verdict and what it rests on.

    The evidence that the model cited is tried first; if that does not support the statement,
    the evidence that shares most with it is tried, one piece or two at a time.

    Args:
        raw: The statement.
        evidence: All evidence of the prompt.
        embedder: Makes the check more accurate, if given.
    """
    by_number = {item.number: item for item in evidence}
    given = tuple(by_number[number] for number in raw.numbers if number in by_number)
    best: CheckedClaim | None = None
    if given:
        best = _check_against(raw, _prune(raw.text, given, embedder), embedder, attributed=False)
        if best.verdict.support is Support.SUPPORTED:
            return best
    nearest = _rank_evidence(raw.text, evidence)
    options: list[tuple[NumberedEvidence, ...]] = [(item,) for item in nearest]
    # Two pieces of one story may support a statement together; of two stories, only by accident.
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
    evidence: tuple[NumberedEvidence, ...],
    embedder: TokenEmbedder | None,
    *,
    attributed: bool,
) -> CheckedClaim:
    spans = [item.evidence.text for item in evidence]
    text = unquote_foreign(raw.text, spans)
    verdict = _verify(text, evidence, embedder)
    support = _limit_support(text, spans, verdict, attributed=attributed)
    return CheckedClaim(raw, text, replace(verdict, support=support), evidence, attributed)


def _limit_support(
    text: str, spans: Sequence[str], verdict: Verdict, *, attributed: bool
) -> Support:
    """Return the support to show for a statement, which may be less than was found."""
    content = _content(text)
    found = content & stem_text("\n".join(spans))
    coverage = len(found) / len(content) if content else 0.0
    if (
        verdict.support is Support.UNSUPPORTED
        or coverage < LEAST_COVERAGE
        or is_asking(text, spans)
        or has_foreign_address(text, spans)
    ):
        return Support.UNSUPPORTED
    if attributed:
        is_full = follows_evidence(text, spans, verdict.score)
    else:
        is_full = verdict.score >= CONFIDENT and coverage >= FULL_COVERAGE
    return verdict.support if is_full else Support.PARTLY


def follows_evidence(text: str, spans: Sequence[str], score: float) -> bool:
    """Return whether a statement stays close enough to found evidence to count as supported.

    Args:
        text: The statement.
        spans: The evidence that was found for it.
        score: Probability of support, as ``verify`` gives it.
    """
    if score < ATTRIBUTED_CONFIDENT:
        return False
    ours = read_text(text)
    return any(
        ordered_share(ours, theirs) >= ATTRIBUTED_ORDER
        and longest_skip(ours, theirs) <= ATTRIBUTED_SKIP
        for theirs in (read_text(span, beside=ours) for span in spans)
    )


def _verify(
    text: str, evidence: Sequence[NumberedEvidence], embedder: TokenEmbedder | None
) -> Verdict:
    days = {item.evidence.hit.article.published for item in evidence}
    published = days.pop() if len(days) == 1 else None
    spans = [item.evidence.text for item in evidence]
    return verify(text, spans, embedder=embedder, published=published)


def _prune(
    text: str, given: tuple[NumberedEvidence, ...], embedder: TokenEmbedder | None
) -> tuple[NumberedEvidence, ...]:
    """Return the evidence without pieces that add nothing to a statement."""
    if len(given) == 1:
        return given
    kept = list(given)
    whole = _verify(text, kept, embedder)
    for item in sorted(given, key=lambda e: len(_shared(text, e))):
        rest = [other for other in kept if other is not item]
        if not rest:
            break
        without = _verify(text, rest, embedder)
        if without.score >= whole.score - LEAST_GAIN and _rank(without) >= _rank(whole):
            kept = rest
    return tuple(kept)


def _rank(verdict: Verdict) -> int:
    return (Support.UNSUPPORTED, Support.PARTLY, Support.SUPPORTED).index(verdict.support)


def _rank_evidence(text: str, evidence: Sequence[NumberedEvidence]) -> list[NumberedEvidence]:
    shared = {item.number: len(_shared(text, item)) for item in evidence}
    near = [item for item in evidence if shared[item.number]]
    near.sort(key=lambda item: (-shared[item.number], -item.evidence.score))
    return near[:MAX_CANDIDATES]


def _article(item: NumberedEvidence) -> str:
    return item.evidence.hit.article.article_id


def _shared(text: str, item: NumberedEvidence) -> frozenset[str]:
    return _content(text) & stem_text(item.evidence.text)


def unquote_foreign(text: str, spans: Sequence[str]) -> str:
    """Return a statement with quotation marks only around words of the cited spans.

    >>> unquote_foreign('He called it “a bad joke” and “unsafe”.', ["It is unsafe, he said."])
    'He called it a bad joke and “unsafe”.'
    """
    for quotation in reversed(missing_quotations(text, spans)):
        before, after = text[: quotation.start - 1], text[quotation.end + 1 :]
        text = before + text[quotation.start : quotation.end] + after
    return text


def is_asking(text: str, spans: Sequence[str]) -> bool:
    """Return whether a statement asks, or breaks off where the answer should be.

    The words that ask may come from the question.

    >>> is_asking("The fire has reached which national park.", ["The fire reached Hesk park."])
    True
    """
    if text.endswith(("?", ":")):
        return True
    cited = " ".join(spans).casefold()
    for match in _ASKING.finditer(text):
        noun = (match["opened"] or match["closed"] or "").casefold()
        # "What he said" and "which is in Quill" tell something; "which park" asks.
        if noun not in STOP_WORDS and match[0].casefold() not in cited:
            return True
    return False


def has_foreign_address(text: str, spans: Sequence[str]) -> bool:
    """Return whether a statement names an internet address that the cited spans do not."""
    cited = " ".join(spans).casefold()
    return any(match[0].casefold() not in cited for match in _ADDRESS.finditer(text))


def is_same_claim(one: CheckedClaim, other: CheckedClaim) -> bool:
    """Return whether two statements say the same, judged by their words."""
    mine, theirs = _content(one.text), _content(other.text)
    if not mine or not theirs:
        return one.text == other.text
    return len(mine & theirs) >= SAME_SHARE * max(len(mine), len(theirs))


def _content(text: str) -> frozenset[str]:
    return stem_text(text) - _STOPPED


def describe_doubt(verdict: Verdict) -> str:
    """Return why a statement is not fully supported, as one line."""
    if verdict.reason:
        return verdict.reason
    if verdict.support is Support.PARTLY:
        return "the cited text says only some of it"
    return "the cited text does not say so"


_STOPPED = frozenset(stem_word(word) for word in STOP_WORDS)
