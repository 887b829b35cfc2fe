"""What a picture's header says, checked before a single pixel is decoded."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from app.intake.boxes import DamagedError
from app.intake.foreign import FOREIGN_HEAD_BYTES, foreign_kind_of
from app.intake.heif import AV1, HeifFacts, OtherCodecError, heif_facts
from app.intake.jpeg import can_be_decoded_small
from app.intake.kinds import KINDS_IN_WORDS, ImageKind, kind_of, webp_size
from app.intake.png import has_sound_layout
from app.intake.png_extras import without_damaged_extras
from app.intake.rules import IntakeRules
from app.pixels.isolation import MOST_PIXEL_BYTES
from app.problems import FieldError, ProblemCode, ProblemError, too_large


@dataclass(frozen=True)
class PictureHeader:
    """What is known of a picture before it is decoded.

    Attributes:
        size: (width, height) in pixels, as they are stored.
        heif: what the boxes say, of a HEIC or AVIF.
    """

    kind: ImageKind
    size: tuple[int, int]
    heif: HeifFacts | None = None

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.size[0] * self.size[1]


#: Pillow tells the claimed size of a bomb in its message alone.
_BOMB_PIXELS = re.compile(r"\((\d+) pixels\)")
_ALLOWED = [kind.value for kind in ImageKind]


def inspect_picture(file: BinaryIO, *, field: str, rules: IntakeRules) -> PictureHeader:
    """Return the picture's header; refuse what first bytes or header rule out.

    Args:
        file: Seekable; its position is lost.
        field: Where the file was sent, for the message: `content`, or `style 2` for
            the second of several.
        rules: The limits.

    Raises:
        ProblemError: With the first rule that the picture breaks.
    """
    kind = _accepted_kind(file, field, rules)
    if kind in {ImageKind.HEIF, ImageKind.AVIF}:
        return _inspect_heif(file, field, rules)
    if kind is ImageKind.PNG and not has_sound_layout(file):
        raise unreadable(field)
    with open_picture(file, kind, field, rules) as picture:
        require_size(picture.size, field, rules, kind)
        if kind is ImageKind.JPEG:
            _require_light_jpeg(picture, file, field, rules)
        # A JPEG of several pictures is a phone's photograph with a preview or a second
        # view; the first picture is the photograph.
        if kind is not ImageKind.JPEG and getattr(picture, "n_frames", 1) > 1:
            frames = int(getattr(picture, "n_frames", 1))
            raise _animated(field, frames)
        return PictureHeader(kind, picture.size)


def _inspect_heif(file: BinaryIO, field: str, rules: IntakeRules) -> PictureHeader:
    """Return the header of a HEIC or AVIF by its boxes; no codec is asked."""
    file.seek(0)
    try:
        facts = heif_facts(file.read())
    except OtherCodecError as error:
        found = f"HEIF of another kind ({error})"
        raise _unsupported(field, found) from error
    except DamagedError as error:
        raise unreadable(field) from error
    if facts.frames != 1:
        raise _animated(field, facts.frames)
    kind = ImageKind.AVIF if facts.codec == AV1 else ImageKind.HEIF
    require_size(facts.size, field, rules, kind)
    _require_room(facts, field)
    return PictureHeader(kind, facts.size, facts)


def _require_room(facts: HeifFacts, field: str) -> None:
    """Refuse a picture that would take more memory than its decoder gets."""
    width, height = facts.size
    most = int(MOST_PIXEL_BYTES / facts.pixel_bytes)
    if width * height > most:
        detail = (
            f"{field} has {width} x {height} pixels of {facts.depth} bits; {most} of "
            "these are allowed, and more of 8 bits."
        )
        raise _too_many_pixels(field, detail, most, width * height)


def _require_light_jpeg(
    picture: Image.Image, file: BinaryIO, field: str, rules: IntakeRules
) -> None:
    """Refuse a very large JPEG that cannot be made small while it is decoded."""
    pixels = picture.width * picture.height
    if pixels > rules.max_pixels and not can_be_decoded_small(file):
        detail = (
            f"{field} has {picture.width} x {picture.height} pixels in a form that has "
            f"to be decoded whole; {rules.max_pixels} of these are allowed."
        )
        raise _too_many_pixels(field, detail, rules.max_pixels, pixels)


def _animated(field: str, frames: int) -> ProblemError:
    came = f"it has {frames} frames" if frames else "it is a sequence"
    detail = f"{field} is animated: {came}; one is allowed."
    return refusal(ProblemCode.IMAGE_ANIMATED, field, detail, 1, frames or None)


def _unsupported(field: str, found: str) -> ProblemError:
    detail = f"{field} is {found}; {KINDS_IN_WORDS} are allowed."
    return refusal(ProblemCode.UNSUPPORTED_IMAGE_TYPE, field, detail, _ALLOWED, found)


@contextmanager
def open_picture(
    file: BinaryIO, kind: ImageKind, field: str, rules: IntakeRules
) -> Iterator[Image.Image]:
    """Yield the picture; whatever Pillow raises meanwhile means that it is damaged."""
    is_png = kind is ImageKind.PNG
    try:
        with without_damaged_extras(file) if is_png else nullcontext(file) as sound:
            sound.seek(0)
            with Image.open(sound, formats=[kind.value]) as picture:
                yield picture
    except ProblemError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        found = _BOMB_PIXELS.search(str(error))
        pixels = None if found is None else int(found[1])
        came = "far too many" if pixels is None else str(pixels)
        most = rules.max_pixels_of(kind)
        detail = f"{field} has {came} pixels; {most} are allowed."
        raise _too_many_pixels(field, detail, most, pixels) from error
    # Hostile bytes make Pillow's parsers raise almost anything: struct.error,
    # SyntaxError, IndexError, zlib.error ...
    except Exception as error:
        raise unreadable(field) from error


def unreadable(field: str) -> ProblemError:
    """Return the problem of a picture of the right kind that is damaged."""
    detail = f"{field} is cut off or damaged and cannot be decoded."
    return refusal(ProblemCode.IMAGE_UNREADABLE, field, detail)


def refusal(
    code: ProblemCode,
    field: str,
    detail: str,
    limit: float | list[str] | None = None,
    actual: float | str | None = None,
) -> ProblemError:
    """Return the problem of one picture; `errors` points at it, counting from 0."""
    error = FieldError(
        field=_pointer_to(field),
        code=code,
        message=detail,
        limit=list(limit) if isinstance(limit, list) else limit,
        actual=actual,
    )
    return ProblemError(code, detail, [error])


def _pointer_to(field: str) -> str:
    """Return the JSON pointer to a picture, counting from 0."""
    name, _, number = field.partition(" ")
    return f"/{name}/{int(number) - 1}" if number else f"/{name}"


def _too_many_pixels(
    field: str, detail: str, most: int, pixels: int | None
) -> ProblemError:
    return too_large(
        detail,
        most,
        pixels,
        pointer=_pointer_to(field),
        code=ProblemCode.IMAGE_TOO_MANY_PIXELS,
    )


def _accepted_kind(file: BinaryIO, field: str, rules: IntakeRules) -> ImageKind:
    """Check length and first bytes, and the size that a WebP claims."""
    length_bytes = file.seek(0, 2)
    file.seek(0)
    head = file.read(FOREIGN_HEAD_BYTES)
    if length_bytes == 0:
        raise refusal(ProblemCode.IMAGE_EMPTY, field, f"{field} has no bytes.")
    if length_bytes > rules.max_bytes:
        detail = f"{field} has {length_bytes} bytes; {rules.max_bytes} are allowed."
        pointer = _pointer_to(field)
        raise too_large(detail, rules.max_bytes, length_bytes, pointer=pointer)
    kind = kind_of(head)
    if kind is None:
        raise _unsupported(field, foreign_kind_of(head))
    if kind is ImageKind.WEBP and (size := webp_size(head)) is not None:
        require_size(size, field, rules, kind)
    return kind


def require_size(
    size: tuple[int, int],
    field: str,
    rules: IntakeRules,
    kind: ImageKind | None = None,
) -> None:
    """Refuse (width, height) that no picture may have.

    Args:
        size: In pixels, each at least 1.
        field: Where the picture was sent, as in `inspect_picture`.
        rules: The limits.
        kind: If it is known; some may have more pixels than others.

    Raises:
        ProblemError: There are too many pixels, or a side is too short.
    """
    width, height = size
    short, long = sorted(size)
    most = rules.max_pixels_of(kind)
    if width * height > most:
        detail = f"{field} has {width} x {height} pixels; {most} are allowed."
        raise _too_many_pixels(field, detail, most, width * height)
    if short < rules.min_side_px:
        raise refusal(
            ProblemCode.IMAGE_TOO_SMALL,
            field,
            f"{field} has {width} x {height} pixels; "
            f"each side must have at least {rules.min_side_px}.",
            rules.min_side_px,
            short,
        )
    if long > rules.max_aspect * short:
        raise refusal(
            ProblemCode.IMAGE_BAD_ASPECT,
            field,
            f"{field} has {width} x {height} pixels; the long side may be at most "
            f"{rules.max_aspect:g} times the short one.",
            rules.max_aspect,
            round(long / short, 2),
        )
