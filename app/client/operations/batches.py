"""Batches: every photograph in the manner of every painting."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from app.client.calls import Call, new_idempotency_key, path_of
from app.client.flows import Flow, exchange
from app.client.operations.pictures import (
    File,
    Settings,
    option_parts,
    request_headers,
    submission_parts,
)
from app.client.shapes import Batch, read


def submit_batch(
    contents: Sequence[File],
    styles: Sequence[File] = (),
    *,
    kind: str | None = None,
    style_ids: Sequence[str] = (),
    params: Settings | None = None,
    webhook: Mapping[str, JsonValue] | None = None,
    metadata: Mapping[str, JsonValue] | None = None,
    ttl_seconds: int | None = None,
    priority: str | None = None,
    cancel_after: float | None = None,
    reuse: bool = True,
    idempotency_key: str | None = None,
) -> Flow[Batch]:
    """Send photographs and paintings; return the batch of their jobs.

    Args:
        contents: The photographs: paths, files' bytes, or what `upload` returned.
        styles: The paintings, likewise.
        kind: Of job; pictures if left out.
        style_ids: Paintings of the service's library; they come after `styles`.
        params: By the names of a job's `params`, the same for all.
        webhook: `{"url": ..., "secret": ..., "events": [...]}`: whom to tell of each.
        metadata: Your own notes; each job shows them.
        ttl_seconds: How long the pictures are kept after a job has ended.
        priority: `low`, `normal` or `high`: how soon, among the jobs that wait.
        cancel_after: In so many seconds what has not ended is canceled.
        reuse: Whether equal jobs' pictures may be taken instead of painting again.
        idempotency_key: Drawn if left out; the same one never makes a second batch.

    Raises:
        ClientError: A file cannot be read, or the service refuses; then no job is made.
    """
    files = {"content": contents, "style": styles}
    parts = [
        *(yield from submission_parts(files, style_ids, kind, params)),
        *option_parts(metadata, webhook, ttl_seconds, priority),
    ]
    headers = request_headers(
        idempotency_key=idempotency_key or new_idempotency_key(),
        cancel_after=cancel_after,
        reuse=reuse,
    )
    call = Call(method="POST", path=path_of("batches"), headers=headers, parts=parts)
    return read(Batch, (yield from exchange(call)))


def batch(batch_id: str) -> Flow[Batch]:
    """Return the batch as it is now."""
    call = Call(method="GET", path=path_of("batches", batch_id))
    return read(Batch, (yield from exchange(call)))


def cancel_batch(batch_id: str) -> Flow[Batch]:
    """Ask for the end of every job of the batch that has not ended; return it."""
    path = path_of("batches", batch_id, "cancel")
    call = Call(method="POST", path=path, repeatable=True)
    return read(Batch, (yield from exchange(call)))


def batch_sheet(batch_id: str, *, media_type: str | None = None) -> Flow[bytes]:
    """Return the contact sheet of a batch: all its pictures in one image.

    Args:
        batch_id: Whose.
        media_type: `image/png`, `image/jpeg` or `image/webp`.
    """
    headers = {} if media_type is None else {"Accept": media_type}
    path = path_of("batches", batch_id, "sheet")
    call = Call(method="GET", path=path, headers=headers)
    return (yield from exchange(call)).content
