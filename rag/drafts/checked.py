"""What is found about a draft: its sentences and quotations as checked. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from rag.drafts.wording import Wording
from rag.types import Citation


class DraftVerdict(StrEnum):
    """What the articles make of a sentence of a draft."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    OUTDATED = "outdated"
    """The articles said so, and corrected it since."""
    ATTRIBUTED = "attributed otherwise"
    """Another says so, or somebody says what the draft states as a fact."""
    NO_SOURCE = "without a source"
    NOT_CHECKED = "nothing to check"


@dataclass(frozen=True, slots=True)
class CheckedQuotation:
    """A quotation of a draft.

    Attributes:
        start: First code point in the draft, inside the marks.
        end: One past the last.
        text: The words.
        is_exact: Whether an article has them, word for word.
        wording: What an article has instead; None if it has them, or nothing like them.
        citation: Where; None if nowhere.
    """

    start: int
    end: int
    text: str
    is_exact: bool
    wording: Wording | None = None
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of a draft and what the articles make of it.

    Attributes:
        start: First code point in the draft.
        end: One past the last.
        text: The sentence.
        verdict: What the articles make of it.
        reason: Why, in one line; empty if it is supported.
        span: (start, end) in the draft of the words that the reason is about, or None.
        citations: The passages nearest to it, the deciding one first; ``answer_span`` is the
            sentence that says most of it.
        corrections: What corrects that passage.
        answers: What those say whom that passage accuses.
        quotations: Its quotations, titles of works left out.
    """

    start: int
    end: int
    text: str
    verdict: DraftVerdict
    reason: str = ""
    span: tuple[int, int] | None = None
    citations: tuple[Citation, ...] = ()
    corrections: tuple[Citation, ...] = ()
    answers: tuple[Citation, ...] = ()
    quotations: tuple[CheckedQuotation, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """A draft and what the articles make of it.

    Attributes:
        title: Its title or file; may be empty.
        n_sentences: How many sentences it has.
        sentences: Those that were checked, in order: all, unless the check was stopped.
    """

    title: str
    n_sentences: int
    sentences: tuple[CheckedSentence, ...]

    @property
    def counts(self) -> dict[DraftVerdict, int]:
        """How many sentences there are of each verdict."""
        found = Counter(sentence.verdict for sentence in self.sentences)
        return {verdict: found[verdict] for verdict in DraftVerdict}
