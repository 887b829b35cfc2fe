"""One request, one job: what an Idempotency-Key stands for, and while it is under way.

A key is remembered only after the request has passed every check of its own, with the
id that was chosen for its job. So a crash before the job is recorded is healed by the
repeated request: it records the job under that id.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CancelScope
from anyio.to_thread import run_sync
from pydantic import JsonValue

from app.contract.ports import LedgerUnavailableError, Reservations
from app.submissions.files.sources import (
    LibraryPicture,
    RemoteFile,
    SentFile,
    UploadedFile,
)

_log = logging.getLogger(__name__)

_PIECE_BYTES = 2**20


@asynccontextmanager
async def under_way(
    reservations: Reservations, owner: str | None, key: str | None, patience_s: float
) -> AsyncIterator[None]:
    """Let no other request with this key in while the block is entered.

    The reservation is renewed again and again: if this process dies, the client that
    sends its request again waits no longer than `patience_s`.

    Raises:
        IdempotencyInProgressError: Another one is under way.
    """
    if key is None:
        yield
        return
    token = await run_sync(reservations.begin, owner, key, patience_s)
    renewing = asyncio.create_task(_renew(reservations, owner, key, token, patience_s))
    try:
        yield
    finally:
        renewing.cancel()
        with CancelScope(shield=True):
            await run_sync(_end, reservations, owner, key, token)


def fingerprint_of_request(kind: str, asked: JsonValue) -> str:
    """Return what tells this request from others: `kind` and what it asks for."""
    text = json.dumps([kind, asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def identity_of(sent: SentFile) -> str:
    """Return what tells this file from others, without looking into it."""
    source = sent.source
    if isinstance(source, LibraryPicture):
        return f"style_id {source.style_id}"
    if isinstance(source, RemoteFile):
        return f"url {source.url}"
    if isinstance(source, UploadedFile):
        return f"upload {source.upload_id}"
    source.file.seek(0)
    digest = hashlib.sha256()
    while piece := source.file.read(_PIECE_BYTES):
        digest.update(piece)
    return f"sha256 {digest.hexdigest()}"


async def _renew(
    reservations: Reservations,
    owner: str | None,
    key: str,
    token: str,
    patience_s: float,
) -> None:
    """Renew a reservation until canceled."""
    while True:
        await asyncio.sleep(patience_s / 3)
        try:
            await run_sync(reservations.renew, owner, key, token, patience_s)
        except LedgerUnavailableError as error:
            _log.warning("reservation not renewed: %s", error)
        # A fault of ours must not let another request in beside this one.
        except Exception:  # noqa: BLE001
            _log.exception("reservation not renewed")


def _end(reservations: Reservations, owner: str | None, key: str, token: str) -> None:
    """End it; a reservation that cannot be ended runs out by itself."""
    try:
        reservations.end(owner, key, token)
    except LedgerUnavailableError as error:
        _log.warning("reservation not ended: %s", error)
