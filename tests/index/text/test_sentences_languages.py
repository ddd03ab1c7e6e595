"""Sentences of twelve languages: each text is given as its sentences, which splitting must find."""

from __future__ import annotations

from hashlib import sha256

import pytest

from index.record.rows import PIPELINE
from index.text.passages import split_passages
from index.text.sentences import abbreviations_of, split_sentences

SENTENCES = {
    "en": (
        "Gov. Ann Reyes met Lt. Col. Park at 9 a.m. Monday.",
        "The firm, Oak & Sons Inc., lost $3.5 million.",
        "“We are leaving.”",
        "She said so twice.",
    ),
    "de": (
        "Das Treffen fand am 21. Oktober statt.",
        "Prof. Dr. Anna Lind sagte, z. B. Strom werde teurer.",
        "Laut Nr. 5 der Verordnung zahlt die Firma 3 Mio. Euro.",
        "Im 20. Jahrhundert war das anders.",
        "Er kam im Jahr 2020.",
        "Danach ging er.",
        "„Wir gehen.“",
        "Die Sonne GmbH & Co. KG schweigt.",
    ),
    "fr": (
        "M. Dubreuil a déclaré : « Nous partons. »",
        "Le ministre n'a rien dit.",
        "Mme Lefèvre, elle, attend.",
        "Selon l'art. 5, p. 12, c'est faux.",
        "Où ira-t-elle ?",
        "Le Dr Morel est venu.",
    ),
    "es": (
        "El Sr. Pereda llegó a EE. UU. en mayo.",
        "¿Qué dijo?",
        "¡Nada!",
        "La Dra. Ruiz vive en la Av. Libertad.",
        "Según el art. 3, pág. 4, no.",
        "La empresa Sol S.A. cerró.",
        "El alcalde calló.",
    ),
    "it": (
        "Il sig. Bassi e l'on. Neri sono arrivati.",
        "Il dott. Verdi ha detto di no.",
        "Vedi art. 5 del codice.",
        "La Sole S.p.A. chiude.",
        "Il sindaco tace.",
        "«Andiamo via.»",
        "Così ha risposto.",
    ),
    "pt": (
        "O Sr. Salgado chegou.",
        "A Dra. Costa disse que não.",
        "Ver art. 5, pág. 3, da lei.",
        "A Sol S.A. fechou.",
        "O presidente calou-se.",
        "E agora?",
    ),
    "ru": (
        "В 2022 г. Москва ответила.",
        "Он сказал: «Мы уходим».",
        "Это стоило 3 тыс. руб. в месяц.",
        "Билет стоил 3 руб. 50 коп. за час.",
        "Длина моста 5 км.",
        "Никто не пострадал.",
        "В. В. Лунин, проф. Петров и др. молчат.",
        "Ул. Садовая, д. 5, закрыта.",
        "Что дальше?",
    ),
    "uk": (
        "У 2022 р. Київ відповів.",
        "Він сказав: «Ми йдемо».",
        "Це коштувало 3 тис. грн.",
        "Ніхто не постраждав.",
        "Проф. Шевчук мовчить.",
        "О. В. Коваль пішла.",
        "Що далі?",
    ),
    "ar": (
        "قال الوزير إن الاتفاق انتهى.",
        "هل سيعود؟",
        "لا أحد يعرف.",
        "وصل الوفد إلى المدينة يوم الاثنين.",
    ),
    "zh": ("部长说：“我们离开。”", "他没有回答。", "会议在10月21日举行！", "结果如何？"),
    "ja": ("大臣は「私たちは去る。」と述べた。", "会議は10月21日に開かれた。", "結果は？"),
    "ko": (
        '장관은 "우리는 떠난다."라고 말했다.',
        "회의는 10월 21일에 열렸다.",
        "결과는?",
        "물가는 3.5% 올랐다.",
    ),
}
UNSPACED = {"zh", "ja"}


@pytest.mark.parametrize("language", SENTENCES)
def test_the_sentences_of_a_language_are_found(language: str) -> None:
    text = ("" if language in UNSPACED else " ").join(SENTENCES[language])
    found = split_sentences(text, language=language)
    assert tuple(sentence.text for sentence in found) == SENTENCES[language]
    assert all(text[found.start : found.end] == found.text for found in found)


def test_a_language_decides_what_a_stop_means() -> None:
    text = "Er kam am 3. Oktober an."
    assert len(split_sentences(text, language="de")) == 1
    assert len(split_sentences(text, language="en")) == 2


def test_passages_are_split_by_the_language_too() -> None:
    text = "Das ist die Nr. 7 am 3. Oktober. " * 60
    passages = split_passages(text.strip(), language="de")
    assert sum(len(passage.sentences) for passage in passages) == 60


def test_a_language_without_a_list_is_split_as_english() -> None:
    assert abbreviations_of("fi") is abbreviations_of("") is abbreviations_of("en")


# What each version makes of these texts. A library holds what an older version made, and its
# articles are split anew only if the version is another: where this digest changes, so must that.
SPLITS = {"2": "76dd684c5c9162b9"}


def test_another_way_of_splitting_is_another_version() -> None:
    texts = [
        (language, ("" if language in UNSPACED else " ").join(sentences) * repeats)
        for language, sentences in SENTENCES.items()
        for repeats in (1, 9)
    ]
    texts.append(("en", "Ferries\n\nThe quay is shut:\n\n- one crane\n- two cranes\n\nWhy? " * 30))
    digest = sha256()
    for language, text in texts:
        for passage in split_passages(text, language=language):
            spans = [(s.start, s.end, s.is_heading, s.starts_paragraph) for s in passage.sentences]
            digest.update(repr((passage.start, passage.end, spans)).encode())
    assert digest.hexdigest()[:16] == SPLITS[PIPELINE]
