"""What kinds that paint in the manner of paintings have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


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
