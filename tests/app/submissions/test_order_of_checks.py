"""Cheap checks first: each fault is told although every later one is there too."""

import json
from typing import Any

import pytest

from app.contract.inputs import size_of
from app.problems import ProblemCode, ProblemError
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.pictures import claiming, plain
from tests.app.submissions.sending import a_job, data, receive_with, send

WIDE = plain(color=(1, 2, 3), size=(60, 40))

#: From the cheapest to the dearest; each step mends one fault of the one before.
NOT_JSON = "{"
STEPS: list[tuple[str, Any]] = [
    ("malformed_body", NOT_JSON),
    ("unknown_field", {"x": 1, "params": {"steps": 0}}),
    ("out_of_range", {"params": {"steps": 0}, "content": data(b"x")}),
    ("style_not_found", {"content": data(b"x"), "styles": [{"style_id": "nobody"}]}),
    ("unsupported_image_type", {"content": data(b"x")}),
    ("image_too_many_pixels", {"content": data(claiming(50_000, 50_000))}),
    ("image_unreadable", {"content": data(PICTURE[:-40])}),
    ("mask_bad_aspect", {"masks": [data(plain(mode="L", size=(40, 40), color=9))]}),
    ("queue_full", {}),
]


@pytest.mark.parametrize(("code", "faults"), STEPS, ids=[code for code, _ in STEPS])
def test_the_first_fault_in_the_order_is_told(
    api: ApiHarness, code: str, faults: Any
) -> None:
    waiting = api.queued()
    receive_with(api, queue_limit=1)
    stored = dict(api.blobs.blobs)
    body = faults
    if not isinstance(faults, str):
        whole = {"content": data(), "styles": [data(PICTURE[:-40])], **faults}
        if code in {"mask_bad_aspect", "queue_full"}:
            whole["styles"] = [data()]
        body = json.dumps(whole)
    assert send(api, body).json()["code"] == code
    assert api.blobs.blobs == stored
    assert api.doorbell.rung == [waiting]


def test_size_comes_before_media_type_and_that_before_the_body(api: ApiHarness) -> None:
    request = api.client.build_request("POST", "/v1/jobs")
    del request.headers["content-length"]
    assert api.client.send(request).json()["code"] == "length_required"
    answer = send(api, NOT_JSON, Content_Type="text/plain")
    assert answer.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    ("path", "body", "sizes"),
    [
        ("/v1/jobs", a_job(params={"size": 4096}), [(48, 36)]),
        (
            "/v1/batches",
            {"contents": [data(), data(WIDE)], "styles": [data()]},
            [(48, 36), (60, 40)],
        ),
        ("/v1/jobs/{}/retry", {"params": {"size": 4096}}, [(48, 36)]),
    ],
)
def test_what_no_worker_can_hold_is_refused_before_anything_is_stored(
    api: ApiHarness, path: str, body: Any, sizes: list[tuple[int, int]]
) -> None:
    path = path.format(api.queued())
    stored = dict(api.blobs.blobs)
    asked: list[tuple[int, int]] = []

    def refuse_the_last(kind: Any, params: Any, inputs: Any) -> None:
        asked.append(size_of(inputs["content"].facts))
        if len(asked) == len(sizes):
            raise ProblemError(ProblemCode.EXCEEDS_MEMORY, "too large")

    receive_with(api, require_memory=refuse_the_last, queue_limit=1)
    assert send(api, body, path).json()["code"] == "exceeds_memory"
    assert asked == sizes
    assert api.blobs.blobs == stored
    assert api.ledger.queue_depth() == 1
