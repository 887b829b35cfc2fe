"""How every process of the service writes its log: as text for people, or JSON lines.

The lowest layer: API, launcher, webhooks and workers use it alike, and it
imports nothing. Each line carries the ids that join it to others: of the request, the
job and the trace, from the call's `extra` or from `log_context` around it.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any


class LogFormat(StrEnum):
    """How a line looks."""

    TEXT = "text"
    JSON = "json"


#: What joins lines: `request_id`, `job_id`, `trace_id`.
_context: ContextVar[Mapping[str, str] | None] = ContextVar("log_context", default=None)

#: How messages name a job of which the context knows nothing.
_JOB_ID = re.compile(r"\bjob_id=(job_[0-9a-f]{32})\b")
_TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
#: What every record has; anything else came by `extra`.
_OWN = frozenset(
    {*vars(logging.makeLogRecord({})), "message", "asctime", "color_message"}
)
#: User and password in a URL, of Redis say; a password may hold an @.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")
#: They write each URL that they ask for, query and all.
_TALKATIVE = ("httpx", "httpcore", "urllib3")
#: uvicorn gives these handlers of their own, unless it is told not to.
_SERVER = ("uvicorn", "uvicorn.error", "uvicorn.access")


@contextmanager
def log_context(**ids: str | None) -> Iterator[None]:
    """Add ids to every line that is written within the block; None adds nothing.

    Threads that are started within do not have them, unless they copy the context, as
    `anyio.to_thread` does.
    """
    known = {name: value for name, value in ids.items() if value is not None}
    token = _context.set({**(_context.get() or {}), **known})
    try:
        yield
    finally:
        _context.reset(token)


def configure_logging(log_format: LogFormat) -> None:
    """Send all logs to standard error in this format; what was set up before is gone.

    Call it once, before anything is logged. uvicorn needs `log_config=None`, Celery a
    receiver of its signal `setup_logging` that calls this.
    """
    handler = logging.StreamHandler(sys.stderr)
    is_json = log_format is LogFormat.JSON
    handler.setFormatter(JsonFormatter() if is_json else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in _SERVER:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """One line for people; ids at its end, if the message does not say them already."""

    def __init__(self) -> None:
        super().__init__(_TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base's
        """Return the line without a traceback."""
        line = super().formatMessage(record)
        ids = [f"{k}={v}" for k, v in (_context.get() or {}).items() if v not in line]
        return " ".join([line, *ids])

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, a traceback below it."""
        return without_credentials(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line; see the module's text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback is one text in it."""
        message = record.getMessage()
        named = _JOB_ID.search(message)
        members: dict[str, Any] = {
            "time": _rfc3339(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": without_credentials(message),
            **({} if named is None else {"job_id": named[1]}),
            **(_context.get() or {}),
            **_extras(record),
        }
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            members["exception"] = without_credentials(trace)
        return json.dumps(members)


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    """Return what came by `extra`, so far as it is plain: no objects, no lists."""
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _OWN and isinstance(value, str | int | float | bool)
    }


def _rfc3339(seconds: float) -> str:
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    return f"{text}.{milliseconds:03d}Z"


def without_credentials(text: str) -> str:
    """Return the text with *** for the user and the password of every URL in it."""
    return _CREDENTIALS.sub("***@", text)
