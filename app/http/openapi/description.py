"""What the OpenAPI document says beyond each operation's own words.

All of it follows from the document's own structure, so that a new operation gets its
links and its tag's description without being named here.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from app.contract.examples import EXAMPLES

# OpenAPI documents are nested dictionaries without a type of their own.
Document = dict[str, Any]

DESCRIPTION = """\
A photograph and a painting become a new picture.

Submit both with `POST /v1/jobs`, ask for the job until its `status` is `succeeded`
(`Retry-After` says when), and fetch the picture from `urls.result`.

**Errors.** Every error is an RFC 9457 problem of the type `application/problem+json`;
its `code` is stable, and its `type` is a page that explains it.

**Times** are UTC in RFC 3339 with a `Z`; names that end in `_seconds` are seconds.

**Versions.** Paths begin with `/v1`. Within `v1` changes only add: operations, optional
fields of requests, fields of answers, words where a list of words may grow (events,
codes of errors, presets). Ignore what you do not know. What will go is announced by the
headers `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) long before, and anything that
would break a client gets a new prefix. Ids are opaque.

**Keys.** As long as the operator has set no API key, none is needed.
"""
LICENSE = {"name": "MIT", "identifier": "MIT"}

TAGS = {
    "jobs": "One job is one picture: submit it, follow it, fetch the picture.",
    "batches": "Every photograph in the manner of every painting, as one submission.",
    "uploads": "Files that arrive before the jobs that name them, resumably.",
    "estimates": "What a job would take, before a picture is sent.",
    "styles": "The library of paintings.",
    "datasets": "Sets of pictures that a training learns from.",
    "webhooks": "What was told to whom about a job, and telling it again.",
    "capabilities": "What this service can do; a program builds its form from it.",
    "operations": "How the service stands: health, queue, workers, metrics, problems.",
}

#: What the parameters are that several operations share.
PARAMETERS = {
    "job_id": "Of the job: `job_` and 32 hexadecimal digits.",
    "style_id": "Of the painting, as the library lists it.",
    "upload_id": "Of the upload: `upl_` and 32 hexadecimal digits.",
    "batch_id": "Of the batch: `bat_` and 32 hexadecimal digits.",
    "name": "Of the input: `content`, `style/0`, `mask/0`, `style_mask/0`, `init`.",
    "code": "Of the problem, as in `code`.",
    "cache-control": "`no-cache`: do not show another job's picture.",
    "cancel-after": "Cancel the job after so long: `90s`.",
    "idempotency-key": "Sent again within a day, it answers with the same resource.",
    "if-modified-since": "Answer 304 if nothing has changed since.",
    "if-none-match": "ETags that the client has: 304 if it is one of them.",
    "if-range": "Answer a part only if the whole is still the same.",
    "last-event-id": "Of the last event that the client has seen.",
    "prefer": "`wait=30`: answer when something has happened, or after 30 seconds.",
    "range": "Which bytes to answer.",
    "traceparent": "The client's trace (W3C Trace Context).",
    "tracestate": "The client's trace (W3C Trace Context).",
    "x-request-id": "A name for the request; one is drawn if there is none.",
}

#: Said elsewhere: by the types of answers and bodies, and by the security schemes.
_RESERVED = frozenset({"accept", "authorization", "content-type"})
_METHODS = ("get", "put", "post", "delete", "patch")
_PICTURES = "image/jpeg, image/png, image/webp, image/heic, image/heif, image/avif"
_FILE_TYPE = "application/octet-stream"


def complete(
    document: Document, public_url: str | None, networks: Sequence[str]
) -> None:
    """Add servers, tags, links and the like to a document that has its operations.

    Args:
        document: is changed.
        public_url: how clients reach the service; None: where the document came from.
        networks: those that a job may ask for.
    """
    document["servers"] = [{"url": public_url or "/", "description": "This service."}]
    document["info"]["license"] = LICENSE
    used = {tag for each in operations_of(document) for tag in each.get("tags", ())}
    document["tags"] = [
        {"name": name, "description": text}
        for name, text in TAGS.items()
        if name in used
    ]
    schemas = document["components"]["schemas"]
    if "Network" in schemas:
        schemas["Network"]["enum"] = list(networks)
    for name, example in EXAMPLES.items():
        # Here and not in the models: the framework leaves out what is null.
        if name in schemas:
            schemas[name]["examples"] = [example]
    for operation in operations_of(document):
        _hoist_definitions(operation, schemas)
        _tell_types_of_files(operation)
        _tidy_parameters(operation)
    for path in document["paths"]:
        _link(document["paths"], path)


def operations_of(document: Document) -> Iterator[Document]:
    """Yield every operation."""
    for path in document["paths"].values():
        yield from (path[method] for method in _METHODS if method in path)


def _tidy_parameters(operation: Document) -> None:
    """Say what each parameter is; leave out the headers that OpenAPI has no words for.

    Source: OpenAPI 3.1, 4.8.12.2.1: parameters of these names are to be ignored.
    """
    kept = [
        parameter
        for parameter in operation.pop("parameters", ())
        if parameter["in"] != "header" or parameter["name"].lower() not in _RESERVED
    ]
    for parameter in kept:
        words = PARAMETERS.get(parameter["name"].lower())
        if words is not None:
            parameter.setdefault("description", words)
    if kept:
        operation["parameters"] = kept


def _contents_of_body(operation: Document) -> dict[str, Document]:
    contents: dict[str, Document] = operation.get("requestBody", {}).get("content", {})
    return contents


def _hoist_definitions(operation: Document, schemas: Document) -> None:
    """Move what a body's schema defines beside itself to where references lead."""
    for content in _contents_of_body(operation).values():
        # A copy: the schema itself belongs to the route.
        schema = dict(content.get("schema", {}))
        for name, definition in schema.pop("$defs", {}).items():
            schemas.setdefault(name, definition)
        content["schema"] = schema


def _tell_types_of_files(operation: Document) -> None:
    """Say of which types the files of a form may be."""
    form = _contents_of_body(operation).get("multipart/form-data")
    if form is None:
        return
    properties = form["schema"].get("properties", {})
    files = [
        name
        for name, schema in properties.items()
        if schema.get("items", schema).get("contentMediaType") == _FILE_TYPE
    ]
    told = {name: {"contentType": _PICTURES} for name in files}
    form["encoding"] = told | form.get("encoding", {})


def _link(paths: Document, path: str) -> None:
    """Link what creates a resource to every operation on the resource.

    `POST /v1/jobs` answers an `id`, which `/v1/jobs/{job_id}` and all below it take.
    """
    creator = paths[path].get("post")
    if creator is None or "{" in path:
        return
    links: Document = {}
    for other, item in paths.items():
        if not other.startswith(f"{path}/{{"):
            continue
        # The first of its parameters; another one below it is the client's choice.
        parameter = other.removeprefix(f"{path}/{{").partition("}")[0]
        for operation in (item[method] for method in _METHODS if method in item):
            links[operation["operationId"]] = {
                "operationId": operation["operationId"],
                "parameters": {parameter: "$response.body#/id"},
            }
    for status, response in creator["responses"].items():
        is_json = "application/json" in response.get("content", {})
        if status in {"201", "202"} and is_json and links:
            response["links"] = links
