"""A stored file in another media type: what a client likes better than what is kept."""

from app.renditions.pictures import (
    DEFAULT_QUALITY,
    PictureFormat,
    Rendition,
    Transcoder,
    media_types_of,
    small_copy,
)

__all__ = [
    "DEFAULT_QUALITY",
    "PictureFormat",
    "Rendition",
    "Transcoder",
    "media_types_of",
    "small_copy",
]
