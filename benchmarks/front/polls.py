"""Polls: how many a second, beside a bare route, and how long a crowd waits."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from benchmarks.front.load import Load, poll
from benchmarks.front.photographs import jpeg
from benchmarks.front.processes import usage_of
from benchmarks.front.running_api import RunningApi, bare_route, running
from benchmarks.pictures import content_picture, style_picture
from benchmarks.table import show

_CLIENTS = 32
_CROWD = 200
_PAINTED_PX = 512
#: The shortest `Retry-After`: clients that do as they are told ask so often.
_PAUSE_S = 1.0


@dataclass(frozen=True)
class Measured:
    """One run, and what the server's process worked for an answer."""

    load: Load
    cpu_us: float


def measure(running_api: RunningApi, seconds: float, rounds: int) -> None:
    """Print both tables; the painter works from the first poll on."""
    job_id = running_api.submit(
        jpeg(content_picture(), 512), jpeg(style_picture(), 512)
    )
    painter = [
        "-m",
        "benchmarks.front.painter",
        running_api.redis_url,
        str(_PAINTED_PX),
    ]
    with running([sys.executable, *painter]):
        path = f"/v1/jobs/{job_id}"
        body = _first_step(f"{running_api.url}{path}")
        with bare_route(body) as (bare_port, bare_pid):
            ways = {
                "bare route": lambda: _run(bare_port, bare_pid, path, seconds),
                "status poll": lambda: _run(
                    running_api.port, running_api.process.pid, path, seconds
                ),
            }
            _compare(ways, rounds, len(body))
        _crowd(running_api, path, seconds)


def _first_step(url: str) -> str:
    """Return the job's JSON once it is painted; the engine has begun by then."""
    end_s = time.monotonic() + 120
    while time.monotonic() < end_s:
        job = httpx.get(url, timeout=10)
        if job.json()["progress"] is not None:
            return job.text
        time.sleep(0.2)
    raise TimeoutError("the painter made no step")


def _run(port: int, pid: int, path: str, seconds: float) -> Measured:
    before_s = usage_of(pid).cpu_s
    load = poll(port, path, clients=_CLIENTS, seconds=seconds)
    cpu_s = usage_of(pid).cpu_s - before_s
    return Measured(load, 1e6 * cpu_s / load.answers)


def _compare(
    ways: dict[str, Callable[[], Measured]], rounds: int, size_bytes: int
) -> None:
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, measure_ in ways.items():
            runs[name].append(measure_())
    rows = []
    for name, measured in runs.items():
        best = max(measured, key=lambda each: each.load.per_second)
        cpu_us = min(each.cpu_us for each in measured)
        rows.append(
            [
                name,
                f"{best.load.per_second:.0f}",
                f"{cpu_us:.0f}",
                f"{best.load.percentile_ms(50):.1f}",
                f"{best.load.percentile_ms(99):.1f}",
            ]
        )
    shares = [
        f"{int(rows[1][1]) / int(rows[0][1]):.0%}",
        f"{int(rows[0][2]) / int(rows[1][2]):.0%}",
    ]
    note = (
        f"The same {size_bytes} bytes of JSON. Status polls are {shares[0]} of the "
        f"bare route's by the clock, {shares[1]} by the server's CPU time. The best of "
        f"{rounds} rounds, taken in turn: others use the machine, too."
    )
    show(
        f"Polls a second while a worker paints, {_CLIENTS} clients without a pause",
        ["", "a second", "CPU us each", "p50 ms", "p99 ms"],
        rows,
        [note],
    )


def _crowd(running_api: RunningApi, path: str, seconds: float) -> None:
    load = poll(
        running_api.port, path, clients=_CROWD, seconds=2 * seconds, pause_s=_PAUSE_S
    )
    show(
        f"{_CROWD} pollers at once while a worker paints",
        ["a second", "p50 ms", "p99 ms"],
        [
            [
                f"{load.per_second:.0f}",
                f"{load.percentile_ms(50):.1f}",
                f"{load.percentile_ms(99):.1f}",
            ]
        ],
        [f"Each asks again {_PAUSE_S:g} s after its answer, as `Retry-After` says."],
    )
