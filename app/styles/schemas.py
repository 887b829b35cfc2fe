"""A style as clients see it."""

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


class PackView(BaseModel):
    """The small network that paints in a style."""

    sha256: Annotated[str, Field(description="Of the file.")]
    bytes: Annotated[int, Field(description="Of the file.")]
    network: Annotated[str, Field(examples=["multistyle"])]
    license: Annotated[str, Field(description="Of its numbers, as it says.")]
    origin: Annotated[str, Field(description="Who made it, as it says.")]
    judgement: Annotated[
        dict[str, float], Field(description="The judge's numbers, as it says.")
    ]
    trained_by: Annotated[
        str | None, Field(description="The job that made it, if one of this service.")
    ]
    url: Annotated[
        str, Field(description="The file; with `Accept: application/onnx` as ONNX.")
    ]


class StyleView(BaseModel):
    """One style of the library."""

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
    pack: Annotated[
        PackView | None,
        Field(description="The network that paints in it; null if there is none."),
    ]
    paintable: Annotated[
        bool,
        Field(
            description="Whether the picture is the painting; else it is a sample of "
            "what the pack paints, and only engine=fast can paint in this style."
        ),
    ]

    @classmethod
    def of(cls, style: Style, origin: str) -> Self:
        """Return the view of a style for a client that reaches us at `origin`."""
        url = f"{origin}/v1/styles/{style.id}"
        image_url, pack = f"{url}/image", style.pack
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
            pack=pack and PackView(**pack.model_dump(), url=f"{url}/pack"),
            paintable=style.paintable,
        )


class StyleList(BaseModel):
    """Paintings: those that came with the service first."""

    data: list[StyleView]
    next_cursor: Annotated[
        str | None, Field(description="Where the next page begins; null at the end.")
    ]
