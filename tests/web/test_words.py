"""What goes wrong is said in words, at its place, and can be mended."""

import re
from typing import Any

import pytest

from tests.web.conftest import Studio
from tests.web.visits import PAINTING, PHOTOGRAPH, Visit

REFUSED = ("Failed to load resource",)
GONE = ("net::ERR", "Failed to load resource")


def test_a_text_for_a_photograph_is_told_beside_the_easel(
    visit: Visit, studio: Studio
) -> None:
    visit.expected = REFUSED
    visit.put("#photo-file", b"Dear Theo, today I painted", "letter.txt")
    visit.see(".unseen", "letter.txt cannot be shown here.")
    visit.put("#style-file", PAINTING, "mine.png")
    visit.page.click("#paint")
    visit.see("#submit-problem", "The file is not a JPEG, PNG, WebP, HEIC or AVIF.")
    visit.see("#error-content", "JPEG")
    assert studio.api.is_untouched
    visit.put("#photo-file", PHOTOGRAPH)
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")


def test_a_missing_photograph_is_told_before_anything_is_sent(
    visit: Visit, studio: Studio
) -> None:
    visit.page.click("#paint")
    visit.see("#error-content", "There is no photograph yet.")
    assert visit.focused() == "photo-file"
    assert studio.api.is_untouched


def test_a_wrong_number_is_told_beside_its_field(visit: Visit) -> None:
    visit.expected = REFUSED
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING)
    visit.page.fill("[name=seed]", "-5")
    visit.page.click("#paint")
    visit.see("#error-seed", "greater than or equal to 0")
    assert visit.focused() == "field-seed"
    assert visit.page.get_attribute("[name=seed]", "aria-invalid") == "true"


def test_a_folded_field_is_opened_when_it_is_wrong(visit: Visit) -> None:
    visit.expected = REFUSED
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING)
    visit.page.click("#more > summary")
    visit.page.fill("[name=steps]", "99999")
    visit.page.fill("[name=style_layers]", "{not json")
    visit.page.click("#more > summary")
    visit.page.click("#paint")
    visit.see("#error-steps", "less than or equal to 2000")
    visit.see("#error-style_layers", "JSON")


def test_pressing_twice_sends_once(visit: Visit, studio: Studio) -> None:
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING)
    visit.page.locator("#paint").evaluate(
        "(button) => { button.click(); button.click() }"
    )
    visit.see("#job-title", "Waiting for a painter")
    assert len(studio.jobs()) == 1


def test_a_lost_upload_is_sent_again_as_the_same_attempt(
    visit: Visit, studio: Studio
) -> None:
    visit.expected = GONE
    keys: list[str] = []

    def lose_the_first(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    visit.page.route(re.compile("/v1/jobs$"), lose_the_first)
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING)
    visit.page.click("#paint")
    visit.see("#upload-words", "The connection was lost. Trying again in 2 seconds")
    visit.see("#job-title", "Waiting for a painter")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(studio.jobs()) == 1


def test_a_lost_answer_makes_no_second_picture(visit: Visit, studio: Studio) -> None:
    visit.expected = GONE
    answers: list[Any] = []

    def lose_the_first_answer(route: Any) -> None:
        answers.append(route.fetch())
        if len(answers) == 1:
            route.abort("connectionreset")
        else:
            route.fulfill(response=answers[-1])

    visit.page.route(re.compile("/v1/jobs$"), lose_the_first_answer)
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING)
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    assert [each.headers.get("idempotent-replayed") for each in answers] == [
        None,
        "true",
    ]
    assert len(studio.jobs()) == 1


def test_another_picture_is_another_attempt(visit: Visit) -> None:
    keys: list[str] = []
    visit.page.on(
        "request",
        lambda each: keys.append(each.headers.get("idempotency-key", "")),
    )
    visit.send()
    visit.page.get_by_role("button", name="New picture").click()
    visit.page.fill("[name=seed]", "3")
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    sent = {each for each in keys if each}
    assert len(sent) == 2


def test_a_broken_stream_is_replaced_by_asking(visit: Visit, studio: Studio) -> None:
    visit.expected = REFUSED
    visit.page.route("**/events*", lambda route: route.fulfill(status=502, body=""))
    visit.send()
    job_id = studio.begin()
    studio.paint(job_id, 50)
    visit.see(".job-sentence", "Step 50 of 250")
    studio.hang(job_id)
    visit.see("#job-title", "Painted")


def test_a_lost_connection_is_told_and_caught_up_with(
    visit: Visit, studio: Studio
) -> None:
    visit.expected = GONE
    visit.send()
    job_id = studio.begin()
    studio.paint(job_id, 50)
    visit.see(".job-sentence", "Step 50 of 250")
    visit.lose_connection()
    visit.see("#connection", "Painting goes on there; this page will catch up.")
    studio.paint(job_id, 200)
    visit.find_connection()
    visit.see(".job-sentence", "Step 200 of 250")
    assert not visit.page.locator("#connection").is_visible()


def test_a_service_that_wants_a_key_is_given_one(visit: Visit, studio: Studio) -> None:
    visit.expected = REFUSED
    key = studio.lock()
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING)
    visit.page.click("#paint")
    visit.see("#key-reason", "This needs a key")
    visit.page.fill("#key-input", "imp_wrong")
    visit.page.keyboard.press("Enter")
    visit.see("#key-reason", "The key is not known.")
    visit.page.fill("#key-input", key)
    visit.page.keyboard.press("Enter")
    visit.see("#job-title", "Waiting for a painter")
    visit.see("#key-button", "API key ✓")
    studio.hang(studio.begin())
    visit.page.wait_for_selector("before-after.has-before")


def test_who_gives_no_key_is_told_and_loses_nothing(
    visit: Visit, studio: Studio
) -> None:
    visit.expected = REFUSED
    studio.lock()
    visit.put("#photo-file", PHOTOGRAPH)
    visit.put("#style-file", PAINTING)
    visit.page.click("#paint")
    visit.page.get_by_role("button", name="Not now").click()
    visit.see("#submit-problem", "This needs a key")
    assert visit.page.locator("#stage").get_attribute("data-state") == "photograph"


def test_a_stream_that_has_died_in_silence_is_opened_anew(
    browser: Any, studio: Studio
) -> None:
    with Visit.of(browser, studio) as visit:
        visit.page.clock.install()
        visit.send()
        studio.begin()
        visit.see("#job-title", "Mixing the colours")
        with visit.page.expect_request("**/events*"):
            visit.page.clock.fast_forward(21_000)


def test_a_link_to_nothing_says_so(visit: Visit) -> None:
    visit.expected = REFUSED
    visit.page.goto(f"{visit.studio.url}#job=job_{'0' * 32}")
    visit.see("#job-title", "This picture is not here")
    visit.see(".job .problem", "There is no such job.")
    visit.page.get_by_role("button", name="New picture").click()
    visit.see(".blank-title", "Begin with a photograph")


def test_a_closed_studio_says_so(browser: Any, studio: Studio) -> None:
    studio.api.worker_registry.forget("worker")
    with Visit.of(browser, studio) as visit:
        visit.see("#readiness", "The studio is not ready: workers: none is alive.")


@pytest.mark.parametrize("path", ["v1/styles", "v1/capabilities", "v1/estimates"])
def test_what_a_service_lacks_is_done_without(
    browser: Any, studio: Studio, path: str
) -> None:
    with Visit.of(browser, studio, lacks=path) as visit:
        visit.send()
        assert len(studio.jobs()) == 1
