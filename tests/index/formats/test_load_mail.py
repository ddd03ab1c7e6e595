"""Mails: newsletters without what belongs to their sending, mailboxes, attachments."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from textwrap import fill

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.files import Place, SourceFile
from index.formats.load import load_file
from index.formats.mail_text import newsletter_text, plain_text, remove_mail_furniture
from index.types import Article, Loaded, Skip

STORY = (
    "The harbour board of Saltmere has closed the old quay after a storm tore two cranes loose.",
    "Ferries now leave from Marrow Bay, eleven kilometres to the north, until the end of the week.",
)
NEWSLETTER = f"""<html><body>
<div style="display:none;max-height:0">Also inside: a hidden line for the list of mails</div>
<table><tr><td><a href="https://t.example/1">View this email in your browser</a></td></tr>
<tr><td><h1>Quay closed after storm</h1><p>{STORY[0]}</p><p>{STORY[1]}</p>
<p><a href="https://t.example/2">Read the full story</a></p></td></tr>
<tr><td><p>You are receiving this email because you signed up at the pier.</p>
<p>Saltmere Gazette, 1 Dock Road, Saltmere</p><a href="https://t.example/3">Unsubscribe</a></td></tr>
</table></body></html>"""


def mail(
    *,
    html: str = "",
    text: str = "",
    subject: str = "Quay closed after storm",
    sender: str = "Saltmere Gazette <news@gazette.example>",
    moment: str = "Mon, 21 Oct 2024 09:30:00 +0900",
    **headers: str,
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["Subject"] = subject
    message["Date"] = moment
    for key, value in headers.items():
        message[key.replace("_", "-")] = value
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def load(
    content: bytes | EmailMessage, *, name: str = "mail.eml", max_bytes: int = 20_000_000
) -> list[tuple[Place, Loaded]]:
    data = content if isinstance(content, bytes) else content.as_bytes()
    file = SourceFile(Path("/mails") / name, name, Path(name).suffix, content=data)
    found = list(load_file(file, max_bytes))
    for _, loaded in found:
        if isinstance(loaded, Skip):
            assert "\n" not in loaded.reason
            assert loaded.reason.isprintable()
    return found


def only_article(content: bytes | EmailMessage) -> Article:
    ((_, article),) = load(content)
    assert isinstance(article, Article), article
    return article


# --- one mail


def test_a_newsletter() -> None:
    article = only_article(mail(html=NEWSLETTER, List_Unsubscribe="<mailto:off@gazette.example>"))
    assert article.text == "\n\n".join(("Quay closed after storm", *STORY))
    assert article.title == "Quay closed after storm"
    assert (article.outlet, article.author) == ("Saltmere Gazette", "")
    assert article.published == date(2024, 10, 21)
    assert article.published_at == datetime(2024, 10, 21, 0, 30, tzinfo=UTC)
    assert article.published_at.utcoffset() == timedelta(hours=9)
    assert article.date_basis == "header"


def test_plain_text_without_html() -> None:
    body = (
        "View this email in your browser: https://t.example/1\n\n"
        f"{fill(STORY[0], 60)}\n\n{STORY[1]} <https://t.example/2>\n\n"
        "https://t.example/3\n\n-- \nSaltmere Gazette\n"
    )
    article = only_article(mail(text=body, sender="Ines Varga <ines@gazette.example>"))
    assert article.text == "\n\n".join(STORY)
    assert (article.author, article.outlet) == ("Ines Varga", "gazette.example")


def test_the_fuller_of_html_and_text_is_read() -> None:
    stub = "This newsletter is best read in HTML."
    assert STORY[1] in only_article(mail(text=stub, html=NEWSLETTER)).text
    picture_only = '<html><body><img src="https://t.example/p.png" alt=""></body></html>'
    assert STORY[1] in only_article(mail(text="\n\n".join(STORY), html=picture_only)).text


@pytest.mark.parametrize(
    ("sender", "headers", "author", "outlet"),
    [
        ("Ines Varga <ines@gazette.example>", {}, "Ines Varga", "gazette.example"),
        ("Ines Varga from Saltmere Gazette <a@b.example>", {}, "Ines Varga", "Saltmere Gazette"),
        (
            "News <n@b.example>",
            {"List_Id": "Harbour Letter <hl.b.example>"},
            "News",
            "Harbour Letter",
        ),
        ("Gazette <n@b.example>", {"List_Unsubscribe": "<https://b.example/u>"}, "", "Gazette"),
        ("n@b.example", {}, "", "b.example"),
    ],
)
def test_who_wrote_and_who_sends(
    sender: str, headers: dict[str, str], author: str, outlet: str
) -> None:
    article = only_article(mail(html=NEWSLETTER, sender=sender, **headers))
    assert (article.author, article.outlet) == (author, outlet)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("Mon, 21 Oct 2024 23:30:00 -0500", date(2024, 10, 21)),
        ("Mon, 21 Oct 2024 23:30:00 GMT", date(2024, 10, 21)),
        ("Mon, 21 Oct 2124 23:30:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("yesterday at noon", None),
        ("Mon, 99 Xxx 2024 99:99:99", None),
    ],
)
def test_the_date_of_a_mail(moment: str, expected: date | None) -> None:
    data = mail(html=NEWSLETTER).as_bytes()
    data = data.replace(b"Mon, 21 Oct 2024 09:30:00 +0900", moment.encode())
    article = only_article(data)
    assert article.published == expected
    assert article.date_basis == ("header" if expected else "")
    assert (article.published_at is None) == (expected is None)


def test_headers_in_other_encodings() -> None:
    raw = mail(html=NEWSLETTER).as_bytes()
    encoded = raw.replace(b"Subject: Quay", b"Subject: Re: =?iso-8859-1?q?K=E4se_am?= Quay")
    assert only_article(encoded).title == "Käse am Quay closed after storm"
    broken = raw.replace(b"Subject: Quay", b"Subject: =?no-such?b?!!!?= \xff\xfe Quay")
    assert "closed after storm" in only_article(broken).title


def test_an_article_in_a_mail_has_the_id_of_the_message() -> None:
    first = only_article(mail(html=NEWSLETTER, Message_ID="<1@gazette.example>"))
    moved = load(mail(html=NEWSLETTER, Message_ID="<1@gazette.example>"), name="copy.eml")
    other = only_article(mail(html=NEWSLETTER, Message_ID="<2@gazette.example>"))
    assert isinstance(moved[0][1], Article)
    assert first.article_id == moved[0][1].article_id != other.article_id


# --- attachments


def test_attachments_are_read_as_files() -> None:
    message = mail(text="\n\n".join(STORY))
    message.add_attachment("Notes on the two cranes of Saltmere.", filename="notes.txt")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("in/tide.txt", "The tide stood at four metres that night.")
    message.add_attachment(
        buffer.getvalue(), maintype="application", subtype="zip", filename="more.zip"
    )
    message.add_attachment(b"MZ", maintype="application", subtype="x-program", filename="run.exe")
    message.add_attachment(
        b"PNG", maintype="image", subtype="png", filename="logo.png", disposition="inline"
    )
    inner = mail(html=NEWSLETTER, subject="Forwarded letter")
    message.add_attachment(inner)
    found = {
        loaded.source if isinstance(loaded, Skip) else loaded.title: loaded
        for _, loaded in load(message)
    }
    texts = {title: loaded.text for title, loaded in found.items() if isinstance(loaded, Article)}
    assert "Notes on the two cranes of Saltmere." in texts.values()
    assert "The tide stood at four metres that night." in texts.values()
    assert STORY[0] in texts["Forwarded letter"]
    skips = [loaded for loaded in found.values() if isinstance(loaded, Skip)]
    assert [skip.source for skip in skips] == ["mail.eml!run.exe"]


def test_the_name_of_an_attachment_is_never_a_path() -> None:
    message = mail(text="\n\n".join(STORY))
    message.add_attachment("Words of a file that climbs.", filename="../../etc/climb.txt")
    articles = [loaded for _, loaded in load(message) if isinstance(loaded, Article)]
    assert articles[1].text == "Words of a file that climbs."
    assert articles[1].origin.startswith("/mails/mail.eml!")


# --- mailboxes


def mailbox(*messages: EmailMessage) -> bytes:
    pieces = []
    for message in messages:
        lines = message.as_bytes().replace(b"\r\n", b"\n").split(b"\n")
        body = b"\n".join(b">" + line if line.startswith(b"From ") else line for line in lines)
        pieces.append(b"From gazette@x Mon Oct 21 09:30:00 2024\n" + body + b"\n\n")
    return b"".join(pieces)


def test_a_mailbox() -> None:
    quoted = "From now on the ferries leave from Marrow Bay, says the harbour board of Saltmere."
    data = mailbox(
        mail(html=NEWSLETTER, Message_ID="<1@x>"),
        mail(text=f"{STORY[0]}\n\n{quoted}\n", subject="Second", Message_ID="<2@x>"),
        mail(text="", subject="Empty"),
    )
    first, second, third = load(data, name="box.mbox")
    assert [str(place) for place, _ in (first, second, third)] == [
        "box.mbox:1",
        "box.mbox:2",
        "box.mbox:3",
    ]
    assert isinstance(first[1], Article)
    assert isinstance(second[1], Article)
    assert second[1].text == f"{STORY[0]}\n\n{quoted}"
    assert second[1].source == "/mails/box.mbox:2"
    assert first[1].article_id != second[1].article_id
    assert isinstance(third[1], Skip)
    assert third[1].reason == "a mail without text"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"words\n\nmore words\n", "not a mailbox"),
        (b"\n\n\n", "not a mailbox"),
        (b"From: a@b.example\nSubject: a mail, no mailbox\n\nx", "not a mailbox"),
    ],
)
def test_what_is_no_mailbox(data: bytes, reason: str) -> None:
    ((_, skip),) = load(data, name="box.mbox")
    assert isinstance(skip, Skip)
    assert reason in skip.reason


def test_one_bad_mail_costs_one_mail() -> None:
    data = mailbox(mail(html=NEWSLETTER, Message_ID="<1@x>"))
    bad = b"From x@y Mon Oct 21 09:30:00 2024\n\x00\x01\x02 no header at all\n\n"
    results = [loaded for _, loaded in load(bad + data, name="box.mbox")]
    assert isinstance(results[0], Skip)
    assert isinstance(results[1], Article)


# --- what holds no mail


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"words without a header", "not a message"),
        (b"Subject: hello\n\n", "a mail without text"),
        (mail(html="<html><body><img src=x></body></html>").as_bytes(), "a mail without text"),
    ],
)
def test_mails_without_an_article(data: bytes, reason: str) -> None:
    ((_, skip),) = load(data)
    assert isinstance(skip, Skip)
    assert reason in skip.reason


def test_a_mail_with_too_much_text() -> None:
    ((_, skip),) = load(mail(text="quay " * 1_000), max_bytes=2_000)
    assert isinstance(skip, Skip)
    assert "over the limit of 2,000" in skip.reason


def test_many_parts_and_deep_ones() -> None:
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="B{n}"\r\n\r\n--B{n}\r\n' for n in range(3_000)
    )
    assert load(f"From: x@y\r\n{nested}\r\n{STORY[0]}".encode())
    parts = "--B\r\n\r\nwords\r\n" * 5_000
    wide = f'From: x@y\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n{parts}--B--'
    assert load(wide.encode())


@pytest.mark.parametrize(
    "line", ["- " * 200, "<" * 300 + "http://x ", "unsubscribe " * 50, " " * 400 + "(", "a" * 400]
)
def test_lines_that_patterns_could_read_again_and_again(line: str) -> None:
    # As many as these take minutes where a pattern goes back for every character.
    assert load(f"From: x@y.example\n\n{f'{line}{chr(10)}' * 5_000}".encode())


@given(st.binary(max_size=300))
def test_any_bytes_give_results(data: bytes) -> None:
    for name in ("mail.eml", "box.mbox"):
        start = b"" if name == "mail.eml" else b"From a@b Mon Oct 21 09:30:00 2024\n"
        assert load(start + b"From: x@y.example\n" + data, name=name)


# --- furniture of mails


@pytest.mark.parametrize(
    "line",
    [
        "View this email in your browser",
        "Having trouble viewing this email? Click here.",
        "Newsletter im Browser ansehen",
        "Was this forwarded to you? Sign up here.",
    ],
)
def test_lines_above_a_newsletter(line: str) -> None:
    assert remove_mail_furniture(f"{line}\n\n{STORY[0]}\n\n{STORY[1]}") == "\n\n".join(STORY)


def test_a_footer_goes_with_all_below_it_and_prose_about_it_stays() -> None:
    about = "Under the new law every newsletter must say how to unsubscribe, the minister said."
    text = "\n\n".join(
        (STORY[0], about, *STORY, *STORY, "Unsubscribe | Preferences", "1 Dock Road")
    )
    kept = remove_mail_furniture(text)
    assert kept == "\n\n".join((STORY[0], about, *STORY, *STORY))


def test_hidden_text_is_left_out() -> None:
    assert "hidden line" not in newsletter_text(NEWSLETTER, name="mail")


def test_quotation_marks_and_links_of_plain_mails() -> None:
    assert (
        plain_text("> Ferries leave at nine.\n> > And at ten.")
        == "Ferries leave at nine.\nAnd at ten."
    )
    assert plain_text("See the map (https://x.example/y) of the bay.") == "See the map of the bay."


def test_a_zone_is_kept() -> None:
    article = only_article(mail(html=NEWSLETTER, moment="Tue, 22 Oct 2024 01:00:00 +1300"))
    assert article.published == date(2024, 10, 22)
    expected = datetime(2024, 10, 22, 1, tzinfo=timezone(timedelta(hours=13)))
    assert article.published_at == expected
