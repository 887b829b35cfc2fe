"""Records of wire version 3 and archive version 1 are read, and shown as before."""

import json
from typing import Any

import pytest

from app.contract.jobs import Job
from app.contract.kinds import KINDS
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.records.archives import (
    ArchivedBatch,
    ArchivedCheckpoint,
    ArchivedEarlyEnd,
    ArchivedEnd,
    JobRecord,
    UnreadableArchiveError,
    read_archive,
)
from app.contract.records.upgrades import upgraded_sample
from app.contract.views.jobs import JobView
from app.stores.ledger.records import blobs_of, charge_of, read_job
from tests.contract.version_3 import (
    ANSWERS,
    BLOBS,
    JOBS,
    NAMES,
    TAKEN_AT,
    content_of,
    hash_of,
)

MODELS: dict[str, Any] = {
    "job.json": JobRecord,
    "end.json": ArchivedEnd,
    "cancel.json": ArchivedEarlyEnd,
    "finish.json": ArchivedEarlyEnd,
    "newest.json": ArchivedCheckpoint,
}
DOCUMENTS = [key for key in BLOBS if key.endswith(".json") and "styles/" not in key]


class Links:
    def job(self, job_id: str, suffix: str = "") -> str:
        return f"http://testserver/v1/jobs/{job_id}{suffix}"


def job_of(name: str) -> Job:
    position = ANSWERS["jobs"][name]["queue"]["position"]
    return read_job(hash_of(name), position, TAKEN_AT)


def shown(job: Job) -> dict[str, Any]:
    view: dict[str, Any] = json.loads(
        JobView.of(job, Links(), KINDS).model_dump_json(by_alias=True)
    )
    return view


def as_before(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what was answered then, and what is added since."""
    then: dict[str, Any] = json.loads(json.dumps(answer))
    then["kind"] = "image"
    added = StyleTransferParameters().model_dump(mode="json")
    then["params"] = {**added, **then["params"]}
    if then["progress"] is not None:
        then["progress"]["unit"] = "steps"
    then["input"]["packs"] = []
    then["paused_at"] = None
    then["branch_of"] = then["branched_at_step"] = then["state"] = None
    then["states"] = []
    for verb in ("controls", "pause", "resume", "branch"):
        then["urls"][verb] = f"{then['urls']['self']}/{verb}"
    then["params"]["changes"] = []
    then["controls"] = {"revision": 0, "applied_revision": 0, "applied_step": None}
    then["urls"]["files"] = f"{then['urls']['self']}/files"
    then["input"]["keep_mask"] = None
    if then["result"] is not None:
        then["result"] |= {"files": [], "keep_found": None}
    # Of the service's state, not of the record.
    then["queue"]["estimated_start_seconds"] = None
    then["queue"]["hint"] = None
    return then


@pytest.mark.parametrize("name", JOBS)
def test_a_record_in_the_ledger_is_shown_as_before(name: str) -> None:
    assert shown(job_of(name)) == as_before(ANSWERS["jobs"][name])


@pytest.mark.parametrize("name", JOBS)
def test_a_record_waits_and_holds_what_it_did(name: str) -> None:
    fields, job = hash_of(name), job_of(name)
    assert str(charge_of(job)) == fields["charge"]
    held = set(json.loads(fields["blobs"]))
    assert set(blobs_of(job)) == {key for key in held if key.startswith("uploads/")}
    assert job.needs.network == job.params["network"]


def test_everything_that_can_be_said_is_there() -> None:
    job = job_of("queued")
    assert list(job.inputs) == [
        "content",
        "style/0",
        "style/1",
        "mask/1",
        "style_mask/0",
        "init",
    ]
    assert job.empty_inputs == ("mask/0",)
    assert job.inputs["style/1"].style_id is not None
    assert (job.params["start"], job.params["style_weights"]) == ("image", [1.0, 2.0])
    assert job.webhook is not None
    assert job.idempotency is not None
    assert job_of("reused").reused_from == NAMES["succeeded"]


@pytest.mark.parametrize("key", DOCUMENTS)
def test_a_document_beside_the_ledger_is_read(key: str) -> None:
    model = MODELS.get(key.rpartition("/")[2], ArchivedBatch)
    archive = read_archive(model, content_of(key))
    assert archive.version == 2
    assert read_archive(model, archive.to_json()) == archive


@pytest.mark.parametrize("name", [name for name in JOBS if hash_of(name).get("error")])
def test_an_end_that_was_kept_is_shown_as_before(name: str) -> None:
    end = read_archive(ArchivedEnd, content_of(f"jobs/{NAMES[name]}/end.json"))
    assert shown(end.job) == as_before(ANSWERS["jobs"][name])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda job: job.update(input=None),
        lambda job: job.update(input=[1]),
        lambda job: job["input"].update(content={"sha256": 7}),
        lambda job: job["input"].pop("styles"),
        lambda job: job["input"].update(masks={"a": 1}),
        lambda job: job.update(params="none"),
        lambda job: job["params"].update(size="large"),
        lambda job: job.pop("params"),
        lambda job: job.update(webhook={"url": "password", "secret": 7}),
    ],
)
def test_a_damaged_document_is_refused_and_not_quoted(spoil: Any) -> None:
    key = f"jobs/{NAMES['queued']}/job.json"
    document = json.loads(content_of(key))
    spoil(document["job"])
    with pytest.raises(UnreadableArchiveError) as caught:
        read_archive(JobRecord, json.dumps(document).encode())
    assert "password" not in str(caught.value)


def test_a_version_that_is_yet_to_come_is_refused() -> None:
    document = json.loads(content_of(f"jobs/{NAMES['queued']}/job.json"))
    for version in (0, 3, "1", None):
        content = json.dumps(document | {"version": version}).encode()
        with pytest.raises(UnreadableArchiveError):
            read_archive(JobRecord, content)


def test_work_that_was_not_noted_is_reckoned() -> None:
    old = {
        "network": "vgg19",
        "style_loss": "gram",
        "optimizer": "adam",
        "memory": "auto",
        "preset": "draft",
        "width": 100,
        "height": 50,
        "styles": 1,
        "steps": 10,
        "device": "cpu",
        "work": None,
    }
    new = upgraded_sample(old)
    assert new["work"] == 100 * 50 * 10 / 1e6
    assert upgraded_sample({**old, "work": 7.0})["work"] == 7.0
    assert upgraded_sample(new) == new
