import pytest

from app.http.answers.ranges import is_range_current, requested_range
from app.problems import ProblemError


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-99", range(100)),
        ("Bytes=0-9", range(10)),
        ("bytes= 5-9 ", range(5, 10)),
        ("bytes=90-", range(90, 100)),
        ("bytes=90-900", range(90, 100)),
        ("bytes=-5", range(95, 100)),
        ("bytes=-500", range(100)),
        ("bytes=9-5", None),
        ("bytes=1-2,4-5", None),
        ("bytes=-", None),
        ("bytes 1-2", None),
        ("bytes=0x1-2", None),
        ("bytes=" + "1" * 40 + "-", None),
        ("items=1-2", None),
    ],
)
def test_a_range_is_read_as_rfc_9110_writes_it(
    header: str | None, expected: range | None
) -> None:
    assert requested_range(header, 100) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0)]
)
def test_a_range_without_a_byte_is_a_416(header: str, size: int) -> None:
    with pytest.raises(ProblemError) as refused:
        requested_range(header, size)
    assert refused.value.kind.status == 416
    assert refused.value.headers == {"Content-Range": f"bytes */{size}"}


def test_only_a_strong_validator_lets_a_range_pass() -> None:
    assert is_range_current(None, '"a"')
    assert is_range_current(' "a" ', '"a"')
    assert not is_range_current('"b"', '"a"')
    assert not is_range_current('W/"a"', '"a"')
