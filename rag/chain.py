"""The chain that takes a question from the words typed to a checked answer.

    understand -> correct spelling -> divide into parts -> narrow to a period or an outlet
    -> retrieve -> choose evidence -> refuse, quote, or ask the chat model -> verify
    -> add corrections and conflicts -> number the citations

``AnswerChain.run`` is that list; the last stages are in ``_quote`` and ``_complete``, or with a
model in ``rag.chat.answerer``. A stage takes a ``QuestionState`` and returns it with its own part
filled in; from "divide" on there is one state for each part of the question. Without a chat model,
or if it fails, the articles are quoted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from index.errors import LibraryEmptyError
from index.language.words import word_ranks
from index.library import Library
from index.searching.search import query_terms
from index.time_limit import check_time
from index.types import Filter, Hit
from rag.answering.conflicts import add_conflicts
from rag.answering.corrections import add_corrections
from rag.answering.denials import add_denials
from rag.answering.figures import count_participants, find_extreme, put_extreme_first
from rag.answering.ledger_answers import answer_from_ledger
from rag.answering.notes import (
    asks_when,
    describe_languages,
    describe_unknown_question,
    explain_days,
)
from rag.answering.overview import (
    describe_best_sentences,
    describe_overview,
    find_articles,
    find_best_sentences,
    find_openings,
    first_passages,
    has_topic,
)
from rag.answering.quote import quote_context, quote_evidence, verify_quotes
from rag.answering.reading_order import (
    CitedClaims,
    join_parts,
    leave_out_said,
    number_citations,
)
from rag.asking.filters import (
    Holdings,
    describe_filter,
    find_filter,
    may_name_filter,
    narrow_filter,
)
from rag.asking.intents import OverviewRequest, find_overview_request
from rag.asking.plan import Part, plan_question
from rag.asking.question import StandaloneQuestion, understand_question
from rag.asking.spelling import correct_slips, knows_no_word, suggest_words
from rag.asking.terms import QuestionTerms, analyze_question, find_as_of, find_language
from rag.errors import ModelError
from rag.evidence.choice import EVIDENCE_HITS, SEVERAL_TIMES, ChosenEvidence, choose_evidence
from rag.evidence.period import Period, keep_evidence, keep_hits, unite_hits
from rag.evidence.reader import Reader
from rag.evidence.sentences import keep_named
from rag.question_state import QuestionState, describe_parts, unite_parts
from rag.retriever import LibraryRetriever
from rag.settings import Settings
from rag.types import CHOSEN_REFUSAL, REFUSAL, UNKNOWN_WORDS, Answer, Answered, Evidence

if TYPE_CHECKING:
    from rag.chat.answerer import ChatAnswerer, ChatReply
    from rag.chat.calls import Deadline

REWRITE_SHARE = 0.3
"""Share of the deadline that understanding a follow-up question may take."""

OVERVIEW_SHARE = 2
"""How many times as many sentences as an answer an overview may have."""

SEVERAL_SHARE = 2
"""How many times as many sentences as an answer a part may have that wants several things."""

MOST_UNWEIGHED = 3
"""Most sentences that tell one fact where it is open how likely each does: a fourth one was beside
the point in every answer to ``nuggets_2022``."""

LEAST_NEAR = 0.08
"""Least probability of an answer at which the nearest sentences are said, as context."""

PERIOD_HITS = 60
"""Passages of any time among which those that speak of a period are looked for."""

NO_CLAIMS = CitedClaims()


class AnswerChain:
    """Answers questions about one library.

    Args:
        library: An open library.
        settings: How to answer.
        reader: Reads the first passages; None to use vectors and words alone.
        chat: Writes the answers; None to quote the articles.
        today: Returns the day of asking.
    """

    def __init__(
        self,
        library: Library,
        settings: Settings,
        *,
        reader: Reader | None,
        chat: ChatAnswerer | None,
        today: Callable[[], date],
    ) -> None:
        self.library = library
        self.settings = settings
        self.reader = reader
        self.chat = chat
        self.retriever = LibraryRetriever(library=library, k=max(settings.k, EVIDENCE_HITS))
        self._today = today
        self._n_openings = OVERVIEW_SHARE * settings.max_claims
        self._holdings = Holdings(
            lambda: [outlet for outlet, _ in library.outlets()], self._find_span, self._has_author
        )

    def run(
        self, state: QuestionState, *, passages_first: bool = False
    ) -> Generator[Answer, None, None]:
        """Yield the answer as it grows; the last one is complete.

        Args:
            state: The question.
            passages_first: First yield the passages, without a claim, if the model that reads them
                takes longer than finding them did.

        Raises:
            LibraryEmptyError: If there is nothing to ask about.
        """
        state = self.understand(state)
        if state.clarification:
            yield self._finish([state], NO_CLAIMS, refused=True)
            return
        state = self.correct_spelling(state)
        parts = [self.retrieve(self.narrow(part)) for part in self.divide(state)]
        if passages_first and any(part.hits for part in parts) and (self.reader or self.chat):
            yield self._finish(parts, NO_CLAIMS)
        parts = [self.answer_part(part) for part in parts]
        check_time()
        if all(part.is_refused for part in parts):
            is_empty = not any(part.hits or part.from_ledger for part in parts)
            yield self._refuse(parts, "No article passes the filter." if is_empty else "")
        elif self.chat is None or any(part.from_ledger for part in parts):
            yield from _claim_by_claim(self._quote(parts))
        elif state.model_failure:
            yield self._quote(parts, state.model_failure)
        else:
            yield from self._ask_model(self.chat, parts)

    def understand(self, state: QuestionState) -> QuestionState:
        """Fill in the question without its conversation, or what to ask back."""
        understood, failure = self._read_question(state)
        return replace(
            state,
            standalone=understood.text,
            clarification=understood.clarification,
            model_failure=failure,
            retrieved=time.perf_counter(),
        )

    def correct_spelling(self, state: QuestionState) -> QuestionState:
        """Correct slips that the library's words show, and fill in whether it is an overview."""
        if not self.library.count_passages():
            raise LibraryEmptyError(self.library.path)
        spelled = correct_slips(state.standalone, self.library, word_ranks())
        return replace(
            state,
            standalone=spelled.text,
            overview=find_overview_request(spelled.text),
            unknown=spelled.unknown,
            remark=spelled.remark if spelled.changes else "",
        )

    def divide(self, state: QuestionState) -> tuple[QuestionState, ...]:
        """Return a state for each part of the question; a simple question is one part."""
        if state.overview is not None:
            return (replace(state, part=Part(state.standalone)),)
        parts = plan_question(state.standalone, whole=state.whole)
        return tuple(replace(state, part=part) for part in parts)

    def narrow(self, state: QuestionState) -> QuestionState:
        """Let a period or an outlet that the question names choose the articles."""
        if not may_name_filter(state.asked):
            return state
        found = find_filter(state.asked, self._holdings, state.without)
        if not found.only:
            return state
        only, by_day = found.only, found.is_of_publication
        period = Period(None, None) if by_day else Period(only.since, only.until)
        others = ", and what others say of that time," if period else ""
        searched = f"Only {describe_filter(found.only)}{others} were searched."
        return replace(
            state,
            only=narrow_filter(state.only, found.only),
            named=found.only,
            written_about=found.topic,
            period=period,
            searched=found.text,
            overview=find_overview_request(found.text),
            asked_of=state.only,
            remark=f"{state.remark} {searched}".strip(),
        )

    def widen(self, state: QuestionState) -> QuestionState:
        """Ask all articles after those that the question names had no answer."""
        named = describe_filter(state.named)
        return replace(
            state,
            only=state.asked_of,
            named=Filter(),
            period=Period(None, None),
            searched="",
            overview=find_overview_request(state.asked),
            remark=f"The {named} do not answer this, so all articles were searched.",
        )

    def retrieve(self, state: QuestionState) -> QuestionState:
        """Fill in what the ledger has, the passages that match best, or how new articles begin."""
        found = None
        if state.part is not None and state.part.wanted.is_in_ledger:
            found = answer_from_ledger(self.library, state.part, state.only)
        if found is not None:
            return replace(
                state,
                from_ledger=found,
                probability=float(bool(found.count)),
                remark=f"{state.remark} {found.remark}".strip(),
                retrieved=time.perf_counter(),
            )
        if state.overview is not None and not state.overview.topic:
            n_articles = max(self.settings.k, self._n_openings)
            hits, terms = self.library.latest(n_articles, only=state.only), None
        else:
            hits, terms = self._search(state.query, state.only, several=state.wants_several)
            if state.period:
                hits = self._find_in_period(state, hits)
        return replace(state, hits=hits, terms=terms, retrieved=time.perf_counter())

    def answer_part(self, state: QuestionState) -> QuestionState:
        """Fill in the evidence, of all articles if those that the question names have no answer."""
        check_time()
        state = self.gather_evidence(state)
        if state.is_refused and state.written_about:
            told = replace(state, overview=OverviewRequest(state.written_about))
            told = self.gather_evidence(self.retrieve(told))
            state = state if told.is_refused else told
        if state.is_refused and state.named:
            return self.gather_evidence(self.retrieve(self.widen(state)))
        return state

    def _find_in_period(self, state: QuestionState, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """Return passages about a period, also those of articles that look back or forward to it.

        Args:
            state: The question.
            hits: Passages of articles from the period.
        """
        anytime = replace(state.only, since=state.asked_of.since, until=state.asked_of.until)
        retriever = self.retriever.model_copy(update={"only": anytime, "k": PERIOD_HITS})
        found = unite_hits(keep_hits(retriever.find(state.query), state.period), hits)
        return keep_hits(found, state.period)

    def gather_evidence(self, state: QuestionState) -> QuestionState:
        """Fill in the evidence: that of an answer, or of an overview."""
        return self.gather_overview(self.choose(state))

    def choose(self, state: QuestionState) -> QuestionState:
        """Fill in the evidence, and the probability that it contains an answer."""
        if not state.hits or state.terms is None:
            return state
        chosen = choose_evidence(
            state.query,
            state.hits,
            state.terms,
            self.reader,
            several=state.wants_several,
            of_each=state.asks_each,
        )
        if state.period:
            chosen = replace(chosen, evidence=keep_evidence(chosen.evidence, state.period))
        extreme = find_extreme(state.asked)
        if extreme is not None:
            chosen = replace(chosen, evidence=put_extreme_first(chosen.evidence, extreme))
        return self._take_evidence(state, chosen)

    def gather_overview(self, state: QuestionState) -> QuestionState:
        """Make the evidence that of an overview, if one is asked for and the articles allow it."""
        request, terms = state.overview, state.terms
        if request is None or not state.hits:
            return state
        if terms is None:
            return self._open_newest(state)
        if request.names_articles and state.evidence and has_topic(state.hits, terms):
            state = replace(state, probability=1.0)
        if state.is_refused:
            return state
        n_articles = 1 if request.of_one else self._n_openings
        articles = find_articles(state.hits, terms, limit=n_articles)
        if request.names_articles:
            passages = first_passages(articles, self.library)
            sentences = find_openings(passages, limit=self._n_openings)
            return (
                _quote_all(state, sentences, describe_overview(sentences)) if sentences else state
            )
        sentences = find_best_sentences(state.evidence, articles)
        # A single article is quoted better in answer to the question.
        is_overview = len(sentences) > 1
        remark = describe_best_sentences(sentences)
        return _quote_all(state, sentences, remark) if is_overview else state

    def _find_span(self) -> tuple[date | None, date | None]:
        page = self.library.browse(limit=0)
        return page.earliest, page.latest

    def _has_author(self, name: str) -> bool:
        return self.library.browse(Filter(authors=(name,)), limit=0).total > 0

    def _open_newest(self, state: QuestionState) -> QuestionState:
        sentences = find_openings(state.hits, limit=self._n_openings)
        total = self.library.browse(state.only, limit=0).total
        remark = describe_overview(sentences, total)
        return _quote_all(replace(state, probability=1.0), sentences, remark)

    def _read_question(self, state: QuestionState) -> tuple[StandaloneQuestion, str]:
        """Return the question as understood, and why the chat model failed at it, if it did."""
        if self.chat is None or not state.history or self.chat.model.plain:
            return understand_question(state.question, state.history), ""
        from rag.asking.model_rewrite import rewrite_question
        from rag.chat.answerer import complete_text
        from rag.chat.calls import Deadline

        model = self.chat.model
        deadline = Deadline(REWRITE_SHARE * self.settings.deadline_seconds, stopped=state.stopped)
        try:
            understood = rewrite_question(
                state.question,
                state.history,
                lambda rules, text: complete_text(model, rules, text, deadline),
            )
        except ModelError as error:
            return understand_question(state.question, state.history), str(error)
        return understood, ""

    def _search(
        self, query: str, only: Filter, *, several: bool
    ) -> tuple[tuple[Hit, ...], QuestionTerms]:
        k = self.retriever.k * (SEVERAL_TIMES if several else 1)
        hits = self.retriever.model_copy(update={"only": only, "k": k}).find(query)
        terms = analyze_question(
            query,
            document_frequencies=self.library.document_frequencies(query_terms(query)),
            n_passages=self.library.count_passages(),
            word_ranks=word_ranks(),
        )
        return hits, terms

    def _take_evidence(self, state: QuestionState, chosen: ChosenEvidence) -> QuestionState:
        threshold = self.settings.refuse_below
        return replace(
            state,
            hits=chosen.hits,
            evidence=chosen.evidence,
            probability=chosen.probability,
            threshold=chosen.threshold if threshold is None else threshold,
            margin=chosen.margin,
            least=chosen.least,
        )

    def _ask_model(
        self, chat: ChatAnswerer, parts: Sequence[QuestionState]
    ) -> Generator[Answer, None, None]:
        from rag.chat.answerer import ChatReply

        state = unite_parts(parts)
        replies = chat.stream(
            state.standalone, state.evidence, self._deadline(state), embedder=self.library.embedder
        )
        reply = ChatReply()
        try:
            for reply in replies:
                if reply.claims and not reply.final:
                    yield self._finish(
                        [state], CitedClaims(reply.claims, reply.citations), reply=reply
                    )
        finally:
            replies.close()
        name = chat.model.plan.name
        if reply.claims:
            written = self._complete(state, CitedClaims(reply.claims, reply.citations))
            yield self._finish([state], written, notice=_describe_losses(name, reply), reply=reply)
        elif reply.failure:
            yield self._quote(parts, reply.failure, reply)
        elif not reply.cannot_answer:
            yield self._quote(parts, f"the articles support none of {name}'s statements", reply)
        elif state.overview_claims:
            yield self._quote(parts, f"{name} gives no overview", reply)
        elif chat.model.plain:
            yield self._quote(parts, f"the articles support none of {name}'s statements", reply)
        else:
            yield self._refuse(parts, f"{name} finds no answer in the passages.", reply)

    def _deadline(self, state: QuestionState) -> Deadline:
        from rag.chat.calls import Deadline

        return Deadline(
            self.settings.deadline_seconds, started=state.started, stopped=state.stopped
        )

    def _refuse(
        self, parts: Sequence[QuestionState], notice: str, reply: ChatReply | None = None
    ) -> Answer:
        state = unite_parts(parts)
        is_near = state.probability >= LEAST_NEAR
        nearest = quote_context(keep_named(state.evidence), is_near=is_near)
        notice = f"{notice} {suggest_words(state.unknown, self.library)}".strip()
        return self._finish(parts, nearest, refused=True, notice=notice, reply=reply)

    def _quote(
        self, parts: Sequence[QuestionState], failure: str = "", reply: ChatReply | None = None
    ) -> Answer:
        """Return an answer in the articles' own words; ``failure`` says why no model wrote it."""
        quoted: list[CitedClaims] = []
        for part in parts:
            quoted.append(self._quote_part(part, quoted))
        cited = join_parts(quoted)
        notice = f"{failure}; the articles are quoted instead." if failure else ""
        return replace(self._finish(parts, cited, notice=notice, reply=reply), model="")

    def _quote_part(self, state: QuestionState, earlier: Sequence[CitedClaims]) -> CitedClaims:
        if state.from_ledger is not None:
            return state.from_ledger.cited
        if state.is_refused:
            is_near = state.probability >= LEAST_NEAR
            nearest = quote_context(keep_named(state.evidence), is_near=True)
            return nearest if is_near else NO_CLAIMS
        quoted = quote_evidence(
            state.evidence,
            max_claims=self._most_claims(state),
            margin=state.margin,
            least=state.least,
        )
        quoted = leave_out_said(quoted, earlier)
        verified = verify_quotes(quoted.claims, quoted.citations, state.hits)
        quoted = replace(quoted, claims=verified)
        quoted = count_participants(state.asked, state.terms, quoted, state.evidence)
        return self._complete(state, quoted)

    def _most_claims(self, state: QuestionState) -> int:
        if state.overview_claims:
            return state.overview_claims
        most = self.settings.max_claims
        if state.wants_several:
            return SEVERAL_SHARE * most
        is_weighed = bool(state.evidence) and state.evidence[0].likelihood is not None
        return most if is_weighed else min(most, MOST_UNWEIGHED)

    def _complete(self, state: QuestionState, cited: CitedClaims) -> CitedClaims:
        """Return claims with what corrects, denies and contradicts them."""
        articles = tuple({hit.article.article_id: hit.article for hit in state.hits}.values())
        claims, citations = add_corrections(cited.claims, cited.citations, state.evidence, articles)
        claims, citations = add_denials(claims, citations, articles)
        claims, citations, conflicts = add_conflicts(
            claims, citations, state.evidence, state.asked, state.terms
        )
        return CitedClaims(claims, citations, conflicts)

    def _finish(
        self,
        parts: Sequence[QuestionState],
        cited: CitedClaims,
        *,
        refused: bool = False,
        notice: str = "",
        reply: ChatReply | None = None,
    ) -> Answer:
        """Return the answer to all parts, its citations numbered as they are read."""
        now = time.perf_counter()
        state = unite_parts(parts)
        cited = number_citations(cited)
        answering = {n for claim in cited.claims if not claim.context for n in claim.citations}
        sources = [citation for citation in cited.citations if citation.number in answering]
        as_of = find_as_of(state.standalone, sources, self._today())
        days = ""
        if state.named.since or state.named.until or asks_when(state.standalone):
            days = explain_days(cited.citations, {n for c in cited.claims for n in c.citations})
        cited_ids = {citation.article_id for citation in sources}
        written_in = [h.article.language for h in state.hits if h.article.article_id in cited_ids]
        asked_in = find_language(state.question)
        language = describe_languages(asked_in, self._encoder, written_in, refused=refused)
        notices = (state.remark, days, notice, language)
        answered = describe_parts(parts, cited, refused=refused)
        missing = tuple(part.heading for part in answered if part.answered is Answered.NO)
        return Answer(
            question=state.question,
            standalone_question=state.standalone,
            refused=refused,
            claims=cited.claims,
            citations=cited.citations,
            hits=state.hits[: self.settings.k],
            probability=state.probability,
            notice=" ".join(filter(None, notices)),
            clarification=state.clarification,
            conflicts=cited.conflicts,
            named_filter=state.named,
            as_of=None if refused else as_of,
            model=self.chat.model.plan.name if self.chat and reply and not refused else "",
            tokens=dict(reply.tokens) if reply else {},
            missing=missing if cited.claims or refused else (),
            parts=answered,
            refusal=self._word_refusal(state, refused=refused),
            seconds={
                "retrieve": state.retrieved - state.started,
                "answer": now - state.retrieved,
                **(reply.seconds if reply else {}),
                "total": now - state.started,
            },
        )

    def _word_refusal(self, state: QuestionState, *, refused: bool) -> str:
        """Return what is said of what is not answered; of articles only if they could be read."""
        if refused:
            asked = find_language(state.question)
            if line := describe_unknown_question(asked, self._encoder):
                return line
            if knows_no_word(state.question, self.library, word_ranks()):
                return UNKNOWN_WORDS
        given = state.asked_of if state.named else state.only
        return CHOSEN_REFUSAL if given else REFUSAL

    @property
    def _encoder(self) -> str:
        """The name of what made the vectors; empty if nothing did."""
        return self.library.encoder.name if self.library.encoder else ""


def _quote_all(state: QuestionState, sentences: tuple[Evidence, ...], remark: str) -> QuestionState:
    """Return a state in which all sentences of an overview, and no others, are quoted."""
    return replace(
        state,
        evidence=tuple(replace(sentence, likelihood=None) for sentence in sentences),
        margin=math.inf,
        overview_claims=len(sentences),
        remark=" ".join(filter(None, (state.remark, remark))),
    )


def _claim_by_claim(answer: Answer) -> Generator[Answer, None, None]:
    for n_claims in range(1, len(answer.claims)):
        growing = answer.claims[n_claims].part
        parts = tuple(
            replace(part, answered=Answered.PARTLY) if place >= growing else part
            for place, part in enumerate(answer.parts)
        )
        yield replace(answer, claims=answer.claims[:n_claims], parts=parts)
    yield answer


def _describe_losses(name: str, reply: ChatReply) -> str:
    """Return what a reader should know about an answer that omits some of what the model said."""
    if reply.failure:
        return f"{reply.failure}; the answer may be incomplete."
    if not reply.left_out:
        return ""
    count = len(reply.left_out)
    noun = "statement" if count == 1 else "statements"
    return f"{count} {noun} by {name} left out: not supported by the articles."
