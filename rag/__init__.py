"""OnRecord's answers: ask a library of articles, get sentences with citations.

The assistant is imported when it is first used, since LangChain takes a while to import.
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

_LAZY = ("Assistant", "ask")


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    if name in _LAZY:
        from rag import assistant

        value: object = getattr(assistant, name)
        return value
    raise AttributeError(f"module 'rag' has no attribute '{name}'")
