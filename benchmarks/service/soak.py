"""A long day in minutes: jobs come and go, and nothing may be left of them.

Each client submits a picture of its own, watches or polls, fetches the result and
deletes the job; some jobs are canceled. Memory of every process, files, and Redis's
keys and memory are read every few seconds.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.service.customers import (
    Customer,
    Tally,
    connection,
    new_photograph,
    the_painting,
)
from benchmarks.service.growth import Series
from benchmarks.service.running import Service, service
from benchmarks.table import show

#: A blob is spared for a minute, and the first jobs fill what has a limit: the stream
#: of news, the samples, caches. Growth is told from what comes after.
_WARM_UP_SHARE = 0.25
#: What may move without growing: memory in MiB, and a share of files and keys.
_SLACK_MIB, _SLACK_SHARE = 4.0, 0.1


@dataclass
class Readings:
    """All figures over time, by name."""

    times_s: list[float] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)


def main(words: Sequence[str]) -> None:
    """Print a row a figure; exit with 1 if one of them grows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--every", type=float, default=10, help="seconds, of a reading")
    asked = parser.parse_args(words)
    with service() as (ours, _):
        tally, readings = asyncio.run(
            _day(ours, asked.clients, 60 * asked.minutes, asked.every)
        )
    series = _series(readings)
    _show(tally, series, asked.minutes)
    broken = [f"{each.name} grows" for each in series if each.grows]
    broken += [f"not expected: {each}" for each in tally.surprises[:10]]
    print("\n".join(broken) if broken else "Nothing grows.")
    sys.exit(bool(broken))


async def _day(
    ours: Service, clients: int, seconds: float, every_s: float
) -> tuple[Tally, Readings]:
    tally, readings, painting = Tally(), Readings(), the_painting()
    began_s = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(
                _live(ours.url, number, tally, painting, began_s + seconds)
            )
        while (elapsed_s := time.monotonic() - began_s) < seconds:
            if elapsed_s >= _WARM_UP_SHARE * seconds:
                await asyncio.to_thread(_read, ours, elapsed_s, readings)
            await asyncio.sleep(every_s)
    return tally, readings


async def _live(
    url: str, number: int, tally: Tally, painting: bytes, end_s: float
) -> None:
    """Make one job after the other, each in another way."""
    turn = number
    async with connection(url) as http:
        customer = Customer(number, http, tally)
        while time.monotonic() < end_s:
            job_id = await customer.submit(new_photograph(), painting)
            if job_id is not None:
                await _see_through(customer, job_id, turn)
                turn += 1


async def _see_through(customer: Customer, job_id: str, turn: int) -> None:
    path = f"/v1/jobs/{job_id}"
    if turn % 5 == 0:
        await customer.expect("POST", f"{path}/cancel", 200, 202, 409)
    if turn % 3 == 0:
        await customer.expect("GET", f"{path}/events", 200)  # it ends with the job
    job = await customer.end_of(job_id, pause_s=0.3)
    if job["status"] == "succeeded":
        await customer.expect("GET", f"{path}/result", 200)
    customer.tally.jobs.append((customer.number, {"status": job["status"]}))
    await customer.expect("DELETE", path, 204)


def _read(ours: Service, elapsed_s: float, readings: Readings) -> None:
    store: Any = ours.redis()
    blobs = [each for each in ours.data_dir.rglob("*") if each.is_file()]
    found: dict[str, float] = {
        f"{name}, MiB": mib for name, mib in ours.memory_mib().items()
    }
    found["files"] = len(blobs)
    found["Redis keys"] = store.dbsize()
    found["Redis memory, MiB"] = store.info("memory")["used_memory"] / 2**20
    store.close()
    readings.times_s.append(elapsed_s)
    for name, value in found.items():
        readings.values.setdefault(name, []).append(value)


def _series(readings: Readings) -> list[Series]:
    return [
        Series(
            name,
            readings.times_s,
            values,
            _SLACK_MIB if "MiB" in name else max(10, _SLACK_SHARE * values[0]),
        )
        for name, values in sorted(readings.values.items())
        if len(values) == len(readings.times_s)
    ]


def _show(tally: Tally, series: Sequence[Series], minutes: float) -> None:
    rows = [
        [
            each.name,
            f"{each.first_third:.1f}",
            f"{each.last_third:.1f}",
            f"{max(each.values):.1f}",
            f"{each.slope_per_hour:+.1f}",
            "grows" if each.grows else "",
        ]
        for each in series
    ]
    note = (
        f"{len(tally.jobs)} real jobs of 64 px and one step, each submitted, followed, "
        "fetched and deleted, some canceled. The first quarter of the time is left out."
    )
    show(
        f"{minutes:g} minutes of jobs that come and go",
        ["", "first third", "last third", "most", "an hour", ""],
        rows,
        [note],
    )
