"""What kinds that paint in the manner of paintings have in common."""

from typing import Annotated

from pydantic import Field

from app.contract.views.kinds import View


class InputImage(View):
    """One accepted picture; `sha256` is of the normalized file, its blob's name."""

    sha256: Annotated[str, Field(description="Of the normalized picture.")]
    width: Annotated[int, Field(description="In pixels.")]
    height: Annotated[int, Field(description="In pixels.")]
    media_type: Annotated[str, Field(description="Of the normalized picture.")]
    style_id: Annotated[
        str | None, Field(description="If it came from the library.")
    ] = None


class InputPack(View):
    """The network that paints in a style of the library."""

    sha256: Annotated[str, Field(description="Of the pack.")]
    bytes: Annotated[int, Field(description="Of the pack.")]
    media_type: Annotated[str, Field(description="Of the pack.")]
    style_id: Annotated[str | None, Field(description="Whose it is.")] = None
