"""The faults, each a function that breaks one thing and says how to mend it.

A fault returns what it did in words and the mending, or None if there was nothing to
break just now. Between the two the service is on its own. A plan is drawn from a seed:
the same seed breaks the same kinds of things after the same pauses.
"""

import contextlib
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import httpx

from tests.chaos.processes import Process
from tests.chaos.service import LEASE_S, REBUILDS_THE_LEDGER, Service
from tests.chaos.watch import Watch

#: A job that was hit so often by chance is spared: the third time it would fail.
_MOST_HITS = 1
#: So long after the death of its child a parent has ended, if it does.
_PARENT_NOTICES_S = 5.0
#: The janitor lives in the API; on a busy machine its start takes a while.
_API_START_S = 10.0


@dataclass(frozen=True)
class Broken:
    """What was broken, and how and when it is mended."""

    words: str
    mend: Callable[[], None]
    after_s: float


@dataclass(frozen=True)
class Scene:
    """What faults work with."""

    service: Service
    watch: Watch
    random: random.Random

    def pause(self, low_s: float, high_s: float) -> float:
        return self.random.uniform(low_s, high_s)

    def some_painter(self) -> Process:
        """A worker: one that has a job, if there is one."""
        painters = self.service.painters
        drawn = self.random.sample(painters, len(painters))
        return next((each for each in drawn if self._is_busy(each)), drawn[0])

    def _is_busy(self, painter: Process) -> bool:
        child = painter.child()
        return child is not None and self.watch.held_by(child.pid) is not None


Fault = Callable[[Scene], Broken | None]


def kill_worker_parent(scene: Scene) -> Broken | None:
    """Kill -9 Celery's parent process; its child finds itself alone."""
    painter = scene.some_painter()
    if not _may_be_hit(scene, painter):
        return None
    return _hit(scene, painter, painter.kill, "kill -9 parent")


def kill_worker_child(scene: Scene) -> Broken | None:
    """Kill -9 the process that computes; its parent starts another.

    But it ends, to be started again, if its first child was not up yet.
    """
    painter = scene.some_painter()
    child = painter.child()
    if child is None or not _may_be_hit(scene, painter):
        return None
    painter.excused_until_s = time.monotonic() + _PARENT_NOTICES_S
    return _hit(
        scene, painter, lambda: child.send_signal(signal.SIGKILL), "kill -9 child"
    )


def stop_worker_past_its_lease(scene: Scene) -> Broken | None:
    """SIGSTOP parent and child for longer than the lease, then wake them."""
    painter = scene.some_painter()
    if not _may_be_hit(scene, painter):
        return None
    broken = _hit(scene, painter, lambda: painter.signal_all(signal.SIGSTOP), "SIGSTOP")
    return Broken(
        broken.words,
        painter.wake,
        LEASE_S + scene.pause(1.5, 2.5),
    )


def tell_worker_to_leave(scene: Scene) -> Broken | None:
    """SIGTERM: warm, after the grace cold; the job goes back with its attempt."""
    painter = scene.some_painter()
    if painter.child() is None or painter.is_down_on_purpose:
        return None
    painter.tell_to_leave()

    def mend() -> None:
        assert painter.running is not None
        painter.running.wait(60)
        painter.start()

    return Broken(f"SIGTERM {painter.name}", mend, scene.pause(1.5, 3.0))


def kill_worker_that_listens(scene: Scene) -> Broken | None:
    """Stop a worker in BRPOP, so that a bell may reach it, then kill it."""
    painter = scene.some_painter()
    if not _may_be_hit(scene, painter):
        return None
    words = _hit(
        scene, painter, lambda: painter.signal_all(signal.SIGSTOP), "SIGSTOP, kill -9"
    ).words

    def mend() -> None:
        painter.kill_all()
        painter.start()

    return Broken(words, mend, scene.pause(0.5, 1.5))


def kill_valkey(scene: Scene) -> Broken | None:
    """Kill -9 the server: what was answered is in its file, or written again."""
    pause_s = scene.pause(0.1, 1.5)
    # A server that is new expires no leases for as long as one lasts.
    scene.watch.note_outage(pause_s + LEASE_S + 2)
    scene.service.valkey.kill()
    return Broken("kill -9 valkey", scene.service.start_valkey, pause_s)


def stop_valkey(scene: Scene) -> Broken | None:
    """SIGSTOP the server for less than a lease."""
    pause_s = scene.pause(0.3, LEASE_S * 0.5)
    scene.watch.note_outage(pause_s + 2)
    valkey = scene.service.valkey
    valkey.signal_all(signal.SIGSTOP)
    return Broken("SIGSTOP valkey", valkey.wake, pause_s)


def cut_connections(scene: Scene) -> Broken | None:
    """Cut every connection to Redis at once, those in BRPOP too."""
    cut = scene.service.redis.client_kill_filter(_type="normal", skipme=True)
    return Broken(f"CLIENT KILL of {cut}", _nothing, 0)


def fill_redis(scene: Scene) -> Broken | None:
    """Leave Redis no memory: it refuses what would take more."""
    pause_s = scene.pause(1.0, LEASE_S + 3)
    scene.watch.note_outage(pause_s + 2)
    scene.service.redis.config_set("maxmemory", 1)

    def mend() -> None:
        scene.service.redis.config_set("maxmemory", 0)

    return Broken("Redis memory full", mend, pause_s)


def flush_redis(scene: Scene) -> Broken | None:
    """FLUSHALL: everything is to be rebuilt from what lies on the disk."""
    scene.watch.note_outage(LEASE_S + 5)
    scene.service.redis.flushall()
    return Broken("FLUSHALL", _nothing, 0)


def kill_api(scene: Scene) -> Broken | None:
    """Kill -9 the API, with submissions and polls under way."""
    pause_s = scene.pause(0.1, 1.0)
    scene.watch.note_outage(pause_s + _API_START_S)
    api = scene.service.api
    api.kill()
    return Broken("kill -9 api", api.start, pause_s)


def stop_api(scene: Scene) -> Broken | None:
    """SIGSTOP the API with its janitor."""
    pause_s = scene.pause(0.5, 3.0)
    scene.watch.note_outage(pause_s + 2)
    api = scene.service.api
    api.signal_all(signal.SIGSTOP)
    return Broken("SIGSTOP api", api.wake, pause_s)


def kill_webhooks(scene: Scene) -> Broken | None:
    """Kill -9 the process that delivers webhooks."""
    webhooks = scene.service.webhooks
    webhooks.kill()
    return Broken("kill -9 webhooks", webhooks.start, scene.pause(0.1, 2.0))


def fill_disk(scene: Scene) -> Broken | None:
    """Fill the file system of the blobs: to the reserve, or to its last byte."""
    service = scene.service
    if service.disk is None or scene.random.random() < 0.5:
        service.fill_disk()
        words = "too little room for uploads"
    else:
        service.disk.fill(0)
        words = "disk full"
    return Broken(words, service.make_room_on_disk, scene.pause(1.0, 3.0))


def come_in_crowds(scene: Scene) -> Broken | None:
    """200 clients look at once, beside 5 that send a byte a second."""
    end_s = time.monotonic() + 4
    # One client for all: each would read the system's certificates.
    limits = httpx.Limits(max_connections=200)
    http = httpx.Client(base_url=scene.service.url, timeout=15, limits=limits)

    def look() -> None:
        # The API may be dead just now.
        with contextlib.suppress(httpx.TransportError):
            http.get("/v1/jobs")

    for _ in range(200):
        threading.Thread(target=look, daemon=True).start()
    for _ in range(5):
        threading.Thread(
            target=_drip, args=(scene.service.port, end_s), daemon=True
        ).start()
    return Broken("200 clients, 5 slow uploads", http.close, 15)


def _drip(port: int, end_s: float) -> None:
    head = (
        b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    # Cut off, as it should be.
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), 5) as connection,
    ):
        connection.sendall(head)
        while time.monotonic() < end_s:
            connection.sendall(b"-")
            time.sleep(1)


def _may_be_hit(scene: Scene, painter: Process) -> bool:
    """Whether no job would lose its last attempt by chance."""
    child = painter.child()
    if child is None or painter.is_down_on_purpose:
        return False
    held = scene.watch.held_by(child.pid)
    return held is None or (
        held[1] < 1 + _MOST_HITS and scene.watch.hits[held[0]] < _MOST_HITS
    )


def _hit(scene: Scene, painter: Process, hit: Callable[[], None], words: str) -> Broken:
    """Hit a worker, and note which job it takes along."""
    child = painter.child()
    hit()
    held = None if child is None else scene.watch.held_by(child.pid)
    if held is not None:
        scene.watch.note_hit(held, words)
        words += f" with {held[0]}"
    return Broken(f"{words} {painter.name}", painter.start, scene.pause(0.1, 1.0))


def _nothing() -> None:
    """There is nothing to mend."""


class FaultKind(Enum):
    """Every fault by its name."""

    KILL_WORKER_PARENT = (kill_worker_parent,)
    KILL_WORKER_CHILD = (kill_worker_child,)
    STOP_WORKER = (stop_worker_past_its_lease,)
    TERM_WORKER = (tell_worker_to_leave,)
    KILL_LISTENING_WORKER = (kill_worker_that_listens,)
    KILL_VALKEY = (kill_valkey,)
    STOP_VALKEY = (stop_valkey,)
    CUT_CONNECTIONS = (cut_connections,)
    FILL_REDIS = (fill_redis,)
    KILL_API = (kill_api,)
    STOP_API = (stop_api,)
    KILL_WEBHOOKS = (kill_webhooks,)
    FILL_DISK = (fill_disk,)
    CROWD = (come_in_crowds,)
    FLUSH_REDIS = (flush_redis,)

    @property
    def fault(self) -> Fault:
        return self.value[0]


def ready_kinds() -> tuple[FaultKind, ...]:
    """The faults that this tree survives: after a FLUSHALL the ledger is rebuilt."""
    pending = frozenset() if REBUILDS_THE_LEDGER else {FaultKind.FLUSH_REDIS}
    return tuple(kind for kind in FaultKind if kind not in pending)
