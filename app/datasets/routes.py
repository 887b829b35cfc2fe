"""`/v1/datasets`: what a training may learn from."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.datasets.catalogue import DatasetCatalogue
from app.datasets.views import DatasetsView, DatasetView
from app.http.openapi.schema import problem_responses
from app.http.services import dependency

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

_TheCatalogue = Annotated[DatasetCatalogue, Depends(dependency(DatasetCatalogue))]


@router.get(
    "",
    operation_id="list_datasets",
    summary="List the sets of pictures that a training may use",
    response_model=DatasetsView,
    responses=problem_responses(),
)
def list_datasets(catalogue: _TheCatalogue) -> DatasetsView:
    """Answer all of them; an operator makes more with `impasto dataset prepare`."""
    return DatasetsView(data=[DatasetView.of(facts) for facts in catalogue.all()])
