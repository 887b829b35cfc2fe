"""Two workers of one thread each against one: the same jobs, in turn.

The second worker joins for its runs and leaves again, as one on another machine would.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

import httpx

from benchmarks.front.photographs import jpeg
from benchmarks.pictures import content_picture, style_picture
from benchmarks.service.customers import instant
from benchmarks.service.running import Service, one_more_worker, service
from benchmarks.table import show

_POLL_S = 0.2


def main(words: Sequence[str]) -> None:
    """Print the jobs a minute of both, and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scaleout")
    parser.add_argument("--jobs", type=int, default=12, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20)
    asked = parser.parse_args(words)
    fields = {"size": str(asked.size), "steps": str(asked.steps), "preset": "draft"}
    rates: dict[int, list[float]] = {1: [], 2: []}
    with service() as (ours, _):
        for _ in range(asked.rounds):
            for count, measured in rates.items():
                with ExitStack() as stack:
                    if count == 2:
                        stack.enter_context(one_more_worker(ours))
                    _run(ours, 2 * count, fields)  # paintings are met, kernels loaded
                    measured.append(_run(ours, asked.jobs, fields))
    ratios = [two / one for one, two in zip(rates[1], rates[2], strict=True)]
    rows = [
        [f"{count} x 1 thread", f"{median(measured):.1f}", _range(measured)]
        for count, measured in rates.items()
    ]
    note = (
        f"{asked.jobs} jobs of {asked.size} px and {asked.steps} steps a run, "
        f"{asked.rounds} rounds in turn, one Valkey, one API on the same machine. "
        f"Two workers do {median(ratios):.2f} times as much ({_range(ratios)})."
    )
    show("Jobs a minute", ["workers", "median", "from, to"], rows, [note])


def _run(ours: Service, jobs: int, fields: dict[str, str]) -> float:
    """Return how many jobs a minute were done, from the first start to the last end."""
    size_px = int(fields["size"])
    content, style = jpeg(content_picture(), size_px), jpeg(style_picture(), size_px)
    with httpx.Client(base_url=ours.url, timeout=60) as http:
        paths = []
        for _ in range(jobs):
            answer = http.post(
                "/v1/jobs",
                data=fields,
                files={"content": content, "style": style},
                headers={"Cache-Control": "no-cache"},
            )
            answer.raise_for_status()
            paths.append(f"/v1/jobs/{answer.json()['id']}")
        done = []
        for path in paths:
            while (job := http.get(path).json())["status"] != "succeeded":
                if job["status"] in {"failed", "canceled"}:
                    raise RuntimeError(f"{path}: {job['status']} {job['error']}")
                time.sleep(_POLL_S)
            done.append(job)
    began_s = min(instant(job, "started_at") for job in done)
    ended_s = max(instant(job, "completed_at") for job in done)
    return 60 * jobs / (ended_s - began_s)


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.2f}, {max(values):.2f}"
