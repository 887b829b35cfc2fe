"""An upload as long as it may be, and what the process needs for it."""

import hashlib
import io
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from app.contract.records.wire import upload_key
from app.intake import IntakeRules
from app.stores.blobs import DirectoryBlobStore
from app.uploads.receiving import PART_BYTES, Receiver
from app.uploads.uploads import Uploads
from tests.ledgers import ScratchLedger

MIB = 2**20


@pytest.mark.parametrize("is_resumed", [False, True])
def test_of_a_long_upload_little_is_held_in_memory(
    tmp_path: Path, is_resumed: bool
) -> None:
    uploads = Uploads(
        records=ScratchLedger().upload_records,
        blobs=DirectoryBlobStore(tmp_path, min_free_bytes=0),
        intake=IntakeRules(),
        max_bytes=100 * MIB,
        bytes_per_key=100 * MIB,
    )
    digest = hashlib.sha256()

    async def stream(pieces: int) -> AsyncIterator[bytes]:
        for number in range(pieces):
            piece = number.to_bytes(4, "big") * (64 * 2**8)
            digest.update(piece)
            yield piece

    async def send() -> str:
        receiver = Receiver.create(uploads, None, "video/mp4", None)
        await receiver.receive(stream(321))
        if is_resumed:
            receiver = Receiver.resume(
                uploads, receiver.upload.id, None, receiver.stand().size_bytes, None
            )
        await receiver.receive(stream(320))
        return str(receiver.finish().sha256)

    tracemalloc.start()
    try:
        sha256 = anyio.run(send)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sha256 == digest.hexdigest()
    with io.BytesIO(uploads.blobs.get(upload_key(sha256))) as file:
        assert file.seek(0, 2) == 641 * 64 * 2**10
    assert peak_bytes < 5 * PART_BYTES
