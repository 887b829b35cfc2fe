"""Clips and clouds on the page: chosen by tab or by file, sent, followed, shown."""

import hashlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from app.contract.artifacts import Artifact
from app.contract.kind import Kinds
from app.contract.kinds.image.kind import IMAGE
from app.contract.painting.choices import FAST_NETWORK
from app.contract.updates import Update
from tests.app.conftest import an_outcome
from tests.ledgers import EVERYTHING
from tests.web.clips import FRAMES, HEIGHT, WIDTH, a_clip
from tests.web.conftest import Studio, a_house, progress_at, served
from tests.web.visits import PAINTING, PHOTOGRAPH, Visit

NETWORKS = (*EVERYTHING.networks, FAST_NETWORK)
SIZE = {"width": WIDTH, "height": HEIGHT}
CORNERS = list(itertools.product((0, 1), repeat=3))
CUBE = "\n".join(
    [
        *("ply", "format ascii 1.0", f"element vertex {len(CORNERS)}"),
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {color}" for color in ("red", "green", "blue")),
        "end_header",
        *(f"{x} {y} {z} {200 * x} {200 * y} {200 * z}" for x, y, z in CORNERS),
        "",
    ]
).encode()
TABS = "#kinds [role=tab]"
DROP = """([name, type]) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["ply"], name, { type }));
  const told = { bubbles: true, cancelable: true, dataTransfer: carried };
  document.body.dispatchEvent(new DragEvent("drop", told));
}"""


@pytest.fixture
def pictures_alone(browser: Any) -> Iterator[Studio]:
    """A service that offers one kind."""
    api = a_house(kinds=Kinds([IMAGE]))
    with served(api.app) as url:
        yield Studio(api, url)


def send_clip(visit: Visit) -> None:
    """Choose a clip, which chooses its tab, and send it."""
    visit.put("#photo-file", a_clip(), "clip.webm")
    visit.page.wait_for_selector("#layers video")
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")


def begin(studio: Studio) -> str:
    job_id: str = studio.job().id
    able = EVERYTHING.model_copy(update={"kinds": ("video",), "networks": NETWORKS})
    assert studio.api.ledger.claim(job_id, "worker", able)
    return job_id


def frames_done(count: int) -> Update:
    details = {**SIZE, "video": {"shot": 1, "mask_share": 0.0}}
    fraction = count / FRAMES
    told = {"unit": "frames", "total_steps": FRAMES, "stage": 1, "total_stages": 1}
    update: Update = progress_at(step=count, details=details)
    return update.model_copy(update={**told, "metrics": {}, "fraction": fraction})


def finish(studio: Studio, job_id: str) -> None:
    """Hand in the clip as it came, a poster and numbers."""
    facts = {
        "frames": FRAMES,
        "frame_rate": "8/1",
        "variable_rate": False,
        "duration_seconds": 1.0,
        "codec": "vp8",
        "audio": "none",
        "shots": 1,
    }
    made = {
        "result": ("video/webm", a_clip(), {**SIZE, "video": facts}),
        "poster.jpg": ("image/jpeg", PHOTOGRAPH, SIZE),
        "metrics.json": ("application/json", b"{}", {}),
    }
    artifacts = {}
    for name, (media_type, content, about) in made.items():
        key = f"results/{job_id}/1/{name}"
        studio.api.blobs.put(key, content)
        artifacts[name] = Artifact(
            blob_key=key,
            media_type=media_type,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            facts=about,
        )
    outcome = an_outcome(job_id, 1).model_copy(update={"artifacts": artifacts})
    assert studio.api.ledger.succeed(job_id, 1, outcome)


def test_a_clip_is_sent_followed_and_played(visit: Visit, studio: Studio) -> None:
    send_clip(visit)
    job_id = begin(studio)
    assert studio.job().kind == "video"
    studio.api.ledger.beat(job_id, 1, frames_done(3), [])
    visit.see(".job-sentence", f"Frame 3 of {FRAMES}, at {WIDTH} × {HEIGHT}.")
    studio.show(job_id, 3, (20, 200, 20))
    visit.see("#caption-text", "After 3 frames")
    for action in ("pause", "finish", "cancel", "branch"):
        assert visit.page.locator(f"[data-action={action}]").is_visible(), action
    assert not visit.page.locator("details.curve").is_visible()
    finish(studio, job_id)
    visit.see("#job-title", "Painted")
    played = visit.page.locator("#layers video").evaluate(
        """async (film) => {
          film.muted = true;
          await film.play();
          return [film.videoWidth, film.videoHeight, film.controls];
        }"""
    )
    assert played == [WIDTH, HEIGHT, True]
    assert visit.page.locator(".strip-item").count() == 1
    assert visit.page.locator(".file-list a").inner_text() == "metrics.json"
    with visit.page.expect_download() as saving:
        visit.page.click("[data-action=download]")
    assert saving.value.suggested_filename.endswith(".webm")


def test_what_a_kind_lets_change_can_be_changed_while_it_runs(
    visit: Visit, studio: Studio
) -> None:
    visit.page.locator(TABS).nth(2).click()
    visit.put("#photo-file", CUBE, "cube.ply")
    visit.see("#caption-text", "bytes")
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    assert studio.job().kind == "pointcloud"
    visit.page.fill("[data-control=style_strength] input", "0.7")
    visit.see("[data-control=style_strength] .steer-state", "on its way")


def test_tabs_are_those_kinds_that_the_service_offers(visit: Visit) -> None:
    assert visit.page.locator(TABS).all_inner_texts()[:3] == ["Picture", "Video", "3D"]
    visit.page.locator(TABS).first.focus()
    visit.page.keyboard.press("ArrowRight")
    assert visit.focused() == "kind-video"
    visit.see("#blank-title", "Begin with a video")
    assert visit.page.locator("[name=temporal_strength]").is_visible()
    visit.page.fill("[name=temporal_strength]", "0.9")
    visit.page.locator(TABS).nth(1).focus()
    visit.page.keyboard.press("Home")
    visit.see("#blank-title", "Begin with a photograph")
    assert visit.page.locator("[name=temporal_strength]").count() == 0
    visit.page.locator(TABS).nth(1).click()
    assert visit.page.locator("[name=temporal_strength]").input_value() == "0.9"


def test_a_service_of_pictures_alone_shows_no_tabs(
    browser: Any, pictures_alone: Studio
) -> None:
    with Visit.of(browser, pictures_alone) as visit:
        assert not visit.page.locator("#kinds").is_visible()
        visit.send()
        assert pictures_alone.job().kind == "image"
        visit.require_peace()


def test_what_is_dropped_chooses_its_tab_by_its_name(visit: Visit) -> None:
    chosen = f"{TABS}[aria-selected=true]"
    for name, kind in (("scan.PLY", "3D"), ("a.mp4", "Video"), ("a.png", "Picture")):
        visit.page.evaluate(DROP, [name, ""])
        visit.see(chosen, kind)
        visit.see(".unseen", f"{name} cannot be shown here.")


def test_a_large_file_goes_ahead_in_pieces_through_a_broken_connection(
    visit: Visit, studio: Studio
) -> None:
    visit.expected = ("net::ERR_", "415")
    visit.page.locator(TABS).nth(1).click()
    visit.put("#photo-file", a_clip() + bytes(17_000_000), "long.webm")
    visit.page.wait_for_selector("#layers video")
    begun: list[str] = []

    def break_once(route: Any) -> None:
        begun.append(route.request.headers["upload-offset"])
        if len(begun) == 2:
            route.abort("connectionreset")
        else:
            route.fallback()

    visit.page.route("**/v1/uploads/upl_*", lambda route: _patches(route, break_once))
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    piece = 8 * 2**20
    assert begun == ["0", str(piece), str(piece), str(2 * piece)]
    assert studio.job().kind == "video"


def _patches(route: Any, act: Any) -> None:
    if route.request.method == "PATCH":
        act(route)
    else:
        route.fallback()


def test_a_clip_is_painted_again_with_its_settings(
    visit: Visit, studio: Studio
) -> None:
    visit.page.locator(TABS).nth(1).click()
    visit.page.fill("[name=temporal_strength]", "0.9")
    visit.put("#style-file", PAINTING, "mine.png")
    send_clip(visit)
    finish(studio, begin(studio))
    visit.page.wait_for_selector("[data-action=reuse]")
    visit.page.reload()
    visit.page.wait_for_selector("#layers video")
    visit.page.click("[data-action=reuse]")
    visit.see(f"{TABS}[aria-selected=true]", "Video")
    assert visit.page.locator("[name=temporal_strength]").input_value() == "0.9"
    visit.page.click("#paint")
    visit.see("#job-title", "Waiting for a painter")
    first, second = studio.jobs()
    assert first.params == second.params
    assert first.inputs == second.inputs


def test_a_style_that_was_learnt_is_told_of_and_one_painting_is_no_mixture(
    visit: Visit,
) -> None:
    visit.page.locator(TABS).nth(3).click()
    visit.put("#style-file", PAINTING, "mine.png")
    visit.see("#gallery-note", "mine – your own.")
    assert visit.page.inner_text("#gallery-note") == "mine – your own."
    told = visit.page.evaluate(
        """async () => {
          const main = document.querySelector("script[src$='main.js']").src;
          const { jobSentence } = await import(new URL("words.js", main));
          const say = (training) =>
            jobSentence({ status: "succeeded", result: { training } });
          const reasons = ["too faint", "too rough"];
          return [say({ published: true }), say({ published: false, reasons })];
        }"""
    )
    assert told == [
        "The style hangs among the paintings.",
        "The style was not put among the paintings: too faint; too rough.",
    ]


def test_what_a_job_takes_is_asked_for_before_it_is_sent(visit: Visit) -> None:
    page = visit.page

    def asked(act: Any) -> Any:
        with page.expect_response("**/v1/estimates") as caught:
            act()
        assert caught.value.ok, caught.value.text()
        return caught.value.request.post_data_json

    clip = asked(lambda: visit.put("#photo-file", a_clip(), "clip.webm"))
    assert (clip["kind"], clip["frames"], clip["styles"]) == ("video", 25, 1)
    cloud = asked(lambda: visit.put("#photo-file", CUBE, "cube.ply"))
    assert cloud["kind"] == "pointcloud"
    assert (cloud["points"], cloud["gaussians"]) == (len(CORNERS), False)
    training = asked(lambda: page.get_by_role("tab", name="New style").click())
    assert training["kind"] == "training"
