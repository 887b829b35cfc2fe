import pytest

from app.http.answers.negotiation import accepts, preferred


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


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "image/png"),
        ("*/*", "image/png"),
        ("image/webp, image/jpeg", "image/jpeg"),
        ("image/webp, image/jpeg;q=0.9", "image/webp"),
        ("image/*;q=0.5, image/webp;q=0.6", "image/webp"),
        ("image/*, image/png;q=0", "image/jpeg"),
        ("image/png;q=nan, image/webp;q=0.2", "image/png"),
        ("image/png;q=0.1, image/webp;q=9", "image/webp"),
        ("text/html", None),
        ("image/*;q=0", None),
    ],
)
def test_the_best_liked_type_is_chosen(accept: str | None, expected: str) -> None:
    assert preferred(accept, ["image/png", "image/jpeg", "image/webp"]) == expected
