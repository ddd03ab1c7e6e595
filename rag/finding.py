"""A question -> the passages found for it, and what of them an answer can be made of."""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import LibraryEmptyError
from index.language.words import word_ranks
from index.library import Library
from index.searching.search import query_terms
from index.types import Filter, Hit
from rag.answering.overview import (
    describe_overview,
    describe_sayings,
    find_articles,
    find_best,
    find_leads,
    open_articles,
)
from rag.asking.overview_request import OverviewRequest
from rag.asking.terms import QuestionTerms, analyze_question
from rag.evidence.choice import EVIDENCE_HITS, Choice, choose
from rag.evidence.readings import Reader
from rag.evidence.seats import has_speaker, name_nation
from rag.settings import Settings
from rag.types import Evidence

OVERVIEW_SHARE = 2
"""How many times as many sentences as an answer an overview may have."""


@dataclass(frozen=True, slots=True)
class Found:
    """Passages that were found for a question.

    Attributes:
        hits: Best first; none where no article passes the filter.
        terms: What the question asks for; None where nothing was looked for.
    """

    hits: tuple[Hit, ...]
    terms: QuestionTerms | None = None


class Finder:
    """Finds what a library has on a question.

    Args:
        library: What is asked.
        reader: Reads the first passages; None to go by vectors and words alone.
        settings: How many passages and sentences there may be.
    """

    def __init__(self, library: Library, reader: Reader | None, settings: Settings) -> None:
        self._library = library
        self._reader = reader
        self._settings = settings
        self._n_leads = OVERVIEW_SHARE * settings.max_claims

    def check_library(self) -> None:
        """Refuse to look for anything in an empty library.

        Raises:
            LibraryEmptyError: If there is nothing to ask about.
        """
        if not self._library.count_passages():
            raise LibraryEmptyError(self._library.path)

    def find_passages(self, question: str, only: Filter) -> Found:
        """Return the passages that speak most to a question.

        Args:
            question: Standing alone.
            only: Which articles may be used.
        """
        hits = self._library.search(question, max(self._settings.k, EVIDENCE_HITS), only=only)
        terms = analyze_question(
            question,
            document_frequencies=self._library.document_frequencies(query_terms(question)),
            n_passages=self._library.count_passages(),
            word_ranks=word_ranks(),
        )
        return Found(hits, terms)

    def find_newest(self, only: Filter) -> Found:
        """Return how the newest articles begin."""
        return Found(self._library.latest(max(self._settings.k, self._n_leads), only=only))

    def choose(
        self, question: str, hits: tuple[Hit, ...], terms: QuestionTerms, only: Filter
    ) -> Choice:
        """Return what an answer can be made of, as ``rag.evidence.choice.choose`` does.

        Where a seat of government is asked for its words and nobody of its nation speaks, the
        nation is looked for by its name.
        """
        chosen = choose(question, hits, terms, self._reader)
        by_name = name_nation(question, terms.speaker)
        if not by_name or has_speaker(chosen.evidence[: self._settings.max_claims]):
            return chosen
        found = self.find_passages(by_name, only)
        if found.terms is None or not found.hits:
            return chosen
        other = choose(by_name, found.hits, found.terms, self._reader)
        return other if has_speaker(other.evidence[: self._settings.max_claims]) else chosen

    def lead_newest(self, hits: tuple[Hit, ...], only: Filter) -> tuple[tuple[Evidence, ...], str]:
        """Return the sentences of an overview of the whole library, and what they are in words.

        Args:
            hits: From ``find_newest``.
            only: Which articles may be used.
        """
        leads = find_leads(hits, limit=self._n_leads)
        return leads, describe_overview(leads, self._library.browse(only, limit=0).total)

    def lead_found(
        self, request: OverviewRequest, chosen: Choice, terms: QuestionTerms
    ) -> tuple[tuple[Evidence, ...], str]:
        """Return the sentences of an overview of a topic, and what they are in words.

        Args:
            request: What is asked for.
            chosen: What was found for the topic.
            terms: Those of the topic.

        Returns:
            How the articles on it begin, or the best sentence of each where what is said of it is
            asked for; nothing where that is one article only, which an answer quotes better.
        """
        articles = find_articles(chosen.hits, terms, limit=1 if request.of_one else self._n_leads)
        if not request.names_articles:
            best = find_best(chosen.evidence, articles)
            return (best, describe_sayings(best)) if len(best) > 1 else ((), "")
        leads = find_leads(open_articles(articles, self._library), limit=self._n_leads)
        return leads, describe_overview(leads)
