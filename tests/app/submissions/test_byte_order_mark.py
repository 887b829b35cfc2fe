"""Some programs of Windows begin JSON with a byte order mark: it is no part of it."""

import base64
import json
from typing import Any

import pytest

from tests.app.conftest import PICTURE, ApiHarness

BOM = b"\xef\xbb\xbf"
DATA = {"data": base64.encodebytes(PICTURE).decode()}
BODIES: dict[str, Any] = {
    "/v1/jobs": {"content": DATA, "styles": [DATA]},
    "/v1/batches": {"contents": [DATA], "styles": [DATA]},
    "/v1/estimates": {"width": 640, "height": 480, "params": {}},
    "/v1/jobs/{id}/retry": {"params": {"size": 256}},
}


def post(api: ApiHarness, path: str, body: bytes) -> Any:
    headers = {"Content-Type": "application/json"}
    return api.client.post(path, content=body, headers=headers)


@pytest.mark.parametrize("path", BODIES)
def test_mark_changes_nothing(path: str) -> None:
    api = ApiHarness()
    job = post(api, "/v1/jobs", json.dumps(BODIES["/v1/jobs"]).encode()).json()
    api.client.post(f"/v1/jobs/{job['id']}/cancel")
    body = json.dumps(BODIES[path]).encode()
    answer = post(api, path.format(id=job["id"]), BOM + body)
    assert answer.status_code in {200, 201, 202}, answer.text
    twice = post(api, path.format(id=job["id"]), BOM + BOM + body)
    assert twice.json()["code"] == "malformed_body"
