"""``Catalogue``: everything that can be read from a library: articles, counts, searches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from index.curation.versions import choose_version, find_changes
from index.ledger.catalogue import LedgerCatalogue
from index.open_library import find_article
from index.record.browse import (
    Page,
    Period,
    Tally,
    browse_articles,
    check_page,
    tally_articles,
)
from index.record.edits import find_edits, find_name_decisions
from index.record.removals import find_removals
from index.record.stories import count_ungrouped
from index.record.tokens import find_resembling, find_written
from index.record.versions import find_former, find_versions
from index.searching.newest_stories import find_latest
from index.searching.search import search_passages
from index.stories.stories import find_stories, find_story
from index.types import Article, EncoderIdentity, Filter, Hit, Passage, Sentence

if TYPE_CHECKING:
    from index.curation.versions import Changes
    from index.open_library import OpenLibrary
    from index.record.edits import Edit, NameDecision
    from index.record.removals import Removal
    from index.record.rows import ArticleSummary, Generation, LibraryStatistics
    from index.record.versions import ArticleVersion
    from index.stories.stories import Story

_NO_FILTER = Filter()


class Catalogue(LedgerCatalogue):
    """The part of ``Library`` that only reads.

    Of the methods that are given an article's id, ``edits`` and ``find_version`` find nothing for
    an unknown one, and the others raise ``ArticleNotFoundError``.

    Args:
        opened: The open library.
    """

    def __init__(self, opened: OpenLibrary) -> None:
        super().__init__(opened.ledger)
        self._opened = opened
        self._outlets: tuple[Generation, list[tuple[str, int]]] | None = None

    @property
    def encoder(self) -> EncoderIdentity | None:
        """The encoder that made the vectors; None if nothing has been added yet."""
        return self._opened.encoders.identity

    def removals(self) -> tuple[Removal, ...]:
        """Return the removals that ``restore`` can undo, the newest first."""
        with self._opened.database.reading() as reader:
            return find_removals(reader)

    def get(self, article_id: str) -> Article:
        """Return an article."""
        with self._opened.database.reading() as reader:
            return find_article(self._opened.path, reader.article, article_id)

    def articles(self, only: Filter = _NO_FILTER) -> Iterator[ArticleSummary]:
        """Yield all articles, without their text, in the order in which they were added.

        Args:
            only: What they must satisfy.
        """
        with self._opened.database.reading() as reader:
            yield from reader.summaries(only)

    def browse(
        self, only: Filter = _NO_FILTER, words: str = "", *, offset: int = 0, limit: int = 50
    ) -> Page:
        """Return a page of the articles, the newest first; see ``index.record.browse``.

        Args:
            only: What they must satisfy.
            words: Words that title or text must contain; blank for all.
            offset: How many to skip.
            limit: How many to return at most.

        Raises:
            ValueError: If ``offset`` or ``limit`` is negative.
        """
        check_page(offset, limit)
        with self._opened.database.reading() as reader:
            return browse_articles(reader, only, words, offset=offset, limit=limit)

    def tally(self, only: Filter = _NO_FILTER, words: str = "", *, period: Period) -> list[Tally]:
        """Count the articles by outlet and period; see ``browse`` for what is counted."""
        with self._opened.database.reading() as reader:
            return tally_articles(reader, only, words, period=period)

    def outlets(self) -> list[tuple[str, int]]:
        """Return the outlets and how many articles each has, the largest first."""
        with self._opened.database.reading() as reader:
            generation = reader.generation()
            # Every question that may name an outlet asks for them; counting reads all articles.
            if self._outlets is None or self._outlets[0] != generation:
                self._outlets = generation, reader.outlets()
            return list(self._outlets[1])

    def languages(self) -> list[tuple[str, int]]:
        """Return the languages and how many articles each has, the largest first."""
        with self._opened.database.reading() as reader:
            return reader.languages()

    def edits(self, article_id: str) -> tuple[Edit, ...]:
        """Return the edits of an article that ``undo_edit`` can undo, the newest last."""
        with self._opened.database.reading() as reader:
            return find_edits(reader, article_id)

    def name_decisions(self) -> tuple[NameDecision, ...]:
        """Return what people decided about which names are one, the newest last."""
        with self._opened.database.reading() as reader:
            return find_name_decisions(reader)

    def versions(self, article_id: str) -> tuple[ArticleVersion, ...]:
        """Return the versions of an article, the oldest first; the last one is used in answers."""
        with self._opened.database.reading() as reader:
            article = find_article(self._opened.path, reader.article, article_id)
            return find_versions(reader, article)

    def version(self, article_id: str, number: int) -> ArticleVersion:
        """Return one version of an article.

        Raises:
            VersionNotFoundError: If it has no version with that number.
        """
        return choose_version(self._opened.path, self.versions(article_id), article_id, number)

    def find_version(self, former_id: str) -> ArticleVersion | None:
        """Return the version that was once the article with an id, or None.

        Its ``current_id`` is the id of the article that answers use now.
        """
        with self._opened.database.reading() as reader:
            return find_former(reader, former_id)

    def changes(
        self, article_id: str, older: int | None = None, newer: int | None = None
    ) -> Changes:
        """Return what changed from one version of an article to another, sentence by sentence.

        Args:
            article_id: The article.
            older: Number of a version; the one before ``newer`` if None.
            newer: Number of another; the latest if None.

        Raises:
            VersionNotFoundError: If it has no such version.
        """
        versions = self.versions(article_id)
        return find_changes(self._opened.path, versions, article_id, older, newer)

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        """Return the passages of an article, in order."""
        with self._opened.database.reading() as reader:
            return reader.passages(find_article(self._opened.path, reader.article, article_id))

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        """Return the sentences of an article, in order, each once."""
        found = {s.start: s for passage in self.passages(article_id) for s in passage.sentences}
        return tuple(found.values())

    def search(self, query: str, k: int = 10, *, only: Filter = _NO_FILTER) -> tuple[Hit, ...]:
        """Return the passages most relevant to a question, best first.

        Candidates come from the vectors and from full-text search; near-identical passages of
        other articles are folded into the best of them.

        Args:
            query: The question, not blank.
            k: How many passages, at least 1.
            only: What their articles must satisfy; applied before ranking.

        Returns:
            At most ``k`` hits, all from one state of the library, whatever is added meanwhile.

        Raises:
            EncoderError: If the encoder cannot be loaded, or is not the library's.
            TypeError: If ``query`` is not a string.
            ValueError: If ``query`` is blank or ``k`` is less than 1.
        """
        if not isinstance(query, str):
            raise TypeError(f"the query is a string, not {type(query).__name__}")
        if not query.strip():
            raise ValueError("the query is blank")
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        text = query.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be stored
        with self._opened.database.reading() as reader:
            structure = self._opened.vector_cache.get_structure(reader)
            active = reader.encoder()
            if structure is None or active is None or not structure.size:
                return ()
            encoder_id, identity = active
            vector = self._opened.encoders.embed_query(identity, text)
            words = self._opened.find_words(reader, structure)
            return search_passages(
                reader, words, structure, encoder_id, text, vector, k=k, only=only
            )

    def latest(self, k: int = 10, *, only: Filter = _NO_FILTER) -> tuple[Hit, ...]:
        """Return the first passages of the newest articles, each story once.

        Args:
            k: How many passages, at least 1.
            only: What their articles must satisfy.

        Raises:
            ValueError: If ``k`` is less than 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        with self._opened.database.reading() as reader:
            return find_latest(reader, only, k=k)

    def story(self, article_id: str) -> Story | None:
        """Return the story of an article: it and its copies, exact and near.

        Returns:
            The story; None if no other article of the library is a copy of it.
        """
        with self._opened.database.reading() as reader:
            find_article(self._opened.path, reader.article_state, article_id)
            return find_story(reader, article_id)

    def stories(self) -> tuple[Story, ...]:
        """Return the stories of two or more articles, the latest first."""
        with self._opened.database.reading() as reader:
            return find_stories(reader)

    def count_uncompared(self) -> int:
        """Return how many articles an older program added without comparing them with others."""
        with self._opened.database.reading() as reader:
            return count_ungrouped(reader)

    def document_frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """Return how many passages contain each term, or an inflection of it."""
        with self._opened.database.reading() as reader:
            return self._opened.find_words(reader).document_frequencies(list(terms))

    def find_written(self, words: Collection[str]) -> Counter[str]:
        """Return which of some words the articles contain; see ``index.record.tokens``."""
        with self._opened.database.reading() as reader:
            return find_written(reader, words)

    def find_resembling(
        self, beginning: str, is_like: Callable[[str], bool], accepts: Callable[[str], bool]
    ) -> Counter[str]:
        """Return words that share a beginning; see ``index.record.tokens``."""
        with self._opened.database.reading() as reader:
            return find_resembling(reader, beginning, is_like, accepts)

    def count_passages(self) -> int:
        """Return how many passages there are; quicker than ``statistics``."""
        with self._opened.database.reading() as reader:
            return reader.count_passages()

    def statistics(self) -> LibraryStatistics:
        """Return counts of what the library holds."""
        with self._opened.database.reading() as reader:
            return reader.statistics()
