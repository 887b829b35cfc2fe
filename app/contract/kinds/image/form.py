"""How the parameters and further files of a picture are shown, in a form's order."""

from app.contract.form import FieldHints, form_schema
from app.contract.painting.choices import (
    STEPS_OF_FAST_PRESET,
    STEPS_OF_PRESET,
    FastPreset,
)
from app.contract.painting.form import (
    LOOK,
    STYLE_STRENGTH,
    STYLE_WEIGHTS,
    color_hints,
    content_hints,
    preset_hints,
    seed_hints,
    told,
)

_OPTIMIZATION, _ENGINE = "Optimization", "Engine"
_FILES = told(
    "",
    mask="Where the k-th painting goes, white on black; - for none; repeat.",
    style_mask="Which part of the k-th painting counts; - for all of it; repeat.",
    init="The picture for --start image.",
    keep_mask="White where the photograph is kept, for --keep mask.",
)
_ENGINE_HINTS = FieldHints(
    name="engine",
    group=LOOK,
    help="optimize, or fast: one pass of a small network.",
    label="How it is painted",
    names={"optimize": "Stroke by stroke", "fast": "At once"},
    notes={"optimize": "seconds to minutes", "fast": "a small network"},
)
_IN_VIEW = (
    _ENGINE_HINTS,
    preset_hints(STEPS_OF_PRESET),
    STYLE_STRENGTH,
    content_hints("The photograph’s forms"),
    color_hints("Photograph’s"),
    FieldHints(
        name="size",
        group=LOOK,
        help="Long side in pixels.",
        is_basic=True,
        label="Long side",
        sizes=(256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096),
        unit="pixels",
    ),
    seed_hints("picture"),
)
_FURTHER = (
    *told(LOOK, working_size="Paint at this long side, only sharpen at --size."),
    STYLE_WEIGHTS,
    *told(
        LOOK,
        style_scale="Size of the strokes.",
        total_variation="Smoothing of the paint; 1 if not set, 0 for none.",
    ),
    FieldHints(
        name="start", group=LOOK, help="What it starts from.", needs_file=("image",)
    ),
    FieldHints(
        name="keep",
        group=LOOK,
        help="What stays closer to the photograph.",
        needs_file=("mask",),
    ),
    *told(LOOK, keep_strength="How close it stays; 0.7 if not set."),
    *told(_OPTIMIZATION, steps="The preset's if not set."),
    FieldHints(
        name="rungs",
        group=_OPTIMIZATION,
        help="A scale and its steps, from coarse to fine; repeat. The last is --size.",
        value="PX:STEPS",
        example="128:100",
    ),
    *told(
        _OPTIMIZATION,
        optimizer="How the objective is walked down.",
        learning_rate="Adam's.",
        learning_rate_schedule="How the learning rate falls over a scale.",
        gradient_clip="Longest gradient; 1 is a usual one.",
        averaging="Part of a scale's steps that the result averages.",
        early_stop="Leave a scale once its loss hardly falls any more.",
        changes="JSON: what changes at which step, as a steered job tells.",
    ),
    *told(
        _ENGINE,
        network="Which network looks at the pictures.",
        style_loss="Distance between styles.",
    ),
    *(
        FieldHints(
            name=f"{loss}_layers",
            group=_ENGINE,
            help=f"A layer of the {loss} loss, {layer}; repeat.",
            value="LAYER=WEIGHT",
            example="relu1_1=16",
        )
        for loss, layer in (("style", "relu1_1=16"), ("content", "relu4_2=1"))
    ),
    *told(
        _ENGINE,
        pooling="How the network halves its maps.",
        precision="What the network computes in.",
        memory="What is kept for the backward pass.",
        tile_size="Side of a tile in pixels, a multiple of 16, for --memory tiles.",
    ),
)
_FAST_PRESET = FieldHints(
    name="preset",
    group=LOOK,
    help="How much time it may take.",
    label="Time to take",
    notes={
        FastPreset.INSTANT: "one pass",
        FastPreset.QUICK: f"and {STEPS_OF_FAST_PRESET[FastPreset.QUICK]} steps",
    },
)
_FAST_NETWORK = FieldHints(
    name="network",
    group=_ENGINE,
    help="The style's own network, or that for any painting.",
)
_SHARED = {
    "style_strength",
    "style_weights",
    "color",
    "size",
    "style_scale",
    "keep",
    "keep_strength",
}
#: For `json_schema_extra` of the models that are sent, by engine.
FORM = form_schema((*_FILES, *_IN_VIEW, *_FURTHER))
FAST_FORM = form_schema(
    (
        _ENGINE_HINTS,
        _FAST_PRESET,
        *(each for each in (*_IN_VIEW, *_FURTHER) if each.name in _SHARED),
        _FAST_NETWORK,
    )
)
