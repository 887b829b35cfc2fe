"""A painting of the library: what a client may name instead of sending it."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: Longer names are nobody's; those of uploaded paintings are `sty_` and 32 digits.
_STYLE_ID = re.compile(r"[a-z0-9][a-z0-9_\-]{0,63}")


def is_style_id(text: str) -> bool:
    """Tell whether `text` has the form of a style's id."""
    return _STYLE_ID.fullmatch(text) is not None


class Style(BaseModel):
    """One painting of the library.

    Attributes:
        id: `starry_night` of one that came with the service, `sty_…` of an uploaded.
        sha256: of the normalized picture, as `Input.sha256`.
        width: of the normalized picture, in pixels.
        builtin: whether it came with the service.
        artist: who painted it, if known.
        license: under which the picture may be used, if known.
        source: where the picture was taken from, if known.
        created_at: when it was uploaded; None if it came with the service.
    """

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(examples=["starry_night"])]
    title: str
    sha256: str
    width: int
    height: int
    media_type: str = "image/png"
    builtin: bool = False
    artist: str | None = None
    license: str | None = None
    source: str | None = None
    created_at: datetime | None = None
