"""New jobs for tests: small, valid, and each one its own job."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.contract.artifacts import Artifact
from app.contract.inputs import Input, Inputs
from app.contract.jobs import NewJob, Outcome, Reproducibility, new_job_id, slip_fields
from app.contract.kinds.image.kind import IMAGE
from app.contract.records.samples import Sample
from app.contract.updates import Row, Update


def a_picture(
    width: int = 64, height: int = 48, sha256: str = "ab" * 32, **more: Any
) -> Input:
    facts = {"width": width, "height": height}
    return Input(media_type="image/png", sha256=sha256, facts=facts, **more)


def slip_of(inputs: Inputs, parameters: dict[str, Any], **submitted_job: Any) -> NewJob:
    """Return a picture job made from these inputs."""
    params = IMAGE.parse(parameters, inputs)
    fields = slip_fields(IMAGE, params, inputs)
    return NewJob(**{"id": new_job_id(), **fields, **submitted_job})


def new_job(
    submitted_job: dict[str, Any] | None = None, **parameters: object
) -> NewJob:
    pictures = {"content": a_picture(), "style/0": a_picture()}
    return slip_of(pictures, {"seed": 1, **parameters}, **submitted_job or {})


def a_row(step: int, stage: int, *values: float) -> Row:
    """Return a row of a picture's series: total, content, style, tv."""
    return Row(step, stage, values)


def metrics(total: float, content: float, style: float, tv: float) -> dict[str, float]:
    return {"total": total, "content": content, "style": style, "tv": tv}


def progress(step: int = 1) -> Update:
    return Update(
        fraction=step / 10,
        step=step,
        total_steps=10,
        stage=1,
        total_stages=2,
        metrics=metrics(3.0, 1.0, 1.5, 0.5),
        details={"width": 64, "height": 48},
        steps_per_second=2.0,
        elapsed_seconds=0.5 * step,
        eta_seconds=4.0,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def a_result(
    key: str, size_bytes: int, width: int, height: int, sha256: str = "cd" * 32
) -> Artifact:
    return Artifact(
        blob_key=key,
        media_type="image/png",
        bytes=size_bytes,
        sha256=sha256,
        facts={"width": width, "height": height},
    )


def with_result(outcome: Outcome, **changes: Any) -> Outcome:
    """Return an outcome with another result."""
    result = outcome.result.model_copy(update=changes)
    return outcome.model_copy(update={"artifacts": {"result": result}})


def outcome(key: str = "results/job/1.png") -> Outcome:
    return Outcome(
        artifacts={"result": a_result(key, 123, 64, 48)},
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
    pictures = {"content": a_picture(), "style/0": a_picture()}
    params = IMAGE.parse({"size": 64, "steps": steps}, pictures)
    return Sample(
        kind="image",
        device="cpu",
        precision="float32",
        convolutions="torch",
        traits=IMAGE.traits(params, pictures),
        steps=steps,
        work=IMAGE.work(params, pictures),
        setup_seconds=0.1,
        predict_seconds=1.0,
        peak_memory_bytes=None,
        finished_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def seconds_ahead(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
