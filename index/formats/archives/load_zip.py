"""ZIP archives of files of any format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast
from zipfile import ZipFile, ZipInfo

from index.errors import ArticleFormatError
from index.formats.archives.members import (
    LeftOut,
    budget_of,
    is_hidden,
    is_loadable,
    name_in,
    read_member,
)
from index.formats.archives.zipped import is_encrypted, is_link, name_of, open_zip
from index.formats.damage import DAMAGE, describe_damage, reporting
from index.formats.files import Place, SourceFile, make_member
from index.formats.limits import MAX_COLLECTION_BYTES, Budget
from index.formats.streams import open_document
from index.types import Skip


@reporting
def load_zip(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Skip | SourceFile]]:
    """Yield the members of an archive; they are read into memory one by one, never extracted.

    Links and encrypted members are left out and counted; a damaged member costs one skip.

    Args:
        file: The archive.
        max_bytes: Not used: what an article may have is checked by the members' own loaders.
    """
    del max_bytes
    file, budget = budget_of(file)
    left_out = LeftOut()
    with (
        open_document(file, MAX_COLLECTION_BYTES) as stream,
        open_zip(stream, name=file.name) as archive,
    ):
        for info in archive.infolist():
            budget.take_member(name=file.name)
            name = name_of(info)
            if info.is_dir() or is_hidden(name):
                continue
            if is_link(info):
                left_out.add(name, "left out, being a link or a device")
            elif is_encrypted(info):
                left_out.add(name, "left out, being encrypted")
            else:
                place = Place(name_in(file, name))
                try:
                    yield place, _member(file, archive, info, budget)
                except ArticleFormatError as error:
                    yield place, Skip(place.file, error.reason)
                    if budget.bytes_left < 0:
                        break
        yield from left_out.report(file)
        if not archive.infolist():
            yield Place(file.name), Skip(file.name, "an archive without members")


def _member(file: SourceFile, archive: ZipFile, info: ZipInfo, budget: Budget) -> SourceFile:
    name = name_of(info)
    if not is_loadable(file, name):
        return make_member(file, name, b"")
    try:
        with archive.open(info) as stream:
            content = read_member(
                cast("BinaryIO", stream),
                name=file.name,
                budget=budget,
                n_packed=info.compress_size,
            )
    except DAMAGE as error:
        raise ArticleFormatError(file.name, describe_damage(error)) from None
    return make_member(file, name, content)
