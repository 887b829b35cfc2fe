import pytest
from starlette.datastructures import Headers

from app.http.answers.preferences import (
    MAX_WAIT_S,
    WaitPreference,
    preferences_of,
    wait_of,
)


def headers(*lines: str) -> Headers:
    return Headers(raw=[(b"prefer", line.encode("latin-1")) for line in lines])


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("wait=30", 30),
        ("Wait = 30", 30),
        ('wait="30"', 30),
        ("respond-async, wait=30", 30),
        ("wait=30, wait=5", 30),
        ('return=minimal; foo="a, wait=7", wait=30;because="slow; line"', 30),
        ("wait=0", 0),
        ("wait=3600", MAX_WAIT_S),
        ("wait=999999999", MAX_WAIT_S),
        ("@nonsense, wait=30", 30),
        (",,wait=30,", 30),
    ],
)
def test_a_wait_is_read_as_rfc_7240_writes_it(line: str, seconds: int) -> None:
    assert wait_of(headers(line)) == WaitPreference(seconds)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "respond-async",
        "wait",
        "wait=",
        'wait=""',
        "wait=-1",
        "wait=1.5",
        "wait=soon",
        "wait=٣",
        "wait=9999999999999999999999",
        'note="wait=30"',
        "handling=lenient;wait=30",
        'wait="30',
        "await=30",
    ],
)
def test_what_is_no_wait_is_passed_over(line: str) -> None:
    raw = [(b"prefer", line.encode())]
    assert wait_of(Headers(raw=raw)) is None


def test_no_header_is_no_option() -> None:
    assert wait_of(Headers({})) is None


def test_several_headers_are_one_list() -> None:
    sent = headers("respond-async", 'Return="repre\\"sentation"', "wait=9")
    assert preferences_of(sent) == {
        "respond-async": "",
        "return": 'repre"sentation',
        "wait": "9",
    }


def test_what_was_granted_is_told() -> None:
    granted = wait_of(headers("wait=90"))
    assert granted is not None
    assert granted.headers == {"Preference-Applied": "wait=60"}


def test_a_hostile_header_costs_no_time() -> None:
    # Each is a shape on which a careless pattern goes back and forth for ever.
    for hostile in ('"' * 30_000, "a" * 30_000 + '="', "a;" * 30_000, '"\\' * 30_000):
        assert wait_of(headers(hostile)) is None
