"""The compiled kernels as a Python object: pointers go in, maps come out.

Knows the C interface at the end of `kernels.cpp`. Refuses to know layers and gradients.
"""

import ctypes
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from worker.engine.errors import BackendError

#: Rows and columns of results that are computed together.
TILE_PX = 4
_DTYPES = (torch.float32, torch.bfloat16)


class _Task(ctypes.Structure):
    """`WinogradTask` of kernels.cpp, field by field."""

    _fields_ = (
        ("maps", ctypes.c_void_p),
        ("mask", ctypes.c_void_p),
        ("kernels", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("result", ctypes.c_void_p),
        ("height", ctypes.c_int64),
        ("width", ctypes.c_int64),
        ("in_channels", ctypes.c_int64),
        ("out_channels", ctypes.c_int64),
        ("first_tile", ctypes.c_int64),
        ("last_tile", ctypes.c_int64),
        ("run_region", ctypes.c_void_p),
        ("threads", ctypes.c_int32),
        ("rectify", ctypes.c_int32),
        ("bfloat16", ctypes.c_int32),
        ("spread_places", ctypes.c_void_p),
        ("pool_places", ctypes.c_void_p),
        ("padding", ctypes.c_int64),
    )


@dataclass(frozen=True)
class Operands:
    """The tensors of one convolution, all of one dtype but the bias and the places.

    A place tells where in its 2x2 block the largest value was, 0 to 3 row by row; 4 if
    none was positive. Of the two at most one is given.

    Attributes:
        maps: (N, in, H, W), channels last; halved if there are `spread_places`.
        kernels: transformed, as `packing.pack` lays them out.
        result: (N, out, H, W), channels last; written; halved if `pool_places` are.
        bias: (out,), float32, or None.
        mask: like `maps` or None: where it is not positive, the maps count as 0.
        rectify: whether the result is max(0, ·).
        spread_places: like `maps`, bytes, or None: the maps have one value a block,
            which counts at its place; elsewhere they are 0.
        pool_places: like `result`, bytes, or None; written: the result is the largest
            of each block.
        padding_px: zeros around the maps; 2 if the maps are two rows and columns less
            than the result, nothing else; else 1.
    """

    maps: Tensor
    kernels: Tensor
    result: Tensor
    bias: Tensor | None = None
    mask: Tensor | None = None
    rectify: bool = False
    spread_places: Tensor | None = None
    pool_places: Tensor | None = None
    padding_px: int = 1

    def __post_init__(self) -> None:
        # The kernels trust what they are told: a wrong size would be a wild pointer.
        inputs, outputs = self.maps.shape[1], self.result.shape[1]
        dtype = self.maps.dtype
        in_layout = [self.maps, self.result] + (
            [] if self.mask is None else [self.mask]
        )
        if dtype not in _DTYPES or any(
            each.dtype != dtype
            or not each.is_contiguous(memory_format=torch.channels_last)
            for each in in_layout
        ):
            raise ValueError(
                "maps, mask and result must be channels last, of one dtype"
            )
        self._check_sizes()
        if self.mask is not None and self.mask.shape != self.maps.shape:
            raise ValueError(f"mask is {tuple(self.mask.shape)}, unlike the maps")
        wanted = (TILE_PX + 2) ** 2 * inputs * outputs
        if self.kernels.numel() != wanted or self.kernels.dtype != dtype:
            raise ValueError(
                f"kernels have {self.kernels.numel()} values, not {wanted}"
            )
        if self.bias is not None and self.bias.shape != (outputs,):
            raise ValueError(f"bias is {tuple(self.bias.shape)}, must be ({outputs},)")

    def _check_sizes(self) -> None:
        if self.spread_places is not None and self.pool_places is not None:
            raise ValueError("maps must not be spread and the result pooled at once")
        is_pooled = self.spread_places is not None or self.pool_places is not None
        if not (self.padding_px == 1 or (self.padding_px == 2 and not is_pooled)):
            raise ValueError(f"padding_px must be 1, or 2 alone, not {self.padding_px}")
        padded = torch.Size(each + 2 - 2 * self.padding_px for each in self.size)
        for maps, places, whole in (
            (self.maps, self.spread_places, padded),
            (self.result, self.pool_places, self.size),
        ):
            size = whole if places is None else halved(whole)
            if maps.shape[0] != self.maps.shape[0] or maps.shape[2:] != size:
                raise ValueError(
                    f"result is {tuple(self.result.shape)}, unlike the maps, which are "
                    f"{tuple(self.maps.shape)}"
                )
            if places is not None and (
                places.dtype != torch.uint8
                or places.shape != maps.shape
                or not places.is_contiguous(memory_format=torch.channels_last)
            ):
                raise ValueError("places must be bytes, channels last, like their maps")

    @property
    def size(self) -> torch.Size:
        """(height, width) of what is convolved."""
        return (self.result if self.pool_places is None else self.maps).shape[2:]

    @property
    def tiles(self) -> int:
        """How many tiles there are, over all images."""
        count, (height, width) = self.maps.shape[0], self.size
        return count * math.ceil(height / TILE_PX) * math.ceil(width / TILE_PX)


class WinogradLibrary:
    """The kernels, loaded.

    Args:
        path: of the shared library.

    Attributes:
        panel: channels must come in multiples of it.
        multiplies_bfloat16: by an instruction of the CPU's own, else in float32.

    Raises:
        BackendError: it can not be loaded.
    """

    def __init__(self, path: Path) -> None:
        try:
            library = ctypes.CDLL(str(path))
            self._convolve = library.winograd_convolve
            self.panel = int(library.winograd_panel())
            self.multiplies_bfloat16 = bool(library.winograd_has_bf16_instruction())
        except (OSError, AttributeError) as error:
            raise BackendError(f"{path} can not be loaded: {error}") from error
        self._convolve.argtypes = [ctypes.POINTER(_Task)]
        self._convolve.restype = ctypes.c_int
        self._run_region = torchs_parallel_region()

    def convolve(self, operands: Operands, first_tile: int, last_tile: int) -> None:
        """Write some tiles of the result, with as many threads as torch uses.

        Python's lock is not held meanwhile.

        Raises:
            MemoryError: there is none for the work.
        """
        height, width = operands.size
        task = _Task(
            maps=operands.maps.data_ptr(),
            mask=_pointer(operands.mask),
            kernels=operands.kernels.data_ptr(),
            bias=_pointer(operands.bias),
            result=operands.result.data_ptr(),
            height=height,
            width=width,
            in_channels=operands.maps.shape[1],
            out_channels=operands.result.shape[1],
            first_tile=first_tile,
            last_tile=min(last_tile, operands.tiles),
            run_region=self._run_region,
            threads=torch.get_num_threads(),
            rectify=operands.rectify,
            bfloat16=operands.maps.dtype == torch.bfloat16,
            spread_places=_pointer(operands.spread_places),
            pool_places=_pointer(operands.pool_places),
            padding=operands.padding_px,
        )
        if self._convolve(ctypes.byref(task)) != 0:
            raise MemoryError("no memory for a block of tiles")


def halved(size: torch.Size) -> torch.Size:
    """Return the number of 2x2 blocks down and across, the last ones cut."""
    return torch.Size(math.ceil(length / 2) for length in size)


def torchs_parallel_region() -> int | None:
    """Return the address of GOMP_parallel in the OpenMP that torch uses, if any.

    Two pools of threads would wait for each other by spinning on the same cores. The
    symbol is looked for in torch's library and what it depends on, so it is torch's
    runtime under whatever name; libgomp, LLVM's and Intel's all have it.
    """
    path = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    try:
        function = ctypes.CDLL(str(path)).GOMP_parallel
    except (OSError, AttributeError):
        return None
    return ctypes.cast(function, ctypes.c_void_p).value


def _pointer(tensor: Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()
