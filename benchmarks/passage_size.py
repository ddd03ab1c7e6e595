"""Which passage length and overlap work best, and whether the title helps: measured.

Encodes DATA's articles once for every way of cutting them, asks DATA's questions that have a gold
article, and prints how often the right article, the answer and the evidence sentence are found.
Candidates, fusion and evidence are the product's; vectors are compared by brute force, and
full-text search is in memory. ``rag/evidence/weights.json`` was fitted on passages of the shipped
size.

    python -m benchmarks.passage_size DATA --way 400,700,0 --way 600,900,0 --way 600,900,0,plain

A way is TARGET,MAX,OVERLAP: characters to aim at, most characters, sentences of overlap; ``,plain``
leaves the title out of what is encoded.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.machine import describe_machine
from benchmarks.report import format_table, make_parser, positive, print_report
from index.adding.load import load_articles
from index.encoding.encoders import Embedder, load_embedder
from index.language.words import word_ranks
from index.searching.search import CANDIDATES, fuse_scores, query_terms
from index.text.passages import split_passages
from index.types import Article, EncoderInput, FloatVector, Hit, Passage
from rag.asking.terms import analyze_question
from rag.evaluation.measures import normalize_text
from rag.evaluation.question_sets import Query, read_queries
from rag.evidence.choice import EVIDENCE_HITS
from rag.evidence.sentences import rank_sentences
from rag.types import Evidence

BATCH_PASSAGES = 512
SEED = 20261121


@dataclass(frozen=True)
class Way:
    """How articles are cut and read.

    Attributes:
        target_chars: Characters that a passage aims at.
        max_chars: Most characters.
        overlap_sentences: Sentences repeated from the passage before.
        has_title: Whether the encoder reads the title first.
    """

    target_chars: int
    max_chars: int
    overlap_sentences: int
    has_title: bool

    def __str__(self) -> str:
        sizes = f"{self.target_chars},{self.max_chars},{self.overlap_sentences}"
        return sizes if self.has_title else f"{sizes},plain"


WAYS = (
    Way(400, 700, 0, has_title=True),
    Way(600, 900, 0, has_title=False),
    Way(600, 900, 0, has_title=True),
    Way(600, 900, 1, has_title=True),
    Way(900, 1200, 0, has_title=True),
)


def main() -> None:
    """Measure every way and print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("--way", type=parse_way, action="append", help="may be repeated")
    parser.add_argument(
        "--others", type=positive, help="articles that answer nothing to keep; default: all"
    )
    parser.add_argument("--questions", type=positive, help="from the start; default: all")
    parser.add_argument("--cache", type=Path, help="folder that keeps encoded articles")
    arguments = parser.parse_args()
    queries = [q for q in read_queries(arguments.data / "queries.jsonl") if is_located(q)]
    queries = queries[: arguments.questions]
    articles = choose_articles(arguments.data / "corpus.jsonl", queries, arguments.others)
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as scratch:
        cache = arguments.cache or Path(scratch)
        ways: dict[str, dict[str, float]] = {}
        for way in arguments.way or WAYS:
            embedder = CachedEmbedder(load_embedder(), cache / f"{arguments.data.name} {way}.npz")
            ways[str(way)] = measure_way(way, articles, queries, embedder)
            embedder.save()
    report: dict[str, object] = {
        "benchmark": "passage_size",
        "machine": describe_machine(),
        "set": arguments.data.name,
        "articles": len(articles),
        "questions": len(queries),
        "ways": ways,
    }
    print_report(report, format_report(report, ways), as_json=arguments.json)


def parse_way(text: str) -> Way:
    """Parse a way as written by the user.

    Raises:
        argparse.ArgumentTypeError: If it is invalid.
    """
    numbers, comma, plain = text.partition(",plain")
    try:
        target, most, overlap = map(int, numbers.split(","))
        split_passages("", target_chars=target, max_chars=most, overlap_sentences=overlap)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not TARGET,MAX,OVERLAP: {error}") from None
    if plain:
        raise argparse.ArgumentTypeError(f"'{text}' ends in '{plain}'")
    return Way(target, most, overlap, has_title=not comma)


def is_located(query: Query) -> bool:
    """Return whether the place and the wording of the answer are known."""
    return bool(query.answerable and query.gold_article_ids and query.gold_spans and query.answers)


def choose_articles(corpus: Path, queries: list[Query], others: int | None) -> list[Article]:
    """Return the articles that answer a question, and a seeded sample of the others."""
    articles = [item for item in load_articles([corpus]) if isinstance(item, Article)]
    if others is None:
        return articles
    gold = frozenset[str]().union(*(query.gold_article_ids for query in queries))
    rest = [i for i, article in enumerate(articles) if article.article_id not in gold]
    kept = set(islice(np.random.default_rng(SEED).permutation(rest).tolist(), others))
    return [a for i, a in enumerate(articles) if a.article_id in gold or i in kept]


class Index:
    """The passages of some articles in memory.

    Args:
        way: How to cut them.
        articles: The articles.
        embedder: The encoder.
    """

    def __init__(self, way: Way, articles: list[Article], embedder: Embedder) -> None:
        self.places: list[tuple[Article, Passage]] = [
            (article, passage)
            for article in articles
            for passage in split_passages(
                article.text,
                target_chars=way.target_chars,
                max_chars=way.max_chars,
                overlap_sentences=way.overlap_sentences,
            )
        ]
        inputs = [
            EncoderInput(
                passage.text,
                [(s.start - passage.start, s.end - passage.start) for s in passage.sentences],
                article.title if way.has_title else "",
            )
            for article, passage in self.places
        ]
        encoded = [
            vectors
            for first in range(0, len(inputs), BATCH_PASSAGES)
            for vectors in embedder.embed_passages(inputs[first : first + BATCH_PASSAGES])
        ]
        self._passages = np.stack([vectors.passage for vectors in encoded])
        self._sentences = [vectors.sentences.astype(np.float16) for vectors in encoded]
        self._terms = sqlite3.connect(":memory:")
        self._terms.execute(
            "CREATE VIRTUAL TABLE terms USING fts5 (title, text, tokenize = 'porter unicode61')"
        )
        self._terms.executemany(
            "INSERT INTO terms (rowid, title, text) VALUES (?, ?, ?)",
            ((i, article.title, passage.text) for i, (article, passage) in enumerate(self.places)),
        )

    def close(self) -> None:
        """Close the full-text search."""
        self._terms.close()

    def search(self, question: str, vector: FloatVector, k: int) -> tuple[Hit, ...]:
        """Return the first hits, as ``Library.search`` ranks them but with copies unfolded."""
        dense = self._passages @ vector
        bm25 = self._match(query_terms(question))
        near = np.argsort(-dense, kind="stable")[:CANDIDATES]
        lexical = sorted(bm25, key=lambda i: (-bm25[i], i))[:CANDIDATES]
        ids = np.union1d(near, np.array(lexical, dtype=np.int64)).tolist()
        cosines = [self._sentences[i].astype(np.float32) @ vector for i in ids]
        scores = fuse_scores(
            dense[ids],
            [bm25.get(i, 0.0) for i in ids],
            [c.max(initial=-1.0) for c in cosines],
        )
        return tuple(
            Hit(
                article=self.places[ids[row]][0],
                passage=self.places[ids[row]][1],
                score=float(scores[row]),
                dense=float(dense[ids[row]]),
                bm25=bm25.get(ids[row], 0.0),
                best_sentence=float(cosines[row].max(initial=-1.0)),
                sentence_cosines=tuple(cosines[row].tolist()),
            )
            for row in np.argsort(-scores, kind="stable")[:k].tolist()
        )

    def document_frequency(self, term: str) -> int:
        """Return how many passages a term occurs in."""
        sql = "SELECT count(*) FROM terms WHERE terms MATCH ?"
        count: int = self._terms.execute(sql, (f'"{term}"',)).fetchone()[0]
        return count

    def _match(self, terms: tuple[str, ...]) -> dict[int, float]:
        sql = "SELECT rowid, -bm25(terms) FROM terms WHERE terms MATCH ?"
        return dict(self._terms.execute(sql, (" OR ".join(f'"{term}"' for term in terms),)))


def measure_way(
    way: Way, articles: list[Article], queries: list[Query], embedder: Embedder
) -> dict[str, float]:
    """Return the figures of one way of cutting."""
    index = Index(way, articles, embedder)
    found: dict[str, list[bool]] = {}
    for query in queries:
        hits = index.search(query.question, embedder.embed_query(query.question), 10)
        terms = analyze_question(
            query.question,
            document_frequencies={
                term: index.document_frequency(term) for term in query_terms(query.question)
            },
            n_passages=len(index.places),
            word_ranks=word_ranks(),
        )
        evidence = rank_sentences(hits[:EVIDENCE_HITS], terms)
        for name, is_found in judge(query, hits, evidence).items():
            found.setdefault(name, []).append(is_found)
    index.close()
    lengths = [len(passage.text) for _, passage in index.places]
    return {
        "passages": len(lengths),
        "characters": float(np.mean(lengths)),
        **{name: float(np.mean(values)) for name, values in found.items()},
    }


def judge(query: Query, hits: tuple[Hit, ...], evidence: tuple[Evidence, ...]) -> dict[str, bool]:
    """Return what was found for a question, measured as ``rag.evaluation.evaluate`` does."""
    answers = [normalize_text(answer) for answer in query.answers]

    def states(text: str) -> bool:
        return any(answer in normalize_text(text) for answer in answers)

    right = [hit.article.article_id in query.gold_article_ids for hit in hits]
    quoted = [
        states(item.text) and item.hit.article.article_id in query.gold_article_ids
        for item in evidence[:3]
    ]
    return {
        "article@1": any(right[:1]),
        "article@5": any(right[:5]),
        "answer@5": any(states(hit.passage.text) for hit in hits[:5]),
        "evidence@1": any(quoted[:1]),
        "evidence@3": any(quoted),
    }


def format_report(report: dict[str, object], ways: dict[str, dict[str, float]]) -> list[str]:
    """Return a report as lines."""
    names = [name for name in next(iter(ways.values())) if "@" in name]
    table = [["way", "passages", "characters", *names]]
    for way, found in ways.items():
        counts = [f"{found['passages']:,}", f"{found['characters']:,.0f}"]
        table.append([way, *counts, *(f"{found[name]:.3f}" for name in names)])
    head = f"{report['set']}: {report['articles']:,} articles, {report['questions']:,} questions"
    return [head, "", *format_table(table)]


if __name__ == "__main__":
    main()
