"""A small harbour in the afternoon: houses on a quay, boats, a lighthouse, hills."""

import numpy as np
from painters.fields import Noise

from photographs.camera import Number, Surface
from photographs.solids import Array, box, cylinder, ellipsoid, gable, sphere, turned

_SEA, _HILLS, _ROCK, _TOWER, _LAMP, _QUAY, _WALLS, _ROOFS, _HULLS, _DECKS, _MASTS = (
    range(11)
)
_COLOURS = np.array([
    (0.012, 0.045, 0.060), (0.07, 0.12, 0.045), (0.20, 0.16, 0.12), (0.80, 0.77, 0.70),
    (0.05, 0.06, 0.07), (0.30, 0.27, 0.23), (0.7, 0.6, 0.45), (0.36, 0.11, 0.06),
    (0.75, 0.72, 0.66), (0.35, 0.22, 0.12), (0.30, 0.20, 0.12),
])  # fmt: skip
_PAINTS = np.array([
    (0.72, 0.50, 0.22), (0.74, 0.70, 0.60), (0.60, 0.20, 0.13), (0.26, 0.42, 0.52),
    (0.75, 0.58, 0.40), (0.45, 0.52, 0.36), (0.74, 0.68, 0.50),
])  # fmt: skip
_HULL_PAINTS = np.array([(0.08, 0.16, 0.36), (0.50, 0.06, 0.05), (0.70, 0.68, 0.62),
                         (0.06, 0.28, 0.26)])  # fmt: skip
# Middle, half width, height of the walls.
_HOUSES = ((0.9, 0.52, 1.25), (2.05, 0.58, 1.65), (3.2, 0.50, 1.35), (4.3, 0.56, 1.9),
           (5.45, 0.55, 1.45), (6.6, 0.56, 1.75), (7.75, 0.55, 1.3))  # fmt: skip
# Middle x and z, length, height of the mast.
_BOATS = (
    (-0.9, 0.9, 0.75, 1.75),
    (1.9, 0.1, 0.62, 1.3),
    (-2.6, -1.6, 0.55, 1.4),
    (3.9, -0.9, 0.6, 0.0),
)
_FRONT = -2.6  # where the houses' fronts stand
_LIGHTHOUSE = (-4.3, 0.5, -6.5)
_TOWER_PROFILE = np.array(
    [(0, 0.46), (2.9, 0.30), (2.95, 0.42), (3.05, 0.42), (3.06, 0.2)]
)


class Harbour:
    """The scene, as a camera asks for it."""

    eye = np.array([-0.4, 1.75, 6.4])
    look_at = np.array([0.5, 0.92, -2.0])
    zoom = 1.12
    light = np.array([-0.56, 0.50, 0.66])
    light_colour = np.array([2.45, 2.1, 1.6])
    softness = 0.05
    far = 110.0

    def __init__(self, rng: np.random.Generator) -> None:
        self._noise = Noise(rng)

    def distances(self, points: Array) -> Array:
        """Give the distance to every body, in the order of their numbers."""
        hulls, decks, masts = _boats(points)
        walls, roofs = _houses(points)
        tower = turned(
            points,
            _LIGHTHOUSE,
            _TOWER_PROFILE,
            0.8,
        )
        lamp = np.minimum(cylinder(points, (-4.3, 3.5, -6.5), 0.2, 0.45),
                          sphere(points, (-4.3, 3.98, -6.5), 0.2))  # fmt: skip
        quay = np.minimum(
            box(points, (5.2, 0.05, -4.2), (5.0, 0.30, 2.1), 0.02),
            box(points, (-1.2, 0.0, -3.3), (1.6, 0.18, 0.25), 0.02),
        )
        return np.stack(
            [
                points[:, 1],
                self._hills(points),
                self._rock(points),
                tower,
                lamp,
                quay,
                walls,
                roofs,
                hulls,
                decks,
                masts,
            ],
            axis=1,
        )

    def _hills(self, points: Array) -> Array:
        hills = np.minimum.reduce([
            ellipsoid(points, (9.0, -1.0, -21.0), (13.0, 6.2, 7.0)),
            ellipsoid(points, (-16.0, -1.0, -34.0), (18.0, 5.4, 6.0)),
            ellipsoid(points, (2.0, -1.0, -40.0), (16.0, 8.0, 6.0)),
        ])  # fmt: skip
        bumps = self._noise(points[:, 0] * 0.5, points[:, 2] * 0.5 + points[:, 1] * 0.6)
        return np.asarray(hills * 0.8 - 0.7 * bumps)

    def _rock(self, points: Array) -> Array:
        rock = ellipsoid(points, (-4.6, -0.2, -6.6), (2.6, 0.85, 1.3))
        bumps = self._noise(points[:, 0] * 1.6, points[:, 2] * 1.6 + points[:, 1] * 2)
        return rock * 0.7 - 0.22 * bumps

    def surface(self, points: Array, normals: Array, body: Number) -> Surface:
        """Give paint, windows, waves and woods."""
        colour = _COLOURS[body].copy()
        x, y, z = points.T
        rough = 1 + 0.5 * self._noise.fractal(x * 3 + z, y * 3 + z, 4)
        colour = colour * np.where(body == _SEA, 1.0, rough)[:, None]
        woods = self._noise.fractal(x * 0.7, z * 0.7 + y, 4)[:, None]
        autumn = np.array([0.24, 0.20, 0.07])
        colour = np.where(
            (body == _HILLS)[:, None],
            colour + (autumn - colour) * (woods > 0.1),
            colour,
        )
        stripe = (np.floor((y - 0.5) / 0.55) % 2 == 1) & (body == _TOWER) & (y < 3.4)
        colour = np.where(stripe[:, None], np.array([0.55, 0.06, 0.05]), colour)
        stones = (np.abs(np.sin(y * 19)) < 0.18) | (
            np.abs(np.sin(x * 6 + 3 * np.floor(y * 6))) < 0.05
        )
        colour = np.where(((body == _QUAY) & stones)[:, None], colour * 0.5, colour)
        tiles = 0.75 + 0.35 * np.sin(y * 70) * np.sin(z * 40 + x * 3)
        colour = np.where((body == _ROOFS)[:, None], colour * tiles[:, None], colour)
        colour = self._paint_walls(colour, points, normals, body)
        colour = _paint_hulls(colour, points, body)
        self._waves(points, normals, body)
        gloss = np.select([body == _SEA, body == _HULLS], [0.9, 0.5], 0.05)
        return Surface(np.clip(colour, 0, 1), gloss, np.where(body == _SEA, 1.0, 0.0))

    def _paint_walls(
        self, colour: Array, points: Array, normals: Array, body: Number
    ) -> Array:
        middles = np.array([house[0] for house in _HOUSES])
        house = np.abs(points[:, :1] - middles).argmin(axis=1)
        wall = body == _WALLS
        weather = 1 + 0.3 * self._noise(points[:, 0] * 2, points[:, 1] * 5)
        colour = np.where(wall[:, None], _PAINTS[house] * weather[:, None], colour)
        across = (points[:, 0] - middles[house]) / 0.36
        up = (points[:, 1] - 0.42) / 0.52
        beside = np.abs(across - np.round(across)) * 0.36
        above = np.abs(up - np.floor(up) - 0.5) * 0.52
        front = wall & (normals[:, 2] > 0.7) & (np.abs(across) < 1.3) & (up > 0)
        frame, pane = (
            (beside < 0.115) & (above < 0.175),
            (beside < 0.085) & (above < 0.145),
        )
        bars = (beside < 0.010) | (np.abs(above - 0.0) < 0.010)
        colour = np.where((front & frame)[:, None], np.array([0.8, 0.78, 0.72]), colour)
        return np.where(
            (front & pane & ~bars)[:, None], np.array([0.03, 0.045, 0.06]), colour
        )

    def _waves(self, points: Array, normals: Array, body: Number) -> None:
        """Bend the sea's normals, less and less towards the horizon."""
        sea = body == _SEA
        x, z = points[sea, 0], points[sea, 2]
        calm = 0.16 / (1 + 0.10 * np.maximum(6.4 - z, 0))
        wave = [
            self._noise.fractal(x * 1.3 + shift, z * 3.4 + shift, 4)
            for shift in (0.0, 40.0)
        ]
        normals[sea, 0] += 0.7 * calm * wave[0]
        normals[sea, 2] += calm * wave[1]
        normals[sea] /= np.linalg.norm(normals[sea], axis=1, keepdims=True)

    def sky(self, rays: Array) -> Array:
        """Give a blue sky, pale at the horizon, with clouds lit from the left."""
        up = np.clip(rays[:, 1], 0.0, 1)[:, None]
        low, high = np.array([0.86, 0.76, 0.62]), np.array([0.10, 0.26, 0.55])
        sky = low + (high - low) * (1 - np.exp(-5.5 * up))
        plane = rays[:, [0, 2]] / (rays[:, 1:2] + 0.12)
        bulk = self._noise.fractal(plane[:, 0] * 0.55, plane[:, 1] * 0.75 + 3, 5)
        lit = self._noise.fractal(
            plane[:, 0] * 0.55 - 0.10, plane[:, 1] * 0.75 + 3.05, 5
        )
        cover = np.clip((bulk + 0.04) * 4.5, 0, 1)[:, None]
        shade = np.clip(0.80 + 1.1 * (bulk - lit) - 0.25 * bulk, 0.45, 1.1)[:, None]
        cloud = shade * np.array([1.0, 0.93, 0.86])
        return np.asarray(sky + (cloud - sky) * cover * np.clip(up * 9, 0, 1) * 0.9)

    def ambient(self, normals: Array) -> Array:
        """Give the sky's blue from above, the sea's from below."""
        up = 0.5 + 0.5 * normals[:, 1:2]
        return np.asarray(
            np.array([0.34, 0.43, 0.60]) * up + np.array([0.16, 0.17, 0.16]) * (1 - up)
        )


def _houses(points: Array) -> tuple[Array, Array]:
    walls, roofs = [], []
    turned_points = points[:, [2, 1, 0]]  # the ridges run towards the viewer
    for middle, half, height in _HOUSES:
        walls.append(
            box(
                points,
                (middle, height / 2 + 0.3, _FRONT - 0.9),
                (half, height / 2 + 0.06, 0.8),
            )
        )
        attic = gable(
            turned_points, (_FRONT - 0.9, height + 0.34, middle), (0.79, 0.62, half)
        )
        walls.append(attic)
        outer = gable(
            turned_points,
            (_FRONT - 0.9, height + 0.36, middle),
            (0.88, 0.72, half + 0.09),
        )
        inner = gable(
            turned_points,
            (_FRONT - 0.9, height + 0.28, middle),
            (2.0, 0.70, half + 0.05),
        )
        roofs.append(np.maximum(outer, -inner))
        roofs.append(
            box(points, (middle + 0.25, height + 0.95, _FRONT - 1.2), (0.08, 0.25, 0.1))
        )
    return np.minimum.reduce(walls), np.minimum.reduce(roofs)


def _boats(points: Array) -> tuple[Array, Array, Array]:
    hulls, decks, masts = [], [], []
    for x, z, length, mast in _BOATS:
        bow = 0.10 * np.clip((points[:, 0] - x) / length, -1, 1) ** 2
        low = points - np.stack([0 * bow, bow, 0 * bow], axis=1)
        body = ellipsoid(low, (x, 0.18, z), (length, 0.30, length * 0.34))
        hulls.append(np.maximum(body, low[:, 1] - 0.22) * 0.8)
        decks.append(
            box(
                points,
                (x - 0.18 * length, 0.32, z),
                (0.26 * length, 0.13, 0.15 * length),
                0.02,
            )
        )
        if mast:
            masts.append(cylinder(points, (x + 0.12 * length, 0.1, z), 0.018, mast))
            masts.append(
                box(points, (x - 0.22 * length, 0.62, z), (0.36 * length, 0.022, 0.022))
            )
    return np.minimum.reduce(hulls), np.minimum.reduce(decks), np.minimum.reduce(masts)


def _paint_hulls(colour: Array, points: Array, body: Number) -> Array:
    """Give each boat its own paint, a light rail and dark planks at the water."""
    places = np.array([(boat[0], boat[1]) for boat in _BOATS])
    away = np.linalg.norm(points[:, None, [0, 2]] - places[None], axis=2)
    paint = _HULL_PAINTS[away.argmin(axis=1)]
    rail = (points[:, 1] > 0.19)[:, None]
    paint = np.where(rail, np.array([0.72, 0.66, 0.52]), paint)
    return np.where((body == _HULLS)[:, None], paint, colour)
