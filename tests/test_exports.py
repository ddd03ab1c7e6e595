"""What the packages promise to users: names, documented, complete, and light to import."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import index
import onrecord
import rag

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = pytest.mark.parametrize("package", [index, rag, onrecord], ids=lambda p: p.__name__)

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
    for name in set(package.__all__) - {"__version__"}:
        member = getattr(package, name)
        assert inspect.getdoc(member), name
        assert member.__module__.partition(".")[0] in {"index", "rag"}
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


@pytest.mark.parametrize(
    "code",
    [
        "import index",
        "import rag",
        "from index import Article, Passage",
        "from rag import Answer",
        "from onrecord import Article, Settings, OnRecordError, Verdict",
    ],
)
def test_an_import_is_light(code: str) -> None:
    assert HEAVY.isdisjoint(list_modules(code))


def test_importing_the_public_package_imports_nothing_of_ours_nor_numpy() -> None:
    assert {"index", "rag", "ui", "numpy"}.isdisjoint(list_modules("import onrecord"))


def list_modules(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_the_old_names_are_the_same_objects() -> None:
    assert rag.ask is onrecord.ask
    assert index.Library is onrecord.Library


def test_the_three_lists_of_the_public_package_agree() -> None:
    tree = ast.parse(ROOT.joinpath("onrecord", "__init__.py").read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    typed = {
        (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {name for _, name in typed} == set(onrecord.__all__) - {"__version__"}
    for module, name in typed:
        assert getattr(onrecord, name).__module__ == module


def test_every_error_is_public() -> None:
    for package in ("index", "rag"):
        for file in ROOT.joinpath(package).rglob("*.py"):
            if file.name == "errors.py":
                tree = ast.parse(file.read_text("utf-8"))
                named = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
                assert named
                assert named <= set(onrecord.__all__)


def test_no_error_is_defined_elsewhere() -> None:
    known = {name for name in onrecord.__all__ if name.endswith("Error")}
    elsewhere = [
        f"{file.relative_to(ROOT)}: {node.name}"
        for package in ("index", "rag")
        for file in ROOT.joinpath(package).rglob("*.py")
        if file.name != "errors.py"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        and known.intersection(base.id for base in node.bases if isinstance(base, ast.Name))
    ]
    assert elsewhere == []


def list_held(cls: type) -> Iterator[tuple[str, str]]:
    """Each attribute or public method of a class of ours, and a name in the type that it gives."""
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] not in {"index", "rag"}:
            continue
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(node, ast.ClassDef)
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                name, annotation = item.target.id, item.annotation
            elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.returns:
                name, annotation = item.name, item.returns
            else:
                continue
            if not name.startswith("_"):
                yield from ((name, word) for word in list_names(annotation))


def list_names(annotation: ast.expr) -> Iterator[str]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from list_names(ast.parse(node.value, mode="eval").body)


def test_what_the_surface_gives_is_in_it() -> None:
    """Types are told by their names, since most annotations are not evaluated at run time."""
    ours = {
        node.name
        for package in ("index", "rag")
        for file in ROOT.joinpath(package).rglob("*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    public = {name: getattr(onrecord, name) for name in onrecord.__all__}
    missing = {
        f"{name}.{member} -> {word}"
        for name, value in public.items()
        if inspect.isclass(value)
        for member, word in list_held(value)
        if word in ours and word not in public
    } | {
        f"{name}() -> {word}"
        for name, value in public.items()
        if inspect.isfunction(value)
        for word in list_names(ast.parse(value.__annotations__["return"], mode="eval").body)
        if word in ours and word not in public
    }
    assert missing == set()


@pytest.mark.parametrize("name", ["index", "rag"])
def test_a_users_file_of_the_same_name_is_one_clear_error(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text("x = 1\n")
    script = tmp_path / "script.py"
    script.write_text("from onrecord import Library\n")
    environment = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"ImportError: onrecord needs its own package '{name}', but Python finds '{file}' under"
        " that name; rename it, or start Python with -P if it is in the working folder"
    )
    done = subprocess.run(
        [sys.executable, "-m", "onrecord", "version"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: onrecord needs its own package '{name}'")
    assert done.stderr.count("\n") == 1


def test_other_files_of_the_user_do_no_harm(tmp_path: Path) -> None:
    tmp_path.joinpath("ui.py").write_text("x = 1\n")
    tmp_path.joinpath("index").mkdir()  # without an __init__.py, a package elsewhere comes first
    done = subprocess.run(
        [sys.executable, "-c", "import onrecord; print(onrecord.Article.__name__)"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )
    assert done.stdout == "Article\n"


def test_the_module_runs_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "onrecord", "version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == onrecord.__version__
