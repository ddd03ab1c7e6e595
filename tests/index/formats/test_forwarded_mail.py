"""Forwarded mails: whose they are, when they were sent, and what stands above them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.forwarded_mail import find_forwarded
from index.types import Skip
from loading import articles, load, only_article
from sample_files import make_eml

STORY = (
    "TARN BRIDGE (Corvane Wire) - Three barges sank on Thursday when a lock gate gave way, the"
    " river police said. Nobody was hurt.\n\nThe lock will stay shut until August."
)
LAYOUTS = {
    "gmail": (
        "---------- Forwarded message ---------\nFrom: Corvane Wire <out@corvane.example>\n"
        "Date: Fri, 31 May 2024 at 17:42\nSubject: Barges sink at Tarn Bridge\n"
        "To: Desk <desk@paper.example>\n\n\n{}"
    ),
    "outlook": (
        "-----Original Message-----\nFrom: Corvane Wire <out@corvane.example>\n"
        "Sent: Friday, May 31, 2024 5:42 PM\nTo: Desk\nSubject: Barges sink at Tarn Bridge\n\n{}"
    ),
    "apple": (
        "Begin forwarded message:\n\nFrom: Corvane Wire <out@corvane.example>\n"
        "Subject: Barges sink at Tarn Bridge\nDate: 31 May 2024 at 17:42:10 CEST\n"
        "To: Desk <desk@paper.example>\n\n{}"
    ),
    "thunderbird": (
        "-------- Forwarded Message --------\nSubject: \tBarges sink at Tarn Bridge\n"
        "Date: \tFri, 31 May 2024 17:42:10 +0200\nFrom: \tCorvane Wire <out@corvane.example>\n"
        "To: \tDesk <desk@paper.example>\n\n{}"
    ),
    "german": (
        "-----Ursprüngliche Nachricht-----\nVon: Corvane Wire <out@corvane.example>\n"
        "Gesendet: Freitag, 31. Mai 2024 17:42\nAn: Redaktion\n"
        "Betreff: Barges sink at Tarn Bridge\n\n{}"
    ),
    "french": (
        "---------- Message transféré ---------\nDe : Corvane Wire <out@corvane.example>\n"
        "Date : ven. 31 mai 2024 à 17:42\nObjet : Barges sink at Tarn Bridge\nÀ : Bureau\n\n{}"
    ),
    "russian": (
        "-------- Пересылаемое сообщение --------\nОт: Corvane Wire <out@corvane.example>\n"
        "Дата: 31 мая 2024 г., 17:42\nТема: Barges sink at Tarn Bridge\nКому: Desk\n\n{}"
    ),
    "yandex": (
        "-------- Пересылаемое сообщение --------\n"
        '31.05.2024, 17:42, "Corvane Wire" <out@corvane.example>:\n\n{}'
    ),
    "quoted": (
        "> ---------- Forwarded message ---------\n> From: Corvane Wire <out@corvane.example>\n"
        "> Date: Fri, 31 May 2024 at 17:42\n> Subject: Barges sink at Tarn Bridge\n"
        "> To: Desk\n>\n{}"
    ),
}


def forward(path: Path, body: str, subject: str = "Fwd: Barges sink at Tarn Bridge") -> Path:
    mail = make_eml(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body.replace("\n", "\r\n").encode()
    )
    path.write_bytes(
        mail.replace(b"Subject: Harbour of Port Elin closed by ice", f"Subject: {subject}".encode())
    )
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_forwarded_text_is_its_senders(tmp_path: Path, layout: str) -> None:
    body = "For page 3?\n\n" + LAYOUTS[layout].format(STORY)
    article = only_article(load(forward(tmp_path / "mail.eml", body)))
    assert (article.title, article.outlet) == ("Barges sink at Tarn Bridge", "Corvane Wire")
    assert (article.published, article.date_basis) == (date(2024, 5, 31), "header")
    assert article.text == STORY
    assert article.author == ""


def test_outlook_announces_it_only_in_the_subject(tmp_path: Path) -> None:
    body = (
        "For page 3?\n\nFrom: Corvane Wire <out@corvane.example>\n"
        "Sent: Friday, May 31, 2024 5:42 PM\n"
        f"To: Desk\nSubject: Barges sink at Tarn Bridge\n\n{STORY}"
    )
    path = forward(tmp_path / "mail.eml", body, "FW: Barges sink at Tarn Bridge")
    article = only_article(load(path))
    assert (article.outlet, article.text) == ("Corvane Wire", STORY)
    reply = only_article(load(forward(tmp_path / "reply.eml", body, "RE: Barges sink")))
    assert "For page 3?" in reply.text


def test_what_stands_above_is_named_if_it_reads_like_text(tmp_path: Path) -> None:
    above = "I spoke to the keeper of the lock this morning, and he says that it was rust."
    body = f"{above}\n\n{LAYOUTS['gmail'].format(STORY)}"
    article = only_article(load(forward(tmp_path / "mail.eml", body)))
    assert above not in article.text
    assert article.notes == (
        f"left out: what those wrote who passed it on ({len(above)} characters: “{above[:59]}…”)",
    )


def test_the_innermost_of_several(tmp_path: Path) -> None:
    inner = LAYOUTS["apple"].format(STORY)
    body = LAYOUTS["gmail"].format(f"See below.\n\n{inner}").replace("Corvane Wire", "Ann Reed", 1)
    article = only_article(load(forward(tmp_path / "mail.eml", body)))
    assert (article.outlet, article.text) == ("Corvane Wire", STORY)


@pytest.mark.parametrize(
    "text",
    [
        "From: the harbour, a ferry sails.\n\nTo: the island it takes an hour.",
        "The mail began: Forwarded message\nand nothing else was in it.",
        f"{STORY}\n\nFrom: a reader\n\nDate: unknown",
    ],
)
def test_other_texts_forward_nothing(text: str) -> None:
    assert find_forwarded(text) is None


@given(st.text(max_size=400))
def test_any_text_can_be_searched(text: str) -> None:
    found = find_forwarded(text)
    assert found is None or found.text in text


def test_google_alerts_name_the_pages(tmp_path: Path) -> None:
    link = (
        "https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://tarn.example/2024/barges%3Fid%3D7"
        "&amp;ct=ga&amp;usg=AB"
    )
    html = (
        f'<html><body><a href="{link}">Barges sink at Tarn Bridge</a><div>Tarn Herald</div>'
        "<div>Three barges sank on Thursday when a lock …</div>"
        '<a href="https://www.google.com/alerts/remove?s=AB">Unsubscribe</a></body></html>'
    )
    mail = make_eml(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode())
    path = tmp_path / "alert.eml"
    path.write_bytes(mail.replace(b"desk@news.example", b"googlealerts-noreply@google.com"))
    loaded = load(path)
    assert not articles(loaded)
    (skip,) = loaded
    assert isinstance(skip, Skip)
    assert skip.reason == (
        "“Barges sink at Tarn Bridge”: only a snippet; 'onrecord add"
        " https://tarn.example/2024/barges?id=7' fetches the page"
    )


def test_afternoons_are_afternoons(tmp_path: Path) -> None:
    article = only_article(load(forward(tmp_path / "a.eml", LAYOUTS["outlook"].format(STORY))))
    assert article.published_at
    assert (article.published_at.hour, article.published_at.minute) == (17, 42)
