"""OnRecord from Python: ask a folder of news articles, get sentences with citations.

    from pathlib import Path

    from onrecord import Library, ask

    with Library.open_or_create(".onrecord") as library:
        library.add(Path("articles"))
    print(ask("what did Russia say in response?", library=".onrecord").text)

This package is the public surface: what is listed in ``__all__``, and what those objects document.
``index``, ``rag`` and ``ui`` hold the parts and may change. Everything is imported when it is first
used, since NumPy, LangChain and the encoders take a while.
"""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.catalogue import Catalogue
    from index.curation.changes import ChangeKind, SentenceChange
    from index.curation.versions import Changes
    from index.doctor import Finding, State, check_library
    from index.encoding.encoders import Embedder, HashEmbedder, TokenEmbedder, load_embedder
    from index.errors import (
        AddressRefusedError,
        ArticleFormatError,
        ArticleNotFoundError,
        BackupError,
        ColumnError,
        EditError,
        EncoderError,
        EncoderMismatchError,
        FeedbackError,
        FetchError,
        FolderError,
        LibraryBusyError,
        LibraryDamagedError,
        LibraryEmptyError,
        LibraryNotFoundError,
        LibraryStorageError,
        LibraryVersionError,
        OnRecordError,
        RemovalNotFoundError,
        SubscriptionError,
        TimeLimitError,
        VersionNotFoundError,
    )
    from index.fetching.page_validators import PageValidators
    from index.fetching.subscriptions import Subscriptions
    from index.language.stance import Stance
    from index.language.statements import StatementKind
    from index.ledger.counts import Count, CountedArticle
    from index.ledger.dated import DatedEntry, DatedPage, DayBasis
    from index.ledger.people import Entity, EntityPage, Role
    from index.ledger.said import Coverage, FoundStatement, StatementPage, StatementPlace
    from index.library import Library
    from index.record.browse import Page, Period, Tally
    from index.record.edits import Edit, NameDecision
    from index.record.feedback import Feedback, FeedbackStore, Rating
    from index.record.fetched_pages import Subscription, Validators
    from index.record.removals import Removal
    from index.record.rows import ArticleSummary, LibraryStatistics
    from index.record.versions import ArticleVersion
    from index.remedies import Remedy
    from index.stories.stories import CopyKind, Story, StoryMember
    from index.types import (
        AddProgress,
        AddReport,
        Article,
        Copy,
        EncoderIdentity,
        EncoderInput,
        Filter,
        Hit,
        Passage,
        PassageVectors,
        Sentence,
        Skip,
        TokenVectors,
    )
    from rag.answering.comparison import (
        Comparison,
        FigureGroup,
        GivenFigure,
        Position,
        Side,
        compare,
    )
    from rag.assistant import Assistant, ask
    from rag.drafts.check import check_draft
    from rag.drafts.checked import CheckedQuotation, CheckedSentence, DraftCheck, DraftVerdict
    from rag.drafts.wording import Piece, Wording
    from rag.errors import ModelCallError, ModelError, QuestionError, ReaderError, SettingsError
    from rag.retriever import LibraryRetriever
    from rag.settings import Settings
    from rag.types import (
        Answer,
        Answered,
        AnswerPart,
        Citation,
        Claim,
        Conflict,
        Section,
        Support,
        Turn,
    )
    from rag.verification.text_pair import Reason, ReasonKind
    from rag.verification.verdict import Verdict
    from rag.verify import verify

__version__: str

_NAMES_IN = {
    "index.catalogue": "Catalogue",
    "index.curation.changes": "ChangeKind SentenceChange",
    "index.curation.versions": "Changes",
    "index.doctor": "Finding State check_library",
    "index.encoding.encoders": "Embedder HashEmbedder TokenEmbedder load_embedder",
    "index.errors": (
        "AddressRefusedError ArticleFormatError ArticleNotFoundError BackupError ColumnError "
        "EditError EncoderError EncoderMismatchError FeedbackError FetchError FolderError "
        "LibraryBusyError LibraryDamagedError LibraryEmptyError LibraryNotFoundError "
        "LibraryStorageError LibraryVersionError OnRecordError RemovalNotFoundError "
        "SubscriptionError TimeLimitError VersionNotFoundError"
    ),
    "index.fetching.page_validators": "PageValidators",
    "index.fetching.subscriptions": "Subscriptions",
    "index.language.stance": "Stance",
    "index.language.statements": "StatementKind",
    "index.ledger.counts": "Count CountedArticle",
    "index.ledger.dated": "DatedEntry DatedPage DayBasis",
    "index.ledger.people": "Entity EntityPage Role",
    "index.ledger.said": "Coverage FoundStatement StatementPage StatementPlace",
    "index.library": "Library",
    "index.record.browse": "Page Period Tally",
    "index.record.edits": "Edit NameDecision",
    "index.record.feedback": "Feedback FeedbackStore Rating",
    "index.record.fetched_pages": "Subscription Validators",
    "index.record.removals": "Removal",
    "index.record.versions": "ArticleVersion",
    "index.record.rows": "ArticleSummary LibraryStatistics",
    "index.remedies": "Remedy",
    "index.stories.stories": "CopyKind Story StoryMember",
    "index.types": (
        "AddProgress AddReport Article Copy EncoderIdentity EncoderInput Filter Hit Passage "
        "PassageVectors Sentence Skip TokenVectors"
    ),
    "rag.answering.comparison": "Comparison FigureGroup GivenFigure Position Side compare",
    "rag.assistant": "Assistant ask",
    "rag.drafts.check": "check_draft",
    "rag.drafts.checked": "CheckedQuotation CheckedSentence DraftCheck DraftVerdict",
    "rag.drafts.wording": "Piece Wording",
    "rag.errors": "ModelCallError ModelError QuestionError ReaderError SettingsError",
    "rag.retriever": "LibraryRetriever",
    "rag.settings": "Settings",
    "rag.types": "Answer Answered AnswerPart Citation Claim Conflict Section Support Turn",
    "rag.verification.text_pair": "Reason ReasonKind",
    "rag.verification.verdict": "Verdict",
    "rag.verify": "verify",
}
_HOMES = {name: module for module, names in _NAMES_IN.items() for name in names.split()}

__all__ = [
    "AddProgress",
    "AddReport",
    "AddressRefusedError",
    "Answer",
    "AnswerPart",
    "Answered",
    "Article",
    "ArticleFormatError",
    "ArticleNotFoundError",
    "ArticleSummary",
    "ArticleVersion",
    "Assistant",
    "BackupError",
    "Catalogue",
    "ChangeKind",
    "Changes",
    "CheckedQuotation",
    "CheckedSentence",
    "Citation",
    "Claim",
    "ColumnError",
    "Comparison",
    "Conflict",
    "Copy",
    "CopyKind",
    "Count",
    "CountedArticle",
    "Coverage",
    "DatedEntry",
    "DatedPage",
    "DayBasis",
    "DraftCheck",
    "DraftVerdict",
    "Edit",
    "EditError",
    "Embedder",
    "EncoderError",
    "EncoderIdentity",
    "EncoderInput",
    "EncoderMismatchError",
    "Entity",
    "EntityPage",
    "Feedback",
    "FeedbackError",
    "FeedbackStore",
    "FetchError",
    "FigureGroup",
    "Filter",
    "Finding",
    "FolderError",
    "FoundStatement",
    "GivenFigure",
    "HashEmbedder",
    "Hit",
    "Library",
    "LibraryBusyError",
    "LibraryDamagedError",
    "LibraryEmptyError",
    "LibraryNotFoundError",
    "LibraryRetriever",
    "LibraryStatistics",
    "LibraryStorageError",
    "LibraryVersionError",
    "ModelCallError",
    "ModelError",
    "NameDecision",
    "OnRecordError",
    "Page",
    "PageValidators",
    "Passage",
    "PassageVectors",
    "Period",
    "Piece",
    "Position",
    "QuestionError",
    "Rating",
    "ReaderError",
    "Reason",
    "ReasonKind",
    "Remedy",
    "Removal",
    "RemovalNotFoundError",
    "Role",
    "Section",
    "Sentence",
    "SentenceChange",
    "Settings",
    "SettingsError",
    "Side",
    "Skip",
    "Stance",
    "State",
    "StatementKind",
    "StatementPage",
    "StatementPlace",
    "Story",
    "StoryMember",
    "Subscription",
    "SubscriptionError",
    "Subscriptions",
    "Support",
    "Tally",
    "TimeLimitError",
    "TokenEmbedder",
    "TokenVectors",
    "Turn",
    "Validators",
    "Verdict",
    "VersionNotFoundError",
    "Wording",
    "__version__",
    "ask",
    "check_draft",
    "check_library",
    "compare",
    "load_embedder",
    "verify",
]


def check_packages(*names: str) -> None:
    """Check that an import of our other packages finds ours, and not a user's file of that name.

    Raises:
        ImportError: If another file comes first on the path; the message names it.
    """
    ours = Path(__file__).resolve().parents[1]
    for name in names:
        try:
            spec = importlib.util.find_spec(name)
        except ValueError:  # something without a specification stands in ``sys.modules``
            spec = None
        found = spec.origin if spec and spec.origin else "something else"
        if Path(found).resolve() != ours / name / "__init__.py":
            raise ImportError(
                f"onrecord needs its own package '{name}', but Python finds '{found}' under that"
                f" name; rename it, or start Python with -P if it is in the working folder",
                name=name,
            )


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = _read_version()
    elif name in _HOMES:
        check_packages("index", "rag")
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'onrecord' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def _read_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("onrecord")
    except PackageNotFoundError:
        return "not installed"
