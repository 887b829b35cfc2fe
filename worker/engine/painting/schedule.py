"""What each preset does with its steps; every number was chosen by looking.

The coarse rungs of the ladder lay out the style's large forms at little cost; the fine
ones only need enough steps to turn them into brush strokes.
"""

from dataclasses import dataclass

from worker.engine.choices import Preset


@dataclass(frozen=True)
class Schedule:
    """How a preset shares out its steps.

    Attributes:
        steps: of the optimizer, over all scales.
        coarsest_px: the ladder starts at the first scale that is at least this long.
        coarseness: steps of a rung divided by the steps of the next finer one.
        rungs_per_octave: 2 makes each rung sqrt(2) times as long as the last.
    """

    steps: int
    coarsest_px: int
    coarseness: float
    rungs_per_octave: int


SCHEDULES: dict[Preset, Schedule] = {
    Preset.DRAFT: Schedule(100, coarsest_px=120, coarseness=2.0, rungs_per_octave=1),
    Preset.STANDARD: Schedule(250, coarsest_px=120, coarseness=1.2, rungs_per_octave=2),
    Preset.HIGH: Schedule(800, coarsest_px=120, coarseness=1.2, rungs_per_octave=2),
}
