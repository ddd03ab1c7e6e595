"""Claims against the text they cite; pure.

``verify`` holds one claim to its evidence. Checks that can say what is wrong come first: numbers,
dates, names, opposites, quoted words, who said it. How much of the rest the evidence tells becomes
a probability, by words alone or, with an encoder that tells tokens apart, by their vectors too.

A quoting claim is supported when it is its citation's stretch of the article, to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from index.encoding.encoders import Embedder, TokenEmbedder
from index.types import Hit, TokenVectors
from rag.types import Citation, Claim, Support
from rag.verification.alignment import Alignment, align_tokens, align_words, pool_words
from rag.verification.checks import Checks, Reason, ReasonKind, run_checks
from rag.verification.parsed_text import ParsedText, choose_sentences, read_text
from rag.verification.support import load_model

MAX_CLAIM_CHARS = 4000
MAX_EVIDENCE_CHARS = 200_000
WINDOW_CHARS = 700
REFUTED_SHARE = 0.6
MAX_NAMED_WORDS = 4

_MARKS = re.compile(r"\s?\[\d{1,3}(?:\s?,\s?\d{1,3}){0,9}\]|\A\s{0,9}\d{1,2}[.)](?=\s)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holding a claim to its evidence found.

    Attributes:
        support: Supported, partly or not.
        score: Probability that the evidence supports the claim, in [0, 1].
        reasons: Why it is not supported, the gravest first; empty when it is.
    """

    support: Support
    score: float
    reasons: tuple[Reason, ...] = ()

    @property
    def reason(self) -> str:
        """The gravest reason in words; empty when there is none."""
        return self.reasons[0].text if self.reasons else ""


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
        embedder: Makes the score better if it is a ``TokenEmbedder``; any other is not used.
        published: When the evidence appeared, so that its "Monday" may be the claim's date.

    Raises:
        EncoderError: If the encoder cannot be loaded.
    """
    comparison = compare(claim, evidence, embedder=embedder, published=published)
    if isinstance(comparison, Verdict):
        return comparison
    checks, alignment, features, with_tokens = comparison
    model = load_model(with_tokens=with_tokens)
    score = model.probability(features)
    if checks.reasons:
        score *= REFUTED_SHARE
        return Verdict(Support.UNSUPPORTED, score, checks.reasons)
    if score >= model.supported:
        return Verdict(Support.SUPPORTED, score)
    support = Support.PARTLY if score >= model.partly else Support.UNSUPPORTED
    return Verdict(support, score, (_explain(alignment),))


def compare(
    claim: str,
    evidence: str | Sequence[str],
    *,
    embedder: object = None,
    published: date | None = None,
) -> Verdict | tuple[Checks, Alignment, dict[str, float], bool]:
    """Return what a verdict rests on, for ``verify`` and for fitting it.

    Returns:
        A verdict where there is nothing to compare, else what the checks found, how the words
        align, the features by name, and whether those of token vectors are among them.
    """
    if len(claim) > MAX_CLAIM_CHARS:
        return _refuse("the claim is too long to check")
    text = evidence if isinstance(evidence, str) else "\n".join(evidence)
    ours = read_text(_blank_marks(claim))
    theirs = read_text(text[:MAX_EVIDENCE_CHARS], beside=ours)
    if not any(ours.weights):
        return _refuse("the claim says nothing that could be checked")
    if not theirs.texts:
        return _refuse("no text is cited")
    alignment = align_words(ours, theirs)
    checks = run_checks(ours, theirs, alignment, published=published)
    features = alignment.features | checks.features
    if embedder is None or not isinstance(embedder, TokenEmbedder):
        return checks, alignment, features, False
    features |= _compare_tokens(ours, theirs, embedder)
    return checks, alignment, features, True


def _refuse(why: str) -> Verdict:
    return Verdict(Support.UNSUPPORTED, 0.0, (Reason(ReasonKind.COVERAGE, why),))


def _blank_marks(claim: str) -> str:
    """Return a claim of the same length without citation marks and the number of a list."""
    return _MARKS.sub(lambda match: " " * len(match.group()), claim)


def _explain(alignment: Alignment) -> Reason:
    missing = sorted(alignment.missing[:MAX_NAMED_WORDS], key=lambda word: word.start)
    if not missing:
        return Reason(ReasonKind.COVERAGE, "the cited text does not say this in one place")
    words = ", ".join(f"“{word.text}”" for word in missing)
    span = (missing[0].start, missing[-1].end)
    return Reason(ReasonKind.COVERAGE, f"the cited text says nothing of {words}", span)


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
    """Return stretches of neighbouring sentences that an encoder reads at once."""
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


def verify_quotes(
    claims: Sequence[Claim], citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[Claim, ...]:
    """Return the claims with the support that comparing them with the articles found.

    Args:
        claims: Each with the numbers of its citations.
        citations: All that the claims name.
        hits: Where the articles are.
    """
    texts = {hit.article.article_id: hit.article.text for hit in hits}
    by_number = {citation.number: citation for citation in citations}
    return tuple(
        claim
        if any(_stands_in(claim.text, by_number.get(n), texts) for n in claim.citations)
        else Claim(claim.text, Support.UNSUPPORTED, claim.citations, "the article does not say so")
        for claim in claims
    )


def _stands_in(text: str, citation: Citation | None, texts: dict[str, str]) -> bool:
    if citation is None:
        return False
    article = texts.get(citation.article_id, "")
    return article[citation.start : citation.end] == citation.quote == text
