import pytest

from app.contract.failures import Failure, FailureCode
from app.contract.jobs import (
    FINAL_STATUSES,
    JobStatus,
    Outcome,
    is_job_id,
    new_job_id,
)
from app.contract.kinds.image.views import JobInput
from app.contract.painting.views import InputImage
from app.contract.records.wire import result_key, upload_key
from tests.stores.new_jobs import outcome


def test_ids_are_of_the_form_and_never_the_same() -> None:
    ids = {new_job_id() for _ in range(50)}
    assert len(ids) == 50
    assert all(map(is_job_id, ids))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "job_",
        "job_" + "a" * 31,
        "job_" + "g" * 32,
        "job_" + "A" * 32,
        "job_" + "a" * 32 + "\n",
        " job_" + "a" * 32,
    ],
)
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_job_id(text)


def test_three_of_six_states_are_final() -> None:
    assert len(JobStatus) == 6
    assert {each for each in JobStatus if each.is_final} == FINAL_STATUSES
    assert {str(each) for each in FINAL_STATUSES} == {"succeeded", "failed", "canceled"}


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_has_a_title_and_an_advice(code: FailureCode) -> None:
    failure = Failure.of(code, "detail")
    assert failure.title
    assert isinstance(failure.retryable, bool)


def test_a_record_of_before_there_were_masks_is_still_read() -> None:
    image = InputImage(sha256="a", width=1, height=1, media_type="image/png")
    old = {"content": image.model_dump(), "styles": [image.model_dump()]}
    given = JobInput.model_validate(old)
    assert (given.masks, given.style_masks, given.init) == ((), (), None)


def test_two_attempts_never_write_the_same_result() -> None:
    assert result_key("job_1", 1, "image/png") != result_key("job_1", 2, "image/png")
    assert upload_key("ab") == "uploads/ab"


@pytest.mark.parametrize(
    ("media_type", "ending"),
    [
        ("image/png", "png"),
        ("video/MP4; codecs=avc1", "mp4"),
        ("audio/x-echo", "echo"),
        ("application/vnd.pack+json", "bin"),
        ("", "bin"),
        ("image/../../etc", "bin"),
    ],
)
def test_a_result_ends_in_its_format(media_type: str, ending: str) -> None:
    assert result_key("job_1", 2, media_type) == f"results/job_1/2.{ending}"


def test_an_outcome_without_a_result_is_none() -> None:
    made = outcome()
    assert made.blob_keys == [made.result.blob_key]
    with pytest.raises(ValueError, match="no artifact result"):
        Outcome.model_validate({**made.model_dump(), "artifacts": {}})
