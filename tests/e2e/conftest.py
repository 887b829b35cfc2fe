"""Two small pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a content with edges and a style with strokes, both small."""
    directory = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    content = np.full((96, 128, 3), 200, np.uint8)
    content[30:80, 20:60] = (60, 90, 160)
    content[50:96, 70:120] = (160, 60, 50)
    waves = np.sin(np.arange(128)[None] / 4 + rng.normal(0, 0.4, (128, 1)))
    style = np.stack([waves * 90 + 120, waves * -60 + 110, waves * 20 + 60], axis=-1)
    paths = directory / "content.png", directory / "style.png"
    Image.fromarray(content).save(paths[0])
    Image.fromarray(style.astype(np.uint8)).save(paths[1])
    return paths
