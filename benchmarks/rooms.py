"""A room from inside that anybody can make again: walls, a floor, a table, a ball."""

import numpy as np

from worker.cloudfile.cloud import Floats, PointCloud

#: Metres: width, depth, height.
_SIZE = np.array((5.0, 4.0, 2.6))
_TABLE = (np.array((3.2, 1.0, 0.0)), np.array((1.2, 0.8, 0.75)))
_BALL, _BALL_RADIUS = np.array((1.2, 2.6, 0.5)), 0.5
_TINTS = np.array(
    [(0.8, 0.75, 0.6), (0.55, 0.65, 0.75), (0.75, 0.6, 0.55), (0.6, 0.7, 0.55)]
)


def room(count: int) -> PointCloud:
    """Return about so many points of surfaces, as many to each square metre."""
    random = np.random.default_rng(0)
    parts = [*_box(np.zeros(3), _SIZE, random), *_box(*_TABLE, random), _ball(random)]
    area = sum(each[0] for each in parts)
    made = [draw(round(count * part / area)) for part, draw in parts]
    points = np.concatenate([each[0] for each in made])
    colors = np.concatenate([each[1] for each in made]).astype(np.float32)
    return PointCloud(points, colors, None, lambda new, _: new.tobytes())


def _box(low: np.ndarray, size: np.ndarray, random: np.random.Generator) -> list:
    """Return (area, what draws points) of each side of a box."""
    sides = []
    for axis in range(3):
        others = [each for each in range(3) if each != axis]
        for end in (0.0, 1.0):
            area = float(np.prod(size[others]))

            def draw(
                number: int, axis: int = axis, end: float = end
            ) -> tuple[np.ndarray, Floats]:
                places = random.uniform(size=(number, 3))
                places[:, axis] = end
                points = low + places * size
                return points, _pattern(points, axis, end)

            sides.append((area, draw))
    return sides


def _pattern(points: np.ndarray, axis: int, end: float) -> Floats:
    """Return colours in stripes and squares that differ from wall to wall."""
    across, up = (points[:, each] for each in range(3) if each != axis)
    tint = _TINTS[(axis + 2 * int(end)) % len(_TINTS)]
    squares = (np.floor(across * 2) + np.floor(up * 2)) % 2
    stripes = 0.5 + 0.5 * np.sin(9 * across + 3 * axis)
    light = 0.45 + 0.35 * squares + 0.2 * stripes
    return (tint * light[:, None]).astype(np.float32)


def _ball(random: np.random.Generator) -> tuple:
    def draw(number: int) -> tuple[np.ndarray, Floats]:
        normals = random.normal(size=(number, 3))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        red = 0.5 + 0.5 * np.sin(8 * normals[:, 2])
        colors = np.stack([red, 0.2 + 0 * red, 0.3 + 0.3 * normals[:, 0]], axis=1)
        return _BALL + _BALL_RADIUS * normals, np.clip(colors, 0, 1).astype(np.float32)

    return 4 * np.pi * _BALL_RADIUS**2, draw
