"""Uploads: only files that were uploaded are taken, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from index.adding.uploads import Upload
from index.errors import OnRecordError
from onrecord import AddProgress, AddReport, HashEmbedder, Library, Skip
from rag import Settings
from sample_sources import PAYLOAD, assert_inert, make_service
from ui.web.chat.service import ChatService
from ui.web.sources.uploads import (
    MAX_FILES,
    MAX_KEPT_BYTES,
    AddRequest,
    UploadedFile,
    add_and_report,
    delete_upload,
    read_uploads,
    render_jobs,
    render_step,
    start_upload,
)
from ui.web.wire import RequestError, read_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ChatService]:
    service = make_service(tmp_path / "library")
    yield service
    service.close()


def arrive(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{abs(hash(name + text)):x}" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return path


def test_only_files_that_were_uploaded_are_taken(tmp_path: Path) -> None:
    folder, secret = tmp_path / "uploads", tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    good = arrive(folder, "a.txt", "text")
    (folder / "here").mkdir()
    (folder / "here" / "link.txt").symlink_to(secret)
    (folder / "loose.txt").write_text("x", "utf-8")
    hostile = [
        str(secret),
        str(folder / "here" / "link.txt"),
        f"{good.parent}/../../secret.txt",
        str(folder),
        str(folder / "loose.txt"),
        "",
        "\0",
        "x" * 4096,
        "/dev/zero",
    ]
    files = [UploadedFile(path=path, name="x.txt") for path in (*hostile, str(good))]
    uploads, skips = read_uploads(files, folder)
    assert [upload.path for upload in uploads] == [good]
    assert len(skips) == len(files) - 1
    assert secret.exists()
    assert read_uploads([], folder) == ([], [])


@pytest.mark.parametrize(
    "files",
    [
        None,
        "x",
        7,
        [None],
        [{}],
        [{"path": 7, "name": "x"}],
        [{"path": "x" * 4097, "name": "x"}],
        [{"path": "x", "name": "x" * 1001}],
        [{"path": "x", "name": "x", "size": 1}],
        [{"path": "x", "name": "x"}] * 401,
    ],
)
def test_what_is_no_list_of_files_is_refused(files: object) -> None:
    with pytest.raises(RequestError, match="an unusable files"):
        read_request(AddRequest, {"do": "add", "files": files})


def test_too_many_files_are_named_and_deleted(tmp_path: Path) -> None:
    paths = [arrive(tmp_path, f"{n}.txt", "text") for n in range(MAX_FILES + 2)]
    files = [UploadedFile(path=str(path), name=path.name) for path in paths]
    uploads, skips = read_uploads(files, tmp_path)
    assert len(uploads) == MAX_FILES
    assert [skip.source for skip in skips] == [f"{MAX_FILES}.txt", f"{MAX_FILES + 1}.txt"]
    assert not paths[-1].exists()


def test_uploads_go_into_the_library_and_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()):
        pass
    service = ChatService(folder, Settings(library=folder))
    files = [arrive(tmp_path / "up", "a.txt", "The tram runs at nine."),
             arrive(tmp_path / "up", "b.pdf", "no")]  # fmt: skip
    job = start_upload(service, "ann", [Upload(f, f.name) for f in files], [Skip("c", "gone")])
    job.wait_for_end()
    report = job.step
    assert isinstance(report, AddReport)
    assert (len(report.added), len(report.skipped)) == (1, 2)
    again = service.jobs.retry("ann", job.job_id)
    again.wait_for_end()
    assert isinstance(again.step, AddReport)
    assert (len(again.step.unchanged), len(again.step.skipped)) == (1, 2)
    service.jobs.dismiss("ann", job.job_id)
    assert not any(path.is_file() for path in (tmp_path / "up").rglob("*"))
    assert service.library().get(report.added[0]).source == "a.txt"
    assert next(iter(service.library().search("tram", 1))).article.article_id == report.added[0]
    service.close()


def test_the_folder_of_a_content_stays_for_the_next_upload_of_it(tmp_path: Path) -> None:
    """Gradio may be about to move the same content, which others upload as well, into it."""
    file = arrive(tmp_path, "a.txt", "text")
    delete_upload(file)
    assert not file.exists()
    assert file.parent.is_dir()
    delete_upload(file)


def test_two_additions_at_once_are_a_clear_message(service: ChatService, tmp_path: Path) -> None:
    from index.record.write_lock import hold_write_lock

    file = arrive(tmp_path / "up", "a.txt", "The tram runs at nine.")
    request = AddRequest(do="add", files=[UploadedFile(path=str(file), name="a.txt")])
    with hold_write_lock(service.folder, wait_seconds=5):
        replies = list(add_and_report(service, "ann", request, tmp_path / "up"))
    assert "Somebody else is adding" in replies[-2]["slots"]["sources-report"]
    assert replies[-1]["done"]
    (job,) = service.jobs.find_all("ann")
    assert isinstance(job.step, OnRecordError)
    assert service.jobs.find_all("ben") == []
    for act in (service.jobs.retry, service.jobs.dismiss):
        with pytest.raises(OnRecordError, match="no such addition"):
            act("ben", job.job_id)
    again = service.jobs.retry("ann", job.job_id)
    again.wait_for_end()
    assert isinstance(again.step, AddReport)
    assert len(again.step.added) == 1
    assert not file.exists()
    with pytest.raises(OnRecordError, match="nothing in this addition"):
        service.jobs.retry("ann", job.job_id)


def test_large_files_are_not_kept(service: ChatService, tmp_path: Path) -> None:
    file = arrive(tmp_path / "up", "a.pdf", "no" * MAX_KEPT_BYTES)
    job = start_upload(service, "ann", [Upload(file, file.name)])
    job.wait_for_end()
    assert not file.exists()
    assert job.has_left_out
    shown = render_jobs(service, [job])
    assert "Try again" not in shown
    assert "add the files again" in shown
    with pytest.raises(OnRecordError, match="nothing"):
        service.jobs.retry("ann", job.job_id)


def test_what_an_addition_says_is_inert() -> None:
    report = AddReport(added=("x",), skipped=tuple(Skip(PAYLOAD, PAYLOAD) for _ in range(105)))
    page = render_step(report, titles=[(PAYLOAD, PAYLOAD)])
    assert_inert(page)
    assert "1 added, 105 skipped." in page
    report = AddReport(added=("x", "y"), superseded=(("a", "x"),), copies=("y",))
    assert (
        "2 added, 1 kept as earlier versions, 1 on a story that other articles cover too."
        in render_step(report)
    )
    assert "and 5 more" in page
    assert_inert(render_step(OnRecordError(PAYLOAD)))
    assert "12 passages" in render_step(AddProgress(3, 5, 12, 1.0))
