"""A painting as clients see it."""

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from app.contract.styles import Style


class ThumbnailSide(IntEnum):
    """Long sides that a thumbnail may have, in pixels."""

    SMALL = 160
    USUAL = 320
    LARGE = 640


class StyleView(BaseModel):
    """One painting of the library."""

    id: Annotated[str, Field(examples=["starry_night"])]
    object: Literal["style"] = "style"
    title: Annotated[str, Field(examples=["Swirls over a river town at night"])]
    artist: Annotated[str | None, Field(description="Who made it, if that is known.")]
    license: Annotated[str | None, Field(examples=["CC0-1.0"])]
    source: Annotated[str | None, Field(description="Where it comes from.")]
    sha256: Annotated[str, Field(description="Of the normalized picture.")]
    width: Annotated[int, Field(description="In pixels.")]
    height: Annotated[int, Field(description="In pixels.")]
    builtin: Annotated[bool, Field(description="Whether it came with the service.")]
    created_at: Annotated[
        datetime | None,
        Field(description="When it was added; null if it came with the service."),
    ]
    image_url: Annotated[str, Field(description="The whole picture.")]
    thumbnail_url: Annotated[str, Field(description="A small JPEG.")]

    @classmethod
    def of(cls, style: Style, origin: str) -> Self:
        """Return the view of a painting for a client that reaches us at `origin`."""
        image_url = f"{origin}/v1/styles/{style.id}/image"
        return cls(
            id=style.id,
            title=style.title,
            artist=style.artist,
            license=style.license,
            source=style.source,
            sha256=style.sha256,
            width=style.width,
            height=style.height,
            builtin=style.builtin,
            created_at=style.created_at,
            image_url=image_url,
            thumbnail_url=f"{image_url}?size={ThumbnailSide.USUAL:d}",
        )


class StyleList(BaseModel):
    """Paintings: those that came with the service first."""

    data: list[StyleView]
    next_cursor: Annotated[
        str | None, Field(description="Where the next page begins; null at the end.")
    ]
