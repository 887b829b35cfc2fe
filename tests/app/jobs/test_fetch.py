import pytest

from app.contract.jobs import Job, new_job_id
from app.contract.ports import JobNotFoundError, StorageUnavailableError
from app.http.access.callers import ANYBODY
from app.jobs.endings import cancel_job
from app.jobs.fetch import find_job, read_blob, require_result, retry_after_s
from app.problems import ProblemCode, ProblemError
from tests.app.conftest import ApiHarness, a_progress


def job_of(api: ApiHarness, job_id: str) -> Job:
    return find_job(api.ledger, job_id, ANYBODY)


@pytest.mark.parametrize(
    "text", ["", "job_", "job_1", "JOB_" + "0" * 32, "job_" + "0" * 33, "../etc/passwd"]
)
def test_what_cannot_be_an_id_is_not_looked_up(text: str) -> None:
    class NoLedger:
        def get(self, job_id: str) -> Job:
            raise AssertionError(job_id)

    with pytest.raises(JobNotFoundError):
        find_job(NoLedger(), text, ANYBODY)  # type: ignore[arg-type]


def test_an_unknown_id_is_no_job(api: ApiHarness) -> None:
    with pytest.raises(JobNotFoundError):
        find_job(api.ledger, new_job_id(), ANYBODY)


@pytest.mark.parametrize(
    ("eta_s", "pause_s"), [(0.0, 1), (0.2, 1), (2.1, 3), (5.0, 5), (4000.0, 5)]
)
def test_the_pause_follows_the_eta_between_1_and_5_seconds(
    api: ApiHarness, eta_s: float, pause_s: int
) -> None:
    assert retry_after_s(job_of(api, api.running(a_progress(eta_s)))) == pause_s


def test_the_pause_of_a_waiting_job_follows_its_place(api: ApiHarness) -> None:
    pauses = [api.queued() for _ in range(8)]
    assert [retry_after_s(job_of(api, each)) for each in pauses] == [
        *(1, 2, 3, 4, 5, 5, 5, 5)
    ]


def test_a_job_that_has_just_started_is_asked_for_soon(api: ApiHarness) -> None:
    assert retry_after_s(job_of(api, api.running())) == 1


@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled"])
def test_an_ended_job_needs_no_pause(api: ApiHarness, state: str) -> None:
    assert retry_after_s(job_of(api, getattr(api, state)())) is None


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
    api: ApiHarness, state: str, code: ProblemCode, has_pause: bool
) -> None:
    job = job_of(api, getattr(api, state)())
    with pytest.raises(ProblemError) as caught:
        require_result(job)
    assert caught.value.code is code
    assert caught.value.job_id == job.id
    assert (caught.value.retry_after_s is not None) is has_pause


def test_the_picture_of_a_job_is_read(api: ApiHarness) -> None:
    result = require_result(job_of(api, api.succeeded(b"png")))
    assert read_blob(api.blobs, result.blob_key) == b"png"


def test_a_picture_that_is_gone_is_the_stores_fault(api: ApiHarness) -> None:
    result = require_result(job_of(api, api.succeeded()))
    api.blobs.delete(result.blob_key)
    with pytest.raises(StorageUnavailableError):
        read_blob(api.blobs, result.blob_key)


@pytest.mark.parametrize("state", ["succeeded", "failed"])
def test_an_ended_job_cannot_be_canceled(api: ApiHarness, state: str) -> None:
    job_id = getattr(api, state)()
    with pytest.raises(ProblemError) as caught:
        cancel_job(api.blobs, api.ledger, job_id, ANYBODY)
    assert caught.value.code is ProblemCode.JOB_FINISHED
    assert caught.value.job_id == job_id


def test_a_waiting_job_is_canceled_and_a_running_one_asked(api: ApiHarness) -> None:
    stores = (api.blobs, api.ledger)
    assert cancel_job(*stores, api.queued(), ANYBODY).status == "canceled"
    running = cancel_job(*stores, api.running(), ANYBODY)
    assert running.status == "starting"
    assert running.cancel_requested_at is not None
