"""Looks at the ledger many times a second: who holds what, and how soon it runs again.

Reads Redis only. It also plays the poison: whoever claims that job is killed.
"""

import contextlib
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass

import psutil
import redis

from tests.chaos.service import Service

_INTERVAL_S = 0.03
_RUNNING = frozenset({"starting", "processing"})


@dataclass
class Recovery:
    """A job whose worker was hit, and how long it took to be open to others again."""

    job_id: str
    attempt: int
    fault: str
    hit_at_s: float
    #: None until it was seen queued, running again or ended.
    after_s: float | None = None
    #: Whether Redis and the API were let alone meanwhile: only then there is a promise.
    is_fair: bool = True


class Watch:
    """A thread from `start` to `stop`."""

    def __init__(self, service: Service) -> None:
        self.recoveries: list[Recovery] = []
        self.hits: Counter[str] = Counter()
        self.api_peak_bytes = 0
        self._service = service
        self._outage_end_s = 0.0
        self._poison: set[str] = set()
        self._poisoned: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:  # it was started
            self._thread.join(10)

    def poison(self, job_id: str) -> None:
        """From now on kill whoever claims this job."""
        self._poison.add(job_id)

    def held_by(self, pid: int) -> tuple[str, int] | None:
        """The job that a worker's child holds, and its attempt; None if none."""
        with contextlib.suppress(redis.RedisError):
            for job_id in self._service.redis.zrange("impasto:leases", 0, -1):
                job = self._service.redis.hgetall(f"impasto:job:{job_id}")
                if f":{pid}:" in job.get("worker", ""):
                    return str(job_id), int(job["attempt"])
        return None

    def note_hit(self, held: tuple[str, int], fault: str) -> None:
        """The worker that holds this job was killed or stopped just now."""
        self.hits[held[0]] += 1
        with self._lock:
            is_fair = time.monotonic() > self._outage_end_s
            recovery = Recovery(*held, fault, time.monotonic(), is_fair=is_fair)
            self.recoveries.append(recovery)

    def note_outage(self, length_s: float) -> None:
        """Redis or the API was hit: nobody is promised a time meanwhile."""
        with self._lock:
            end_s = time.monotonic() + length_s
            self._outage_end_s = max(self._outage_end_s, end_s)
            for each in self.recoveries:
                each.is_fair = each.is_fair and each.after_s is not None

    def _run(self) -> None:
        while not self._stop.wait(_INTERVAL_S):
            with contextlib.suppress(redis.RedisError, psutil.Error):
                self._look_at_recoveries()
                self._kill_for_poison()
                self._look_at_memory()

    def _look_at_recoveries(self) -> None:
        with self._lock:
            open_ = [each for each in self.recoveries if each.after_s is None]
        for each in open_:
            job = self._service.redis.hgetall(f"impasto:job:{each.job_id}")
            is_same = (
                job.get("status") in _RUNNING and int(job["attempt"]) == each.attempt
            )
            if not is_same:
                each.after_s = time.monotonic() - each.hit_at_s

    def _kill_for_poison(self) -> None:
        for job_id in self._poison:
            job = self._service.redis.hgetall(f"impasto:job:{job_id}")
            if job.get("status") not in _RUNNING:
                continue
            claim = job_id, job["worker"]
            if claim in self._poisoned:
                continue
            painter = self._service.painter_of(job["worker"])
            child = painter.child() if painter is not None else None
            if child is not None:
                self._poisoned.add(claim)
                child.send_signal(signal.SIGKILL)

    def _look_at_memory(self) -> None:
        if self._service.api.is_running:
            bytes_ = psutil.Process(self._service.api.pid).memory_info().rss
            self.api_peak_bytes = max(self.api_peak_bytes, bytes_)
