"""`POST /v1/estimates`, over the whole application."""

import json
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from app.contract.kind import Lane
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.work import work_of
from app.contract.ports import LedgerUnavailableError
from app.contract.workers import MemoryNeed, WorkerInfo
from app.operations.dependencies import OperationsDependencies
from app.problems import ProblemCode as C
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness, a_progress, an_outcome
from tests.app.estimates.samples import sample
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import plain
from tests.ledgers import ScratchLedger

PHOTO = {"width": 1600, "height": 1200}
INFO = WorkerInfo(
    name="a",
    device="cpu",
    memory_free_bytes=8 * 2**30,
    memory_needs={"whole": MemoryNeed(base_bytes=2**29, bytes_per_pixel=3700)},
)


def ask(api: ApiHarness, body: Any = None, **members: Any) -> Any:
    return api.client.post("/v1/estimates", json=body or {**PHOTO, **members})


def learn(api: ApiHarness, *seconds_per_work: float) -> None:
    """Let jobs succeed that took so long for each megapixel-step."""
    for each in seconds_per_work:
        job_id = api.running()
        outcome = an_outcome(job_id, 1)
        assert api.ledger.succeed(job_id, 1, outcome, sample(each))


def test_without_a_finished_job_no_figure_is_invented(api: ApiHarness) -> None:
    body = ask(api).json()
    assert body == {
        "object": "estimate",
        "width": 512,
        "height": 384,
        "predict_seconds": None,
        "wait_seconds": None,
        "memory_bytes": None,
        "fits": None,
        "largest_size": None,
        "samples": 0,
        "based_on": "nothing yet: no job has finished",
    }


def test_time_is_learnt_from_finished_jobs(api: ApiHarness) -> None:
    learn(api, 1.8, 2.0, 2.2)
    api.worker_registry.announce(INFO)
    body = ask(api, params={"size": 1024, "preset": "high"}).json()
    params = StyleTransferParameters(size=1024, preset="high")
    work = work_of(params, 1600, 1200)
    assert body["predict_seconds"]["p50"] == pytest.approx(2.0 * work, rel=0.01)
    assert body["predict_seconds"]["p90"] == pytest.approx(2.2 * work, rel=0.02)
    assert (body["width"], body["height"]) == (1024, 768)
    assert body["samples"] == 3
    assert body["based_on"] == "3 finished jobs of the same kind on cpu"


def test_jobs_of_another_device_are_no_guide(api: ApiHarness) -> None:
    learn(api, 2.0)
    api.worker_registry.announce(WorkerInfo(name="g", device="cuda:0"))
    body = ask(api).json()
    assert body["predict_seconds"] is None
    assert body["samples"] == 0
    assert "devices of the live workers" in body["based_on"]


def test_waiting_counts_those_who_stand_before(api: ApiHarness) -> None:
    learn(api, 2.0)
    api.worker_registry.announce(INFO)
    assert ask(api).json()["wait_seconds"] == {"p50": 0.0, "p90": 0.0}


def test_memory_is_told_by_the_workers(api: ApiHarness) -> None:
    api.worker_registry.announce(INFO)
    small = ask(api).json()
    assert small["memory_bytes"] == 2**29 + 3700 * 512 * 384
    assert small["fits"] is True
    large = ask(api, params={"size": 4096}).json()
    assert large["fits"] is False
    assert 1024 < large["largest_size"] < 4096


REFUSED: list[tuple[dict[str, Any], C, str]] = [
    ({"params": {"steps": 99999}}, C.OUT_OF_RANGE, "/params/steps"),
    ({"params": {"steps": "7"}}, C.INVALID_VALUE, "/params/steps"),
    ({"params": {"preset": "best"}}, C.UNKNOWN_PRESET, "/params/preset"),
    ({"params": {"stepz": 1}}, C.UNKNOWN_FIELD, "/params/stepz"),
    ({"params": {"network": "vgg16"}}, C.INVALID_VALUE, "/params/network"),
    (
        {"params": {"style_layers": {"relu9_9": 1}}},
        C.UNKNOWN_LAYER,
        "/params/style_layers",
    ),
    ({"params": 7}, C.INVALID_VALUE, "/params"),
    ({"size": 512}, C.UNKNOWN_FIELD, "/size"),
    ({"width": 0}, C.OUT_OF_RANGE, "/width"),
    ({"width": 1.5}, C.INVALID_VALUE, "/width"),
    ({"width": True}, C.INVALID_VALUE, "/width"),
    ({"width": 31}, C.IMAGE_TOO_SMALL, "/width"),
    ({"width": 20000, "height": 20000}, C.IMAGE_TOO_MANY_PIXELS, "/width"),
    ({"width": 1000, "height": 100}, C.IMAGE_BAD_ASPECT, "/width"),
    ({"styles": 5}, C.TOO_MANY_STYLES, "/styles"),
    ({"styles": 0}, C.OUT_OF_RANGE, "/styles"),
    (
        {"styles": 2, "params": {"style_weights": [1]}},
        C.STYLE_WEIGHTS_MISMATCH,
        "/params/style_weights",
    ),
    (
        {"params": {"style_weights": []}},
        C.STYLE_WEIGHTS_MISMATCH,
        "/params/style_weights",
    ),
]


@pytest.mark.parametrize(("members", "code", "field"), REFUSED)
def test_what_a_submission_would_refuse_is_refused_alike(
    api: ApiHarness, members: dict[str, Any], code: C, field: str
) -> None:
    answer = ask(api, **members)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["field"] == field


def test_a_missing_size_is_named(api: ApiHarness) -> None:
    answer = ask(api, body={"width": 100})
    assert answer.json()["errors"][0]["field"] == "/height"


def test_a_field_that_nearly_exists_is_guessed(api: ApiHarness) -> None:
    assert "was steps meant?" in ask(api, params={"step": 1}).json()["detail"]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "1e999"])
def test_what_is_no_number_is_refused_and_no_fault(api: ApiHarness, word: str) -> None:
    text = f'{{"width": 100, "height": 100, "params": {{"style_scale": {word}}}}}'
    headers = {"Content-Type": "application/json"}
    answer = api.client.post("/v1/estimates", content=text, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_finite")


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        ("{", "application/json", 400, "malformed_body"),
        (b"\xff", "application/json", 400, "malformed_body"),
        ('{"width": 1, "width": 2}', "application/json", 400, "malformed_body"),
        ("[" * 100_000, "application/json", 413, "upload_too_large"),
        ("[" * 1000, "application/json", 400, "malformed_body"),
        ("[]", "application/json", 422, "invalid_value"),
        (json.dumps(PHOTO), "text/plain", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_is_no_small_json_object_is_refused(
    api: ApiHarness, content: Any, media_type: str, status: int, code: str
) -> None:
    headers = {"Content-Type": media_type}
    answer = api.client.post("/v1/estimates", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_unknown_network_leads_to_those_that_are_offered(api: ApiHarness) -> None:
    answer = ask(api, params={"network": "resnet"})
    assert answer.json()["errors"][0]["limit"] == "'vgg19'"


def test_a_network_that_is_offered_may_be_asked_for() -> None:
    api = ApiHarness(settings=ApiSettings(networks="vgg19,vgg16"))  # type: ignore[arg-type]
    assert ask(api, params={"network": "vgg16"}).status_code == 200


def test_without_the_ledger_the_queue_does_not_answer() -> None:
    class DeadLedger(ScratchLedger):
        def lane_depths(self) -> dict[Lane, int]:
            raise LedgerUnavailableError("refused")

    answer = ask(ApiHarness(ledger=DeadLedger()))
    assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")


def test_a_waiting_job_is_told_when_it_will_begin(api: ApiHarness) -> None:
    learn(api, 2.0)
    job_id = api.running(a_progress(eta_s=40.0))
    name = api.ledger.get(job_id).worker
    api.worker_registry.announce(WorkerInfo(name=name, device="cpu"))
    estimator = api.service(OperationsDependencies).estimator
    # The progress is of long ago: the job is about to end.
    waiting = api.ledger.get(api.queued())
    assert estimator.queue_of(waiting).estimated_start_seconds == 0.0
    behind = waiting.model_copy(update={"queue_position": 1})
    took = sample(2.0)
    typical_s = took.setup_seconds + took.predict_seconds
    start_seconds = estimator.queue_of(behind).estimated_start_seconds
    assert start_seconds == pytest.approx(typical_s, abs=0.1)
    assert estimator.queue_of(api.ledger.get(job_id)).estimated_start_seconds is None


def test_a_look_at_a_waiting_job_tells_when_it_will_begin(api: ApiHarness) -> None:
    api.worker_registry.announce(INFO)
    running = api.client.get(f"/v1/jobs/{api.running()}").json()
    assert running["queue"] == {
        "position": None,
        "estimated_start_seconds": None,
        "hint": None,
    }
    waiting = api.client.get(f"/v1/jobs/{api.queued()}").json()
    assert waiting["queue"] == {
        "position": 0,
        "estimated_start_seconds": 0.0,
        "hint": None,
    }


def test_a_missing_figure_is_no_error_of_a_look_at_a_job() -> None:
    class DeadLedger(ScratchLedger):
        def counters(self) -> dict[str, float]:
            raise LedgerUnavailableError("refused")

    api = ApiHarness(ledger=DeadLedger())
    waiting = api.ledger.get(api.queued())
    queue = api.service(OperationsDependencies).estimator.queue_of(waiting)
    assert (queue.position, queue.estimated_start_seconds) == (0, None)


def test_an_integer_without_end_is_out_of_range(api: ApiHarness) -> None:
    text = '{"params": {"seed": ' + "9" * 5000 + "}}"
    headers = {"Content-Type": "application/json"}
    answer = api.client.post("/v1/estimates", content=text, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "out_of_range")


def upload(api: ApiHarness, width: int, height: int) -> dict[str, str]:
    picture = plain(size=(width, height))
    headers = {"Content-Type": "image/png"}
    answer = api.client.post("/v1/uploads", content=picture, headers=headers)
    return {"upload": answer.json()["id"]}


def test_an_upload_tells_the_size_of_its_picture(api: ApiHarness) -> None:
    told = ask(api, {**upload(api, 640, 320), "params": {"size": 256}}).json()
    assert (told["width"], told["height"]) == (256, 128)


def test_an_upload_that_tells_nothing_is_refused(api: ApiHarness) -> None:
    named = upload(api, 640, 320)
    assert_problem(ask(api, {**named, "height": 5}), 422, "duplicate_field")
    unknown = ask(api, {"upload": "upl_" + 32 * "0"})
    assert_problem(unknown, 404, "upload_not_found")
    assert unknown.json()["errors"][0]["field"] == "/upload"
    assert_problem(ask(api, {"upload": 5}), 422, "invalid_value")
    other = api.client.post("/v1/uploads", content=b"no picture").json()["id"]
    answer = ask(api, {"upload": other})
    assert_problem(answer, 422, "invalid_value")
    assert "width and height; say them" in answer.json()["detail"]
    # What no job may be made of is told by none.
    assert_problem(ask(api, upload(api, 8, 320)), 422, "invalid_value")


def test_the_document_says_that_an_upload_or_a_size_is_told(api: ApiHarness) -> None:
    document = api.client.get("/openapi.json").json()
    schema = document["components"]["schemas"]["EstimateRequest"]
    components = {"components": document["components"], **schema}
    validator = Draft202012Validator(components)
    assert validator.is_valid({"upload": "upl_0"})
    assert validator.is_valid({**PHOTO, "params": {}})
    assert not validator.is_valid({"upload": "upl_0", "width": 5})
    assert not validator.is_valid({"width": 5})
    assert not validator.is_valid({})
