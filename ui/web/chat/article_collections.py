"""Collections: named folders of articles, and searches that are kept, for everybody who asks.

They lie in a small JSON file beside the record of the library. Articles are named by their ids, and
one that has left the library is not found any more.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from index.errors import OnRecordError
from index.plain_data import to_fields
from index.types import Filter
from ui.web.chat.filters import Choice, FilterField, filter_to_dict

MAX_COLLECTIONS = 200
MAX_COLLECTED = 50_000
"""Articles in all collections together."""
MAX_NAME_CHARS = 80
MAX_DELETED = 20

_NO_FILTER = Filter()


class CollectionError(OnRecordError):
    """A collection does not exist, or could not be kept."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of articles, or a search that is made anew each time.

    Attributes:
        collection_id: 32 hexadecimal digits.
        name: What it is called; no two are called the same.
        articles: Ids of its articles; empty for a search.
        words: What the search looks for.
        only: What the search is narrowed to.
        is_deleted: Whether it is kept only to be put back.
    """

    collection_id: str
    name: str
    articles: tuple[str, ...] = ()
    words: str = ""
    only: FilterField = _NO_FILTER
    is_deleted: bool = False

    @property
    def is_search(self) -> bool:
        """Whether it is a search."""
        return bool(self.words or self.only)


class Collections:
    """The collections of a library. May be used by several threads at once.

    Args:
        file: Where they are kept; None keeps them in memory.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._kept: tuple[Collection, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether they outlast the process."""
        return self._file is not None

    def all(self) -> tuple[Collection, ...]:
        """Return all collections by name.

        Raises:
            CollectionError: If the file cannot be read as one of ours.
        """
        with self._lock:
            return tuple(one for one in self._read() if not one.is_deleted)

    def find(self, collection_id: str) -> Collection:
        """Return a collection.

        Raises:
            CollectionError: If there is none of that id.
        """
        for one in self.all():
            if one.collection_id == collection_id:
                return one
        raise CollectionError(
            "this collection was deleted; remove it from the filter, or choose another"
        )

    def add(self, name: str, articles: Sequence[str]) -> Collection:
        """Put articles into the collection of a name, which is made if there is none."""
        line = _to_name(name)

        def change(found: Collection | None) -> Collection:
            if found is not None and found.is_search:
                raise CollectionError(f"“{line}” is a saved search; give another name")
            made = found or Collection(secrets.token_hex(16), line)
            return replace(made, articles=tuple(dict.fromkeys((*made.articles, *articles))))

        return self._change(lambda one: one.name.casefold() == line.casefold(), change)

    def save_search(self, name: str, words: str, only: Filter) -> Collection:
        """Keep a search, numbered if another has its name; one that is kept already stays."""
        line = _to_name(name)
        if isinstance(only, Choice):
            raise CollectionError(
                "a search within collections cannot be saved; remove them from the filter first"
            )
        taken = {one.name.casefold() for one in self.all()}
        names = (_number(line, count) for count in range(1, MAX_COLLECTIONS + 2))
        free = next((one for one in names if one.casefold() not in taken), line)

        def change(found: Collection | None) -> Collection:
            return found or Collection(secrets.token_hex(16), free, words=words, only=only)

        return self._change(
            lambda one: one.is_search and (one.words, one.only) == (words, only), change
        )

    def take_out(self, collection_id: str, articles: Sequence[str]) -> Collection:
        """Take articles out of a collection; they stay in the library."""
        leaving = set(articles)

        def change(found: Collection | None) -> Collection:
            if found is None:
                raise CollectionError("this collection was deleted")
            if found.is_search:
                raise CollectionError(f"“{found.name}” is a saved search; delete it instead")
            return replace(found, articles=tuple(a for a in found.articles if a not in leaving))

        return self._change(lambda one: one.collection_id == collection_id, change)

    def set_deleted(self, collection_id: str, *, is_deleted: bool) -> Collection:
        """Delete a collection, or put it back; its articles stay in the library."""
        with self._lock:
            kept = list(self._read())
            taken = {one.name.casefold() for one in kept if not one.is_deleted}
            for place, one in enumerate(kept):
                if one.collection_id == collection_id and one.is_deleted != is_deleted:
                    if not is_deleted and one.name.casefold() in taken:
                        raise CollectionError(f"another collection is called “{one.name}” now")
                    kept.append(replace(kept.pop(place), is_deleted=is_deleted))
                    self._write(kept)
                    return kept[-1]
        raise CollectionError("this collection is not there any more")

    def _change(
        self,
        is_it: Callable[[Collection], bool],
        change: Callable[[Collection | None], Collection],
    ) -> Collection:
        with self._lock:
            kept = list(self._read())
            found = next((one for one in kept if is_it(one) and not one.is_deleted), None)
            changed = change(found)
            others = [one for one in kept if one is not found]
            self._write([*others, changed])
            return changed

    def _read(self) -> tuple[Collection, ...]:
        if self._file is None:
            return self._kept
        try:
            return _stored_form().validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise CollectionError(
                f"the collections in '{self._file}' cannot be read; move the file away to begin"
                " with none"
            ) from error

    def _write(self, kept: Sequence[Collection]) -> None:
        shown = sorted((one for one in kept if not one.is_deleted), key=lambda one: one.name)
        deleted = [one for one in kept if one.is_deleted][-MAX_DELETED:]
        n_articles = sum(len(one.articles) for one in shown)
        if len(shown) > MAX_COLLECTIONS or n_articles > MAX_COLLECTED:
            raise CollectionError(
                f"there is room for {MAX_COLLECTIONS} collections and {MAX_COLLECTED:,} articles in"
                " them; delete a collection first"
            )
        self._kept = (*shown, *deleted)
        if self._file is None:
            return
        fields = [to_fields(one) | {"only": filter_to_dict(one.only)} for one in self._kept]
        beside = self._file.with_suffix(".new")
        try:
            beside.touch(mode=0o600)
            with beside.open("w", encoding="utf-8") as written:
                written.write(json.dumps(fields))
                written.flush()
                os.fsync(written.fileno())
            beside.replace(self._file)
        except OSError as error:
            raise CollectionError(
                f"the collections cannot be written to '{self._file}' ({error.strerror})"
            ) from error


def name_collections(only: Filter, collections: Collections) -> Filter:
    """Return a choice with the names that its collections have now.

    Raises:
        CollectionError: If there is no such collection.
    """
    if not isinstance(only, Choice):
        return only
    named = tuple((key, collections.find(key).name) for key, _ in only.collections)
    return replace(only, collections=named)


@cache
def _stored_form() -> TypeAdapter[tuple[Collection, ...]]:
    return TypeAdapter(tuple[Collection, ...])


def _number(name: str, count: int) -> str:
    """Return a name, or from the second of its kind on with a number behind it."""
    ending = f" ({count})" if count > 1 else ""
    return name[: MAX_NAME_CHARS - len(ending)] + ending


def _to_name(name: str) -> str:
    line = " ".join(name.split())[:MAX_NAME_CHARS]
    if not line:
        raise CollectionError("a collection needs a name")
    return line
