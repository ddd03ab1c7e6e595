"""The chat as a Gradio application: one page with the chat, the article panel and Sources.

The page's own markup and script do what a reader sees; Gradio carries two kinds of events between
them and ``ui.web.actions``: questions, whose answers stream, and everything else. Whatever comes
from an article, a model or a person was escaped before Gradio gets it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.settings import Settings
from ui.web.access.gradio_offline import keep_quiet
from ui.web.access.login import owner_of, turn_key
from ui.web.access.queue import MAX_WAITING_EVENTS
from ui.web.actions import Actions
from ui.web.api.endpoints import ArticleTools, add_endpoints
from ui.web.chat.service import ChatService
from ui.web.page.page import page_script, page_skeleton
from ui.web.sources.sources import build_sources

if TYPE_CHECKING:
    import gradio as gr

    from rag.assistant import Assistant

TITLE = "OnRecord"
ACTING_AT_ONCE = 8
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
        source: A desk, an assistant, or the folder of a library. The folder may be missing; the
            chat then says how to make a library, and finds it once it is there.
        settings: How to answer, when a folder is given; the defaults when None.
    """
    keep_quiet()
    import gradio as gr

    desk = (
        source if isinstance(source, ChatService) else ChatService(source, settings or Settings())
    )
    actions = Actions(desk)

    def ask_on_page(event: gr.EventData, request: gr.Request) -> Iterator[str]:
        payload, user = _payload(event), owner_of(request)
        for reply in actions.ask(payload, user, turn_key(request)):
            yield json.dumps(reply)

    def act_on_page(event: gr.EventData, request: gr.Request) -> str:
        return json.dumps(actions.act(_payload(event), owner_of(request)))

    # Gradio finds out what to pass from the annotations, and evaluates them in this module.
    for handler in (ask_on_page, act_on_page):
        handler.__annotations__ |= {"event": gr.EventData, "request": gr.Request}

    app = gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        delete_cache=(SECONDS_BETWEEN_SWEEPS, SECONDS_TO_KEEP_UPLOADS),
    )
    with app:
        # First, so that no event of the page takes its names.
        add_endpoints(ArticleTools(desk.assistant, desk.queue))
        page = gr.HTML(
            html_template=page_skeleton(),
            js_on_load=page_script(),
            apply_default_css=False,
            elem_id="page",
        )
        asked, acted = (
            gr.HTML(
                "", html_template="", js_on_load=_TELL_PAGE, apply_default_css=False, elem_id=name
            )
            for name in ("asked", "acted")
        )
        with gr.Column(elem_id="view-sources"):
            build_sources(desk)
        page.submit(
            ask_on_page,
            None,
            asked,
            api_visibility="private",
            show_progress="hidden",
            trigger_mode="multiple",
        )
        page.click(
            act_on_page,
            None,
            acted,
            api_visibility="private",
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_limit=ACTING_AT_ONCE,
        )
    app.state_session_capacity = MAX_SESSIONS
    app.queue(max_size=MAX_WAITING_EVENTS, default_concurrency_limit=None, api_open=False)
    return app


def _payload(event: gr.EventData) -> object:
    return event._data  # noqa: SLF001 - where Gradio puts what a component sends along
