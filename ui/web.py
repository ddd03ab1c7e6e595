"""The chat: a Gradio page on this machine, and nobody else's.

The page is HTML that ``ui.render`` has escaped; Gradio carries it and renders no Markdown of
ours. The server answers on the loopback interface only, behind ``ui.web_guard``.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import OnRecordError, SettingsError
from rag.assistant import Assistant
from rag.settings import MAX_QUESTION_CHARS, Settings
from rag.types import Turn
from ui.cli_output import describe_error
from ui.render import clean_line, describe_date, escape_html, quote_line, render_html
from ui.web_guard import Guard

if TYPE_CHECKING:
    import gradio as gr

_log = logging.getLogger("onrecord")

TITLE = "OnRecord"
MAX_EXCHANGES = 20
MAX_WAITING = 16
MAX_SESSIONS = 64
SECONDS_TO_FINISH = 1

_SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_SYSTEM_MONO_FONTS = ("ui-monospace", "Menlo", "Consolas", "monospace")
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_SSR_MODE": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it.

    Attributes:
        number: 1-based, in the conversation.
        question: As it was asked.
        page: The answer, or the reason why there is none, as safe HTML.
        text: The answer as plain text; empty when there is none.
    """

    number: int
    question: str
    page: str
    text: str


class Desk:
    """Answers the chat's questions, whatever the state of the library.

    Args:
        source: An assistant, or the folder of a library that need not be there yet.
        settings: How to answer, when a folder is given.
    """

    def __init__(self, source: Assistant | Path, settings: Settings) -> None:
        self._source = source
        self._opened: Assistant | None = None
        self._settings = settings
        self._lock = threading.Lock()

    def status(self) -> str:
        """Return what the library holds, or how to fill it, as safe HTML."""
        try:
            statistics = self._open().library.statistics()
        except OnRecordError as error:
            return _paragraph("error", str(error))
        if not statistics.articles:
            return _paragraph(
                "status", "The library is empty. Fill it with 'onrecord add', then ask."
            )
        dates = ""
        if statistics.earliest and statistics.latest:
            first, last = describe_date(statistics.earliest), describe_date(statistics.latest)
            dates = f", {first}" if first == last else f", {first} to {last}"
        noun = "article" if statistics.articles == 1 else "articles"
        return _paragraph("status", f"{statistics.articles:,} {noun}{dates}.")

    def answer(
        self, question: str, exchanges: tuple[Exchange, ...]
    ) -> Iterator[tuple[Exchange, ...]]:
        """Yield the conversation with the question answered, as the answer grows."""
        number = exchanges[-1].number + 1 if exchanges else 1
        question = question.encode("utf-8", "replace").decode()
        asked = Exchange(number, question[:MAX_QUESTION_CHARS], "", "")
        earlier = exchanges[1 - MAX_EXCHANGES :]
        history = [turn for exchange in exchanges for turn in _to_turns(exchange)]
        try:
            stream = self._open().stream({"question": question, "history": history})
            for answer in stream:
                page = render_html(answer, anchor=f"a{number}")
                yield (*earlier, replace(asked, page=page, text=answer.text))
        except Exception as error:  # noqa: BLE001 - the conversation goes on after a bug
            if not isinstance(error, OnRecordError):
                _log.error("%s", describe_error(error))
            yield (*earlier, replace(asked, page=_paragraph("error", describe_error(error))))

    def close(self) -> None:
        """Close the library, if it was opened here."""
        if self._opened is not None:
            self._opened.close()

    def _open(self) -> Assistant:
        if isinstance(self._source, Assistant):
            return self._source
        with self._lock:
            if self._opened is None:
                self._opened = Assistant(self._source, self._settings)
            return self._opened


def build_app(source: Assistant | Path, settings: Settings | None = None) -> gr.Blocks:
    """Return the chat as a Gradio application that is not served yet.

    Args:
        source: An assistant, or the folder of a library. The folder may be missing; the chat
            then says how to make a library, and finds it once it is there.
        settings: How to answer, when a folder is given; the defaults when None.
    """
    _keep_quiet()
    import gradio as gr

    desk = Desk(source, settings or Settings())

    def ask(question: str, exchanges: tuple[Exchange, ...]) -> Iterator[tuple[object, ...]]:
        for conversation in desk.answer(question or "", exchanges):
            yield render_conversation(conversation), conversation, ""

    def start_over() -> tuple[object, ...]:
        return render_conversation(()), (), ""

    app = gr.Blocks(title=TITLE, analytics_enabled=False)
    with app:
        page = partial(gr.HTML, js_on_load=None, apply_default_css=False)
        status = page(f'<div class="onrecord"><h1>{TITLE}</h1></div>')
        conversation = page(render_conversation(()))
        exchanges = gr.State(())
        question = gr.Textbox(
            label="Question",
            placeholder="Ask the articles",
            max_length=MAX_QUESTION_CHARS,
            max_lines=6,
            autofocus=True,
            submit_btn="Ask",
            elem_id="question",
        )
        again = gr.Button("Start over", size="sm", variant="secondary")
        outputs = [conversation, exchanges, question]
        question.submit(
            ask, [question, exchanges], outputs, api_visibility="private", show_progress="minimal"
        )
        again.click(start_over, None, outputs, api_visibility="private", show_progress="hidden")
        app.load(
            lambda: f'<div class="onrecord"><h1>{TITLE}</h1>{desk.status()}</div>',
            None,
            status,
            api_visibility="private",
            show_progress="hidden",
        )
    app.state_session_capacity = MAX_SESSIONS
    app.queue(max_size=MAX_WAITING, default_concurrency_limit=1, api_open=False)
    return app


def build_server(app: gr.Blocks) -> Guard:
    """Return the chat as an ASGI application, with everything shut that it does not need."""
    _keep_quiet()
    import gradio as gr
    from fastapi import FastAPI

    theme = gr.themes.Base(
        font=[gr.themes.Font(name) for name in _SYSTEM_FONTS],
        font_mono=[gr.themes.Font(name) for name in _SYSTEM_MONO_FONTS],
    )
    server = gr.mount_gradio_app(
        FastAPI(openapi_url=None, docs_url=None, redoc_url=None),
        app,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme,
        css=(Path(__file__).parent / "chat.css").read_text(encoding="utf-8"),
    )
    return Guard(server)


def serve(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    announce: Callable[[str], object] = print,
) -> None:
    """Serve the chat until it is interrupted.

    Args:
        settings: Which library, and how to answer.
        host: A loopback address, or ``localhost``.
        port: Port; 0 for any that is free.
        open_browser: Open the chat in the user's browser.
        announce: Is given one line with the address.

    Raises:
        SettingsError: If ``host`` is not this machine's own, or the port is taken.
    """
    listener = _listen(host, port)
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            build_server(build_app(settings.library, settings)),
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
        )
    )
    address = f"http://{_name(listener)}/"
    announce(f"The chat is at {address} (Ctrl-C stops it).")
    if open_browser:
        threading.Timer(1, webbrowser.open, [address]).start()
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        announce("Stopped.")
    finally:
        listener.close()


def render_conversation(exchanges: tuple[Exchange, ...]) -> str:
    """Return a conversation as safe HTML."""
    parts = [
        f'<p class="question" dir="auto">{escape_html(quote_line(exchange.question))}</p>'
        f"{exchange.page}"
        for exchange in exchanges
    ]
    return f'<div class="onrecord" role="log" aria-live="polite">{"".join(parts)}</div>'


def _to_turns(exchange: Exchange) -> list[Turn]:
    if not exchange.text:
        return []
    return [Turn("user", exchange.question), Turn("assistant", exchange.text)]


def _paragraph(name: str, text: str) -> str:
    return f'<p class="{name}">{escape_html(clean_line(text))}</p>'


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on this machine only."""
    name = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        is_own = ipaddress.ip_address(name).is_loopback
    except ValueError:
        is_own = False
    if not is_own:
        raise SettingsError(
            f"the chat has no password and listens on this machine only, not on '{host}';"
            " run 'onrecord serve' without --host"
        )
    listener = socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((name, port))
        listener.listen()  # now, so that the address that is announced can be opened at once
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {name} port {port} ({error.strerror});"
            " run 'onrecord serve --port 0' for any that is free"
        ) from error
    return listener


def _name(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _keep_quiet() -> None:
    """Switch off, before Gradio is imported, all that would reach elsewhere."""
    os.environ.update(_QUIET)
