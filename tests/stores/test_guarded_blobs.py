"""A storage that falls silent takes few threads, and few seconds of who asks then."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.contract.ports import BlobNotFoundError, StorageUnavailableError
from app.stores.guarded_blobs import GuardedBlobStore, Guarding
from tests.fakes import MemoryBlobStore


class Silent(MemoryBlobStore):
    """Each call takes `takes_s` by the clock of the test, and fails while it ails."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.takes_s = 0.0
        self.is_ill = False
        self.asked = 0

    def get(self, key: str) -> bytes:
        self.asked += 1
        self.now_s += self.takes_s
        if self.is_ill:
            raise StorageUnavailableError("no answer")
        return super().get(key)


@pytest.fixture
def silent() -> Silent:
    return Silent()


@pytest.fixture
def guarded(silent: Silent) -> GuardedBlobStore:
    silent.put("uploads/a", b"x")
    return GuardedBlobStore(silent, Guarding(), lambda: silent.now_s)


def fail(guarded: GuardedBlobStore) -> None:
    with pytest.raises(StorageUnavailableError):
        guarded.get("uploads/a")


def test_after_a_silence_nobody_waits_until_it_is_time_to_ask_again(
    silent: Silent, guarded: GuardedBlobStore
) -> None:
    silent.is_ill, silent.takes_s = True, 60.0
    for _ in range(3):
        fail(guarded)
    assert silent.asked == 1
    silent.now_s += Guarding().rest_s
    fail(guarded)
    fail(guarded)
    assert silent.asked == 2, "one found out that it is silent still"
    silent.now_s += Guarding().rest_s
    silent.is_ill = False
    assert [guarded.get("uploads/a") for _ in range(3)] == [b"x"] * 3


def test_what_fails_at_once_keeps_nobody_out(
    silent: Silent, guarded: GuardedBlobStore
) -> None:
    silent.is_ill = True
    for _ in range(3):
        fail(guarded)
    assert silent.asked == 3


def test_slow_answer_is_an_answer(silent: Silent, guarded: GuardedBlobStore) -> None:
    silent.takes_s = 60.0
    for _ in range(2):
        assert guarded.get("uploads/a") == b"x"
        with pytest.raises(BlobNotFoundError):
            guarded.get("uploads/none")


def test_who_finds_out_may_find_nothing(
    silent: Silent, guarded: GuardedBlobStore
) -> None:
    silent.is_ill, silent.takes_s = True, 60.0
    fail(guarded)
    silent.is_ill = False
    silent.now_s += Guarding().rest_s
    with pytest.raises(BlobNotFoundError):
        guarded.get("uploads/none")
    assert guarded.get("uploads/a") == b"x"


@pytest.mark.parametrize("since_s", [0.0, Guarding().turn_s])
def test_who_has_no_place_waits_only_if_others_are_answered(since_s: float) -> None:
    now_s, inside, go = [0.0], threading.Event(), threading.Event()

    class Holding(MemoryBlobStore):
        def put(self, key: str, content: bytes) -> None:
            inside.set()
            assert go.wait(10)

    guarded = GuardedBlobStore(Holding(), Guarding(at_once=1), lambda: now_s[0])
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(guarded.put, "uploads/a", b"x")
        assert inside.wait(5)
        now_s[0] = since_s
        second = pool.submit(guarded.exists, "uploads/b")
        is_told_at_once = since_s > 0
        if is_told_at_once:
            assert isinstance(second.exception(1), StorageUnavailableError)
        go.set()
        assert first.exception(5) is None
        if not is_told_at_once:
            assert second.result(5) is False


def test_only_so_many_are_inside_and_one_alone_finds_out() -> None:
    go, inside = threading.Event(), threading.Semaphore(0)

    class Hanging(MemoryBlobStore):
        def get(self, key: str) -> bytes:
            inside.release()
            assert go.wait(10)
            raise StorageUnavailableError("no answer")

    guarding = Guarding(at_once=2, turn_s=0.05, silence_s=0.01, rest_s=0.2)
    guarded = GuardedBlobStore(Hanging(), guarding)
    with ThreadPoolExecutor(4) as pool:
        try:
            held = [pool.submit(guarded.get, "uploads/a") for _ in range(2)]
            assert all(inside.acquire(timeout=5) for _ in held)
            with pytest.raises(StorageUnavailableError, match="too many wait"):
                guarded.get("uploads/a")
            go.set()
            assert all(each.exception(5) for each in held)
            go.clear()
            time.sleep(guarding.rest_s)
            probe = pool.submit(guarded.get, "uploads/a")
            assert inside.acquire(timeout=5)
            with pytest.raises(StorageUnavailableError, match="did not answer"):
                guarded.get("uploads/a")
        finally:
            go.set()
        assert probe.exception(5)
