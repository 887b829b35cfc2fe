"""`/v1/capabilities` and `/v1/presets`: the same for everybody, and long the same."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel
from starlette.responses import Response

from app.capabilities.catalogue import ServiceFacts, capabilities_of, presets
from app.capabilities.views import CapabilitiesView, PresetsView
from app.http.answers.conditional import is_not_modified
from app.http.openapi.schema import Responses, problem_responses
from app.http.services import dependency

router = APIRouter(prefix="/v1", tags=["capabilities"])

_CACHING = "public, max-age=300"
_HEADERS = {
    "ETag": {"description": "Of the content.", "schema": {"type": "string"}},
    "Cache-Control": {
        "description": "Any cache may keep the answer for a while.",
        "schema": {"type": "string", "examples": [_CACHING]},
    },
}
_RESPONSES: Responses = {
    **problem_responses(),
    200: {"description": "As this service is set up.", "headers": _HEADERS},
    304: {"description": "Nothing has changed since `If-None-Match`."},
}


@dataclass(frozen=True)
class _Page:
    """An answer that is made once."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, view: BaseModel) -> "_Page":
        content = view.model_dump_json().encode()
        return cls(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')

    def answer(self, if_none_match: str | None) -> Response:
        headers = {"ETag": self.etag, "Cache-Control": _CACHING}
        if is_not_modified(if_none_match, self.etag):
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type="application/json")


@dataclass(frozen=True)
class Catalogue:
    """Both answers, ready to send."""

    capabilities: _Page
    presets: _Page

    @classmethod
    def of(cls, facts: ServiceFacts) -> "Catalogue":
        """Return the catalogue of a service."""
        return cls(_Page.of(capabilities_of(facts)), _Page.of(presets()))


_TheCatalogue = Annotated[Catalogue, Depends(dependency(Catalogue))]


@router.get(
    "/capabilities",
    operation_id="get_capabilities",
    summary="What can this service do?",
    response_model=CapabilitiesView,
    responses=_RESPONSES,
)
async def get_capabilities(
    catalogue: _TheCatalogue, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Answer limits, formats, layers, presets and the JSON Schema of the parameters."""
    return catalogue.capabilities.answer(if_none_match)


@router.get(
    "/presets",
    operation_id="list_presets",
    summary="How much time may a picture take?",
    response_model=PresetsView,
    responses=_RESPONSES,
)
async def list_presets(
    catalogue: _TheCatalogue, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Answer the presets, from quick to slow, with their steps."""
    return catalogue.presets.answer(if_none_match)
