"""The article panel: what is known of an article, correcting it, its versions; places and links."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile_strings import HOSTILE
from index.types import DATE_BASES, Article, Copy
from page_elements import Elements
from ui.languages import LANGUAGES, describe_language
from ui.places import find_link, hide_folders, hide_folders_in, hide_paths
from ui.render import DATE_BASIS_WORDS, describe_moment
from ui.web.page.article import (
    EDITABLE,
    read_details,
    render_article,
    render_details_form,
    render_saved,
)
from ui.web.page.templates import MAX_COPIES_SHOWN, render

ARTICLE = Article(
    article_id="tram",
    title="Trams run again",
    text="First page of it.\n\nThe second page.\n\nThe third one.",
    source="/srv/news/wire.zip!may/tram.pdf",
    published=date(2025, 3, 4),
    outlet="Corvane Wire",
    author="Ilse Marn",
    language="de",
    url="https://news.example/tram?x=1&y=2",
    published_at=datetime(2025, 3, 4, 14, 5, tzinfo=timezone(timedelta(hours=1))),
    updated_at=datetime(2025, 3, 5, 9, 0, tzinfo=UTC),
    date_basis="page",
    pages=(0, 19, 37),
)


def facts(page: str) -> dict[str, str]:
    rows = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", page)
    return {name: Elements(value).text for name, value in rows}


def test_what_is_known_of_an_article_is_said() -> None:
    page = render_article(ARTICLE, 19, 35)
    assert facts(page) == {
        "Author": "Ilse Marn",
        "Published": "4 March 2025, 14:05 UTC+01:00 (from the page’s own data)",
        "Updated": "5 March 2025, 09:00 UTC",
        "Language": "German",
        "Page": "2 of 3",
        "Address": "https://news.example/tram?x=1&y=2 (opens in a new tab)",
        "Source": "wire.zip!may/tram.pdf",
    }
    link = Elements(page).first("a")
    assert link["href"] == ARTICLE.url
    assert (link["rel"], link["target"]) == ("noopener noreferrer", "_blank")
    assert "/srv" not in page


def test_of_an_article_of_which_little_is_known_little_is_said() -> None:
    assert facts(render_article(Article("a", "Title", "Text"), 0, 0)) == {
        "Published": "date unknown"
    }


def test_each_way_to_know_a_date_has_words() -> None:
    assert set(DATE_BASIS_WORDS) == set(DATE_BASES)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2025, 3, 4, 14, 5), "4 March 2025, 14:05 time zone unknown"),
        (datetime(2025, 3, 4, 14, 5, tzinfo=UTC), "4 March 2025, 14:05 UTC"),
        (
            datetime(2025, 3, 4, 0, 0, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
            "4 March 2025, 00:00 UTC-03:30",
        ),
    ],
)  # fmt: skip
def test_a_moment_says_its_time_zone(moment: datetime, expected: str) -> None:
    assert describe_moment(moment) == expected


# Links.


@pytest.mark.parametrize(
    "address",
    [
        "javascript:pwned()", "JAVASCRIPT:pwned()", "data:text/html,x", "ftp://news.example/x",
        "//news.example/x", "https:news.example", "https://", "https:///x", "http://a b.example/",
        "https://ada:secret@news.example/", "https://news.example@evil.example/",
        "https://news.example\\@evil.example/", "https://news.example/\u202egpj.exe",
        "https://news.example/\n", "https://news.example:99999/", "https://[::1", "x",
        'https://news.example/"onmouseover=pwned()', "https://news.example/" + "x" * 3000,
        "file:///etc/passwd", "", "https://\u200bnews.example/",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_no_link(address: str) -> None:
    assert find_link(address) == ""
    page = render_article(replace(ARTICLE, url=address, source=address), 0, 5)
    assert "<a " not in page


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://news.example/a?b=c#d", "https://news.example/a?b=c#d"),
        ("http://news.example:8080/", "http://news.example:8080/"),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/ä"),
        ("https://аррlе.example/", "https://xn--l-7sbq6ba.example/"),
    ],
)
def test_a_link_names_its_host_as_it_is_resolved(address: str, expected: str) -> None:
    assert find_link(address) == expected


@given(st.one_of(st.text(), st.sampled_from(HOSTILE).map("https://news.example/{}".format)))
def test_a_link_is_http_and_nothing_else(address: str) -> None:
    link = find_link(address)
    assert not link or re.fullmatch(r"https?://[^\s<>\"'`{}@\\]+.*", link)


# Folders.


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/home/ada/news/tram.md", "tram.md"),
        ("/srv/wire.zip!may/tram.md", "wire.zip!may/tram.md"),
        ("/srv/o!n/tram.md", "tram.md"),
        ("/srv/wire.jsonl:12", "wire.jsonl:12"),
        ("C:\\Users\\Ada\\tram.md", "tram.md"),
        ("\\\\server\\share\\tram.md", "tram.md"),
        ("file:///home/ada/tram.md", "tram.md"),
        ("~/news/tram.md", "tram.md"),
        ("~ada/news/tram.md", "tram.md"),
        ("/srv/news/", "news"),
        ("https://news.example/a/b", "https://news.example/a/b"),
        ("folder/tram.md", "folder/tram.md"),
        ("tram.md", "tram.md"),
        ("AT/2024", "AT/2024"),
        ("", ""),
    ],
)
def test_no_folder_of_the_server_is_named(source: str, expected: str) -> None:
    assert hide_folders(source) == expected
    found = {"source": source, "citations": [{"source": source, "n": 1}]}
    assert hide_folders_in(found, "citations") == {
        "source": expected,
        "citations": [{"source": expected, "n": 1}],
    }


@given(st.text(st.characters(exclude_characters="/!\\"), min_size=1))
def test_of_a_path_its_last_part_is_left(name: str) -> None:
    assert hide_folders(f"/srv/secret/{name}") == name


# Who else printed it.


def make_copies(count: int) -> list[Copy]:
    outlets = [f"Outlet {n}" if n % 2 else "" for n in range(count)]
    return [
        Copy(f"id {n}", f"Title {n}", outlet, date(2025, 3, 1 + n), n, n + 9)
        for n, outlet in enumerate(outlets)
    ]


def test_copies_are_named_with_outlet_and_date_and_lead_there() -> None:
    page = Elements(render("page/parts.html", "render_copies", make_copies(2)))
    assert page.text == "Also in Title 0, 1 March 2025, Outlet 1, 2 March 2025"
    buttons = [attributes for tag, attributes in page.found if tag == "button"]
    assert [b["data-open-article"] for b in buttons] == ["id 0", "id 1"]
    assert [(b["data-start"], b["data-end"]) for b in buttons] == [("0", "9"), ("1", "10")]
    assert render("page/parts.html", "render_copies", ()) == ""


def test_many_copies_are_folded() -> None:
    page = render("page/parts.html", "render_copies", make_copies(MAX_COPIES_SHOWN + 3))
    assert "<summary>and 3 more</summary>" in page
    assert page.count("data-open-article") == MAX_COPIES_SHOWN + 3


# The form.


def test_the_form_holds_what_is_known() -> None:
    page = Elements(render_details_form(ARTICLE))
    inputs = {a["name"]: a for tag, a in page.found if tag in {"input", "select"}}
    assert set(inputs) == set(EDITABLE)
    for name, value in read_details(ARTICLE).items():
        if name != "language":
            assert inputs[name]["value"] == value
    chosen = [a["value"] for tag, a in page.found if tag == "option" and "selected" in a]
    assert chosen == ["de"]
    labels = {a["for"] for tag, a in page.found if tag == "label"}
    assert labels == {a["id"] for a in inputs.values()}
    unusual = render_details_form(replace(ARTICLE, language="qqq"))
    assert '<option value="qqq" selected>qqq</option>' in unusual


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_details_are_text(text: str) -> None:
    hostile = replace(ARTICLE, title=text, outlet=text, author=text, url=text, language=text)
    harmless = replace(ARTICLE, title="x", outlet="x", author="x", url="x", language="x")
    for show in (
        render_details_form,
        lambda article: render_article(article, 0, 5),
        lambda article: render_saved(article.title, article.title, can_undo=True),
    ):
        page, other = Elements(show(hostile)), Elements(show(harmless))
        # Of what shows nothing, and of an empty one, there is no row.
        names = {(tag, *sorted(attributes)) for tag, attributes in page.found}
        known = {(tag, *sorted(attributes)) for tag, attributes in other.found}
        assert names - {("a", "href", "referrerpolicy", "rel", "target")} <= known | {
            ("span", "class")
        }
        assert not re.search(r"\[\d|[\u202a-\u202e\u2066-\u2069]", page.text.replace(text, ""))


def test_languages_have_names() -> None:
    assert describe_language("uk") == "Ukrainian"
    assert describe_language("") == ""
    assert describe_language("qq [1]") == "qq (1)"
    assert all(re.fullmatch(r"[a-z]{2}", code) for code in LANGUAGES)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("no library in '/srv/news/x'; run 'it'", "no library in 'x'; run 'it'"),
        ("cannot read 'C:\\data\\x' (denied)", "cannot read 'x' (denied)"),
        ("'onrecord serve' stopped", "'onrecord serve' stopped"),
        ("it's /not quoted", "it's /not quoted"),
    ],
)
def test_messages_name_no_folder(message: str, expected: str) -> None:
    assert hide_paths(message) == expected
