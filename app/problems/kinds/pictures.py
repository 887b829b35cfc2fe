"""What may be wrong with a picture, or with where it shall come from."""

from app.problems.codes import ProblemCode as Code
from app.problems.kinds.kind import ProblemKind

KINDS: dict[Code, ProblemKind] = {
    Code.UNSUPPORTED_IMAGE_TYPE: ProblemKind(
        415,
        "The file is not a JPEG, PNG, WebP, HEIC or AVIF",
        "Convert the picture. Its first bytes count, not its name.",
    ),
    Code.IMAGE_EMPTY: ProblemKind(
        422, "The file is empty", "Send the picture's bytes."
    ),
    Code.IMAGE_UNREADABLE: ProblemKind(
        422,
        "The picture is damaged",
        "It is cut off or corrupt: open it in a viewer and save it again.",
    ),
    Code.IMAGE_TOO_MANY_PIXELS: ProblemKind(
        422,
        "The picture has too many pixels",
        "Scale it down: nothing beyond the largest result's size is used.",
    ),
    Code.IMAGE_TOO_SMALL: ProblemKind(
        422, "The picture is too small", "Send one whose sides reach the limit."
    ),
    Code.IMAGE_BAD_ASPECT: ProblemKind(
        422, "The picture is too long and thin", "Crop it nearer to a square."
    ),
    Code.IMAGE_ANIMATED: ProblemKind(
        422, "The picture moves", "Send one frame of the animation."
    ),
    Code.MASK_EMPTY: ProblemKind(
        422,
        "The mask is black",
        "White is where a painting goes, or what of it counts; black and transparent "
        "are not. Invert the mask if it is drawn the other way round.",
    ),
    Code.MASK_BAD_ASPECT: ProblemKind(
        422,
        "The mask does not have the shape of its picture",
        "A `mask` lies over the photograph, a `style_mask` over its painting: crop or "
        "scale it to the same ratio of width to height.",
    ),
    Code.URL_INPUT_DISABLED: ProblemKind(
        422,
        "This service fetches no pictures",
        "Send the picture's bytes. Operators: IMPASTO_URL_INPUTS.",
    ),
    Code.URL_FORBIDDEN: ProblemKind(
        422,
        "The URL may not be fetched",
        "Only https URLs of public hosts are fetched, without a redirect.",
    ),
    Code.URL_FETCH_FAILED: ProblemKind(
        422,
        "The picture could not be fetched",
        "Check that the URL answers 200 with the picture, without a redirect, in time.",
    ),
}
