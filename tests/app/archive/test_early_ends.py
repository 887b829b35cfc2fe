"""A cancel or finish that was accepted survives the loss of all that Redis knows."""

import logging
from typing import Any

import pytest

from app.contract.jobs import EarlyEnd, Job
from app.contract.ports import Order
from app.contract.wire import early_end_key, end_key, order_key
from tests.app.archive.houses import (
    age,
    chores_of,
    files_of,
    janitor_of,
    lose_everything,
)
from tests.app.archive.test_lost_ledger import FullFor, look
from tests.app.conftest import House
from tests.app.jobs.test_routes import assert_problem
from tests.app.rounds import make_round
from tests.app.submissions.sending import data, send

CANCEL, FINISH = EarlyEnd.CANCEL, EarlyEnd.FINISH


@pytest.fixture
def house() -> House:
    return House()


def ask(house: House, job_id: str, asked: EarlyEnd) -> Any:
    return house.client.post(f"/v1/jobs/{job_id}/{asked}")


def order_of(house: House, job_id: str) -> Order:
    """Let another worker take the job; return what is asked of it."""
    claim = house.ledger.claim(job_id, "another worker")
    assert claim is not None
    order = house.ledger.beat(*claim, None)
    assert isinstance(order, Order)
    return order


def test_a_job_that_was_to_be_canceled_is_not_painted(house: House) -> None:
    job_id = house.running()
    assert ask(house, job_id, CANCEL).status_code == 202
    lose_everything(house)
    janitor = janitor_of(house)
    make_round(janitor)
    ended = look(house, job_id)
    assert (ended["status"], ended["cancel_reason"]) == ("canceled", "requested")
    assert house.doorbell.rung == []
    assert house.ledger.claim(job_id, "another worker") is None
    assert end_key(job_id) in files_of(house)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_job_that_was_to_end_early_does(house: House, state: str) -> None:
    job_id = getattr(house, state)()
    assert ask(house, job_id, FINISH).status_code == 202
    lose_everything(house)
    make_round(janitor_of(house))
    assert look(house, job_id)["status"] == "queued"
    assert house.doorbell.rung == [job_id]
    assert order_of(house, job_id) is Order.FINISH


def test_a_cancel_outdoes_the_finish_before_it(house: House) -> None:
    job_id = house.running()
    assert ask(house, job_id, FINISH).status_code == 202
    assert ask(house, job_id, CANCEL).status_code == 202
    lose_everything(house)
    make_round(janitor_of(house))
    assert look(house, job_id)["status"] == "canceled"


def test_a_canceled_batch_is_not_painted_on(house: House) -> None:
    body = {"contents": [data()] * 2, "styles": [data()]}
    url = send(house, body, "/v1/batches").headers["location"]
    assert house.ledger.claim("", "w") is not None
    assert house.client.post(f"{url}/cancel").status_code == 202
    lose_everything(house)
    make_round(janitor_of(house))
    assert house.client.get(url).json()["counts"]["canceled"] == 2


def test_what_was_asked_in_the_last_second_before_a_power_cut_is_asked_again(
    house: House,
) -> None:
    """The record is there, and older than the answer that the client has."""
    canceled, finished = house.running(), house.running()
    ask(house, canceled, CANCEL)
    ask(house, finished, FINISH)
    for job_id in (canceled, finished):
        house.ledger.forget_fields(
            job_id, "cancel_requested_at", "cancel_reason", "finish_requested_at"
        )
    house.ledger.start_again()
    make_round(janitor_of(house))
    assert house.ledger.beat(canceled, 1, None) is Order.CANCEL
    assert house.ledger.beat(finished, 1, None) is Order.FINISH


@pytest.mark.parametrize("asked", EarlyEnd)
def test_what_is_refused_leaves_nothing(house: House, asked: EarlyEnd) -> None:
    job_id = house.succeeded()
    assert_problem(ask(house, job_id, asked), 409, "job_finished")
    assert files_of(house) == {order_key(job_id)}


def test_a_full_disk_keeps_no_job_painting_but_nothing_is_promised() -> None:
    house = House(blobs=FullFor())
    house.blobs.text = "cancel.json"
    job_id = house.running()
    assert_problem(ask(house, job_id, CANCEL), 503, "storage_unavailable")
    assert house.ledger.beat(job_id, 1, None) is Order.CANCEL
    house.blobs.text = "nothing"
    assert ask(house, job_id, CANCEL).status_code == 202
    assert early_end_key(job_id, CANCEL) in files_of(house)


def test_a_full_disk_keeps_no_job_of_a_batch_painting() -> None:
    house = House(blobs=FullFor())
    house.blobs.text = "cancel.json"
    body = {"contents": [data()] * 2, "styles": [data()]}
    url = send(house, body, "/v1/batches").headers["location"]
    claims = [house.ledger.claim("", worker) for worker in "ab"]
    answer = house.client.post(f"{url}/cancel")
    assert_problem(answer, 503, "storage_unavailable")
    assert [house.ledger.beat(*each, None) for each in claims] == [Order.CANCEL] * 2


@pytest.mark.parametrize("asked", EarlyEnd)
def test_who_restored_without_seeing_the_file_does_not_undo_it(
    house: House, asked: EarlyEnd
) -> None:
    """The ledger is lost and restored after it was told and before there is a file."""
    job_id, put = house.running(), house.blobs.put

    def lose_then_put(key: str, content: bytes) -> None:
        house.blobs.put = put
        lose_everything(house)
        make_round(janitor_of(house))
        put(key, content)

    house.blobs.put = lose_then_put
    assert ask(house, job_id, asked).status_code in {200, 202}
    record: Job = house.ledger.get(job_id)
    assert record.asked == [asked]


def test_a_job_that_ends_and_goes_meanwhile_leaves_nothing(house: House) -> None:
    job_id, put = house.running(), house.blobs.put

    def end_then_put(key: str, content: bytes) -> None:
        house.blobs.put = put
        house.ledger.cancel_done(job_id, 1)
        assert house.client.delete(f"/v1/jobs/{job_id}").status_code == 204
        put(key, content)

    house.blobs.put = end_then_put
    assert ask(house, job_id, CANCEL).status_code == 202
    assert files_of(house) == set()


def test_a_deleted_job_takes_along_what_was_asked_of_it(house: House) -> None:
    job_id = house.running()
    ask(house, job_id, FINISH)
    ask(house, job_id, CANCEL)
    assert house.ledger.cancel_done(job_id, 1)
    assert len(files_of(house)) == 3
    assert house.client.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert files_of(house) == set()


def test_what_was_asked_of_no_job_goes(house: House) -> None:
    """A crash came while the job was deleted."""
    job_id = house.running()
    ask(house, job_id, CANCEL)
    house.ledger.cancel_done(job_id, 1)
    house.ledger.delete(job_id)
    house.ledger.sweep()
    house.blobs.delete(order_key(job_id))
    age(house)
    chores_of(house)[1].collect()
    assert files_of(house) == set()


@pytest.mark.parametrize("content", [b"{", b'{"kind":"early_end"}', b""])
def test_a_file_that_is_not_ours_asks_nothing(
    house: House, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    other, job_id = house.running(), house.queued()
    ask(house, other, CANCEL)
    for key in (early_end_key(job_id, FINISH), early_end_key(job_id, CANCEL)):
        house.blobs.put(key, content)
    lose_everything(house)
    with caplog.at_level(logging.ERROR):
        make_round(janitor_of(house))
    assert look(house, job_id)["status"] == "queued"
    assert order_of(house, job_id) is Order.GO_ON
    assert "cancel.json is not ours" in caplog.text
    assert look(house, other)["status"] == "canceled", "the others are not kept waiting"


def test_another_jobs_file_asks_nothing(house: House) -> None:
    other, job_id = house.running(), house.queued()
    ask(house, other, CANCEL)
    content = house.blobs.get(early_end_key(other, CANCEL))
    house.blobs.put(early_end_key(job_id, CANCEL), content)
    lose_everything(house)
    make_round(janitor_of(house))
    assert look(house, job_id)["status"] == "queued"
