"""Cameras that were sent: four forms of files, all as one camera.

Standard library alone, as `ply`. Sources: COLMAP's documentation, "Output Format";
nerfstudio's documentation, "Data conventions"; `cameras.json` as the trainer of 3D
Gaussian Splatting (Kerbl et al. 2023) writes it beside its splats.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

MAX_CAMERA_BYTES = 4 * 2**20
MAX_CAMERAS = 10_000
#: Of our own form, in degrees, across the square view.
_FIELD_OF_VIEW = 60.0
_WIDEST = 170.0
#: Axes may be so far from a right angle: files are rounded.
_ASKEW = 0.02
_LEAST = 1e-9
_LONGEST_ECHO = 60
_IMAGE_WORDS, _CAMERA_WORDS = 10, 5

Vector: TypeAlias = tuple[float, float, float]


class CamerasError(ValueError):
    """The file holds no cameras that can be used; the message says what is wrong."""


@dataclass(frozen=True)
class GivenCamera:
    """A pinhole camera in the cloud's own coordinates; its views are square.

    Attributes:
        position: of it.
        right: of length 1, like the next two, and at right angles to them.
        down: likewise.
        forward: likewise.
        focal: in units of the view's side, which is the picture's shorter one.
    """

    position: Vector
    right: Vector
    down: Vector
    forward: Vector
    focal: float


class _Lens(NamedTuple):
    """In pixels."""

    focal: float
    width: float
    height: float


def read_cameras(content: bytes) -> tuple[GivenCamera, ...]:
    """Return the cameras of a file, in its order.

    Raises:
        CamerasError: it is none of the forms, or one of its numbers is impossible.
    """
    if len(content) > MAX_CAMERA_BYTES:
        most = MAX_CAMERA_BYTES
        raise CamerasError(f"it has {len(content)} bytes; {most} are allowed")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CamerasError("it is no text in UTF-8") from error
    is_json = text.lstrip()[:1] in {"{", "["}
    found = tuple(_of_json(text) if is_json else _of_colmap(text))
    if not 1 <= len(found) <= MAX_CAMERAS:
        raise CamerasError(f"it has {len(found)} cameras; 1 to {MAX_CAMERAS} may be")
    return found


def evenly(cameras: Sequence[GivenCamera], most: int) -> tuple[GivenCamera, ...]:
    """Return at most so many of them, evenly spread."""
    count = min(len(cameras), most)
    return tuple(cameras[number * len(cameras) // count] for number in range(count))


def _of_json(text: str) -> Iterator[GivenCamera]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CamerasError(f"it is no JSON: {error}") from error
    if isinstance(told, list):
        rows, read = told, _of_trainer
    elif isinstance(told.get("cameras"), list):
        rows, read = told["cameras"], _of_ours
    elif isinstance(told.get("frames"), list):
        # What all frames share stands beside them.
        shared = {name: each for name, each in told.items() if name != "frames"}
        rows = [_merged(shared, each) for each in told["frames"]]
        read = _of_frame
    else:
        raise CamerasError("it has neither a list, nor cameras, nor frames")
    for number, row in enumerate(rows[: MAX_CAMERAS + 1]):
        try:
            yield read(row)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else error
            raise CamerasError(f"camera {number}: {what}") from error


# Any: JSON; what it is not is refused where it is read.
def _merged(shared: Mapping[str, Any], frame: Any) -> dict[str, Any]:
    return {**shared, **frame} if isinstance(frame, dict) else {}


def _of_trainer(row: Any) -> GivenCamera:  # Any: as above
    right, down, forward = zip(*map(_vector, row["rotation"]), strict=True)
    lens = _Lens(row["fx"], row["width"], row["height"])
    return _camera(_vector(row["position"]), (right, down, forward), lens)


def _of_frame(row: Any) -> GivenCamera:  # Any: as above
    matrix = [[float(each) for each in line] for line in row["transform_matrix"][:3]]
    right, upward, back, position = (
        _vector([line[column] for line in matrix]) for column in range(4)
    )
    if "fl_x" in row:
        lens = _Lens(row["fl_x"], row["w"], row["h"])
    else:
        width = float(row.get("w", 1))
        focal = width / 2 / math.tan(float(row["camera_angle_x"]) / 2)
        lens = _Lens(focal, width, float(row.get("h", width)))
    return _camera(position, (right, _times(upward, -1), _times(back, -1)), lens)


def _of_ours(row: Any) -> GivenCamera:  # Any: as above
    position = _vector(row["position"])
    target = _vector(row["look_at"])
    angle = float(row.get("field_of_view", _FIELD_OF_VIEW))
    if not 1 <= angle <= _WIDEST:
        raise ValueError(f"field_of_view is {angle}; 1 to {_WIDEST} degrees may be")
    forward = _unit(_sum(target, _times(position, -1)))
    right = _unit(_cross(forward, _vector(row.get("up", (0, 0, 1)))))
    focal = 0.5 / math.tan(math.radians(angle) / 2)
    axes = right, _cross(forward, right), forward
    return _camera(position, axes, _Lens(focal, 1, 1))


def _of_colmap(text: str) -> Iterator[GivenCamera]:
    """Yield the cameras of `cameras.txt` and `images.txt`, one after the other."""
    lenses: dict[str, _Lens] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if len(words) >= _CAMERA_WORDS and words[1].isupper():
                width, height, focal = map(float, words[2:5])
                lenses[words[0]] = _Lens(focal, width, height)
            elif len(words) >= _IMAGE_WORDS and not _is_number(words[9]):
                yield _of_image(words, lenses)
        except KeyError as error:
            what = f"there is no camera {error} before; send cameras.txt and images.txt"
            raise CamerasError(f"line {number}: {what}") from error
        except ValueError as error:
            echo = line[:_LONGEST_ECHO]
            raise CamerasError(f"line {number}: {echo!r}: {error}") from error


def _of_image(words: Sequence[str], lenses: Mapping[str, _Lens]) -> GivenCamera:
    w, x, y, z, *shift = map(float, words[1:8])
    length = math.sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = (each / max(length, _LEAST) for each in (w, x, y, z))
    right = (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y))
    down = (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x))
    forward = (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y))
    axes = right, down, forward
    position = (0.0, 0.0, 0.0)
    for axis, part in zip(axes, shift, strict=True):
        position = _sum(position, _times(axis, -part))
    return _camera(position, axes, lenses[words[8]])


def _camera(
    position: Vector, axes: tuple[Vector, Vector, Vector], lens: _Lens
) -> GivenCamera:
    """Return the camera, its axes made straight.

    Raises:
        ValueError: they are none, or the lens is.
    """
    focal, width, height = map(float, lens)
    if not (0 < focal < math.inf and 0 < min(width, height) < math.inf):
        raise ValueError(f"a focal length of {focal} with {width} x {height} px")
    right, down, forward = map(_unit, axes)
    square = _cross(forward, right)
    if _dot(square, down) < 1 - _ASKEW or abs(_dot(forward, right)) > _ASKEW:
        raise ValueError("its axes are not at right angles, or one is turned round")
    right = _unit(_cross(square, forward))
    return GivenCamera(
        position, right, _cross(forward, right), forward, focal / min(width, height)
    )


def _vector(values: Any) -> Vector:  # Any: JSON
    x, y, z = map(float, values)
    if not all(map(math.isfinite, (x, y, z))):
        raise ValueError("a number is not finite")
    return x, y, z


def _unit(vector: Vector) -> Vector:
    length = math.hypot(*vector)
    if not _LEAST < length < math.inf:
        raise ValueError("a direction has no length")
    return _times(vector, 1 / length)


def _times(vector: Vector, factor: float) -> Vector:
    x, y, z = vector
    return x * factor, y * factor, z * factor


def _sum(one: Vector, other: Vector) -> Vector:
    x, y, z = (a + b for a, b in zip(one, other, strict=True))
    return x, y, z


def _dot(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _cross(one: Vector, other: Vector) -> Vector:
    (a, b, c), (x, y, z) = one, other
    return b * z - c * y, c * x - a * z, a * y - b * x


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
