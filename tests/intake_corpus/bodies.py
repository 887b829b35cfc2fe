"""Bodies and heads: forms and JSON that are broken, ambiguous, or too much of it."""
# ruff: noqa: E501 - a row is a line

import gzip
import zlib
from collections.abc import Callable
from typing import Any

from tests.intake_corpus.case import (
    END,
    FORM_TYPE,
    GOOD,
    JSON_TYPE,
    PICTURE_PARTS,
    STYLE_PART,
    Case,
    Request,
    of_fields,
    of_json,
    of_parts,
    part,
)

_BODY = "malformed_body"
_REQUEST = "malformed_request"
_TYPE = "unsupported_media_type"
_WHOLE = PICTURE_PARTS + END
_FORM = "multipart/form-data"


def _sent(
    name: str,
    body: bytes | Callable[[], bytes],
    status: int,
    code: str | None,
    **more: Any,
) -> Case:
    """Return the row of a form that is written by hand."""
    return Case(
        name,
        lambda: Request(body if isinstance(body, bytes) else body(), **more),
        status,
        code,
    )


MEDIA_TYPES = [
    _sent("no Content-Type", _WHOLE, 415, _TYPE, media_type=None),
    _sent("an empty Content-Type", _WHOLE, 415, _TYPE, media_type=""),
    *(
        _sent(f"a body declared as {declared}", _WHOLE, 415, _TYPE, media_type=declared)
        for declared in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "image/png",
            "application/octet-stream",
            "application/xml",
            "application/problem+json",
            "multipart/mixed; boundary=corpus",
            "multipart/form-data-x; boundary=corpus",
            "multipart",
            ";;;",
        )
    ),
    _sent("a form declared as JSON", _WHOLE, 400, _BODY, media_type=JSON_TYPE),
    Case("JSON declared as a form", lambda: Request(of_json().body), 400, _BODY),
    _sent("a form in upper case", _WHOLE, 202, None,
          media_type="MULTIPART/FORM-DATA; BOUNDARY=corpus"),
    _sent("a boundary in quotes", _WHOLE, 202, None,
          media_type=f'{_FORM}; boundary="corpus"'),
    _sent("a form in UTF-16", _WHOLE, 400, _BODY,
          media_type=f"{FORM_TYPE}; charset=utf-16"),
    _sent("a form in no charset", _WHOLE, 400, _BODY,
          media_type=f"{FORM_TYPE}; charset=klingon"),
    Case("JSON in Latin-1, declared", lambda: Request(
        of_json().body, "application/json; charset=latin-1"), 400, _BODY),
    Case("JSON in UTF-8, declared", lambda: Request(
        of_json().body, "application/json; charset=UTF-8"), 202),
    _sent("a form packed by gzip", lambda: gzip.compress(_WHOLE), 415, _TYPE,
          headers={"Content-Encoding": "gzip"}),
    _sent("a form packed by deflate", lambda: zlib.compress(_WHOLE), 415, _TYPE,
          headers={"Content-Encoding": "deflate"}),
    _sent("a form packed twice", lambda: gzip.compress(gzip.compress(_WHOLE)), 415, _TYPE,
          headers={"Content-Encoding": "gzip, gzip"}),
    _sent("a form packed by nothing", _WHOLE, 202, None,
          headers={"Content-Encoding": "identity"}),
]  # fmt: skip

FORMS = [
    _sent("an empty form", b"", 400, _BODY),
    _sent("a form without a boundary", _WHOLE, 400, _BODY, media_type=_FORM),
    _sent("a form with an empty boundary", _WHOLE, 400, _BODY,
          media_type=f"{_FORM}; boundary="),
    _sent("a form with another boundary", _WHOLE, 400, _BODY,
          media_type=f"{_FORM}; boundary=other"),
    _sent("a boundary of 5,000 characters", _WHOLE, 400, _BODY,
          media_type=f"{_FORM}; boundary={'x' * 5000}"),
    _sent("a form without its closing boundary", PICTURE_PARTS, 400, _BODY),
    _sent("a form cut within a file", _WHOLE[:-60], 400, _BODY),
    _sent("a form cut within a head", _WHOLE + b"--corpus\r\nContent-Disp", 202, None),
    _sent("line ends without a return", _WHOLE.replace(b"\r\n", b"\n"), 400, _BODY),
    _sent("something before the first boundary", b"preamble\r\n" + _WHOLE, 202, None),
    _sent("a line like a boundary before the first one",
          b"--corpus?\r\n--corpus-x\r\n" + _WHOLE, 202, None),
    _sent("a preamble without end", lambda: b"x" * 10**7, 400, _BODY),
    _sent("blanks behind each boundary",
          _WHOLE.replace(b"--corpus\r\n", b"--corpus \t \r\n") + b" \t\r\n", 202, None),
    _sent("1,000 blanks behind a boundary",
          lambda: _WHOLE.replace(b"--corpus\r\n", b"--corpus" + b" " * 1000 + b"\r\n"), 422, "missing_content"),
    _sent("10 MB of blanks behind a boundary",
          lambda: _WHOLE[:-12] + b"--corpus" + b" " * 10**7, 400, _BODY),
    _sent("something behind the last boundary", _WHOLE + b"epilogue", 202, None),
    _sent("a part without a name",
          b"--corpus\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + _WHOLE, 400, _BODY),
    _sent("a part without a disposition",
          b"--corpus\r\nContent-Type: a/b\r\n\r\nx\r\n" + _WHOLE, 400, _BODY),
    _sent("a part without a head", b"--corpus\r\n\r\nx\r\n" + _WHOLE, 400, _BODY),
    _sent("a part with a head of 100 kB",
          lambda: b"--corpus\r\nX: " + b"y" * 100_000 + b"\r\n\r\nx\r\n" + _WHOLE, 400, _BODY),
    _sent("a part with 1,000 headers",
          lambda: b"--corpus\r\n" + b"X: y\r\n" * 1000 + b"\r\nx\r\n" + _WHOLE, 400, _BODY),
    _sent("a header without a colon",
          b"--corpus\r\nContent-Disposition form-data\r\n\r\nx\r\n" + _WHOLE, 400, _BODY),
    _sent("a NUL in a header's name",
          b"--corpus\r\nContent\0: form-data\r\n\r\nx\r\n" + _WHOLE, 400, _BODY),
    _sent("10,000 texts", lambda: part("seed", b"1") * 10_000 + _WHOLE, 400, _BODY),
    _sent("10,000 files", lambda: part("style", b"x", "x") * 10_000 + _WHOLE, 400, _BODY),
    _sent("10,000 empty parts", lambda: b"--corpus\r\n\r\n\r\n" * 10_000 + _WHOLE, 400, _BODY),
    _sent("a form within a form", lambda: of_parts(part(
        "content", _WHOLE, "a.png", media_type="multipart/mixed; boundary=corpus2"
    ).replace(b"corpus--", b"corpus2-"), STYLE_PART).body, 415, "unsupported_image_type"),
    Case("a file in base64", lambda: of_parts(part(
        "content", b"iVBORw0KGgo=", "a.png",
        more="\r\nContent-Transfer-Encoding: base64"), STYLE_PART), 415,
        "unsupported_image_type"),
    Case("a field's name in Latin-1", lambda: of_parts(
        PICTURE_PARTS, b'--corpus\r\nContent-Disposition: form-data; name="\xe4"\r\n\r\n1\r\n'),
        422, "unknown_field"),
    Case("a field's text in Latin-1", lambda: of_parts(
        PICTURE_PARTS, part("metadata", b'{"a": "\xe4"}')), 202),
    _sent("a file of 21 MiB", lambda: part("content", bytes(21 * 2**20), "a") + END,
          413, "upload_too_large"),
    Case("a file of 21 MiB that is a picture", lambda: of_parts(
        part("content", GOOD + bytes(21 * 2**20), "a.png"), STYLE_PART), 413,
        "upload_too_large", most_bytes=96 * 2**20),
    _sent("a body of 65 MiB", lambda: bytes(65 * 2**20), 413, "upload_too_large"),
]  # fmt: skip


def _json(name: str, body: bytes | str, status: int, code: str | None) -> Case:
    content = body.encode() if isinstance(body, str) else body
    return Case(name, lambda: Request(content, JSON_TYPE), status, code)


JSON_BODIES = [
    _json("JSON that is nothing", "", 400, _BODY),
    _json("JSON that is blank", "  \n", 400, _BODY),
    _json("JSON that is words", "hello", 400, _BODY),
    _json("JSON that is cut off", '{"content": {"data": "QUJD', 400, _BODY),
    _json("JSON twice", "{}{}", 400, _BODY),
    _json("JSON with a comma too many", '{"content": 1,}', 400, _BODY),
    _json("JSON with a comment", '{"content": 1 /* x */}', 400, _BODY),
    _json("JSON with single quotes", "{'content': 1}", 400, _BODY),
    Case("JSON behind a BOM", lambda: Request(
        b"\xef\xbb\xbf" + of_json().body, JSON_TYPE), 202),
    _json("JSON behind two BOMs", "\ufeff\ufeff{}", 400, _BODY),
    _json("JSON in UTF-16", "{}".encode("utf-16"), 400, _BODY),
    _json("JSON in Latin-1", '{"ä": 1}'.encode("latin-1"), 400, _BODY),
    _json("JSON in UTF-8 that is too long", b'{"\xc0\xaf": 1}', 400, _BODY),
    _json("JSON with a NUL", b'{"a\0": 1}', 400, _BODY),
    _json("JSON with half a surrogate", '{"metadata": {"a": "\\ud800"}}', 400, _BODY),
    _json("JSON with 100,000 lists", "[" * 100_000, 400, _BODY),
    _json("JSON with 100,000 objects", '{"a":' * 100_000, 400, _BODY),
    _json("JSON with 500 lists, closed", "[" * 500 + "]" * 500, 400, _BODY),
    _json("JSON that is a list", "[]", 422, "invalid_value"),
    _json("JSON that is null", "null", 422, "invalid_value"),
    _json("JSON that is NaN", "NaN", 422, "invalid_value"),
    _json("JSON with a name twice", '{"content": 1, "content": 2}', 422,
          "duplicate_field"),
    Case("JSON with 2 MB of numbers", lambda: Request(
        b'{"metadata": {"a": [' + b"1," * 1_000_000 + b"1]}}", JSON_TYPE), 413,
        "upload_too_large"),
    Case("JSON with a text of 1 MB that is no picture", lambda: of_json(
        metadata={"a": "x" * 1_000_000}), 413, "upload_too_large"),
    Case("JSON with a name of 1 MB", lambda: of_json(**{"x" * 1_000_000: 1}), 413,
         "upload_too_large"),
    Case("JSON with 100 long texts", lambda: of_json(
        styles=[{"data": "QUJD" * 9000}] * 100), 413, "upload_too_large"),
    Case("JSON with a picture of 21 MiB", lambda: of_json(
        content={"data": "QUJD" * (7 * 2**20)}), 413, "upload_too_large",
        most_bytes=160 * 2**20),
]  # fmt: skip


def _headed(name: str, status: int, code: str | None, **headers: str) -> Case:
    """Return the row of a good form with headers."""
    names = {key.replace("_", "-"): value for key, value in headers.items()}
    return Case(name, lambda: Request(_WHOLE, headers=names), status, code)


HEADS = [
    _headed("Accept of what is not made", 406, "not_acceptable", Accept="image/tiff"),
    _headed("Accept of nonsense", 406, "not_acceptable", Accept=";;;,,,"),
    _headed("an endless Accept", 202, None, Accept="a/b," * 5000 + "*/*"),
    _headed("an empty Idempotency-Key", 400, _REQUEST, Idempotency_Key=""),
    _headed("an Idempotency-Key of 256", 400, _REQUEST, Idempotency_Key="x" * 256),
    _headed("an Idempotency-Key with an open quote", 400, _REQUEST, Idempotency_Key='"x'),
    _headed("Cancel-After in words", 422, "invalid_value", Cancel_After="soon"),
    _headed("Cancel-After of nothing", 422, "out_of_range", Cancel_After="0"),
    _headed("Cancel-After of years", 422, "out_of_range", Cancel_After="999999s"),
    _headed("a Prefer nobody understands", 202, None, Prefer="wait=x; ;,=\"\\"),
    _headed("a traceparent nobody understands", 202, None, traceparent="x" * 9000),
    _headed("a Range for a submission", 202, None, Range="bytes=0-1"),
    _headed("a Host that is no host", 202, None, Host="a\"b<c>"),
    _headed("a forwarded Host", 202, None, X_Forwarded_Host="evil.example"),
    _headed("another method in a header", 202, None, X_HTTP_Method_Override="DELETE"),
    _headed("300 kB of a header", 431, "head_too_large", X="y" * 300_000),
    Case("a switch that is none", lambda: Request(
        _WHOLE, path="/v1/jobs?validate_only=maybe"), 422, "invalid_value"),
    Case("a body for one who only checks", lambda: Request(
        _WHOLE, path="/v1/jobs?validate_only=true"), 200),
    Case("a wrong field for one who only checks", lambda: Request(
        of_fields(("steps", "0")).body, path="/v1/jobs?validate_only=true"), 422,
        "out_of_range"),
]  # fmt: skip


def _path(method: str, path: str, status: int, code: str) -> Case:
    return Case(
        f"{method} {path[:60]}",
        lambda: Request(media_type=None, method=method, path=path),
        status,
        code,
    )


PATHS = [
    _path("GET", "/v1/jobs/nobody", 404, "job_not_found"),
    _path("GET", "/v1/jobs/" + "job_" + "0" * 32, 404, "job_not_found"),
    _path("GET", "/v1/jobs/%00", 404, "job_not_found"),
    _path("GET", "/v1/jobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404, "not_found"),
    _path("GET", "/v1/jobs/" + "x" * 5000, 404, "job_not_found"),
    _path("GET", "/v1/jobs/%ff", 404, "job_not_found"),
    _path("GET", "/v1/jobs/job_*/result", 404, "job_not_found"),
    _path("GET", "/v1/jobs/impasto:queue", 404, "job_not_found"),
    _path("GET", "/v1/styles/..%2f..%2fuploads/image", 404, "not_found"),
    _path("GET", "/v1/styles/%2e%2e/image", 404, "style_not_found"),
    _path("GET", "/static/x/..%2f..%2f..%2fetc%2fpasswd", 404, "not_found"),
    _path("GET", "/problems/nothing", 404, "not_found"),
    _path("GET", "//v1/jobs", 404, "not_found"),
    _path("GET", "/V1/jobs", 404, "not_found"),
    _path("GET", "/v1/jobs/", 404, "not_found"),
    _path("GET", "/.git/config", 404, "not_found"),
    _path("GET", "/v1/jobs?limit=0", 422, "out_of_range"),
    _path("GET", "/v1/jobs?limit=101", 422, "out_of_range"),
    _path("GET", "/v1/jobs?limit=x", 422, "invalid_value"),
    _path("GET", "/v1/jobs?status=dead", 422, "invalid_value"),
    _path("GET", "/v1/jobs?cursor=%00", 422, "invalid_value"),
    _path("PUT", "/v1/jobs", 405, "method_not_allowed"),
    _path("PATCH", "/v1/jobs/nobody", 405, "method_not_allowed"),
    _path("TRACE", "/healthz", 405, "method_not_allowed"),
    _path("OPTIONS", "/v1/jobs", 405, "method_not_allowed"),
    _path("PROPFIND", "/", 405, "method_not_allowed"),
    _path("POST", "/v1/jobs/nobody/cancel", 404, "job_not_found"),
    _path("DELETE", "/v1/jobs/nobody", 404, "job_not_found"),
]

CASES = [*MEDIA_TYPES, *FORMS, *JSON_BODIES, *HEADS, *PATHS]
