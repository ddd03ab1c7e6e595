"""Each sentence of a draft against the library: supported, contradicted, or without a source.

For a sentence, passages are searched for; those of one article are one text that ``verify`` judges.
The article that says most of the sentence decides. What an article only prints to correct it bears
nothing out: notices and refutations are read apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.encoding.encoders import TokenEmbedder
from index.language.detection import detect_language
from index.language.quotations import Quotation
from index.text.sentences import split_sentences
from index.types import Article, Filter, Hit, Sentence
from rag.answering.corrections import (
    Correction,
    find_corrections,
)
from rag.answering.denials import find_answers
from rag.answering.quote import needs_context
from rag.chat.claim_check import TokenCache
from rag.drafts.candidates import LEAST_SHOWN, Candidate, compare_article, verify_in
from rag.drafts.checkable import OWN_VIEW, is_view, why_unchecked
from rag.drafts.checked import CheckedQuotation, CheckedSentence, DraftCheck, DraftVerdict
from rag.drafts.differences import sharpen
from rag.drafts.quotations import check_quotation, find_quoted
from rag.types import Citation, Evidence, Support
from rag.verification.names import find_names

if TYPE_CHECKING:
    from index.library import Library

MAX_HITS = 8
"""Passages that are searched for, for each sentence and for each quotation that they lack."""

MAX_ARTICLES = 5
"""Articles that are compared with a sentence."""

MAX_CITED = 3
MAX_QUERY_CHARS = 1000
MAX_KEPT_TEXTS = 200

_NO_FILTER = Filter()


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
        quoted = find_quoted(sentence.text)
        quotations, more = self._check_quotations(sentence, quoted, hits)
        hits += more
        candidates = [
            compare_article(sentence.text, own, self._embedder, whole=bool(quoted))
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
            found = check_quotation(sentence, quotation, hits)
            if not found.is_exact:
                own = self._search(quotation.text)
                other = check_quotation(sentence, quotation, own)
                if other.is_exact or found.citation is None:
                    found, more = other, [*more, *own]
            checked.append(found)
        return tuple(checked), more

    def _decide(
        self,
        sentence: Sentence,
        candidates: Sequence[Candidate],
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

    def _touches(self, claim: str, candidate: Candidate, correction: Correction) -> bool:
        """Whether a correction is about what a sentence says, and not another part of its story.

        An article with a notice has been mended: what the notice contradicts is right by now.
        """
        article = correction.article
        told = article.text[correction.start : correction.end]
        verdict = verify_in(article, claim, [told], self._embedder)
        if verdict.support is not Support.UNSUPPORTED:
            return True
        reasons = [sharpen(reason, claim, told, article.published) for reason in verdict.reasons]
        return article is not candidate.article and any(r.contradicts for r in reasons)

    def _judge(
        self,
        sentence: Sentence,
        candidate: Candidate,
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
        cause = contradiction or candidate.attribution
        return None if cause is None else _Finding(verdict, cause.text, cause.span)


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
    candidates: Sequence[Candidate],
    quotations: Sequence[CheckedQuotation],
) -> tuple[Candidate | None, _Finding]:
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


def _say_corrected(candidate: Candidate, correction: Correction) -> str:
    verb = "changed" if correction.is_change else "corrected"
    if correction.article is candidate.article:
        return f"{verb} by the article itself"
    day = correction.article.published
    return f"{verb} on {day.isoformat()}" if day else f"{verb} by another article"


def _cite(first: Candidate | None, nearest: Sequence[Candidate]) -> tuple[Citation, ...]:
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


def _as_evidence(hits: Sequence[Hit]) -> Iterator[Evidence]:
    """Yield the sentences of passages as what may correct another place."""
    for hit in hits:
        for sentence in hit.passage.sentences:
            yield Evidence(hit, sentence.start, sentence.end, sentence.text, 0.0, ())
