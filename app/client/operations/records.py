"""Looking at jobs that there are, and steering them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from app.client.calls import PAGE_LIMIT, Call, path_of
from app.client.flows import Emit, Flow, ReadFile, Stream, exchange
from app.client.shapes import Job, Page, read


class Asked(BaseModel):
    """A change that was asked for; the worker may not have heard it yet."""

    model_config = ConfigDict(extra="allow")

    revision: int


def job(job_id: str) -> Flow[Job]:
    """Return the job as it is now."""
    return read(Job, (yield from exchange(_about(job_id))))


def jobs(
    *,
    status: str | Sequence[str] = (),
    kind: str | Sequence[str] = (),
    paused: bool | None = None,
    limit: int | None = None,
    order: str | None = None,
) -> Stream[Job]:
    """Yield jobs, the newest first; pages are fetched as they are reached.

    Args:
        status: Only those in this state, or in one of these.
        kind: Only those of this kind, or of one of these.
        paused: Only those that are paused, or only the others; both if left out.
        limit: So many at most; all if left out.
        order: `asc` for the oldest first.
    """
    wanted = {"status": status, "kind": kind}
    filters = [
        (name, str(each))
        for name, words in wanted.items()
        for each in ([words] if isinstance(words, str) else words)
    ]
    if paused is not None:
        filters.append(("paused", str(paused).lower()))
    if order is not None:
        filters.append(("order", order))
    cursor, left = None, limit
    while left is None or left > 0:
        size = PAGE_LIMIT if left is None else min(left, PAGE_LIMIT)
        page = yield from _page(filters, size, cursor)
        for each in page.data[:left]:
            yield Emit(each)
        left = None if left is None else left - len(page.data)
        cursor = page.next_cursor
        if cursor is None:
            return


def cancel(job_id: str) -> Flow[Job]:
    """Ask for the job's end and return it."""
    return read(Job, (yield from exchange(_order(job_id, "cancel"))))


def finish(job_id: str) -> Flow[Job]:
    """Ask a job to stop early and keep the picture it has; return it."""
    return read(Job, (yield from exchange(_order(job_id, "finish"))))


class Controls(BaseModel):
    """What of a job may change, by name: as it is, or was asked to be."""

    model_config = ConfigDict(extra="allow")

    revision: int
    applied_revision: int
    values: dict[str, JsonValue]


def controls(job_id: str) -> Flow[Controls]:
    """Return what of a job may change, and how it stands."""
    call = Call(method="GET", path=path_of("jobs", job_id, "controls"))
    return read(Controls, (yield from exchange(call)))


def control(
    job_id: str, values: Mapping[str, JsonValue], *, seen: int | None = None
) -> Flow[Asked]:
    """Ask a job that waits or runs to go on with other values; return the revision.

    Args:
        job_id: The job's.
        values: What shall change, by name; None is the default.
        seen: The revision that the caller has seen; another one is refused.

    Raises:
        ClientError: A value cannot change or is not allowed, the job has ended, or
            somebody else was faster.
    """
    path = path_of("jobs", job_id, "controls")
    body = dict(values)
    call = Call(method="PATCH", path=path, headers=_if_seen(seen), body=body)
    return read(Asked, (yield from exchange(call)))


def replace_mask(
    job_id: str, number: int, mask: bytes | Path, *, seen: int | None = None
) -> Flow[Asked]:
    """Say where a painting goes while its job waits or runs; return the revision.

    Args:
        job_id: The job's.
        number: Of the painting, from 0.
        mask: A PNG in the photograph's shape, white where the painting goes.
        seen: The revision that the caller has seen; another one is refused.

    Raises:
        ClientError: It is no mask of this picture, the job has ended, or somebody else
            was faster.
        OSError: The file cannot be read.
    """
    content: bytes = mask if isinstance(mask, bytes) else (yield ReadFile(mask))
    headers = {"Content-Type": "image/png", **_if_seen(seen)}
    path = path_of("jobs", job_id, "inputs", "mask", str(number))
    call = Call(
        method="PUT",
        path=path,
        headers=headers,
        content=content,
        tries=seen is None,  # said twice it would be stale
    )
    return read(Asked, (yield from exchange(call)))


def _if_seen(revision: int | None) -> dict[str, str]:
    return {} if revision is None else {"If-Match": f'"{revision}"'}


def pause(job_id: str) -> Flow[Job]:
    """Ask a job to wait, its state stored; return it."""
    return read(Job, (yield from exchange(_order(job_id, "pause"))))


def resume(job_id: str) -> Flow[Job]:
    """Let a paused job go on; return it."""
    call = Call(method="POST", path=path_of("jobs", job_id, "resume"))
    return read(Job, (yield from exchange(call)))


def delete(job_id: str) -> Flow[None]:
    """Delete an ended job: its files and its record.

    Raises:
        ClientError: The job is unknown, or has not ended.
    """
    yield from exchange(Call(method="DELETE", path=path_of("jobs", job_id)))


def _page(
    filters: list[tuple[str, str]], size: int, cursor: str | None
) -> Flow[Page[Job]]:
    query = [*filters, ("limit", str(size))]
    if cursor is not None:
        query.append(("cursor", cursor))
    call = Call(method="GET", path=path_of("jobs"), query=query)
    return read(Page[Job], (yield from exchange(call)))


def _about(job_id: str) -> Call:
    return Call(method="GET", path=path_of("jobs", job_id))


def _order(job_id: str, word: str) -> Call:
    """Return an order that changes nothing when it comes twice."""
    return Call(method="POST", path=path_of("jobs", job_id, word), repeatable=True)
