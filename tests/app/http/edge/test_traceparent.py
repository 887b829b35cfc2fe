import pytest
from starlette.datastructures import Headers

from app.http.edge.traceparent import trace_id_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "trace_id"),
    [
        (f"00-{TRACE}-{SPAN}-01", TRACE),
        (f"01-{TRACE}-{SPAN}-01-more", TRACE),
        (f"00-{TRACE}-{SPAN}-01-more", None),
        (f"01-{TRACE}-{SPAN}-01more", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}", None),
        ("", None),
    ],
)
def test_only_a_sound_header_names_a_trace(header: str, trace_id: str | None) -> None:
    assert trace_id_of(Headers({"traceparent": header})) == trace_id


def test_without_a_header_there_is_none() -> None:
    assert trace_id_of(Headers({})) is None
