"""Pictures in one pass of a small network, without any optimization.

Two networks that others trained: one with 26 styles of its own, and one that takes its
style from any painting. Knows colours, masks and the judge's report; neither VGG nor
the optimizers.
"""

from app.contract.packs.info import PackInfo
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.options import FastOptions
from worker.engine.feedforward.packs import Pack, PackError
from worker.engine.feedforward.start import QUICK_STEPS, quick_options, start_image
from worker.engine.feedforward.styles import FastStyle

__all__ = [
    "QUICK_STEPS",
    "FastEngine",
    "FastOptions",
    "FastStyle",
    "Pack",
    "PackError",
    "PackInfo",
    "quick_options",
    "start_image",
]
