"""The resident engine: networks that stay, many pictures, nothing left in between."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image

from app.contract.painting.choices import Network, Pooling, Precision
from worker.engine.description import ALGORITHM, EngineDescription
from worker.engine.features.extractor import (
    FeatureExtractor,
    InterruptionCheck,
    uninterrupted,
)
from worker.engine.features.networks import NetworkCache, NetworkChoice, open_networks
from worker.engine.features.registry import backbone
from worker.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters
from worker.engine.keep import KeepFinder
from worker.engine.machine import device as devices
from worker.engine.machine.error_boundary import error_boundary
from worker.engine.machine.memory_budget import MemoryBudget, memory_budget_of
from worker.engine.machine.memory_plan import choose_memory_plan
from worker.engine.options import StylizeOptions
from worker.engine.painting.content_and_styles import (
    as_styles,
    batch_of,
    common_rungs,
    content_and_styles_of,
)
from worker.engine.painting.controls import Controls
from worker.engine.painting.job import ContentAndStyles, Held, Job
from worker.engine.painting.painter import paint
from worker.engine.painting.state import PaintingState
from worker.engine.painting.step import Step
from worker.engine.painting.style_cache import DEFAULT_BYTES, StyleCache
from worker.engine.styles import Style

logger = logging.getLogger(__name__)


class StyleEngine:
    """Networks, resident, ready to paint. Made by `load`.

    Args:
        networks: the feature extractors.
        compute: the device, and the precision of jobs that name none.
        hyperparameters: weights and rates of all jobs.
        style_cache_bytes: statistics of so many styles are remembered; 0 for none.
        cache_dir: of the networks that find people; the user's cache by default.
    """

    def __init__(
        self,
        networks: NetworkCache,
        compute: devices.Compute,
        hyperparameters: Hyperparameters = HYPERPARAMETERS,
        style_cache_bytes: int = DEFAULT_BYTES,
        cache_dir: Path | str | None = None,
    ) -> None:
        self._networks = networks
        self._compute = compute
        self._hyperparameters = hyperparameters
        self._style_cache = StyleCache(style_cache_bytes)
        self.finder = KeepFinder(cache_dir)

    @classmethod
    def load(
        cls,
        *,
        device: str = "auto",
        precision: str = "auto",
        cache_dir: Path | str | None = None,
        threads: int | None = None,
        weights_paths: Mapping[str, Path] | None = None,
        download: bool = False,
        convolutions: str = "auto",
        style_cache_bytes: int = DEFAULT_BYTES,
    ) -> "StyleEngine":
        """Read the default network's weights, for as many pictures as are wanted.

        Other networks are read when a job first asks for them.

        Args:
            device: "auto", "cpu", "cuda" or "cuda:<index>".
            precision: a `Precision`; of the network only.
            cache_dir: where decoded weights are kept; the user's cache by default.
            threads: of the CPU, at most a core each; torch's own choice by default.
            weights_paths: files to read a network's weights from, by its name.
            download: whether torchvision's weights may be fetched when needed.
            convolutions: "auto", "torch" or "winograd" (`backbones.backends`).
            style_cache_bytes: of styles' statistics, remembered for jobs to come.

        Raises:
            BackendError: "winograd" can not be had on this machine.
            WeightsError: the weights are missing or not the ones we know.
            EngineError: there is no such device.
            ValueError: no such choice.
        """
        started_s, compute = time.monotonic(), devices.choose(device, precision)
        devices.use_threads(threads)
        devices.keep_freed_memory()
        networks = open_networks(
            compute.device,
            cache_dir=Path(cache_dir) if cache_dir else None,
            weights_paths=weights_paths or {},
            download=download,
            convolutions=convolutions,
        )
        engine = cls(networks, compute, HYPERPARAMETERS, style_cache_bytes, cache_dir)
        # What a job would miss is missed now, and a compiler runs now.
        engine.extractor()
        seconds = time.monotonic() - started_s
        logger.info("engine_loaded seconds=%.2f %s", seconds, engine.describe())
        return engine

    def extractor(self, check: InterruptionCheck = uninterrupted) -> FeatureExtractor:
        """Return the default network in the engine's own precision."""
        choice = NetworkChoice(Network.VGG19, self._compute.precision, Pooling.MAX)
        return self._networks.network(choice, check)

    def describe(
        self,
        network: Network | str = Network.VGG19,
        precision: Precision = Precision.AUTO,
    ) -> EngineDescription:
        """Return what a picture depends on besides its inputs and options.

        Args:
            network: the one that was used.
            precision: that the options asked for.
        """
        return EngineDescription(
            algorithm=ALGORITHM,
            network=Network(network).value,
            weights_sha256=self._networks.sha256(Network(network)),
            device=str(self._compute.device),
            precision=self._precision(precision).value,
            convolutions=self._networks.backend(self._precision(precision)).name,
            threads=torch.get_num_threads(),
            torch=torch.__version__,
            # On CUDA convolutions and pooling add up in any order.
            deterministic=self._compute.device.type == "cpu",
        )

    def stylize(
        self,
        content_image: Image.Image,
        styles: Image.Image | Sequence[Style],
        options: StylizeOptions,
        *,
        start_image: Image.Image | None = None,
        keep_mask: Image.Image | None = None,
        held: Held | None = None,
        network: Network | str = Network.VGG19,
        check: InterruptionCheck = uninterrupted,
        controls: Controls | None = None,
        resume_from: PaintingState | None = None,
        report_interval_s: float = 0.25,
    ) -> Iterator[Step]:
        """Repaint the content in the manner of the styles, step by step.

        Closing the generator, or letting go of it, frees everything the job held.

        Args:
            content_image: at least `MIN_INPUT_SIDE_PX` on each side.
            styles: a painting, or up to `MAX_STYLES` with weights and masks.
            options: the choices for this picture.
            start_image: what to start from, if the options say so.
            keep_mask: what of the content is kept (`KeepFinder.mask`).
            held: paint that the picture is held to, of a frame before.
            network: which feature extractor is used.
            check: called every tenth of a second, within a step too; what it raises
                ends the job, and is raised here.
            controls: changes parameters or finishes early, from another thread.
            resume_from: a `Step.state()` of the same job, to go on from there.
            report_interval_s: wall time between steps that are yielded; 0 yields all.
                Each scale's first and last always come; the picture stays the same.

        Yields:
            Steps; the last one's `picture()` is the result.

        Raises:
            ValueError: an image is too small, or does not fit its mask.
            ExceedsMemoryError: the picture can not fit into the memory that is free.
            StateError: `resume_from` is another job's.
            NumericalDivergenceError: the losses are not finite, twice.
            OutOfMemoryError: the device has not enough memory for this size.
            WeightsError: the network's weights are not here.
        """
        kept = self.finder.mask(content_image, options.keep, keep_mask)
        inputs = content_and_styles_of(
            content_image, as_styles(styles), options, start_image, kept, held
        )
        return self._painted(
            (inputs,),
            options,
            Network(network),
            check=check,
            controls=controls or Controls(),
            report_interval_s=report_interval_s,
            resume_from=resume_from,
        )

    def stylize_batch(
        self,
        content_images: Sequence[Image.Image],
        style_images: Sequence[Image.Image],
        options: StylizeOptions,
        *,
        network: Network | str = Network.VGG19,
        check: InterruptionCheck = uninterrupted,
        controls: Controls | None = None,
        report_interval_s: float = 0.25,
    ) -> Iterator[Step]:
        """Paint several pictures of one size in one pass through the network.

        Each gets the picture that it would get alone, up to rounding, which the roots
        of the Wasserstein distance amplify (4 of 255 levels were seen after 40 steps).

        Args:
            content_images: up to `MAX_BATCH`, of one aspect.
            style_images: one for each content.
            options: the choices for all of them.
            network: see `stylize`, like the rest.
            check: likewise.
            controls: likewise.
            report_interval_s: likewise.

        Yields:
            Steps, with `pictures()` in the order of the contents.

        Raises:
            ValueError: there are too many, or they are not of one size.
        """
        return self._painted(
            batch_of(content_images, style_images, options),
            options,
            Network(network),
            check=check,
            controls=controls or Controls(),
            report_interval_s=report_interval_s,
        )

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory held during the last job, None if unknown.

        On CUDA that of the device, else that of the whole process, weights included.
        """
        return devices.peak_memory_bytes(self._compute.device)

    def memory_budget(self, network: str = Network.VGG19) -> MemoryBudget:
        """Return what memory there is for a job; a running one has its part of it."""
        return memory_budget_of(self._compute, backbone(Network(network)).memory)

    def _painted(
        self,
        batch: tuple[ContentAndStyles, ...],
        options: StylizeOptions,
        network: Network,
        *,
        check: InterruptionCheck,
        controls: Controls,
        report_interval_s: float,
        resume_from: PaintingState | None = None,
    ) -> Iterator[Step]:
        known = backbone(network)
        hyperparameters = self._hyperparameters.adapted(options, known.layer_choice)
        rungs = common_rungs(batch, options, hyperparameters.detail_steps)
        precision = self._precision(options.precision)
        free_bytes = devices.free_memory_bytes(self._compute.device)
        # Refused here and not after the coarse rungs.
        pixels = max(rung.pixels for rung in rungs) * len(batch)
        choose_memory_plan(pixels, precision, options, free_bytes, known.memory)

        def network_of(precision: Precision) -> FeatureExtractor:
            choice = NetworkChoice(network, precision, options.pooling)
            return self._networks.network(choice, check)

        network_of(precision).require(hyperparameters.layers)
        job = Job(
            batch=batch,
            options=options,
            precision=precision,
            rungs=rungs,
            hyperparameters=hyperparameters,
            check_interruption=check,
            controls=controls,
            report_interval_s=report_interval_s,
            free_bytes=free_bytes,
            memory=known.memory,
            resume_from=resume_from,
        )
        steps = paint(job, network_of, self._style_cache)
        return error_boundary(steps, self._compute.device)

    def _precision(self, wanted: Precision) -> Precision:
        return self._compute.precision if wanted is Precision.AUTO else wanted
