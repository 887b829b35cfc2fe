"""What a cloud's cameras would see is told before it is sent for good."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.submissions import survey as surveys
from tests.app.conftest import PICTURE, ApiHarness
from tests.engine.pointcloud.clouds import colored_ply

CLOUD = colored_ply(1500)
SMALL = {"views": "5", "view_size": "128", "background": "#ff0000"}


def checked(
    api: ApiHarness, content: Any = CLOUD, cameras: bytes = b"", **params: str
) -> Any:
    is_upload = isinstance(content, str)
    data = {"kind": "pointcloud", **SMALL, **params}
    if is_upload:
        data["content_upload"] = content
    files = {"style": PICTURE} | ({} if is_upload else {"content": content})
    if cameras:
        files["cameras"] = cameras
    return api.client.post("/v1/jobs?validate_only=true", data=data, files=files)


def pictures(answer: Any) -> list[np.ndarray]:
    views = answer.json()["views"]
    begin = "data:image/png;base64,"
    assert all(each.startswith(begin) for each in views)
    files = [base64.b64decode(each.removeprefix(begin)) for each in views]
    return [np.asarray(Image.open(io.BytesIO(each))) for each in files]


def test_each_camera_shows_what_it_would_see() -> None:
    api = ApiHarness()
    told = pictures(checked(api, seed="3"))
    assert [each.shape for each in told] == [(128, 128, 3)] * 5
    for each in told:
        is_behind = (each == (255, 0, 0)).all(axis=2)
        assert 0.1 < is_behind.mean() < 0.95
        assert is_behind[0, 0]
    assert api.is_untouched
    upload = api.client.post("/v1/uploads", content=CLOUD).json()["id"]
    again = pictures(checked(api, upload, seed="3"))
    assert np.array_equal(told, again), "by the same seed the same cameras"


def test_cameras_that_were_sent_are_those_that_look() -> None:
    api = ApiHarness()
    beside = {"position": [9, 0, 0], "look_at": [18, 0, 0]}
    above = {"position": [0, 0, 4], "look_at": [0, 0, 0], "up": [0, 1, 0]}
    sent = json.dumps({"cameras": [beside, above]}).encode()
    answer = checked(api, cameras=sent)
    away, ring = pictures(answer)
    assert answer.json()["input"]["cameras"]["cameras"] == 2
    assert (away == (255, 0, 0)).all()
    is_behind = (ring == (255, 0, 0)).all(axis=2)
    assert is_behind[64, 64], "the hole of the ring"
    assert 0.05 < 1 - is_behind.mean() < 0.9
    refused = checked(api, cameras=b"[1]")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value")
    assert refused.json()["errors"][0]["field"] == "/cameras"


def test_a_picture_has_no_views() -> None:
    files = {"content": PICTURE, "style": PICTURE}
    answer = ApiHarness().client.post("/v1/jobs?validate_only=true", files=files)
    assert answer.json()["views"] == []


def test_what_cannot_be_drawn_is_accepted_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(surveys, "_PATIENCE_S", 0.001)
    answer = checked(ApiHarness())
    assert (answer.status_code, answer.json()["views"]) == (200, [])
    assert "took longer" in caplog.text
