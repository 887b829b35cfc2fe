"""`impasto submit`: from its words to the form, to the API over memory, and back."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from app.cli import cli
from app.client import ImpastoClient
from app.contract.records.wire import result_key
from tests.app.conftest import PICTURE, ApiHarness, an_outcome
from tests.app.pictures import plain


class Counter:
    """Stands between the client and an API; finishes each job as it is accepted."""

    def __init__(self, api: ApiHarness) -> None:
        self.api = api
        self.job: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.api.client.request(
            request.method,
            request.url.raw_path.decode(),
            content=request.read(),
            headers=dict(request.headers),
        )
        if answer.status_code == 202:
            self.job = answer.json()
            self._finish(self.job["id"])
        return httpx.Response(
            answer.status_code, content=answer.content, headers=dict(answer.headers)
        )

    def _finish(self, job_id: str) -> None:
        self.api.ledger.claim(job_id, "w")
        self.api.blobs.put(result_key(job_id, 1, "image/png"), PICTURE)
        self.api.ledger.succeed(job_id, 1, an_outcome(job_id, len(PICTURE)))


@pytest.fixture
def counter(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Counter:
    counter = Counter(api)
    transport = httpx.MockTransport(counter)

    def connect(url: str, api_key: str | None = None) -> ImpastoClient:
        return ImpastoClient(url, api_key=api_key, transport=transport)

    monkeypatch.setattr("app.commands.terminal.ImpastoClient", connect)
    monkeypatch.chdir(tmp_path)
    Path("content.png").write_bytes(plain(size=(96, 72)))
    Path("first.png").write_bytes(plain(size=(64, 64)))
    Path("second.png").write_bytes(plain(size=(60, 40)))
    Path("mask.png").write_bytes(plain(mode="L", size=(48, 36), color=255))
    Path("square.png").write_bytes(plain(mode="L", size=(40, 40), color=255))
    return counter


def submit(*words: str) -> Result:
    return CliRunner().invoke(cli, ["submit", "content.png", *words])


def test_a_photograph_and_a_painting_are_enough(counter: Counter) -> None:
    done = submit("first.png", "-o", "out.png")
    assert done.exit_code == 0, done.output
    assert Path("out.png").read_bytes() == PICTURE
    assert counter.job["params"]["style_weights"] == [1.0]
    assert counter.job["params"]["steps"] == 250


OPTIONS = {
    "--preset=high": ("preset", "high"),
    "--working-size=128": ("working_size", 128),
    "--steps=7": ("steps", 7),
    "--style-strength=0.25": ("style_strength", 0.25),
    "--content-strength=0.75": ("content_strength", 0.75),
    "--stroke-strength=0.3": ("stroke_strength", 0.3),
    "--style-loss=mean_std": ("style_loss", "mean_std"),
    "--content-loss=self_similarity": ("content_loss", "self_similarity"),
    "--style-loss=nearest --guidance=auto": ("guidance", "auto"),
    "--keep=person": ("keep", "person"),
    "--keep-strength=0.5": ("keep_strength", 0.5),
    "--style-layer=relu1_1=16 --style-layer=relu3_4=0.5": (
        "style_layers",
        {"relu1_1": 16.0, "relu3_4": 0.5},
    ),
    "--content-layer=relu4_2=1": ("content_layers", {"relu4_2": 1.0}),
    "--total-variation=0": ("total_variation", 0.0),
    "--pooling=average": ("pooling", "average"),
    "--color=matched": ("color", "matched"),
    "--style-scale=2.5": ("style_scale", 2.5),
    "--start=noise": ("start", "noise"),
    "--seed=123": ("seed", 123),
    "--optimizer=lbfgs": ("optimizer", "lbfgs"),
    "--learning-rate=0.01": ("learning_rate", 0.01),
    "--learning-rate-schedule=cosine": ("learning_rate_schedule", "cosine"),
    "--gradient-clip=1": ("gradient_clip", 1.0),
    "--averaging=0": ("averaging", 0.0),
    "--early-stop": ("early_stop", True),
    "--no-early-stop": ("early_stop", False),
    '--changes=[{"at_step":3,"style_strength":0.8}]': (
        "changes",
        [{"at_step": 3, "style_strength": 0.8}],
    ),
    "--precision=half": ("precision", "half"),
    "--memory=tiles": ("memory", "tiles"),
    "--tile-size=256": ("tile_size", 256),
    "--network=vgg19": ("network", "vgg19"),
    "--style-weight=2": ("style_weights", [2.0]),
    "--size=128 --rung=64:3 --rung=128:5": ("rungs", [[64, 3], [128, 5]]),
}


@pytest.mark.parametrize("words", OPTIONS)
def test_every_option_reaches_the_job(counter: Counter, words: str) -> None:
    done = submit("first.png", *words.split())
    assert done.exit_code == 0, done.output
    name, value = OPTIONS[words]
    assert counter.job["params"][name] == value


def test_every_parameter_has_an_option(counter: Counter) -> None:
    submit("first.png")
    assert {name for name, _ in OPTIONS.values()} | {"size"} == set(
        counter.job["params"]
    )


def test_paintings_masks_and_start_are_sent_in_order(counter: Counter) -> None:
    done = submit(
        *["first.png", "second.png"],
        *["--style-weight", "2", "--style-weight", "0.5"],
        *["--mask", "-", "--mask", "mask.png"],
        *["--style-mask", "square.png"],
        *["--start", "image", "--init", "first.png"],
    )
    assert done.exit_code == 0, done.output
    given = counter.job["input"]
    assert [each["width"] for each in given["styles"]] == [64, 60]
    assert given["masks"][0] is None
    assert given["masks"][1]["width"] == 48
    assert [each["width"] for each in given["style_masks"]] == [40]
    assert given["init"]["width"] == 64
    assert counter.job["params"]["style_weights"] == [2.0, 0.5]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--style-layer=relu1_1", "is not of the form relu1_1=16"),
        ("--style-layer=relu1_1=x", "is not of the form relu1_1=16"),
        ("--style-layer=relu1_1=1 --style-layer=relu1_1=2", "relu1_1 came twice"),
        ("--rung=128", "is not of the form 128:100"),
        ("--rung=a:b", "is not of the form 128:100"),
        ("--size=63", "greater than or equal to 64"),
        ("--tile-size=64", "greater than or equal to 128"),
    ],
)
def test_words_of_another_form_are_told_before_anything_is_sent(
    counter: Counter, words: str, said: str
) -> None:
    done = submit("first.png", *words.split())
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())
    assert counter.job == {}


def test_a_refusal_of_the_service_is_told_by_field(counter: Counter) -> None:
    done = submit("first.png", "--style-layer=relu9_9=1")
    assert done.exit_code == 1
    words = " ".join(done.output.split())
    assert "/params/style_layers" in words
    assert "no layer 'relu9_9'" in words


def test_a_mask_that_cannot_be_read_is_named(counter: Counter) -> None:
    done = submit("first.png", "--mask=nowhere.png")
    assert done.exit_code == 1
    assert "cannot read nowhere.png" in " ".join(done.output.split())
