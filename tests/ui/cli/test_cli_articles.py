"""``onrecord edit`` and ``versions``, and what other commands show of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from onrecord import Article, HashEmbedder, Library
from ui.cli.main import app

QUAY = """---
title: Old quay closed
author: By Ann Reed
date: 2024-10-21T09:30:00+09:00
updated: 2024-10-21T18:00:00Z
url: https://www.news.example/quay?utm_source=mail
---
The harbour board of Saltmere has closed the old quay. It will be mended in the spring.
A ferry will call at the new pier until then. Nobody knows yet who will pay for it all.
"""
LATER = QUAY.replace("21T18", "22T18").replace("spring", "summer").replace("Old quay", "Quay")
HOSTILE = "\x1b[31mAnn\u202e [1] <b>Reed</b>"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONRECORD_LIBRARY", str(tmp_path / "library"))


@pytest.fixture
def article_id(tmp_path: Path) -> str:
    """Return the id of an article in a library."""
    (tmp_path / "quay.md").write_text(QUAY, encoding="utf-8")
    assert run("add", "quay.md", "--encoder", "hash").exit_code == 0
    (article,) = run_json("list")
    return str(article["article_id"])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def run_json(*arguments: object) -> Any:  # noqa: ANN401 - JSON
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def fails(*arguments: object, status: int = 1) -> str:
    result = run(*arguments)
    assert result.exit_code == status
    assert result.stdout == ""
    if status == 1:
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
    return str(result.stderr)


def test_show_tells_all_that_is_known(article_id: str) -> None:
    shown = run_json("show", article_id)
    text = shown.pop("text")
    assert text.startswith("The harbour board")
    source = shown.pop("source")
    assert source == shown.pop("origin")
    assert shown == {
        "article_id": article_id,
        "title": "Old quay closed",
        "outlet": "news.example",
        "published": "2024-10-21",
        "author": "Ann Reed",
        "language": "en",
        "url": "https://www.news.example/quay?utm_source=mail",
        "canonical_url": "",
        "published_at": "2024-10-21T09:30:00+09:00",
        "updated_at": "2024-10-21T18:00:00+00:00",
        "date_basis": "stated",
        "version": 1,
        "versions": 1,
        "current_id": article_id,
        "edited": [],
        "pages": [],
    }
    (listed,) = run_json("list")
    assert {name: listed[name] for name in shown if name in listed} == {
        name: value for name, value in shown.items() if name in listed
    }
    lines = run("show", article_id).stdout.splitlines()
    assert "Author:    Ann Reed" in lines
    assert "Date:      21 October 2024, 09:30 UTC+09:00 (stated with the article)" in lines
    assert "Updated:   21 October 2024, 18:00 UTC" in lines
    assert "Language:  English" in lines


def test_edit_corrects_and_takes_back(article_id: str) -> None:
    edited = run_json(
        "edit", article_id, "--published", "2024-10-20", "--author", "", "--outlet", "Bay Wire"
    )
    assert (edited["published"], edited["published_at"]) == ("2024-10-20", None)
    assert (edited["author"], edited["outlet"], edited["date_basis"]) == ("", "Bay Wire", "edited")
    assert edited["edited"] == ["outlet", "author", "published"]
    shown = run("show", article_id).stdout
    assert "Date:      20 October 2024 (corrected by hand)" in shown
    assert "Corrected: outlet, author, published" in shown
    assert run("add", "quay.md", "--encoder", "hash").exit_code == 0
    assert run_json("show", article_id)["outlet"] == "Bay Wire"
    assert "as it was read" in run("edit", article_id, "--undo").stdout
    assert run_json("show", article_id)["author"] == "Ann Reed"
    assert "no edit of" in fails("edit", article_id, "--undo")


def test_a_new_title_is_found(article_id: str) -> None:
    assert run("edit", article_id, "--title", "Lighthouse shut").exit_code == 0
    (passage, *_) = run_json("search", "lighthouse")["passages"]
    assert passage["title"] == "Lighthouse shut"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to change"),
        (("--published", "soon"), "'soon' is not a date; write it as 2024-10-21"),
        (("--language", "klingonian"), "is not the code of a language"),
        (("--url", "quay.html"), "is not a web address"),
        (("--title", " "), "a title cannot be empty"),
        (("--published", HOSTILE), "is not a date"),
    ],
)
def test_wrong_values_are_one_line(article_id: str, arguments: tuple[str, ...], says: str) -> None:
    before = run_json("show", article_id)
    said = fails("edit", article_id, *arguments)
    assert says in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert run_json("show", article_id) == before


def test_undo_goes_alone(article_id: str) -> None:
    assert "goes with no other option" in fails(
        "edit", article_id, "--undo", "--author", "x", status=2
    )


def test_unknown_articles_are_named(article_id: str) -> None:
    for command in ("edit", "versions", "show"):
        more = ("--author", "x") if command == "edit" else ()
        assert "no article 'nosuch'; run 'onrecord list --library " in fails(
            command, "nosuch", *more
        )


def test_versions_are_listed_shown_and_compared(tmp_path: Path, article_id: str) -> None:
    only = run("versions", article_id)
    assert "No other version" in only.stderr
    assert "no earlier version of" in fails("versions", article_id, "--diff")
    (tmp_path / "later.md").write_text(LATER, encoding="utf-8")
    report = run("add", "later.md")
    assert report.exit_code == 0, report.stderr
    (article,) = run_json("list")
    current = article["article_id"]
    assert (article["versions"], current != article_id) == (2, True)
    first, second = run_json("versions", current)
    assert (first["version"], first["is_latest"], first["article_id"]) == (1, False, article_id)
    assert (second["version"], second["is_latest"], second["article_id"]) == (2, True, current)
    assert [line.split()[:2] for line in run("versions", article_id).stdout.splitlines()] == [
        ["1", "earlier"],
        ["2", "latest"],
    ]
    old = run_json("show", current, "--version", 1)
    assert "spring" in old["text"]
    assert (old["version"], old["current_id"]) == (1, current)
    assert run_json("show", article_id) == old  # where an older citation leads
    shown = run("show", article_id)
    assert "earlier version" in shown.stderr
    assert "Version:   1 of 2" in shown.stdout
    assert "no version 7" in fails("show", current, "--version", 7)
    said = run("versions", current, "--diff").stdout.splitlines()
    assert "title: Old quay closed -> Quay closed" in said
    assert "- It will be mended in the spring." in said
    assert "+ It will be mended in the summer." in said
    assert "  … 2 sentences unchanged" in said
    assert "  A ferry will call at the new pier until then." in (
        run("versions", current, "--diff", 1, 2, "--all").stdout
    )
    changes = run_json("versions", current, "--diff", 1)
    assert (changes["older"], changes["newer"]) == (1, 2)
    assert [s["kind"] for s in changes["sentences"]] == ["same", "removed", "added", "same", "same"]
    assert {"field": "title", "before": "Old quay closed", "after": "Quay closed"} in (
        changes["fields"]
    )
    assert "no version 3" in fails("versions", current, "--diff", 1, 3)
    assert "go with --diff" in fails("versions", current, 1, status=2)
    assert "two versions" in fails("versions", current, "--diff", 1, 2, 3, status=2)


def test_language_and_author_filter(tmp_path: Path, article_id: str) -> None:
    with Library.open(tmp_path / "library", embedder=HashEmbedder()) as library:
        text = "Der Hafenrat hat den alten Kai geschlossen."
        library.add([Article("kai", "Kai zu", text, language="de", author="Tom Holm")])
    for arguments, expected in (
        (("--language", "de"), ["kai"]),
        (("--language", "German"), ["kai"]),
        (("--language", "de", "--language", "en"), [article_id, "kai"]),
        (("--language", "unknown"), []),
        (("--author", "reed"), [article_id]),
        (("--author", "REED", "--author", "holm"), [article_id, "kai"]),
        (("--author", "reed", "--language", "de"), []),
    ):
        assert [a["article_id"] for a in run_json("list", *arguments)] == expected
        hits = run_json("search", "quay Kai", *arguments)["passages"]
        assert {hit["article_id"] for hit in hits} == set(expected)
        answer = run_json("ask", "who closed the quay?", *arguments)
        assert {p["article_id"] for p in answer["passages"]} == set(expected)
    assert "is not a language" in fails("list", "--language", "klingonian", status=2)


def test_citations_carry_what_is_known(article_id: str) -> None:
    run("edit", article_id, "--published", "2024-10-20")
    answer = run_json("ask", "what has the harbour board of Saltmere closed?")
    citation = answer["citations"][0]
    assert citation["url"] == "https://www.news.example/quay?utm_source=mail"
    assert citation["author"] == "Ann Reed"
    assert (citation["published"], citation["date_basis"]) == ("2024-10-20", "edited")
    assert citation["page"] is None


def test_hostile_details_reach_no_terminal(tmp_path: Path, article_id: str) -> None:
    with Library.open(tmp_path / "library", embedder=HashEmbedder()) as library:
        article = library.get(article_id)
        library.add(
            [
                Article(
                    "evil",
                    "Quay\u202e",
                    f"{article.text}\x1b[31m",
                    author="Ann\u202e Reed\u2066",
                    url="https://x.example/\u202egpj",
                    outlet="\x1b[5mWire",
                )
            ]
        )
    for command in (("show", "evil"), ("versions", "evil"), ("list",)):
        for stream in (run(*command).stdout, run(*command).stderr):
            assert not {"\x1b", "\u202e", "\u2066"} & set(stream)
