"""The errors that a library raises on purpose; those of answering are in ``rag.errors``.

    OnRecordError                     anything a user can be told in one line
    ├── LibraryNotFoundError          there is no library at that path
    ├── LibraryEmptyError             there is nothing in it to ask about
    ├── LibraryBusyError              another process is writing to it
    ├── LibraryDamagedError           the record cannot be read as a library
    ├── LibraryVersionError           the record was made by a newer OnRecord
    ├── LibraryStorageError           the disk is full, read-only or failing
    ├── EncoderError                  an encoder cannot be loaded or is not the published one
    │   └── EncoderMismatchError      the library was made with another encoder
    ├── ArticleNotFoundError          no article has that id
    ├── RemovalNotFoundError          there is no removal to undo
    ├── EditionNotFoundError          an article has no version of that number
    ├── EditError                     an article cannot be corrected like that
    ├── ArticleFormatError            a file or a line of one is not an article
    ├── ColumnError                   a column was assigned to no field of an article
    ├── FetchError                    a web address gave no page
    │   └── AddressRefusedError       nothing is fetched from there
    ├── FolderError                   a folder cannot be watched, or has lost all its files
    ├── SubscriptionError             a feed is not remembered, or one too many is
    ├── FeedbackError                 a verdict on an answer cannot be stored
    └── ServerBusyError               the chat has as many questions as it can take

Each message says what is wrong, where, and the command that mends it, on one line.
A bug in the calling code raises ``ValueError`` or ``TypeError`` instead.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

_UNSAFE_BYTE = re.compile(rb"[^ -~]|['\\\\]")


class OnRecordError(Exception):
    """Root of the errors that are shown to a user as one line."""


def to_shell_word(argument: Path | str) -> str:
    r"""Return a path or another argument as a command between single quotes can have it.

    Examples:
        >>> print(to_shell_word(Path("my $news!")))
        "my \$news"\!""
    """
    text = str(argument)
    if shlex.quote(text) == text:
        return text
    if not text.isprintable():  # bytes that are no text, or what a terminal would act on
        content = text.encode("utf-8", "surrogateescape")
        octal = _UNSAFE_BYTE.sub(lambda found: b"\\%03o" % found[0][0], content)
        return f"$'{octal.decode('ascii')}'"
    # Inside of double quotes, a shell keeps the backslash before an exclamation mark.
    return '"' + re.sub(r'(["$`\\])', r"\\\1", text).replace("!", r'"\!"') + '"'


def name_command(command: str, library: Path) -> str:
    """Return a command on a library as a message names it: it works when it is pasted.

    Examples:
        >>> print(name_command("list", Path("my news")))
        'onrecord list --library "my news"'
    """
    return f"'onrecord {command} --library {to_shell_word(library)}'"


class LibraryNotFoundError(OnRecordError):
    """No library stands at ``path``."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"no library at '{path}'; run {name_command('add ARTICLES', path)} to make one"
        )
        self.path = path


class LibraryEmptyError(OnRecordError):
    """The library at ``path`` has no articles."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the library at '{path}' is empty; run {name_command('add ARTICLES', path)} first"
        )
        self.path = path


class LibraryBusyError(OnRecordError):
    """Another process holds the writer's lock and did not let go in time."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"the library at '{path}' is being written by {holder};"
            " wait for it or stop it, then repeat"
        )
        self.path = path
        self.holder = holder


class LibraryDamagedError(OnRecordError):
    """The record is truncated, foreign or inconsistent, and cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"the library at '{path}' is damaged ({reason}); run {name_command('doctor', path)}"
        )
        self.path = path
        self.reason = reason


class LibraryVersionError(OnRecordError):
    """The record's schema is newer than this program."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"the library at '{path}' has schema version {found}, this program knows {known}; "
            "run 'pip install --upgrade onrecord'"
        )
        self.path = path
        self.found = found
        self.known = known


class LibraryStorageError(OnRecordError):
    """The operating system refused to read or write the library."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"cannot use the library at '{path}' ({reason}); {remedy}")
        self.path = path
        self.reason = reason


class EncoderError(OnRecordError):
    """An encoder cannot be loaded, or its weights are not the published ones."""


class EncoderMismatchError(EncoderError):
    """The library's vectors come from another encoder, revision or dimension."""

    def __init__(self, path: Path, expected: str, found: str) -> None:
        super().__init__(
            f"the library at '{path}' was made with encoder {expected}, not {found}; "
            f"run {name_command('reencode', path)} with the encoder you want"
        )
        self.path = path
        self.expected = expected
        self.found = found


class ArticleNotFoundError(OnRecordError):
    """No article of the library at ``path`` has this id."""

    def __init__(self, path: Path, article_id: str) -> None:
        super().__init__(
            f"no article '{article_id}'; run {name_command('list', path)} to see the ids"
        )
        self.path = path
        self.article_id = article_id


class RemovalNotFoundError(OnRecordError):
    """Nothing was removed that could be put back, or not under that number."""

    def __init__(self, path: Path, removal_id: int | None = None) -> None:
        nothing = "nothing" if removal_id is None else f"no removal {removal_id}"
        super().__init__(
            f"{nothing} to put back in the library at '{path}';"
            f" run {name_command('restore --list', path)} to see what can be"
        )
        self.path = path
        self.removal_id = removal_id


class VersionNotFoundError(OnRecordError):
    """An article has no version of this number, or none before it."""

    def __init__(self, path: Path, article_id: str, number: int) -> None:
        missing = f"no version {number}" if number > 0 else "no earlier version"
        command = name_command(f"versions {to_shell_word(article_id)}", path)
        super().__init__(f"{missing} of '{article_id}'; run {command} to see which there are")
        self.path = path
        self.article_id = article_id
        self.number = number


class EditError(OnRecordError):
    """A value is none that the field of an article can have, or there is no edit to take back."""


class ArticleFormatError(OnRecordError):
    """A file, or one line of a collection, cannot be read as an article.

    Loading turns this into a reported skip; it reaches a caller only from a
    function that reads a single article.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class ColumnError(OnRecordError):
    """A column of a table is assigned to no field of an article, or not as ``FIELD=COLUMN``."""


class FetchError(OnRecordError):
    """A web address cannot be reached, or gave nothing that is read.

    Fetching turns this into a reported skip.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class AddressRefusedError(FetchError):
    """A web address is malformed, or leads where nothing is fetched from."""


class FolderError(OnRecordError):
    """A folder is not there, cannot be watched, or has no file left."""

    def __init__(self, folder: str, reason: str, remedy: str) -> None:
        super().__init__(f"cannot keep in step with '{folder}' ({reason}); {remedy}")
        self.folder = folder
        self.reason = reason


class SubscriptionError(OnRecordError):
    """A feed is not remembered, or there are too many of them."""


class FeedbackError(OnRecordError):
    """A verdict on an answer is too long, or there are too many of them."""


class ServerBusyError(OnRecordError):
    """The chat cannot take another question now."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"busy: {reason}; try again in a moment")


def describe_failure(error: Exception) -> str:
    """Return an exception as one short line."""
    text = " ".join(str(error).split())[:200]
    shown = text if text.isprintable() else ascii(text)
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__
