"""What parameters of a picture contradict: each other, or the inputs by their names."""

from collections.abc import Iterable

from app.contract.kind import RefusedParams
from app.contract.kinds.image.fast import FastParameters, require_read
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import Guidance, Keep, Start
from app.contract.painting.weights import require_weight_each


def check_sent(
    sent: StyleTransferParameters | FastParameters, names: Iterable[str]
) -> None:
    """Raise RefusedParams if parameters contradict the inputs of these names."""
    names = list(names)
    require_weight_each(sent.style_weights, names)
    _check_keep(sent, names)
    if isinstance(sent, FastParameters):
        require_read(names)
        return
    if sent.guidance is Guidance.AUTO and not sent.style_loss.matches:
        detail = "guidance=auto is for style_loss nearest and optimal_transport."
        raise RefusedParams("/params/guidance", detail)
    for place, change in enumerate(sent.changes):
        pointer = f"/params/changes/{place}/style_weights"
        require_weight_each(change.get("style_weights"), names, pointer)
    _check_start(sent, names)


def _check_keep(
    sent: StyleTransferParameters | FastParameters, names: Iterable[str]
) -> None:
    if sent.keep is Keep.MASK and "keep_mask" not in names:
        raise RefusedParams("/keep_mask", "keep=mask needs the file keep_mask.")
    if sent.keep is not Keep.MASK and "keep_mask" in names:
        detail = f"The file keep_mask is for keep=mask; keep is {sent.keep}."
        raise RefusedParams("/params/keep", detail)


def _check_start(sent: StyleTransferParameters, names: Iterable[str]) -> None:
    if sent.start is Start.IMAGE and "init" not in names:
        detail = "start=image needs the picture to start from: init."
        raise RefusedParams("/init", detail)
    if sent.start is not Start.IMAGE and "init" in names:
        detail = f"The picture init is for start=image; start is {sent.start}."
        raise RefusedParams("/params/start", detail)
