"""`/metrics`, read by Prometheus's own parser."""

from typing import Any

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.contract.ports import LedgerUnavailableError
from app.contract.workers import WorkerInfo
from tests.app.conftest import ApiHarness, a_progress, an_outcome
from tests.app.estimates.samples import sample
from tests.ledgers import ScratchLedger

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def values(api: ApiHarness, **headers: str) -> dict[tuple[str, str], float]:
    """Return each sample's value by its name and its sorted labels as text."""
    answer = api.client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        (each.name, ",".join(f"{k}={v}" for k, v in sorted(each.labels.items()))): (
            each.value
        )
        for family in text_string_to_metric_families(answer.text)
        for each in family.samples
    }


def test_jobs_are_counted_by_how_they_ended(api: ApiHarness) -> None:
    job_id = api.running()
    api.ledger.succeed(job_id, 1, an_outcome(job_id, 1), sample(steps=250))
    api.failed()
    api.canceled()
    api.running(a_progress(eta_s=5.0))
    api.queued()
    api.worker_registry.announce(WorkerInfo(name="w", device="cpu"))
    found = values(api)
    ended = "impasto_jobs_ended_total"
    assert found["impasto_jobs_submitted_total", ""] == 5
    assert found[ended, "code=,status=succeeded"] == 1
    assert found[ended, "code=out_of_memory,status=failed"] == 1
    assert found[ended, "code=worker_lost,status=failed"] == 0
    assert found[ended, "code=,status=canceled"] == 1
    assert found["impasto_steps_total", ""] == 250
    assert found["impasto_attempts_lost_total", ""] == 0
    assert found["impasto_queue_depth", ""] == 1
    assert found["impasto_running", ""] == 1
    assert found["impasto_workers", ""] == 1
    assert found["impasto_steps_per_second", ""] == 10
    assert found["impasto_up", ""] == 1


def test_histograms_are_cumulative_and_end_in_their_count(api: ApiHarness) -> None:
    for _ in range(3):
        api.running()
    found = values(api)
    ends = [
        (float(labels.removeprefix("le=")), value)
        for (name, labels), value in found.items()
        if name == "impasto_wait_seconds_bucket"
    ]
    assert [end for end, _ in ends] == sorted(end for end, _ in ends)
    assert len(ends) == 11
    assert [count for _, count in ends] == [3.0] * 11  # all within a tenth of a second
    assert found["impasto_wait_seconds_count", ""] == 3
    assert 0 < found["impasto_wait_seconds_sum", ""] < 0.3


def test_the_latency_of_cancels_is_measured(api: ApiHarness) -> None:
    job_id = api.running()
    api.ledger.requests.cancel(job_id)
    api.ledger.cancel_done(job_id, 1)
    found = values(api)
    assert found["impasto_cancel_latency_seconds_count", ""] == 1
    assert found["impasto_cancel_latency_seconds_bucket", "le=1.0"] == 1


def test_each_worker_tells_its_memory(api: ApiHarness) -> None:
    info = WorkerInfo(name="w", device="cuda:0", memory_total_bytes=80, job_id="j")
    api.worker_registry.announce(info)
    found = values(api)
    labels = "device=cuda:0,worker=w"
    assert found["impasto_worker_memory_total_bytes", labels] == 80
    assert found["impasto_worker_busy", labels] == 1
    assert 0 <= found["impasto_worker_heartbeat_age_seconds", labels] < 5
    assert ("impasto_worker_memory_free_bytes", labels) not in found


def test_without_the_ledger_it_still_answers() -> None:
    class DeadLedger(ScratchLedger):
        def running(self) -> Any:
            raise LedgerUnavailableError("refused")

    found = values(ApiHarness(ledger=DeadLedger()))
    assert found["impasto_up", ""] == 0
    assert ("impasto_queue_depth", "") not in found
    assert ("process_resident_memory_bytes", "") in found


def test_requests_are_counted_by_route_and_never_by_path(api: ApiHarness) -> None:
    for path in ("/v1/jobs/secret-1", "/v1/jobs/secret-2", "/nothing/secret-3"):
        api.client.get(path)
    api.client.head("/healthz")
    api.client.request("BREW", "/healthz")
    text = api.client.get("/metrics").text
    assert "secret" not in text
    assert "BREW" not in text
    found = values(api)
    requests = "impasto_http_requests_total"
    assert found[requests, "method=GET,route=/v1/jobs/{job_id},status=404"] == 2
    assert found[requests, "method=GET,route=(none),status=404"] == 1
    assert found[requests, "method=GET,route=/healthz,status=200"] == 1
    assert found[requests, "method=(other),route=/healthz,status=405"] == 1
    count = "impasto_http_request_seconds_count"
    assert found[count, "method=GET,route=/v1/jobs/{job_id}"] == 2


def test_a_request_that_never_reached_the_router_has_its_route(api: ApiHarness) -> None:
    api.client.post("/v1/jobs", headers={"Content-Encoding": "gzip"})
    labels = "method=POST,route=/v1/jobs,status=415"
    assert values(api)["impasto_http_requests_total", labels] == 1


def test_a_fault_of_ours_is_counted_as_one(api: ApiHarness) -> None:
    api.ledger.get = None  # calling it is a bug
    TestClient(api.app).get(f"/v1/jobs/job_{'0' * 32}")
    labels = "method=GET,route=/v1/jobs/{job_id},status=500"
    assert values(api)["impasto_http_requests_total", labels] == 1


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (OPENMETRICS, "application/openmetrics-text"),
        ("text/plain", "text/plain"),
        ("*/*", "text/plain"),
    ],
)
def test_the_asker_chooses_the_format(
    api: ApiHarness, accept: str, media_type: str
) -> None:
    answer = api.client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(media_type)
    if accept == OPENMETRICS:
        families = {each.name for each in parse_openmetrics(answer.text)}
        assert {"impasto_jobs_submitted", "impasto_wait_seconds"} <= families


def test_two_applications_count_apart() -> None:
    one, other = ApiHarness(), ApiHarness()
    one.client.get("/healthz")
    labels = "method=GET,route=/healthz,status=200"
    assert ("impasto_http_requests_total", labels) in values(one)
    assert ("impasto_http_requests_total", labels) not in values(other)
