"""Double encodings are repaired, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.mojibake import repair_encoding

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
def test_any_text(text: str) -> None:
    assert isinstance(repair_encoding(text), str)
