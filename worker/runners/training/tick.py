"""A step of a training in the contract's words."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial

from PIL import Image
from pydantic import JsonValue

from app.contract.artifacts import RESULT
from app.contract.kinds.training.kind import TRAINING
from app.contract.kinds.training.parameters import Publish, ResolvedTrainingParameters
from app.contract.packs.info import PackInfo
from app.contract.packs.onnx import to_onnx
from app.contract.packs.reading import PACK_TYPE
from app.contract.styles import style_id_of
from app.contract.updates import Update
from worker.engine.feedforward import Pack
from worker.engine.training import HeldOutScore, TrainingStep
from worker.engine.training.step import SAMPLES
from worker.engine.training.trainer import ALGORITHM
from worker.runners.pictures import encoded, png_file
from worker.runners.runner import FinishedFile, Jpeg

_QUALITY = 85
_UNKNOWN_LICENCE = "not said"


@dataclass(frozen=True)
class TrainingTick:
    """Implements the port's `Tick`.

    Attributes:
        step: of the engine.
        params: of the job.
        job_id: likewise.
        dataset_sha256: of the photographs' manifest.
    """

    step: TrainingStep
    params: ResolvedTrainingParameters
    job_id: str
    dataset_sha256: str

    @property
    def update(self) -> Update:
        """How far the training is."""
        step = self.step
        latest = step.curve[-1]
        losses = None if step.losses is None else asdict(step.losses)
        metrics: dict[str, float] = {}
        if losses is not None:
            losses["tv"] = losses.pop("total_variation")
            losses["held_out"] = latest.score.style_error
            metrics = {name: losses[name] for name in TRAINING.metrics}
        return Update(
            fraction=step.step / step.total_steps,
            step=step.step,
            total_steps=step.total_steps,
            metrics=metrics,
            details={
                "training": {
                    "held_out": _told(latest.step, latest.score),
                    "best": _told(step.best.step, step.best.score),
                    "samples": SAMPLES,
                }
            },
            elapsed_seconds=step.elapsed_s,
            updated_at=datetime.now(UTC),
        )

    @property
    def is_last(self) -> bool:
        """Whether the pack is the result."""
        return self.step.is_last

    @property
    def stopped_early(self) -> bool:
        """Whether it is because somebody asked for an early end."""
        return self.step.stopped_early

    def preview(self) -> Callable[[], Jpeg] | None:
        """Return what encodes the sheet of samples, as they were last judged."""
        sheet = self.step.samples()
        return None if sheet is None else partial(_jpeg, sheet)

    def state(self) -> Callable[[], bytes]:
        """Return what encodes where the training stands."""
        return self.step.state().to_bytes

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return the best pack, what it paints, its ONNX file and the curve."""
        if not self.is_last:
            return {}
        pack = self._pack()
        content = pack.to_bytes()
        return {
            RESULT: FinishedFile(
                media_type=PACK_TYPE,
                to_bytes=lambda: content,
                facts={"training": self._told(len(content))},
            ),
            "samples.png": png_file(self.step.best_samples()),
            "network.onnx": FinishedFile(
                media_type="application/onnx",
                to_bytes=lambda: to_onnx(content),
                facts={},
            ),
            "curve.csv": FinishedFile(
                media_type="text/csv", to_bytes=self._curve, facts={}
            ),
        }

    def _pack(self) -> Pack:
        name = self.params.name or "Untitled"
        return self.step.pack(
            PackInfo(
                name=name,
                licence=self.params.license or _UNKNOWN_LICENCE,
                origin=f"trained by {ALGORITHM}: {self.step.origin}",
                judgement=asdict(self.step.best.score),
            )
        )

    def _told(self, size_bytes: int) -> dict[str, JsonValue]:
        step = self.step
        reasons = step.reasons()
        is_published = self.params.publish is Publish.GATED and not reasons
        return {
            "style_id": style_id_of(self.job_id) if is_published else None,
            "published": is_published,
            "reasons": [*reasons],
            "bytes_of_network": size_bytes,
            "started_from": step.started_from,
            "best": _told(step.best.step, step.best.score),
            "start": _told(step.curve[0].step, step.curve[0].score),
            "untouched": _told(0, step.untouched),
            "dataset_sha256": self.dataset_sha256,
        }

    def _curve(self) -> bytes:
        """Return the judged steps as a table. Source: RFC 4180."""
        file = io.StringIO()
        writer = csv.writer(file)
        names = [*asdict(self.step.untouched)]
        writer.writerow(("step", "loss", *names))
        for point in self.step.curve:
            loss = "" if point.loss is None else point.loss
            writer.writerow((point.step, loss, *asdict(point.score).values()))
        return file.getvalue().encode()


def _told(step: int, score: HeldOutScore) -> dict[str, JsonValue]:
    return {"step": step, **asdict(score)}


def _jpeg(sheet: Image.Image) -> Jpeg:
    return Jpeg(encoded(sheet, "JPEG", quality=_QUALITY), *sheet.size)
