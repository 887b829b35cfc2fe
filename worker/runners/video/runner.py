"""The runner of clips, with the networks that the runner of pictures has loaded."""

import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

from PIL import Image

from app.contract.failures import FailureCode
from app.contract.inputs import Inputs, input_name
from app.contract.jobs import Reproducibility
from app.contract.kinds.video.choices import Codec, Format
from app.contract.kinds.video.parameters import (
    ResolvedClip,
    ResolvedOptimizedVideoParameters,
)
from app.contract.painting.choices import FAST_NETWORK
from app.contract.painting.slots import PAINTABLE
from worker.engine import EngineError, ExceedsMemoryError, StyleEngine
from worker.engine.feedforward import FastEngine
from worker.engine.video.judging import Look
from worker.engine.video.painter import ALGORITHM
from worker.runners.control import Control
from worker.runners.failures import failed
from worker.runners.packs import Packs, hashes_of_packs
from worker.runners.pictures import read_paintings
from worker.runners.reproducibility import reproducibility_of
from worker.runners.runner import Order, RunFailedError, Runner, UnableError
from worker.runners.video.judging import look_of
from worker.runners.video.optimizing import OptimizedFrames
from worker.runners.video.repainting import FastFrames
from worker.runners.video.run import ClipPainter, Run
from worker.runners.video.state import Standing, from_bytes
from worker.runners.video.tick import AnyTick
from worker.videofile.codecs import VideoCodec, offered
from worker.videofile.reading import DecodingError
from worker.videofile.writing import EncodingError


class VideoRunner(Runner[ResolvedClip]):
    """Implements the `Runner` port with resident engines.

    Args:
        fast: paints one frame in one pass.
        codecs: names of those that an operator allows; None for all.
        optimizing: the engine that optimizes, if this worker has it.
    """

    def __init__(
        self,
        fast: FastEngine,
        codecs: tuple[str, ...] | None = None,
        optimizing: StyleEngine | None = None,
    ) -> None:
        self._fast = fast
        self._optimizing = optimizing
        self._codecs = offered(codecs)
        self._packs = Packs()

    def run(
        self, order: Order[ResolvedClip], control: Control, resume: bytes | None
    ) -> Generator[AnyTick, None, None]:
        """Yield a tick after each frame, and one with the finished clip."""
        before = Standing(None, None)
        if resume is not None:
            before = from_bytes(resume, order.job_id)
        del resume  # as large as the clip
        codec = self._codec_of(order.params)
        with tempfile.TemporaryDirectory(prefix="impasto-") as folder:
            source = Path(folder) / "source"
            source.write_bytes(order.read("content"))
            control.check()
            try:
                styles = len(order.params.style_weights)
                paintings = read_paintings(order, styles, control.check)
                painter = self._painter(order, control, paintings, before.unfinished)
                look = self._look(order, paintings)
                run = Run(order, control, source, codec, look, before.clip)
                yield from run.ticks(painter)
            except ExceedsMemoryError as error:
                raise UnableError(str(error)) from error
            except EngineError as error:
                raise failed(error) from error
            except DecodingError as error:
                raise RunFailedError(FailureCode.DECODER_FAILED, str(error)) from error
            except EncodingError as error:
                raise RunFailedError(FailureCode.ENCODER_FAILED, str(error)) from error

    def reproducibility(self, params: ResolvedClip, inputs: Inputs) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        fast = self._fast.describe()
        hashes, is_some_without = hashes_of_packs(inputs, len(params.style_weights))
        networks = [f"pack:{sha256}" for sha256 in hashes]
        if is_some_without:
            networks.append(f"{FAST_NETWORK}:{fast.weights_sha256}")
        algorithms = [ALGORITHM, fast.algorithm, params.flow]
        told = fast
        if isinstance(params, ResolvedOptimizedVideoParameters):
            told = self._require_optimizing().describe()
            networks.insert(0, told.weights_sha256)
            algorithms.insert(1, told.algorithm)
        return reproducibility_of(
            told,
            algorithm=",".join(algorithms),
            weights_sha256=",".join(networks),
            deterministic=fast.deterministic and told.deterministic,
        )

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last frame took, if it is known."""
        return self._fast.peak_memory_bytes()

    def _painter(
        self,
        order: Order[ResolvedClip],
        control: Control,
        paintings: Sequence[Image.Image],
        unfinished: bytes | None,
    ) -> ClipPainter:
        """Return what paints the frames of a job."""
        params, check = order.params, control.check
        packs = self._packs.read(order, len(params.style_weights), check)
        if not isinstance(params, ResolvedOptimizedVideoParameters):
            return FastFrames.of(self._fast, paintings, packs, params, check)
        return OptimizedFrames(
            engine=self._require_optimizing(),
            fast=self._fast,
            paintings=paintings,
            packs=packs,
            params=params,
            control=control,
            unfinished=unfinished,
        )

    def _look(
        self, order: Order[ResolvedClip], paintings: Sequence[Image.Image]
    ) -> Look | None:
        """Return what compares with the first painting; None without its network."""
        is_painting = order.inputs[input_name("style", 0)].facts.get(PAINTABLE)
        if self._optimizing is None or is_painting is False:
            return None
        return look_of(self._optimizing.extractor(), paintings[0])

    def _require_optimizing(self) -> StyleEngine:
        if self._optimizing is None:
            raise UnableError("This worker has no network to optimize with.")
        return self._optimizing

    def _codec_of(self, params: ResolvedClip) -> VideoCodec:
        """Return the codec that is asked for, or the first of the container."""
        for codec in self._codecs:
            fits_format = params.format in {Format.AUTO, codec.container}
            if fits_format and params.codec in {Codec.AUTO, codec.name}:
                return codec
        has = ", ".join(each.name for each in self._codecs) or "no codec"
        raise RunFailedError(
            FailureCode.ENCODER_FAILED,
            f"This worker encodes {has}; format={params.format}, codec={params.codec} "
            "was asked for.",
        )
