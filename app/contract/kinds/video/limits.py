"""Every bound of a clip and of its parameters."""

from app.contract.painting.choices import Preset

MIN_SIZE_PX = 64
MAX_SIZE_PX = 1920
MAX_SECONDS = 600.0
MAX_FRAMES = 18_000
#: Of a source's frame: 4K.
MAX_PIXELS = 8_300_000
MIN_SIDE_PX = 32
MAX_ASPECT = 8.0
MAX_KEYFRAME_INTERVAL = 10_000
#: Frames from one key to the next that they are carried to: in memory together.
MAX_PROPAGATED = 48
#: Optimizer steps of a frame that goes on from others, in place of a preset.
MAX_FRAME_STEPS = 1000
FRAME_STEPS_OF_PRESET = {Preset.DRAFT: 10, Preset.STANDARD: 15, Preset.HIGH: 30}
