"""The stages that set other places of the articles beside the claims of an answer."""

from __future__ import annotations

from rag.answering.conflicts import add_conflicts
from rag.answering.corrections import add_corrections

__all__ = ["add_conflicts", "add_corrections"]
