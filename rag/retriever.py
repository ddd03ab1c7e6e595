"""The LangChain retriever over a ``Library``: the one that the assistant itself retrieves with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig, run_in_executor
from pydantic import ConfigDict

from index.library import Library
from index.types import Filter, Hit
from rag.tracing import tracing_off, without_tracers
from rag.types import copy_to_dict

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun


class LibraryRetriever(BaseRetriever):
    """Retrieves passages of a library for any LangChain chain.

    Attributes:
        library: An open library.
        k: Passages to return, at least 1.
        only: Which articles may be returned.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    k: int = 10
    only: Filter = Filter()

    def find(self, query: str) -> tuple[Hit, ...]:
        """Return the best passages for a query as hits, best first.

        Raises:
            ValueError: If the query is blank.
        """
        return self.library.search(query, self.k, only=self.only)

    def invoke(
        self,
        input: str,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's
    ) -> list[Document]:
        """Return the best passages for a query as documents, best first; nothing is traced."""
        config = without_tracers(config)
        with tracing_off():
            return super().invoke(input, config, **kwargs)

    async def ainvoke(
        self,
        input: str,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's
    ) -> list[Document]:
        """Do as ``invoke`` does, in another thread."""
        return await run_in_executor(None, self.invoke, input, config, **kwargs)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [to_document(hit) for hit in self.find(query)]


def to_document(hit: Hit) -> Document:
    """Return a hit as a LangChain document: the passage, with its origin as metadata."""
    article = hit.article
    return Document(
        page_content=hit.passage.text,
        metadata={
            "article_id": article.article_id,
            "title": article.title,
            "outlet": article.outlet,
            "source": article.source,
            "published": article.published.isoformat() if article.published else None,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "score": hit.score,
            "copies": [copy_to_dict(copy) for copy in hit.copies],
        },
    )
