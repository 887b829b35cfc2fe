"""Stepping back along what a picture was, and trying another way from there."""

import hashlib

from app.contract.jobs import Checkpoint
from app.contract.records.wire import older_state_key
from tests.stores.new_jobs import outcome
from tests.web.conftest import Studio
from tests.web.test_kinds import begin, frames_done, send_clip
from tests.web.visits import Visit

SHOWN = ".look-back"
RED, GREEN = (200, 20, 20), (20, 160, 40)
#: The middle of `PICTURE`.
PAINTED = (60, 40, 120)


def close_to(found: list[int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=True))


def test_a_picture_is_looked_back_at_while_it_is_painted_and_afterwards(
    visit: Visit, studio: Studio
) -> None:
    visit.send()
    job_id = studio.begin()
    visit.see("#job-title", "Mixing the colours")
    for step, color in ((10, RED), (20, GREEN), (30, (20, 40, 200))):
        studio.paint(job_id, step)
        studio.show(job_id, step, color)
        visit.page.wait_for_selector(f"#stage[data-step='{step}']")
    assert visit.page.locator(SHOWN).is_hidden()
    radios = visit.page.get_by_role("radio", name="The picture after")
    assert radios.count() == 3
    radios.first.focus()
    visit.page.keyboard.press("Space")
    visit.page.locator(SHOWN).wait_for(state="visible")
    assert close_to(visit.color_of(SHOWN), RED)
    visit.page.keyboard.press("ArrowRight")
    visit.page.wait_for_selector(f"{SHOWN}[src*='step=20']")
    assert close_to(visit.color_of(SHOWN), GREEN)
    visit.page.get_by_role("radio", name="As it is").check(force=True)
    visit.page.locator(SHOWN).wait_for(state="hidden")
    studio.hang(job_id)
    visit.see("#job-title", "Painted")
    visit.page.click("text=New picture")
    visit.page.locator(".looking-back").wait_for(state="hidden")
    visit.page.go_back()
    visit.page.locator(".look img").first.click()
    visit.page.wait_for_selector(f"{SHOWN}[src*='step=10']")
    visit.page.click("text=New picture")
    visit.page.locator(SHOWN).wait_for(state="hidden")


def keep_on_the_way(studio: Studio, job_id: str, step: int) -> None:
    key, content = older_state_key(job_id, 1, step), b"a state"
    studio.api.blobs.put(key, content)
    state = Checkpoint(
        attempt=1,
        step=step,
        blob_key=key,
        reproducibility=outcome().reproducibility,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    assert studio.api.ledger.note_state(job_id, 1, state)


def test_another_way_from_an_older_state_opens_beside_it_and_is_compared(
    visit: Visit, studio: Studio
) -> None:
    page = visit.page
    visit.send()
    first = studio.begin()
    visit.see("#job-title", "Mixing the colours")
    for step, color in ((10, RED), (20, GREEN), (30, RED)):
        studio.paint(first, step)
        studio.show(first, step, color)
        page.wait_for_selector(f"#stage[data-step='{step}']")
    keep_on_the_way(studio, first, 15)
    again = page.get_by_role("button", name="Try another way from step 15")
    page.get_by_role("radio", name="The picture after 10").check(force=True)
    assert again.is_hidden(), "nothing is kept of before"
    page.get_by_role("radio", name="The picture after 20").check(force=True)
    again.click()
    visit.see("#job-title", "Waiting for a painter")
    new = studio.jobs()[0]
    assert (new.branch_of, new.start and new.start.step) == (first, 15)
    visit.see(".beside figcaption", "Painting, 12 %")
    page.locator(".beside img").wait_for(state="visible")
    assert close_to(visit.color_of(".beside img"), RED)
    studio.hang(first)
    visit.see(".beside figcaption", "Painted")
    compare = page.get_by_role("switch", name="Compare with it")
    assert compare.is_hidden(), "this one is not painted yet"
    assert studio.api.ledger.claim(new.id, "another").job_id == new.id
    studio.hang(new.id)
    visit.see("#job-title", "Painted")
    compare.check()
    slider = page.get_by_role("slider", name="How much of the other picture")
    slider.wait_for(state="visible")
    assert close_to(visit.color_of("before-after .before"), PAINTED)
    compare.uncheck()
    page.get_by_role("slider", name="How much of the photograph").wait_for()
    assert close_to(visit.color_of("before-after .before"), (30, 90, 160))


def test_painted_frames_of_a_clip_are_gone_through_beside_its_own(
    visit: Visit, studio: Studio
) -> None:
    send_clip(visit)
    job_id = begin(studio)
    for frame, color in ((1, RED), (5, GREEN), (8, RED)):
        studio.api.ledger.beat(job_id, 1, frames_done(frame))
        studio.show(job_id, frame, color)
        visit.page.wait_for_selector(f"#stage[data-step='{frame}']")
    scrubber = visit.page.get_by_role("slider", name="Go through the frames")
    scrubber.focus()
    visit.page.keyboard.press("ArrowLeft")
    before, after = (f".look-beside .{each}" for each in ("before", "after"))
    visit.page.locator(before).wait_for(state="visible")
    assert scrubber.get_attribute("aria-valuetext") == "Frame 5"
    assert close_to(visit.color_of(after), GREEN)
    bright, dark = visit.color_of(before), (30, 60, 120)
    assert bright[0] > 200, "the square is in the middle of the fifth frame"
    visit.page.keyboard.press("Home")
    visit.page.wait_for_selector(f"{after}[src*='step=1']")
    assert close_to(visit.color_of(before), dark)
    visit.page.get_by_role("radio", name="As it is").check(force=True)
    visit.page.locator(before).wait_for(state="hidden")
