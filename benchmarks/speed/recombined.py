"""Any number of articles with real sentences and real vectors, from a few that were encoded.

The articles of a set are encoded once. Their sentences are then dealt out again, in a seeded order:
every new article has the title and the layout (sentences to a paragraph, paragraphs to an article)
of a real one, and sentences from anywhere. When all have been used, they are dealt again.

Words, their frequencies, the lengths of sentences, passages and articles, and every sentence vector
are real; the vector is the one that the encoder gave that sentence in its own article. The vector
of a passage or chunk is not: it is the mean of its sentences' vectors, weighted by length, as mean
pooling would give if the sentences did not see one another. Nor have the sentences of a passage
anything to do with one another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.cached_embedder import CachedEmbedder
from index.adding.load import load_articles
from index.encoding.encoders import load_embedder
from index.encoding.model_info import DEFAULT_ENCODER, find_model_folder
from index.encoding.onnx_encoder import MiniLmEmbedder
from index.encoding.windows import to_unit_rows
from index.text.passages import split_passages
from index.types import Article, EncoderInput, FloatVector, PassageVectors, Sentence

BATCH_PASSAGES = 512
SEED = 20261121


@dataclass(frozen=True)
class Quarry:
    """Sentences of real articles.

    Attributes:
        sentences: Their texts.
        vectors: float16, shape (n_sentences, dim).
        layouts: The title of each real article, and for each of its sentences whether it starts a
            paragraph.
    """

    sentences: list[str]
    vectors: npt.NDArray[np.float16]
    layouts: list[tuple[str, list[bool]]]

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        folder.mkdir(parents=True)
        np.save(folder / "vectors.npy", self.vectors)
        texts = json.dumps({"sentences": self.sentences, "layouts": self.layouts})
        (folder / "texts.json").write_text(texts, "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Quarry:
        """Read what ``save`` wrote."""
        texts = json.loads((folder / "texts.json").read_text("utf-8"))
        return cls(texts["sentences"], np.load(folder / "vectors.npy"), texts["layouts"])

    def articles(self, count: int) -> Iterator[tuple[Article, list[tuple[int, int]]]]:
        """Yield recombined articles, always the same ones.

        Args:
            count: How many.

        Yields:
            An article, and the start and the row of each of its sentences.
        """
        deal = self._deal()
        for number, (title, layout) in enumerate(islice(cycle(self.layouts), count)):
            rows = list(islice(deal, len(layout)))
            text, starts = "", []
            for row, starts_paragraph in zip(rows, layout, strict=True):
                if text:
                    text += "\n\n" if starts_paragraph else " "
                starts.append((len(text), row))
                text += self.sentences[row]
            yield Article(f"recombined-{number}", title, text), starts

    def _deal(self) -> Iterator[int]:
        rng = np.random.default_rng(SEED)
        while True:
            yield from rng.permutation(len(self.sentences)).tolist()


def dig_quarry(corpus: Path, folder: Path, *, articles: int | None, cache: Path) -> dict[str, int]:
    """Encode the articles of a collection and save their sentences with their vectors.

    Args:
        corpus: The collection.
        folder: Where to save the quarry.
        articles: How many of its articles to use, from the start; all when None.
        cache: File of a ``CachedEmbedder``; what is in it is not encoded again.
    """
    embedder = CachedEmbedder(load_embedder(), cache)
    sentences: dict[str, int] = {}
    vectors: list[npt.NDArray[np.float16]] = []
    layouts: list[tuple[str, list[bool]]] = []
    real = (item for item in load_articles([corpus]) if isinstance(item, Article))
    batch: list[tuple[EncoderInput, tuple[Sentence, ...]]] = []

    def encode() -> None:
        found = embedder.embed_passages([given for given, _ in batch])
        for (_, known), encoded in zip(batch, found, strict=True):
            for sentence, vector in zip(known, encoded.sentences, strict=True):
                if sentence.text not in sentences:
                    sentences[sentence.text] = len(vectors)
                    vectors.append(vector.astype(np.float16))
        batch.clear()

    for article in islice(real, articles):
        passages = split_passages(article.text)
        layout = [s.starts_paragraph for passage in passages for s in passage.sentences]
        layouts.append((article.title, layout))
        for passage in passages:
            spans = [(s.start - passage.start, s.end - passage.start) for s in passage.sentences]
            batch.append((EncoderInput(passage.text, spans, article.title), passage.sentences))
        if len(batch) >= BATCH_PASSAGES:
            encode()
    encode()
    embedder.save()
    Quarry(list(sentences), np.stack(vectors), layouts).save(folder)
    return {"articles": len(layouts), "sentences": len(sentences)}


class QuarryEmbedder(MiniLmEmbedder):
    """The default encoder for questions; passages get the vectors of their sentences.

    Args:
        quarry: Knows the sentences.

    Attributes:
        strange: Sentences that were cut differently from the quarry and got another sentence's
            vector.
        sentences: All sentences so far.
    """

    def __init__(self, quarry: Quarry) -> None:
        super().__init__(find_model_folder(DEFAULT_ENCODER))
        self._quarry = quarry
        self._rows = {text: row for row, text in enumerate(quarry.sentences)}
        self.strange = 0
        self.sentences = 0

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        """Return vectors from the quarry."""
        encoded = []
        for item in inputs:
            rows = [self._find(item.text[start:end]) for start, end in item.spans]
            lengths = [end - start for start, end in item.spans]
            passage = mean_vector(self._quarry.vectors[rows], lengths)
            sentences = to_unit_rows(self._quarry.vectors[rows].astype(np.float32))
            encoded.append(PassageVectors(passage, sentences))
        return encoded

    def _find(self, sentence: str) -> int:
        self.sentences += 1
        row = self._rows.get(sentence)
        if row is not None:
            return row
        self.strange += 1
        return self.strange % len(self._rows)


def mean_vector(vectors: npt.NDArray[np.float16], lengths: Sequence[int]) -> FloatVector:
    """Return the mean of some vectors, float32, shape (dim,), a unit vector.

    Args:
        vectors: float16, shape (n, dim).
        lengths: Weight of each.
    """
    weights = np.array(lengths, dtype=np.float32)
    mean: FloatVector = to_unit_rows((weights @ vectors.astype(np.float32)).reshape(1, -1))[0]
    return mean
