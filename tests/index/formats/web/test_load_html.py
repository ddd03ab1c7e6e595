"""Web pages: main text without what stands around it, dates, names, addresses, encodings."""

from __future__ import annotations

import json
import socket
import string
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement, document_fromstring

from index.errors import ArticleFormatError
from index.formats.files import SourceFile
from index.formats.load import load_file
from index.formats.web.page import parse_page, read_page
from index.formats.web.page_dates import PageDates, find_page_dates, read_moment
from index.formats.web.page_furniture import (
    is_furniture,
    link_lines,
    remove_furniture,
    remove_link_blocks,
    squeeze,
)
from index.formats.web.page_head import read_head
from index.formats.web.page_text import render_text
from index.text.addresses import absolute_address
from index.text.encodings import decode_page
from index.types import Article, Skip

URL = "https://gazette.example/2024/10/21/quay"
STORY = (
    "The harbour board of Saltmere has closed the old quay after a storm tore two cranes loose.",
    "Ferries now leave from Marrow Bay, eleven kilometres to the north, until the end of the week.",
    "“Nobody was on the cranes that night,” said Ines Quill, who runs the harbour.",
)
MENU = "".join(
    f'<li><a href="/{name}">{name.title()}</a></li>'
    for name in "news politics business sport culture weather travel jobs".split()
)


def page(
    *,
    head: str = "",
    body: str = "",
    story: tuple[str, ...] = STORY,
    after: str = "",
    lang: str = "",
) -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in story)
    return (
        f"<!DOCTYPE html><html{lang and f' lang={lang!r}'}><head>{head}</head><body>"
        f"<header><nav><ul>{MENU}</ul></nav></header>"
        f"<main><article><h1>Quay closed after storm</h1>{body}{paragraphs}{after}</article></main>"
        f"<footer><ul>{MENU}</ul>© 2024 Gazette</footer></body></html>"
    )


def load(
    html: str | bytes, *, name: str = "page.html", url: str = "", max_bytes: int = 20_000_000
) -> Article | Skip:
    content = html if isinstance(html, bytes) else html.encode("utf-8")
    suffix = Path(name).suffix
    file = SourceFile(
        path=Path("/pages") / name, name=name, suffix=suffix, content=content, url=url
    )
    ((_, loaded),) = load_file(file, max_bytes)
    return loaded


def article_of(html: str | bytes, **kwargs: str) -> Article:
    loaded = load(html, **kwargs)  # type: ignore[arg-type]
    assert isinstance(loaded, Article), loaded
    return loaded


def reason_of(html: str | bytes, **kwargs: str) -> str:
    loaded = load(html, **kwargs)  # type: ignore[arg-type]
    assert isinstance(loaded, Skip), loaded
    assert "\n" not in loaded.reason
    assert loaded.reason.isprintable()
    return loaded.reason


# --- main text


@pytest.mark.parametrize("name", ["page.html", "page.htm", "page.xhtml"])
def test_the_main_text_and_nothing_around_it(name: str) -> None:
    article = article_of(page(), name=name)
    lines = article.text.split("\n\n")
    assert lines == ["Quay closed after storm", *STORY]
    assert article.title == "Quay closed after storm"
    assert article.origin == article.source == f"/pages/{name}"


COMMENTS = (
    '<section id="comments"><h3>2 Comments</h3><ol class="comment-list">'
    "<li class='comment'><p>I saw the cranes fall with my own eyes, what a terrible night.</p></li>"
    "<li class='comment'><p>They should have tied them down years ago, if you ask me.</p></li>"
    "</ol></section>"
)
RELATED = (
    "<h3>More stories</h3><ul>"
    '<li><a href="/a">Mayor of Dunhollow resigns over tram contract</a></li>'
    '<li><a href="/b">Lighthouse keeper finds a message from 1911</a></li>'
    '<li><a href="/c">Orchard strike enters its third week</a></li></ul>'
)
COOKIES = (
    '<div class="cookie-banner"><p>We use cookies to personalise content and to analyse our '
    "traffic. By clicking Accept you agree to their use.</p><button>Accept</button></div>"
)
DIALOG = (
    '<div class="pum-overlay" role="dialog" aria-modal="true"><p>The coast guard trains officers '
    "for the lifeboat in a course of eleven weeks that begins each spring at Marrow Bay.</p></div>"
)
SIGN_UP = (
    '<div class="box"><h2>Gazette Daily</h2><p>The best of the week, chosen by our editors.</p>'
    '<form action="/join"><input name="address" type="email"><button>Join</button></form></div>'
)
CARDS = (
    '<div><a href="/a"><div><p>The orchard strike enters its third week, and nobody talks.</p>'
    '</div></a><a href="/b"><div><p>What an orchard costs in a year without any rain</p></div></a>'
    "</div>"
)


@pytest.mark.parametrize(
    ("around", "unwanted"),
    [
        (COMMENTS, "terrible night"),
        (RELATED, "tram contract"),
        (COOKIES, "cookies"),
        ('<p>Read also: <a href="/x">Ferry runs aground at Quill</a></p>', "aground"),
        ('<p><a href="/x">Ferry runs aground at Quill</a></p>', "aground"),
        ("<p>LEA TAMBIÉN: El alcalde de Dunhollow dimite</p>", "Dunhollow"),
        ("<p>Sign up for our daily newsletter to get the news in your inbox.</p>", "newsletter"),
        ("<p>Follow us on Facebook and Instagram</p>", "Facebook"),
        ("<p>© 2024 Saltmere Gazette. All rights reserved.</p>", "Saltmere Gazette"),
        ("<script>var teaser = 'Hidden words of a script';</script>", "Hidden words"),
        (DIALOG, "lifeboat"),
        (SIGN_UP, "best of the week"),
        (CARDS, "orchard"),
        ("<p>Werner Holt? Dann abonniere meinen Newsletter: https://holt.example</p>", "abonniere"),
        ("<p>¡Mira lo que tiene nuestro canal de YouTube!</p>", "canal"),
        ("<p>Become a member and help us report from the coast.</p>", "member"),
        ("<p>(Photo credit: Tom Ash / Bay Wire)</p>", "Tom Ash"),
        ("<p>We may earn a commission: some of our links are affiliate links.</p>", "affiliate"),
        ("<p>We want to hear what you think about this article.</p>", "hear"),
        ("<p>Actualizado: 3/5/2024 - 12:00</p>", "Actualizado"),
        ("<h2>In pictures, the quay before the storm</h2>", "pictures"),
        ("<ul><li><img src=a.jpg> /</li><li>a rope</li></ul>", "- /"),
    ],
)
def test_what_is_not_the_article_is_left_out(around: str, unwanted: str) -> None:
    text = article_of(page(after=around)).text
    assert unwanted not in text
    for paragraph in STORY:
        assert paragraph in text


@pytest.mark.parametrize(
    "line",
    [
        "Photos: Divers looked for the crane all night. They found it at dawn.",
        "Average ratings of the harbour board fell to 38 percent.",
        "Folgen des Sturms treffen uns alle.",
        "Abbonati in calo per il terzo anno.",
        "The board ended its newsletter.",
        "Mayor Quill said our Telegram channel will be closed.",
        "Google ranks pages with affiliate links lower.",
        "Send a letter to the board before Friday, the mayor asked.",
        "In pictures of the storm, both cranes can be seen.",
        "Actualizado en mayo, el plan prevé un muelle nuevo.",
        "“Become a member of the crew” was all that the letter said.",
    ],
)
def test_sentences_that_begin_like_furniture_stay(line: str) -> None:
    assert not is_furniture(line)


def test_what_asks_for_an_address_takes_no_article_with_it() -> None:
    form = '<form action="/join"><input type="email"><input type="submit" value="Join"></form>'
    text = article_of(page(body=form)).text
    assert all(paragraph in text for paragraph in STORY)
    assert "Join" not in text


def test_a_page_that_is_all_in_a_dialog_is_read() -> None:
    html = page().replace("<main>", '<main role="dialog">')
    assert STORY[0] in article_of(html).text
    html = page().replace("<article>", '<div role="dialog"><article>')
    assert STORY[0] in article_of(html).text


DECK = "Two cranes fell in the night, and the ferries leave from Marrow Bay for a week."


@pytest.mark.parametrize(
    "deck",
    [f"<p class=deck>{DECK}</p>", f"<div><h2>{DECK}</h2></div>", f"<div><span>{DECK}</span></div>"],
)
def test_the_standfirst_under_the_headline_is_text(deck: str) -> None:
    head = f'<meta property="og:description" content="{DECK[:60]}">'
    html = page(head=head).replace(
        "<main><article><h1>Quay closed after storm</h1>",
        f"<div class=top><h1>Quay closed after storm</h1>{deck}</div><main><article>",
    )
    text = article_of(html).text
    assert text.count(DECK) == 1
    assert text.index(DECK) < text.index(STORY[0])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"<p>{DECK}</p>", ""),  # the site's motto, above the headline
        ("", f"<footer><p>{DECK}</p></footer>"),
        ("", f'<p><a href="/other">{DECK}</a></p>'),
    ],
)
def test_a_description_that_stands_elsewhere_is_no_standfirst(before: str, after: str) -> None:
    html = page(head=f'<meta name="description" content="{DECK}">')
    html = html.replace("<header>", f"<header>{before}").replace("</body>", f"{after}</body>")
    assert DECK not in article_of(html).text


@pytest.mark.parametrize("join", ["\n", "</p><p>"])
def test_a_text_that_only_its_data_hold(join: str) -> None:
    body = join.join(STORY)
    body = f"<p>{body}</p>" if "<" in join else body
    stated = json.dumps({"@type": "NewsArticle", "articleBody": body}).replace("</", "<\\/")
    head = f'<script type="application/ld+json">{stated}</script>'
    html = f"<html><head>{head}</head><body><h1>Quay closed</h1><div id=app></div></body></html>"
    assert article_of(html).text.split("\n\n")[-3:] == list(STORY)


def test_a_link_inside_a_sentence_stays() -> None:
    linked = 'The board <a href="/board">announced the closure</a> on Monday morning at the pier.'
    text = article_of(page(story=(*STORY, linked))).text
    assert "The board announced the closure on Monday morning at the pier." in text


def test_structure_becomes_lines() -> None:
    body = (
        "<h2>What is closed</h2><ul><li>the old quay</li><li>both cranes</li></ul>"
        "<blockquote>Nobody knows how long it takes, said a fisherman of the bay.</blockquote>"
        "<table><tr><th>Ferry</th><th>Leaves</th></tr><tr><td>Elin</td><td>09:30</td></tr></table>"
    )
    text = article_of(page(after=body)).text
    assert "\n\nWhat is closed\n\n- the old quay\n- both cranes\n\n" in text
    assert "\n\nNobody knows how long it takes, said a fisherman of the bay." in text
    assert "Ferry | Leaves\nFerry: Elin | Leaves: 09:30" in text


def test_what_looks_like_markup_in_a_text_is_kept() -> None:
    text = article_of(page(story=(*STORY, "Put <code>__init__</code> and &lt;b&gt; there."))).text
    assert "__init__" in text
    assert "<b>" in text


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("just words, no page at all", "not HTML"),
        ("<html><body></body></html>", "no main text"),
        (f"<html><body><ul>{MENU}</ul></body></html>", "no main text"),
        ("<html><body><form><input name=q><button>Search</button></form></body></html>", "no main"),
        ("", "empty file"),
        (b"%PDF-1.7 <html>", "a PDF, not text"),
        (b"\x00\x01\x02" * 300, "binary data"),
        (
            "<html><body><p>Please enable JavaScript to continue to this site.</p></body></html>",
            "asks for a browser",
        ),
    ],
)
def test_pages_that_hold_no_article(html: str | bytes, reason: str) -> None:
    assert reason in reason_of(html)


def test_a_front_page_is_a_list_of_others() -> None:
    teasers = "".join(
        f'<article><h2><a href="/{n}">Tram line {n} of Dunhollow opens to the public</a></h2>'
        f"<p>Line {n} runs from the market to the harbour from Monday on.</p></article>"
        for n in range(14)
    )
    html = f"<html><head><title>Gazette</title></head><body><main>{teasers}</main></body></html>"
    assert "a list of other pages" in reason_of(html)


def test_a_page_over_the_cap_says_both_sizes() -> None:
    skip = load(page(after="<p>more</p>" * 1_000), max_bytes=2_000)
    assert isinstance(skip, Skip)
    assert "over the limit of 2,000" in skip.reason


# --- what a page says about itself


def test_metadata_of_a_page() -> None:
    head = (
        "<title>Quay closed after storm | Saltmere Gazette</title>"
        '<meta property="og:site_name" content="Saltmere Gazette">'
        '<link rel="canonical" href="/2024/10/21/quay?full=1#top">'
        '<script type="application/ld+json">{"@context": "https://schema.org", "@graph": ['
        '{"@type": "NewsArticle", "headline": "Quay closed after storm",'
        ' "author": [{"@type": "Person", "name": "Ines Varga"}, {"name": "By Tom Ash"}],'
        ' "datePublished": "2024-10-21T09:30:00+09:00", "dateModified": "2024-10-22T01:00:00Z"}]}'
        "</script>"
    )
    article = article_of(page(head=head, lang="en-GB"), url=URL)
    assert article.title == "Quay closed after storm"
    assert article.outlet == "Saltmere Gazette"
    assert article.author == "Ines Varga, Tom Ash"
    assert article.language == "en"
    assert article.url == article.source == URL
    assert article.canonical_url == "https://gazette.example/2024/10/21/quay?full=1"
    assert article.published == date(2024, 10, 21)
    seoul = timezone(timedelta(hours=9))
    assert article.published_at == datetime(2024, 10, 21, 9, 30, tzinfo=seoul)
    assert article.published_at.utcoffset() == timedelta(hours=9)
    assert article.updated_at == datetime(2024, 10, 22, 1, tzinfo=UTC)
    assert article.date_basis == "page"


def test_the_address_of_a_saved_page() -> None:
    saved = f"<!-- saved from url=(0039){URL} -->\n{page()}"
    assert article_of(saved).url == URL
    assert article_of(saved).outlet == "gazette.example"
    assert article_of(page(head=f'<meta property="og:url" content="{URL}">')).url == URL
    # A front page that every page names, and what is no address of the web.
    front = '<link rel="canonical" href="https://gazette.example/">'
    assert article_of(page(head=front), url=URL).canonical_url == ""
    script = '<link rel="canonical" href="javascript:alert(1)">'
    assert article_of(page(head=script), url=URL).canonical_url == ""


def test_a_wrong_declaration_of_english_is_not_believed() -> None:
    german = (
        "Die Hafenverwaltung von Salzmeer hat den alten Kai geschlossen, nachdem ein Sturm zwei "
        "Kräne losgerissen hatte.",
        "Die Fähren fahren bis zum Ende der Woche von der elf Kilometer entfernten Bucht ab.",
    )
    assert article_of(page(story=german, lang="en")).language == "de"


def test_a_template_without_names_names_nothing() -> None:
    article = article_of(page(head="<title>Quay closed after storm</title>"))
    assert (article.author, article.outlet, article.url, article.canonical_url) == ("", "", "", "")
    assert (article.published, article.date_basis) == (None, "")


# --- dates


def dates_of(html: str, *, url: str = "", today: date = date(2026, 1, 1)) -> PageDates:
    tree = parse_page(html, name="page")
    return find_page_dates(tree, read_head(tree), url=url, today=today)


def linked_data(**fields: str) -> str:
    pairs = ", ".join(f'"{key}": "{value}"' for key, value in fields.items())
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", {pairs}}}</script>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (linked_data(datePublished="2024-10-21"), date(2024, 10, 21)),
        (
            '<meta property="article:published_time" content="2024-10-21T05:00:00Z">',
            date(2024, 10, 21),
        ),
        ('<time itemprop="datePublished" datetime="2024-10-21">today</time>', date(2024, 10, 21)),
        ('<p>By Ann</p><time datetime="2024-10-21">Monday</time>', date(2024, 10, 21)),
        ('<span class="published">21 October 2024</span>', date(2024, 10, 21)),
        # what is no date of publication
        ("<footer>Copyright 2019</footer>", None),
        (linked_data(datePublished="2031-10-21"), None),
        (linked_data(datePublished="1970-01-01T00:00:00Z"), None),
        (linked_data(datePublished="next week"), None),
        ('<meta property="article:modified_time" content="2024-10-21T05:00:00Z">', None),
    ],
)
def test_dates_of_publication(html: str, expected: date | None) -> None:
    found = dates_of(f"<html><body>{html}<p>{STORY[0]}</p></body></html>")
    if "modified_time" in html:
        assert found.updated_at == datetime(2024, 10, 21, 5, tzinfo=UTC)
    else:
        assert found.published == expected
        assert bool(found.basis) == bool(expected)


def test_the_date_in_an_address() -> None:
    plain = f"<html><body><p>{STORY[0]}</p></body></html>"
    for path in ("2024/10/21/quay", "2024-10-21-quay.html", "news/2024/7/3/quay"):
        found = dates_of(plain, url=f"https://gazette.example/{path}")
        assert found.basis == "address"
        assert found.published in {date(2024, 10, 21), date(2024, 7, 3)}
        assert found.published_at is None
    assert dates_of(plain, url="https://gazette.example/2031/10/21/quay").published is None
    assert dates_of(plain, url="https://gazette.example/2024/13/41/quay").published is None


def test_a_day_is_the_outlets_own() -> None:
    # An evening in Lima is the next day in UTC.
    html = linked_data(datePublished="2024-10-22T02:30:00Z") + (
        '<time datetime="2024-10-21T21:30:00-05:00">21 October</time>'
    )
    found = dates_of(f"<html><body>{html}</body></html>")
    assert found.published == date(2024, 10, 21)
    assert found.published_at == datetime(2024, 10, 22, 2, 30, tzinfo=UTC)
    assert found.published_at.date() == found.published


def test_midnight_in_utc_is_a_day_without_a_time() -> None:
    found = dates_of(linked_data(datePublished="2024-10-21T00:00:00Z"))
    assert (found.published, found.published_at) == (date(2024, 10, 21), None)


def test_other_articles_on_a_page_do_not_date_it() -> None:
    times = "".join(
        f'<time itemprop="datePublished" datetime="2024-10-{day}">x</time>' for day in (11, 12, 13)
    )
    html = linked_data(datePublished="2024-10-21T09:30:00+02:00") + times
    assert dates_of(f"<html><body>{html}</body></html>").published == date(2024, 10, 21)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-10-21T09:30:00Z", datetime(2024, 10, 21, 9, 30, tzinfo=UTC)),
        ("Mon, 21 Oct 2024 09:30:00 GMT", datetime(2024, 10, 21, 9, 30, tzinfo=UTC)),
        (
            "Mon Oct 21 2024 09:30:00 GMT+0000 (Coordinated Universal Time)",
            datetime(2024, 10, 21, 9, 30, tzinfo=UTC),
        ),
        ("2024-10-21", date(2024, 10, 21)),
        ("21 October 2024", date(2024, 10, 21)),
        ("03/04/2024", None),
        ("soon", None),
        (20241021, None),
        ("2024-10-21T99:99:99Z", date(2024, 10, 21)),
    ],
)
def test_reading_moments(value: object, expected: datetime | date | None) -> None:
    found = read_moment(value)
    if value != "2024-10-21T99:99:99Z":
        assert found == expected
    assert found is None or found.year == 2024


# --- encodings


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("utf-8", "cp1252"),
        ("windows-1251", "cp1251"),
        ("utf-16", "utf-8"),
        ("no-such-encoding", "utf-8"),
    ],
)
def test_declared_and_real_encodings(declared: str, real: str) -> None:
    word = "Хабаровский" if real == "cp1251" else "Käufer – “Füße”"
    story = (*STORY, f"In the evening {word} stood on the pier and waited for the last ferry.")
    html = page(head=f'<meta charset="{declared}">', story=story)
    assert word in article_of(html.encode(real)).text


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("Shift_JIS", "cp932", "嵐のため港が閉鎖された。"),
        ("euc-jp", "euc_jp", "嵐のため港が閉鎖された。"),
        ("iso-2022-jp", "iso2022_jp", "嵐のため港が閉鎖された。"),
        ("gb2312", "gb18030", "暴风雨后旧码头关闭。"),
        ("big5", "big5", "暴風雨後舊碼頭關閉。"),
        ("euc-kr", "cp949", "폭풍으로 부두가 폐쇄되었다."),
        ("koi8-r", "koi8-r", "Причал закрыт после бури."),
    ],
)
def test_encodings_of_other_scripts(label: str, codec: str, text: str) -> None:
    html = f'<html><head><meta charset="{label}"></head><body><p>{text}</p></body></html>'
    assert text in decode_page(html.encode(codec), name="page")
    assert text in decode_page(html.replace(label, "x").encode(codec), name="page", charset=label)


def test_byte_order_marks_decide() -> None:
    html = page(head='<meta charset="iso-8859-1">', story=(*STORY, "Käufer warten am Kai."))
    for codec in ("utf-8-sig", "utf-16"):
        assert "Käufer warten" in decode_page(html.encode(codec), name="page")


# --- the tree


def test_rendering_lines() -> None:
    tree = document_fromstring(
        "<div>One <b>bold</b>er\n text.<br>Second line<ul><li>a<li><p>b</p><p>c</p></ul>tail"
        "<table><tr><td><h2>Layout</h2><p>Text.</p></td></tr></table><pre>x\n y</pre></div>"
    )
    assert render_text(tree) == (
        "One bolder text.\nSecond line\n\n- a\n- b\nc\n\ntail\n\nLayout\n\nText.\n\nx\ny"
    )


HTML_TEXT = st.text(alphabet=string.ascii_letters + " \n.,é漢", max_size=30)
TREES = st.recursive(
    HTML_TEXT,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from("p div span b ul li table tr td h2 blockquote br a pre".split()),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


@given(TREES)
def test_rendering_keeps_every_word_in_order_and_tidies_lines(html: str) -> None:
    tree = document_fromstring(f"<html><body><p>start</p>{html}</body></html>")
    text = render_text(tree)
    added = str.maketrans("", "", "-|")
    squeezed = "".join(str(tree.xpath("string()")).split())
    assert "".join(text.translate(added).split()) == squeezed
    assert "\n\n\n" not in text
    assert all(line == line.strip() for line in text.split("\n"))


def tree_of(body: str) -> HtmlElement:
    return document_fromstring(f"<html><body>{body}</body></html>")


def test_blocks_that_are_links() -> None:
    body = (
        "<p><a href='/a'>Mayor resigns over tram contract</a></p>"
        "<p>See: <a href='/b'>Lighthouse keeper finds message</a></p>"
        "<p>The mayor <a href='/c'>resigned</a> on Monday.</p>"
        "<p><a href='/d'>The mayor resigned on Monday, said the council.</a></p>"
        "<p><a href='mailto:x@y.example'>x@y.example</a></p>"
        "<ul><li><a href='#top'>Top</a><li><a href='#end'>End</a><li><a href='#mid'>Mid</a></ul>"
    )
    tree = tree_of(body)
    lines = link_lines(tree)
    assert squeeze("Mayor resigns over tram contract") in lines
    assert squeeze("See: Lighthouse keeper finds message") in lines
    remove_link_blocks(tree)
    left = render_text(tree)
    assert "tram contract" not in left
    assert "Lighthouse" not in left
    for kept in ("resigned on Monday.", "said the council.", "x@y.example", "Top"):
        assert kept in left


@pytest.mark.parametrize(
    "line",
    [
        "We use cookies to give you the best experience on our website.",
        "Diese Website verwendet Cookies, um Inhalte zu personalisieren.",
        "Lire aussi : Le maire de Dunhollow démissionne",
        "Читайте также: Мэр ушёл в отставку",
        "関連記事",
        "You must be logged in to post a comment",
        "12 Comments",
        "Advertisement",
        "Suscríbete a nuestro boletín y recibe las noticias",
    ],
)
def test_furniture_in_many_languages(line: str) -> None:
    assert is_furniture(line)
    assert remove_furniture(f"{STORY[0]}\n\n{line}\n\n{STORY[1]}") == f"{STORY[0]}\n\n{STORY[1]}"


@pytest.mark.parametrize(
    "line",
    [
        *STORY,
        "The company said: “We use cookies to follow readers,” according to the regulator.",
        "The regulator fined the site because it set cookies before readers agreed.",
        "Watch: the minister said that ferries would run again by Friday.",
        "He left a comment on the mayor's page that was read a million times.",
        "Related companies paid no tax in Dunhollow last year, the ledger shows.",
        "Print sales of the newspaper fell by a tenth.",
        "The newsletter that she wrote every week had four readers.",
    ],
)
def test_sentences_about_such_things_stay(line: str) -> None:
    assert not is_furniture(line)


@given(st.text(max_size=500))
def test_furniture_is_told_for_any_text(line: str) -> None:
    assert is_furniture(line) in {True, False}


# --- hostile pages


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "deep",
        "<b><i>" * 50_000,
        "<table><tr><td>" * 20_000 + "x",
        "<html><body>" + "&amp;" * 200_000 + "<p>" + STORY[0],
        "<html " + "a=1 " * 100_000 + "><p>" + STORY[0],
        "<!-- " + "-" * 500_000 + "<p>unclosed",
        "<script type='application/ld+json'>" + "[" * 100_000 + "</script><p>" + STORY[0],
        "<html><head><meta charset='" + "u" * 100_000 + "'><p>" + STORY[0],
        "<html><body>\ud800\udfff\x00<p>" + STORY[0],
        "<!DOCTYPE html [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><p>&b; " + STORY[0],
        "<a href='http://[::1'>x</a><link rel=canonical href='http://[bad'><p>" + STORY[0],
    ],
    ids="deep mixed tables entities attributes comment json charset surrogates dtd address".split(),
)
def test_hostile_pages_end_as_articles_or_skips(html: str) -> None:
    loaded = load(html.encode("utf-8", "surrogatepass"))
    assert isinstance(loaded, Article | Skip)


def test_nothing_is_fetched_and_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"a connection was asked for: {args} {kwargs}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    head = (
        '<base href="https://gazette.example/"><link rel="canonical" href="https://gazette.example/a">'
        '<link rel="stylesheet" href="https://gazette.example/a.css"><script src="https://x.example/">'
        "</script>"
    )
    for html in (
        page(head=head),
        "http://gazette.example/page",
        "<html>http://gazette.example</html>",
    ):
        assert isinstance(load(html, url="https://gazette.example/a"), Article | Skip)
    assert capfd.readouterr() == ("", "")


@given(st.binary(max_size=300))
def test_any_bytes_give_one_result(data: bytes) -> None:
    assert isinstance(load(b"<html>" + data), Article | Skip)


def test_reading_a_page_raises_only_for_what_is_none() -> None:
    with pytest.raises(ArticleFormatError, match="not HTML"):
        read_page("words", name="page")
    assert read_page(page(), name="page").text.endswith(STORY[-1])


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [
        ("/a#b", URL, "https://gazette.example/a"),
        ("//cdn.example/x", URL, "https://cdn.example/x"),
        ("ftp://gazette.example/a", "", ""),
        ("javascript:alert(1)", URL, ""),
        ("http://[::1", URL, ""),
        ("https://gazette.example/a b", "", ""),
        ("/relative", "", ""),
        ("https://" + "a" * 3_000, "", ""),
    ],
)
def test_addresses(value: str, base: str, expected: str) -> None:
    assert absolute_address(value, base) == expected


@pytest.mark.parametrize("box", ["teaser-content", "article-teaser", "intro teaser"])
def test_a_short_article_with_a_lead_in_a_box_keeps_its_paragraphs(box: str) -> None:
    lead = "The quarry of Elm was closed on Friday after an inspector found asbestos in its dust."
    html = page(body=f"<div class='{box}'><p>{lead}</p></div>")
    lines = read_page(html, name="a.html").text.split("\n\n")
    assert lines == ["Quay closed after storm", lead, *STORY]


def test_cards_of_other_articles_are_left_out() -> None:
    card = "<div class='x'><a href='/{0}'><h3>{0}</h3></a><p>{1}</p></div>"
    cards = card.format("Minister resigns", "He had hidden a boat in a shed for eleven years.")
    cards += card.format("Seven held", "Police said that they had been drunk since Thursday.")
    text = read_page(page(after=f"<div>{cards}</div>"), name="a.html").text
    assert "Minister" not in text
    assert "drunk" not in text
    assert STORY[2] in text


def test_the_label_of_a_pointer_goes_with_it() -> None:
    after = "<p>Lesen Sie auch</p><p><a href='/x'>Minister tritt wegen eines Bootes zurück</a></p>"
    text = read_page(page(after=after), name="a.html").text
    assert text.endswith(STORY[2])


def test_an_archives_toolbar_is_no_text() -> None:
    bar = "<div id='wm-ipp-base'><p>Captures of this page from 2012 to 2020 by us.</p></div>"
    text = read_page(page().replace("<main>", f"{bar}<main>"), name="a.html").text
    assert "Captures" not in text


@pytest.mark.parametrize(
    "html",
    [
        "<!DOCTYPE html><html><head><title>Pocket Export</title></head><body><h1>Unread</h1><ul>"
        "<li><a href='https://sea.example/whales' time_added='1690000000'>Whales</a></li></ul>",
        "<html><head><title>Instapaper: Export</title></head><body><ol>"
        "<li><a href='https://sea.example/whales'>Whales</a></ol></body></html>",
        "<!DOCTYPE NETSCAPE-Bookmark-file-1><TITLE>Bookmarks</TITLE><DL><p>"
        "<DT><A HREF='https://sea.example/whales' ADD_DATE='1'>Whales</A></DL>",
    ],
    ids=["pocket", "instapaper", "browser"],
)
def test_links_that_somebody_kept_are_offered(tmp_path: Path, html: str) -> None:
    (tmp_path / "list.html").write_text(html, "utf-8")
    file = SourceFile(tmp_path / "list.html", "list.html", ".html")
    ((_, skip),) = load_file(file, 1_000_000)
    assert isinstance(skip, Skip)
    assert "“Whales”: only a link; 'onrecord add https://sea.example/whales'" in skip.reason


def test_a_table_that_only_roles_name() -> None:
    cell = "<span role='{}'>{}</span>"
    rows = [("columnheader", "Town", "Rent"), ("cell", "Tarn", "985"), ("cell", "Moor", "1,140")]
    table = "".join(
        f"<div role='row'>{cell.format(role, one)}{cell.format(role, other)}</div>"
        for role, one, other in rows
    )
    text = read_page(page(after=f"<div role='table'>{table}</div>"), name="a.html").text
    assert "Town: Moor | Rent: 1,140" in text.split("\n")


def test_the_name_of_an_archive_is_no_outlet() -> None:
    head = "<meta property='og:site_name' content='archive.ph'>"
    url = "https://www.tidemark.example/2024/04/02/seals.html"
    assert read_page(page(head=head), name="a.html", url=url).metadata.outlet == "tidemark.example"
