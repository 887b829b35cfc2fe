"""How the parameters and further files of a picture are shown, in a form's order."""

from app.contract.form import FieldHints, form_schema
from app.contract.kinds.image.choices import STEPS_OF_PRESET

_LOOK, _OPTIMIZATION, _ENGINE = "Look", "Optimization", "Engine"
_STRENGTH = "0 to 1; 0.5 if left out."

_HINTS = (
    FieldHints(
        name="mask",
        help="Where the k-th painting goes, white on black; - for none; repeat.",
    ),
    FieldHints(
        name="style_mask",
        help="Which part of the k-th painting counts; - for all of it; repeat.",
    ),
    FieldHints(name="init", help="The picture for --start image."),
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
        names={
            "style": "Painting’s",
            "content": "Photograph’s",
            "matched": "Matched",
        },
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
    FieldHints(
        name="working_size",
        group=_LOOK,
        help="Paint at this long side, only sharpen at --size.",
    ),
    FieldHints(
        name="style_weights",
        group=_LOOK,
        help="How much the k-th painting counts; 1 if not set; repeat.",
        value="NUMBER",
        each_of="style",
    ),
    FieldHints(name="style_scale", group=_LOOK, help="Size of the strokes."),
    FieldHints(
        name="total_variation",
        group=_LOOK,
        help="Smoothing of the paint; 1 if not set, 0 for none.",
    ),
    FieldHints(
        name="start", group=_LOOK, help="What it starts from.", needs_file=("image",)
    ),
    FieldHints(name="steps", group=_OPTIMIZATION, help="The preset's if not set."),
    FieldHints(
        name="rungs",
        group=_OPTIMIZATION,
        help="A scale and its steps, from coarse to fine; repeat. The last is --size.",
        value="PX:STEPS",
        example="128:100",
    ),
    FieldHints(
        name="optimizer", group=_OPTIMIZATION, help="How the objective is walked down."
    ),
    FieldHints(name="learning_rate", group=_OPTIMIZATION, help="Adam's."),
    FieldHints(
        name="learning_rate_schedule",
        group=_OPTIMIZATION,
        help="How the learning rate falls over a scale.",
    ),
    FieldHints(
        name="gradient_clip",
        group=_OPTIMIZATION,
        help="Longest gradient; 1 is a usual one.",
    ),
    FieldHints(
        name="averaging",
        group=_OPTIMIZATION,
        help="Part of a scale's steps that the result averages.",
    ),
    FieldHints(name="early_stop", group=_OPTIMIZATION),
    FieldHints(
        name="network", group=_ENGINE, help="Which network looks at the pictures."
    ),
    FieldHints(name="style_loss", group=_ENGINE, help="Distance between styles."),
    FieldHints(
        name="style_layers",
        group=_ENGINE,
        help="A layer of the style loss, relu1_1=16; repeat.",
        value="LAYER=WEIGHT",
        example="relu1_1=16",
    ),
    FieldHints(
        name="content_layers",
        group=_ENGINE,
        help="A layer of the content loss, relu4_2=1; repeat.",
        value="LAYER=WEIGHT",
        example="relu1_1=16",
    ),
    FieldHints(name="pooling", group=_ENGINE, help="How the network halves its maps."),
    FieldHints(name="precision", group=_ENGINE, help="What the network computes in."),
    FieldHints(
        name="memory", group=_ENGINE, help="What is kept for the backward pass."
    ),
    FieldHints(
        name="tile_size",
        group=_ENGINE,
        help="Side of a tile in pixels, a multiple of 16, for --memory tiles.",
    ),
)
#: For `json_schema_extra` of the model that is sent.
FORM = form_schema(_HINTS)
