"""A job of a kind that no room knows is shown, followed, fetched and taken again."""

import csv
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.contract.artifacts import Artifact
from app.contract.inputs import Input
from app.contract.jobs import NewJob, new_job_id
from app.contract.kind import Kinds, slip_fields
from app.contract.kinds import KINDS
from app.contract.records.wire import result_key, upload_key
from app.contract.updates import Row, Update
from tests.app.conftest import ApiHarness
from tests.kinds.echo.kind import ECHO
from tests.stores.new_jobs import outcome

BOTH = Kinds((*KINDS, ECHO))
SOUND = b"a sound, of whatever kind"
MEDIA_TYPE = "audio/x-echo"


@pytest.fixture
def api() -> ApiHarness:
    return ApiHarness(kinds=BOTH)


def order(api: ApiHarness, **params: Any) -> str:
    """Queue an echo as a submission would."""
    sha256 = hashlib.sha256(SOUND).hexdigest()
    api.blobs.put(upload_key(sha256), SOUND)
    sound = Input(media_type=MEDIA_TYPE, sha256=sha256, facts={"seconds": 2})
    inputs = {"content": sound, "note/1": sound}
    fields = slip_fields(ECHO, ECHO.parse(params, inputs), inputs)
    job = NewJob(id=new_job_id(), **fields)
    api.ledger.create(job)
    return job.id


def update(step: int) -> Update:
    return Update(
        fraction=step / 3,
        unit=ECHO.unit,
        step=step,
        total_steps=3,
        metrics={"level": 0.5**step},
        details={"heard": step},
        steps_per_second=1.0,
        elapsed_seconds=float(step),
        eta_seconds=3.0 - step,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def run(api: ApiHarness, job_id: str) -> None:
    """Do what a worker does that can echo."""
    claim = api.ledger.claim(job_id, "echo")
    for step in (1, 2, 3):
        api.ledger.beat(*claim, update(step), [update(step).row])
    key = result_key(*claim, MEDIA_TYPE)
    api.blobs.put(key, SOUND)
    result = Artifact(
        blob_key=key,
        media_type=MEDIA_TYPE,
        bytes=len(SOUND),
        sha256=hashlib.sha256(SOUND).hexdigest(),
        facts={"echoes": 3},
    )
    made = outcome().model_copy(update={"artifacts": {"result": result}})
    assert api.ledger.succeed(*claim, made)


def test_a_waiting_one_is_shown_by_its_slots_and_parameters(api: ApiHarness) -> None:
    job = api.client.get(f"/v1/jobs/{order(api, ticks=5)}").json()
    assert (job["kind"], job["status"]) == ("echo", "queued")
    assert job["params"] == {"ticks": 5, "volume": 1.0}
    assert job["input"]["content"]["seconds"] == 2
    assert [note and note["media_type"] for note in job["input"]["notes"]] == [
        None,
        MEDIA_TYPE,
    ]


def test_one_at_work_tells_its_own_progress(api: ApiHarness) -> None:
    job_id = order(api)
    claim = api.ledger.claim(job_id, "echo")
    api.ledger.beat(*claim, update(2), [update(2).row])
    progress = api.client.get(f"/v1/jobs/{job_id}").json()["progress"]
    assert (progress["unit"], progress["heard"]) == ("ticks", 2)
    assert progress["loss"] == {"level": 0.25}
    rows = api.client.get(f"/v1/jobs/{job_id}/losses").json()["data"]
    assert rows == [{"step": 2, "scale": 1, "level": 0.25}]
    answer = api.client.get(f"/v1/jobs/{job_id}/losses?format=csv").text
    head, *_ = csv.reader(answer.splitlines())
    assert head == ["step", "scale", "level"]
    drawing = api.client.get(f"/v1/jobs/{job_id}/losses?format=svg").text
    assert "the level is 0.25 at the end" in drawing


def test_one_that_has_ended_is_followed_and_fetched(api: ApiHarness) -> None:
    job_id = order(api)
    run(api, job_id)
    job = api.client.get(f"/v1/jobs/{job_id}").json()
    assert job["result"]["echoes"] == 3
    assert job["result"]["media_type"] == MEDIA_TYPE
    assert api.ledger.get(job_id).outcome.result.blob_key.endswith("/1.echo")
    stream = api.client.get(f"/v1/jobs/{job_id}/events").text
    (done,) = (
        json.loads(part.partition("data: ")[2].partition("\nid: ")[0])
        for part in stream.split("\n\n")
        if part.startswith("event: done")
    )
    assert done["result"]["echoes"] == 3
    sound = api.client.get(f"/v1/jobs/{job_id}/inputs/note/1")
    assert sound.content == SOUND
    missing = api.client.get(f"/v1/jobs/{job_id}/inputs/note/0").json()
    assert missing["detail"] == "The job's inputs are content, note/1."


def test_one_is_taken_again_with_another_parameter(api: ApiHarness) -> None:
    job_id = order(api)
    path = f"/v1/jobs/{job_id}/retry"
    again = api.client.post(path, json={"params": {"volume": 0.5}}).json()
    assert (again["kind"], again["retry_of"]) == ("echo", job_id)
    assert again["params"] == {"ticks": 3, "volume": 0.5}
    assert again["input"]["notes"][0] is None
    problem = api.client.post(path, json={"params": {"volum": 5}}).json()
    assert problem["code"] == "unknown_field"
    problem = api.client.post(path, json={"params": {"volume": 9}}).json()
    assert problem["errors"][0]["field"] == "/params/volume"


def test_both_kinds_stand_in_one_list_and_in_the_document(api: ApiHarness) -> None:
    echo, picture = order(api), api.queued()
    listed = api.client.get("/v1/jobs").json()["data"]
    assert {each["id"]: each["kind"] for each in listed} == {
        echo: "echo",
        picture: "image",
    }
    schemas = api.client.get("/openapi.json").json()["components"]["schemas"]
    shown = schemas["JobView"]["properties"]["params"]["anyOf"]
    assert [each["$ref"].rpartition("/")[2] for each in shown] == [
        "ResolvedParameters",
        "ResolvedFastParameters",
        "ResolvedVideoParameters",
        "EchoSent",
    ]


def test_records_of_its_own_are_kept_and_equal_jobs_are_known(api: ApiHarness) -> None:
    first, second = order(api, ticks=4), order(api, ticks=4)
    job = api.ledger.get(first)
    assert (job.kind_version, job.lane, job.work) == (7, "short", 4.0)
    other = order(api, ticks=5)
    run(api, first)
    assert api.ledger.find_reusable(api.ledger.get(second)) == first
    assert api.ledger.find_reusable(api.ledger.get(other)) is None
    assert api.ledger.losses(first)[0] == Row(1, 1, (0.5,))
