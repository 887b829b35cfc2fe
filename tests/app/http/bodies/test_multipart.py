from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.http.bodies.delimiters import Delimiters
from tests.app.conftest import PICTURE, ApiHarness

API = ApiHarness()
BOUNDARY = b"abc"


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    disposition = f'form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    head = f"Content-Disposition: {disposition}\r\n\r\n".encode()
    return b"--" + BOUNDARY + b"\r\n" + head + value + b"\r\n"


PARTS = part("content", PICTURE, "a.png") + part("style", PICTURE, "b.png")
END = b"--" + BOUNDARY + b"--\r\n"


def post(body: bytes, media_type: str = "multipart/form-data; boundary=abc") -> Any:
    headers = {"Content-Type": media_type}
    return API.client.post("/v1/jobs", content=body, headers=headers)


def test_a_form_written_by_hand_is_read() -> None:
    assert post(PARTS + END).status_code == 202


@pytest.mark.parametrize(
    "media_type",
    [
        'multipart/form-data; boundary="abc"',
        "MULTIPART/Form-Data; Boundary=abc",
        "multipart/form-data; boundary=abc; charset=UTF-8",
    ],
)
def test_spellings_of_the_media_type_are_equal(media_type: str) -> None:
    assert post(PARTS + END, media_type).status_code == 202


MALFORMED = {
    "no body": b"",
    "no boundary in the body": PICTURE,
    "another boundary": (PARTS + END).replace(b"--abc", b"--xyz"),
    "cut within a file": (PARTS + END)[:-60],
    "cut before the closing boundary": PARTS,
    "cut within the closing boundary": PARTS + b"--ab",
    "a part without a name": b"--abc\r\nContent-Disposition: form-data\r\n\r\nx\r\n"
    + END,
    "a part without headers": b"--abc\r\n\r\nx\r\n" + END,
    "a header of 100 kB": b"--abc\r\nX: " + b"y" * 100_000 + b"\r\n\r\nx\r\n" + END,
    "100 headers": b"--abc\r\n" + b"X: y\r\n" * 100 + b"\r\nx\r\n" + END,
    "100 files": part("content", b"x", "f") * 100 + END,
    "100 texts": part("seed", b"1") * 100 + END,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_broken_forms_are_malformed(name: str) -> None:
    answer = post(MALFORMED[name])
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


@pytest.mark.parametrize(
    "media_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=abc; charset=utf-16",
        "multipart/form-data; boundary=abc; charset=idna",
        "multipart/form-data; boundary=abc; charset=undefined",
        "multipart/form-data; boundary=" + "x" * 5000,
    ],
)
def test_forms_that_cannot_be_split_are_malformed(media_type: str) -> None:
    answer = post(PARTS + END, media_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd", "a\\b", "ü", "x" * 2000, "con", ".", "\t"]
)
def test_names_of_files_do_not_matter(filename: str) -> None:
    form = part("content", PICTURE, filename) + part("style", PICTURE, filename)
    assert post(form + END).status_code == 202


def headed(name: str, disposition: str, *headers: str) -> bytes:
    """Return a part of PICTURE whose headers are written by hand."""
    first = f'Content-Disposition: form-data; name="{name}"{disposition}'
    head = "\r\n".join([first, *headers]).encode()
    return b"--abc\r\n" + head + b"\r\n\r\n" + PICTURE + b"\r\n"


@pytest.mark.parametrize(
    ("disposition", "headers"),
    [
        ("; filename*=UTF-8''%C3%BC.png", ()),
        ("; filename*0*=UTF-8''%C3; filename*1*=%BC.png", ()),
        ("", ("Content-Type: image/png",)),
        ("", ("content-type: IMAGE/PNG; x=y",)),
        ("", ("Content-Type: application/octet-stream",)),
    ],
)
def test_files_need_no_plain_name(disposition: str, headers: tuple[str, ...]) -> None:
    content = headed("content", disposition, *headers)
    assert post(content + part("style", PICTURE, "b") + END).status_code == 202


def test_texts_stay_texts_whatever_type_of_text_they_are() -> None:
    head = b'--abc\r\nContent-Disposition: form-data; name="seed"\r\n'
    seed = head + b"Content-Type: application/json\r\n\r\n7\r\n"
    assert post(seed + PARTS + END).json()["params"]["seed"] == 7
    unnamed = headed("content", "", "Content-Type: text/plain")
    answer = post(unnamed + part("style", PICTURE, "b") + END)
    assert answer.json()["code"] == "missing_content"


def test_a_browsers_empty_file_field_is_a_missing_file() -> None:
    form = part("content", b"", "") + part("style", PICTURE, "b.png")
    assert post(form + END).json()["code"] == "missing_content"


def test_names_of_fields_that_are_no_utf8_are_unknown_fields() -> None:
    form = (
        PARTS + b'--abc\r\nContent-Disposition: form-data; name="\xff\0"\r\n\r\nx\r\n'
    )
    answer = post(form + END)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(place=st.floats(0, 0.999), noise=st.binary(min_size=1, max_size=30))
def test_damage_anywhere_is_never_our_fault(place: float, noise: bytes) -> None:
    form = part("seed", b"7") + PARTS + END
    start = int(place * len(form))
    answer = post(form[:start] + noise + form[start + len(noise) :])
    assert answer.status_code in {202, 400, 413, 415, 422}, answer.text


PADDED = (PARTS + END).replace(b"--abc\r\n", b"--abc \t\r\n")
WRITTEN = {
    "a preamble": b"This is a message in MIME format.\r\n" + PARTS + END,
    "an empty line": b"\r\n" + PARTS + END,
    "a preamble that looks like a boundary": b"--abcd\r\n--ab\r\nx--abc\r\n"
    + PARTS
    + END,
    "blanks": PADDED,
    "blanks and both": b"preamble\r\n"
    + PADDED.replace(b"--abc--", b"--abc-- ")
    + b"epilogue",
    "an epilogue": PARTS + END + b"epilogue\r\n--abc\r\n",
}


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10**6])
@pytest.mark.parametrize("name", WRITTEN)
def test_lines_between_parts_are_read_as_mime_writes_them(name: str, size: int) -> None:
    """RFC 2046, 5.1.1, however the body is cut into pieces on its way."""
    body = WRITTEN[name]
    pieces = (body[i : i + size] for i in range(0, len(body), size))
    answer = API.client.post(
        "/v1/jobs",
        content=pieces,
        headers={"Content-Type": "multipart/form-data; boundary=abc"},
    )
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("size", [1, 3, 50, 10**6])
def test_what_only_looks_like_a_boundary_stays_in_its_file(size: int) -> None:
    near = b"\r\n--abc \t x\r\n--ab\r\n--abcd  \r\n\r\r\n--abc\r"
    body = part("content", near, "a.png") + part("style", PICTURE, "b.png") + END
    seen = bytearray()

    async def pieces() -> Any:
        for i in range(0, len(body), size):
            yield body[i : i + size]

    async def rewrite() -> None:
        async for piece in Delimiters(BOUNDARY).rewrite(pieces()):
            seen.extend(piece)

    anyio.run(rewrite)
    assert bytes(seen) == body
