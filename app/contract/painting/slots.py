"""Paintings and their networks, as jobs of whatever kind are made from them."""

from app.contract.painting.limits import MAX_STYLES
from app.contract.slots import Medium, Slot

#: What a style of the library brings along that has a network of its own.
PACK = "pack"
#: What is known of a style whose picture is no painting; others say nothing.
PAINTABLE = "paintable"

STYLES = Slot(
    name="style",
    noun="painting",
    description="The paintings: JPEG, PNG, WebP, HEIC or AVIF.",
    plural="styles",
    least=1,
    most=MAX_STYLES,
    from_library=True,
    library_field="style_id",
    missing="missing_style",
    too_many="too_many_styles",
)
PACKS = Slot(
    name=PACK,
    noun="pack",
    description="The k-th is the network that paints in the k-th painting.",
    plural="packs",
    medium=Medium.ANY,
    most=MAX_STYLES,
    comes_with=STYLES.name,
)
