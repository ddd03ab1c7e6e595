"""Parsers in a process of their own: what they do there costs one file."""

from __future__ import annotations

import io
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.containment.isolated_loader import IsolatedLoader
from index.containment.messages import (
    MAX_FIELD_CHARS,
    MAX_TEXT_BYTES,
    GarbledError,
    describe_file,
    describe_loaded,
    pack,
    read_file_request,
    read_header,
    read_loaded,
)
from index.containment.parser_process import Bounds
from index.containment.sandbox import refuse
from index.containment.worker import LoadFile, Request, Server
from index.errors import describe_failure
from index.formats.files import Place, SourceFile, find_files, make_member
from index.types import DATE_BASES
from onrecord import Article, Skip

BOUNDS = Bounds(step_seconds=20.0, file_seconds=60.0, memory_bytes=1 << 30)
HASTY = Bounds(step_seconds=1.0, file_seconds=60.0, memory_bytes=1 << 30)


@pytest.fixture(scope="module")
def loader() -> Iterator[IsolatedLoader]:
    with IsolatedLoader(BOUNDS, loader="hostile_loader:load") as loader:
        yield loader


@pytest.fixture
def hasty() -> Iterator[IsolatedLoader]:
    with IsolatedLoader(HASTY, loader="hostile_loader:load") as loader:
        yield loader


def write(folder: Path, words: str, name: str = "file.txt") -> SourceFile:
    path = folder / name
    path.write_text(words, "utf-8")
    (found,) = find_files([path])
    assert isinstance(found, SourceFile)
    return found


def load(loader: IsolatedLoader, file: SourceFile) -> tuple[list[str], list[str]]:
    """Return the ids of the articles of a file, and the reasons of its skips."""
    loaded = [item for _, item in loader.load(file, 1_000_000)]
    return (
        [item.article_id for item in loaded if isinstance(item, Article)],
        [item.reason for item in loaded if isinstance(item, Skip)],
    )


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text("ascii").rpartition(")")[2].split()[0] == "Z")


def test_articles_come_as_the_loader_made_them(loader: IsolatedLoader, tmp_path: Path) -> None:
    file = write(tmp_path, "article skip article")
    (first, article), (_, skip), (third, _) = loader.load(file, 1_000_000)
    assert (first, third) == (Place(file.name, 1), Place(file.name, 3))
    assert isinstance(article, Article)
    assert article.text == "The harbour of Port Elin closed for the 1th time this year."
    assert (article.origin, article.title) == (file.location, "Harbour 1")
    assert skip == Skip(file.name, "as it says")


def test_one_process_reads_many_files(loader: IsolatedLoader, tmp_path: Path) -> None:
    file = write(tmp_path, "article print article")
    assert load(loader, file)[0] == ["file-1", "file-3"]
    first = loader.pid
    assert load(loader, file) == (["file-1", "file-3"], [])
    assert loader.pid == first


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("segfault", "its parser crashed (SIGSEGV)"),
        ("abort", "its parser crashed (SIGABRT)"),
        ("exit", "its parser ended without an answer (status 0)"),
        ("raise", "its parser failed (RuntimeError: a mistake in the parser)"),
        ("recurse", "its parser failed (RecursionError: maximum recursion depth exceeded)"),
        ("eat", "its parser needed more than 1 GB of memory"),
        ("hoard", "its parser needed more than 64 MB of memory"),
        ("garbage0", "its parser returned an invalid answer (not JSON)"),
        ("garbage1", "its parser returned an invalid answer (not a message)"),
        ("garbage2", "its parser returned an invalid answer (not a pair)"),
        ("garbage3", "its parser returned an invalid answer (not a number of bytes)"),
        ("garbage4", "its parser returned an invalid answer (not JSON)"),
        ("flood", "its parser returned an invalid answer (a message without end)"),
        (
            "forge:/etc/passwd",
            "its parser returned an invalid answer (it claims to come from another",
        ),
    ],
)
def test_a_bad_parser_costs_one_skip(
    loader: IsolatedLoader, tmp_path: Path, words: str, reason: str
) -> None:
    found, reasons = load(loader, write(tmp_path, f"article {words} article"))
    assert found == ["file-1"]
    (given_reason,) = reasons
    assert given_reason.startswith(reason)
    assert load(loader, write(tmp_path, "article")) == (["file-1"], [])


def test_memory_is_watched_only_for_as_long_as_it_is_asked_for(
    loader: IsolatedLoader, tmp_path: Path
) -> None:
    file = write(tmp_path, "frugal take article frugal article")
    assert load(loader, file) == (["file-3", "file-5"], [])


def test_nothing_of_a_file_is_left_for_the_next(loader: IsolatedLoader, tmp_path: Path) -> None:
    file = write(tmp_path, "infect recall article")
    assert load(loader, file) == ([], ["its parser failed (RuntimeError: infected)"])
    assert load(loader, write(tmp_path, "recall article")) == (["file-2"], [])


@pytest.mark.parametrize("words", ["linger", "article linger", "linger-natively"])
def test_a_parser_that_does_not_end_says_nothing_about_the_next_file(
    loader: IsolatedLoader, tmp_path: Path, words: str
) -> None:
    template = loader.pid
    for _ in range(3):
        load(loader, write(tmp_path, words))
        assert load(loader, write(tmp_path, "article skip")) == (["file-1"], ["as it says"])
    assert template in {None, loader.pid}


def test_calls_of_an_older_processor_end_the_process(
    loader: IsolatedLoader, tmp_path: Path
) -> None:
    if platform.machine() != "x86_64":  # no other processor has such calls
        return
    found, reasons = load(loader, write(tmp_path, "article older article"))
    assert (found, reasons) == (["file-1"], ["its parser crashed (SIGSYS)"])


def test_no_file_has_the_process_of_another(loader: IsolatedLoader, tmp_path: Path) -> None:
    file = write(tmp_path, "who")
    ids = {reason for _ in range(4) for reason in load(loader, file)[1]}
    assert len(ids) == 4


@pytest.mark.parametrize("n_bytes", [True, 0, -1, 0.5, "1", None])
def test_an_amount_of_memory_is_not_believed_blindly(
    loader: IsolatedLoader, tmp_path: Path, n_bytes: object
) -> None:
    told = json.dumps({"done": "memory", "allowed": n_bytes}).encode().hex()
    found, reasons = load(loader, write(tmp_path, f"article tell:{told}"))
    assert (found, reasons) == (
        ["file-1"],
        ["its parser returned an invalid answer (not a number of bytes)"],
    )


@pytest.mark.parametrize("words", ["spin", "sleep", "backtrack"])
def test_a_parser_that_hangs_is_stopped(hasty: IsolatedLoader, tmp_path: Path, words: str) -> None:
    found, reasons = load(hasty, write(tmp_path, f"article {words}"))
    assert (found, reasons) == (["file-1"], ["its parser took longer than 1 s"])
    assert hasty.has_failed
    assert load(hasty, write(tmp_path, "article")) == (["file-1"], [])
    assert not hasty.has_failed


def test_a_file_has_a_limit_as_a_whole(tmp_path: Path) -> None:
    bounds = Bounds(step_seconds=30.0, file_seconds=1.0)
    with IsolatedLoader(bounds, loader="hostile_loader:load") as loader:
        found, reasons = load(loader, write(tmp_path, "article sleep"))
    assert (found, reasons) == (["file-1"], ["its parser took longer than 1 s"])


def test_a_slow_reader_does_not_count(hasty: IsolatedLoader, tmp_path: Path) -> None:
    results = hasty.load(write(tmp_path, "article article"), 1_000_000)
    next(results)
    time.sleep(1.2)
    assert isinstance(next(results)[1], Article)
    assert list(results) == []


@pytest.mark.parametrize("way", ["write", "native-write", "run", "shell"])
def test_a_parser_cannot_make_a_file(loader: IsolatedLoader, tmp_path: Path, way: str) -> None:
    target = tmp_path / "target"
    load(loader, write(tmp_path, f"{way}:{target} article"))
    # Where the kernel knows no Landlock, native code makes a file, but cannot fill it.
    assert not target.exists() or (way == "native-write" and not target.read_bytes())


def test_a_parser_cannot_delete_a_file(loader: IsolatedLoader, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.touch()
    _, reasons = load(loader, write(tmp_path, f"delete:{target}"))
    assert target.exists()
    assert "PermissionError" in reasons[0]


@pytest.mark.parametrize("way", ["connect", "native-connect"])
def test_a_parser_reaches_no_network(loader: IsolatedLoader, tmp_path: Path, way: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        _, reasons = load(loader, write(tmp_path, f"{way}:{port}"))
        if way == "connect" or Path("/proc/self/ns/net").exists():
            assert len(reasons) == 1
            with pytest.raises(BlockingIOError):
                server.accept()


def test_a_parser_learns_nothing_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with IsolatedLoader(BOUNDS, loader="hostile_loader:load") as loader:
        assert load(loader, write(tmp_path, "environment:OPENAI_API_KEY article"))[1] == []


def test_a_file_in_memory_is_sent(loader: IsolatedLoader, tmp_path: Path) -> None:
    archive = write(tmp_path, "")
    member = make_member(archive, "inside\udcff.txt", b"article", url="https://news.example/1")
    ((place, article),) = loader.load(member, 1_000)
    assert isinstance(article, Article)
    assert place.file == member.name
    assert article.origin == member.location


def test_what_is_not_taken_is_not_waited_for(loader: IsolatedLoader, tmp_path: Path) -> None:
    results = loader.load(write(tmp_path, "article sleep"), 1_000_000)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert load(loader, write(tmp_path, "article")) == (["file-1"], [])


def test_the_rest_of_an_archive_is_read(loader: IsolatedLoader, tmp_path: Path) -> None:
    words = "article enter:a article leave enter:b article segfault leave article enter:c abort"
    file = write(tmp_path, f"{words} leave article")
    loaded = [item for _, item in loader.load(file, 1_000_000)]
    assert [item.article_id for item in loaded if isinstance(item, Article)] == [
        *("file-1", "file-3", "file-6", "file-9", "file-13")
    ]
    assert [item for item in loaded if isinstance(item, Skip)] == [
        Skip(f"{file.name}!b", "its parser crashed (SIGSEGV)"),
        Skip(f"{file.name}!c", "its parser crashed (SIGABRT)"),
    ]
    assert loader.has_failed


def test_an_archive_that_fails_too_often_is_given_up(tmp_path: Path) -> None:
    words = " ".join(f"enter:{number} exit leave" for number in range(6))
    with IsolatedLoader(replace(HASTY, excluded_members=3), loader="hostile_loader:load") as loader:
        _, reasons = load(loader, write(tmp_path, words))
    assert len(reasons) == 4


def test_an_archive_that_fails_itself_is_not_read_again(
    loader: IsolatedLoader, tmp_path: Path
) -> None:
    assert load(loader, write(tmp_path, "enter:a article leave exit article")) == (
        ["file-2"],
        ["its parser ended without an answer (status 0)"],
    )


def test_stop_cuts_off(tmp_path: Path) -> None:
    with IsolatedLoader(BOUNDS, loader="hostile_loader:load") as loader:
        results = loader.load(write(tmp_path, "article sleep"), 1_000_000)
        next(results)
        loader.stop()
        ((_, skip),) = results
        assert isinstance(skip, Skip)
        ((_, refused),) = loader.load(write(tmp_path, "article"), 1_000_000)
        assert refused == Skip(str(tmp_path / "file.txt"), "stopped")


def test_a_process_that_ended_meanwhile_is_replaced(loader: IsolatedLoader, tmp_path: Path) -> None:
    file = write(tmp_path, "article")
    load(loader, file)
    assert loader.pid is not None
    os.kill(loader.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert load(loader, file) == (["file-1"], [])


def test_a_process_that_does_not_start_costs_its_files(tmp_path: Path) -> None:
    with IsolatedLoader(BOUNDS, loader="no_such_module:load") as loader:
        for number in range(5):
            found, reasons = load(loader, write(tmp_path, "article"))
            assert not found
            says = "did not start" if number < 3 else "does not start"
            assert says in reasons[0]


def test_a_large_parent_costs_no_process(tmp_path: Path) -> None:
    ballast = bytearray(b"x") * (2 * BOUNDS.memory_bytes // 5)
    with IsolatedLoader(BOUNDS, loader="hostile_loader:load") as loader:
        pids = set()
        for _ in range(3):
            load(loader, write(tmp_path, "article"))
            pids.add(loader.pid)
    assert len(ballast) > BOUNDS.memory_bytes // 3
    assert len(pids) == 1
    assert None not in pids


def test_the_process_ends_with_its_loader(tmp_path: Path) -> None:
    with IsolatedLoader(BOUNDS, loader="hostile_loader:load") as loader:
        load(loader, write(tmp_path, "article"))
        pid = loader.pid
        assert pid is not None
        assert is_running(pid)
    assert not is_running(pid)


PARENT = """
import sys
from pathlib import Path
from index.containment.isolated_loader import IsolatedLoader
from index.containment.parser_process import Bounds
from index.formats.files import find_files
loader = IsolatedLoader(Bounds(step_seconds=60.0), loader="hostile_loader:load")
(file,) = find_files([sys.argv[1]])
for _ in loader.load(file, 1_000):
    print(loader.pid, flush=True)
"""


# "backtrack" holds the interpreter, so that only the kernel can end the process.
@pytest.mark.parametrize("doing", ["sleep", "backtrack"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_the_process_ends_with_its_parent(tmp_path: Path, how: signal.Signals, doing: str) -> None:
    file = write(tmp_path, f"article {doing}")
    paths = os.pathsep.join([str(Path(__file__).resolve().parents[2]), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(file.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.send_signal(how)
        parent.wait(30)
    for _ in range(100):
        if not is_running(pid):
            break
        time.sleep(0.1)
    assert not is_running(pid)


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("socket.connect", (None, ("127.0.0.1", 1))),
        ("subprocess.Popen", ("true", [], None, None)),
        ("os.system", (b"true",)),
        ("os.fork", ()),
        ("os.remove", ("x", -1)),
        ("os.rename", ("x", "y", -1, -1)),
        ("shutil.rmtree", ("x", None)),
        ("open", ("x", "w", os.O_WRONLY | os.O_CREAT)),
        ("open", ("x", None, os.O_RDWR)),
    ],
)
def test_the_hook_refuses(event: str, args: tuple[object, ...]) -> None:
    with pytest.raises(PermissionError):
        refuse(event, args)


@pytest.mark.parametrize(
    ("event", "args"),
    [("open", ("x", "r", os.O_RDONLY)), ("open", (3, "wb", os.O_WRONLY)), ("import", ("x",))],
)
def test_the_hook_lets_reading_pass(event: str, args: tuple[object, ...]) -> None:
    refuse(event, args)


class NoAlarm:
    def set(self) -> None:
        pass

    def clear(self) -> None:
        pass


def serve(load: LoadFile, file: SourceFile) -> list[tuple[dict[str, object], bytes]]:
    """Return what a server answers, without a process around it."""
    output = io.BytesIO()
    server = Server(output, load, NoAlarm())  # type: ignore[arg-type]
    server.answer(Request(*describe_file(file, 1_000)))
    output.seek(0)
    answers = []
    while line := output.readline():
        message, n_bytes = read_header(line)
        answers.append((message, output.read(n_bytes)))
    return answers


def test_a_text_that_is_too_long_is_a_skip(tmp_path: Path) -> None:
    file = write(tmp_path, "x")
    long = Article("a", "Long", "é" * (MAX_TEXT_BYTES // 2 + 1), origin=file.location)
    (message, _), (end, _) = serve(lambda *_, **__: iter([(Place(file.name), long)]), file)
    _, skip = read_loaded(message, b"")
    assert isinstance(skip, Skip)
    assert "more than 100,000,000" in skip.reason
    assert end == {"done": "", "refused": False}


def test_failures_are_one_line() -> None:
    assert describe_failure(ValueError("a\n b")) == "ValueError: a b"
    assert describe_failure(ValueError("\x1b[2J")) == "ValueError: '\\x1b[2J'"
    assert describe_failure(KeyError()) == "KeyError"
    assert len(describe_failure(ValueError("x" * 5_000))) < 300


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=50)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
MOMENTS = st.datetimes(
    timezones=st.one_of(
        st.none(),
        st.just(UTC),
        # Whole seconds, as zones have them: Python 3.11 loses an offset of microseconds.
        st.integers(-43_200, 43_200).map(lambda s: timezone(timedelta(seconds=s))),
    )
)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(TEXTS)
    return Article(
        article_id=draw(LINES),
        title=draw(LINES),
        text=text,
        source=draw(LINES),
        published=draw(st.none() | st.dates()),
        outlet=draw(LINES),
        origin=draw(LINES),
        author=draw(LINES),
        language=draw(LINES),
        url=draw(LINES),
        canonical_url=draw(LINES),
        published_at=draw(st.none() | MOMENTS),
        updated_at=draw(st.none() | MOMENTS),
        date_basis=draw(st.sampled_from(["", *DATE_BASES])),
        pages=tuple(sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))),
    )


@given(articles(), st.none() | st.integers(1, 10**9), LINES)
def test_an_article_comes_over_whole(article: Article, line: int | None, name: str) -> None:
    data = io.BytesIO(pack(*describe_loaded(Place(name, line), article)))
    message, n_bytes = read_header(data.readline())
    place, read = read_loaded(message, data.read())
    assert n_bytes == len(article.text.encode())
    assert (place, read) == (Place(name, line), article)
    assert isinstance(read, Article)
    for moment in ("published_at", "updated_at"):
        before, after = getattr(article, moment), getattr(read, moment)
        assert (before and before.utcoffset()) == (after and after.utcoffset())


def test_every_field_of_an_article_comes_over() -> None:
    full = Article(
        "id",
        "Title",
        "Text.",
        source="source",
        published=date(2024, 10, 21),
        outlet="Outlet",
        origin="origin",
        author="Author",
        language="en",
        url="https://news.example/1",
        canonical_url="https://news.example/c",
        published_at=datetime(2024, 10, 21, 8, tzinfo=UTC),
        updated_at=datetime(2024, 10, 22),
        date_basis="page",
        pages=(0, 3),
        notes=("left out: a box",),
    )
    blank = Article("", "", "")
    assert all(getattr(full, f.name) != getattr(blank, f.name) for f in fields(Article))
    place, read = read_loaded(*describe_loaded(Place("x"), full))
    assert (place, read) == (Place("x"), full)
    assert isinstance(read, Article)
    assert read.notes == full.notes


@given(st.builds(Skip, LINES, LINES, is_note=st.booleans()))
def test_a_skip_comes_over_whole(skip: Skip) -> None:
    assert read_loaded(*describe_loaded(Place("x"), skip)) == (Place("x"), skip)


def test_a_file_comes_over_whole(tmp_path: Path) -> None:
    file = replace(
        write(tmp_path, "x"), columns=(("text", "Body"),), identity=b"\xff\0", label="upload:x"
    )
    for sent in (file, make_member(file, "ü.pdf", b"\0\n\xff", url="https://news.example/")):
        message, content = describe_file(sent, 7, frozenset({"x!y"}))
        given = json.loads(json.dumps(message))
        assert read_file_request(given, content) == (sent, 7, frozenset({"x!y"}))


def test_control_characters_do_not_come_over() -> None:
    article = Article("id", "A\nB\x1b", "Text.\n", author="x\u2028y")
    _, read = read_loaded(*describe_loaded(Place("x"), article))
    assert read == replace(article, title="A B ", author="x y")


GOOD: dict[str, object] = {"article_id": "a", "title": "T"}


GARBLED: list[dict[str, object]] = [
    {},
    {"place": ["x", None]},
    {"place": ["x"], "skip": ["a", "b"]},
    {"place": ["x", 0], "skip": ["a", "b"]},
    {"place": ["x", True], "skip": ["a", "b"]},
    {"place": [1, None], "skip": ["a", "b"]},
    {"place": ["x", None], "skip": "ab"},
    {"place": ["x", None], "skip": ["a", 1]},
    {"place": ["x", None], "article": []},
    {"place": ["x", None], "article": {}},
    {"place": ["x", None], "article": {**GOOD, "text": "y"}},
    {"place": ["x", None], "article": {**GOOD, "__class__": "y"}},
    {"place": ["x", None], "article": {**GOOD, "title": 1}},
    {"place": ["x", None], "article": {**GOOD, "title": "t" * (MAX_FIELD_CHARS + 1)}},
    {"place": ["x", None], "article": {**GOOD, "published": 20241021}},
    {"place": ["x", None], "article": {**GOOD, "published": "2024-13-01"}},
    {"place": ["x", None], "article": {**GOOD, "published_at": "noon"}},
    {"place": ["x", None], "article": {**GOOD, "date_basis": "hearsay"}},
    {"place": ["x", None], "article": {**GOOD, "pages": [2, 1]}},
    {"place": ["x", None], "article": {**GOOD, "pages": [-1]}},
    {"place": ["x", None], "article": {**GOOD, "pages": [True]}},
    {"place": ["x", None], "article": {**GOOD, "pages": [0, 99]}},
    {"place": ["x", None], "article": {**GOOD, "pages": "01"}},
]


@pytest.mark.parametrize("message", GARBLED, ids=str)
def test_what_is_no_article_is_refused(message: dict[str, object]) -> None:
    with pytest.raises(GarbledError):
        read_loaded(message, b"Text.")


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b'{"bytes": 1e9}', b'{"bytes": true}', b"[" * 10_000, b"\xff"]
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(GarbledError):
        read_header(line)


def test_a_text_that_is_no_text_is_refused() -> None:
    with pytest.raises(GarbledError):
        read_loaded({"place": ["x", None], "article": GOOD}, b"\xff")
