"""Tar archives of files of any format, packed or not."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from tarfile import HeaderError, ReadError
from typing import BinaryIO, Self, cast

from index.formats.archives.unpacking import (
    SkippedMembers,
    budget_of,
    is_hidden,
    is_loadable,
    name_in,
    read_member,
    unpack,
)
from index.formats.damage import LOADING_ERRORS, describe_damage
from index.formats.files import Place, SourceFile, make_member
from index.formats.limits import MAX_HEADER_BYTES, MAX_MEMBER_BYTES, Budget
from index.types import Skip

_READ_BYTES = 1 << 16


# The errors at the end of an undamaged stream of members.
_ENDS = frozenset({"EmptyHeaderError", "EOFHeaderError"})


class _Member(tarfile.TarInfo):
    """A member; a damaged header is an error rather than the end of the archive."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile)
        except HeaderError as error:
            if type(error).__name__ in _ENDS:
                raise
            raise ReadError(str(error)) from None


def load_tar(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Skip | SourceFile]]:
    """Yield the members of an archive; they are read into memory one by one, never extracted.

    Gzip, bzip2 and xz are detected, whatever its name. Links, devices and pipes are counted in one
    skip each. Everything before a damaged place is read.
    """
    del max_bytes  # the loaders of the members check their articles
    file, budget = budget_of(file)
    skipped = SkippedMembers()
    n_members = 0
    with unpack(file, budget) as raw:
        raw.allowance = MAX_HEADER_BYTES
        # As a stream, so that only one member is held in memory.
        with tarfile.open(
            fileobj=raw, mode="r|", tarinfo=_Member, errorlevel=0, bufsize=_READ_BYTES
        ) as archive:
            while True:
                member = _next(archive)
                if isinstance(member, Skip):
                    yield from skipped.report(file)
                    yield Place(file.name), Skip(file.name, member.reason)
                    return
                if member is None:
                    break
                n_members += 1
                budget.take_member(name=file.name)
                raw.allowance = None
                yield from _load_member(file, archive, member, budget, skipped)
                # The rest of it is read while looking for the next header.
                raw.allowance = max(0, member.size) + MAX_HEADER_BYTES
                archive.members = []  # type: ignore[attr-defined]  # the list would grow without end
    yield from skipped.report(file)
    if not n_members:
        yield Place(file.name), Skip(file.name, "an empty archive")


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | Skip | None:
    """Return the next member, None at the end, or a skip if the archive is damaged."""
    try:
        return archive.next()
    except LOADING_ERRORS as error:
        return Skip("", describe_damage(error))


def _load_member(
    file: SourceFile,
    archive: tarfile.TarFile,
    member: tarfile.TarInfo,
    budget: Budget,
    skipped: SkippedMembers,
) -> Iterator[tuple[Place, Skip | SourceFile]]:
    name = member.name
    if member.isdir() or is_hidden(name):
        return
    if not member.isreg() or member.issparse():
        is_link = member.issym() or member.islnk()
        kind = "a link" if is_link else "a device, a pipe or a sparse file"
        skipped.add(name, f"skipped ({kind})")
        return
    place = Place(name_in(file, name))
    if not is_loadable(file, name):
        yield place, make_member(file, name, b"")
        return
    if member.size > MAX_MEMBER_BYTES:
        reason = f"{member.size:,} bytes, over the limit of {MAX_MEMBER_BYTES:,} for one member"
        yield place, Skip(place.file, reason)
        return
    stream = archive.extractfile(member)
    if stream is not None:
        with stream:
            content = read_member(cast("BinaryIO", stream), name=file.name, budget=budget)
        yield place, make_member(file, name, content)
