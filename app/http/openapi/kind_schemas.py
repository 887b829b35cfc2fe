"""Puts the models of the kinds into the OpenAPI document, where views leave a place.

A view says `x-of-kind: progress`; here stands then the schema of each kind's progress.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from app.contract.kind import AnyKind, Kinds
from app.contract.views.jobs import OF_KIND

# Any: OpenAPI documents are nested dictionaries without a type of their own.
Document = dict[str, Any]

#: Marks, among the media types of a response, the place of those of results.
RESULT_TYPES = "x-result-types"
_KIND = "What kind of job it is."
_REF = "#/components/schemas/{model}"


def show_kinds(document: Document, kinds: Sequence[AnyKind]) -> None:
    """Put the kinds' schemas into a document that has all its components."""
    schemas = document["components"]["schemas"]
    parts: dict[str, list[Document]] = {}
    for kind in kinds:
        named = ((p, each) for p, some in kind.views.parts.items() for each in some)
        for part, model in named:
            schema = _schema_of(model)
            for name, definition in schema.pop("$defs", {}).items():
                schemas.setdefault(name, definition)
            schemas.setdefault(model.__name__, schema)
            reference = {"$ref": _REF.format(model=model.__name__)}
            if reference not in (known := parts.setdefault(part, [])):
                known.append(reference)
        for name, example in kind.views.examples.items():
            if name in schemas:
                schemas[name].setdefault("examples", []).append(example)
    types = list(dict.fromkeys(each for kind in kinds for each in kind.result_types))
    _fill(document, parts, types)


def body_by_kind(kinds: Kinds, part: str) -> Document:
    """Return the `requestBody` of an operation, of a model that the body's `kind` says.

    Args:
        kinds: those that are offered; the first is that of a body without `kind`.
        part: the attribute of a kind that is the model.
    """
    schemas: dict[str, Document] = {}
    definitions: Document = {}
    examples: list[object] = []
    for kind in kinds:
        model: type[BaseModel] = getattr(kind, part)
        schema = schemas[model.__name__] = _schema_of(model)
        definitions |= schema.pop("$defs", {})
        examples += schema.pop("examples", [])
        said = {"type": "string", "enum": [kind.name], "description": _KIND}
        if kind is kinds.default:
            said["default"] = kind.name
        else:
            schema.setdefault("required", []).append("kind")
        schema["properties"]["kind"] = said
    content = {
        # What is defined beside the schema is moved to its place by `complete`.
        "schema": _chosen(kinds, schemas) | {"$defs": definitions | schemas},
        "examples": {f"{n}": {"value": value} for n, value in enumerate(examples, 1)},
    }
    return {"required": True, "content": {"application/json": content}}


def _chosen(kinds: Kinds, schemas: dict[str, Document]) -> Document:
    references = [_REF.format(model=name) for name in schemas]
    if len(references) == 1:
        return {"$ref": references[0]}
    names = (kind.name for kind in kinds)
    return {
        "oneOf": [{"$ref": each} for each in references],
        "discriminator": {
            "propertyName": "kind",
            "mapping": dict(zip(names, references, strict=True)),
        },
    }


def _schema_of(model: type[BaseModel]) -> Document:
    """Return the schema of a model; that null is a default goes without saying."""
    schema = model.model_json_schema(ref_template=_REF)
    for each in (schema, *schema.get("$defs", {}).values()):
        for member in each.get("properties", {}).values():
            if member.get("default", ...) is None:
                del member["default"]
    return schema


def _fill(node: object, parts: dict[str, list[Document]], types: list[str]) -> None:
    """Replace each mark by what stands for its part."""
    if isinstance(node, list):
        for each in node:
            _fill(each, parts, types)
    elif isinstance(node, dict):
        if any(OF_KIND in each for each in node.get("anyOf", ())):
            node.pop("title", None)  # a schema of its own has one
        part = node.pop(OF_KIND, None)
        if part is not None:
            node.pop("title", None)
            schemas = parts[part]
            node |= schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        if (content := node.pop(RESULT_TYPES, None)) is not None:
            node |= dict.fromkeys(types, content)
        for each in [*node.values()]:
            _fill(each, parts, types)
