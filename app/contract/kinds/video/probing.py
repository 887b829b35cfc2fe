"""What clips are read with, in the API and in a worker: limits, and words of refusal.

Each of the two reads in a process of its own, and neither is where the other is.
"""

from enum import StrEnum
from typing import Any

#: What FFmpeg may take a file for: no playlists, nothing that names other files.
FORMATS = "mov,matroska,avi,mpeg,mpegvideo,mpegts,gif,apng"
#: Of the process: its memory, and its processor time.
MOST_BYTES = 1024 * 2**20
MOST_S = 9


class Why(StrEnum):
    """Why a clip is refused, by the codes of problems."""

    UNREADABLE = "video_unreadable"
    UNSUPPORTED_CODEC = "video_unsupported_codec"
    TOO_LONG = "video_too_long"
    TOO_MANY_PIXELS = "video_too_many_pixels"
    TOO_SMALL = "video_too_small"


class Refused(ValueError):  # noqa: N818 - it is no fault of ours
    """A clip is not taken.

    Attributes:
        why: by its code.
        limit: what is allowed.
        actual: what came.
    """

    def __init__(
        self,
        why: Why,
        words: str,
        limit: float | None = None,
        actual: float | None = None,
    ) -> None:
        super().__init__(words)
        self.why = why
        self.limit = limit
        self.actual = actual

    def as_json(self) -> dict[str, Any]:  # Any: of mixed types
        """Return what `from_json` takes."""
        return {
            "why": self.why,
            "words": str(self),
            "limit": self.limit,
            "actual": self.actual,
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Refused":  # Any: as above
        """Return what another process refused."""
        return cls(Why(said["why"]), said["words"], said["limit"], said["actual"])
