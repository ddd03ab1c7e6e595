"""The errors that ``index`` raises on purpose, and the root of all others.

    OnRecordError                     anything a user can be told in one line
    ├── LibraryNotFoundError          there is no library at that path
    ├── LibraryEmptyError             the library has no articles to ask about
    ├── LibraryBusyError              another process is writing to it
    ├── LibraryDamagedError           the record cannot be read as a library
    ├── LibraryVersionError           the record was made by a newer OnRecord
    ├── LibraryStorageError           the disk is full, read-only or failing
    ├── BackupError                   there is no such backup, or it is damaged
    ├── EncoderError                  an encoder cannot be loaded or is not the published one
    │   └── EncoderMismatchError      the library was made with another encoder
    ├── ArticleNotFoundError          no article has that id
    ├── RemovalNotFoundError          there is no removal to undo
    ├── VersionNotFoundError          an article has no version with that number
    ├── EditError                     an article cannot be corrected like that
    ├── ArticleFormatError            a file, or one line of a file, is not an article
    ├── ColumnError                   a column is assigned to no field of an article
    ├── FetchError                    a web address cannot be fetched
    │   └── AddressRefusedError       fetching from there is not allowed
    ├── FolderError                   a folder cannot be watched, or all its files are gone
    ├── SubscriptionError             a feed is not remembered, or there are too many
    ├── FeedbackError                 a verdict on an answer cannot be stored
    └── TimeLimitError                a question took longer than it may

``rag/errors.py`` adds those of a question, a reader and a chat model, and ``ui/`` that of a busy
server. Each says what is wrong and where (``problem``, and attributes of its own) and what mends it
(``remedy``, as data if it is a command); ``str(error)`` gives all of it on one line.
A bug in the calling code raises ``ValueError`` or ``TypeError`` instead.
"""

from __future__ import annotations

from os import PathLike

from index.remedies import Remedy


class OnRecordError(Exception):
    """Root of the errors that are shown to a user as one line.

    Args:
        problem: What is wrong, and where.
        remedy: How to mend it, as data or in words; empty if ``problem`` says so, or nothing does.

    Attributes:
        problem: As given.
        remedy: As given.
    """

    def __init__(self, problem: str, remedy: Remedy | str = "") -> None:
        super().__init__(f"{problem}; {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy


class LibraryNotFoundError(OnRecordError):
    """There is no library at ``path``."""

    def __init__(self, path: PathLike[str]) -> None:
        super().__init__(
            f"no library at '{path}'", Remedy("add", path, ("ARTICLES",), purpose="to make one")
        )
        self.path = path


class LibraryEmptyError(OnRecordError):
    """The library at ``path`` has no articles."""

    def __init__(self, path: PathLike[str]) -> None:
        super().__init__(
            f"the library at '{path}' is empty", Remedy("add", path, ("ARTICLES",), purpose="first")
        )
        self.path = path


class LibraryBusyError(OnRecordError):
    """Another process holds the writer's lock and did not release it in time."""

    def __init__(self, path: PathLike[str], holder: str) -> None:
        super().__init__(
            f"the library at '{path}' is being written by {holder}",
            "wait for it or stop it, then repeat",
        )
        self.path = path
        self.holder = holder


class LibraryDamagedError(OnRecordError):
    """The record is truncated, foreign or inconsistent, and cannot be used."""

    def __init__(self, path: PathLike[str], reason: str) -> None:
        super().__init__(f"the library at '{path}' is damaged ({reason})", Remedy("doctor", path))
        self.path = path
        self.reason = reason


class LibraryVersionError(OnRecordError):
    """The record's schema is newer than this program."""

    def __init__(self, path: PathLike[str], found: int, known: int) -> None:
        super().__init__(
            f"the library at '{path}' has schema version {found}, this program knows {known}",
            "open it with a newer OnRecord, such as the one that wrote it last",
        )
        self.path = path
        self.found = found
        self.known = known


class LibraryStorageError(OnRecordError):
    """The operating system refused to read or write the library."""

    def __init__(self, path: PathLike[str], reason: str, remedy: Remedy | str) -> None:
        super().__init__(f"cannot use the library at '{path}' ({reason})", remedy)
        self.path = path
        self.reason = reason


class BackupError(OnRecordError):
    """There is no such backup, it or a copy is damaged, or there is a library where it would go."""


class TimeLimitError(OnRecordError):
    """A question took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"no answer within {seconds:g} seconds",
            "narrow the question to a period or an outlet, or set ONRECORD_QUESTION_SECONDS",
        )
        self.seconds = seconds


class EncoderError(OnRecordError):
    """An encoder cannot be loaded, or its weights are not the published ones."""


class EncoderMismatchError(EncoderError):
    """The library's vectors come from another encoder, revision or dimension."""

    def __init__(self, path: PathLike[str], expected: str, found: str) -> None:
        super().__init__(
            f"the library at '{path}' was made with encoder {expected}, not {found}",
            Remedy("reencode", path, purpose="with the encoder you want"),
        )
        self.path = path
        self.expected = expected
        self.found = found


class ArticleNotFoundError(OnRecordError):
    """No article of the library at ``path`` has this id."""

    def __init__(self, path: PathLike[str], article_id: str) -> None:
        super().__init__(
            f"no article '{article_id}'", Remedy("list", path, purpose="to see the ids")
        )
        self.path = path
        self.article_id = article_id


class RemovalNotFoundError(OnRecordError):
    """There is no removal to undo, or none with that number."""

    def __init__(self, path: PathLike[str], removal_id: int | None = None) -> None:
        nothing = "nothing" if removal_id is None else f"no removal {removal_id}"
        super().__init__(
            f"{nothing} to put back in the library at '{path}'",
            Remedy("restore", path, ("--list",), purpose="to see what can be"),
        )
        self.path = path
        self.removal_id = removal_id


class VersionNotFoundError(OnRecordError):
    """An article has no version with this number, or none before it."""

    def __init__(self, path: PathLike[str], article_id: str, number: int) -> None:
        missing = f"no version {number}" if number > 0 else "no earlier version"
        super().__init__(
            f"{missing} of '{article_id}'",
            Remedy("versions", path, (article_id,), purpose="to see which there are"),
        )
        self.path = path
        self.article_id = article_id
        self.number = number


class EditError(OnRecordError):
    """A value does not fit the field of an article, or there is no edit to undo."""


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
    """A column is given for an unknown field of an article, or not as ``FIELD=COLUMN``."""


class FetchError(OnRecordError):
    """A web address cannot be reached, or its page cannot be read.

    Fetching turns this into a reported skip.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class AddressRefusedError(FetchError):
    """A web address is malformed, or leads to a place that is not allowed."""


class FolderError(OnRecordError):
    """A folder is missing, cannot be watched, or has no file left."""

    def __init__(self, folder: str, reason: str, remedy: Remedy | str) -> None:
        super().__init__(f"cannot keep in step with '{folder}' ({reason})", remedy)
        self.folder = folder
        self.reason = reason


class SubscriptionError(OnRecordError):
    """A feed is not remembered, or there are too many of them."""


class FeedbackError(OnRecordError):
    """A verdict on an answer is too long, or there are too many of them."""


def describe_failure(error: Exception) -> str:
    """Return an exception as one short line."""
    text = " ".join(str(error).split())[:200]
    shown = text if text.isprintable() else ascii(text)
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__
