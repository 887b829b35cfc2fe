"""What is told to learn what a cloud would take."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.contract.inputs import Facts, Inputs
from app.contract.kinds.pointcloud.limits import MAX_POINTS, MIN_POINTS
from app.contract.kinds.pointcloud.parameters import CloudParameters
from app.contract.painting.estimates import planned_inputs, styles_of
from app.contract.painting.limits import MAX_STYLES


class CloudEstimateRequest(BaseModel):
    """A cloud that might be submitted; its file is not needed yet."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "pointcloud",
                    "points": 200_000,
                    "gaussians": True,
                    "params": {"views": 16},
                }
            ]
        },
    )

    points: Annotated[
        int, Field(ge=MIN_POINTS, le=MAX_POINTS, description="Or Gaussians.")
    ]
    gaussians: Annotated[
        bool, Field(description="Whether they are Gaussian splats.")
    ] = False
    params: Annotated[
        CloudParameters,
        Field(default_factory=CloudParameters, description="As in a submission."),
    ]
    styles: Annotated[
        int, Field(ge=1, le=MAX_STYLES, description="How many paintings.")
    ] = 1


def planned(asked: CloudEstimateRequest) -> tuple[CloudParameters, Inputs]:
    """Return the parameters, the cloud's facts, and so many paintings."""
    facts: Facts = {"points": asked.points, "gaussians": asked.gaussians}
    styles = styles_of(asked.params.style_weights, asked.styles)
    return asked.params, planned_inputs(facts, styles)
