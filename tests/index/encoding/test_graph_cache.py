"""The cache of question graphs: one export for many libraries, and nothing from anybody else."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.encoding import graph_cache, question_graph
from index.encoding.graph_cache import KEPT_GRAPHS, describe_cache, find_cache, name_graph
from index.encoding.onnx_encoder import GRAPH_FILE, TOKENIZER_FILE
from index.encoding.question_graph import (
    CARD_FILE,
    GraphSource,
    load_graph,
)
from index.encoding.torch_encoder import SentenceTransformerEmbedder
from index.types import EncoderIdentity
from onrecord import Article, Library, check_library

MakeEncoder = Callable[..., Path]
Damage = Callable[[Path], object]

NOTES = [Article("a", "Ferry", "The ferry was late. Nobody knew why.")]
FILES = (GRAPH_FILE, TOKENIZER_FILE, CARD_FILE)


@pytest.fixture(scope="module")
def source(make_encoder: MakeEncoder) -> Path:
    return make_encoder(prompts="the council")


@pytest.fixture(scope="module")
def filled(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a caches folder with the graph of the model, as its first library leaves it."""
    folder = tmp_path_factory.mktemp("caches")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        export(source, tmp_path_factory.mktemp("library"))
    return folder


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for this test's caches."""
    folder = tmp_path / "caches"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def entry(filled: Path, caches: Path) -> Path:
    """Return the folder of the model's graph in this test's cache."""
    shutil.copytree(filled, caches, dirs_exist_ok=True)
    (entry,) = find_cache().iterdir()
    return entry


@pytest.fixture
def exports(filled: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return where has been exported to since; what is written there was exported before."""
    made: list[Path] = []
    (exported,) = (filled / "onrecord" / "graphs").iterdir()

    def write(_: GraphSource, folder: Path) -> None:
        made.append(folder)
        assert list(folder.iterdir()) == []
        shutil.copytree(exported, folder, dirs_exist_ok=True)

    monkeypatch.setattr(question_graph, "_write_graph", write)
    return made


def export(source: Path, library: Path) -> None:
    """Give a library its question graph, which has to be a good one in any case."""
    embedder = SentenceTransformerEmbedder(str(source), source, graph_folder=library / "encoder")
    assert embedder.export_graph()
    graph = load_graph(library / "encoder", name=str(source))
    assert graph is not None
    np.testing.assert_allclose(
        graph.embed("who?"), embedder.embed_query_by_model("who?"), atol=1e-5
    )


def list_cache(caches: Path) -> list[tuple[Path, int]]:
    return sorted((path, path.lstat().st_mtime_ns) for path in (caches, *caches.rglob("*")))


def test_the_second_library_exports_nothing(
    source: Path, caches: Path, tmp_path: Path, exports: list[Path]
) -> None:
    for number in (1, 2, 3):
        with Library.create(tmp_path / f"library-{number}", encoder=str(source)) as library:
            library.add(NOTES)
            assert library.search("why was the ferry late?")
    assert len(exports) == 1
    (entry,) = find_cache().iterdir()
    for name in FILES:
        copies = [tmp_path / f"library-{n}" / "encoder" / name for n in (1, 2, 3)]
        assert {copy.read_bytes() for copy in copies} == {(entry / name).read_bytes()}
        # What befalls one of them, or the cache, must not reach the others.
        assert {file.stat().st_nlink for file in (*copies, entry / name)} == {1}


def test_the_cache_is_for_its_user_alone(entry: Path, caches: Path) -> None:
    assert find_cache() == caches / "onrecord" / "graphs"
    # A copy of what an export has left; copying keeps the modes.
    for folder in (caches / "onrecord", find_cache(), entry):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(file.name for file in entry.iterdir()) == sorted(FILES)
    for file in entry.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_cache_is_where_the_platform_has_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for unset in ("", "not/absolute"):
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        monkeypatch.setattr("sys.platform", "linux")
        assert find_cache() == tmp_path / ".cache" / "onrecord" / "graphs"
        monkeypatch.setattr("sys.platform", "darwin")
        assert find_cache() == tmp_path / "Library" / "Caches" / "onrecord" / "graphs"


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def sign(entry: Path, **fields: object) -> None:
    """Change a card, or the files beside it, so that its checksums hold all the same."""
    card = json.loads((entry / CARD_FILE).read_text("utf-8")) | fields
    del card["checksum"]
    card["sha256"] = {name: question_graph._digest(entry / name) for name in FILES[:2]}  # noqa: SLF001
    card["checksum"] = question_graph._digest_card(card)  # noqa: SLF001
    (entry / CARD_FILE).write_text(json.dumps(card), "utf-8")


def swap_for_noise(entry: Path) -> None:
    (entry / GRAPH_FILE).write_bytes(b"\x08\x0a no graph of any encoder")
    sign(entry)


def link_file(entry: Path) -> None:
    (entry / GRAPH_FILE).rename(entry / "elsewhere.onnx")
    (entry / GRAPH_FILE).symlink_to(entry / "elsewhere.onnx")


def swap_for_a_pipe(entry: Path) -> None:
    (entry / GRAPH_FILE).unlink()
    os.mkfifo(entry / GRAPH_FILE, 0o600)


def link_entry(entry: Path) -> None:
    elsewhere = entry.parents[2] / "elsewhere"
    entry.rename(elsewhere)
    entry.symlink_to(elsewhere, target_is_directory=True)


def swap_for_a_file(entry: Path) -> None:
    shutil.rmtree(entry)
    entry.write_bytes(b"no folder")


UNSOUND: dict[str, Damage] = {
    "graph": lambda entry: flip(entry / GRAPH_FILE),
    "tokenizer": lambda entry: flip(entry / TOKENIZER_FILE),
    "card": lambda entry: flip(entry / CARD_FILE),
    "truncated": lambda entry: os.truncate(entry / GRAPH_FILE, 1000),
    "empty": lambda entry: os.truncate(entry / CARD_FILE, 0),
    "no-card": lambda entry: (entry / CARD_FILE).unlink(),
    "open-file": lambda entry: (entry / GRAPH_FILE).chmod(0o666),
    "open-entry": lambda entry: entry.chmod(0o777),
    "noise": swap_for_noise,
    "other-vectors": lambda entry: sign(entry, prompt="say the opposite of "),
    "other-weights": lambda entry: sign(entry, revision="0" * 64),
    "linked-file": link_file,
    "pipe": swap_for_a_pipe,
    "linked-entry": link_entry,
    "file": swap_for_a_file,
}


@pytest.mark.parametrize("damage", UNSOUND.values(), ids=UNSOUND)
def test_an_entry_that_is_not_sound_is_exported_again(
    source: Path,
    entry: Path,
    tmp_path: Path,
    exports: list[Path],
    damage: Damage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    damage(entry)
    export(source, tmp_path / "one")
    assert len(exports) == 1
    export(source, tmp_path / "two")
    assert len(exports) == 1, "what was exported has not taken the place of what was there"
    assert caplog.records == []


def link_cache(caches: Path) -> None:
    (caches / "onrecord").rename(caches / "elsewhere")
    (caches / "onrecord").symlink_to(caches / "elsewhere", target_is_directory=True)


def swap_caches_for_a_file(caches: Path) -> None:
    shutil.rmtree(caches)
    caches.write_bytes(b"no folder")


UNUSABLE: dict[str, Damage] = {
    "link": link_cache,
    "open-to-its-group": lambda caches: (caches / "onrecord" / "graphs").chmod(0o770),
    "open-to-all": lambda caches: (caches / "onrecord").chmod(0o755),
    "file": swap_caches_for_a_file,
}


@pytest.mark.parametrize("damage", UNUSABLE.values(), ids=UNUSABLE)
def test_a_cache_that_is_not_the_users_alone_is_left_alone(
    source: Path,
    entry: Path,
    caches: Path,
    tmp_path: Path,
    exports: list[Path],
    damage: Damage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    damage(caches)
    before = list_cache(caches)
    export(source, tmp_path / "one")
    export(source, tmp_path / "two")
    assert len(exports) == 2
    assert list_cache(caches) == before
    assert describe_cache().startswith("not used (")
    assert caplog.records == []


@pytest.mark.parametrize("place", ["", "onrecord", "onrecord/graphs", "entry", GRAPH_FILE])
def test_nothing_of_another_user_is_taken(
    source: Path,
    entry: Path,
    caches: Path,
    tmp_path: Path,
    exports: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    theirs = {"entry": entry, GRAPH_FILE: entry / GRAPH_FILE}.get(place, caches / place)
    number, fstat = theirs.stat().st_ino, os.fstat

    def disown(opened: int) -> os.stat_result:
        status = fstat(opened)
        if status.st_ino != number:
            return status
        return os.stat_result((*status[:4], status.st_uid + 1, *status[5:10]))

    monkeypatch.setattr(os, "fstat", disown)
    export(source, tmp_path / "library")
    assert len(exports) == 1


def test_nothing_is_put_into_the_home_of_another_user(
    source: Path, tmp_path: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME")
    user = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: user)
    export(source, tmp_path / "library")
    assert len(exports) == 1
    assert list(home.iterdir()) == []


def test_a_disk_that_is_full_or_read_only_is_no_fault(
    source: Path,
    caches: Path,
    tmp_path: Path,
    exports: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("index.encoding.graph_cache.shutil.copyfileobj", refuse)
        export(source, tmp_path / "one")
    assert list(find_cache().iterdir()) == []
    with monkeypatch.context() as patch:
        patch.setattr("index.encoding.graph_cache.os.mkdir", refuse_in_a_folder(os.mkdir))
        export(source, tmp_path / "two")
    assert list(find_cache().iterdir()) == []
    assert len(exports) == 2
    assert caplog.records == []


def refuse_in_a_folder(make: Callable[..., None]) -> Callable[..., None]:
    """Return ``os.mkdir`` on a disk where the cache's folder cannot be written."""

    def mkdir(path: str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if dir_fd is not None:
            raise OSError(30, "Read-only file system")
        make(path, mode)

    return mkdir


def test_the_graphs_used_longest_ago_make_room(
    source: Path, entry: Path, tmp_path: Path, exports: list[Path]
) -> None:
    for age in range(1, KEPT_GRAPHS + 3):
        older = find_cache() / f"{age:064}"
        older.mkdir(0o700)
        os.utime(older, (1_000_000 - age, 1_000_000 - age))
    os.utime(entry, (0, 0))
    export(source, tmp_path / "one")
    assert exports == []
    flip(entry / GRAPH_FILE)
    export(source, tmp_path / "two")
    kept = {folder.name for folder in find_cache().iterdir()}
    assert kept == {entry.name, *(f"{age:064}" for age in range(1, KEPT_GRAPHS))}


def test_whatever_decides_a_graph_is_in_its_name(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shutil.copytree(source, tmp_path / "model")
    code = tmp_path / "code.py"
    code.write_text("x = 1\n", encoding="utf-8")
    identity = EncoderIdentity("model", "weights", 32)
    names = [name_graph(identity, model, code=code)]
    assert name_graph(identity, model, code=code) == names[0]
    names.append(name_graph(EncoderIdentity("other", "weights", 32), model, code=code))
    names.append(name_graph(EncoderIdentity("model", "others", 32), model, code=code))
    for file in sorted(model.rglob("*")):
        if file.is_file() and file.suffix != ".safetensors":  # the revision stands for these
            kept = file.read_bytes()
            file.write_bytes(kept + b" ")
            names.append(name_graph(identity, model, code=code))
            file.write_bytes(kept)
    code.write_text("x = 2\n", encoding="utf-8")
    names.append(name_graph(identity, model, code=code))
    for package in graph_cache.EXPORTING_PACKAGES:
        with monkeypatch.context() as patch:
            patch.setattr(
                "index.encoding.graph_cache.importlib.metadata.version",
                lambda asked, package=package: "0" if asked == package else "9",
            )
            names.append(name_graph(identity, model, code=code))
    assert len(names) >= 15
    assert len(set(names)) == len(names)


def test_doctor_says_where_the_graphs_are_and_mends_from_there(
    source: Path, caches: Path, tmp_path: Path, exports: list[Path]
) -> None:
    with Library.create(tmp_path / "library", encoder=str(source)) as library:
        library.add(NOTES)
    flip(tmp_path / "library" / "encoder" / GRAPH_FILE)
    details = {finding.subject: finding for finding in check_library(tmp_path / "library")}
    assert details["question graph"].state == "mended"
    assert details["graph cache"].state == "ok"
    assert details["graph cache"].detail == f"1 in '{find_cache()}', which new libraries copy"
    assert len(exports) == 1
    (caches / "onrecord").chmod(0o777)
    details = {finding.subject: finding for finding in check_library(tmp_path / "library")}
    assert details["graph cache"].detail.startswith("not used (")
