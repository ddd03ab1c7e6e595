"""The question graph: the model's vectors without the model, or a warning and the model."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.encoding.model_info import digest_weights
from index.encoding.onnx_encoder import GRAPH_FILE, TOKENIZER_FILE, EncoderGraph
from index.encoding.question_graph import (
    CARD_FILE,
    LEAST_COSINE,
    export_graph,
    load_graph,
)
from index.encoding.torch_encoder import SentenceTransformerEmbedder
from index.errors import EncoderMismatchError
from index.types import FloatVector
from onrecord import Article, Library

MakeEncoder = Callable[..., Path]

SUBJECTS = ("the ferry", "Port Elin's mayor", "COUNCIL 7", "Zoë Ångström", "it", "東京の港")
FORMS = (
    "Who?",
    "  why was {} late  ",
    "What did {} say in response to the harbour's claim?",
    "{}",
    'Did {} really say "we will not pay a cent of it" in March 1987, and to whom?',
    "how much (in £, or at 3.5 %) does {} owe?!",
    "\t{}\n\nand\u200bthen\x07",
    "tell me everything about {}; " * 40,
)
QUESTIONS = [
    *sorted({form.replace("{}", subject) for subject in SUBJECTS for form in FORMS}),
    "?",
    "x" * 700,
    "🦀 or 🐟",
    " ".join(map(str, range(300))),
    "a\u0301e\u0300",
    "Ⅻ ﬁnal ½",
    "wer?",
    "¿quién dimitió?",
]

NOTES = [
    Article("a", "Ferry", "The ferry was late. Nobody knew why."),
    Article("b", "Council", "The council met in the harbour."),
]
ASK = """
import sys
from onrecord import Library
from rag import Assistant

with Library.open(sys.argv[1]) as library:
    assert library.search("why was the ferry late?")
    Assistant(library).ask("why was the ferry late?")
print(*sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def source(make_encoder: MakeEncoder) -> Path:
    """Return the folder of a model with prompts, that both sides must put in front."""
    return make_encoder(prompts="the council")


@pytest.fixture(scope="module")
def exported(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of its graph."""
    folder = tmp_path_factory.mktemp("graph") / "encoder"
    assert export_graph(SentenceTransformerEmbedder(str(source), source), folder) is not None
    return folder


@pytest.fixture
def graph_folder(exported: Path, tmp_path: Path) -> Path:
    """Return a copy that may be damaged."""
    return shutil.copytree(exported, tmp_path / "encoder")


@pytest.fixture(scope="module")
def filled(source: Path, exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library made with the model, and with its graph."""
    folder = tmp_path_factory.mktemp("library") / "library"
    with Library.create(folder, embedder=SentenceTransformerEmbedder(str(source), source)) as made:
        made.add(NOTES)
    shutil.copytree(exported, folder / "encoder", dirs_exist_ok=True)
    return folder


def cosines(graph: EncoderGraph, embedder: SentenceTransformerEmbedder) -> list[float]:
    return [float(graph.embed(q) @ embedder.embed_query_by_model(q)) for q in QUESTIONS]


def ask_in_another_process(library: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(library)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


def only_warning(caplog: pytest.LogCaptureFixture) -> str:
    (record,) = [entry for entry in caplog.records if entry.name == "onrecord"]
    assert record.levelno == logging.WARNING
    message = record.getMessage()
    assert "\n" not in message
    return message


def flip(file: Path, place: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    file.write_bytes(content)


def test_the_graph_gives_the_vectors_of_the_model(source: Path, exported: Path) -> None:
    graph = load_graph(exported, name=str(source))
    assert graph is not None
    assert len(QUESTIONS) >= 50
    assert min(cosines(graph, SentenceTransformerEmbedder("model", source))) >= LEAST_COSINE
    for question in QUESTIONS:
        vector = graph.embed(question)
        assert vector.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vector), 1.0, atol=1e-5)


def test_the_graph_stands_for_the_weights_it_was_made_of(source: Path, exported: Path) -> None:
    plain = SentenceTransformerEmbedder(str(source), source)
    quick = SentenceTransformerEmbedder(str(source), source, graph_folder=exported)
    assert quick.identity == plain.identity
    np.testing.assert_allclose(
        quick.embed_query("who?"), plain.embed_query_by_model("who?"), atol=1e-5
    )


@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("file", [GRAPH_FILE, TOKENIZER_FILE])
def test_a_flipped_bit_is_one_warning_and_the_model(
    source: Path,
    graph_folder: Path,
    file: str,
    place: float,
    caplog: pytest.LogCaptureFixture,
) -> None:
    flip(graph_folder / file, place)
    embedder = SentenceTransformerEmbedder(str(source), source, graph_folder=graph_folder)
    vector = embedder.embed_query("who?")
    assert f"{file} does not match its checksum" in only_warning(caplog)
    np.testing.assert_array_equal(vector, embedder.embed_query_by_model("who?"))


def test_a_card_with_any_entry_changed_is_refused(
    source: Path, graph_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card = json.loads((graph_folder / CARD_FILE).read_text("utf-8"))
    for name, value in card.items():
        caplog.clear()
        other: object = value + 1 if isinstance(value, int) else f"{value}x"
        (graph_folder / CARD_FILE).write_text(json.dumps(card | {name: other}), "utf-8")
        assert load_graph(graph_folder, name=str(source)) is None
        assert "run 'onrecord doctor --library " in only_warning(caplog)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"7", b'"x"', b'{"checksum": 7}', b"\xff", b"[" * 100_000],
    ids=["empty", "object", "list", "null", "number", "string", "bare", "binary", "deep"],
)
def test_a_malformed_card_is_one_warning(
    source: Path, graph_folder: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (graph_folder / CARD_FILE).write_bytes(content)
    assert load_graph(graph_folder, name=str(source)) is None
    assert "unusable" in only_warning(caplog)


@pytest.mark.parametrize("file", [GRAPH_FILE, TOKENIZER_FILE])
def test_a_graph_with_a_part_missing_is_one_warning(
    source: Path, graph_folder: Path, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    (graph_folder / file).unlink()
    assert load_graph(graph_folder, name=str(source)) is None
    assert file in only_warning(caplog)


def test_no_graph_and_another_encoders_graph_are_no_fault(
    graph_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert load_graph(tmp_path / "absent", name="any") is None
    assert load_graph(graph_folder, name="another") is None
    assert caplog.records == []


def test_a_library_is_asked_without_torch(filled: Path) -> None:
    assert ask_in_another_process(filled) == "\n"


def test_a_library_with_a_damaged_graph_answers_all_the_same(
    filled: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Library.open(filled, device="cpu") as library:
        expected = library.search("why was the ferry late?")
    copy = shutil.copytree(filled, tmp_path / "copy")
    flip(copy / "encoder" / GRAPH_FILE, 0.5)
    with Library.open(copy, device="cpu") as library:
        found = library.search("why was the ferry late?")
        assert library.search("who met?")
    only_warning(caplog)
    assert [hit.passage for hit in found] == [hit.passage for hit in expected]
    # Without the graph the model reads the question: in float32, as the graph does.
    np.testing.assert_allclose(
        [hit.dense for hit in found], [hit.dense for hit in expected], atol=1e-4
    )


class ContraryEmbedder(SentenceTransformerEmbedder):
    """Says the opposite of what its weights say."""

    def embed_query_by_model(self, text: str) -> FloatVector:
        opposite: FloatVector = -super().embed_query_by_model(text)
        return opposite


@pytest.mark.slow
def test_a_graph_that_disagrees_is_not_kept(
    source: Path, graph_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = ContraryEmbedder(str(source), source)
    assert export_graph(embedder, graph_folder) is None
    assert "disagrees" in only_warning(caplog)
    assert list(graph_folder.parent.iterdir()) == []


def test_a_model_that_cannot_be_exported_is_one_warning(
    source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = SentenceTransformerEmbedder(str(source), source)

    def refuse(*_: object) -> None:
        raise RuntimeError("no graph of this\nmodel")

    embedder.model[0].register_forward_pre_hook(refuse)
    assert export_graph(embedder, tmp_path / "encoder") is None
    assert "cannot be exported (" in only_warning(caplog)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        export_graph(SentenceTransformerEmbedder("model", source), tmp_path / "file" / "encoder")
    with pytest.raises(ValueError, match="no graph folder"):
        SentenceTransformerEmbedder("model", source).export_graph()


@pytest.mark.slow
def test_an_export_takes_the_place_of_what_was_left(
    source: Path, graph_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unfinished = graph_folder.with_name("encoder.new")
    shutil.copytree(graph_folder, unfinished)
    flip(graph_folder / GRAPH_FILE, 0.5)
    embedder = SentenceTransformerEmbedder(str(source), source, graph_folder=graph_folder)
    assert embedder.embed_query("who?").shape == (32,)
    only_warning(caplog)
    assert embedder.export_graph()
    assert not unfinished.exists()
    assert load_graph(graph_folder, name=str(source)) is not None
    np.testing.assert_allclose(
        embedder.embed_query("who?"), embedder.embed_query_by_model("who?"), atol=1e-5
    )


def test_a_graph_of_other_weights_is_not_used(
    make_encoder: MakeEncoder, source: Path, graph_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_encoder(prompts="the council", seed=1)
    embedder = SentenceTransformerEmbedder(str(source), other, graph_folder=graph_folder)
    assert embedder.identity.revision == digest_weights(other)
    np.testing.assert_array_equal(
        embedder.embed_query("who?"), embedder.embed_query_by_model("who?")
    )
    assert caplog.records == []  # the library refuses it, naming the remedy


@pytest.mark.slow
def test_reencoding_takes_up_weights_that_changed_in_place(
    make_encoder: MakeEncoder, tmp_path: Path
) -> None:
    source = shutil.copytree(make_encoder(), tmp_path / "model")
    with Library.create(tmp_path / "library", encoder=str(source)) as library:
        library.add(NOTES)
        before = library.encoder
    shutil.copy(make_encoder(seed=1) / "model.safetensors", source)
    with Library.open(tmp_path / "library") as library:
        with pytest.raises(EncoderMismatchError, match="run 'onrecord reencode"):
            library.search("why was the ferry late?")
        assert library.reencode(str(source)) == len(NOTES)
        assert library.encoder != before
        expected = library.search("why was the ferry late?")
    with Library.open(tmp_path / "library") as library:
        assert library.embedder.identity == library.encoder
        assert library.search("why was the ferry late?") == expected
