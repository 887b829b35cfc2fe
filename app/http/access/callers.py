"""Who sent a request: what its key says, and what every handler may ask."""

from dataclasses import dataclass

from fastapi import Request
from starlette.types import Scope

from app.contract.jobs import Job
from app.contract.keys import ALL_SCOPES
from app.contract.keys import Scope as KeyScope
from app.contract.ports import JobNotFoundError
from app.http.access.credentials import forbidden

#: What a key may be allowed to do.
JOBS_READ, JOBS_WRITE = KeyScope.JOBS_READ, KeyScope.JOBS_WRITE
JOBS_HIGH, STYLES_WRITE = KeyScope.JOBS_HIGH, KeyScope.STYLES_WRITE
ADMIN = KeyScope.ADMIN


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One who may do what `scopes` say.

    Attributes:
        owner: id of the API key, which owns what it sends and sees nothing else; None
            while keys are off.
        scopes: what it may do, implied scopes included.
        name: of the key, for logs.
    """

    owner: str | None
    scopes: frozenset[str]
    name: str = ""


#: Everybody, while keys are off.
ANYBODY = Caller(owner=None, scopes=ALL_SCOPES, name="anybody")
#: One without a key on a path that needs none, once keys are on. No key has such an id,
#: so that nothing belongs to a stranger.
STRANGER = Caller(owner="nobody", scopes=frozenset(), name="stranger")


def caller_of(source: Scope | Request) -> Caller:
    """Return who sent the request; the middleware has seen every one."""
    scope = source.scope if isinstance(source, Request) else source
    caller: Caller = scope["state"]["caller"]
    return caller


# Not a plain function: FastAPI would call that one in a thread.
async def the_caller(request: Request) -> Caller:
    """Return who sent the request, as a FastAPI dependency."""
    return caller_of(request.scope)


def require_scope(caller: Caller, scope_name: str) -> None:
    """Refuse a caller that may not do this.

    The middleware asks for what its table says already; this is for handlers that offer
    more to some.

    Raises:
        ProblemError: The key lacks the scope.
    """
    if scope_name not in caller.scopes:
        raise forbidden(scope_name)


def require_own(job: Job, caller: Caller) -> None:
    """Refuse another key's job as an unknown one: nobody learns which ids there are.

    Raises:
        JobNotFoundError: The job is not the caller's.
    """
    if job.owner != caller.owner:
        raise JobNotFoundError(job.id)
