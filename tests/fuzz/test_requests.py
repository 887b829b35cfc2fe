"""Random bodies and heads are answered with a problem, or done; never with a 500."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.contract.kinds import KINDS
from app.submissions.fields import fields_of
from tests.fuzz.asking import ask, roomy_api
from tests.fuzz.effort import effort
from tests.fuzz.mutations import damaged
from tests.intake_corpus.case import (
    END,
    FORM_TYPE,
    GOOD,
    JSON_TYPE,
    PICTURE_PARTS,
    data,
    part,
)

API = roomy_api()
_CHECKED = b"validate_only=true"
_NUMBERS = ("0", "-1", "1e999", "nan", "512", "0.5", "9" * 400, "٣", "true", "null", "")
FIELDS = fields_of(KINDS.default)
_names = st.one_of(st.sampled_from(FIELDS.known), st.text(max_size=20))
_texts = st.one_of(
    st.sampled_from(_NUMBERS),
    st.sampled_from(["draft", "[[64, 3]]", '{"relu1_1": 1}', "[1]", '{"a": {}}']),
    st.text(max_size=40),
)
_values = st.one_of(_texts.map(str.encode), st.binary(max_size=60), st.just(GOOD))


_MORE = ("\r\nContent-Type: image/png", "\r\nX: y", "\r\n:", "\r\nX")


@st.composite
def parts(draw: st.DrawFn) -> bytes:
    """Draw a part of a form; most of them are sound."""
    name = draw(_names).replace("\r", "").replace("\n", "")
    filename = draw(st.none() | st.sampled_from(["", "a.png", '"', "\0"]))
    more = draw(
        st.sampled_from(
            ["", "\r\nContent-Type: image/png", "\r\nX: y", "\r\n:", "\r\nX"]
        )
    )
    return part(name, draw(_values), filename, more=more)


_forms = st.lists(parts(), max_size=6).map(
    lambda drawn: PICTURE_PARTS + b"".join(drawn) + END
)
_form_types = st.sampled_from(
    [FORM_TYPE, FORM_TYPE, FORM_TYPE, "multipart/form-data", f"{FORM_TYPE}; charset=x"]
)


@effort(60)
@given(
    body=st.one_of(_forms, damaged(_forms), st.binary(max_size=300)),
    media_type=_form_types,
    chunk_bytes=st.sampled_from([9, 65536]),
)
def test_any_form_is_read_or_refused(
    body: bytes, media_type: str, chunk_bytes: int
) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", b"1")]
    ask(
        API, headers=headers, body=body, chunk_bytes=chunk_bytes, query=_CHECKED
    ).require_sane()


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    _texts,
    st.sampled_from([10**400, -(10**400)]),
)
_json = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(_names, inner, max_size=4)
    ),
    max_leaves=12,
)
_params = st.dictionaries(st.sampled_from(FIELDS.parameters), _json, max_size=4)
_pictures = st.one_of(
    st.just(data()),
    st.dictionaries(
        st.sampled_from(["data", "url", "style_id", "x"]), _json, max_size=2
    ),
    _json,
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Draw the body of a job; each of its members may be something else."""
    body: dict[str, Any] = {
        "content": draw(_pictures),
        "styles": draw(st.one_of(st.lists(_pictures, max_size=3), _json)),
        "params": draw(st.one_of(_params, _json)),
    }
    body |= draw(st.dictionaries(st.sampled_from(FIELDS.members), _json, max_size=3))
    return json.dumps(body, ensure_ascii=draw(st.booleans())).encode(
        "utf-8", "surrogatepass"
    )


_paths = st.sampled_from(["/v1/jobs", "/v1/batches", "/v1/estimates"])


@effort(60)
@given(
    body=st.one_of(documents(), damaged(documents()), st.binary(max_size=100)),
    path=_paths,
    chunk_bytes=st.sampled_from([9, 65536]),
)
def test_any_json_is_read_or_refused(body: bytes, path: str, chunk_bytes: int) -> None:
    headers = [(b"content-type", JSON_TYPE.encode()), (b"content-length", b"1")]
    query = b"" if path == "/v1/estimates" else _CHECKED
    ask(
        API,
        path=path,
        headers=headers,
        body=body,
        chunk_bytes=chunk_bytes,
        query=query,
    ).require_sane()


_ROUTES = sorted(
    {
        path.replace("{job_id}", job_id)
        for path in API.client.get("/openapi.json").json()["paths"]
        for job_id in ("nobody", API.queued())
        # A stream of events has no end.
        if not path.endswith("/events")
    }
)
_HEADERS = (
    *(b"accept", b"range", b"if-none-match", b"if-range", b"prefer", b"cancel-after"),
    *(b"idempotency-key", b"authorization", b"content-type", b"content-length"),
    *(b"content-encoding", b"transfer-encoding", b"traceparent", b"x-request-id"),
    *(b"host", b"cookie", b"last-event-id", b"cache-control", b"expect", b"origin"),
)
#: What h11 lets through: everything but controls.
_header_values = st.text(
    st.characters(codec="latin-1", exclude_categories=("Cc",)), max_size=60
).map(lambda text: text.strip().encode("latin-1"))
_headers = st.lists(st.tuples(st.sampled_from(_HEADERS), _header_values), max_size=5)
_targets = st.one_of(
    st.sampled_from(_ROUTES), st.text(max_size=40).map("/".__add__), st.text(max_size=9)
)


@effort(100)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS", "X"]),
    path=_targets,
    query=st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [b"status=x", b"limit=1e9", b"cursor=%ff", b"size=1", b"step=-1"]
        ),
    ),
    headers=_headers,
    body=st.binary(max_size=20),
)
def test_any_head_is_answered(
    method: str,
    path: str,
    query: bytes,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
) -> None:
    answer = ask(API, method=method, path=path, query=query, headers=headers, body=body)
    if (answer.status, path) != (503, "/readyz"):  # no worker is there
        answer.require_sane()
