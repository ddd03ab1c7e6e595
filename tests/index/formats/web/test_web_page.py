"""Pages that are made to be slow are refused before the parsers see them, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleFormatError
from index.formats.files import SourceFile
from index.formats.limits import MAX_ATTRIBUTES, MAX_ELEMENTS
from index.formats.load import load_file
from index.formats.web.page import check_attributes
from onrecord import Article, Skip

STORY = """<article><h1>The harbour stays open</h1><p>The council of Port Elin voted on Monday to
keep the harbour open through the winter, whatever the ice may cost the town.</p>
<p>Two icebreakers will be rented from Quill until March, the mayor said after the vote.</p>
</article>"""

MANY = " ".join(f'a{number}="{number}"' for number in range(MAX_ATTRIBUTES + 1))
ENOUGH = " ".join(f'a{number}="{number}"' for number in range(MAX_ATTRIBUTES))


def load(html: str) -> Article | Skip:
    name = "page.html"
    file = SourceFile(Path("/news") / name, name, ".html", content=html.encode())
    ((_, loaded),) = load_file(file)
    return loaded


def is_refused(html: str) -> bool:
    try:
        check_attributes(html, name="page.html")
    except ArticleFormatError:
        return True
    return False


def test_a_page_with_fifty_thousand_attributes_is_named() -> None:
    attributes = " ".join(f'a{number}="{number}"' for number in range(50_000))
    loaded = load(f"<html><body {attributes}>{STORY}</body></html>")
    assert isinstance(loaded, Skip)
    assert loaded.reason == "a tag with more than 1,000 attributes"


def test_a_page_with_two_hundred_thousand_paragraphs_is_named() -> None:
    loaded = load(f"<html><body>{STORY}{'<p>x' * 200_000}</body></html>")
    assert isinstance(loaded, Skip)
    assert loaded.reason == f"more than {MAX_ELEMENTS:,} elements, the limit for a page"


def test_as_many_attributes_as_one_may_have() -> None:
    assert isinstance(load(f"<html><body {ENOUGH}>{STORY}</body></html>"), Article)


@pytest.mark.parametrize(
    "html",
    [
        f"<body {MANY}>",
        f"<body {MANY}",
        f"<p><a b=c><IMG\n{MANY} />",
        f"<custom-tag/{MANY.replace(' ', '/')}>",
        f"<body title='>' {MANY}>",
        f'<body title=">" lang=en {MANY}>',
        f"<!-- a comment --><body {MANY}>",
        f"<script>let a = '<!--';</script><body {MANY}>",
        f"<style a=b>p > a</style><body {MANY}>",
        f"<titled {MANY}>",
        "<body " + "a " * (MAX_ATTRIBUTES + 1) + ">",
        f"<textarea {MANY}></textarea>",
    ],
)
def test_too_many_attributes(html: str) -> None:
    assert is_refused(html)


@pytest.mark.parametrize(
    "html",
    [
        f"<body {ENOUGH}>",
        f"<!-- <body {MANY}> -->",
        f"<!-- <body {MANY}>",
        f"<script>if (a <b && {MANY}</script>",
        f"<SCRIPT type='text/template'><body {MANY}></SCRIPT >",
        f"<textarea><body {MANY}></textarea>",
        f"<title>{MANY}</title>",
        f"<p>1 < 2 {MANY} > 0</p>",
        f"<p data-words='{MANY.replace(chr(34), '')}'>",
        f'<p style="{"a b " * 5_000}">',
        f"<p {ENOUGH}><p {ENOUGH}>",
        "<p>" + "<a href=/a/b/c>x</a>" * 5_000,
        f"<a href={'/x' * 5_000}>",
    ],
)
def test_no_tag_has_too_many(html: str) -> None:
    assert not is_refused(html)


@pytest.mark.parametrize(
    "piece", ['<a "', "<a b='\"=", '<a b="', "<!--", "<script>", "<", "<a =", "<style", "</"]
)
def test_no_page_is_slow_to_look_at(piece: str) -> None:
    is_refused(piece * (4_000_000 // len(piece)))


@given(st.text(alphabet="<>ab \"'=/!-", max_size=300))
def test_small_pages_are_never_refused(html: str) -> None:
    assert not is_refused(html)
