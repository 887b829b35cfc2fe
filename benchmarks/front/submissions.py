"""Submissions: how long a photograph takes to be accepted, and a job to be begun."""

import io
import statistics
import threading
import time
from collections.abc import Callable
from queue import Empty

import httpx
from kombu import Connection
from PIL import Image

from app.contract.records.wire import QUEUE_NAME
from app.stores.connections import broker_url
from benchmarks.front.photographs import jpeg, photograph
from benchmarks.front.running_api import OFFER, RunningApi
from benchmarks.pictures import content_picture, style_picture
from benchmarks.table import show

_PHOTOGRAPH_BYTES = 4_000_000
_ROUNDS = 7
_NOTE = (
    f"Medians of {_ROUNDS}. Before the answer the picture is decoded, scaled to 2048 "
    "px, encoded again and synced to the disk."
)


def measure(running_api: RunningApi) -> None:
    """Print one table for each."""
    _acceptance(running_api)
    _beginning(running_api)


def _acceptance(running_api: RunningApi) -> None:
    content = photograph(_PHOTOGRAPH_BYTES)
    style = jpeg(style_picture(), 64)
    small = jpeg(content_picture(), 64)
    decode_s, answer_s, small_s = [], [], []
    for _ in range(_ROUNDS):
        decode_s.append(_timed(lambda: _decode(content)))
        answer_s.append(_submit_s(running_api, content, style))
        small_s.append(_submit_s(running_api, small, style))
    decode_ms, answer_ms, small_ms = (
        1000 * statistics.median(each) for each in (decode_s, answer_s, small_s)
    )
    show(
        f"A photograph of {len(content) / 1e6:.1f} MB, 12 megapixels, is accepted",
        ["", "ms"],
        [
            ["decoding it, alone", f"{decode_ms:.0f}"],
            ["the answer 202", f"{answer_ms:.0f}"],
            ["beyond decoding", f"{answer_ms - decode_ms:.0f}"],
            ["the answer for a 64 px photograph", f"{small_ms:.0f}"],
        ],
        [_NOTE],
    )


def _beginning(running_api: RunningApi) -> None:
    pictures = jpeg(content_picture(), 64), jpeg(style_picture(), 64)
    worker = _FakeWorker(running_api)
    worker.start()
    sent_s, answered_s = [], []
    for _ in range(3 * _ROUNDS):
        began_s = time.monotonic()
        job_id = running_api.submit(*pictures)
        answer_s = time.monotonic()
        claimed_s = worker.claimed_at(job_id)
        sent_s.append(claimed_s - began_s)
        answered_s.append(max(0.0, claimed_s - answer_s))
        running_api.ledger.requests.cancel(job_id)
        running_api.ledger.cancel_done(job_id, 1)
    worker.stop()
    rows = [
        [name, f"{1000 * statistics.median(each):.0f}", f"{1000 * max(each):.0f}"]
        for name, each in (
            ("from the submission's first byte", sent_s),
            ("from the answer 202", answered_s),
        )
    ]
    show(
        "A job is begun on an idle service",
        ["", "median ms", "worst ms"],
        rows,
        ["The worker is a fake that hears the bell and claims; 64 px pictures."],
    )


class _FakeWorker(threading.Thread):
    """Hears the bell as Celery does, claims, and notes when."""

    def __init__(self, running_api: RunningApi) -> None:
        super().__init__(daemon=True)
        self._running_api = running_api
        self._stopped = threading.Event()
        self._claims: dict[str, float] = {}
        self._news = threading.Condition()

    def run(self) -> None:
        with Connection(broker_url(self._running_api.redis_url)) as connection:
            queue = connection.SimpleQueue(QUEUE_NAME)
            number = 0
            while not self._stopped.is_set():
                try:
                    queue.get(timeout=1).ack()
                except Empty:
                    continue
                number += 1
                ledger = self._running_api.ledger
                claim = ledger.claim("", f"fake {number}", OFFER)
                if claim is not None:
                    with self._news:
                        self._claims[claim.job_id] = time.monotonic()
                        self._news.notify_all()

    def claimed_at(self, job_id: str) -> float:
        with self._news:
            if not self._news.wait_for(lambda: job_id in self._claims, 10):
                raise TimeoutError(f"nobody claimed {job_id}")
            return self._claims[job_id]

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _decode(content: bytes) -> None:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()


def _submit_s(running_api: RunningApi, content: bytes, style: bytes) -> float:
    """Return how long the answer took; the job is canceled, to keep the queue short."""
    began_s = time.perf_counter()
    job_id = running_api.submit(content, style)
    seconds = time.perf_counter() - began_s
    httpx.post(f"{running_api.url}/v1/jobs/{job_id}/cancel").raise_for_status()
    return seconds


def _timed(action: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    action()
    return time.perf_counter() - began_s
