"""What a picture is made from: a photograph, paintings, masks, a start."""

from app.contract.kinds.image.limits import MAX_STYLES
from app.contract.slots import Medium, Slot

#: What a style of the library brings along that has a network of its own.
PACK = "pack"

SLOTS = (
    Slot(
        name="content",
        noun="photograph",
        description="The photograph: JPEG, PNG, WebP, HEIC or AVIF.",
        least=1,
        from_library=True,
        missing="missing_content",
    ),
    Slot(
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
    ),
    Slot(
        name="mask",
        noun="mask",
        description="The k-th says where on the photograph the k-th painting goes: "
        "white is there, black and transparent are not. Paintings without one, or with "
        "an empty part in its place, share the rest.",
        plural="masks",
        most=MAX_STYLES,
        is_mask=True,
        each_of="style",
        over="content",
        too_many="too_many_masks",
    ),
    Slot(
        name="style_mask",
        noun="mask",
        description="The k-th says which part of the k-th painting counts; an empty "
        "part leaves one out.",
        plural="style_masks",
        most=MAX_STYLES,
        is_mask=True,
        each_of="style",
        over="style",
        too_many="too_many_masks",
    ),
    Slot(
        name="init",
        noun="picture",
        description="The picture to start from, for start=image.",
        from_library=True,
    ),
    Slot(
        name=PACK,
        noun="pack",
        description="The k-th is the network that paints in the k-th painting.",
        plural="packs",
        medium=Medium.ANY,
        most=MAX_STYLES,
        comes_with="style",
    ),
)
