"""A kind that no room knows is submitted in every way in which a picture is."""

import base64
import hashlib
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.contract.kinds.image.kind import IMAGE
from app.contract.records.wire import upload_key
from tests.app.conftest import ApiHarness
from tests.app.submissions.sending import FakeFetcher, receive_with
from tests.kinds.echo.kind import ECHO
from tests.kinds.echo.test_http import run

SOUND, NOTE = b"<script>a sound</script>", b"a note"
FORM = [("content", SOUND), ("note", NOTE)]


def data(content: bytes) -> dict[str, str]:
    return {"data": base64.b64encode(content).decode()}


def document(**members: Any) -> dict[str, Any]:
    return {"kind": "echo", "content": data(SOUND), **members}


def send_form(api: ApiHarness, files: Any = FORM, **fields: Any) -> Any:
    parts = [(name, (name, content, "text/html")) for name, content in files]
    return api.client.post("/v1/jobs", files=parts, data={"kind": "echo", **fields})


def send(api: ApiHarness, body: Any, path: str = "/v1/jobs", **headers: str) -> Any:
    return api.client.post(path, json=body, headers=headers)


def code_of(answer: Any) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["errors"][0]["field"]


def test_a_form_is_stored_and_queued_as_it_came(api: ApiHarness) -> None:
    answer = send_form(api, ticks="5")
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["kind"], job["params"]) == ("echo", {"ticks": 5, "volume": 1.0})
    record = api.ledger.get(job["id"])
    assert (record.lane, record.work, list(record.inputs)) == (
        "short",
        5.0,
        ["content", "note/0"],
    )
    assert api.blobs.get(upload_key(hashlib.sha256(SOUND).hexdigest())) == SOUND
    assert api.doorbell.rung == [job["id"]]


def test_nobody_is_shown_what_a_client_calls_html(api: ApiHarness) -> None:
    job = send_form(api).json()
    assert job["input"]["content"]["bytes"] == len(SOUND)
    answer = api.client.get(f"/v1/jobs/{job['id']}/inputs/content")
    assert answer.content == SOUND
    assert answer.headers["content-type"] == "application/octet-stream"


def test_json_says_the_same_and_names_urls(api: ApiHarness) -> None:
    receive_with(api, fetcher=FakeFetcher({"https://a.example/n": NOTE}))
    note = {"url": "https://a.example/n"}
    body = document(notes=[note], params={"ticks": 5}, metadata={"a": 1})
    job = send(api, body).json()
    assert job["params"] == {"ticks": 5, "volume": 1.0}
    assert job["input"] == send_form(api).json()["input"]
    assert job["metadata"] == {"a": 1}


def test_a_key_stands_for_one_job(api: ApiHarness) -> None:
    headers = {"Idempotency-Key": "once"}
    first = send(api, document(), **headers)
    again = send(api, document(), **headers)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    other = send(api, document(content=data(NOTE)), **headers)
    assert other.json()["code"] == "idempotency_key_reused"


def test_a_batch_has_a_job_for_each_file(api: ApiHarness) -> None:
    files = [data(SOUND), data(NOTE)]
    body = {"kind": "echo", "contents": files, "params": {"ticks": 2}}
    batch = send(api, body, "/v1/batches").json()
    assert batch["counts"]["queued"] == 2
    places = [(each["content"], each["style"]) for each in batch["jobs"]]
    assert places == [(0, 0), (1, 0)]
    jobs = [api.ledger.get(each["id"]) for each in batch["jobs"]]
    assert [job.inputs["content"].facts for job in jobs] == [
        {"bytes": len(SOUND)},
        {"bytes": len(NOTE)},
    ]
    parts = [("content", ("a", SOUND)), ("content", ("b", NOTE))]
    form = api.client.post("/v1/batches", files=parts, data={"kind": "echo"})
    assert form.json()["counts"]["queued"] == 2


def test_a_batch_without_pictures_has_no_contact_sheet(api: ApiHarness) -> None:
    body = {"kind": "echo", "contents": [data(SOUND)]}
    batch = send(api, body, "/v1/batches").json()
    path = f"/v1/batches/{batch['id']}/sheet"
    assert api.client.get(path).json()["code"] == "result_not_ready"
    run(api, batch["jobs"][0]["id"])
    answer = api.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_one_that_was_submitted_is_taken_again(api: ApiHarness) -> None:
    job = send_form(api).json()
    body = {"params": {"volume": 0.5}}
    again = send(api, body, f"/v1/jobs/{job['id']}/retry").json()
    assert again["params"] == {"ticks": 3, "volume": 0.5}
    assert again["input"] == job["input"]


def test_checking_alone_stores_nothing(api: ApiHarness) -> None:
    answer = send(api, document(), "/v1/jobs?validate_only=true").json()
    assert (answer["kind"], answer["params"]["ticks"]) == ("echo", 3)
    assert api.is_untouched


REFUSED = {
    "no file": (document(content=None), "invalid_value", "/content"),
    "an empty file": (document(content=data(b"")), "invalid_value", "/content/data"),
    "too many": (document(notes=[data(NOTE)] * 4), "out_of_range", "/notes"),
    "a painting": (
        document(content={"style_id": "starry_night"}),
        "invalid_value",
        "/content/style_id",
    ),
    "a parameter": (document(params={"ticks": 0}), "out_of_range", "/params/ticks"),
    "both together": (
        document(notes=[data(NOTE)], params={"ticks": 13}),
        "invalid_value",
        "/params/ticks",
    ),
    "a picture's file": (document(styles=[data(NOTE)]), "not_applicable", "/styles"),
    "a picture's parameter": (
        document(params={"steps": 5}),
        "not_applicable",
        "/params/steps",
    ),
    "nobody's": (document(x=1), "unknown_field", "/x"),
    "no kind": (document(kind="opera"), "unknown_kind", "/kind"),
    "kind is a number": (document(kind=1), "unknown_kind", "/kind"),
}


@pytest.mark.parametrize(("body", "code", "pointer"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_by_its_slots_and_parameters(
    api: ApiHarness, body: Any, code: str, pointer: str
) -> None:
    answer = send(api, body)
    assert code_of(answer) == (422, code, pointer)
    assert api.is_untouched


def test_what_is_another_kinds_is_told_with_its_name(api: ApiHarness) -> None:
    answer = send_form(api, style_weight="1")
    assert code_of(answer) == (422, "not_applicable", "/style_weight")
    assert "kind image" in answer.json()["detail"]
    picture = api.submit(ticks="5")
    assert code_of(picture) == (422, "not_applicable", "/ticks")
    assert "kind echo" in picture.json()["detail"]


def test_kinds_that_are_offered_are_told(api: ApiHarness) -> None:
    problem = send_form(api, kind="opera").json()
    assert problem["errors"][0]["limit"] == [*(each.name for each in KINDS), "echo"]
    alone = send(ApiHarness(), document()).json()
    assert alone["errors"][0]["limit"] == [each.name for each in KINDS]


def test_a_file_of_any_bytes_has_a_limit(api: ApiHarness) -> None:
    settings = api.settings.model_copy(update={"max_image_bytes": 2**16})
    small = ApiHarness(settings=settings, kinds=Kinds((IMAGE, ECHO)))
    answer = send_form(small, [("content", bytes(2**16 + 1))])
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


def test_a_picture_may_say_that_it_is_one(api: ApiHarness) -> None:
    assert api.submit(kind="image").json()["kind"] == "image"
    assert api.submit(kind="").json()["kind"] == "image"


def test_the_document_has_a_choice_of_bodies(api: ApiHarness) -> None:
    openapi = api.client.get("/openapi.json").json()
    content = openapi["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    assert schema["discriminator"] == {
        "propertyName": "kind",
        "mapping": {
            "image": "#/components/schemas/ImageJob",
            "video": "#/components/schemas/VideoJob",
            "pointcloud": "#/components/schemas/PointcloudJob",
            "training": "#/components/schemas/TrainingJob",
            "echo": "#/components/schemas/EchoJob",
        },
    }
    judge = Draft202012Validator({**schema, "components": openapi["components"]})
    picture = {"content": data(NOTE), "styles": [data(NOTE)]}
    for body in (document(notes=[data(NOTE)]), picture, {"kind": "image", **picture}):
        assert judge.is_valid(body), body
        assert not judge.is_valid({**body, "kind": "opera"})
    assert not judge.is_valid({"content": data(SOUND)})
    form = openapi["components"]["schemas"]["EchoJobForm"]
    assert set(form["properties"]) == {
        *("kind", "content", "content_upload", "note", "note_upload"),
        *("ticks", "volume"),
        *("metadata", "webhook", "ttl_seconds", "priority"),
    }
    assert form["required"] == ["kind"]
    content = [{"required": ["content"]}, {"required": ["content_upload"]}]
    assert form["allOf"] == [{"anyOf": content}]
