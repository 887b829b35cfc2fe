"""Which styles of a picture have a network of their own, and which a painting."""

from collections.abc import Iterator

from app.contract.inputs import Input, Inputs, input_name, slot_and_number
from app.contract.kind import RefusedParams
from app.contract.kinds.image.fast import FastParameters, is_instant
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import FastNetwork, Start
from app.contract.painting.slots import PACK, PAINTABLE


def begins_fast(sent: StyleTransferParameters | FastParameters) -> bool:
    """Tell whether a small network makes the picture, or what it starts from."""
    return isinstance(sent, FastParameters) or sent.start is Start.FAST


def packs_count(sent: StyleTransferParameters | FastParameters) -> bool:
    """Tell whether the styles' own networks are read."""
    is_other = isinstance(sent, FastParameters) and (
        sent.network is FastNetwork.ARBITRARY
    )
    return begins_fast(sent) and not is_other


def check_styles(
    sent: StyleTransferParameters | FastParameters, inputs: Inputs
) -> None:
    """Refuse styles without a painting or a pack where one is needed.

    Raises:
        RefusedParams: There is one.
    """
    for number, style in _styles(inputs):
        called = style.style_id or "it"
        if style.facts.get(PAINTABLE) is False and _needs_paintings(sent):
            raise RefusedParams(
                f"/styles/{number}",
                f"Style {number + 1} is a network alone: there is no painting of "
                f"{called}. Send engine=fast, preset=instant and network=auto.",
                "style_has_no_painting",
                actual=style.style_id,
            )
        has_pack = input_name(PACK, number) in inputs
        if isinstance(sent, FastParameters) and not has_pack:
            _require_other_network(sent, number, called)


def _needs_paintings(sent: StyleTransferParameters | FastParameters) -> bool:
    return not (is_instant(sent) and packs_count(sent))


def _require_other_network(sent: FastParameters, number: int, called: str) -> None:
    if sent.network is FastNetwork.PACK:
        raise RefusedParams(
            "/params/network",
            f"network is pack, and style {number + 1} has none: no network was "
            f"trained for {called}.",
            "style_has_no_pack",
            limit=[FastNetwork.AUTO, FastNetwork.ARBITRARY],
            actual=FastNetwork.PACK,
        )


def _styles(inputs: Inputs) -> Iterator[tuple[int, Input]]:
    for name, each in inputs.items():
        slot, number = slot_and_number(name)
        if slot == "style" and number is not None:
            yield number, each
