"""What programs can ask the chat's server for, one table for all ways in.

Gradio's HTTP API (``endpoints``), the tools of the Model Context Protocol (``tool_server``) and the
table in ``docs/serving.md`` are made from ``TOOLS``. To add a tool, write a model of its parameters
and a function, and add a line there.

Results have the shape that the command line prints with ``--json``. Article text in them comes from
outside: a program that passes it to a language model has to treat it as data.
"""

# Annotations are evaluated here: pydantic and both protocols read types from them.

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypedDict

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.time_limit import limit_time
from index.types import Filter
from rag.answering.comparison import compare as compare_topic
from rag.answering.timeline import find_entry_corrections
from rag.asking.plan import read_counted
from rag.asking.question import check_question
from rag.drafts.check import check_draft as check_against
from rag.errors import QuestionError
from rag.settings import MAX_QUESTION_CHARS
from rag.types import Turn, hit_to_dict
from ui.draft_report import draft_fields
from ui.ledger_fields import (
    comparison_fields,
    count_fields,
    page_fields,
    people_fields,
    timeline_fields,
)
from ui.messages import describe_error
from ui.places import hide_commands, hide_folders, hide_folders_in, hide_paths
from ui.web.access.queue import MAX_TURN_SECONDS, AnswerQueue

if TYPE_CHECKING:
    from rag.assistant import Assistant

MAX_PASSAGES = 50
MAX_TURNS = 40
MAX_TURN_CHARS = 20_000
MAX_SOURCES = 50
MAX_SOURCE_CHARS = 500
MAX_ROWS = 1_000
MAX_DRAFT_CHARS = 20_000
MAX_ARTICLE_CHARS = 500_000
ARTICLE_CHARS = 50_000


class ToolContext(NamedTuple):
    """What a tool works with.

    Attributes:
        open_assistant: Gives the assistant; raises an ``OnRecordError`` until there is a library.
        queue: Where questions wait for their turn.
        owner: Who asks.
    """

    open_assistant: "Callable[[], Assistant]"
    queue: AnswerQueue
    owner: str = ""


def describe_to_client(error: Exception) -> str:
    """Return an error as one line for a program elsewhere: no commands and no folders of ours."""
    return hide_paths(hide_commands(describe_error(error)))


class Parameters(BaseModel):
    """The parameters of a tool: strict types, and no others than these."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Sources = Annotated[
    list[Annotated[str, Field(max_length=MAX_SOURCE_CHARS)]] | None,
    Field(max_length=MAX_SOURCES, description="Only these outlets or sources."),
]
Since = Annotated[str, Field(description="Only articles of this day (2024-10-21) or later.")]
Until = Annotated[str, Field(description="Only articles of this day or earlier.")]


class SearchParameters(Parameters):
    """Parameters of ``search``."""

    query: Annotated[str, Field(max_length=MAX_QUESTION_CHARS, description="Words or a question.")]
    k: Annotated[int, Field(ge=1, le=MAX_PASSAGES, description="How many passages.")] = 10
    sources: Sources = None
    since: Since = ""
    until: Until = ""


class HistoryTurn(Parameters):
    """An earlier turn of a conversation."""

    role: Literal["user", "assistant"]
    text: Annotated[str, Field(max_length=MAX_TURN_CHARS)]


class AskParameters(Parameters):
    """Parameters of ``ask``."""

    question: Annotated[str, Field(max_length=MAX_QUESTION_CHARS, description="The question.")]
    history: Annotated[
        list[HistoryTurn] | None,
        Field(
            max_length=MAX_TURNS,
            description='Earlier turns: {"role": "user" or "assistant", "text": "…"}.',
        ),
    ] = None
    sources: Sources = None
    since: Since = ""
    until: Until = ""
    whole: Annotated[
        bool,
        Field(description="Answer a question in several parts as one, not part by part."),
    ] = False


class ReadArticleParameters(Parameters):
    """Parameters of ``read_article``."""

    article_id: Annotated[str, Field(description="As a citation or a passage names it.")]
    start: Annotated[int, Field(ge=0, le=2**31, description="First character.")] = 0
    max_characters: Annotated[
        int, Field(ge=1, le=MAX_ARTICLE_CHARS, description="Length of the part.")
    ] = ARTICLE_CHARS


Limit = Annotated[int, Field(ge=0, le=MAX_ROWS, description="How many at most.")]
Offset = Annotated[int, Field(ge=0, le=2**31, description="How many to skip.")]


class FilteredParameters(Parameters):
    """Parameters of what goes through all articles that pass a filter."""

    sources: Sources = None
    since: Since = ""
    until: Until = ""


class SaidParameters(FilteredParameters):
    """Parameters of ``said``."""

    by: Annotated[
        str, Field(max_length=MAX_SOURCE_CHARS, description="Who speaks, in any spelling.")
    ] = ""
    about: Annotated[
        str, Field(max_length=MAX_QUESTION_CHARS, description="Words of what is said.")
    ] = ""
    stance: Annotated[
        Literal[
            "",
            "asserts",
            "denies",
            "confirms",
            "accuses",
            "promises",
            "demands",
            "asks",
            "declines",
            "corrects",
            "believes",
        ],
        Field(description="What the words are to the speaker."),
    ] = ""
    limit: Limit = 50
    offset: Offset = 0


class PeopleParameters(FilteredParameters):
    """Parameters of ``people``."""

    name: Annotated[
        str, Field(max_length=MAX_SOURCE_CHARS, description="A name in any spelling.")
    ] = ""
    kind: Annotated[
        Literal["person", "organisation", "place"], Field(description="What to list.")
    ] = "person"
    limit: Limit = 50
    offset: Offset = 0


class TimelineParameters(FilteredParameters):
    """Parameters of ``timeline``."""

    topic: Annotated[str, Field(max_length=MAX_QUESTION_CHARS, description="Words for it.")] = ""
    limit: Limit = 100
    offset: Offset = 0


class CountParameters(FilteredParameters):
    """Parameters of ``count``."""

    words: Annotated[
        str,
        Field(
            max_length=MAX_QUESTION_CHARS, description="A name, words, or 'how many articles …?'."
        ),
    ]
    limit: Limit = 50
    offset: Offset = 0


class CompareParameters(FilteredParameters):
    """Parameters of ``compare``."""

    topic: Annotated[str, Field(max_length=MAX_QUESTION_CHARS, description="Words for it.")]


class CheckDraftParameters(FilteredParameters):
    """Parameters of ``check_draft``."""

    text: Annotated[
        str, Field(max_length=MAX_DRAFT_CHARS, description="The draft; a line is a paragraph.")
    ]
    title: Annotated[str, Field(max_length=MAX_SOURCE_CHARS, description="Its title.")] = ""


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
        outlet: Its outlet; empty if unknown.
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


def search(context: ToolContext, given: SearchParameters) -> SearchResult:
    """Find the passages nearest to a query, best first."""
    query, only = check_question(given.query), _to_filter(given)
    with context.queue.turn(context.owner):
        hits = context.open_assistant().library.search(query, given.k, only=only)
    passages = [hide_folders_in(hit_to_dict(hit)) for hit in hits]
    return {"query": query, "passages": passages}


def ask(context: ToolContext, given: AskParameters) -> dict[str, Any]:
    """Answer a question from the articles, with citations, or say that they do not answer it.

    A question in several parts is answered part by part. Claims with ``context`` set are about what
    was asked and do not answer it.
    """
    question, only = check_question(given.question), _to_filter(given)
    turns = [Turn(turn.role, turn.text) for turn in given.history or ()]
    with context.queue.turn(context.owner):
        answer = context.open_assistant().ask(question, turns, only=only, whole=given.whole)
    shown = replace(
        answer, refusal=hide_commands(answer.refusal), notice=hide_commands(answer.notice)
    )
    return hide_folders_in(shown.to_dict(), "citations", "passages")


def read_article(context: ToolContext, given: ReadArticleParameters) -> ArticleResult:
    """Read an article, or a part of a long one."""
    article = context.open_assistant().library.get(given.article_id)
    text = article.text[given.start : given.start + given.max_characters]
    start = min(given.start, len(article.text))
    return {
        "article_id": article.article_id,
        "title": article.title,
        "outlet": article.outlet,
        "source": hide_folders(article.source),
        "published": article.published.isoformat() if article.published else None,
        "characters": len(article.text),
        "start": start,
        "end": start + len(text),
        "text": text,
    }


def said(context: ToolContext, given: SaidParameters) -> dict[str, Any]:
    """List who said what in the articles, the newest first, each statement once and cited.

    English is read; ``unread`` counts articles in other languages.
    """
    only = _to_filter(given)
    with context.queue.turn(context.owner):
        page = context.open_assistant().library.statements(
            by=given.by,
            about=given.about,
            stance=given.stance or None,
            only=only,
            limit=given.limit,
            offset=given.offset,
        )
    return page_fields(page, offset=given.offset)


def people(context: ToolContext, given: PeopleParameters) -> dict[str, Any]:
    """List whom the articles name, spellings joined, or those of a name with their offices."""
    only = _to_filter(given)
    kind = "" if given.name and given.kind == "person" else given.kind
    with context.queue.turn(context.owner):
        library = context.open_assistant().library
        page = library.people(
            given.name, kind=kind, only=only, limit=given.limit, offset=given.offset
        )
        roles = {e.key: library.roles(e.key) for e in page.entities} if given.name else {}
    return people_fields(page, roles, offset=given.offset)


def timeline(context: ToolContext, given: TimelineParameters) -> dict[str, Any]:
    """List sentences by the days that they name, the earliest first, corrections marked."""
    only = _to_filter(given)
    with context.queue.turn(context.owner):
        library = context.open_assistant().library
        page = library.timeline(given.topic, only=only, limit=given.limit, offset=given.offset)
        corrections = find_entry_corrections(library, page.entries) if given.topic else {}
    return timeline_fields(page, corrections, offset=given.offset)


def count(context: ToolContext, given: CountParameters) -> dict[str, Any]:
    """Count the articles, stories and outlets that mention something; every article is read."""
    words, only = read_counted(check_question(given.words)), _to_filter(given)
    with context.queue.turn(context.owner):
        found = context.open_assistant().library.count(
            words, only=only, limit=given.limit, offset=given.offset
        )
    return count_fields(found, offset=given.offset)


def compare(context: ToolContext, given: CompareParameters) -> dict[str, Any]:
    """Show who asserts, denies or has not confirmed something, and which figures are given."""
    topic, only = check_question(given.topic), _to_filter(given)
    with context.queue.turn(context.owner):
        found = compare_topic(context.open_assistant().library, topic, only)
    return comparison_fields(found)


def check_draft(context: ToolContext, given: CheckDraftParameters) -> dict[str, Any]:
    """Check a draft sentence by sentence: supported, contradicted, outdated, or without a source.

    Each sentence comes with the nearest passages, and quotations are compared word for word. A
    longer draft than the limit is checked in parts.
    """
    only = _to_filter(given)
    if not given.text.strip():
        raise QuestionError("the draft is empty")
    with (
        context.queue.turn(context.owner),
        limit_time(MAX_TURN_SECONDS, since=time.monotonic()),
    ):
        library = context.open_assistant().library
        found = check_against(library, given.text, title=given.title, only=only)
    return draft_fields(found)


class Tool(NamedTuple):
    """A tool.

    Attributes:
        run: Carries it out; its name and docstring are the tool's.
        parameters: What it takes.
        result: What it returns, in words, for the documentation.
    """

    run: Callable[[ToolContext, Any], Mapping[str, Any]]
    parameters: type[Parameters]
    result: str

    @property
    def name(self) -> str:
        """Its name in every interface."""
        return self.run.__name__

    @property
    def description(self) -> str:
        """What it does; the first line says it in short."""
        return inspect.getdoc(self.run) or ""

    @property
    def result_type(self) -> Any:  # noqa: ANN401 - a type, of which both protocols make a schema
        """The type of what it returns."""
        return inspect.signature(self.run).return_annotation

    def signature(self, *special: inspect.Parameter) -> inspect.Signature:
        """Return the signature of a function that takes the parameters by name.

        Args:
            special: Parameters that a protocol adds; they come last.
        """
        # A parameter of the tool's own comes before those that it shares with others.
        annotations = {
            name: annotation
            for model in self.parameters.__mro__
            if issubclass(model, Parameters)
            for name, annotation in inspect.get_annotations(model).items()
            if name in self.parameters.model_fields
        }
        taken = [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if field.is_required() else field.default,
                annotation=annotations[name],
            )
            for name in annotations
            for field in (self.parameters.model_fields[name],)
        ]
        return inspect.Signature([*taken, *special], return_annotation=self.result_type)

    def call(self, context: ToolContext, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result for parameters as they came in.

        Raises:
            OnRecordError: If a parameter is invalid, there is no library, or the server is busy.
        """
        return dict(self.run(context, self.read(given)))

    def read(self, given: Mapping[str, Any]) -> Parameters:
        """Return parameters as they came in, checked.

        Raises:
            OnRecordError: If one is invalid, missing or unknown.
        """
        try:
            return self.parameters.model_validate(dict(given))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = ".".join(map(str, first["loc"]))
            fault = first["msg"].removeprefix("Input ")
            raise QuestionError(f"{name[:100]} {fault[:1].lower()}{fault[1:]}") from None


TOOLS = (
    Tool(
        search,
        SearchParameters,
        '`{"query": …, "passages": [ … ]}` as `onrecord search --json`',
    ),
    Tool(ask, AskParameters, "as `onrecord ask --json`; `source` without the folders"),
    Tool(
        read_article,
        ReadArticleParameters,
        "title, outlet, source, date, `text`, and where in the article it is",
    ),
    Tool(said, SaidParameters, "as `onrecord said --json`"),
    Tool(people, PeopleParameters, "as `onrecord people --json`"),
    Tool(timeline, TimelineParameters, "as `onrecord timeline --json`"),
    Tool(count, CountParameters, "as `onrecord count --json`"),
    Tool(compare, CompareParameters, "as `onrecord compare --json`"),
    Tool(check_draft, CheckDraftParameters, "as `onrecord check --json`"),
)
"""All tools, in the order in which programs see them."""


def _to_filter(given: SearchParameters | AskParameters | FilteredParameters) -> Filter:
    first, last = _read_date("since", given.since), _read_date("until", given.until)
    if first and last and first > last:
        raise QuestionError(f"since {first} is later than until {last}; swap them")
    return Filter(sources=tuple(given.sources or ()), since=first, until=last)


def _read_date(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise QuestionError(f"{name} is not a date; write it as 2024-10-21") from None
