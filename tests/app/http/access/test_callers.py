from typing import Any

import pytest
from fastapi import Request

from app.contract.keys import ALL_SCOPES, Scope
from app.http.access.callers import ANYBODY, STRANGER, Caller, caller_of, require_scope
from app.problems import ProblemError
from tests.app.conftest import ApiHarness


def watched(api: ApiHarness, path: str) -> list[Caller]:
    """Return the list into which a route at `path` writes its callers."""
    seen: list[Caller] = []

    @api.app.get(path)
    def watch(request: Request) -> None:
        assert caller_of(request) is caller_of(request.scope)
        seen.append(caller_of(request))

    return seen


def test_while_keys_are_off_everybody_is_anybody(api: ApiHarness) -> None:
    seen = watched(api, "/v1/sample")
    api.client.get("/v1/sample", headers={"Authorization": "Bearer imp_x"})
    assert seen == [ANYBODY]
    assert ANYBODY.owner is None
    assert ANYBODY.scopes == ALL_SCOPES


def test_a_key_is_the_owner_and_has_its_scopes(api: ApiHarness) -> None:
    seen = watched(api, "/v1/sample")
    api.client.get("/v1/sample", headers=api.key(Scope.JOBS_READ, name="ci"))
    api.client.get("/v1/sample", headers=api.key(Scope.ADMIN))
    reader, admin = api.keys.keys
    assert seen[0] == Caller(owner=reader, scopes=frozenset({"jobs:read"}), name="ci")
    assert (seen[1].owner, seen[1].scopes) == (admin, ALL_SCOPES)


def test_on_an_open_path_with_keys_on_nobody_is_known(api: ApiHarness) -> None:
    seen = watched(api, "/problems/a/sample")
    api.client.get("/problems/a/sample", headers=api.key(Scope.ADMIN))
    assert seen == [STRANGER]
    assert STRANGER.owner is not None
    assert STRANGER.scopes == frozenset()


def test_a_handler_can_ask_for_more() -> None:
    require_scope(ANYBODY, "admin")
    with pytest.raises(ProblemError) as caught:
        require_scope(STRANGER, "admin")
    assert caught.value.code == "forbidden"
    assert 'scope="admin"' in caught.value.headers["WWW-Authenticate"]


def test_a_request_that_the_middleware_has_not_seen_has_no_caller() -> None:
    scope: Any = {"type": "http", "state": {}}
    with pytest.raises(KeyError):
        caller_of(scope)
