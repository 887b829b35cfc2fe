"""How the parameters and further files of a picture are shown, in a form's order."""

from collections.abc import Iterator

from app.contract.form import FieldHints, form_schema
from app.contract.painting.choices import (
    STEPS_OF_FAST_PRESET,
    STEPS_OF_PRESET,
    FastPreset,
)

_LOOK, _OPTIMIZATION, _ENGINE = "Look", "Optimization", "Engine"
_STRENGTH = "0 to 1; 0.5 if left out."


def _told(group: str, **helps: str) -> Iterator[FieldHints]:
    """Yield the hints of parameters that need a heading and a few words alone."""
    for name, text in helps.items():
        yield FieldHints(name=name, group=group, help=text)


_FILES = _told(
    "",
    mask="Where the k-th painting goes, white on black; - for none; repeat.",
    style_mask="Which part of the k-th painting counts; - for all of it; repeat.",
    init="The picture for --start image.",
    keep_mask="White where the photograph is kept, for --keep mask.",
)
_ENGINE_HINTS = FieldHints(
    name="engine",
    group=_LOOK,
    help="optimize, or fast: one pass of a small network.",
    label="How it is painted",
    names={"optimize": "Stroke by stroke", "fast": "At once"},
    notes={"optimize": "seconds to minutes", "fast": "a small network"},
)
_IN_VIEW = (
    _ENGINE_HINTS,
    FieldHints(
        name="preset",
        group=_LOOK,
        help="How much time it may take.",
        is_basic=True,
        label="Time to take",
        notes={name: f"{steps} steps" for name, steps in STEPS_OF_PRESET.items()},
        sets={name: {"steps": steps} for name, steps in STEPS_OF_PRESET.items()},
    ),
    FieldHints(
        name="style_strength",
        group=_LOOK,
        help=_STRENGTH,
        label="The painting’s hand",
        ends=("barely there", "all over"),
    ),
    FieldHints(
        name="content_strength",
        group=_LOOK,
        help=_STRENGTH,
        label="The photograph’s forms",
        ends=("let go", "held fast"),
    ),
    FieldHints(
        name="color",
        group=_LOOK,
        help="Whose colours.",
        label="Whose colours",
        names={"style": "Painting’s", "content": "Photograph’s"},
    ),
    FieldHints(
        name="size",
        group=_LOOK,
        help="Long side in pixels.",
        is_basic=True,
        label="Long side",
        sizes=(256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096),
        unit="pixels",
    ),
    FieldHints(
        name="seed",
        group=_LOOK,
        help="Same seed, same picture.",
        label="Seed",
        blank="a new one",
    ),
)
_FURTHER = (
    *_told(_LOOK, working_size="Paint at this long side, only sharpen at --size."),
    FieldHints(
        name="style_weights",
        group=_LOOK,
        help="How much the k-th painting counts; 1 if not set; repeat.",
        value="NUMBER",
        each_of="style",
    ),
    *_told(
        _LOOK,
        style_scale="Size of the strokes.",
        total_variation="Smoothing of the paint; 1 if not set, 0 for none.",
    ),
    FieldHints(
        name="start", group=_LOOK, help="What it starts from.", needs_file=("image",)
    ),
    FieldHints(
        name="keep",
        group=_LOOK,
        help="What stays closer to the photograph.",
        needs_file=("mask",),
    ),
    *_told(_LOOK, keep_strength="How close it stays; 0.7 if not set."),
    *_told(_OPTIMIZATION, steps="The preset's if not set."),
    FieldHints(
        name="rungs",
        group=_OPTIMIZATION,
        help="A scale and its steps, from coarse to fine; repeat. The last is --size.",
        value="PX:STEPS",
        example="128:100",
    ),
    *_told(
        _OPTIMIZATION,
        optimizer="How the objective is walked down.",
        learning_rate="Adam's.",
        learning_rate_schedule="How the learning rate falls over a scale.",
        gradient_clip="Longest gradient; 1 is a usual one.",
        averaging="Part of a scale's steps that the result averages.",
        early_stop="Leave a scale once its loss hardly falls any more.",
        changes="JSON: what changes at which step, as a steered job tells.",
    ),
    *_told(
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
    *_told(
        _ENGINE,
        pooling="How the network halves its maps.",
        precision="What the network computes in.",
        memory="What is kept for the backward pass.",
        tile_size="Side of a tile in pixels, a multiple of 16, for --memory tiles.",
    ),
)
_FAST_PRESET = FieldHints(
    name="preset",
    group=_LOOK,
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
