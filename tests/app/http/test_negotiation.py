import pytest

from app.http.negotiation import accepts


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, True),
        ("", True),
        ("*/*", True),
        ("image/*", True),
        ("image/png", True),
        ("IMAGE/PNG; q=0.1", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("image/webp, image/png;q=0.5", True),
        ("image/png;q=junk", True),
        ("image/webp", False),
        ("application/json", False),
        ("image/png;q=0", False),
        ("*/*, image/png;q=0.0", False),
        ("image/*;q=0, */*", False),
        ("image/pngx", False),
        (";;,,", False),
    ],
)
def test_the_most_specific_range_decides(accept: str | None, expected: bool) -> None:
    assert accepts(accept, "image/png") is expected
