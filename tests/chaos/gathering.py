"""Gathers the evidence from a service that has calmed down, then empties it."""

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path

import httpx

from tests.chaos.evidence import JobFacts
from tests.chaos.service import REBUILDS_THE_LEDGER, Service
from tests.chaos.steering import FINAL
from tests.chaos.submissions import Submission

#: What may stay in Redis when no job is left: counts, presence, remembered keys.
_KEPT_KEYS = (
    "impasto:counters",
    "impasto:samples",
    "impasto:state_bytes",
    "impasto:news",
    "impasto:workers",
    "impasto:worker_cards",
    "impasto:idempotency:",
    "impasto:reuse:",
    "impasto:generation",
    "impasto:order",
    "impasto:short:order",
    "impasto:rounds",
    "impasto:fence_base",
    "impasto:turns:",
    "impasto:rate",
    "_kombu.binding",
    # Bells that a killed worker had popped: kombu rings them again in an hour.
    "unacked",
)


def wait_for_the_end(
    service: Service, submissions: Iterable[Submission], timeout_s: float
) -> None:
    """Return when all accepted jobs have ended, or the time is over."""
    open_ = {each.job_id for each in submissions if each.job_id and not each.deleted}
    end_s = time.monotonic() + timeout_s
    while open_ and time.monotonic() < end_s:
        for job_id in sorted(open_):
            status = service.redis.hget(f"impasto:job:{job_id}", "status")
            if status is None or status in FINAL:
                open_.discard(job_id)
        time.sleep(0.1)


def wait_for_webhooks(service: Service, timeout_s: float) -> list[str]:
    """Return what is still in the outbox after the time."""
    end_s = time.monotonic() + timeout_s
    while service.redis.zcard("impasto:outbox") and time.monotonic() < end_s:
        time.sleep(0.1)
    return [str(each) for each in service.redis.zrange("impasto:outbox", 0, -1)]


def facts_of(service: Service, http: httpx.Client, job_id: str) -> JobFacts | None:
    """What the service says about a job, its result's bytes included."""
    answer = http.get(f"/v1/jobs/{job_id}")
    if answer.status_code != 200:
        return None
    job = answer.json()
    result, sha256 = job["result"], None
    if job["status"] == "succeeded":
        picture = http.get(f"/v1/jobs/{job_id}/result")
        if picture.status_code == 200:
            sha256 = hashlib.sha256(picture.content).hexdigest()
    events = service.redis.xrange(f"impasto:events:{job_id}")
    return JobFacts(
        job_id=job_id,
        status=job["status"],
        attempt=job["attempt"],
        error_code=(job["error"] or {}).get("code"),
        stopped_early=bool(result and result["stopped_early"]),
        changes=tuple(
            (change["at_step"], change["style_strength"])
            for change in job["params"]["changes"]
        ),
        revisions=tuple(
            json.loads(fields["data"])["control"]
            for _, fields in events
            if fields["kind"] == "control"
        ),
        ends=sum(fields["kind"] == "done" for _, fields in events),
        sha256=sha256,
        told_sha256=result and result["sha256"],
    )


def recorded_jobs(service: Service) -> frozenset[str]:
    names = service.redis.scan_iter("impasto:job:*", count=1000)
    return frozenset(name.removeprefix("impasto:job:") for name in names)


def ends_counted(service: Service) -> int:
    counters = service.redis.hgetall("impasto:counters")
    return round(
        sum(float(n) for name, n in counters.items() if name.startswith("ended:"))
    )


def files_of(service: Service) -> set[str]:
    """All files, and empty folders below the store's own ones."""
    root = service.blobs_dir
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() or (_is_empty(path) and path.parent != root)
    }


def delete_everything(service: Service, http: httpx.Client) -> None:
    """Delete all jobs as their clients would, and sweep as janitors do in a minute."""
    for job_id in recorded_jobs(service):
        http.delete(f"/v1/jobs/{job_id}")
    blobs = service.open_blobs()
    while due := service.ledger.sweep():
        for key in due:
            blobs.delete(key)


def files_left(service: Service, timeout_s: float = 20.0) -> list[str]:
    """What lies about although there is no job, and was not found by the service.

    The API starts again with an hour's patience made a moment's.
    """
    if not REBUILDS_THE_LEDGER:
        return []
    service.api.end(timeout_s=15)
    service.api.environment |= {
        "IMPASTO_GARBAGE_INTERVAL_S": "0.2",
        "IMPASTO_GARBAGE_GRACE_S": "0.1",
    }
    service.api.start()
    end_s = time.monotonic() + timeout_s
    while (left := files_of(service)) and time.monotonic() < end_s:
        time.sleep(0.1)
    return sorted(left)


def keys_left(service: Service) -> list[str]:
    """Keys that are there although no job is."""
    names = sorted(str(name) for name in service.redis.scan_iter("*", count=1000))
    return [name for name in names if not name.startswith(_KEPT_KEYS)]


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
