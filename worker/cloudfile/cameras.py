"""Where a cloud is looked at from: our own cameras, placed by its shape.

Around an object, from the middle of a room outwards, above a terrain. Cameras are as in
3D Gaussian Splatting: x to the right, y down, z forward. Pixel (0, 0) has its centre at
(0.5, 0.5). Knows places, no colours.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from app.contract.kinds.pointcloud.camera_files import GivenCamera
from app.contract.kinds.pointcloud.choices import Up
from worker.cloudfile.cloud import Doubles, Floats

#: How far cameras in a room look up and down, 1 for the zenith.
_ROOM_HEIGHT = 0.85
#: Points nearer than this part of the cloud's radius are behind the camera's glass.
_NEAREST = 0.02
#: Likewise of cameras that were sent: they stand in the middle of things.
_NEAREST_OF_GIVEN = 0.002
#: So much of the points, at either end of each axis, does not count for the framing.
_FLOATERS = 0.01
_OBJECT_VIEW = math.radians(45)
_ROOM_VIEW = math.radians(85)
#: A cloud is flat if it is so much lower than it is broad.
_FLAT = 0.18
#: A room has so much of its points near the sides of its box.
_NEAR_SIDE, _ROOM_SHARE = 0.05, 0.6
_SAMPLED = 50_000
#: Between the cameras of a pair.
_PAIR_TURN = math.radians(12)
_GOLDEN_TURN = math.pi * (3 - math.sqrt(5))
#: How far the lowest slab reaches that a ground is told by.
_SLAB = 0.04
#: Which way is up if the ground does not say: most files have z or y up.
_PRIORS = {
    Up.PLUS_Z: 1.0,
    Up.PLUS_Y: 0.95,
    Up.MINUS_Y: 0.85,
    Up.PLUS_X: 0.6,
    Up.MINUS_X: 0.6,
    Up.MINUS_Z: 0.6,
}


class Shape(StrEnum):
    """What a cloud is of, which says from where it is looked at."""

    OBJECT = "object"
    ROOM = "room"
    TERRAIN = "terrain"


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera with square pictures.

    Attributes:
        position: (3,), in the cloud's centred coordinates.
        rotation: (3, 3), its rows are right, down and forward.
        focal: in units of the picture's side.
        nearest: what is nearer along the axis is not seen.
    """

    position: Doubles
    rotation: Doubles
    focal: float
    nearest: float

    def seen_from(self, points: Floats) -> Floats:
        """Return (N, 3), the points in the camera's own coordinates."""
        moved = points.astype(np.float64) - self.position
        return (moved @ self.rotation.T).astype(np.float32)

    def turned(self, centre: Doubles, axis: Doubles, angle: float) -> "Camera":
        """Return the camera after a turn about an axis of length 1 through a place.

        Source: Rodrigues' formula.
        """
        x, y, z = axis
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        turn = np.eye(3) + math.sin(angle) * cross
        turn += (1 - math.cos(angle)) * (cross @ cross)
        position = centre + turn @ (self.position - centre)
        return replace(self, position=position, rotation=self.rotation @ turn.T)

    def directions(self, points: Floats) -> Floats:
        """Return (N, 3), unit vectors from the camera to the points."""
        moved = points.astype(np.float64) - self.position
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        unit: Floats = (moved / np.maximum(length, 1e-12)).astype(np.float32)
        return unit


@dataclass(frozen=True, eq=False)
class Frame:
    """What cameras are placed by: the cloud without its floaters.

    Attributes:
        centre: (3,), of its box.
        axes: (3, 3), rows: two along the ground, then up.
        half: (3,), half the box's sides along the axes.
        shape: what it is of.
    """

    centre: Doubles
    axes: Doubles
    half: Doubles
    shape: Shape

    @property
    def radius(self) -> float:
        """Of the ball around the box."""
        return float(np.linalg.norm(self.half))


def frame_of(points: Floats, up: Up = Up.AUTO) -> Frame:
    """Return how a cloud lies.

    Args:
        points: (N, 3), centred.
        up: which way is up; found by the ground if `AUTO`.
    """
    sampled = _sampled(points).astype(np.float64)
    sampled = sampled[np.isfinite(sampled).all(axis=1)]
    upward = _direction(_found_up(sampled) if up is Up.AUTO else up)
    axes, low, high = _box(sampled, upward)
    half = (high - low) / 2
    centre = ((low + high) / 2) @ axes
    return Frame(centre, axes, half, _shape(sampled, axes, low, high))


def _sampled(points: Floats) -> Floats:
    """Return every so many of the points, so that the rest takes no time."""
    return points[:: max(1, len(points) // _SAMPLED)]


def _direction(up: Up) -> Doubles:
    axis = np.zeros(3)
    axis["xyz".index(up.value[1])] = 1.0 if up.value[0] == "+" else -1.0
    return axis


def _found_up(points: Doubles) -> Up:
    """Return the axis under which most points lie in one slab: the ground."""

    def score(up: Up) -> float:
        height = points @ _direction(up)
        low, high = np.quantile(height, (_FLOATERS, 1 - _FLOATERS))
        ground = np.mean(height <= low + _SLAB * (high - low))
        return float(ground) * _PRIORS[up]

    return max(_PRIORS, key=score)


def _box(points: Doubles, upward: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Return axes with this up, and the box along them with the least ground."""
    side = np.eye(3)[int(np.argmin(np.abs(upward)))]
    first = np.cross(side, upward)
    first /= np.linalg.norm(first)
    second = np.cross(upward, first)
    best: tuple[float, Doubles, Doubles, Doubles] | None = None
    for angle in np.radians(np.arange(0, 90, 5)):
        along = math.cos(angle) * first + math.sin(angle) * second
        axes = np.stack([along, np.cross(upward, along), upward])
        places = points @ axes.T
        low, high = np.quantile(places, (_FLOATERS, 1 - _FLOATERS), axis=0)
        ground = float(np.prod((high - low)[:2]))
        if best is None or ground < best[0] * (1 - 1e-6):
            best = ground, axes, low, high
    if best is None:
        raise ValueError("no angle was tried")
    return best[1:]


def _shape(points: Doubles, axes: Doubles, low: Doubles, high: Doubles) -> Shape:
    half = (high - low) / 2
    if half[2] < _FLAT * min(half[0], half[1]):
        return Shape.TERRAIN
    places = np.abs((points @ axes.T - (low + high) / 2) / np.maximum(half, 1e-12))
    near = (np.abs(places - 1) < _NEAR_SIDE) & (places.max(axis=1) < 1.2)[:, None]
    has_all_sides = (near.mean(axis=0)[:2] > 0.1).all()
    is_room = near.any(axis=1).mean() > _ROOM_SHARE and has_all_sides
    return Shape.ROOM if is_room else Shape.OBJECT


def place_cameras(frame: Frame, count: int, seed: int) -> list[Camera]:
    """Return cameras that see all sides, always the same for a seed.

    Args:
        frame: how the cloud lies.
        count: of cameras.
        seed: turns all of them together.
    """
    turn = np.random.default_rng(seed).uniform(0, 2 * math.pi)
    if frame.shape is Shape.ROOM:
        return [*_inside(frame, count, turn)]
    return [*_outside(frame, count, turn)]


def _outside(frame: Frame, count: int, turn: float) -> Iterator[Camera]:
    """Yield cameras on a dome, on a golden spiral from its rim upwards."""
    low, high = (-0.25, 0.85) if frame.shape is Shape.OBJECT else (0.5, 0.98)
    distance = frame.radius / math.sin(_OBJECT_VIEW / 2)
    for number in range(count):
        height = low + (high - low) * (number + 0.5) / count
        angle = turn + number * _GOLDEN_TURN
        breadth = math.sqrt(1 - height**2)
        local = (breadth * math.cos(angle), breadth * math.sin(angle), height)
        outward = np.array(local) @ frame.axes
        # A broad cloud is come nearer to from its narrow side.
        reach = float(np.linalg.norm(frame.half * (1 - 0.25 * np.abs(local))))
        away = max(distance * reach / frame.radius, 1.05 * frame.radius)
        yield _looking(frame, frame.centre + away * outward, -outward, _OBJECT_VIEW)


def _inside(frame: Frame, count: int, turn: float) -> Iterator[Camera]:
    """Yield cameras near the middle that look outwards, some up, some down."""
    for number in range(count):
        angle = turn + number * _GOLDEN_TURN
        height = _ROOM_HEIGHT * (1 - (2 * number + 1) / count)
        breadth = math.sqrt(1 - height**2)
        local = np.array((breadth * math.cos(angle), breadth * math.sin(angle), height))
        back = np.array((local[0], local[1], 0.3 * local[2]))
        start = frame.centre - 0.35 * (back * frame.half) @ frame.axes
        yield _looking(frame, start, local @ frame.axes, _ROOM_VIEW)


def _looking(frame: Frame, position: Doubles, forward: Doubles, view: float) -> Camera:
    """Return a camera that stands upright and looks along `forward`."""
    upward = frame.axes[2]
    if abs(float(forward @ upward)) > 0.999:
        upward = frame.axes[0]
    right = np.cross(forward, upward)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    focal = 0.5 / math.tan(view / 2)
    rotation = np.stack([right, down, forward])
    return Camera(position, rotation, focal, _NEAREST * max(frame.radius, 1e-12))


def given_cameras(
    given: Sequence[GivenCamera], middle: Doubles, frame: Frame
) -> list[Camera]:
    """Return cameras that were sent, as we have them.

    Args:
        given: in the cloud's own coordinates.
        middle: (3,), what was taken from them to centre it.
        frame: how the cloud lies.
    """
    nearest = _NEAREST_OF_GIVEN * max(frame.radius, 1e-12)
    return [
        Camera(
            np.array(each.position) - middle,
            np.array([each.right, each.down, each.forward]),
            each.focal,
            nearest,
        )
        for each in given
    ]


def held_out_pairs(frame: Frame, seed: int) -> list[Camera]:
    """Return two pairs of cameras; those of a pair see much the same.

    Args:
        frame: how the cloud lies.
        seed: another than that of the cameras which painted.
    """
    first = place_cameras(frame, 2, seed)
    return [
        camera
        for one in first
        for camera in (one, one.turned(frame.centre, frame.axes[2], _PAIR_TURN))
    ]


def turntable_cameras(frame: Frame, count: int) -> list[Camera]:
    """Return cameras once around the cloud, or once around in a room."""
    found = []
    for number in range(count):
        angle = 2 * math.pi * number / count
        is_room = frame.shape is Shape.ROOM
        height = {Shape.ROOM: 0.0, Shape.OBJECT: 0.35, Shape.TERRAIN: 0.65}[frame.shape]
        breadth = math.sqrt(1 - height**2)
        local = (breadth * math.cos(angle), breadth * math.sin(angle), height)
        outward = np.array(local) @ frame.axes
        if is_room:
            found.append(_looking(frame, frame.centre, outward, _ROOM_VIEW))
            continue
        away = frame.radius / math.sin(_OBJECT_VIEW / 2)
        position = frame.centre + away * outward
        found.append(_looking(frame, position, -outward, _OBJECT_VIEW))
    return found
