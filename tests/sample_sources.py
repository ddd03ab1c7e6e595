"""A small library for tests of the Sources view; one of its articles is hostile."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from onrecord import Article, HashEmbedder, Library
from page_elements import Elements
from rag import Settings
from ui.web.chat.service import ChatService

PAYLOAD = "<img src=x onerror=pwned()>\"'<script>pwned()</script>{{x}} ${pwned()} `x` [7]\u202e"
ARTICLES = (
    Article("ferry", "Second ferry", "A second ferry crosses the harbour. It takes 90 people.",
            "https://news.example/ferry", date(2025, 3, 20), "Corvane Wire"),
    Article("bridge", "Bridge shut", "The Tollen Bridge stays shut until May.",
            "https://news.example/bridge", date(2025, 1, 4), "Bay Post"),
    Article("tram", "Tram runs", "The tram to Quill runs every nine minutes.", outlet="Bay Post"),
    Article(PAYLOAD.replace("\u202e", ""), PAYLOAD, f"Some text. {PAYLOAD}",
            f"javascript:pwned() {PAYLOAD}", date(2025, 3, 2), f"Out {PAYLOAD}"),
)  # fmt: skip


def make_service(folder: Path) -> ChatService:
    """Make the library, and return a service for it."""
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
    return ChatService(folder, Settings(library=folder, wait_seconds=0))


def assert_inert(page: str) -> None:
    """Check that nothing in a page runs, loads, links anywhere or is a template."""
    elements = Elements(page)
    for tag, attributes in elements.found:
        assert tag not in {"script", "img", "iframe", "a", "svg", "style", "link", "object"}
        assert not any(name.startswith("on") or name in {"href", "src"} for name in attributes)
    assert not re.search(r"[`{}$]", page)
    assert not re.search(r"\[\d|\u202e", elements.text)
