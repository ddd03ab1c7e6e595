"""Mails, one per file (EML) or many (MBOX): newsletters, and what is attached to them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import BinaryIO

from index.errors import ArticleFormatError
from index.formats import mime
from index.formats.archives.unpacking import is_loadable
from index.formats.damage import LOADING_ERRORS, describe_damage
from index.formats.files import Place, SourceFile, make_member, open_file, read_file
from index.formats.forwarded_mail import ForwardedMail, find_forwarded
from index.formats.left_out import describe_missing
from index.formats.limits import MAX_MEMBER_BYTES
from index.formats.mail_text import (
    newsletter_text,
    plain_text,
    whole_newsletter,
    whole_plain_text,
)
from index.formats.metadata import MAX_NAME_CHARS, MAX_TITLE_CHARS, Metadata, make_article
from index.formats.web.page import parse_page
from index.language.detection import parse_language
from index.text.addresses import absolute_address, host_of, unwrap_address
from index.text.clean import clean_line
from index.text.clock import believable_now
from index.text.datelines import find_wire
from index.text.dates import is_ambiguous, parse_date, parse_moment
from index.text.encodings import decode, decode_page
from index.types import Article, Loaded, Skip

_LONGEST_LINE = 1 << 20
_EARLIEST_YEAR = 1980

_SUBJECT_MARKS = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|sv|tr|rv|antw|i|r|enc|res|rif|пересл|fw|vs|转发|转寄|轉寄|回复|回覆|전달)"
    r"(?:\[\d+\])?\s*[:：]\s*)+",  # noqa: RUF001
    re.IGNORECASE,
)
_FROM_LINE = re.compile(rb"From (?:\S+ |- )?.*\d{4}|From -|From \S+@\S+")
_WRITER_OF = re.compile(r"(?P<author>.+?)\s+(?:from|at|of|von|de|@|\|)\s+(?P<outlet>\S.*)")
_ORGANISATION = re.compile(
    r"\b(?:news\w*|agency|wire|desk|press\w*|post|times|gazette|herald|journal|editors?|office"
    r"|redaktion|agentur|agence|rédaction|agencia|redacción|agenzia|redazione|agência|redação"
    r"|агентство|редакция|редакція|service|media|radio|tv)\b|通讯社|通信社|通信|통신|وكالة",
    re.IGNORECASE,
)
_LIST_ID = re.compile(r"^(?P<name>[^<]*)<")


def load_eml(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the article in a mail, then the files attached to it."""
    data = read_file(file, max_bytes=max(max_bytes, MAX_MEMBER_BYTES))
    yield from _load_message(file, data, Place(file.name), max_bytes)


def load_mbox(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the articles of a mailbox, of any size, and their attachments.

    It is read mail by mail; the line of a place is a mail's number.
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
            except LOADING_ERRORS as error:
                yield place, Skip(str(place), describe_damage(error))
    if not n_messages:
        raise ArticleFormatError(file.name, "not a mailbox (no line 'From …' starts a mail)")


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
            is_quoted = line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
            lines.append(line[1:] if is_quoted else line)
    if number:
        yield number, b"".join(lines) if n_bytes <= MAX_MEMBER_BYTES else None


def _load_message(
    file: SourceFile, data: bytes, place: Place, max_bytes: int
) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    message = mime.parse_message(data, name=str(place))
    bodies: list[Message] = []
    attached: list[tuple[str, Message]] = []
    for part in mime.leaf_parts(message):
        name = mime.file_name_of(part)
        if part.get_content_type() == "message/rfc822":
            attached.append((name or "message.eml", part))
        elif name or part.get_content_disposition() == "attachment":
            attached.append((name or "attachment", part))
        elif part.get_content_type() in {"text/html", "text/plain"}:
            bodies.append(part)
    if alerts := list(_alerts(message, bodies, place)):
        yield from alerts
        return
    try:
        yield place, _article(file, message, bodies, place, max_bytes)
    except ArticleFormatError as error:
        # A mail may only carry a document.
        if not any(is_loadable(file, name) for name, _ in attached):
            yield place, Skip(str(place), error.reason)
    for name, part in attached:
        is_inline = part.get_content_disposition() == "inline" or "Content-ID" in part
        if is_inline and not is_loadable(file, name):
            continue  # a picture of the mail itself
        shown = name if place.line is None else f"{place.line}/{name}"
        suffix = ".eml" if part.get_content_type() == "message/rfc822" else ""
        yield place, make_member(file, shown, mime.content_of(part), suffix=suffix)


def _alerts(
    message: Message, bodies: list[Message], place: Place
) -> Iterator[tuple[Place, Loaded]]:
    """Yield a skip for each page that a mail of Google Alerts names; nothing for other mails."""
    sender = mime.raw_header_of(message, "From").lower()
    if "googlealerts-noreply@" not in sender:
        return
    found: dict[str, str] = {}
    for part in bodies:
        content = decode_page(mime.content_of(part), name=str(place), charset=mime.charset_of(part))
        if part.get_content_type() == "text/html":
            tree = parse_page(content, name=str(place))
            links = [
                (a.get("href") or "", " ".join(str(a.xpath("string()")).split()))
                for a in tree.iter("a")
            ]
        else:
            links = [(link, "") for link in _ALERT_LINK.findall(content)]
        for link, title in links:
            url = unwrap_address(absolute_address(link))
            if url and url != absolute_address(link) and host_of(url) != "google.com":
                found[url] = found.get(url) or title
    for url, title in found.items():
        named = f"“{clean_line(title, max_chars=80)}”: " if title else ""
        yield (
            place,
            Skip(str(place), f"{named}only a snippet; 'onrecord add {url}' fetches the page"),
        )


_ALERT_LINK = re.compile(r"<(https?://www\.google\.[a-z.]+/url\?[^>\s]+)>")


def _article(
    file: SourceFile, message: Message, bodies: list[Message], place: Place, max_bytes: int
) -> Article:
    text = _text_of(bodies, place, max_bytes)
    metadata = _metadata_of(message)
    key = text
    before = ("", "")
    subject = mime.header_of(message, "Subject", max_chars=MAX_TITLE_CHARS)
    if forwarded := find_forwarded(text, subject=subject):
        text = forwarded.text
        metadata = _metadata_of_forwarded(forwarded, metadata)
        before = ("what those wrote who passed it on", forwarded.before)
        if not text.strip():
            raise ArticleFormatError(str(place), "a forwarded mail without text")
    url = metadata.url
    article = make_article(
        text,
        metadata,
        article_id=_message_id(file, message, key),
        source=url or (file.location if place.line is None else f"{file.location}:{place.line}"),
        origin=file.location,
        fallback_title=file.stem if place.line is None else f"{file.stem}, mail {place.line}",
    )
    parts = [before, *_parts_of(bodies, place)] if before[1] else _parts_of(bodies, place)
    left_out = describe_missing(parts, [article.text, article.title])
    return replace(article, notes=(*article.notes, left_out)) if left_out else article


def _parts_of(bodies: list[Message], place: Place) -> list[tuple[str, str]]:
    """Return the paragraphs of all bodies of a mail, whatever was taken for its text."""
    parts: list[tuple[str, str]] = []
    for part in bodies:
        content, name = mime.content_of(part), str(place)
        if not content.strip():
            continue
        text = decode_page(content, name=name, charset=mime.charset_of(part))
        if part.get_content_type() == "text/html":
            lines = whole_newsletter(text, name=name).split("\n")
            parts += [("hidden text, links and the foot of the mail", line) for line in lines]
        else:
            blocks = re.split(r"\n\s*\n|\n-- ?\n", whole_plain_text(text))
            parts += [("the mail's plain text, signature or foot", block) for block in blocks]
    return parts


def _metadata_of_forwarded(mail: ForwardedMail, outer: Metadata) -> Metadata:
    """Return what the headers of a forwarded mail say; who passed it on is not its author."""
    address = next(iter(getaddresses([mail.sender])), ("", ""))
    name = clean_line(address[0].strip(" \"'") or mail.sender, max_chars=MAX_NAME_CHARS)
    name = "" if "@" in name else name
    host = clean_line(address[1].rpartition("@")[2].lower(), max_chars=MAX_NAME_CHARS)
    both = _WRITER_OF.fullmatch(name)
    author, outlet = (both["author"], both["outlet"]) if both else (name, host)
    if not both and (_ORGANISATION.search(name) or not host):
        author, outlet = "", name
    wire = find_wire([line for line in mail.text.split("\n") if line.strip()])
    moment = parse_moment(mail.date) or _moment_of(mail.date)
    day = moment.date() if moment else parse_date(mail.date)
    return Metadata(
        title=_SUBJECT_MARKS.sub("", clean_line(mail.subject, max_chars=MAX_TITLE_CHARS))
        or outer.title,
        author=author,
        outlet=outlet if outlet == name else wire or outlet,
        url=outer.url,
        language=outer.language,
        published=day,
        published_at=moment,
        date_basis="header" if day else "",
        unsettled="" if day or not is_ambiguous(mail.date) else mail.date,
    )


def _text_of(bodies: list[Message], place: Place, max_bytes: int) -> str:
    """Return the text of a mail: its HTML, unless its plain text is much longer."""
    plain, rich = [], []
    for part in bodies:
        content = mime.content_of(part)
        if len(content) > max_bytes:
            reason = f"a text of {len(content):,} bytes, over the limit of {max_bytes:,}"
            raise ArticleFormatError(str(place), reason)
        if not content.strip():
            continue
        name, charset = str(place), mime.charset_of(part)
        if part.get_content_type() == "text/html":
            html = decode_page(content, name=name, charset=charset)
            rich.append(newsletter_text(html, name=name))
        elif charset:
            plain.append(plain_text(decode_page(content, name=name, charset=charset)))
        else:
            plain.append(plain_text(decode(content, name=name)))
    plain_body = "\n\n".join(filter(None, plain))
    rich_body = "\n\n".join(filter(None, rich))
    text = rich_body if 2 * len(rich_body) >= len(plain_body) else plain_body
    if not text.strip():
        raise ArticleFormatError(str(place), "a mail without text")
    return text


def _metadata_of(message: Message) -> Metadata:
    subject = _SUBJECT_MARKS.sub("", mime.header_of(message, "Subject", max_chars=MAX_TITLE_CHARS))
    author, outlet = _writer_of(message)
    moment = _moment_of(mime.raw_header_of(message, "Date"))
    url = absolute_address(mime.raw_header_of(message, "Archived-At").strip("<>"))
    return Metadata(
        title=subject,
        author=author,
        outlet=outlet,
        url=url,
        language=parse_language(mime.raw_header_of(message, "Content-Language").partition(",")[0]),
        published=moment.date() if moment else None,
        published_at=moment,
        date_basis="header" if moment else "",
    )


def _writer_of(message: Message) -> tuple[str, str]:
    """Return the author and the outlet of a mail, as far as its headers distinguish them.

    A mailing list has a name of its own. Otherwise the sender's name is a person's, unless the mail
    offers to unsubscribe.
    """
    address = next(iter(getaddresses([mime.raw_header_of(message, "From")])), ("", ""))
    name = clean_line(address[0].strip(" \"'"), max_chars=MAX_NAME_CHARS)
    host = clean_line(address[1].rpartition("@")[2].lower(), max_chars=MAX_NAME_CHARS)
    name = "" if "@" in name else name
    listed = _LIST_ID.match(mime.header_of(message, "List-Id", max_chars=MAX_NAME_CHARS))
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
        is_past = moment.timestamp() <= believable_now().timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return moment if is_past and moment.year >= _EARLIEST_YEAR else None


def _message_id(file: SourceFile, message: Message, text: str) -> str:
    """Return the id of a mail, which is the same in every copy of it."""
    given = mime.raw_header_of(message, "Message-ID")
    content = (
        b"mail\0" + given.encode("utf-8")
        if given
        else file.key + b"\0" + text.encode("utf-8", "surrogatepass")
    )
    return hashlib.sha256(content).hexdigest()[:12]
