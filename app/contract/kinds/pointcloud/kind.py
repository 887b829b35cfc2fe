"""The kind `pointcloud`: a cloud from a cloud and one to four paintings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, JsonValue

from app.contract.changes import changed_at, steps_in_all
from app.contract.inputs import Facts, Inputs
from app.contract.kind import JobKind, Lane, Needs, RefusedParams, Views
from app.contract.kinds.pointcloud import limits
from app.contract.kinds.pointcloud.changes import CHANGEABLE
from app.contract.kinds.pointcloud.choices import CLOUD_TYPES, READ_IN_MODE, Mode
from app.contract.kinds.pointcloud.estimates import CloudEstimateRequest, planned
from app.contract.kinds.pointcloud.examples import EXAMPLES
from app.contract.kinds.pointcloud.parameters import (
    CloudParameters,
    ResolvedCloudParameters,
    resolve,
)
from app.contract.kinds.pointcloud.slots import SLOTS
from app.contract.kinds.pointcloud.views import (
    CloudInput,
    CloudProgress,
    CloudResult,
    CloudRow,
)
from app.contract.painting.choices import FAST_NETWORK, Network
from app.contract.painting.fields import REFUSAL_CODES
from app.contract.painting.limits import MAX_STYLES
from app.contract.painting.sizes import largest_fitting, likeness
from app.contract.painting.weights import require_weight_each
from app.contract.slots import Slot, count_of
from app.contract.views.kinds import BodyExample

#: Raised when equal parameters give other colours; a test holds the engine's to it.
CLOUD_VERSION = 4
#: How many views a result shows, before and after.
SHOWN_VIEWS = 4
#: Once around the painted cloud, and their types: one of them, by what a worker can do.
TURNTABLES = {
    "turntable.mp4": "video/mp4",
    "turntable.webm": "video/webm",
    "turntable.gif": "image/gif",
}
#: What was measured of it.
METRICS = "metrics.json"
#: Some of its points in a form that the page reads; `docs/clouds.md` tells of it.
POINTS, POINTS_TYPE = "points.bin", "model/x-points"
FILES = (
    *(
        f"{name}-{number:02}.png"
        for name in ("view", "before")
        for number in range(1, SHOWN_VIEWS + 1)
    ),
    METRICS,
    POINTS,
    *TURNTABLES,
)
#: Of the pixels of a step, on the average over the scales.
_MEAN_OF_SCALES = 0.45
#: What a view of so many Gaussians, or points, costs in steps on a million pixels.
_STEPS_A_GAUSSIAN, _STEPS_A_POINT = 4e-6, 5e-7
#: What one pass of the fast network takes, and bringing a point's colour in order.
_STEPS_A_PASS, _STEPS_A_SORT = 0.3, 2e-7
_VIEWS = Views(
    ResolvedCloudParameters,
    CloudInput,
    CloudProgress,
    CloudResult,
    CloudRow,
    # The default is read-only and cannot be pickled: a kind goes to a worker's child.
    params_of_engine={},
)


class CloudLimits(BaseModel):
    """The bounds of a cloud."""

    max_styles: Annotated[int, Field(description="Paintings of one job.")] = MAX_STYLES
    max_points: Annotated[int, Field(description="Of a cloud.")] = limits.MAX_POINTS
    max_gaussians: Annotated[int, Field(description="Of a cloud of splats.")] = (
        limits.MAX_GAUSSIANS
    )
    max_bytes: Annotated[int, Field(description="Of the file.")] = (
        limits.MAX_CLOUD_BYTES
    )
    max_steps: Annotated[int, Field(description="Over all scales.")] = limits.MAX_STEPS
    max_view_pixels: Annotated[int, Field(description="Of all views together.")] = (
        limits.MAX_VIEW_PIXELS
    )


@dataclass(frozen=True)
class CloudKind(JobKind[CloudParameters, ResolvedCloudParameters]):
    """Point clouds and Gaussian splats."""

    name: str = "pointcloud"
    slots: tuple[Slot, ...] = SLOTS
    unit: str = "steps"
    survey_module: str = "worker.cloudfile.survey"
    metrics: tuple[str, ...] = ("total", "content", "style", "smoothness")
    modules: tuple[str, ...] = ("scipy", "laspy", "lazrs")
    extra: str = "clouds"
    result_types: tuple[str, ...] = CLOUD_TYPES
    files: tuple[str, ...] = FILES
    sent: type[CloudParameters] = CloudParameters
    estimate: type[CloudEstimateRequest] = CloudEstimateRequest
    examples: tuple[BodyExample, ...] = EXAMPLES
    views: Views = _VIEWS

    def version(self, params: ResolvedCloudParameters) -> int:
        """Return that of the engine."""
        return CLOUD_VERSION

    def changeable(self, params: ResolvedCloudParameters) -> frozenset[str]:
        """Return what may change from one step to the next."""
        return CHANGEABLE if params.mode is Mode.PAINT else frozenset()

    @property
    def limits(self) -> CloudLimits:
        """The bounds of a cloud."""
        return CloudLimits()

    @property
    def refusal_codes(self) -> Mapping[tuple[str, str], str]:
        """Codes of problems of its own, by parameter and pydantic's type of error."""
        return REFUSAL_CODES

    def planned(self, asked: CloudEstimateRequest) -> tuple[CloudParameters, Inputs]:
        """Return the parameters, the cloud's facts, and so many paintings."""
        return planned(asked)

    def check(self, sent: CloudParameters, names: Iterable[str]) -> None:
        """Raise RefusedParams unless there is one weight for each painting."""
        require_weight_each(sent.style_weights, names)
        _require_read(sent)

    def check_inputs(self, sent: CloudParameters, inputs: Inputs) -> None:
        """Refuse to divide what are no Gaussians."""
        if sent.split and not _points(inputs)[1]:
            detail = "split is for Gaussian splats; the cloud has points."
            raise RefusedParams("/params/split", detail, "not_applicable")

    def resolve(
        self, sent: CloudParameters, names: Iterable[str]
    ) -> ResolvedCloudParameters:
        """Return the parameters with every value filled in, a drawn seed included."""
        return resolve(sent, count_of("style", names))

    def branched(
        self,
        old: ResolvedCloudParameters,
        at_step: int,
        changes: Mapping[str, JsonValue],
        further_steps: int | None,
    ) -> ResolvedCloudParameters:
        """Return the parameters and a change; further steps are of the finest scale."""
        if further_steps is None:
            return changed_at(old, at_step, changes)
        most = limits.MAX_STEPS - at_step
        if further_steps > most:
            detail = f"A cloud takes {limits.MAX_STEPS} steps in all."
            code = "out_of_range"
            raise RefusedParams("/params/steps", detail, code, most, further_steps)
        steps = at_step + further_steps
        return changed_at(old, at_step, {**changes, "steps": steps})

    def network(self, sent: CloudParameters) -> str | None:
        """Return the network whose features are compared, if any are."""
        return Network.VGG19 if sent.mode is Mode.PAINT else None

    def draws(self, sent: CloudParameters) -> bool:
        """Tell whether the seed is drawn."""
        return sent.seed is None

    def lane(self, params: ResolvedCloudParameters) -> Lane:
        """Return the short line for colours alone: a cloud's views take minutes."""
        return Lane.SHORT if params.mode is Mode.PALETTE else Lane.LONG

    def work(self, params: ResolvedCloudParameters, inputs: Inputs) -> float:
        """Return megapixel-steps: of the optimizer, and of looking at the cloud."""
        pixels = params.view_size**2 / 1e6
        points, gaussians = _points(inputs)
        a_view = points * (_STEPS_A_GAUSSIAN if gaussians else _STEPS_A_POINT)
        if params.mode is Mode.PALETTE:
            return SHOWN_VIEWS * a_view + params.steps * points * _STEPS_A_SORT
        a_step = _STEPS_A_PASS if params.mode is Mode.QUICK else _MEAN_OF_SCALES
        steps = steps_in_all(params.steps, params.changes)
        return steps * pixels * a_step + params.views * a_view

    def needs(self, params: CloudParameters, inputs: Inputs) -> Needs:
        """Return the network, and the memory for one view's pixels."""
        networks = {Mode.PAINT: Network.VGG19, Mode.QUICK: FAST_NETWORK}
        units = 0 if params.mode is Mode.PALETTE else params.view_size**2
        return Needs(network=networks.get(params.mode), units=units)

    def largest_size(
        self,
        inputs: Inputs,
        fits: Callable[[int], bool],
    ) -> int | None:
        """Return the largest side of a view whose memory fits."""
        least, most = limits.MIN_VIEW_PX, limits.MAX_VIEW_PX
        return largest_fitting(least, most, lambda size_px: size_px**2, fits)

    def result_facts(self, params: CloudParameters, inputs: Inputs) -> Facts:
        """Return how many points there are, and whether they are Gaussians."""
        points, gaussians = _points(inputs)
        return {"points": points, "gaussians": gaussians}

    def traits(self, params: ResolvedCloudParameters, inputs: Inputs) -> Facts:
        """Return the mode, views and their size, and the cloud's own numbers."""
        chosen = params.model_dump(mode="json", include={"mode", "views", "view_size"})
        styles = count_of("style", inputs)
        return {**chosen, **self.result_facts(params, inputs), "styles": styles}

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        """Compare the mode first, then whether there are Gaussians."""
        if theirs.get("mode") != ours.get("mode"):
            return 2
        return int(theirs.get("gaussians") != ours.get("gaussians"))

    def closeness(self, theirs: Facts, ours: Facts) -> float:
        """Count jobs with about as many points, and as large views, more."""
        ratios = (
            float(str(theirs.get(name, 1))) / float(str(ours.get(name, 1)))
            for name in ("points", "view_size")
        )
        return likeness(*ratios)


def _require_read(sent: CloudParameters) -> None:
    """Refuse what the mode does not read, unless it says what is so anyway."""
    readers: dict[str, list[JsonValue]] = {
        name: [str(mode) for mode, read in READ_IN_MODE.items() if name in read]
        for name in frozenset().union(*READ_IN_MODE.values())
    }
    for name in sorted(sent.model_fields_set & readers.keys()):
        usual = CloudParameters.model_fields[name].default
        is_usual = getattr(sent, name) == usual or name == "steps"
        if sent.mode not in readers[name] and not is_usual:
            words = " or ".join(map(str, readers[name]))
            detail = f"{name} is for mode {words} alone; mode is {sent.mode}."
            pointer = f"/params/{name}"
            raise RefusedParams(pointer, detail, "not_applicable", readers[name])


def _points(inputs: Inputs) -> tuple[int, bool]:
    facts = inputs["content"].facts
    return int(str(facts.get("points", 0))), bool(facts.get("gaussians"))


POINTCLOUD = CloudKind()
