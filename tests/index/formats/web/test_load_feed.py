"""Feeds: entries that are whole become articles, summaries point to their addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleFormatError
from index.formats.files import Place, SourceFile
from index.formats.load import load_file
from index.formats.web.load_feed import parse_feed
from index.types import Article, Loaded, Skip

STORY = (
    "The harbour board of Saltmere has closed the old quay after a storm tore two cranes loose.",
    "Ferries now leave from Marrow Bay, eleven kilometres to the north, until the end of the week.",
    "“Nobody was on the cranes that night,” said Ines Quill, who runs the harbour.",
)
WHOLE = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Saltmere Gazette</title>
<link>https://gazette.example/</link><language>en-gb</language>
<item><title>Quay closed &amp;amp; cranes lost</title><link>/2024/quay</link>
<guid isPermaLink="false">g-1</guid><dc:creator>Ines Varga</dc:creator>
<pubDate>Mon, 21 Oct 2024 09:30:00 +0900</pubDate><description>Two cranes are lost.</description>
<content:encoded><![CDATA[{WHOLE}<p><a href="/x">Another story</a></p>]]></content:encoded></item>
<item><title>Mayor resigns</title><link>https://gazette.example/mayor</link>
<description>The mayor of Dunhollow has resigned over a tram contract.</description></item>
</channel></rss>"""
ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title>Salzmeer Bote</title><link rel="self" href="https://bote.example/feed"/>
<link href="https://bote.example/"/>
<entry><title>Kai gesperrt</title><id>tag:bote.example,2024:1</id>
<link href="https://bote.example/kai"/><published>2024-10-21T09:30:00+02:00</published>
<updated>2024-10-22T10:00:00Z</updated><author><name>Ute Graf</name></author>
<content type="html">{WHOLE.replace("<", "&lt;")}</content></entry></feed>"""


def load(
    content: str | bytes, *, name: str = "news.rss", url: str = ""
) -> list[tuple[Place, Loaded]]:
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    file = SourceFile(Path("/feeds") / name, name, Path(name).suffix, content=data, url=url)
    found = list(load_file(file))
    for _, loaded in found:
        if isinstance(loaded, Skip):
            assert "\n" not in loaded.reason
            assert loaded.reason.isprintable()
    return found


@pytest.mark.parametrize("name", ["news.rss", "news.xml", "news.atom"])
def test_a_whole_entry_is_an_article_and_a_summary_is_not(name: str) -> None:
    (first, article), (second, skip) = load(RSS, name=name)
    assert (str(first), str(second)) == (f"{name}:1", f"{name}:2")
    assert isinstance(article, Article)
    assert article.text == "\n\n".join(STORY)
    assert article.title == "Quay closed & cranes lost"
    assert (article.outlet, article.author) == ("Saltmere Gazette", "Ines Varga")
    assert article.language == "en"
    assert article.url == article.source == "https://gazette.example/2024/quay"
    assert article.published == date(2024, 10, 21)
    assert article.published_at == datetime(2024, 10, 21, 0, 30, tzinfo=UTC)
    assert article.published_at.utcoffset() == timedelta(hours=9)
    assert article.date_basis == "feed"
    assert isinstance(skip, Skip)
    reason = "only a summary; add it by its address, https://gazette.example/mayor; left out: "
    assert skip.reason.startswith(f"{reason}the summary (57 characters: “The mayor of Dunhollow")


def test_an_atom_feed() -> None:
    feed = parse_feed(ATOM.encode(), url="https://bote.example/feed")
    assert (feed.title, feed.language) == ("Salzmeer Bote", "de")
    assert feed.url == "https://bote.example/feed"
    (entry,) = feed.entries
    assert entry.url == "https://bote.example/kai"
    assert (entry.title, entry.author) == ("Kai gesperrt", "Ute Graf")
    assert entry.published_at == datetime(2024, 10, 21, 7, 30, tzinfo=UTC)
    assert entry.published_at.utcoffset() == timedelta(hours=2)
    assert entry.updated_at == datetime(2024, 10, 22, 10, tzinfo=UTC)
    assert entry.entry_id == "tag:bote.example,2024:1"
    assert entry.language == "de"
    assert not entry.is_summary
    assert STORY[0] in entry.content


def test_an_entry_without_a_date_of_change_has_none() -> None:
    entry = parse_feed(RSS.encode(), url="").entries[0]
    assert entry.updated_at is None
    assert entry.is_summary is False
    assert parse_feed(RSS.encode(), url="").entries[1].is_summary


def test_addresses_are_absolute_and_of_the_web() -> None:
    feed = parse_feed(RSS.encode(), url="https://other.example/feeds/all.rss")
    assert feed.entries[0].url == "https://other.example/2024/quay"
    odd = RSS.replace("/2024/quay", "javascript:alert(1)")
    assert parse_feed(odd.encode(), url="").entries[0].url == ""


def test_ids_are_those_of_the_entries() -> None:
    first = load(RSS)[0][1]
    moved = load(RSS, name="copy.xml")[0][1]
    other = load(RSS.replace("g-1", "g-2"))[0][1]
    assert isinstance(first, Article)
    assert isinstance(moved, Article)
    assert isinstance(other, Article)
    assert first.article_id == moved.article_id != other.article_id


def test_a_long_description_is_an_article_unless_it_is_cut() -> None:
    head = (
        '<rss version="2.0"><channel><title>Gazette</title><item><title>Quay</title><description>'
    )
    tail = "</description></item></channel></rss>"
    plain = " ".join(STORY)
    ((_, article),) = load(f"{head}{plain}{tail}")
    assert isinstance(article, Article)
    assert article.text == plain
    ((_, skip),) = load(f"{head}{plain} […]{tail}")
    assert isinstance(skip, Skip)
    assert skip.reason.startswith("only a summary; it names no address; left out: the summary (266")


def test_a_date_after_today_is_not_believed() -> None:
    article = load(RSS.replace("2024 09:30", "2124 09:30"))[0][1]
    assert isinstance(article, Article)
    assert (article.published, article.published_at, article.date_basis) == (None, None, "")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "&a{n - 1 if n else ""};&a{n - 1 if n else ""};">' for n in range(40))
    + "]><rss><channel><title>&a39;</title></channel></rss>"
)
OUTSIDE = (
    '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<rss><channel><title>&x;</title><item><title>&x;</title></item></channel></rss>"
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty file"),
        ("words", "not an RSS or Atom feed"),
        ("<html><body>rss</body></html>", "not an RSS or Atom feed"),
        ("<?xml version='1.0'?><catalogue><book/></catalogue>", "not an RSS or Atom feed"),
        ("<rss><channel><title>x</title></channel></rss>", "a feed without entries"),
        (BOMB, "declares its own entities"),
        (OUTSIDE, "declares its own entities"),
        (BOMB.encode("utf-16"), "declares its own entities"),
        (b"\x00\x01\x02" * 300, "binary data"),
    ],
)
def test_what_is_no_feed(content: str | bytes, reason: str) -> None:
    ((_, skip),) = load(content, name="feed.xml")
    assert isinstance(skip, Skip)
    assert reason in skip.reason


def test_feeds_that_are_not_well_formed_are_read() -> None:
    broken = RSS.replace("</language>", "").replace("&amp;amp;", "&")
    articles = [loaded for _, loaded in load(broken) if isinstance(loaded, Article)]
    assert [article.text for article in articles] == ["\n\n".join(STORY)]
    cut = RSS[: RSS.index("</content:encoded>")]
    assert isinstance(load(cut)[0][1], Article | Skip)


@pytest.mark.parametrize("codec", ["iso-8859-1", "windows-1251", "utf-16", "shift_jis"])
def test_encodings(codec: str) -> None:
    name = {"iso-8859-1": "Föhn", "windows-1251": "Буря", "utf-16": "Буря", "shift_jis": "嵐"}[
        codec
    ]
    text = RSS.replace("Mayor resigns", name).replace("“", '"').replace("”", '"')
    feed = parse_feed(text.replace("UTF-8", codec).encode(codec), url="")
    assert feed.entries[1].title == name


def test_a_large_feed_that_is_not_well_formed_is_refused() -> None:
    large = RSS.replace("</channel></rss>", "<item>" + "x" * 5_000_001)
    with pytest.raises(ArticleFormatError, match="not well-formed"):
        parse_feed(large.encode(), url="")


def test_bytes_are_never_a_path_or_an_address(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(RSS, encoding="utf-8")
    for data in (str(secret).encode(), secret.as_uri().encode(), b"https://gazette.example/feed"):
        with pytest.raises(ArticleFormatError, match="not an RSS or Atom feed"):
            parse_feed(data, url="")


@given(st.binary(max_size=300))
def test_any_bytes_give_results(data: bytes) -> None:
    assert load(b"<rss><channel>" + data)
