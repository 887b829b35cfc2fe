"""How soon a running job does what is asked: changes, pause, resume, turns.

Through the whole service, with VGG19. What is timed is what a client sees.
"""

import argparse
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx

from benchmarks.front.photographs import jpeg
from benchmarks.pictures import content_picture, style_picture
from benchmarks.service.running import Service, service
from benchmarks.table import show

#: Far more than are taken: the job is canceled.
_STEPS = 10_000
_LOOK_S = 0.02
#: It is looked more often than a client may.
_SETTINGS = {"IMPASTO_SLICE_S": "5", "IMPASTO_POLLS_PER_SECOND": "1000"}
_PATIENCE_S = 120.0


def main(words: Sequence[str]) -> None:
    """Print a row a question."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks steering")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--drafts", type=int, default=10)
    parser.add_argument("--draft-size", type=int, default=128)
    arguments = parser.parse_args(words)
    with service(_SETTINGS, keys=2) as (running, keys):
        clients = [_client(running, key) for key in keys]
        job_id = _submit(clients[0], arguments.size, rungs=[[arguments.size, _STEPS]])
        _until(lambda: _job(clients[0], job_id)["progress"])
        rows = [
            _row("change to applied", _changes(clients[0], job_id, arguments.rounds)),
            *_pauses(clients[0], job_id, max(1, arguments.rounds // 3)),
        ]
        size, count = arguments.draft_size, arguments.drafts
        behind_s = _drafts(clients[1], size, count)
        clients[0].post(f"/v1/jobs/{job_id}/cancel")
        _until(lambda: _job(clients[0], job_id)["status"] == "canceled")
        alone_s = _drafts(clients[1], size, count)
    show(
        f"Steering at {arguments.size} px",
        ["asked", "median", "95th percentile"],
        rows,
        [_note(count, size, alone_s, behind_s)],
    )


def _note(count: int, size: int, alone_s: float, behind_s: float) -> str:
    return (
        f"{count} drafts at {size} px of a second key took {alone_s:.1f} s alone "
        f"and {behind_s:.1f} s behind the long job, which makes room after 5 s: "
        f"{behind_s / alone_s:.2f} times."
    )


def _client(running: Service, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}", "Cache-Control": "no-cache"}
    return httpx.Client(base_url=running.url, headers=headers, timeout=60)


def _submit(client: httpx.Client, size: int, **params: object) -> str:
    content, style = jpeg(content_picture(), size), jpeg(style_picture(), size)
    files = {"content": content, "style": style}
    fields = {name: json.dumps(value) for name, value in params.items()}
    data = {"size": str(size), "preset": "draft", **fields}
    answer = client.post("/v1/jobs", files=files, data=data)
    answer.raise_for_status()
    return str(answer.json()["id"])


# Any: JSON of the service.
def _job(client: httpx.Client, job_id: str) -> dict:  # type: ignore[type-arg]
    answer = client.get(f"/v1/jobs/{job_id}")
    answer.raise_for_status()
    told: dict[str, object] = answer.json()
    return told


def _until(is_so: Callable[[], object]) -> float:
    """Return how long it took, in seconds."""
    began_s = time.monotonic()
    while not is_so():
        if time.monotonic() - began_s > _PATIENCE_S:
            raise TimeoutError("it does not come about")
        time.sleep(_LOOK_S)
    return time.monotonic() - began_s


@contextmanager
def _polled(client: httpx.Client, job_id: str) -> Iterator[None]:
    """Ask for the job all the while, as a page would."""
    left = threading.Event()

    def ask() -> None:
        while not left.wait(0.5):
            client.get(f"/v1/jobs/{job_id}")

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()


def _changes(client: httpx.Client, job_id: str, rounds: int) -> list[float]:
    """Return how long each change took until it was told to hold."""
    found = []
    with _polled(client, job_id):
        for number in range(rounds):
            strength = 0.4 if number % 2 else 0.6
            began_s = time.monotonic()
            url = f"/v1/jobs/{job_id}/controls"
            asked = client.patch(url, json={"style_strength": strength}).json()

            def holds(revision: int = asked["revision"]) -> bool:
                controls = _job(client, job_id)["controls"]
                return bool(controls["applied_revision"] >= revision)

            _until(holds)
            found.append(time.monotonic() - began_s)
    return found


def _pauses(client: httpx.Client, job_id: str, rounds: int) -> list[tuple[str, ...]]:
    """Return rows on the way to a free worker, and to the next step."""
    paused, resumed = [], []
    for _ in range(rounds):
        client.post(f"/v1/jobs/{job_id}/pause")
        paused.append(_until(lambda: _job(client, job_id)["paused_at"]))
        rests_at = _job(client, job_id)["progress"]["step"]
        client.post(f"/v1/jobs/{job_id}/resume")

        def goes_on(step: int = rests_at) -> bool:
            progress = _job(client, job_id)["progress"]
            return progress is not None and progress["step"] > step

        resumed.append(_until(goes_on))
    return [_row("pause to free", paused), _row("resume to the next step", resumed)]


def _drafts(client: httpx.Client, size: int, count: int) -> float:
    """Return how long so many drafts take; five wait or run at a time."""
    began_s = time.monotonic()
    waiting = [_submit(client, size, seed=each) for each in range(min(count, 5))]
    for number in range(len(waiting), count):
        _await_end(client, waiting.pop(0))
        waiting.append(_submit(client, size, seed=number))
    for job_id in waiting:
        _await_end(client, job_id)
    return time.monotonic() - began_s


def _await_end(client: httpx.Client, job_id: str) -> None:
    _until(lambda: _job(client, job_id)["status"] in ("succeeded", "failed"))


def _row(name: str, seconds: Sequence[float]) -> tuple[str, ...]:
    worst = sorted(seconds)[min(len(seconds) - 1, round(0.95 * len(seconds)))]
    return name, f"{statistics.median(seconds):.2f} s", f"{worst:.2f} s"
