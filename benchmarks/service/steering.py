"""How soon a running job hears what is asked of it, and that it lets others in.

Everything goes over HTTP, as clients do it, while a client polls.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

import httpx

from benchmarks.front.photographs import jpeg
from benchmarks.pictures import content_picture, style_picture
from benchmarks.service.customers import instant
from benchmarks.service.running import service

#: Between two looks: what is measured is no finer.
_LOOK_S = 0.02
_POLL_S = 0.2
_LONGEST_S = 600.0
#: More than are painted while something is measured.
_ENDLESS = 2000
_FINAL = {"succeeded", "failed", "canceled"}
_SLICE_S = 2
#: Steps of a small one.
_DRAFT = 10
_STRENGTHS = (0.4, 0.6)

# Any: a job's JSON.
Job = dict[str, Any]
Row = list[str]


@dataclass(frozen=True)
class Client:
    """One API key's."""

    http: httpx.Client

    def submit(self, size: int, steps: int) -> str:
        """Return the path of a new job."""
        side = max(64, size)
        answer = self.http.post(
            "/v1/jobs",
            data={"size": str(size), "steps": str(steps), "preset": "draft"},
            files={
                "content": jpeg(content_picture(), side),
                "style": jpeg(style_picture(), side),
            },
            headers={"Cache-Control": "no-cache"},
        )
        answer.raise_for_status()
        return f"/v1/jobs/{answer.json()['id']}"

    def wait(self, path: str, is_so: Callable[[Job], object]) -> Job:
        """Return the job once it is so.

        Raises:
            RuntimeError: It has failed, or nothing came for long.
        """
        end_s = time.monotonic() + _LONGEST_S
        while time.monotonic() < end_s:
            answer = self.http.get(path)
            answer.raise_for_status()
            job: Job = answer.json()
            if is_so(job):
                return job
            if job["status"] == "failed":
                raise RuntimeError(f"{path}: {job['error']}")
            time.sleep(_LOOK_S)
        raise RuntimeError(f"{path}: not within {_LONGEST_S} s")

    def post(self, path: str, verb: str) -> None:
        """Ask something of a job."""
        self.http.post(f"{path}/{verb}").raise_for_status()

    def end(self, path: str) -> Job:
        """Cancel a job; return it once it has ended."""
        self.http.post(f"{path}/cancel")
        return self.wait(path, lambda job: job["status"] in _FINAL)


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Small jobs of one key behind a long one of another.

    Attributes:
        drafts: so many.
        size: of all of them.
        long_steps: of the long one.
    """

    drafts: int
    size: int
    long_steps: int


def rows(sizes: Sequence[int], rounds: int, turns: Turns) -> list[Row]:
    """Return what is measured of a service of its own, with one worker.

    Args:
        sizes: long sides of the jobs that are steered.
        rounds: how often each thing is asked.
        turns: what waits for its turn.
    """
    environment = {
        "IMPASTO_SLICE_S": str(_SLICE_S),
        "IMPASTO_ACTIVE_LIMIT": str(turns.drafts + 1),
    }
    with (
        service(environment, keys=2) as (ours, keys),
        _client(ours.url, keys[0]) as one,
        _client(ours.url, keys[1]) as two,
    ):
        steered = [row for size in sizes for row in _of_size(one, size, rounds)]
        return steered + _slices(one, two, turns)


@contextmanager
def _client(url: str, key: str) -> Iterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, timeout=60, headers=headers) as http:
        yield Client(http)


def _of_size(client: Client, size: int, rounds: int) -> Iterator[Row]:
    path = client.submit(size, _ENDLESS)
    client.wait(path, lambda job: job["progress"])
    with _polled(client, path):
        applied = [_change(client, path, number) for number in range(rounds)]
    seconds = [each[0] for each in applied]
    yield [
        f"control to applied, {size} px",
        f"{_percentiles(seconds)}, {max(each[1] for each in applied)} steps at most",
        "p50 0.4 s, p95 1 s and 2 steps",
    ]
    paused, resumed = [], []
    for _ in range(rounds):
        one, other = _pause_and_resume(client, path, size)
        paused.append(one)
        resumed.append(other)
    client.end(path)
    yield [
        f"pause until the worker has another job, {size} px",
        _percentiles(paused),
        "p95 1 s",
    ]
    yield [
        f"resume until the next step, {size} px",
        _percentiles(resumed),
        "p95 1.5 s (512 px)",
    ]


@contextmanager
def _polled(client: Client, path: str) -> Iterator[None]:
    """Let somebody look at the job meanwhile."""
    left = threading.Event()

    def poll() -> None:
        while not left.wait(_POLL_S):
            client.http.get(path)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()


def _change(client: Client, path: str, number: int) -> tuple[float, int]:
    """Return after how many seconds and steps a change holds."""
    strength = _STRENGTHS[number % len(_STRENGTHS)]
    before = client.wait(path, lambda job: job["progress"])["progress"]["step"]
    began_s = time.monotonic()
    body = {"style_strength": strength}
    asked = client.http.patch(f"{path}/controls", json=body).json()["revision"]
    held = client.wait(path, lambda job: job["controls"]["applied_revision"] >= asked)
    took_s = time.monotonic() - began_s
    time.sleep(_POLL_S)
    return took_s, held["controls"]["applied_step"] - before


def _pause_and_resume(client: Client, path: str, size: int) -> tuple[float, float]:
    """Return the seconds until the worker has another job, and until the next step."""
    other = client.submit(size, _ENDLESS)
    began_s = time.time()
    client.post(path, "pause")
    taken = client.wait(other, lambda job: job["started_at"])
    paused_s = instant(taken, "started_at") - began_s
    client.end(other)
    at_rest = client.wait(path, lambda job: job["paused_at"])
    step = at_rest["state"]["step"]
    began_s = time.monotonic()
    client.post(path, "resume")
    client.wait(path, lambda job: (job["progress"] or {}).get("step", 0) > step)
    return paused_s, time.monotonic() - began_s


def _slices(one: Client, other: Client, turns: Turns) -> list[Row]:
    """Return what drafts of another key wait behind a long job, and what it loses."""
    size, steps = turns.size, turns.long_steps
    alone_s = _drafts(other, turns)
    long_alone = one.wait(one.submit(size, steps), _is_done)
    path = one.submit(size, steps)
    one.wait(path, lambda job: job["progress"])
    behind_s = _drafts(other, turns)
    long = one.wait(path, _is_done)
    floor_s = _lasted(long_alone) + alone_s
    return [
        [
            f"{turns.drafts} drafts of {size} px behind {steps} steps",
            f"{behind_s / alone_s:.2f} of their time alone",
            "1.3",
        ],
        [
            "the long job with them",
            f"{_lasted(long) / floor_s:.3f} of its own time and theirs",
            "1.05",
        ],
    ]


def _is_done(job: Job) -> bool:
    return bool(job["status"] in _FINAL)


def _lasted(job: Job) -> float:
    return instant(job, "completed_at") - instant(job, "created_at")


def _drafts(client: Client, turns: Turns) -> float:
    """Return the seconds in which so many are painted."""
    began_s = time.monotonic()
    for path in [client.submit(turns.size, _DRAFT) for _ in range(turns.drafts)]:
        client.wait(path, _is_done)
    return time.monotonic() - began_s


def _percentiles(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return f"{seconds[0]:.2f} s, once"
    p95_s = quantiles(seconds, n=20, method="inclusive")[-1]
    return f"p50 {median(seconds):.2f} s, p95 {p95_s:.2f} s"
