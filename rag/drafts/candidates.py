"""How one article stands to a sentence of a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.encoding.encoders import TokenEmbedder
from index.language.attribution import find_attributions
from index.language.quotations import blank_spans
from index.types import Article, Hit
from rag.answering.corrections import find_notices, find_refutations
from rag.drafts.differences import sharpen
from rag.types import Citation, Support
from rag.verification.alignment import align_words
from rag.verification.parsed_text import read_text
from rag.verification.text_pair import Reason, ReasonKind
from rag.verification.verdict import Verdict, verify

LEAST_SHOWN = 0.3
"""Share of a sentence that a passage must have to be shown beside it."""

LEAST_SAID = 0.4
"""Share of a sentence that one sentence of an article must have to bear it out with the others."""

LEAST_ABOUT = 0.5
"""Share of a sentence that a passage must have to contradict it, or to say who says so."""

SUPPORTED_BONUS = 0.1
"""How much nearer another article must be than one that bears the sentence out to count instead."""

_UNRELATED = Verdict(Support.UNSUPPORTED, 0.0)
_ATTRIBUTING = frozenset({ReasonKind.SPEAKER, ReasonKind.ATTRIBUTION})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may bear out a sentence.

    Attributes:
        article: The article.
        verdict: Whether its passages do, without what it prints to correct it.
        share: Share of the sentence that its nearest sentence has.
        citation: Its nearest passage.
        is_noted: Whether what it prints to correct something bears the sentence out.
    """

    article: Article
    verdict: Verdict
    share: float
    citation: Citation
    is_noted: bool

    @property
    def is_supported(self) -> bool:
        """Whether it bears the sentence out."""
        return self.verdict.support is Support.SUPPORTED and self.share >= LEAST_SAID

    @property
    def contradiction(self) -> Reason | None:
        """Why it says something else; None if it does not."""
        reasons = self.verdict.reasons if self.share >= LEAST_ABOUT else ()
        return next((reason for reason in reasons if reason.contradicts), None)

    @property
    def attribution(self) -> Reason | None:
        """Who says so, if that is another than the draft has; else None."""
        reasons = self.verdict.reasons if self.share >= LEAST_ABOUT else ()
        return next((reason for reason in reasons if reason.kind in _ATTRIBUTING), None)

    @property
    def rank(self) -> float:
        """How much it counts beside the others: the nearest one decides."""
        return self.share + SUPPORTED_BONUS * self.is_supported

    @property
    def said(self) -> Citation:
        """The sentence that says most of it."""
        start, end = self.citation.answer_span or (self.citation.start, self.citation.end)
        return Citation.of_place(self.article, start, end, 1)


def compare_article(
    claim: str, hits: Sequence[Hit], embedder: TokenEmbedder | None, *, whole: bool
) -> Candidate:
    """Return how an article stands to a sentence.

    Args:
        claim: The sentence.
        hits: The article's passages.
        embedder: Compares meanings, if given.
        whole: Whether all of its text counts, since a quotation may be of several passages.
    """
    article = hits[0].article
    places = [(0, len(article.text))] if whole else sorted({_place(hit) for hit in hits})
    noted = (*find_notices(article.text), *find_refutations(article))
    texts = [_blank(article, place, noted) for place in places]
    share, citation = _find_nearest(claim, hits, noted)
    if share < LEAST_SHOWN:
        return Candidate(article, _UNRELATED, share, citation, is_noted=False)
    verdict = verify_in(article, claim, texts, embedder)
    told = article.text[slice(*citation.answer_span)] if citation.answer_span else ""
    reasons = [sharpen(reason, claim, told, article.published) for reason in verdict.reasons]
    verdict = replace(verdict, reasons=tuple(_name_speaker(r, claim) for r in reasons))
    has_noted = any(a < end and start < b for a, b in noted for start, end in places)
    is_noted = (
        has_noted
        and verdict.support is not Support.SUPPORTED
        and verify_in(article, claim, [article.text[a:b] for a, b in noted], embedder).support
        is Support.SUPPORTED
    )
    return Candidate(article, verdict, share, citation, is_noted)


def verify_in(
    article: Article, claim: str, texts: Sequence[str], embedder: TokenEmbedder | None
) -> Verdict:
    """Return whether stretches of an article bear a claim out."""
    return verify(claim, texts, embedder=embedder, published=article.published)


def _name_speaker(reason: Reason, claim: str) -> Reason:
    """Return a reason about a name as one about the speaker, if the name is of who speaks."""
    if reason.kind is not ReasonKind.NAME or reason.span is None:
        return reason
    start, end = reason.span
    heads = [attribution.statement.head for attribution in find_attributions(claim)]
    if any(first < end and start < last for first, last in heads):
        return replace(reason, kind=ReasonKind.SPEAKER, contradicts=False)
    return reason


def _place(hit: Hit) -> tuple[int, int]:
    return hit.passage.start, hit.passage.end


def _blank(article: Article, place: tuple[int, int], noted: Sequence[tuple[int, int]]) -> str:
    """Return a stretch of an article with blanks for what it prints to correct something."""
    start, end = place
    within = ((max(begin, start) - start, min(stop, end) - start) for begin, stop in noted)
    return blank_spans(article.text[start:end], (span for span in within if span[0] < span[1]))


def _find_nearest(
    claim: str, hits: Sequence[Hit], noted: Sequence[tuple[int, int]]
) -> tuple[float, Citation]:
    """Return the passage with the sentence that says most of a claim, and what share that is.

    What an article prints to correct something counts only if nothing else is like the claim.
    """
    ours, best = read_text(claim), (0.0, hits[0], (0, 0))
    for left_out in (noted, ()):
        for hit in hits:
            theirs = read_text(_blank(hit.article, _place(hit), left_out), beside=ours)
            aligned = align_words(ours, theirs)
            if aligned.best >= 0 and aligned.best_coverage > best[0]:
                best = aligned.best_coverage, hit, theirs.sentences[aligned.best]
        if best[0] >= LEAST_SHOWN or not noted:
            break
    share, hit, (start, end) = best
    offset = hit.passage.start
    span = (start + offset, end + offset) if share else None
    citation = Citation.of_place(hit.article, *_place(hit), 1)
    return share, replace(citation, copies=hit.copies, answer_span=span)
