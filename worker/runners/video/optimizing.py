"""Frames painted step by step, each from the paint of those before it."""

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from PIL import Image
from pydantic import JsonValue

from app.contract.kinds.video.parameters import ResolvedOptimizedVideoParameters
from app.contract.painting.choices import Color, Start
from worker.engine import (
    Controls,
    Held,
    PaintingState,
    StateError,
    Step,
    Style,
    StyleEngine,
    StylizeOptions,
)
from worker.engine.feedforward import FastEngine, Pack, start_image
from worker.engine.video.frames import Pixels
from worker.engine.video.painter import Unfinished, Wanted
from worker.runners.control import Control

logger = logging.getLogger(__name__)

#: Of the mean squared difference from the paint of before, at a strength of 0.5.
_TEMPORAL_WEIGHT = 20.0
#: Adam's first steps move every pixel by about this, whatever the gradient: the usual
#: rate would roughen paint that is to stay.
_GOING_ON_RATE = 0.01
_REPORT_INTERVAL_S = 0.25


@dataclass
class OptimizedFrames:
    """Implements `FramePainter`.

    Attributes:
        engine: optimizes.
        fast: paints what a frame shows anew, for a start.
        paintings: RGB.
        packs: of those that have one.
        params: the job's.
        control: what is asked meanwhile.
        unfinished: a frame's state to go on from, once.
    """

    engine: StyleEngine
    fast: FastEngine
    paintings: Sequence[Image.Image]
    packs: Sequence[Pack | None]
    params: ResolvedOptimizedVideoParameters
    control: Control
    unfinished: bytes | None = None

    @property
    def styles(self) -> tuple[Style, ...]:
        """The paintings with their weights."""
        pairs = zip(self.paintings, self.params.style_weights, strict=True)
        return tuple(Style(image=image, weight=weight) for image, weight in pairs)

    @property
    def is_within_frame(self) -> bool:
        """Whether there is a frame's state to go on from."""
        return self.unfinished is not None

    def change(self, values: Mapping[str, JsonValue]) -> None:
        """Go on with other values of some of the parameters, judged already."""
        told = {**self.params.model_dump(mode="json"), **values}
        self.params = type(self.params).model_validate(told)

    @property
    def holds(self) -> bool:
        """That pictures go on from what is wanted."""
        return True

    def paint(
        self, frame: Pixels, wanted: Wanted | None
    ) -> Generator[Unfinished, None, Pixels]:
        """Yield some of the steps; return the picture."""
        controls = Controls()
        content_image = Image.fromarray(frame)
        options, start, held = self._options(frame), None, None
        if wanted is not None:
            options = self._going_on(options)
            start, held = self._started(content_image, options, wanted)

        def check() -> None:
            self.control.check()
            if self.control.is_finishing:
                controls.finish()

        steps = self._steps(
            content_image,
            options,
            start_image=start,
            held=held,
            check=check,
            controls=controls,
        )
        for step in steps:
            if step.is_last:
                return np.asarray(step.picture())
            yield _unfinished(step)
            check()
        raise RuntimeError("the engine gave no last step")

    def _steps(
        self,
        content_image: Image.Image,
        options: StylizeOptions,
        **further: Any,  # those of the engine
    ) -> Iterator[Step]:
        """Yield the engine's steps, from where a frame was left off if one was."""
        unfinished, self.unfinished = self.unfinished, None
        paint = partial(
            self.engine.stylize,
            content_image,
            self.styles,
            options,
            report_interval_s=_REPORT_INTERVAL_S,
            **further,
        )
        if unfinished is not None:
            try:
                yield from paint(resume_from=PaintingState.from_bytes(unfinished))
            except StateError as error:
                # Of another device or network: the frames before are as good.
                logger.warning("a frame begins anew: %s", error)
            else:
                return
        yield from paint()

    def ground(self, frame: Pixels) -> Pixels:
        """Return the fast picture, in the paintings' colours."""
        return self._quick(Image.fromarray(frame), self._options(frame))

    def _quick(self, content_image: Image.Image, options: StylizeOptions) -> Pixels:
        picture = start_image(
            self.fast,
            content_image,
            self.styles,
            options,
            packs=self.packs,
            check=self.control.check,
        )
        return np.asarray(picture)

    def _options(self, frame: Pixels) -> StylizeOptions:
        """Return those of a frame that is painted alone."""
        params = self.params
        return StylizeOptions(
            size_px=max(frame.shape[:2]),
            preset=params.preset,
            steps=params.first_steps,
            style_strength=params.style_strength,
            content_strength=params.content_strength,
            style_scale=params.style_scale,
            color=params.color,
            seed=params.seed,
        )

    def _going_on(self, options: StylizeOptions) -> StylizeOptions:
        return replace(
            options,
            steps=None,
            rungs=((options.size_px, self.params.frame_steps),),
            start=Start.IMAGE,
            learning_rate=_GOING_ON_RATE,
        )

    def _started(
        self, content_image: Image.Image, options: StylizeOptions, wanted: Wanted
    ) -> tuple[Image.Image, Held]:
        """Return what a frame starts from, and what it is held to."""
        want = wanted(self._quick(content_image, options))
        picture = Image.fromarray(want.picture)
        if options.color is Color.CONTENT:
            # Optimized in light and dark alone; the frame's colours come at the end.
            picture = picture.convert("L").convert("RGB")
        shares = Image.fromarray(np.rint(255 * want.shares).astype(np.uint8))
        weight = _TEMPORAL_WEIGHT * (2 * self.params.temporal_strength) ** 3
        return picture, Held(image=picture, shares=shares, weight=weight)


def _unfinished(step: Step) -> Unfinished:
    return Unfinished(
        step.step,
        step.fraction,
        lambda: np.asarray(step.picture()),
        lambda: step.state().to_bytes,
    )
