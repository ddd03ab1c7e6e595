"""What hostile text may not do once it is cleaned, quoted or escaped."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hostile_strings import hostile_text
from ui.escape import (
    clean_text,
    escape_html,
    escape_markdown,
    quote_line,
    unescape_markdown,
)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[2J\x1b[1;31mred\x1b[m", "red"),
        ("\x9b31mred \x9d0;x\x9cafter", "red after"),
        ("\x1b]0;never closed", "0;never closed"),
        ("\x1b\x1b[31m[31mnested", "[31mnested"),
        ("one\r\ntwo\rthree\u2028four\x0bfive", "one\ntwo\nthree\nfour\nfive"),
        ("a\x00\x08\x7f\u202e\u2066\u200f\u061c\ufeffb", "ab"),
        ("tag\U000e0041s \ud800", "tags \ufffd"),
        ("naïve “quotes” 日本 می\u200cخواهم", "naïve “quotes” 日本 می\u200cخواهم"),
    ],
)
def test_clean_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "quoted"),
    [
        ("[1] [ 12 ] [3, 4] [5–6] [²] ［7］ [\u200b8]", "(1) ( 12 ) (3, 4) (5–6) (²) (7) (8)"),
        ("[1\u3164] [\ufe0f2]", "(1) (\ufe0f2)"),
        ("[sic] [Mr 1] [] [", "[sic] [Mr 1] [] ["),
    ],
)
def test_a_quoted_line_has_no_marks(raw: str, quoted: str) -> None:
    assert quote_line(raw) == quoted


@given(hostile_text)
def test_clean_text_leaves_nothing_that_acts(text: str) -> None:
    cleaned = clean_text(text)
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]", cleaned
    )
    assert clean_text(cleaned) == cleaned
    cleaned.encode()


@given(hostile_text)
def test_a_quoted_line_is_one_line_without_marks(text: str) -> None:
    line = quote_line(text)
    assert line == " ".join(line.split())
    assert quote_line(line) == line
    assert not re.search(r"\[[\s\d]*\d[\s\d]*\]", line)


@given(hostile_text)
@example("{{constructor.constructor('alert(1)')()}} ${alert(1)} `x` $x$")
def test_html_is_inert_in_templates_and_formulas(text: str) -> None:
    assert not re.search(r"[`{}$<>\"']", escape_html(text))


@given(hostile_text)
@example("1) one")
@example("- one")
@example("=== one")
def test_markdown_shows_text_and_never_markup(text: str) -> None:
    line = quote_line(text)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(escape_markdown(text))
    if not line:
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} == {"text"}
    assert "".join(child.content for child in children) == line


@given(st.one_of(st.text(max_size=60), st.text("\\&#;_$*.-+=19amp:/w", max_size=40)))
def test_what_was_escaped_can_be_read_back(text: str) -> None:
    assert unescape_markdown(escape_markdown(text)) == quote_line(text)
