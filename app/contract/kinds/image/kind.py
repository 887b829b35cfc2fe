"""The kind `image`: a picture from a photograph and one to four paintings."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

from app.contract.engines import ENGINE, Engines
from app.contract.inputs import Facts, Inputs, size_of, slot_and_number
from app.contract.kind import (
    AUTO_MEMORY,
    JobKind,
    Lane,
    Needs,
    RefusedParams,
    Views,
)
from app.contract.kinds.image.capabilities import (
    PICTURE_LIMITS,
    PictureFacts,
    PictureLimits,
    picture_facts,
)
from app.contract.kinds.image.changes import CHANGEABLE
from app.contract.kinds.image.choices import (
    KEEP_FILE,
    FastPreset,
    Guidance,
    Keep,
    Start,
)
from app.contract.kinds.image.engines import ENGINES
from app.contract.kinds.image.estimates import EstimateRequest, planned
from app.contract.kinds.image.examples import EXAMPLES
from app.contract.kinds.image.fast import (
    FAST_NETWORK,
    FAST_VERSION,
    FastParameters,
    ResolvedFastParameters,
    resolve_fast,
)
from app.contract.kinds.image.limits import MAX_SIZE_PX, MIN_SIZE_PX
from app.contract.kinds.image.overrides import overridden
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.resolved import ResolvedParameters, resolve
from app.contract.kinds.image.slots import SLOTS
from app.contract.kinds.image.views import (
    JobInput,
    LossPointView,
    Progress,
    ResultView,
)
from app.contract.kinds.image.work import (
    result_size,
    work_of,
    work_of_fast,
    working_size,
)
from app.contract.slots import Slot, count_of
from app.contract.views.kinds import BodyExample

_VERSION = 4
#: The engine's name for how it paints; a test holds it equal to the engine's own.
ALGORITHM = f"impasto-wasserstein@{_VERSION}"

Sent: TypeAlias = StyleTransferParameters | FastParameters
Resolved: TypeAlias = ResolvedParameters | ResolvedFastParameters

_VIEWS = Views(
    params=ResolvedParameters,
    input=JobInput,
    progress=Progress,
    result=ResultView,
    row=LossPointView,
    params_of_engine={"fast": ResolvedFastParameters},
)

#: AVIF last: whoever likes all of them alike need not wait for it.
_RESULT_TYPES = ("image/png", "image/jpeg", "image/webp", "image/avif")
_REFUSAL_CODES = {
    ("preset", "enum"): "unknown_preset",
    ("styles", "less_than_equal"): "too_many_styles",
    ("style_weights", "too_long"): "style_weights_mismatch",
    ("style_layers", "unknown_layer"): "unknown_layer",
    ("content_layers", "unknown_layer"): "unknown_layer",
}
_TRAITS = {"network", "optimizer", "style_loss", "memory", "preset", "precision"}
_GUIDES = "guidance=auto is for style_loss nearest and optimal_transport."
#: Of another number of paintings: their statistics cost time, too.
_OTHER_STYLES = 0.5


@dataclass(frozen=True)
class ImageKind(JobKind[Sent, Resolved]):
    """Still pictures."""

    name: str = "image"
    slots: tuple[Slot, ...] = SLOTS
    unit: str = "steps"
    metrics: tuple[str, ...] = ("total", "content", "style", "tv")
    files: tuple[str, ...] = (KEEP_FILE,)
    result_types: tuple[str, ...] = _RESULT_TYPES
    sent: type[Sent] = StyleTransferParameters
    estimate: type[EstimateRequest] = EstimateRequest
    views: Views = _VIEWS
    examples: tuple[BodyExample, ...] = EXAMPLES

    def version(self, params: Resolved) -> int:
        """Return that of the engine; whatever changes in one of two changes the sum."""
        if not isinstance(params, FastParameters):
            return _VERSION
        is_instant = params.preset is FastPreset.INSTANT
        return FAST_VERSION if is_instant else FAST_VERSION + _VERSION

    @property
    def engines(self) -> Engines:
        """Both."""
        return ENGINES

    @property
    def limits(self) -> PictureLimits:
        """The bounds of a picture."""
        return PICTURE_LIMITS

    def facts(self, networks: Sequence[str]) -> PictureFacts:
        """Return the algorithm, the networks with their layers, and the presets."""
        return picture_facts(ALGORITHM, networks)

    @property
    def refusal_codes(self) -> Mapping[tuple[str, str], str]:
        """Codes of problems of its own, by parameter and pydantic's type of error."""
        return _REFUSAL_CODES

    def planned(self, asked: EstimateRequest) -> tuple[Sent, Inputs]:
        """Return the parameters, the photograph's size, and so many paintings."""
        return planned(asked)

    def check(self, sent: Sent, names: Iterable[str]) -> None:
        """Raise RefusedParams if parameters contradict the inputs of these names."""
        names = list(names)
        styles = count_of("style", names)
        weights = sent.style_weights
        if weights is not None and len(weights) != styles:
            raise RefusedParams(
                "/params/style_weights",
                f"The number of weights is {len(weights)}, that of paintings is "
                f"{styles}.",
                "style_weights_mismatch",
                styles,
                len(weights),
            )
        if isinstance(sent, FastParameters):
            _require_read(names)
            return
        if sent.guidance is Guidance.AUTO and not sent.style_loss.matches:
            raise RefusedParams("/params/guidance", _GUIDES)
        if sent.keep is Keep.MASK and "keep_mask" not in names:
            raise RefusedParams("/keep_mask", "keep=mask needs the file keep_mask.")
        if sent.keep is not Keep.MASK and "keep_mask" in names:
            raise RefusedParams("/params/keep", "keep_mask is for keep=mask.")
        if sent.start is Start.IMAGE and "init" not in names:
            detail = "start=image needs the picture to start from: init."
            raise RefusedParams("/init", detail)
        if sent.start is not Start.IMAGE and "init" in names:
            detail = f"The picture init is for start=image; start is {sent.start}."
            raise RefusedParams("/params/start", detail)

    def resolve(self, sent: Sent, names: Iterable[str]) -> Resolved:
        """Return the parameters with every value filled in, a drawn seed included."""
        styles = count_of("style", names)
        if isinstance(sent, FastParameters):
            return resolve_fast(sent, styles)
        return resolve(sent, styles)

    def parse(self, params: Mapping[str, JsonValue], inputs: Inputs) -> Resolved:
        """Return parameters as sent or stored, with every value filled in."""
        model = FastParameters if params.get(ENGINE) == "fast" else self.sent
        sent = model.model_validate(params)
        self.check(sent, inputs)
        return self.resolve(sent, inputs)

    def changeable(self, params: Resolved) -> frozenset[str]:
        """Return what may change from one step to the next; one pass has none."""
        return CHANGEABLE if isinstance(params, ResolvedParameters) else frozenset()

    def network(self, sent: Sent) -> str | None:
        """Return the network that is asked for, None where there is no choice."""
        return None if isinstance(sent, FastParameters) else sent.network

    def side_px(self, sent: Sent) -> int:
        """Return the long side of the result: larger pictures show no more."""
        return sent.size

    def draws(self, sent: Sent) -> bool:
        """Tell whether the seed is drawn."""
        return not isinstance(sent, FastParameters) and sent.seed is None

    def overridden(
        self, old: Resolved, changes: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        """Return the old parameters with some of them replaced; see `overrides`."""
        return overridden(old, changes)

    def used(self, sent: Sent, inputs: Inputs) -> Inputs:
        """Return all inputs, but for a start that nothing starts from."""
        if isinstance(sent, FastParameters) or sent.start is Start.IMAGE:
            return inputs
        return {name: each for name, each in inputs.items() if name != "init"}

    def lane(self, params: Resolved) -> Lane:
        """Return the short line for one pass: an optimization takes minutes."""
        return Lane.SHORT if _is_instant(params) else Lane.LONG

    def work(self, params: Sent, inputs: Inputs) -> float:
        """Return megapixel-steps, over all rungs of the ladder."""
        size = size_of(inputs["content"].facts)
        if isinstance(params, FastParameters):
            return work_of_fast(params, *size)
        return work_of(params, *size)

    def needs(self, params: Sent, inputs: Inputs) -> Needs:
        """Return the network, and the memory for the result's pixels.

        One pass takes less a pixel than an optimizer step in tiles, and is let in
        where that would be.
        """
        size_px = params.size
        if isinstance(params, FastParameters):
            network, memory = FAST_NETWORK, AUTO_MEMORY
            size_px = max(size_px, working_size(params))
        else:
            network, memory = params.network, params.memory
        size = result_size(*size_of(inputs["content"].facts), size_px)
        return Needs(network=network, memory=memory, units=math.prod(size))

    def largest_size(self, inputs: Inputs, fits: Callable[[int], bool]) -> int | None:
        """Return the largest long side in pixels whose memory fits."""
        width, height = size_of(inputs["content"].facts)
        sizes = range(MIN_SIZE_PX, MAX_SIZE_PX + 1)

        def is_too_large(size: int) -> bool:
            return not fits(math.prod(result_size(width, height, size)))

        # Pixels grow with the size: those that fit come first, and False before True.
        count = bisect_left(sizes, 1, key=is_too_large)
        return sizes[count - 1] if count else None

    def result_facts(self, params: Sent, inputs: Inputs) -> Facts:
        """Return the picture's width and height."""
        size = result_size(*size_of(inputs["content"].facts), params.size)
        return dict(zip(("width", "height"), size, strict=True))

    def traits(self, params: Sent, inputs: Inputs) -> Facts:
        """Return the costly choices, the size and the number of paintings."""
        chosen = params.model_dump(mode="json", include=_TRAITS)
        if isinstance(params, FastParameters):
            chosen[ENGINE] = params.engine
        styles = count_of("style", inputs)
        return {**chosen, **self.result_facts(params, inputs), "styles": styles}

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        """Compare the costly choices first, then the others."""

        def same(*names: str) -> bool:
            return all(theirs.get(name) == ours.get(name) for name in names)

        if not same(ENGINE, "network", "optimizer"):
            return 2
        if ENGINE in ours:
            return 0 if same("preset") else 2
        precision_fits = ours["precision"] == "auto" or same("precision")
        return 0 if precision_fits and same("style_loss", "memory") else 1

    def closeness(self, theirs: Facts, ours: Facts) -> float:
        """Count jobs of the same size, and with as many paintings, more."""
        ratio = math.prod(size_of(theirs)) / math.prod(size_of(ours))
        closeness = math.sqrt(min(ratio, 1 / ratio))
        is_same = theirs.get("styles") == ours.get("styles")
        return closeness if is_same else closeness * _OTHER_STYLES


def _is_instant(params: Sent) -> bool:
    is_fast = isinstance(params, FastParameters)
    return is_fast and params.preset is FastPreset.INSTANT


def _require_read(names: Iterable[str]) -> None:
    """Refuse inputs that the fast engine does not read."""
    for name in names:
        if slot_and_number(name)[0] in {"init", "keep_mask", "style_mask"}:
            detail = f"The engine fast does not read {name}: it is for optimize."
            raise RefusedParams(f"/{name}", detail, "not_applicable", ["optimize"])


IMAGE = ImageKind()
