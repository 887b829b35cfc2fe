"""Pictures that no hash takes for each other: blocks of chance."""

import random

from PIL import Image


def scene(seed: int, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """Return colored blocks, the same for the same seed."""
    content = random.Random(seed).randbytes(3 * 9 * 8)  # noqa: S311
    blocks = Image.frombytes("RGB", (9, 8), content)
    return blocks.resize(size, Image.Resampling.NEAREST)
