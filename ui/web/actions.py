"""What happens on the chat page: what a browser sends -> what its page is told.

A request is what some browser says, so nothing in it is believed but the login that Gradio vouches
for. A reply is a dictionary that the page's script follows: ``slots`` are parts of the page and
their new HTML, ``exchange`` is one answer, ``data`` is for the script, ``notice`` and ``error``
are lines for the reader.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

from index.errors import OnRecordError
from rag.settings import MAX_QUESTION_CHARS
from ui.messages import describe_error
from ui.web.chat.conversations import ConversationStoreError, make_title
from ui.web.chat.exchange import MAX_NOTE_CHARS, VERDICTS, Exchange, State, to_history
from ui.web.chat.export import FORMATS, export_exchanges
from ui.web.chat.feedback import record_feedback
from ui.web.chat.filters import read_filter
from ui.web.chat.payload import Payload, PayloadError
from ui.web.chat.service import ChatService
from ui.web.page.article_panel import ArticlePanel
from ui.web.page.page import (
    announce_exchange,
    render_conversations,
    render_examples,
    render_exchange,
    render_status,
    render_thread,
    render_welcome,
)

Reply: TypeAlias = dict[str, object]

MAX_STOPS = 1000

_EMPTY = (
    "The library is empty. Drop articles into Sources, or fill it with 'onrecord add ARTICLES'."
)
_NONE = "There are no articles yet. Drop some into Sources."
_MISSING = (
    "There are no articles yet. Drop some into Sources, or run 'onrecord add ARTICLES --library {}'"
    " in a terminal."
)
_log = logging.getLogger("onrecord")


class Actions:
    """Does what a page asks for. May be used by several threads at once.

    Args:
        desk: What stands behind the page.
    """

    def __init__(self, desk: ChatService) -> None:
        self._desk = desk
        self._stops: OrderedDict[tuple[str, str], threading.Event] = OrderedDict()
        self._lock = threading.Lock()
        self._handlers: Mapping[str, Callable[[str, Payload], Reply]] = {
            "start": self._start,
            "examples": self._examples,
            "rename": self._rename,
            "delete": self._delete,
            "restore": self._restore,
            "undo": self._undo,
            "export": self._export,
            "feedback": self._feedback,
            "stop": self._stop,
            "listen": _say_nothing,
            **ArticlePanel(desk).handlers,
        }

    def act(self, payload: object, user: str) -> Reply:
        """Return the reply to a click.

        Args:
            payload: What the browser sent.
            user: Who is logged in; empty where there is no login.
        """
        request = Payload(payload)
        try:
            handler = self._handlers.get(request.text("do"), _refuse)
            return {"id": request.id, **handler(request.owner(user), request)}
        except Exception as error:  # noqa: BLE001 - the page goes on after a bug
            if not isinstance(error, OnRecordError):
                _log.error("%s", describe_error(error))
            return {"id": request.id, "error": self._desk.describe_error(error)}

    def ask(self, payload: object, user: str, turn_key: str) -> Iterator[Reply]:
        """Yield replies as an answer grows; the last one says that it is done.

        Args:
            payload: What the browser sent.
            user: Who is logged in; empty where there is no login.
            turn_key: For whom the answer waits its turn.
        """
        request = Payload(payload)
        try:
            owner = request.owner(user)
            question = request.text("question", most=10 * MAX_QUESTION_CHARS)
            conversation = request.text("conversation")
            number, earlier = self._place(owner, conversation, request.number("replace"))
        except OnRecordError as error:
            yield {"id": request.id, "error": str(error), "done": True}
            return
        only = read_filter(request.mapping("only"))
        asked = Exchange(number, question[:MAX_QUESTION_CHARS], only=only)
        history = () if request.flag("as_is") else to_history(earlier)
        growing = asked
        is_kept = False
        with self._stoppable(owner, request.id) as stop:
            try:
                with self._desk.queue.turn(turn_key):
                    for answer in self._desk.ask(question, history, only=only, stop=stop):
                        found = Exchange.from_answer(number, answer, state=State.GROWING)
                        growing = replace(found, only=only)
                        yield self._grown(request, growing)
                    if growing.refused and not stop.is_set():
                        suggestions = self._desk.suggestions(answer)
                        growing = replace(growing, suggestions=suggestions)
                state = State.STOPPED if stop.is_set() else State.DONE
                finished = replace(growing, state=state)
            except GeneratorExit:  # the reader has left; what was found is there on return
                stopped = replace(growing, state=State.STOPPED)
                if growing.text:
                    self._keep(owner, conversation, stopped)
                raise
            except Exception as error:  # noqa: BLE001 - the conversation goes on after a bug
                if not isinstance(error, OnRecordError):
                    _log.error("%s", describe_error(error))
                said = self._desk.describe_error(error)
                finished = replace(asked, state=State.FAILED, error=said)
        notice = ""
        if finished.state is not State.FAILED:
            try:
                conversation = self._keep(owner, conversation, finished)
                is_kept = True
            except OnRecordError as error:
                notice = str(error)
        yield {
            **self._grown(request, finished),
            "done": True,
            "announce": announce_exchange(finished),
            "notice": notice,
            "slots": {"conversation-list": self._render_list(owner, conversation)},
            "data": {"conversation": conversation, "is_kept": is_kept},
        }

    def _place(
        self, owner: str, conversation: str, replaced: int | None
    ) -> tuple[int, tuple[Exchange, ...]]:
        """Return the number that an exchange gets, and what came before it."""
        if not conversation:
            return 1, ()
        _, exchanges = self._desk.store().load(owner, conversation)
        if replaced is not None and any(e.number == replaced for e in exchanges):
            return replaced, tuple(e for e in exchanges if e.number < replaced)
        return (exchanges[-1].number + 1 if exchanges else 1), exchanges

    def _keep(self, owner: str, conversation: str, exchange: Exchange) -> str:
        """Store an exchange and return the id of its conversation, which may be new."""
        store = self._desk.store()
        conversation = conversation or store.create(owner, make_title(exchange.question))
        store.save(owner, conversation, exchange)
        return conversation

    @staticmethod
    def _grown(request: Payload, exchange: Exchange) -> Reply:
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

    def _stop(self, owner: str, request: Payload) -> Reply:
        self._stop_event(owner, request.text("ask")).set()
        return {}

    def _start(self, owner: str, request: Payload) -> Reply:
        store = self._desk.store()
        conversation = request.text("conversation")
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
            self._desk.examples()  # drawn while the page is set up
        return {
            "slots": {
                "library-status": status,
                "conversation-list": self._render_list(owner, conversation),
                "thread": render_thread(exchanges) if exchanges else welcome,
            },
            "data": {"conversation": conversation, "title": title, "is_ready": not hint},
        }

    def _examples(self, owner: str, request: Payload) -> Reply:
        del owner, request
        examples = self._desk.examples()
        if examples is None:
            return {"data": {"is_pending": True}}
        return {"slots": {"examples": render_examples(examples)}}

    def _rename(self, owner: str, request: Payload) -> Reply:
        conversation = request.text("conversation")
        self._desk.store().rename(owner, conversation, request.text("title", most=10_000))
        return self._listed(owner, request)

    def _delete(self, owner: str, request: Payload) -> Reply:
        conversation = request.text("conversation")
        self._desk.store().delete(owner, conversation)
        return {
            **self._listed(owner, request),
            "data": {"deleted": conversation},
        }

    def _restore(self, owner: str, request: Payload) -> Reply:
        self._desk.store().restore(owner, request.text("conversation"))
        return {**self._listed(owner, request), "notice": "The conversation is back."}

    def _undo(self, owner: str, request: Payload) -> Reply:
        conversation = request.text("conversation")
        store = self._desk.store()
        _, exchanges = store.load(owner, conversation)
        if not exchanges:
            raise PayloadError("nothing to undo")
        store.remove_exchange(owner, conversation, exchanges[-1].number)
        left = exchanges[:-1]
        thread = render_thread(left) if left else render_welcome(())
        return {"slots": {"thread": thread}, "data": {"question": exchanges[-1].question}}

    def _export(self, owner: str, request: Payload) -> Reply:
        form = request.text("format")
        if form not in FORMATS:
            raise PayloadError("an unknown format")
        found, exchanges = self._desk.store().load(owner, request.text("conversation"))
        title, number = found.title, request.number("exchange")
        if number is not None:
            exchanges = tuple(e for e in exchanges if e.number == number)
            title = exchanges[0].question if exchanges else title
        if not exchanges:
            raise ConversationStoreError("this answer was not kept; ask again to take it along")
        made = export_exchanges(title, exchanges, form)
        return {"data": {"name": made.name, "kind": made.kind, "text": made.text}}

    def _feedback(self, owner: str, request: Payload) -> Reply:
        verdict = request.text("verdict")
        if verdict not in VERDICTS:
            raise PayloadError("an unknown verdict")
        note = request.text("note", most=MAX_NOTE_CHARS)
        conversation, number = request.text("conversation"), request.number("exchange")
        store = self._desk.store()
        _, exchanges = store.load(owner, conversation)
        exchange = next((e for e in exchanges if e.number == number), None)
        if exchange is None:
            raise ConversationStoreError("this answer was not kept; ask again to judge it")
        record_feedback(
            self._desk,
            exchange,
            verdict=verdict,
            note=note,
            owner=owner,
            conversation_id=conversation,
            history=to_history(e for e in exchanges if e.number < exchange.number),
            only=exchange.only,
        )
        judged = replace(exchange, verdict=verdict, note=note if verdict else "")
        store.save(owner, conversation, judged)
        thanks = "Noted, thank you." if verdict else "Your judgement is taken back."
        html = render_exchange(judged, is_last=number == exchanges[-1].number)
        return {"exchange": {"number": number, "html": html}, "announce": thanks}

    def _listed(self, owner: str, request: Payload) -> Reply:
        shown = request.text("shown")
        return {"slots": {"conversation-list": self._render_list(owner, shown)}}

    def _render_list(self, owner: str, shown: str) -> str:
        return render_conversations(self._desk.store().conversations(owner), shown)

    def _describe_library(self) -> tuple[str, str]:
        """Return the line about the library, and what to do first if nothing can be asked."""
        try:
            status = self._desk.describe_library()
        except OnRecordError as error:
            if self._desk.has_library:
                fault = self._desk.describe_error(error)
                return render_status(fault, is_error=True), fault
            hint = _NONE if self._desk.is_shared else _MISSING.format(self._desk.folder)
            return render_status("No articles yet"), hint
        return render_status(status or "No articles yet"), "" if status else _EMPTY


def _say_nothing(owner: str, request: Payload) -> Reply:
    """Return an empty reply: the page only wants to hear the others."""
    del owner, request
    return {}


def _refuse(owner: str, request: Payload) -> Reply:
    del owner, request
    raise PayloadError("an unknown action")
