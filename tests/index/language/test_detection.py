"""Which language a text is written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.detection import detect_language, parse_language

TEXTS = {
    "en": "The harbour board has closed the old quay after the storm, officials said on Monday.",
    "fr": "Le conseil du port a fermé le vieux quai après la tempête, ont annoncé les autorités.",
    "de": "Der Hafenrat hat den alten Kai nach dem Sturm geschlossen, teilte die Stadt mit.",
    "es": "La junta del puerto ha cerrado el viejo muelle después de la tormenta, dijo el alcalde.",
    "it": "Il consiglio del porto ha chiuso il vecchio molo dopo la tempesta, ha detto il sindaco.",
    "pt": "O conselho do porto fechou o velho cais depois da tempestade, disseram as autoridades.",
    "ru": "Совет порта закрыл старую набережную после шторма, сообщили в понедельник власти.",
    "uk": "Рада порту закрила стару набережну після шторму, повідомила влада в понеділок.",
    "ar": "أغلق مجلس الميناء الرصيف القديم بعد العاصفة، وفقا لما قاله المسؤولون يوم الاثنين.",
    "zh": "港务局周一表示，暴风雨过后，老码头已经关闭。",
    "ko": "항만 위원회는 폭풍 이후 오래된 부두를 폐쇄했다고 월요일에 밝혔다.",
    "ja": "港湾局は月曜日、嵐のあと古い埠頭を閉鎖したと発表した。",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_tells_its_language(language: str) -> None:
    assert detect_language(TEXTS[language]) == language
    assert detect_language(f"{TEXTS[language]} " * 200) == language


@pytest.mark.parametrize(
    "text",
    ["", "Port Elin", "12:30 404 17.5 %", "x" * 5_000, "https://x.example/", "\ud800" * 100, "港"],
)
def test_what_tells_no_language(text: str) -> None:
    assert detect_language(text) == ""


@given(st.text(max_size=300))
def test_any_text_gives_a_code_or_none(text: str) -> None:
    language = detect_language(text)
    assert language == "" or (len(language) == 2 and parse_language(language) == language)
