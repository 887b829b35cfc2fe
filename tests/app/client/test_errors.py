"""Every problem becomes an exception of its own class, in words."""

import httpx
import pytest

from app import client as c
from tests.app.client.fakes import JOB_ID, Script, client_of, once, problem

CLASSES = {
    (401, "unauthenticated"): c.AuthenticationError,
    (403, "forbidden"): c.ForbiddenError,
    (404, "job_not_found"): c.JobNotFoundError,
    (404, "style_not_found"): c.StyleNotFoundError,
    (404, "batch_not_found"): c.BatchNotFoundError,
    (404, "preview_not_found"): c.NotFoundError,
    (409, "result_not_ready"): c.ResultNotReadyError,
    (409, "job_failed"): c.JobFailedError,
    (409, "job_canceled"): c.JobCanceledError,
    (409, "job_finished"): c.ConflictError,
    (410, "result_expired"): c.ResultExpiredError,
    (422, "exceeds_memory"): c.RefusedError,
    (429, "too_many_active_jobs"): c.BusyError,
    (503, "queue_full"): c.BusyError,
    (503, "broker_unavailable"): c.ServiceError,
    (500, "internal_error"): c.ServiceError,
    (418, "a_code_of_tomorrow"): c.RefusedError,
}


def error_of(answer: httpx.Response) -> c.ClientError:
    with (
        client_of(Script(answer), retries=once()) as client,
        pytest.raises(c.ClientError) as caught,
    ):
        client.job(JOB_ID)
    return caught.value


@pytest.mark.parametrize(("status", "code"), CLASSES)
def test_every_code_has_its_class(status: int, code: str) -> None:
    error = error_of(problem(status, code, job_id=JOB_ID))
    assert type(error) is CLASSES[(status, code)]
    assert (error.code, error.status) == (code, status)
    assert (error.request_id, error.job_id) == ("req_1", JOB_ID)


def test_a_refusal_names_each_field() -> None:
    errors = [{"field": "/params/steps", "code": "x", "message": "Must be smaller"}]
    error = error_of(problem(422, "out_of_range", errors=errors))
    assert str(error) == "This went wrong.\n  /params/steps: Must be smaller"
    assert error.errors == (
        c.FieldRefusal(field="/params/steps", message="Must be smaller", code="x"),
    )


def test_the_text_of_a_gateway_is_no_problem_document() -> None:
    for status in (502, 503, 504):
        error = error_of(httpx.Response(status, html="<h1>Bad gateway</h1>"))
        assert type(error) is c.UnreachableError
        assert error.retryable
        assert str(status) in str(error)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{}", b"\xff", b'{"errors": 3}'])
def test_a_refusal_of_any_shape_is_still_an_error(body: bytes) -> None:
    error = error_of(httpx.Response(418, content=body))
    assert str(error) == "the service answered 418 I'm a teapot"


def test_members_of_the_wrong_kind_do_no_harm() -> None:
    strange = problem(422, "x", errors=[3, {"field": 1}], retryable=None)
    error = error_of(strange)
    assert not error.retryable
    assert [each.field for each in error.errors] == ["1"]


def test_an_answer_that_is_no_job_is_told_as_such() -> None:
    error = error_of(httpx.Response(200, json={"hello": "world"}))
    assert type(error) is c.UnknownAnswerError
    assert "is this an Impasto service" in str(error)


def test_a_file_that_cannot_be_read_is_named(tmp_path) -> None:
    with (
        client_of(Script()) as client,
        pytest.raises(c.FileError, match=r"cannot read .*nowhere\.png: No such"),
    ):
        client.submit(tmp_path / "nowhere.png", [b"style"])


def test_one_path_is_not_taken_for_a_list_of_letters() -> None:
    with (
        client_of(Script()) as client,
        pytest.raises(c.ClientError, match="must be a list"),
    ):
        client.submit(b"content", "painting.png")


@pytest.mark.parametrize("job_id", ["", ".", ".."])
def test_an_id_that_would_name_another_path_is_refused(job_id: str) -> None:
    with (
        client_of(Script()) as client,
        pytest.raises(c.ClientError, match="names nothing"),
    ):
        client.delete(job_id)
