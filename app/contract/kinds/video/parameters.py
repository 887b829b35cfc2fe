"""What a user may ask of a clip by engine; what is common is in `clip_parameters`."""

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field, FiniteFloat

from app.contract.changes import ToldChanges
from app.contract.kinds.video import form, limits
from app.contract.kinds.video.changes import Change
from app.contract.kinds.video.clip_parameters import ClipParameters
from app.contract.painting.choices import STEPS_OF_PRESET, Preset
from app.contract.painting.fields import ResolvedSeed, ResolvedStyleWeights, filled_in
from app.contract.painting.limits import MAX_SEED, MAX_STEPS

_ENGINE_WORDS = (
    "How it is painted: one pass of a small network a frame (fast), or step by step, "
    "each frame from the paint of those before it (optimize)."
)


class VideoParameters(ClipParameters):
    """What a client sends for the engine fast."""

    model_config = ConfigDict(json_schema_extra=form.FORM)

    engine: Annotated[Literal["fast"], Field(description=_ENGINE_WORDS)] = "fast"


class OptimizedVideoParameters(ClipParameters):
    """What a client sends for the engine optimize."""

    model_config = ConfigDict(json_schema_extra=form.OPTIMIZE_FORM)

    engine: Annotated[Literal["optimize"], Field(description=_ENGINE_WORDS)]
    preset: Annotated[Preset, Field(description="How much time frames may take.")] = (
        Preset.DRAFT
    )
    first_steps: Annotated[
        int | None,
        Field(
            ge=1,
            le=MAX_STEPS,
            description="Optimizer steps of a shot's first frame; the preset's if left "
            "out.",
        ),
    ] = None
    frame_steps: Annotated[
        int | None,
        Field(
            ge=1,
            le=limits.MAX_FRAME_STEPS,
            description="Of each further frame, at full size; the preset's if left "
            "out.",
        ),
    ] = None
    content_strength: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How closely the clip is kept; 0 to 1."),
    ] = 0.5
    seed: Annotated[
        int | None,
        Field(
            ge=0,
            le=MAX_SEED,
            description="Same inputs and seed, same clip; drawn if left out.",
        ),
    ] = None


class ResolvedVideoParameters(VideoParameters, json_schema_extra=None):
    """Every value that makes the clip: posting it back gives the same one."""

    style_weights: ResolvedStyleWeights
    changes: ToldChanges[Change] = ()


class ResolvedOptimizedVideoParameters(
    OptimizedVideoParameters, json_schema_extra=None
):
    """Likewise."""

    style_weights: ResolvedStyleWeights
    changes: ToldChanges[Change] = ()
    first_steps: Annotated[int, Field(ge=1, le=MAX_STEPS, description="As sent.")]
    frame_steps: Annotated[
        int, Field(ge=1, le=limits.MAX_FRAME_STEPS, description="As sent.")
    ]
    seed: ResolvedSeed


SentClip: TypeAlias = VideoParameters | OptimizedVideoParameters
ResolvedClip: TypeAlias = ResolvedVideoParameters | ResolvedOptimizedVideoParameters


def resolve(sent: SentClip, styles: int) -> ResolvedClip:
    """Return the parameters with every value filled in, for so many paintings."""
    values = filled_in(sent, styles)
    if isinstance(sent, VideoParameters):
        return ResolvedVideoParameters(**values)
    if sent.first_steps is None:
        values["first_steps"] = STEPS_OF_PRESET[sent.preset]
    if sent.frame_steps is None:
        values["frame_steps"] = limits.FRAME_STEPS_OF_PRESET[sent.preset]
    return ResolvedOptimizedVideoParameters(**values)
