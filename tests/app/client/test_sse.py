"""A stream of events is taken apart as the HTML standard says."""

import pytest

from app.client.sse import EventParser, RawEvent

STREAM = (
    ": keep-alive\n\nretry: 3000\nid: 1-0\nevent: status\ndata: {\ndata: }\n\n"
    "id:2-0\ndata:x\n\ndata\n\nevent: none\n\n"
)
EVENTS = [
    RawEvent("status", "{\n}", "1-0"),
    RawEvent("message", "x", "2-0"),
    RawEvent("message", "", "2-0"),
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("portion", [1, 2, 7, 1000])
def test_any_line_end_and_any_portions_give_the_same_events(
    end: str, portion: int
) -> None:
    data = STREAM.replace("\n", end).encode() + b": more"
    parser = EventParser()
    events = []
    for start in range(0, len(data), portion):
        events += parser.feed(data[start : start + portion])
    assert events == EVENTS
    assert (parser.last_id, parser.retry_s) == ("2-0", 3.0)


def test_a_line_separator_within_json_is_no_line_end() -> None:
    events = list(EventParser().feed('data: "a\u2028b\x85c"\n\n'.encode()))
    assert [each.data for each in events] == ['"a\u2028b\x85c"']


def test_an_event_that_has_not_ended_is_not_told() -> None:
    parser = EventParser("8-0")
    assert list(parser.feed(b"id: 9-0\ndata: x\n")) == []
    assert list(parser.feed(b"\n")) == [RawEvent("message", "x", "9-0")]


def test_a_byte_order_mark_is_skipped() -> None:
    assert [e.data for e in EventParser().feed(b"\xef\xbb\xbfdata: x\n\n")] == ["x"]


def test_an_id_with_a_zero_byte_and_a_retry_in_words_are_ignored() -> None:
    parser = EventParser("8-0")
    list(parser.feed(b"id: 9\0\nretry: soon\ndata: x\n\n"))
    assert (parser.last_id, parser.retry_s) == ("8-0", None)
