"""Colors become sRGB by a picture's own profile, in the mode that it describes.

A profile of grey belongs to grey values, one of RGB to colors: applied after the
picture was laid on paper, it would not fit any more. Knows pixels, no files.
"""

import io
from collections.abc import Iterator
from functools import cached_property

from PIL import Image, ImageChops, ImageCms

from app.pixels.picture import Picture

#: Larger profiles are not looked at: real ones have some kilobytes.
_MAX_PROFILE_BYTES = 4 * 2**20
#: Which pixels a profile is for, by the name of its color space (ICC.1, 7.2.6).
_MODE_OF = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK"}
#: So far may the channels of a grey lie apart that went through a lossy codec.
_GREY_TOLERANCE = 4
#: What profiles of strangers make Pillow raise.
_FAILURES = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
#: 16 bits as 8, if there is no profile.
_HIGH_BYTES = [value >> 8 for value in range(2**16)]
#: Rows that are compared at a time.
_BAND_ROWS = 256


class ToSrgb:
    """Converts pixels of one picture.

    A profile that is damaged, or that describes other pixels than the picture can be
    read as without loss, is ignored: then the pixels are taken for sRGB.
    """

    def __init__(self, profile: object, *, is_grey: bool = False) -> None:
        """Read the profile.

        Args:
            profile: ICC's bytes; anything else is no profile.
            is_grey: whether the picture's colors are all grey, whatever their mode.
        """
        self._profile = _read(profile)
        self._mode = _mode_of(self._profile)
        self._is_grey = is_grey

    @classmethod
    def of(cls, picture: Picture) -> "ToSrgb":
        """Return the converter of a picture that is decoded."""
        profile = picture.info.get("icc_profile")
        is_candidate = picture.mode.startswith(("RGB", "P")) and _is_of_grey(profile)
        return cls(profile, is_grey=is_candidate and _is_grey(picture))

    def convert(self, picture: Image.Image) -> Image.Image:
        """Return RGB.

        Args:
            picture: opaque, 8 bits a channel.
        """
        pixels = self._described(picture)
        if self._profile is None or pixels is None:
            return picture.convert("RGB")
        try:
            if pixels.mode == "L":
                return Image.merge("RGB", [pixels.point(self._greys)] * 3)
            converted = ImageCms.profileToProfile(
                pixels, self._profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except _FAILURES:
            converted = None
        return picture.convert("RGB") if converted is None else converted

    def convert_grey16(self, picture: Image.Image) -> Image.Image:
        """Return 8 bits of grey.

        Args:
            picture: of mode I, values of 16 bits.
        """
        try:
            table = self._wide_greys if self._mode == "L" else _HIGH_BYTES
        except _FAILURES:
            table = _HIGH_BYTES
        return picture.point(table, "L")

    def _described(self, picture: Image.Image) -> Image.Image | None:
        """Return the picture in the mode of the profile, None if that loses colors."""
        if picture.mode == self._mode:
            return picture
        is_narrow = self._mode == "L" and (self._is_grey or picture.mode == "1")
        is_wide = self._mode == "RGB" and picture.mode != "CMYK"
        return picture.convert(self._mode) if is_narrow or is_wide else None

    @cached_property
    def _greys(self) -> list[int]:
        """What each of 8 bits' greys becomes."""
        return self._table(Image.linear_gradient("L").resize((1, 256)))

    @cached_property
    def _wide_greys(self) -> list[int]:
        """What each of 16 bits' greys becomes."""
        values = b"".join(value.to_bytes(2, "little") for value in range(2**16))
        return self._table(Image.frombytes("I;16", (256, 256), values))

    def _table(self, ramp: Image.Image) -> list[int]:
        """Return what the values of a ramp become.

        Without littleCMS's shortcuts, of which a linear profile's darkest values come
        out half as bright: 6 instead of 13 for 1 of 255.
        """
        if self._profile is None:
            raise ValueError("there is no profile")
        transform = ImageCms.buildTransform(
            self._profile,
            ImageCms.createProfile("sRGB"),
            ramp.mode,
            "RGB",
            flags=ImageCms.Flags.NOOPTIMIZE,
        )
        converted = ImageCms.applyTransform(ramp, transform)
        if converted is None:
            raise ValueError("the profile cannot be applied")
        return list(converted.getchannel("G").tobytes())


def _read(profile: object) -> ImageCms.ImageCmsProfile | None:
    if isinstance(profile, bytes) and 0 < len(profile) <= _MAX_PROFILE_BYTES:
        try:
            return ImageCms.ImageCmsProfile(io.BytesIO(profile))
        except _FAILURES:
            return None
    return None


def _mode_of(profile: ImageCms.ImageCmsProfile | None) -> str | None:
    return None if profile is None else _MODE_OF.get(profile.profile.xcolor_space)


def _is_of_grey(profile: object) -> bool:
    return _mode_of(_read(profile)) == "L"


def _is_grey(picture: Picture) -> bool:
    """Tell whether no pixel has a color."""
    for band in _bands(picture):
        red, green, blue = band.convert("RGB").split()
        for other in (red, blue):
            counts = ImageChops.difference(green, other).histogram()
            if any(counts[_GREY_TOLERANCE + 1 :]):
                return False
    return True


def _bands(picture: Picture) -> Iterator[Image.Image]:
    width, height = picture.size
    for top in range(0, height, _BAND_ROWS):
        yield picture.crop((0, top, width, min(top + _BAND_ROWS, height)))
