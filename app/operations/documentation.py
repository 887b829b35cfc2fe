"""`/docs`: Swagger UI from an installed package, so that it works without internet."""

from importlib import resources
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, Response

router = APIRouter(include_in_schema=False)

#: Swagger UI writes styles into elements and draws its icons from data: URLs.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Impasto API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="data:,">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
});
"""


@router.get("/docs")
async def page() -> HTMLResponse:
    """Show every operation, to read and to try."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/start.js")
async def start() -> Response:
    """Start Swagger UI: a file of its own, for the policy forbids inline scripts."""
    return Response(_START, media_type="text/javascript")


@router.get("/docs/swagger-ui.css")
async def style_sheet() -> FileResponse:
    """Serve Swagger UI's look."""
    return _asset("swagger-ui.css")


@router.get("/docs/swagger-ui-bundle.js")
async def script() -> FileResponse:
    """Serve Swagger UI itself."""
    return _asset("swagger-ui-bundle.js")


def _asset(name: str) -> FileResponse:
    path = resources.files("fastapi_offline").joinpath("static", name)
    headers = {"Cache-Control": "public, max-age=86400"}
    return FileResponse(Path(str(path)), headers=headers)
