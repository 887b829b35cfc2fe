"""Base64 piece by piece: pieces mean what the whole means to a strict decoder."""

import base64
import binascii
import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.submissions.files.base64_files import Base64File

MANY = 1_000_000


@dataclass
class Read:
    fault: str | None
    is_too_large: bool
    content: bytes


def decoded(*pieces: bytes, max_bytes: int = MANY) -> Read:
    sink = Base64File(max_bytes)
    for piece in pieces:
        sink.write(piece)
    sink.finish()
    read = Read(sink.fault, sink.is_too_large, sink.file.read())
    sink.close()
    return read


def cut(text: bytes, places: list[int]) -> list[bytes]:
    marks = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(marks)]


@given(content=st.binary(max_size=300), places=st.lists(st.integers(0, 999)))
def test_pieces_decode_as_the_whole(content: bytes, places: list[int]) -> None:
    for head in (b"", b"data:image/png;base64,", b"DATA:;charset=utf-8;Base64,"):
        sink = decoded(*cut(head + base64.b64encode(content), places))
        assert sink.fault is None
        assert sink.content == content


@given(text=st.text("AZaz09+/=-_ \n!é", max_size=24), places=st.lists(st.integers(0)))
def test_what_is_refused_is_refused_in_pieces_too(text: str, places: list[int]) -> None:
    sent = text.encode()
    try:
        expected = binascii.a2b_base64(b"".join(sent.split()), strict_mode=True)
    except binascii.Error:
        assert decoded(*cut(sent, places)).fault is not None
    else:
        assert decoded(*cut(sent, places)).content == expected


@pytest.mark.parametrize(
    "text",
    [
        "QUJ",
        "QQ",
        "QQ=",
        "QQ==QUJD",
        "QQ==" + "QQ==",
        "=QQ=",
        "====",
        "-_-_",
        "ÄÖÜ!",
        "\ud800AAA",
        "data:image/png,hello",
        "data:image/png;base64",
        "data:",
        "data:,",
        "data:image/png;base64;QUJD",
        "data:" + "x" * 5000 + ";base64,QUJD",
        "data:text/plain;base64,data:;base64,QUJD",
        "datta:;base64,QUJD",
    ],
)
def test_what_decoders_disagree_about_is_refused(text: str) -> None:
    sent = text.encode("utf-8", "surrogatepass")
    assert decoded(sent).fault is not None
    assert decoded(*(sent[i : i + 1] for i in range(len(sent)))).fault is not None
    whole = Base64File.of(text, MANY)
    assert whole.fault is not None
    whole.close()


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b" ", b"\t", b" \r\n "])
@pytest.mark.parametrize("head", [b"", b"data:image/png;base64,"])
def test_white_space_is_left_out_as_mime_does(head: bytes, separator: bytes) -> None:
    content = bytes(range(256))
    lines = base64.encodebytes(content).split()
    text = separator + head + separator + separator.join(lines) + separator
    assert decoded(text) == Read(None, is_too_large=False, content=content)
    each = decoded(*(text[i : i + 1] for i in range(len(text))))
    assert each.content == content


@pytest.mark.parametrize(
    "text", [b"", b" \n", b"data:;base64,", b"data:image/png;base64,"]
)
def test_no_data_is_an_empty_file_and_no_fault(text: bytes) -> None:
    assert decoded(text) == Read(None, is_too_large=False, content=b"")


def test_beyond_the_limit_nothing_is_kept() -> None:
    text = base64.b64encode(b"x" * 30)
    assert decoded(text, max_bytes=30).content == b"x" * 30
    sink = decoded(*cut(text, list(range(40))), max_bytes=29)
    assert sink.is_too_large
    assert len(sink.content) <= 29
