"""A worker at a job: it shows that it lives, notices that the job was taken away, gives it back when told to stop.

One thread beside the work does all of that, so that a long step without progress is not taken for a death.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import Error as DatabaseError
from django.db import connection

from evenhand.adapters.store import jobs
from evenhand.adapters.store.models import State
from evenhand.foundation.errors import EvenhandError, InputError
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evenhand.adapters.store.jobs import SomeJob
    from evenhand.adapters.store.models import Job

_log = logging.getLogger("evenhand.worker")
_BEAT_SECONDS = 1.0

stopping = threading.Event()
"""Set when the process was told to stop: the job in hand is put back and the process ends."""


class JobTakenAwayError(Exception):
    """The job was cancelled, or another worker has it: there is nothing left to do."""


class Hand:
    """A job in hand."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._progress: dict[str, Any] = {}
        self._is_lost = threading.Event()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"life-of-{job.pk}", daemon=True)

    def tell(self, **progress: Any) -> None:
        """Say how far it is; the thread writes it down once a second.

        Raises
        ------
        JobTakenAwayError
            Where the job is no longer this worker's.
        """
        self._progress = progress
        if self._is_lost.is_set():
            raise JobTakenAwayError

    def beat(self) -> None:
        """Show life once, and notice whether the job is still this worker's."""
        try:
            if not jobs.show_life(self.job, self._progress):
                self._is_lost.set()
        except DatabaseError:
            _log.warning("the database doesn't answer", extra=_about(self.job))

    def _live(self) -> None:
        try:
            while not self._is_over.wait(_BEAT_SECONDS):
                if stopping.is_set():
                    jobs.put_back(self.job, enqueue)
                    _log.info("put back", extra=_about(self.job))
                    os._exit(0)  # the work may be deep in compiled code; nothing of it is on disk yet
                self.beat()
        finally:
            connection.close()

    @contextmanager
    def held(self) -> Iterator[Hand]:
        """Show life until the work is over."""
        self._thread.start()
        try:
            yield self
        finally:
            self._is_over.set()
            self._thread.join()


@contextmanager
def hold(job: Job) -> Iterator[Hand]:
    """Hold a job while working at it, and log how it went."""
    started = time.monotonic()
    _log.info("started", extra=_about(job))
    try:
        with Hand(job).held() as hand:
            yield hand
    finally:
        _log.info("left", extra={**_about(job), "ms": round(1000 * (time.monotonic() - started))})


def work_at(kind: type[SomeJob], pk: str, work: Callable[[Hand, SomeJob], dict[str, Any]]) -> None:
    """Take a job up if it still waits, and do it; whatever goes wrong ends up on its page.

    Parameters
    ----------
    work
        Returns the fields that the job ends with; `state` among them where that isn't DONE.
    """
    job = jobs.take_up(kind, pk, name_worker())
    if job is None:
        return
    with hold(job) as hand:
        try:
            fields = work(hand, job)
        except JobTakenAwayError:
            return
        except InputError as error:
            jobs.end(job, State.FAILED, problem="\n".join(f"{at}: {said}" for at, said in error.problems.items()))
        except EvenhandError as error:
            jobs.end(job, State.FAILED, problem=str(error))
        except Exception:
            _log.exception("a bug", extra={"job": pk})
            jobs.end(job, State.FAILED, problem="This is a bug in Evenhand; the worker's log has the details.")
        else:
            jobs.end(job, **{"state": State.DONE, **fields})


def name_worker() -> str:
    """Return a name for this process that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _about(job: Job) -> dict[str, Any]:
    return {"job": str(job.pk), "kind": str(job._meta.model_name), "attempt": job.attempt}
