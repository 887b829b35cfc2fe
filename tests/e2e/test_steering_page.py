"""A slider of the page changes the picture that a real worker paints."""

import io
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.e2e.service import Service
from tests.web.conftest import browser as browser  # noqa: PLC0414 - a fixture

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]

ROW = "[data-control=style_strength]"


def preview_after(service: Service, job_id: str, step: int) -> Image.Image:
    """Return the first preview after a step."""
    end_s = time.monotonic() + 120
    while time.monotonic() < end_s:
        answer = httpx.get(f"{service.url}/v1/jobs/{job_id}/preview", timeout=10)
        if answer.status_code == 200 and int(answer.headers["X-Step"]) >= step:
            return Image.open(io.BytesIO(answer.content)).convert("RGB")
        time.sleep(0.1)
    raise AssertionError(f"no preview after step {step}")


def colors_apart(preview: Image.Image, painting: Path) -> float:
    """Return how far the mean colours are from each other, 0 to 255."""
    means = [
        np.asarray(each.convert("RGB"), float).mean((0, 1))
        for each in (preview, Image.open(painting))
    ]
    return float(np.abs(means[0] - means[1]).mean())


def apart(preview: Image.Image, photograph: Path) -> float:
    """Return how far the pictures are from each other, 0 to 255."""
    before = Image.open(photograph).convert("RGB").resize(preview.size)
    return float(np.abs(np.subtract(preview, before, dtype=float)).mean())


def step_that_holds(page: Any) -> int:
    page.wait_for_selector(f"{ROW}[data-state=applied]", timeout=60_000)
    return int(page.locator(f"{ROW} .steer-state").inner_text().split()[-1])


def test_a_slider_brings_the_painting_and_undo_the_photograph(
    browser: Any, service: Service, pictures: tuple[Path, Path]
) -> None:
    strengths = {"style_strength": 0.1, "content_strength": 0.9}
    asked = {"size": 64, "rungs": "[[64, 2000]]", "seed": 5, "learning_rate": 0.05}
    job_id = service.submit(*pictures, **asked, **strengths)
    photograph, painting = pictures
    context = browser.new_context()
    page = context.new_page()
    try:
        page.goto(f"{service.url}/#job={job_id}")
        page.wait_for_selector(f"{ROW} input", timeout=60_000)
        before = colors_apart(preview_after(service, job_id, 10), painting)
        page.fill(f"{ROW} input", "1")
        held = step_that_holds(page)
        after = colors_apart(preview_after(service, job_id, held + 30), painting)
        assert after < 0.6 * before
        page.click("[data-tool=undo]")
        assert page.locator(f"{ROW} input").input_value() == "0.1"
        held = step_that_holds(page)
        soon, later = (
            apart(preview_after(service, job_id, held + steps), photograph)
            for steps in (10, 50)
        )
        assert later < soon
        page.click("[data-action=finish]")
        ended = service.wait_for(job_id, "succeeded")
        values = [each["style_strength"] for each in ended["params"]["changes"]]
        assert values == [1.0, 0.1]
    finally:
        context.close()
