"""What programs can ask the chat's server for: ``search``, ``ask`` and ``read_article``.

The same three functions stand behind Gradio's API (here) and ``ui.web.api.tool_server``.
Results have the shape that the command line prints with ``--json``. Article text in them is data
from outside: a program that passes it to a language model has to treat it as such.

Annotations are evaluated here: Gradio reads the types of the endpoints from them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict

from index.errors import OnRecordError
from index.types import Filter
from rag.asking.question import check_question
from rag.errors import QuestionError
from rag.types import Answer, Turn, hit_to_dict
from ui.places import hide_folders, hide_folders_in, hide_paths
from ui.web.access.login import turn_key
from ui.web.access.queue import AnswerQueue

if TYPE_CHECKING:
    from rag.assistant import Assistant

MAX_PASSAGES = 50
MAX_TURNS = 40
MAX_TURN_CHARS = 20_000
MAX_SOURCES = 50
MAX_SOURCE_CHARS = 500
MAX_ARTICLE_CHARS = 500_000
ARTICLE_CHARS = 50_000


class SearchResult(TypedDict):
    """What ``search`` returns.

    Attributes:
        query: As it was given.
        passages: Best first; each with ``article_id``, ``title``, ``outlet``, ``source``,
            ``published`` (ISO date or None), ``start`` and ``end`` (code points in the article's
            text), ``score``, ``text`` and ``copies``.
    """

    query: str
    passages: list[dict[str, Any]]


class ArticleResult(TypedDict):
    """What ``read_article`` returns.

    Attributes:
        article_id: The article.
        title: Its title.
        outlet: Its outlet; empty where unknown.
        source: File name or URL.
        published: ISO date, or None.
        characters: Length of the whole text, in code points.
        start: First code point of ``text`` in the article.
        end: One past the last.
        text: That part of the article.
    """

    article_id: str
    title: str
    outlet: str
    source: str
    published: str | None
    characters: int
    start: int
    end: int
    text: str


class ArticleTools:
    """The three things that a program can do with a library.

    Args:
        open_assistant: Gives the assistant, once there is a library; raises an
            ``OnRecordError`` until then.
        queue: Where questions wait for their turn.
    """

    def __init__(self, open_assistant: Callable[[], "Assistant"], queue: AnswerQueue) -> None:
        self._open_assistant = open_assistant
        self._queue = queue

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        sources: Sequence[str] = (),
        since: str = "",
        until: str = "",
        owner: str = "",
    ) -> SearchResult:
        """Return the passages nearest to a query.

        Args:
            query: Words or a question, at most 2,000 characters.
            k: How many passages, 1 to 50.
            sources: Only these outlets or sources; all when empty.
            since: Only articles of this day (``2024-10-21``) or later; empty for all.
            until: Only articles of this day or earlier; empty for all.
            owner: Who asks.

        Raises:
            OnRecordError: If the query or a filter cannot be used, there is no library, or the
                server is busy.
        """
        query = check_question(str(query))
        only = _read_filter(sources, since, until)
        k = _read_number("k", k, 1, MAX_PASSAGES)
        with self._queue.turn(owner):
            hits = self._open_assistant().library.search(query, k, only=only)
        passages = [hide_folders_in(hit_to_dict(hit)) for hit in hits]
        return {"query": query, "passages": passages}

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Mapping[str, str]] = (),
        sources: Sequence[str] = (),
        since: str = "",
        until: str = "",
        owner: str = "",
    ) -> dict[str, Any]:
        """Return the answer to a question as ``onrecord ask --json`` prints it.

        Only files are named without the folders of the server's disk.

        Args:
            question: At most 2,000 characters.
            history: Earlier turns, oldest first, each with ``role`` (``user`` or ``assistant``) and
                ``text``; at most 40.
            sources: Only these outlets or sources; all when empty.
            since: Only articles of this day (``2024-10-21``) or later; empty for all.
            until: Only articles of this day or earlier; empty for all.
            owner: Who asks.

        Raises:
            OnRecordError: If the question, its history or a filter cannot be used, there is no
                library, or the server is busy.
        """
        question = check_question(str(question))
        turns = _read_history(history)
        only = _read_filter(sources, since, until)
        with self._queue.turn(owner):
            answer: Answer = self._open_assistant().ask(question, turns, only=only)
        return hide_folders_in(answer.to_dict(), "citations", "passages")

    def read_article(
        self, article_id: str, *, start: int = 0, max_characters: int = ARTICLE_CHARS
    ) -> ArticleResult:
        """Return an article, or a part of a long one.

        Args:
            article_id: As a citation or a passage names it.
            start: First code point, at least 0.
            max_characters: Length of the part, 1 to 500,000.

        Raises:
            OnRecordError: If there is no such article, no library, or a number is out of range.
        """
        start = _read_number("start", start, 0, 2**31)
        length = _read_number("max_characters", max_characters, 1, MAX_ARTICLE_CHARS)
        article = self._open_assistant().library.get(str(article_id))
        text = article.text[start : start + length]
        return {
            "article_id": article.article_id,
            "title": article.title,
            "outlet": article.outlet,
            "source": hide_folders(article.source),
            "published": article.published.isoformat() if article.published else None,
            "characters": len(article.text),
            "start": min(start, len(article.text)),
            "end": min(start, len(article.text)) + len(text),
            "text": text,
        }


def add_endpoints(tools: ArticleTools) -> None:
    """Add ``/search``, ``/ask`` and ``/read_article`` to the Gradio application being built.

    Call it inside ``with gr.Blocks():``, before any event. What goes wrong reaches the caller as
    one line.

    Raises:
        ValueError: If an event of the page has one of the names already.
    """
    import gradio as gr
    from gradio.context import Context
    from gradio.events import api

    def search(
        query: str,
        k: int = 10,
        sources: list[str] | None = None,
        since: str = "",
        until: str = "",
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        with _one_line_errors():
            found = tools.search(
                query,
                k=k,
                sources=sources or (),
                since=since,
                until=until,
                owner=turn_key(request),
            )
        return dict(found)

    def ask(
        question: str,
        history: list[dict[str, str]] | None = None,
        sources: list[str] | None = None,
        since: str = "",
        until: str = "",
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        with _one_line_errors():
            return tools.ask(
                question,
                history=history or (),
                sources=sources or (),
                since=since,
                until=until,
                owner=turn_key(request),
            )

    def read_article(
        article_id: str, start: int = 0, max_characters: int = ARTICLE_CHARS
    ) -> dict[str, Any]:
        with _one_line_errors():
            return dict(tools.read_article(article_id, start=start, max_characters=max_characters))

    for function, description in (
        (search, "Find the passages nearest to a query, best first."),
        (ask, "Answer a question from the articles, with citations, or say that they do not."),
        (read_article, "Read an article, or a part of a long one."),
    ):
        # Waiting is the queue's affair, ours, which is fair; Gradio's would be first come.
        api(
            function,
            api_name=function.__name__,
            api_description=description,
            concurrency_limit=None,
        )
        blocks = Context.root_block
        if blocks is None or blocks.fns[max(blocks.fns)].api_name != function.__name__:
            raise ValueError(f"'/{function.__name__}' is the name of an event already")


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Turn our errors into those that Gradio passes on; others stay unsaid."""
    import gradio as gr

    try:
        yield
    except OnRecordError as error:
        raise gr.Error(hide_paths(str(error)), print_exception=False) from None


def _read_number(name: str, value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise QuestionError(f"{name} must be a whole number from {least:,} to {most:,}")
    return value


def _read_date(name: str, text: object) -> date | None:
    if text is None or text == "":
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise QuestionError(f"{name} is not a date; write it as 2024-10-21") from None


def _read_filter(sources: object, since: object, until: object) -> Filter:
    if (
        not isinstance(sources, list | tuple)
        or len(sources) > MAX_SOURCES
        or not all(isinstance(s, str) and len(s) <= MAX_SOURCE_CHARS for s in sources)
    ):
        raise QuestionError(f"sources must be a list of at most {MAX_SOURCES} names")
    first, last = _read_date("since", since), _read_date("until", until)
    if first and last and first > last:
        raise QuestionError(f"since {first} is later than until {last}; swap them")
    return Filter(sources=tuple(sources), since=first, until=last)


def _read_history(history: object) -> list[Turn]:
    if not isinstance(history, list | tuple) or len(history) > MAX_TURNS:
        raise QuestionError(f"a history is a list of at most {MAX_TURNS} turns")
    turns = []
    for turn in history:
        role, text = (
            (turn.get("role"), turn.get("text")) if isinstance(turn, Mapping) else (None, None)
        )
        if role not in {"user", "assistant"} or not isinstance(text, str):
            raise QuestionError(
                'a turn of the history is {"role": "user" or "assistant", "text": "…"}'
            )
        if len(text) > MAX_TURN_CHARS:
            raise QuestionError(f"a turn of the history has at most {MAX_TURN_CHARS:,} characters")
        turns.append(Turn(str(role), text))
    return turns
