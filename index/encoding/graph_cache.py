"""Exported question graphs, kept once per user, so that only the first library has to export one.

A graph that is found here runs in this process. So the folder counts only if it is this user's
own and closed to everybody else, no part of it may be a symbolic link, and whatever else is wrong
with it means only that it is not used. What is taken is a copy and not a link, so that damage to
one library's file stays in that library; copying 90 MB takes a tenth of a second. Whoever takes a
copy checks it as thoroughly as a graph that has just been exported.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.metadata
import json
import logging
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from index.types import EncoderIdentity

KEPT_GRAPHS = 4
"""How many graphs stay; the ones used longest ago make room."""

EXPORTING_PACKAGES = (
    *("torch", "onnx", "onnxscript"),
    *("sentence-transformers", "transformers", "tokenizers"),
)
"""Packages that a graph depends on."""

_PARTS = ("onrecord", "graphs")
_BLOCK_BYTES = 1 << 20
_NOT_OURS = "it is not this user's alone"

_log = logging.getLogger("onrecord")


def find_cache() -> Path:
    """Return where the graphs of this user are kept, whether or not it is there yet.

    That is ``$XDG_CACHE_HOME``, and where it is not set ``~/.cache`` or, on macOS,
    ``~/Library/Caches``.

    Raises:
        OSError: If it is not known where this user's files are.
    """
    return _find_base().joinpath(*_PARTS)


def describe_cache() -> str:
    """Return in one line what is kept and where, or why nothing is."""
    try:
        folder = find_cache()
        with _open_cache() as cache, os.scandir(cache) as graphs:
            count = len(list(graphs))
    except FileNotFoundError:
        count = 0
    except OSError as error:
        return f"not used ({error.strerror}), so every new library exports its own question graph"
    return f"{count} in '{folder}', which new libraries copy"


def name_graph(identity: EncoderIdentity, model: Path, *, code: Path) -> str:
    """Return the name of a graph: a digest of everything that decides what is in it.

    Args:
        identity: The encoder, whose revision stands for its weights.
        model: The model's folder; every other file in it decides too.
        code: The module that exports.

    Raises:
        OSError: If a file cannot be read.
    """
    decisive = {
        "encoder": asdict(identity),
        "files": {
            file.relative_to(model).as_posix(): _digest(file)
            for file in sorted(model.rglob("*"))
            if file.suffix != ".safetensors" and file.is_file()
        },
        "code": _digest(code),
        "packages": {package: _find_version(package) for package in EXPORTING_PACKAGES},
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def take_graph(name: str, target: Path, files: Sequence[str]) -> bool:
    """Copy a graph from the cache, unchecked.

    Args:
        name: From ``name_graph``.
        target: Folder that gets the files; it has none of them.
        files: Their names.

    Returns:
        Whether all files were copied; if not, some may have been.
    """
    try:
        with _open_cache() as cache, _open_own_folder(name, cache) as kept:
            for file in files:
                _copy_out(file, kept, target / file)
            os.utime(kept)
    except FileNotFoundError:
        return False
    except OSError as error:
        _log.debug("no question graph was taken from the cache: %s", error)
        return False
    return True


def keep_graph(name: str, source: Path, files: Sequence[str]) -> bool:
    """Copy a graph into the cache, in place of one with that name.

    Args:
        name: From ``name_graph``.
        source: Folder with the files.
        files: Their names.

    Returns:
        Whether it is kept; a cache that cannot be written or is not the user's own keeps nothing.
    """
    try:
        with _open_cache(make=True) as cache:
            _publish(name, cache, [source / file for file in files])
            _remove_unused(cache)
    except OSError as error:
        _log.debug("the question graph was not put into the cache: %s", error)
        return False
    return True


def _find_base() -> Path:
    stated = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if stated.is_absolute():
        return stated
    try:
        home = Path.home()
    except RuntimeError as error:
        raise FileNotFoundError(errno.ENOENT, "there is no home folder") from error
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache")


@contextmanager
def _open_cache(*, make: bool = False) -> Iterator[int]:
    """Open the cache, if it is this user's alone, and give its descriptor."""
    base = _find_base()
    if make:
        # With another user's HOME, as sudo may leave it, nothing is put there that they cannot use.
        there = next(folder for folder in (base, *base.parents) if folder.exists())
        _check_owner(there.stat())
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(base, os.O_RDONLY | os.O_DIRECTORY)  # which may be a link: to a larger disk
    try:
        _check_owner(os.fstat(folder))
        for part in _PARTS:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, 0o700, dir_fd=folder)
            inner = _open_own(part, os.O_RDONLY | os.O_DIRECTORY, folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


@contextmanager
def _open_own_folder(name: str, parent: int) -> Iterator[int]:
    folder = _open_own(name, os.O_RDONLY | os.O_DIRECTORY, parent)
    try:
        yield folder
    finally:
        os.close(folder)


def _open_own(name: str, flags: int, parent: int) -> int:
    """Open what is this user's alone; a symbolic link is an error, and so is a pipe or device."""
    opened = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    try:
        _check_own(os.fstat(opened))
    except BaseException:
        os.close(opened)
        raise
    return opened


def _check_own(status: os.stat_result) -> None:
    _check_owner(status)
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PermissionError(errno.EPERM, _NOT_OURS)
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise PermissionError(errno.EPERM, "it is not a file")


def _check_owner(status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, _NOT_OURS)


def _copy_out(name: str, folder: int, target: Path) -> None:
    with (
        os.fdopen(_open_own(name, os.O_RDONLY, folder), "rb") as source,
        target.open("xb") as written,
    ):
        shutil.copyfileobj(source, written, _BLOCK_BYTES)


def _copy_in(file: Path, folder: int) -> None:
    made = os.open(file.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    with os.fdopen(made, "wb") as written, file.open("rb") as source:
        shutil.copyfileobj(source, written, _BLOCK_BYTES)


def _publish(name: str, cache: int, files: Sequence[Path]) -> None:
    """Put files into a new folder and rename it; who reads the old one finds a part missing."""
    unfinished = f"{name}.{secrets.token_hex(4)}"
    os.mkdir(unfinished, 0o700, dir_fd=cache)
    try:
        with _open_own_folder(unfinished, cache) as folder:
            for file in files:
                _copy_in(file, folder)
        _remove(name, cache)
        os.rename(unfinished, name, src_dir_fd=cache, dst_dir_fd=cache)
    finally:
        _remove(unfinished, cache)


def _remove_unused(cache: int) -> None:
    with os.scandir(cache) as graphs:
        by_use = sorted(graphs, key=lambda graph: graph.stat(follow_symlinks=False).st_mtime_ns)
    for graph in by_use[:-KEPT_GRAPHS]:
        _remove(graph.name, cache)


def _remove(name: str, cache: int) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=cache)  # a link or a file, if somebody put one there
    shutil.rmtree(name, ignore_errors=True, dir_fd=cache)


def _find_version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
