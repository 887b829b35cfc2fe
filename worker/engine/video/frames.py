"""The arrays that are passed around, by name."""

import numpy as np
from numpy.typing import NDArray

#: A frame: (H, W, 3), sRGB, 0 to 255.
Pixels = NDArray[np.uint8]
#: A grey frame, small: (h, w), 0 to 255.
Gray = NDArray[np.uint8]
#: Motion: (h, w, 2) in pixels, x before y.
FlowField = NDArray[np.float32]
#: How much each pixel is trusted: (h, w), 0 to 1.
Trust = NDArray[np.float32]
