"""A style of one's own through the real parts: form, queue, worker, library."""

import csv
import io
import time
from pathlib import Path
from typing import Any

import httpx
import onnxruntime
import pytest
from PIL import Image

from app.contract.records.archives import ArchivedCheckpoint
from app.contract.records.wire import newest_checkpoint_key
from tests.e2e.service import Service
from tests.engine.conftest import distance
from worker.engine.feedforward import Pack

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]

EXAMPLES = Path(__file__).parents[3] / "examples"
CONTENT = (EXAMPLES / "contents" / "harbour.jpg").read_bytes()
#: The gate lets it through after so few steps.
PAINTING = (EXAMPLES / "styles" / "night.jpg").read_bytes()
STEPS = 20
SMALL = {"steps": STEPS, "crop_size": 64, "batch_size": 1, "dataset": "builtin"}
ENDED = ("succeeded", "failed", "canceled")


def post(service: Service, files: dict[str, Any], **form: Any) -> str:
    """Submit a form; return the job's id."""
    answer = httpx.post(
        f"{service.url}/v1/jobs",
        data={name: str(value) for name, value in form.items()},
        files=files,
        headers={"Cache-Control": "no-cache"},
        timeout=30,
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def fetched(service: Service, path: str) -> bytes:
    answer = httpx.get(f"{service.url}{path}", timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content


def until_a_checkpoint(service: Service, job_id: str) -> None:
    """Wait until one is stored that some steps were taken before."""
    end_s = time.monotonic() + 90
    newest = service.data_dir / "blobs" / newest_checkpoint_key(job_id)
    while not newest.exists() or not _step_of(newest):
        assert service.job(job_id)["status"] not in ENDED, service.log()
        assert time.monotonic() < end_s, service.log()
        time.sleep(0.05)


def _step_of(newest: Path) -> int:
    return ArchivedCheckpoint.model_validate_json(newest.read_bytes()).checkpoint.step


def ended(service: Service, job_id: str) -> dict[str, Any]:
    job = service.wait_for(job_id, *ENDED, timeout_s=150)
    assert job["status"] == "succeeded", job
    return job


def files_of(service: Service, job: dict[str, Any]) -> dict[str, bytes]:
    urls = {each["name"]: each["url"] for each in job["result"]["files"]}
    base = service.url
    return {
        name: fetched(service, url.removeprefix(base)) for name, url in urls.items()
    }


@pytest.fixture(scope="module")
def trained(service: Service) -> dict[str, Any]:
    """A training whose worker was killed in the middle, at its end."""
    job_id = post(
        service,
        {"style": PAINTING},
        kind="training",
        name="night",
        license="CC0",
        **SMALL,
    )
    until_a_checkpoint(service, job_id)
    service.find("spawn_main").kill()
    return ended(service, job_id)


def test_one_goes_on_where_its_killed_worker_was(trained: dict[str, Any]) -> None:
    assert trained["attempt"] == 2
    assert trained["resumed_from_step"] > 0
    assert trained["progress"]["step"] == STEPS


def test_it_ends_with_a_pack_and_its_files(
    service: Service, trained: dict[str, Any]
) -> None:
    result = trained["result"]
    pack = Pack.from_bytes(service.result(trained["id"]))
    assert (pack.info.name, pack.info.licence) == ("night", "CC0")
    files = files_of(service, trained)
    assert set(files) == {"samples.png", "network.onnx", "curve.csv"}
    assert Image.open(io.BytesIO(files["samples.png"])).width > 64
    network = onnxruntime.InferenceSession(files["network.onnx"])
    assert len(network.get_inputs()[0].shape) == 4
    rows = list(csv.DictReader(io.StringIO(files["curve.csv"].decode())))
    assert [int(row["step"]) for row in rows] == [0, STEPS]
    best = result["training"]["best"]
    assert float(rows[-1]["style_error"]) == pytest.approx(best["style_error"])
    assert best["style_error"] < result["training"]["start"]["style_error"]
    losses = httpx.get(f"{service.url}/v1/jobs/{trained['id']}/losses").json()["data"]
    assert [row["step"] for row in losses] == [*range(1, STEPS + 1)]


def test_what_the_gate_lets_through_paints_the_next_picture(
    service: Service, trained: dict[str, Any]
) -> None:
    told = trained["result"]["training"]
    assert (told["published"], told["reasons"]) == (True, [])
    style = httpx.get(f"{service.url}/v1/styles/{told['style_id']}").json()
    assert (style["title"], style["license"]) == ("night", "CC0")
    form = {"style_id": told["style_id"], "engine": "fast", "size": 96}
    picture = ended(service, post(service, {"content": CONTENT}, **form))
    painted = Image.open(io.BytesIO(service.result(picture["id"])))
    photograph = Image.open(io.BytesIO(CONTENT)).convert("RGB").resize(painted.size)
    assert max(painted.size) == 96
    assert distance(painted, photograph) > 30


def test_a_style_of_the_library_is_trained_further_and_kept_back(
    service: Service, trained: dict[str, Any]
) -> None:
    style_id = trained["result"]["training"]["style_id"]
    job_id = post(
        service,
        {"style_id": (None, style_id)},
        kind="training",
        start_from="pack",
        publish="never",
        **SMALL | {"steps": 2},
    )
    told = ended(service, job_id)["result"]["training"]
    assert told["start"]["style_error"] == pytest.approx(
        trained["result"]["training"]["best"]["style_error"], rel=0.01
    )
    assert (told["published"], told["style_id"]) == (False, None)
    ids = {each["id"] for each in httpx.get(f"{service.url}/v1/styles").json()["data"]}
    assert style_id in ids
    assert f"sty_{job_id.removeprefix('job_')}" not in ids
