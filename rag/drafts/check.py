"""Each sentence of a draft against the library: supported, contradicted, or without a source.

For a sentence, passages are searched for; those of one article are one text that ``verify`` judges.
The article that says most of the sentence decides. What an article only prints to correct it bears
nothing out: notices and refutations are read apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from index.encoding.encoders import TokenEmbedder
from index.language.attribution import find_attributions
from index.language.detection import detect_language
from index.language.quotations import Quotation, QuotedText, find_quotations, fold_words, is_title
from index.text.sentences import split_sentences
from index.types import Article, Filter, Hit, Sentence
from rag.answering.corrections import (
    Correction,
    find_corrections,
    find_notices,
    find_refutations,
)
from rag.answering.denials import find_answers
from rag.answering.quote import needs_context
from rag.chat.claim_check import TokenCache
from rag.drafts.checkable import OWN_VIEW, is_view, why_unchecked
from rag.drafts.differences import sharpen
from rag.drafts.wording import Wording, find_wording
from rag.types import Citation, Evidence, Support
from rag.verification.alignment import align_words
from rag.verification.names import find_names
from rag.verification.parsed_text import read_text
from rag.verification.text_pair import Reason, ReasonKind
from rag.verification.verdict import Verdict, verify

if TYPE_CHECKING:
    from index.library import Library

MAX_HITS = 8
"""Passages that are searched for, for each sentence and for each quotation that they lack."""

MAX_ARTICLES = 5
"""Articles that are compared with a sentence."""

MAX_CITED = 3
LEAST_SHOWN = 0.3
"""Share of a sentence that a passage must have to be shown beside it."""

LEAST_SAID = 0.4
"""Share of a sentence that one sentence of an article must have to bear it out with the others."""

SUPPORTED_BONUS = 0.1
"""How much nearer another article must be than one that bears the sentence out to count instead."""

LEAST_ABOUT = 0.5
"""Share of a sentence that a passage must have to contradict it, or to say who says so."""

LEAST_QUOTED_WORDS = 3
MAX_QUERY_CHARS = 1000
MAX_KEPT_TEXTS = 200

_NO_FILTER = Filter()
_UNRELATED = Verdict(Support.UNSUPPORTED, 0.0)
_ATTRIBUTING = frozenset({ReasonKind.SPEAKER, ReasonKind.ATTRIBUTION})


class DraftVerdict(StrEnum):
    """What the articles make of a sentence of a draft."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    OUTDATED = "outdated"
    """The articles said so, and corrected it since."""
    ATTRIBUTED = "attributed otherwise"
    """Another says so, or somebody says what the draft states as a fact."""
    NO_SOURCE = "without a source"
    NOT_CHECKED = "nothing to check"


@dataclass(frozen=True, slots=True)
class CheckedQuotation:
    """A quotation of a draft.

    Attributes:
        start: First code point in the draft, inside the marks.
        end: One past the last.
        text: The words.
        is_exact: Whether an article has them, word for word.
        wording: What an article has instead; None if it has them, or nothing like them.
        citation: Where; None if nowhere.
    """

    start: int
    end: int
    text: str
    is_exact: bool
    wording: Wording | None = None
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of a draft and what the articles make of it.

    Attributes:
        start: First code point in the draft.
        end: One past the last.
        text: The sentence.
        verdict: What the articles make of it.
        reason: Why, in one line; empty if it is supported.
        span: (start, end) in the draft of the words that the reason is about, or None.
        citations: The passages nearest to it, the deciding one first; ``answer_span`` is the
            sentence that says most of it.
        corrections: What corrects that passage.
        answers: What those say whom that passage accuses.
        quotations: Its quotations, titles of works left out.
    """

    start: int
    end: int
    text: str
    verdict: DraftVerdict
    reason: str = ""
    span: tuple[int, int] | None = None
    citations: tuple[Citation, ...] = ()
    corrections: tuple[Citation, ...] = ()
    answers: tuple[Citation, ...] = ()
    quotations: tuple[CheckedQuotation, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """A draft and what the articles make of it.

    Attributes:
        title: Its title or file; may be empty.
        n_sentences: How many sentences it has.
        sentences: Those that were checked, in order: all, unless the check was stopped.
    """

    title: str
    n_sentences: int
    sentences: tuple[CheckedSentence, ...]

    @property
    def counts(self) -> dict[DraftVerdict, int]:
        """How many sentences there are of each verdict."""
        found = Counter(sentence.verdict for sentence in self.sentences)
        return {verdict: found[verdict] for verdict in DraftVerdict}


def check_draft(
    library: Library,
    text: str,
    *,
    title: str = "",
    only: Filter = _NO_FILTER,
    progress: Callable[[int, int], None] | None = None,
) -> DraftCheck:
    """Return what the articles of a library make of each sentence of a draft.

    Args:
        library: An open library.
        text: The draft; a line is a paragraph.
        title: For the report.
        only: Which articles may be used.
        progress: Called after each sentence with the sentences done and in all.

    Raises:
        EncoderError: If the library's encoder cannot be loaded.
    """
    sentences = split_draft(text)
    checked = []
    for sentence in check_sentences(library, sentences, only=only):
        checked.append(sentence)
        if progress is not None:
            progress(len(checked), len(sentences))
    return DraftCheck(title, len(sentences), tuple(checked))


def split_draft(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of a draft, in order."""
    return split_sentences(text, language=detect_language(text))


def check_sentences(
    library: Library, sentences: Sequence[Sentence], *, only: Filter = _NO_FILTER
) -> Iterator[CheckedSentence]:
    """Yield what the articles make of each sentence, as it is found; see ``check_draft``."""
    checker = _Checker(library, sentences, only)
    return map(checker.check, range(len(sentences)))


@dataclass(frozen=True, slots=True)
class _Candidate:
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


class _Checker:
    """Checks the sentences of one draft."""

    def __init__(self, library: Library, sentences: Sequence[Sentence], only: Filter) -> None:
        self._library = library
        self._sentences = sentences
        self._only = only
        embedder = library.embedder
        self._embedder = (
            TokenCache(embedder, max_texts=MAX_KEPT_TEXTS)
            if isinstance(embedder, TokenEmbedder)
            else None
        )

    def check(self, number: int) -> CheckedSentence:
        """Return what the articles make of a sentence."""
        sentence = self._sentences[number]
        if reason := why_unchecked(sentence):
            return _Finding(DraftVerdict.NOT_CHECKED, reason).of(sentence)
        before = self._find_context(number)
        hits = self._search(f"{before} {sentence.text}".strip())
        quoted = [
            quotation
            for quotation in find_quotations(sentence.text)
            if not is_title(quotation.text)
            and len(fold_words(quotation.text)) >= LEAST_QUOTED_WORDS
        ]
        quotations, more = self._check_quotations(sentence, quoted, hits)
        hits += more
        candidates = [
            self._compare(sentence.text, list(own), whole=bool(quoted))
            for own in _by_article(hits, before)
        ]
        return self._decide(sentence, candidates, hits, quotations)

    def _find_context(self, number: int) -> str:
        """Return the sentence before one that leaves open who or what it is about."""
        if not number or not needs_context(self._sentences[number].text):
            return ""
        before = self._sentences[number - 1]
        return "" if before.is_heading else before.text

    def _search(self, query: str) -> list[Hit]:
        return list(self._library.search(query[-MAX_QUERY_CHARS:], MAX_HITS, only=self._only))

    def _check_quotations(
        self, sentence: Sentence, quoted: Sequence[Quotation], hits: Sequence[Hit]
    ) -> tuple[tuple[CheckedQuotation, ...], list[Hit]]:
        """Return the quotations as checked, and passages that were found for them alone."""
        checked: list[CheckedQuotation] = []
        more: list[Hit] = []
        for quotation in quoted:
            found = _find_quotation(sentence, quotation, hits)
            if not found.is_exact:
                own = self._search(quotation.text)
                other = _find_quotation(sentence, quotation, own)
                if other.is_exact or found.citation is None:
                    found, more = other, [*more, *own]
            checked.append(found)
        return tuple(checked), more

    def _compare(self, claim: str, hits: Sequence[Hit], *, whole: bool) -> _Candidate:
        """Return how an article stands to a sentence.

        Args:
            claim: The sentence.
            hits: The article's passages.
            whole: Whether all of its text counts, since a quotation may be of several passages.
        """
        article = hits[0].article
        places = [(0, len(article.text))] if whole else sorted({_place(hit) for hit in hits})
        noted = (*find_notices(article.text), *find_refutations(article))
        texts = [_blank(article, place, noted) for place in places]
        share, citation = _find_nearest(claim, hits, noted)
        if share < LEAST_SHOWN:
            return _Candidate(article, _UNRELATED, share, citation, is_noted=False)
        verdict = self._verify(claim, texts, article)
        told = article.text[slice(*citation.answer_span)] if citation.answer_span else ""
        reasons = [sharpen(reason, claim, told, article.published) for reason in verdict.reasons]
        verdict = replace(verdict, reasons=tuple(_name_speaker(r, claim) for r in reasons))
        has_noted = any(a < end and start < b for a, b in noted for start, end in places)
        is_noted = (
            has_noted
            and verdict.support is not Support.SUPPORTED
            and self._verify(claim, [article.text[a:b] for a, b in noted], article).support
            is Support.SUPPORTED
        )
        return _Candidate(article, verdict, share, citation, is_noted)

    def _verify(self, claim: str, texts: Sequence[str], article: Article) -> Verdict:
        return verify(claim, texts, embedder=self._embedder, published=article.published)

    def _decide(
        self,
        sentence: Sentence,
        candidates: Sequence[_Candidate],
        hits: Sequence[Hit],
        quotations: tuple[CheckedQuotation, ...],
    ) -> CheckedSentence:
        """Return what the nearest article that decides makes of a sentence."""
        nearest = sorted(candidates, key=lambda c: c.rank, reverse=True)
        articles = [candidate.article for candidate in nearest]
        judged = ((c, self._judge(sentence, c, articles, hits)) for c in nearest)
        decided = [(c, found) for c, found in judged if found is not None]
        if decided and decided[0][1].verdict is DraftVerdict.SUPPORTED:
            # Another may have said the same, and corrected it.
            outdated = [item for item in decided if item[1].verdict is DraftVerdict.OUTDATED]
            decided = outdated or decided
        undecided = _find_undecided(sentence, candidates, quotations)
        first, finding = next(iter(decided), undecided)
        return finding.of(sentence, _cite(first, nearest), quotations)

    def _touches(self, claim: str, candidate: _Candidate, correction: Correction) -> bool:
        """Whether a correction is about what a sentence says, and not another part of its story.

        An article with a notice has been mended: what the notice contradicts is right by now.
        """
        article = correction.article
        told = article.text[correction.start : correction.end]
        verdict = self._verify(claim, [told], article)
        if verdict.support is not Support.UNSUPPORTED:
            return True
        reasons = [sharpen(reason, claim, told, article.published) for reason in verdict.reasons]
        return article is not candidate.article and any(r.contradicts for r in reasons)

    def _judge(
        self,
        sentence: Sentence,
        candidate: _Candidate,
        articles: Sequence[Article],
        hits: Sequence[Hit],
    ) -> _Finding | None:
        """Return what an article makes of a sentence; None if that is open."""
        if candidate.is_supported:
            found = [
                correction
                for correction in find_corrections(
                    candidate.said, articles, list(_as_evidence(hits))
                )
                if self._touches(sentence.text, candidate, correction)
            ]
            if found:
                reason = _say_corrected(candidate, found[0])
                places = [(c.article, c.start, c.end) for c in found]
                return _Finding(DraftVerdict.OUTDATED, reason, corrections=_cite_places(places))
            answers = find_answers(candidate.said, articles)
            return _Finding(DraftVerdict.SUPPORTED, answers=_cite_places(answers))
        contradiction = candidate.contradiction
        if candidate.is_noted:
            if contradiction is None:
                return _Finding(DraftVerdict.SUPPORTED, "in a correction; see which side of it")
            return _Finding(DraftVerdict.OUTDATED, "corrected by the article itself")
        verdict = DraftVerdict.CONTRADICTED if contradiction else DraftVerdict.ATTRIBUTED
        reason = contradiction or candidate.attribution
        return None if reason is None else _Finding(verdict, reason.text, reason.span)


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is found about a sentence; the fields are those of ``CheckedSentence``.

    Attributes:
        span: In the sentence, not in the draft.
    """

    verdict: DraftVerdict
    reason: str = ""
    span: tuple[int, int] | None = None
    corrections: tuple[Citation, ...] = ()
    answers: tuple[Citation, ...] = ()

    def of(
        self,
        sentence: Sentence,
        citations: tuple[Citation, ...] = (),
        quotations: tuple[CheckedQuotation, ...] = (),
    ) -> CheckedSentence:
        """Return the sentence as checked."""
        return CheckedSentence(
            sentence.start,
            sentence.end,
            sentence.text,
            self.verdict,
            self.reason,
            self.span and (self.span[0] + sentence.start, self.span[1] + sentence.start),
            citations,
            self.corrections,
            self.answers,
            quotations,
        )


def _find_undecided(
    sentence: Sentence,
    candidates: Sequence[_Candidate],
    quotations: Sequence[CheckedQuotation],
) -> tuple[_Candidate | None, _Finding]:
    """Return what to say of a sentence that no article decides, and the article to show first."""
    best = max(candidates, key=lambda c: c.verdict.score, default=None)
    if changed := next((q for q in quotations if q.wording), None):
        span = (changed.start - sentence.start, changed.end - sentence.start)
        reason = "the article words the quotation differently"
        return best, _Finding(DraftVerdict.CONTRADICTED, reason, span)
    if is_view(sentence.text):
        return best, _Finding(DraftVerdict.NOT_CHECKED, OWN_VIEW)
    if best is None or best.share < LEAST_SHOWN:
        return None, _Finding(DraftVerdict.NO_SOURCE, "no article says anything like it")
    if not best.verdict.reasons:
        return best, _Finding(DraftVerdict.NO_SOURCE, "no sentence says most of it")
    lack = best.verdict.reasons[0]
    return best, _Finding(DraftVerdict.NO_SOURCE, lack.text, lack.span)


def _cite_places(places: Sequence[tuple[Article, int, int]]) -> tuple[Citation, ...]:
    return tuple(Citation.of_place(*place, number) for number, place in enumerate(places, 1))


def _name_speaker(reason: Reason, claim: str) -> Reason:
    """Return a reason about a name as one about the speaker, if the name is of who speaks."""
    if reason.kind is not ReasonKind.NAME or reason.span is None:
        return reason
    start, end = reason.span
    if any(a.subject_start < end and start < a.subject_end for a in find_attributions(claim)):
        return replace(reason, kind=ReasonKind.SPEAKER, contradicts=False)
    return reason


def _say_corrected(candidate: _Candidate, correction: Correction) -> str:
    verb = "changed" if correction.is_change else "corrected"
    if correction.article is candidate.article:
        return f"{verb} by the article itself"
    day = correction.article.published
    return f"{verb} on {day.isoformat()}" if day else f"{verb} by another article"


def _cite(first: _Candidate | None, nearest: Sequence[_Candidate]) -> tuple[Citation, ...]:
    """Return the passages to show, the deciding one first."""
    others = [c for c in nearest if c is not first and c.share >= LEAST_SHOWN]
    shown = [first, *others] if first is not None and first.share >= LEAST_SHOWN else others
    return tuple(candidate.citation for candidate in shown[:MAX_CITED])


def _by_article(hits: Sequence[Hit], context: str) -> Iterator[list[Hit]]:
    """Yield the hits of each article, the best article first.

    Args:
        hits: The best first.
        context: The sentence that the one to check leans on. An article that names none of those
            whom it names is about somebody else.
    """
    wanted = [name for name in find_names(context) if name.words] if context else []
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.article.article_id, []).append(hit)
    for own in list(groups.values())[:MAX_ARTICLES]:
        told = f"{own[0].article.title} {' '.join(hit.passage.text for hit in own)}".casefold()
        if not wanted or any(name.words[-1] in told for name in wanted):
            yield own


def _place(hit: Hit) -> tuple[int, int]:
    return hit.passage.start, hit.passage.end


def _blank(article: Article, place: tuple[int, int], noted: Sequence[tuple[int, int]]) -> str:
    """Return a stretch of an article with blanks for what it prints to correct something."""
    start, end = place
    text = article.text[start:end]
    for begin, stop in noted:
        first, last = max(begin, start) - start, min(stop, end) - start
        if first < last:
            text = f"{text[:first]}{' ' * (last - first)}{text[last:]}"
    return text


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


def _find_quotation(
    sentence: Sentence, quotation: Quotation, hits: Sequence[Hit]
) -> CheckedQuotation:
    """Return a quotation as the articles of some passages have it."""
    articles = list({hit.article.article_id: hit.article for hit in hits}.values())[:MAX_ARTICLES]
    start, end = sentence.start + quotation.start, sentence.start + quotation.end
    near: list[tuple[Article, Wording]] = []
    for article in articles:
        wording = find_wording(quotation.text, article.text)
        if QuotedText(article.text).has(quotation.text):
            cited = _cite_wording(article, wording)
            return CheckedQuotation(start, end, quotation.text, is_exact=True, citation=cited)
        near += [(article, wording)] if wording else []
    if not near:
        return CheckedQuotation(start, end, quotation.text, is_exact=False)
    article, wording = max(near, key=lambda found: found[1].likeness)
    cited = _cite_wording(article, wording)
    return CheckedQuotation(
        start, end, quotation.text, is_exact=False, wording=wording, citation=cited
    )


def _cite_wording(article: Article, wording: Wording | None) -> Citation | None:
    return Citation.of_place(article, wording.start, wording.end, 1) if wording else None


def _as_evidence(hits: Sequence[Hit]) -> Iterator[Evidence]:
    """Yield the sentences of passages as what may correct another place."""
    for hit in hits:
        for sentence in hit.passage.sentences:
            yield Evidence(hit, sentence.start, sentence.end, sentence.text, 0.0, ())
