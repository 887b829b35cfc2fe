"""The runner of clips: each frame one pass of a resident fast network."""

import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.contract.failures import FailureCode
from app.contract.inputs import Inputs, size_of
from app.contract.jobs import Reproducibility
from app.contract.kinds.image.fast import FAST_NETWORK
from app.contract.kinds.video.choices import Codec, Format
from app.contract.kinds.video.geometry import frames_within, painted_size
from app.contract.kinds.video.parameters import ResolvedVideoParameters
from app.contract.workers import WorkerInfo
from worker.engine import EngineError
from worker.engine.feedforward import FastEngine
from worker.engine.machine.device import process_memory_bytes
from worker.engine.video.frames import Pixels
from worker.engine.video.painter import ALGORITHM, VideoOptions, painted
from worker.runners.control import Control
from worker.runners.failures import failed
from worker.runners.runner import (
    Order,
    RunFailedError,
    Runner,
)
from worker.runners.video.making import Making, facts_of, writing_of
from worker.runners.video.repainting import repainter
from worker.runners.video.state import Clip
from worker.runners.video.tick import FinishedTick, VideoTick
from worker.videofile.codecs import VideoCodec, offered
from worker.videofile.encoding import Coding
from worker.videofile.frames import Frame, ReadOrder
from worker.videofile.reading import DecodingError, FrameReader
from worker.videofile.writing import EncodingError


class VideoRunner(Runner[ResolvedVideoParameters]):
    """Implements the `Runner` port with a resident `FastEngine`.

    Args:
        engine: paints one frame.
        codecs: names of those that an operator allows; None for all.
    """

    def __init__(
        self, engine: FastEngine, codecs: tuple[str, ...] | None = None
    ) -> None:
        self._engine = engine
        self._codecs = offered(codecs)

    def run(
        self,
        order: Order[ResolvedVideoParameters],
        control: Control,
        resume: bytes | None,
    ) -> Generator[VideoTick, None, None]:
        """Yield a tick after each frame, and one with the finished clip."""
        before = None if resume is None else Clip.from_bytes(resume, order.job_id)
        del resume  # as large as the clip
        codec = self._codec_of(order.params)
        with tempfile.TemporaryDirectory(prefix="impasto-") as folder:
            source = Path(folder) / "source"
            source.write_bytes(order.read("content"))
            control.check()
            try:
                run = _Run(order, control, source, codec, before)
                yield from run.ticks(self._engine)
            except EngineError as error:
                raise failed(error) from error
            except DecodingError as error:
                raise RunFailedError(FailureCode.DECODER_FAILED, str(error)) from error
            except EncodingError as error:
                raise RunFailedError(FailureCode.ENCODER_FAILED, str(error)) from error

    def reproducibility(
        self,
        params: ResolvedVideoParameters,
        inputs: Inputs,  # noqa: ARG002 - of the port
    ) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        told = self._engine.describe()
        return Reproducibility(
            algorithm=f"{ALGORITHM},{told.algorithm},{params.flow}",
            weights_sha256=f"{FAST_NETWORK}:{told.weights_sha256}",
            device=told.device,
            precision=told.precision,
            convolutions=told.convolutions,
            threads=told.threads,
            torch=told.torch,
            deterministic=told.deterministic,
        )

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last frame took, if it is known."""
        return self._engine.peak_memory_bytes()

    def info(self, name: str) -> WorkerInfo:
        """Return what a worker is that has this runner beside that of pictures."""
        return WorkerInfo(name=name, networks=(FAST_NETWORK,))

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""
        return process_memory_bytes()

    def _codec_of(self, params: ResolvedVideoParameters) -> VideoCodec:
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


@dataclass
class _Run:
    """One attempt at a clip.

    Attributes:
        order: what to make.
        control: what is asked meanwhile.
        source: the clip's file.
        codec: of the result.
        before: where an attempt before has left it.
    """

    order: Order[ResolvedVideoParameters]
    control: Control
    source: Path
    codec: VideoCodec
    before: Clip | None

    def ticks(self, engine: FastEngine) -> Generator[VideoTick, None, None]:
        """Yield the ticks."""
        check, params = self.control.check, self.order.params
        repaint = repainter(engine, self.order, check)
        with FrameReader(self.source, self._wanted(), check) as reader:
            coding = Coding(
                codec=self.codec,
                quality=params.quality,
                width=self._size[0],
                height=self._size[1],
                base=reader.times.base,
                rate=reader.times.rate,
            )
            making = Making.resumed(coding, self.before)
            tick = None
            for tick in self._painted(reader, making, repaint):
                yield tick
                if self.control.is_finishing:
                    break
            is_early = self.control.is_finishing and tick is not None
            yield self._finished(reader, making, tick, is_early=is_early)

    def _painted(
        self,
        reader: FrameReader,
        making: Making,
        repaint: Callable[[Pixels], Pixels],
    ) -> Iterator[VideoTick]:
        params = self.order.params
        options = VideoOptions(
            temporal_strength=params.temporal_strength,
            flow=params.flow,
            cut_threshold=params.cut_threshold,
            keyframe_interval=params.keyframe_interval,
        )
        state = None if self.before is None else self.before.state
        read: list[Frame] = []
        frames = self._pixels(reader, read)
        began_s = time.monotonic()
        for made in painted(frames, repaint, options, state):
            making.add(made.picture, read.pop(0))
            yield VideoTick(
                job_id=self.order.job_id,
                clip=making.clip(made.state),
                share=made.share,
                total=self._frames,
                elapsed_s=time.monotonic() - began_s,
            )

    def _pixels(self, reader: FrameReader, read: list[Frame]) -> Iterator[Pixels]:
        """Yield the pixels of frames, and keep their times for the pictures.

        A clip that breaks off within the second before its end is taken as it is.
        """
        count = 0
        try:
            for frame in reader.frames():
                count = frame.number + 1
                if frame.number >= self._done:
                    read.append(frame._replace(pixels=frame.pixels[:0]))
                yield frame.pixels
        except DecodingError:
            if count < self._frames - reader.times.rate or count == 0:
                raise

    def _finished(
        self,
        reader: FrameReader,
        making: Making,
        tick: VideoTick | None,
        *,
        is_early: bool,
    ) -> FinishedTick:
        """Return the tick of the finished clip."""
        clip = self.before if tick is None else tick.clip
        if clip is None:
            raise DecodingError("there is no frame in it")
        state = clip.state
        params, check = self.order.params, self.control.check
        writing = writing_of(
            params, making, reader.times, self.source, is_early=is_early
        )
        made = making.finished(writing, check)
        return FinishedTick(
            job_id=self.order.job_id,
            clip=making.clip(state),
            share=0.0 if tick is None else tick.share,
            total=state.done,
            elapsed_s=0.0 if tick is None else tick.elapsed_s,
            content=made.content,
            media_type=self.codec.media_type,
            facts=facts_of(making, made, len(state.shots), reader.notes),
            poster=making.poster,
            is_early=is_early,
        )

    @property
    def _done(self) -> int:
        return 0 if self.before is None else self.before.state.done

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of the result, in pixels."""
        facts = self.order.inputs["content"].facts
        return painted_size(*size_of(facts), self.order.params.size)

    @property
    def _frames(self) -> int:
        """About how many frames there will be."""
        params, facts = self.order.params, self.order.inputs["content"].facts
        frames, seconds = int(str(facts["frames"])), facts["duration_seconds"]
        return frames_within(
            frames, float(str(seconds)), params.start_seconds, params.end_seconds
        )

    def _wanted(self) -> ReadOrder:
        """Return what is read: from the last frame that is done, for its motion."""
        width, height = self._size
        params = self.order.params
        return ReadOrder(
            width=width,
            height=height,
            frames=int(str(self.order.inputs["content"].facts["frames"])),
            start_s=params.start_seconds or 0.0,
            end_s=params.end_seconds,
            first=max(0, self._done - 1),
        )
