"""A step of the engine in the contract's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from PIL import Image

from app.contract.artifacts import RESULT
from app.contract.painting.choices import KEEP_FILE
from app.contract.updates import Update
from worker.engine import Step
from worker.engine.keep import Kept
from worker.runners.pictures import png_file, small_jpeg
from worker.runners.runner import FinishedFile, Jpeg


@dataclass(frozen=True)
class ImageTick:
    """Implements the port's `Tick`."""

    step: Step
    #: What was found to be kept; None if nothing was looked for.
    kept: Kept | None = None

    @property
    def update(self) -> Update:
        """How far the picture is."""
        step = self.step
        return Update(
            fraction=step.fraction,
            step=step.step,
            total_steps=step.total_steps,
            stage=step.scale,
            total_stages=step.total_scales,
            metrics={
                "total": step.losses.total,
                "content": step.losses.content,
                "style": step.losses.style,
                "tv": step.losses.total_variation,
            },
            details={"width": step.width_px, "height": step.height_px},
            elapsed_seconds=step.elapsed_s,
            updated_at=datetime.now(UTC),
        )

    @property
    def is_last(self) -> bool:
        """Whether the picture is the result."""
        return self.step.is_last

    @property
    def stopped_early(self) -> bool:
        """Whether it is because somebody asked for an early end."""
        return self.step.stopped_early

    def preview(self) -> Callable[[], Jpeg]:
        """Return what encodes the pastiche as it is."""
        return partial(small_jpeg, self.step.picture())

    def state(self) -> Callable[[], bytes]:
        """Return what encodes where the optimization stands."""
        return self.step.state().to_bytes

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return the picture as a PNG, and what was kept of the photograph."""
        return _with_mask(finished_picture(self.step.picture()), self.kept)


@dataclass(frozen=True)
class FastTick:
    """Implements the port's `Tick`: before or after the only pass of a picture.

    Attributes:
        width: of the result, in pixels.
        height: likewise.
        elapsed_s: since the pass was begun.
        picture: that was made; None before.
        kept: what was found to be kept; None if nothing was looked for.
    """

    width: int
    height: int
    elapsed_s: float = 0.0
    picture: Image.Image | None = None
    kept: Kept | None = None
    stopped_early: bool = False

    @property
    def is_last(self) -> bool:
        """Whether the picture is there."""
        return self.picture is not None

    @property
    def update(self) -> Update:
        """Whether it is done."""
        done = int(self.is_last)
        return Update(
            fraction=done,
            step=done,
            total_steps=1,
            details={"width": self.width, "height": self.height},
            elapsed_seconds=self.elapsed_s,
            updated_at=datetime.now(UTC),
        )

    def preview(self) -> None:
        """Show nothing: the result is there."""

    def state(self) -> None:
        """Keep nothing: there is nothing to go on with."""

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return the picture as a PNG, and what was kept of the photograph."""
        if self.picture is None:
            return {}
        return _with_mask(finished_picture(self.picture), self.kept)


@dataclass(frozen=True)
class StartTick:
    """Implements the port's `Tick`: the picture that an optimization starts from.

    Attributes:
        picture: of the fast engine.
        total_steps: that will follow.
    """

    picture: Image.Image
    total_steps: int
    is_last: bool = False
    stopped_early: bool = False

    @property
    def update(self) -> Update:
        """Nothing is done yet."""
        width, height = self.picture.size
        return Update(
            fraction=0,
            step=0,
            total_steps=self.total_steps,
            details={"width": width, "height": height},
            elapsed_seconds=0.0,
            updated_at=datetime.now(UTC),
        )

    def preview(self) -> Callable[[], Jpeg]:
        """Return what encodes the picture."""
        return partial(small_jpeg, self.picture.copy())

    def state(self) -> None:
        """Keep nothing: the picture is soon made again."""

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return nothing: it is no result."""
        return {}


def finished_picture(picture: Image.Image) -> Mapping[str, FinishedFile]:
    """Return the files of a job whose result is a picture."""
    return {RESULT: png_file(picture)}


def _with_mask(
    made: Mapping[str, FinishedFile], kept: Kept | None
) -> Mapping[str, FinishedFile]:
    """Return the files, with that of what was kept."""
    if kept is None:
        return made
    result = made[RESULT]
    facts = {**result.facts, "keep_found": kept.count}
    return {
        **made,
        RESULT: replace(result, facts=facts),
        KEEP_FILE: png_file(kept.mask),
    }
