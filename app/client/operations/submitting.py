"""Sending pictures: a new job, a rehearsal of one, or an old one once more."""

from collections.abc import Mapping, Sequence
from os import PathLike

from pydantic import JsonValue

from app.client.calls import Call, new_idempotency_key, path_of
from app.client.flows import Flow, exchange
from app.client.operations.pictures import (
    File,
    Inputs,
    Settings,
    option_parts,
    request_headers,
    submission_parts,
)
from app.client.shapes import Job, Upload, Validation, read


def submit(
    content: File | None = None,
    styles: Sequence[File] = (),
    *,
    kind: str | None = None,
    style_ids: Sequence[str] = (),
    masks: Sequence[File | None] = (),
    style_masks: Sequence[File | None] = (),
    init: File | None = None,
    inputs: Inputs | None = None,
    params: Settings | None = None,
    webhook: Mapping[str, JsonValue] | None = None,
    metadata: Mapping[str, JsonValue] | None = None,
    ttl_seconds: int | None = None,
    priority: str | None = None,
    cancel_after: float | None = None,
    wait: float | None = None,
    reuse: bool = True,
    idempotency_key: str | None = None,
) -> Flow[Job]:
    """Send the pictures and return the accepted job.

    Sent again after a lost answer it finds the job that it made the first time: each
    submission has an idempotency key.

    Args:
        content: The photograph: a path, a file's bytes, or what `upload` returned.
        styles: The paintings, likewise.
        kind: Of job; the service's default, a picture, if left out.
        style_ids: Paintings of the service's library; they come after `styles`.
        masks: The k-th says where on the photograph the k-th painting goes; None for
            one without.
        style_masks: The k-th says which part of the k-th painting counts.
        init: The picture to start from.
        inputs: Any other file, or several, by the name of its slot.
        params: By the names of a job's `params`; None is left out.
        webhook: `{"url": ..., "secret": ..., "events": [...]}`: whom to tell.
        metadata: Your own notes; the job shows them.
        ttl_seconds: How long the pictures are kept after the job has ended.
        priority: `low`, `normal` or `high`: how soon, among the jobs that wait.
        cancel_after: In so many seconds the job is canceled, wherever it stands.
        wait: The answer may take so many seconds if the job ends in them.
        reuse: Whether an equal job's picture may be taken instead of painting again.
        idempotency_key: Drawn if left out; the same one never makes a second job.

    Raises:
        ClientError: A file cannot be read, or the service refuses.
    """
    files = _files(content, styles, masks, style_masks, init, inputs)
    headers = request_headers(
        idempotency_key=idempotency_key or new_idempotency_key(),
        wait=wait,
        cancel_after=cancel_after,
        reuse=reuse,
    )
    call = Call(
        method="POST",
        path=path_of("jobs"),
        headers={**headers, "Accept": "application/json"},
        parts=[
            *(yield from submission_parts(files, style_ids, kind, params)),
            *option_parts(metadata, webhook, ttl_seconds, priority),
        ],
        wait_s=wait or 0.0,
    )
    return read(Job, (yield from exchange(call)))


def validate(
    content: File | None = None,
    styles: Sequence[File] = (),
    *,
    kind: str | None = None,
    style_ids: Sequence[str] = (),
    masks: Sequence[File | None] = (),
    style_masks: Sequence[File | None] = (),
    init: File | None = None,
    inputs: Inputs | None = None,
    params: Settings | None = None,
) -> Flow[Validation]:
    """Return what a submission would become; nothing is stored or queued.

    Raises:
        ClientError: A file cannot be read, or the service would refuse.
    """
    files = _files(content, styles, masks, style_masks, init, inputs)
    call = Call(
        method="POST",
        path=path_of("jobs"),
        query=[("validate_only", "true")],
        parts=(yield from submission_parts(files, style_ids, kind, params)),
        repeatable=True,
    )
    return read(Validation, (yield from exchange(call)))


def retry(
    job_id: str,
    params: Settings | None = None,
    *,
    priority: str | None = None,
    idempotency_key: str | None = None,
) -> Flow[Job]:
    """Return a new job on the same pictures.

    Args:
        job_id: Whose pictures.
        params: What is to be different; all the rest is as it was.
        priority: Likewise.
        idempotency_key: Drawn if left out.
    """
    body: dict[str, object] = {} if params is None else {"params": dict(params)}
    if priority is not None:
        body["priority"] = priority
    return (yield from _again(job_id, "retry", body, idempotency_key))


def branch(
    job_id: str,
    params: Settings | None = None,
    *,
    at: int | None = None,
    priority: str | None = None,
    idempotency_key: str | None = None,
) -> Flow[Job]:
    """Return a new job that goes on from the state of an old one, which stays.

    Args:
        job_id: Whose state; it may wait, run, be paused, or have ended.
        params: What is to be different from there on, and `steps`: so many further
            ones.
        at: A step of the job's `states`; the newest if left out.
        priority: How soon it is served; as that of the old one if left out.
        idempotency_key: Drawn if left out.

    Raises:
        ClientError: There is no state yet or any more, or a value cannot change.
    """
    body: dict[str, object] = {} if params is None else {"params": dict(params)}
    given = {"at": at, "priority": priority}
    body |= {name: value for name, value in given.items() if value is not None}
    return (yield from _again(job_id, "branch", body, idempotency_key))


def _again(
    job_id: str, verb: str, body: dict[str, object], idempotency_key: str | None
) -> Flow[Job]:
    """Return a new job of an old one."""
    call = Call(
        method="POST",
        path=path_of("jobs", job_id, verb),
        headers=request_headers(
            idempotency_key=idempotency_key or new_idempotency_key()
        ),
        body=body,
    )
    return read(Job, (yield from exchange(call)))


def _files(
    content: File | None,
    styles: Sequence[File],
    masks: Sequence[File | None],
    style_masks: Sequence[File | None],
    init: File | None,
    inputs: Inputs | None,
) -> dict[str, Sequence[File | None]]:
    """Return all files by slot, in the order in which they are sent."""
    further = {
        slot: [given] if isinstance(given, str | bytes | PathLike | Upload) else given
        for slot, given in (inputs or {}).items()
    }
    return {
        "content": [] if content is None else [content],
        "style": styles,
        "mask": masks,
        "style_mask": style_masks,
        "init": [] if init is None else [init],
        **further,
    }
