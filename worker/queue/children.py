"""Celery's pool with a watch over the start of its child.

The child opens its worker before it says that it is up, and tells its parent in words
why it cannot. What a class of Celery or billiard is overridden for is said at each
method; the names are those of Celery 5.7.
"""

import logging
import os
from functools import partial
from typing import Any, NoReturn

from billiard.connection import Connection
from celery import Celery
from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool, process_initializer
from celery.worker import state

from app.logs import configure_logging
from app.stores.celery_apps import leave_lost_directory
from worker.queue.starts import StartWatch, cause_of_death
from worker.runners.loading import RunnableJobs
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

_FAILURE = 1


def start_child(
    parent: Connection, jobs: RunnableJobs, celery: Celery, hostname: str
) -> None:
    """Make a new process a child that runs jobs; one that cannot ends here.

    Args:
        parent: told why it cannot.
        jobs: what it runs.
        celery: the application.
        hostname: as Celery calls this worker.
    """
    configure_logging(WorkerSettings().log_format)
    try:
        process_initializer(celery, hostname)
        # It declares tasks, which must not be before Celery's own preparations.
        from worker.queue.tasks import start_worker  # noqa: PLC0415

        start_worker(jobs)
    except Exception as error:
        logger.exception("the runners cannot be loaded")
        _end(parent, error)
    parent.close()


def watched_pool(watch: StartWatch, jobs: RunnableJobs) -> type[TaskPool]:
    """Return a pool of children that run these jobs, and that the watch knows."""

    class WatchedPool(TaskPool):  # type: ignore[misc]  # Celery has no types
        Pool = staticmethod(partial(_Children, watch=watch, jobs=jobs))

    return WatchedPool


class _Children(AsynPool):  # type: ignore[misc]  # Celery has no types
    """A pool of one; see the module's text."""

    # Any: whatever Celery gives its pool.
    def __init__(
        self,
        *args: Any,
        watch: StartWatch,
        jobs: RunnableJobs,
        initargs: tuple[Any, ...],
        **options: Any,
    ) -> None:
        self._watch = watch
        self._given = (jobs, *initargs)
        self._words: dict[int, Connection] = {}
        options["initializer"] = start_child
        super().__init__(*args, initargs=initargs, **options)

    # Any: billiard's process.
    def _create_worker_process(self, i: int) -> Any:
        """Give the child a way to say why it ends."""
        leave_lost_directory()
        # Else billiard writes a line of its own into the child's log.
        os.environ.pop("_MP_FORK_LOGLEVEL_", None)
        words, say = self._ctx.Pipe(duplex=False)
        self._initargs = (say, *self._given)
        with say:
            child = super()._create_worker_process(i)
        self._words[child.pid] = words
        self._watch.began(child.pid)
        return child

    def on_process_alive(self, pid: int) -> None:
        """Note that a child is up."""
        super().on_process_alive(pid)
        self._watch.is_up(pid)

    def did_start_ok(self) -> bool:
        """Leave a child that died at once to the watch, not to Celery."""
        return True

    # The base's form.
    def _join_exited_workers(self, shutdown: bool = False) -> list[int]:  # noqa: FBT001, FBT002
        """Note which children have ended."""
        before = list(self._pool)
        codes: list[int] = super()._join_exited_workers(shutdown)
        for child in before:
            if child not in self._pool:
                with self._words.pop(child.pid) as words:
                    why = _heard(words) or cause_of_death(child.exitcode)
                if not shutdown:
                    self._watch.ended(child.pid, why)
        return codes

    def _repopulate_pool(self, exitcodes: list[int]) -> None:
        """Start a child in the place of a dead one, or end this worker."""
        if self._watch.verdict is None:
            super()._repopulate_pool(exitcodes)
        else:
            state.should_terminate = _FAILURE


def _heard(words: Connection) -> str | None:
    """Return what a child said that has ended."""
    try:
        return str(words.recv()) if words.poll() else None
    except EOFError:
        return None


def _end(parent: Connection, error: Exception) -> NoReturn:
    parent.send(f"{type(error).__name__}: {error}")
    os._exit(_FAILURE)
