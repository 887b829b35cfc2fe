"""The watch over a worker's child: when it gives up, and what it tells."""

import signal
import time

import pytest

from app.contract.ports import LedgerUnavailableError
from tests.fakes import MemoryWorkerRegistry
from worker.queue.starts import (
    MOST_FAILURES,
    StartWatch,
    cause_of_death,
    fit_for_anybody,
)


class SilentRegistry(MemoryWorkerRegistry):
    def explain(self, words: str, valid_s: float) -> None:
        raise LedgerUnavailableError("nobody hears")


def test_child_that_dies_a_few_times_in_a_row_is_given_up() -> None:
    worker_registry = MemoryWorkerRegistry()
    watch = StartWatch(worker_registry, 60)
    for pid in range(1, MOST_FAILURES + 1):
        assert watch.verdict is None
        watch.began(pid)
        watch.ended(pid, "it fell")
    assert watch.verdict == "its child could not start, 3 times in a row: it fell"
    assert (
        worker_registry.explanation()
        == "one could not start, 3 times in a row: it fell"
    )


def test_child_that_was_ready_has_forgiven_what_was_before() -> None:
    watch = StartWatch(MemoryWorkerRegistry(), 60)
    for pid in range(2 * MOST_FAILURES):
        watch.began(pid)
        if pid % MOST_FAILURES == 1:
            watch.is_up(pid)
        watch.ended(pid, "it fell")
    assert watch.verdict is None


def test_death_of_a_child_that_was_ready_is_no_failed_start() -> None:
    worker_registry = MemoryWorkerRegistry()
    watch = StartWatch(worker_registry, 60)
    for pid in range(2 * MOST_FAILURES):
        watch.began(pid)
        assert watch.is_starting
        watch.is_up(pid)
        assert not watch.is_starting
        watch.ended(pid, "a job killed it")
        watch.look()
    assert watch.verdict is None
    assert worker_registry.explanation() is None


def test_child_that_hangs_is_killed_and_the_last(
    caplog: pytest.LogCaptureFixture,
) -> None:
    killed: list[tuple[int, int]] = []
    watch = StartWatch(
        MemoryWorkerRegistry(), 0.01, kill=lambda *what: killed.append(what)
    )
    watch.began(7)
    time.sleep(0.02)
    watch.look()
    watch.look()
    assert killed == [(7, signal.SIGKILL)], "once"
    watch.ended(7, "it was killed")
    assert watch.verdict == ("its child could not start: it was not ready after 0.01 s")


def test_start_that_takes_its_time_is_told() -> None:
    worker_registry = MemoryWorkerRegistry()
    with StartWatch(worker_registry, 60, look_interval_s=0.01) as watch:
        watch.began(7)
        end_s = time.monotonic() + 5
        while worker_registry.explanation() is None and time.monotonic() < end_s:
            time.sleep(0.01)
    assert worker_registry.explanation() == "one has been starting for 0 s"


def test_watch_works_although_nobody_can_be_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = StartWatch(SilentRegistry(), 60)
    for pid in range(MOST_FAILURES):
        watch.began(pid)
        watch.look()
        watch.ended(pid, "it fell")
    assert watch.verdict is not None
    assert caplog.text.count("nobody hears") == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "it was killed, as happens when memory runs out"),
        (-11, "it ended by SIGSEGV"),
        (-250, "it ended with exit code -250"),
        (4, "it ended with exit code 4"),
        (None, "it ended with exit code None"),
    ],
)
def test_cause_of_death_is_told_in_words(code: int | None, words: str) -> None:
    assert cause_of_death(code) == words


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("/home/anna/my models/w.pt is damaged", "w.pt is damaged"),
        ("no file '/home/anna/w.pt'", "no file 'w.pt'"),
        ("~/w.pt, ../models/w.pt", "w.pt"),
        ("/a/w.pt differs from /b/v.pt", "v.pt"),
        ("/a/w.pt is not https://x.org/w.pt", "w.pt is not https://x.org/w.pt"),
        ("redis://anna:secret@host/0", "redis://***@host/0"),
        ("1 MiB/s, and/or", "1 MiB/s, and/or"),
        ("two\n  lines", "two lines"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_words_for_anybody_have_no_folders_and_no_passwords(
    words: str, shown: str
) -> None:
    assert fit_for_anybody(words) == shown
