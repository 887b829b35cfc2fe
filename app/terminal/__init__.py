"""Pictures from the terminal: submit, watch the bar, save the files."""

from app.terminal.bar import ProgressBar, duration
from app.terminal.files import (
    MEDIA_TYPE_OF_FORMAT,
    Format,
    Saving,
    require_readable,
    require_writable,
    save_result,
    write_file,
)
from app.terminal.fitting import Fitting, picture_size
from app.terminal.interruptions import ended_by_signals
from app.terminal.many import Painted, Submitted, paint_all
from app.terminal.one import paint, why_no_picture
from app.terminal.recognition import pictures_among

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
