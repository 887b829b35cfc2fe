"""Pictures that are there at once, and what can be done with them."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.contract.jobs import Job, JobStatus
from app.contract.kind import Lane
from app.contract.painting.choices import FAST_NETWORK
from app.contract.records.wire import result_key
from tests.app.conftest import an_outcome
from tests.app.pictures import plain
from tests.ledgers import EVERYTHING
from tests.packs import a_pack
from tests.web.conftest import Studio
from tests.web.visits import PAINTING, PHOTOGRAPH, Visit

DRAFT = "#stage[data-state=draft]:not(.is-renewing)"
PAINTED = "before-after .after"
LIGHT = EVERYTHING.model_copy(update={"networks": (FAST_NETWORK,)})


@contextmanager
def painter(studio: Studio) -> Iterator[list[Job]]:
    """Paint whatever is asked for, the redder the stronger; yield the jobs."""
    painted: list[Job] = []
    ends = threading.Event()

    def work() -> None:
        while not ends.wait(0.02):
            waiting = (j for j in studio.jobs() if j.status is JobStatus.QUEUED)
            bells = [job.id for job in waiting if job.lane == Lane.SHORT]
            painted.extend(_paint(studio, bell) for bell in bells)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield painted
    finally:
        ends.set()
        thread.join()


def _paint(studio: Studio, bell: str) -> Job:
    """Paint the job whose turn it is."""
    ledger = studio.api.ledger
    claimed = ledger.claim(bell, "light worker", LIGHT)
    job: Job = ledger.get(claimed.job_id)
    red = round(255 * float(job.params["style_strength"]))
    picture = plain("PNG", (128, 96), (red, 0, 0))
    studio.api.blobs.put(result_key(claimed.job_id, 1, "image/png"), picture)
    outcome = an_outcome(claimed.job_id, len(picture))
    sha256 = hashlib.sha256(picture).hexdigest()
    result = outcome.artifacts["result"].model_copy(update={"sha256": sha256})
    outcome = outcome.model_copy(update={"artifacts": {"result": result}})
    assert ledger.succeed(claimed.job_id, 1, outcome)
    return job


def begin(visit: Visit) -> None:
    """Ask for pictures at once, of a photograph and the first painting."""
    visit.page.dispatch_event("input[name=engine][value=fast]", "click")
    visit.put("#photo-file", PHOTOGRAPH)
    visit.page.wait_for_selector(DRAFT)


def test_a_picture_is_there_once_photograph_and_style_are(
    visit: Visit, studio: Studio
) -> None:
    with painter(studio) as painted:
        begin(visit)
        assert visit.color_of(PAINTED)[0] == pytest.approx(128, abs=6)
        visit.see("#caption-text", "128 × 96 pixels")
        visit.page.locator("#gallery .card[title]").nth(1).click()
        visit.page.wait_for_selector(DRAFT)
    first, second = painted
    assert first.params["engine"] == "fast"
    assert first.inputs["content"] == second.inputs["content"]
    assert first.inputs["style/0"] != second.inputs["style/0"]
    assert first.ttl_seconds == 3600


def test_a_slider_that_is_dragged_ends_with_the_newest_and_sends_no_photograph(
    visit: Visit, studio: Studio
) -> None:
    sent: list[str] = []
    visit.page.on("request", lambda request: sent.append(request.url))
    with painter(studio) as painted:
        begin(visit)
        visit.page.locator("before-after input").fill("30")
        slider = visit.page.locator("[name=style_strength]")
        for hundredths in range(55, 105, 5):
            slider.fill(str(hundredths / 100))
        visit.page.wait_for_selector(DRAFT)
        assert visit.color_of(PAINTED)[0] == pytest.approx(255, abs=6)
    assert painted[-1].params["style_strength"] == 1
    assert len(painted) < 10
    uploads = [each for each in sent if each.endswith("/v1/uploads")]
    assert len(uploads) == 1
    assert visit.page.locator("before-after input").input_value() == "30"


def test_a_picture_is_painted_properly_from_where_it_stands(
    visit: Visit, studio: Studio
) -> None:
    with painter(studio):
        begin(visit)
        visit.page.locator("[name=style_strength]").fill("0.8")
        visit.page.click("#properly")
        visit.see("#job-title", "Waiting for a painter")
    # The picture at once may still have been asked for, too.
    job = next(each for each in studio.jobs() if each.lane == Lane.LONG)
    assert (job.params["start"], job.params["style_strength"]) == ("fast", 0.8)
    assert visit.page.locator("#stage").get_attribute("data-state") == "painting"


def test_a_picture_can_be_kept_like_any_other(visit: Visit, studio: Studio) -> None:
    with painter(studio):
        begin(visit)
        visit.page.click("#paint")
        visit.see("#job-title", "Painted")
        assert visit.page.locator("[data-action=download]").is_visible()


def test_a_network_alone_cannot_be_painted_properly(
    visit: Visit, studio: Studio
) -> None:
    files = {"sample": ("a.png", PAINTING), "pack": ("a.safetensors", a_pack())}
    studio.api.client.post("/v1/styles", files=files)
    visit.page.reload()
    visit.page.locator("#gallery .card[title*=waves]").click()
    with painter(studio):
        begin(visit)
        assert not visit.page.locator("#properly").is_visible()
        visit.page.locator("#gallery .card[title]").first.click()
        visit.page.wait_for_selector("#properly", state="visible")


def test_all_styles_are_seen_on_ones_photograph_in_one_click(
    visit: Visit, studio: Studio
) -> None:
    visit.page.wait_for_selector("#gallery .card[title]")
    count = visit.page.locator("#gallery .card[title]").count()
    visit.put("#photo-file", PHOTOGRAPH)
    with painter(studio) as painted:
        visit.page.click("#try-all")
        visit.see("#sheet-dialog .hint", f"All {count} styles")
        assert visit.page.locator(".sheet-tile.is-there img").count() == count
        visit.page.locator(".sheet-tile").nth(3).click()
    assert len({job.inputs["style/0"].style_id for job in painted}) == count
    fourth = studio.api.client.get("/v1/styles").json()["data"][3]["title"]
    visit.see("#gallery-note", fourth)


def test_what_cannot_be_painted_is_said_under_the_picture(
    visit: Visit, studio: Studio
) -> None:
    visit.expected = ("422", "415")
    visit.page.dispatch_event("input[name=engine][value=fast]", "click")
    visit.put("#photo-file", b"no picture at all")
    visit.see(".instant-note", "The file is not a JPEG")
