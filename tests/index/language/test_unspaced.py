"""Words that no space sets apart, and words that inflect: found in twelve languages."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.doctor import check_library
from index.encoding.encoders import HashEmbedder
from index.language.words import (
    beginnings_of,
    space_out,
    split_words,
    stem_inflected,
    unspaced_characters,
)
from index.record.connection_pool import RECORD_FILE
from index.record.reads import quote_term
from index.searching.search import query_terms
from old_libraries import make_old_version
from onrecord import Article, Library
from rag.asking.terms import analyze_question, stem_text

ARTICLES = {
    "en": "The ferries were repaired in the dry dock of Saltmere after the long storm in October.",
    "de": "Die Fähren wurden nach dem Sturm im Trockendock von Salzmeer repariert, sagte Ann Lind.",
    "fr": "Les navettes ont été réparées au bassin de Salmère après la longue tempête d'octobre.",
    "es": "Los transbordadores fueron reparados en el dique de Salmar después de la tormenta.",
    "it": "I traghetti sono stati riparati nel bacino di Salmare dopo la tempesta di ottobre.",
    "pt": "As balsas foram reparadas na doca seca de Salmar depois da longa tempestade de outubro.",
    "ru": "Паромы ремонтировали в сухом доке Солемора после долгой октябрьской бури, заявил мэр.",
    "uk": "Пороми ремонтували в сухому доці Солемора після довгої жовтневої бурі, заявив мер.",
    "ar": "أصلحت العبارات في الحوض الجاف بميناء سالمير بعد العاصفة الطويلة في أكتوبر.",
    "zh": "十月的长时间风暴过后，渡轮在盐海镇的干船坞得到了修理。市长周一宣布新大桥。",
    "ja": "十月の長い嵐のあと、連絡船は塩海町の乾ドックで修理された。市長は新しい橋を発表した。",
    "ko": "시월의 긴 폭풍이 지난 뒤 여객선은 염해읍의 건선거에서 수리되었다고 시장이 말했다.",
}
QUESTIONS = {
    "en": "Where was the ferry repaired?",
    "de": "Wo wurden die Fähren repariert?",
    "fr": "Où les navettes ont-elles été réparées ?",
    "es": "¿Dónde fueron reparados los transbordadores?",
    "it": "Dove sono stati riparati i traghetti?",
    "pt": "Onde foram reparadas as balsas?",
    "ru": "Где ремонтировали паромы?",
    "uk": "Де ремонтували пороми?",
    "ar": "أين أصلحت عبارة الميناء؟",
    "zh": "渡轮在哪里修理？",
    "ja": "連絡船はどこで修理されましたか。",
    "ko": "여객선을 어디에서 수리했습니까?",
}
WORDS = {
    "zh": ["渡轮", "大桥", "修理", "桥", "盐海镇"],
    "ja": ["連絡船", "橋", "修理", "新しい"],
    "ko": ["여객선", "폭풍", "수리"],
    "ru": ["паром", "октябрьская", "солемор"],
    "uk": ["пором", "солемор"],
    "ar": ["عاصفة", "ميناء", "حوض"],
}


def make_articles() -> list[Article]:
    return [Article(language, "1", text, language=language) for language, text in ARTICLES.items()]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("unspaced") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        opened.add(make_articles())
        yield opened


@pytest.mark.parametrize("language", ARTICLES)
def test_a_question_finds_its_article_by_its_words(library: Library, language: str) -> None:
    hits = {hit.article.article_id: hit.bm25 for hit in library.search(QUESTIONS[language], k=12)}
    assert hits[language] > 0.0
    assert max(hits, key=lambda name: hits[name]) == language


@pytest.mark.parametrize("language", ARTICLES)
def test_an_article_covers_what_its_question_asks(language: str) -> None:
    terms = analyze_question(
        QUESTIONS[language], document_frequencies={}, n_passages=12, word_ranks={}
    )
    covered = {name: terms.coverage(stem_text(text)) for name, text in ARTICLES.items()}
    assert covered[language] > 0.6
    assert max(covered[name] for name in covered if name != language) < covered[language]


@pytest.mark.parametrize(
    ("language", "word"), [(language, word) for language, words in WORDS.items() for word in words]
)
def test_a_word_is_found_and_counted(library: Library, language: str, word: str) -> None:
    found = [summary.article_id for summary in library.browse(words=f"{word} ").articles]
    assert language in found
    assert library.document_frequencies([word])[word] >= 1


@pytest.mark.parametrize("beginning", ["渡", "新しい", "паро", "ferr"])
def test_what_is_being_typed_is_found(library: Library, beginning: str) -> None:
    assert library.browse(words=beginning).articles


def test_a_word_that_is_not_there_is_not_found(library: Library) -> None:
    assert not library.browse(words="轮渡 ").articles
    assert library.document_frequencies(["银行", "банк", "은행"]) == {
        "银行": 0,
        "банк": 0,
        "은행": 0,
    }


def read_index(folder: Path) -> set[tuple[str, str, int]]:
    """Return every word of the full-text index with where it stands."""
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, passage_terms, instance)"
        )
        return set(connection.execute("SELECT term, col, doc FROM temp.words"))


def to_third_version(folder: Path) -> None:
    """Make a record what the program before made: words of a run are one word."""
    make_old_version(folder, 3)
    with closing(sqlite3.connect(folder / RECORD_FILE, isolation_level=None)) as connection:
        connection.execute("INSERT INTO passage_terms (passage_terms) VALUES ('rebuild')")


def test_an_older_library_finds_them_once_it_is_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        opened.add(make_articles())
    fresh = read_index(folder)
    to_third_version(folder)
    assert read_index(folder) != fresh

    with Library.open(folder, embedder=HashEmbedder()) as opened:
        assert opened.search("ferry", k=1)
        assert not opened.browse(words="渡轮 ").articles
        opened.remove("fr")
        assert opened.browse(words="渡轮 ").articles
        opened.restore()
    assert {(term, column) for term, column, _ in read_index(folder)} == {
        (term, column) for term, column, _ in fresh
    }
    assert all(finding.state == "ok" for finding in check_library(folder))


def test_what_is_removed_leaves_no_word(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        opened.add([Article("en", "1", ARTICLES["en"])])
        before = read_index(folder)
        opened.add([Article(name, name, ARTICLES[name]) for name in ("zh", "ja", "ko")])
        opened.remove("zh")
        opened.restore()
        for name in ("zh", "ja", "ko"):
            opened.delete(name)
    assert read_index(folder) == before
    assert all(finding.state == "ok" for finding in check_library(folder))


MIXED = st.text(alphabet="ab 9_.桥港橋のー다리금々", max_size=30)


@given(MIXED)
def test_every_character_and_every_pair_of_a_run_can_be_looked_for(text: str) -> None:
    indexed = (space_out(text) or text).split()
    for run in re.findall("[桥港橋のー다리금々]+", text):
        assert set(run) <= {word[0] for word in indexed}
        assert {run[i : i + 2] for i in range(len(run) - 1)} <= set(indexed)
        assert set(run) <= unspaced_characters(text)
    assert "".join(split_words(text)) or not re.search(r"\w", text)


@given(st.text(max_size=60))
def test_any_term_is_a_query_that_runs(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        for term in query_terms(text):
            query = quote_term(term)
            connection.execute("SELECT * FROM words WHERE words MATCH ?", (query,)).fetchall()


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        (("газета", "газеты", "газетами"), "газет"),
        (("решение", "решения", "решениями"), "решен"),
        (("العاصفة", "عاصفة", "والعاصفة"), "عاصف"),
    ],
)
def test_inflections_have_one_stem(words: tuple[str, ...], stem: str) -> None:
    assert {stem_inflected(word) for word in words[:2]} == {stem}
    assert any(words[-1].startswith(start) for start in beginnings_of(words[0]))


@pytest.mark.parametrize("word", ["ferry", "fähre", "渡轮", "", "1987", "и"])
def test_other_words_are_left_as_they_are(word: str) -> None:
    assert stem_inflected(word) == word
    assert beginnings_of(word) == ()
