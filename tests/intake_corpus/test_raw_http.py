"""Sends the raw rows of the corpus to a real server on a socket."""

import json
import re
import select
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from app.contract.keys import Scope
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness
from tests.conformance.service import served
from tests.intake_corpus.raw import CASES, RawCase

SETTINGS = ApiSettings(
    port=0,
    header_deadline_s=0.3,
    body_idle_s=0.3,
    body_grace_s=0.3,
    keep_alive_s=0.5,
    max_body_bytes=100_000,
)
_STATUS_LINE = re.compile(rb"HTTP/1\.1 [0-9]{3} ")
#: Much longer than any deadline above.
PATIENCE_S = 5.0


@pytest.fixture(scope="module")
def open_api() -> ApiHarness:
    return ApiHarness(settings=SETTINGS)


@pytest.fixture(scope="module")
def locked_api() -> ApiHarness:
    api = ApiHarness(settings=SETTINGS)
    api.key(Scope.JOBS_READ, Scope.JOBS_WRITE)
    return api


@pytest.fixture(scope="module")
def ports(open_api: ApiHarness, locked_api: ApiHarness) -> Iterator[dict[bool, int]]:
    with served(open_api) as free, served(locked_api) as locked:
        found = {False: urlsplit(free).port, True: urlsplit(locked).port}
        yield {needs_key: port or 0 for needs_key, port in found.items()}


def talk(port: int, case: RawCase) -> bytes:
    """Send the pieces; return what comes until the server closes."""
    received = b""
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) as line:
        try:
            for piece in case.pieces:
                line.sendall(piece)
                pause_s = case.pause_s if len(case.pieces) > 1 else 0
                if select.select([line], [], [], pause_s)[0]:
                    break  # an answer: whatever follows would tear it up
            while chunk := line.recv(65536):
                received += chunk
        except (BrokenPipeError, ConnectionResetError):
            pass
    return received


@pytest.mark.parametrize("case", CASES, ids=str)
def test_server_answers_as_the_row_says_or_hangs_up(
    case: RawCase, ports: dict[bool, int], open_api: ApiHarness, locked_api: ApiHarness
) -> None:
    answer = talk(ports[case.needs_key], case)
    assert len(_STATUS_LINE.findall(answer)) == case.answers, answer[:2000]
    if case.status is not None:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert int(head.split(b" ", 2)[1]) == case.status, answer[:2000]
        if case.code is not None:
            problem = json.loads(body)
            assert (problem["code"], problem["status"]) == (case.code, case.status)
            assert b"content-type: application/problem+json" in head.lower()
    assert open_api.is_untouched
    assert locked_api.is_untouched


def test_server_is_well_afterwards(ports: dict[bool, int]) -> None:
    answer = talk(ports[False], CASES[0])
    assert answer.startswith(b"HTTP/1.1 200")
