"""Turns problems and exceptions into `application/problem+json`.

No trace and no text of a foreign exception reaches a client.
"""

import json
import logging
import math
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from app.contract.ports import (
    BatchNotFoundError,
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    JobNotFoundError,
    LedgerIncompleteError,
    LedgerUnavailableError,
    QueueFullError,
    StorageFullError,
    StorageUnavailableError,
    StyleNotFoundError,
    TooManyActiveJobsError,
)
from app.http.access.quotas import too_many_active_jobs
from app.http.edge.origins import origin_of
from app.http.edge.request_ids import request_id_of
from app.problems import (
    MEDIA_TYPE,
    RETRY_AFTER_S,
    FieldError,
    Problem,
    ProblemCode,
    ProblemError,
)

_log = logging.getLogger(__name__)

#: What the framework may raise by itself, in our words.
_CODE_OF_STATUS = {
    HTTPStatus.BAD_REQUEST: ProblemCode.MALFORMED_REQUEST,
    HTTPStatus.NOT_FOUND: ProblemCode.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: ProblemCode.METHOD_NOT_ALLOWED,
}
#: pydantic's words for a number that is too small or too large.
_RANGE_ERRORS = frozenset(
    {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
)
#: The bounds of `Retry-After` where the queue is full: later nobody knows better.
_MIN_ROOM_S, _MAX_ROOM_S = 1, 60
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def problem_response(scope: Scope, error: ProblemError) -> Response:
    """Return the answer to a request that met a problem."""
    kind = error.kind
    body = Problem(
        type=kind.type_uri or f"{origin_of(scope)}/problems/{error.code}",
        title=kind.title,
        status=kind.status,
        detail=error.detail,
        instance=scope["path"],
        code=error.code,
        retryable=kind.retryable,
        request_id=request_id_of(scope),
        job_id=error.job_id,
        errors=list(error.errors),
    )
    members = body.model_dump(mode="json") | error.extra
    headers = dict(error.headers)
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    # ASCII only: a path may hold half a surrogate pair, which UTF-8 cannot write.
    return Response(json.dumps(members), kind.status, headers, MEDIA_TYPE)


def install_problem_handlers(
    app: FastAPI, room_seconds: Callable[[], float | None] = lambda: None
) -> None:
    """Make `app` answer every error it knows with a problem.

    Args:
        app: the application.
        room_seconds: in how many seconds a full queue has room again, if that is known.
    """
    makers: dict[type[Exception], _Make] = {
        **_PROBLEM_OF,
        QueueFullError: partial(_queue_full, room_seconds),
    }
    for known, make in makers.items():
        app.exception_handler(known)(partial(_on_known, known, make))
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(RequestValidationError)(_on_invalid_request)


def _on_known(
    known: type[Exception], make: "_Make", request: Request, error: Exception
) -> Response:
    if known in _LOGGED:
        level, words = _LOGGED[known]
        request_id = request_id_of(request.scope)
        _log.log(level, "%s request_id=%s: %s", words, request_id, error)
    return problem_response(request.scope, make(error))


def _on_http_exception(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    code = _CODE_OF_STATUS.get(status, ProblemCode.INTERNAL_ERROR)
    if code is ProblemCode.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not known here."
        headers = {"Allow": ", ".join(_allowed_methods(request))}
    else:
        detail = {
            ProblemCode.NOT_FOUND: f"No resource has this path.{_hint(request)}",
            ProblemCode.MALFORMED_REQUEST: "The request cannot be read.",
        }.get(code, "The request could not be answered.")
        headers = {}
    return problem_response(request.scope, ProblemError(code, detail, headers=headers))


def _allowed_methods(request: Request) -> list[str]:
    """Ask every route, since one path may have a route for each method."""
    allowed = [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]
    return [*allowed, "HEAD"] if "GET" in allowed else allowed


def _hint(request: Request) -> str:
    """Name the path that was probably meant; nothing is redirected, for a POST."""
    path: str = request.scope["path"]
    bare = path.rstrip("/")
    if not bare or bare == path:
        return ""
    scope = {**request.scope, "path": bare}
    is_known = any(
        route.matches(scope)[0] is not Match.NONE for route in request.app.routes
    )
    return f" Without the slash at its end: {quote(bare)}" if is_known else ""


def _on_invalid_request(request: Request, error: RequestValidationError) -> Response:
    errors = [
        FieldError(
            field="/" + "/".join(str(part) for part in each["loc"][1:]),
            code=each["type"],
            message=each["msg"],
            limit=next(iter(each["ctx"].values())) if _is_range(each) else None,
        )
        for each in error.errors()
    ]
    is_range = _is_range(error.errors()[0])
    code = ProblemCode.OUT_OF_RANGE if is_range else ProblemCode.INVALID_VALUE
    detail = f"{errors[0].field[1:]}: {errors[0].message}"
    return problem_response(request.scope, ProblemError(code, detail, errors))


def _is_range(error: Mapping[str, Any]) -> bool:
    return error["type"] in _RANGE_ERRORS


def _queue_full(
    room_seconds: Callable[[], float | None], error: QueueFullError
) -> ProblemError:
    room_s = room_seconds()
    if room_s is None:
        room_s = RETRY_AFTER_S
    return ProblemError(
        ProblemCode.QUEUE_FULL,
        f"{error.depth} jobs wait; {error.limit} are allowed.",
        retry_after_s=max(_MIN_ROOM_S, min(_MAX_ROOM_S, math.ceil(room_s))),
        extra={"depth": error.depth, "limit": error.limit},
    )


def _ledger_unavailable(error: LedgerUnavailableError) -> ProblemError:
    return ProblemError(
        ProblemCode.BROKER_UNAVAILABLE,
        "The queue has lost data; the jobs are being restored."
        if isinstance(error, LedgerIncompleteError)
        else "The queue did not answer in time.",
        retry_after_s=RETRY_AFTER_S,
    )


def _storage_full(error: StorageFullError) -> ProblemError:
    return ProblemError(
        ProblemCode.STORAGE_FULL,
        f"Nothing more can be stored: {error.words}.",
        retry_after_s=RETRY_AFTER_S,
        extra={"free_bytes": error.free_bytes, "needed_bytes": error.needed_bytes},
    )


def _always(
    code: ProblemCode, detail: str, retry_after_s: int | None = None
) -> "_Make":
    return lambda _: ProblemError(code, detail, retry_after_s=retry_after_s)


# Any: each takes the exceptions of its row.
_Make = Callable[[Any], ProblemError]
#: What is answered for the exceptions that rooms may raise.
_PROBLEM_OF: dict[type[Exception], _Make] = {
    ProblemError: lambda error: error,
    JobNotFoundError: _always(ProblemCode.JOB_NOT_FOUND, "No job has this id."),
    BatchNotFoundError: _always(ProblemCode.BATCH_NOT_FOUND, "No batch has this id."),
    StyleNotFoundError: _always(ProblemCode.STYLE_NOT_FOUND, "No style has this id."),
    TooManyActiveJobsError: lambda e: too_many_active_jobs(e.active, e.limit),
    IdempotencyInProgressError: _always(
        ProblemCode.IDEMPOTENCY_IN_PROGRESS,
        "A request with this Idempotency-Key is under way.",
        1,
    ),
    IdempotencyKeyReusedError: _always(
        ProblemCode.IDEMPOTENCY_KEY_REUSED,
        "The Idempotency-Key came within the last 24 hours with another body.",
    ),
    LedgerUnavailableError: _ledger_unavailable,
    StorageUnavailableError: _always(
        ProblemCode.STORAGE_UNAVAILABLE,
        "The picture store could not be read or written.",
        RETRY_AFTER_S,
    ),
    StorageFullError: _storage_full,
}
#: Which of them an operator must hear of.
_LOGGED = {
    LedgerUnavailableError: (logging.WARNING, "ledger unavailable"),
    StorageUnavailableError: (logging.ERROR, "storage unavailable"),
    StorageFullError: (logging.ERROR, "storage full"),
}
