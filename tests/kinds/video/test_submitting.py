"""Clips at the door of the API: told, kept as they came, or refused by code."""

import dataclasses
from typing import Any

import pytest

from app.contract.inputs import Input
from app.contract.kind import Kinds, RefusedParams
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.video.kind import VIDEO
from app.contract.records.wire import upload_key
from tests.app.conftest import ApiHarness
from tests.app.pictures import plain
from tests.clips import clip, pan

CLIP = clip(pan(6))


@pytest.fixture(scope="module")
def api() -> ApiHarness:
    return ApiHarness()


def send(api: ApiHarness, content: bytes = CLIP, **fields: str) -> Any:
    files = {"content": content, "style": plain()}
    return api.client.post("/v1/jobs", data={"kind": "video", **fields}, files=files)


def code_of(answer: Any) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["errors"][0]["field"]


def test_a_clip_is_kept_as_it_came_and_told(api: ApiHarness) -> None:
    job = send(api, size="64", temporal_strength="0.7").json()
    assert job["kind"] == "video"
    told = job["input"]["content"]
    assert (told["frames"], told["media_type"], told["audio"]) == (
        6,
        "video/mp4",
        "aac",
    )
    assert api.blobs.get(upload_key(told["sha256"])) == CLIP
    assert job["params"]["temporal_strength"] == 0.7
    assert job["params"]["style_weights"] == [1]


def test_some_parameters_change_while_it_runs(api: ApiHarness) -> None:
    url = f"/v1/jobs/{send(api, size='64').json()['id']}/controls"
    told = api.client.get(url).json()
    assert told["values"] == {
        "color": "style",
        "style_strength": 0.5,
        "temporal_strength": 0.5,
    }
    assert api.client.patch(url, json={"temporal_strength": 1}).status_code == 202
    refused = api.client.patch(url, json={"cut_threshold": 1}).json()
    assert refused["code"] == "not_changeable"


def test_a_batch_of_clips_is_refused_in_words(api: ApiHarness) -> None:
    files = {"contents": CLIP, "styles": plain()}
    answer = api.client.post("/v1/batches", data={"kind": "video"}, files=files)
    assert code_of(answer) == (422, "kind_unavailable", "/kind")
    assert answer.json()["errors"][0]["limit"] == ["image"]
    assert "A batch is of image here, not of video" in answer.json()["detail"]
    bodies = api.client.get("/openapi.json").json()["paths"]["/v1/batches"]["post"]
    assert "VideoBatch" not in str(bodies["requestBody"])


def test_a_clip_may_be_optimized_and_has_every_value_filled_in(
    api: ApiHarness,
) -> None:
    job = send(api, size="64", engine="optimize", preset="standard").json()
    params = job["params"]
    assert params["engine"] == "optimize"
    assert (params["first_steps"], params["frame_steps"]) == (250, 15)
    assert params["seed"] >= 0


def test_a_network_without_a_painting_cannot_be_optimized_to() -> None:
    facts = {"width": 640, "height": 360, "frames": 9, "duration_seconds": 1.0}
    inputs = {
        "content": Input(media_type="video/mp4", sha256="", facts=facts),
        "style/0": Input(media_type="", sha256="", facts={"paintable": False}),
    }
    VIDEO.parse({}, inputs)
    with pytest.raises(RefusedParams, match="engine=fast"):
        VIDEO.parse({"engine": "optimize"}, inputs)


def test_an_upload_tells_a_clip_and_is_not_copied(api: ApiHarness) -> None:
    headers = {"Content-Type": "video/mp4"}
    upload = api.client.post("/v1/uploads", content=CLIP, headers=headers).json()
    before = {key for key in api.blobs.blobs if key.startswith("uploads/")}
    body = {
        "kind": "video",
        "content": {"upload": upload["id"]},
        "styles": [{"upload": upload_of_a_painting(api)}],
    }
    job = api.client.post("/v1/jobs", json=body).json()
    assert job["input"]["content"]["frames"] == 6
    after = {key for key in api.blobs.blobs if key.startswith("uploads/")}
    assert job["input"]["content"]["sha256"] == upload["sha256"]
    assert upload_key(upload["sha256"]) in before & after


def upload_of_a_painting(api: ApiHarness) -> str:
    headers = {"Content-Type": "image/png"}
    answer = api.client.post("/v1/uploads", content=plain(), headers=headers)
    return str(answer.json()["id"])


REFUSED = {
    "text": ({"content": b"a text"}, (415, "unsupported_video_type", "/content")),
    "a picture": ({"content": plain()}, (415, "unsupported_video_type", "/content")),
    "broken": ({"content": CLIP[:900]}, (422, "video_unreadable", "/content")),
    "a start behind the end": (
        {"start_seconds": "0.2", "end_seconds": "0.1"},
        (422, "out_of_range", "/params/end_seconds"),
    ),
    "a start behind the clip": (
        {"start_seconds": "9"},
        (422, "out_of_range", "/params/start_seconds"),
    ),
    "a picture's parameter": ({"steps": "5"}, (422, "not_applicable", "/steps")),
    "the other engine's parameter": (
        {"frame_steps": "5"},
        (422, "not_applicable", "/params/frame_steps"),
    ),
    "more between two keys than are held": (
        {"propagate": "true", "keyframe_interval": "49"},
        (422, "out_of_range", "/params/keyframe_interval"),
    ),
    "another container's codec": (
        {"format": "mp4", "codec": "vp9"},
        (422, "invalid_value", "/params/codec"),
    ),
    "too large": ({"size": "4000"}, (422, "out_of_range", "/params/size")),
    "too narrow": ({"size": "64", "content": clip(pan(2, 1, (160, 32)))},
                   (422, "out_of_range", "/params/size")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_painted_is_refused(api: ApiHarness, name: str) -> None:
    fields, expected = REFUSED[name]
    assert code_of(send(api, **fields)) == expected


def test_a_picture_job_does_not_take_a_clip(api: ApiHarness) -> None:
    answer = api.client.post("/v1/jobs", files={"content": CLIP, "style": plain()})
    assert answer.json()["code"] == "unsupported_image_type"


def test_an_estimate_knows_the_frames(api: ApiHarness) -> None:
    body = {"kind": "video", "width": 1280, "height": 720, "frames": 190}
    told = api.client.post("/v1/estimates", json=body).json()
    assert (told["width"], told["height"]) == (512, 288)


def test_work_grows_with_the_frames_that_are_painted() -> None:
    facts = {"width": 640, "height": 360, "frames": 100, "duration_seconds": 4.0}
    _, inputs = VIDEO.planned(
        VIDEO.estimate(width=640, height=360, frames=100, frame_rate=25.0)
    )
    assert inputs["content"].facts == facts
    whole = VIDEO.parse({}, inputs)
    half = VIDEO.parse({"start_seconds": 1, "end_seconds": 3}, inputs)
    long = VIDEO.parse({"engine": "optimize"}, inputs)
    assert VIDEO.work(long, inputs) > 5 * VIDEO.work(whole, inputs)
    assert VIDEO.work(half, inputs) == pytest.approx(VIDEO.work(whole, inputs) / 2)


def test_without_its_packages_the_kind_is_refused_with_what_to_install() -> None:
    lacking = dataclasses.replace(VIDEO, modules=("no_such_module",))
    api = ApiHarness(kinds=Kinds((IMAGE, lacking)))
    answer = send(api)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "kind_unavailable")
    assert problem["errors"][0]["limit"] == ["image"]
    assert "impasto[video]" in problem["detail"]
    assert [*api.client.get("/v1/capabilities").json()["kinds"]] == ["image"]
    assert api.submit().status_code == 202


def test_an_operator_may_leave_the_kind_out() -> None:
    settings = ApiHarness().settings.model_copy(update={"kinds": ("image",)})
    assert send(ApiHarness(settings=settings)).json()["code"] == "kind_unavailable"
