"""The Sources view: look through the library, add to it, remove from it, see what is in it.

What a click does stands in ``browsing`` and ``uploads``; here it is tied to Gradio.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from index.errors import LibraryBusyError, OnRecordError
from index.types import AddProgress, AddReport, Filter
from ui.messages import describe_error
from ui.web.sources.browsing import change_library, select_bars, show
from ui.web.sources.chart import Picture, render_legend, render_table
from ui.web.sources.listing import View, read_view, render_controls, render_note, sources_script
from ui.web.sources.uploads import (
    TITLES_SHOWN,
    add_uploads,
    read_uploads,
    render_start,
    render_step,
)

if TYPE_CHECKING:
    import gradio as gr

    from ui.web.chat.service import ChatService

_log = logging.getLogger("onrecord")

BROWSING_AT_ONCE = 4
ADDING_AT_ONCE = 8
MAX_LEVEL_LABELS = 5
"""Bars whose labels fit beside each other on a phone."""

_BUSY = "Somebody else is adding or removing articles just now. Try again in a moment."

_Known: TypeAlias = "tuple[View, object]"
"""What was looked at last, and the outlets and languages that the form offers."""


class _Clicks:
    """The handlers of the view; each gives a value for every component, or none to leave it.

    Args:
        desk: What stands behind the page.
    """

    def __init__(self, desk: ChatService) -> None:
        self._desk = desk

    def act(self, event: gr.EventData, known: _Known) -> list[object]:
        """Do what a click or the form asks for, and show the library anew."""
        payload = _read_payload(event)
        mark = _mark_reply(payload)

        def change() -> list[object]:
            note = None
            if payload.get("action") != "browse":
                note = change_library(self._desk, payload)
            return self._refresh(read_view(payload), known, note, mark)

        return _or_say_why(self._desk, change, mark)

    def add(self, event: gr.EventData) -> Iterator[str]:
        """Add uploaded files, saying how far it is; the page then looks at the library anew."""
        from gradio.utils import get_upload_folder

        payload = _read_payload(event)
        uploads, skips = read_uploads(payload, Path(get_upload_folder()))
        n_files = len(uploads) + len(skips)
        yield render_start(n_files)
        for step in add_uploads(self._desk, uploads, skips):
            is_last = not isinstance(step, AddProgress)
            titles = _find_titles(self._desk, step) if isinstance(step, AddReport) else ()
            shown = render_step(step, files=n_files, titles=titles)
            yield shown + (_mark_reply(payload, "addition") if is_last else "")

    def select(self, event: gr.SelectData, known: _Known) -> list[object]:
        """Filter by the bars that were marked by dragging."""
        return _or_say_why(
            self._desk,
            lambda: self._refresh(select_bars(self._desk, known[0], event.value), known, None),
        )

    def _refresh(self, view: View, known: _Known, note: str | None, mark: str = "") -> list[object]:
        import gradio as gr

        shown = show(self._desk, view)
        offered = shown.outlets, shown.languages
        return [
            gr.skip() if known[1] == offered else render_controls(*offered),
            gr.skip() if note is None else note,
            _update_plot(shown.picture),
            _render_key(shown.picture, shown.view.only),
            shown.listing + mark,
            (shown.view, offered),
        ]


N_OUTPUTS = 6
"""Controls, notice, plot, its key, list, and what was looked at."""


def build_sources(desk: ChatService) -> None:
    """Make the Sources view in the Gradio context that is open, with its events.

    Args:
        desk: What stands behind the page.
    """
    import gradio as gr

    html = partial(gr.HTML, apply_default_css=False)
    still = partial(html, js_on_load=None)
    controls = html(render_controls(()), js_on_load=sources_script(), elem_id="sources-controls")
    report = still("", elem_id="sources-report")
    notice = still("", elem_id="sources-notice")
    plot = gr.BarPlot(
        x="when",
        y="articles",
        color="outlet",
        colors_in_legend=[],
        y_title="articles",
        height=220,
        container=False,
        elem_classes="picture",
        elem_id="sources-picture",
    )
    legend = still("", elem_id="sources-legend")
    listing = still("", elem_id="sources-listing")
    looked_at = gr.State((View(), None))
    outputs = [controls, notice, plot, legend, listing, looked_at]

    clicks = _Clicks(desk)
    # Gradio reads the annotations, and `gr` is no global of this module.
    annotations = {"act": gr.EventData, "add": gr.EventData, "select": gr.SelectData}
    for name, kind in annotations.items():
        getattr(_Clicks, name).__annotations__["event"] = kind
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    controls.submit(
        clicks.act,
        [looked_at],
        outputs,
        concurrency_limit=BROWSING_AT_ONCE,
        trigger_mode="multiple",  # of a deferred event Gradio loses what it carries
        **quiet,
    )
    controls.upload(
        clicks.add,
        None,
        report,
        concurrency_limit=ADDING_AT_ONCE,
        trigger_mode="multiple",  # files that come while others are added wait; none is ignored
        **quiet,
    )
    plot.select(clicks.select, [looked_at], outputs, concurrency_limit=BROWSING_AT_ONCE, **quiet)


def _read_payload(event: gr.EventData) -> Mapping[str, Any]:
    """Return what a page sent with an event: anything at all, made a mapping."""
    data = event._data  # noqa: SLF001 - Gradio offers its keys only, and they are not known
    return data if isinstance(data, dict) else {}


def _mark_reply(payload: Mapping[str, Any], name: str = "answered") -> str:
    """Return what tells the page which of its requests a reply answers."""
    serial = payload.get("serial")
    return f'<i class="{name}" data-serial="{serial}" hidden></i>' if type(serial) is int else ""


def _or_say_why(
    desk: ChatService, work: Callable[[], list[object]], mark: str = ""
) -> list[object]:
    """Return what some work gives for the outputs; a failure says so, and leaves the rest."""
    import gradio as gr

    try:
        return work()
    except LibraryBusyError:
        text = _BUSY
    except Exception as error:  # noqa: BLE001 - the page goes on after a bug
        text = desk.describe_error(error)
        if not isinstance(error, OnRecordError):
            _log.error("%s", describe_error(error))
    note = render_note(text, is_error=True) + mark
    return [gr.skip(), note, *(gr.skip() for _ in range(N_OUTPUTS - 2))]


def _find_titles(desk: ChatService, report: AddReport) -> Sequence[tuple[str, str]]:
    """Return ids and titles of the first articles that were added."""
    try:
        library = desk.library()
        ids = (report.added + report.replaced)[:TITLES_SHOWN]
        return [(name, library.get(name).title) for name in ids]
    except OnRecordError:
        return []


def _render_key(picture: Picture | None, only: Filter) -> str:
    if picture is None:
        return ""
    is_time = bool(picture.bars) and picture.bars[0].since is not None
    legend = render_legend(picture, only.outlets) if is_time else ""
    return f'<div class="key">{legend}{render_table(picture)}</div>'


def _to_figures(picture: Picture) -> dict[str, object]:
    """Return a picture's figures as Gradio's plots send them to the page."""
    return {
        "columns": ["when", "articles", "outlet"],
        "data": picture.rows(),
        "datatypes": {"when": "nominal", "articles": "quantitative", "outlet": "nominal"},
        "mark": "bar",
    }


def _update_plot(picture: Picture | None) -> object:
    import gradio as gr

    if picture is None:  # the style sheet hides it
        return gr.skip()
    return gr.update(
        value=_to_figures(picture),
        sort=[bar.label for bar in picture.bars],
        color_map={series.label: series.colour for series in picture.series},
        x_title=picture.axis,
        x_label_angle=-90 if len(picture.bars) > MAX_LEVEL_LABELS else 0,
    )
