"""How a route says that it will go: headers long before, in every answer to it.

`Deprecation` (RFC 9745) says since when another way is to be preferred, `Sunset`
(RFC 8594) from when on the route may be gone, and a link of the relation
`deprecation` leads to what to do. The table is empty: nothing has been deprecated yet.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.paths import compile_pattern, route_path_of


@dataclass(frozen=True, kw_only=True)
class DeprecatedRoute:
    """One row.

    Attributes:
        method: HEAD goes with GET.
        path: the route's template, `/v1/jobs/{job_id}` say.
        since: a date with a time zone.
        sunset: likewise, after `since`; None while no end is set.
        guide: URL of a page that says what to do instead.
    """

    method: str
    path: str
    since: datetime
    guide: str
    sunset: datetime | None = None

    def __post_init__(self) -> None:
        dates = [self.since] if self.sunset is None else [self.since, self.sunset]
        if any(each.tzinfo is None for each in dates):
            raise ValueError(f"dates must have a time zone: {dates}")
        if self.sunset is not None and self.sunset < self.since:
            raise ValueError(f"sunset {self.sunset} is before {self.since}")

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a request, or a route by its template, is this one."""
        is_method = self.method == ("GET" if method == "HEAD" else method)
        return is_method and compile_pattern(self.path).fullmatch(path) is not None

    def headers(self) -> dict[str, str]:
        """Return what an answer carries; `Link` may have to join others."""
        headers = {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Link": f'<{self.guide}>; rel="deprecation"; type="text/html"',
        }
        if self.sunset is not None:
            sunset = self.sunset.astimezone(UTC)
            headers["Sunset"] = format_datetime(sunset, usegmt=True)
        return headers


Table = tuple[DeprecatedRoute, ...]

DEPRECATED_ROUTES: Table = ()


class DeprecationNotices:
    """Adds the headers to every answer of a route in the table, refusals included."""

    def __init__(self, app: ASGIApp, table: Table) -> None:
        self._app = app
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        row = _find(self._table, scope) if scope["type"] == "http" else None
        if row is None:
            await self._app(scope, receive, send)
            return

        async def send_with_notice(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in row.headers().items():
                    headers.append(name, value)
            await send(message)

        await self._app(scope, receive, send_with_notice)


# An OpenAPI document is nested dictionaries without a type of their own.
def mark_deprecated(document: dict[str, Any], table: Table) -> None:
    """Set `deprecated: true` on the operations of the table."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if any(row.covers(method.upper(), path) for row in table):
                operation["deprecated"] = True


def _find(table: Table, scope: Scope) -> DeprecatedRoute | None:
    path = route_path_of(scope)
    return next((row for row in table if row.covers(scope["method"], path)), None)
