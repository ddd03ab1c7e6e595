"""The limits on what a file may be, hold or unpack to. Skips name the limit that was hit.

They are far above what articles need and far below what harms a machine. Anything larger was made
to be large, or is not an archive of articles.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import ArticleFormatError

MAX_FILE_BYTES = 20_000_000
"""One article: as a file, as a line, or as extracted text."""

MAX_DEPTH = 3
"""Archives within archives."""

MAX_DOCUMENT_BYTES = 100_000_000
"""A PDF, an office document or a book, with its pictures."""

MAX_COLLECTION_BYTES = 4_000_000_000
"""An archive or a table on disk; it is read piece by piece."""

MAX_MEMBER_BYTES = 100_000_000
"""A member of an archive, unpacked: it is held in memory."""

MAX_UNPACKED_BYTES = 20_000_000_000
"""Everything that one archive unpacks to, including the archives in it."""

MAX_RATIO = 200
"""Unpacked bytes per packed byte; text in any language stays below 50."""

RATIO_FREE_BYTES = 10_000_000
"""Unpacked bytes before the ratio is checked: fewer do little harm."""

MAX_MEMBERS = 1_000_000
"""Members of an archive, including those of the archives in it."""

MAX_DIRECTORY_BYTES = 64_000_000
"""The table of contents of a ZIP archive, which is held in memory."""

MAX_HEADER_BYTES = 4_000_000
"""The bytes between two members of a tar or WARC archive, such as long names."""

MAX_PAGES = 5_000
"""Pages of a document; further ones are skipped."""

MAX_PAGE_CHARS = 200_000
"""Characters on a page of a document; further ones are skipped."""

MAX_OCR_SECONDS = 40.0
"""Time for the scanned pages of a document; well below ``MAX_STEP_SECONDS``."""

MAX_ROWS = 5_000_000
"""Rows of a table, including blank ones."""

MAX_SHEET_ROWS = 1_048_576
"""Rows of a sheet: as many as Excel itself allows."""

MAX_COLUMNS = 2_000
"""Cells of a row."""

MAX_XML_BYTES = 50_000_000
"""One XML part of a document; the parser itself refuses more than 256 levels."""

MAX_ATTRIBUTES = 1_000
"""Attributes of one tag of a web page: parsers take quadratic time."""

MAX_ELEMENTS = 30_000
"""Elements of a web page: finding the main text takes quadratic time."""

MAX_JSON_DEPTH = 64
"""Nested lists and objects in a record."""

MAX_STEP_SECONDS = 60.0
"""Wall time of a foreign format's parser until the next article of a file."""

MAX_FILE_SECONDS = 3600.0
"""Wall time for the whole of such a file, however many articles it holds."""

MAX_MEMORY_BYTES = 2 << 30
"""Address space of the process that parses foreign formats."""

PDF_MEMORY_BYTES = 128 << 20
"""Memory for the pages of a PDF, on top of that for its size: PDFium may grow without end."""

PDF_MEMORY_RATIO = 20
"""Memory for each byte of a PDF, in bytes."""


@dataclass(slots=True)
class Budget:
    """What one archive, including the archives in it, may still unpack."""

    bytes_left: int = MAX_UNPACKED_BYTES
    members_left: int = MAX_MEMBERS

    def take_bytes(self, n_bytes: int, *, name: str) -> None:
        """Count unpacked bytes.

        Raises:
            ArticleFormatError: If that exceeds the budget.
        """
        self.bytes_left -= n_bytes
        if self.bytes_left < 0:
            reason = f"it unpacks to more than {MAX_UNPACKED_BYTES:,} bytes"
            raise ArticleFormatError(name, reason)

    def take_member(self, *, name: str) -> None:
        """Count a member.

        Raises:
            ArticleFormatError: If that exceeds the budget.
        """
        self.members_left -= 1
        if self.members_left < 0:
            reason = f"it has more than {MAX_MEMBERS:,} members"
            raise ArticleFormatError(name, reason)


def check_ratio(n_packed: int, n_unpacked: int, *, name: str) -> None:
    """Refuse data that unpacks to far more than texts do.

    Raises:
        ArticleFormatError: If it is a bomb.
    """
    if n_unpacked > RATIO_FREE_BYTES and n_unpacked > MAX_RATIO * max(n_packed, 1):
        reason = f"it unpacks to more than {MAX_RATIO} times its size"
        raise ArticleFormatError(name, reason)
