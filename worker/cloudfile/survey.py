"""Draws what each camera of a job would see, before anything is painted.

`python -m worker.cloudfile.survey PARAMS FOLDER` reads the files `content` and perhaps
`cameras` there, and writes a line of JSON: a PNG in base64 for each view. It is a
process of its own: the API neither computes nor loads NumPy, and a file takes no more
than these bounds.
"""

import base64
import io
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from app.contract.kinds.pointcloud.camera_files import (
    GivenCamera,
    evenly,
    read_cameras,
)
from app.contract.kinds.pointcloud.parameters import ResolvedCloudParameters
from worker.cloudfile.cameras import (
    Camera,
    frame_of,
    given_cameras,
    place_cameras,
)
from worker.cloudfile.cloud import Floats, PointCloud
from worker.cloudfile.formats import read_cloud
from worker.cloudfile.point_rasterizer import point_operator, spacing_of

_SIDE_PX = 128
#: More would not show at this size. Gaussians are drawn as points, too.
_MOST_POINTS = 100_000
_MOST_BYTES, _MOST_S = 3 * 2**30, 30


def main() -> int:
    """Write the pictures; return 0."""
    for kind, most in (
        (resource.RLIMIT_DATA, _MOST_BYTES),
        (resource.RLIMIT_CPU, _MOST_S),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    params = ResolvedCloudParameters.model_validate_json(sys.argv[1])
    folder = Path(sys.argv[2])
    cloud = read_cloud((folder / "content").read_bytes())
    given = folder / "cameras"
    cameras = read_cameras(given.read_bytes()) if given.exists() else ()
    views = drawn_views(cloud, params, cameras)
    told = [base64.b64encode(each).decode() for each in views]
    sys.stdout.write(json.dumps(told))
    return 0


def drawn_views(
    cloud: PointCloud, params: ResolvedCloudParameters, given: Sequence[GivenCamera]
) -> Iterator[bytes]:
    """Yield a small PNG of what each camera sees.

    Args:
        cloud: as it came.
        params: of the job.
        given: cameras that were sent; none for ours.
    """
    points = cloud.centred
    frame = frame_of(points, params.up)
    if given:
        cameras = given_cameras(evenly(given, params.views), cloud.middle, frame)
    else:
        cameras = place_cameras(frame, params.views, params.seed)
    # Whole rows of a scanner must not be left out, so they are drawn.
    random = np.random.default_rng(0)
    count = min(len(points), _MOST_POINTS)
    chosen = np.sort(random.choice(len(points), count, replace=False))
    background = bytes.fromhex(params.background.removeprefix("#"))
    behind = np.array([*background], np.float32) / np.float32(255)
    few, colors = points[chosen], cloud.colors[chosen]
    spacing = spacing_of(few)
    for camera in cameras:
        yield _png(_drawn(camera, few, spacing, colors, behind))


def _drawn(
    camera: Camera, points: Floats, spacing: Floats, colors: Floats, behind: Floats
) -> Floats:
    """Return (side, side, 3)."""
    operator = point_operator(camera, points, spacing, _SIDE_PX)
    seen = np.moveaxis(operator.render(colors), 0, -1)
    picture: Floats = seen + (1 - operator.cover)[:, :, None] * behind
    return picture


def _png(picture: Floats) -> bytes:
    file = io.BytesIO()
    levels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    Image.fromarray(levels).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
