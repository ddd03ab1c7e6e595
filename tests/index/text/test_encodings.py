"""Bytes of unknown encoding -> text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ArticleFormatError
from index.text.encodings import decode, repair_encoding

SPEECHES = {
    "english": "The café’s owner, José Núñez, said “no” – twice.",
    "french": "Le président a déclaré que la réunion était annulée à cause de la grève.",
    "german": "Die Regierung erklärte, größere Änderungen müssten später geprüft werden.",
    "polish": "Rząd ogłosił, że spotkanie zostało odwołane; źródła mówią o kłopotach.",
    "russian": "Правительство объявило, что встреча отменена из-за забастовки.",
    "greek": "Η κυβέρνηση ανακοίνωσε ότι η συνάντηση ακυρώθηκε.",
    "japanese": "政府は会議が中止されたと発表した。これは重要です。",
    "chinese": "政府宣布会议取消了。这是重要的新闻报道。",
    "korean": "정부는 회의가 취소되었다고 발표했다.",
}


@pytest.mark.parametrize(
    ("encoding", "speech"),
    [
        *(
            (encoding, speech)
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32")
            for speech in SPEECHES
        ),
        *(("cp1252", speech) for speech in ("english", "french", "german")),
        *(("mac_roman", speech) for speech in ("english", "french", "german")),
        *(("cp850", speech) for speech in ("french", "german")),
        ("utf-16-le", "english"),
        ("utf-16-be", "french"),
        ("cp1250", "polish"),
        ("cp1251", "russian"),
        ("koi8_r", "russian"),
        ("cp1253", "greek"),
        ("shift_jis", "japanese"),
        ("gb18030", "chinese"),
        ("euc_kr", "korean"),
    ],
)
@pytest.mark.parametrize("repeats", [1, 200])
def test_encodings_are_detected(encoding: str, speech: str, repeats: int) -> None:
    text = " ".join([SPEECHES[speech]] * repeats)
    assert decode(text.encode(encoding), name="a.txt").removeprefix("\ufeff") == text


def test_a_few_broken_bytes_do_not_spoil_utf8() -> None:
    sound = "“Ja” – größer, später, größer".encode()
    assert decode(sound + b" \x93x\x94", name="a") == "“Ja” – größer, später, größer “x”"
    assert decode(b"a stray \x00 is no reason", name="a") == "a stray \x00 is no reason"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        assert isinstance(decode(data, name="a"), str)
    except ArticleFormatError as error:
        assert str(error).isprintable()  # noqa: PT017  (either outcome is right)


SOUND = [
    "Élise Rocard à l’hôtel de ville : « Où ? »",
    "Bürger stimmen gegen die Seilbahn – mit 58,3 %",
    "Мост в Вербовке закрыт",
    "إغلاق مصنع الإسمنت",
    "海湾大桥推迟通车",
    "It cost £5, or 6 €, at 10 °C.",
]


@pytest.mark.parametrize("text", SOUND)
@pytest.mark.parametrize("times", [1, 2])
def test_what_was_decoded_wrongly(text: str, times: int) -> None:
    broken = text
    for _ in range(times):
        broken = broken.encode("utf-8").decode("latin-1")
    assert repair_encoding(broken) == text
    assert repair_encoding(f"{text}\n{broken}") == f"{text}\n{text}"


@pytest.mark.parametrize("text", [*SOUND, "SÃO PAULO", "naïve “quotes”…", "Â, the letter"])
def test_sound_text_stays(text: str) -> None:
    assert repair_encoding(text) == text


@given(st.text(max_size=300))
def test_any_text_is_repaired_without_fail(text: str) -> None:
    assert isinstance(repair_encoding(text), str)


def test_entities_inside_words_are_letters() -> None:
    assert repair_encoding("Judge S&oslash;ren of caf&amp;eacute;s") == "Judge Søren of cafés"
    assert repair_encoding("Write &eacute; for é, said R&D") == "Write &eacute; for é, said R&D"
