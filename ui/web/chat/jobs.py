"""Additions that go on in the background: files, web pages, feeds, folders that are followed.

They outlast the page that began them, but not the server. What was skipped can be tried again.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from index.errors import OnRecordError
from index.types import AddProgress, AddReport
from index.watch import SyncReport

Report: TypeAlias = "AddReport | SyncReport"
Step: TypeAlias = "AddProgress | AddReport | SyncReport | OnRecordError"
"""How far a job is; at the end its report, or why it failed."""

AT_ONCE = 4
MAX_KEPT = 20
"""Jobs of one owner that are remembered; beyond it the oldest that have ended are not."""
MAX_UNDER_WAY = 10
"""Jobs of one owner that run or wait."""

EVERYBODY = ""
"""The owner of the server's own jobs, which all see and may try again."""


@dataclass
class Job:
    """An addition.

    Attributes:
        job_id: 32 hexadecimal digits.
        owner: Whose it is.
        name: What is added, in words.
        work: Does it, and tells how far it is.
        discard: Called once when it will not be tried again.
        keys: Feeds or folders that it is about; none for others.
        is_retriable: Whether what it needs is kept.
        step: The latest step; None while it waits.
        now: What it does just now, such as the address that is fetched; mostly empty.
        ended_at: When it ended; None while it is under way.
    """

    job_id: str
    owner: str
    name: str
    work: Callable[[Job], Report]
    discard: Callable[[], None]
    keys: tuple[str, ...] = ()
    is_retriable: bool = True
    step: Step | None = None
    now: str = ""
    ended_at: datetime | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    @property
    def has_left_out(self) -> bool:
        """Whether it has ended and something was left out."""
        return not self.is_under_way and _has_left_out(self.step)

    @property
    def can_retry(self) -> bool:
        """Whether what was left out can be tried again."""
        return self.is_retriable and self.has_left_out

    def let_go(self) -> None:
        """Discard what it was about, unless that was done: a new upload may have its name."""
        with self.changed:
            discard, self.discard = self.discard, lambda: None
        discard()

    def tell(self, step: Step, *, is_end: bool = False) -> None:
        """Note how far it is."""
        with self.changed:
            self.step = step
            if is_end:
                self.now, self.ended_at = "", datetime.now(UTC)
            self.changed.notify_all()

    def snapshot(self) -> Job:
        """Return it as it is now, which does not change any more."""
        with self.changed:
            return copy(self)

    def wait(self, seen: Step | None) -> Step:
        """Return its latest step, as soon as that is another than the one that was seen."""
        with self.changed:
            self.changed.wait_for(lambda: self.step is not None and self.step is not seen)
            assert self.step is not None  # noqa: S101 - waited for
            return self.step

    def wait_for_end(self) -> None:
        """Wait until it has ended."""
        with self.changed:
            self.changed.wait_for(lambda: not self.is_under_way)


class Jobs:
    """The jobs of a server. May be used by several threads at once.

    Args:
        describe_error: Says in a line, for users of the page, why a job failed.
    """

    def __init__(self, describe_error: Callable[[Exception], str]) -> None:
        self._describe_error = describe_error
        self._lock = threading.Lock()
        self._at_once = threading.Semaphore(AT_ONCE)
        self._jobs: list[Job] = []

    def find_all(self, owner: str) -> list[Job]:
        """Return an owner's jobs and the server's, the newest first."""
        with self._lock:
            return [job for job in reversed(self._jobs) if job.owner in {owner, EVERYBODY}]

    def find_current(self, key: str) -> Job | None:
        """Return the job of a feed or folder that is under way, or the newest, whoever began it."""
        with self._lock:
            jobs = [job for job in reversed(self._jobs) if key in job.keys]
        return next((job for job in jobs if job.is_under_way), next(iter(jobs), None))

    def start(
        self,
        owner: str,
        name: str,
        work: Callable[[Job], Report],
        *,
        discard: Callable[[], None] = lambda: None,
        keys: tuple[str, ...] = (),
        is_retriable: bool = True,
    ) -> Job:
        """Begin a job in a thread of its own.

        Args:
            owner: Whose it is.
            name: What is added, in words.
            work: Does it; is given the job to tell it how far it is. May be called again.
            discard: Called once when it will not be called again.
            keys: Feeds or folders: an earlier job of the same ones that has ended is forgotten.
            is_retriable: Whether what it needs is kept when it has ended.

        Raises:
            OnRecordError: If too many of the owner's are under way.
        """
        job = Job(secrets.token_hex(16), owner, name, work, discard, keys, is_retriable)
        with self._lock:
            own = [one for one in self._jobs if one.owner == owner]
            if owner and sum(one.is_under_way for one in own) >= MAX_UNDER_WAY:
                raise OnRecordError(
                    f"{MAX_UNDER_WAY} additions are under way already; wait for one to finish"
                )
            ended = [one for one in own if not one.is_under_way]
            gone = [one for one in ended if keys and one.keys == keys]
            gone += ended[: max(0, len(ended) - len(gone) - MAX_KEPT + 1)]
            self._jobs = [one for one in self._jobs if one not in gone]
            self._jobs.append(job)
        for one in gone:
            one.let_go()
        self._run(job)
        return job

    def retry(self, owner: str, job_id: str) -> Job:
        """Begin a job that has ended again.

        Raises:
            OnRecordError: If the owner sees no such job, or nothing of it was left out.
        """
        job = self._find(owner, job_id)
        with job.changed:
            if not job.can_retry:
                raise OnRecordError("nothing in this addition can be tried again")
            job.step, job.ended_at = None, None
        self._run(job)
        return job

    def dismiss(self, owner: str, job_id: str) -> None:
        """Forget a job of an owner's that has ended."""
        job = self._find(owner, job_id)
        if job.is_under_way or job.owner != owner:
            raise OnRecordError("this addition cannot be taken off the list now")
        with self._lock:
            self._jobs = [one for one in self._jobs if one is not job]
        job.let_go()

    def _find(self, owner: str, job_id: str) -> Job:
        for job in self.find_all(owner):
            if job.job_id == job_id:
                return job
        raise OnRecordError("there is no such addition any more; add what it was about again")

    def _run(self, job: Job) -> None:
        threading.Thread(target=self._work, args=(job,), name="onrecord-add", daemon=True).start()

    def _work(self, job: Job) -> None:
        with self._at_once:
            step: Step
            try:
                step = job.work(job)
            except Exception as error:  # noqa: BLE001 - the page goes on after a bug
                step = OnRecordError(self._describe_error(error))
        if not (job.is_retriable and _has_left_out(step)):
            job.let_go()
        job.tell(step, is_end=True)


def _has_left_out(step: Step | None) -> bool:
    """Return whether a job failed, or skipped something."""
    if isinstance(step, AddReport | SyncReport):
        return not all(skip.is_note for skip in step.skipped)
    return isinstance(step, OnRecordError)
