"""Files in torchvision's layout: "features.0.weight" becomes "conv1_1.weight".

Reads PyTorch's own format without running what is pickled in it, and safetensors.
Trusts no content: names, shapes, kinds and values are looked at.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from worker.engine.errors import WeightsError
from worker.engine.features.weights.identity import SAFETENSORS_SUFFIX
from worker.engine.features.weights.networks import VggNetwork
from worker.engine.features.weights.vgg_weights import VggWeights

#: The rest is the classifier, which we do not need.
_OURS = "features."


def read_state_dict(path: Path, network: VggNetwork) -> VggWeights:
    """Return the convolutional part of a saved network.

    Args:
        path: *.pth or *.pt (a state dict by `torch.save`), or *.safetensors.
        network: whose names and shapes it must have.

    Raises:
        WeightsError: it is cut, of another kind or network, or was never trained.
    """
    read = _safetensors if path.suffix == SAFETENSORS_SUFFIX else _pickled
    entries = read(path)
    try:
        _refuse_other_names(entries, network)
        tensors = {
            ours: _checked(entries[theirs], theirs, network.description.shapes[ours])
            for ours, theirs in network.description.torchvision_names.items()
        }
        _refuse_untrained(tensors)
    except WeightsError as error:
        raise WeightsError(
            f"{path} does not hold {network}: {error}. Take "
            f"{network.description.origin}"
        ) from error
    return VggWeights.of(network, tensors)


def _pickled(path: Path) -> dict[str, object]:
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # What a damaged pickle raises is no closed list.
        raise WeightsError(
            f"{path} can not be read as a PyTorch state dict: it is damaged, not "
            f"complete or of another kind; fetch it again ({_first_line(error)})"
        ) from error
    if not isinstance(saved, Mapping):
        raise WeightsError(
            f"{path} holds a {type(saved).__name__}, must hold a state dict: save "
            "network.state_dict()"
        )
    return {str(name): entry for name, entry in saved.items()}


def _safetensors(path: Path) -> dict[str, object]:
    try:
        with safe_open(path, framework="pt") as file:
            ours = [name for name in file.keys() if name.startswith(_OURS)]  # noqa: SIM118
            return {name: file.get_tensor(name) for name in ours}
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(
            f"{path} can not be read as safetensors: it is damaged, not complete or of "
            f"another kind; fetch it again ({_first_line(error)})"
        ) from error


def _refuse_other_names(entries: Mapping[str, object], network: VggNetwork) -> None:
    found = {name for name in entries if name.startswith(_OURS)}
    wanted = set(network.description.torchvision_names.values())
    if found == wanted:
        return
    for other in VggNetwork:
        if found == set(other.description.torchvision_names.values()):
            raise WeightsError(f"it has the layers of {other}")
    raise WeightsError(
        f"of {len(wanted)} tensors {len(wanted - found)} are missing "
        f"({_some(wanted - found)}) and {len(found - wanted)} are too many "
        f"({_some(found - wanted)})"
    )


def _checked(entry: object, name: str, shape: tuple[int, ...]) -> Tensor:
    """Return the entry as float32."""
    if not isinstance(entry, Tensor) or entry.layout != torch.strided:
        raise WeightsError(f"{name} is a {type(entry).__name__}, must be a tensor")
    if not entry.is_floating_point():
        raise WeightsError(f"{name} is {entry.dtype}, must be floating point")
    if tuple(entry.shape) != shape:
        raise WeightsError(f"{name} is {tuple(entry.shape)}, must be {shape}")
    tensor = entry.detach().to(torch.float32).contiguous()
    if not bool(torch.isfinite(tensor).all()):
        raise WeightsError(f"{name} has values that are not finite")
    return tensor


def _refuse_untrained(tensors: Mapping[str, Tensor]) -> None:
    """Refuse the numbers that a VGG begins with: torchvision's biases are zero."""
    if not any(bool(t.any()) for n, t in tensors.items() if n.endswith(".bias")):
        raise WeightsError("all its biases are zero, so it was never trained")


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:3]) or "none"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
