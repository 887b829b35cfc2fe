"""The fast engine: pictures in, a picture out, in one pass or two.

Nothing is drawn at random and nothing of one picture is left for the next but what is
known of paintings and packs.
"""

import dataclasses
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from app.contract.packs.architectures import (
    ARCHITECTURES,
    ArchitectureName,
)
from app.contract.painting.choices import FastNetwork
from app.contract.painting.ladder import fit
from app.contract.painting.limits import MAX_SIZE_PX
from worker.engine.description import EngineDescription
from worker.engine.features.extractor import InterruptionCheck, uninterrupted
from worker.engine.features.weights.vgg_weights import digest
from worker.engine.feedforward.builtin import MULTISTYLE_INFO, painting_info
from worker.engine.feedforward.finish import colored, resized, with_kept
from worker.engine.feedforward.normalization import Condition
from worker.engine.feedforward.options import FastOptions
from worker.engine.feedforward.packs import Pack
from worker.engine.feedforward.paintings import PaintingReader
from worker.engine.feedforward.repaint import Repainter
from worker.engine.feedforward.styles import (
    FastStyle,
    passes,
    require_styles,
)
from worker.engine.feedforward.weights import (
    ArbitraryWeights,
    MultistyleWeights,
    load_arbitrary,
    load_multistyle,
)
from worker.engine.images import to_picture, to_tensor, upright_rgb
from worker.engine.keep import KeepFinder
from worker.engine.machine import device as devices
from worker.engine.machine.error_boundary import error_boundary
from worker.engine.painting.content_and_styles import (
    require_large_enough,
    require_mask,
)

logger = logging.getLogger(__name__)

#: Raised when equal options give another picture.
ALGORITHM = "impasto-fast@3"
_LEAST_WORKING_PX = 32


class FastEngine:
    """Networks, resident, that repaint a picture in one pass. Made by `load`.

    Args:
        multistyle: of the network with 26 styles.
        arbitrary: of the network for any painting.
        device: where they compute.
        cache_dir: of the networks that find people; the user's cache by default.
    """

    def __init__(
        self,
        multistyle: MultistyleWeights,
        arbitrary: ArbitraryWeights,
        device: torch.device,
        cache_dir: Path | str | None = None,
    ) -> None:
        self._multistyle = multistyle
        self._arbitrary = arbitrary
        #: That of packs made from paintings, so that both are mixed as one.
        self._arbitrary_key = digest(arbitrary.kernels)
        self._device = device
        self._reader = PaintingReader(arbitrary, device)
        self.finder = KeepFinder(cache_dir)
        self._repainter = Repainter(device)

    @classmethod
    def load(
        cls,
        *,
        device: str = "auto",
        cache_dir: Path | str | None = None,
        threads: int | None = None,
    ) -> "FastEngine":
        """Read both networks' weights, for as many pictures as are wanted.

        Args:
            device: "auto", "cpu", "cuda" or "cuda:<index>".
            cache_dir: where converted weights are kept; the user's cache by default.
            threads: of the CPU, at most a core each; torch's own choice by default.

        Raises:
            WeightsError: the weights are missing or not the ones we know.
            EngineError: there is no such device.
        """
        began_s = time.monotonic()
        compute = devices.choose(device, "float32")
        devices.use_threads(threads)
        devices.keep_freed_memory()
        folder = Path(cache_dir) if cache_dir else None
        weights = load_multistyle(folder), load_arbitrary(folder)
        engine = cls(*weights, compute.device, folder)
        logger.info("fast_engine_loaded seconds=%.2f", time.monotonic() - began_s)
        return engine

    def describe(self) -> EngineDescription:
        """Return what a picture by the network for any painting depends on besides."""
        return EngineDescription(
            algorithm=ALGORITHM,
            network=ArchitectureName.ARBITRARY,
            weights_sha256=self._arbitrary.sha256,
            device=str(self._device),
            precision="float32",
            convolutions="torch",
            threads=torch.get_num_threads(),
            torch=torch.__version__,
            # On CUDA convolutions add up in any order.
            deterministic=self._device.type == "cpu",
        )

    def memory(self) -> tuple[int | None, int | None]:
        """Return the bytes that the device has, and those that are free, if known."""
        free_bytes = devices.free_memory_bytes(self._device)
        return devices.total_memory_bytes(self._device), free_bytes

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory held during the last picture, None if unknown."""
        return devices.peak_memory_bytes(self._device)

    def builtin(self, number: int, name: str | None = None) -> Pack:
        """Return one of the 26 styles that came with the network, from 0.

        Args:
            number: of the style.
            name: what to call it; its number if left out.

        Raises:
            ValueError: there is no such style.
        """
        count = next(iter(self._multistyle.styles.values())).shape[0]
        if not 0 <= number < count:
            raise ValueError(f"built-in style is {number}, must be 0 to {count - 1}")
        rows = {name: each[number] for name, each in self._multistyle.styles.items()}
        info = dataclasses.replace(MULTISTYLE_INFO, name=name or f"built-in {number}")
        kernels = self._multistyle.kernels
        return Pack(ArchitectureName.MULTISTYLE, kernels, rows, info)

    def pack_of(self, painting: Image.Image, name: str) -> Pack:
        """Return a painting's style as a pack of its own."""
        require_large_enough("style", painting)
        condition = {
            each: values.cpu()
            for each, values in self._reader.condition(painting).items()
        }
        kernels = self._arbitrary.kernels
        return Pack(ArchitectureName.ARBITRARY, kernels, condition, painting_info(name))

    def stylize(
        self,
        content_image: Image.Image,
        styles: Image.Image | Sequence[FastStyle],
        options: FastOptions | None = None,
        *,
        keep_mask: Image.Image | None = None,
        check: InterruptionCheck = uninterrupted,
    ) -> Image.Image:
        """Return the content repainted in the styles, RGB.

        Args:
            content_image: at least 32 px on each side.
            styles: a painting, or up to four styles with weights and masks.
            options: the choices for this picture.
            keep_mask: what of the content is kept (`KeepFinder.mask`).
            check: called many times a second; what it raises ends the work.

        Raises:
            ValueError: an image is too small, does not fit its mask, or a style lacks
                what the options ask for.
            NumericalDivergenceError: a pack's numbers overflow.
            OutOfMemoryError: the device has not enough memory for this size.
            WeightsError: the network that finds what is kept is not here.
        """
        options = options or FastOptions()
        if isinstance(styles, Image.Image):
            styles = (FastStyle(image=styles),)
        require_styles(styles)
        devices.reset_peak_memory(self._device)
        require_large_enough("content", content_image)
        content_image = upright_rgb(content_image)
        for style in styles:
            require_mask("content", content_image, style.mask)

        kept = self.finder.mask(content_image, options.keep, keep_mask)
        require_mask("content", content_image, kept)
        steps = self._pictures(content_image, styles, options, kept, check)
        (picture,) = error_boundary(steps, self._device)
        return picture

    @torch.no_grad()
    def _pictures(
        self,
        content_image: Image.Image,
        styles: Sequence[FastStyle],
        options: FastOptions,
        kept: Image.Image | None,
        check: InterruptionCheck,
    ) -> Iterator[Image.Image]:
        """Yield the picture; a generator, so that errors leave no tensors behind."""
        conditions = [self._condition(style, options.network) for style in styles]
        photograph = self._tensor(content_image, options.size_px)
        if options.style_strength == 0:
            yield to_picture(photograph)
            return
        asked_px = round(options.size_px / options.style_scale)
        working_px = min(max(_LEAST_WORKING_PX, asked_px), MAX_SIZE_PX)
        image = photograph
        if working_px != options.size_px:
            image = self._tensor(content_image, working_px)
        height_px, width_px = image.shape[2:]
        work = passes(styles, conditions, width_px, height_px)
        image = self._repainter.repainted(image, work, options.style_strength, check)
        image = resized(image, photograph)
        image = colored(image, photograph, options.color)
        image = with_kept(image, photograph, kept, options.keep_strength)
        share = min(1.0, 2 * options.style_strength)
        yield to_picture(photograph.lerp_(image, share))

    def _tensor(self, picture: Image.Image, size_px: int) -> Tensor:
        size = fit(*picture.size, size_px)
        return to_tensor(picture, *size).to(self._device)

    def _condition(
        self, style: FastStyle, network: FastNetwork
    ) -> tuple[str, Condition]:
        """Return the key of the style's network, made resident, and its condition."""
        pack, image = style.pack, style.image
        if network is not FastNetwork.ARBITRARY and pack is not None:
            key = self._repainter.hold(pack.network_key, pack.shape, pack.kernels)
            return key, {k: v.to(self._device) for k, v in pack.condition.items()}
        if network is FastNetwork.PACK:
            raise ValueError("network is 'pack', and a style has no pack")
        if image is None:
            raise ValueError("network is 'arbitrary', and a style has no painting")
        require_large_enough("style", image)
        shape = ARCHITECTURES[ArchitectureName.ARBITRARY]
        kernels = self._arbitrary.kernels
        key = self._repainter.hold(self._arbitrary_key, shape, kernels)
        return key, self._reader.condition(image)
