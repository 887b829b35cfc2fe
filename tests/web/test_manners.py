"""For everybody: without a mouse, on a phone, in the dark, with a history."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.contract.kinds.image.estimates import EstimateRequest
from app.contract.views.operations import EstimateView, SecondsView
from tests.web.conftest import Studio, served
from tests.web.visits import PAINTING, PHOTOGRAPH, Visit

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
SMALLEST = {**PHONE, "viewport": {"width": 320, "height": 568}}
TOUCH_PX = 44

_SMALL_TARGETS = """(least) => {
  const shown = (node) => node.checkVisibility() && !node.closest(".visually-hidden");
  const targets = "button, a.button, a.quiet-link, a.history-link, summary, select, "
    + "input:not(.visually-hidden):not([type=checkbox]), label.button, label.segment, "
    + "label.card, label.switch";
  return [...document.querySelectorAll(targets)].filter(shown)
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([, box]) => box.height < least - 0.5 || box.width < least - 0.5)
    .map(([node, { width, height }]) =>
      `${node.outerHTML.slice(0, 80)} ${width} × ${height}`);
}"""

_CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d");
  const luminance = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
      .map((part) => part / 255)
      .map((part) =>
        part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = (node) => {
    const color = getComputedStyle(node).backgroundColor;
    return color === "rgba(0, 0, 0, 0)" ? behind(node.parentElement) : color;
  };
  const texts = [...document.querySelectorAll("body *")].filter((node) =>
    node.checkVisibility() && !node.disabled &&
    [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
  return texts.map((node) => {
    const [a, b] = [getComputedStyle(node).color, behind(node)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return [ratio, node.textContent.trim().slice(0, 40)];
  }).filter(([ratio]) => ratio < 4.5);
}"""


def test_a_picture_is_painted_without_a_mouse(visit: Visit, studio: Studio) -> None:
    visit.tab_to("photo-file")
    with visit.page.expect_file_chooser() as choosing:
        visit.page.keyboard.press("Enter")
    choosing.value.set_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": PHOTOGRAPH}
    )
    visit.see("#caption-text", "320 × 240 pixels")
    visit.tab_to("style-file")
    with visit.page.expect_file_chooser() as choosing:
        visit.page.keyboard.press("Enter")
    choosing.value.set_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": PAINTING}
    )
    visit.see("#gallery-note", "a – your own.")
    visit.tab_to("field-style_strength")
    visit.page.keyboard.press("ArrowRight")
    visit.page.keyboard.press("Enter")
    visit.see("#job-title", "Waiting for a painter")
    assert visit.focused() == "job-title"
    assert studio.params().style_strength == 0.55


def test_paintings_are_chosen_by_arrow_keys(visit: Visit) -> None:
    first, second = visit.page.evaluate(
        """() => [...document.querySelectorAll("#gallery .card[title]")].slice(0, 2)
          .map((each) => each.title)"""
    )
    visit.see("#gallery-note", first)
    visit.page.locator("#gallery [data-key]").first.focus()
    visit.page.keyboard.press("ArrowRight")
    visit.see("#gallery-note", second)


def test_the_focus_can_be_seen(visit: Visit) -> None:
    for name in ("photo-file", "mix", "field-size"):
        visit.tab_to(name)
        assert visit.page.evaluate(
            "[document.activeElement, document.activeElement.closest('label')]"
            ".some((e) => e && getComputedStyle(e).outlineStyle === 'solid')"
        )


def test_every_field_has_a_name(visit: Visit) -> None:
    visit.page.click("#more > summary")
    unnamed = visit.page.evaluate(
        """() => [...document.querySelectorAll("input, select, textarea, button")]
          .filter((each) => !each.closest("dialog"))
          .filter((each) => !(each.labels?.length || each.ariaLabel || each.innerText))
          .map((each) => each.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize("profile", [PHONE, SMALLEST], ids=["phone", "smallest"])
def test_a_phone_scrolls_one_way_and_fingers_find_all(
    browser: Any, studio: Studio, profile: dict[str, Any]
) -> None:
    with Visit.of(browser, studio, **profile) as visit:

        def check() -> None:
            assert (
                visit.page.evaluate("document.documentElement.scrollWidth")
                <= (profile["viewport"]["width"])
            )
            assert visit.page.evaluate(_SMALL_TARGETS, TOUCH_PX) == []

        assert visit.page.locator("#photo-camera").get_attribute("capture")
        assert visit.page.get_by_text("Take one").is_visible()
        check()
        visit.page.click("#more > summary")
        check()
        visit.send()
        check()
        job_id = studio.begin()
        studio.paint(job_id, 50)
        visit.see(".job-sentence", "Step 50 of 250")
        check()
        studio.hang(job_id)
        visit.page.wait_for_selector("before-after")
        visit.page.click(".facts > summary")
        check()
        visit.require_peace()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(
    browser: Any, studio: Studio, scheme: str
) -> None:
    with Visit.of(browser, studio, color_scheme=scheme) as visit:
        ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(26, 22, 19)") is (scheme == "dark")
        visit.page.click("#more > summary")
        assert visit.page.evaluate(_CONTRASTS) == []
        visit.page.click("#paint")
        assert visit.page.evaluate(_CONTRASTS) == []
        visit.send()
        studio.hang(studio.begin())
        visit.page.wait_for_selector("before-after")
        visit.page.click(".facts > summary")
        assert visit.page.evaluate(_CONTRASTS) == []


def test_pasting_and_dropping_work_like_choosing(visit: Visit) -> None:
    visit.hand_over("paste")
    visit.see("#caption-text", "24 × 16 pixels")
    visit.hand_over("drop", "#gallery")
    visit.see("#gallery-note", "made – your own.")
    visit.hand_over("drop", "#stage")
    visit.see("#caption-text", "24 × 16 pixels")


def test_several_paintings_mix_by_their_weights(visit: Visit, studio: Studio) -> None:
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING, "one.png")
    visit.page.check("#mix")
    visit.put("#style-file", PHOTOGRAPH, "two.jpg")
    visit.see("#gallery-note", "one, two.")
    visit.page.locator("#weights input").nth(1).fill("2.5")
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    job = studio.job()
    assert studio.params(job).style_weights == (1.0, 2.5)
    assert [job.inputs[f"style/{k}"].facts["width"] for k in (0, 1)] == [128, 320]


def test_a_shared_link_opens_the_picture_elsewhere(
    browser: Any, visit: Visit, studio: Studio
) -> None:
    visit.send()
    studio.hang(studio.begin())
    visit.page.click("[data-action=share]")
    visit.see("#share-note", "It opens the picture")
    link = visit.page.locator("#share-link").input_value()
    assert link == f"{studio.url}#job={studio.job().id}"
    with Visit.of(browser, studio, path=link.removeprefix(studio.url)) as guest:
        guest.see("#job-title", "Painted")
        guest.page.wait_for_selector("before-after.has-before")
        assert not guest.page.locator("#history").is_visible()
        guest.require_peace()


def test_a_shared_link_needs_no_key(browser: Any, visit: Visit, studio: Studio) -> None:
    visit.remember_key(studio.lock())
    visit.send()
    studio.hang(studio.begin())
    visit.page.click("[data-action=share]")
    visit.see("#share-note", "It opens the picture")
    link = visit.page.locator("#share-link").input_value()
    with Visit.of(browser, studio, path=link.removeprefix(studio.url)) as guest:
        guest.page.wait_for_selector("before-after.has-before")
        guest.require_peace()


def test_own_pictures_are_remembered_reopened_and_deleted(
    visit: Visit, studio: Studio
) -> None:
    visit.send()
    studio.hang(studio.begin())
    visit.page.wait_for_selector("before-after")
    visit.page.goto(studio.url)
    visit.page.wait_for_selector(".history-link img")
    visit.page.click(".history-link")
    visit.see("#job-title", "Painted")
    visit.page.click(".history-delete")
    visit.page.click("#confirm-yes")
    visit.see(".blank-title", "Begin with a photograph")
    assert not visit.page.locator("#history").is_visible()
    assert studio.jobs() == []


def test_an_open_job_is_found_again_after_a_reload(
    visit: Visit, studio: Studio
) -> None:
    visit.send()
    job_id = studio.begin()
    studio.paint(job_id, 50)
    visit.see(".job-sentence", "Step 50 of 250")
    visit.expected = ("404",)  # There is no preview yet.
    visit.page.reload()
    visit.see(".job-sentence", "Step 50 of 250")
    studio.paint(job_id, 75)
    visit.see(".job-sentence", "Step 75 of 250")


def test_the_time_it_takes_is_told_beforehand(visit: Visit) -> None:
    asked: list[Any] = []
    estimate = EstimateView(
        width=512,
        height=384,
        predict_seconds=SecondsView(p50=12.2, p90=30.0),
        wait_seconds=SecondsView(p50=40.0, p90=60.0),
        memory_bytes=10**9,
        fits=True,
        largest_size=2048,
        samples=9,
        based_on="9 finished jobs",
    )

    def answer(route: Any) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(body=estimate.model_dump_json(), content_type="application/json")

    visit.page.route("**/v1/estimates", answer)
    visit.put("#photo-file", PHOTOGRAPH)
    visit.see(
        "#estimate",
        "About 12 seconds, seldom over 30 seconds; starts in about 40 seconds.",
    )
    assert EstimateRequest.model_validate(asked[-1], strict=False).width == 320
    assert asked[-1]["params"]["size"] == 512


def test_the_real_estimate_takes_every_choice(visit: Visit, studio: Studio) -> None:
    answers: list[int] = []
    visit.page.on(
        "response",
        lambda each: "estimates" in each.url and answers.append(each.status),
    )
    visit.put("#photo-file", PHOTOGRAPH)
    with visit.page.expect_response("**/v1/estimates"):
        visit.page.select_option("select[name=size]", "768")
    visit.page.click("#more > summary")
    visit.page.fill("[name=learning_rate]", "0.02")
    visit.page.fill("[name=style_layers]", '{"relu1_1": 1}')
    visit.page.select_option("[name=start]", "noise")
    with visit.page.expect_response("**/v1/estimates"):
        visit.page.check("[name=early_stop]")
    assert set(answers) == {200}


def test_the_page_works_below_a_mount_point(browser: Any, studio: Studio) -> None:
    outside = FastAPI()
    outside.mount("/art/studio", studio.api.app)
    with served(outside) as url:
        inside = Studio(studio.api, f"{url}art/studio/")
        with Visit.of(browser, inside) as visit:
            visit.send()
            studio.hang(studio.begin())
            visit.page.wait_for_selector("before-after")
            visit.require_peace()
