"""Exports of WordPress (WXR) and Blogger: the posts that are on record, each with its day.

The file is read item by item, so that a blog of many years needs no more memory than one post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timezone
from typing import TYPE_CHECKING

from index.errors import ArticleFormatError
from index.formats.blogs.post import ExportedPost, load_post
from index.formats.files import Place, SourceFile, open_utf8, printable
from index.formats.left_out import describe_left_out
from index.formats.unpublished import UNPUBLISHED
from index.formats.xml import attribute, find_child, local_name
from index.language.detection import parse_language
from index.text.clock import believable_now
from index.text.dates import parse_moment
from index.types import Loaded, Skip

if TYPE_CHECKING:
    from lxml.etree import _Element

IS_WORDPRESS = re.compile(rb"wordpress\.org/export/|<wp:wxr_version")
"""What the start of an export of WordPress holds."""

IS_BLOGGER = re.compile(rb"schemas\.google\.com/blogger|<generator[^>]*>\s*Blogger")
"""What the start of an export of Blogger holds."""

_KINDS = frozenset({"post", "page"})
_SHORTCODE = re.compile(
    r"\[(?P<close>/)?(?P<name>[a-z][\w-]{1,40})(?P<options>(?:\s[^\[\]]{0,2000})?)\s?/?\]",
    re.IGNORECASE,
)
_WITH_TEXT = frozenset(
    "caption wp_caption quote pullquote box highlight column columns row section button tab tabs"
    " accordion toggle spoiler".split()
)
_OWN = frozenset(
    """
    gallery embed audio video playlist toc contact-form contact-form-7 contact-field gravityform
    ninja_form formidable wpforms mc4wp_form newsletter_form adsense advert ads ad jetpack sharethis
    addtoany sociallocker instagram twitter tweet facebook youtube vimeo soundcloud tiktok slideshow
    rev_slider masterslider slideshare googlemaps google-map map table sc related related_posts
    recent-posts archives sitemap latest_posts blogroll polldaddy poll wp-review
    jetpack-related-posts
    et_pb_section et_pb_row et_pb_column et_pb_text more nextpage
    """.split()
)
_PROSE = re.compile(r"[.!?…]\s*$")


def strip_shortcodes(content: str) -> str:
    """Return the content of a post without the shortcodes of WordPress and its plugins.

    A code is one of a known name, one with ``name="value"`` options, or one that is closed again;
    what is between its two halves stays. Brackets that an editor wrote, such as ``[sic]``, stay.
    """
    closed = {match["name"].lower() for match in _SHORTCODE.finditer(content) if match["close"]}

    def replaced(match: re.Match[str]) -> str:
        name = match["name"].lower()
        is_code = (
            name in _OWN | _WITH_TEXT
            or name in closed
            or "=" in match["options"]
            or name.startswith(("vc_", "et_pb_", "fusion_", "av_", "su_", "wp_", "elementor"))
        )
        if not is_code:
            return match[0]
        return "\n\n" if match["close"] or name not in _WITH_TEXT else " "

    return _SHORTCODE.sub(replaced, content)


def load_wordpress(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the posts and pages of a WordPress export (WXR) that were published.

    Drafts and what is scheduled, private or in the trash are skipped and named; comments are left
    out and counted. The line of a place is an item's number.
    """
    blog, language = "", ""
    authors: dict[str, str] = {}
    comments: list[tuple[str, str]] = []
    number = 0
    for element in _read_items(file, {"item", "author", "title", "language"}):
        name = local_name(element)
        if name == "author":
            shown = _text(element, "author_display_name")
            authors[_text(element, "author_login")] = shown
        elif name == "item":
            number += 1
            comments += [
                ("comments", _text(c, "comment_content"))
                for c in element.iter()
                if local_name(c) == "comment"
            ]
            post = _wordpress_post(element, blog, language, authors)
            if post is not None:
                yield (
                    Place(file.name, number),
                    load_post(file, post, Place(file.name, number), max_bytes),
                )
        elif not number:
            parent = element.getparent()
            if parent is not None and local_name(parent) == "channel":
                value = " ".join((element.text or "").split())
                blog, language = (
                    (blog or value, language) if name == "title" else (blog, parse_language(value))
                )
    if not number:
        raise ArticleFormatError(file.name, "a WordPress export without items")
    if note := describe_left_out(comments):
        yield Place(file.name), Skip(file.name, note, is_note=True)


def _wordpress_post(
    item: _Element, blog: str, language: str, authors: dict[str, str]
) -> ExportedPost | None:
    """Return an item as a post; None for a picture, a menu entry and the like without text."""
    contents = [
        e.text or "" for e in item if local_name(e) == "encoded" and "excerpt" not in str(e.tag)
    ]
    content = strip_shortcodes(max(contents, key=len, default=""))
    kind, status = _text(item, "post_type") or "post", _text(item, "status") or "publish"
    if kind not in _KINDS and not _PROSE.search(re.sub(r"<[^>]*>", "", content)):
        return None
    reason = "" if status == "publish" else UNPUBLISHED.get(status, f"its status is {status!r}")
    if kind in {"revision", "attachment"}:
        reason = "an earlier revision" if kind == "revision" else "a description of an attachment"
    if not reason and _text(item, "post_password"):
        reason = "protected by a password"
    moment = _moment(_text(item, "post_date"), _text(item, "post_date_gmt"))
    if moment is None:
        moment = parse_moment(_text(item, "pubDate"))
    if not reason and _is_future(_text(item, "post_date_gmt") or _text(item, "post_date")):
        reason = UNPUBLISHED["future"]
    creator = _text(item, "creator")
    return ExportedPost(
        title=_text(item, "title"),
        content=_paragraphs(content),
        status=reason,
        published_at=moment,
        updated_at=_moment(_text(item, "post_modified"), _text(item, "post_modified_gmt")),
        author=authors.get(creator, creator),
        url=_text(item, "link"),
        outlet=blog,
        language=language,
        key=_text(item, "guid") or _text(item, "post_id"),
        excerpt=next((e.text or "" for e in item if "excerpt" in str(e.tag)), ""),
    )


def _paragraphs(content: str) -> str:
    """Return content with its blank lines as paragraphs, as WordPress shows it."""
    if re.search(r"<(?:p|div|br)\b", content, re.IGNORECASE):
        return re.sub(r"\n\s*\n", "<br/><br/>", content)
    return "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", content) if part.strip())


def _moment(local: str, utc: str) -> datetime | None:
    """Return a moment that is stated as local time and in UTC, in its own zone."""
    here, there = _read(local), _read(utc)
    if here and there:
        zone_less = there.replace(tzinfo=UTC)
        offset = here - there
        if abs(offset.total_seconds()) <= 50_400 and not offset.total_seconds() % 900:  # noqa: PLR2004
            return zone_less.astimezone(timezone(offset))
    return here or (there.replace(tzinfo=UTC) if there else None)


def _read(value: str) -> datetime | None:
    """Return a moment without a zone; None for zeros, which stand for a missing one."""
    moment = parse_moment(value) if value[:4] not in {"0000", ""} else None
    return moment.replace(tzinfo=None) if moment else None


def _is_future(stated: str) -> bool:
    """Return whether a moment in ISO 8601 is later than now, in whatever year."""
    now = believable_now().astimezone(UTC).isoformat(" ", "seconds")[:16]
    return stated[:4].isdecimal() and stated.replace("T", " ")[:16] > now


def load_blogger(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the posts of an export of Blogger that were published; see ``load_wordpress``."""
    blog = ""
    number = 0
    comments: list[tuple[str, str]] = []
    for element in _read_items(file, {"entry", "title"}):
        if local_name(element) == "title":
            parent = element.getparent()
            if not number and parent is not None and local_name(parent) == "feed":
                blog = " ".join((element.text or "").split())
            continue
        number += 1
        kinds = [
            attribute(e, "term").rpartition("#")[2] for e in element if local_name(e) == "category"
        ]
        kind = (
            _text(element, "type")
            or next(
                (k for k in kinds if k in {"post", "page", "comment", "settings", "template"}),
                "post",
            )
        ).lower()
        if kind == "comment":
            comments.append(("comments", re.sub(r"<[^>]*>", " ", _text(element, "content"))))
        if kind in _KINDS:
            place = Place(file.name, number)
            yield place, load_post(file, _blogger_post(element, blog), place, max_bytes)
    if not number:
        raise ArticleFormatError(file.name, "a Blogger export without entries")
    if note := describe_left_out(comments):
        yield Place(file.name), Skip(file.name, note, is_note=True)


def _blogger_post(entry: _Element, blog: str) -> ExportedPost:
    draft = find_child(entry, "control", "draft")
    is_draft = draft is not None and (draft.text or "").strip().lower() == "yes"
    status = _text(entry, "status").lower()
    reason = UNPUBLISHED["draft"] if is_draft else ""
    if status and status not in {"live", "published"}:
        reason = UNPUBLISHED.get(status, f"its status is {status!r}")
    links = [
        attribute(e, "href")
        for e in entry
        if local_name(e) == "link" and attribute(e, "rel") == "alternate"
    ]
    author = find_child(entry, "author", "name")
    moment = parse_moment(_text(entry, "published"))
    if not reason and _is_future(_text(entry, "published")):
        reason = UNPUBLISHED["future"]
    return ExportedPost(
        title=_text(entry, "title"),
        content=_text(entry, "content"),
        status=reason,
        published_at=moment,
        updated_at=parse_moment(_text(entry, "updated")),
        author=(author.text or "") if author is not None else "",
        url=next(iter(links), ""),
        outlet=blog,
        key=_text(entry, "id"),
    )


def load_evernote(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the notes of an Evernote export (ENEX).

    A note says when it was clipped, not when its page was published: the day is looked for in its
    text.
    """
    number = 0
    for element in _read_items(file, {"note"}):
        number += 1
        place = Place(file.name, number)
        about = find_child(element, "note-attributes")
        url = _text(about, "source-url") if about is not None else ""
        clipped = _text(element, "created")[:8]
        notes: tuple[str, ...] = ()
        if clipped.isdecimal():
            notes = (f"clipped on {clipped[:4]}-{clipped[4:6]}-{clipped[6:]}",)
        post = ExportedPost(
            title=_text(element, "title"),
            content=_text(element, "content").replace("en-note", "div"),
            url=url,
            key=f"{url}\0{_text(element, 'title')}\0{_text(element, 'created')}",
            notes=notes,
        )
        loaded = load_post(file, post, place, max_bytes)
        if not isinstance(loaded, Skip) and loaded.published:
            loaded = replace(loaded, notes=loaded.notes[: -len(notes) or None])
        yield place, loaded
    if not number:
        raise ArticleFormatError(file.name, "an Evernote export without notes")


def _text(element: _Element, name: str) -> str:
    child = find_child(element, name)
    return (child.text or "").strip() if child is not None else ""


def _read_items(file: SourceFile, names: set[str]) -> Iterator[_Element]:
    """Yield the elements with some names as they end; what has been read is dropped.

    Raises:
        ArticleFormatError: If the XML is damaged or declares entities; after what was read.
    """
    from lxml import etree

    with open_utf8(file) as stream:
        try:
            events = etree.iterparse(
                _NoEntities(stream, file.name),
                events=("end",),
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                huge_tree=False,
                recover=True,
                remove_comments=True,
                remove_pis=True,
                encoding="utf-8",
            )
            for _, element in events:
                name = local_name(element)
                if name not in names:
                    continue
                yield element
                if name in {"item", "entry", "note"}:
                    element.clear()
                    while element.getprevious() is not None and element.getparent() is not None:
                        del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            words = printable(" ".join(str(error).split())[:150])
            raise ArticleFormatError(file.name, f"invalid XML ({words})") from None


class _NoEntities:
    """A stream of XML that refuses declarations of entities."""

    def __init__(self, stream: object, name: str) -> None:
        self._stream = stream
        self._name = name
        self._end = b""

    def read(self, n_bytes: int = -1) -> bytes:
        block: bytes = self._stream.read(n_bytes)  # type: ignore[attr-defined]
        if b"<!ENTITY" in self._end + block:
            raise ArticleFormatError(self._name, "XML that declares its own entities")
        self._end = block[-8:]
        return block
