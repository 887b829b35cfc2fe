"""What the OpenAPI document says of keys, scopes and quotas, by the rules."""

from collections.abc import Iterator
from typing import Any

from app.http.access.links import PARAMETER
from app.http.access.rules import Meter, Rule, rule_for
from app.problems import ProblemCode

_KEY, _LINK = "key", "link"

SECURITY_SCHEMES: dict[str, Any] = {
    _KEY: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "imp_ and 32 hexadecimal digits",
        "description": "An API key. None is needed as long as the operator has set "
        "none. `admin` implies every other scope.",
    },
    _LINK: {
        "type": "apiKey",
        "in": "query",
        "name": PARAMETER,
        "description": "The token in a job's `urls`: opens this job for reading, for "
        "an hour at least.",
    },
}
_RATE_HEADERS: dict[str, Any] = {
    "RateLimit-Policy": {
        "description": "What is allowed (q) in how many seconds (w); with keys only.",
        "schema": {"type": "string", "examples": ['"submit";q=30;w=60']},
    },
    "RateLimit": {
        "description": "What is left (r), and in how many seconds more is (t).",
        "schema": {"type": "string", "examples": ['"submit";r=12;t=37']},
    },
}


def security_of(method: str, path: str) -> list[dict[str, list[str]]]:
    """Return an operation's `security`; the empty one stands for "keys are off"."""
    rule = rule_for(method, path)
    if rule.is_open:
        return []
    scopes = [] if rule.scope is None else [str(rule.scope)]
    links: list[dict[str, list[str]]] = [{_LINK: []}] if rule.by_link else []
    return [{}, {_KEY: scopes}, *links]


def access_problems(method: str, path: str) -> list[ProblemCode]:
    """Return what the middleware may answer in the operation's place."""
    return list(_problems(rule_for(method, path)))


def access_headers(method: str, path: str) -> dict[str, Any]:
    """Return the headers that the middleware adds to every answer of the operation."""
    is_submission = rule_for(method, path).meter is Meter.SUBMISSION
    return dict(_RATE_HEADERS) if is_submission else {}


def _problems(rule: Rule) -> Iterator[ProblemCode]:
    if rule.is_open:
        return
    yield ProblemCode.UNAUTHENTICATED
    if rule.scope is not None:
        yield ProblemCode.FORBIDDEN
    if rule.meter is not None:
        yield ProblemCode.RATE_LIMITED
    if rule.meter is Meter.SUBMISSION:
        yield ProblemCode.TOO_MANY_ACTIVE_JOBS
        yield ProblemCode.BROKER_UNAVAILABLE
    yield ProblemCode.STORAGE_UNAVAILABLE
