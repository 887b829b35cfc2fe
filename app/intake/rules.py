"""The limits of a picture, and of what else is taken."""

from dataclasses import dataclass, field

from app.intake.kinds import ImageKind
from app.intake.pointclouds.rules import CloudRules
from app.intake.videos.rules import VideoRules

#: By so much more pixels may a kind have that takes less memory for each: a JPEG is
#: made small while it is decoded, and of a HEIC only the codec's own pixels exist.
_LIGHT = {ImageKind.JPEG: 1.6, ImageKind.HEIF: 1.6}


@dataclass(frozen=True, kw_only=True)
class IntakeRules:
    """What a picture may measure, and how large its stored copy becomes."""

    max_bytes: int = 20 * 2**20
    #: Of kinds that are decoded whole; see `max_pixels_of`.
    max_pixels: int = 40_000_000
    min_side_px: int = 32
    #: Long side over short side.
    max_aspect: float = 8.0
    #: Long side of the stored copy.
    stored_side_px: int = 2048
    video: VideoRules = field(default_factory=VideoRules)
    cloud: CloudRules = field(default_factory=CloudRules)

    def max_pixels_of(self, kind: ImageKind | None) -> int:
        """Return the most pixels of a kind; of any kind, if it is not known yet."""
        factor = max(_LIGHT.values()) if kind is None else _LIGHT.get(kind, 1.0)
        return int(factor * self.max_pixels)
