"""Answers to render: a plain one, refusals, one in parts, a count, and a hostile one.

The hostile one is hostile wherever others may write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from index.types import Article, Copy, Hit, Passage, Sentence
from rag.types import Answer, Answered, AnswerPart, Citation, Claim, Support

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
NEAR_MISS = replace(
    REFUSED,
    claims=(Claim(SHUT.passage.text, Support.SUPPORTED, (2,), context=True),),
    missing=("how many fit?",),
    parts=(AnswerPart("how many fit?", "one", Answered.NO),),
)

TOLL = Article(
    article_id="toll",
    title="A toll is discussed",
    text="A toll was discussed by the board. Nobody has decided on it.",
    source="articles/toll.txt",
    published=date(2025, 3, 4),
    outlet="Harbour Post",
)
FARE = make_hit(FERRY, "The fare is nothing.")
DISCUSSED = make_hit(TOLL, "A toll was discussed by the board.")
UNDECIDED = make_hit(TOLL, "Nobody has decided on it.")

IN_PARTS = Answer(
    question="What does the ferry cost, what is said of a toll, and who mends the bridge?",
    standalone_question="What does the ferry cost, what is said of a toll, and who mends the"
    " bridge?",
    refused=False,
    claims=(
        Claim(FARE.passage.text, Support.SUPPORTED, (1,)),
        Claim(DISCUSSED.passage.text, Support.SUPPORTED, (2,), part=1),
        Claim(UNDECIDED.passage.text, Support.SUPPORTED, (3, 1), part=1),
        Claim(SHUT.passage.text, Support.SUPPORTED, (4,), context=True, part=2),
    ),
    citations=(
        make_citation(1, FARE),
        make_citation(2, DISCUSSED),
        make_citation(3, UNDECIDED),
        replace(make_citation(4, SHUT), answer_span=(22, 31)),
    ),
    hits=(FARE, DISCUSSED, UNDECIDED, SHUT),
    probability=0.6,
    missing=("Who mends the bridge?",),
    parts=(
        AnswerPart("What does the ferry cost?", "one", Answered.YES),
        AnswerPart("What is said of a toll?", "several", Answered.YES),
        AnswerPart("Who mends the bridge?", "one", Answered.NO),
    ),
)


def make_count(n_articles: int) -> Answer:
    """Return how many articles mention something, each of another day."""
    question = "How many articles mention the ferry?"
    articles = [
        replace(FERRY, article_id=f"ferry-{n}", title=f"Ferry {n}", published=date(2025, 3, n % 30))
        for n in range(1, n_articles + 1)
    ]
    numbers = range(1, n_articles + 1)
    hits = [make_hit(article, "A second ferry began to cross the harbour.") for article in articles]
    text = f"{n_articles} articles mention “ferry”."
    return Answer(
        question=question,
        standalone_question=question,
        refused=False,
        claims=(Claim(text, Support.SUPPORTED, tuple(numbers)),),
        citations=tuple(map(make_citation, numbers, hits)),
        hits=(),
        probability=1.0,
        parts=(AnswerPart(question, "count", Answered.YES),),
    )


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
        claims=(
            Claim(text, Support.UNSUPPORTED, (1,), text),
            Claim(text, Support.SUPPORTED, (1,), context=True, part=1),
        ),
        citations=(make_citation(1, hit, copy),),
        hits=(hit,),
        probability=0.5,
        notice=text,
        missing=(text,),
        parts=(AnswerPart(text, "one", Answered.YES), AnswerPart(text, "one", Answered.NO)),
    )
