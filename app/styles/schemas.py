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
    artist: str | None
    license: Annotated[str | None, Field(examples=["CC0-1.0"])]
    source: str | None
    sha256: Annotated[str, Field(description="Of the normalized picture.")]
    width: int
    height: int
    builtin: Annotated[bool, Field(description="Whether it came with the service.")]
    created_at: datetime | None
    image_url: str
    thumbnail_url: str

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
    next_cursor: str | None
