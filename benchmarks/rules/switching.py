"""Puts neutral functions in the place of rules, and watches where a rule takes part."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.rules.rules import Rule
from index.library import Library
from index.types import Filter, Hit

_REPLACED_IN = ("index", "rag", "ui", "benchmarks.answers.follow_ups")


@contextmanager
def replaced(function: Callable[..., Any], other: Callable[..., Any]) -> Iterator[None]:
    """Put another function under every name that our modules have for one."""
    places = [
        (module, name)
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").split(".")[0] in _REPLACED_IN
        or getattr(module, "__name__", "") in _REPLACED_IN
        for name, value in list(vars(module).items())
        if value is function
    ]
    if not places:
        raise LookupError(f"no module has {function.__name__}")
    try:
        for module, name in places:
            setattr(module, name, other)
        yield
    finally:
        for module, name in places:
            setattr(module, name, function)


@contextmanager
def switched_off(rule: Rule) -> Iterator[None]:
    """Run whatever is inside without a rule."""
    if rule.function is None or rule.neutral is None:
        yield
        return
    with replaced(rule.function, rule.neutral):
        yield


@dataclass
class Watch:
    """Notes which questions a rule takes part in.

    Attributes:
        taking_part: Name of a rule -> positions of questions.
    """

    taking_part: dict[str, set[int]] = field(default_factory=dict)
    position: int = 0
    _busy: bool = False

    @contextmanager
    def over(self, rules: Sequence[Rule]) -> Iterator[None]:
        """Watch rules while questions are being asked."""
        by_function: dict[Callable[..., Any], list[Rule]] = {}
        for rule in rules:
            if rule.function is not None:
                by_function.setdefault(rule.function, []).append(rule)
        with ExitStack() as stack:
            for function, own in by_function.items():
                stack.enter_context(replaced(function, self._watched(function, own)))
            yield

    def _watched(self, function: Callable[..., Any], rules: Sequence[Rule]) -> Callable[..., Any]:
        def watched(*args: Any, **named: Any) -> Any:  # noqa: ANN401
            if self._busy:
                return function(*args, **named)
            if any(isinstance(value, Iterator) for value in args):
                args = tuple(list(v) if isinstance(v, Iterator) else v for v in args)
            found = function(*args, **named)
            self._busy = True
            try:
                for rule in rules:
                    known = self.taking_part.setdefault(rule.name, set())
                    if rule.neutral is None or self.position in known:
                        continue
                    if not _same(found, rule.neutral(*args, **named)):
                        known.add(self.position)
            finally:
                self._busy = False
            return found

        return watched


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


class RememberedSearch:
    """Searches that were made before, unless the rules of searching have changed."""

    def __init__(self) -> None:
        self._search = Library.search
        self._known: dict[tuple[str, str, int], tuple[Hit, ...]] = {}
        self.state = ""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Make every library remember."""
        remember = self

        def search(
            self: Library, query: str, k: int = 10, *, only: Filter | None = None
        ) -> tuple[Hit, ...]:
            if only:
                return remember._search(self, query, k, only=only)
            key = (remember.state, query, k)
            if key not in remember._known:
                remember._known[key] = remember._search(self, query, k)
            return remember._known[key]

        Library.search = search  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            del Library.search
