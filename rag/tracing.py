"""Switches LangChain's tracing off for our runs and leaves it alone for everybody else's.

A variable in the environment is enough to make LangChain send every question and the text of
articles to a service. A program that uses OnRecord may want that for its own runs, so the
environment stays as it is, and each of our runs is shielded by itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.runnables.config import (
    RunnableConfig,
    ensure_config,
    var_child_runnable_config,
)
from langchain_core.tracers.context import tracing_v2_callback_var
from langchain_core.tracers.evaluation import EvaluatorCallbackHandler
from langchain_core.tracers.langchain import LangChainTracer

_Item = TypeVar("_Item")


@contextmanager
def tracing_off() -> Generator[None, None, None]:
    """Keep LangChain from tracing what runs inside, whatever the environment or a caller says."""
    from langsmith.run_helpers import tracing_context

    config = var_child_runnable_config.set(None)
    tracer = tracing_v2_callback_var.set(None)
    try:
        with tracing_context(enabled=False, parent=False):
            yield
    finally:
        tracing_v2_callback_var.reset(tracer)
        var_child_runnable_config.reset(config)


def each_untraced(items: Iterator[_Item]) -> Generator[_Item, None, None]:
    """Yield the items of an iterator that runs with tracing off; closing this closes it.

    A generator shares the context of whoever asks for its next item, so tracing is switched off
    for each item and is back on while the caller has it.
    """
    try:
        while True:
            with tracing_off():
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item
    finally:
        if isinstance(items, Generator):
            with tracing_off():
                items.close()


def without_tracers(config: RunnableConfig | None) -> RunnableConfig:
    """Return a config, and what it inherits from the caller's run, without LangSmith's tracers.

    Other callbacks stay: whoever passes them wants them called.
    """
    config = ensure_config(config)
    callbacks = config.get("callbacks")
    if isinstance(callbacks, BaseCallbackManager):
        kept = callbacks.copy()
        for handler in filter(_is_tracer, callbacks.handlers):
            kept.remove_handler(handler)
        config["callbacks"] = kept
    elif callbacks:
        config["callbacks"] = [handler for handler in callbacks if not _is_tracer(handler)]
    return config


def _is_tracer(handler: BaseCallbackHandler) -> bool:
    return isinstance(handler, (LangChainTracer, EvaluatorCallbackHandler))
