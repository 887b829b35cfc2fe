"""What is reported while a cloud is painted; it outlives the step that it tells of."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from worker.engine.painting.state import PaintingState
from worker.engine.pointcloud.result import PaintedCloud


@dataclass(frozen=True)
class CloudLosses:
    """Weighted losses of one view that add up to `total`."""

    total: float
    content: float
    style: float
    smoothness: float


@dataclass(frozen=True, kw_only=True)
class CloudStep:
    """One step of the optimization.

    Attributes:
        step: 1-based, over all scales.
        total_steps: likewise.
        scale: 1-based, from coarse to fine.
        total_scales: how many there are.
        side_px: of a view at this scale.
        view: that was painted, from 1.
        views_ready: whose operators are there.
        total_views: how many there are.
        fraction: of the work, 0 to 1.
        losses: of the view, before this step; None where nothing is optimized.
        elapsed_s: since the job began.
        is_last: whether the colours are the result.
        stopped_early: whether they are because somebody asked for an early end.
        picture: draws the view as it is.
        state: returns what the job can go on from; None if it takes seconds.
        result: of the last step, what was made.
    """

    step: int
    total_steps: int
    scale: int
    total_scales: int
    side_px: int
    view: int
    views_ready: int
    total_views: int
    fraction: float
    losses: CloudLosses | None
    elapsed_s: float
    is_last: bool
    stopped_early: bool
    picture: Callable[[], Image.Image]
    state: Callable[[], PaintingState] | None
    result: PaintedCloud | None = None
