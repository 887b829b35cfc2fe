"""The OpenAPI document: the framework's, with our problems instead of its own."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from itertools import groupby

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.contract.kind import AnyKind
from app.http.openapi.description import DESCRIPTION, Document, complete, operations_of
from app.http.openapi.kind_schemas import show_kinds
from app.http.openapi.security import (
    SECURITY_SCHEMES,
    access_headers,
    access_problems,
    security_of,
)
from app.problems import MEDIA_TYPE, PROBLEMS, Problem, ProblemCode

Responses = dict[int | str, Document]

_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
#: What the framework would promise for its own errors, which no client sees.
_FOREIGN_SCHEMAS = ("HTTPValidationError", "ValidationError")
#: What any request may meet.
_ALWAYS = (ProblemCode.MALFORMED_REQUEST, ProblemCode.INTERNAL_ERROR)


def problem_responses(*codes: ProblemCode) -> Responses:
    """Return the `responses` of an operation that may answer these problems."""
    ordered = sorted({*codes, *_ALWAYS}, key=lambda code: PROBLEMS[code].status)
    by_status = groupby(ordered, key=lambda code: PROBLEMS[code].status)
    return {status: _response(group) for status, group in by_status}


def install_openapi(
    app: FastAPI,
    public_url: str | None,
    networks: Sequence[str],
    kinds: Iterable[AnyKind],
    bodies: Mapping[str, Document],
) -> None:
    """Make `app.openapi()` return the document, which is built once."""
    kinds = tuple(kinds)

    def openapi() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = document = _build(app, kinds, bodies)
            complete(document, public_url, networks)
        return app.openapi_schema

    # FastAPI's own documented way to replace the document.
    app.openapi = openapi  # type: ignore[method-assign]


def _response(codes: Iterable[ProblemCode]) -> Document:
    codes = sorted(codes)  # a set has another order in each process
    lines = [f"- `{code}`: {PROBLEMS[code].title}." for code in codes]
    content = {"schema": _PROBLEM_REF, "examples": {c: _example(c) for c in codes}}
    return {"description": "\n".join(lines), "content": {MEDIA_TYPE: content}}


def _tell_of_access(document: Document) -> None:
    """Add to each operation who is let in, and what others are answered."""
    document.setdefault("components", {})["securitySchemes"] = SECURITY_SCHEMES
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = method.upper()
            if security := security_of(name, path):
                operation["security"] = security
            _add_problems(operation["responses"], access_problems(name, path))
            for response in operation["responses"].values():
                if headers := access_headers(name, path):
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


def _build(
    app: FastAPI, kinds: Sequence[AnyKind], bodies: Mapping[str, Document]
) -> Document:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
    )
    for path in document["paths"].values():
        for operation in path.values():
            if _FOREIGN_SCHEMAS[0] in str(operation["responses"].get("422", "")):
                del operation["responses"]["422"]
    _tell_of_access(document)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FOREIGN_SCHEMAS:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    show_kinds(document, kinds)
    for operation in operations_of(document):
        if body := bodies.get(operation["operationId"]):
            operation["requestBody"] = deepcopy(body)
    return document
