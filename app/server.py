"""Runs the API under uvicorn, with the deadline that uvicorn lacks."""

import ctypes
import logging
import resource
import socket
import sys
from typing import Any

import uvicorn

from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.http.edge.closing import Closing
from app.http.edge.deadline import protocol_with_deadline
from app.http.edge.tracing import Tracing, start_tracing
from app.jobs.dependencies import JobDependencies
from app.logs import configure_logging
from app.main import open_app
from app.settings import ApiSettings

#: glibc's name for "larger blocks come from the system itself" (malloc.h).
_M_MMAP_THRESHOLD = -3
_LARGE_BLOCK_BYTES = 2**20
#: The exit status that uvicorn's own command has when it cannot start.
_STARTUP_FAILURE = 3


def run_api(settings: ApiSettings | None = None, kinds: Kinds = KINDS) -> None:
    """Serve until a signal ends it; without `settings` the environment has them."""
    settings = settings or ApiSettings()
    configure_logging(settings.log_format)
    # It warns of every odd byte that a stranger sends.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    _return_freed_memory()
    _allow_open_files()
    app = open_app(settings, kinds)
    tracing = start_tracing(app.version)
    if tracing is not None:
        app.add_middleware(Tracing, tracer=tracing.tracer)
    closing = app.state.services.of(JobDependencies).closing
    server = Server(uvicorn.Config(app, **uvicorn_options(settings)), closing)
    try:
        server.run()
    except KeyboardInterrupt:
        pass  # uvicorn has stopped by then
    finally:
        if tracing is not None:
            tracing.stop()
    if not server.started:
        sys.exit(_STARTUP_FAILURE)


class Server(uvicorn.Server):
    """Tells those who wait for news that it stops, before it waits for them."""

    def __init__(self, config: uvicorn.Config, closing: Closing) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end what has no end, then wait for the answers under way."""
        self._closing.set()
        await super().shutdown(sockets)


def uvicorn_options(settings: ApiSettings) -> dict[str, Any]:  # uvicorn's are mixed.
    """Return what uvicorn is told, for `run_api` and for the tests alike."""
    return {
        "host": settings.host,
        "port": settings.port,
        "http": protocol_with_deadline(settings.header_deadline_s),
        "ws": "none",
        "lifespan": "on",
        "timeout_keep_alive": settings.keep_alive_s,
        "limit_concurrency": settings.limit_concurrency,
        "timeout_graceful_shutdown": settings.shutdown_grace_s,
        "log_config": None,  # `app.logs` has set up its loggers, too.
        "access_log": False,  # `RequestContext` writes one, with ids.
        "server_header": False,
    }


def _allow_open_files() -> None:
    """Allow as many connections as the system lets us: 1,024 files are a usual limit.

    A thousand open streams of events, each a file, would already be too many.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _return_freed_memory() -> None:
    """Make the C library give a picture's memory back when the picture is freed.

    glibc raises its threshold by itself, and each thread that decodes keeps what it
    once had: after some 40-megapixel pictures that was 0.5 GB for good.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # Not everywhere is glibc.
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
