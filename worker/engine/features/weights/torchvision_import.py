"""Import torchvision where its compiled operators do not fit the installed torch.

Some package indexes serve torchvision's CUDA build beside torch's CPU build. Its
library then fails to load, silently, and `import torchvision` stops at the first
operator it wants to describe. We use no such operator (only its network graphs), so
declaring them is enough.
"""

import importlib
from types import ModuleType

import torch

#: The operators that torchvision's Python code names while it is imported.
_SIGNATURES = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
#: A library's operators live as long as the object.
_declared: list[torch.library.Library] = []


def import_torchvision() -> ModuleType:
    """Return the torchvision module, its missing operators declared (not defined)."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    _declare_missing_operators()
    return importlib.import_module("torchvision")


def _declare_missing_operators() -> None:
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # torch's
    _declared.append(library)
    for name, signature in _SIGNATURES.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(signature)  # type: ignore[no-untyped-call]  # torch's
