"""A cancel or finish that was accepted survives the loss of all that Redis knows."""

import logging
from typing import Any

import pytest

from app.contract.jobs import EarlyEnd, Job
from app.contract.ports import BeatReply
from app.contract.records.wire import early_end_key, end_key, job_record_key
from tests.app.archive.lossy_api import (
    age,
    files_of,
    janitor_of,
    lose_everything,
    maintenance_of,
)
from tests.app.archive.test_lost_ledger import FullFor, look
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.app.rounds import make_round
from tests.app.submissions.sending import data, send

CANCEL, FINISH = EarlyEnd.CANCEL, EarlyEnd.FINISH


def ask(api: ApiHarness, job_id: str, asked: EarlyEnd) -> Any:
    return api.client.post(f"/v1/jobs/{job_id}/{asked}")


def reply_of(api: ApiHarness, job_id: str) -> BeatReply:
    """Let another worker take the job; return what is asked of it."""
    claim = api.ledger.claim(job_id, "another worker")
    assert claim is not None
    return api.ledger.beat(*claim, None).reply


def test_a_job_that_was_to_be_canceled_is_not_painted(api: ApiHarness) -> None:
    job_id = api.running()
    assert ask(api, job_id, CANCEL).status_code == 202
    lose_everything(api)
    janitor = janitor_of(api)
    make_round(janitor)
    ended = look(api, job_id)
    assert (ended["status"], ended["cancel_reason"]) == ("canceled", "requested")
    assert api.doorbell.rung == []
    assert api.ledger.claim(job_id, "another worker") is None
    assert end_key(job_id) in files_of(api)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_job_that_was_to_end_early_does(api: ApiHarness, state: str) -> None:
    job_id = getattr(api, state)()
    assert ask(api, job_id, FINISH).status_code == 202
    lose_everything(api)
    make_round(janitor_of(api))
    assert look(api, job_id)["status"] == "queued"
    assert api.doorbell.rung == [job_id]
    assert reply_of(api, job_id) is BeatReply.FINISH


def test_a_cancel_outdoes_the_finish_before_it(api: ApiHarness) -> None:
    job_id = api.running()
    assert ask(api, job_id, FINISH).status_code == 202
    assert ask(api, job_id, CANCEL).status_code == 202
    lose_everything(api)
    make_round(janitor_of(api))
    assert look(api, job_id)["status"] == "canceled"


def test_a_canceled_batch_is_not_painted_on(api: ApiHarness) -> None:
    body = {"contents": [data()] * 2, "styles": [data()]}
    url = send(api, body, "/v1/batches").headers["location"]
    assert api.ledger.claim("", "w") is not None
    assert api.client.post(f"{url}/cancel").status_code == 202
    lose_everything(api)
    make_round(janitor_of(api))
    assert api.client.get(url).json()["counts"]["canceled"] == 2


def test_what_was_asked_in_the_last_second_before_a_power_cut_is_asked_again(
    api: ApiHarness,
) -> None:
    """The record is there, and older than the answer that the client has."""
    canceled, finished = api.running(), api.running()
    ask(api, canceled, CANCEL)
    ask(api, finished, FINISH)
    for job_id in (canceled, finished):
        api.ledger.forget_fields(
            job_id, "cancel_requested_at", "cancel_reason", "finish_requested_at"
        )
    api.ledger.start_again()
    make_round(janitor_of(api))
    assert api.ledger.beat(canceled, 1, None).reply is BeatReply.CANCEL
    assert api.ledger.beat(finished, 1, None).reply is BeatReply.FINISH


@pytest.mark.parametrize("asked", EarlyEnd)
def test_what_is_refused_leaves_nothing(api: ApiHarness, asked: EarlyEnd) -> None:
    job_id = api.succeeded()
    assert_problem(ask(api, job_id, asked), 409, "job_finished")
    assert files_of(api) == {job_record_key(job_id)}


def test_a_full_disk_keeps_no_job_painting_but_nothing_is_promised() -> None:
    api = ApiHarness(blobs=FullFor())
    api.blobs.text = "cancel.json"
    job_id = api.running()
    assert_problem(ask(api, job_id, CANCEL), 503, "storage_unavailable")
    assert api.ledger.beat(job_id, 1, None).reply is BeatReply.CANCEL
    api.blobs.text = "nothing"
    assert ask(api, job_id, CANCEL).status_code == 202
    assert early_end_key(job_id, CANCEL) in files_of(api)


def test_a_full_disk_keeps_no_job_of_a_batch_painting() -> None:
    api = ApiHarness(blobs=FullFor())
    api.blobs.text = "cancel.json"
    body = {"contents": [data()] * 2, "styles": [data()]}
    url = send(api, body, "/v1/batches").headers["location"]
    claims = [api.ledger.claim("", worker) for worker in "ab"]
    answer = api.client.post(f"{url}/cancel")
    assert_problem(answer, 503, "storage_unavailable")
    replies = [api.ledger.beat(*each, None).reply for each in claims]
    assert replies == [BeatReply.CANCEL] * 2


@pytest.mark.parametrize("asked", EarlyEnd)
def test_who_restored_without_seeing_the_file_does_not_undo_it(
    api: ApiHarness, asked: EarlyEnd
) -> None:
    """The ledger is lost and restored after it was told and before there is a file."""
    job_id, put = api.running(), api.blobs.put

    def lose_then_put(key: str, content: bytes) -> None:
        api.blobs.put = put
        lose_everything(api)
        make_round(janitor_of(api))
        put(key, content)

    api.blobs.put = lose_then_put
    assert ask(api, job_id, asked).status_code in {200, 202}
    record: Job = api.ledger.get(job_id)
    assert record.asked == [asked]


def test_a_job_that_ends_and_goes_meanwhile_leaves_nothing(api: ApiHarness) -> None:
    job_id, put = api.running(), api.blobs.put

    def end_then_put(key: str, content: bytes) -> None:
        api.blobs.put = put
        api.ledger.cancel_done(job_id, 1)
        assert api.client.delete(f"/v1/jobs/{job_id}").status_code == 204
        put(key, content)

    api.blobs.put = end_then_put
    assert ask(api, job_id, CANCEL).status_code == 202
    assert files_of(api) == set()


def test_a_deleted_job_takes_along_what_was_asked_of_it(api: ApiHarness) -> None:
    job_id = api.running()
    ask(api, job_id, FINISH)
    ask(api, job_id, CANCEL)
    assert api.ledger.cancel_done(job_id, 1)
    assert len(files_of(api)) == 3
    assert api.client.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert files_of(api) == set()


def test_what_was_asked_of_no_job_goes(api: ApiHarness) -> None:
    """A crash came while the job was deleted."""
    job_id = api.running()
    ask(api, job_id, CANCEL)
    api.ledger.cancel_done(job_id, 1)
    api.ledger.delete(job_id)
    api.ledger.sweep()
    api.blobs.delete(job_record_key(job_id))
    age(api)
    maintenance_of(api)[1].collect()
    assert files_of(api) == set()


@pytest.mark.parametrize("content", [b"{", b'{"kind":"early_end"}', b""])
def test_a_file_that_is_not_ours_asks_nothing(
    api: ApiHarness, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    other, job_id = api.running(), api.queued()
    ask(api, other, CANCEL)
    for key in (early_end_key(job_id, FINISH), early_end_key(job_id, CANCEL)):
        api.blobs.put(key, content)
    lose_everything(api)
    with caplog.at_level(logging.ERROR):
        make_round(janitor_of(api))
    assert look(api, job_id)["status"] == "queued"
    assert reply_of(api, job_id) is BeatReply.GO_ON
    assert "cancel.json is not ours" in caplog.text
    assert look(api, other)["status"] == "canceled", "the others are not kept waiting"


def test_another_jobs_file_asks_nothing(api: ApiHarness) -> None:
    other, job_id = api.running(), api.queued()
    ask(api, other, CANCEL)
    content = api.blobs.get(early_end_key(other, CANCEL))
    api.blobs.put(early_end_key(job_id, CANCEL), content)
    lose_everything(api)
    make_round(janitor_of(api))
    assert look(api, job_id)["status"] == "queued"
