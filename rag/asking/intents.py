"""Utterances that ask for no single fact: requests for an overview, and small talk; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rag.asking.data_files import phrases_of, read_expressions

MAX_REQUEST_CHARS = 200
"""A longer question asks for more than an overview."""

_OF_ARTICLES, _OF_SOMETHING = (
    [re.compile(text, re.IGNORECASE) for text in forms]
    for forms in read_expressions("rag.asking", "question_forms.toml")["forms"].values()
)
_ASKS = re.compile(r"(?:who|what|when|where|why|how|which)\b", re.IGNORECASE)
_CARRIED = re.compile(r" \((?P<carried>[^()]*)\)$")
_POINTING = re.compile(r"(?:it|that|this|them|these|those|him|her)(?:\s+all)?", re.IGNORECASE)
_ONE_ARTICLE = re.compile(r"(?:news\s+)?(?:article|story|report|text|document|paper|piece)", re.I)

REPLIES = {
    "questions_to_the_assistant": "I look for answers in your articles and show where each one"
    " stands. What would you like to know?",
    "thanks": "You are welcome! What else would you like to know?",
    "farewells": "Goodbye! Ask again whenever you have a question about the articles.",
    "greetings": "Hello! What would you like to know about the articles?",
    "acknowledgements": "All right. What else would you like to know?",
}
"""Replies to small talk; the first kind found in an utterance decides."""

NO_QUESTION = "There is no question in that. What would you like to know about the articles?"

MAX_SMALL_TALK_WORDS = 5


@dataclass(frozen=True, slots=True)
class OverviewRequest:
    """A question for an overview.

    Attributes:
        topic: What the articles, or the overview, should be about; empty for the whole library.
        names_articles: Whether it asks for articles; otherwise it asks for what is said about the
            topic, wherever that stands.
        of_one: Whether it asks for a single article.
    """

    topic: str
    names_articles: bool = True
    of_one: bool = False

    @property
    def sought(self) -> str:
        """The question to search for the topic with; empty without a topic."""
        if _ASKS.match(self.topic):
            return f"{self.topic}?"
        return f"What about {self.topic}?" if self.topic else ""


def find_overview_request(question: str) -> OverviewRequest | None:
    """Return the overview that a question asks for; None if it asks for a fact.

    Args:
        question: Standalone; what was carried over from a conversation is its topic, unless
            it names the articles.

    Examples:
        >>> find_overview_request("Can you summarise the articles on the ferry?")
        OverviewRequest(topic='the ferry', names_articles=True, of_one=False)
        >>> find_overview_request("What happened to the ferry?") is None
        True
    """
    if len(question) > MAX_REQUEST_CHARS:
        return None
    carried = _CARRIED.search(question)
    topic = carried["carried"] if carried else ""
    asked = question[: carried.start()] if carried else question
    match = _match_form(asked, _OF_ARTICLES)
    if match is not None:
        named = match.groupdict().get("holdings") or ""
        if topic and not named:
            return OverviewRequest(topic, names_articles=False)
        about = match.groupdict().get("topic") or ""
        return OverviewRequest(about, of_one=bool(_ONE_ARTICLE.fullmatch(named)))
    match = _match_form(asked, _OF_SOMETHING)
    if match is None:
        return None
    if not _POINTING.fullmatch(match["topic"]):
        topic = match["topic"]
    return OverviewRequest(topic, names_articles=False) if topic else None


def names_articles(question: str) -> bool:
    """Return whether a question asks for an overview of the articles, whatever was said before."""
    match = _match_form(question, _OF_ARTICLES) if len(question) <= MAX_REQUEST_CHARS else None
    return match is not None and bool(match.groupdict().get("holdings"))


def reply_to_small_talk(utterance: str) -> str:
    """Return a friendly reply to an utterance that asks nothing; empty for any other.

    Examples:
        >>> reply_to_small_talk("Thanks a lot!")
        'You are welcome! What else would you like to know?'
        >>> reply_to_small_talk("OK, and why?")
        ''
    """
    words = re.findall(r"[\w'’]+", utterance.casefold())
    if not words:
        return NO_QUESTION if utterance.strip() else ""
    kinds = _kinds_of_small_talk([word.replace("’", "'") for word in words])
    if "?" in utterance:
        kinds -= {"acknowledgements"}
    return next((reply for kind, reply in REPLIES.items() if kind in kinds), "")


def _match_form(question: str, forms: Sequence[re.Pattern[str]]) -> re.Match[str] | None:
    return next((match for form in forms if (match := form.match(question))), None)


def _kinds_of_small_talk(words: Sequence[str]) -> set[str]:
    """Return the kinds of phrases in an utterance; none if it contains any other word."""
    kinds: set[str] = set()
    while words:
        for length in range(min(MAX_SMALL_TALK_WORDS, len(words)), 0, -1):
            kind = _small_talk().get(" ".join(words[:length]))
            if kind:
                kinds.add(kind)
                words = words[length:]
                break
        else:
            return set()
    return kinds


@cache
def _small_talk() -> dict[str, str]:
    kinds = ("padding", *REPLIES)
    return {phrase: kind for kind in kinds for phrase in phrases_of(kind)}
