"""The names of a form's fields, and how many of each there may be."""

import difflib

from app.contract.parameters import StyleTransferParameters

#: Files that come once, and files of which the k-th belongs to the k-th painting.
SINGLE_FILES = ("content", "init")
REPEATED_FILES = ("style", "mask", "style_mask")
#: In a form the k-th of these is the weight of the k-th painting; a job's parameters
#: call them together `style_weights`, which a form may send as one JSON text.
STYLE_WEIGHT = "style_weight"
STYLE_WEIGHTS = "style_weights"
METADATA = "metadata"

PARAMETER_FIELDS = tuple(StyleTransferParameters.model_fields)
KNOWN_FIELDS = (
    *SINGLE_FILES,
    *REPEATED_FILES,
    STYLE_WEIGHT,
    METADATA,
    *PARAMETER_FIELDS,
)
REPEATED_FIELDS = frozenset({*REPEATED_FILES, STYLE_WEIGHT})
#: Parameters whose text is JSON.
JSON_FIELDS = frozenset({"rungs", "style_layers", "content_layers", STYLE_WEIGHTS})
#: Parameters whose text is `true` or `false`.
SWITCHES = frozenset({"early_stop"})


def nearest_field(name: str) -> str | None:
    """Return the known field that was probably meant."""
    return next(iter(difflib.get_close_matches(name, KNOWN_FIELDS, 1)), None)
