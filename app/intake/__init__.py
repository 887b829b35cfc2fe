"""What is accepted as a picture, and the clean copy of it that is stored.

Bytes of strangers come in; a plain 8-bit sRGB PNG without metadata goes out, of a mask
a grey one. What a kind takes whatever it is goes out as it came. Nothing here knows
HTTP, jobs or stores.
"""

from app.intake.any_bytes import ANY_BYTES, KeptBytes, inspect_bytes, keep_bytes
from app.intake.aspect import require_same_aspect
from app.intake.inspection import inspect_picture, require_size
from app.intake.kinds import ImageKind
from app.intake.normalization import (
    NormalizedPicture,
    clean_picture,
    normalize_mask,
    normalize_picture,
)
from app.intake.packs import KeptPack, keep_pack
from app.intake.rules import IntakeRules

__all__ = [
    "ANY_BYTES",
    "ImageKind",
    "IntakeRules",
    "KeptBytes",
    "KeptPack",
    "NormalizedPicture",
    "clean_picture",
    "inspect_bytes",
    "inspect_picture",
    "keep_bytes",
    "keep_pack",
    "normalize_mask",
    "normalize_picture",
    "require_same_aspect",
    "require_size",
]
