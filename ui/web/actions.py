"""What happens on the chat page: a request of a browser -> what its page is told.

Conversations and questions are handled here, the article panel in ``page``, the Sources view in
``sources``; all of them are found in one table. Nothing in a request is believed but the login that
Gradio vouches for.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from index.errors import LibraryNotFoundError, OnRecordError
from index.time_limit import limit_time
from index.types import Filter
from rag.settings import MAX_QUESTION_CHARS
from ui.web.access.queue import MAX_TURN_SECONDS
from ui.web.chat.changes_since import find_changes
from ui.web.chat.conversations import ConversationStoreError, make_title
from ui.web.chat.exchange import MAX_NOTE_CHARS, AnswerState, Exchange, to_history
from ui.web.chat.export import export_exchanges
from ui.web.chat.feedback import record_feedback
from ui.web.chat.filters import FilterField
from ui.web.chat.service import ChatService
from ui.web.page.article_panel import ArticlePanel
from ui.web.page.page import (
    announce_exchange,
    render_account,
    render_changes_since,
    render_conversations,
    render_examples,
    render_exchange,
    render_found,
    render_pinned,
    render_status,
    render_suggestions,
    render_thread,
    render_welcome,
)
from ui.web.sources.adding import AddingView
from ui.web.sources.browsing import SourcesView
from ui.web.sources.ledger import LedgerViews
from ui.web.sources.uploads import AddRequest, add_and_report
from ui.web.wire import (
    Action,
    Actions,
    ExchangeNumber,
    Reply,
    Request,
    RequestError,
    ShortText,
    Text,
    find_action,
    name_user,
    read_id,
    read_request,
    read_text,
)

MAX_STOPS = 1000
MAX_WORDS_CHARS = 200
MAX_CHECKED = 3
"""Answers that one request has checked; a reader's next click waits for it."""

_NO_ARTICLES = (
    "There are no articles yet. Drop files anywhere on this page, or choose them in Sources."
)
_NO_FILTER = Filter()


class AskRequest(Request):
    """A question, in a conversation or at the beginning of one.

    Attributes:
        replace: The exchange whose place it takes.
        as_is: It is not to be understood from the conversation.
        whole: It is to be answered as one, whatever parts it has.
        only: Which articles to ask.
        without: What in the question is not to narrow that.
    """

    question: Annotated[Text, Field(max_length=10 * MAX_QUESTION_CHARS)]
    conversation: ShortText = ""
    replace: ExchangeNumber | None = None
    as_is: bool = False
    whole: bool = False
    only: FilterField = _NO_FILTER
    without: list[Literal["period", "outlet", "author"]] = Field(default=[], max_length=3)


class StopRequest(Request):
    """Stop an answer; ``ask`` is the id of the question's request."""

    ask: ShortText


class ConversationRequest(Request):
    """An action on a conversation; ``shown`` is the one that is open."""

    conversation: ShortText = ""
    shown: ShortText = ""


class RenameRequest(ConversationRequest):
    """Another title for a conversation."""

    title: Annotated[Text, Field(max_length=10_000)]


class ExportRequest(Request):
    """A conversation, or one exchange of it, as a file."""

    conversation: ShortText
    exchange: ExchangeNumber | None = None
    format: Literal["markdown", "text", "json"]


class ExchangeRequest(Request):
    """An action on one answer of a conversation."""

    conversation: ShortText
    exchange: ExchangeNumber


class FindRequest(Request):
    """Find answers again by words of theirs."""

    words: Annotated[Text, Field(max_length=MAX_WORDS_CHARS)]


class CheckRequest(Request):
    """Look whether some answers of a conversation still hold."""

    conversation: ShortText
    exchanges: Annotated[list[ExchangeNumber], Field(max_length=MAX_CHECKED)]


class PinRequest(ExchangeRequest):
    """Keep an answer at hand, or no longer."""

    pinned: bool


class FeedbackRequest(ExchangeRequest):
    """A verdict on an answer; empty takes it back."""

    verdict: Literal["", "up", "down"]
    note: Annotated[Text, Field(max_length=MAX_NOTE_CHARS)] = ""


class PageActions:
    """Carries out what a page asks for. May be used by several threads at once.

    Args:
        service: The library, its assistant and the conversations.
    """

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self._stops: OrderedDict[tuple[str, str], threading.Event] = OrderedDict()
        self._lock = threading.Lock()
        self._actions: Actions = {
            "start": Action(ConversationRequest, self._start),
            "examples": Action(Request, self._examples),
            "suggest": Action(ExchangeRequest, self._suggest),
            "check": Action(CheckRequest, self._check),
            "rename": Action(RenameRequest, self._rename),
            "delete": Action(ConversationRequest, self._delete),
            "restore": Action(ConversationRequest, self._restore),
            "undo": Action(ConversationRequest, self._undo),
            "export": Action(ExportRequest, self._export),
            "find": Action(FindRequest, self._find),
            "pin": Action(PinRequest, self._pin),
            "feedback": Action(FeedbackRequest, self._feedback),
            "stop": Action(StopRequest, self._stop),
            "listen": Action(Request, _say_nothing),
            **ArticlePanel(service).actions,
            **SourcesView(service).actions,
            **AddingView(service).actions,
        }
        self._lookups: Actions = LedgerViews(service).actions

    def act(self, payload: object, user: str) -> Reply:
        """Return the reply to a click.

        Args:
            payload: What the browser sent.
            user: Who is logged in; empty without a login.
        """
        reply: Reply
        try:
            action = find_action(self._actions, payload)
            request = read_request(action.model, payload)
            reply = action.run(request.owner(user), request)
        except Exception as error:  # noqa: BLE001 - the page goes on after a bug
            reply = {"error": self._service.describe_error(error)}
        return {"id": read_id(payload), **reply}

    def ask(self, payload: object, user: str, turn_key: str) -> Iterator[Reply]:
        """Yield replies as an answer grows, or what was looked up; the last one says so.

        Args:
            payload: What the browser sent.
            user: Who is logged in; empty without a login.
            turn_key: Whose turn in the queue it takes.
        """
        if read_text(payload, "do") in self._lookups:
            yield self._look_up(payload, user, turn_key)
            return
        try:
            request = read_request(AskRequest, payload)
            only = self._service.name_choice(request.only)
            owner = request.owner(user)
            number, earlier = self._place(owner, request.conversation, request.replace)
        except OnRecordError as error:
            line = self._service.describe_error(error)
            yield {"id": read_id(payload), "error": line, "done": True}
            return
        conversation = request.conversation
        without, question = tuple(request.without), request.question[:MAX_QUESTION_CHARS]
        asked = Exchange(number, question, only=only, without=without, whole=request.whole)
        generation = self._service.generation()
        history = () if request.as_is else to_history(earlier)
        growing = asked
        is_kept = False
        with self._stoppable(owner, request.id) as stop:
            try:
                with self._service.queue.turn(turn_key):
                    for answer in self._service.ask(
                        request.question,
                        history,
                        only=only,
                        without=without,
                        whole=request.whole,
                        stop=stop,
                    ):
                        growing = replace(
                            Exchange.from_answer(number, answer, state=AnswerState.GROWING),
                            only=only,
                            without=without,
                            whole=request.whole,
                            generation=generation,
                        )
                        yield self._grown(request, growing)
                state = AnswerState.STOPPED if stop.is_set() else AnswerState.DONE
                finished = replace(growing, state=state)
            except GeneratorExit:  # the reader has left; what was found is there on return
                stopped = replace(growing, state=AnswerState.STOPPED)
                if growing.text:
                    self._keep(owner, conversation, stopped)
                raise
            except Exception as error:  # noqa: BLE001 - the conversation goes on after a bug
                error_line = self._service.describe_error(error)
                finished = replace(asked, state=AnswerState.FAILED, error=error_line)
        notice = ""
        if finished.state is not AnswerState.FAILED:
            try:
                conversation = self._keep(owner, conversation, finished)
                is_kept = True
            except OnRecordError as error:
                notice = self._service.describe_error(error)
        yield {
            **self._grown(request, finished),
            "done": True,
            "announce": announce_exchange(finished),
            "notice": notice,
            "slots": self._list(owner, conversation),
            "data": {"conversation": conversation, "is_kept": is_kept},
        }

    def _look_up(self, payload: object, user: str, turn_key: str) -> Reply:
        reply: Reply
        try:
            action = find_action(self._lookups, payload)
            request = read_request(action.model, payload)
            owner, start = request.owner(user), time.monotonic()
            with self._service.queue.turn(turn_key), limit_time(MAX_TURN_SECONDS, since=start):
                reply = action.run(owner, request)
        except Exception as error:  # noqa: BLE001 - the page goes on after a bug
            reply = {"error": self._service.describe_error(error)}
        return {"id": read_id(payload), **reply, "done": True}

    def add(self, payload: object, user: str, uploads: Path) -> Iterator[Reply]:
        """Yield how an addition of files goes; the last reply says that it is done.

        Args:
            payload: What the browser sent.
            user: Who is logged in; empty without a login.
            uploads: Folder in which the server keeps uploaded files.
        """
        try:
            request = read_request(AddRequest, payload)
            owner = request.owner(user)
            for reply in add_and_report(self._service, owner, request, uploads):
                yield {"id": request.id, **reply}
        except Exception as error:  # noqa: BLE001 - the page waits for an end
            line = self._service.describe_error(error)
            yield {"id": read_id(payload), "error": line, "done": True}

    def _place(
        self, owner: str, conversation: str, replaced: int | None
    ) -> tuple[int, tuple[Exchange, ...]]:
        """Return the number that an exchange gets, and what came before it."""
        if not conversation:
            return 1, ()
        _, exchanges = self._service.store().load(owner, conversation)
        if replaced is not None and any(e.number == replaced for e in exchanges):
            return replaced, tuple(e for e in exchanges if e.number < replaced)
        return (exchanges[-1].number + 1 if exchanges else 1), exchanges

    def _keep(self, owner: str, conversation: str, exchange: Exchange) -> str:
        """Store an exchange and return the id of its conversation, which may be new."""
        store = self._service.store()
        conversation = conversation or store.create(owner, make_title(exchange.question))
        store.save(owner, conversation, exchange)
        return conversation

    @staticmethod
    def _grown(request: Request, exchange: Exchange) -> Reply:
        html = render_exchange(exchange)
        return {"id": request.id, "exchange": {"number": exchange.number, "html": html}}

    @contextmanager
    def _stoppable(self, owner: str, ask_id: str) -> Iterator[threading.Event]:
        stop = self._stop_event(owner, ask_id)
        try:
            yield stop
        finally:
            with self._lock:
                self._stops.pop((owner, ask_id), None)

    def _stop_event(self, owner: str, ask_id: str) -> threading.Event:
        """Return what stops an answer, whether it has begun already or still waits."""
        with self._lock:
            event = self._stops.setdefault((owner, ask_id), threading.Event())
            while len(self._stops) > MAX_STOPS:
                self._stops.popitem(last=False)
            return event

    def _stop(self, owner: str, request: StopRequest) -> Reply:
        self._stop_event(owner, request.ask).set()
        return {}

    def _start(self, owner: str, request: ConversationRequest) -> Reply:
        store = self._service.store()
        conversation = request.conversation
        title = ""
        exchanges: tuple[Exchange, ...] = ()
        if conversation:
            try:
                found, exchanges = store.load(owner, conversation)
                title = found.title
            except ConversationStoreError:
                conversation = ""
        status, hint = self._describe_library()
        welcome = render_welcome((), hint=hint)
        if not (exchanges or hint):
            self._service.suggestions.examples()  # drawn while the page is set up
        return {
            "slots": {
                "account": render_account(name_user(owner)),
                "library-status": status,
                **self._list(owner, conversation),
                "thread": render_thread(exchanges) if exchanges else welcome,
            },
            "data": {
                "conversation": conversation,
                "title": title,
                "is_ready": not hint,
                "to_check": self._find_older(exchanges),
            },
        }

    def _find_older(self, exchanges: Sequence[Exchange]) -> list[int]:
        """Return the numbers of the answers from another state of the library, newest first."""
        now = self._service.generation()
        return [one.number for one in reversed(exchanges) if one.claims and one.generation != now]

    def _examples(self, owner: str, request: Request) -> Reply:
        del owner, request
        examples = self._service.suggestions.examples()
        if examples is None:
            return {"data": {"is_pending": True}}
        return {"slots": {"examples": render_examples(examples)}}

    def _suggest(self, owner: str, request: ExchangeRequest) -> Reply:
        """Offer questions to go on with, once they are drawn; they are kept with the answer."""
        store, conversation = self._service.store(), request.conversation
        _, exchanges = store.load(owner, conversation)
        exchange = _find_exchange(exchanges, request.exchange)
        if exchange.clarification or exchange.error:
            return {}
        if not exchange.suggestions:
            asked = frozenset(one.question for one in exchanges)
            suggestions = self._service.suggestions.follow_ups(exchange, asked)
            if suggestions is None:
                return {"data": {"is_pending": True}}
            if suggestions:
                exchange = store.update(
                    owner,
                    conversation,
                    exchange.number,
                    lambda kept: replace(kept, suggestions=suggestions),
                )
        slot = f"suggestions-{exchange.number}"
        return {"slots": {slot: render_suggestions(exchange)}}

    def _check(self, owner: str, request: CheckRequest) -> Reply:
        """Say what has become of the places that earlier answers rest on."""
        _, exchanges = self._service.store().load(owner, request.conversation)
        library = self._service.library()
        return {
            "slots": {
                f"since-{one.number}": render_changes_since(one, find_changes(library, one))
                for one in exchanges
                if one.number in request.exchanges
            }
        }

    def _rename(self, owner: str, request: RenameRequest) -> Reply:
        conversation = request.conversation
        self._service.store().rename(owner, conversation, request.title)
        return self._listed(owner, request)

    def _delete(self, owner: str, request: ConversationRequest) -> Reply:
        conversation = request.conversation
        self._service.store().delete(owner, conversation)
        return {
            **self._listed(owner, request),
            "data": {"deleted": conversation},
        }

    def _restore(self, owner: str, request: ConversationRequest) -> Reply:
        self._service.store().restore(owner, request.conversation)
        return {**self._listed(owner, request), "notice": "The conversation is restored."}

    def _undo(self, owner: str, request: ConversationRequest) -> Reply:
        conversation = request.conversation
        store = self._service.store()
        _, exchanges = store.load(owner, conversation)
        if not exchanges:
            raise RequestError("nothing to undo")
        store.remove_exchange(owner, conversation, exchanges[-1].number)
        left = exchanges[:-1]
        thread = render_thread(left) if left else render_welcome(())
        return {"slots": {"thread": thread}, "data": {"question": exchanges[-1].question}}

    def _export(self, owner: str, request: ExportRequest) -> Reply:
        found, exchanges = self._service.store().load(owner, request.conversation)
        title, number = found.title, request.exchange
        if number is not None:
            exchanges = (_find_exchange(exchanges, number),)
            title = exchanges[0].question
        made = export_exchanges(title, exchanges, request.format)
        return {"data": {"name": made.name, "kind": made.kind, "text": made.text}}

    def _feedback(self, owner: str, request: FeedbackRequest) -> Reply:
        verdict, note = request.verdict, request.note
        conversation, number = request.conversation, request.exchange
        store = self._service.store()
        _, exchanges = store.load(owner, conversation)
        exchange = _find_exchange(exchanges, number)
        record_feedback(
            self._service,
            exchange,
            verdict=verdict,
            note=note,
            owner=owner,
            conversation_id=conversation,
            history=to_history(e for e in exchanges if e.number < exchange.number),
            only=exchange.only,
        )
        rated = store.update(
            owner,
            conversation,
            number,
            lambda kept: replace(kept, verdict=verdict, note=note if verdict else ""),
        )
        thanks = "Noted, thank you." if verdict else "Your rating is withdrawn."
        html = render_exchange(rated, is_last=number == exchanges[-1].number)
        return {"exchange": {"number": number, "html": html}, "announce": thanks}

    def _find(self, owner: str, request: FindRequest) -> Reply:
        found = self._service.store().find(owner, request.words)
        return {"slots": {"answers-found": render_found(found)}}

    def _pin(self, owner: str, request: PinRequest) -> Reply:
        store, conversation = self._service.store(), request.conversation
        _, exchanges = store.load(owner, conversation)
        number = _find_exchange(exchanges, request.exchange).number
        exchange = store.update(
            owner, conversation, number, lambda kept: replace(kept, pinned=request.pinned)
        )
        html = render_exchange(exchange, is_last=exchange.number == exchanges[-1].number)
        return {
            "exchange": {"number": exchange.number, "html": html},
            "slots": self._list(owner, conversation),
            "announce": "Pinned." if request.pinned else "Unpinned.",
        }

    def _listed(self, owner: str, request: ConversationRequest) -> Reply:
        return {"slots": self._list(owner, request.shown)}

    def _list(self, owner: str, shown: str) -> dict[str, str]:
        """Return the lists beside the conversation that is shown."""
        store = self._service.store()
        return {
            "conversation-list": render_conversations(store.conversations(owner), shown),
            "pinned": render_pinned(store.pinned(owner)),
        }

    def _describe_library(self) -> tuple[str, str]:
        """Return the line about the library, and what to do first if nothing can be asked."""
        try:
            status = self._service.describe_library()
        except LibraryNotFoundError:
            status = ""
        except OnRecordError as error:
            fault = self._service.describe_error(error)
            return render_status(fault, is_error=True), fault
        return render_status(status), "" if status else _NO_ARTICLES


def _find_exchange(exchanges: Sequence[Exchange], number: int) -> Exchange:
    for exchange in exchanges:
        if exchange.number == number:
            return exchange
    raise ConversationStoreError("this answer was not kept; ask again")


def _say_nothing(owner: str, request: Request) -> Reply:
    """Return an empty reply: the page only wants to hear the others."""
    del owner, request
    return {}
