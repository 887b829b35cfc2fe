"""What a clip is made from: a clip and paintings."""

from app.contract.kinds.image.limits import MAX_STYLES
from app.contract.kinds.image.slots import PACK
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
    Slot(
        name="style",
        noun="painting",
        description="The paintings: JPEG, PNG, WebP, HEIC or AVIF.",
        plural="styles",
        least=1,
        most=MAX_STYLES,
        from_library=True,
        library_field="style_id",
        missing="missing_style",
        too_many="too_many_styles",
    ),
    Slot(
        name=PACK,
        noun="pack",
        description="The k-th is the network that paints in the k-th painting.",
        plural="packs",
        medium=Medium.ANY,
        most=MAX_STYLES,
        comes_with="style",
    ),
)
