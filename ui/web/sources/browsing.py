"""The Sources view: looking through the library, removing articles and putting them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from index.encoding.model_info import describe_unknown_articles
from index.errors import LibraryNotFoundError, OnRecordError
from index.record.browse import Page
from index.types import AddReport, Filter
from ui.messages import count_of
from ui.web.chat.article_collections import MAX_NAME_CHARS, Collection
from ui.web.chat.filters import describe_filter, filter_to_dict, list_chips, read_filter
from ui.web.page.page import render_status
from ui.web.sources.chart import choose_period, make_chart, render_chart
from ui.web.sources.listing import (
    PAGE_ARTICLES,
    View,
    render_collections,
    render_deleted,
    render_language_options,
    render_listing,
    render_note,
    render_outlet_options,
    render_removal,
)
from ui.web.wire import Action, Actions, Reply, Request, ShortText, Text, Token

if TYPE_CHECKING:
    from index.library import Library
    from ui.web.chat.service import ChatService

MAX_REMOVED = 500
"""Articles that one click removes."""

_NO_PAGE = Page((), 0, 0, None, None)


class BrowseRequest(Request):
    """Look at a view of the library."""

    view: View = View()


class RemoveRequest(BrowseRequest):
    """Remove articles, then look at the view."""

    ids: Annotated[list[ShortText], Field(min_length=1, max_length=MAX_REMOVED)]


class RestoreRequest(BrowseRequest):
    """Put back what was removed, then look at the view."""

    removal: Annotated[int, Field(gt=0, lt=1 << 62)]


class CollectRequest(BrowseRequest):
    """Put articles into the collection of a name, then look at the view."""

    name: Annotated[Text, Field(max_length=10 * MAX_NAME_CHARS)]
    ids: Annotated[list[ShortText], Field(min_length=1, max_length=MAX_REMOVED)]


class CollectionRequest(BrowseRequest):
    """Delete a collection or put it back, or take articles out of it, then look at the view."""

    collection: Token
    ids: Annotated[list[ShortText], Field(max_length=MAX_REMOVED)] = Field(default_factory=list)


class SourcesView:
    """Carries out what the Sources view asks for.

    Args:
        service: Gives the library, which may be missing.

    Attributes:
        actions: The view's actions, by name.
    """

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self.actions: Actions = {
            "browse": Action(BrowseRequest, self._browse),
            "remove": Action(RemoveRequest, self._remove),
            "put-back": Action(RestoreRequest, self._put_back),
            "collect": Action(CollectRequest, self._collect),
            "take-out": Action(CollectionRequest, self._take_out),
            "save-search": Action(BrowseRequest, self._save_search),
            "delete-collection": Action(CollectionRequest, self._delete_collection),
            "restore-collection": Action(CollectionRequest, self._restore_collection),
        }

    def show(self, view: View) -> Reply:
        """Return what the page is told of a view; a page beyond the last counts as the last."""
        try:
            library = self._service.library()
        except LibraryNotFoundError:
            listing = render_listing(view, _NO_PAGE, (), total=0)
            return self._reply(view, {"sources-listing": listing, "sources-chart": ""})
        view = view.model_copy(update={"only": self._service.name_choice(view.only)})
        only = self._service.resolve(view.only)
        page = _browse(library, view, only)
        clamped = view.clamped(page.total)
        if clamped != view:
            view, page = clamped, _browse(library, clamped, only)
        outlets, languages = tuple(library.outlets()), tuple(library.languages())
        chart = ""
        if page.total:
            tallies = library.tally(only, view.words, period=choose_period(page))
            names = [name for name, _ in outlets]
            chart = render_chart(make_chart(page, tallies, names), view.only.outlets)
        encoder = library.encoder
        notice = describe_unknown_articles(dict(languages), encoder.name) if encoder else ""
        listing = render_listing(
            view,
            page,
            library.removals(),
            total=sum(count for _, count in outlets),
            notice=self._service.describe(notice),
        )
        return self._reply(
            view,
            {
                "library-status": render_status(self._service.describe_library()),
                "sources-listing": listing,
                "sources-chart": chart,
                "sources-collections": self._list_collections(view),
                "outlet": render_outlet_options(outlets),
                "language": render_language_options(languages),
            },
        )

    @staticmethod
    def _reply(view: View, slots: dict[str, str]) -> Reply:
        only = filter_to_dict(view.only) or None
        shown = {"only": only, "words": view.words, "page": view.page}
        return {"slots": slots, "data": {"view": shown, "chips": list_chips(view.only)}}

    def _list_collections(self, view: View) -> str:
        chosen = {one["value"] for one in list_chips(view.only) if one["part"] == "collections"}
        shown = [
            (one, one.collection_id in chosen, _describe_collection(one))
            for one in self._service.collections().all()
        ]
        return render_collections(shown)

    def _collect(self, owner: str, request: CollectRequest) -> Reply:
        del owner
        found = self._service.library().articles(Filter(articles=tuple(request.ids)))
        made = self._service.collections().add(request.name, [one.article_id for one in found])
        said = f"“{made.name}” has {count_of(len(made.articles), 'article')} now."
        return self._show_changed(request.view, render_note(said))

    def _take_out(self, owner: str, request: CollectionRequest) -> Reply:
        del owner
        made = self._service.collections().take_out(request.collection, request.ids)
        said = f"“{made.name}” has {count_of(len(made.articles), 'article')} now."
        return self._show_changed(request.view, render_note(said))

    def _save_search(self, owner: str, request: BrowseRequest) -> Reply:
        del owner
        view, words = request.view, request.view.words.strip()
        if not (words or view.only):
            raise OnRecordError("there is nothing to save; search for words or set a filter first")
        quoted = f"“{words}”" if words else ""
        name = ", ".join(filter(None, (quoted, describe_filter(view.only))))
        made = self._service.collections().save_search(name, words, view.only)
        return self._show_changed(view, render_note(f"The search is saved: {made.name}"))

    def _delete_collection(self, owner: str, request: CollectionRequest) -> Reply:
        del owner
        gone = self._service.collections().set_deleted(request.collection, is_deleted=True)
        view = _without(request.view, gone.collection_id)
        return self._show_changed(view, render_deleted(gone))

    def _restore_collection(self, owner: str, request: CollectionRequest) -> Reply:
        del owner
        back = self._service.collections().set_deleted(request.collection, is_deleted=False)
        return self._show_changed(request.view, render_note(f"“{back.name}” is put back."))

    def _browse(self, owner: str, request: BrowseRequest) -> Reply:
        del owner
        return self.show(request.view)

    def _remove(self, owner: str, request: RemoveRequest) -> Reply:
        del owner
        wait = self._service.settings.wait_seconds
        removal = self._service.library().remove(request.ids, wait_seconds=wait)
        return self._show_changed(request.view, render_removal(removal))

    def _put_back(self, owner: str, request: RestoreRequest) -> Reply:
        del owner
        wait = self._service.settings.wait_seconds
        report = self._service.library().restore(request.removal, wait_seconds=wait)
        return self._show_changed(request.view, render_note(_describe_restored(report)))

    def _show_changed(self, view: View, notice: str) -> Reply:
        reply = self.show(view)
        reply["slots"]["sources-notice"] = notice
        return reply


def _without(view: View, collection_id: str) -> View:
    """Return a view without a collection that is there no more."""
    fields = filter_to_dict(view.only)
    named = fields.get("collections", [])
    fields["collections"] = [one for one in named if one["id"] != collection_id]
    return view.model_copy(update={"only": read_filter(fields)})


def _describe_collection(one: Collection) -> str:
    if not one.is_search:
        return count_of(len(one.articles), "article")
    return "Search: " + ", ".join(
        filter(None, (f"“{one.words}”" if one.words else "", describe_filter(one.only)))
    )


def _browse(library: Library, view: View, only: Filter) -> Page:
    return library.browse(only, view.words, offset=view.page * PAGE_ARTICLES, limit=PAGE_ARTICLES)


def _describe_restored(report: AddReport) -> str:
    text = f"{count_of(len(report.added), 'article')} put back."
    if report.skipped:
        names = ", ".join(skip.source for skip in report.skipped[:3])
        verb = "was" if len(report.skipped) == 1 else "were"
        text += (
            f" {len(report.skipped):,} {verb} not, because another article has the id now: {names}."
        )
    return text
