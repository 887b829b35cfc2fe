"""A style of the library brings its pack along; a job keeps what it reads of it."""

from typing import Any

import pytest

from app.contract.records.wire import upload_key
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.pictures import plain
from tests.app.submissions.sending import a_job, send
from tests.packs import a_pack

PACK = a_pack("waves")
FAST = {"engine": "fast"}


@pytest.fixture
def api() -> ApiHarness:
    return ApiHarness(settings=ApiSettings(fast=True))


def a_style(api: ApiHarness, *, paintable: bool = True, pack: bool = True) -> str:
    """The id of a style that was put into the library."""
    files = {"image" if paintable else "sample": ("a.png", plain())}
    if pack:
        files["pack"] = ("a.safetensors", PACK)
    return str(api.client.post("/v1/styles", files=files).json()["id"])


def submit(api: ApiHarness, *style_ids: str, **params: Any) -> Any:
    styles = [{"style_id": each} for each in style_ids]
    return send(api, a_job(styles=styles, params=FAST | params))


def test_the_pack_of_a_style_becomes_an_input(api: ApiHarness) -> None:
    style_id = a_style(api)
    job = submit(api, style_id).json()
    (pack,) = job["input"]["packs"]
    assert (pack["style_id"], pack["bytes"]) == (style_id, len(PACK))
    assert api.blobs.get(upload_key(pack["sha256"])) == PACK
    answer = api.client.get(f"/v1/jobs/{job['id']}/inputs/pack/0")
    assert answer.content == PACK


def test_packs_stand_beside_their_styles(api: ApiHarness) -> None:
    job = submit(api, a_style(api, pack=False), a_style(api)).json()
    packs = job["input"]["packs"]
    assert packs[0] is None
    assert packs[1]["bytes"] == len(PACK)


def test_what_is_not_read_is_not_kept(api: ApiHarness) -> None:
    style_id = a_style(api)
    for params in ({"network": "arbitrary"}, {"engine": "optimize"}):
        job = submit(api, style_id, **params).json()
        assert job["input"]["packs"] == []


def test_a_form_names_a_style_with_a_pack_like_any(api: ApiHarness) -> None:
    fields = {"style_id": a_style(api), "engine": "fast", "network": "pack"}
    files = {"content": ("a.png", PICTURE)}
    job = api.client.post("/v1/jobs", files=files, data=fields).json()
    assert job["params"]["network"] == "pack"
    assert len(job["input"]["packs"]) == 1


def test_nobody_sends_a_pack_with_a_job(api: ApiHarness) -> None:
    files = {"content": PICTURE, "style": PICTURE, "pack": PACK}
    answer = api.client.post("/v1/jobs", files=files, data=FAST)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")


def test_a_network_alone_is_refused_where_a_painting_is_needed(api: ApiHarness) -> None:
    style_id = a_style(api, paintable=False)
    assert submit(api, style_id).status_code == 202
    for params in ({"engine": "optimize"}, {"preset": "quick"}):
        answer = submit(api, style_id, **params)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "style_has_no_painting")
        assert problem["errors"][0]["field"] == "/styles/0"
        assert style_id in problem["detail"]


def test_a_painting_alone_is_refused_where_a_pack_is_asked_for(api: ApiHarness) -> None:
    answer = submit(api, "woodcut", network="pack")
    assert (answer.status_code, answer.json()["code"]) == (422, "style_has_no_pack")


def test_a_retry_with_the_other_engine_keeps_the_rules(api: ApiHarness) -> None:
    job = submit(api, a_style(api, paintable=False)).json()
    api.ledger.request_cancel(job["id"])
    path = f"/v1/jobs/{job['id']}/retry"
    answer = api.client.post(path, json={"params": {"engine": "optimize"}})
    assert answer.json()["code"] == "style_has_no_painting"
    assert len(api.client.post(path).json()["input"]["packs"]) == 1


def test_a_style_that_was_deleted_is_said_to_be_unknown(api: ApiHarness) -> None:
    style_id = a_style(api)
    job = submit(api, style_id).json()
    api.client.delete(f"/v1/styles/{style_id}")
    assert submit(api, style_id).json()["code"] == "style_not_found"
    assert api.client.get(f"/v1/jobs/{job['id']}/inputs/pack/0").content == PACK


def test_a_pack_that_was_swept_is_put_back_from_the_library(api: ApiHarness) -> None:
    job = submit(api, a_style(api)).json()
    api.ledger.request_cancel(job["id"])
    key = upload_key(job["input"]["packs"][0]["sha256"])
    api.blobs.delete(key)
    assert api.client.post(f"/v1/jobs/{job['id']}/retry").status_code == 202
    assert api.blobs.get(key) == PACK


def test_all_jobs_of_a_batch_have_their_packs(api: ApiHarness) -> None:
    body = {
        "contents": [a_job()["content"]],
        "styles": [{"style_id": a_style(api)}, {"style_id": "woodcut"}],
        "params": FAST,
    }
    batch = api.client.post("/v1/batches", json=body).json()
    jobs = [api.client.get(f"/v1/jobs/{each['id']}").json() for each in batch["jobs"]]
    assert [len(each["input"]["packs"]) for each in jobs] == [1, 0]


def test_an_engine_that_is_not_offered_gives_no_start(api: ApiHarness) -> None:
    plain_api = ApiHarness(settings=ApiSettings(fast=False))
    answer = send(plain_api, a_job(params={"start": "fast"}))
    assert answer.status_code == 422
    assert "fast was asked for" in answer.json()["detail"]
    assert send(api, a_job(params={"start": "fast"})).status_code == 202
