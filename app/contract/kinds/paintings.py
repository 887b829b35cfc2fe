"""What kinds that paint in the manner of paintings have in common."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.contract.refused_params import RefusedParams
from app.contract.slots import count_of


class InputPainting(BaseModel):
    """One accepted painting, as it is shown."""

    model_config = ConfigDict(frozen=True)

    sha256: Annotated[str, Field(description="Of the normalized picture.")]
    width: Annotated[int, Field(description="In pixels.")]
    height: Annotated[int, Field(description="In pixels.")]
    media_type: Annotated[str, Field(description="Of the normalized picture.")]
    style_id: Annotated[
        str | None, Field(description="If it came from the library.")
    ] = None


class InputPack(BaseModel):
    """The network that paints in a style of the library."""

    model_config = ConfigDict(frozen=True)

    sha256: Annotated[str, Field(description="Of the pack.")]
    bytes: Annotated[int, Field(description="Of the pack.")]
    media_type: Annotated[str, Field(description="Of the pack.")]
    style_id: Annotated[str | None, Field(description="Whose it is.")] = None


def require_weight_each(
    weights: Sequence[float] | None,
    names: Iterable[str],
    pointer: str = "/params/style_weights",
) -> None:
    """Raise RefusedParams unless there is one weight for each painting, or none."""
    styles = count_of("style", names)
    if weights is not None and len(weights) != styles:
        raise RefusedParams(
            pointer,
            f"The number of weights is {len(weights)}, that of paintings is {styles}.",
            "style_weights_mismatch",
            styles,
            len(weights),
        )
