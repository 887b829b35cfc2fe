"""A row of the corpus: a request, what it is answered, and what it leaves behind."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.app.pictures import RED, plain

Color = tuple[int, int, int]
WHITE: Color = (255, 255, 255)
BOUNDARY = "corpus"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
JSON_TYPE = "application/json"
#: The picture that is good wherever another one is the matter.
GOOD = plain()
#: More than any small request needs, less than one that unpacks a bomb.
USUAL_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Request:
    """A request as it is sent, in process."""

    body: bytes = b""
    media_type: str | None = FORM_TYPE
    method: str = "POST"
    path: str = "/v1/jobs"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """What the photograph became: an 8-bit sRGB PNG of this size.

    Attributes:
        pixels: colours by position, in parts of width and height, within `tolerance`.
    """

    size: tuple[int, int] = (48, 36)
    pixels: Mapping[tuple[float, float], Color] = field(
        default_factory=lambda: {(0.5, 0.5): RED}
    )
    tolerance: int = 4


@dataclass(frozen=True)
class Case:
    """One row.

    Attributes:
        name: what is odd about it, in words.
        build: makes the request when the test runs.
        status: of the answer.
        code: of its problem; None for an answer without one.
        stored: of an accepted job: what its photograph became.
        most_bytes: by how much the process may grow meanwhile.
    """

    name: str
    build: Callable[[], Request]
    status: int
    code: str | None = None
    stored: Stored | None = None
    most_bytes: int = USUAL_BYTES

    def __str__(self) -> str:
        return self.name


def part(
    name: str,
    content: bytes,
    filename: str | None = None,
    *,
    media_type: str | None = None,
    more: str = "",
) -> bytes:
    """Return one part of a form, its closing line end included."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"'
    if media_type is not None:
        head += f"\r\nContent-Type: {media_type}"
    return f"{head}{more}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
STYLE_PART = part("style", GOOD, "style.png")
PICTURE_PARTS = part("content", GOOD, "content.png") + STYLE_PART


def of_parts(*parts: bytes) -> Request:
    """Return a form of these parts."""
    return Request(b"".join(parts) + END)


def of_picture(content: bytes, filename: str = "a.png") -> Request:
    """Return a submission of this photograph."""
    return of_parts(part("content", content, filename), STYLE_PART)


def of_fields(*fields: tuple[str, str]) -> Request:
    """Return a submission of good pictures and these fields."""
    texts = (part(name, value.encode()) for name, value in fields)
    return of_parts(PICTURE_PARTS, *texts)


def data(content: bytes = GOOD) -> dict[str, str]:
    """Return a picture as JSON holds it."""
    return {"data": base64.b64encode(content).decode()}


def of_json(**members: Any) -> Request:
    """Return a job in JSON; a member that is ... is left out."""
    body = {"content": data(), "styles": [data()], **members}
    kept = {name: value for name, value in body.items() if value is not ...}
    return Request(json.dumps(kept).encode(), JSON_TYPE)


def of_json_params(text: str) -> Request:
    """Return a job in JSON whose parameters are written by hand."""
    pictures = json.dumps({"content": data(), "styles": [data()]})
    return Request(f'{pictures[:-1]}, "params": {text}}}'.encode(), JSON_TYPE)


def accepted(
    name: str, build: Callable[[], bytes], stored: Stored | None = None, **more: Any
) -> Case:
    """Return the row of a photograph that is accepted."""
    return Case(
        name, lambda: of_picture(build()), 202, None, stored or Stored(), **more
    )


def refused(
    name: str,
    build: Callable[[], bytes],
    code: str,
    status: int = 422,
    most_bytes: int = USUAL_BYTES,
) -> Case:
    """Return the row of a photograph that is refused."""
    return Case(name, lambda: of_picture(build()), status, code, most_bytes=most_bytes)
