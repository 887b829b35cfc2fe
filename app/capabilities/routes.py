"""`/v1/capabilities` and `/v1/presets`: the same for everybody, and long the same."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel
from starlette.responses import Response

from app.capabilities.catalogue import ServiceFacts, capabilities_of
from app.capabilities.views import CapabilitiesView
from app.contract.kinds.image.capabilities import PresetsView, presets
from app.contract.ports import LedgerUnavailableError
from app.estimates import StateReader
from app.http.answers.conditional import is_not_modified
from app.http.openapi.parts import answer, header
from app.http.openapi.schema import Responses, problem_responses
from app.http.services import dependency

router = APIRouter(prefix="/v1", tags=["capabilities"])

_CACHING = "public, max-age=300"
_HEADERS = {
    "ETag": header("Of the content."),
    "Cache-Control": header(
        "Any cache may keep the answer for a while.", examples=[_CACHING]
    ),
}
_RESPONSES: Responses = {
    **problem_responses(),
    200: answer("As this service is set up.", _HEADERS),
    304: answer("Nothing has changed since `If-None-Match`."),
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


class Catalogue:
    """Both answers; the first is made anew when other workers live."""

    def __init__(self, facts: ServiceFacts, state: StateReader) -> None:
        self._facts = facts
        self._state = state
        self._capabilities = lru_cache(maxsize=8)(self._make)
        self.presets = _Page.of(presets())

    def capabilities(self) -> _Page:
        """Return what the service can do, and how many workers there are for it."""
        try:
            infos = self._state.read().workers
        except LedgerUnavailableError:
            return self._capabilities(None)
        names = [kind.name for kind in self._facts.kinds]
        counts = (sum(name in info.kinds for info in infos) for name in names)
        return self._capabilities(tuple(zip(names, counts, strict=True)))

    def _make(self, workers: tuple[tuple[str, int], ...] | None) -> _Page:
        counts = None if workers is None else dict(workers)
        return _Page.of(capabilities_of(self._facts, counts))


_TheCatalogue = Annotated[Catalogue, Depends(dependency(Catalogue))]


@router.get(
    "/capabilities",
    operation_id="get_capabilities",
    summary="What can this service do?",
    response_model=CapabilitiesView,
    responses=_RESPONSES,
)
def get_capabilities(
    catalogue: _TheCatalogue, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Answer limits, formats, layers, presets and the JSON Schema of the parameters.

    `kinds` has them for each kind of job.
    """
    return catalogue.capabilities().answer(if_none_match)


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
