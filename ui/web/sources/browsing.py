"""Looking through a library in the chat, and changing it: what a click does, without Gradio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from index.encoding.model_info import describe_unknown_articles
from index.errors import LibraryNotFoundError
from index.record.browse import Page
from index.types import AddReport
from ui.web.sources.chart import Picture, choose_period, draw_picture, find_bars
from ui.web.sources.listing import PAGE_ARTICLES, View, render_listing, render_note, render_removal

if TYPE_CHECKING:
    from index.library import Library
    from ui.web.chat.service import ChatService

MAX_REMOVED = 500
"""Articles that one click removes."""

_NO_PAGE = Page((), 0, 0, None, None)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the view shows.

    Attributes:
        view: What is looked at.
        listing: The list, as safe HTML.
        picture: The figures of the picture; None without articles.
        outlets: Outlets of the whole library and how many articles each has.
        languages: The same of languages, by their codes.
    """

    view: View
    listing: str
    picture: Picture | None
    outlets: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]


def show(desk: ChatService, view: View) -> Shown:
    """Return what a view shows now.

    Args:
        desk: Gives the library, which may be missing.
        view: What to look at; a page beyond the last counts as the last.
    """
    try:
        library = desk.library()
    except LibraryNotFoundError:
        return Shown(view, render_listing(view, _NO_PAGE, (), total=0), None, (), ())
    page = _browse(library, view)
    clamped = view.clamped(page.total)
    if clamped != view:
        view, page = clamped, _browse(library, clamped)
    outlets = tuple(library.outlets())
    total = sum(count for _, count in outlets)
    tallies = library.tally(view.only, view.words, period=choose_period(page))
    picture = draw_picture(page, tallies) if page.total else None
    languages = tuple(library.languages())
    encoder = library.encoder
    notice = describe_unknown_articles(dict(languages), encoder.name) if encoder else ""
    listing = render_listing(
        view,
        page,
        library.removals(),
        total=total,
        notice=desk.describe(notice),
    )
    return Shown(view, listing, picture, outlets, languages)


def change_library(desk: ChatService, payload: Mapping[str, Any]) -> str:
    """Do what a click asks for; return what to say about it, as safe HTML.

    Args:
        desk: Gives the library.
        payload: ``{"action": "remove", "ids": […]}``, ``{"action": "restore", "removal": 7}``, or
            anything, which does nothing.

    Raises:
        OnRecordError: If it cannot be done.
    """
    action, wait = payload.get("action"), desk.settings.wait_seconds
    if action == "remove":
        given = payload.get("ids")
        ids = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
        if not ids:
            return ""
        removal = desk.library().remove(ids[:MAX_REMOVED], wait_seconds=wait)
        desk.refresh()
        return render_removal(removal)
    if action == "restore":
        removal_id = payload.get("removal")
        if type(removal_id) is not int or not 0 < removal_id < 1 << 62:
            return ""
        report = desk.library().restore(removal_id, wait_seconds=wait)
        desk.refresh()
        return render_note(_describe_restored(report))
    return ""


def select_bars(desk: ChatService, view: View, labels: object) -> View:
    """Return the view that shows what some bars of the picture stand for.

    Args:
        desk: Gives the library.
        view: The view whose picture it is.
        labels: Labels of the bars; what is none is left out.
    """
    picture = show(desk, view).picture
    bars = find_bars(picture, labels) if picture else ()
    if not bars:
        return view
    if names := tuple(bar.outlet for bar in bars if bar.outlet is not None):
        return View(replace(view.only, outlets=names), view.words)
    return View(replace(view.only, since=bars[0].since, until=bars[-1].until), view.words)


def _browse(library: Library, view: View) -> Page:
    return library.browse(
        view.only, view.words, offset=view.page * PAGE_ARTICLES, limit=PAGE_ARTICLES
    )


def _describe_restored(report: AddReport) -> str:
    count = len(report.added)
    text = f"{count:,} article{'' if count == 1 else 's'} put back."
    if report.skipped:
        names = ", ".join(skip.source for skip in report.skipped[:3])
        text += f" {len(report.skipped):,} not, since there is another of that id now: {names}."
    return text
