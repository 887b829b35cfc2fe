"""How the parameters of a clip are shown, in a form's order."""

from app.contract.form import FieldHints, form_schema

_LOOK, _MOTION, _FILE = "Look", "Motion", "File"

_HINTS = (
    FieldHints(
        name="size",
        group=_LOOK,
        help="Long side in pixels.",
        is_basic=True,
        label="Long side",
        sizes=(256, 384, 512, 720, 1024, 1280, 1920),
        unit="pixels",
    ),
    FieldHints(
        name="style_strength",
        group=_LOOK,
        help="0 to 1; 0.5 if left out.",
        label="The painting’s hand",
        ends=("barely there", "all over"),
    ),
    FieldHints(
        name="temporal_strength",
        group=_MOTION,
        help="How firmly paint sticks to what moves; 0.5 if left out.",
        label="Steadiness",
        ends=("each frame afresh", "firm"),
    ),
    FieldHints(
        name="color",
        group=_LOOK,
        help="Whose colours.",
        label="Whose colours",
        names={"style": "Painting’s", "content": "Photograph’s"},
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
        name="engine",
        group=_LOOK,
        help="fast: one pass a frame; optimize: many steps.",
        label="How it is painted",
        names={"fast": "At once", "optimize": "Stroke by stroke"},
        notes={"fast": "a small network", "optimize": "minutes to hours"},
    ),
    FieldHints(
        name="start_seconds", group=_FILE, help="Where to begin.", blank="the start"
    ),
    FieldHints(name="end_seconds", group=_FILE, help="Where to end.", blank="the end"),
    FieldHints(
        name="keyframe_interval",
        group=_MOTION,
        help="Paint afresh every so many frames.",
    ),
    FieldHints(
        name="propagate",
        group=_MOTION,
        help="Paint key frames alone, carry them to the others.",
    ),
    FieldHints(name="flow", group=_MOTION, help="How motion is found."),
    FieldHints(name="cut_threshold", group=_MOTION, help="What is a cut; 1 for none."),
    FieldHints(name="format", group=_FILE, help="The container."),
    FieldHints(name="codec", group=_FILE, help="How it is coded."),
    FieldHints(name="quality", group=_FILE, help="1 to 100; 75 if left out."),
    FieldHints(name="audio", group=_FILE, help="What becomes of the sound."),
)
_OPTIMIZE_HINTS = (
    FieldHints(
        name="preset",
        group=_LOOK,
        help="How much time frames may take.",
        label="Time to take",
    ),
    FieldHints(
        name="content_strength",
        group=_LOOK,
        help="0 to 1; 0.5 if left out.",
        label="The clip’s forms",
        ends=("let go", "held fast"),
    ),
    FieldHints(name="first_steps", group=_LOOK, help="Of a shot's first frame."),
    FieldHints(name="frame_steps", group=_LOOK, help="Of each further frame."),
    FieldHints(name="seed", group=_LOOK, help="Drawn if left out.", blank="drawn"),
)
#: For `json_schema_extra` of the models that are sent.
FORM = form_schema(_HINTS)
OPTIMIZE_FORM = form_schema((*_HINTS, *_OPTIMIZE_HINTS))
