"""The skeleton and the list of the Sources view."""

from __future__ import annotations

import re

import pytest

from index.formats.registry import LOADERS
from onrecord import Page
from page_elements import Elements
from sample_sources import PAYLOAD, assert_inert
from ui.web.sources.listing import (
    View,
    describe_formats,
    render_listing,
    sheets_skeleton,
)


def test_a_line_about_the_library_stands_above_its_articles() -> None:
    listing = render_listing(View(), Page((), 0, 0, None, None), (), total=0, notice=f"x {PAYLOAD}")
    assert_inert(listing)
    assert '<p class="notice" dir="auto">X &lt;img' in listing
    assert "notice" not in render_listing(View(), Page((), 0, 0, None, None), (), total=0)


def test_what_can_be_dropped_is_what_can_be_read() -> None:
    page = Elements(sheets_skeleton())
    (field,) = [a for tag, a in page.found if tag == "input" and a.get("type") == "file"]
    assert (field["accept"] or "").split(",") == list(LOADERS)
    assert "<!--" not in sheets_skeleton()


@pytest.mark.parametrize(
    ("suffixes", "expected"),
    [
        ((".txt", ".md", ".jsonl"), "text, Markdown and JSON"),
        ((".pdf",), "PDF"),
        ((".zip", ".html", ".qqq"), "web pages, archives of any of these and .qqq"),
        ((), ""),
    ],
)
def test_formats_in_words(suffixes: tuple[str, ...], expected: str) -> None:
    assert describe_formats(suffixes) == expected


def test_every_format_has_a_word() -> None:
    assert not re.search(r"\s\.\w", describe_formats(LOADERS))
