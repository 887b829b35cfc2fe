"""The limits of a picture."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class IntakeRules:
    """What a picture may measure, and how large its stored copy becomes."""

    max_bytes: int = 20 * 2**20
    max_pixels: int = 40_000_000
    min_side_px: int = 32
    #: Long side over short side.
    max_aspect: float = 8.0
    #: Long side of the stored copy.
    stored_side_px: int = 2048
