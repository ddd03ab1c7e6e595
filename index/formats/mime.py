"""MIME messages, which both mails and MHTML pages are: their headers and parts."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32

from index.errors import ArticleFormatError
from index.text.clean import clean_line

MAX_PARTS = 1_000
"""Parts of a message that are read, including nested ones."""

_MAX_HEADER_CHARS = 10_000


def parse_message(data: bytes, *, name: str) -> Message:
    """Return a message.

    Raises:
        ArticleFormatError: If it has none of the headers of a message.
    """
    # The default policy parses headers by a grammar, which is slow or fails on hostile ones.
    message = message_from_bytes(data, policy=compat32)
    if not any(key in message for key in ("From", "Date", "Subject", "Content-Type")):
        raise ArticleFormatError(name, "not a message (it has none of the usual headers)")
    return message


def header_of(message: Message, key: str, *, max_chars: int = 1_000) -> str:
    """Return a header as one clean line, empty if the message lacks it."""
    return clean_line(raw_header_of(message, key), max_chars=max_chars)


def raw_header_of(message: Message, key: str) -> str:
    """Return a header, decoded and unfolded."""
    value = str(message.get(key) or "")[:_MAX_HEADER_CHARS]
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return _unfold(value)
    return _unfold("".join(_decode_piece(piece, charset) for piece, charset in pieces))


def _decode_piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return piece.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return piece.decode("utf-8", "replace")


def _unfold(value: str) -> str:
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def leaf_parts(message: Message) -> Iterator[Message]:
    """Yield the parts of a message that have no parts themselves; attached mails stay whole.

    At most ``MAX_PARTS`` are read.
    """
    stack = [message]
    n_parts = 0
    while stack and n_parts < MAX_PARTS:
        n_parts += 1
        part = stack.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            stack.extend(child for child in reversed(inner) if isinstance(child, Message))
        else:
            yield part


def content_of(part: Message) -> bytes:
    """Return the decoded bytes of a part."""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            return inner[0].as_bytes(policy=compat32)
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def charset_of(part: Message) -> str:
    """Return the encoding that a part declares, empty if none."""
    return part.get_content_charset() or ""


def file_name_of(part: Message) -> str:
    """Return the file name of a part, empty if it has none."""
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        return ""
    try:
        pieces = decode_header(name)
    except (HeaderParseError, ValueError):
        return name
    return "".join(_decode_piece(piece, charset) for piece, charset in pieces)
