"""A crowd: 500 jobs of 50 API keys while all of them poll, and one worker.

Says whether anything was refused that nobody had to expect, whether keys were served
in turns, how long answers took, and what memory the processes had.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from statistics import quantiles

from benchmarks.service.customers import (
    Customer,
    Tally,
    connection,
    instant,
    new_photograph,
    the_painting,
)
from benchmarks.service.running import Service, service
from benchmarks.service.turns import Turn, widest_lead
from benchmarks.table import show

_PAUSE_S = 1.0
#: One job of each of two keys; see docs/http.md.
_FAIR_LEAD = 2
_Memory = dict[str, float]


def main(words: Sequence[str]) -> None:
    """Print the tables; exit with 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks load")
    parser.add_argument("--jobs", type=int, default=500, help="of all clients")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--active", type=int, default=5, help="unfinished, of a client")
    parser.add_argument(
        "--queue",
        type=int,
        help="so many may wait, all if left out; turns are not judged then",
    )
    parser.add_argument("--seconds", type=float, default=1200, help="at most")
    asked = parser.parse_args(words)
    environment = {
        "IMPASTO_ACTIVE_LIMIT": str(asked.active),
        "IMPASTO_QUEUE_LIMIT": str(asked.queue or asked.clients * asked.active),
    }
    each = asked.jobs // asked.clients
    with service(environment, keys=asked.clients) as (ours, keys):
        tally, memory = asyncio.run(
            asyncio.wait_for(_crowd(ours, keys, each, asked.active), asked.seconds)
        )
    _show(tally, memory, asked.active)
    broken = _broken(tally, each * asked.clients)
    lead = widest_lead(_turns(tally))
    if asked.queue is None and lead > _FAIR_LEAD:
        broken.append(f"a client was {lead} jobs ahead of another")
    print("\n".join(broken) if broken else "Every promise was kept.")
    sys.exit(bool(broken))


async def _crowd(
    ours: Service, keys: Sequence[str], jobs: int, active: int
) -> tuple[Tally, list[_Memory]]:
    tally, painting = Tally(), the_painting()
    memory = [ours.memory_mib()]
    watch = asyncio.create_task(_watch(ours, memory))
    try:
        async with asyncio.TaskGroup() as group:
            for number, key in enumerate(keys):
                group.create_task(
                    _run_customer(ours.url, key, number, tally, jobs, active, painting)
                )
    finally:
        watch.cancel()
    memory.append(ours.memory_mib())
    return tally, memory


async def _run_customer(
    url: str, key: str, number: int, tally: Tally, jobs: int, active: int, style: bytes
) -> None:
    """Send so many jobs, as soon as they are taken, and look at them until the end."""
    sent, waiting = 0, list[str]()
    async with connection(url, key) as http:
        customer = Customer(number, http, tally)
        while sent < jobs or waiting:
            # One more than are allowed: the refusal belongs to the measurement.
            if sent < jobs and len(waiting) <= active:
                job_id = await customer.submit(new_photograph(), style)
                if job_id is not None:
                    sent += 1
                    waiting.append(job_id)
                    continue
            await asyncio.sleep(_PAUSE_S)
            for job_id in [*waiting]:
                if (job := await customer.look_at(job_id)) is not None:
                    waiting.remove(job_id)
                    tally.jobs.append((number, job))


async def _watch(ours: Service, memory: list[_Memory]) -> None:
    while True:
        await asyncio.sleep(1)
        memory.append(await asyncio.to_thread(ours.memory_mib))


def _show(tally: Tally, memory: list[_Memory], active: int) -> None:
    jobs = [job for _, job in tally.jobs]
    waits_s = [instant(job, "started_at") - instant(job, "created_at") for job in jobs]
    starts_s = sorted(instant(job, "started_at") for job in jobs)
    seconds = starts_s[-1] - starts_s[0]
    clients = len({number for number, _ in tally.jobs})
    ideal_s = active * clients * seconds / len(jobs)
    answers = ", ".join(f"{n} x {code}" for code, n in sorted(tally.answers.items()))
    rows = [
        ["submissions answered", answers],
        ["a minute", f"{60 * len(jobs) / seconds:.0f} jobs"],
        ["submit, p50 and p99", _percentiles(tally.submit_s)],
        ["poll, p50 and p99", _percentiles(tally.poll_s)],
        ["widest lead of a client", f"{widest_lead(_turns(tally))} jobs"],
        ["longest wait", f"{max(waits_s):.1f} s; {active} fair turns: {ideal_s:.1f} s"],
    ]
    note = f"The jobs are real, 64 px and one step; {len(tally.poll_s)} polls."
    show(f"{len(jobs)} jobs of {clients} clients, one worker", ["", ""], rows, [note])
    middle = memory[len(memory) // 2]
    show(
        "Memory resident, MiB",
        ["process", "start", "middle", "end", "most"],
        [
            [
                name,
                *(f"{each.get(name, 0):.0f}" for each in (memory[0], middle)),
                f"{memory[-1][name]:.0f}",
                f"{max(each.get(name, 0) for each in memory):.0f}",
            ]
            for name in sorted(memory[-1])
        ],
    )


def _turns(tally: Tally) -> list[Turn]:
    return [
        Turn(number, instant(job, "created_at"), instant(job, "started_at"))
        for number, job in tally.jobs
    ]


def _broken(tally: Tally, jobs: int) -> list[str]:
    """Return what went other than was promised, in words."""
    broken = [f"not expected: {each}" for each in tally.surprises[:10]]
    done = sum(job["status"] == "succeeded" for _, job in tally.jobs)
    if done != jobs:
        broken.append(f"{done} of {jobs} jobs succeeded")
    return broken


def _percentiles(seconds: Sequence[float]) -> str:
    cuts = quantiles(seconds, n=100)
    return f"{1000 * cuts[49]:.0f} and {1000 * cuts[98]:.0f} ms"
