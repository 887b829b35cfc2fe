"""Trace a scene: sphere tracing, soft shadows, ambient occlusion, one reflection.

A scene tells distances and materials; the camera knows nothing of what it sees.
Source: Hart, "Sphere Tracing" (1996); soft shadows after Quilez.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photographs.solids import Array

Number = NDArray[np.int64]
_NEAR = 0.0006  # a ray this close, in distances travelled, has arrived
_FINER = 1.4  # traced this much larger, then reduced


@dataclass(frozen=True)
class Surface:
    """What light does at N points: colour (N, 3), gloss and mirror share (N,)."""

    colour: Array
    gloss: Array
    mirror: Array


class Scene(Protocol):
    """What a camera needs to know."""

    eye: Array
    look_at: Array
    zoom: float
    light: Array
    light_colour: Array
    softness: float
    far: float

    def distances(self, points: Array) -> Array:
        """Give the distance to every body, (N, bodies)."""
        ...

    def surface(self, points: Array, normals: Array, body: Number) -> Surface:
        """Give the material, and may bend the normals in place."""
        ...

    def sky(self, rays: Array) -> Array:
        """Give the colour where a ray meets nothing."""
        ...

    def ambient(self, normals: Array) -> Array:
        """Give the light from everywhere."""
        ...


def photograph(scene: Scene, width_px: int, height_px: int) -> Image.Image:
    """Take the photograph."""
    width, height = round(width_px * _FINER), round(height_px * _FINER)
    rays = _rays(scene, width, height)
    colour = np.empty_like(rays)
    for part in np.array_split(np.arange(len(rays)), max(len(rays) // 60_000, 1)):
        eyes = np.broadcast_to(scene.eye, rays[part].shape)
        colour[part] = _look(scene, eyes, rays[part], depth=1)
    exposed = _film(colour).reshape(height, width, 3)
    large = Image.fromarray((exposed * 255 + 0.5).astype(np.uint8))
    return large.resize((width_px, height_px), Image.Resampling.LANCZOS)


def _rays(scene: Scene, width: int, height: int) -> Array:
    ahead = _unit((scene.look_at - scene.eye)[None])[0]
    right = _unit(np.cross(ahead, [0.0, 1.0, 0.0])[None])[0]
    up = np.cross(right, ahead)
    rows, columns = np.mgrid[0:height, 0:width]
    x = ((columns + 0.5) / width - 0.5) * width / height
    y = 0.5 - (rows + 0.5) / height
    rays = x[..., None] * right + y[..., None] * up + scene.zoom * ahead
    return _unit(rays.reshape(-1, 3))


def _look(scene: Scene, eyes: Array, rays: Array, depth: int) -> Array:
    """Give the colour that each ray brings back."""
    travelled, body = _march(scene, eyes, rays)
    colour = scene.sky(rays)
    hit = np.flatnonzero(body >= 0)
    if len(hit) == 0:
        return colour
    points = eyes[hit] + rays[hit] * travelled[hit, None]
    normals = _normals(scene, points)
    surface = scene.surface(points, normals, body[hit])
    lit = _shade(scene, points, normals, rays[hit], surface)
    mirrors = np.flatnonzero(surface.mirror > 0.01)
    if depth and len(mirrors):
        bounce = _reflect(rays[hit][mirrors], normals[mirrors])
        start = (
            points[mirrors] + normals[mirrors] * 0.004 * travelled[hit][mirrors, None]
        )
        seen = _look(scene, start, bounce, depth - 1)
        share = _fresnel(surface.mirror, normals, rays[hit])[mirrors, None]
        lit[mirrors] += (seen - lit[mirrors]) * share
    haze = 1 - np.exp(-((travelled[hit] / scene.far) ** 2) * 1.6)
    colour[hit] = lit + (scene.sky(rays[hit]) - lit) * haze[:, None]
    return colour


def _march(scene: Scene, eyes: Array, rays: Array) -> tuple[Array, Number]:
    """Walk along each ray until a body is met; -1 where none is."""
    travelled = np.full(len(rays), 0.02)
    body = np.full(len(rays), -1, dtype=np.int64)
    alive = np.arange(len(rays))
    for _ in range(150):
        distances = scene.distances(eyes[alive] + rays[alive] * travelled[alive, None])
        nearest = distances.argmin(axis=1)
        gap = distances[np.arange(len(alive)), nearest]
        arrived = gap < _NEAR * travelled[alive] + 1e-4
        body[alive[arrived]] = nearest[arrived]
        travelled[alive] += np.where(arrived, 0, gap * 0.95)
        alive = alive[~arrived & (travelled[alive] < scene.far)]
        if len(alive) == 0:
            break
    return travelled, body


def _normals(scene: Scene, points: Array) -> Array:
    """Feel the slope of the distance by four corners of a small tetrahedron."""
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]]) * 1.0
    step = 0.0012
    slope = sum(
        corner * scene.distances(points + corner * step).min(axis=1)[:, None]
        for corner in corners
    )
    return _unit(np.asarray(slope))


def _shade(
    scene: Scene, points: Array, normals: Array, rays: Array, surface: Surface
) -> Array:
    lifted = points + normals * 0.006
    facing = np.clip(normals @ scene.light, 0, 1)
    direct = facing * _shadow(scene, lifted)
    open_ = _openness(scene, lifted, normals)
    half = _unit(scene.light - rays)
    shine = np.clip((normals * half).sum(axis=1), 0, 1) ** (8 + 90 * surface.gloss)
    light = direct[:, None] * scene.light_colour
    light = light + open_[:, None] * scene.ambient(normals)
    gleam = (surface.gloss * shine * direct)[:, None] * scene.light_colour
    return np.asarray(surface.colour * light + 0.55 * gleam)


def _shadow(scene: Scene, points: Array) -> Array:
    """Give the share of a broad light that is not hidden."""
    seen = np.ones(len(points))
    travelled = np.full(len(points), 0.02)
    for _ in range(36):
        gap = scene.distances(points + scene.light * travelled[:, None]).min(axis=1)
        seen = np.minimum(seen, 0.5 + 0.5 * gap / (scene.softness * travelled))
        travelled += np.clip(gap, 0.02, 0.6)
    seen = np.clip(seen, 0, 1)
    return seen * seen * (3 - 2 * seen)


def _openness(scene: Scene, points: Array, normals: Array) -> Array:
    """Darken corners: compare free space with the distance walked outwards."""
    hidden = np.zeros(len(points))
    for index, step in enumerate((0.03, 0.09, 0.2, 0.4)):
        gap = scene.distances(points + normals * step).min(axis=1)
        hidden += np.clip(step - gap, 0, step) / step * 0.55 / (index + 1)
    return np.clip(1 - hidden, 0.12, 1)


def _fresnel(mirror: Array, normals: Array, rays: Array) -> Array:
    """More mirror at a grazing look (Schlick, 1994)."""
    grazing = 1 - np.clip(-(normals * rays).sum(axis=1), 0, 1)
    return np.asarray(mirror * (0.08 + 0.92 * grazing**4))


def _reflect(rays: Array, normals: Array) -> Array:
    along = (rays * normals).sum(axis=1, keepdims=True)
    return np.asarray(rays - 2 * along * normals)


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _film(light: Array) -> Array:
    """Compress highlights as film does, then to sRGB.

    Source: Narkowicz, "ACES filmic tone mapping curve" (2015).
    """
    x = np.clip(light, 0, None) * 0.8
    film = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    return np.where(film < 0.0031, 12.92 * film, 1.055 * film ** (1 / 2.4) - 0.055)
