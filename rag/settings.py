"""Settings: flags override the environment, which overrides defaults; unknown names are errors."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from rag.errors import SettingsError

if TYPE_CHECKING:
    from index.types import LibraryPlace

PREFIX = "ONRECORD_"
MAX_QUESTION_CHARS = 2000
MIN_CONTEXT_TOKENS = 512


# A class would be one more name of the public surface.
Encoding = TypedDict("Encoding", {"encoder": str | None, "device": str})  # noqa: UP013
"""How a library gets its encoder; see ``Library.open``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How questions are answered; each field can be set by the variable ``ONRECORD_`` + its name.

    Attributes:
        library: Folder of the library, or its address, ``postgresql://USER@HOST/DATABASE``.
        encoder: Encoder for a new library: a name that ``index.load_embedder`` knows. An
            existing library must have been made with it; empty takes what the library has.
        device: What articles are encoded and passages are read on: ``cpu``, ``cuda``, ``mps``, or
            ``auto`` for the quickest that there is.
        k: Passages to retrieve, at least 1.
        max_claims: Statements in an answer, at least 1; an overview may have twice as many.
        refuse_below: Refuse a question if an answer is less probable than this, in [0, 1]; None
            for the fitted threshold.
        reader: Reader of the passages: ``default``, ``none``, or the hub name or folder of a
            cross-encoder or question-answering model.
        wait_seconds: How long to wait for another process that is writing, at least 0.
        model: Chat model as ``PROVIDER:NAME``, ``local`` or ``local:FILE``; empty to quote.
        base_url: Address of the model's endpoint; empty for its provider's own.
        deadline_seconds: How long an answer with a chat model may take in all, more than 0.
        question_seconds: How long a question may take in all, more than 0.
        context_tokens: Most tokens of prompt and reply together, at least 512; 0 for what is
            usual for the model.
        unconfined: Whether binary formats, such as PDF, are read even if this system cannot
            confine their parsers.
    """

    library: LibraryPlace = Path(".onrecord")
    encoder: str = ""
    device: str = "auto"
    k: int = 10
    max_claims: int = 4
    refuse_below: float | None = None
    reader: str = "default"
    wait_seconds: float = 10.0
    model: str = ""
    base_url: str = ""
    deadline_seconds: float = 60.0
    question_seconds: float = 300.0
    context_tokens: int = 0
    unconfined: bool = False

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            SettingsError: If a value is out of range.
        """
        if self.device != "auto":
            from index.encoding.device import DEVICES

            if self.device not in DEVICES:
                raise SettingsError(
                    f"device must be one of {', '.join(DEVICES)}, got {self.device!r}"
                )
        for name in ("k", "max_claims"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.refuse_below is not None and not 0.0 <= self.refuse_below <= 1.0:
            raise SettingsError(f"refuse_below must be from 0 to 1, got {self.refuse_below}")
        if not 0.0 <= self.wait_seconds < float("inf"):
            raise SettingsError(f"wait_seconds must be at least 0, got {self.wait_seconds}")
        for name in ("deadline_seconds", "question_seconds"):
            if not 0.0 < getattr(self, name) < float("inf"):
                raise SettingsError(f"{name} must be more than 0, got {getattr(self, name)}")
        if self.context_tokens and self.context_tokens < MIN_CONTEXT_TOKENS:
            raise SettingsError(
                f"context_tokens must be at least {MIN_CONTEXT_TOKENS}, got {self.context_tokens}"
            )

    @property
    def encoding(self) -> Encoding:
        """What a library is opened with: ``Library.open(place, **settings.encoding)``."""
        return {"encoder": self.encoder or None, "device": self.device}

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **flags: object) -> Settings:
        """Return the settings of an environment, overridden by flags.

        Args:
            environ: Variables; ``os.environ`` when None. A blank one counts as not set.
            flags: Fields by name; None means not given.

        Raises:
            SettingsError: If a variable with our prefix is unknown or cannot be read.
        """
        environ = os.environ if environ is None else environ
        known = {f"{PREFIX}{field.name.upper()}": field.name for field in fields(cls)}
        values: dict[str, Any] = {}
        for variable, text in environ.items():
            if not variable.startswith(PREFIX):
                continue
            if variable not in known:
                raise SettingsError(
                    f"unknown setting {variable}; known are {', '.join(sorted(known))}"
                )
            name = known[variable]
            if text.strip():
                values[name] = _read(variable, text, _READERS[name])
        values.update({name: value for name, value in flags.items() if value is not None})
        return cls(**values)


def _read_place(text: str) -> LibraryPlace:
    from index.record.database import to_place

    return to_place(text)


def _read_switch(text: str) -> bool:
    switches = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.strip().casefold() not in switches:
        raise ValueError("neither on nor off")
    return switches[text.strip().casefold()]


def _read(variable: str, text: str, reader: Callable[[str], object]) -> object:
    try:
        return reader(text)
    except ValueError as error:
        raise SettingsError(f"{variable} cannot be {text!r}; give it another value") from error


_READERS: Mapping[str, Callable[[str], object]] = {
    "library": _read_place,
    "encoder": str,
    "device": str.strip,
    "k": int,
    "max_claims": int,
    "refuse_below": float,
    "reader": str.strip,
    "wait_seconds": float,
    "model": str.strip,
    "base_url": str.strip,
    "deadline_seconds": float,
    "question_seconds": float,
    "context_tokens": int,
    "unconfined": _read_switch,
}
