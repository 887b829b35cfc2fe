"""What is asked before a picture is sent: what would it take?"""

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from app.contract.engines import sent_model
from app.contract.inputs import Input, Inputs, input_name
from app.contract.kinds.image.engines import ENGINES
from app.contract.kinds.image.fast import FastParameters
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import Keep, Start
from app.contract.painting.limits import MAX_STYLES


def _params(value: object) -> BaseModel:
    if isinstance(value, BaseModel):
        return value
    model = sent_model(ENGINES, value, StyleTransferParameters)
    return model.model_validate_json(json.dumps(value), strict=True)


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
        # A union's own errors would name its parts in the place of fields.
        PlainValidator(
            _params, json_schema_input_type=StyleTransferParameters | FastParameters
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
    params, unknown = asked.params, Input(media_type="", sha256="")
    weights = params.style_weights
    styles = asked.styles or (1 if weights is None else max(1, len(weights)))
    facts = {"width": asked.width, "height": asked.height}
    names = [input_name("style", number) for number in range(styles)]
    if isinstance(params, StyleTransferParameters) and params.start is Start.IMAGE:
        names.append("init")
    if params.keep is Keep.MASK:
        names.append("keep_mask")
    content = unknown.model_copy(update={"facts": facts})
    return params, {"content": content, **dict.fromkeys(names, unknown)}
