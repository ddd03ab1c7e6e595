"""OnRecord's answers: ask a library of articles, get sentences with citations.

It knows ``index`` and nothing of a terminal or a page. The assistant is imported when it is first
used, since LangChain takes a while to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.settings import Settings
from rag.types import Answer, Citation, Claim, Conflict, Support, Turn

if TYPE_CHECKING:
    from rag.assistant import Assistant, ask

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "Claim",
    "Conflict",
    "Settings",
    "Support",
    "Turn",
    "ask",
]


def __getattr__(name: str) -> object:
    if name not in {"Assistant", "ask"}:
        raise AttributeError(f"module 'rag' has no attribute '{name}'")
    from rag import assistant

    value: object = getattr(assistant, name)
    return value


def __dir__() -> list[str]:
    return __all__
