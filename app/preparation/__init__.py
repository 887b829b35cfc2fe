"""Makes a data set out of anybody's pictures: clean, of one size, each once.

Files of strangers come in, as to the intake, whose rules and decoders hold; a folder
with pictures, their list and a report goes out. What it did it writes down as it goes,
so that it goes on where it was stopped, and does nothing where nothing changed. Knows
no HTTP and no training.
"""

from app.preparation.options import PrepareOptions, SetKind
from app.preparation.prepare import Outcome, PreparationError, prepare

__all__ = ["Outcome", "PreparationError", "PrepareOptions", "SetKind", "prepare"]
