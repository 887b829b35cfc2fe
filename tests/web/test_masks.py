"""A brush says where a painting goes: by pointer, by keys, or with a file."""

import io
from typing import Any

from PIL import Image

from app.contract.jobs import Job
from app.contract.records.wire import upload_key
from tests.app.pictures import plain
from tests.web.conftest import Studio
from tests.web.test_steering import apply, asked
from tests.web.visits import PAINTING, PHOTOGRAPH, Visit

SURFACE = ".mask-surface"


def open_brush(visit: Visit) -> None:
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING, "mine.png")
    visit.see("#gallery-note", "mine – your own.")
    visit.page.click("#mask-open")
    visit.page.wait_for_selector(SURFACE)


def drag(visit: Visit, *places: tuple[float, float]) -> None:
    """Draw with the mouse through places of the picture, as fractions."""
    box = visit.page.locator(SURFACE).bounding_box()
    mouse = visit.page.mouse
    for number, (x, y) in enumerate(places):
        mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if number == 0:
            mouse.down()
    mouse.up()


def send(visit: Visit) -> None:
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")


def mask_of(studio: Studio, job: Job, number: int = 0) -> Any:
    """Return a function that tells how white a mask is at a place, 0 to 255."""
    return whiteness(studio, job.inputs[f"mask/{number}"].sha256)


def whiteness(studio: Studio, sha256: str) -> Any:
    stored = studio.api.blobs.get(upload_key(sha256))
    picture = Image.open(io.BytesIO(stored))
    return lambda x, y: picture.getpixel(
        (int(x * picture.width), int(y * picture.height))
    )


def test_a_stroke_says_where_the_painting_goes_and_the_eraser_takes_it_back(
    visit: Visit, studio: Studio
) -> None:
    open_brush(visit)
    drag(visit, (0.1, 0.5), (0.9, 0.5))
    visit.see("#announcer", "The mask covers")
    visit.page.check("[name=eraser]")
    drag(visit, (0.5, 0.3), (0.5, 0.7))
    visit.page.click("[data-tool=mask-done]")
    visit.see("#mask-open", "Where it goes: ")
    send(visit)
    assert visit.page.locator(SURFACE).count() == 0
    white = mask_of(studio, studio.job())
    assert [white(x, 0.5) for x in (0.2, 0.5, 0.8)] == [255, 0, 255]
    assert [white(x, 0.1) for x in (0.2, 0.5, 0.8)] == [0, 0, 0]


def test_a_mask_is_made_of_rectangles_by_keys_and_taken_back(
    visit: Visit, studio: Studio
) -> None:
    open_brush(visit)
    keys = visit.page.keyboard
    for key in ("ArrowLeft",) * 5 + ("Shift+ArrowRight",) * 2 + ("Enter",):
        keys.press(key)
    visit.see("#announcer", "The mask covers 30 % of the picture.")
    for key in ("ArrowRight",) * 6 + ("Enter",):
        keys.press(key)
    visit.see("#announcer", "The mask covers 45 % of the picture.")
    visit.page.click("[data-tool=mask-undo]")
    visit.see("#announcer", "The mask covers 30 % of the picture.")
    send(visit)
    white = mask_of(studio, studio.job())
    assert [white(x, 0.5) for x in (0.05, 0.55, 0.65)] == [255, 255, 0]


def test_each_painting_has_a_mask_of_its_own_and_comes_back_with_it(
    visit: Visit, studio: Studio
) -> None:
    visit.put("#style-file", plain("PNG", (96, 96), (9, 9, 9)), "first.png")
    visit.page.check("#mix")
    open_brush_of_two(visit)
    visit.put("[name=mask_file]", half_white(), "mask.png")
    visit.see("#announcer", "The mask covers 50 % of the picture.")
    send(visit)
    job = studio.job()
    assert "mask/0" not in job.inputs
    white = mask_of(studio, job, 1)
    assert (white(0.25, 0.5), white(0.75, 0.5)) == (255, 0)
    studio.begin()
    studio.hang(job.id)
    visit.page.click("[data-action=reuse]")
    visit.see("#mask-open", "Where it goes: 50 %")
    send(visit)
    assert studio.jobs()[0].inputs == job.inputs


def open_brush_of_two(visit: Visit) -> None:
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING, "second.png")
    visit.see("#gallery-note", "first, second.")
    visit.page.click("#mask-open")
    visit.page.select_option(".brush-tools select", label="second")


def half_white() -> bytes:
    picture = Image.new("L", (320, 240), 0)
    picture.paste(255, (0, 0, 160, 240))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def test_a_mask_is_painted_over_a_picture_that_is_being_painted(
    visit: Visit, studio: Studio
) -> None:
    visit.send()
    job_id = studio.begin()
    visit.page.click("[data-tool=masks]")
    with visit.page.expect_response("**/inputs/mask/0"):
        drag(visit, (0.1, 0.5), (0.9, 0.5))
    visit.see(".steer-masks .steer-state", "on its way")
    white = whiteness(studio, asked(studio, job_id)["mask/0"])
    assert (white(0.5, 0.5), white(0.5, 0.1)) == (255, 0)
    apply(studio, job_id, 31)
    visit.see(".steer-masks .steer-state", "holds since step 31")
    with visit.page.expect_response("**/controls"):
        visit.page.click("[data-tool=mask-clear]")
    assert asked(studio, job_id) == {"mask/0": None}
    studio.hang(job_id)
    visit.page.wait_for_selector(SURFACE, state="detached")


def test_what_is_kept_of_the_photograph_is_painted_too_and_comes_back(
    visit: Visit, studio: Studio
) -> None:
    open_brush(visit)
    visit.page.select_option(".brush-tools select", label="Kept parts")
    drag(visit, (0.1, 0.5), (0.9, 0.5))
    visit.page.click("[data-tool=mask-done]")
    visit.see("#mask-open", "Kept: ")
    send(visit)
    job = studio.job()
    assert job.params["keep"] == "mask"
    white = whiteness(studio, job.inputs["keep_mask"].sha256)
    assert (white(0.5, 0.5), white(0.5, 0.1)) == (255, 0)
    assert "mask/0" not in job.inputs
    studio.begin()
    studio.hang(job.id)
    visit.page.click("[data-action=reuse]")
    visit.see("#mask-open", "Kept: ")
    send(visit)
    assert studio.jobs()[0].inputs == job.inputs
