"""Whether evidence supports a claim; pure.

Checks that can say what is wrong come first: numbers, dates, names, opposites, quoted words, and
who said it. How much of the rest the evidence contains becomes a probability, from words alone or,
with an encoder that encodes each token, from their vectors too.

A claim that quotes is supported if it is exactly the stretch of the article that it cites.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from index.encoding.encoders import Embedder, TokenEmbedder
from index.types import TokenVectors
from rag.types import Support
from rag.verification.alignment import align_words
from rag.verification.checks import run_checks
from rag.verification.parsed_text import ParsedText, Word, choose_sentences, read_text
from rag.verification.restatement import restate
from rag.verification.support import load_model
from rag.verification.tables import blank_tables, find_tables, write_out_tables
from rag.verification.text_pair import Reason, ReasonKind, TextPair
from rag.verification.token_alignment import align_tokens, pool_words

MAX_CLAIM_CHARS = 4000
MAX_EVIDENCE_CHARS = 200_000
WINDOW_CHARS = 700
REFUTED_SHARE = 0.6
MAX_NAMED_WORDS = 4

_MARKS = re.compile(r"\s?\[\d{1,3}(?:\s?,\s?\d{1,3}){0,9}\]|\A\s{0,9}\d{1,2}[.)](?=\s)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether evidence supports a claim, and why not.

    Attributes:
        support: Supported, partly supported or unsupported.
        score: Probability that the evidence supports the claim, in [0, 1].
        reasons: Why it is not supported, the gravest first; empty if it is.
    """

    support: Support
    score: float
    reasons: tuple[Reason, ...] = ()

    @property
    def reason(self) -> str:
        """The gravest reason in words; empty if there is none."""
        return self.reasons[0].text if self.reasons else ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim beside its evidence.

    Attributes:
        impossible: Why there is nothing to compare; otherwise empty.
        reasons: What the checks found, the gravest first.
        missing: Words of the claim that the evidence does not have, the rarest first.
        features: By name, for the probability of support.
        with_tokens: Whether the features of token vectors are among them.
    """

    impossible: str
    reasons: tuple[Reason, ...] = ()
    missing: tuple[Word, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    with_tokens: bool = False


def verify(
    claim: str,
    evidence: str | Sequence[str],
    *,
    embedder: Embedder | TokenEmbedder | None = None,
    published: date | None = None,
) -> Verdict:
    """Return whether evidence supports a claim.

    Args:
        claim: One statement; citation marks like ``[1]`` are ignored. One longer than
            ``MAX_CLAIM_CHARS`` is not read and not supported.
        evidence: The cited text, or several; read up to ``MAX_EVIDENCE_CHARS`` code points.
        embedder: Improves the score if it is a ``TokenEmbedder``; any other is ignored.
        published: When the evidence appeared, so that its "Monday" has a date.

    Raises:
        EncoderError: If the encoder cannot be loaded.
    """
    compared = compare(claim, evidence, embedder=embedder, published=published)
    if compared.impossible:
        reason = Reason(ReasonKind.COVERAGE, compared.impossible)
        return Verdict(Support.UNSUPPORTED, 0.0, (reason,))
    model = load_model(with_tokens=compared.with_tokens)
    score = model.probability(compared.features)
    if compared.reasons:
        only_reported = all(r.kind is ReasonKind.ATTRIBUTION for r in compared.reasons)
        is_part = only_reported and score >= model.partly
        support = Support.PARTLY if is_part else Support.UNSUPPORTED
        return Verdict(support, score * REFUTED_SHARE, compared.reasons)
    if score >= model.supported:
        return Verdict(Support.SUPPORTED, score)
    support = Support.PARTLY if score >= model.partly else Support.UNSUPPORTED
    return Verdict(support, score, (_explain(compared.missing),))


def compare(
    claim: str,
    evidence: str | Sequence[str],
    *,
    embedder: object = None,
    published: date | None = None,
) -> Comparison:
    """Return what a verdict rests on, for ``verify`` and for fitting; same arguments as there."""
    if len(claim) > MAX_CLAIM_CHARS:
        return Comparison("the claim is too long to check")
    text = evidence if isinstance(evidence, str) else "\n".join(evidence)
    ours = read_text(_blank_marks(claim))
    text = text[:MAX_EVIDENCE_CHARS]
    tables = find_tables(text)
    theirs = read_text(restate(write_out_tables(text, tables), ours.text), beside=ours)
    if not any(ours.weights):
        return Comparison("the claim contains nothing that can be checked")
    if not theirs.texts:
        return Comparison("no text is cited")
    alignment = align_words(ours, theirs)
    outside = blank_tables(text, tables)
    checks = run_checks(TextPair(ours, theirs, alignment, published, tables, outside))
    features = alignment.features | checks.features
    with_tokens = isinstance(embedder, TokenEmbedder)
    if isinstance(embedder, TokenEmbedder):
        features |= _compare_tokens(ours, theirs, embedder)
    return Comparison("", checks.reasons, alignment.missing, features, with_tokens)


def _blank_marks(claim: str) -> str:
    """Return a claim of the same length with citation marks and list numbers blanked out."""
    return _MARKS.sub(lambda match: " " * len(match.group()), claim)


def _explain(missing: Sequence[Word]) -> Reason:
    named = sorted(missing[:MAX_NAMED_WORDS], key=lambda word: word.start)
    if not named:
        return Reason(ReasonKind.COVERAGE, "no single passage of the cited text says this")
    words = ", ".join(f"“{word.text}”" for word in named)
    span = (named[0].start, named[-1].end)
    return Reason(ReasonKind.COVERAGE, f"the cited text does not mention {words}", span)


def _compare_tokens(
    claim: ParsedText, evidence: ParsedText, embedder: TokenEmbedder
) -> dict[str, float]:
    chosen = choose_sentences(claim, evidence)
    windows = _windows(evidence, chosen)
    claimed, *told = embedder.embed_tokens(
        [claim.text, *(evidence.text[start:end] for start, end in windows)]
    )
    dim = claimed.vectors.shape[1]
    spans = [np.zeros((0, 2), np.int64)]
    vectors = [np.zeros((0, dim), np.float32)]
    for (start, _), tokens in zip(windows, told, strict=True):
        spans.append(tokens.spans + start)
        vectors.append(tokens.vectors)
    every = TokenVectors(np.concatenate(spans), np.concatenate(vectors))
    return align_tokens(
        claim,
        pool_words(claim, claimed.spans, claimed.vectors),
        evidence,
        pool_words(evidence, every.spans, every.vectors),
        chosen,
    )


def _windows(evidence: ParsedText, sentences: Sequence[int]) -> list[tuple[int, int]]:
    """Return runs of neighbouring sentences for an encoder to read at once."""
    windows: list[tuple[int, int]] = []
    last = -2
    for number in sentences:
        start, end = evidence.sentences[number]
        if windows and number == last + 1 and end - windows[-1][0] <= WINDOW_CHARS:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
        last = number
    return windows
