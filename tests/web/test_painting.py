"""The way of a picture, from the photograph to the file on the visitor's disk."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.contract.inputs import size_of
from app.contract.painting.choices import Color, Preset
from tests.web.conftest import Studio
from tests.web.visits import PAINTING, PHOTOGRAPH, PICTURE, Visit


@pytest.fixture
def sent(visit: Visit, studio: Studio) -> str:
    """Return the id of a job that was sent and is being painted."""
    visit.send()
    job_id = studio.begin()
    studio.paint(job_id, 25)
    visit.see("#job-title", "Painting")
    return job_id


def test_the_page_opens_in_peace(visit: Visit) -> None:
    assert visit.page.title() == "Impasto – your photograph, painted"
    visit.see(".blank-title", "Begin with a photograph")
    assert visit.page.locator("#paint").is_enabled()
    assert not visit.page.locator("#readiness").is_visible()


def test_the_services_paintings_hang_in_the_gallery(
    browser: Any, studio: Studio
) -> None:
    with Visit.of(browser, studio, has_thumbnails=True) as visit:
        paintings = studio.api.client.get("/v1/styles").json()["data"]
        pictures = visit.page.locator("#gallery img")
        assert pictures.count() == len(paintings) > 1
        pictures.first.scroll_into_view_if_needed()
        width = pictures.first.evaluate(
            "async (image) => { await image.decode(); return image.naturalWidth; }"
        )
        assert 32 < width <= 320
        visit.see("#gallery-note", paintings[0]["title"])
        visit.require_peace()


def test_a_painting_of_the_service_is_named_not_sent(
    visit: Visit, studio: Studio
) -> None:
    visit.put("#photo-file", PHOTOGRAPH)
    visit.page.locator("#gallery .card[title]").nth(1).click()
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    second = studio.api.client.get("/v1/styles").json()["data"][1]["id"]
    assert studio.job().inputs["style/0"].style_id == second


def test_a_photograph_and_the_controls_become_a_job(
    visit: Visit, studio: Studio
) -> None:
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING, "mine.png")
    visit.see("#gallery-note", "mine – your own.")
    visit.page.check("input[name=preset][value=draft]", force=True)
    visit.page.dispatch_event("input[name=color][value=matched]", "click")
    visit.page.select_option("select[name=size]", "768")
    visit.page.locator("[name=style_strength]").fill("0.8")
    visit.page.fill("[name=seed]", "7")
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    visit.see(".job-sentence", "It is next.")
    job = studio.job()
    params = studio.params(job)
    assert params.preset is Preset.DRAFT
    assert params.color is Color.MATCHED
    assert (params.size, params.steps, params.seed) == (768, 100, 7)
    assert params.style_strength == 0.8
    assert size_of(job.inputs["content"].facts) == (320, 240)
    assert job.inputs["style/0"].facts["width"] == 128


def test_what_was_left_alone_is_the_services_to_choose(
    visit: Visit, studio: Studio
) -> None:
    fields: list[str] = []

    def look(route: Any) -> None:
        fields.extend(names_in(route.request.post_data_buffer))
        route.continue_()

    visit.page.route(re.compile("/v1/jobs$"), look)
    visit.send()
    studio.job()
    assert set(fields) == {
        *("content", "style", "engine", "preset", "size", "style_strength"),
        *("content_strength", "color"),
    }


def test_a_new_parameter_has_a_field_by_itself(browser: Any, studio: Studio) -> None:
    told = studio.api.client.get("/v1/capabilities").json()
    schema, _ = told["kinds"]["image"]["params_schema"]["oneOf"]
    schema["properties"] |= {
        "glaze": {"type": "integer", "minimum": 1, "maximum": 9, "default": 2},
        "varnish": {"enum": ["matt", "gloss"], "default": "matt"},
    }
    schema["x-form"].append({"name": "varnish", "label": "How it shines"})
    fields: list[str] = []

    def look(route: Any) -> None:
        fields.extend(names_in(route.request.post_data_buffer))
        route.abort()

    with Visit.of(browser, studio) as visit:
        visit.page.route("**/v1/capabilities", lambda route: route.fulfill(json=told))
        with visit.page.expect_response("**/readyz"):
            visit.page.reload()
        visit.page.route(re.compile("/v1/jobs$"), look)
        visit.put("#photo-file", PHOTOGRAPH)
        visit.put("#style-file", PAINTING, "mine.png")
        visit.page.click("#more > summary")
        visit.see("#more-controls legend", "Further")
        visit.page.fill("[name=glaze]", "3")
        visit.see("#main-controls legend", "How it shines")
        visit.page.check("[name=varnish][value=gloss]", force=True)
        visit.page.click("#paint")
        visit.see("#upload-words", "Trying again")
    assert {"glaze", "varnish"} <= set(fields)


def names_in(form: bytes) -> list[str]:
    parts = form.split(b'form-data; name="')[1:]
    return [part.split(b'"')[0].decode() for part in parts]


def test_the_picture_is_seen_while_it_is_painted(
    visit: Visit, studio: Studio, sent: str
) -> None:
    studio.show(sent, 25, (250, 10, 10))
    visit.page.wait_for_selector("#stage[data-step='25']")
    first = visit.color_of(".layer >> nth=-1")
    studio.paint(sent, 125, scale=2)
    studio.show(sent, 125, (10, 10, 250))
    visit.page.wait_for_selector("#stage[data-step='125']")
    second = visit.color_of(".layer >> nth=-1")
    assert first[0] > 200 > second[0]
    assert second[2] > 200 > first[2]
    visit.see(".job-sentence", "Step 125 of 250, scale 2 of 3, at 256 × 192.")
    visit.see(".job-percent", "50 %")
    visit.see(".job-line", "about 9 seconds left")


def test_the_loss_is_drawn_as_it_falls(visit: Visit, studio: Studio, sent: str) -> None:
    for step in (50, 75):
        studio.paint(sent, step)
        visit.see(".job-sentence", f"Step {step} of 250")
    studio.paint(sent, 100, scale=2)
    total = visit.page.locator(".loss-line.total")
    visit.page.wait_for_selector(".scale-line", state="attached")
    path = str(total.get_attribute("d"))
    assert (path.count("M"), path.count("L")) == (2, 2)  # broken at the new scale
    image = visit.page.locator("loss-curve svg")
    assert image.get_attribute("aria-label") == (
        "The loss from step 25 to 100: it went from 36 to 9."
    )


def test_a_finished_picture_hangs_beside_its_photograph(
    visit: Visit, studio: Studio, sent: str
) -> None:
    studio.hang(sent)
    visit.see("#job-title", "Painted")
    visit.see(".job-sentence", "It took 13 seconds.")
    slider = visit.page.get_by_role("slider", name="How much of the photograph")
    assert slider.get_attribute("aria-valuetext") == "50 % photograph"
    slider.focus()
    visit.page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "51 % photograph"
    visit.page.keyboard.press("Home")
    clip = visit.page.locator(".before").evaluate("e => getComputedStyle(e).clipPath")
    assert clip == "inset(0px 100% 0px 0px)"


def test_the_picture_is_saved_as_it_is(
    visit: Visit, studio: Studio, sent: str, tmp_path: Path
) -> None:
    studio.hang(sent)
    with visit.page.expect_download() as saving:
        visit.page.click("[data-action=download]")
    assert saving.value.suggested_filename == f"impasto-{sent[4:12]}.png"
    saving.value.save_as(tmp_path / "saved.png")
    assert (tmp_path / "saved.png").read_bytes() == PICTURE


def test_a_picture_can_be_kept_as_it_is_now(
    visit: Visit, studio: Studio, sent: str
) -> None:
    visit.page.click("[data-action=finish]")
    visit.see("#job-title", "Laying down the brush")
    assert studio.job().finish_requested_at is not None
    studio.hang(sent, stopped_early=True)
    visit.see(".job-sentence", "Kept as it was, before its end. It took 13 seconds.")


def test_a_waiting_job_leaves_the_queue(visit: Visit, studio: Studio) -> None:
    visit.send()
    visit.page.click("[data-action=cancel]")
    visit.see("#job-title", "Stopped")
    assert studio.job().status == "canceled"


def test_who_stops_a_picture_is_asked_once(
    visit: Visit, studio: Studio, sent: str
) -> None:
    studio.paint(sent, 30)
    visit.page.click("[data-action=cancel]")
    visit.page.get_by_role("button", name="Go on painting").click()
    assert studio.job().cancel_requested_at is None
    visit.page.click("[data-action=cancel]")
    visit.page.click("#confirm-yes")
    visit.see("#job-title", "Stopping")
    assert studio.job().cancel_requested_at is not None


def test_a_failure_is_told_and_can_be_changed(
    visit: Visit, studio: Studio, sent: str
) -> None:
    studio.fail(sent)
    visit.see("#job-title", "Not painted")
    visit.see(".job .problem", "The picture did not fit into memory. 9 GB were needed.")
    visit.page.click("[data-action=reuse]")
    visit.page.wait_for_selector("#composer")
    assert visit.page.locator("[name=seed]").input_value() == str(studio.params().seed)


def test_another_like_it_differs_by_its_seed(visit: Visit, studio: Studio) -> None:
    visit.send()
    studio.hang(studio.begin())
    visit.page.wait_for_selector("before-after")
    visit.page.click("[data-action=another]")
    visit.see("#job-title", "Waiting for a painter")
    second, first = studio.jobs()
    assert second.retry_of == first.id
    assert second.params["seed"] != first.params["seed"]
    assert second.params == {**first.params, "seed": second.params["seed"]}
    assert visit.page.url.endswith(f"#job={second.id}")


def test_a_failed_job_is_tried_again_as_it_was(
    visit: Visit, studio: Studio, sent: str
) -> None:
    studio.fail(sent)
    visit.page.click("[data-action=retry]")
    visit.see("#job-title", "Waiting for a painter")
    second, first = studio.jobs()
    assert second.retry_of == first.id
    assert second.params == first.params


def test_a_picture_is_painted_again_with_its_settings(
    visit: Visit, studio: Studio
) -> None:
    visit.page.fill("[name=seed]", "11")
    visit.page.check("input[name=preset][value=draft]", force=True)
    visit.send()
    studio.hang(studio.begin())
    visit.page.click("[data-action=reuse]")
    assert visit.page.locator("[name=preset]:checked").input_value() == "draft"
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    first, second = studio.jobs()
    assert first.params == second.params
    assert first.inputs == second.inputs


def test_another_engine_brings_its_own_fields(visit: Visit, studio: Studio) -> None:
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING, "mine.png")
    visit.see("#gallery-note", "mine – your own.")
    visit.page.locator("[name=style_strength]").fill("0.8")
    visit.page.check("input[name=engine][value=fast]", force=True)
    assert visit.page.locator("[name=steps]").count() == 0
    assert visit.page.locator("[name=preset][value=instant]").is_checked()
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    params = studio.job().params
    assert (params["engine"], params["preset"]) == ("fast", "instant")
    assert params["style_strength"] == 0.8
