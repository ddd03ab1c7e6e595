"""The chat as a Gradio application: one page with the chat, the article panel and Sources.

The page is our own HTML and script. Gradio carries three kinds of events from it to
``ui.web.actions``, and the replies back: clicks, which are answered once, and questions and
additions, which are answered in parts. Whatever comes from an article, a model or a person has
been escaped before Gradio gets it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.settings import Settings
from ui.web.access.gradio_offline import keep_quiet
from ui.web.access.login import owner_of, turn_key
from ui.web.access.queue import MAX_WAITING_EVENTS
from ui.web.actions import PageActions
from ui.web.api.endpoints import add_endpoints
from ui.web.api.tools import ToolContext
from ui.web.chat.service import ChatService
from ui.web.page.page import page_script, page_skeleton
from ui.web.sources.listing import sheets_skeleton
from ui.web.wire import Reply

if TYPE_CHECKING:
    import gradio as gr

    from rag.assistant import Assistant

TITLE = "OnRecord"
ACTING_AT_ONCE = 8
ADDING_AT_ONCE = 8
MAX_SESSIONS = 512
SECONDS_BETWEEN_SWEEPS = 600
SECONDS_TO_KEEP_UPLOADS = 3600

_TELL_PAGE = """
const tell = () => document.dispatchEvent(
  new CustomEvent("onrecord:reply", { detail: props.value }));
watch("value", tell);
"""


def build_app(
    source: Assistant | Path | ChatService, settings: Settings | None = None
) -> gr.Blocks:
    """Return the chat as a Gradio application that is not served yet.

    Args:
        source: A service, an assistant, or the folder of a library. The folder may be missing; the
            chat then says how to make a library, and finds it once it is there.
        settings: How to answer, when a folder is given; the defaults when None.
    """
    keep_quiet()
    import gradio as gr
    from gradio.utils import get_upload_folder

    service = (
        source if isinstance(source, ChatService) else ChatService(source, settings or Settings())
    )
    actions = PageActions(service)

    def act(event: gr.EventData, request: gr.Request) -> str:
        return json.dumps(actions.act(_payload(event), owner_of(request)))

    def ask(event: gr.EventData, request: gr.Request) -> Iterator[str]:
        yield from _to_json(actions.ask(_payload(event), owner_of(request), turn_key(request)))

    def add(event: gr.EventData, request: gr.Request) -> Iterator[str]:
        uploads = Path(get_upload_folder())
        yield from _to_json(actions.add(_payload(event), owner_of(request), uploads))

    # Gradio finds out what to pass from the annotations, and evaluates them in this module.
    for handler in (act, ask, add):
        handler.__annotations__ |= {"event": gr.EventData, "request": gr.Request}

    app = gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        delete_cache=(SECONDS_BETWEEN_SWEEPS, SECONDS_TO_KEEP_UPLOADS),
    )
    with app:
        # First, so that no event of the page takes its names.
        add_endpoints(ToolContext(service.assistant, service.queue))
        page = gr.HTML(
            html_template=page_skeleton() + sheets_skeleton(),
            js_on_load=page_script(),
            apply_default_css=False,
            elem_id="page",
        )

        def connect(
            event: Callable[..., object], handler: Callable[..., object], at_once: int | None
        ) -> None:
            # A component for each kind: two replies at once to one, and Gradio may drop the first.
            reply = gr.HTML(
                "",
                html_template="",
                js_on_load=_TELL_PAGE,
                apply_default_css=False,
                elem_classes="reply",
            )
            event(
                handler,
                None,
                reply,
                api_visibility="private",
                show_progress="hidden",
                trigger_mode="multiple",
                concurrency_limit=at_once,
            )

        connect(page.click, act, ACTING_AT_ONCE)
        connect(page.submit, ask, None)
        connect(page.upload, add, ADDING_AT_ONCE)
    app.state_session_capacity = MAX_SESSIONS
    app.queue(max_size=MAX_WAITING_EVENTS, default_concurrency_limit=None, api_open=False)
    return app


def _to_json(replies: Iterable[Reply]) -> Iterator[str]:
    for reply in replies:
        yield json.dumps(reply)


def _payload(event: gr.EventData) -> object:
    return event._data  # noqa: SLF001 - where Gradio puts what a component sends along
