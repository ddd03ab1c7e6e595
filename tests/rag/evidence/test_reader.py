"""The evidence reader: what goes in, what comes out, and that nothing depends on it."""

import json
import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoding.encoders import HashEmbedder
from index.library import Library
from index.types import Article, Hit, Passage, Sentence
from rag.asking.terms import AnswerType, QuestionTerms
from rag.errors import ReaderError
from rag.evidence.choice import (
    CONFIDENCE_FEATURES,
    PASSAGE_FEATURES,
    READER_CONFIDENCE_FEATURES,
    choose_evidence,
    order_hits,
)
from rag.evidence.reader import (
    CARD_FILE,
    LONGEST_ANSWER_TOKENS,
    MAX_TOKENS,
    MODEL_FILE,
    READER_FOLDER,
    UNREAD,
    PassageReading,
    SentenceReading,
    best_span,
    encode_input,
    encode_question,
    input_of_hit,
    load_reader,
    open_reader,
)
from rag.evidence.sentences import (
    FEATURES,
    LOWEST,
    READER_FEATURES,
    Scales,
    agree,
    answer_features,
    answer_words,
    best_of_passages,
    compare_readings,
    fitted_weights,
    rank_sentences,
    reader_features,
    sentence_features,
)
from rag.types import Answer, Citation, Claim, Support
from ui.render import render_terminal

SENTENCES = (
    "The ferry Alba ran aground off Port Sorrel on Monday.",
    "All 212 passengers were brought ashore by midnight.",
    "The harbour master, Ines Calder, blamed a failed beacon.",
)
TERMS = QuestionTerms({"ferri": 2.0}, frozenset(), AnswerType.ANYTHING, n_passages=3)


def make_hit(
    article_id: str = "ferry", score: float = 1.0, texts: Sequence[str] = SENTENCES
) -> Hit:
    text = "Lead. " + " ".join(texts)
    places, at = [], 6
    for sentence in texts:
        places.append(Sentence(at, at + len(sentence), sentence))
        at += len(sentence) + 1
    article = Article(article_id, f"Title of {article_id}", text, published=date(2024, 5, 3))
    passage = Passage(6, len(text), text[6:], tuple(places))
    return Hit(article, passage, score, 0.5, 1.0, 0.5, (0.5,) * len(texts))


def make_reading(
    hit: Hit, here: float, evidence: Sequence[float], answers: Sequence[str]
) -> PassageReading:
    found = []
    for sentence, score, answer in zip(hit.passage.sentences, evidence, answers, strict=True):
        at = sentence.start + sentence.text.index(answer)
        found.append(SentenceReading(score, score, at, at + len(answer)))
    return PassageReading(here, tuple(found))


class ScriptedReader:
    """Returns what it was told, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, readings: Sequence[PassageReading], *, is_calibrated: bool = True) -> None:
        self.readings = readings
        self.is_calibrated = is_calibrated
        self.asked: list[tuple[str, int]] = []

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[PassageReading, ...]:
        self.asked.append((question, len(hits)))
        return tuple(self.readings[: len(hits)])


# --- the best words ------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-20, 20, width=32), st.floats(-20, 20, width=32)),
        min_size=1,
        max_size=70,
    )
)
def test_best_span_is_that_of_trying_all(scores: list[tuple[float, float]]) -> None:
    starts, ends = (np.array(column, dtype=np.float32) for column in zip(*scores, strict=True))
    first, last, best = best_span(starts, ends)
    assert 0 <= first <= last < min(len(starts), first + LONGEST_ANSWER_TOKENS)
    assert best == starts[first] + ends[last]
    assert best == max(
        starts[i] + ends[j]
        for i in range(len(starts))
        for j in range(i, min(len(starts), i + LONGEST_ANSWER_TOKENS))
    )


# --- features ------------------------------------------------------------------------------


def test_scores_are_shares_of_all_that_was_read() -> None:
    one, other = make_hit("a"), make_hit("b")
    read = compare_readings(
        [one, other],
        [
            make_reading(one, 3.0, [0.0, 4.0, 0.0], ["Alba", "212", "Calder"]),
            make_reading(other, 40.0, [0.0, 0.0, -90.0], ["Monday", "midnight", "beacon"]),
        ],
    )
    assert len(read) == 6
    assert sum(np.exp(found.evidence) for found in read.values()) == pytest.approx(1, abs=1e-3)
    best = read["a", one.passage.sentences[1].start]
    assert best.evidence == max(found.evidence for found in read.values())
    assert one.article.text[slice(*best.answer)] == "212"
    assert read["b", other.passage.sentences[2].start].evidence == LOWEST
    assert {found.here for found in read.values()} == {3.0, 12.0}


def test_answers_that_agree_strengthen_each_other() -> None:
    hits = [make_hit(name) for name in "abc"]
    answers = (
        ["Alba", "212 passengers", "Calder"],
        ["Alba", "212", "beacon"],
        ["Monday", "ashore", "Ines"],
    )
    scores = ([0.0, 2.0, 0.0], [0.0, 2.0, 0.0], [2.0, 0.0, 0.0])
    read = compare_readings(
        hits,
        [make_reading(h, 0.0, s, a) for h, s, a in zip(hits, scores, answers, strict=True)],
    )
    second = hits[0].passage.sentences[1].start
    agreed, alone = read["a", second], read["c", hits[2].passage.sentences[0].start]
    assert agreed.span == pytest.approx(alone.span)
    assert agreed.agreement == pytest.approx(agreed.span + np.log(2), abs=1e-4)
    assert alone.agreement == pytest.approx(alone.span)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ines Calder", "Calder", True),
        ("the 212 passengers", "212", True),
        ("212", "221", False),
        ("", "212", False),
        ("The", "the", True),
    ],
)
def test_agreeing_is_having_the_same_words(one: str, other: str, *, same: bool) -> None:
    assert agree(answer_words(one), answer_words(other)) is same


def test_an_unread_sentence_has_the_lowest_scores() -> None:
    hit = make_hit()
    reading = make_reading(hit, 0.0, [1.0, 2.0, 3.0], ["Alba", "212", "Calder"])
    at = hit.passage.sentences[2].start
    cut = replace(
        reading, sentences=(*reading.sentences[:2], SentenceReading(UNREAD, UNREAD, at, at))
    )
    for usual in (None, Scales(0.0, 1.0, 1.0, 1.0)):
        read = compare_readings([hit], [cut], usual=usual)
        assert read["ferry", at].evidence == read["ferry", at].span == LOWEST


def test_foreign_scores_are_brought_to_the_usual_scale() -> None:
    hits = [make_hit("a"), make_hit("b")]

    def read_with(scale: float, shift: float) -> dict[tuple[str, int], float]:
        readings = [
            make_reading(hits[0], shift + 2 * scale, [scale, 0.0, 0.0], ["Alba", "212", "Calder"]),
            make_reading(hits[1], shift, [0.0, 0.0, -scale], ["Alba", "212", "Calder"]),
        ]
        read = compare_readings(hits, readings, usual=Scales(-1.0, 2.0, 1.5, 3.0))
        return {place: found.here + found.evidence + found.span for place, found in read.items()}

    small, large = read_with(0.01, 5.0), read_with(700.0, -3.0)
    assert small == pytest.approx(large, abs=1e-3)


@pytest.mark.parametrize(
    ("answer", "wanted", "expected"),
    [
        ("212 passengers", AnswerType.NUMBER, [1.0, 0.5]),
        ("passengers", AnswerType.NUMBER, [0.0, 1.0]),
        ("on Monday", AnswerType.TIME, [1.0, 0.0]),
        ("Ines Calder", AnswerType.PERSON, [1.0, 0.0]),
        ("the Alba", AnswerType.PERSON, [0.0, 0.5]),
        ("Beacon", AnswerType.PERSON, [0.0, 0.0]),
        ("Calder", AnswerType.ANYTHING, [0.0, 0.0]),
        ("", AnswerType.NUMBER, [0.0, 0.0]),
        ("…", AnswerType.NUMBER, [0.0, 0.0]),
    ],
)
def test_marked_words_are_of_the_kind_asked_for_and_not_the_question_s_own(
    answer: str, wanted: AnswerType, expected: list[float]
) -> None:
    terms = QuestionTerms({"passeng": 2.0, "alba": 3.0}, frozenset({"alba"}), wanted)
    assert answer_features(answer, terms) == expected


def test_a_sentence_that_was_not_read_has_no_answering_words() -> None:
    hits = [make_hit("a"), make_hit("b")]
    reading = make_reading(hits[0], 1.0, [1.0, 2.0, 3.0], ["Monday", "212", "Ines Calder"])
    terms = QuestionTerms({"ferri": 2.0}, frozenset(), AnswerType.NUMBER)
    candidates, _ = sentence_features(hits, terms)
    features = reader_features(candidates, compare_readings([hits[0]], [reading]), terms)
    assert features.shape == (6, len(READER_FEATURES))
    column = READER_FEATURES.index("answer_wanted")
    assert features[:, column].tolist() == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert (features[3:, :column] == features[:3, :column].min(axis=0)).all()


def test_the_stored_weights_fit_what_a_reader_gives() -> None:
    weights = fitted_weights("evidence", with_reader=True)
    assert weights["features"] == [*FEATURES, *READER_FEATURES]
    assert len(weights["coefficients"]) == len(weights["features"])
    assert fitted_weights("passages", with_reader=True)["features"] == list(PASSAGE_FEATURES)
    assert fitted_weights("confidence", with_reader=True)["features"] == [
        *CONFIDENCE_FEATURES,
        *READER_CONFIDENCE_FEATURES,
    ]


def test_nothing_read_is_no_features() -> None:
    assert compare_readings([make_hit()], []) == {}
    assert best_of_passages([make_hit()], {}) == [None]


# --- what it is used for --------------------------------------------------------------------


def test_the_sentence_that_the_reader_names_comes_first_with_its_words_marked() -> None:
    hit = make_hit()
    for chosen, word in enumerate(("Alba", "212", "Calder")):
        scores = [8.0 if i == chosen else -8.0 for i in range(3)]
        reading = make_reading(hit, 5.0, scores, ["Alba", "212", "Calder"])
        evidence = rank_sentences([hit], TERMS, compare_readings([hit], [reading]))
        assert evidence[0].text == SENTENCES[chosen]
        assert evidence[0].answer is not None
        assert hit.article.text[slice(*evidence[0].answer)] == word


def test_words_that_are_nearly_the_whole_sentence_are_not_marked() -> None:
    hit = make_hit()
    reading = make_reading(hit, 5.0, [8.0, 0.0, 0.0], [SENTENCES[0], "212", "Calder"])
    evidence = rank_sentences([hit], TERMS, compare_readings([hit], [reading]))
    assert evidence[0].answer is None


def test_a_passage_that_answers_is_moved_up_and_the_unread_follow() -> None:
    hits = [make_hit(name, score) for name, score in (("a", 3.0), ("b", 2.9), ("c", 2.8))]
    low = make_reading(hits[0], -8.0, [-9.0] * 3, ["Alba", "212", "Calder"])
    high = make_reading(hits[1], 8.0, [9.0, -9.0, -9.0], ["Alba", "212", "Calder"])
    ordered = order_hits(hits, compare_readings(hits, [low, high]), TERMS)
    assert [hit.article.article_id for hit in ordered] == ["b", "a", "c"]
    scores = [hit.score for hit in ordered]
    assert scores == sorted(scores, reverse=True)
    assert order_hits(hits, {}, TERMS) == tuple(hits)


def test_without_a_reader_everything_is_as_it_was() -> None:
    hits = (make_hit("a", 2.0), make_hit("b", 1.0, ("Nothing of the kind happened.",)))
    choice = choose_evidence("Where did the ferry run aground?", hits, TERMS, None)
    assert choice.hits == hits
    assert [e.score for e in choice.evidence] == [e.score for e in rank_sentences(hits, TERMS)]
    assert all(item.answer is None for item in choice.evidence)


def test_a_foreign_reader_orders_but_leaves_the_probability() -> None:
    hits = (make_hit("a", 2.0), make_hit("b", 1.0, ("Nothing of the kind happened.",)))
    readings = [
        make_reading(hits[0], -300.0, [-300.0, -301.0, -302.0], ["Alba", "212", "Calder"]),
        make_reading(hits[1], 500.0, [700.0], ["kind"]),
    ]
    plain = choose_evidence("Where?", hits, TERMS, None)
    foreign = ScriptedReader(readings, is_calibrated=False)
    choice = choose_evidence("Where?", hits, TERMS, foreign)
    assert foreign.asked == [("Where?", 2)]
    assert choice.probability == plain.probability
    assert choice.threshold == plain.threshold
    own = choose_evidence("Where?", hits, TERMS, ScriptedReader(readings))
    assert own.probability != plain.probability


# --- loading -------------------------------------------------------------------------------


def test_none_is_no_reader() -> None:
    assert load_reader("none") is None


def test_a_missing_reader_is_said_once_and_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "onrecord"):
        assert load_reader(shipped=tmp_path) is None
        assert load_reader(shipped=tmp_path) is None
    (record,) = caplog.records
    assert "reinstall onrecord, or set ONRECORD_READER=none" in record.getMessage()
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize("card", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "sha256": 3}'])
def test_a_damaged_card_is_done_without(
    tmp_path: Path, card: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / CARD_FILE).write_text(card, "utf-8")
    with caplog.at_level(logging.WARNING, "onrecord"):
        assert load_reader(shipped=tmp_path) is None
    assert len(caplog.records) == 1


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(READER_FOLDER, folder)
    data = bytearray((folder / MODEL_FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / MODEL_FILE).write_bytes(data)
    with pytest.raises(ValueError, match=r"reader\.onnx does not match its checksum"):
        open_reader(folder)


def test_a_reader_that_is_not_here_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="not on this machine"):
        load_reader("somebody/no-such-reader")
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"]}', "utf-8")
    with pytest.raises(ReaderError, match="neither a cross-encoder nor"):
        load_reader(str(tmp_path))
    (tmp_path / "config.json").write_text("not json", "utf-8")
    with pytest.raises(ReaderError, match=r"no readable config\.json"):
        load_reader(str(tmp_path))


# --- the shipped one -----------------------------------------------------------------------


def test_what_is_shipped_is_small_and_named_by_its_digest() -> None:
    assert sum(file.stat().st_size for file in READER_FOLDER.iterdir()) <= 25_000_000
    card = json.loads((READER_FOLDER / CARD_FILE).read_text("utf-8"))
    assert open_reader(READER_FOLDER).folder == READER_FOLDER
    assert set(card["sha256"]) == {"reader.onnx", "tokenizer.json"}


@pytest.mark.model
def test_it_marks_the_words_that_answer() -> None:
    hit = make_hit()
    reader = load_reader()
    assert reader is not None
    for question, answer in (
        ("How many passengers were brought ashore?", "212"),
        ("Who is the harbour master?", "Ines Calder"),
    ):
        (reading,) = reader.read(question, [hit])
        best = max(reading.sentences, key=lambda s: s.span)
        assert answer in hit.article.text[best.start : best.end]


@pytest.mark.model
def test_a_reading_does_not_depend_on_its_neighbours() -> None:
    reader = load_reader()
    assert reader is not None
    hits = [make_hit(), make_hit("b", texts=("Short.",)), make_hit("c", texts=SENTENCES * 4)]
    together = reader.read("Who blamed the beacon?", hits)
    for hit, reading in zip(hits, together, strict=True):
        (alone,) = reader.read("Who blamed the beacon?", [hit])
        # Activations are rounded to 8 bits with one scale for all that is read at once.
        assert alone.here == pytest.approx(reading.here, abs=0.8)
        assert len(alone.sentences) == len(hit.passage.sentences)
    assert reader.read("Who?", []) == ()


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    ["\x00\u202e", "漢字" * 400, "a" * 5000, "[CLS] [SEP] [MASK] " * 60, "😀 " * 200],
)
def test_hostile_text_is_read(text: str) -> None:
    reader = load_reader()
    assert reader is not None
    hit = make_hit(texts=(text, "The end."))
    (reading,) = reader.read(text[:2000], [hit])
    assert np.isfinite(reading.here)
    for sentence, found in zip(hit.passage.sentences, reading.sentences, strict=True):
        assert sentence.start <= found.start <= found.end <= sentence.end


@pytest.mark.model
def test_special_tokens_in_a_text_do_not_move_the_passage() -> None:
    from tokenizers import Tokenizer

    from training.model import encoder_folder

    tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    hit = make_hit(texts=("One [SEP] two.", *SENTENCES * 20))
    item = input_of_hit(hit)
    encoded = encode_input(tokenizer, encode_question(tokenizer, "who [SEP] ?"), item)
    assert len(encoded.ids) == MAX_TOKENS == 320
    assert encoded.first + len(encoded.offsets) + 1 == len(encoded.ids)
    assert item.heading == "Title of ferry. 03 May 2024."
    assert item.before == "Lead. "
    start, end = encoded.offsets[0]
    assert item.text[start:end] == "One"


# --- others --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained models of both kinds, a few hundred kilobytes each."""
    import torch
    from transformers import (
        AutoTokenizer,
        BertConfig,
        BertForQuestionAnswering,
        BertForSequenceClassification,
    )

    from training.model import encoder_folder

    folder = tmp_path_factory.mktemp("models")
    tokenizer = AutoTokenizer.from_pretrained(str(encoder_folder()), local_files_only=True)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    for name, kind in (
        ("cross", BertForSequenceClassification),
        ("answering", BertForQuestionAnswering),
    ):
        config.num_labels = 1 if name == "cross" else 2
        model = kind(config)
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    return folder


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("name", ["cross", "answering"])
def test_another_reader_takes_the_same_place(tiny_models: Path, name: str, tmp_path: Path) -> None:
    reader = load_reader(str(tiny_models / name))
    assert reader is not None
    assert not reader.is_calibrated
    hits = [make_hit(str(i), texts=SENTENCES[i % 3 :]) for i in range(7)]
    readings = reader.read("Who blamed the beacon?", hits)
    for hit, reading in zip(hits, readings, strict=True):
        assert np.isfinite(reading.here)
        for sentence, found in zip(hit.passage.sentences, reading.sentences, strict=True):
            assert sentence.start <= found.start <= found.end <= sentence.end
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Ferry", " ".join(SENTENCES))])
        found_hits = library.search("ferry", 3)
        choice = choose_evidence("Who blamed the beacon?", found_hits, TERMS, reader)
    assert {e.text for e in choice.evidence} == set(SENTENCES)


@pytest.mark.slow
@pytest.mark.model
def test_a_damaged_model_is_one_line(tiny_models: Path, tmp_path: Path) -> None:
    for name in ("cross", "answering"):
        folder = tmp_path / name
        shutil.copytree(tiny_models / name, folder)
        (folder / "model.safetensors").write_bytes(b"not weights")
        reader = load_reader(str(folder))
        assert reader is not None
        with pytest.raises(ReaderError, match="cannot be loaded"):
            reader.read("Who?", [make_hit()])


# --- marked in the quote -------------------------------------------------------------------


def make_answer(words: str, quote: str = SENTENCES[1]) -> Answer:
    start = quote.index(words)
    citation = Citation(
        number=1,
        article_id="ferry",
        title="Ferry aground",
        outlet="",
        source="",
        published=None,
        start=100,
        end=100 + len(quote),
        quote=quote,
        answer_span=(100 + start, 100 + start + len(words)),
    )
    claim = Claim(quote, Support.SUPPORTED, (1,))
    return Answer("How many?", "How many?", False, (claim,), (citation,), (), 0.9)


@settings(deadline=None)
@given(st.integers(30, 100), st.sampled_from(["All 212", "212", "ashore by midnight."]))
def test_a_terminal_underlines_the_answer_wherever_lines_break(width: int, words: str) -> None:
    coloured = render_terminal(make_answer(words), width=width, colour=True)
    marked = re.findall("\x1b\\[4m(.*?)\x1b\\[0m", coloured)
    assert " ".join(marked) == words
    plain = render_terminal(make_answer(words), width=width)
    assert re.sub("\x1b\\[\\d+m", "", coloured) == plain


def test_json_says_where_the_answer_is() -> None:
    citations: Any = make_answer("212").to_dict()["citations"]
    assert [citation["answer_span"] for citation in citations] == [[104, 107]]


def test_the_chat_marks_the_answer_and_changes_no_character() -> None:
    from ui.web.page.templates import render

    (citation,) = make_answer("212").citations
    assert render("page/exchange.html", "quote", citation) == (
        'All <strong class="answer">212</strong> passengers were brought ashore by midnight.'
    )


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "language", "is_read"),
    [
        ("Where did the ferry run aground?", "en", True),
        ("Where did the ferry run aground?", "", True),
        ("Where did the ferry run aground?", "de", False),
        ("Wo ist die Fähre auf Grund gelaufen?", "en", False),
    ],
)
def test_the_shipped_reader_is_asked_only_about_english(
    question: str, language: str, *, is_read: bool
) -> None:
    reader = load_reader()
    assert reader is not None
    hits = [make_hit(str(i), texts=SENTENCES[i:]) for i in range(2)]
    hits = [replace(hit, article=replace(hit.article, language=language)) for hit in hits]
    choice = choose_evidence(question, hits, TERMS, reader)
    assert (choice.evidence[0].answer is not None) is is_read
    assert choice.evidence
