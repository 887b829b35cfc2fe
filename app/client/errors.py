"""What may go wrong for a client, as exceptions whose texts are for people.

Knows the problem documents of the API (RFC 9457), nothing of how they came here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from app.logs import without_credentials
from app.problems import ProblemCode

_SENTENCE_ENDS = (".", "!", "?")


@dataclass(frozen=True, kw_only=True)
class FieldRefusal:
    """What is wrong with one field of a request."""

    field: str
    message: str
    code: str | None = None


class ClientError(Exception):
    """Something kept the service from doing what was asked.

    Attributes:
        code: the problem's stable name, `queue_full`; None if it came from elsewhere.
        status: of the HTTP answer; None without one.
        retryable: whether the very same request may succeed later.
        errors: what is wrong with which field.
        request_id: what an operator finds the request by.
        job_id: the job in question, if the service named one.
        retry_after_s: when to come again, if the service said so.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        retryable: bool = False,
        errors: Sequence[FieldRefusal] = (),
        request_id: str | None = None,
        job_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.retryable = retryable
        self.errors = tuple(errors)
        self.request_id = request_id
        self.job_id = job_id
        self.retry_after_s = retry_after_s


class FileError(ClientError):
    """A file on this machine cannot be read or written."""


class SettingError(ClientError):
    """The client was told a URL, a key or a header that nothing can be sent with."""


class UnreachableError(ClientError):
    """Nobody answers, or a gateway that found nobody behind it."""


class UnknownAnswerError(ClientError):
    """The service answered in a way that this version cannot read."""


class RefusedError(ClientError):
    """The request is at fault; sent again, it will be refused again."""


class AuthenticationError(RefusedError):
    """No key, or a wrong one, came with the request."""


class ForbiddenError(RefusedError):
    """The key may not do this."""


class NotFoundError(RefusedError):
    """What was asked for is not there, or belongs to another key."""


class JobNotFoundError(NotFoundError):
    """No job has this id."""


class StyleNotFoundError(NotFoundError):
    """No style of the library has this id."""


class BatchNotFoundError(NotFoundError):
    """No batch has this id."""


class ConflictError(ClientError):
    """The job's state does not admit what was asked."""


class ResultNotReadyError(ConflictError):
    """The job has not ended yet."""


class JobFailedError(ConflictError):
    """The job failed and has no picture."""


class JobCanceledError(ConflictError):
    """The job was canceled and has no picture."""


class ResultExpiredError(ClientError):
    """The picture is no longer kept."""


class BusyError(ClientError):
    """Too many requests, jobs or uploads at the moment: come again."""


class ServiceError(ClientError):
    """The service, or what it stands on, is broken."""


_BY_CODE: dict[str, type[ClientError]] = {
    ProblemCode.JOB_NOT_FOUND: JobNotFoundError,
    ProblemCode.STYLE_NOT_FOUND: StyleNotFoundError,
    ProblemCode.BATCH_NOT_FOUND: BatchNotFoundError,
    ProblemCode.RESULT_NOT_READY: ResultNotReadyError,
    ProblemCode.JOB_FAILED: JobFailedError,
    ProblemCode.JOB_CANCELED: JobCanceledError,
    ProblemCode.RESULT_EXPIRED: ResultExpiredError,
    ProblemCode.QUEUE_FULL: BusyError,
    ProblemCode.TOO_MANY_UPLOADS: BusyError,
}
_BY_STATUS: dict[int, type[ClientError]] = {
    401: AuthenticationError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: ResultExpiredError,
    429: BusyError,
}
#: Without a problem document these come from a gateway, not from the service.
_GATEWAY = frozenset({502, 503, 504})


def unreachable(url: object, error: httpx.TransportError) -> UnreachableError:
    """Return the words for a request that got no answer."""
    # Some of httpx's errors have no text of their own.
    reason = str(error) or type(error).__name__
    words = without_credentials(f"no service answers at {url}: {reason}")
    return UnreachableError(words, retryable=True)


def error_of(response: httpx.Response) -> ClientError:
    """Return the words and the class for an answer that is a refusal."""
    problem = _problem(response)
    status = response.status_code
    if problem is None:
        kind = _class_of(None, status)
        if status in _GATEWAY:
            kind = UnreachableError
        return kind(
            f"the service answered {status} {response.reason_phrase}".rstrip(),
            status=status,
            retryable=status in _GATEWAY or status == 429,
            request_id=response.headers.get("X-Request-Id"),
            retry_after_s=retry_after_s(response),
        )
    code = str(problem.get("code") or "") or None
    errors = _refusals(problem.get("errors"))
    return _class_of(code, status)(
        _words(problem, errors),
        code=code,
        status=status,
        retryable=bool(problem.get("retryable")),
        errors=errors,
        request_id=problem.get("request_id"),
        job_id=problem.get("job_id"),
        retry_after_s=retry_after_s(response),
    )


def retry_after_s(response: httpx.Response) -> float | None:
    """Return `Retry-After` in seconds; None if there is none, or a date."""
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def _class_of(code: str | None, status: int) -> type[ClientError]:
    fallback = RefusedError if status < 500 else ServiceError
    return _BY_CODE.get(code or "", _BY_STATUS.get(status, fallback))


# Any: it is whatever a service wrote; each member is checked where it is read.
def _problem(response: httpx.Response) -> dict[str, Any] | None:
    try:
        problem = response.json()
    except ValueError:
        return None
    is_problem = isinstance(problem, dict) and {"detail", "title"} & problem.keys()
    return problem if is_problem else None


def _refusals(errors: object) -> list[FieldRefusal]:
    entries = errors if isinstance(errors, list) else []
    return [
        FieldRefusal(
            field=str(each.get("field", "")),
            message=str(each.get("message", "")),
            code=each.get("code"),
        )
        for each in entries
        if isinstance(each, dict)
    ]


def _words(problem: dict[str, Any], errors: Sequence[FieldRefusal]) -> str:
    """Return what is wrong: the problem's sentence, then a line for each field."""
    sentence = str(problem.get("detail") or problem.get("title"))
    told = sentence if sentence.endswith(_SENTENCE_ENDS) else f"{sentence}."
    # A single field's message often is the sentence.
    fields = [
        f"  {each.field}: {each.message}"
        for each in errors
        if each.message.rstrip(".") != told.rstrip(".")
    ]
    return "\n".join([told, *fields])
