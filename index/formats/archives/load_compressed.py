"""Single files packed with gzip, bzip2 or xz: unpacked while they are read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from index.errors import ArticleFormatError
from index.formats.archives.members import Unpacking, budget_of
from index.formats.damage import reporting
from index.formats.files import Place, SourceFile, make_member, open_file
from index.formats.limits import MAX_COLLECTION_BYTES, Budget
from index.formats.streams import check_size
from index.types import Skip

_MAGIC = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))
_MAGIC_BYTES = 6
_OPENERS: Mapping[str | None, Callable[[BinaryIO], BinaryIO]] = {
    "gzip": lambda stream: cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb")),
    "bzip2": lambda stream: cast("BinaryIO", bz2.BZ2File(stream, "rb")),
    "xz": lambda stream: cast("BinaryIO", lzma.LZMAFile(stream, "rb")),  # noqa: SIM115
}


@reporting
def load_compressed(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Skip | SourceFile]]:
    """Yield the one file that is packed; ``wire.jsonl.gz`` holds ``wire.jsonl``.

    Args:
        file: The packed file.
        max_bytes: Not used: what an article may have is checked by the packed file's own loader.
    """
    del max_bytes
    file, budget = budget_of(file)
    budget.take_member(name=file.name)
    with open_file(file) as stream:
        kind = packing_of(stream)
    if kind is None:
        raise ArticleFormatError(file.name, "not packed with gzip, bzip2 or xz")
    name = PurePosixPath(file.name.rpartition("!")[2]).stem
    member = make_member(file, name, None, opener=lambda: open_unpacked(file, budget))
    yield Place(member.name), member


def open_unpacked(file: SourceFile, budget: Budget) -> BinaryIO:
    """Open a file that may be packed, as the bytes that it unpacks to, within limits.

    Args:
        file: Packed or not.
        budget: What may still be unpacked.

    Raises:
        ArticleFormatError: If it cannot be opened or is too large.
    """
    return cast("BinaryIO", io.BufferedReader(unpack(file, budget), 1 << 16))


def unpack(file: SourceFile, budget: Budget) -> Unpacking:
    """Return what ``open_unpacked`` reads from."""
    stream = open_file(file)
    try:
        check_size(file, stream, MAX_COLLECTION_BYTES)
        opener = _OPENERS.get(packing_of(stream))
        if opener is None:
            return Unpacking(stream, name=file.name, budget=budget)
        return Unpacking(
            opener(stream), name=file.name, budget=budget, n_packed=stream.tell, beneath=stream
        )
    except BaseException:
        stream.close()
        raise


def packing_of(stream: BinaryIO) -> str | None:
    """Return what a stream is packed with, by its first bytes; it is left at its start."""
    stream.seek(0)
    head = stream.read(_MAGIC_BYTES)
    stream.seek(0)
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
