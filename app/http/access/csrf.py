"""Keeps pages of other sites from sending what their visitors never asked for.

With keys on, no page can: a browser adds no Authorization header by itself, and there
are no cookies. Without keys anybody may send, and a browser on this machine would, for
whatever page is open in it. Browsers say where a request comes from.
"""

from collections.abc import Collection

from starlette.datastructures import Headers

from app.problems import ProblemCode, ProblemError

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: `same-origin` is our own page; `none`, the address bar. Programs send no such header.
_OWN = frozenset({"same-origin", "none"})


def require_own_page(method: str, headers: Headers, origins: Collection[str]) -> None:
    """Refuse a change that a page of another origin asks for.

    Args:
        method: of the request.
        headers: of the request.
        origins: those whose pages may ask for everything.

    Raises:
        ProblemError: `forbidden`.

    Source: W3C Fetch Metadata Request Headers, 2.3.
    """
    site = headers.get("sec-fetch-site")
    if method in _SAFE_METHODS or site is None or site in _OWN:
        return
    if headers.get("origin") not in origins:
        detail = "Pages of other sites may not do this; see IMPASTO_CORS_ORIGINS."
        raise ProblemError(ProblemCode.FORBIDDEN, detail)
