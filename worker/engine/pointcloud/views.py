"""The views of one cloud: each operator is built when it is first needed, then kept.

They are kept in files that are mapped into memory, so that many large ones leave the
memory to whoever needs it more. Nothing of them is left when `close` was called.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

from app.contract.kinds.pointcloud.camera_files import GivenCamera, evenly
from app.contract.kinds.pointcloud.choices import Harmonics
from worker.cloudfile.cameras import (
    Camera,
    frame_of,
    given_cameras,
    place_cameras,
)
from worker.cloudfile.cloud import Floats, PointCloud
from worker.cloudfile.gaussian_rasterizer import gaussian_operator
from worker.cloudfile.operators import ViewOperator
from worker.cloudfile.point_rasterizer import point_operator, spacing_of
from worker.cloudfile.shading import Shading, shading_of
from worker.engine.pointcloud.options import CloudOptions

_PARTS = ("data", "indices", "indptr")


class Views:
    """What cameras see of a cloud.

    Args:
        cloud: that is looked at.
        cameras: that look.
        side_px: of the pictures.
        harmonics: what becomes of them.
        check: called several times a second; may raise.
    """

    def __init__(
        self,
        cloud: PointCloud,
        cameras: Sequence[Camera],
        side_px: int,
        harmonics: Harmonics,
        check: Callable[[], None],
    ) -> None:
        self.side_px = side_px
        self._cloud, self._cameras = cloud, cameras
        self._harmonics, self._check = harmonics, check
        self._points = cloud.centred
        self._spacing: Floats | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="impasto-views-")
        self._kept: dict[int, ViewOperator] = {}

    def __len__(self) -> int:
        return len(self._cameras)

    @property
    def ready(self) -> int:
        """How many operators are there."""
        return len(self._kept)

    def close(self) -> None:
        """Delete the files."""
        self._kept.clear()
        self._folder.cleanup()

    def operator(self, number: int) -> ViewOperator:
        """Return a view's operator."""
        if number not in self._kept:
            self._kept[number] = self._on_disk(self._built(number), number)
        return self._kept[number]

    def camera(self, number: int) -> Camera:
        """Return which camera looks."""
        return self._cameras[number]

    def others(self, cameras: Sequence[Camera], side_px: int) -> "Views":
        """Return what other cameras see of the same points; to be closed, too."""
        views = Views(self._cloud, cameras, side_px, self._harmonics, self._check)
        views._spacing = self._spacing  # takes seconds for a million points
        return views

    def places(self, number: int) -> Floats:
        """Return (side, side, 3), where what each pixel shows is; 0 for nothing."""
        operator = self.operator(number)
        sums = np.moveaxis(operator.render(self._points), 0, -1)
        cover = np.maximum(operator.cover, 1e-6)[:, :, None]
        return np.asarray(sums / cover, np.float32)

    def shading(self, number: int) -> Shading:
        """Return how this camera sees the colours."""
        camera = self._cameras[number]
        return shading_of(camera, self._points, self._cloud, self._harmonics)

    def picture(self, number: int, colors: Floats) -> tuple[Tensor, Tensor]:
        """Return what a view shows of colours (N, 3), black behind, and its cover.

        Returns:
            (1, 3, side, side) and (1, 1, side, side).
        """
        operator = self.operator(number)
        seen = self.shading(number).seen(colors)
        picture = torch.from_numpy(operator.render(seen))[None]
        return picture, torch.from_numpy(operator.cover.copy())[None, None]

    def gradient(self, number: int, by_pixel: Floats) -> Floats:
        """Return the gradient by the colours, (N, 3), from one by (3, side, side)."""
        by_seen = self.operator(number).gradient(by_pixel)
        return self.shading(number).gradient(by_seen)

    def visibility(self) -> Floats:
        """Return (N,), how many pixels of all views each point is."""
        seen = np.zeros(len(self._cloud), np.float32)
        for number in range(len(self)):
            seen += self.operator(number).visibility
        return seen

    def _built(self, number: int) -> ViewOperator:
        self._check()
        camera, gaussians = self._cameras[number], self._cloud.gaussians
        if gaussians is not None:
            return gaussian_operator(
                camera, self._points, gaussians, self.side_px, self._check
            )
        if self._spacing is None:
            self._spacing = spacing_of(self._points)
            self._check()
        return point_operator(camera, self._points, self._spacing, self.side_px)

    def _on_disk(self, operator: ViewOperator, number: int) -> ViewOperator:
        """Return the same operator, its arrays mapped from files."""
        arrays = []
        for name in _PARTS:
            path = Path(self._folder.name) / f"{number}-{name}.npy"
            np.save(path, getattr(operator.matrix, name))
            arrays.append(np.load(path, mmap_mode="r"))
        matrix = csr_matrix(tuple(arrays), operator.matrix.shape, copy=False)
        return ViewOperator(matrix, operator.side_px, operator.cover)


def views_of(
    cloud: PointCloud,
    options: CloudOptions,
    check: Callable[[], None],
    given: Sequence[GivenCamera] = (),
) -> Views:
    """Return the views that a job paints.

    Args:
        cloud: that is looked at.
        options: of the job.
        check: called several times a second; may raise.
        given: cameras to look from; by the cloud's shape if there are none.
    """
    frame = frame_of(cloud.centred, options.up)
    cameras = (
        given_cameras(evenly(given, options.views), cloud.middle, frame)
        if (given)
        else place_cameras(frame, options.views, options.seed)
    )
    return Views(cloud, cameras, options.view_px, options.harmonics, check)
