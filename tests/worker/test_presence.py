"""Presence: what is said, when it is sent, and what a busy worker says of memory."""

import time
from datetime import UTC, datetime

import pytest

from app.contract.kind import Lane
from app.contract.ports import LedgerUnavailableError
from app.contract.workers import WorkerInfo
from tests.fakes import MemoryWorkerRegistry
from tests.fakes.runner import FakeRunner
from worker.presence import Presence


class Board(MemoryWorkerRegistry):
    """Keeps everything that was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[WorkerInfo] = []

    def announce(self, info: WorkerInfo) -> None:
        self.sent.append(info)
        super().announce(info)


def wait_for(board: Board, count: int) -> None:
    end_s = time.monotonic() + 5
    while len(board.sent) < count:
        assert time.monotonic() < end_s, board.sent
        time.sleep(0.002)


def test_info_is_the_runners_with_the_job_and_the_birthday() -> None:
    board = Board()
    before = datetime.now(UTC)
    presence = Presence(board, FakeRunner(), "w", kinds=("image",))
    presence.announce()
    presence.holds("job_1")
    presence.announce()
    idle, busy = board.sent
    assert (idle.name, idle.device, idle.process_bytes) == ("w", "fake", 7)
    assert idle.memory_needs["whole"].bytes_per_pixel == 2
    assert idle.started_at is not None
    assert before <= idle.started_at <= datetime.now(UTC)
    assert busy.started_at == idle.started_at
    assert (idle.job_id, busy.job_id) == (None, "job_1")


def test_what_is_offered_is_what_is_announced() -> None:
    board = Board()
    lanes = (Lane.SHORT,)
    presence = Presence(board, FakeRunner(), "w", kinds=("image",), lanes=lanes)
    presence.announce()
    (info,) = board.sent
    assert (info.kinds, info.lanes) == (("image",), lanes)
    offer = presence.offer()
    assert offer == info.offer
    assert (offer.kinds, offer.lanes, offer.device) == (("image",), lanes, "fake")
    # Of 998 free bytes the base takes one, and each pixel two.
    assert offer.units == {"whole": 498, "auto": 498}
    presence.holds("job_1")
    presence.announce()
    assert presence.offer() == offer, "what a job takes is not lost to the next one"


def test_free_memory_is_that_of_an_idle_worker() -> None:
    board = Board()
    runner = FakeRunner()  # each time it is asked it has a byte less
    presence = Presence(board, runner, "w", kinds=("image",))
    presence.announce()
    for job_id in ("job_1", "job_1", None):
        presence.holds(job_id)
        presence.announce()
    free = [info.memory_free_bytes for info in board.sent]
    assert free[0] == free[1] == free[2]
    assert free[3] == (free[2] or 0) - 1


def test_change_of_job_is_told_at_once() -> None:
    board = Board()
    presence = Presence(board, FakeRunner(), "w", kinds=("image",), interval_s=3600)
    presence.start()
    wait_for(board, 1)
    presence.holds("job_1")
    wait_for(board, 2)
    presence.holds(None)
    wait_for(board, 3)
    presence.leave()
    assert [info.job_id for info in board.sent] == [None, "job_1", None]


def test_worker_announces_itself_again_and_again_and_leaves_at_once() -> None:
    board = Board()
    presence = Presence(board, FakeRunner(), "w", kinds=("image",), interval_s=0.005)
    presence.start()
    wait_for(board, 4)
    assert [info.name for info in board.workers()] == ["w"]
    presence.leave()
    assert board.workers() == []
    sent = len(board.sent)
    time.sleep(0.03)
    assert len(board.sent) == sent, "nobody announces who has left"


def test_absent_registry_is_told_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Away(Board):
        def announce(self, info: WorkerInfo) -> None:
            if len(self.sent) < 1:
                self.sent.append(info)
                raise LedgerUnavailableError("restarting")
            super().announce(info)

        def forget(self, name: str) -> None:
            raise LedgerUnavailableError("restarting")

    board = Away()
    presence = Presence(board, FakeRunner(), "w", kinds=("image",), interval_s=0.005)
    presence.start()
    wait_for(board, 3)
    presence.leave()
    assert [record.message for record in caplog.records] == [
        "worker=w cannot be announced: restarting"
    ]


def test_fault_of_ours_does_not_end_the_announcements(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Faulty(FakeRunner):
        faults = 2

        def process_bytes(self) -> int:
            if self.faults:
                self.faults -= 1
                raise ZeroDivisionError
            return super().process_bytes()

    board = Board()
    presence = Presence(board, Faulty(), "w", kinds=("image",), interval_s=0.005)
    presence.start()
    wait_for(board, 2)
    presence.leave()
    assert caplog.text.count("cannot be announced") == 2
