"""A still life by a window: jug, bowl, fruit, bottle and a book on a wooden table."""

import numpy as np
from painters.fields import Noise
from painters.scene import rounded

from photographs.camera import Number, Surface
from photographs.solids import Array, box, cylinder, ellipsoid, melt, sphere, turned

(
    _TABLE,
    _WALL,
    _JUG,
    _BOWL,
    _BOTTLE,
    _APPLE,
    _GREEN,
    _PEAR,
    _LEMON,
    _BOOK,
    _PAGES,
    _STEM,
) = range(12)
_COLOURS = np.array([
    (0.26, 0.125, 0.055), (0.115, 0.135, 0.125), (0.08, 0.22, 0.42), (0.72, 0.66, 0.55),
    (0.03, 0.10, 0.05), (0.55, 0.03, 0.03), (0.30, 0.42, 0.06), (0.55, 0.45, 0.07),
    (0.85, 0.58, 0.04), (0.45, 0.08, 0.10), (0.80, 0.74, 0.60), (0.09, 0.05, 0.02),
])  # fmt: skip
_GLOSS = np.array([0.15, 0.0, 0.75, 0.45, 0.95, 0.6, 0.5, 0.25, 0.3, 0.1, 0.0, 0.0])
_MIRROR = np.array([0.10, 0, 0.5, 0.25, 0.8, 0.25, 0.2, 0, 0, 0, 0, 0])
_JUG_PROFILE = rounded(
    np.array(
        [
            (0.0, 0.20),
            (0.05, 0.23),
            (0.25, 0.36),
            (0.45, 0.41),
            (0.65, 0.37),
            (0.85, 0.24),
            (1.0, 0.17),
            (1.15, 0.17),
            (1.25, 0.22),
            (1.29, 0.235),
        ]
    )
)
_BOTTLE_PROFILE = rounded(
    np.array(
        [
            (0.0, 0.19),
            (0.04, 0.21),
            (0.75, 0.21),
            (0.90, 0.16),
            (1.02, 0.075),
            (1.35, 0.065),
            (1.37, 0.085),
            (1.43, 0.085),
        ]
    )
)
_BOWL_PROFILE = rounded(
    np.array([(0.0, 0.22), (0.05, 0.22), (0.08, 0.30), (0.18, 0.46), (0.32, 0.58)])
)


class StillLife:
    """The scene, as a camera asks for it."""

    eye = np.array([0.15, 1.55, 4.2])
    look_at = np.array([0.02, 0.50, 0.0])
    zoom = 1.55
    light = np.array([-0.72, 0.58, 0.38])
    light_colour = np.array([2.7, 2.4, 2.0])
    softness = 0.16
    far = 30.0

    def __init__(self, rng: np.random.Generator) -> None:
        self._noise = Noise(rng)

    def distances(self, points: Array) -> Array:
        """Give the distance to every body, in the order of their numbers."""
        pear = melt(sphere(points, (-0.18, 0.20, 1.02), 0.20),
                    sphere(points, (-0.15, 0.43, 1.0), 0.10), 0.16)  # fmt: skip
        apples = np.minimum(
            _apple(points, (0.62, 0.47, 0.12)), _apple(points, (1.02, 0.24, 1.0))
        )
        green = np.minimum(
            _apple(points, (0.98, 0.46, 0.02)), _apple(points, (0.80, 0.52, -0.22))
        )
        lemon = np.minimum(
            ellipsoid(points, (0.42, 0.145, 1.15), (0.21, 0.145, 0.145)),
            ellipsoid(points, (0.78, 0.50, 0.30), (0.15, 0.12, 0.15)),
        )
        return np.stack(
            [
                points[:, 1],
                points[:, 2] + 1.7,
                self._jug(points),
                _bowl(points),
                turned(points, (-1.15, 0, -0.45), _BOTTLE_PROFILE),
                apples,
                green,
                pear,
                lemon,
                box(points, (-1.05, 0.155, 0.78), (0.42, 0.02, 0.30), 0.01),
                box(points, (-1.05, 0.075, 0.78), (0.41, 0.065, 0.29), 0.005),
                _stems(points),
            ],
            axis=1,
        )

    def _jug(self, points: Array) -> Array:
        body = turned(points, (-0.35, 0, -0.25), _JUG_PROFILE)
        hollow = cylinder(points, (-0.35, 1.1, -0.25), 0.15, 0.4)
        q = points - np.array([-0.78, 0.82, -0.25])
        ring = np.hypot(np.hypot(q[:, 0] * 1.15, q[:, 1]) - 0.25, q[:, 2]) - 0.038
        return np.asarray(np.minimum(np.maximum(body, -hollow), ring * 0.8))

    def surface(self, points: Array, normals: Array, body: Number) -> Surface:
        """Give wood its grain, the jug its bands, fruit its blush."""
        colour = _COLOURS[body].copy()
        x, y, z = points.T
        noise = self._noise
        plank = np.floor(z / 0.55)
        ring = noise.fractal(x * 0.9 + 7 * plank, z * 9 + 3 * plank, 4)
        grain = 0.75 + 0.55 * np.sin(16 * ring) * 0.35 + 0.5 * noise(x * 2.5, z * 70)
        seam = 1 - 0.75 * np.exp(-(((z / 0.55 - plank) / 0.02) ** 2))
        colour = np.where(
            (body == _TABLE)[:, None], colour * (grain * seam)[:, None], colour
        )
        plaster = (
            1 + 0.35 * noise.fractal(x * 1.3, y * 1.3, 4) + 0.10 * noise(x * 9, y * 9)
        )
        plaster = plaster * (1.25 * np.exp(-(((x + 0.2 - 0.9 * y) / 2.2) ** 2)) + 0.35)
        colour = np.where((body == _WALL)[:, None], colour * plaster[:, None], colour)
        band = (np.abs(y - 0.62) < 0.02) | (np.abs(y - 0.30) < 0.02) | (y > 1.22)
        cream = np.array([0.75, 0.68, 0.52])
        colour = np.where(((body == _JUG) & band)[:, None], cream, colour)
        blush = np.clip(0.5 + 1.5 * noise.fractal(x * 3, y * 3 + z * 2, 3), 0, 1)[
            :, None
        ]
        gold = np.array([0.80, 0.42, 0.06])
        colour = np.where(
            (body == _APPLE)[:, None], colour + (gold - colour) * blush * 0.7, colour
        )
        rust = np.array([0.45, 0.16, 0.04])
        colour = np.where(
            (body == _PEAR)[:, None], colour + (rust - colour) * blush * 0.6, colour
        )
        pores = np.where(body == _LEMON, noise(x * 55, (y + z) * 55), 0.0)
        normals += 0.35 * pores[:, None] * np.array([0.7, 0.7, 0.2])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        peel = 1 + 0.25 * pores
        colour = np.where((body == _LEMON)[:, None], colour * peel[:, None], colour)
        leaf = 1 - 0.35 * (np.sin(y * 420) > 0.2)
        colour = np.where((body == _PAGES)[:, None], colour * leaf[:, None], colour)
        return Surface(np.clip(colour, 0, 1), _GLOSS[body], _MIRROR[body])

    def sky(self, rays: Array) -> Array:
        """Give the room behind the viewer: dark, with the window on the left."""
        window = np.clip(rays @ self.light, 0, 1) ** 6
        room = np.array([0.06, 0.055, 0.05])
        return np.asarray(room + window[:, None] * np.array([2.2, 2.3, 2.5]))

    def ambient(self, normals: Array) -> Array:
        """Give cool light from the window's side, warm from the table."""
        side = np.clip(0.5 - 0.5 * normals[:, :1], 0, 1)
        up = 0.5 + 0.5 * normals[:, 1:2]
        cool, warm = np.array([0.30, 0.36, 0.45]), np.array([0.22, 0.13, 0.07])
        return np.asarray(cool * side * 0.8 + warm * (1 - up) + 0.10 * up)


def _apple(points: Array, centre: tuple[float, float, float]) -> Array:
    q = points - np.array(centre)
    around = np.hypot(q[:, 0], q[:, 2])
    dimple = 0.10 * np.exp(-((around / 0.075) ** 2)) * (q[:, 1] > 0)
    taper = 1 + 0.18 * q[:, 1] / 0.24
    reach = np.sqrt((around / taper) ** 2 + (q[:, 1] * 1.06) ** 2)
    return np.asarray((reach - 0.235 + dimple) * 0.7)


def _bowl(points: Array) -> Array:
    outer = turned(points, (0.82, 0, 0.02), _BOWL_PROFILE, 0.5)
    inner = sphere(points, (0.82, 0.63, 0.02), 0.60)
    return np.maximum(outer, -inner)


def _stems(points: Array) -> Array:
    stems = [
        cylinder(points, foot, 0.013, 0.11)
        for foot in (
            (0.62, 0.62, 0.12),
            (1.02, 0.39, 1.0),
            (0.98, 0.61, 0.02),
            (-0.145, 0.51, 1.0),
        )
    ]
    return np.asarray(np.minimum.reduce(stems))
