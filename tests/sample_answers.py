"""Answers to render: a plain one, a refusal, and one that is hostile wherever others may write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from index.types import Article, Copy, Hit, Passage, Sentence
from rag.types import Answer, Citation, Claim, Support

FERRY = Article(
    article_id="ferry",
    title="Second ferry for Saltmere",
    text="A second ferry began to cross the harbour.\n\n"
    "It takes 90 passengers. The fare is nothing.",
    source="articles/ferry.md",
    published=date(2025, 3, 20),
    outlet="Corvane Wire",
)
BRIDGE = Article(
    article_id="bridge",
    title="Bridge stays shut",
    text="The bridge stays shut until May, the board said.",
    source="articles/bridge.txt",
)
ELSEWHERE = Copy("copy", "Ferry, too", "Harbour Post", date(2025, 3, 21), 0, 10)


def make_hit(article: Article, text: str) -> Hit:
    start = article.text.index(text)
    sentence = Sentence(start, start + len(text), text)
    passage = Passage(start, start + len(text), text, (sentence,))
    return Hit(article, passage, score=1.5, dense=0.6, bm25=4.0, best_sentence=0.7)


def make_citation(number: int, hit: Hit, *copies: Copy) -> Citation:
    article, passage = hit.article, hit.passage
    return Citation(
        number,
        article.article_id,
        article.title,
        article.outlet,
        article.source,
        article.published,
        passage.start,
        passage.end,
        passage.text,
        copies,
    )


CAPACITY = make_hit(FERRY, "It takes 90 passengers.")
SHUT = make_hit(BRIDGE, "The bridge stays shut until May, the board said.")

ANSWER = Answer(
    question="how many fit?",
    standalone_question="how many fit?",
    refused=False,
    claims=(
        Claim("“It takes 90 passengers.”", Support.SUPPORTED, (1,)),
        Claim("The bridge opens in May.", Support.PARTLY, (1, 2), "‘until May’ promises nothing"),
    ),
    citations=(make_citation(1, CAPACITY, ELSEWHERE), make_citation(2, SHUT)),
    hits=(CAPACITY, SHUT),
    probability=0.9,
)
REFUSED = replace(ANSWER, refused=True, claims=(), probability=0.1, notice="Two articles only.")


def make_hostile(text: str) -> Answer:
    """Return an answer that has ``text`` wherever others may write."""
    article = Article("id", text, f"Before. {text} After.", text, None, text)
    end = len(article.text) - len(" After.")
    passage = Passage(8, end, text, (Sentence(8, end, text),))
    hit = Hit(article, passage, 1.0, 0.5, 1.0, 0.5)
    copy = Copy("copy", text, text, None, 0, 1)
    return Answer(
        question=text,
        standalone_question=text,
        refused=False,
        claims=(Claim(text, Support.UNSUPPORTED, (1,), text),),
        citations=(make_citation(1, hit, copy),),
        hits=(hit,),
        probability=0.5,
        notice=text,
    )
