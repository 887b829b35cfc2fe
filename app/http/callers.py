"""Who sent a request: what the gate found out, and what every room may ask."""

from dataclasses import dataclass

from fastapi import Request
from starlette.types import Scope

from app.problems import ProblemCode, ProblemError

#: What a key may be allowed to do.
JOBS_READ, JOBS_WRITE = "jobs:read", "jobs:write"
STYLES_WRITE, ADMIN = "styles:write", "admin"
ALL_SCOPES = frozenset({JOBS_READ, JOBS_WRITE, STYLES_WRITE, ADMIN})


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One who may do what `scopes` say.

    Attributes:
        owner: id of the API key, which owns the jobs it sends; None without keys.
        scopes: what it may do.
    """

    owner: str | None
    scopes: frozenset[str]


#: Everybody, where there are no keys.
ANYBODY = Caller(owner=None, scopes=ALL_SCOPES)


def caller_of(scope: Scope) -> Caller:
    """Return who sent the request."""
    caller: Caller = scope["state"].get("caller", ANYBODY)
    return caller


def the_caller(request: Request) -> Caller:
    """Return who sent the request, as a FastAPI dependency."""
    return caller_of(request.scope)


def require_scope(caller: Caller, scope: str) -> None:
    """Refuse a caller that may not do this.

    Raises:
        ProblemError: The key lacks the scope.
    """
    if scope not in caller.scopes:
        detail = f"The key lacks the scope {scope}."
        raise ProblemError(ProblemCode.FORBIDDEN, detail)
