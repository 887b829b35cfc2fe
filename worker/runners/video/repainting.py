"""One frame in the manner of paintings, in one pass of the fast network."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from pydantic import JsonValue

from app.contract.kinds.video.parameters import ResolvedVideoParameters
from worker.engine.feedforward import FastEngine, FastOptions, FastStyle, Pack
from worker.engine.video.frames import Pixels
from worker.engine.video.painter import Unfinished, Wanted


@dataclass
class FastFrames:
    """Implements `FramePainter`.

    Attributes:
        engine: the networks.
        styles: packs, the paintings' own or made from them once.
        params: the job's.
        check: called many times a second.
    """

    engine: FastEngine
    styles: Sequence[FastStyle]
    params: ResolvedVideoParameters
    check: Callable[[], None]

    @classmethod
    def of(
        cls,
        engine: FastEngine,
        paintings: Sequence[Image.Image],
        packs: Sequence[Pack | None],
        params: ResolvedVideoParameters,
        check: Callable[[], None],
    ) -> "FastFrames":
        """Return what paints in paintings, by their packs where they have some."""
        styles = []
        given = zip(paintings, packs, params.style_weights, strict=True)
        for number, (painting, pack, weight) in enumerate(given):
            check()
            own = pack or engine.pack_of(painting, f"style {number + 1}")
            styles.append(FastStyle(pack=own, weight=weight))
        return cls(engine, styles, params, check)

    @property
    def is_within_frame(self) -> bool:
        """That one pass has no state."""
        return False

    def change(self, values: Mapping[str, JsonValue]) -> None:
        """Go on with other values of some of the parameters, judged already."""
        told = {**self.params.model_dump(mode="json"), **values}
        self.params = type(self.params).model_validate(told)

    @property
    def holds(self) -> bool:
        """That each picture is one of its own."""
        return False

    def paint(
        self,
        frame: Pixels,
        wanted: Wanted | None,  # noqa: ARG002 - of the protocol
    ) -> Generator[Unfinished, None, Pixels]:
        """Return the picture, in one pass."""
        yield from ()
        return self.ground(frame)

    def ground(self, frame: Pixels) -> Pixels:
        """Return the picture."""
        options = FastOptions(
            size_px=max(frame.shape),
            style_strength=self.params.style_strength,
            style_scale=self.params.style_scale,
            color=self.params.color,
        )
        content_image = Image.fromarray(frame)
        return np.asarray(
            self.engine.stylize(content_image, self.styles, options, check=self.check)
        )
