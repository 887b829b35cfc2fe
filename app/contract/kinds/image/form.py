"""How the parameters and further files of a picture are shown, in a form's order."""

from app.contract.form import FieldHints, form_schema
from app.contract.kinds.image.choices import STEPS_OF_PRESET

_LOOK, _OPTIMIZATION, _ENGINE = "Look", "Optimization", "Engine"
_STRENGTH = "0 to 1; 0.5 if left out."

_HINTS = {
    "mask": FieldHints(
        help="Where the k-th painting goes, white on black; - for none; repeat."
    ),
    "style_mask": FieldHints(
        help="Which part of the k-th painting counts; - for all of it; repeat."
    ),
    "init": FieldHints(help="The picture for --start image."),
    "preset": FieldHints(
        group=_LOOK,
        help="How much time it may take.",
        is_basic=True,
        label="Time to take",
        notes={name: f"{steps} steps" for name, steps in STEPS_OF_PRESET.items()},
        sets={name: {"steps": steps} for name, steps in STEPS_OF_PRESET.items()},
    ),
    "style_strength": FieldHints(
        group=_LOOK,
        help=_STRENGTH,
        label="The painting’s hand",
        ends=("barely there", "all over"),
    ),
    "content_strength": FieldHints(
        group=_LOOK,
        help=_STRENGTH,
        label="The photograph’s forms",
        ends=("let go", "held fast"),
    ),
    "color": FieldHints(
        group=_LOOK,
        help="Whose colours.",
        label="Whose colours",
        names={
            "style": "Painting’s",
            "content": "Photograph’s",
            "matched": "Matched",
        },
    ),
    "size": FieldHints(
        group=_LOOK,
        help="Long side in pixels.",
        is_basic=True,
        label="Long side",
        sizes=(256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096),
        unit="pixels",
    ),
    "seed": FieldHints(
        group=_LOOK,
        help="Same seed, same picture.",
        label="Seed",
        blank="a new one",
    ),
    "working_size": FieldHints(
        group=_LOOK, help="Paint at this long side, only sharpen at --size."
    ),
    "style_weights": FieldHints(
        group=_LOOK,
        help="How much the k-th painting counts; 1 if not set; repeat.",
        value="NUMBER",
        each_of="style",
    ),
    "style_scale": FieldHints(group=_LOOK, help="Size of the strokes."),
    "total_variation": FieldHints(
        group=_LOOK, help="Smoothing of the paint; 1 if not set, 0 for none."
    ),
    "start": FieldHints(
        group=_LOOK, help="What it starts from.", needs_file=("image",)
    ),
    "steps": FieldHints(group=_OPTIMIZATION, help="The preset's if not set."),
    "rungs": FieldHints(
        group=_OPTIMIZATION,
        help="A scale and its steps, from coarse to fine; repeat. The last is --size.",
        value="PX:STEPS",
        example="128:100",
    ),
    "optimizer": FieldHints(
        group=_OPTIMIZATION, help="How the objective is walked down."
    ),
    "learning_rate": FieldHints(group=_OPTIMIZATION, help="Adam's."),
    "learning_rate_schedule": FieldHints(
        group=_OPTIMIZATION, help="How the learning rate falls over a scale."
    ),
    "gradient_clip": FieldHints(
        group=_OPTIMIZATION, help="Longest gradient; 1 is a usual one."
    ),
    "averaging": FieldHints(
        group=_OPTIMIZATION, help="Part of a scale's steps that the result averages."
    ),
    "early_stop": FieldHints(group=_OPTIMIZATION),
    "network": FieldHints(group=_ENGINE, help="Which network looks at the pictures."),
    "style_loss": FieldHints(group=_ENGINE, help="Distance between styles."),
    "style_layers": FieldHints(
        group=_ENGINE,
        help="A layer of the style loss, relu1_1=16; repeat.",
        value="LAYER=WEIGHT",
        example="relu1_1=16",
    ),
    "content_layers": FieldHints(
        group=_ENGINE,
        help="A layer of the content loss, relu4_2=1; repeat.",
        value="LAYER=WEIGHT",
        example="relu1_1=16",
    ),
    "pooling": FieldHints(group=_ENGINE, help="How the network halves its maps."),
    "precision": FieldHints(group=_ENGINE, help="What the network computes in."),
    "memory": FieldHints(group=_ENGINE, help="What is kept for the backward pass."),
    "tile_size": FieldHints(
        group=_ENGINE,
        help="Side of a tile in pixels, a multiple of 16, for --memory tiles.",
    ),
}
#: For `json_schema_extra` of the model that is sent.
FORM = form_schema(_HINTS)
