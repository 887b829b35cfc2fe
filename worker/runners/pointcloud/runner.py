"""The runner of clouds, with the networks that the runner of pictures has loaded."""

from collections.abc import Generator, Iterator
from functools import partial

from PIL import Image

from app.contract.failures import FailureCode
from app.contract.inputs import Inputs
from app.contract.jobs import Reproducibility
from app.contract.kinds.pointcloud.camera_files import CamerasError, read_cameras
from app.contract.kinds.pointcloud.choices import Harmonics, Mode, Up
from app.contract.kinds.pointcloud.parameters import ResolvedCloudParameters
from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from app.contract.painting.choices import Color
from worker.cloudfile.formats import format_of, read_cloud
from worker.cloudfile.splitting import divided
from worker.engine import EngineError, PaintingState, StateError, StyleEngine
from worker.engine.feedforward import FastEngine, FastOptions, FastStyle
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.machine.error_boundary import error_boundary
from worker.engine.pointcloud.job import ALGORITHM, CloudJob
from worker.engine.pointcloud.options import CloudOptions
from worker.engine.pointcloud.painter import paint_cloud
from worker.engine.pointcloud.quick import paint_quickly
from worker.engine.pointcloud.step import CloudStep
from worker.engine.pointcloud.transport import paint_palette
from worker.runners.control import Control
from worker.runners.failures import failed
from worker.runners.pictures import read_paintings
from worker.runners.pointcloud.steering import CloudSteering
from worker.runners.pointcloud.tick import CloudTick
from worker.runners.pointcloud.turntable import Turntables
from worker.runners.reproducibility import reproducibility_of
from worker.runners.runner import (
    Order,
    RunFailedError,
    Runner,
    StateRefusedError,
    UnableError,
)


class CloudRunner(Runner[ResolvedCloudParameters]):
    """Paints clouds.

    Args:
        fast: paints a view in one pass, if this worker has it.
        optimizing: has the networks to optimize with, likewise.
        codecs: of turntables: names of those that an operator allows; None for all.
    """

    def __init__(
        self,
        fast: FastEngine | None,
        optimizing: StyleEngine | None = None,
        codecs: tuple[str, ...] | None = None,
    ) -> None:
        self._fast = fast
        self._optimizing = optimizing
        self._turntables = Turntables(codecs)

    def run(
        self,
        order: Order[ResolvedCloudParameters],
        control: Control,
        resume: bytes | None,
    ) -> Generator[CloudTick, None, None]:
        """Yield every step; closing the generator frees the job's memory and files."""
        try:
            state = None if resume is None else PaintingState.from_bytes(resume)
            del resume
            content = order.read("content")
            control.check()
            form = format_of(content)
            came = int(str(order.inputs["content"].facts.get("points", 0)))
            params = order.params
            content = divided(content, params.split, params.view_size)
            control.check()
            job = self._job(order, control, content, state)
            del content
            steps = self._steps(job)
            del job
            for step in steps:
                yield CloudTick(step, form, came, self._turntables)
        except StateError as error:
            raise StateRefusedError(str(error)) from error
        except (UnreadableCloudError, CamerasError) as error:
            raise RunFailedError(FailureCode.DECODER_FAILED, str(error)) from error
        except EngineError as error:
            raise failed(error) from error

    def reproducibility(
        self,
        params: ResolvedCloudParameters,
        inputs: Inputs,  # noqa: ARG002 - of the port
    ) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        fast, optimizing = self._fast, self._optimizing
        if fast is not None and (optimizing is None or params.mode is Mode.QUICK):
            told = fast.describe()
            weights = f"{told.network}:{told.weights_sha256}"
            return reproducibility_of(told, algorithm=ALGORITHM, weights_sha256=weights)
        if optimizing is None:
            raise UnableError("This worker has no network.")
        return reproducibility_of(optimizing.describe(), algorithm=ALGORITHM)

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        engine = self._optimizing or self._fast
        return None if engine is None else engine.peak_memory_bytes()

    def _steps(self, job: CloudJob) -> Iterator[CloudStep]:
        """Return the steps of the mode that is asked for."""
        mode = job.options.mode
        if mode is not Mode.PAINT and job.resume_from is not None:
            raise StateError(f"mode {mode} takes seconds and has no state")
        if mode is Mode.PALETTE:
            return paint_palette(job)
        if mode is Mode.QUICK:
            if self._fast is None:
                raise UnableError("This worker does not have the fast networks.")
            return paint_quickly(job, partial(fast_view, self._fast, job))
        if self._optimizing is None:
            raise UnableError("This worker has no network to paint with.")
        network = self._optimizing.extractor(job.check)
        return error_boundary(paint_cloud(job, network), network.device)

    def _job(
        self,
        order: Order[ResolvedCloudParameters],
        control: Control,
        content: bytes,
        state: PaintingState | None,
    ) -> CloudJob:
        cloud = read_cloud(content)
        control.check()
        paintings = read_paintings(
            order, len(order.params.style_weights), control.check
        )
        control.check()
        cameras = order.read("cameras") if "cameras" in order.inputs else None
        return CloudJob(
            cloud=cloud,
            cameras=() if cameras is None else read_cameras(cameras),
            style_images=paintings,
            style_weights=order.params.style_weights,
            options=options_of(order.params),
            hyperparameters=HYPERPARAMETERS,
            check=control.check,
            changes=CloudSteering(order, control).changes,
            is_finishing=lambda: control.is_finishing,
            resume_from=state,
        )


def fast_view(engine: FastEngine, job: CloudJob, view: Image.Image) -> Image.Image:
    """Return a view as the fast network paints it."""
    options = job.options
    return engine.stylize(
        view,
        [
            FastStyle(image=image, weight=weight)
            for image, weight in zip(job.style_images, job.style_weights, strict=True)
        ],
        FastOptions(
            size_px=options.view_px,
            style_strength=options.style_strength,
            style_scale=options.style_scale,
            color=options.color,
        ),
        check=job.check,
    )


def options_of(params: ResolvedCloudParameters) -> CloudOptions:
    """Translate the user's words into the engine's; no other place does."""
    red, green, blue = bytes.fromhex(params.background.removeprefix("#"))
    return CloudOptions(
        mode=Mode(params.mode),
        views=params.views,
        view_px=params.view_size,
        up=Up(params.up),
        steps=params.steps,
        style_strength=params.style_strength,
        content_strength=params.content_strength,
        style_scale=params.style_scale,
        color=Color(params.color),
        smoothness=params.smoothness,
        harmonics=Harmonics(params.harmonics),
        background=(red / 255, green / 255, blue / 255),
        seed=params.seed,
    )
