"""The jobs' paths over HTTP: statuses, headers and shapes of `api.md`."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.contract.jobs import new_job_id
from app.contract.kind import Lane
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.contract.workers import WorkerInfo
from app.settings import ApiSettings
from app.stores.ledger.rules import LedgerRules
from tests.app.conftest import PICTURE, SHA256, ApiHarness, a_progress
from tests.app.pictures import animated, claiming, plain, with_orientation
from tests.fakes import MemoryBlobStore, MemoryDoorbell
from tests.ledgers import ScratchLedger


def assert_problem(answer: Any, status: int, code: str) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == f"http://testserver/problems/{code}"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["instance"] == answer.request.url.path
    assert body["title"]
    assert body["detail"]
    return body


def in_a_day(time: str) -> str:
    day_later = datetime.fromisoformat(time) + timedelta(days=1)
    return day_later.isoformat().replace("+00:00", "Z")


def test_a_submission_is_answered_with_the_queued_job(api: ApiHarness) -> None:
    answer = api.submit(
        preset="draft", size="256", seed="7", metadata='{"user": "ada"}'
    )
    assert answer.status_code == 202
    job = answer.json()
    url = f"http://testserver/v1/jobs/{job['id']}"
    assert answer.headers["location"] == url
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["retry-after"] == "1"
    assert api.doorbell.rung == [job["id"]]
    assert job == api.client.get(url).json()
    assert job["params"] == {
        **StyleTransferParameters().model_dump(mode="json"),
        "preset": "draft",
        "size": 256,
        "working_size": None,
        "steps": 100,
        "rungs": None,
        "changes": [],
        "style_strength": 0.5,
        "content_strength": 0.5,
        "style_weights": [1.0],
        "network": "vgg19",
        "style_loss": "wasserstein",
        "style_layers": None,
        "content_layers": None,
        "total_variation": 1.0,
        "pooling": "max",
        "color": "style",
        "style_scale": 1.0,
        "start": "content",
        "seed": 7,
        "optimizer": "adam",
        "learning_rate": None,
        "learning_rate_schedule": "constant",
        "gradient_clip": None,
        "averaging": None,
        "early_stop": False,
        "precision": "auto",
        "memory": "auto",
        "tile_size": 512,
    }
    assert job["metadata"] == {"user": "ada"}
    assert job["queue"] == {
        "position": 0,
        "estimated_start_seconds": None,
        "hint": None,
    }
    assert job["urls"] == {
        "self": url,
        "events": f"{url}/events",
        "result": f"{url}/result",
        "preview": f"{url}/preview",
        "files": f"{url}/files",
        "losses": f"{url}/losses",
        "cancel": f"{url}/cancel",
        "finish": f"{url}/finish",
        "controls": f"{url}/controls",
        "pause": f"{url}/pause",
        "resume": f"{url}/resume",
        "branch": f"{url}/branch",
    }
    content = job["input"]["content"]
    assert (content["width"], content["height"]) == (48, 36)
    assert content["media_type"] == "image/png"
    for name in ("result", "error", "progress", "reproducibility", "completed_at"):
        assert job[name] is None
    assert job["object"] == "job"
    assert job["created_at"].endswith("Z")
    assert datetime.fromisoformat(job["created_at"]).utcoffset() is not None


def test_no_inner_name_reaches_the_client(api: ApiHarness) -> None:
    job_id = api.succeeded()
    text = api.client.get(f"/v1/jobs/{job_id}").text
    assert "blob_key" not in text
    assert "worker-1" not in text
    assert "uploads/" not in text


def test_a_drawn_seed_is_told(api: ApiHarness) -> None:
    seeds = {api.submit().json()["params"]["seed"] for _ in range(3)}
    assert len(seeds) == 3


def test_validation_stores_and_queues_nothing(api: ApiHarness) -> None:
    answer = api.submit(query="?validate_only=true", size="64")
    assert answer.status_code == 200
    assert answer.json()["params"]["size"] == 64
    assert answer.json()["input"]["content"]["width"] == 48
    assert api.is_untouched
    assert_problem(
        api.submit(content=PICTURE[:-40], query="?validate_only=true"),
        422,
        "image_unreadable",
    )


def test_a_switch_that_is_neither_on_nor_off_is_refused(api: ApiHarness) -> None:
    body = assert_problem(
        api.submit(query="?validate_only=perhaps"), 422, "invalid_value"
    )
    assert body["errors"][0]["field"] == "/validate_only"
    assert api.is_untouched


BAD_PICTURES = {
    "empty": (b"", 422, "image_empty"),
    "text": (b"hello", 415, "unsupported_image_type"),
    "gif": (plain("GIF", mode="P", color=1), 415, "unsupported_image_type"),
    "cut off": (PICTURE[:-40], 422, "image_unreadable"),
    "bomb": (claiming(50_000, 50_000), 422, "image_too_many_pixels"),
    "small": (plain(size=(31, 31)), 422, "image_too_small"),
    "thin": (plain(size=(400, 32)), 422, "image_bad_aspect"),
    "animated": (animated("PNG"), 422, "image_animated"),
}


@pytest.mark.parametrize("field", ["content", "style"])
@pytest.mark.parametrize("name", BAD_PICTURES)
def test_bad_pictures_are_refused_before_anything_is_stored(
    api: ApiHarness, name: str, field: str
) -> None:
    content, status, code = BAD_PICTURES[name]
    body = assert_problem(api.submit(**{field: content}), status, code)
    assert body["errors"][0]["field"] == f"/{field}"
    assert api.is_untouched


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_accepted_kinds_are_stored_clean_and_upright(
    api: ApiHarness, kind: str
) -> None:
    job = api.submit(content=with_orientation(6, kind)).json()
    content = job["input"]["content"]
    assert (content["width"], content["height"]) == (36, 48)
    stored = api.blobs.get(f"uploads/{content['sha256']}")
    assert hashlib.sha256(stored).hexdigest() == content["sha256"]
    assert stored.startswith(b"\x89PNG")


FILE = ("p.png", PICTURE)
FORMS: dict[str, tuple[list[tuple[str, Any]], int, str, str]] = {
    "nothing at all": ([("x", (None, ""))], 422, "unknown_field", "/x"),
    "no content": ([("style", FILE)], 422, "missing_content", "/content"),
    "no style": ([("content", FILE)], 422, "missing_style", "/style"),
    "content as text": (
        [("content", (None, "photo.jpg")), ("style", FILE)],
        422,
        "missing_content",
        "/content",
    ),
    "a browser's empty file field": (
        [("content", ("", b"")), ("style", FILE)],
        422,
        "missing_content",
        "/content",
    ),
    "five styles": (
        [("content", FILE), *[("style", FILE)] * 5],
        422,
        "too_many_styles",
        "/style",
    ),
    "more masks than styles": (
        [("content", FILE), ("style", FILE), *[("mask", FILE)] * 2],
        422,
        "too_many_masks",
        "/mask",
    ),
    "more style masks than styles": (
        [("content", FILE), ("style", FILE), *[("style_mask", FILE)] * 2],
        422,
        "too_many_masks",
        "/style_mask",
    ),
    "a mask as text": (
        [("content", FILE), ("style", FILE), ("mask", (None, "mask.png"))],
        422,
        "invalid_value",
        "/mask",
    ),
    "two starts": (
        [("content", FILE), ("style", FILE), ("init", FILE), ("init", FILE)],
        422,
        "duplicate_field",
        "/init",
    ),
    "an image to start from and no such start": (
        [("content", FILE), ("style", FILE), ("init", FILE)],
        422,
        "invalid_value",
        "/params/start",
    ),
    "such a start and no image": (
        [("content", FILE), ("style", FILE), ("start", (None, "image"))],
        422,
        "invalid_value",
        "/init",
    ),
    "a weight too many": (
        [("content", FILE), ("style", FILE), *[("style_weight", (None, "1"))] * 2],
        422,
        "style_weights_mismatch",
        "/params/style_weights",
    ),
    "a weight too few": (
        [("content", FILE), *[("style", FILE)] * 2, ("style_weight", (None, "1"))],
        422,
        "style_weights_mismatch",
        "/params/style_weights",
    ),
    "weights in two ways": (
        [
            *[("content", FILE), ("style", FILE)],
            *[("style_weight", (None, "1")), ("style_weights", (None, "[1]"))],
        ],
        422,
        "duplicate_field",
        "/style_weights",
    ),
    "a weight that is no number": (
        [("content", FILE), ("style", FILE), ("style_weight", (None, "nan"))],
        422,
        "not_finite",
        "/params/style_weights/0",
    ),
    "a whole number that is not finite": (
        [("content", FILE), ("style", FILE), ("steps", (None, "NaN"))],
        422,
        "not_finite",
        "/params/steps",
    ),
    "a weight as file": (
        [("content", FILE), ("style", FILE), ("style_weight", ("w.txt", b"1"))],
        422,
        "invalid_value",
        "/style_weight",
    ),
    "a network that is not offered": (
        [("content", FILE), ("style", FILE), ("network", (None, "vgg16"))],
        422,
        "invalid_value",
        "/params/network",
    ),
    "an unknown layer": (
        [("content", FILE), ("style", FILE), ("style_layers", (None, '{"conv1": 1}'))],
        422,
        "unknown_layer",
        "/params/style_layers",
    ),
    "a huge text": (
        [("content", FILE), ("style", FILE), ("rungs", (None, "[" * 20_000))],
        413,
        "upload_too_large",
        "/rungs",
    ),
    "two contents": (
        [("content", FILE), ("content", FILE), ("style", FILE)],
        422,
        "duplicate_field",
        "/content",
    ),
    "seed twice": (
        [
            ("content", FILE),
            ("style", FILE),
            ("seed", (None, "1")),
            ("seed", (None, "1")),
        ],
        422,
        "duplicate_field",
        "/seed",
    ),
    "a parameter as file": (
        [("content", FILE), ("style", FILE), ("seed", ("seed.txt", b"7"))],
        422,
        "invalid_value",
        "/seed",
    ),
    "misspelt": (
        [("content", FILE), ("style", FILE), ("stepps", (None, "9"))],
        422,
        "unknown_field",
        "/stepps",
    ),
    "an unknown file": (
        [("content", FILE), ("style", FILE), ("masks", FILE)],
        422,
        "unknown_field",
        "/masks",
    ),
    "out of range": (
        [("content", FILE), ("style", FILE), ("steps", (None, "99999"))],
        422,
        "out_of_range",
        "/params/steps",
    ),
    "not finite": (
        [("content", FILE), ("style", FILE), ("style_strength", (None, "NaN"))],
        422,
        "not_finite",
        "/params/style_strength",
    ),
    "no such preset": (
        [("content", FILE), ("style", FILE), ("preset", (None, "ultra"))],
        422,
        "unknown_preset",
        "/params/preset",
    ),
    "metadata no object": (
        [("content", FILE), ("style", FILE), ("metadata", (None, "[]"))],
        422,
        "invalid_value",
        "/metadata",
    ),
    "metadata too long": (
        [("content", FILE), ("style", FILE), ("metadata", (None, "x" * 20_000))],
        413,
        "upload_too_large",
        "/metadata",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_wrong_forms_are_refused_by_field(api: ApiHarness, name: str) -> None:
    parts, status, code, field = FORMS[name]
    body = assert_problem(api.client.post("/v1/jobs", files=parts), status, code)
    assert body["errors"][0]["field"] == field
    assert api.is_untouched


def test_too_many_styles_tells_the_limit(api: ApiHarness) -> None:
    parts = [("content", FILE), *[("style", FILE)] * 5]
    body = api.client.post("/v1/jobs", files=parts).json()
    assert (body["errors"][0]["limit"], body["errors"][0]["actual"]) == (4, 5)


def test_an_unknown_field_leads_to_the_nearest(api: ApiHarness) -> None:
    assert "steps" in api.submit(stepps="9").json()["detail"]


@pytest.mark.parametrize(
    "media_type",
    ["application/x-www-form-urlencoded", "text/plain", "application/jsonx", "x", ""],
)
def test_other_bodies_are_told_what_is_read(api: ApiHarness, media_type: str) -> None:
    answer = api.client.post(
        "/v1/jobs", content=b"{}", headers={"Content-Type": media_type}
    )
    assert_problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept-post"] == "multipart/form-data, application/json"


def test_a_submission_without_any_length_is_refused(api: ApiHarness) -> None:
    request = api.client.build_request("POST", "/v1/jobs")
    del request.headers["content-length"]
    assert_problem(api.client.send(request), 411, "length_required")


def test_a_file_over_its_limit_is_refused_while_it_arrives(
    build_api: Callable[..., ApiHarness],
) -> None:
    api = build_api(settings=ApiSettings(max_image_bytes=len(PICTURE)))
    assert api.submit().status_code == 202
    api = build_api(settings=ApiSettings(max_image_bytes=len(PICTURE) - 1))
    body = assert_problem(api.submit(), 413, "upload_too_large")
    assert body["errors"][0]["field"] == "/content"
    assert body["errors"][0]["limit"] == body["limit"] == len(PICTURE) - 1
    assert body["actual"] is None, "the rest was not looked at"
    assert api.is_untouched


def test_a_full_queue_is_told_with_depth_and_limit(
    build_api: Callable[..., ApiHarness],
) -> None:
    api = build_api(
        settings=ApiSettings(queue_limit=1),
        ledger=ScratchLedger(LedgerRules(queue_limit=1)),
    )
    api.queued()
    stored = dict(api.blobs.blobs)
    answer = api.submit(content=plain(color=(1, 2, 3)))
    body = assert_problem(answer, 503, "queue_full")
    assert (body["depth"], body["limit"]) == (1, 1)
    assert answer.headers["retry-after"] == "5", "nothing tells when there is room"
    assert api.blobs.blobs == stored


@pytest.mark.parametrize(("eta_s", "told"), [(0.2, "1"), (17.4, "18"), (3000.0, "60")])
def test_a_full_queue_tells_when_the_next_job_leaves_it(
    build_api: Callable[..., ApiHarness], eta_s: float, told: str
) -> None:
    api = build_api(
        settings=ApiSettings(queue_limit=1),
        ledger=ScratchLedger(LedgerRules(queue_limit=1)),
    )
    # News from a clock that is ahead has no age, however slow this machine is.
    soon = datetime.now(UTC) + timedelta(minutes=1)
    job_id = api.running(a_progress(eta_s).model_copy(update={"updated_at": soon}))
    api.worker_registry.announce(WorkerInfo(name=f"worker of {job_id}"))
    api.queued()
    answer = api.submit(content=plain(color=(1, 2, 3)))
    assert_problem(answer, 503, "queue_full")
    assert answer.headers["retry-after"] == told


class DeadLedger(ScratchLedger):
    """Answers nothing, as a Redis that is down; notes what it was asked."""

    def __getattribute__(self, name: str) -> Any:
        if name in {"create", "get", "queue_depth", "requests", "ping", "reap"}:
            raise LedgerUnavailableError("connection refused to secret:6379")
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    ("method", "tail"),
    [("GET", ""), ("GET", "/result"), ("POST", "/cancel"), ("HEAD", "/result")],
)
def test_a_dead_ledger_is_told_as_such(
    build_api: Callable[..., ApiHarness], method: str, tail: str
) -> None:
    api = build_api(ledger=DeadLedger())
    answer = api.client.request(method, f"/v1/jobs/{new_job_id()}{tail}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text


def test_a_dead_ledger_answers_before_pictures_are_decoded(
    build_api: Callable[..., ApiHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("app.submissions.files.preparing.normalize", fail)
    api = build_api(ledger=DeadLedger())
    assert_problem(api.submit(), 503, "broker_unavailable")
    assert api.blobs.blobs == {}


def test_a_full_disk_is_told_as_such(build_api: Callable[..., ApiHarness]) -> None:
    class FullBlobs(MemoryBlobStore):
        def put(self, key: str, content: bytes) -> None:
            raise StorageUnavailableError("disk full at /secret")

    api = build_api(blobs=FullBlobs())
    answer = api.submit()
    assert_problem(answer, 503, "storage_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text
    assert api.ledger.queue_depth() == 0


def test_an_unheard_bell_is_still_accepted(
    build_api: Callable[..., ApiHarness],
) -> None:
    class MuteDoorbell(MemoryDoorbell):
        def ring(self, job_id: str, lane: Lane) -> None:
            raise LedgerUnavailableError("nobody")

    assert build_api(doorbell=MuteDoorbell()).submit().status_code == 202


def test_an_error_nobody_expected_is_a_500_without_a_trace(
    build_api: Callable[..., ApiHarness], caplog: pytest.LogCaptureFixture
) -> None:
    class BuggyBlobs(MemoryBlobStore):
        def put(self, key: str, content: bytes) -> None:
            raise ZeroDivisionError("secret")

    answer = build_api(blobs=BuggyBlobs()).submit()
    body = assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert body["request_id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_running_job_shows_its_progress(api: ApiHarness) -> None:
    answer = api.client.get(f"/v1/jobs/{api.running(a_progress(2.5))}")
    assert answer.headers["retry-after"] == "3"
    job = answer.json()
    assert job["status"] == "processing"
    assert job["attempt"] == 1
    assert job["queue"]["position"] is None
    assert job["started_at"].endswith("Z")
    assert job["metrics"]["queue_seconds"] >= 0
    assert job["progress"] == {
        "fraction": 0.4,
        "step": 100,
        "total_steps": 250,
        "unit": "steps",
        "scale": 2,
        "total_scales": 3,
        "width": 256,
        "height": 192,
        "loss": {"total": 6.0, "content": 1.0, "style": 4.0, "tv": 1.0},
        "steps_per_second": 10.0,
        "elapsed_seconds": 10.0,
        "eta_seconds": 2.5,
        "updated_at": "2026-01-02T03:04:05Z",
    }


def test_a_succeeded_job_shows_its_result(api: ApiHarness) -> None:
    answer = api.client.get(f"/v1/jobs/{api.succeeded()}")
    assert "retry-after" not in answer.headers
    job = answer.json()
    assert job["status"] == "succeeded"
    assert job["result"] == {
        "url": job["urls"]["result"],
        "media_type": "image/png",
        "width": 512,
        "height": 384,
        "bytes": len(PICTURE),
        "sha256": SHA256,
        "stopped_early": False,
        "expires_at": in_a_day(job["completed_at"]),
        "expired": False,
        "files": [],
        "keep_found": None,
    }
    assert job["metrics"]["setup_seconds"] == 0.5
    assert job["metrics"]["predict_seconds"] == 12.5
    assert job["reproducibility"]["torch"] == "2.13.0"


def test_a_failed_job_is_a_200_with_its_error(api: ApiHarness) -> None:
    answer = api.client.get(f"/v1/jobs/{api.failed()}")
    assert answer.status_code == 200
    assert answer.json()["error"] == {
        "code": "out_of_memory",
        "title": "The picture did not fit into memory",
        "detail": "9 GB were needed.",
        "retryable": False,
    }


def test_an_unchanged_job_is_a_304_and_a_changed_one_is_not(api: ApiHarness) -> None:
    job_id = api.running()
    url = f"/v1/jobs/{job_id}"
    etag = api.client.get(url).headers["etag"]
    again = api.client.get(url, headers={"If-None-Match": f'"x", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    assert again.headers["retry-after"] == "1"
    api.ledger.beat(job_id, 1, a_progress(1.0))
    changed = api.client.get(url, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    assert changed.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("tail", ["", "/result", "/cancel"])
@pytest.mark.parametrize(
    "job_id", [f"job_{32 * '0'}", "job_1", "nonsense", "%00", "job_%F0%9F%8E%A8"]
)
def test_unknown_and_impossible_ids_are_the_same_404(
    api: ApiHarness, tail: str, job_id: str
) -> None:
    method = "POST" if tail == "/cancel" else "GET"
    answer = api.client.request(method, f"/v1/jobs/{job_id}{tail}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "job_not_found"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("queued", "result_not_ready"),
        ("running", "result_not_ready"),
        ("canceled", "job_canceled"),
        ("failed", "job_failed"),
    ],
)
def test_without_a_picture_there_is_a_409(
    api: ApiHarness, state: str, code: str
) -> None:
    job_id = getattr(api, state)()
    answer = api.client.get(f"/v1/jobs/{job_id}/result")
    body = assert_problem(answer, 409, code)
    assert body["job_id"] == job_id
    assert ("retry-after" in answer.headers) is (code == "result_not_ready")
    if state == "failed":
        assert body["error"]["code"] == "out_of_memory"


def test_a_lost_picture_is_a_503_and_no_410(api: ApiHarness) -> None:
    job_id = api.succeeded()
    api.blobs.blobs.clear()
    answer = api.client.get(f"/v1/jobs/{job_id}/result")
    assert_problem(answer, 503, "storage_unavailable")


def test_canceling_answers_by_state(api: ApiHarness) -> None:
    for state, statuses in (
        ("queued", [200, 200]),
        ("canceled", [200, 200]),
        ("running", [202, 202]),
        ("succeeded", [409, 409]),
        ("failed", [409, 409]),
    ):
        url = f"/v1/jobs/{getattr(api, state)()}/cancel"
        answers = [api.client.post(url) for _ in range(2)]
        assert [each.status_code for each in answers] == statuses, state
        if statuses[0] == 409:
            assert_problem(answers[0], 409, "job_finished")


def test_a_canceled_job_says_when_and_why(api: ApiHarness) -> None:
    job = api.client.post(f"/v1/jobs/{api.queued()}/cancel").json()
    assert job["status"] == "canceled"
    assert job["cancel_reason"] == "requested"
    assert job["cancel_requested_at"].endswith("Z")
    assert job["completed_at"].endswith("Z")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/jobs", "GET, POST, HEAD"),
        ("PUT", "/v1/jobs/x", "GET, DELETE, HEAD"),
        ("POST", "/v1/jobs/x/result", "GET, HEAD"),
        ("GET", "/v1/jobs/x/cancel", "POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("OPTIONS", "/v1/jobs", "GET, POST, HEAD"),
        ("BREW", "/readyz", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    api: ApiHarness, method: str, path: str, allow: str
) -> None:
    answer = api.client.request(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/v1", "/v1/jobs/", "/v2/jobs", "/v1/jobs/x/y", "/%2e%2e"],
)
def test_an_unknown_path_is_a_404(api: ApiHarness, path: str) -> None:
    answer = api.client.get(path, follow_redirects=False)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_equal_pictures_are_stored_once(api: ApiHarness) -> None:
    first, second = api.submit(), api.submit()
    assert len(list(api.blobs.keys("uploads"))) == 1
    assert first.json()["input"] == second.json()["input"]
    assert first.json()["id"] != second.json()["id"]
