"""What is refused of a clip's parameters once its file is known."""

import math

from app.contract.inputs import Inputs, size_of, slot_and_number
from app.contract.kinds.video import limits
from app.contract.kinds.video.geometry import painted_size
from app.contract.kinds.video.parameters import OptimizedVideoParameters, SentClip
from app.contract.painting.slots import PAINTABLE
from app.contract.refused_params import RefusedParams


def check_clip(sent: SentClip, inputs: Inputs) -> None:
    """Raise RefusedParams unless some of the clip is wanted, at a size for it."""
    if sent.propagate and sent.keyframe_interval > limits.MAX_PROPAGATED:
        raise RefusedParams(
            "/params/keyframe_interval",
            f"keyframe_interval is {sent.keyframe_interval}; with propagate it may be "
            f"{limits.MAX_PROPAGATED}.",
            "out_of_range",
            limits.MAX_PROPAGATED,
            sent.keyframe_interval,
        )
    short = min(painted_size(*size_of(inputs["content"].facts), sent.size))
    if short < limits.MIN_SIDE_PX:
        least = math.ceil(sent.size * limits.MIN_SIDE_PX / short)
        raise RefusedParams(
            "/params/size",
            f"size is {sent.size}: the short side would have {short} pixels, and "
            f"must have {limits.MIN_SIDE_PX}, as from size {least} on.",
            "out_of_range",
            least,
            sent.size,
        )
    seconds = seconds_of(inputs)
    start = sent.start_seconds
    if start is not None and start >= seconds:
        raise RefusedParams(
            "/params/start_seconds",
            f"start_seconds is {start:g}; the clip ends after {seconds:g} seconds.",
            "out_of_range",
            seconds,
            start,
        )


def check_paintings(sent: SentClip, inputs: Inputs) -> None:
    """Raise RefusedParams for a style without a painting where one is optimized to."""
    if not isinstance(sent, OptimizedVideoParameters):
        return
    for name, style in inputs.items():
        slot, number = slot_and_number(name)
        if slot == "style" and style.facts.get(PAINTABLE) is False:
            raise RefusedParams(
                f"/styles/{number}",
                f"There is no painting of {style.style_id}, only a network: send "
                "engine=fast.",
                "style_has_no_painting",
                actual=style.style_id,
            )


def seconds_of(inputs: Inputs) -> float:
    """Return how long the clip is."""
    return float(str(inputs["content"].facts.get("duration_seconds", 0)))
