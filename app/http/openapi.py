"""The OpenAPI document: the framework's, with our problems instead of its own."""

from itertools import groupby
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from app.http.deprecation import DEPRECATED_ROUTES, mark_deprecated
from app.http.security import (
    SECURITY_SCHEMES,
    gate_headers,
    gate_problems,
    security_of,
)
from app.problems import MEDIA_TYPE, PROBLEMS, Problem, ProblemCode

# OpenAPI documents are nested dictionaries without a type of their own.
Document = dict[str, Any]
Responses = dict[int | str, Document]

_JSON = "application/json"
_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
#: What the framework would promise for its own errors, which never leave the house.
_FOREIGN_SCHEMAS = ("HTTPValidationError", "ValidationError")
#: What any request may meet.
_ALWAYS = (ProblemCode.MALFORMED_REQUEST, ProblemCode.INTERNAL_ERROR)

DESCRIPTION = """\
A photograph and a painting become a new picture.

Submit both with `POST /v1/jobs`, ask for the job until its `status` is `succeeded`
(`Retry-After` says when), and fetch the picture from `urls.result`.

Every error is an RFC 9457 problem; its `code` is stable, and its `type` is a page.
"""


def problem_responses(*codes: ProblemCode) -> Responses:
    """Return the `responses` of an operation that may answer these problems."""
    ordered = sorted({*codes, *_ALWAYS}, key=lambda code: PROBLEMS[code].status)
    by_status = groupby(ordered, key=lambda code: PROBLEMS[code].status)
    return {status: _response(list(group)) for status, group in by_status}


def json_request_body(model: type[BaseModel]) -> Document:
    """Return the `openapi_extra` of an operation that reads its JSON body itself."""
    # What the schema defines beside itself is moved to its place by `_hoist`.
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": True, "content": {_JSON: {"schema": schema}}}}


def install_openapi(app: FastAPI) -> None:
    """Make `app.openapi()` return the document, which is built once."""

    def openapi() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = _build(app)
        return app.openapi_schema

    # FastAPI's own documented way to replace the document.
    app.openapi = openapi  # type: ignore[method-assign]


def _response(codes: list[ProblemCode]) -> Document:
    lines = [f"- `{code}`: {PROBLEMS[code].title}." for code in codes]
    content = {"schema": _PROBLEM_REF, "examples": {c: _example(c) for c in codes}}
    return {"description": "\n".join(lines), "content": {MEDIA_TYPE: content}}


def _tell_of_the_gate(document: Document) -> None:
    """Add to each operation whom the gate lets in, and what it answers to others."""
    document.setdefault("components", {})["securitySchemes"] = SECURITY_SCHEMES
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = method.upper()
            if security := security_of(name, path):
                operation["security"] = security
            _add_problems(operation["responses"], gate_problems(name, path))
            for response in operation["responses"].values():
                if headers := gate_headers(name, path):
                    response["headers"] = response.get("headers", {}) | headers


def _add_problems(responses: Document, codes: list[ProblemCode]) -> None:
    for code in codes:
        status = str(PROBLEMS[code].status)
        content = responses.get(status, {}).get("content", {})
        known = content.get(MEDIA_TYPE, {}).get("examples", {})
        if code not in known:
            listed = [*map(ProblemCode, known), code]
            responses[status] = responses.get(status, {}) | _response(listed)


def _example(code: ProblemCode) -> Document:
    kind = PROBLEMS[code]
    value = Problem(
        type=kind.type_uri or f"http://localhost:8000/problems/{code}",
        title=kind.title,
        status=kind.status,
        detail=kind.advice,
        instance="/v1/jobs",
        code=code,
        retryable=kind.retryable,
        request_id="req_7f1b2c3d4e5f60718293a4b5c6d7e8f9",
    )
    return {"summary": kind.title, "value": value.model_dump(mode="json")}


def _build(app: FastAPI) -> Document:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    for path in document["paths"].values():
        for operation in path.values():
            if _FOREIGN_SCHEMAS[0] in str(operation["responses"].get("422", "")):
                del operation["responses"]["422"]
    _tell_of_the_gate(document)
    mark_deprecated(document, DEPRECATED_ROUTES)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FOREIGN_SCHEMAS:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    _hoist(document)
    return document


def _hoist(document: Document) -> None:
    """Move what the schemas of bodies define beside themselves to where refs lead."""
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                # A copy: the schema itself belongs to the route.
                inner = dict(content.get("schema", {}))
                schemas.update(inner.pop("$defs", {}))
                content["schema"] = inner
