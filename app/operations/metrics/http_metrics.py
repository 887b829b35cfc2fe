"""Counts requests and their times by route template: never by the path that came."""

import time

from fastapi.routing import iter_route_contexts
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.edge.paths import compile_pattern, route_path_of

#: Others are a stranger's invention: each would be a series of its own for ever.
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_ROUTE, _OTHER_METHOD = "(none)", "(other)"
#: Seconds. Streams and long polls are open for minutes; a status poll takes 1 ms.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)


class RequestCounts:
    """The families of this process's HTTP, in a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("route", "method", "status")
        self.requests = Counter(
            "impasto_http_requests",
            "Requests that were answered, or left by their clients (499).",
            labels,
            registry=registry,
        )
        self.seconds = Histogram(
            "impasto_http_request_seconds",
            "From a request's head to the end of its answer.",
            ("route", "method"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self.open = Gauge(
            "impasto_http_requests_in_progress",
            "Requests that are being answered, streams included.",
            registry=registry,
        )


class HttpMetrics:
    """Watches each request from within `RequestContext`, which has made HEAD a GET."""

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and count it when it is over, however that comes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 499  # unless an answer begins

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        start_s = time.perf_counter()
        try:
            with self._counts.open.track_inprogress():
                await self._app(scope, receive, watch)
        except ClientDisconnect:
            # Its body broke off, or was no sound HTTP and the server hung up.
            raise
        except Exception:
            status = 500 if status == 499 else status
            raise
        finally:
            self._count(scope, status, time.perf_counter() - start_s)

    def _count(self, scope: Scope, status: int, elapsed_s: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else _OTHER_METHOD
        route = _route_template(scope)
        self._counts.requests.labels(route, method, str(status)).inc()
        self._counts.seconds.labels(route, method).observe(elapsed_s)


def _route_template(scope: Scope) -> str:
    """Return the template of the route that a request's path belongs to."""
    route = scope.get("route")
    if route is not None:
        template: str = getattr(route, "path", _NO_ROUTE)
        return template
    # It was refused before it came to the router.
    path = route_path_of(scope)
    templates = (context.path for context in iter_route_contexts(scope["app"].routes))
    fitting = (
        each
        for each in templates
        if each is not None and compile_pattern(each).fullmatch(path)
    )
    return next(fitting, _NO_ROUTE)
