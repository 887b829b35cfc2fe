"""Styles that a worker has of its own come into the library, once."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from PIL import Image

from app.catalogue.stored_styles import StoredStyles
from app.contract.packs.onnx import to_onnx
from app.contract.ports import StorageUnavailableError
from tests.app.conftest import ApiHarness
from tests.fakes import MemoryBlobStore
from tests.packs import a_pack
from worker.library import keep_own_styles
from worker.runners.runner import FinishedFile, OwnStyle


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(file, "PNG")
    return file.getvalue()


@dataclass
class Painter:
    """Has two styles, and counts how often it paints."""

    samples: list[str] = field(default_factory=list)

    def own_styles(self) -> Iterator[OwnStyle]:
        for name in ("network_01", "network_02"):
            yield OwnStyle(
                id=name,
                title=f"Style {name}",
                license="as it says",
                source="a package",
                pack=partial(a_pack, name),
                sample=partial(self.sample, name),
            )

    def sample(self, name: str) -> FinishedFile:
        self.samples.append(name)
        facts = {"width": 64, "height": 48}
        return FinishedFile(media_type="image/png", to_bytes=png, facts=facts)


def keep(painter: Any, blobs: Any) -> None:
    keep_own_styles({"image": painter}, blobs)


def test_they_are_kept_once_and_only_what_is_missing_is_made() -> None:
    painter, blobs = Painter(), MemoryBlobStore()
    keep(painter, blobs)
    keep(painter, blobs)
    assert painter.samples == ["network_01", "network_02"]
    blobs.delete("styles/network_02.json")
    keep(painter, blobs)
    assert painter.samples[2:] == ["network_02"]


def test_the_service_shows_them_after_its_paintings_and_keeps_them() -> None:
    api = ApiHarness()
    keep(Painter(), api.blobs)
    styles = api.client.get("/v1/styles").json()["data"]
    assert [each["id"] for each in styles[-2:]] == ["network_01", "network_02"]
    mine = styles[-1]
    assert (mine["builtin"], mine["paintable"], mine["created_at"]) == (
        True,
        False,
        None,
    )
    assert (mine["license"], mine["width"]) == ("as it says", 64)
    assert api.client.get(mine["pack"]["url"]).content == a_pack("network_02")
    as_onnx = {"Accept": "application/onnx"}
    answer = api.client.get(mine["pack"]["url"], headers=as_onnx)
    assert answer.content == to_onnx(a_pack("network_02"))
    assert answer.headers["content-type"] == "application/onnx"
    assert api.client.get(mine["thumbnail_url"]).status_code == 200
    answer = api.client.delete(f"/v1/styles/{mine['id']}")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    page = api.client.get("/v1/styles?limit=11").json()
    rest = api.client.get(f"/v1/styles?cursor={page['next_cursor']}").json()
    assert [each["id"] for each in rest["data"]] == ["network_02"]


def test_they_take_no_room_from_those_that_people_add() -> None:
    blobs = MemoryBlobStore()
    keep(Painter(), blobs)
    assert StoredStyles(blobs).count() == 0
    assert len(StoredStyles(blobs).all()) == 2


def test_a_storage_that_is_away_stops_no_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Away(MemoryBlobStore):
        def put(self, key: str, content: bytes) -> None:
            raise StorageUnavailableError(key)

    keep(Painter(), Away())
    assert "the library lacks styles" in caplog.text
