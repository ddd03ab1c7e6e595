"""The article panel: an article, the correction of its details, and its earlier versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from markupsafe import Markup
from pydantic import Field

from index.errors import ArticleNotFoundError, OnRecordError
from index.types import Article, Copy
from rag.types import Citation
from ui.places import hide_folders
from ui.render import describe_date
from ui.web.chat.export import export_quotation
from ui.web.page.article import (
    MAX_FIELD_CHARS,
    MAX_URL_CHARS,
    read_details,
    render_article,
    render_changes,
    render_details_form,
    render_saved,
    render_versions,
)
from ui.web.page.templates import render
from ui.web.wire import Action, Actions, Fields, Reply, Request, ShortText, Text

if TYPE_CHECKING:
    from index.library import Library
    from index.record.versions import ArticleVersion
    from ui.web.chat.service import ChatService

MAX_QUOTE_CHARS = 20_000
MAX_NUMBER = 2**53

_NOTHING = Markup()
_CHANGED = "The article has changed since; this is where the quoted words are now."
_GONE = "The article has changed since, and the quoted words are no longer in it."
_NOT_THERE = "this article is no longer in the library; ask again for an answer without it"

_Count = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
_Detail = Annotated[Text, Field(max_length=MAX_FIELD_CHARS)]


class ArticleRequest(Request):
    """An action on an article, and the place in it that is to be marked.

    Attributes:
        article: Its id.
        start: First code point of the place.
        end: One past its last; equal to ``start`` for no mark.
        quote: The words at that place when they were quoted; empty for any.
    """

    article: ShortText
    start: _Count = 0
    end: _Count = 0
    quote: Annotated[Text, Field(max_length=MAX_QUOTE_CHARS)] = ""


class OpenRequest(ArticleRequest):
    """Open an article, or one of its versions."""

    version: _Count | None = None


class ChangesRequest(ArticleRequest):
    """Compare an earlier version with the latest."""

    version: _Count


class CiteRequest(ArticleRequest):
    """Quote the place with its full reference."""

    form: Literal["text", "markdown", "ris"]


class Details(Fields):
    """The form in which a reader corrects details; its fields are those of ``EDITABLE``."""

    title: _Detail
    outlet: _Detail
    author: _Detail
    published: _Detail
    language: _Detail
    url: Annotated[Text, Field(max_length=MAX_URL_CHARS)]


class EditRequest(ArticleRequest):
    """Correct an article's details."""

    fields: Details


class ArticlePanel:
    """Carries out what the article panel asks for.

    Args:
        service: Gives the library.

    Attributes:
        actions: The panel's actions, by name.
    """

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self.actions: Actions = {
            "article": Action(OpenRequest, self._article),
            "cite": Action(CiteRequest, self._cite),
            "details": Action(ArticleRequest, self._details),
            "edit": Action(EditRequest, self._edit),
            "undo-edit": Action(ArticleRequest, self._undo_edit),
            "versions": Action(ArticleRequest, self._versions),
            "changes": Action(ChangesRequest, self._changes),
        }

    def _article(self, owner: str, request: OpenRequest) -> Reply:
        del owner
        library, name = self._service.library(), request.article
        if request.version:
            version = library.version(name, request.version)
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

    def _cite(self, owner: str, request: CiteRequest) -> Reply:
        del owner
        article = self._find(request)
        start, end, _ = _find_place(article, request)
        place = Citation.of_place(article, start, end, 1)
        place = replace(place, source=hide_folders(place.source))
        made = export_quotation(place, request.form, datetime.now(UTC).date())
        return {"data": {"name": made.name, "kind": made.kind, "text": made.text}}

    def _details(self, owner: str, request: ArticleRequest) -> Reply:
        del owner
        return {"slots": {"article-more": render_details_form(self._find(request))}}

    def _edit(self, owner: str, request: EditRequest) -> Reply:
        """Correct what a reader changed in the form, and nothing that they left as it was."""
        del owner
        before = self._find(request)
        shown = read_details(before)
        given = {name: text.strip() for name, text in request.fields}
        changes = {name: text for name, text in given.items() if text != shown[name]}
        library = self._service.library()
        if not changes:
            said = render_saved(before.article_id, "Nothing was changed.", can_undo=False)
            return self._show(library, before, request, more=said)
        wait = self._service.settings.wait_seconds
        article = library.edit(before.article_id, wait_seconds=wait, **changes)
        said = render_saved(article.article_id, "The details are saved.", can_undo=True)
        return self._show(library, article, request, more=said)

    def _undo_edit(self, owner: str, request: ArticleRequest) -> Reply:
        del owner
        library = self._service.library()
        name = self._find(request).article_id
        article = library.undo_edit(name, wait_seconds=self._service.settings.wait_seconds)
        can_undo = bool(library.edits(article.article_id))
        said = render_saved(article.article_id, "The correction is undone.", can_undo=can_undo)
        return self._show(library, article, request, more=said)

    def _versions(self, owner: str, request: ArticleRequest) -> Reply:
        del owner
        article = self._find(request)
        versions = self._service.library().versions(article.article_id)
        return {"slots": {"article-more": render_versions(versions)}}

    def _changes(self, owner: str, request: ChangesRequest) -> Reply:
        del owner
        name = self._find(request).article_id
        changes = self._service.library().changes(name, request.version)
        return {"slots": {"article-more": render_changes(changes)}}

    def _find(self, request: ArticleRequest) -> Article:
        try:
            return self._service.library().get(request.article)
        except ArticleNotFoundError as error:
            raise OnRecordError(_NOT_THERE) from error

    def _show(
        self,
        library: Library,
        article: Article,
        request: ArticleRequest,
        *,
        more: Markup = _NOTHING,
    ) -> Reply:
        start, end, warning = _find_place(article, request)
        html = render_article(
            article,
            start,
            end,
            warning=warning,
            more=more,
            copies=_find_copies(library, article.article_id),
            n_versions=len(library.versions(article.article_id)),
            headings={
                sentence.start
                for sentence in library.sentences(article.article_id)
                if sentence.is_heading
            },
        )
        return {"slots": {"article": html}}

    @staticmethod
    def _show_version(version: ArticleVersion, request: ArticleRequest) -> Reply:
        start, end, _ = _find_place(version.article, request)
        warning = (
            f"This is an earlier version of the article, added on"
            f" {describe_date(version.seen_at.date())}. Answers quote the latest one."
        )
        more = Markup(render("page/article.html", "latest_version", version.current_id))
        html = render_article(version.article, start, end, warning=warning, more=more, n_versions=0)
        return {"slots": {"article": html}}


def _find_place(article: Article, request: ArticleRequest) -> tuple[int, int, str]:
    """Return the place that is asked for, and a warning if it has moved or is gone."""
    start, end, quote = request.start, request.end, request.quote
    if not quote or article.text[start:end] == quote:
        return start, end, ""
    start = article.text.find(quote)
    if start < 0:
        return 0, 0, _GONE
    return start, start + len(quote), _CHANGED


def _find_copies(library: Library, article_id: str) -> tuple[Copy, ...]:
    """Return the other articles on the same story, each as a whole."""
    story = library.story(article_id)
    if story is None:
        return ()
    return tuple(
        Copy(one.article_id, one.title, one.outlet, one.published, 0, 0)
        for one in story.members
        if one.article_id != article_id
    )
