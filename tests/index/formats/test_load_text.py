"""Text and Markdown files: titles, dates and front matter."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from index.formats.load_text import split_front_matter
from index.types import Skip
from text_files import TEXT, only_article, only_skip, write


def test_a_text_file(tmp_path: Path) -> None:
    path = write(tmp_path / "quay.txt")
    article = only_article(path)
    assert article.title == "Quay closed after storm"
    assert article.text == TEXT.strip()
    assert article.source == article.origin == str(path.resolve())
    assert article.article_id == hashlib.sha256(bytes(path.resolve())).hexdigest()[:12]
    assert article.published is None
    assert article.outlet == ""


def test_the_id_of_a_file_outlives_its_content(tmp_path: Path) -> None:
    path = write(tmp_path / "quay.txt")
    before = only_article(path)
    write(path, "The quay is open again.")
    after = only_article(path)
    assert (before.article_id, before.text) != (after.article_id, after.text)
    assert before.article_id == after.article_id


def test_a_relative_path_and_a_link_give_the_same_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "quay.txt")
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    monkeypatch.chdir(tmp_path)
    ids = {only_article(given).article_id for given in (path, Path("quay.txt"), link)}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b" \r\n\t ", "empty file"),
        (b"\x00" * 300, "binary data, not text"),
        (bytes(range(256)) * 20, "binary data, not text"),
        (b"%PDF-1.7\nplain looking text of a document", "a PDF, not text"),
        (b"PK\x03\x04 and so on", "a ZIP archive or an office document, not text"),
        ("Advertisement\n\nShare this\n", "no text is left after cleaning"),
        ("\ufeff\u200b\u202e\n", "no text is left after cleaning"),
        ("---\ntitle: Quay\n---\n", "no text is left after cleaning"),
    ],
)
def test_files_that_hold_no_article(tmp_path: Path, content: str | bytes, reason: str) -> None:
    path = write(tmp_path / "a.txt", content)
    assert only_skip(path) == Skip(str(path), reason)


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.txt", "---\ntitle: From the fields\n---\n# Heading\n\nText of it.", "From the fields"),
        ("a.md", "Lead line of the page.\n\n# The heading #\n\nText of it.", "The heading"),
        ("a.md", "The [quay](https://a.example)\n=======\n\nText of it.", "The quay"),
        ("a.md", "```\ncode\n```\n\nQuay news\n\nText of it.", "code"),
        ("a.txt", "First line\n\nText of it.", "First line"),
        ("a.txt", "21 October 2024\nBy Ann Reed\n\nQuay closed\n\nText of it.", "Quay closed"),
        ("a.txt", "Advertisement\n\nQuay closed\n\nText of it.", "Quay closed"),
        (
            "a.txt",
            "The quay has been closed by the board. " + "More of this follows here. " * 9,
            "The quay has been closed by the board.",
        ),
        ("a.txt", "quay " * 100, "quay " * 23 + "quay…"),
        ("old-quay_of  Saltmere.txt", "1, 2, 3.", "old quay of Saltmere"),
        ("---.txt", "1, 2, 3.", "Untitled"),
        ("a.txt", f"---\ntitle: {'quay ' * 200}\n---\nText of it.", "quay " * 59 + "quay…"),
        ("a.txt", "---\ntitle: |\n  Two\n  \x07lines\n---\nText of it.", "Two lines"),
        ("a.md", "---\ntitle: ''\n---\n## Heading\n\nText of it.", "Heading"),
    ],
)
def test_titles(tmp_path: Path, name: str, content: str, title: str) -> None:
    article = only_article(write(tmp_path / name, content))
    assert article.title == title
    assert len(article.title) <= 300


def test_front_matter(tmp_path: Path) -> None:
    yaml = (
        "---\nTitle: 'Quay closed'\ndate: 2024-10-21T09:30:00Z\n"
        "link: https://www.a.example/quay\ntags: [sea]\n---\n"
    )
    toml = '+++\ntitle = "Quay closed"\npublished = 2024-10-21\npublisher = "a.example"\n+++\n'
    for fields in (yaml, toml, "\ufeff" + yaml, yaml.replace("\n", "\r\n")):
        article = only_article(write(tmp_path / "quay.md", fields + "The board has closed it."))
        assert article.title == "Quay closed"
        assert article.published == date(2024, 10, 21)
        assert article.outlet == "a.example"
        assert article.text == "The board has closed it."


@pytest.mark.parametrize(
    ("block", "fields"),
    [
        ("title: Yes\ndate: 12:30", {"title": "Yes", "date": "12:30"}),
        ("title: Saltmere: quay closed", {"title": "Saltmere: quay closed"}),
        ("title: &a Quay\nsource: *a", {"title": "&a Quay", "source": "*a"}),
        ("title: !!python/name:os.system Quay", {"title": "Quay"}),
        ("title: Quay\n" + "x: [" * 3_000, None),
        ("title: " + "[" * 10_000, None),
        ("- " * 6_000, {}),
        ("Only a line of prose.", {}),
        ("", {}),
    ],
)
def test_front_matter_is_read_as_strings_or_not_at_all(
    block: str, fields: dict[str, str] | None
) -> None:
    text = f"---\n{block}\n---\nText of it.\n"
    found, rest = split_front_matter(text)
    if fields is None:
        assert set(map(type, found.values())) <= {str}
    else:
        assert found == fields
        assert rest == ("Text of it.\n" if fields else text)


@pytest.mark.parametrize(
    "block", ["title = Quay closed", "title = 'Quay closed'\nx = " + "[" * 5_000]
)
def test_broken_toml_is_read_by_line(block: str) -> None:
    fields, rest = split_front_matter(f"+++\n{block}\n+++\nText of it.\n")
    assert fields["title"] == "Quay closed"
    assert rest == "Text of it.\n"


def test_an_alias_bomb_stays_small() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    fields, _ = split_front_matter("---\n" + "\n".join(lines) + "\n---\nText of it.\n")
    assert fields["i"] == "&i [" + ", ".join(["*h"] * 9) + "]"


def test_an_endless_block_is_not_front_matter(tmp_path: Path) -> None:
    text = "---\n" + "key: value\n" * 5_000 + "---\nText of it.\n"
    assert split_front_matter(text) == ({}, text)
    assert only_article(write(tmp_path / "a.txt", text)).text.endswith("Text of it.")


def test_the_date_is_never_the_files_own(tmp_path: Path) -> None:
    path = write(tmp_path / "2024-10-21-quay.txt")
    os.utime(path, (0, 0))
    assert only_article(path).published is None
    write(path, f"Published 21 October 2024\n\n{TEXT}")
    assert only_article(path).published == date(2024, 10, 21)


def test_markdown_becomes_plain_text(tmp_path: Path) -> None:
    markdown = """\
# Quay *closed*

> “It is `unsafe`,” said [Ann Reed](https://a.example/reed).

## Why

* The storm of 5\\. May
* The age of the quay

| Year | Metres |
|------|-------:|
| 1921 | 300    |

```
a < b
```
"""
    assert only_article(write(tmp_path / "quay.md", markdown)).text.split("\n") == [
        *("Quay closed", "", "“It is unsafe,” said Ann Reed.", "", "Why", ""),
        *("- The storm of 5. May", "- The age of the quay", ""),
        *("Year | Metres", "Year: 1921 | Metres: 300", "", "a < b"),
    ]


@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_an_empty_cell_between_tabs_keeps_its_column(tmp_path: Path, suffix: str) -> None:
    rows = ("Party\tSeats\tVotes", "Harbour\t12\t4,210", "Greens\t\t1,120", "Moor\t4\t")
    table = "\n".join(rows)
    article = only_article(write(tmp_path / f"a{suffix}", f"Seats\n\n{table}\n\nIt was close."))
    assert "Party: Greens | Votes: 1,120\nParty: Moor | Seats: 4" in article.text
