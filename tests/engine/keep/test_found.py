"""People and faces in real photographs, by the two real networks.

`astronaut-person.png` and the numbers of the face are what TensorFlow Lite's runtime
(ai-edge-litert 2.1) made of the same pixels.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.contract.painting.choices import Keep
from worker.engine import WeightsError
from worker.engine.keep.found import _boxes, kept_in
from worker.engine.keep.graph import Graph
from worker.engine.keep.weights import load_finder, path_of

data = pytest.importorskip("skimage.data")
GOLDEN = Path(__file__).parent / "astronaut-person.png"
#: Middle, width and height in pixels.
GOLDEN_FACE = (226.48, 129.21, 94.59, 94.59)

fetched = pytest.mark.skipif(
    not all(path_of(keep, None).is_file() for keep in (Keep.PERSON, Keep.FACE)),
    reason="python -m worker.engine fetch-weights --keep was not run",
)


def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


@fetched
def test_a_person_is_where_the_reference_sees_her() -> None:
    found = kept_in(Keep.PERSON, astronaut(), load_finder(Keep.PERSON, None))
    assert (found.count, found.mask.size, found.mask.mode) == (1, (512, 512), "L")
    small = found.mask.resize((256, 256), Image.Resampling.BOX)
    one, two = (np.asarray(each) > 127 for each in (small, Image.open(GOLDEN)))
    assert (one & two).sum() / (one | two).sum() >= 0.98


@fetched
def test_a_face_is_where_the_reference_sees_it() -> None:
    network = load_finder(Keep.FACE, None)
    found = [box for _, box in _boxes(astronaut(), network)]
    distances = [np.abs(np.subtract(box, GOLDEN_FACE)).max() for box in found]
    assert min(distances) < 0.1
    kept = kept_in(Keep.FACE, astronaut(), network)
    levels = np.asarray(kept.mask)
    assert kept.count == 1
    assert (levels[129, 226], levels[400, 226], levels[30, 30]) == (255, 0, 0)
    assert 0.02 < (levels > 127).mean() < 0.1


@fetched
@pytest.mark.parametrize("keep", [Keep.PERSON, Keep.FACE])
@pytest.mark.parametrize("name", ["coffee", "rocket", "grey"])
def test_where_nobody_is_nothing_is_kept(keep: Keep, name: str) -> None:
    image = (
        Image.new("RGB", (90, 70), "grey")
        if name == "grey"
        else Image.fromarray(getattr(data, name)())
    )
    found = kept_in(keep, image, load_finder(keep, None))
    assert (found.count, found.mask.getbbox()) == (0, None)
    assert found.mask.size == image.size


def test_without_the_file_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="fetch-weights --keep"):
        load_finder(Keep.FACE, tmp_path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path_of(Keep.FACE, tmp_path).write_bytes(b"another")
    with pytest.raises(WeightsError, match="must be 3bc182eb"):
        load_finder(Keep.FACE, tmp_path)


@pytest.mark.parametrize("content", [b"", b"TFL3", bytes(100), b"\xff" * 100])
def test_what_is_no_network_is_refused(content: bytes) -> None:
    with pytest.raises(WeightsError):
        Graph(content)
