"""The parts of an answer: claims, the citations they rest on, and the retrieved passages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from index.plain_data import to_fields
from index.types import Article, Copy, Filter, Hit

REFUSAL = "The articles do not say."
CHOSEN_REFUSAL = "The chosen articles do not say."
UNKNOWN_WORDS = "None of these words occurs in any article."

WHAT_THEY_SAY = "What they do say:"
"""Stands between a refusal and sentences that are about the question and do not answer it."""

_BRACKETED = re.compile(r"[\[\uff3b]([^\[\]\uff3b\uff3d]+)[\]\uff3d]")
_CARRIED = re.compile(r"(?<=\?) \([^()]*\)$")
MAX_NESTED_MARKS = 8
FILLERS = "\u034f\u115f\u1160\u2800\u3164\uffa0"
"""Characters that count as letters or the like but show nothing."""


class Support(StrEnum):
    """What the check of a claim against its citations found."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"


class Answered(StrEnum):
    """How much of a question is answered."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation.

    Attributes:
        role: ``user`` or ``assistant``.
        text: What was said.
    """

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of an article that may answer a question: one sentence, or a few in a row.

    Attributes:
        hit: The retrieved passage that it was chosen from.
        start: First code point in the article's text.
        end: One past the last.
        text: ``hit.article.text[start:end]``.
        score: Log-odds-like score; comparable within one question.
        features: What it was scored by, in the order of ``rag.evidence.sentences.FEATURES``.
        copies: Articles that print the same words.
        answer: (start, end), in the article's text, of the words in it that answer; None if
            no reader marked them.
        likelihood: Probability, in [0, 1], that it answers; None if it was not weighed.
    """

    hit: Hit
    start: int
    end: int
    text: str
    score: float
    features: tuple[float, ...]
    copies: tuple[Copy, ...] = ()
    answer: tuple[int, int] | None = None
    likelihood: float | None = None

    @property
    def marked(self) -> str:
        """The words that a reader marked as the answer; empty if none did."""
        return self.hit.article.text[slice(*self.answer)] if self.answer else ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in an article.

    Attributes:
        number: 1-based; the interface prints it in brackets.
        article_id: The article.
        title: Its title.
        outlet: Its outlet; empty if unknown.
        source: Path or URL.
        published: Its date, or None.
        start: First code point in the article's text.
        end: One past the last.
        quote: ``article.text[start:end]``.
        copies: Other articles that print the same words.
        answer_span: (start, end) in the article's text of the words within the quote that
            answer the question, or None if they were not marked.
        url: Its web address; empty if none is known.
        author: Who wrote it; empty if unknown.
        date_basis: How its date is known, one of ``index.types.DATE_BASES``; empty if it is not.
        page: The page on which the quote begins, from 1, if the document has pages.
    """

    number: int
    article_id: str
    title: str
    outlet: str
    source: str
    published: date | None
    start: int
    end: int
    quote: str
    copies: tuple[Copy, ...] = ()
    answer_span: tuple[int, int] | None = None
    url: str = ""
    author: str = ""
    date_basis: str = ""
    page: int | None = None

    @classmethod
    def of_place(cls, article: Article, start: int, end: int, number: int) -> Citation:
        """Return a citation of ``article.text[start:end]``."""
        return cls(
            number=number,
            article_id=article.article_id,
            title=article.title,
            outlet=article.outlet,
            source=article.source,
            published=article.published,
            start=start,
            end=end,
            quote=article.text[start:end],
            url=article.url,
            author=article.author,
            date_basis=article.date_basis,
            page=article.page_at(start),
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer.

    Attributes:
        text: The statement, without citation marks.
        support: What checking it against its citations found.
        citations: Numbers of the citations that it rests on.
        reason: Why it is not fully supported, or when another place has corrected it; usually
            empty.
        context: Whether it is shown beside what was asked and answers no part of it.
        part: Which part of the question it is about, from 0; see ``Answer.parts``.
    """

    text: str
    support: Support
    citations: tuple[int, ...]
    reason: str = ""
    context: bool = False
    part: int = 0


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A part of a question, and how it was answered.

    Attributes:
        question: The part as it would be asked alone.
        wanted: How much it wants: ``one`` fact, ``several`` items, one fact of ``each`` source, or
            a ``count`` of articles.
        answered: How much of it is answered; ``partly`` while claims of it are still to come.
    """

    question: str
    wanted: str
    answered: Answered

    @property
    def heading(self) -> str:
        """The part without the words in brackets that it was completed with."""
        return _CARRIED.sub("", self.question)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an answer as it is laid out.

    Attributes:
        heading: The part's question; empty if the answer has one part.
        lead: The refusal, if the part is not answered; otherwise empty.
        claims: Those of the part, in reading order; after a lead, they are context.
    """

    heading: str
    lead: tuple[str, ...]
    claims: tuple[Claim, ...]


def lay_out(
    parts: Sequence[AnswerPart],
    claims: Sequence[Claim],
    *,
    refused: bool,
    refusal: str = REFUSAL,
) -> list[Section]:
    """Return the sections of an answer; none while there is nothing to say yet.

    While it grows, parts that nothing is said of yet are left out.

    Args:
        parts: Of the question, as answered.
        claims: Of all parts, in reading order.
        refused: Whether the articles do not say.
        refusal: What is said of a part that is not answered.
    """
    if not claims and not refused:
        return []
    several = len(parts) > 1 and not refused
    sections = []
    for place in range(len(parts) if several else 1):
        own = tuple(claim for claim in claims if claim.part == place)
        is_growing = several and parts[place].answered is Answered.PARTLY
        if is_growing and not own:
            break
        answered = any(not claim.context for claim in own)
        lead = () if answered else (f"{refusal} {WHAT_THEY_SAY}" if own else refusal,)
        sections.append(Section(parts[place].heading if several else "", lead, own))
        if is_growing:
            break
    return sections


def write_sections(sections: Sequence[Section]) -> str:
    """Return the sections of an answer as plain text with numbered marks."""
    blocks = []
    for section in sections:
        said = " ".join([*section.lead, *map(_claim_text, section.claims)])
        blocks.append(f"{defuse_marks(section.heading)}\n{said}" if section.heading else said)
    return "\n\n".join(blocks)


def judge_answered(claims: Sequence[Claim], missing: Sequence[str], *, refused: bool) -> Answered:
    """Return how much of a question its claims answer."""
    if refused or not any(not claim.context for claim in claims):
        return Answered.NO
    return Answered.PARTLY if missing else Answered.YES


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two passages of the articles that disagree about the same thing.

    Attributes:
        kind: ``number``, ``denial`` or ``answer``.
        sides: The words that differ, one for each citation.
        citations: Numbers of the citations that contain them.
    """

    kind: str
    sides: tuple[str, ...]
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or a refusal, with everything needed to check it.

    Attributes:
        question: As it was asked.
        standalone_question: As it was understood, without its conversation.
        refused: Whether the articles do not say.
        claims: In reading order; when refused, nothing but context.
        citations: As they are numbered, which is the order of reading. A refusal has the nearest
            sentences here, which no claim rests on.
        hits: The ranked passages.
        probability: Probability that the articles contain an answer, in [0, 1].
        seconds: Wall time by stage: ``retrieve``, ``answer``, ``total``.
        notice: One line for the user about how the answer came about; usually empty.
        clarification: One line that asks back if the question refers to something not mentioned
            yet; it is then the text of the answer, and nothing was looked up. Usually empty.
        conflicts: Where cited places disagree.
        named_filter: The period, outlet and author that the question named and that were searched;
            usually empty.
        as_of: The day of the newest cited article, if the answer may have changed since.
        model: The chat model that wrote the answer; empty if the articles are quoted.
        tokens: ``sent`` to and ``received`` from a chat model, as far as it reports them.
        missing: What was asked and the articles do not say, in words of the question; usually
            empty.
        parts: The parts that the question was answered in, in order; empty if nothing was looked
            up.
        refusal: What is said of what is not answered: that the articles, or the chosen ones, do
            not say; or why they may say it although they seem not to.
    """

    question: str
    standalone_question: str
    refused: bool
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    probability: float
    seconds: Mapping[str, float] = field(default_factory=dict)
    notice: str = ""
    clarification: str = ""
    conflicts: tuple[Conflict, ...] = ()
    named_filter: Filter = field(default_factory=Filter)
    as_of: date | None = None
    model: str = ""
    tokens: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    parts: tuple[AnswerPart, ...] = ()
    refusal: str = REFUSAL

    @property
    def answered(self) -> Answered:
        """How much of the question the articles answer."""
        return judge_answered(self.claims, self.missing, refused=self.refused)

    @property
    def text(self) -> str:
        """The answer as plain text with numbered marks, as in ``It will close. [1]``."""
        return self.clarification or write_sections(self.sections())

    @property
    def shows_refusal(self) -> bool:
        """Whether it says what is not answered; a question back does not."""
        return not self.clarification and bool(self.refused or self.missing)

    def sections(self) -> list[Section]:
        """Return the answer as it is laid out, part by part; see ``lay_out``."""
        return lay_out(self.parts, self.claims, refused=self.refused, refusal=self.refusal)

    def to_dict(self) -> dict[str, object]:
        """Return the answer as the JSON object that ``onrecord ask --json`` prints."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "refused": self.refused,
            "refusal": self.refusal if self.shows_refusal else "",
            "answered": self.answered.value,
            "missing": list(self.missing),
            "parts": [to_fields(part) for part in self.parts],
            "probability": round(self.probability, 4),
            "text": self.text,
            "notice": self.notice,
            "clarification": self.clarification,
            "filter": {
                "outlets": list(self.named_filter.outlets),
                "authors": list(self.named_filter.authors),
                "since": self.named_filter.since.isoformat() if self.named_filter.since else None,
                "until": self.named_filter.until.isoformat() if self.named_filter.until else None,
            },
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "conflicts": [to_fields(conflict) for conflict in self.conflicts],
            "model": self.model,
            "tokens": dict(self.tokens),
            "claims": [to_fields(claim) for claim in self.claims],
            "citations": [citation_to_dict(citation) for citation in self.citations],
            "passages": [hit_to_dict(hit) for hit in self.hits],
            "seconds": {stage: round(seconds, 4) for stage, seconds in self.seconds.items()},
        }


def _claim_text(claim: Claim) -> str:
    return " ".join([defuse_marks(claim.text), *(f"[{number}]" for number in claim.citations)])


def defuse_marks(text: str) -> str:
    """Return a text of the same length in which nothing looks like a citation mark.

    ``[1]`` and ``[2, 3]`` become ``(1)`` and ``(2, 3)``, full-width brackets included: articles
    and models may write bracketed numbers, but only the interface numbers citations.
    """
    for _ in range(MAX_NESTED_MARKS):
        defused = _BRACKETED.sub(_defuse_bracket, text)
        if defused == text:
            break
        text = defused
    return text


def _defuse_bracket(match: re.Match[str]) -> str:
    inside = match[1]
    if any(c.isnumeric() for c in inside) and not any(
        c.isalpha() and c not in FILLERS for c in inside
    ):
        return f"({inside})"
    return match[0]


def citation_to_dict(citation: Citation) -> dict[str, Any]:
    """Return a citation in its JSON form."""
    return to_fields(citation) | {"copies": [copy_to_dict(copy) for copy in citation.copies]}


def copy_to_dict(copy: Copy) -> dict[str, Any]:
    """Return a copy in its JSON form."""
    fields = to_fields(copy)
    del fields["sentences"]
    return fields


def hit_to_dict(hit: Hit) -> dict[str, object]:
    """Return a passage in its JSON form."""
    article = hit.article
    return {
        "article_id": article.article_id,
        "title": article.title,
        "source": article.source,
        "outlet": article.outlet,
        "published": article.published.isoformat() if article.published else None,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "score": round(hit.score, 4),
        "text": hit.passage.text,
        "copies": [copy_to_dict(copy) for copy in hit.copies],
    }
