import asyncio
import json
import logging
import time
from typing import Any

import pytest
from starlette.types import Message

from app.contract.keys import KeysUnreadableError, Scope
from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.contract.rates import RatePolicy
from app.http.access.links import LinkSigner
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, SECRET, ApiHarness

BOTH = (Scope.JOBS_READ, Scope.JOBS_WRITE)
SIGNER = LinkSigner(lambda: SECRET)


@pytest.fixture
def _frozen_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no window end while a test counts, however busy the machine is."""
    now_s = time.time()
    monkeypatch.setattr("time.time", lambda: now_s)


def submit(api: ApiHarness, headers: dict[str, str], path: str = "/v1/jobs") -> Any:
    files = {"content": ("a", PICTURE), "style": ("b", PICTURE)}
    return api.client.post(path, files=files, headers=headers)


def test_without_keys_everybody_may_do_everything(api: ApiHarness) -> None:
    for headers in ({}, {"Authorization": "Basic x"}, {"Authorization": "Bearer no"}):
        answer = submit(api, headers)
        assert answer.status_code == 202
        assert "ratelimit" not in answer.headers
    assert api.client.get("/v1/jobs/nobody").json()["code"] == "job_not_found"


def test_without_keys_nothing_is_counted(api: ApiHarness) -> None:
    assert {submit(api, {}).status_code for _ in range(35)} == {202}
    polls = {api.client.get("/v1/jobs/nobody").status_code for _ in range(30)}
    assert polls == {404}


def test_a_key_is_needed_as_soon_as_one_is_set(api: ApiHarness) -> None:
    headers = api.key(*BOTH)
    refused = submit(api, {})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert refused.headers["www-authenticate"] == 'Bearer realm="impasto"'
    assert submit(api, headers).status_code == 202


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/docs", "/openapi.json", "/problems/not_found"],
)
def test_what_is_open_needs_no_key(api: ApiHarness, path: str) -> None:
    api.key(Scope.ADMIN)
    assert api.client.get(path, follow_redirects=False).status_code in {200, 307}
    for bad in ("Bearer imp_no", "Basic x"):
        headers = {"Authorization": bad}
        answer = api.client.get(path, headers=headers, follow_redirects=False)
        assert answer.status_code in {200, 307}


@pytest.mark.parametrize("path", ["/v1/nothing", "/nothing", "/v1/jobs/nobody"])
def test_a_stranger_does_not_learn_what_is_there(api: ApiHarness, path: str) -> None:
    api.key(*BOTH)
    assert api.client.get(path).status_code == 401


def test_with_a_key_an_unknown_path_is_a_404_and_a_wrong_method_a_405(
    api: ApiHarness,
) -> None:
    headers = api.key(Scope.JOBS_READ)
    assert api.client.get("/v1/nothing", headers=headers).status_code == 404
    wrong = api.client.put("/v1/jobs", headers=headers)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST, HEAD")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("Bearer imp_" + "0" * 32, "invalid_token"),
        ("Bearer anything-else", "invalid_token"),
        ("Bearer", "invalid_request"),
        ("Bearer ", "invalid_request"),
        ("Bearer a b", "invalid_request"),
        ("Bearer a,b", "invalid_request"),
        ("Bearer é", "invalid_request"),
        ("Basic aW1wOg==", "invalid_request"),
        ("imp_" + "0" * 32, "invalid_request"),
        ("", "invalid_request"),
    ],
)
def test_a_key_that_is_no_good_is_told_so(
    api: ApiHarness, value: str, error: str
) -> None:
    api.key(*BOTH)
    headers = {"Authorization": value.encode()}
    answer = api.client.get("/v1/jobs/nobody", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="impasto", ')
    assert f'error="{error}"' in challenge
    assert "error_description=" in challenge


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_as_http_wants_it(api: ApiHarness, scheme: str) -> None:
    token = api.key(*BOTH)["Authorization"].removeprefix("Bearer ")
    headers = {"Authorization": f"{scheme} {token}"}
    assert api.client.get("/v1/jobs/nobody", headers=headers).status_code == 404


def test_two_keys_in_one_request_are_one_too_many(api: ApiHarness) -> None:
    value = api.key(*BOTH)["Authorization"]
    headers = [("authorization", value), ("authorization", value)]
    answer = api.client.get("/v1/jobs/nobody", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


def test_a_revoked_key_opens_nothing(api: ApiHarness) -> None:
    headers = api.key(*BOTH)
    (key,) = api.keys.keys.values()
    revoked = key.model_copy(update={"revoked_at": "2026-01-01T00:00:00Z"})
    api.keys.keys[key.id] = revoked
    assert api.client.get("/v1/jobs/nobody", headers=headers).status_code == 401


def test_a_key_does_only_what_its_scopes_say(api: ApiHarness) -> None:
    reader, writer = api.key(Scope.JOBS_READ), api.key(Scope.JOBS_WRITE)
    admin = api.key(Scope.ADMIN)
    refused = submit(api, reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    challenge = refused.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="jobs:write"' in challenge
    assert submit(api, writer).status_code == 202
    path = "/v1/jobs/nobody"
    assert api.client.get(path, headers=writer).status_code == 403
    assert api.client.get(path, headers=reader).status_code == 404
    assert api.client.head(path, headers=writer).status_code == 403
    assert api.client.get("/v1/workers", headers=reader).status_code == 403
    assert api.client.get("/metrics", headers=writer).status_code == 403
    for each in (path, "/v1/workers"):
        assert api.client.get(each, headers=admin).status_code != 403


def call(
    api: ApiHarness, headers: dict[str, str], method: str = "POST"
) -> list[Message]:
    """Send a head whose body must not be asked for; return what was answered."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was asked for")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/v1/jobs",
        "scheme": "http",
        "server": ("testserver", 80),
        "query_string": b"",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    }
    asyncio.run(api.app(scope, receive, send))
    return sent


MULTIPART = {
    "Content-Type": "multipart/form-data; boundary=x",
    "Content-Length": "9000000",
}


def test_no_byte_of_a_refused_body_is_read(api: ApiHarness) -> None:
    reader = api.key(Scope.JOBS_READ)
    statuses = [
        call(api, {**MULTIPART, **more})[0]["status"]
        for more in ({}, {"Authorization": "Bearer x"}, reader)
    ]
    assert statuses == [401, 401, 403]


def test_no_byte_is_read_of_one_submission_too_many(api: ApiHarness) -> None:
    headers = api.key(*BOTH, submissions_per_minute=1)
    submit(api, headers)
    assert call(api, {**MULTIPART, **headers})[0]["status"] == 429


@pytest.mark.parametrize(
    ("headers", "closes"),
    [
        ({"Content-Length": "5"}, False),
        ({"Expect": "100-continue", "Content-Length": "5"}, True),
        ({"Content-Length": "5", "Transfer-Encoding": "chunked"}, True),
        ({"Content-Length": "x"}, True),
    ],
)
def test_a_refusal_closes_the_connection_where_a_body_is_in_doubt(
    api: ApiHarness, headers: dict[str, str], closes: bool
) -> None:
    api.key(*BOTH)
    (start, _) = call(api, headers)
    assert start["status"] == 401
    assert ((b"connection", b"close") in start["headers"]) is closes


def test_the_key_comes_before_the_size(api: ApiHarness) -> None:
    api.key(*BOTH)
    assert call(api, {"Content-Length": "99999999999"})[0]["status"] == 401


@pytest.mark.usefixtures("_frozen_clock")
def test_submissions_are_counted_and_each_answer_says_so(api: ApiHarness) -> None:
    headers = api.key(*BOTH)
    first = submit(api, headers)
    assert first.headers["ratelimit-policy"] == '"submit";q=30;w=60'
    assert first.headers["ratelimit"] == '"submit";r=29;t=60'
    invalid = api.client.post("/v1/jobs", headers=headers)
    assert invalid.status_code >= 400
    assert invalid.headers["ratelimit"].startswith('"submit";r=28;t=')
    for _ in range(28):
        api.client.post("/v1/jobs", headers=headers)
    refused = submit(api, headers)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (429, "rate_limited")
    assert (
        problem["type"]
        == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    )
    assert problem["violated-policies"] == ["submit"]
    assert problem["retryable"] is True
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit"].startswith('"submit";r=0;t=')
    assert submit(api, api.key(*BOTH)).status_code == 202


@pytest.mark.usefixtures("_frozen_clock")
def test_retries_and_batches_count_as_submissions(api: ApiHarness) -> None:
    headers = api.key(*BOTH, submissions_per_minute=3)
    paths = ["/v1/batches", "/v1/jobs/job_x/retry", "/v1/jobs", "/v1/batches"]
    statuses = [api.client.post(path, headers=headers).status_code for path in paths]
    assert 429 not in statuses[:3]
    assert statuses[3] == 429


@pytest.mark.usefixtures("_frozen_clock")
def test_polls_are_limited_by_the_second_and_carry_no_headers(api: ApiHarness) -> None:
    headers = api.key(*BOTH)
    path = "/v1/jobs/x"
    answers = [api.client.get(path, headers=headers) for _ in range(11)]
    assert [each.status_code for each in answers] == [404] * 10 + [429]
    assert "ratelimit" not in answers[0].headers
    refused = answers[-1]
    assert refused.json()["code"] == "rate_limited"
    assert refused.json()["violated-policies"] == ["poll"]
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit-policy"] == '"poll";q=10;w=1'
    assert api.client.get(path, headers=api.key(*BOTH)).status_code == 404


def test_fetching_pictures_is_no_poll(api: ApiHarness) -> None:
    headers = api.key(*BOTH)
    path = "/v1/jobs/job_x/result"
    assert {api.client.get(path, headers=headers).status_code for _ in range(20)} == {
        404
    }


@pytest.mark.usefixtures("_frozen_clock")
def test_the_settings_and_the_key_set_the_rates() -> None:
    api = ApiHarness(settings=ApiSettings(submissions_per_minute=7, polls_per_second=2))
    policy = submit(api, api.key(*BOTH)).headers["ratelimit-policy"]
    assert policy == '"submit";q=7;w=60'
    headers = api.key(*BOTH, submissions_per_minute=90, polls_per_second=1)
    assert submit(api, headers).headers["ratelimit-policy"] == '"submit";q=90;w=60'
    polls = [api.client.get("/v1/jobs/x", headers=headers) for _ in range(2)]
    assert [each.status_code for each in polls] == [404, 429]


class BrokenRates:
    def hit(self, policy: RatePolicy, identity: str) -> Any:
        raise LedgerUnavailableError("no answer")


def test_a_dead_redis_refuses_a_submission_unread() -> None:
    api = ApiHarness(rates=BrokenRates())
    (start, body) = call(api, {**MULTIPART, **api.key(*BOTH)})
    assert start["status"] == 503
    assert json.loads(body["body"])["code"] == "broker_unavailable"
    assert (b"retry-after", b"5") in start["headers"]


class UnreadableKeys:
    def is_on(self) -> bool:
        raise KeysUnreadableError("damaged")

    def find(self, token: str) -> None:
        raise KeysUnreadableError("damaged")

    def get(self, key_id: str) -> None:
        raise KeysUnreadableError("damaged")


def test_unreadable_keys_close_what_needs_one_and_nothing_else() -> None:
    api = ApiHarness(keys=UnreadableKeys())
    token = SIGNER.sign("job_x", "key_00000000")
    for url, headers in (
        ("/v1/jobs/job_x", {}),
        ("/v1/jobs/job_x", {"Authorization": "Bearer imp_x"}),
        (f"/v1/jobs/job_x?token={token}", {}),
    ):
        answer = api.client.get(url, headers=headers)
        assert answer.status_code == 503
        assert answer.json()["code"] == "storage_unavailable"
        assert answer.headers["retry-after"] == "5"
    assert submit(api, {}).status_code == 503
    assert api.client.get("/healthz").status_code == 200
    assert api.is_untouched


def owned(api: ApiHarness) -> tuple[str, str]:
    """Return the id of a key's job, and the key's id."""
    job_id = submit(api, api.key(*BOTH)).json()["id"]
    (key_id,) = api.keys.keys
    return job_id, key_id


def test_a_link_opens_the_job_it_was_made_for(api: ApiHarness) -> None:
    job_id, key_id = owned(api)
    token = SIGNER.sign(job_id, key_id)
    path = f"/v1/jobs/{job_id}"
    assert api.client.get(f"{path}?token={token}").status_code == 200
    assert api.client.head(f"{path}?token={token}").status_code == 200
    result = api.client.get(f"{path}/result?download=1&token={token}")
    assert result.json()["code"] == "result_not_ready"


@pytest.mark.parametrize(
    ("method", "suffix", "query", "status"),
    [
        ("GET", "0", "", 401),
        ("POST", "/cancel", "", 401),
        ("POST", "/retry", "", 401),
        ("DELETE", "", "", 401),
        ("GET", "/../x", "", 401),
        ("GET", "", "&token=more", 401),
    ],
)
def test_a_link_opens_nothing_else(
    api: ApiHarness, method: str, suffix: str, query: str, status: int
) -> None:
    job_id, key_id = owned(api)
    token = SIGNER.sign(job_id, key_id)
    url = f"/v1/jobs/{job_id}{suffix}?token={token}{query}"
    assert api.client.request(method, url).status_code == status
    for path in ("/v1/jobs", "/v1/queue", "/metrics", "/v1/batches/b"):
        assert api.client.get(f"{path}?token={token}").status_code == 401


def test_a_link_that_is_no_good_is_told_so(api: ApiHarness) -> None:
    job_id, key_id = owned(api)
    old = LinkSigner(lambda: SECRET, clock=lambda: 0)
    forged = LinkSigner(lambda: b"another secret of 32 bytes, wrong")
    for token in (
        "",
        "x",
        old.sign(job_id, key_id),
        forged.sign(job_id, key_id),
        SIGNER.sign(job_id, "key_00000000"),
    ):
        answer = api.client.get(f"/v1/jobs/{job_id}?token={token}")
        assert answer.status_code == 401, token
        assert (
            token == "" or 'error="invalid_token"' in answer.headers["www-authenticate"]
        )


def test_a_link_dies_with_its_key(api: ApiHarness) -> None:
    job_id, key_id = owned(api)
    token = SIGNER.sign(job_id, key_id)
    key = api.keys.keys[key_id]
    revoked = key.model_copy(update={"revoked_at": "2026-01-01T00:00:00Z"})
    api.keys.keys[key_id] = revoked
    assert api.client.get(f"/v1/jobs/{job_id}?token={token}").status_code == 401


def test_a_link_reads_only_if_its_key_may_read(api: ApiHarness) -> None:
    job_id = submit(api, api.key(Scope.JOBS_WRITE)).json()["id"]
    token = SIGNER.sign(job_id, next(iter(api.keys.keys)))
    assert api.client.get(f"/v1/jobs/{job_id}?token={token}").status_code == 403


def test_a_header_counts_more_than_a_link(api: ApiHarness) -> None:
    job_id, key_id = owned(api)
    url = f"/v1/jobs/{job_id}?token={SIGNER.sign(job_id, key_id)}"
    headers = {"Authorization": "Bearer imp_wrong"}
    assert api.client.get(url, headers=headers).status_code == 401


@pytest.mark.usefixtures("_frozen_clock")
def test_polls_by_link_leave_the_keys_own_alone(api: ApiHarness) -> None:
    headers = api.key(*BOTH)
    job = submit(api, headers).json()
    by_link = job["urls"]["self"]
    statuses = [api.client.get(by_link).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    url = f"/v1/jobs/{job['id']}"
    assert api.client.get(url, headers=headers).status_code == 200


def test_a_jobs_urls_can_be_read_without_a_header(api: ApiHarness) -> None:
    headers = api.key(*BOTH)
    answer = submit(api, headers)
    urls = answer.json()["urls"]
    assert api.client.get(urls["self"]).json()["id"] == answer.json()["id"]
    assert api.client.get(urls["result"]).json()["code"] == "result_not_ready"
    for name in ("cancel", "finish"):
        assert "token" not in urls[name]
        assert api.client.post(urls[name]).status_code == 401
    assert api.client.post(urls["cancel"], headers=headers).status_code == 200


def test_the_urls_of_one_who_came_by_a_link_do_not_outlast_it(api: ApiHarness) -> None:
    job_id, key_id = owned(api)
    an_hour_ago = LinkSigner(lambda: SECRET, clock=lambda: time.time() - 3600)
    token = an_hour_ago.sign(job_id, key_id)
    urls = api.client.get(f"/v1/jobs/{job_id}?token={token}").json()["urls"]
    assert urls["result"].endswith(f"/result?token={token}")
    assert token != SIGNER.sign(job_id, key_id)


def test_another_keys_job_is_not_there(api: ApiHarness) -> None:
    mine, theirs = api.key(*BOTH), api.key(Scope.ADMIN)
    url = f"/v1/jobs/{submit(api, mine).json()['id']}"
    unknown = f"/v1/jobs/job_{'0' * 32}"
    for method, suffix in (("GET", ""), ("GET", "/result"), ("POST", "/cancel")):
        answers = [
            api.client.request(method, place + suffix, headers=theirs)
            for place in (url, unknown)
        ]
        assert [each.status_code for each in answers] == [404, 404]
        details = [each.json()["detail"] for each in answers]
        assert details[0] == details[1]
    assert api.client.get(url, headers=mine).json()["status"] == "queued"


def test_a_job_from_before_the_keys_belongs_to_none_of_them(api: ApiHarness) -> None:
    job_id = api.queued()
    headers = api.key(Scope.ADMIN)
    assert api.client.get(f"/v1/jobs/{job_id}", headers=headers).status_code == 404


def test_a_secret_that_cannot_be_read_is_an_outage_for_links_alone() -> None:
    def broken() -> bytes:
        raise StorageUnavailableError("no disk")

    api = ApiHarness(link_secret=broken)
    job_id, key_id = owned(api)
    token = SIGNER.sign(job_id, key_id)
    answer = api.client.get(f"/v1/jobs/{job_id}?token={token}")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    (key,) = api.keys.keys
    assert api.ledger.get(job_id).owner == key


def test_no_key_and_no_token_is_ever_logged(
    api: ApiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = api.queued()
    headers = api.key(*BOTH)
    token = SIGNER.sign(job_id, next(iter(api.keys.keys)))
    key = headers["Authorization"].removeprefix("Bearer ")
    with caplog.at_level(logging.DEBUG):
        api.client.get(f"/v1/jobs/{job_id}", headers=headers)
        api.client.get(f"/v1/jobs/{job_id}?token={token}")
        api.client.get(f"/v1/jobs/{job_id}?token={token}x")
        api.client.get("/v1/jobs/x", headers={"Authorization": f"Bearer {key}0"})
        api.client.get("/v1/jobs/x", headers={"Authorization": f"Bearer {key} 0"})
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("app")]
    assert len(ours) >= 5
    for line in ours:
        assert key not in line
        assert token not in line
