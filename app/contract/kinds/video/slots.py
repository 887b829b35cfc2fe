"""What a clip is made from: a clip and paintings."""

from app.contract.painting.slots import PACKS, STYLES
from app.contract.slots import Medium, Slot

_ENDINGS = (
    *(".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".avi"),
    *(".mpg", ".mpeg", ".ts", ".m2ts", ".gif", ".apng"),
)
SLOTS = (
    Slot(
        name="content",
        noun="video",
        description="The clip: MP4, MOV, WebM, Matroska, AVI, MPEG, GIF or animated "
        "PNG.",
        medium=Medium.VIDEO,
        least=1,
        missing="missing_content",
        endings=_ENDINGS,
    ),
    STYLES,
    PACKS,
)
