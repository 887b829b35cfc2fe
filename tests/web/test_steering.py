"""Leaning into a picture while it is painted: sliders, undo, pause, another way."""

import hashlib
import time
from typing import Any

import pytest

from app.contract.changes import AppliedChange
from app.contract.jobs import Checkpoint
from app.contract.records.wire import checkpoint_key
from tests.stores.new_jobs import outcome
from tests.web.conftest import Studio
from tests.web.visits import PAINTING, PHOTOGRAPH, Visit

STRENGTH = "[data-control=style_strength]"
SLIDER = f"{STRENGTH} input"


@pytest.fixture
def sent(visit: Visit, studio: Studio) -> str:
    """Return the id of a job that is being painted."""
    visit.send()
    job_id = studio.begin()
    studio.paint(job_id, 25)
    visit.see("#job-title", "Painting")
    visit.page.wait_for_selector(SLIDER)
    return job_id


def asked(studio: Studio, job_id: str) -> dict[str, Any]:
    commands = studio.api.ledger.requests.commands(job_id)
    return {name: each for c in commands for name, each in c.values.items()}


def until_asked(studio: Studio, job_id: str, **values: Any) -> None:
    end_s = time.monotonic() + 10
    while (found := asked(studio, job_id)) != values:
        assert time.monotonic() < end_s, found
        time.sleep(0.02)


def until_pause_is_asked(studio: Studio, job_id: str) -> None:
    end_s = time.monotonic() + 10
    while studio.api.ledger.get(job_id).pause_requested_at is None:
        assert time.monotonic() < end_s
        time.sleep(0.02)


def apply(studio: Studio, job_id: str, step: int) -> None:
    """Take in what was asked, as a worker does at a step."""
    revision = studio.api.ledger.get(job_id).controls_revision
    values = asked(studio, job_id)
    change = AppliedChange(revision=revision, at_step=step, values=values)
    studio.api.ledger.beat(job_id, 1, None, applied=[change])


def keep_state(studio: Studio, job_id: str, step: int = 25) -> None:
    key = checkpoint_key(job_id, 1)
    studio.api.blobs.put(key, b"a state")
    kept = Checkpoint(
        attempt=1,
        step=step,
        blob_key=key,
        reproducibility=outcome().reproducibility,
        bytes=7,
        sha256=hashlib.sha256(b"a state").hexdigest(),
    )
    assert studio.api.ledger.note_checkpoint(job_id, 1, kept)


def test_a_slider_says_whether_its_value_is_on_its_way_or_holds(
    visit: Visit, studio: Studio, sent: str
) -> None:
    visit.page.fill(SLIDER, "0.8")
    visit.see(f"{STRENGTH} .steer-state", "on its way")
    until_asked(studio, sent, style_strength=0.8)
    apply(studio, sent, 31)
    visit.see(f"{STRENGTH} .steer-state", "holds since step 31")
    visit.see("#announcer", "The painting’s hand: the change holds from step 31 on.")


def test_a_hand_that_moves_fast_is_heard_ten_times_a_second_and_to_the_end(
    visit: Visit, studio: Studio, sent: str
) -> None:
    requests: list[float] = []

    def note(request: Any) -> None:
        if request.method == "PATCH":
            requests.append(time.monotonic())

    visit.page.on("request", note)
    visit.page.evaluate(
        """async (selector) => {
          const slider = document.querySelector(selector);
          for (let i = 0; i <= 60; i += 1) {
            slider.value = 0.5 + i / 150;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise((go) => setTimeout(go, 10));
          }
          slider.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        SLIDER,
    )
    until_asked(studio, sent, style_strength=0.9)
    took_s = requests[-1] - requests[0]
    assert 2 <= len(requests) <= 2 + 10 * took_s
    visit.page.click("[data-tool=undo]")  # one movement is one step
    until_asked(studio, sent, style_strength=0.5)
    assert visit.page.locator("[data-tool=undo]").is_disabled()
    visit.page.click("[data-tool=redo]")
    until_asked(studio, sent, style_strength=0.9)
    assert visit.page.locator(SLIDER).input_value() == "0.9"


def test_keys_move_a_slider_too(visit: Visit, studio: Studio, sent: str) -> None:
    slider = visit.page.get_by_role("slider", name="The painting’s hand")
    slider.focus()
    visit.page.keyboard.press("ArrowRight")
    until_asked(studio, sent, style_strength=0.51)


def test_what_is_no_slider_has_a_field_and_is_refused_in_words(
    visit: Visit, studio: Studio, sent: str
) -> None:
    visit.expected = ("422",)
    visit.page.click(".steer-more > summary")
    steps = visit.page.locator("[data-control=steps] input")
    steps.fill("20")
    steps.press("Enter")
    visit.see(".job .problem", "The job has taken 25 steps already")
    assert asked(studio, sent) == {}
    steps.fill("300")
    steps.press("Enter")
    until_asked(studio, sent, steps=300)


def test_each_painting_of_several_has_a_slider_for_its_share(
    visit: Visit, studio: Studio
) -> None:
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING, "first.png")
    visit.page.check("#mix")
    visit.put("#style-file", PAINTING, "second.png")
    visit.see("#gallery-note", "first, second.")
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    visit.page.click(".steer-more > summary")
    visit.page.get_by_role("slider", name="second").fill("2")
    until_asked(studio, studio.job().id, style_weights=[1, 2])


def test_two_browsers_see_one_state(
    visit: Visit, browser: Any, studio: Studio, sent: str
) -> None:
    with Visit.of(browser, studio, path=f"#job={sent}") as other:
        other.page.wait_for_selector(SLIDER)
        visit.page.fill(SLIDER, "0.7")
        until_asked(studio, sent, style_strength=0.7)
        other.page.wait_for_function(
            "each => document.querySelector(each).value === '0.7'", arg=SLIDER
        )
        other.see(f"{STRENGTH} .steer-state", "on its way")
        apply(studio, sent, 40)
        for each in (visit, other):
            each.see(f"{STRENGTH} .steer-state", "holds since step 40")
        other.page.click("[data-action=pause]")
        until_pause_is_asked(studio, sent)
        keep_state(studio, sent)
        assert studio.api.ledger.hand_back(sent, 1)
        for each in (visit, other):
            each.see("#job-title", "Paused")
            each.see(".job-sentence", "It rests at step 25 of 250")
        visit.page.click("[data-action=resume]")
        for each in (visit, other):
            each.see("#job-title", "Waiting for a painter")


def test_a_picture_goes_another_way_from_where_it_stands(
    visit: Visit, studio: Studio, sent: str
) -> None:
    keep_state(studio, sent)
    visit.page.click("[data-action=branch]")
    visit.see("#job-title", "Waiting for a painter")
    visit.see(".steering .hint", "Another way from step 25 of that picture.")
    new, old = studio.jobs()
    assert (new.branch_of, old.status) == (old.id, "processing")
    assert visit.page.url.endswith(f"#job={new.id}")
    visit.page.click(".steering .hint a")
    visit.see("#job-title", "Painting")


def test_a_finished_picture_is_painted_on(
    visit: Visit, studio: Studio, sent: str
) -> None:
    keep_state(studio, sent, step=250)
    studio.paint(sent, 250)
    studio.hang(sent)
    visit.see("#job-title", "Painted")
    assert not visit.page.locator(SLIDER).is_visible()
    visit.page.click("text=Paint on: 63 more steps")
    visit.see("#job-title", "Waiting for a painter")
    assert studio.jobs()[0].params["changes"] == [{"at_step": 250, "steps": 313}]
