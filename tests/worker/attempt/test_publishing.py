"""What a training has made is one style of the library, however often it ends."""

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest

from app.catalogue.stored_styles import StoredStyles
from app.contract.artifacts import Artifact
from app.contract.kinds.training.kind import STYLE, TRAINING
from app.contract.packs.reading import PACK_TYPE
from app.contract.records.wire import upload_key
from app.contract.styles import style_id_of
from tests.fakes import MemoryBlobStore
from tests.packs import a_pack
from tests.stores.new_jobs import a_picture
from worker.attempt.attempt import Attempt

JOB_ID = "job_" + "ab" * 16
PAINTING, PACK, KEY = b"a painting", a_pack(), "results/job/1.safetensors"
SHA256 = hashlib.sha256(PAINTING).hexdigest()


@pytest.fixture
def blobs() -> MemoryBlobStore:
    blobs = MemoryBlobStore()
    blobs.put(upload_key(SHA256), PAINTING)
    blobs.put(KEY, PACK)
    return blobs


def publish(blobs: MemoryBlobStore, *, published: bool) -> None:
    """Do what an attempt does with its result before the job is committed."""
    inputs = {STYLE: a_picture(sha256=SHA256)}
    needed: dict[str, Any] = dict.fromkeys(Attempt.__dataclass_fields__)
    needed["kind"] = TRAINING
    needed["params"] = TRAINING.parse({"name": "waves", "license": "CC0"}, inputs)
    needed["job"] = SimpleNamespace(id=JOB_ID, inputs=inputs)
    needed["storage"] = SimpleNamespace(blobs=blobs, get=blobs.get)
    result = Artifact(
        blob_key=KEY,
        media_type=PACK_TYPE,
        bytes=len(PACK),
        sha256=hashlib.sha256(PACK).hexdigest(),
        facts={"training": {"published": published}},
    )
    Attempt(**needed)._publish(result)


def test_one_that_ends_twice_is_one_style_with_painting_and_pack(
    blobs: MemoryBlobStore,
) -> None:
    for _ in range(2):
        publish(blobs, published=True)
    library = StoredStyles(blobs)
    (style,) = library.all()
    assert style.id == style_id_of(JOB_ID)
    assert (style.title, style.license, style.width) == ("waves", "CC0", 64)
    assert style.pack is not None
    assert style.pack.trained_by == JOB_ID
    assert (library.image(style.id), library.pack(style.id)) == (PAINTING, PACK)


def test_what_the_gate_refuses_is_in_no_library(blobs: MemoryBlobStore) -> None:
    publish(blobs, published=False)
    assert StoredStyles(blobs).ids() == set()
