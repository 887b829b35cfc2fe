"""How the parameters of a cloud are shown, in a form's order."""

from collections.abc import Iterator

from app.contract.form import FieldHints, form_schema
from app.contract.kinds.pointcloud.choices import STEPS_OF_PRESET

_LOOK, _VIEWS, _SPLATS = "Look", "Views", "Splats"
_STRENGTH = "0 to 1; 0.5 if left out."


def _told(group: str, **helps: str) -> Iterator[FieldHints]:
    """Yield the hints of parameters that need a heading and a few words alone."""
    for name, text in helps.items():
        yield FieldHints(name=name, group=group, help=text)


#: For `json_schema_extra` of the model that is sent.
FORM = form_schema(
    (
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
            label="The place’s forms",
            ends=("let go", "held fast"),
        ),
        FieldHints(
            name="color",
            group=_LOOK,
            help="Whose colours.",
            label="Whose colours",
            names={"style": "Painting’s", "content": "The cloud’s"},
        ),
        FieldHints(
            name="view_size",
            group=_VIEWS,
            help="Side of a view in pixels.",
            label="Side of a view",
            sizes=(256, 384, 512, 768),
            unit="pixels",
        ),
        FieldHints(
            name="seed",
            group=_LOOK,
            help="Same seed, same cloud.",
            label="Seed",
            blank="a new one",
        ),
        FieldHints(
            name="style_weights",
            group=_LOOK,
            help="How much the k-th painting counts; 1 if not set; repeat.",
            value="NUMBER",
            each_of="style",
        ),
        *_told(
            _LOOK,
            mode="How it is painted.",
            style_scale="Size of the strokes.",
            smoothness="How much colours of near points hold together.",
            steps="The preset's if not set.",
        ),
        *_told(
            _VIEWS,
            views="Cameras that it is painted from.",
            up="Which way is up: auto, +x, -x, +y, -y, +z, -z.",
            background="Colour behind the cloud where it is shown, #rrggbb.",
        ),
        *_told(
            _SPLATS,
            harmonics="What becomes of the view-dependent colour.",
            split="How often large ones are divided, 0 to 2.",
        ),
    )
)
