"""Divides large Gaussians before they are painted: strokes are no finer than they are.

Two children lie at plus and minus s / sqrt(2) on the longest axis, of which each has
the deviation s / sqrt(2): so mass, mean and covariance are the parent's, and between
them there is no dent. The file gets longer by the second children, at its end.
"""

import numpy as np

from app.contract.kinds.pointcloud.limits import MAX_GAUSSIANS
from app.contract.kinds.pointcloud.ply import (
    MAGIC,
    Encoding,
    UnreadableCloudError,
    read_ply_header,
)
from app.contract.kinds.pointcloud.splat import COLOR_OFFSET, ROW_BYTES, SCALE_OFFSET
from worker.cloudfile.cameras import Frame, frame_of
from worker.cloudfile.cloud import Doubles, Floats, Gaussians, Integers, PointCloud
from worker.cloudfile.formats import read_cloud
from worker.cloudfile.formats.binary_rows import BinaryRows
from worker.cloudfile.gaussian_rasterizer import rotation_matrices

#: A Gaussian is large if its longest deviation is more pixels than this in a view of
#: all of the cloud.
_LARGE_PX = 1.0
#: Of the box around the cloud without its floaters: what lies farther out is sky.
_NEAR = 1.1
#: What shows less is not worth a second Gaussian.
_LEAST_OPACITY = 0.1
_MOST_OPACITY = 0.99
#: Of each child's height there is so much left in the middle between them.
_BETWEEN = np.exp(-0.5)
_PLACE, _SCALES = ("x", "y", "z"), ("scale_0", "scale_1", "scale_2")


def divided(content: bytes, levels: int, view_px: int) -> bytes:
    """Return the file with its large Gaussians divided, so many times at most.

    Never more than twice as many as came, nor more than a cloud may have. Colours,
    rotations and all other properties are the parent's.

    Args:
        content: of a binary PLY with Gaussians, or of a .splat.
        levels: 0 to 2.
        view_px: side of the views that will be painted.

    Raises:
        UnreadableCloudError: the file is neither.
    """
    most: int | None = None
    for _ in range(levels):
        cloud = read_cloud(content)
        most = min(2 * len(cloud), MAX_GAUSSIANS) if most is None else most
        if cloud.gaussians is None:
            raise UnreadableCloudError("points cannot be divided, only Gaussians")
        chosen = _large(cloud, cloud.gaussians, view_px, most - len(cloud))
        if not chosen.size:
            break
        content = _divided_once(content, cloud, cloud.gaussians, chosen)
    return content


def _large(
    cloud: PointCloud, gaussians: Gaussians, view_px: int, most: int
) -> Integers:
    """Return which Gaussians are divided, the largest ones if there are too many."""
    points = cloud.centred
    frame = frame_of(points)
    longest = gaussians.scales.max(axis=1)
    pixel = 2 * max(frame.radius, 1e-12) / view_px
    seen = (gaussians.opacities >= _LEAST_OPACITY) & _inside(frame, points)
    large = np.flatnonzero(seen & (longest > _LARGE_PX * pixel))
    by_size = large[np.argsort(-longest[large], kind="stable")]
    return np.sort(by_size[: max(0, most)])


def _inside(frame: Frame, points: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    local = np.abs((points - frame.centre) @ frame.axes.T)
    return np.asarray((local <= _NEAR * frame.half + 1e-12).all(axis=1))


def _divided_once(
    content: bytes, cloud: PointCloud, gaussians: Gaussians, chosen: Integers
) -> bytes:
    """Return the file with two Gaussians for each of the chosen ones."""
    axis = gaussians.scales[chosen].argmax(axis=1)
    deviation = gaussians.scales[chosen, axis].astype(np.float64) / np.sqrt(2)
    turned = rotation_matrices(gaussians.rotations[chosen])
    # A column of the matrix is an axis of the Gaussian.
    shift = turned[np.arange(len(chosen)), :, axis] * deviation[:, None]
    opacity = gaussians.opacities.astype(np.float64)
    alone = 1 - np.sqrt(1 - np.minimum(opacity[chosen], _MOST_OPACITY))
    opacity = np.append(opacity, opacity[chosen])
    opacity[chosen] = opacity[len(cloud) :] = np.minimum(alone / _BETWEEN, 1)
    positions = np.concatenate([cloud.positions, cloud.positions[chosen] - shift])
    positions[chosen] += shift
    scales = np.concatenate([gaussians.scales, gaussians.scales[chosen]])
    scales = scales.astype(np.float64)
    scales[chosen, axis] = deviation
    scales[len(cloud) + np.arange(len(chosen)), axis] = deviation
    changed = np.append(chosen, np.arange(len(cloud), len(positions)))
    if content.startswith(MAGIC):
        return _longer_ply(content, chosen, changed, positions, scales, opacity)
    return _longer_splat(content, chosen, changed, positions, scales, opacity)


def _longer_ply(
    content: bytes,
    chosen: Integers,
    changed: Integers,
    positions: Doubles,
    scales: Doubles,
    opacity: Doubles,
) -> bytes:
    header = read_ply_header(content)
    vertex = header.vertex
    if header.encoding is Encoding.ASCII or vertex.has_lists:
        raise UnreadableCloudError(
            "split takes a binary PLY without lists, or a .splat; convert the file"
        )
    start = BinaryRows(content, header).start
    end = start + vertex.count * vertex.row_bytes
    rows = np.frombuffer(content, np.uint8)[start:end].reshape(-1, vertex.row_bytes)
    head = content[: header.length].replace(
        b"element vertex %d" % vertex.count,
        b"element vertex %d" % (vertex.count + len(chosen)),
    )
    between = content[header.length : start]
    body = rows.tobytes() + rows[chosen].tobytes()
    longer = b"".join((head, between, body, content[end:]))
    table = BinaryRows(longer, read_ply_header(longer))
    columns = dict(zip(_PLACE, positions.T, strict=True))
    sure = np.clip(opacity, 1e-6, 1 - 1e-6)
    columns |= dict(zip(_SCALES, np.log(np.maximum(scales, 1e-13)).T, strict=True))
    columns["opacity"] = np.log(sure / (1 - sure))
    for name, values in columns.items():
        # What is not divided keeps its bits.
        kept = table.column(name)
        kept[changed] = values[changed]
        columns[name] = kept
    return table.replaced(columns)


def _longer_splat(
    content: bytes,
    chosen: Integers,
    changed: Integers,
    positions: Doubles,
    scales: Doubles,
    opacity: Doubles,
) -> bytes:
    rows = np.frombuffer(content, np.uint8).reshape(-1, ROW_BYTES)
    longer = np.concatenate([rows, rows[chosen]])
    numbers = np.concatenate([positions, scales], axis=1)[changed].astype("<f4")
    longer[changed, : SCALE_OFFSET + 12] = numbers.view(np.uint8).reshape(-1, 24)
    levels = np.rint(opacity[changed] * 255).astype(np.uint8)
    longer[changed, COLOR_OFFSET + 3] = levels
    return longer.tobytes()
