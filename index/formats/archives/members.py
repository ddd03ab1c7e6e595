"""What lies inside archives: read within limits, named safely, never written anywhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

from index.errors import ArticleFormatError
from index.formats.damage import DAMAGE, describe_damage
from index.formats.files import Place, SourceFile, clip_name, make_member
from index.formats.limits import MAX_MEMBER_BYTES, Budget, check_ratio
from index.formats.registry import is_supported
from index.types import Skip

_BLOCK_BYTES = 1 << 20
_NAMED = 3


class Unpacking(io.RawIOBase):
    """A stream of unpacked bytes that ends in an error where a limit is reached.

    Args:
        stream: What unpacks.
        name: What it is called in an error.
        budget: What the archive may still unpack.
        n_packed: Returns the packed bytes read so far, for the ratio; None where nothing is
            packed, or the ratio was checked already.
        beneath: What the stream reads from, to be closed with it.

    Attributes:
        allowance: Bytes that may be read until this is set again; None for any number. It keeps
            a header from being read without end.
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
        """Tell whether it can go back to its start."""
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, or tell where it is.

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
            ArticleFormatError: If it is damaged, or more was unpacked than may be.
        """
        try:
            # One piece at a time: what stands before a damaged place is still given.
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
class LeftOut:
    """Members of an archive that were not read, by reason, with the first few names.

    Attributes:
        counts: Members per reason.
        names: The first names per reason.
    """

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
    """Return an archive with the budget that its members share, and the budget.

    An archive inside another one has its budget already.
    """
    budget = container.budget or Budget()
    return replace(container, budget=budget), budget


def read_member(
    stream: BinaryIO, *, name: str, budget: Budget, n_packed: int | None = None
) -> bytes:
    """Return a member's content.

    Args:
        stream: Gives its unpacked bytes.
        name: What it is called in an error.
        budget: What the archive may still unpack.
        n_packed: What it takes in the archive; None where the archive is packed as a whole.

    Raises:
        ArticleFormatError: If it is larger than a member may be, or a bomb.
    """
    blocks = []
    n_bytes = 0
    while block := stream.read(_BLOCK_BYTES):
        n_bytes += len(block)
        if n_bytes > MAX_MEMBER_BYTES:
            reason = f"more than the {MAX_MEMBER_BYTES:,} bytes that a member may have"
            raise ArticleFormatError(name, reason)
        if n_packed is not None:
            budget.take_bytes(len(block), name=name)
            check_ratio(n_packed, n_bytes, name=name)
        blocks.append(block)
    return b"".join(blocks)


def is_hidden(name: str) -> bool:
    """Tell whether a member is one that a folder would not show, as ``.DS_Store``."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def is_loadable(container: SourceFile, name: str) -> bool:
    """Tell whether a member has a loader, so that others need not be unpacked to be skipped."""
    return is_supported(make_member(container, name, b""))


def name_in(container: SourceFile, name: str) -> str:
    """Return how a member is shown."""
    return f"{container.name}!{clip_name(name)}"
