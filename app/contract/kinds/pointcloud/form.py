"""How the parameters of a cloud are shown, in a form's order."""

from app.contract.form import FieldHints, form_schema
from app.contract.kinds.pointcloud.choices import STEPS_OF_PRESET
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

_VIEWS, _SPLATS = "Views", "Splats"
#: For `json_schema_extra` of the model that is sent.
FORM = form_schema(
    (
        preset_hints(STEPS_OF_PRESET),
        STYLE_STRENGTH,
        content_hints("The place’s forms"),
        color_hints("The cloud’s"),
        FieldHints(
            name="view_size",
            group=_VIEWS,
            help="Side of a view in pixels.",
            label="Side of a view",
            sizes=(256, 384, 512, 768),
            unit="pixels",
        ),
        seed_hints("cloud"),
        STYLE_WEIGHTS,
        *told(
            LOOK,
            mode="How it is painted.",
            style_scale="Size of the strokes.",
            smoothness="How much colours of near points hold together.",
            steps="The preset's if not set.",
            changes="JSON: what changes at which step, as a steered job tells.",
        ),
        *told(
            _VIEWS,
            views="Cameras that it is painted from.",
            up="Which way is up: auto, +x, -x, +y, -y, +z, -z.",
            background="Colour behind the cloud where it is shown, #rrggbb.",
        ),
        *told(
            _SPLATS,
            harmonics="What becomes of the view-dependent colour.",
            split="How often large ones are divided, 0 to 2.",
        ),
    )
)
