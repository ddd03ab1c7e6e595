"""Exports of blogs and notebooks: what is on record, with its day, and what is only named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from index.formats.blogs.load_blog import strip_shortcodes
from index.formats.load import load_file
from index.types import Article, Skip
from loading import articles, load, only_article, reasons, source_file
from sample_files import make_wordpress

BODY = "The mill of Tarn has burnt down, the fire brigade said on Monday. Nobody was hurt."
RUMOUR = "The mayor of Tarn will resign next week, three people who know him told this paper."


def item(title: str = "Mill burns down", body: str = f"<p>{BODY}</p>", **fields: str) -> str:
    said = {
        "status": "publish",
        "post_type": "post",
        "post_date": "2023-09-04 10:00:00",
        "post_date_gmt": "2023-09-04 08:00:00",
        **fields,
    }
    about = "".join(f"<wp:{name}>{value}</wp:{name}>" for name, value in said.items())
    return (
        f"<item><title>{title}</title><link>https://tarn.example/{title[:4]}</link>{about}"
        f"<content:encoded><![CDATA[{body}]]></content:encoded></item>"
    )


def write(path: Path, *items: str) -> Path:
    path.write_bytes(make_wordpress("".join(items)))
    return path


def test_a_short_post_is_an_article_in_its_own_zone(tmp_path: Path) -> None:
    article = only_article(load(write(tmp_path / "blog.xml", item())))
    assert (article.title, article.text, article.outlet) == (
        "Mill burns down",
        BODY,
        "Elin Gazette",
    )
    assert article.published == date(2023, 9, 4)
    assert article.published_at == datetime(2023, 9, 4, 8, tzinfo=UTC)
    assert article.published_at.hour == 10


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("draft", "a draft"),
        ("pending", "a draft that waits for review"),
        ("future", "scheduled, not yet published"),
        ("private", "private"),
        ("trash", "in the trash"),
    ],
)
def test_what_is_not_on_record_is_named(tmp_path: Path, status: str, reason: str) -> None:
    rumour = item("Mayor resigns", RUMOUR, status=status, post_date_gmt="0000-00-00 00:00:00")
    loaded = load(write(tmp_path / "blog.xml", item(), rumour))
    assert [article.title for article in articles(loaded)] == ["Mill burns down"]
    assert reasons(loaded) == [f"“Mayor resigns”: {reason}; --drafts adds it"]


def test_drafts_that_were_asked_for_say_so_and_have_no_day(tmp_path: Path) -> None:
    path = write(tmp_path / "blog.xml", item("Mayor resigns", RUMOUR, status="draft"))
    file = replace(source_file(path), drafts=True)
    ((_, article),) = load_file(file, 1_000_000)
    assert isinstance(article, Article)
    assert (article.title, article.published) == ("Mayor resigns (a draft)", None)


def test_a_password_and_a_day_to_come_keep_a_post_off_the_record(tmp_path: Path) -> None:
    locked = item("Locked").replace(
        "<wp:status>", "<wp:post_password>x</wp:post_password><wp:status>"
    )
    later = item("Later", post_date="2093-01-01 10:00:00", post_date_gmt="2093-01-01 09:00:00")
    assert reasons(load(write(tmp_path / "blog.xml", locked, later))) == [
        "“Locked”: protected by a password; --drafts adds it",
        "“Later”: scheduled, not yet published; --drafts adds it",
    ]


def test_comments_are_named_with_their_size(tmp_path: Path) -> None:
    said = "Is that so? I saw the mill standing yesterday, and nobody had seen a fire there."
    comment = f"<wp:comment><wp:comment_content>{said}</wp:comment_content></wp:comment>"
    post = item().replace("</item>", f"{comment}</item>")
    loaded = load(write(tmp_path / "blog.xml", post))
    (note,) = [found for found in loaded if isinstance(found, Skip)]
    assert note.is_note
    assert note.reason.startswith(f"left out: comments ({len(said)} characters: “Is that so?")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('[gallery ids="4,27"]', ""),
        ('[caption id="a" width="3"]<img/> The pier[/caption]', "<img/> The pier"),
        ("[contact-form-7 id=5]", ""),
        ("[vc_row][vc_column]Text.[/vc_column][/vc_row]", "Text."),
        ("[pullquote]He left.[/pullquote]", "He left."),
        ("[my_plugin]Inside.[/my_plugin]", "Inside."),
        ("It was “undermined [sic] by storms”.", "It was “undermined [sic] by storms”."),
        ("[Editor’s note: the name was changed.]", "[Editor’s note: the name was changed.]"),
        ("He [the mayor] said no. […]", "He [the mayor] said no. […]"),
    ],
)
def test_shortcodes_and_brackets(content: str, text: str) -> None:
    assert " ".join(strip_shortcodes(content).split()) == text


BLOGGER = """<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom'
 xmlns:app='http://purl.org/atom/app#'><title>Tarn Notes</title><generator>Blogger</generator>
{}</feed>"""
ENTRY = (
    "<entry><id>{id}</id><published>2023-09-04T08:00:00+02:00</published>"
    "<category scheme='http://schemas.google.com/g/2005#kind'"
    " term='http://schemas.google.com/blogger/2008/kind#{kind}'/><title>{title}</title>"
    "<content type='html'>&lt;p&gt;{body}&lt;/p&gt;</content><author><name>Ann Reed</name></author>"
    "{more}</entry>"
)


def test_an_export_of_blogger(tmp_path: Path) -> None:
    draft = "<app:control><app:draft>yes</app:draft></app:control>"
    entries = (
        ENTRY.format(id=1, kind="settings", title="Adult", body="false", more=""),
        ENTRY.format(id=2, kind="post", title="Mill burns down", body=BODY, more=""),
        ENTRY.format(id=3, kind="post", title="Mayor resigns", body=RUMOUR, more=draft),
        ENTRY.format(id=4, kind="comment", title="Re", body=f"{BODY} I saw it.", more=""),
    )
    path = tmp_path / "blog.xml"
    path.write_text(BLOGGER.format("".join(entries)))
    loaded = load(path)
    article, draft_skip, comments = loaded
    assert isinstance(article, Article)
    assert (article.title, article.text, article.author) == ("Mill burns down", BODY, "Ann Reed")
    assert (article.outlet, article.published) == ("Tarn Notes", date(2023, 9, 4))
    assert isinstance(draft_skip, Skip)
    assert draft_skip.reason == "“Mayor resigns”: a draft; --drafts adds it"
    assert isinstance(comments, Skip)
    assert comments.is_note


def test_an_export_of_ghost(tmp_path: Path) -> None:
    posts = [
        {"id": "1", "title": "Mill burns down", "lexical": "{}", "html": f"<p>{BODY}</p>",
         "status": "published", "published_at": "2023-09-04T08:00:00.000Z", "slug": "mill"},
        {"id": "2", "title": "Later", "html": f"<p>{RUMOUR}</p>", "status": "scheduled",
         "published_at": "2093-09-04T08:00:00.000Z"},
    ]  # fmt: skip
    data = {
        "posts": posts,
        "users": [{"id": "7", "name": "Ann Reed"}],
        "posts_authors": [{"post_id": "1", "author_id": "7"}],
        "settings": [{"key": "title", "value": "Tarn Notes"}],
    }
    path = tmp_path / "site.json"
    path.write_text(json.dumps({"db": [{"meta": {}, "data": data}]}))
    loaded = load(path)
    (article,) = articles(loaded)
    assert (article.outlet, article.author, article.text) == ("Tarn Notes", "Ann Reed", BODY)
    assert reasons(loaded) == ["“Later”: scheduled, not yet published; --drafts adds it"]


def test_a_note_was_not_published_on_the_day_it_was_clipped(tmp_path: Path) -> None:
    path = tmp_path / "notes.enex"
    path.write_text(
        "<en-export><note><title>Mill burns down</title><content><![CDATA[<en-note><div>"
        f"{BODY}</div></en-note>]]></content><created>20230910T101010Z</created><note-attributes>"
        "<source-url>https://web.archive.org/web/20230905/https://tarn.example/mill</source-url>"
        "</note-attributes></note></en-export>"
    )
    article = only_article(load(path))
    assert (article.text, article.published) == (BODY, None)
    assert article.url == "https://tarn.example/mill"
    assert article.outlet == "tarn.example"
    assert article.notes == ("clipped on 2023-09-10",)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pocket.csv", "title,url,time_added,tags,status\nMill,{url},1693814400,,unread\n"),
        ("instapaper.csv", "URL,Title,Selection,Folder,Timestamp\n{url},Mill,,Unread,1693814400\n"),
        ("zotero.csv", '"Key","Title","Url","Abstract Note"\n"A","Mill","{url}","A fire."\n'),
        ("media.csv", "id,media_name,publish_date,title,url\n1,tarn,2023-09-04,Mill,{url}\n"),
    ],
)
def test_a_table_of_links_offers_to_fetch_them(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content.format(url="https://tarn.example/mill"))
    assert reasons(load(path)) == [
        "only a link; 'onrecord add https://tarn.example/mill' fetches the page"
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", f"---\ntitle: Plan\ndraft: true\n---\n{RUMOUR}\n"),
        ("a.md", f"---\ntitle: Plan\npublished: false\n---\n{RUMOUR}\n"),
        ("a.csv", f'Title,Text,Post Status\nPlan,"{RUMOUR}",draft\n'),
        ("a.jsonl", json.dumps({"title": "Plan", "text": RUMOUR, "status": "draft"})),
        (
            "a.json",
            json.dumps([{"title": "Plan", "content": {"rendered": RUMOUR}, "status": "Draft"}]),
        ),
    ],
)
def test_drafts_in_other_files(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert reasons(load(path)) == ["“Plan”: a draft; --drafts adds it"]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Mill\uf8ff burns", "Mill\\uf8ff burns"),
        ("Mill\u200d burns", "Mill\\u200d burns"),
        ("آتش\u200cسوزی در آسیاب", "آتش\u200cسوزی در آسیاب"),
        ("रक्\u200dषा", "रक्\u200dषा"),
    ],
)
def test_a_reason_shows_what_is_printable_and_the_joiners_within_words(
    tmp_path: Path, title: str, shown: str
) -> None:
    path = write(tmp_path / "blog.xml", item(title, body=""))
    ((_, found),) = load_file(source_file(path))
    assert isinstance(found, Skip)
    assert found.reason == f"“{shown}”: no text in it"


def test_a_note_shows_what_is_printable(tmp_path: Path) -> None:
    summary = "A summary \u202eof words\uf8ff that the post lacks."
    excerpt = f"<excerpt:encoded>{summary}</excerpt:encoded>"
    post = item().replace("</item>", f"{excerpt}</item>")
    (note,) = only_article(load(write(tmp_path / "blog.xml", post))).notes
    assert "A summary \\u202eof words\\uf8ff that" in note
