"""The names of a submission's fields, in a form and in JSON; how often they come."""

import difflib
from collections.abc import Collection

from app.contract.kinds.image.parameters import StyleTransferParameters

#: Files that come once, and files of which the k-th belongs to the k-th painting.
SINGLE_FILES = ("content", "init")
REPEATED_FILES = ("style", "mask", "style_mask")
#: A painting of the library, in the place of a file `style`.
STYLE_ID = "style_id"
#: In a form the k-th of these is the weight of the k-th painting; a job's parameters
#: call them together `style_weights`, which a form may send as one JSON text.
STYLE_WEIGHT = "style_weight"
STYLE_WEIGHTS = "style_weights"
METADATA = "metadata"
WEBHOOK = "webhook"
TTL_SECONDS = "ttl_seconds"
PRIORITY = "priority"

PARAMETER_FIELDS = tuple(StyleTransferParameters.model_fields)
#: What a submission says besides pictures and parameters.
TERMS = (METADATA, WEBHOOK, TTL_SECONDS, PRIORITY)
KNOWN_FIELDS = (
    *SINGLE_FILES,
    *REPEATED_FILES,
    STYLE_ID,
    STYLE_WEIGHT,
    *TERMS,
    *PARAMETER_FIELDS,
)
REPEATED_FIELDS = frozenset({*REPEATED_FILES, STYLE_ID, STYLE_WEIGHT})
#: The members of a job in JSON.
JOB_MEMBERS = (
    "content",
    "styles",
    "masks",
    "style_masks",
    "init",
    "params",
    *TERMS,
)
#: Parameters whose text is JSON.
JSON_FIELDS = frozenset({"rungs", "style_layers", "content_layers", STYLE_WEIGHTS})
#: Parameters whose text is `true` or `false`.
SWITCHES = frozenset({"early_stop"})


def nearest_field(name: str, known: Collection[str] = KNOWN_FIELDS) -> str | None:
    """Return the known field that was probably meant."""
    return next(iter(difflib.get_close_matches(name[:100], known, 1)), None)
