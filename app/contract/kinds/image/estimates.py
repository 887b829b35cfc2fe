"""What is asked before a picture is sent: what would it take?"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.contract.kinds.image.limits import MAX_STYLES
from app.contract.kinds.image.parameters import StyleTransferParameters


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
        StyleTransferParameters, Field(description="As in a submission.")
    ] = StyleTransferParameters()
    styles: Annotated[
        int | None,
        Field(
            ge=1,
            le=MAX_STYLES,
            description="How many paintings; 1 or as many as there are "
            "`style_weights` if left out.",
        ),
    ] = None
