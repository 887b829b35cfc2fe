"""The resident engine: one network, many pictures, nothing left in between."""

import logging
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from . import device as devices
from .backbones.vgg import Vgg19
from .colors import mix_palette
from .errors import EngineError, Interrupted, OutOfMemoryError
from .images import upright_rgb
from .job import Job, paint
from .options import StylizeOptions
from .recipe import RECIPE, Recipe
from .scales import ladder
from .schedule import SCHEDULES
from .step import Step
from .style_cache import StyleCache
from .weights import load_weights

logger = logging.getLogger(__name__)

#: Raised by whoever changes the pictures that equal inputs give.
ALGORITHM = "impasto-wasserstein@1"
#: Below this a picture has no texture to speak of.
MIN_INPUT_SIDE_PX = 32
#: About five styles at five scales each, 6 MB an entry.
_REMEMBERED_STYLES = 24


@dataclass(frozen=True)
class EngineDescription:
    """What a picture depends on besides its inputs and options."""

    algorithm: str
    weights_sha256: str
    device: str
    precision: str
    threads: int
    torch: str
    deterministic: bool


class StyleEngine:
    """VGG19, resident, ready to paint. Made by `load`.

    Args:
        network: the eye.
        compute: the device and precision it was made for.
        weights_sha256: of its weights.
        recipe: the numbers behind the look.
    """

    def __init__(
        self,
        network: Vgg19,
        compute: devices.Compute,
        weights_sha256: str,
        recipe: Recipe = RECIPE,
    ) -> None:
        self._network = network
        self._compute = compute
        self._weights_sha256 = weights_sha256
        self._recipe = recipe
        self._style_cache = StyleCache(_REMEMBERED_STYLES)

    @classmethod
    def load(
        cls,
        device: str = "auto",
        precision: str = "auto",
        cache_dir: Path | str | None = None,
        threads: int | None = None,
    ) -> "StyleEngine":
        """Read the network's weights once, for as many pictures as are wanted.

        Args:
            device: "auto", "cpu", "cuda" or "cuda:<index>".
            precision: "auto", "float32" or "bfloat16"; of the convolutions only.
            cache_dir: where decoded weights are kept; the user's cache by default.
            threads: of the CPU; torch's own choice by default.

        Raises:
            WeightsError: the weights are missing or not the ones we know.
            EngineError: there is no such device.
            ValueError: no such choice.
        """
        started_s = time.monotonic()
        compute = devices.choose(device, precision)
        if threads is not None:
            devices.use_threads(threads)
        devices.keep_freed_memory()
        weights = load_weights(Path(cache_dir) if cache_dir else None)
        network = Vgg19(
            weights.tensors,
            deepest=RECIPE.deepest,
            dtype=compute.dtype,
            device=compute.device,
        )
        engine = cls(network, compute, weights.sha256)
        logger.info(
            "engine_loaded seconds=%.2f %s",
            time.monotonic() - started_s,
            engine.describe(),
        )
        return engine

    def describe(self) -> EngineDescription:
        """Return what a picture depends on besides its inputs and options."""
        return EngineDescription(
            algorithm=ALGORITHM,
            weights_sha256=self._weights_sha256,
            device=str(self._compute.device),
            precision=self._compute.precision.value,
            threads=torch.get_num_threads(),
            torch=torch.__version__,
            # On CUDA convolutions and pooling add up in any order.
            deterministic=self._compute.device.type == "cpu",
        )

    def stylize(
        self,
        content_image: Image.Image,
        style_image: Image.Image,
        options: StylizeOptions,
        *,
        stop: threading.Event | None = None,
        report_interval_s: float = 0.25,
    ) -> Iterator[Step]:
        """Repaint the content in the manner of the style, step by step.

        Closing the generator, or letting go of it, frees everything the job held.

        Args:
            content_image: at least `MIN_INPUT_SIDE_PX` on each side.
            style_image: likewise.
            options: the choices for this picture.
            stop: set it from another thread and the computation ends within a second.
            report_interval_s: wall time between steps that are yielded; 0 yields all.
                The first and the last step of each scale always come. How often it
                yields does not change the picture.

        Yields:
            Steps; the last one's `picture()` is the result.

        Raises:
            ValueError: an image is too small.
            Interrupted: `stop` was set.
            NumericalDivergenceError: the losses are not finite.
            OutOfMemoryError: the device has not enough memory for this size.
        """
        job = self._job(
            content_image,
            style_image,
            options,
            stop or threading.Event(),
            report_interval_s,
        )
        return self._guarded(job)

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory held during the last job, None if unknown.

        On CUDA that of the device, else that of the whole process, weights included.
        """
        return devices.peak_memory_bytes(self._compute.device)

    def _job(
        self,
        content_image: Image.Image,
        style_image: Image.Image,
        options: StylizeOptions,
        stop: threading.Event,
        report_interval_s: float,
    ) -> Job:
        for name, image in (("content", content_image), ("style", style_image)):
            if min(image.size) < MIN_INPUT_SIDE_PX:
                raise ValueError(
                    f"the {name} image is {image.width} x {image.height} px, must be "
                    f"at least {MIN_INPUT_SIDE_PX} px on each side"
                )
        content_image = upright_rgb(content_image)
        schedule = SCHEDULES[options.preset]
        steps = options.steps or schedule.steps
        if options.style_strength == 0:
            steps = 1  # the content comes back: there is nothing to optimize
        rungs = ladder(*content_image.size, options.size_px, schedule, steps)
        return Job(
            palette=mix_palette(content_image, upright_rgb(style_image), options.color),
            options=options,
            rungs=rungs,
            recipe=self._recipe,
            stop=stop,
            report_interval_s=report_interval_s,
        )

    def _guarded(self, job: Job) -> Iterator[Step]:
        """Paint; whatever is raised holds no tensors, however long it is kept."""
        devices.reset_peak_memory(self._compute.device)
        try:
            yield from paint(job, self._network, self._style_cache)
        except (EngineError, Interrupted, RuntimeError, MemoryError) as error:
            # A kept exception keeps its frames, and those hold the job's tensors.
            traceback.clear_frames(error.__traceback__)
            failure = _translated(error).with_traceback(None)
            failure.__context__ = None
        else:
            return
        finally:
            devices.release_freed_memory()
        raise failure


def _translated(error: Exception) -> Exception:
    """Return torch's ways to say that memory is short as one error of ours."""
    short = isinstance(error, torch.OutOfMemoryError | MemoryError)
    if short or "can't allocate memory" in str(error):
        return OutOfMemoryError(
            "the device has not enough memory for this picture: ask for a smaller size"
        )
    return error
