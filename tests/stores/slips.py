"""Slips for tests: small, valid, and each one its own job."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.contract.jobs import (
    InputImage,
    JobInput,
    NewJob,
    Outcome,
    Reproducibility,
    ResultImage,
    new_job_id,
)
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.progress import Losses, Progress
from app.contract.samples import Sample


def new_job(slip: dict[str, Any] | None = None, **parameters: object) -> NewJob:
    image = InputImage(sha256="ab" * 32, width=64, height=48, media_type="image/png")
    return NewJob(
        id=new_job_id(),
        params=StyleTransferParameters(seed=1, **parameters).resolve(),
        input=JobInput(content=image, styles=(image,)),
        **slip or {},
    )


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
