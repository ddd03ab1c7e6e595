"""What the packages promise to users: names, documented, and light to import."""

from __future__ import annotations

import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import index
import rag

PACKAGES = pytest.mark.parametrize("package", [index, rag], ids=["index", "rag"])

HEAVY = {
    "faiss",
    "gradio",
    "langchain",
    "langchain_core",
    "onnxruntime",
    "sentence_transformers",
    "tokenizers",
    "torch",
    "transformers",
}


@PACKAGES
def test_every_exported_name_is_there_and_documented(package: ModuleType) -> None:
    for name in package.__all__:
        member = getattr(package, name)
        assert inspect.getdoc(member), name
        assert member.__module__.partition(".")[0] == package.__name__
        assert member.__name__ == name
    assert package.__doc__


@PACKAGES
def test_the_list_is_sorted(package: ModuleType) -> None:
    assert list(package.__all__) == sorted(set(package.__all__))


@PACKAGES
def test_a_star_import_gives_the_list(package: ModuleType) -> None:
    namespace: dict[str, object] = {}
    exec(f"from {package.__name__} import *", namespace)  # noqa: S102
    assert set(package.__all__) <= set(namespace)


@PACKAGES
def test_another_name_is_an_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'x'"):
        _ = package.x


def test_the_contracts_names_are_exported() -> None:
    assert {"Article", "Library", "Passage"} <= set(index.__all__)
    assert {"Answer", "Assistant", "Citation", "Claim", "Settings", "ask"} <= set(rag.__all__)


@pytest.mark.parametrize(
    "code",
    ["import index", "import rag", "from index import Article, Passage", "from rag import Answer"],
)
def test_an_import_is_light(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY.isdisjoint(done.stdout.split())
    assert done.stderr == ""
