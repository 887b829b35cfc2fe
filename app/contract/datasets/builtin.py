"""The data set that is always there: `builtin`.

Two photographs of our own, those that installed packages carry, and pictures that the
engine draws from a seed. What it holds hangs on the installed packages, and its
manifest's hash says so. The split is written down here: what a training is judged by
should be photographs.
"""

import hashlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.contract.datasets.manifest import Manifest, PictureRow, Split, manifest_of

BUILTIN = "builtin"
_OWN = Path(__file__).parent / "photographs"
_TRAIN, _HELD_OUT = Split.TRAIN, Split.HELD_OUT

#: Raised when the pictures of equal seeds change.
_RENDERING_VERSION = 1
RENDERING_SIDE_PX = 384
RENDERINGS = 60
#: The last ones of them.
_HELD_OUT_RENDERINGS = 3
_RENDERING = "rendering-"


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A photograph that lies on this machine if its package is installed.

    Attributes:
        package: as it is imported; None for our own.
        path: within the package.
        sha256: of the file.
    """

    package: str | None
    path: str
    sha256: str
    size: tuple[int, int]
    licence: str
    artist: str
    split: Split = _TRAIN

    @property
    def file(self) -> str:
        """Its name in the manifest."""
        return f"{self.package or 'impasto'}/{self.path}"

    def location(self) -> Path | None:
        """Return where it is; None if no installed package has just this file."""
        folder = _OWN if self.package is None else _folder_of(self.package)
        if folder is None or not (path := folder / self.path).is_file():
            return None
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        return path if found == self.sha256 else None


def _skimage(
    name: str,
    sha256: str,
    size: tuple[int, int],
    artist: str,
    licence: str = "CC0",
    split: Split = _TRAIN,
) -> Photograph:
    return Photograph(
        package="skimage",
        path=f"data/{name}",
        sha256=sha256,
        size=size,
        licence=licence,
        artist=artist,
        split=split,
    )


#: Licences are those that the packages state: skimage/data/_fetchers.py beside each
#: picture, sklearn/datasets/images/README.txt.
PHOTOGRAPHS: tuple[Photograph, ...] = (
    Photograph(
        package=None,
        path="harbour.jpg",
        sha256="741a4137a00063d5a28bc0cb524768248c5d3b3cdd74e7ca01f07c1914e4f600",
        size=(1000, 750),
        licence="CC0",
        artist="Impasto",
    ),
    Photograph(
        package=None,
        path="still-life.jpg",
        sha256="008cd1b36f7194cbb5697b86f0457c9f8d7bbd311f6233e872966d8b5bb456dc",
        size=(1000, 750),
        licence="CC0",
        artist="Impasto",
        split=_HELD_OUT,
    ),
    _skimage(
        "coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        (600, 400),
        "Rachel Michetti",
        split=_HELD_OUT,
    ),
    _skimage(
        "astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        (512, 512),
        "NASA",
        "public domain",
        _HELD_OUT,
    ),
    _skimage(
        "chelsea.png",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        (451, 300),
        "Stefan van der Walt",
    ),
    _skimage(
        "rocket.jpg",
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
        (640, 427),
        "SpaceX",
        "public domain",
    ),
    _skimage(
        "camera.png",
        "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
        (512, 512),
        "Lav Varshney",
    ),
    _skimage(
        "hubble_deep_field.jpg",
        "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
        (1000, 872),
        "NASA",
        "public domain",
    ),
    _skimage(
        "brick.png",
        "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
        (512, 512),
        "CC0Textures",
    ),
    _skimage(
        "grass.png",
        "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
        (512, 512),
        "linolafett",
    ),
    _skimage(
        "gravel.png",
        "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
        (512, 512),
        "CC0Textures",
    ),
    Photograph(
        package="sklearn",
        path="datasets/images/china.jpg",
        sha256="8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
        size=(640, 427),
        licence="CC BY 2.0",
        artist="danielbuechele",
    ),
    Photograph(
        package="sklearn",
        path="datasets/images/flower.jpg",
        sha256="a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
        size=(640, 427),
        licence="CC BY 2.0",
        artist="vultilion",
        split=_HELD_OUT,
    ),
)


def builtin_manifest() -> Manifest:
    """Return the list of `builtin` as it is on this machine; none is decoded."""
    found = (each for each in PHOTOGRAPHS if each.location() is not None)
    photographs = (_photograph_row(each) for each in found)
    return manifest_of([*photographs, *_rendering_rows()])


def seed_of(row: PictureRow) -> int | None:
    """Return what a rendering is drawn from; None of a photograph."""
    if not row.file.startswith(_RENDERING):
        return None
    return int(row.file.removeprefix(_RENDERING))


def location_of(row: PictureRow) -> Path | None:
    """Return where a photograph of `builtin` lies; None if it does not (any more)."""
    found = (each.location() for each in PHOTOGRAPHS if each.file == row.file)
    return next(found, None)


def _photograph_row(photograph: Photograph) -> PictureRow:
    width, height = photograph.size
    return PictureRow(
        file=photograph.file,
        sha256=photograph.sha256,
        width=width,
        height=height,
        source=photograph.file,
        source_sha256=photograph.sha256,
        split=photograph.split,
        licence=photograph.licence,
        artist=photograph.artist,
    )


def _rendering_rows() -> Iterator[PictureRow]:
    """Yield the rows of what is drawn; their hash is that of the recipe."""
    for seed in range(RENDERINGS):
        side_px = RENDERING_SIDE_PX
        recipe = f"{_RENDERING}{seed} version {_RENDERING_VERSION} {side_px}"
        sha256 = hashlib.sha256(recipe.encode()).hexdigest()
        yield PictureRow(
            file=f"{_RENDERING}{seed}",
            sha256=sha256,
            width=side_px,
            height=side_px,
            source=recipe,
            source_sha256=sha256,
            split=_HELD_OUT if seed >= RENDERINGS - _HELD_OUT_RENDERINGS else _TRAIN,
            licence="CC0",
            artist="Impasto",
        )


def _folder_of(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    return Path(folders[0]) if folders else None
