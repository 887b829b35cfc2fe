"""Pictures from the terminal: submit, watch the bar, save the files."""

from app.painting.bar import ProgressBar, duration
from app.painting.files import (
    MEDIA_TYPE_OF_FORMAT,
    Format,
    Saving,
    require_readable,
    require_writable,
    save_result,
    write_file,
)
from app.painting.fitting import Fitting, picture_size
from app.painting.interruptions import ended_by_signals
from app.painting.many import Painted, Submitted, paint_all
from app.painting.one import paint, why_no_picture
from app.painting.recognition import pictures_among

__all__ = [
    "MEDIA_TYPE_OF_FORMAT",
    "Fitting",
    "Format",
    "Painted",
    "ProgressBar",
    "Saving",
    "Submitted",
    "duration",
    "ended_by_signals",
    "paint",
    "paint_all",
    "picture_size",
    "pictures_among",
    "require_readable",
    "require_writable",
    "save_result",
    "why_no_picture",
    "write_file",
]
