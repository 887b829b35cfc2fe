"""Slips for tests: small, valid, and each one its own job."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.contract.inputs import Input, Inputs
from app.contract.jobs import (
    NewJob,
    Outcome,
    Reproducibility,
    ResultImage,
    new_job_id,
)
from app.contract.kind import slip_fields
from app.contract.kinds.image.kind import IMAGE
from app.contract.progress import Losses, Progress
from app.contract.samples import Sample


def a_picture(
    width: int = 64, height: int = 48, sha256: str = "ab" * 32, **more: Any
) -> Input:
    facts = {"width": width, "height": height}
    return Input(media_type="image/png", sha256=sha256, facts=facts, **more)


def slip_of(inputs: Inputs, parameters: dict[str, Any], **slip: Any) -> NewJob:
    """Return a picture job made from these inputs."""
    params = IMAGE.parse(parameters, inputs)
    fields = slip_fields(IMAGE, params, inputs)
    return NewJob(**{"id": new_job_id(), **fields, **slip})


def new_job(slip: dict[str, Any] | None = None, **parameters: object) -> NewJob:
    pictures = {"content": a_picture(), "style/0": a_picture()}
    return slip_of(pictures, {"seed": 1, **parameters}, **slip or {})


def progress(step: int = 1) -> Progress:
    return Progress(
        fraction=step / 10,
        step=step,
        total_steps=10,
        scale=1,
        total_scales=2,
        width=64,
        height=48,
        loss=Losses(total=3.0, content=1.0, style=1.5, tv=0.5),
        steps_per_second=2.0,
        elapsed_seconds=0.5 * step,
        eta_seconds=4.0,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def outcome(key: str = "results/job/1.png") -> Outcome:
    return Outcome(
        result=ResultImage(
            blob_key=key,
            media_type="image/png",
            width=64,
            height=48,
            bytes=123,
            sha256="cd" * 32,
        ),
        reproducibility=Reproducibility(
            algorithm="fake@1",
            weights_sha256="ef" * 32,
            device="cpu",
            precision="float32",
            threads=1,
            torch="0",
            deterministic=True,
        ),
        setup_seconds=0.1,
        predict_seconds=1.0,
        peak_memory_bytes=None,
    )


def a_sample(steps: int = 10) -> Sample:
    return Sample(
        device="cpu",
        precision="float32",
        convolutions="torch",
        network="vgg19",
        style_loss="wasserstein",
        optimizer="adam",
        memory="auto",
        preset="standard",
        width=64,
        height=48,
        steps=steps,
        styles=1,
        setup_seconds=0.1,
        predict_seconds=1.0,
        peak_memory_bytes=None,
        finished_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def seconds_ahead(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
