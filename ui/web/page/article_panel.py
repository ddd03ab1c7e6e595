"""The article panel: an article, the correction of its details, and its earlier versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from index.errors import ArticleNotFoundError, OnRecordError
from index.types import Article, Copy
from ui.render import describe_date
from ui.web.chat.payload import Payload, PayloadError
from ui.web.page.article import (
    EDITABLE,
    MAX_FIELD_CHARS,
    MAX_URL_CHARS,
    read_details,
    render_article,
    render_changes,
    render_details_form,
    render_saved,
    render_versions,
)
from ui.web.page.html_text import to_attribute

if TYPE_CHECKING:
    from index.library import Library
    from index.record.versions import ArticleVersion
    from ui.web.chat.service import ChatService

MAX_QUOTE_CHARS = 20_000

_Reply: TypeAlias = dict[str, object]

_CHANGED = "The article has changed since; this is where the quoted words stand now."
_GONE = "The article has changed since, and the quoted words are no longer in it."
_NOT_THERE = "this article is no longer in the library; ask again for an answer without it"


class ArticlePanel:
    """Does what the article panel asks for.

    Args:
        desk: What stands behind the page.

    Attributes:
        handlers: What is done for each action of the panel, given an owner and a request.
    """

    def __init__(self, desk: ChatService) -> None:
        self._desk = desk
        self.handlers: Mapping[str, Callable[[str, Payload], _Reply]] = {
            "article": self._article,
            "details": self._details,
            "edit": self._edit,
            "undo-edit": self._undo_edit,
            "versions": self._versions,
            "changes": self._changes,
        }

    def _article(self, owner: str, request: Payload) -> _Reply:
        del owner
        library, name = self._desk.library(), request.text("article")
        if number := request.number("version"):
            version = library.version(name, number)
            if not version.is_latest:
                return self._show_version(version, request)
        try:
            article = library.get(name)
        except ArticleNotFoundError as error:
            former = library.find_version(name)
            if former is None:
                raise OnRecordError(_NOT_THERE) from error
            return self._show_version(former, request)
        return self._show(library, article, request)

    def _details(self, owner: str, request: Payload) -> _Reply:
        del owner
        return {"slots": {"article-more": render_details_form(self._find(request))}}

    def _edit(self, owner: str, request: Payload) -> _Reply:
        """Correct what a reader changed in the form, and nothing that they left as it was."""
        del owner
        before = self._find(request)
        shown, given = read_details(before), request.mapping("fields")
        changes: dict[str, str] = {}
        for name in EDITABLE:
            value = given.get(name)
            most = MAX_URL_CHARS if name == "url" else MAX_FIELD_CHARS
            if not isinstance(value, str) or len(value) > most:
                raise PayloadError(f"an unusable {name}")
            text = value.encode("utf-8", "replace").decode().strip()
            if text != shown[name]:
                changes[name] = text
        library = self._desk.library()
        if not changes:
            said = render_saved(before.article_id, "Nothing was changed.", can_undo=False)
            return self._show(library, before, request, more=said)
        wait = self._desk.settings.wait_seconds
        article = library.edit(before.article_id, wait_seconds=wait, **changes)
        self._desk.refresh()
        said = render_saved(article.article_id, "The details are saved.", can_undo=True)
        return self._show(library, article, request, more=said)

    def _undo_edit(self, owner: str, request: Payload) -> _Reply:
        del owner
        library = self._desk.library()
        name = self._find(request).article_id
        article = library.undo_edit(name, wait_seconds=self._desk.settings.wait_seconds)
        self._desk.refresh()
        can_undo = bool(library.edits(article.article_id))
        said = render_saved(article.article_id, "The correction is taken back.", can_undo=can_undo)
        return self._show(library, article, request, more=said)

    def _versions(self, owner: str, request: Payload) -> _Reply:
        del owner
        article = self._find(request)
        versions = self._desk.library().versions(article.article_id)
        return {"slots": {"article-more": render_versions(versions)}}

    def _changes(self, owner: str, request: Payload) -> _Reply:
        del owner
        older = request.number("version")
        if older is None:
            raise PayloadError("no version")
        changes = self._desk.library().changes(self._find(request).article_id, older)
        return {"slots": {"article-more": render_changes(changes)}}

    def _find(self, request: Payload) -> Article:
        try:
            return self._desk.library().get(request.text("article"))
        except ArticleNotFoundError as error:
            raise OnRecordError(_NOT_THERE) from error

    def _show(
        self, library: Library, article: Article, request: Payload, *, more: str = ""
    ) -> _Reply:
        start, end, warning = _find_place(article, request)
        html = render_article(
            article,
            start,
            end,
            warning=warning,
            more=more,
            copies=_find_copies(library, article.article_id),
            n_versions=len(library.versions(article.article_id)),
        )
        return {"slots": {"article": html}}

    @staticmethod
    def _show_version(version: ArticleVersion, request: Payload) -> _Reply:
        start, end, _ = _find_place(version.article, request)
        warning = (
            f"This is an earlier version of the article, added on"
            f" {describe_date(version.seen_at.date())}. Answers quote the latest one."
        )
        more = (
            '<p><button type="button" class="link"'
            f' data-open-article="{to_attribute(version.current_id)}">'
            "Read the latest version</button></p>"
        )
        html = render_article(
            version.article, start, end, warning=warning, more=more, can_edit=False
        )
        return {"slots": {"article": html}}


def _find_place(article: Article, request: Payload) -> tuple[int, int, str]:
    """Return the place that is asked for, and what a reader must know if it is another one now."""
    start, end = request.number("start") or 0, request.number("end") or 0
    quote = request.text("quote", most=MAX_QUOTE_CHARS)
    if not quote or article.text[start:end] == quote:
        return start, end, ""
    start = article.text.find(quote)
    if start < 0:
        return 0, 0, _GONE
    return start, start + len(quote), _CHANGED


def _find_copies(library: Library, article_id: str) -> tuple[Copy, ...]:
    """Return the other articles that tell the same story, each as a whole."""
    story = library.story(article_id)
    if story is None:
        return ()
    return tuple(
        Copy(one.article_id, one.title, one.outlet, one.published, 0, 0)
        for one in story.members
        if one.article_id != article_id
    )
