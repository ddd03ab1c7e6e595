"""Pages with several articles: blogs in full, and live blogs entry by entry."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

from index.types import Skip
from loading import articles, load
from sample_files import SECOND, STORY, TITLE

POSTS = [
    ("Millers strike", "2023-09-04", "The millers of Tarn have stopped their wheels, they said. Rye"
     " costs twice as much as a year ago. Their guild wants to meet the minister on Friday. Bread"
     " may become dear, and bakers have begun to buy flour abroad."),
    ("Cinema becomes a bath", "2023-09-12", "Children swim where Garbo wept. The Apollo of Moor has"
     " opened as a bath. Its pool holds 310,000 litres of water. It cost 2.4 million crowns, which"
     " the town has borrowed for forty years."),
]  # fmt: skip


def write(path: Path, body: str, head: str = "<title>The Reed Bed</title>") -> Path:
    page = f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{body}</body></html>"
    path.write_text(page, encoding="utf-8")
    return path


def post(title: str, day: str, text: str, link: str = "") -> str:
    named = f'<a href="{link}">{title}</a>' if link else title
    return f"<article><h2>{named}</h2><time datetime='{day}'>{day}</time><p>{text}</p></article>"


def test_each_post_of_a_blog(tmp_path: Path) -> None:
    body = "".join(post(*each, link=f"https://reed.example/{each[1]}") for each in POSTS)
    found = articles(load(write(tmp_path / "blog.html", f"<main>{body}</main>")))
    assert [(a.title, a.published, a.text, a.url) for a in found] == [
        (title, date.fromisoformat(day), text, f"https://reed.example/{day}")
        for title, day, text in POSTS
    ]


def test_cards_of_other_articles_are_no_articles(tmp_path: Path) -> None:
    more = "<a href='/x'>Read more</a>"
    card = f"<article class='card'><h3><a href='/x'>{{}}</a></h3><p>{{}} {more}</p></article>"
    cards = "".join(card.format(title, text[:90]) for title, _, text in POSTS)
    page = f"<article><h1>{TITLE}</h1><p>{STORY}</p><p>{SECOND}</p></article><div>{cards}</div>"
    (article,) = articles(load(write(tmp_path / "page.html", page)))
    assert article.text.startswith(TITLE)


def test_comments_are_no_articles_and_are_named(tmp_path: Path) -> None:
    comment = "<article class='comment' id='comment-{}'><h4>Ann</h4><p>{}</p></article>"
    comments = "".join(comment.format(n, text) for n, (_, _, text) in enumerate(POSTS))
    page = f"<article><h1>{TITLE}</h1><p>{STORY}</p><p>{SECOND}</p></article><div>{comments}</div>"
    loaded = load(write(tmp_path / "page.html", page))
    (article,) = articles(loaded)
    assert "millers" not in article.text
    assert "left out: comments" in article.notes[0]


def test_entries_of_a_live_blog_have_their_times(tmp_path: Path) -> None:
    entries = "".join(
        f"<div class='entry'><time datetime='2024-03-05T{clock}:00+00:00'>{clock}</time>"
        f"<p>{text}</p></div>"
        for clock, text in (
            ("16:40", "The bridge of Tarn is open again, the police say, on one lane."),
            ("14:05", "The bridge of Tarn is closed, the police say, because of the storm."),
        )
    )
    body = f"<h1>Storm over Tarn: live</h1><p>{STORY}</p><div class='live-blog'>{entries}</div>"
    found = articles(
        load(write(tmp_path / "live.html", body, "<title>Storm over Tarn: live</title>"))
    )
    entries_found = [a for a in found if "bridge" in a.text]
    assert [(a.title, a.published_at) for a in entries_found] == [
        ("Storm over Tarn: live, 16:40", datetime(2024, 3, 5, 16, 40, tzinfo=UTC)),
        ("Storm over Tarn: live, 14:05", datetime(2024, 3, 5, 14, 5, tzinfo=UTC)),
    ]
    assert any(STORY in a.text for a in found)


def test_entries_that_only_machines_see(tmp_path: Path) -> None:
    updates = [
        {"@type": "BlogPosting", "headline": f"Bridge {state}",
         "datePublished": f"2024-03-05T{clock}:00Z",
         "articleBody": f"The bridge of Tarn is {state}, the police say in a statement."}
        for state, clock in (("open", "16:40"), ("closed", "14:05"))
    ]  # fmt: skip
    node = {"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": updates}
    head = f"<title>Storm</title><script type='application/ld+json'>{json.dumps(node)}</script>"
    found = articles(
        load(write(tmp_path / "live.html", "<h1>Storm</h1><div id='app'></div>", head))
    )
    assert [(a.title, a.published_at and a.published_at.hour) for a in found] == [
        ("Storm, 16:40: Bridge open", 16),
        ("Storm, 14:05: Bridge closed", 14),
    ]


def test_what_is_beside_the_posts_is_named(tmp_path: Path) -> None:
    about = "This blog has been written in a shed since 1999, and nobody has paid for it so far."
    body = f"<main>{''.join(post(*each) for each in POSTS)}</main><aside><p>{about}</p></aside>"
    notes = [s.reason for s in load(write(tmp_path / "blog.html", body)) if isinstance(s, Skip)]
    assert notes == [f"left out: boxes beside the text ({len(about)} characters: “{about[:59]}…”)"]


def test_a_lead_in_a_box_of_its_own(tmp_path: Path) -> None:
    lead = "Judge Una Moll has stopped the sale of the mill. The buyer must leave it by Friday."
    page = (
        f"<article><h1>{TITLE}</h1><div class='teaser-content'><p>{lead}</p></div>"
        f"<p>{STORY}</p><p>{SECOND}</p></article>"
    )
    (article,) = articles(load(write(tmp_path / "page.html", page, f"<title>{TITLE}</title>")))
    assert article.text.split("\n\n")[:3] == [TITLE, lead, STORY]


def test_stories_side_by_side_under_their_bylines(tmp_path: Path) -> None:
    by = "<p class='byline'>By Ann Roe, {}</p>"
    stories = "".join(
        f"<div class='story'><h2>{title}</h2>{by.format(day)}<p>{text}</p></div>"
        for title, day, text in POSTS
    )
    found = articles(load(write(tmp_path / "page3.html", f"<div>{stories}</div>")))
    assert [(a.title, a.published, a.author, a.text) for a in found] == [
        (title, date.fromisoformat(day), "Ann Roe", text) for title, day, text in POSTS
    ]


def test_parts_of_one_article_are_one_article(tmp_path: Path) -> None:
    parts = "".join(f"<div><h2>{title}</h2><p>{text}</p></div>" for title, _, text in POSTS)
    by = "<p class='byline'>By Ann Roe, 4 March 2024</p><p class='author'>Ann Roe</p>"
    page = f"<div class='text'><h1>{TITLE}</h1>{by}<p>{STORY}</p>{parts}</div>"
    assert len(articles(load(write(tmp_path / "long.html", page)))) == 1


def test_a_ticker_without_marks_for_machines(tmp_path: Path) -> None:
    head = "<title>Hochwasser im Ticker</title>"
    head += "<meta property='article:published_time' content='2024-06-03T06:00:00+02:00'>"
    entry = "<div class='item'><span class='t'>{} Uhr</span><h3>{}</h3><p>{}</p></div>"
    body = entry.format("14:20", "Damm hält", "Der Damm bei Weiden hält, sagt Ilse Horn.")
    body += entry.format("09:05", "Damm droht", "Der Damm bei Weiden droht zu brechen, heißt es.")
    page = f"<main><h1>Hochwasser im Ticker</h1><div>{body}</div></main>"
    found = articles(load(write(tmp_path / "ticker.html", page, head)))
    assert [(a.title, a.published_at) for a in found] == [
        ("Hochwasser im Ticker, 14:20: Damm hält", datetime(2024, 6, 3, 14, 20)),
        ("Hochwasser im Ticker, 09:05: Damm droht", datetime(2024, 6, 3, 9, 5)),
    ]


def test_a_live_blog_is_not_called_after_an_entry(tmp_path: Path) -> None:
    updates = [
        {"@type": "BlogPosting", "headline": name, "datePublished": f"2024-01-05T0{n}:10:00Z",
         "articleBody": f"The bridge of Gorsey is {name} again, police said on the river."}
        for n, name in enumerate(("closed", "open"), start=6)
    ]  # fmt: skip
    blog = {"@type": "LiveBlogPosting", "headline": "Flood in Gorsey", "liveBlogUpdate": updates}
    head = f"<title>x</title><script type='application/ld+json'>{json.dumps(blog)}</script>"
    found = articles(load(write(tmp_path / "live.html", "<p>Loading</p>", head)))
    assert [article.title for article in found] == [
        "Flood in Gorsey, 06:10: closed",
        "Flood in Gorsey, 07:10: open",
    ]
