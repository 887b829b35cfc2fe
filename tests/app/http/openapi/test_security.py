from typing import Any

import pytest

from app.http.access.rules import rule_for
from tests.app.conftest import ApiHarness

DOCUMENT: dict[str, Any] = ApiHarness().app.openapi()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
NAMES = [each[2]["operationId"] for each in OPERATIONS]


def codes(operation: dict[str, Any], status: int) -> set[str]:
    content = operation["responses"].get(str(status), {}).get("content", {})
    return set(content.get("application/problem+json", {}).get("examples", {}))


def test_both_ways_in_are_described() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert (schemes["key"]["type"], schemes["key"]["scheme"]) == ("http", "bearer")
    assert (schemes["link"]["in"], schemes["link"]["name"]) == ("query", "token")


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_each_operation_says_what_the_middleware_asks(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    rule = rule_for(method, path)
    if rule.is_open:
        assert "security" not in operation
        assert not codes(operation, 401)
        return
    security = operation["security"]
    assert {} in security, "keys may be off"
    assert {"key": [str(rule.scope)] if rule.scope else []} in security
    assert ({"link": []} in security) is rule.by_link
    assert "unauthenticated" in codes(operation, 401)
    assert ("forbidden" in codes(operation, 403)) is (rule.scope is not None)
    assert ("rate_limited" in codes(operation, 429)) is (rule.meter is not None)


def test_every_answer_to_a_submission_shows_the_rate() -> None:
    (submit,) = [each for *_, each in OPERATIONS if each["operationId"] == "submit_job"]
    for status, response in submit["responses"].items():
        assert {"RateLimit", "RateLimit-Policy"} <= set(response["headers"]), status
    assert "Location" in submit["responses"]["202"]["headers"]


def test_what_an_operation_said_itself_is_still_there() -> None:
    (submit,) = [each for *_, each in OPERATIONS if each["operationId"] == "submit_job"]
    unavailable = codes(submit, 503)
    assert {"broker_unavailable", "storage_unavailable", "queue_full"} <= unavailable
    lines = submit["responses"]["503"]["description"].splitlines()
    assert len(lines) == len(unavailable) == len(set(lines))
