"""What stands for the files of a job that is not there yet."""

from app.contract.inputs import Facts, Input, Inputs, input_name
from app.contract.painting.weights import StyleWeights


def styles_of(weights: StyleWeights | None, otherwise: int = 1) -> int:
    """Return how many paintings there are by their weights, if these are told."""
    return otherwise if weights is None else max(1, len(weights))


def planned_inputs(content: Facts, styles: int, *further: str) -> Inputs:
    """Return the inputs of a job with so many paintings; only the content is known.

    Args:
        content: what is known of it.
        styles: how many paintings.
        further: names of other inputs.
    """
    unknown = Input(media_type="", sha256="")
    names = (*(input_name("style", number) for number in range(styles)), *further)
    known = unknown.model_copy(update={"facts": content})
    return {"content": known, **dict.fromkeys(names, unknown)}
