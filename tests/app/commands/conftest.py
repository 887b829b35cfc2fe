"""A command run as a shell runs it, against a service that is written in the test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.client import ImpastoClient, RetryPolicy
from tests.app.client.fakes import FakeClock

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]
#: Enough to be taken for a picture; no service looks further here.
JPEG_HEAD = b"\xff\xd8\xff\xe0"
CLIENTS = ("app.commands.terminal", "app.commands.completion")


class Counter:
    """A service: an answer, or several in turn, for each method and path.

    The last answer of a path is given again and again.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[httpx.Request] = []

    def on(self, words: str, *answers: Answer) -> None:
        """Answer `GET /v1/jobs` so; a query is not looked at."""
        self.answers[words] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answers = self.answers[f"{request.method} {request.url.path}"]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception | KeyboardInterrupt):
            raise answer
        if callable(answer):
            return answer(request)
        # A response can be read once.
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content
        )

    @property
    def said(self) -> list[str]:
        return [f"{each.method} {each.url.path}" for each in self.requests]

    def connect(self, url: str, **options: Any) -> ImpastoClient:
        options["retries"] = RetryPolicy(attempts=1)
        transport = httpx.MockTransport(self)
        return ImpastoClient(url, transport=transport, clock=FakeClock(), **options)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Counter:
    counter = Counter()
    for module in CLIENTS:
        monkeypatch.setattr(f"{module}.ImpastoClient", counter.connect)
    monkeypatch.chdir(tmp_path)
    for name in ("IMPASTO_URL", "IMPASTO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return counter


@pytest.fixture
def run(service: Counter) -> Callable[..., Any]:
    def command(*words: str, typed: str | None = None) -> Any:
        return CliRunner().invoke(cli, words, input=typed)

    return command
