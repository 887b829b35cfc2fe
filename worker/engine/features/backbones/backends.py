"""Which way to compute convolutions, chosen by name and by what the machine can do."""

import logging
from enum import StrEnum
from pathlib import Path

import torch
from platformdirs import user_cache_path

from worker.engine.errors import BackendError
from worker.engine.features.backbones.convolution import (
    ConvolutionBackend,
    TorchBackend,
)
from worker.engine.features.backbones.winograd.backend import WinogradBackend

logger = logging.getLogger(__name__)


class BackendName(StrEnum):
    """The ways there are, and the request to leave the choice to us."""

    AUTO = "auto"
    TORCH = "torch"
    WINOGRAD = "winograd"


def choose_backend(
    name: str,
    compute_dtype: torch.dtype,
    cache_dir: Path | None = None,
    *,
    device: torch.device | None = None,
) -> ConvolutionBackend:
    """Return how convolutions are computed.

    Args:
        name: a `BackendName`; "auto" is Winograd in float32 on a CPU, where it can be
            built, else torch. In bfloat16 Winograd must be asked for by name: its
            arithmetic is tested, its speed on CPUs with AVX512-BF16 was not measured.
        compute_dtype: of the convolutions.
        cache_dir: where compiled kernels are kept; the user's cache by default.
        device: of the convolutions; the CPU by default.

    Raises:
        BackendError: "winograd" was asked for and can not be had; says why.
        ValueError: no such name.
    """
    try:
        wanted = BackendName(name)
    except ValueError:
        allowed = ", ".join(BackendName)
        raise ValueError(f"backend is {name!r}, must be one of: {allowed}") from None
    on_cpu = device is None or device.type == "cpu"
    if wanted is BackendName.WINOGRAD and not on_cpu:
        raise BackendError(f"backend winograd is for the CPU, the device is {device}")
    is_worth_it = on_cpu and compute_dtype == torch.float32
    if wanted is BackendName.TORCH or (wanted is BackendName.AUTO and not is_worth_it):
        return TorchBackend()
    try:
        return WinogradBackend.load(cache_dir or user_cache_path("impasto"))
    except BackendError as error:
        if wanted is BackendName.WINOGRAD:
            raise
        logger.warning("winograd_not_available, torch computes: %s", error)
        return TorchBackend()
