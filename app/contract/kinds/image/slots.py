"""What a picture is made from: a photograph, paintings, masks, a start."""

from app.contract.painting.limits import MAX_STYLES
from app.contract.painting.slots import PACKS, STYLES
from app.contract.slots import Slot

SLOTS = (
    Slot(
        name="content",
        noun="photograph",
        description="The photograph: JPEG, PNG, WebP, HEIC or AVIF.",
        least=1,
        from_library=True,
        missing="missing_content",
    ),
    STYLES,
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
    PACKS,
    Slot(
        name="keep_mask",
        noun="mask",
        description="What of the photograph is kept, white, for keep=mask.",
        is_mask=True,
        over="content",
        is_later=True,
    ),
)
