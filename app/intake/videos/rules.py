"""The limits of a clip."""

from dataclasses import dataclass

from app.contract.kinds.video import limits


@dataclass(frozen=True, kw_only=True)
class VideoRules:
    """What a clip may measure.

    Attributes:
        max_bytes: of the file.
        max_seconds: of its pictures.
        max_frames: likewise.
        max_pixels: of one frame.
        min_side_px: of one frame.
        max_aspect: long side over short side.
    """

    max_bytes: int = 512 * 2**20
    max_seconds: float = limits.MAX_SECONDS
    max_frames: int = limits.MAX_FRAMES
    max_pixels: int = limits.MAX_PIXELS
    min_side_px: int = limits.MIN_SIDE_PX
    max_aspect: float = limits.MAX_ASPECT
