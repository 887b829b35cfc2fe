"""What a job of a kind that no room knows has made, and what is told of the kind."""

import hashlib
from typing import Any

from jsonschema_rs import Draft202012Validator

from app.contract.artifacts import Artifact
from app.contract.jobs import DEFAULT_TTL_S, Job
from app.contract.keys import Scope
from app.contract.kinds import KINDS
from app.contract.ports import LedgerUnavailableError
from app.contract.workers import WorkerInfo
from app.operations.dependencies import OperationsDependencies
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness
from tests.app.estimates.samples import sample
from tests.app.jobs.test_redirects import ELSEWHERE, SigningStore
from tests.kinds.echo.conftest import BOTH
from tests.kinds.echo.test_http import MEDIA_TYPE, SOUND, order, run, update
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import outcome

SCORE = b'{"notes": []}'
NAMES = ["score.json", "room 1%.wav"]


def artifact(api: ApiHarness, key: str, content: bytes, media_type: str) -> Artifact:
    api.blobs.put(key, content)
    return Artifact(
        blob_key=key,
        media_type=media_type,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        facts={"echoes": 3},
    )


def made_files(api: ApiHarness) -> str:
    """Run an echo that makes two files besides its result; return the job's id."""
    job_id = order(api)
    claim = api.ledger.claim(job_id, "echo")
    folder = f"results/{job_id}/1"
    artifacts = {
        "result": artifact(api, f"{folder}.echo", SOUND, MEDIA_TYPE),
        NAMES[0]: artifact(api, f"{folder}.json", SCORE, "application/json"),
        NAMES[1]: artifact(api, f"{folder}.wav", SOUND, "audio/wav"),
    }
    made = outcome().model_copy(update={"artifacts": artifacts})
    assert api.ledger.succeed(*claim, made)
    return job_id


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_result_is_sent_as_it_is_stored_and_as_nothing_else(api: ApiHarness) -> None:
    job_id = order(api)
    run(api, job_id)
    url = f"/v1/jobs/{job_id}/result"
    answer = api.client.get(url)
    assert (answer.content, answer.headers["content-type"]) == (SOUND, MEDIA_TYPE)
    assert f'filename="impasto-{job_id}.echo"' in answer.headers["content-disposition"]
    assert api.client.get(url, headers={"Accept": "audio/*"}).content == SOUND
    refused = api.client.get(url, headers={"Accept": "image/png"})
    assert_problem(refused, 406, "not_acceptable")
    assert refused.json()["available"] == [MEDIA_TYPE]
    assert_problem(api.client.get(f"{url}?format=jpeg"), 406, "not_acceptable")
    preview = api.client.get(f"/v1/jobs/{job_id}/preview")
    assert_problem(preview, 404, "preview_not_found")


def test_further_files_are_listed_and_fetched_by_name(api: ApiHarness) -> None:
    job_id = made_files(api)
    job = api.client.get(f"/v1/jobs/{job_id}").json()
    listed = api.client.get(job["urls"]["files"]).json()["data"]
    assert listed == job["result"]["files"]
    assert [each["name"] for each in listed] == NAMES
    score, room = listed
    assert (score["media_type"], score["bytes"]) == ("application/json", len(SCORE))
    answer = api.client.get(score["url"])
    assert (answer.status_code, answer.content) == (200, SCORE)
    assert answer.headers["content-type"] == "application/json"
    name = f'inline; filename="impasto-{job_id}-score.json"'
    assert answer.headers["content-disposition"] == name
    saved = api.client.get(score["url"] + "?download=1")
    assert saved.headers["content-disposition"].startswith("attachment; ")
    assert api.client.get(room["url"]).content == SOUND


def test_a_file_is_sent_by_ranges_and_not_twice(api: ApiHarness) -> None:
    url = f"/v1/jobs/{made_files(api)}/files/score.json"
    whole = api.client.head(url)
    etag = f'"{hashlib.sha256(SCORE).hexdigest()}"'
    assert (whole.headers["etag"], whole.headers["accept-ranges"]) == (etag, "bytes")
    assert (int(whole.headers["content-length"]), whole.content) == (len(SCORE), b"")
    part = api.client.get(url, headers={"Range": "bytes=2-6", "If-Range": etag})
    assert (part.status_code, part.content) == (206, SCORE[2:7])
    assert part.headers["content-range"] == f"bytes 2-6/{len(SCORE)}"
    known = api.client.get(url, headers={"If-None-Match": etag})
    assert (known.status_code, known.content) == (304, b"")
    outside = api.client.get(url, headers={"Range": "bytes=99-"})
    assert_problem(outside, 416, "range_not_satisfiable")


def test_what_is_no_further_file_is_not_found(api: ApiHarness) -> None:
    job_id = made_files(api)
    for name in ("result", "score.xml", "..%2f..%2fresult"):
        answer = api.client.get(f"/v1/jobs/{job_id}/files/{name}")
        assert answer.status_code == 404
    answer = api.client.get(f"/v1/jobs/{job_id}/files/result")
    assert_problem(answer, 404, "file_not_found")
    assert NAMES[0] in answer.json()["detail"]
    refused = api.client.get(
        f"/v1/jobs/{job_id}/files/score.json", headers={"Accept": "image/*"}
    )
    assert_problem(refused, 406, "not_acceptable")


def test_files_come_with_the_result_and_go_with_it() -> None:
    api = ApiHarness(ledger=ScratchLedger(stands_still=True), kinds=BOTH)
    job_id, waiting = made_files(api), order(api)
    for path in ("files", "files/score.json"):
        answer = api.client.get(f"/v1/jobs/{waiting}/{path}")
        assert_problem(answer, 409, "result_not_ready")
    api.ledger.clock.pass_time(DEFAULT_TTL_S + 1)
    for path in ("files", "files/score.json"):
        answer = api.client.get(f"/v1/jobs/{job_id}/{path}")
        assert_problem(answer, 410, "result_expired")


def test_files_are_their_owners_alone_but_for_a_signed_link(api: ApiHarness) -> None:
    job_id = made_files(api)
    record, token = api.keys.add(*Scope)
    api.ledger.give_away(job_id, record.id)
    path, other = f"/v1/jobs/{job_id}/files", api.key(*Scope)
    assert api.client.get(path).status_code == 401
    assert_problem(api.client.get(path, headers=other), 404, "job_not_found")
    mine = {"Authorization": f"Bearer {token}"}
    listed = api.client.get(path, headers=mine).json()["data"]
    assert [api.client.get(each["url"]).content for each in listed] == [SCORE, SOUND]


def test_a_file_is_fetched_from_where_it_is_stored() -> None:
    api = ApiHarness(
        ApiSettings(download_redirects=True),
        blobs=SigningStore(),
        kinds=BOTH,
    )
    api.client.follow_redirects = False
    job_id = made_files(api)
    url = f"/v1/jobs/{job_id}/files/score.json"
    answer = api.client.get(url)
    assert answer.status_code == 307
    assert answer.headers["location"].startswith(f"{ELSEWHERE}results/{job_id}/1.json")
    assert api.blobs.signed[0]["file_name"] == f"impasto-{job_id}-score.json"
    assert api.client.get(f"{url}?proxy=1").content == SCORE


def test_lists_are_filtered_by_kind(api: ApiHarness) -> None:
    sounds, picture = [order(api) for _ in range(3)], api.queued()

    def listed(query: str) -> list[str]:
        answer = api.client.get(f"/v1/jobs?{query}")
        return [each["id"] for each in answer.json()["data"]]

    assert listed("kind=image") == [picture]
    assert listed("kind=echo&order=asc") == sounds
    assert len(listed("kind=echo&kind=image")) == 4
    assert listed("kind=echo&status=succeeded") == []
    page = api.client.get("/v1/jobs?kind=echo&limit=2")
    link = page.headers["link"].partition(">")[0].removeprefix("<")
    rest = api.client.get(link).json()
    assert [each["id"] for each in rest["data"]] == sounds[:1]
    refused = api.client.get("/v1/jobs?kind=image&kind=opera")
    assert_problem(refused, 422, "unknown_kind")
    (error,) = refused.json()["errors"]
    assert (error["field"], error["actual"]) == ("/kind", "opera")
    assert error["limit"] == [*(kind.name for kind in KINDS), "echo"]


def test_where_the_kind_is_unknown_its_jobs_are_shown_as_they_are_stored(
    api: ApiHarness,
) -> None:
    job_id, waiting = made_files(api), order(api, ticks=5)
    older = ApiHarness(ledger=api.ledger, blobs=api.blobs)
    job = older.client.get(f"/v1/jobs/{waiting}").json()
    assert (job["kind"], job["status"], job["progress"]) == ("echo", "queued", None)
    assert job["params"] == {"ticks": 5, "volume": 1.0}
    assert job["input"]["note/1"]["media_type"] == MEDIA_TYPE
    job = older.client.get(f"/v1/jobs/{job_id}").json()
    assert (job["result"]["echoes"], len(job["result"]["files"])) == (3, 2)
    assert older.client.get(job["urls"]["result"]).content == SOUND
    listed = older.client.get("/v1/jobs").json()["data"]
    assert [each["id"] for each in listed] == [waiting, job_id]
    assert job in listed
    assert "event: done" in older.client.get(f"/v1/jobs/{job_id}/events").text
    assert older.client.post(f"/v1/jobs/{waiting}/cancel").status_code == 200


def test_where_the_kind_is_unknown_its_progress_is_told(api: ApiHarness) -> None:
    job_id = order(api)
    claim = api.ledger.claim(job_id, "echo")
    api.ledger.beat(*claim, update(2), [update(2).row])
    older = ApiHarness(ledger=api.ledger)
    progress = older.client.get(f"/v1/jobs/{job_id}").json()["progress"]
    assert (progress["step"], progress["unit"], progress["heard"]) == (2, "ticks", 2)
    assert progress["loss"] == {"level": 0.25}
    rows = older.client.get(f"/v1/jobs/{job_id}/losses").json()["data"]
    assert rows == [{"step": 2, "scale": 1}]


def test_capabilities_tell_what_can_be_done_of_each_kind(api: ApiHarness) -> None:
    body = api.client.get("/v1/capabilities").json()
    assert list(body["kinds"]) == [*(kind.name for kind in KINDS), "echo"]
    echo, picture = body["kinds"]["echo"], body["kinds"]["image"]
    schema = echo["params_schema"]
    Draft202012Validator(schema).validate({"ticks": 5})
    assert not Draft202012Validator(schema).is_valid({"ticks": 0})
    assert echo["formats"] == {"input": ["*/*"], "output": [MEDIA_TYPE]}
    assert (echo["limits"], echo["unit"]) == ({"max_ticks": 100}, "ticks")
    assert (echo["files"], echo["hall"]) == (["score.json"], "large")
    assert picture["limits"].items() <= body["limits"].items()
    optimize, fast = picture["params_schema"]["oneOf"]
    assert optimize["properties"].keys() == body["params_schema"]["properties"].keys()
    assert "steps" not in fast["properties"]
    for member in ("formats", "presets", "layers", "algorithm"):
        assert picture[member] == body[member]


def test_capabilities_count_the_workers_of_each_kind(api: ApiHarness) -> None:
    def workers() -> list[int]:
        api.service(OperationsDependencies).state._read_s = None  # look anew
        kinds = api.client.get("/v1/capabilities").json()["kinds"]
        return [kinds[name]["workers"] for name in ("image", "echo")]

    assert workers() == [0, 0]
    api.worker_registry.announce(WorkerInfo(name="a", kinds=("image",)))
    api.worker_registry.announce(WorkerInfo(name="b", kinds=("image", "echo")))
    assert workers() == [2, 1]


def test_capabilities_are_told_without_the_ledger() -> None:
    class DeadLedger(ScratchLedger):
        def running(self) -> list[Job]:
            raise LedgerUnavailableError("refused")

    answer = ApiHarness(ledger=DeadLedger()).client.get("/v1/capabilities")
    assert answer.status_code == 200
    assert answer.json()["kinds"]["image"]["workers"] is None


def test_what_one_would_take_is_learnt_from_its_like(api: ApiHarness) -> None:
    api.worker_registry.announce(WorkerInfo(name="e", device="cpu", kinds=("echo",)))

    def ask(**members: Any) -> Any:
        return api.client.post("/v1/estimates", json={"kind": "echo", **members})

    body = ask(seconds=2, params={"ticks": 5}).json()
    assert (body["samples"], body["width"], body["height"]) == (0, None, None)
    claim = api.ledger.claim(order(api), "e")
    told = {"kind": "echo", "traits": {"ticks": 3}}
    learnt = sample(work=3.0, predict_seconds=6.0).model_copy(update=told)
    assert api.ledger.succeed(*claim, outcome(), learnt)
    api.service(OperationsDependencies).state._read_s = None  # look anew
    body = ask(seconds=2, params={"ticks": 5}).json()
    assert body["predict_seconds"]["p50"] == 10.0, "2 s a tick"
    assert body["samples"] == 1
    picture = api.client.post("/v1/estimates", json={"width": 640, "height": 480})
    assert (picture.json()["samples"], picture.json()["width"]) == (0, 512)


def test_an_estimate_is_judged_by_the_kind(api: ApiHarness) -> None:
    def refused(**body: Any) -> tuple[str, str]:
        answer = api.client.post("/v1/estimates", json=body)
        assert answer.status_code == 422, answer.text
        return answer.json()["code"], answer.json()["errors"][0]["field"]

    assert refused(kind="opera") == ("unknown_kind", "/kind")
    assert refused(kind=7) == ("unknown_kind", "/kind")
    assert refused(kind="echo") == ("invalid_value", "/seconds")
    assert refused(kind="echo", seconds=-1) == ("out_of_range", "/seconds")
    picture = {"width": 640, "height": 480}
    assert refused(kind="echo", seconds=1, **picture)[0] == "unknown_field"
    params = {"ticks": 0}
    assert refused(kind="echo", seconds=1, params=params)[1] == "/params/ticks"
    answer = api.client.post("/v1/estimates", json={"kind": "image", **picture})
    assert answer.status_code == 200


def test_the_document_tells_the_estimates_of_both(api: ApiHarness) -> None:
    document = api.client.get("/openapi.json").json()
    content = document["paths"]["/v1/estimates"]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    assert schema["discriminator"]["propertyName"] == "kind"
    of_echo = schema["discriminator"]["mapping"]["echo"].rpartition("/")[2]
    echo = document["components"]["schemas"][of_echo]
    assert echo["required"] == ["seconds", "kind"]
    result = document["paths"]["/v1/jobs/{job_id}/result"]["get"]["responses"]["200"]
    assert [*result["content"]][-1] == MEDIA_TYPE
