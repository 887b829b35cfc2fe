"""How the parameters of a clip are shown, in a form's order."""

from app.contract.form import FieldHints, form_schema
from app.contract.painting.form import (
    LOOK,
    STYLE_STRENGTH,
    STYLE_WEIGHTS,
    color_hints,
    content_hints,
    told,
)

_MOTION, _FILE = "Motion", "File"

_HINTS = (
    FieldHints(
        name="size",
        group=LOOK,
        help="Long side in pixels.",
        is_basic=True,
        label="Long side",
        sizes=(256, 384, 512, 720, 1024, 1280, 1920),
        unit="pixels",
    ),
    STYLE_STRENGTH,
    FieldHints(
        name="temporal_strength",
        group=_MOTION,
        help="How firmly paint sticks to what moves; 0.5 if left out.",
        label="Steadiness",
        ends=("each frame afresh", "firm"),
    ),
    color_hints("Photograph’s"),
    STYLE_WEIGHTS,
    *told(LOOK, style_scale="Size of the strokes."),
    FieldHints(
        name="engine",
        group=LOOK,
        help="fast: one pass a frame; optimize: many steps.",
        label="How it is painted",
        names={"fast": "At once", "optimize": "Stroke by stroke"},
        notes={"fast": "a small network", "optimize": "minutes to hours"},
    ),
    FieldHints(
        name="start_seconds", group=_FILE, help="Where to begin.", blank="the start"
    ),
    FieldHints(name="end_seconds", group=_FILE, help="Where to end.", blank="the end"),
    *told(
        _MOTION,
        keyframe_interval="Paint afresh every so many frames.",
        propagate="Paint key frames alone, carry them to the others.",
        flow="How motion is found.",
        cut_threshold="What is a cut; 1 for none.",
    ),
    *told(
        _FILE,
        format="The container.",
        codec="How it is coded.",
        quality="1 to 100; 75 if left out.",
        audio="What becomes of the sound.",
        changes="JSON: what changes at which frame, as a steered job tells.",
    ),
)
_OPTIMIZE_HINTS = (
    FieldHints(
        name="preset",
        group=LOOK,
        help="How much time frames may take.",
        label="Time to take",
    ),
    content_hints("The clip’s forms"),
    *told(
        LOOK,
        first_steps="Of a shot's first frame.",
        frame_steps="Of each further frame.",
    ),
    FieldHints(name="seed", group=LOOK, help="Drawn if left out.", blank="drawn"),
)
#: For `json_schema_extra` of the models that are sent.
FORM = form_schema(_HINTS)
OPTIMIZE_FORM = form_schema((*_HINTS, *_OPTIMIZE_HINTS))
