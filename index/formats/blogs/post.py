"""What the exports of blogs and notebooks have in common: items, some of them not on record."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from index.errors import ArticleFormatError
from index.formats.files import Place, SourceFile
from index.formats.left_out import describe_missing
from index.formats.metadata import (
    MAX_NAME_CHARS,
    MAX_TITLE_CHARS,
    Metadata,
    make_article,
    mark_unpublished,
)
from index.formats.web.load_feed import entry_text
from index.text.addresses import absolute_address, host_of, unwrap_address
from index.text.clean import clean_line
from index.types import Loaded, Skip


@dataclass(frozen=True, slots=True)
class ExportedPost:
    """An item of an export; what it does not say is empty.

    Attributes:
        title: Its title.
        content: Its HTML or plain text.
        status: Why it is not on record, such as "a draft"; empty for one that was published.
        published_at: The moment of publication, or None.
        updated_at: The moment of the last change, or None.
        author: Its author.
        url: Its address.
        outlet: The blog.
        language: ISO 639-1 code.
        key: What tells it from others of the same export.
        notes: What the report is to say of it.
        excerpt: A summary, which is named if its words are not in the text.
    """

    title: str
    content: str
    status: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    author: str = ""
    url: str = ""
    outlet: str = ""
    language: str = ""
    key: str = ""
    notes: Sequence[str] = ()
    excerpt: str = ""


def load_post(file: SourceFile, post: ExportedPost, place: Place, max_bytes: int) -> Loaded:
    """Return the article of an item, or a skip that says why it is none.

    What is not on record is skipped and named, unless the user asked for drafts; then its title
    says what it is, and it has no day of publication.
    """
    name = f"“{clean_line(post.title, max_chars=80)}”: " if post.title.strip() else ""
    if post.status and not file.drafts:
        return Skip(str(place), f"{name}{post.status}; --drafts adds it")
    try:
        text = entry_text(post.content, name=str(place))
    except ArticleFormatError as error:
        return Skip(str(place), f"{name}{error.reason}")
    if not text.strip():
        return Skip(str(place), f"{name}no text in it")
    if len(text) > max_bytes:
        return Skip(str(place), f"more than {max_bytes:,} bytes of text, the limit for one article")
    title = clean_line(post.title, max_chars=MAX_TITLE_CHARS)
    moment = None if post.status else post.published_at
    url = unwrap_address(absolute_address(post.url))
    outlet = clean_line(post.outlet, max_chars=MAX_NAME_CHARS) or host_of(url)
    key = (post.key or url or text).encode("utf-8", "surrogatepass")
    try:
        article = make_article(
            text,
            Metadata(
                title=title,
                published=moment.date() if moment else None,
                published_at=moment,
                updated_at=post.updated_at,
                outlet=outlet,
                author=clean_line(post.author, max_chars=MAX_NAME_CHARS),
                language=post.language,
                url=url,
                date_basis="stated" if moment else "",
            ),
            article_id=hashlib.sha256(file.key + b"\0" + key).hexdigest()[:12],
            source=url or f"{file.location}{str(place)[len(file.name) :]}",
            origin=file.location,
            fallback_title=f"{file.stem}, item {place.line}",
            has_markup=False,
        )
    except ArticleFormatError as error:
        return Skip(str(place), f"{name}{error.reason}")
    if post.status:
        article = mark_unpublished(article, post.status)
    left_out = describe_missing([("the excerpt", post.excerpt)], [article.text, article.title])
    notes = (*article.notes, *post.notes, *([left_out] if left_out else []))
    return replace(article, notes=notes)
