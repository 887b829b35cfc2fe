"""What one picture, or a batch, is made from: values, replaced and never changed."""

import dataclasses
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from app.contract.painting.choices import LearningRateSchedule, Precision
from app.contract.painting.ladder import Rung, fit
from worker.engine.description import ALGORITHM
from worker.engine.features.extractor import InterruptionCheck
from worker.engine.hyperparameters import Hyperparameters
from worker.engine.images import fingerprint
from worker.engine.losses.objective import LossWeights
from worker.engine.machine.memory_plan import NetworkMemory
from worker.engine.options import StylizeOptions
from worker.engine.painting.colors import Palette
from worker.engine.painting.controls import CHANGEABLE_OPTIONS, Controls
from worker.engine.painting.state import PaintingState
from worker.engine.styles import Style

#: Of the style's long side: relu5_1 sees 1/16 of it.
_SMALLEST_STYLE_PX = 32
#: Part of the learning rate that a falling schedule ends with.
_LAST_RATE = 0.1
#: Above this long side strokes span more pixels, their neighbours differ less, and what
#: keeps single pixels in line grows with the side.
_SMOOTHED_PX = 512
#: Options that do not make a state another job's: changeable, or only a way to compute.
_NOT_OF_THE_JOB = (*CHANGEABLE_OPTIONS, "memory", "tile_px")


@dataclass(frozen=True, kw_only=True)
class Held:
    """Paint that a picture is held to: a frame's, of the frames before.

    Attributes:
        image: RGB, of the picture's aspect.
        shares: greyscale, white where it counts.
        weight: of the mean squared difference of colours, against the style loss.
    """

    image: Image.Image
    shares: Image.Image
    weight: float

    def fingerprint(self) -> str:
        """Return a hash of all of it."""
        return f"{fingerprint(self.image)} {fingerprint(self.shares)} {self.weight!r}"


@dataclass(frozen=True, kw_only=True)
class ContentAndStyles:
    """One picture to be made: a content and its paintings.

    Attributes:
        palette: the pictures as the network shall get them.
        styles: weights and masks; their images are the palette's.
        start_image: what to start from, if the options say so.
        keep_mask: greyscale, white where the photograph is kept.
        held: paint that it is held to.
    """

    palette: Palette
    styles: tuple[Style, ...]
    start_image: Image.Image | None = None
    keep_mask: Image.Image | None = None
    held: Held | None = None

    def fingerprint(self) -> str:
        """Return a hash of all its pixels, but for what may change: `styling`."""
        pictures = [self.palette.content_image, *self.palette.style_images]
        optional = [self.palette.colors_from, self.start_image, self.keep_mask]
        optional += [each.image_mask for each in self.styles]
        hashes = [fingerprint(each) for each in pictures]
        hashes += ["" if each is None else fingerprint(each) for each in optional]
        hashes += [] if self.held is None else [self.held.fingerprint()]
        return hashlib.sha256(" ".join(hashes).encode()).hexdigest()

    def styling(self) -> str:
        """Return a hash of its paintings' weights and masks."""
        words = [
            f"{style.weight} {style.mask and fingerprint(style.mask)}"
            for style in self.styles
        ]
        return hashlib.sha256(";".join(words).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be painted, and how.

    Attributes:
        batch: at least one; their rungs have one size.
        options: the user's choices.
        precision: of the network, never `AUTO`.
        rungs: the ladder.
        hyperparameters: weights and rates, adapted to the options.
        check_interruption: called every tenth of a second; may raise, to end the job.
        controls: changes while it runs.
        report_interval_s: wall time between reported steps.
        free_bytes: memory there is; None if nobody knows.
        memory: that the network takes.
        resume_from: a state to go on from.
    """

    batch: tuple[ContentAndStyles, ...]
    options: StylizeOptions
    precision: Precision
    rungs: tuple[Rung, ...]
    hyperparameters: Hyperparameters
    check_interruption: InterruptionCheck
    controls: Controls
    report_interval_s: float
    free_bytes: int | None = None
    memory: NetworkMemory = field(default_factory=NetworkMemory)
    resume_from: PaintingState | None = None

    @property
    def styling(self) -> str:
        """What a state must have been painted with besides."""
        return " ".join(inputs.styling() for inputs in self.batch)

    def fingerprint(self, network_key: str) -> str:
        """Return what a state must have been made from to be gone on from."""
        options = dataclasses.asdict(self.options)
        for name in _NOT_OF_THE_JOB:
            options.pop(name)
        rungs = [dataclasses.astuple(rung) for rung in self.rungs]
        rungs[-1] = rungs[-1][:2]  # without its steps, which may be changed
        hyperparameters = dataclasses.asdict(self.hyperparameters)
        del hyperparameters["learning_rate"]  # an option that may be changed
        # Half a picture of one version and half of another could not be made again.
        parts = [ALGORITHM, network_key, options, rungs, hyperparameters]
        parts += [inputs.fingerprint() for inputs in self.batch]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def style_size(style_image: Image.Image, rung: Rung, scale: float) -> tuple[int, int]:
    """Return a painting's (width, height) at a rung: its long side, never enlarged.

    So its strokes keep their size relative to the picture. It is not made smaller than
    the network can take in.
    """
    wanted_px = round(rung.scale_px * scale)
    largest_px = max(style_image.size)
    scale_px = min(max(wanted_px, _SMALLEST_STYLE_PX), largest_px)
    return fit(*style_image.size, scale_px)


def loss_weights(
    options: StylizeOptions,
    hyperparameters: Hyperparameters,
    rung: Rung,
    rungs: Sequence[Rung],
) -> LossWeights:
    """Return the factors of the losses: 8 strength^3 times the default factors."""
    style = (2 * options.style_strength) ** 3
    content = (2 * options.content_strength) ** 3 * hyperparameters.content_weight
    coarseness = rungs[-1].scale_px / rung.scale_px
    # It smooths paint, not photographs: without style, none.
    smoothing = style * options.total_variation * hyperparameters.total_variation_weight
    smoothing *= max(1.0, rung.scale_px / _SMOOTHED_PX)
    return LossWeights(
        content=content * coarseness**hyperparameters.coarse_content,
        style=style,
        total_variation=smoothing,
        strokes=style * hyperparameters.stroke_weight,
    )


def rate_factor(
    options: StylizeOptions, hyperparameters: Hyperparameters, done: float
) -> float:
    """Return what to multiply the optimizer's learning rate with.

    Args:
        options: may have been changed since the job began.
        hyperparameters: what the optimizer was made with.
        done: part of the rung's steps, 0 to 1.
    """
    wanted = options.learning_rate or hyperparameters.learning_rate
    falls = {
        LearningRateSchedule.CONSTANT: 1.0,
        LearningRateSchedule.LINEAR: 1 - done,
        LearningRateSchedule.COSINE: (1 + math.cos(math.pi * done)) / 2,
    }
    left = falls[options.learning_rate_schedule]
    return (
        wanted / hyperparameters.learning_rate * (_LAST_RATE + (1 - _LAST_RATE) * left)
    )
