"""LangChain's tracing is off for runs of ours, and stays on for a program that wants it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.callbacks import BaseCallbackHandler, CallbackManager
from langchain_core.tracers.langchain import LangChainTracer
from langsmith import Client
from langsmith.run_helpers import get_tracing_context

import traced_host
from conftest import ROOT
from onrecord import Article, HashEmbedder, Library
from rag.tracing import each_untraced, tracing_off, without_tracers

BRIDGE = Article("bridge", "Bridge closed", "The Tollen Bridge was closed on Friday. It was old.")


@pytest.mark.slow
def test_nothing_of_a_question_reaches_a_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.create(tmp_path / "library", embedder=HashEmbedder(32)) as library:
        library.add([BRIDGE])
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    ran = subprocess.run(
        [sys.executable, traced_host.__file__, str(tmp_path / "library")],
        # A script's own folder comes first, and that one has folders named as our packages are.
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        timeout=300,
    )
    seen = json.loads(ran.stdout)
    assert int(seen.pop("asked the model")[0]) >= 8
    assert seen.pop("environment") == []
    sent = {name: "".join(bodies) for name, bodies in seen.items()}
    assert "host before" in sent.pop("host before")
    assert "host after" in sent.pop("host after")
    for name in ("quoted", "written"):
        around = sent.pop(f"host: {name}")
        assert "inside" in around
        assert traced_host.QUESTION not in around
    assert set(sent.values()) == {""}
    assert len(sent) == 18


def test_a_generator_is_traced_by_nobody_and_leaves_its_caller_alone() -> None:
    closed = []

    def generate() -> Iterator[object]:
        try:
            while True:
                yield get_tracing_context()["enabled"]
        finally:
            closed.append(get_tracing_context()["enabled"])

    items = each_untraced(generate())
    assert next(items) is False
    assert get_tracing_context()["enabled"] is None
    assert next(items) is False
    items.close()
    assert closed == [False]
    assert get_tracing_context()["enabled"] is None


def test_what_was_set_is_put_back() -> None:
    with tracing_off():
        assert get_tracing_context()["enabled"] is False
    assert get_tracing_context()["enabled"] is None


def test_callbacks_stay_and_tracers_go() -> None:
    client = Client("http://127.0.0.1:1", api_key="none", auto_batch_tracing=False)
    handler, tracer = BaseCallbackHandler(), LangChainTracer(client=client)
    assert without_tracers({"callbacks": [handler, tracer]})["callbacks"] == [handler]
    manager = CallbackManager([handler, tracer], [handler, tracer])
    kept = without_tracers({"callbacks": manager})["callbacks"]
    assert isinstance(kept, CallbackManager)
    assert kept.handlers == kept.inheritable_handlers == [handler]
    assert manager.handlers == [handler, tracer]
