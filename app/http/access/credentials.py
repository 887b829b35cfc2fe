"""How a client shows a key, and what it is told if that was no good (RFC 6750)."""

import re

from starlette.datastructures import Headers

from app.problems import ProblemCode, ProblemError

#: RFC 6750, 2.1: one token of these characters after the scheme.
_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*) *", re.IGNORECASE)
_REALM = 'Bearer realm="impasto"'


def bearer_token(headers: Headers) -> str | None:
    """Return the token of the Authorization header; None if there is no such header.

    Raises:
        ProblemError: There are two, or it is not of the form `Bearer <key>`.
    """
    values = headers.getlist("authorization")
    if not values:
        return None
    if len(values) > 1:
        detail = "There is more than one Authorization header."
        challenge = _challenge(error="invalid_request", error_description=detail)
        raise ProblemError(ProblemCode.MALFORMED_REQUEST, detail, headers=challenge)
    match = _BEARER.fullmatch(values[0])
    if match is None:
        detail = "The Authorization header is not of the form: Bearer imp_..."
        raise unauthenticated(detail, error="invalid_request")
    return match[1]


def unauthenticated(detail: str, error: str | None = None) -> ProblemError:
    """Return the problem of one whose key is missing or worth nothing.

    Args:
        detail: In words.
        error: By RFC 6750, 3.1; None if no key was shown at all.
    """
    code = ProblemCode.UNAUTHENTICATED
    if error is None:
        return ProblemError(code, detail, headers=_challenge())
    challenge = _challenge(error=error, error_description=detail)
    return ProblemError(code, detail, headers=challenge)


def forbidden(scope_name: str) -> ProblemError:
    """Return the problem of one whose key does not have the scope."""
    detail = f"The key does not have the scope {scope_name}."
    challenge = _challenge(
        error="insufficient_scope", error_description=detail, scope=scope_name
    )
    return ProblemError(ProblemCode.FORBIDDEN, detail, headers=challenge)


def _challenge(**parameters: str) -> dict[str, str]:
    """Return the header; our texts hold neither quotes nor backslashes."""
    listed = [f'{name}="{value}"' for name, value in parameters.items()]
    return {"WWW-Authenticate": ", ".join([_REALM, *listed])}
