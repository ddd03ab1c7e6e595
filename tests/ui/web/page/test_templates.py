from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import ROOT
from ui.web.page.templates import render

TEMPLATES = sorted((ROOT / "ui" / "web").glob("[ps]*/*.html"))
# Jinja escapes what these make with its own rules, or not at all.
_PAST_OUR_ESCAPING = re.compile(
    r"\{[{%][^}]*(?:~|\|\s*(?:safe|join|e\b|escape|format)\b|autoescape)"
)


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 3


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_everything_is_inserted_through_our_escaping(template: Path) -> None:
    assert not _PAST_OUR_ESCAPING.search(template.read_text("utf-8"))


@pytest.mark.parametrize("past", ["{{ a ~ b }}", "{{ a | safe }}", "{{ a|join('') }}"])
def test_what_goes_past_it_is_seen(past: str) -> None:
    assert _PAST_OUR_ESCAPING.search(past)


def test_an_unknown_macro_is_an_error() -> None:
    with pytest.raises(AttributeError):
        render("page/exchange.html", "no_such_macro")
