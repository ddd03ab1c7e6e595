"""Members of archives and packed files: unpacked in memory within limits, and named safely.

Nothing is ever written to disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from index.errors import ArticleFormatError
from index.formats.damage import DAMAGE, describe_damage
from index.formats.files import Place, SourceFile, check_size, clip_name, make_member, open_file
from index.formats.limits import MAX_COLLECTION_BYTES, MAX_MEMBER_BYTES, Budget, check_ratio
from index.formats.registry import is_supported
from index.types import Skip

_BLOCK_BYTES = 1 << 20
_NAMED = 3


class Unpacking(io.RawIOBase):
    """A stream of unpacked bytes that raises an error when it reaches a limit.

    Args:
        stream: Gives the unpacked bytes.
        name: Its name in an error.
        budget: What the archive may still unpack.
        n_packed: Returns the packed bytes read so far, to check the ratio; None if nothing is
            packed, or the ratio has been checked.
        beneath: The stream that ``stream`` reads from, to be closed with it.

    Attributes:
        allowance: Bytes that may be read until this is set again, None for no limit; a header
            without an end is not read forever.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        name: str,
        budget: Budget,
        n_packed: Callable[[], int] | None = None,
        beneath: BinaryIO | None = None,
    ) -> None:
        self.allowance: int | None = None
        self._stream = cast("io.BufferedIOBase", stream)
        self._beneath = beneath
        self._name = name
        self._budget = budget
        self._n_packed = n_packed
        self._n_unpacked = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return whether it can go back to its start."""
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position, and return it.

        Raises:
            OSError: If the stream beneath cannot.
        """
        position = self._stream.seek(offset, whence)
        if whence == io.SEEK_SET:
            self._n_unpacked = position
        return position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # before 3.12, no type
        """Fill a buffer.

        Raises:
            ArticleFormatError: If the data is damaged, or a limit is exceeded.
        """
        try:
            # One piece at a time, so that everything before a damaged place is still returned.
            data = self._stream.read1(min(len(buffer), _BLOCK_BYTES))
        except DAMAGE as error:
            raise ArticleFormatError(self._name, describe_damage(error)) from None
        n_bytes = len(data)
        buffer[:n_bytes] = data
        self._n_unpacked += n_bytes
        self._budget.take_bytes(n_bytes, name=self._name)
        if self._n_packed is not None:
            check_ratio(self._n_packed(), self._n_unpacked, name=self._name)
        if self.allowance is not None:
            self.allowance -= n_bytes
            if self.allowance < 0:
                raise ArticleFormatError(self._name, "damaged (a header without an end)")
        return n_bytes

    def close(self) -> None:
        """Close the streams beneath."""
        if not self.closed:
            self._stream.close()
            if self._beneath is not None:
                self._beneath.close()
        super().close()


@dataclass(slots=True)
class SkippedMembers:
    """Members of an archive that were skipped, by reason, with the first few names."""

    counts: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, reason: str) -> None:
        """Count a member."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        named = self.names.setdefault(reason, [])
        if len(named) < _NAMED:
            named.append(f"'{clip_name(name)}'")

    def report(self, file: SourceFile) -> Iterator[tuple[Place, Skip]]:
        """Yield one skip per reason."""
        for reason, count in self.counts.items():
            named = ", ".join(self.names[reason])
            more = f" and {count - _NAMED:,} more" if count > _NAMED else ""
            noun = "member" if count == 1 else "members"
            yield Place(file.name), Skip(file.name, f"{count:,} {noun} {reason}: {named}{more}")


def budget_of(container: SourceFile) -> tuple[SourceFile, Budget]:
    """Return an archive with the budget that its members share, and that budget.

    An archive inside another one shares the outer budget.
    """
    budget = container.budget or Budget()
    return replace(container, budget=budget), budget


def read_member(
    stream: BinaryIO, *, name: str, budget: Budget, n_packed: int | None = None
) -> bytes:
    """Return a member's content.

    Args:
        stream: Gives its unpacked bytes.
        name: Its name in an error.
        budget: What the archive may still unpack.
        n_packed: Its packed size in the archive; None if the archive is packed as a whole.

    Raises:
        ArticleFormatError: If it is too large, or a bomb.
    """
    blocks = []
    n_bytes = 0
    while block := stream.read(_BLOCK_BYTES):
        n_bytes += len(block)
        if n_bytes > MAX_MEMBER_BYTES:
            reason = f"more than {MAX_MEMBER_BYTES:,} bytes, the limit for one member"
            raise ArticleFormatError(name, reason)
        if n_packed is not None:
            budget.take_bytes(len(block), name=name)
            check_ratio(n_packed, n_bytes, name=name)
        blocks.append(block)
    return b"".join(blocks)


def is_hidden(name: str) -> bool:
    """Tell whether a member is a hidden file, such as ``.DS_Store``."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def is_loadable(container: SourceFile, name: str) -> bool:
    """Tell whether a member has a loader; others are skipped without unpacking them."""
    return is_supported(make_member(container, name, b""))


def name_in(container: SourceFile, name: str) -> str:
    """Return the name of a member for display."""
    return f"{container.name}!{clip_name(name)}"


_PACKINGS: tuple[tuple[bytes, Callable[[BinaryIO], BinaryIO]], ...] = (
    (b"\x1f\x8b", lambda stream: cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb"))),
    (b"BZh", lambda stream: cast("BinaryIO", bz2.BZ2File(stream, "rb"))),
    (b"\xfd7zXZ\x00", lambda stream: cast("BinaryIO", lzma.LZMAFile(stream, "rb"))),  # noqa: SIM115
)


def load_compressed(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Skip | SourceFile]]:
    """Yield the file that is packed with gzip, bzip2 or xz: ``wire.jsonl`` of ``wire.jsonl.gz``."""
    del max_bytes  # the loader of the packed file checks its articles
    file, budget = budget_of(file)
    budget.take_member(name=file.name)
    with open_file(file) as stream:
        is_packed = _find_unpacker(stream) is not None
    if not is_packed:
        raise ArticleFormatError(file.name, "not packed with gzip, bzip2 or xz")
    name = PurePosixPath(file.name.rpartition("!")[2]).stem
    member = make_member(file, name, None, opener=lambda: _open_unpacked(file, budget))
    yield Place(member.name), member


def _open_unpacked(file: SourceFile, budget: Budget) -> BinaryIO:
    """Open a file, packed or not, and unpack it within limits while it is read.

    Raises:
        ArticleFormatError: If it cannot be opened or is too large.
    """
    return cast("BinaryIO", io.BufferedReader(unpack(file, budget), 1 << 16))


def unpack(file: SourceFile, budget: Budget) -> Unpacking:
    """Return the unbuffered stream that ``_open_unpacked`` reads from."""
    stream = open_file(file)
    try:
        check_size(file, stream, MAX_COLLECTION_BYTES)
        opener = _find_unpacker(stream)
        if opener is None:
            return Unpacking(stream, name=file.name, budget=budget)
        return Unpacking(
            opener(stream), name=file.name, budget=budget, n_packed=stream.tell, beneath=stream
        )
    except BaseException:
        stream.close()
        raise


def _find_unpacker(stream: BinaryIO) -> Callable[[BinaryIO], BinaryIO] | None:
    """Return what unpacks a stream, by its first bytes; the stream is left at its start."""
    stream.seek(0)
    head = stream.read(max(len(magic) for magic, _ in _PACKINGS))
    stream.seek(0)
    return next((opener for magic, opener in _PACKINGS if head.startswith(magic)), None)
