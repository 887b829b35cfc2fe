"""A step of a painted cloud in the contract's words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial

from app.contract.artifacts import RESULT
from app.contract.kinds.pointcloud.choices import MEDIA_TYPES, CloudFormat
from app.contract.kinds.pointcloud.kind import METRICS, POINTS, POINTS_TYPE
from app.contract.updates import Update
from worker.engine.pointcloud.result import PaintedCloud
from worker.engine.pointcloud.step import CloudStep
from worker.runners.pictures import png_file, small_jpeg
from worker.runners.pointcloud.turntable import Turntables
from worker.runners.runner import FinishedFile, Jpeg


@dataclass(frozen=True)
class CloudTick:
    """Implements the port's `Tick`.

    Attributes:
        step: of the engine.
        form: of the file.
        came: so many points the file had.
        turntables: write the pictures around the cloud.
    """

    step: CloudStep
    form: CloudFormat
    came: int
    turntables: Turntables

    @property
    def update(self) -> Update:
        """How far the cloud is."""
        step = self.step
        return Update(
            fraction=step.fraction,
            step=step.step,
            total_steps=step.total_steps,
            stage=step.scale,
            total_stages=step.total_scales,
            metrics={} if step.losses is None else asdict(step.losses),
            details={
                "width": step.side_px,
                "height": step.side_px,
                "pointcloud": {
                    "view": step.view,
                    "views_ready": step.views_ready,
                    "total_views": step.total_views,
                },
            },
            elapsed_seconds=step.elapsed_s,
            updated_at=datetime.now(UTC),
        )

    @property
    def is_last(self) -> bool:
        """Whether the colours are the result."""
        return self.step.is_last

    @property
    def stopped_early(self) -> bool:
        """Whether they are because somebody asked for an early end."""
        return self.step.stopped_early

    def preview(self) -> Callable[[], Jpeg]:
        """Return what encodes the newest view."""
        return partial(small_jpeg, self.step.picture())

    def state(self) -> Callable[[], bytes] | None:
        """Return what encodes where the optimization stands, if there is one."""
        return None if self.step.state is None else self.step.state().to_bytes

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return the cloud, and its views before and after."""
        made = self.step.result
        if made is None:
            return {}
        return finished_cloud(made, self.form, self.came, self.turntables)


def finished_cloud(
    made: PaintedCloud, form: CloudFormat, came: int, turntables: Turntables
) -> Mapping[str, FinishedFile]:
    """Return the files of a job whose result is a cloud."""
    result = FinishedFile(
        media_type=MEDIA_TYPES[form],
        to_bytes=lambda: made.content,
        facts={
            "pointcloud": {
                "points": made.points,
                "recolored": made.recolored,
                "gaussians": made.gaussians,
                "format": str(form),
                "added": made.points - came,
            }
        },
    )
    pictures = {
        f"{name}-{number:02}.png": png_file(picture)
        for name, row in (("view", made.after), ("before", made.before))
        for number, picture in enumerate(row, start=1)
    }
    numbers = FinishedFile(
        media_type="application/json",
        to_bytes=json.dumps(numbers_of(made), indent=1).encode,
        facts={},
    )
    points = FinishedFile(
        media_type=POINTS_TYPE, to_bytes=lambda: made.thinned, facts={}
    )
    return {
        RESULT: result,
        **pictures,
        METRICS: numbers,
        POINTS: points,
        **turntables.files(made.turntable),
    }


def numbers_of(made: PaintedCloud) -> Mapping[str, float | None]:
    """Return what was measured of a cloud, as `metrics.json` tells it."""
    return {"changed": made.recolored / made.points, **asdict(made.report)}
