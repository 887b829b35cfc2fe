"""Motion between frames, and where it can be trusted.

Source of the flow: Kroeger et al. 2016, DIS; of the tests: Ruder, Dosovitskiy and Brox
2016, equations 5 and 6.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from worker.engine.video.frames import FlowField, Gray, Pixels, Trust

#: Of the squared lengths of both flows, and in squared pixels (equation 5).
_INCONSISTENT, _INCONSISTENT_PX2 = 0.01, 0.5
#: Likewise, of the squared gradient of the flow (equation 6).
_BOUNDARY, _BOUNDARY_PX2 = 0.01, 0.002
_LEAST_SIDE_PX = 16


@dataclass(frozen=True)
class FlowKind:
    """How motion is found.

    Attributes:
        preset: OpenCV's, of DIS.
        scale: of the frames that it is found in, against the result.
    """

    preset: int
    scale: float


FLOWS = {
    "dis": FlowKind(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM, 1 / 2),
    "dis_fast": FlowKind(cv2.DISOPTICAL_FLOW_PRESET_FAST, 1 / 4),
}


class FlowFinder:
    """Finds motion between frames of one clip.

    Args:
        kind: how.
    """

    def __init__(self, kind: FlowKind) -> None:
        # Stripes for several threads would give other flows.
        cv2.setNumThreads(1)
        self._scale = kind.scale
        self._flow = cv2.DISOpticalFlow.create(kind.preset)

    def gray(self, pixels: Pixels) -> Gray:
        """Return a frame as motion is looked for in it."""
        height, width = pixels.shape[:2]
        size = tuple(
            max(min(side, _LEAST_SIDE_PX), round(side * self._scale))
            for side in (width, height)
        )
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        return np.asarray(
            cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8
        )

    def between(self, one: Gray, other: Gray) -> FlowField:
        """Return where each pixel of one frame is in the other: from it, in pixels."""
        # An initial flow that is kept from the last call would make calls depend on
        # each other.
        return np.asarray(
            self._flow.calc(one, other, None),  # type: ignore[call-overload]  # as documented
            np.float32,
        )


def trusted(back: FlowField, forth: FlowField) -> Trust:
    """Return 1 where a pixel was seen before, 0 where it is new or its motion unsure.

    Args:
        back: from this frame to the one before.
        forth: from that one to this.
    """
    returned = sampled(forth, back)
    gap = np.square(returned + back).sum(-1)
    lengths = np.square(returned).sum(-1) + np.square(back).sum(-1)
    is_sound = gap <= _INCONSISTENT * lengths + _INCONSISTENT_PX2
    slopes = sum(
        np.square(part) for axis in (0, 1) for part in np.gradient(back[..., axis])
    )
    is_sound &= slopes <= _BOUNDARY * np.square(back).sum(-1) + _BOUNDARY_PX2
    trust: Trust = (is_sound & within(back)).astype(np.float32)
    return trust


def places(flow: FlowField) -> FlowField:
    """Return where each pixel's flow leads, (h, w, 2)."""
    height, width = flow.shape[:2]
    x, y = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    return np.stack((x, y), axis=-1) + flow


def within(flow: FlowField) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return where the flow stays inside of the frame."""
    height, width = flow.shape[:2]
    x, y = np.moveaxis(places(flow), -1, 0)
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (
        (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    )
    return inside


def sampled(
    field: FlowField | Trust | Gray,
    flow: FlowField,
    interpolation: int = cv2.INTER_LINEAR,
) -> FlowField:
    """Return what a field has where the flow leads; its border is repeated."""
    x, y = np.moveaxis(places(flow), -1, 0)
    return np.asarray(
        cv2.remap(
            field.astype(np.float32, copy=False),
            np.ascontiguousarray(x),
            np.ascontiguousarray(y),
            interpolation,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def warped(pixels: Pixels, flow: FlowField, interpolation: int) -> Pixels:
    """Return a frame carried along a flow that is smaller than it.

    Args:
        pixels: (H, W, 3).
        flow: (h, w, 2), from the frame that is wanted to this one.
        interpolation: OpenCV's.
    """
    return remapped(pixels, full_maps(flow, pixels), interpolation)


def full_maps(flow: FlowField, like: Pixels) -> tuple[Trust, Trust]:
    """Return where each pixel of a frame comes from, x and y, by a smaller flow."""
    x, y = np.moveaxis(places(enlarged(flow, like)), -1, 0)
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def remapped(pixels: Pixels, maps: tuple[Trust, Trust], interpolation: int) -> Pixels:
    """Return a frame whose pixels come from these places; its border is repeated."""
    return np.asarray(
        cv2.remap(pixels, *maps, interpolation, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def enlarged(flow: FlowField, like: Pixels) -> FlowField:
    """Return a flow at the size of a frame, in its pixels."""
    height, width = like.shape[:2]
    small_height, small_width = flow.shape[:2]
    large = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
    ratio = np.array([width / small_width, height / small_height], np.float32)
    return np.asarray(large * ratio, np.float32)
