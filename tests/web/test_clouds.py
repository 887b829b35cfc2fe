"""Clouds on the page: read as they come, turned by hand and by keys."""

import hashlib
import struct

import numpy as np
import pytest

from app.contract.artifacts import Artifact
from tests.app.conftest import an_outcome
from tests.ledgers import EVERYTHING
from tests.web.conftest import Studio
from tests.web.test_kinds import CUBE, TABS
from tests.web.visits import Visit
from worker.cloudfile.formats import read_cloud
from worker.cloudfile.thinned import thinned_points

FIRST = {"colors": [255, 128, 0], "positions": [-1, 0, 0]}
READ = """async (bytes) => {
  const main = document.querySelector("script[src$='main.js']").src;
  const { readPly } = await import(new URL("clouds/ply.js", main));
  const points = await readPly(new Blob([new Uint8Array(bytes)]));
  return points && {
    colors: [...points.colors.slice(0, 3)],
    positions: [...points.positions.slice(0, 3)].map((each) => Math.sign(each)),
    total: points.total,
  };
}"""


def ply(form: str, properties: str, body: bytes, count: int = 2) -> bytes:
    lines = [f"property {each}" for each in properties.split(", ")]
    head = [
        "ply",
        f"format {form} 1.0",
        f"element vertex {count}",
        *lines,
        "end_header",
    ]
    return "\n".join(head).encode() + b"\n" + body


FLOATS = "float x, float y, float z"
#: Coordinates of a map, in metres: single precision would make one place of them.
FAR = "double x, double y, double z"
SHORT = "ushort diffuse_red, ushort diffuse_green, ushort diffuse_blue"
SPLAT = "float f_dc_0, float f_dc_1, float f_dc_2, uchar opacity"


def harmonics(*colors: float) -> list[float]:
    return [(each / 255 - 0.5) / 0.2820948 for each in colors]


FILES = {
    "ascii": ply(
        "ascii",
        f"{FLOATS}, uchar red, uchar green, uchar blue",
        b"0 1 0 255 128 0\n2 1 0 9 9 9\n",
    ),
    "far": ply(
        "binary_little_endian",
        f"{FAR}, {SHORT}",
        struct.pack("<3d3H", 6e6, 5e6, 1, 65535, 32896, 0)
        + struct.pack("<3d3H", 6e6 + 0.01, 5e6, 1, 0, 0, 0),
    ),
    "splats": ply(
        "binary_big_endian",
        f"{FLOATS}, {SPLAT}",
        struct.pack(">6fB", 0, 1, 0, *harmonics(255, 128, 0), 7)
        + struct.pack(">6fB", 2, 1, 0, 0, 0, 0, 7),
    ),
}


def test_files_of_all_forms_are_read(visit: Visit) -> None:
    for name, content in FILES.items():
        assert visit.page.evaluate(READ, [*content]) == {**FIRST, "total": 2}, name
    cut_short = FILES["far"][:-1]
    listed = ply("binary_little_endian", f"{FLOATS}, list uchar int n", b"\0" * 40)
    for content in (
        cut_short,
        listed,
        b"no cloud",
        CUBE.replace(b"float x", b"float u"),
    ):
        assert visit.page.evaluate(READ, [*content]) is None


def test_of_very_many_points_some_are_shown(visit: Visit) -> None:
    count = 700_000
    read = """async (count) => {
      const main = document.querySelector("script[src$='main.js']").src;
      const { readPly } = await import(new URL("clouds/ply.js", main));
      const axes = ["x", "y", "z"].map((axis) => `property float ${axis}\\n`);
      const head = ["ply\\nformat binary_little_endian 1.0\\n",
        `element vertex ${count}\\n`, ...axes, "end_header\\n"];
      const body = Float32Array.from({ length: 3 * count }, (_, i) => i);
      const { positions, total } = await readPly(new Blob([...head, body]));
      return [positions.length / 3, total];
    }"""
    shown, total = visit.page.evaluate(read, count)
    assert total == count
    assert 200_000 < shown <= 300_000


def test_the_points_of_a_result_are_read_as_they_were_written(visit: Visit) -> None:
    read = """async (bytes) => {
      const main = document.querySelector("script[src$='main.js']").src;
      const { readPoints } = await import(new URL("clouds/points.js", main));
      const points = await readPoints(new Blob([new Uint8Array(bytes)]));
      return [[...points.positions], [...points.colors], points.total];
    }"""
    cloud = read_cloud(FILES["far"])
    colors = np.array([[1, 0.5, 0], [0, 0, 1]], np.float32)
    content = thinned_points(cloud, colors, 0)
    positions, levels, total = visit.page.evaluate(read, [*content])
    assert np.allclose(positions, [-1 / 1.8, 0, 0, 1 / 1.8, 0, 0], atol=1e-6)
    assert levels == [255, 128, 0, 0, 0, 255]
    assert total == 2


@pytest.fixture
def chosen(visit: Visit) -> None:
    visit.page.locator(TABS).nth(2).click()
    visit.put("#photo-file", CUBE, "cube.ply")
    visit.page.wait_for_selector("point-view canvas")


@pytest.mark.usefixtures("chosen")
def test_a_cloud_is_turned_by_hand_and_by_keys(visit: Visit, studio: Studio) -> None:
    visit.expected = ("GPU stall due to ReadPixels",)  # by the screenshots
    view = visit.page.locator("point-view")
    box = view.bounding_box()
    seen = [view.screenshot()]

    def is_changed() -> None:
        visit.page.wait_for_timeout(100)  # a frame
        seen.append(view.screenshot())
        assert seen[-1] not in seen[:-1]

    mouse = visit.page.mouse
    mouse.move(box["x"] + 100, box["y"] + 100)
    mouse.down()
    mouse.move(box["x"] + 180, box["y"] + 130)
    mouse.up()
    is_changed()
    visit.page.keyboard.press("ArrowLeft")
    is_changed()
    mouse.wheel(0, -100)
    is_changed()
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    finish(studio)
    visit.page.click("[aria-label='Show it in 3D']")
    visit.see("#caption-text", "8 of 9 points. Drag it, or use the arrow keys, to turn")
    visit.page.wait_for_timeout(100)
    # The colours are those that came, so it looks as at first.
    assert view.screenshot() == seen[0]
    view.focus()
    visit.page.keyboard.press("ArrowUp")
    is_changed()


@pytest.mark.usefixtures("chosen")
def test_the_views_are_shown_before_it_is_sent(visit: Visit, studio: Studio) -> None:
    address = "**/v1/jobs?validate_only=true"
    with visit.page.expect_response(address, timeout=60_000) as told:
        visit.page.click("#show-views")
    visit.page.wait_for_selector("#views-dialog[open]")
    views = visit.page.locator("#views-dialog img")
    assert views.count() == 16
    wide = "(image) => image.complete && image.naturalWidth"
    assert views.nth(7).evaluate(wide) == 128
    visit.page.click("#views-dialog button")
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    assert studio.job().params["seed"] == told.value.json()["params"]["seed"]


def finish(studio: Studio) -> None:
    """Hand in a cloud that the page does not read, and some points of it."""
    job_id = studio.job().id
    able = EVERYTHING.model_copy(update={"kinds": ("pointcloud",)})
    assert studio.api.ledger.claim(job_id, "worker", able)
    cloud = read_cloud(CUBE)
    points = thinned_points(cloud, cloud.colors, 0).replace(
        b'"total": 8', b'"total": 9'
    )
    told = {"points": 8, "recolored": 8, "gaussians": 0, "format": "las"}
    made = {
        "result": ("model/x-las", b"LASF", {"pointcloud": told}),
        "points.bin": ("model/x-points", points, {}),
    }
    artifacts = {}
    for name, (media_type, content, facts) in made.items():
        key = f"results/{job_id}/1/{name}"
        studio.api.blobs.put(key, content)
        artifacts[name] = Artifact(
            blob_key=key,
            media_type=media_type,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            facts=facts,
        )
    outcome = an_outcome(job_id, 1).model_copy(update={"artifacts": artifacts})
    assert studio.api.ledger.succeed(job_id, 1, outcome)
