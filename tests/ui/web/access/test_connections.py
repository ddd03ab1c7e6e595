"""Connections that send nothing, read nothing, or are too many."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

import pytest
import uvicorn

from ui.web.access import connections
from ui.web.access.bodies import Bodies, BodyTooSlowError, read_body
from ui.web.access.connections import Connection, allow_for_connections, max_connections
from ui.web.access.requests import Receive, Scope, Send

PING = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = b"x" * 8_000_000


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    body = LARGE if scope["path"] == "/large" else b"pong"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for start in range(0, len(body), 1_000_000):
        part = body[start : start + 1_000_000]
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(
    application: Callable[[Scope, Receive, Send], Awaitable[None]] = answer,
) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        config = uvicorn.Config(
            application, http=Connection, ws="none", lifespan="off", log_level="error"
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield listener.getsockname()[1], server
        finally:
            server.should_exit = server.force_exit = True
            await task


async def ping(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(PING)
    head = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return head


async def wait_for_end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX: ", PING + b"GET"])
def test_a_request_that_never_ends_is_closed(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(connections, "SECONDS_FOR_HEADERS", 0.3)

    async def run() -> None:
        async with serving() as (port, server):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begun)

            async def trickle() -> None:
                while True:
                    await asyncio.sleep(0.05)
                    writer.write(b"x")

            trickling = asyncio.create_task(trickle() if begun else asyncio.sleep(0))
            await wait_for_end(reader)
            trickling.cancel()
            assert not server.server_state.connections
            writer.close()

    asyncio.run(run())


def test_a_client_that_reads_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SECONDS_FOR_READING", 0.3)

    async def run() -> None:
        async with serving() as (port, server):
            with socket.create_connection(("127.0.0.1", port)) as deaf:
                deaf.sendall(PING.replace(b"/", b"/large", 1))
                while not server.server_state.connections:
                    await asyncio.sleep(0.01)
                while server.server_state.connections:
                    await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 20))


def test_a_slow_reader_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SECONDS_FOR_HEADERS", 0.2)

    async def run() -> None:
        async with serving() as (port, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(PING.replace(b"/", b"/large", 1))
            n_bytes = 0
            while n_bytes < len(LARGE):
                n_bytes += len(await reader.read(200_000))
                await asyncio.sleep(0.02)
            writer.close()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_there_is_always_room_for_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 20)

    async def run() -> None:
        async with serving() as (port, server):
            others = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
            assert await ping(port) == b"HTTP/1.1 200 OK\r\n"
            assert len(server.server_state.connections) <= 20
            # The newest are kept, and can still be used.
            reader, writer = others[-1]
            writer.write(PING)
            assert await asyncio.wait_for(reader.readline(), 10) == b"HTTP/1.1 200 OK\r\n"
            for _, writer in others:
                writer.close()

    asyncio.run(run())


def test_connections_leave_files_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"now": (256, 4096)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: limits.update(now=new))
    assert max_connections() == 128
    allow_for_connections()
    assert limits["now"] == (1536, 4096)
    assert max_connections() == 1024
    limits["now"] = (256, 300)
    allow_for_connections()
    assert max_connections() == 150
    limits["now"] = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    allow_for_connections()
    assert max_connections() == 1024


def test_the_slowest_body_gives_way() -> None:
    async def run() -> None:
        bodies = Bodies(2)
        ends: dict[str, str] = {}

        async def send(name: str, n_bytes: int, pause: float) -> None:
            async def receive() -> dict[str, object]:
                nonlocal n_bytes
                await asyncio.sleep(pause)
                n_bytes -= 1000
                return {"type": "http.request", "body": b"x" * 1000, "more_body": n_bytes > 0}

            try:
                async with bodies.receiving(receive, 10**9) as receiving:
                    await read_body(receiving)
                ends[name] = "read"
            except BodyTooSlowError:
                ends[name] = "dropped"

        slow = asyncio.create_task(send("slow", 10**6, 0.5))
        fast = asyncio.create_task(send("fast", 10**6, 0.001))
        await asyncio.sleep(0.2)
        assert len(bodies) == 2
        third = asyncio.create_task(send("third", 1000, 0))
        await asyncio.gather(slow, fast, third)
        assert ends == {"slow": "dropped", "fast": "read", "third": "read"}
        assert len(bodies) == 0

    asyncio.run(run())


def test_the_client_with_the_most_bodies_gives_way() -> None:
    async def run() -> None:
        bodies = Bodies(3)
        dropped: list[str] = []

        async def hold(owner: str) -> None:
            async def receive() -> dict[str, object]:
                return await asyncio.Future()

            try:
                async with bodies.receiving(receive, 10, owner=owner) as receiving:
                    await read_body(receiving)
            except BodyTooSlowError:
                dropped.append(owner)

        tasks = []
        for owner in ("ada", "bo", "bo", "bo", "cy"):
            tasks.append(asyncio.create_task(hold(owner)))
            await asyncio.sleep(0.01)
        assert dropped == ["bo", "bo"]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())


def test_a_body_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.web.access.bodies.SECONDS_TO_BEGIN", 0.2)
    monkeypatch.setattr("ui.web.access.bodies.MIN_BYTES_PER_SECOND", 1000)

    async def run(n_bytes: int, pause: float) -> bytes:
        async def receive() -> dict[str, object]:
            await asyncio.sleep(pause)
            return {"type": "http.request", "body": b"x" * n_bytes, "more_body": True}

        async with Bodies(1).receiving(receive, 2000) as receiving:
            return await read_body(receiving)

    for n_bytes, pause in ((0, 100.0), (1, 0.01)):
        with pytest.raises(BodyTooSlowError):
            asyncio.run(run(n_bytes, pause))
