"""What the weights are fitted on: libraries of measuring sets, their questions, and draws.

A draw is a library of a few articles close to one question, with or without those that answer it,
so that what is fitted holds from a handful of articles to thousands.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.cached_embedder import CachedEmbedder
from index.encoding.encoders import load_embedder
from index.language.words import word_ranks
from index.library import Library
from index.searching.search import query_terms
from index.types import Article, Hit
from rag.asking.terms import QuestionTerms, analyze_question
from rag.evaluation.measures import normalize_text
from rag.evaluation.question_sets import Query, read_queries
from rag.evidence.choice import EVIDENCE_HITS, READ_HITS
from rag.evidence.reader import PassageReading, Reader, SentenceReading
from rag.evidence.sentences import ReadSentences, compare_readings

SEED = 20261121
QUESTIONS_PER_DRAW = 12
QUESTIONS_PER_DRAW_READ = 5
STRANGERS_PER_DRAW = 3
LEAST_CONTENT_WORDS = 6
MOST_ASKED_FOR_WORDS = 600
NAME = re.compile(r"(?<=\s)[A-Z][\w’-]+(?:\s[A-Z][\w’-]+)*")


@dataclass(frozen=True, slots=True)
class Found:
    """What a question finds in one library.

    Attributes:
        hits: The first passages.
        terms: What the question asks for.
        read: What a reader finds in them; None without one.
    """

    hits: tuple[Hit, ...]
    terms: QuestionTerms
    read: ReadSentences | None


@dataclass(frozen=True, slots=True)
class AskedCase:
    """One question asked of one library, and whether that can answer it.

    Attributes:
        found: What it found.
        answerable: Whether an article of the library answers it.
        group: Set and size of the library.
        question: As it was asked.
    """

    found: Found
    answerable: bool
    group: str
    question: str


class RememberingReader:
    """A reader that remembers what it has read: draws of one set repeat questions.

    Args:
        reader: Reads what is new.
        file: Lines of JSON that keep it for the next run; made if necessary. None keeps nothing.
    """

    def __init__(self, reader: Reader, file: Path | None = None) -> None:
        self._reader = reader
        self._file = file
        self._known: dict[str, PassageReading] = {}
        if file is not None and file.exists():
            for line in file.read_text("utf-8").splitlines():
                key, here, found = json.loads(line)
                self._known[key] = PassageReading(here, tuple(SentenceReading(*f) for f in found))

    @property
    def name(self) -> str:
        """Return the reader's name."""
        return self._reader.name

    @property
    def is_calibrated(self) -> bool:
        """Return whether the wrapped reader is."""
        return self._reader.is_calibrated

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[PassageReading, ...]:
        """Return what is found in each passage; see ``rag.evidence.reader.Reader``."""
        keys = [_reading_key(question, hit) for hit in hits]
        fresh = [i for i, key in enumerate(keys) if key not in self._known]
        readings = self._reader.read(question, [hits[i] for i in fresh])
        new = dict(zip((keys[i] for i in fresh), readings, strict=True))
        self._known |= new
        if new and self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as lines:
                for key, reading in new.items():
                    own = [list(asdict(sentence).values()) for sentence in reading.sentences]
                    lines.write(json.dumps([key, reading.here, own]) + "\n")
        return tuple(self._known[key] for key in keys)


def _reading_key(question: str, hit: Hit) -> str:
    passage = hit.passage
    told = (question, hit.article.article_id, hit.article.title, passage.start, passage.text)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]


def open_set(data: Path, cache: Path, name: str) -> tuple[Library, CachedEmbedder, list[Query]]:
    """Return the library of a set, made if necessary, its encoder and its questions."""
    embedder = CachedEmbedder(load_embedder(graph_folder=cache / "encoder"), cache / f"{name}.npz")
    library = Library.open_or_create(cache / name, embedder=embedder)
    library.add([data / name / "corpus.jsonl"])
    embedder.save()
    if name == "polnear_dev":
        return library, embedder, ask_for_words(data / name / "attributions.jsonl")
    return library, embedder, list(read_queries(data / name / "queries.jsonl"))


def read_subjects(file: Path) -> dict[str, str]:
    """Return for each question of ``squad2_part`` the article that it was written about."""
    rows = map(json.loads, file.read_text("utf-8").splitlines())
    return {str(row["id"]): str(row["about_doc_id"]) for row in rows}


def ask_for_words(file: Path) -> list[Query]:
    """Return questions about what somebody said, made from triples of source, cue and content.

    The topic is the two rarest words of the content; the answer is the beginning of the content.
    """
    by_article: dict[str, list[dict[str, str]]] = {}
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        by_article.setdefault(row["doc_id"], []).append(row)
    ranks = word_ranks()
    queries: list[Query] = []
    for article_id, rows in by_article.items():
        for row in rows:
            words = [w for w in row["content_text"].split() if w.isalpha() and w.islower()]
            if not row["source_name"] or len(words) < LEAST_CONTENT_WORDS:
                continue
            topic = sorted(set(words), key=lambda w: -ranks.get(w, -1))[:2]
            queries.append(
                Query(
                    query_id=f"{article_id} {len(queries)}",
                    question=f"What did {row['source_name']} say about {' '.join(topic)}?",
                    answers=(" ".join(row["content_text"].split()[:6]),),
                    answerable=True,
                    gold_article_ids=frozenset({article_id}),
                    gold_spans=((article_id, 0, 0),),
                    history=(),
                )
            )
    random.Random(SEED).shuffle(queries)  # noqa: S311 - sampling
    return queries[:MOST_ASKED_FOR_WORDS]


def find(library: Library, question: str, reader: RememberingReader | None) -> Found:
    """Return what a question finds, as the assistant finds it."""
    terms = analyze_question(
        question,
        document_frequencies=library.document_frequencies(query_terms(question)),
        n_passages=library.count_passages(),
        word_ranks=word_ranks(),
    )
    hits = library.search(question, k=EVIDENCE_HITS)
    read = compare_readings(hits, reader.read(question, hits[:READ_HITS])) if reader else None
    return Found(hits, terms, read)


def holds_answer(article: Article, text: str, query: Query) -> bool:
    """Return whether a text of an article states an answer of a question."""
    if article.article_id not in query.gold_article_ids:
        return False
    words = normalize_text(text)
    return any(normalize_text(answer) in words for answer in query.answers)


def ask_draw(
    library: Library,
    embedder: CachedEmbedder,
    located: Sequence[Query],
    strangers: Sequence[str],
    size: int,
    name: str,
    rng: random.Random,
    *,
    reader: RememberingReader | None,
) -> Iterator[AskedCase]:
    """Yield cases of a small library of articles close to one question."""

    def ask(question: str, *, answerable: bool) -> AskedCase:
        return AskedCase(find(small, question, reader), answerable, group, question)

    centre = rng.choice(located)
    near = dict.fromkeys(hit.article for hit in library.search(centre.question, k=4 * size))
    gold = [library.get(a) for a in sorted(centre.gold_article_ids)[:2]]
    without_gold = rng.random() < 0.5
    articles = list(dict.fromkeys([*([] if without_gold else gold), *near]))
    if without_gold:
        articles = [a for a in articles if a.article_id not in centre.gold_article_ids]
    articles = articles[:size]
    ids = {article.article_id for article in articles}
    group = f"{name} {size}"
    with tempfile.TemporaryDirectory() as folder:
        small = Library.create(Path(folder) / "library", embedder=embedder)
        with small:
            small.add([replace(article, origin="") for article in articles])
            most = QUESTIONS_PER_DRAW_READ if reader else QUESTIONS_PER_DRAW
            inside = [q for q in located if q.gold_article_ids & ids]
            outside = [q for q in located if not q.gold_article_ids & ids]
            if without_gold:
                yield ask(centre.question, answerable=False)
            for query in rng.sample(inside, min(len(inside), most)):
                yield ask(query.question, answerable=True)
                changed = exchange_name(query.question, outside, articles, rng)
                if changed:
                    yield ask(changed, answerable=False)
            for query in rng.sample(outside, min(len(outside), 3)):
                yield ask(query.question, answerable=False)
            for question in rng.sample(list(strangers), STRANGERS_PER_DRAW):
                yield ask(question, answerable=False)


def names_of(question: str) -> list[str]:
    """Return the runs of capitalised words in a question after its first word."""
    return [match.group().removesuffix("’s") for match in NAME.finditer(question, 3)]


def exchange_name(
    question: str, others: Sequence[Query], articles: Sequence[Article], rng: random.Random
) -> str:
    """Return a question with one name replaced by one that no article has; empty if none fits."""
    names = names_of(question)
    if not names:
        return ""
    text = " ".join(f"{article.title} {article.text}" for article in articles).casefold()
    for other in rng.sample(list(others), min(len(others), 20)):
        foreign = [n for n in names_of(other.question) if n and n.casefold() not in text]
        if foreign:
            return question.replace(rng.choice(names), rng.choice(foreign))
    return ""
