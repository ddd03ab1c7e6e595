"""An overview: what the articles are about, in the first sentences of the articles themselves.

"Summarise the news" asks for no fact that a sentence could hold, so nothing would be found for it.
A news article says in its first sentence what it is about, and these are quoted: of the newest
articles, or of those that are found for what the question names. For "summarise the harbour works"
it is the best sentence of each article that speaks of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.instructions import withhold_orders
from rag.terms import QuestionTerms, stem_text
from rag.types import Evidence

if TYPE_CHECKING:
    from index.library import Library
    from index.types import Hit, Sentence

LEAD_SENTENCES = 3
"""Quoted of an article where there is only one."""

LEAST_LEAD_CHARS = 40
"""A shorter line at the beginning of an article tells who wrote it, or when."""

LEAD_PASSAGES = 2
"""Passages of an article in which its first sentences are looked for."""

MAX_REQUEST_CHARS = 200
"""A longer question says more than that it wants an overview."""

LEAST_SHARE = 0.8
"""Least part of a topic's words that an article on it has, and of what the best one has."""

_POLITE = (
    r"\W*(?:(?:please|hello|hi|hey|ok|okay|so|and|now)\b[\s,]*)*"
    r"(?:(?:can|could|would|will) (?:you|i|we)(?: have| get| see)?\s+"
    r"|(?:i|we)(?: would|['’]d)? (?:like|want|need)(?: you)?(?: to)?(?: have| get| see)?\s+"
    r"|let me have\s+)?(?:please\s+)?"
)
_GIVE = (
    r"(?:(?:give|show|tell|write|make|provide|get|offer|create|draft)\s+"
    r"(?:me\s+|us\s+)?(?:with\s+)?)?"
)
_DETERMINERS = (
    r"(?:(?:all|any|each|every|most|of|the|this|these|those|my|your|our|an?|today['’]s|latest|newest"
    r"|recent|main|current|whole|entire|new|other|short|brief|quick|general|good|concise)\s+)*"
)
_HOLDINGS = (
    r"(?:(?:news\s+)?(?:articles?|stor(?:y|ies)|reports?|texts?|documents?|files?|papers?|pieces?)"
    r"|news|coverage|librar(?:y|ies)|collection|archive|folder|contents?)"
)
_BRIEFLY = (
    r"in (?:brief|short|a nutshell|(?:a|one|two|three|four|five|a few|\d{1,2}) (?:short )?"
    r"(?:words?|sentences?|lines?|paragraphs?|(?:bullet )?points?))"
)
_PLACE = (
    r"(?:\s+(?:(?:that\s+|which\s+)?(?:you|we|i)\s+(?:have|know|hold)|(?:are\s+|is\s+)?(?:in\s+)?here"
    rf"|(?:that\s+|which\s+)?(?:are|is)\s+there|(?:in|of|from)\s+{_DETERMINERS}{_HOLDINGS}"
    rf"|so far|today|lately|recently|right now|for me|please|briefly|{_BRIEFLY}))*"
)
_ABOUT = (
    r"(?:\s+(?:on|about|regarding|concerning|covering|that mentions?|mentioning)\s+(?P<topic>.+?))"
)
_ARTICLES = rf"{_DETERMINERS}(?P<holdings>{_HOLDINGS}){_PLACE}(?:{_ABOUT}|\s+by\s+outlet)?"
_SUMMARY = (
    r"(?:summar(?:y|ies)|overview|recap|gist|digest|run-?down|round-?up|synopsis|briefing"
    r"|tl;?\s?dr)"
)
_POINTS = (
    r"(?:headlines|topics|themes|(?:main|key|most important|important|big|biggest|top)\s+"
    r"(?:points?|facts?|topics?|themes?|stor(?:y|ies)|news|takeaways?|developments?|events?"
    r"|messages?|subjects?))"
)
_WHAT_IS = r"(?:what(?:\s+is|\s+are|\s+was|\s+were|['’]s)\s+)?"
_END = r"[\s?!.…]*$"

_FORMS = tuple(
    re.compile(f"^{form}{_END}", re.IGNORECASE)
    for form in (
        # Summarise the articles on X; a summary of the news; the main points of the articles.
        rf"{_POLITE}(?:summari[sz]e|sum up|recap|outline)"
        rf"(?:\s+(?:{_ARTICLES}|everything|all)|{_PLACE})",
        rf"{_POLITE}(?:{_GIVE}|{_WHAT_IS}){_DETERMINERS}(?:{_SUMMARY}|{_POINTS}){_PLACE}",
        rf"{_POLITE}(?:{_GIVE}|{_WHAT_IS}){_DETERMINERS}(?:{_SUMMARY}|{_POINTS})"
        rf"\s+(?:of|on|about|from|in|for)\s+(?:{_ARTICLES}|everything|all)",
        # What are the articles on X about? What do they say? What is in the library?
        rf"{_POLITE}what(?:\s+is|\s+are|\s+was|\s+were|\s+do|\s+does|['’]s)\s+{_ARTICLES}"
        r"(?:\s+(?:all|mainly|mostly|really))*\s+about",
        rf"{_POLITE}what(?:\s+is|\s+are|['’]s)(?:\s+there)?\s+(?:in|inside)\s+{_ARTICLES}",
        rf"{_POLITE}(?:what|which)(?:\s+\w+)?(?:\s+do|\s+does)\s+{_DETERMINERS}"
        rf"(?P<holdings>{_HOLDINGS}){_PLACE}\s+(?:say|cover|report|contain|discuss|mention|describe|hold"
        r"|deal with|talk about|write about|tell(?:\s+me|\s+us)?)",
        rf"{_POLITE}(?:tell\s+(?:me|us)|talk)\s+about\s+{_ARTICLES}",
        rf"{_POLITE}(?:what|which)(?:\s+(?:kinds?|sorts?)\s+of)?\s+{_HOLDINGS}\s+"
        rf"(?:are there|do you have|are (?:in|inside) {_DETERMINERS}{_HOLDINGS}|are here)",
        # What happened? What is new?
        r"\W*(?:so\s+)?what(?:\s+is|\s+has|\s+was|['’]s)?"
        r"(?:\s+(?:been\s+)?(?:happened|happening|going on)|\s+new"
        rf"|\s+(?:(?:in|on)\s+)?the\s+(?:latest\s+)?news){_PLACE}",
        rf"\W*(?:any|the|latest|today['’]s|the latest)?\s*news{_PLACE}",
    )
)
_OF_SOMETHING = re.compile(
    rf"^{_POLITE}(?:(?:summari[sz]e|sum up|recap)"
    rf"|{_GIVE}{_DETERMINERS}{_SUMMARY}\s+(?:of|on|about))"
    rf"\s+(?P<topic>\S.*?)(?:\s+{_BRIEFLY})?{_END}",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:who|what|when|where|why|how|which)\b", re.IGNORECASE)
_CARRIED = re.compile(r" \((?P<carried>[^()]*)\)$")
_POINTING = re.compile(r"(?:it|that|this|them|these|those|him|her)(?:\s+all)?", re.IGNORECASE)
_ONE_ARTICLE = re.compile(r"(?:news\s+)?(?:article|story|report|text|document|paper|piece)", re.I)
_ENDS_SENTENCE = re.compile(r"[.!?…\u3002\uff01\uff1f][”\"’'»)\]]*$")
_BYLINE = re.compile(
    r"\W*(?:by|written by|updated|published|posted|photo|image|picture|video|listen|read more"
    r"|advertisement|correction|editor[’']?s note)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OverviewRequest:
    """A question for an overview.

    Attributes:
        topic: What the articles, or the overview, are to be about; empty for the whole library.
        names_articles: Whether it asks for articles. Otherwise what is said of the topic is
            asked for, wherever it stands.
        of_one: Whether it asks for a single article.
    """

    topic: str
    names_articles: bool = True
    of_one: bool = False

    @property
    def sought(self) -> str:
        """The question that finds the topic; empty without one."""
        if _ASKS.match(self.topic):
            return f"{self.topic}?"
        return f"What about {self.topic}?" if self.topic else ""


def find_overview_request(question: str) -> OverviewRequest | None:
    """Return what overview a question asks for; None for a question that a fact would answer.

    Args:
        question: Standing alone; what was carried over from a conversation is its topic, unless
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
    match = _match_form(asked)
    if match is not None:
        named = match.groupdict().get("holdings") or ""
        if topic and not named:
            return OverviewRequest(topic, names_articles=False)
        about = match.groupdict().get("topic") or ""
        return OverviewRequest(about, of_one=bool(_ONE_ARTICLE.fullmatch(named)))
    match = _OF_SOMETHING.match(asked)
    if match is None:
        return None
    if not _POINTING.fullmatch(match["topic"]):
        topic = match["topic"]
    return OverviewRequest(topic, names_articles=False) if topic else None


def names_articles(question: str) -> bool:
    """Return whether an overview of the articles as such is asked for, whatever was said before."""
    match = _match_form(question) if len(question) <= MAX_REQUEST_CHARS else None
    return match is not None and bool(match.groupdict().get("holdings"))


def _match_form(question: str) -> re.Match[str] | None:
    return next((match for form in _FORMS if (match := form.match(question))), None)


def find_leads(hits: Sequence[Hit], *, limit: int) -> tuple[Evidence, ...]:
    """Return the first sentence of each article, or the first three where there is one article.

    Args:
        hits: The first passages of articles, in order; the most important article first.
        limit: Sentences to return at most.
    """
    by_article: dict[str, list[Evidence]] = {}
    for hit in hits:
        sentences = by_article.setdefault(hit.article.article_id, [])
        told = (sentence for sentence in hit.passage.sentences if not sentence.is_heading)
        sentences += [_to_evidence(hit, sentence, len(by_article)) for sentence in told]
    each = LEAD_SENTENCES if len(by_article) == 1 else 1
    leads = (_choose_leads(sentences, each) for sentences in by_article.values())
    return tuple(lead for some in leads for lead in some)[:limit]


def find_articles(hits: Sequence[Hit], terms: QuestionTerms, *, limit: int) -> tuple[Hit, ...]:
    """Return the best hit of each article that a topic is found in, copies of a story once.

    Args:
        hits: What was found for the topic, best first.
        terms: Those of the topic.
        limit: Articles to return at most.
    """
    shares = _share_of_topic(hits, terms)
    least = LEAST_SHARE * max((share for _, share in shares), default=0.0)
    return tuple(hit for hit, share in shares if share >= least)[:limit]


def has_topic(hits: Sequence[Hit], terms: QuestionTerms) -> bool:
    """Return whether an article has the words of a topic, which is all that an overview needs.

    Args:
        hits: What was found for the topic.
        terms: Those of the topic.
    """
    return any(share >= LEAST_SHARE for _, share in _share_of_topic(hits, terms))


def find_best(evidence: Sequence[Evidence], articles: Sequence[Hit]) -> tuple[Evidence, ...]:
    """Return the best sentence of each of some articles, the best one first.

    Args:
        evidence: Best first.
        articles: A hit of each.
    """
    best: dict[str, Evidence] = {}
    for item in evidence:
        best.setdefault(item.hit.article.article_id, item)
    wanted = {hit.article.article_id for hit in articles}
    return tuple(item for article_id, item in best.items() if article_id in wanted)


def open_articles(hits: Iterable[Hit], library: Library) -> tuple[Hit, ...]:
    """Return the first passages of the articles of some hits, in their order."""
    return tuple(
        replace(hit, passage=passage, sentence_cosines=(), copies=())
        for hit in hits
        for passage in library.passages(hit.article.article_id)[:LEAD_PASSAGES]
    )


def describe_overview(leads: Sequence[Evidence], total: int | None = None) -> str:
    """Return one line that says what an overview is made of.

    Args:
        leads: What is quoted.
        total: How many articles there are; None where articles were looked for.
    """
    shown = {lead.hit.article.article_id for lead in leads}
    told = shown.union(copy.article_id for lead in leads for copy in lead.hit.copies)
    if total is None:
        found = "article" if len(shown) == 1 else f"{len(shown)} articles"
        return f"An overview: how the {found} found {_begin(len(shown))}."
    if total == 1:
        return "An overview: how the article begins."
    if len(told) >= total:
        return f"An overview: how each of the {total} articles begins."
    newest = "newest" if len(shown) == 1 else f"{len(shown)} newest"
    return f"An overview: how the {newest} of {total:,} articles {_begin(len(shown))}."


def describe_sayings(sentences: Sequence[Evidence]) -> str:
    """Return one line that says what an overview of a topic is made of."""
    return f"An overview: one sentence of each of the {len(sentences)} articles found."


def _begin(count: int) -> str:
    return "begins" if count == 1 else "begin"


def _share_of_topic(hits: Sequence[Hit], terms: QuestionTerms) -> list[tuple[Hit, float]]:
    """Return the best hit of each article, or story, and how much of a topic the article has."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.story or hit.article.article_id, hit)
    return [
        (hit, terms.coverage(stem_text(f"{hit.article.title} {hit.article.text}")))
        for hit in first.values()
    ]


def _to_evidence(hit: Hit, sentence: Sentence, place: int) -> Evidence:
    copies = tuple(
        copy for copy in hit.copies if copy.sentences is None or sentence.start in copy.sentences
    )
    score = -float(place)
    return Evidence(hit, sentence.start, sentence.end, sentence.text, score, (), copies)


def _choose_leads(sentences: Sequence[Evidence], count: int) -> tuple[Evidence, ...]:
    """Return the first sentence of an article that states something, and what follows it.

    What speaks to a machine is left out.
    """
    told = withhold_orders(sentences, "")
    first = next((i for i, item in enumerate(told) if _states_something(item.text)), 0)
    return told[first : first + count]


def _states_something(text: str) -> bool:
    return bool(
        len(text) >= LEAST_LEAD_CHARS and _ENDS_SENTENCE.search(text) and not _BYLINE.match(text)
    )
