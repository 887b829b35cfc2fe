"""The engines of clips, and the only list of them."""

from app.contract.engines import Engines
from app.contract.kinds.video.parameters import (
    OptimizedVideoParameters,
    VideoParameters,
)

ENGINES: Engines = {"fast": VideoParameters, "optimize": OptimizedVideoParameters}
