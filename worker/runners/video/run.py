"""One attempt at a clip: frames are read, painted, coded, and put together."""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from app.contract.inputs import size_of
from app.contract.kinds.video.geometry import frames_within, painted_size
from app.contract.kinds.video.parameters import ResolvedClip
from worker.engine.video.frames import Pixels
from worker.engine.video.judging import Look
from worker.engine.video.painter import (
    FramePainter,
    PaintedFrame,
    VideoOptions,
    painted,
)
from worker.engine.video.propagation import propagated
from worker.runners.control import Control
from worker.runners.runner import Order
from worker.runners.steering import Steering, known_changes
from worker.runners.video.judging import judged_result
from worker.runners.video.making import Making, facts_of, writing_of
from worker.runners.video.state import Clip
from worker.runners.video.tick import AnyTick, FinishedTick, UnfinishedTick, VideoTick
from worker.videofile.codecs import VideoCodec
from worker.videofile.encoding import Coding
from worker.videofile.frames import Frame, ReadOrder
from worker.videofile.reading import DecodingError, FrameReader


class ClipPainter(FramePainter, Protocol):
    """Paints frames by a job's parameters."""

    @property
    def is_within_frame(self) -> bool:
        """Whether a frame that an attempt before has begun comes next."""

    def change(self, values: Mapping[str, JsonValue]) -> None:
        """Go on with other values of some of the parameters."""


@dataclass
class Run:
    """One attempt at a clip.

    Attributes:
        order: what to make.
        control: what is asked meanwhile.
        source: the clip's file.
        codec: of the result.
        look: looks at single pictures of the result, if anybody does.
        before: where an attempt before has left it.
    """

    order: Order[ResolvedClip]
    control: Control
    source: Path
    codec: VideoCodec
    look: Look | None
    before: Clip | None

    def ticks(self, painter: ClipPainter) -> Generator[AnyTick, None, None]:
        """Yield the ticks."""
        with FrameReader(self.source, self._wanted(), self.control.check) as reader:
            coding = Coding(
                codec=self.codec,
                quality=self.order.params.quality,
                width=self._size[0],
                height=self._size[1],
                base=reader.times.base,
                rate=reader.times.rate,
            )
            making = Making.resumed(coding, self.before)
            tick = None
            for each in self._painted(reader, making, painter):
                yield each
                if isinstance(each, VideoTick):
                    tick = each
                    if self.control.is_finishing:
                        break
            yield self._finished(reader, making, tick)

    def _painted(
        self, reader: FrameReader, making: Making, painter: ClipPainter
    ) -> Iterator[AnyTick]:
        params = self.order.params
        known = known_changes(params.changes, self.order.changes)
        steering = Steering(known, self.control)
        choices = _Choices(_options_of(params), painter, steering)
        clip = self.before
        if clip is not None and self.control.is_finishing:
            return
        read: list[Frame] = []
        frames = self._pixels(reader, read)
        state = None if clip is None else clip.state
        began_s = time.monotonic()
        paint = propagated if params.propagate else painted
        for made in paint(frames, painter, choices.options, state, choices.at):
            if isinstance(made, PaintedFrame):
                making.add(made.picture, read.pop(0))
                clip = making.clip(made.state)
                yield VideoTick(
                    job_id=self.order.job_id,
                    clip=clip,
                    share=made.share,
                    is_resumable=made.is_resumable,
                    total=self._frames,
                    elapsed_s=time.monotonic() - began_s,
                )
            else:
                yield UnfinishedTick(
                    job_id=self.order.job_id,
                    clip=clip,
                    frame=made,
                    size=self._size,
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
        self, reader: FrameReader, making: Making, tick: VideoTick | None
    ) -> FinishedTick:
        """Return the tick of the finished clip."""
        clip = self.before if tick is None else tick.clip
        if clip is None:
            raise DecodingError("there is no frame in it")
        state = clip.state
        is_early = self.control.is_finishing and (
            tick is not None or state.done < self._frames
        )
        params, check = self.order.params, self.control.check
        writing = writing_of(
            params, making, reader.times, self.source, is_early=is_early
        )
        made = making.finished(writing, check)
        with closing(self._sources(making)) as sources:
            count = len(making.packets)
            judgement = judged_result(made.content, sources, params, self.look, count)
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
            judgement=judgement,
            is_early=is_early,
        )

    def _sources(self, making: Making) -> Generator[Pixels, None, None]:
        """Yield the frames that were painted, once more."""
        order = replace(self._wanted(), first=0)
        with FrameReader(self.source, order, self.control.check) as reader:
            for frame in islice(reader.frames(), len(making.packets)):
                yield frame.pixels

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


@dataclass
class _Choices:
    """The choices frame by frame: those of the job, and what was asked meanwhile.

    Attributes:
        options: those that hold.
        painter: is told what changes.
        steering: brings it.
    """

    options: VideoOptions
    painter: ClipPainter
    steering: Steering

    def at(self, done: int) -> VideoOptions:
        """Return what holds after so many frames."""
        # A frame is painted by the values that it was begun with.
        is_begun = self.painter.is_within_frame
        steering = self.steering
        changes = steering.known(done) if is_begun else steering.changes(done)
        if changes:
            self.painter.change(changes)
        if (strength := changes.get("temporal_strength")) is not None:
            self.options = replace(self.options, temporal_strength=float(str(strength)))
        return self.options


def _options_of(params: ResolvedClip) -> VideoOptions:
    return VideoOptions(
        temporal_strength=params.temporal_strength,
        flow=params.flow,
        cut_threshold=params.cut_threshold,
        keyframe_interval=params.keyframe_interval,
        propagate=params.propagate,
    )
