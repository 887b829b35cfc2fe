"""Stepping back along what a picture was."""

from tests.web.conftest import Studio
from tests.web.visits import Visit

SHOWN = ".look-back"
RED, GREEN = (200, 20, 20), (20, 160, 40)


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
