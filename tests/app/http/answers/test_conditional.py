import pytest

from app.http.answers.conditional import is_not_modified


@pytest.mark.parametrize(
    ("sent", "etag", "expected"),
    [
        (None, '"a"', False),
        ("", '"a"', False),
        ('"a"', '"a"', True),
        ('"b"', '"a"', False),
        ('"b", "a"', '"a"', True),
        ('W/"a"', '"a"', True),
        ('"a"', 'W/"a"', True),
        ('W/"4"', 'W/"41"', False),
        ("*", '"a"', True),
        ("a", '"a"', False),
    ],
)
def test_etags_are_compared_weakly_one_by_one(
    sent: str | None, etag: str, expected: bool
) -> None:
    assert is_not_modified(sent, etag) is expected
