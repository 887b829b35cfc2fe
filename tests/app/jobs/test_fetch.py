import pytest

from app.contract.jobs import Job, new_job_id
from app.contract.ports import JobNotFoundError, StorageUnavailableError
from app.http.callers import ANYBODY
from app.jobs.endings import cancel_job
from app.jobs.fetch import find_job, read_picture, require_result, retry_after_s
from app.problems import ProblemCode, ProblemError
from tests.app.conftest import House, a_progress


def job_of(house: House, job_id: str) -> Job:
    return find_job(house.ledger, job_id, ANYBODY)


@pytest.mark.parametrize(
    "text", ["", "job_", "job_1", "JOB_" + "0" * 32, "job_" + "0" * 33, "../etc/passwd"]
)
def test_what_cannot_be_an_id_is_not_looked_up(text: str) -> None:
    class NoLedger:
        def get(self, job_id: str) -> Job:
            raise AssertionError(job_id)

    with pytest.raises(JobNotFoundError):
        find_job(NoLedger(), text, ANYBODY)  # type: ignore[arg-type]


def test_an_unknown_id_is_no_job(house: House) -> None:
    with pytest.raises(JobNotFoundError):
        find_job(house.ledger, new_job_id(), ANYBODY)


@pytest.mark.parametrize(
    ("eta_s", "pause_s"), [(0.0, 1), (0.2, 1), (2.1, 3), (5.0, 5), (4000.0, 5)]
)
def test_the_pause_follows_the_eta_between_1_and_5_seconds(
    house: House, eta_s: float, pause_s: int
) -> None:
    assert retry_after_s(job_of(house, house.running(a_progress(eta_s)))) == pause_s


def test_the_pause_of_a_waiting_job_follows_its_place(house: House) -> None:
    pauses = [house.queued() for _ in range(8)]
    assert [retry_after_s(job_of(house, each)) for each in pauses] == [
        *(1, 2, 3, 4, 5, 5, 5, 5)
    ]


def test_a_job_that_has_just_started_is_asked_for_soon(house: House) -> None:
    assert retry_after_s(job_of(house, house.running())) == 1


@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled"])
def test_an_ended_job_needs_no_pause(house: House, state: str) -> None:
    assert retry_after_s(job_of(house, getattr(house, state)())) is None


@pytest.mark.parametrize(
    ("state", "code", "has_pause"),
    [
        ("queued", ProblemCode.RESULT_NOT_READY, True),
        ("running", ProblemCode.RESULT_NOT_READY, True),
        ("canceled", ProblemCode.JOB_CANCELED, False),
        ("failed", ProblemCode.JOB_FAILED, False),
    ],
)
def test_without_a_picture_the_state_says_why(
    house: House, state: str, code: ProblemCode, has_pause: bool
) -> None:
    job = job_of(house, getattr(house, state)())
    with pytest.raises(ProblemError) as caught:
        require_result(job)
    assert caught.value.code is code
    assert caught.value.job_id == job.id
    assert (caught.value.retry_after_s is not None) is has_pause


def test_the_picture_of_a_job_is_read(house: House) -> None:
    result = require_result(job_of(house, house.succeeded(b"png")))
    assert read_picture(house.blobs, result) == b"png"


def test_a_picture_that_is_gone_is_the_stores_fault(house: House) -> None:
    result = require_result(job_of(house, house.succeeded()))
    house.blobs.delete(result.blob_key)
    with pytest.raises(StorageUnavailableError):
        read_picture(house.blobs, result)


@pytest.mark.parametrize("state", ["succeeded", "failed"])
def test_an_ended_job_cannot_be_canceled(house: House, state: str) -> None:
    job_id = getattr(house, state)()
    with pytest.raises(ProblemError) as caught:
        cancel_job(house.blobs, house.ledger, job_id, ANYBODY)
    assert caught.value.code is ProblemCode.JOB_FINISHED
    assert caught.value.job_id == job_id


def test_a_waiting_job_is_canceled_and_a_running_one_asked(house: House) -> None:
    stores = (house.blobs, house.ledger)
    assert cancel_job(*stores, house.queued(), ANYBODY).status == "canceled"
    running = cancel_job(*stores, house.running(), ANYBODY)
    assert running.status == "starting"
    assert running.cancel_requested_at is not None
