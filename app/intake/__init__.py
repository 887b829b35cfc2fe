"""What is accepted as a picture, and the clean copy of it that is stored.

Bytes of strangers come in; a plain 8-bit sRGB PNG without metadata goes out, of a mask
a grey one. Clips, clouds, and what a kind takes whatever it is, go out as they came.
Nothing here knows HTTP, jobs or stores.
"""

from app.intake.any_bytes import ANY_BYTES
from app.intake.aspect import require_same_aspect
from app.intake.inspection import inspect_picture, require_size
from app.intake.kept import LOOKS, NEVER_OPENED, Known, most_bytes
from app.intake.kinds import ImageKind
from app.intake.normalization import (
    NormalizedPicture,
    clean_picture,
    normalize_mask,
    normalize_picture,
)
from app.intake.packs import KeptPack, keep_pack
from app.intake.pointclouds import CloudRules, inspect_cloud, looks_like_cloud
from app.intake.rules import IntakeRules
from app.intake.videos import VideoRules, inspect_video

__all__ = [
    "ANY_BYTES",
    "LOOKS",
    "NEVER_OPENED",
    "CloudRules",
    "ImageKind",
    "IntakeRules",
    "KeptPack",
    "Known",
    "NormalizedPicture",
    "VideoRules",
    "clean_picture",
    "inspect_cloud",
    "inspect_picture",
    "inspect_video",
    "keep_pack",
    "looks_like_cloud",
    "most_bytes",
    "normalize_mask",
    "normalize_picture",
    "require_same_aspect",
    "require_size",
]
