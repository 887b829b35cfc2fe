"""What is accepted as a clip: kept as it came, once its header and packets are read.

Decoders of videos are large, and their bytes come from strangers: they run in a process
of their own (`probe`), which may not take what it likes. No numpy here, and no OpenCV.
"""

from app.intake.videos.inspection import inspect_video
from app.intake.videos.rules import VideoRules

__all__ = ["VideoRules", "inspect_video"]
