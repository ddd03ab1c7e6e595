"""Mails, one a file (EML) or many (MBOX): newsletters and what is attached to them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING, BinaryIO

from index.errors import ArticleFormatError
from index.formats.damage import DAMAGE, describe_damage, reporting
from index.formats.files import Place, SourceFile, make_member, open_file, read_file
from index.formats.limits import MAX_MEMBER_BYTES
from index.formats.mail.newsletter import newsletter_text, plain_text
from index.formats.metadata import Metadata, make_article
from index.formats.page_encoding import decode_page
from index.formats.registry import is_supported
from index.formats.web.page_metadata import absolute_address
from index.language.detection import parse_language
from index.text.clean import clean_line
from index.text.encodings import decode
from index.types import Article, Loaded, Skip

if TYPE_CHECKING:
    from email.message import Message

_MAX_TITLE_CHARS = 300
_MAX_NAME_CHARS = 200
_LONGEST_LINE = 1 << 20
_EARLIEST_YEAR = 1980

_SUBJECT_MARKS = re.compile(r"^(?:(?:re|fwd?|aw|wg|sv|tr|rv|antw)(?:\[\d+\])?\s*:\s*)+", re.I)
_FROM_LINE = re.compile(rb"From (?:\S+ |- )?.*\d{4}|From -|From \S+@\S+")
_WRITER_OF = re.compile(r"(?P<author>.+?)\s+(?:from|at|of|von|de|@|\|)\s+(?P<outlet>\S.*)")
_LIST_ID = re.compile(r"^(?P<name>[^<]*)<")


@reporting
def load_eml(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the article that a mail is, then the files attached to it.

    Args:
        file: The mail.
        max_bytes: A mail with more text is skipped.
    """
    data = read_file(file, max_bytes=max(max_bytes, MAX_MEMBER_BYTES))
    yield from _load_message(file, data, Place(file.name), max_bytes)


@reporting
def load_mbox(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the articles of a mailbox and what is attached to them; a line is a mail's number.

    Args:
        file: The mailbox, of any size; it is read mail by mail.
        max_bytes: A mail with more text is skipped.
    """
    n_messages = 0
    with open_file(file) as stream:
        for number, data in _split_mbox(stream):
            n_messages = number
            place = Place(file.name, number)
            if data is None:
                reason = f"a mail of more than {MAX_MEMBER_BYTES:,} bytes"
                yield place, Skip(str(place), reason)
                continue
            try:
                yield from _load_message(file, data, place, max_bytes)
            except ArticleFormatError as error:
                yield place, Skip(str(place), error.reason)
            except DAMAGE as error:
                yield place, Skip(str(place), describe_damage(error))
    if not n_messages:
        raise ArticleFormatError(file.name, "no mailbox (no line 'From …' starts a mail in it)")


def _split_mbox(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield the mails of a mailbox with their numbers; None for one that is too large."""
    number = 0
    lines: list[bytes] = []
    n_bytes = 0
    is_blank = True
    while line := stream.readline(_LONGEST_LINE):
        if is_blank and line.startswith(b"From ") and _FROM_LINE.match(line):
            if number:
                yield number, b"".join(lines) if n_bytes <= MAX_MEMBER_BYTES else None
            number += 1
            lines, n_bytes = [], 0
            continue
        is_blank = not line.strip()
        if not number:
            if not is_blank:
                return
            continue
        n_bytes += len(line)
        if n_bytes <= MAX_MEMBER_BYTES:
            lines.append(line[1:] if line.startswith(b">") and _is_quoted_from(line) else line)
    if number:
        yield number, b"".join(lines) if n_bytes <= MAX_MEMBER_BYTES else None


def _is_quoted_from(line: bytes) -> bool:
    return line.lstrip(b">").startswith(b"From ")


def _load_message(
    file: SourceFile, data: bytes, place: Place, max_bytes: int
) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    from index.formats.mime import content_of, file_name_of, leaf_parts, parse_message

    message = parse_message(data, name=str(place))
    bodies: list[Message] = []
    attached: list[tuple[str, Message]] = []
    for part in leaf_parts(message):
        name = file_name_of(part)
        if part.get_content_type() == "message/rfc822":
            attached.append((name or "message.eml", part))
        elif name or part.get_content_disposition() == "attachment":
            attached.append((name or "attachment", part))
        elif part.get_content_type() in {"text/html", "text/plain"}:
            bodies.append(part)
    try:
        yield place, _article(file, message, bodies, place, max_bytes)
    except ArticleFormatError as error:
        # A mail may do nothing but carry a document.
        if not any(_is_loadable(file, name) for name, _ in attached):
            yield place, Skip(str(place), error.reason)
    for name, part in attached:
        is_inline = part.get_content_disposition() == "inline" or "Content-ID" in part
        if is_inline and not _is_loadable(file, name):
            continue  # a picture of the mail itself
        shown = name if place.line is None else f"{place.line}/{name}"
        suffix = ".eml" if part.get_content_type() == "message/rfc822" else ""
        yield place, make_member(file, shown, content_of(part), suffix=suffix)


def _is_loadable(file: SourceFile, name: str) -> bool:
    return is_supported(make_member(file, name, b""))


def _article(
    file: SourceFile, message: Message, bodies: list[Message], place: Place, max_bytes: int
) -> Article:
    """Return the article that a mail is.

    Raises:
        ArticleFormatError: If it has no text.
    """
    text = _text_of(bodies, place, max_bytes)
    metadata = _metadata_of(message)
    url = metadata.url
    return make_article(
        text,
        metadata,
        article_id=_message_id(file, message, text),
        source=url or (file.location if place.line is None else f"{file.location}:{place.line}"),
        origin=file.location,
        fallback_title=file.stem if place.line is None else f"{file.stem}, mail {place.line}",
    )


def _text_of(bodies: list[Message], place: Place, max_bytes: int) -> str:
    """Return the text of a mail: what its HTML says, unless its plain text says much more."""
    from index.formats.mime import charset_of, content_of

    plain, rich = [], []
    for part in bodies:
        content = content_of(part)
        if len(content) > max_bytes:
            reason = f"a text of {len(content):,} bytes, more than the {max_bytes:,} it may have"
            raise ArticleFormatError(str(place), reason)
        if not content.strip():
            continue
        name, charset = str(place), charset_of(part)
        if part.get_content_type() == "text/html":
            html = decode_page(content, name=name, charset=charset)
            rich.append(newsletter_text(html, name=name))
        else:
            plain.append(plain_text(_decode_plain(content, name, charset)))
    plain_body = "\n\n".join(filter(None, plain))
    rich_body = "\n\n".join(filter(None, rich))
    text = rich_body if 2 * len(rich_body) >= len(plain_body) else plain_body
    if not text.strip():
        raise ArticleFormatError(str(place), "a mail without text")
    return text


def _decode_plain(content: bytes, name: str, charset: str) -> str:
    return (
        decode_page(content, name=name, charset=charset) if charset else decode(content, name=name)
    )


def _metadata_of(message: Message) -> Metadata:
    from index.formats.mime import header_of, raw_header_of

    subject = _SUBJECT_MARKS.sub("", header_of(message, "Subject", max_chars=_MAX_TITLE_CHARS))
    author, outlet = _writer_of(message)
    moment = _moment_of(raw_header_of(message, "Date"))
    url = absolute_address(raw_header_of(message, "Archived-At").strip("<>"))
    return Metadata(
        title=subject,
        author=author,
        outlet=outlet,
        url=url,
        language=parse_language(raw_header_of(message, "Content-Language").partition(",")[0]),
        published=moment.date() if moment else None,
        published_at=moment,
        date_basis="header" if moment else "",
    )


def _writer_of(message: Message) -> tuple[str, str]:
    """Return who wrote a mail and who sends it out, as far as its headers tell one from the other.

    A mailing list has a name of its own; without one, the name of a sender is a person's, except
    where the mail can be unsubscribed from.
    """
    from index.formats.mime import header_of, raw_header_of

    address = next(iter(getaddresses([raw_header_of(message, "From")])), ("", ""))
    name = clean_line(address[0].strip(" \"'"), max_chars=_MAX_NAME_CHARS)
    host = clean_line(address[1].rpartition("@")[2].lower(), max_chars=_MAX_NAME_CHARS)
    name = "" if "@" in name else name
    listed = _LIST_ID.match(header_of(message, "List-Id", max_chars=_MAX_NAME_CHARS))
    list_name = listed["name"].strip(" \"'") if listed else ""
    both = _WRITER_OF.fullmatch(name)
    if both:
        return both["author"], list_name or both["outlet"]
    if list_name:
        return ("" if name.lower() == list_name.lower() else name), list_name
    if "List-Unsubscribe" in message or "List-Id" in message:
        return "", name or host
    return name, host


def _moment_of(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        is_past = moment.timestamp() <= datetime.now().astimezone().timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return moment if is_past and moment.year >= _EARLIEST_YEAR else None


def _message_id(file: SourceFile, message: Message, text: str) -> str:
    """Return the id of a mail: the same wherever the mail is kept."""
    from index.formats.mime import raw_header_of

    given = raw_header_of(message, "Message-ID")
    content = (
        b"mail\0" + given.encode("utf-8")
        if given
        else file.key + b"\0" + text.encode("utf-8", "surrogatepass")
    )
    return hashlib.sha256(content).hexdigest()[:12]
