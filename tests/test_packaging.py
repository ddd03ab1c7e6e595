"""What pyproject.toml, the lock files, the changelog and the Makefile promise each other."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import EntryPoint, packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("index", "onrecord", "rag", "ui")
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[0-9][0-9a-z.]*)"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+(?:\n    # via [^/\\\n]+)?\n"
)


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads(ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: str) -> dict[str, str]:
    """Name and version of every pin of a lock file: a release, its digests, and nothing else."""
    found: dict[str, str] = {}
    text = re.sub(
        r"^#.*\n", "", ROOT.joinpath(lock).read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    while text := text.lstrip("\n"):
        match = PIN.match(text)
        assert match, f"{lock}: no pin with its digests: {text[:80]!r}"
        found[canonicalize_name(match["name"])] = match["version"]
        text = text[match.end() :]
    return found


def imported_modules(package: str) -> Iterator[tuple[str, str]]:
    """File and top-level module of every import in a package, deferred ones included."""
    for path in sorted(ROOT.joinpath(package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            else:
                continue
            for name in names:
                yield str(path.relative_to(ROOT)), name.partition(".")[0]


def test_the_command_is_a_function_of_onrecord(pyproject: dict[str, Any]) -> None:
    value = pyproject["project"]["scripts"]["onrecord"]
    command = EntryPoint(name="onrecord", value=value, group="console_scripts").load()
    assert command.__module__ == "onrecord.__main__"
    assert callable(command)


def test_the_wheel_holds_the_four_packages_with_their_types(pyproject: dict[str, Any]) -> None:
    packages = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(packages) == sorted(PACKAGES)
    for package in packages:
        assert ROOT.joinpath(package, "__init__.py").is_file()
        assert ROOT.joinpath(package, "py.typed").is_file()


def test_every_import_is_a_declared_dependency(pyproject: dict[str, Any]) -> None:
    # What runs a local model or reads scans comes with an extra, and its absence is one line; see
    # test_models and test_load_pdf. What is not installed is known by the module's name.
    extras = pyproject["project"]["optional-dependencies"]
    declared = {
        canonicalize_name(Requirement(line).name)
        for line in (
            *pyproject["project"]["dependencies"],
            *extras["local"],
            *extras["ocr"],
            *extras["postgres"],
        )
    }
    distributions = packages_distributions()
    undeclared = [
        f"{path} imports {module}"
        for package in PACKAGES
        for path, module in imported_modules(package)
        if module not in sys.stdlib_module_names
        and module not in PACKAGES
        and declared.isdisjoint(map(canonicalize_name, distributions.get(module, [module])))
    ]
    assert undeclared == []


def test_the_lock_files_hold_what_is_declared(pyproject: dict[str, Any]) -> None:
    project = pyproject["project"]
    extras = project["optional-dependencies"]
    for lock, lines in (
        ("requirements.lock", project["dependencies"]),
        # The packages of the chat models' providers are their users' affair.
        ("requirements-dev.lock", project["dependencies"] + extras["bench"] + extras["dev"]),
    ):
        locked = pins(lock)
        for requirement in map(Requirement, lines):
            version = locked.get(canonicalize_name(requirement.name))
            assert version, f"{lock} lacks {requirement}; run 'make lock UPGRADE='"
            assert requirement.specifier.contains(version, prereleases=True), str(requirement)


def test_the_lock_files_agree() -> None:
    runtime, everything = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: everything.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_no_gpu_build(lock: str) -> None:
    assert [name for name in pins(lock) if name.startswith(("nvidia-", "cuda-"))] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_any_build_of_torch_may_be_installed(lock: str) -> None:
    pin = re.search(
        r"^torch==\S+((?: \\\n    --hash=\S+)+)",
        ROOT.joinpath(lock).read_text("utf-8"),
        re.MULTILINE,
    )
    assert pin
    assert pin[1].count("--hash") > 10


def test_the_package_says_whose_texts_its_reader_learned_from(pyproject: dict[str, Any]) -> None:
    notice = ROOT.joinpath("NOTICE").read_text("utf-8")
    card = ROOT.joinpath("docs/model_card.md").read_text("utf-8")
    data = card[card.index("## Data") : card.index("Attribution:")]
    named = re.findall(r"SQuAD [12]\.[01]|UnAnsQ|ClapNQ|TORQUE|`training/news/`", data)
    assert len(set(named)) == 6
    assert [name for name in named if name.strip("`/") not in notice] == []
    assert "CC BY-SA 4.0" in notice
    shipped = pyproject["project"]["license-files"]
    assert shipped == ["LICENSE", "NOTICE", "docs/model_card.md"]


def test_the_changelog_opens_with_this_version(pyproject: dict[str, Any]) -> None:
    changelog = ROOT.joinpath("CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d[^\]]*)\]", changelog, flags=re.MULTILINE)
    assert versions[0] == pyproject["project"]["version"]


def test_every_make_target_is_explained() -> None:
    makefile = ROOT.joinpath("Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)
    assert phony
    explained = re.findall(r"^([a-z-]+):.*  ## \S", makefile, flags=re.MULTILINE)
    assert sorted(explained) == sorted(phony[1].split())
