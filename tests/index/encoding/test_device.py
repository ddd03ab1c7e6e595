"""What encodes articles: chosen where there is a choice, refused in one line, and all the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.encoding import device as devices
from index.encoding import onnx_encoder
from index.encoding.device import Way, choose_way, describe_way, measure_product
from index.encoding.encoders import load_embedder
from index.encoding.model_info import DEFAULT_ENCODER, find_model_folder
from index.encoding.onnx_encoder import MiniLmEmbedder
from index.encoding.torch_encoder import SentenceTransformerEmbedder
from index.errors import OnRecordError
from index.types import EncoderInput, PassageVectors
from onrecord import Article, Library, check_library
from rag.errors import SettingsError
from rag.evidence.reader import load_named_reader
from rag.settings import Settings

PASSAGES = [
    EncoderInput("The ferry left Saltmere at dawn. Nobody was hurt.", [(0, 32), (33, 49)], "Ferry"),
    EncoderInput("Prices rose by 3.4 % in March, the office said.", [(0, 47)], ""),
    EncoderInput("word " * 700, [(0, 3500)], "A title"),
    EncoderInput("Der Hafen war geschlossen; 港口关闭了。", [(0, 35)], "Hafen"),
]
TEXTS = (
    "The ferry of Saltmere ran aground on Monday. Eighty-four cars were on board.",
    "The council voted for a new bridge. The mayor called it a good day for Marrow Bay.",
    "Doctors at the clinic of Quill went on strike. Patients were sent to Dunhollow.",
    "A glacier above Castle Ferris broke. Two climbers were found alive.",
)


@pytest.fixture
def bfloat16_units(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the processor say that it has such units, and no accelerator be there."""
    (tmp_path / "cpuinfo").write_text("processor : 0\nflags : fpu avx512f amx_bf16 amx_int8\n")
    monkeypatch.setattr(devices, "_CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(devices, "_NVIDIA", tmp_path / "nvidiactl")
    for cached in (devices._find_bfloat16_units, choose_way):  # noqa: SLF001
        cached.cache_clear()


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    for cached in (devices._find_bfloat16_units, choose_way):  # noqa: SLF001
        cached.cache_clear()


@pytest.mark.usefixtures("bfloat16_units")
@pytest.mark.parametrize(("gain", "dtype"), [(2.9, "bfloat16"), (1.2, "float32")])
def test_bfloat16_is_chosen_where_it_is_quicker(
    monkeypatch: pytest.MonkeyPatch, gain: float, dtype: str
) -> None:
    monkeypatch.setattr(
        devices, "measure_product", lambda way: 1e11 * (gain if way.dtype == "bfloat16" else 1)
    )
    assert choose_way("auto") == Way("cpu", dtype)
    assert choose_way("cpu") == Way()
    assert dtype in describe_way("auto")


@pytest.mark.usefixtures("bfloat16_units")
def test_a_processor_that_only_claims_it_is_found_out() -> None:
    assert choose_way("auto").dtype in {"float32", "bfloat16"}
    assert measure_product(Way(), size=64, repetitions=1) > 0


@pytest.mark.skipif("sys.platform == 'darwin'")
@pytest.mark.parametrize(
    ("device", "said"), [("mps", "not on this"), ("gpu", "there is no device")]
)
def test_missing_device_is_one_line(
    monkeypatch: pytest.MonkeyPatch, device: str, said: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for load in (
        lambda: load_embedder(device=device).embed_passages(PASSAGES * 64),
        lambda: SentenceTransformerEmbedder("x", Path(), device=device),
        lambda: load_named_reader("x", device),
    ):
        with pytest.raises(OnRecordError, match=said) as caught:
            load()
        assert "\n" not in str(caught.value)


def test_a_question_does_not_look_for_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(devices, "_has", looked.append)
    embedder = load_embedder(device="cuda")
    assert embedder.embed_query("a ferry").shape == (384,)
    assert looked == []


def test_device_is_a_setting() -> None:
    assert Settings.from_env({"ONRECORD_DEVICE": "cpu"}).encoding["device"] == "cpu"
    assert Settings.from_env({"ONRECORD_DEVICE": "cpu"}, device="auto").device == "auto"
    with pytest.raises(SettingsError, match="device must be one of auto, cpu, cuda, mps"):
        Settings(device="gpu")


@pytest.mark.model
def test_vectors_are_comparable_whatever_made_them(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_embedder(device="cpu").embed_passages(PASSAGES)
    folder = find_model_folder(DEFAULT_ENCODER)
    for way, least in ((Way(), 0.99999), (Way(dtype="bfloat16"), 0.999)):
        monkeypatch.setattr("index.encoding.torch_encoder.choose_way", lambda _, way=way: way)
        other = SentenceTransformerEmbedder(DEFAULT_ENCODER, folder)
        assert other.identity == load_embedder().identity
        found = other.embed_passages(PASSAGES)
        assert min(cosines(expected, found)) >= least, way


def cosines(some: list[PassageVectors], others: list[PassageVectors]) -> list[float]:
    return [
        float(np.sum(a * b, axis=-1).min())
        for one, other in zip(some, others, strict=True)
        for a, b in ((one.passage, other.passage), (one.sentences, other.sentences))
    ]


@pytest.mark.model
@pytest.mark.usefixtures("bfloat16_units")
def test_a_library_made_in_two_ways_is_one_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(devices, "measure_product", lambda way: 2.0 - (way.dtype == "float32"))
    monkeypatch.setattr(onnx_encoder, "MANY_PASSAGES", 2)
    articles = [Article(f"a{n}", "News", text) for n, text in enumerate(TEXTS)]
    with Library.create(tmp_path / "both", device="auto") as library:
        library.add(articles[:1])  # one passage: by the graph, in float32
        library.add(articles[1:])
        embedder = library._opened.encoders.get(library.encoder)  # noqa: SLF001
        assert isinstance(embedder, MiniLmEmbedder)
        assert vars(embedder)["_accelerated"] is not None
        for number, question in enumerate(("ferry aground", "new bridge", "strike", "climbers")):
            assert library.search(question, 1)[0].article.article_id == f"a{number}"
    findings = {f.subject: f for f in check_library(tmp_path / "both", read_data=True)}
    assert {f.state.value for f in findings.values()} == {"ok"}
    assert "bfloat16" in findings["device"].detail
