"""The default encoder in ONNX Runtime: the published vectors, without torch and without a copy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.encoding.encoders import load_embedder
from index.encoding.minilm_graph import make_graph
from index.encoding.model_info import DEFAULT_ENCODER, find_model_folder
from index.encoding.onnx_encoder import GRAPH, IDENTITY, MiniLmEmbedder, read_tensors
from index.encoding.question_graph import PROBES
from index.encoding.torch_encoder import SentenceTransformerEmbedder
from index.errors import EncoderError
from index.types import EncoderInput
from onrecord import Article, Library, check_library

PASSAGES = tuple(
    EncoderInput(probe, ((0, len(probe)),), title) for probe in PROBES for title in ("", "A title")
)


def test_the_graph_that_is_shipped_is_the_one_that_is_made() -> None:
    made = make_graph(read_tensors(find_model_folder(DEFAULT_ENCODER)))
    assert made == GRAPH.read_bytes()
    assert len(made) < 20_000


@pytest.mark.model
@pytest.mark.slow
def test_vectors_agree_with_those_of_torch_in_float32() -> None:
    """What one made can be compared with what the other made: in one library, either may have."""
    ours = load_embedder()
    published = SentenceTransformerEmbedder(DEFAULT_ENCODER, find_model_folder(DEFAULT_ENCODER))
    asked = [ours.embed_query(probe) @ published.embed_query(probe) for probe in PROBES]
    pairs = zip(ours.embed_passages(PASSAGES), published.embed_passages(PASSAGES), strict=True)
    encoded = [
        cosine
        for one, other in pairs
        for cosine in (one.passage @ other.passage, *np.sum(one.sentences * other.sentences, 1))
    ]
    assert min(asked + encoded) > 0.99999


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(EncoderError, match="are not the published ones"):
        MiniLmEmbedder(tmp_path).embed_query("who?")


@pytest.mark.model
def test_a_new_library_imports_no_torch_and_keeps_no_graph(tmp_path: Path) -> None:
    script = """
import sys
from onrecord import Article, Library
with Library.create(sys.argv[1]) as library:
    library.add(Article("note", "A note", "The ferry was late. Nobody said why."))
    print(library.search("why was the ferry late?")[0].article.article_id)
print(*sorted({"torch", "transformers", "sentence_transformers", "onnx"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "library")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert done.stdout == "note\n\n"
    size = sum(file.stat().st_size for file in (tmp_path / "library").rglob("*"))
    assert size < 5_000_000


@pytest.mark.model
def test_compacting_drops_the_graph_that_an_older_program_kept(tmp_path: Path) -> None:
    with Library.create(tmp_path / "library") as library:
        library.add(Article("note", "A note", "The ferry was late."))
        assert library.encoder == IDENTITY
        (tmp_path / "library" / "encoder").mkdir()
        (tmp_path / "library" / "encoder" / "graph.onnx").write_bytes(b"weights")
        library.compact()
    assert not (tmp_path / "library" / "encoder").exists()


@pytest.mark.model
def test_doctor_looks_at_no_graph_of_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Library.create(tmp_path / "library") as library:
        library.add(Article("note", "A note", "The ferry was late."))
    (tmp_path / "library" / "encoder").mkdir()
    (tmp_path / "library" / "encoder" / "graph.json").write_text("damaged")
    findings = check_library(tmp_path / "library")
    assert not {"question graph", "graph cache"} & {finding.subject for finding in findings}
    assert not caplog.records
