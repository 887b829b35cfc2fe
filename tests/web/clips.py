"""A clip that is made on the spot: a bright square goes over a dark ground."""

import io
from fractions import Fraction

import av
import numpy as np

WIDTH, HEIGHT, FRAMES = 96, 64, 8


def a_clip(frames: int = FRAMES) -> bytes:
    """Return a WebM with VP8, which every Chromium plays."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=Fraction(8))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(frames):
            container.mux(stream.encode(_frame(number)))
        container.mux(stream.encode())
    return file.getvalue()


def _frame(number: int) -> av.VideoFrame:
    pixels = np.full((HEIGHT, WIDTH, 3), (30, 60, 120), np.uint8)
    pixels[20:44, 8 * number : 8 * number + 24] = (240, 200, 60)
    return av.VideoFrame.from_ndarray(pixels, format="rgb24")
