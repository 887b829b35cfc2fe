"""The pictures that came, checked: refused here, before anything is computed.

Knows sizes, masks and colours, no network.
"""

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image, ImageOps

from app.contract.painting.ladder import Rung, fit
from app.contract.painting.limits import MAX_STYLES, MIN_SIZE_PX
from worker.engine.images import upright_rgb
from worker.engine.options import StylizeOptions
from worker.engine.painting.colors import mix_palette
from worker.engine.painting.job import ContentAndStyles, Held
from worker.engine.painting.scales import plan
from worker.engine.styles import Style, regions

MAX_BATCH = 64
#: Below this a picture has no texture to speak of.
MIN_INPUT_SIDE_PX = 32
#: Greatest difference between the aspects of a mask and of its picture.
_ASPECT_SLACK = 0.02


def as_styles(styles: Image.Image | Sequence[Style]) -> tuple[Style, ...]:
    """Return the paintings as a tuple; one alone may come as it is.

    Raises:
        ValueError: there are none, or too many.
    """
    if isinstance(styles, Image.Image):
        return (Style(image=styles),)
    if not 1 <= len(styles) <= MAX_STYLES:
        raise ValueError(f"{len(styles)} styles came, must be 1 to {MAX_STYLES}")
    return tuple(styles)


def content_and_styles_of(
    content_image: Image.Image,
    styles: tuple[Style, ...],
    options: StylizeOptions,
    start_image: Image.Image | None = None,
    keep_mask: Image.Image | None = None,
    held: Held | None = None,
) -> ContentAndStyles:
    """Return what one picture is made from, its colours mixed.

    Raises:
        ValueError: a picture is too small, does not fit its mask, or is missing.
    """
    require_large_enough("content", content_image)
    content_image = upright_rgb(content_image)
    style_images = []
    for style in styles:
        require_large_enough("style", style.image)
        style_images.append(upright_rgb(style.image))
    # Masks lie over the pictures as they are seen.
    styles = tuple(map(_with_plain_masks, styles))
    for style, style_image in zip(styles, style_images, strict=True):
        require_mask("content", content_image, style.mask)
        require_mask("style", style_image, style.image_mask)
        if style.image_mask is not None and style.image_mask.getbbox() is None:
            raise ValueError("a painting's mask is black: nothing of it counts")
    if keep_mask is not None:
        keep_mask = ImageOps.exif_transpose(keep_mask).convert("L")
        require_mask("content", content_image, keep_mask)
    # Refuses masks that leave nothing, at any size.
    regions(styles, *fit(*content_image.size, MIN_SIZE_PX))
    if options.start.is_given != (start_image is not None):
        raise ValueError(
            f"start is {options.start.value!r}, and "
            f"{'no' if start_image is None else 'an'} image to start from was given"
        )
    if start_image is not None:
        start_image = upright_rgb(start_image)
    palette = mix_palette(content_image, style_images, options.color)
    return ContentAndStyles(
        palette=palette,
        styles=styles,
        start_image=start_image,
        keep_mask=keep_mask,
        held=held,
    )


def batch_of(
    content_images: Sequence[Image.Image],
    style_images: Sequence[Image.Image],
    options: StylizeOptions,
) -> tuple[ContentAndStyles, ...]:
    """Return what several pictures are made from, one style for each content.

    Raises:
        ValueError: there are none, too many, or not as many of both.
    """
    count = len(content_images)
    if not 1 <= count <= MAX_BATCH or len(style_images) != count:
        raise ValueError(
            f"{count} contents and {len(style_images)} styles came, must be as many of "
            f"both, from 1 to {MAX_BATCH}"
        )
    return tuple(
        content_and_styles_of(content, (Style(image=style),), options, None)
        for content, style in zip(content_images, style_images, strict=True)
    )


def require_large_enough(name: str, image: Image.Image) -> None:
    """Raise ValueError for a picture that has no texture to speak of."""
    if min(image.size) < MIN_INPUT_SIDE_PX:
        raise ValueError(
            f"the {name} image is {image.width} x {image.height} px, must be at least "
            f"{MIN_INPUT_SIDE_PX} px on each side"
        )


def _with_plain_masks(style: Style) -> Style:
    """Return the style with masks that are grey levels alone, as they are seen."""
    mask, image_mask = (
        None if each is None else ImageOps.exif_transpose(each).convert("L")
        for each in (style.mask, style.image_mask)
    )
    return replace(style, mask=mask, image_mask=image_mask)


def require_mask(name: str, image: Image.Image, mask: Image.Image | None) -> None:
    """Raise ValueError unless a mask has the aspect of its picture."""
    if mask is None:
        return
    ratio = (mask.width * image.height) / (mask.height * image.width)
    if abs(ratio - 1) > _ASPECT_SLACK:
        raise ValueError(
            f"the mask is {mask.width} x {mask.height} px, must have the aspect of the "
            f"{name} image, {image.width} x {image.height}"
        )


def common_rungs(
    batch: Sequence[ContentAndStyles], options: StylizeOptions, detail: float
) -> tuple[Rung, ...]:
    """Return the ladder that a whole batch has.

    Args:
        batch: at least one.
        options: the choices for all of them.
        detail: see `scales.plan`.

    Raises:
        ValueError: they would not be of one size.
    """
    ladders = {
        plan(*each.palette.content_image.size, options, detail) for each in batch
    }
    if len(ladders) > 1:
        sizes = sorted({(rungs[-1].width_px, rungs[-1].height_px) for rungs in ladders})
        raise ValueError(f"a batch has one size, these pictures would have {sizes}")
    return ladders.pop()
