"""Answers what is no sound HTTP: a problem like any other, though no request was read.

It knows bytes and the table of problems; the connection is its caller's.
"""

import json
from http import HTTPStatus

import h11

from app.http.edge.request_ids import HEADER, new_request_id
from app.problems import MEDIA_TYPE, PROBLEMS, Problem, ProblemCode


def invalid_http_answer(error: BaseException | None) -> tuple[h11.Response, bytes]:
    """Return head and body of the answer to a request that h11 could not read.

    Args:
        error: h11's, which tells a head that is too long from one that is wrong.
    """
    hint = getattr(error, "error_status_hint", None)
    is_long = hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = ProblemCode.HEAD_TOO_LARGE if is_long else ProblemCode.MALFORMED_REQUEST
    kind, request_id = PROBLEMS[code], new_request_id()
    problem = Problem(
        # Relative: it is not known by which name the client came.
        type=f"/problems/{code}",
        title=kind.title,
        status=kind.status,
        detail="The request's head is too long."
        if is_long
        else "The request is not sound HTTP/1.1.",
        instance="",
        code=code,
        retryable=kind.retryable,
        request_id=request_id,
    )
    body = json.dumps(problem.model_dump(mode="json")).encode()
    headers = [
        ("Content-Type", MEDIA_TYPE),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        (HEADER, request_id),
        ("Connection", "close"),
    ]
    reason = HTTPStatus(kind.status).phrase.encode()
    head = h11.Response(status_code=kind.status, headers=headers, reason=reason)
    return head, body
