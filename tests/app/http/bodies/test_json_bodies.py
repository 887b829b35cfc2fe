"""The sieve: long strings go to sinks, whatever the chunks; the rest stays as it is."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.http.bodies.json_bodies import JsonBody, JsonLimits, read_json_body
from app.problems import ProblemCode, ProblemError

LIMITS = JsonLimits(max_text_bytes=20, max_rest_bytes=2000, max_long_texts=3)


class ListSink:
    opened = 0

    def __init__(self) -> None:
        ListSink.opened += 1
        self.text = b""
        self.has_ended = False

    def write(self, piece: bytes) -> None:
        self.text += piece

    def finish(self) -> None:
        self.has_ended = True

    def close(self) -> None:
        ListSink.opened -= 1


def read(*chunks: bytes, limits: JsonLimits = LIMITS) -> JsonBody[ListSink]:
    messages = [{"type": "http.request", "body": c, "more_body": True} for c in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        return messages.pop(0)

    headers = [(b"content-length", b"1"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "headers": headers}
    return asyncio.run(read_json_body(Request(scope, receive), limits, ListSink))


def restored(body: JsonBody[ListSink]) -> Any:
    """Return the document with the long texts back in their places."""

    def put_back(value: Any) -> Any:
        if isinstance(value, dict):
            return {put_back(k): put_back(v) for k, v in value.items()}
        if isinstance(value, list):
            return [put_back(each) for each in value]
        if isinstance(value, str) and value in body.long_texts:
            return body.long_texts[value].text.decode("utf-8", "surrogatepass")
        return value

    return put_back(json.loads(body.text))


TEXTS = st.text(
    st.characters(max_codepoint=0xFFFF, codec="utf-8"), max_size=12
) | st.text('aé"\\/\u2028+\n', min_size=21, max_size=60)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    document=DOCUMENTS,
    size=st.integers(1, 9),
    is_ascii=st.booleans(),
)
def test_a_document_comes_through_whatever_the_chunks(
    document: Any, size: int, is_ascii: bool
) -> None:
    sent = json.dumps(document, ensure_ascii=is_ascii).encode()
    limits = JsonLimits(max_text_bytes=20, max_rest_bytes=10_000, max_long_texts=99)
    chunks = [sent[i : i + size] for i in range(0, len(sent), size)]
    body = read(*chunks, limits=limits)
    assert all(sink.has_ended for sink in body.long_texts.values())
    assert restored(body) == document
    body.close()


def test_a_long_text_leaves_nothing_of_it_in_the_rest() -> None:
    sent = json.dumps({"data": "x" * 100_000}).encode()
    body = read(*(sent[i : i + 1000] for i in range(0, len(sent), 1000)))
    assert len(body.text) < 100
    (sink,) = body.long_texts.values()
    assert sink.text == b"x" * 100_000
    body.close()


@pytest.mark.parametrize("escape", [r"\/", "\\u002F", "\\u002f"])
def test_escapes_are_undone_even_if_cut_in_two(escape: str) -> None:
    text = ("abc" + escape) * 20
    sent = f'["{text}"]'.encode()
    for size in (1, 2, 3, 5, 7, 1000):
        body = read(*(sent[i : i + size] for i in range(0, len(sent), size)))
        assert restored(body) == ["abc/" * 20]
        body.close()


def test_a_client_cannot_write_a_token() -> None:
    first, second = read(b'["' + b"x" * 30 + b'"]'), read(b'["' + b"x" * 30 + b'"]')
    assert not set(first.long_texts) & set(second.long_texts)
    assert len(next(iter(first.long_texts))) >= 32
    for body in (first, second):
        body.close()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b'{"a": "b', ProblemCode.MALFORMED_BODY),
        (b'{"a": "b\\', ProblemCode.MALFORMED_BODY),
        (b'["' + b"x" * 50, ProblemCode.MALFORMED_BODY),
        (b'["\xff"]', ProblemCode.MALFORMED_BODY),
        (b"\xff\xfe[\x00]\x00", ProblemCode.MALFORMED_BODY),
        (b"[" + b"1," * 2000 + b"1]", ProblemCode.UPLOAD_TOO_LARGE),
        (b'["' + b'","'.join([b"x" * 30] * 4) + b'"]', ProblemCode.UPLOAD_TOO_LARGE),
    ],
)
def test_what_cannot_be_read_is_refused_and_leaves_nothing_open(
    sent: bytes, code: ProblemCode
) -> None:
    before = ListSink.opened
    for chunks in ([sent], [sent[i : i + 1] for i in range(len(sent))]):
        with pytest.raises(ProblemError) as caught:
            read(*chunks)
        assert caught.value.code is code
    assert ListSink.opened == before


def test_what_is_too_much_is_told() -> None:
    for sent, limit in (
        (b"[" + b"1," * 2000 + b"1]", LIMITS.max_rest_bytes),
        (b'["' + b'","'.join([b"x" * 30] * 4) + b'"]', LIMITS.max_long_texts),
    ):
        with pytest.raises(ProblemError) as caught:
            read(sent)
        assert caught.value.extra == {"limit": limit, "actual": None}
        (error,) = caught.value.errors
        assert (error.field, error.limit) == ("", limit)


def test_long_texts_are_measured_as_they_came() -> None:
    text = b"abc\\/" * 20
    sent = b'["' + text + b'"]'
    for size in (1, 3, 1000):
        body = read(*(sent[i : i + size] for i in range(0, len(sent), size)))
        assert list(body.lengths) == list(body.long_texts)
        assert list(body.lengths.values()) == [len(text)]
        assert body.max_text_bytes == LIMITS.max_text_bytes
        body.close()


def test_sinks_are_closed_if_the_client_leaves() -> None:
    before = ListSink.opened

    async def scenario() -> None:
        async def receive() -> Any:
            return {
                "type": "http.request",
                "body": b'["' + b"x" * 30,
                "more_body": True,
            }

        calls: AsyncIterator[Any] = _then_disconnect(receive)

        async def next_message() -> Any:
            return await anext(calls)

        headers = [(b"content-length", b"100")]
        scope = {"type": "http", "method": "POST", "headers": headers}
        await read_json_body(Request(scope, next_message), LIMITS, ListSink)

    with pytest.raises(Exception):  # noqa: B017, PT011 - Starlette's ClientDisconnect
        asyncio.run(scenario())
    assert ListSink.opened == before


async def _then_disconnect(receive: Any) -> AsyncIterator[Any]:
    yield await receive()
    yield {"type": "http.disconnect"}
