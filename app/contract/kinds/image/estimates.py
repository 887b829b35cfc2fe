"""What is asked before a picture is sent: what would it take?"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from app.contract.engines import reading
from app.contract.inputs import Facts, Inputs
from app.contract.kinds.image.engines import ENGINES
from app.contract.kinds.image.fast import FastParameters
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import Keep, Start
from app.contract.painting.estimates import planned_inputs, styles_of
from app.contract.painting.limits import MAX_STYLES


class EstimateRequest(BaseModel):
    """A job that might be submitted; its pictures are not needed yet."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"width": 1600, "height": 1200, "params": {"preset": "high"}},
            ]
        },
    )

    width: Annotated[int, Field(ge=1, description="Of the photograph, in pixels.")]
    height: Annotated[int, Field(ge=1, description="Of the photograph, in pixels.")]
    params: Annotated[
        StyleTransferParameters | FastParameters,
        PlainValidator(
            reading(ENGINES, StyleTransferParameters),
            json_schema_input_type=StyleTransferParameters | FastParameters,
        ),
        Field(
            default_factory=StyleTransferParameters, description="As in a submission."
        ),
    ]
    styles: Annotated[
        int | None,
        Field(
            ge=1,
            le=MAX_STYLES,
            description="How many paintings; 1 or as many as there are "
            "`style_weights` if left out.",
        ),
    ] = None


def planned(
    asked: EstimateRequest,
) -> tuple[StyleTransferParameters | FastParameters, Inputs]:
    """Return the parameters, the photograph's size, and so many paintings."""
    params = asked.params
    facts: Facts = {"width": asked.width, "height": asked.height}
    further = []
    if isinstance(params, StyleTransferParameters) and params.start is Start.IMAGE:
        further.append("init")
    if params.keep is Keep.MASK:
        further.append("keep_mask")
    styles = asked.styles or styles_of(params.style_weights)
    return params, planned_inputs(facts, styles, *further)
