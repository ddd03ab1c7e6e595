"""Serving the chat: the listening socket, the guard, the login, health, and a graceful stop.

It listens on the loopback interface unless told otherwise, and serves others only with a login. TLS
is left to a reverse proxy, whose address is given by ``--public-url``.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import signal
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

import anyio
import anyio.to_thread
import uvicorn

from index.errors import OnRecordError
from rag.settings import Settings
from ui.messages import describe_error
from ui.web.access.connections import Connection, allow_for_connections
from ui.web.access.gradio_offline import keep_quiet
from ui.web.access.guard import Guard
from ui.web.access.login import SESSION_SECONDS, Login, Sessions
from ui.web.access.queue import AnswerQueue
from ui.web.access.requests import Application, Receive, Scope, Send
from ui.web.access.routes import MAX_FILE_BYTES
from ui.web.access.serving_options import Authentication, Serving, listen, name_listener
from ui.web.access.upload_folder import current_upload_folder, make_upload_folder
from ui.web.api.endpoints import find_call_fault
from ui.web.api.openai_api import add_routes
from ui.web.api.tools import TOOLS, ToolContext
from ui.web.page.page import page_css

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI
    from gradio.routes import App
    from starlette.requests import Request
    from starlette.responses import JSONResponse

    from ui.web.chat.service import ChatService

_log = logging.getLogger("onrecord")

M_MMAP_THRESHOLD = -3
"""What glibc's mallopt calls the size from which a block is mapped by itself."""
LARGE_BLOCK_BYTES = 1 << 20
SECONDS_TO_CLOSE = 1
PASSWORDS_AT_ONCE = 2

_SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_SYSTEM_MONO_FONTS = ("ui-monospace", "Menlo", "Consolas", "monospace")


def _build_server(
    app: gr.Blocks,
    *,
    service: ChatService | None = None,
    serving: Serving | None = None,
    js: str = "",
) -> Guard:
    """Return the chat as an ASGI application, closed to everything that it does not need.

    Args:
        app: The chat.
        service: What the chat answers from; adds the tool server, and the state of the library
            to ``/health``.
        serving: Where and for whom it is served; for everybody on this machine if None.
        js: Script that the page runs when it is loaded.

    Raises:
        SettingsError: If the password file cannot be used.
    """
    keep_quiet()
    import gradio as gr
    from fastapi import FastAPI
    from starlette.routing import Mount

    serving = serving or Serving()
    login = Login(serving.auth) if serving.auth is not None else None
    check_password = _password_checker(login) if login is not None else None
    outer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    if service is not None:
        context = ToolContext(service.assistant, service.queue)
        _add_tool_server(outer, context)
        outer.router.routes.extend(add_routes(context, public_url=serving.public_url))
    outer.add_route("/health", partial(_report_health, service))
    theme = gr.themes.Base(
        font=[gr.themes.Font(name) for name in _SYSTEM_FONTS],
        font_mono=[gr.themes.Font(name) for name in _SYSTEM_MONO_FONTS],
    )
    gr.mount_gradio_app(
        outer,
        app,
        path="/",
        auth=check_password,
        root_path=serving.public_url or None,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=MAX_FILE_BYTES,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme,
        css=page_css(),
        js=js or None,
    )
    names = [tool.name for tool in TOOLS]
    n_values = {number: len(function.inputs) for number, function in app.fns.items()}
    find_fault = partial(find_call_fault, functions=n_values)
    if login is None or check_password is None:
        return Guard(
            outer,
            tools=names,
            hosts=serving.hosts,
            uploads=current_upload_folder(),
            find_fault=find_fault,
        )
    sessions = Sessions(login)
    # Gradio keeps its logins in a dictionary; this one forgets those that have expired.
    (mounted,) = (route.app for route in outer.routes if isinstance(route, Mount))
    cast("App", mounted).tokens = sessions  # type: ignore[assignment]
    authentication = Authentication(
        find_user=sessions.get,
        check_password=check_password,
        remember=sessions.__setitem__,
        cookie_seconds=int(SESSION_SECONDS),
    )
    return Guard(
        outer,
        tools=names,
        hosts=serving.hosts,
        authentication=authentication,
        uploads=current_upload_folder(),
        find_fault=find_fault,
    )


def serve(
    settings: Settings,
    *,
    serving: Serving | None = None,
    open_browser: bool = False,
    announce: Callable[[str], object] = print,
) -> None:
    """Serve the chat until it is told to stop, by Ctrl-C, SIGTERM or SIGHUP.

    Args:
        settings: Which library, and how to answer.
        serving: Where and for whom; on this machine, port 7860, without a login if None.
        open_browser: Whether to open the chat in the user's browser.
        announce: Called with a line with the address, and with one at the end.

    Raises:
        SettingsError: If the port is taken, or the password file cannot be used.
    """
    serving = serving or Serving()
    if serving.auth is not None:
        Login(serving.auth)  # refuses a file that cannot be used before anything is loaded
    with listen(serving) as listener, make_upload_folder(), _stop_on_signals():
        from ui.web.app import build_app
        from ui.web.chat.service import ChatService
        from ui.web.sources.adding import follow_folders

        service = ChatService(settings.library, settings)
        service.is_shared = serving.auth is not None
        unwatch = threading.Event()
        allow_for_connections()
        return_freed_memory()
        served = threading.Event()
        service.warm_up(served)  # while the page is built
        try:
            guard = _build_server(build_app(service, settings), service=service, serving=serving)
            server = _Server(
                uvicorn.Config(
                    guard,
                    log_level="warning",
                    server_header=False,
                    date_header=True,
                    http=Connection,
                    ws="none",
                    forwarded_allow_ips=serving.trusted_proxies,
                    timeout_graceful_shutdown=SECONDS_TO_CLOSE,
                ),
                guard,
                service.queue,
                serving.seconds_to_finish,
                announce,
            )
            address = serving.public_url or f"http://{name_listener(listener)}/"
            announce(f"The chat is at {address} (Ctrl-C stops it).")
            served.set()
            follow_folders(service, serving.watch, unwatch)
            if open_browser:
                threading.Timer(1, webbrowser.open, [address]).start()
            try:
                server.run(sockets=[listener])
            except KeyboardInterrupt:
                announce("Stopped.")
        finally:
            unwatch.set()
            service.close()


def return_freed_memory() -> None:
    """Have large blocks go back to the system as they are freed, where the C library can be told.

    glibc raises the size from which a block is mapped by itself, and so can go back by itself,
    with every larger one that is freed; what the answers of a busy hour took would stay taken.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


class _Server(uvicorn.Server):
    """A server that lets answers in progress finish before it closes."""

    def __init__(
        self,
        config: uvicorn.Config,
        guard: Guard,
        queue: AnswerQueue,
        seconds_to_finish: float,
        announce: Callable[[str], object],
    ) -> None:
        super().__init__(config)
        self._guard = guard
        self._queue = queue
        self._seconds_to_finish = seconds_to_finish
        self._announce = announce

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse new requests, wait for those in progress, then close."""
        self._guard.stop_taking()
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._seconds_to_finish
        if self._is_busy():
            self._announce(
                f"Stopping: answers in progress may take {self._seconds_to_finish:g} seconds more"
                " (Ctrl-C stops them)."
            )
        quiet = 0
        # Twice quiet: there is a moment between a question and the stream of its answer.
        while quiet < 2 and loop.time() < give_up and not self.force_exit:  # noqa: PLR2004
            quiet = 0 if self._is_busy() else quiet + 1
            await asyncio.sleep(0.1)
        await super().shutdown(sockets)

    def _is_busy(self) -> bool:
        return bool(self._guard.n_busy or any(self._queue.count()))


def _password_checker(login: Login) -> Callable[[str, str], Any]:
    """Return an asynchronous check of passwords, a few of them at a time."""
    limiter: anyio.CapacityLimiter | None = None

    async def check(name: str, password: str) -> bool:
        nonlocal limiter
        limiter = limiter or anyio.CapacityLimiter(PASSWORDS_AT_ONCE)
        return await anyio.to_thread.run_sync(login.check, name, password, limiter=limiter)

    return check


def _add_tool_server(outer: FastAPI, context: ToolContext) -> None:
    from starlette.routing import Route

    from ui.web.api.tool_server import build_tool_server

    tools = build_tool_server(context, version=_version())
    tools.streamable_http_app(stateless_http=True, json_response=True)
    manager = tools.session_manager
    around = outer.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with around(app) as state, manager.run():
            yield state

    outer.router.lifespan_context = lifespan
    outer.router.routes.append(
        Route("/mcp", endpoint=_Endpoint(cast("Application", manager.handle_request)))
    )


class _Endpoint:
    """An ASGI application as an object: a route calls functions with a request instead."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        await self._inner(scope, receive, send)


async def _report_health(service: ChatService | None, request: Request) -> JSONResponse:
    """Report whether questions can be answered, and nothing about the articles."""
    from starlette.responses import JSONResponse

    def look() -> str:
        try:
            if service is not None:
                service.assistant().library.count_passages()
        except OnRecordError as error:
            return type(error).__name__
        except Exception as error:  # noqa: BLE001 - a monitor needs an answer
            _log.error("%s", describe_error(error))
            return "unexpected error"
        return ""

    del request
    fault = await anyio.to_thread.run_sync(look)
    running, waiting = service.queue.count() if service is not None else (0, 0)
    state = {
        "status": "unusable" if fault else "ok",
        **({"fault": fault} if fault else {}),
        "answers_running": running,
        "questions_waiting": waiting,
    }
    return JSONResponse(state, status_code=503 if fault else 200)


@contextmanager
def _stop_on_signals() -> Iterator[None]:
    """Treat SIGTERM and SIGHUP as Ctrl-C, so that the server stops with status 0.

    If SIGHUP is ignored, as under ``nohup``, it stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers: dict[int, Callable[[int, FrameType | None], object]] = {
        signal.SIGTERM: signal.default_int_handler
    }
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # uvicorn handles SIGTERM only.
        handlers[signal.SIGHUP] = lambda *_: signal.raise_signal(signal.SIGTERM)
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _version() -> str:
    try:
        return version("onrecord")
    except PackageNotFoundError:
        return ""
