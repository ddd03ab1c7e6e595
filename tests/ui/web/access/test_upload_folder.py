"""The folder of uploads, and what a killed server left of it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ui.web.access.upload_folder import current_upload_folder, make_upload_folder

KILLED = """
import os, signal
from ui.web.access.upload_folder import current_upload_folder, make_upload_folder
with make_upload_folder():
    (current_upload_folder() / "upload").write_text("x")
    print(current_upload_folder())
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    return tmp_path


def test_a_folder_goes_with_its_server(place: Path) -> None:
    with make_upload_folder():
        folder = current_upload_folder()
        assert folder
        assert folder.parent == place
        (folder / "upload").write_text("x")
    assert list(place.iterdir()) == []
    assert current_upload_folder() is None


def test_the_folder_of_a_killed_server_goes_with_the_next(place: Path) -> None:
    for _ in range(3):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED], capture_output=True, text=True, check=False
        )
        left = Path(killed.stdout.strip())
        assert [path.name for path in place.iterdir()] == [left.name]
    (place / "onrecord-uploads-mine").mkdir()  # without a lock: nobody knows whose
    (place / "onrecord-uploads-link").symlink_to(left)
    with make_upload_folder():
        one = current_upload_folder()
        with make_upload_folder():  # a second server leaves the first one alone
            assert one
            assert one.is_dir()
        assert not left.exists()
    assert {path.name for path in place.iterdir()} == {
        "onrecord-uploads-mine",
        "onrecord-uploads-link",
    }
