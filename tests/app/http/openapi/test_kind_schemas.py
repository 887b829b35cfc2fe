"""The OpenAPI document has the models of every kind where views leave a place."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from app.contract.kinds.image.kind import IMAGE
from app.contract.views.jobs import OF_KIND
from app.http.openapi.kind_schemas import show_kinds


class Scan(BaseModel):
    points: int
    note: str | None = None


OTHER = replace(IMAGE, name="other", views=IMAGE.views._replace(result=Scan))


def a_document() -> dict[str, Any]:
    result = {"anyOf": [{OF_KIND: "result"}, {"type": "null"}], "title": "Result"}
    params = {OF_KIND: "params", "title": "Params", "description": "All of them."}
    view = {"properties": {"result": result, "params": params}}
    return {"components": {"schemas": {"View": view}}}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


OF_BOTH_ENGINES = {"anyOf": [ref("ResolvedParameters"), ref("ResolvedFastParameters")]}


def test_the_model_of_the_only_kind_stands_in_the_place() -> None:
    document = a_document()
    show_kinds(document, [IMAGE])
    schemas = document["components"]["schemas"]
    shown = schemas["View"]["properties"]
    assert shown["result"] == {"anyOf": [ref("ResultView"), {"type": "null"}]}
    assert shown["params"] == {**OF_BOTH_ENGINES, "description": "All of them."}
    assert {"ResultView", "ResolvedParameters", "Losses"} <= set(schemas)
    assert OF_KIND not in str(document)


def test_of_several_kinds_any_model_may_stand_there() -> None:
    document = a_document()
    show_kinds(document, [IMAGE, OTHER])
    schemas = document["components"]["schemas"]
    shown = schemas["View"]["properties"]
    both = {"anyOf": [ref("ResultView"), ref("Scan")]}
    assert shown["result"] == {"anyOf": [both, {"type": "null"}]}
    # What they share is told once.
    assert shown["params"]["anyOf"] == OF_BOTH_ENGINES["anyOf"]
    assert schemas["Scan"]["required"] == ["points"]
    assert "default" not in schemas["Scan"]["properties"]["note"]
