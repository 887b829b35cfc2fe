import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.logs import JsonFormatter, LogFormat, configure_logging, log_context


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    loggers = {
        name: logging.getLogger(name)
        for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx", "httpcore")
    }
    loggers["urllib3"] = logging.getLogger("urllib3")
    before = {n: (x.level, x.propagate, x.handlers[:]) for n, x in loggers.items()}
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, (was, propagate, own) in before.items():
        loggers[name].setLevel(was)
        loggers[name].propagate = propagate
        loggers[name].handlers[:] = own


#: Where standard error goes while a test runs.
Capture = pytest.CaptureFixture[str]


def lines(capsys: Capture) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_of_json_says_what_happened_when_and_where(capsys: Capture) -> None:
    configure_logging(LogFormat.JSON)
    logging.getLogger("app.x").warning("job %s is\nlate", "job_1")
    (line,) = lines(capsys)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "WARNING",
        "logger": "app.x",
        "message": "job job_1 is\nlate",
    }


def test_time_is_utc_with_milliseconds() -> None:
    record = logging.makeLogRecord({"msg": "x", "created": 1767323045.0625})
    line = json.loads(JsonFormatter().format(record))
    assert line["time"] == "2026-01-02T03:04:05.062Z"


def test_ids_come_from_the_context_and_from_the_call(capsys: Capture) -> None:
    configure_logging(LogFormat.JSON)
    logger = logging.getLogger("app.x")
    with log_context(request_id="req_1", trace_id=None):
        with log_context(job_id="job_1"):
            logger.info("inner")
        logger.info("outer", extra={"job_id": "job_2", "seconds": 1.5})
    logger.info("after")
    inner, outer, after = lines(capsys)
    assert (inner["request_id"], inner["job_id"]) == ("req_1", "job_1")
    assert (outer["request_id"], outer["job_id"]) == ("req_1", "job_2")
    assert outer["seconds"] == 1.5
    assert "trace_id" not in inner
    assert not {"request_id", "job_id"} & set(after)


def test_a_job_that_only_the_message_names_is_found(capsys: Capture) -> None:
    configure_logging(LogFormat.JSON)
    job_id = f"job_{'0f' * 16}"
    logging.getLogger("worker").info("job_id=%s attempt=%d claimed", job_id, 1)
    (line,) = lines(capsys)
    assert line["job_id"] == job_id


def test_another_thread_has_no_ids_of_ours(capsys: Capture) -> None:
    configure_logging(LogFormat.JSON)
    with log_context(job_id="job_1"):
        thread = threading.Thread(target=logging.getLogger("x").info, args=("hello",))
        thread.start()
        thread.join()
    assert "job_id" not in lines(capsys)[0]


def test_text_is_for_people_and_says_ids_once(capsys: Capture) -> None:
    configure_logging(LogFormat.TEXT)
    with log_context(request_id="req_1", job_id="job_1"):
        logging.getLogger("app.x").info("job_id=%s is late", "job_1")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("INFO app.x job_id=job_1 is late request_id=req_1")


@pytest.mark.parametrize("log_format", LogFormat)
def test_a_traceback_stays_with_its_line(
    capsys: Capture, log_format: LogFormat
) -> None:
    configure_logging(log_format)
    try:
        int("redis://:hunter2@redis:6379")
    except ValueError:
        logging.getLogger("app.x").exception("it failed")
    text = capsys.readouterr().err
    assert "ValueError" in text
    assert "redis://***@redis" in text
    if log_format is LogFormat.JSON:
        (line,) = text.splitlines()
        assert json.loads(line)["exception"].startswith("Traceback")


def test_urls_that_are_asked_for_are_not_logged(capsys: Capture) -> None:
    configure_logging(LogFormat.TEXT)
    logging.getLogger("httpx").info("HTTP Request: GET https://x/?token=secret")
    assert capsys.readouterr().err == ""


def test_the_servers_own_lines_look_the_same(capsys: Capture) -> None:
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    logging.getLogger("uvicorn").propagate = False
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    configure_logging(LogFormat.JSON)
    extra = {"color_message": "\x1b[1mStarted\x1b[0m"}
    logging.getLogger("uvicorn.error").info("Started", extra=extra)
    (line,) = lines(capsys)
    assert line["logger"] == "uvicorn.error"
    assert "color_message" not in line


def test_being_set_up_twice_does_not_write_twice(capsys: Capture) -> None:
    configure_logging(LogFormat.TEXT)
    configure_logging(LogFormat.TEXT)
    logging.getLogger("app.x").info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_is_no_plain_value_is_left_out(capsys: Capture) -> None:
    configure_logging(LogFormat.JSON)
    extra = {"data": {"args": ["secret"]}, "thing": object()}
    logging.getLogger("celery").info("x", extra=extra)
    assert not {"data", "thing"} & set(lines(capsys)[0])
