"""`/`: the page itself, and the files that it is made of.

The page is a client of the public API like any other; nothing is rendered here.
"""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from app.http.answers.conditional import is_not_modified
from app.problems import ProblemCode, ProblemError
from app.web.assets import load_page

router = APIRouter(include_in_schema=False)

#: Nothing from other hosts, nothing inline, and no text that becomes markup: even a
#: mistake in our own scripts could not run what a stranger wrote.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_FOR_GOOD = "public, max-age=31536000, immutable"
_REVALIDATE = "public, no-cache"


@router.get("/")
async def index(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Show the page; browsers keep it but ask each time whether it has changed."""
    page = load_page()
    headers = {
        "Cache-Control": _REVALIDATE,
        "Content-Security-Policy": _POLICY,
        "ETag": f'"{page.digest}"',
    }
    if is_not_modified(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(page.html, headers=headers, media_type="text/html")


@router.get("/static/{digest}/{name:path}")
async def asset(digest: str, name: str) -> Response:
    """Serve one file; under an older digest too, while old pages are still open."""
    page = load_page()
    if (found := page.assets.get(name)) is None:
        raise ProblemError(ProblemCode.NOT_FOUND, "No resource has this path.")
    caching = _FOR_GOOD if digest == page.digest else _REVALIDATE
    headers = {"Cache-Control": caching}
    return Response(found.content, headers=headers, media_type=found.media_type)
