"""The most that a file may be, hold or unpack to. Each limit is named in the reason of a skip.

They are far above what articles need and far below what harms a machine: what is larger was made
to be, or is not an archive of articles.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import ArticleFormatError

MAX_FILE_BYTES = 20_000_000
"""What one article may have, in a file of its own, on a line or as extracted text."""

MAX_DEPTH = 3
"""Archives that a file may lie in."""

MAX_DOCUMENT_BYTES = 100_000_000
"""A PDF, an office document or a book, with its pictures."""

MAX_COLLECTION_BYTES = 4_000_000_000
"""An archive or a table on disk; it is read piece by piece."""

MAX_MEMBER_BYTES = 100_000_000
"""A member of an archive, unpacked: it is held in memory."""

MAX_UNPACKED_BYTES = 20_000_000_000
"""All that one archive unpacks to, with the archives in it."""

MAX_RATIO = 200
"""Bytes that one packed byte may become; text in any language stays below 50."""

RATIO_FREE_BYTES = 10_000_000
"""Bytes from which on the ratio is looked at: little harm is done before."""

MAX_MEMBERS = 1_000_000
"""Members of an archive, with those of the archives in it."""

MAX_DIRECTORY_BYTES = 64_000_000
"""The table of contents of a ZIP archive, which is held in memory."""

MAX_HEADER_BYTES = 4_000_000
"""What may stand between two members of a tar or WARC archive, such as long names."""

MAX_PAGES = 5_000
"""Pages of a document; the first ones are read."""

MAX_PAGE_CHARS = 200_000
"""Characters on a page of a document; the first ones are read."""

MAX_OCR_SECONDS = 40.0
"""Time for a document's pages that are pictures; well below what its process has for an article."""

MAX_ROWS = 5_000_000
"""Rows of a table, blank ones included."""

MAX_SHEET_ROWS = 1_048_576
"""Rows of a sheet: as many as Excel itself has, whatever numbers a file gives them."""

MAX_COLUMNS = 2_000
"""Cells of a row."""

MAX_XML_BYTES = 50_000_000
"""One XML part of a document; the parser itself refuses more than 256 levels."""

MAX_ATTRIBUTES = 1_000
"""Attributes of one tag of a web page; parsers take time in the square of their number."""

MAX_ELEMENTS = 30_000
"""Elements of a web page; what finds its main text takes time in the square of their number."""

MAX_JSON_DEPTH = 64
"""Levels of lists and objects in a record."""

MAX_STEP_SECONDS = 60.0
"""Wall time that a parser of a foreign format may take until the next article of a file."""

MAX_FILE_SECONDS = 3600.0
"""Wall time for the whole of such a file, however many articles it gives."""

MAX_MEMORY_BYTES = 2 << 30
"""Address space of the process that parses foreign formats."""


PDF_MEMORY_BYTES = 128 << 20
"""Memory for the pages of a PDF, besides that for its size: PDFium grows until it is killed."""

PDF_MEMORY_RATIO = 20
"""Bytes of memory for each byte of a PDF."""


@dataclass(slots=True)
class Budget:
    """What one archive and the archives in it may still unpack.

    Attributes:
        bytes_left: Unpacked bytes.
        members_left: Members.
    """

    bytes_left: int = MAX_UNPACKED_BYTES
    members_left: int = MAX_MEMBERS

    def take_bytes(self, n_bytes: int, *, name: str) -> None:
        """Count unpacked bytes.

        Raises:
            ArticleFormatError: If they are more than are left.
        """
        self.bytes_left -= n_bytes
        if self.bytes_left < 0:
            reason = f"it unpacks to more than the {MAX_UNPACKED_BYTES:,} bytes an archive may"
            raise ArticleFormatError(name, reason)

    def take_member(self, *, name: str) -> None:
        """Count a member.

        Raises:
            ArticleFormatError: If none is left.
        """
        self.members_left -= 1
        if self.members_left < 0:
            reason = f"it has more than the {MAX_MEMBERS:,} members an archive may"
            raise ArticleFormatError(name, reason)


def check_ratio(n_packed: int, n_unpacked: int, *, name: str) -> None:
    """Refuse what unpacks to far more than texts do.

    Args:
        n_packed: Bytes read.
        n_unpacked: Bytes that they became.
        name: What they are called in an error.

    Raises:
        ArticleFormatError: If they are a bomb.
    """
    if n_unpacked > RATIO_FREE_BYTES and n_unpacked > MAX_RATIO * max(n_packed, 1):
        reason = f"it unpacks to more than {MAX_RATIO} times its size"
        raise ArticleFormatError(name, reason)
