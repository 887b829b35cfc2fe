"""The kind `video`: a clip from a clip and one to four paintings."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, JsonValue

from app.contract.engines import Engines, sent_model
from app.contract.inputs import Facts, Inputs, size_of
from app.contract.kind import JobKind, Lane, Needs, Views
from app.contract.kinds.video import limits
from app.contract.kinds.video.changes import CHANGEABLE
from app.contract.kinds.video.checks import check_clip, check_paintings, seconds_of
from app.contract.kinds.video.choices import MEDIA_TYPES
from app.contract.kinds.video.engines import ENGINES
from app.contract.kinds.video.estimates import VideoEstimateRequest, planned
from app.contract.kinds.video.examples import EXAMPLES
from app.contract.kinds.video.geometry import frames_within, painted_size
from app.contract.kinds.video.parameters import (
    OptimizedVideoParameters,
    ResolvedClip,
    ResolvedOptimizedVideoParameters,
    ResolvedVideoParameters,
    SentClip,
    VideoParameters,
    resolve,
)
from app.contract.kinds.video.slots import SLOTS
from app.contract.kinds.video.views import (
    VideoInput,
    VideoProgress,
    VideoResult,
    VideoRow,
)
from app.contract.painting.choices import FAST_NETWORK, Network
from app.contract.painting.fields import REFUSAL_CODES
from app.contract.painting.ladder import work_of_steps
from app.contract.painting.limits import MAX_STYLES
from app.contract.painting.sizes import largest_fitting, likeness
from app.contract.painting.weights import require_weight_each
from app.contract.slots import Slot, count_of
from app.contract.views.kinds import BodyExample

#: Raised when equal parameters give another clip; a test holds the engine's to it.
VIDEO_VERSION = 3
#: What one pass of the fast network takes, against an optimizer step of its size; flow
#: and encoding come to about a third of it.
_STEPS_A_FRAME = 0.4
_TRAITS = {"engine", "flow", "preset", "frame_steps"}
_VIEWS = Views(
    ResolvedVideoParameters,
    VideoInput,
    VideoProgress,
    VideoResult,
    VideoRow,
    params_of_engine={"optimize": ResolvedOptimizedVideoParameters},
)
_REFUSAL_CODES = {
    **REFUSAL_CODES,
    ("end_seconds", "greater_than"): "out_of_range",
}


class VideoLimits(BaseModel):
    """The bounds of a clip."""

    max_styles: Annotated[int, Field(description="Paintings of one job.")] = MAX_STYLES
    min_size: Annotated[int, Field(description="Long side of a result, in pixels.")] = (
        limits.MIN_SIZE_PX
    )
    max_size: Annotated[int, Field(description="Long side of a result, in pixels.")] = (
        limits.MAX_SIZE_PX
    )
    max_seconds: Annotated[float, Field(description="Of the clip.")] = (
        limits.MAX_SECONDS
    )
    max_frames: Annotated[int, Field(description="Of the clip.")] = limits.MAX_FRAMES
    max_pixels: Annotated[int, Field(description="Of a frame of the clip.")] = (
        limits.MAX_PIXELS
    )
    min_side_px: Annotated[int, Field(description="Of a frame of the clip.")] = (
        limits.MIN_SIDE_PX
    )


@dataclass(frozen=True)
class VideoKind(JobKind[SentClip, ResolvedClip]):
    """Clips."""

    name: str = "video"
    slots: tuple[Slot, ...] = SLOTS
    unit: str = "frames"
    modules: tuple[str, ...] = ("av",)
    extra: str = "video"
    result_types: tuple[str, ...] = tuple(MEDIA_TYPES.values())
    files: tuple[str, ...] = ("poster.jpg", "metrics.json", "metrics.svg")
    sent: type[SentClip] = VideoParameters
    estimate: type[VideoEstimateRequest] = VideoEstimateRequest
    examples: tuple[BodyExample, ...] = EXAMPLES
    views: Views = _VIEWS

    def version(self, params: ResolvedClip) -> int:
        """Return that of the engine."""
        return VIDEO_VERSION

    def changeable(self, params: ResolvedClip) -> frozenset[str]:
        """Return what may change from one frame to the next."""
        return CHANGEABLE

    @property
    def engines(self) -> Engines:
        """Both."""
        return ENGINES

    def engines_of(self, sent: SentClip) -> Sequence[str]:
        """Return the engine, and the one that paints what comes into view."""
        engines = super().engines_of(sent)
        return engines if "fast" in engines else (*engines, "fast")

    @property
    def limits(self) -> VideoLimits:
        """The bounds of a clip."""
        return VideoLimits()

    @property
    def refusal_codes(self) -> Mapping[tuple[str, str], str]:
        """Codes of problems of its own, by parameter and pydantic's type of error."""
        return _REFUSAL_CODES

    def planned(self, asked: VideoEstimateRequest) -> tuple[SentClip, Inputs]:
        """Return the parameters, the clip's facts, and so many paintings."""
        return planned(asked)

    def check(self, sent: SentClip, names: Iterable[str]) -> None:
        """Raise RefusedParams unless there is one weight for each painting."""
        require_weight_each(sent.style_weights, names)

    def check_inputs(self, sent: SentClip, inputs: Inputs) -> None:
        """Raise RefusedParams unless it can be painted so: see `checks`."""
        check_clip(sent, inputs)
        check_paintings(sent, inputs)

    def resolve(self, sent: SentClip, names: Iterable[str]) -> ResolvedClip:
        """Return the parameters with every value filled in, a drawn seed included."""
        return resolve(sent, count_of("style", names))

    def parse(self, params: Mapping[str, JsonValue], inputs: Inputs) -> ResolvedClip:
        """Return parameters as they are sent or stored, with every value filled in."""
        sent = sent_model(ENGINES, params, self.sent).model_validate(params)
        if not isinstance(sent, SentClip):
            raise TypeError("an engine has a model that the kind does not know")
        self.check(sent, inputs)
        self.check_inputs(sent, inputs)
        return self.resolve(sent, inputs)

    def draws(self, sent: SentClip) -> bool:
        """Tell whether the seed is drawn."""
        return isinstance(sent, OptimizedVideoParameters) and sent.seed is None

    def network(self, sent: SentClip) -> str | None:
        """Return the network whose features are compared, if any are."""
        return Network.VGG19 if isinstance(sent, OptimizedVideoParameters) else None

    def lane(self, params: ResolvedClip) -> Lane:
        """Return the long line: clips take minutes."""
        return Lane.LONG

    def work(self, params: SentClip, inputs: Inputs) -> float:
        """Return megapixel-steps, over all frames; one shot is reckoned with."""
        size, frames = _size(inputs, params.size), _frames(params, inputs)
        a_step = math.prod(size) / 1e6
        work = _STEPS_A_FRAME * frames * a_step
        if isinstance(params, ResolvedOptimizedVideoParameters):
            work += work_of_steps(params.preset, params.first_steps, *size)
            work += (frames - 1) * params.frame_steps * a_step
        return work

    def needs(self, params: SentClip, inputs: Inputs) -> Needs:
        """Return the network, and the memory for one frame's pixels."""
        size_px = max(params.size, round(params.size / params.style_scale))
        units = math.prod(_size(inputs, size_px))
        if isinstance(params, OptimizedVideoParameters):
            return Needs(network=Network.VGG19, units=units)
        return Needs(network=FAST_NETWORK, units=units)

    def largest_size(self, inputs: Inputs, fits: Callable[[int], bool]) -> int | None:
        """Return the largest long side in pixels whose memory fits."""

        def pixels(size_px: int) -> int:
            return math.prod(_size(inputs, size_px))

        return largest_fitting(limits.MIN_SIZE_PX, limits.MAX_SIZE_PX, pixels, fits)

    def result_facts(self, params: SentClip, inputs: Inputs) -> Facts:
        """Return width, height and number of frames."""
        width, height = _size(inputs, params.size)
        return {"width": width, "height": height, "frames": _frames(params, inputs)}

    def traits(self, params: SentClip, inputs: Inputs) -> Facts:
        """Return the engine, what is costly of it, and the size."""
        chosen = params.model_dump(mode="json", include=_TRAITS)
        styles = count_of("style", inputs)
        return {**chosen, **self.result_facts(params, inputs), "styles": styles}

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        """Compare the engine first, then the flow."""
        for name in ("engine", "preset", "frame_steps"):
            if theirs.get(name) != ours.get(name):
                return 2
        return int(theirs.get("flow") != ours.get("flow"))

    def closeness(self, theirs: Facts, ours: Facts) -> float:
        """Count jobs of about the same size more."""
        return likeness(math.prod(size_of(theirs)) / math.prod(size_of(ours)))


def _size(inputs: Inputs, size_px: int) -> tuple[int, int]:
    return painted_size(*size_of(inputs["content"].facts), size_px)


def _frames(params: SentClip, inputs: Inputs) -> int:
    frames = int(str(inputs["content"].facts.get("frames", 1)))
    seconds = seconds_of(inputs)
    return frames_within(frames, seconds, params.start_seconds, params.end_seconds)


VIDEO = VideoKind()
