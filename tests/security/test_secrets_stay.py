"""What a client entrusts to the service is in no log line and no metric."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from app.contract.keys import Scope
from app.contract.ports import LedgerUnavailableError
from app.http.access.links import LinkSigner
from app.jobs.dependencies import JobDependencies
from app.logs import JsonFormatter, LogFormat, TextFormatter
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, SECRET, ApiHarness

WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: Words that stand in what was sent; each would be a leak.
WORDS = ("hunter2", "s3cr3t-query", "s3cr3t-note", "s3cr3t-file", "s3cr3t-name")
_FORMATTERS = {LogFormat.TEXT: TextFormatter, LogFormat.JSON: JsonFormatter}


@pytest.fixture(params=LogFormat)
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Yield what every logger of the process writes, in each format, from DEBUG on."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(_FORMATTERS[request.param]())
    # The tests' own client tells each URL; it is no part of the service.
    handler.addFilter(lambda record: not record.name.startswith("httpx2"))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def require_silence(text: str, *secrets: str) -> None:
    for secret in (*WORDS, WEBHOOK_SECRET, WEBHOOK_SECRET[6:], *secrets):
        assert secret not in text, secret


def test_nothing_that_a_client_entrusts_is_logged_or_counted(log: io.StringIO) -> None:
    api = ApiHarness(settings=ApiSettings(url_inputs=True))
    admin = api.key(Scope.ADMIN)
    key = admin["Authorization"].removeprefix("Bearer ")
    answer = api.client.post(
        "/v1/jobs?x=s3cr3t-query",
        headers={**admin, "Idempotency-Key": "s3cr3t-name"},
        files={"content": ("s3cr3t-file.png", PICTURE), "style": ("b", PICTURE)},
        data={
            "metadata": json.dumps({"a": "s3cr3t-note"}),
            "webhook": json.dumps(
                {"url": "https://a.example/?k=s3cr3t-query", "secret": WEBHOOK_SECRET}
            ),
        },
    )
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["id"]
    owner = next(iter(api.keys.keys))
    token = LinkSigner(lambda: SECRET).sign(job_id, owner)
    api.client.get(f"/v1/jobs/{job_id}?token={token}")
    api.client.get(f"/v1/jobs/{job_id}?token={token[:-4]}AAAA")
    refused = (
        {"url": "https://u:hunter2@a.example/"},
        {"url": "https://10.0.0.1/?s3cr3t-query", "secret": WEBHOOK_SECRET},
        {"url": "https://a.example/", "secret": WEBHOOK_SECRET + "s3cr3t-name"},
    )
    for webhook in refused:
        body = {
            "content": {"url": "https://u:hunter2@a.example/s3cr3t-query"},
            "styles": [{"style_id": "s3cr3t-name"}],
            "webhook": webhook,
        }
        assert api.client.post("/v1/jobs", json=body, headers=admin).status_code > 400
    metrics = api.client.get("/metrics", headers=admin).text
    assert re.search(r'route="/v1/jobs".*status="202"', metrics)
    assert job_id in log.getvalue(), "lines were written"
    require_silence(log.getvalue() + metrics, key, token)


class BrokenLedger:
    """Fails with what redis-py would say, its URL included."""

    def __getattr__(self, name: str) -> object:
        def fail(*_args: object, **_more: object) -> None:
            raise LedgerUnavailableError("redis://:hunter2@redis:6379 refused")

        return fail


def test_errors_of_redis_name_no_password(log: io.StringIO) -> None:
    api = ApiHarness()
    job_id = api.queued()
    api.service(JobDependencies).ledger.get = BrokenLedger().get  # type: ignore[attr-defined]
    answer = api.client.get(f"/v1/jobs/{job_id}")
    assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
    assert "ledger unavailable" in log.getvalue()
    require_silence(log.getvalue() + answer.text)


def test_faults_of_ours_show_a_client_no_trace(log: io.StringIO) -> None:
    api = ApiHarness()

    def fail(_job_id: str) -> None:
        raise RuntimeError("/srv/impasto at redis://:hunter2@redis")

    job_id = api.queued()
    api.service(JobDependencies).ledger.get = fail
    answer = api.client.get(f"/v1/jobs/{job_id}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "RuntimeError" in log.getvalue()
    assert "/srv/impasto" not in answer.text
    require_silence(log.getvalue() + answer.text)
