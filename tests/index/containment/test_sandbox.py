"""What a parser that has been taken over can reach: nothing, or it is said and refused."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from attacking_loader import ATTACKS
from index.containment.isolated_loader import IsolatedLoader
from index.containment.probe import REACHES, describe_reach, find_reach
from index.formats.files import SourceFile, find_files
from index.types import Article, Skip

TESTS = Path(__file__).resolve().parents[2]
NOBODY = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()


def find_interpreter(user: int) -> str:
    """Return a Python of this version that a user may run; root's own may lie in its home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        command = [name, "-c", "import sys; sys.exit(sys.version_info[:2] != %r)"]
        command[-1] %= (sys.version_info[:2],)
        try:
            ended = subprocess.run(
                command, user=user, capture_output=True, check=False, env={}, cwd="/"
            )
        except OSError:
            continue
        if ended.returncode == 0:
            return name
    raise AssertionError(f"no {version} that user {user} may run")


USERS = pytest.mark.parametrize(
    "user", sorted({os.geteuid(), NOBODY}), ids=lambda user: f"uid{user}"
)
NOTHING = {
    "got": [],
    "reach": [],
    "is_same": True,
    "changed": False,
    "survivors": [],
    "bystander": None,
    "called": [False, False],
}


def attack(user: int, loader: str = "attacking_loader:load", code: str = "") -> dict[str, object]:
    """Return what an attacker got from a user's process, as root if this is run by it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "prey"
        folder.mkdir()
        if code:
            (Path(name) / "without.py").write_text(code, "utf-8")
        for made in (folder.parent, folder):
            os.chown(made, user, -1)
        ended = subprocess.run(
            [find_interpreter(user), TESTS / "attacked_host.py", folder, loader],
            user=user,
            extra_groups=[] if os.geteuid() == 0 else None,
            capture_output=True,
            check=False,
            cwd="/",
            env={
                "PATH": os.defpath,
                "HOME": name,
                "OPENAI_API_KEY": "secret",
                "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), name]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        told: dict[str, object] = json.loads(ended.stdout)
    return told


@USERS
def test_an_attacker_gets_nothing(user: int) -> None:
    assert len(ATTACKS) > 240
    assert attack(user) == NOTHING


# Stands in for what is not believed to hold alone: without it, the other layers do.
WITHOUT = """
import resource, sys
from attacking_loader import load
from index.containment import sandbox

sandbox._drop_capabilities = lambda: None
sandbox.refuse = lambda *_: None
sandbox.Alarm.set = lambda _: None
"""


@USERS
def test_an_attacker_gets_nothing_by_capabilities_or_without_the_hook(user: int) -> None:
    assert attack(user, "without:load", WITHOUT) == NOTHING


# Stands in for a system that lacks something: it takes a layer away before the rest is confined.
CRIPPLED = """
from index.containment import sandbox
from index.formats.load import load_file, warm_up

def fail(*_):
    raise OSError("this kernel has none")

sandbox.{layer} = fail
"""

LAYERS = {
    "restrict_files": ("other files",),
    "restrict_system_calls": REACHES[2:],
    "_drop_capabilities": (),
}


@pytest.fixture(params=LAYERS)
def layer(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def cripple(
    layer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., IsolatedLoader]:
    """Return a function that makes a loader whose process lacks a layer."""
    (tmp_path / f"without{layer}.py").write_text(CRIPPLED.format(layer=layer), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return lambda **options: IsolatedLoader(loader=f"without{layer}:load_file", **options)


def write(path: Path, content: str | bytes) -> SourceFile:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,) = find_files([path])
    assert isinstance(found, SourceFile)
    return found


def make_pdf(words: str) -> bytes:
    from fpdf import FPDF

    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.multi_cell(0, text=words)
    return bytes(document.output())


SENTENCE = "The harbour of Port Elin closed on Monday because of the ice on the river."


def test_what_does_not_hold_is_said_and_binary_files_are_refused(
    layer: str, cripple: Callable[..., IsolatedLoader], tmp_path: Path
) -> None:
    document = write(tmp_path / "a.pdf", make_pdf(SENTENCE))
    with cripple() as loader:
        ((_, found),) = loader.load(document, 1_000_000)
        reach = loader.reach
        assert loader.has_failed is bool(LAYERS[layer])
    assert set(LAYERS[layer]) <= set(reach)
    if not LAYERS[layer]:
        assert isinstance(found, Article)  # the other layers hold by themselves
        return
    assert isinstance(found, Skip)
    assert describe_reach(reach) in found.reason
    assert "--unconfined" in found.reason


def test_who_wants_it_gets_binary_files_read_all_the_same(
    layer: str, cripple: Callable[..., IsolatedLoader], tmp_path: Path
) -> None:
    document = write(tmp_path / "a.pdf", make_pdf(SENTENCE))
    with cripple(unconfined=True) as loader:
        ((_, found),) = loader.load(document, 1_000_000)
        assert isinstance(found, Article)
        assert found.text.strip() == SENTENCE
        assert set(LAYERS[layer]) <= set(loader.reach)


def test_text_is_read_without_every_layer(
    layer: str, cripple: Callable[..., IsolatedLoader], tmp_path: Path
) -> None:
    del layer
    page = write(tmp_path / "a.html", f"<html><title>Ice</title><p>{SENTENCE}</p></html>")
    with cripple() as loader:
        ((_, found),) = loader.load(page, 1_000_000)
        assert isinstance(found, Article)
        assert not loader.has_failed


@pytest.mark.parametrize("layer", ["restrict_files"], indirect=True)
def test_a_binary_file_inside_a_text_is_refused(
    cripple: Callable[..., IsolatedLoader], tmp_path: Path
) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "Ice", "desk@gazette.example"
    mail.set_content(SENTENCE)
    mail.add_attachment(make_pdf(SENTENCE), maintype="application", subtype="pdf", filename="a.pdf")
    with cripple() as loader:
        (_, article), (_, skip) = loader.load(write(tmp_path / "a.eml", bytes(mail)), 1_000_000)
        assert loader.has_failed  # so that the mail is read again when it can be read as a whole
    assert isinstance(article, Article)
    assert isinstance(skip, Skip)
    assert skip.source.endswith("a.eml!a.pdf")
    assert "--unconfined" in skip.reason


def test_nothing_is_known_to_hold_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert find_reach() == REACHES


def test_this_process_is_not_confined() -> None:
    assert find_reach() == REACHES if sys.platform == "linux" else True
