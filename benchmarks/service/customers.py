"""Clients that submit, poll and come back later when they are told to.

What is asked for is the least that the engine does: 64 px, one step.
"""

import asyncio
import io
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from PIL import Image

from benchmarks.front.photographs import jpeg
from benchmarks.pictures import style_picture

TINY = {"size": "64", "steps": "1", "preset": "draft"}
#: Answers that say: later.
BUSY = frozenset({429, 503})
_TIMEOUT_S = 60.0


@dataclass
class Tally:
    """What was answered, and how long it took.

    Attributes:
        answers: how often each status and code came to a submission.
        submit_s: of each submission that was accepted or refused.
        poll_s: of each look at a job.
        jobs: the records of those that ended, with the client's number.
        surprises: answers that nobody had to expect.
    """

    answers: Counter[str] = field(default_factory=Counter)
    submit_s: list[float] = field(default_factory=list)
    poll_s: list[float] = field(default_factory=list)
    # Any: a job's JSON.
    jobs: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)


@dataclass
class Customer:
    """One of the clients, with its key if keys are on."""

    number: int
    http: httpx.AsyncClient
    tally: Tally

    async def submit(self, photograph: bytes, painting: bytes) -> str | None:
        """Return the id of a new job; None after the pause that was asked for."""
        began_s = time.perf_counter()
        answer = await self.http.post(
            "/v1/jobs",
            data=TINY,
            files={"content": photograph, "style": painting},
            headers={"Cache-Control": "no-cache"},
        )
        self.tally.submit_s.append(time.perf_counter() - began_s)
        if answer.status_code == 202:
            self.tally.answers["202"] += 1
            return str(answer.json()["id"])
        self.tally.answers[f"{answer.status_code} {answer.json()['code']}"] += 1
        if answer.status_code in BUSY:
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        else:
            self._note(answer)
            await asyncio.sleep(1)
        return None

    # Any: a job's JSON.
    async def look_at(self, job_id: str) -> dict[str, Any] | None:
        """Return the job if it has ended."""
        began_s = time.perf_counter()
        answer = await self.http.get(f"/v1/jobs/{job_id}")
        self.tally.poll_s.append(time.perf_counter() - began_s)
        if answer.status_code != 200:
            if answer.status_code not in BUSY:
                self._note(answer)
            return None
        job: dict[str, Any] = answer.json()
        return job if job["status"] in {"succeeded", "failed", "canceled"} else None

    async def end_of(self, job_id: str, pause_s: float) -> dict[str, Any]:
        """Return the job once it has ended."""
        while True:
            if (job := await self.look_at(job_id)) is not None:
                return job
            await asyncio.sleep(pause_s)

    async def expect(self, method: str, path: str, *statuses: int) -> httpx.Response:
        """Return the answer; one of another status is noted."""
        answer = await self.http.request(method, path)
        if answer.status_code not in statuses:
            self._note(answer)
        return answer

    def _note(self, answer: httpx.Response) -> None:
        request = answer.request
        self.tally.surprises.append(
            f"{request.method} {request.url.path}: {answer.status_code} {answer.text}"
        )


def connection(url: str, key: str | None = None) -> httpx.AsyncClient:
    """Return a client of its own, as each of many strangers has one."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT_S)


def new_photograph() -> bytes:
    """Return a picture that nobody has sent before: its blob is its own."""
    file = io.BytesIO()
    Image.frombytes("RGB", (48, 36), os.urandom(48 * 36 * 3)).save(file, "PNG")
    return file.getvalue()


def the_painting() -> bytes:
    """Return a painting that all of them send."""
    return jpeg(style_picture(), 64)


def instant(job: dict[str, Any], name: str) -> float:
    """Return one of a job's times, in seconds since 1970."""
    return datetime.fromisoformat(job[name]).timestamp()
